"""What people write as kernel rows: messages and mail."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from fairwire.content.links import registered_domain
from fairwire.content.opt_outs import is_opt_out
from fairwire.model.columns import CHANNELS, OUTCOMES, STATUSES
from fairwire.numbers.destination import CODE_OF_KIND, UNPLACED
from fairwire.runtime.encode_values import IN, OUT, Asked, Values, bare, flag, key, money, scaled, word
from fairwire.runtime.numbering import book_of
from fairwire.runtime.texts import text_columns

_LINK = re.compile(r"\bhttps?://|\bwww\.", re.IGNORECASE)


def _is_opt_out(data: Any, *, out: bool) -> bool | None:
    """What the event says; where it says nothing, whether an answer is nothing but an opt-out."""
    if data.opted_out is not None or out or not data.text:
        return data.opted_out  # type: ignore[no-any-return]
    return is_opt_out(data.text) or None


def _links(data: Any) -> int | None:
    """How many links there are: those that the event lists, else those in its text."""
    if data.links is not None:
        return len(data.links)
    return len(_LINK.findall(data.text)) if data.text else None


def _message(data: Any, asked: Asked, *, out: bool) -> Values:
    first = data.to[0] if data.to else ""
    there = asked.destinations.classify(first if out else data.from_, asked.customer.country)
    remote = key(there.e164 or bare(first if out else data.from_))
    own = data.from_ if out else first
    found: Values = {
        "line": key(own),
        "caller": key(data.from_),
        "remote": remote,
        "direction": OUT if out else IN,
        "recipients": len(data.to),
        "channel": word(data.channel, CHANNELS),
        "status": word(data.status, STATUSES),
        "opted_out": flag(_is_opt_out(data, out=out)),
        "segments": data.segments,
        "links": _links(data),
        "media": key(data.media[0].sha256) if data.media else None,
        "charge": money(data.charge, data.currency, asked.customer),
    }
    if data.text:
        found |= text_columns(data.text, False)
    if data.links and "link" not in found:
        found["link"] = key(registered_domain(data.links[0]))
    if out:
        found |= {
            "callee": remote,
            "block": key(there.block),
            "country": key(there.country),
            "destination": CODE_OF_KIND[there.kind],
            "international": flag(there.international),
            "high_risk": int(there.high_risk),
            "number": there.national,
        }
        book, customer = book_of(asked.destinations), asked.customer
        found["do_not_call"] = flag(book.must_not_call(first, customer, asked.time_us))
        if there.kind not in UNPLACED:
            found["callee_hour"] = book.callee_hour(first, customer.country, asked.time_us)
    return found


def sent(data: Any, asked: Asked) -> Values:
    return _message(data, asked, out=True)


def received(data: Any, asked: Asked) -> Values:
    return _message(data, asked, out=False)


def domain_of(address: str) -> str:
    """The domain of a mail address, in small letters; empty when there is none."""
    return address.rsplit("@", 1)[1].strip(" >").lower() if "@" in address else ""


def _address(shown: str) -> str:
    """`Ann <ann@shop.example>` -> `ann@shop.example`, in small letters."""
    return shown.rsplit("<", 1)[-1].strip(" >").lower()


def _is_aligned(shown: str, envelope: str) -> bool | None:
    """Relaxed alignment (RFC 7489 3.1.2) without a list of public suffixes: one domain is the other, or below it."""
    if not shown or not envelope:
        return None
    return shown == envelope or shown.endswith(f".{envelope}") or envelope.endswith(f".{shown}")


_MAILBOXES = (
    "aol.com bluewin.ch btinternet.com comcast.net free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net "
    "googlemail.com hotmail.co.uk hotmail.com hotmail.fr icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru "
    "me.com msn.com online.de orange.fr outlook.com outlook.de proton.me protonmail.com qq.com seznam.cz t-online.de "
    "verizon.net virgilio.it wanadoo.fr web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.ru 163.com"
)
_OF_STRANGERS = frozenset(_MAILBOXES.split())
"""Domains in which anybody may have a mailbox, so that two of their addresses need not know each other."""


def _is_own_domain(to: str, data: Any) -> bool | None:
    """Whether a mail stays in the sender's own domain. A sender that a check refuses is not taken at its word."""
    own, there = (registered_domain(domain_of(each)) for each in (data.mail_from or data.header_from, to))
    if not own or not there:
        return None
    return own == there and own not in _OF_STRANGERS and "fail" not in (data.spf, data.dkim, data.dmarc)


_RECEIVED_BY = re.compile(r"\bby\s+([\w.-]+)", re.IGNORECASE)
_RECEIVED_FROM = re.compile(r"\bfrom\s+([\w.-]+)", re.IGNORECASE)


def is_odd_chain(received: list[str] | None) -> bool | None:
    """Whether a chain of Received headers, newest first, contradicts itself: no header says it came from the one before it.

    A single step that does not match is common (a host has several names); two in a row, or more steps wrong than right, are not.
    None when there are fewer than two headers that say both.
    """
    steps = [(_RECEIVED_FROM.search(line), _RECEIVED_BY.search(line)) for line in received or ()]
    told = [(came[1].lower(), took[1].lower()) for came, took in steps if came and took]
    if len(told) < 2:
        return None
    wrong = [_unlike(newer[0], older[1]) for newer, older in pairwise(told)]
    return sum(wrong) > len(wrong) / 2 and len(wrong) > 1


def _unlike(a: str, b: str) -> bool:
    """Two host names with no organisation in common."""
    return a.split(".")[-2:] != b.split(".")[-2:]


def mailed(data: Any, asked: Asked) -> Values:
    first = data.to[0].lower() if data.to else ""
    said = text_columns(data.subject, False) if data.subject else {}
    return said | {
        "remote": key(first),
        "caller": key(data.header_from.lower()),
        "sender": key(data.mail_from.lower()),
        "direction": OUT,
        "recipients": len(data.to),
        "size": data.bytes,
        "spf": word(data.spf, OUTCOMES),
        "dkim": word(data.dkim, OUTCOMES),
        "dmarc": word(data.dmarc, OUTCOMES),
        "spam_score": scaled(data.spam_score, 1e3),
        "complained": flag(data.complained),
        "aligned": flag(_is_aligned(domain_of(data.header_from), domain_of(data.mail_from))),
        "own_domain": flag(_is_own_domain(first, data)),
        "shown_receives": flag(_address(data.header_from) in {_address(each) for each in data.to} if data.header_from else None),
        "received_odd": flag(is_odd_chain(data.received)),
        "hops": None if data.received is None else len(data.received),
    }
