"""Numbers that identify or pay: where a text holds a card, an account, a national number.

A number with its own check is told by it. A check of one digit in ten is no proof for a bare run of digits, of which orders and
telephones are made: such kinds (Canadian, Dutch, Swedish, Indian, NHS, German) need their customary grouping or a word near them
that names them; kinds without any check (US, UK insurance) always need the word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from fairwire.content import checksums as check

WORST = ("card", "national_id", "iban", "health")
"""Kinds of sensitive content, the worst first: what can be spent at once; what cannot be replaced; what needs a mandate to be
spent; what is read out of words, and so is the least certain."""


class Found(NamedTuple):
    """A sensitive number in a text."""

    kind: str
    """`card`, `iban` or `national_id`."""
    name: str
    """Which: `card`, `IBAN`, `US social security number` ..."""
    start: int
    end: int
    ordered: bool = False
    """A bare run that passes the check of cards, while the words beside it name an order, a parcel or the like and no card."""


class _Kind(NamedTuple):
    name: str
    lengths: frozenset[int]
    holds: Callable[[str], bool]
    word: re.Pattern[str]
    grouped: re.Pattern[str] | None
    """The grouping that tells it without a word; `.*` where the check alone is enough; None where nothing but the word does."""


def _kind(name: str, lengths: tuple[int, ...], holds: Callable[[str], bool], word: str, grouped: str | None) -> _Kind:
    return _Kind(name, frozenset(lengths), holds, re.compile(rf"\b(?:{word})", re.I), re.compile(grouped) if grouped else None)


_NATIONAL = (
    _kind("US social security number", (9,), check.us_ssn, r"ssn\b|social sec|social(?: number| is\b| no\b|:)|soc\. sec", None),
    _kind("NHS number", (10,), check.nhs, r"nhs\b|national health", None),
    _kind(
        "German tax id", (11,), check.de_tax_id, r"steuer|tax.?id|tin\b|idnr|identifikationsnummer", r"^\d\d \d{3} \d{3} \d{3}$"
    ),
    _kind("French NIR", (15,), check.fr_nir, r"nir\b|s[ée]cu|insee", r"^\d"),
    _kind("Dutch BSN", (9,), check.nl_bsn, r"bsn\b|burgerservice|sofi", None),
    _kind("Polish PESEL", (11,), check.pl_pesel, r"pesel", None),
    _kind(
        "Swedish personnummer",
        (10, 12),
        check.se_personnummer,
        r"person(?:al )?(?:nummer|id)|samordning",
        r"^(?:\d\d)?\d{6}-\d{4}$",
    ),
    _kind("Canadian SIN", (9,), check.ca_sin, r"sin\b|social insurance|nas\b", None),
    _kind("Aadhaar", (12,), check.aadhaar, r"aadh?aa?r|uidai|uid\b", r"^\d{4}[ -]\d{4}[ -]\d{4}$"),
)
_LETTERED = re.compile(
    r"\b(?:(?P<nino>[a-z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[a-d])|(?P<dni>(?:\d{8}|[xyz][ -]?\d{7})[ -]?[a-z])"
    r"|(?P<fiscal>[a-z]{6}\d\d[abcdehlmprst]\d\d[a-z]\d{3}[a-z])|(?P<nir>[1-4] ?\d\d ?\d\d ?2[ab] ?\d{3} ?\d{3} ?\d\d))\b",
    re.I,
)
_LETTERED_KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "nino": ("UK national insurance number", check.uk_nino),
    "dni": ("Spanish DNI or NIE", check.es_dni),
    "fiscal": ("Italian codice fiscale", check.it_fiscal),
    "nir": ("French NIR", check.fr_nir),
}
_INSURANCE = re.compile(r"\b(?:ni\b|nino\b|national ins|insurance n)", re.I)
_GAP = "[ \\-./\u00a0\u200b\u200c\u200d\u2009\u2011\u2060\ufeff]"
_RUN = re.compile(rf"(?<![\w+])\d(?:{_GAP}{{0,2}}\d){{7,26}}(?![\w])")
_GROUP = re.compile(r"\d+")
_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 3), (6, 13), (4, 4, 4, 1)})
_ORDER = re.compile(
    r"\b(?:order|tracking|parcel|shipment|consignment|invoice|booking|reservation|reference|ref|ticket|serial|policy|case|claim"
    r"|bestellung|bestellnummer|sendung|sendungsnummer|auftrag|rechnung|buchung|commande|colis|facture|pedido|envio|factura|reserva"
    r"|ordine|spedizione|fattura|bestelling|zending|factuur)"
    r"\W{0,3}(?:(?:no|nr|num|number|nummer|id|code|numero|n)\b)?\W{0,4}$",
    re.I,
)
"""What stands right before a number that is one of an order or the like."""
_CARD = re.compile(
    r"card|visa|mastercard|maestro|amex|american express|\bexp(?:iry|ires?|\.)?\b|valid|\bcv[cv]|\bpan\b|debit|credit|\bpay\b"
    r"|karte|carte\b|tarjeta|carta\b|\bkaart|\b\d\d ?/ ?\d\d\b",
    re.I,
)
_ACCOUNT = re.compile(r"(?<![^\W_])[a-z]{2}\d\d(?=[ \-]?[a-z0-9])", re.I)
_DIGITS = re.compile(r"\d")
_NEAR = 60
"""Characters before a number in which a word that names it counts; half as many after it."""


def sensitive(text: str) -> tuple[Found, ...]:
    """Every card, account and national number of the text, by place; none overlaps another."""
    if len(_DIGITS.findall(text)) < 6:
        return ()
    found: list[Found] = []
    for each in (*_accounts(text), *_runs(text), *_lettered(text)):
        if all(each.end <= other.start or each.start >= other.end for other in found):
            found.append(each)
    return tuple(sorted(found, key=lambda each: each.start))


def _accounts(text: str) -> Iterator[Found]:
    for start in _ACCOUNT.finditer(text):
        length = check.IBAN_LENGTH.get(start.group()[:2].upper())
        place, signs = start.start(), ""
        while length and place < len(text) and len(signs) < length:
            each = text[place]
            if each.isalnum():
                signs += each
            elif each not in " -\u00a0" or not text[place - 1].isalnum():
                break
            place += 1
        if length and len(signs) == length and not text[place : place + 1].isalnum() and check.iban(_ascii(signs)):
            yield Found("iban", "IBAN", start.start(), place)


def _runs(text: str) -> Iterator[Found]:
    for run in _RUN.finditer(text):
        groups = [(each.start() + run.start(), each.end() + run.start()) for each in _GROUP.finditer(run.group())]
        taken = -1
        for first in range(len(groups)):
            for last in range(len(groups), first, -1):
                if groups[first][0] < taken:
                    break
                found = _of_groups(text, groups, first, last)
                if found:
                    taken = found.end
                    yield found
                    break


def _of_groups(text: str, groups: list[tuple[int, int]], first: int, last: int) -> Found | None:
    start, end = groups[first][0], groups[last - 1][1]
    digits = _ascii("".join(text[a:b] for a, b in groups[first:last]))
    if not 9 <= len(digits) <= 19:
        return None
    sizes = tuple(b - a for a, b in groups[first:last])
    alone = last - first == 1 or last - first == len(groups)
    if (alone or sizes in _CARD_GROUPS) and check.card(digits):
        beside = text[max(0, start - _NEAR) : start]
        ordered = len(groups) == 1 and _ORDER.search(beside) and not _CARD.search(beside + text[end : end + _NEAR // 2])
        return Found("card", "card", start, end, bool(ordered))
    near: str | None = None
    for kind in _NATIONAL:
        if len(digits) not in kind.lengths or not kind.holds(digits):
            continue
        near = near if near is not None else text[max(0, start - _NEAR) : end + _NEAR // 2]
        if (kind.grouped and kind.grouped.match(text[start:end])) or kind.word.search(near):
            return Found("national_id", kind.name, start, end)
    return None


def _lettered(text: str) -> Iterator[Found]:
    for found in _LETTERED.finditer(text):
        name, holds = _LETTERED_KINDS[found.lastgroup or ""]
        near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR // 2]
        if holds(_ascii(re.sub("[ -]", "", found.group()).upper())) and (found.lastgroup != "nino" or _INSURANCE.search(near)):
            yield Found("national_id", name, found.start(), found.end())


def _ascii(text: str) -> str:
    """Digits of any script as ASCII digits, letters in upper case."""
    return "".join(str(int(each)) if each.isdecimal() else each for each in text).upper()
