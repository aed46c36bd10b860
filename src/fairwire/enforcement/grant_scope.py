"""What a grant is for: read and checked once, then asked whether two meet, and which part of one is allowed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import msgspec

from fairwire.enforcement.grant_kinds import KINDS, PART
from fairwire.model.errors import BadUse, InvalidRecord
from fairwire.model.grants import GrantKind, Scope, System, TestType
from fairwire.numbers.spans import NumberSet, spans_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WIDEST = {4: 16, 6: 32}
"""Version of the address -> shortest prefix that a grant may name."""
MOST = 500
"""Entries of one field."""
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_OPTION = {
    "addresses": "address",
    "sources": "source",
    "ports": "port",
    "types": "type",
    "systems": "system",
    "sites": "site",
    "numbers": "number",
    "campaigns": "campaign",
}
"""Field -> what one entry of it is called."""


class BadScope(BadUse):
    """A scope that cannot be read, is too wide, or names what is not the customer's to have tested or vouched for."""

    code = "FW-GRA-001"


def network(text: str) -> Network:
    """An address or a network from its text.

    Raises
    ------
    BadScope
        It is none, has bits behind its prefix, or is wider than anybody can allow.
    """
    said = text.strip()
    try:
        found = ipaddress.ip_network(said)
    except ValueError:
        raise _no_network(said) from None
    if found.prefixlen < WIDEST[found.version]:
        least = WIDEST[found.version]
        raise BadScope(f"`{said}` is too wide to be allowed", help_=f"name networks of /{least} and smaller, one by one")
    if found.is_multicast or found.is_loopback or found.is_unspecified or found.is_link_local:
        raise BadScope(f"`{said}` is not an address that anybody can be reached at", help_="name the systems' own addresses")
    return found


def _no_network(said: str) -> BadScope:
    try:
        whole = ipaddress.ip_network(said, strict=False)
    except ValueError:
        return BadScope(f"`{said[:60]}` is no address or network", help_="write one such as 192.0.2.7 or 192.0.2.0/28")
    return BadScope(f"`{said}` names an address inside a network", help_=f"write {whole} for all of it, or the address alone")


def ports(text: str) -> tuple[int, int]:
    """First and last of `5060` or `8000-8099`."""
    match = _PORTS.fullmatch(text.strip())
    if match is not None:
        first, last = int(match[1]), int(match[2] or match[1])
        if 0 < first <= last <= 65535:
            return first, last
    raise BadScope(f"`{text[:40]}` is no port or range of ports", help_="write 5060, or 8000-8099 from low to high")


def checked(kind: GrantKind, scope: Scope, whose: Callable[[str, Network], str]) -> Scope:
    """A scope as it may stand in a grant of a kind: every entry sound, written one way, and once.

    Parameters
    ----------
    whose
        Says of a field and a network in it why it cannot be allowed to this customer; empty where it can.

    Raises
    ------
    BadScope
        Naming the entry.
    """
    facts = KINDS[kind]
    named = {field: tuple(dict.fromkeys(text.strip() for text in getattr(scope, field) if text.strip())) for field in PART}
    for field, entries in named.items():
        if entries and field not in facts.may:
            allowed = ", ".join(_OPTION[each] for each in PART if each in facts.may) or "nothing but its dates"
            raise BadScope(f"{facts.title} names no {_OPTION[field]}", help_=f"it may name: {allowed}")
        if len(entries) > MOST:
            raise BadScope(f"more than {MOST} entries of one kind cannot be looked through", help_="name ranges or networks")
    _named_enough(kind, named)
    for field, known in (("types", get_args(TestType)), ("systems", get_args(System))):
        for text in named[field]:
            if text not in known:
                close = get_close_matches(text, known, n=1)
                raise BadScope(
                    f"`{text[:40]}` is no {_OPTION[field]}",
                    hint=f"did you mean `{close[0]}`?" if close else "",
                    help_=f"known: {', '.join(known)}",
                )
    for text in named["ports"]:
        ports(text)
    _numbers(named["numbers"])
    for field in ("addresses", "sources"):
        found = [network(text) for text in named[field]]
        for each in found:
            wrong = whose(field, each)
            if wrong:
                raise BadScope(f"`{_shown(each)}` {wrong}", help_="name addresses that are on the customer's own record")
        named[field] = tuple(dict.fromkeys(map(_shown, found)))
    return Scope(**named)


