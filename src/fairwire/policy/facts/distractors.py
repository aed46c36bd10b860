"""Numbers that count nothing: of sections, laws, dates, telephones, versions, list items, products."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.policy.facts import comparators
from fairwire.policy.facts.numbers import Number
from fairwire.policy.facts.words import Word, starts_line, vocabulary

_NAMES = vocabulary(
    """
    section sections clause clauses paragraph paragraphs article articles schedule annex appendix exhibit chapter
    figure table step version ver v rev revision release § §§ # no nr act regulation regulations reg rule title cfr
    usc u.s.c code directive windows office microsoft tls ssl http https layer level tier category cat type phase
    grade class rfc iso ipv port ports option sip web mp form stage group team
    """
)
_YEARS = range(1900, 2101)
_BEFORE_YEARS = vocabulary(
    """
    in since of act by © copyright until from during year , early late
    """
)
MONTHS = vocabulary(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec
    """
)
_SERVICE_NUMBERS = vocabulary(
    """
    911 999 112 000 110 118 119 988 411 511 611 711 811 311 211 101 111 900 976 800 0800 0900 0870 1900 1300 1800
    """
)
_DIALLED = vocabulary(
    """
    call calls number numbers service services emergency operator dialing dialling prefix prefixes line lines
    """
)


def is_no_quantity(text: str, words: Sequence[Word], number: Number, *, inside: bool = False) -> bool:
    """Whether a number is a name, a date, a reference or part of a larger sign.

    Parameters
    ----------
    inside
        It is the upper end of a range: what joins it to the lower end is no telephone number.
    """
    first = words[number.first]
    if first.kind != "number":
        return False
    before = words[number.first - 1] if number.first > 0 else None
    after = words[number.last] if number.last < len(words) else None
    if (
        len(first.text) > 1
        and first.text[0] == "0"
        and first.text[1:].replace(".", "").replace(",", "").isdecimal()
        and first.text[1].isdecimal()
    ):
        return True
    if _joined(words, number, inside) or _is_time_to_read(words, number.last):
        return True
    bound = comparators.before(words, number.first)[0] is not None
    if _is_marker(text, words, number, bound):
        return True
    if before is not None and before.plain in _NAMES and not bound:
        return True
    if (
        before is not None
        and before.plain == "."
        and number.first > 1
        and words[number.first - 2].plain in ("no", "v", "ver", "rev", "sec", "art", "reg")
    ):
        return True
    if before is not None and before.text[:1].isupper() and before.plain in MONTHS and number.value <= 31:
        return True
    if after is not None and after.plain in ("st", "nd", "rd", "th") and after.start == first.end:
        return True
    if _is_year(number, first, before, bound):
        return True
    return first.text in _SERVICE_NUMBERS and not bound and after is not None and after.plain in _DIALLED


def _is_time_to_read(words: Sequence[Word], at: int) -> bool:
    """`4 minutes to read`, as articles on the web begin."""
    after = [word.plain for word in words[at : at + 4]]
    return after[:1] in (["minute"], ["minutes"], ["min"], ["mins"]) and "read" in after[1:]


def _joined(words: Sequence[Word], number: Number, inside: bool) -> bool:
    """Whether a slash, a hyphen or a plus ties it to another number or a name: `24/7`, `555-0100`, `+44`, `x-86`."""
    first, last = words[number.first], words[number.last - 1]
    if number.first > 0 and not inside:
        before = words[number.first - 1]
        if before.end == first.start and before.text in "+/#_@=\\" and before.text != "":
            return True
        if before.end == first.start and before.text == "-" and number.first > 1 and words[number.first - 2].end == before.start:
            return True
        if before.end == first.start and before.text == ":" and number.first > 1 and words[number.first - 2].kind == "number":
            return True
        if before.kind == "number":
            return True  # 0800 123 456
    if number.last < len(words):
        after = words[number.last]
        if after.text in "/@\\=" and after.start == last.end and number.last + 1 < len(words):
            return words[number.last + 1].kind == "number" or after.text != "/"
        if after.kind == "number" and last.kind == "number":
            return True
    return False


def _is_marker(text: str, words: Sequence[Word], number: Number, bound: bool) -> bool:
    """`3.` or `(3)` or `3.2` that opens a line."""
    first = words[number.first]
    after = words[number.last] if number.last < len(words) else None
    if number.first > 0 and words[number.first - 1].text == "(" and after is not None and after.text == ")":
        return True
    if bound or not starts_line(text, first.start):
        return False
    if after is None:
        return True
    return "." in first.text or (after.text in ".):" and after.start == words[number.last - 1].end)


def _is_year(number: Number, first: Word, before: Word | None, bound: bool) -> bool:
    return (
        not bound
        and len(first.text) == 4
        and number.value in _YEARS
        and before is not None
        and (before.plain in _BEFORE_YEARS or before.plain in MONTHS or before.text == "©")
    )