def _named_enough(kind: GrantKind, named: dict[str, tuple[str, ...]]) -> None:
    facts = KINDS[kind]
    missing = next((field for field in facts.must if not named[field]), None)
    if missing is not None:
        raise BadScope(f"{facts.title} without a {_OPTION[missing]} says nothing", help_=f"name at least one {_OPTION[missing]}")
    if facts.one_of and not any(named[field] for field in facts.one_of):
        raise BadScope(
            f"{facts.title} must say of what", help_=f"name at least one {' or '.join(_OPTION[field] for field in facts.one_of)}"
        )
    if named["sites"] and not any(named[field] for field in ("numbers", "addresses", "campaigns")):
        raise BadScope(
            f"nothing tells which calls are of the site `{named['sites'][0][:60]}`",
            help_="name its numbers, or the addresses that its calls come from",
        )


def _numbers(entries: Sequence[str]) -> NumberSet:
    spans = []
    for text in entries:
        try:
            spans += spans_of(text)
        except InvalidRecord as error:
            raise BadScope(error.message, help_=error.help) from None
    return NumberSet(spans)


def _shown(found: Network) -> str:
    return str(found.network_address) if found.num_addresses == 1 else str(found)


def meet(one: Scope, other: Scope) -> bool:
    """Whether two scopes have anything in common. A field that one of them leaves open meets whatever the other names."""
    for field in ("addresses", "sources", "ports", "types", "systems", "numbers", "campaigns"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs and not _share(field, mine, theirs):
            return False
    # Two tests of which one names addresses and the other systems are two tests.
    targets = (bool(one.addresses), bool(one.systems)), (bool(other.addresses), bool(other.systems))
    return not any(targets[0]) or not any(targets[1]) or any(a and b for a, b in zip(*targets, strict=True))


def _share(field: str, mine: Sequence[str], theirs: Sequence[str]) -> bool:
    if field in ("addresses", "sources"):
        return any(_overlap(network(a), network(b)) for a in mine for b in theirs)
    if field == "ports":
        spans = [(ports(a), ports(b)) for a in mine for b in theirs]
        return any(a[0] <= b[1] and b[0] <= a[1] for a, b in spans)
    if field == "numbers":
        a, b = _numbers(mine), _numbers(theirs)
        return any(
            low <= b_high and b_low <= high
            for low, high in zip(a.lows, a.highs, strict=True)
            for b_low, b_high in zip(b.lows, b.highs, strict=True)
        )
    return not set(mine).isdisjoint(theirs)


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def parted(scope: Scope, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> tuple[Scope, Scope | None]:
    """(what is allowed of a scope, what is not; None where all of it is).

    Parameters
    ----------
    allow
        Entries of the scope, or networks within one; a field of which one is named is allowed no further. None: all.
    deny
        Entries, or networks within one, that are taken out.

    Raises
    ------
    BadScope
        An entry is no part of the scope, or nothing would be left.
    """
    allowed: dict[str, list[str]] = {field: list(getattr(scope, field)) for field in PART}
    chosen = _by_field(scope, allow)
    for field, entries in chosen.items():
        allowed[field] = entries
    for field, entries in _by_field(scope, deny).items():
        allowed[field] = _without(field, allowed[field], entries)
    rest: dict[str, list[str]] = {}
    for field in PART:
        asked = getattr(scope, field)
        if asked and not allowed[field]:
            raise BadScope(f"no {_OPTION[field]} of what was asked for would be left", help_="refuse the whole request")
        rest[field] = _without(field, list(asked), allowed[field])
    denied, granted = (
        msgspec.convert({field: entries for field, entries in part.items() if entries}, Scope) for part in (rest, allowed)
    )
    return granted, None if denied == Scope() else denied


def _by_field(scope: Scope, entries: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in map(str.strip, entries):
        field = next((field for field in PART if _part_of(field, text, getattr(scope, field))), None)
        if field is None:
            raise BadScope(
                f"`{text[:60]}` is no part of what was asked for", help_="name an entry of it, or a network within one"
            )
        found.setdefault(field, []).append(_shown(network(text)) if field in ("addresses", "sources") else text)
    return found


def _part_of(field: str, text: str, asked: Sequence[str]) -> bool:
    if text in asked:
        return True
    if field not in ("addresses", "sources") or not asked:
        return False
    try:
        wanted: Any = network(text)
    except BadScope:
        return False
    return any(wanted.version == each.version and wanted.subnet_of(each) for each in map(network, asked))


def _without(field: str, entries: Sequence[str], taken: Sequence[str]) -> list[str]:
    if field not in ("addresses", "sources"):
        return [text for text in entries if text not in taken]
    left: list[Any] = [network(text) for text in entries]
    for out in map(network, taken):
        cut: list[Any] = []
        for each in left:
            if each.version != out.version or not each.overlaps(out):
                cut.append(each)
            elif each != out and out.subnet_of(each):
                cut += each.address_exclude(out)
        left = cut
    return [_shown(each) for each in sorted(left, key=lambda each: (each.version, each))]
