"""The days and the version that a document gives for itself.

A day counts when a word near it says what it is (`Last updated`), or when it stands alone in a line near the document's start,
where the day of publication stands. Of `March 2024` the first day is given and called ambiguous.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from fairwire.model.imported import DocumentDate

_Meaning = Literal["updated", "effective", "published", "reviewed"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"\b{_DAY}(?:\s{{1,3}}(?:day\s)?of)?[\s\-.]{{1,3}}{_MONTH},?[\s\-]{{1,3}}{_YEAR}",
        rf"\b{_MONTH}\s{{1,3}}{_DAY},?\s{{1,3}}{_YEAR}",
        r"\b(?P<year>(?:19|20)\d\d)[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})\b",
        r"\b(?P<first>\d{1,2})(?P<sign>[/.\-])(?P<second>\d{1,2})(?P=sign)(?P<year>(?:19|20)?\d\d)\b(?![/.\-]\d)",
        rf"\b{_MONTH},?\s{{1,3}}{_YEAR}",
    )
)
_LABELS: tuple[tuple[_Meaning | None, re.Pattern[str]], ...] = (
    (None, re.compile(r"\b(?:next|due\s+for)\s+review|©|copyright|\bact\b|registered|incorporated|expir|archived", re.I)),
    ("reviewed", re.compile(r"\breview(?:ed)?\b", re.I)),
    (
        "effective",
        re.compile(
            r"\beffective(?:\s+as\s+(?:of|at))?\b|\bin\s+(?:force|effect)\b|\b(?:takes?|into|with)\s+effect|\bcommenc|"
            r"\bvalid\s+from|\bapplies\s+from",
            re.I,
        ),
    ),
    (
        "updated",
        re.compile(
            r"\b(?:updated?|modified|revis(?:ed|ion)|amend(?:ed|ment)|changed|edited|last\s+change)\b|\bcurrent\s+as\s+of|"
            r"\bas\s+(?:of|at)\b",
            re.I,
        ),
    ),
    (
        "published",
        re.compile(r"\b(?:published|posted|issued?|created|dated|released?|approved|adopted|version|written)\b", re.I),
    ),
)
_DATE = re.compile(r"\bdate\b", re.I)
_BEFORE, _AFTER, _FAR = 70, 30, 200
_TOP = 4000
_SENTENCE = re.compile(r"[a-z,]{2}\s[a-z]{1,20}\s[^\n]{40}")
_MONTH_FIRST = frozenset({"", "US", "PH", "FM", "PW", "MH", "GU", "PR"})
_VERSION = re.compile(
    r"(?:^|(?<=[\s(\[|,;–—*-]))(?:version|ver\.?|v\.?|revision|rev\.?|issue|edition|release)\s{0,2}(?:no\.?|number|"
    r"#)?\s{0,2}[:=]?\s{0,2}"
    r"(?P<version>\d{1,4}(?:\.\d{1,3}){0,3}[a-z]?|[A-Z](?![\w']))(?![\w@]|[/.-]\d)",
    re.I | re.M,
)
_OTHER_VERSIONS = re.compile(
    r"(?:tls|ssl|sip|http|https|ip|ssh|windows|android|ios|software|firmware|browser|gpl|licen[cs]e|snmp|usb|protocol|"
    r"php|api|of|later|new|latest)[\s,]*$",
    re.I,
)
_LONGEST_LINE = 140


class _Read(NamedTuple):
    year: int
    month: int
    day: int
    ambiguous: bool


def dates(text: str, *, country: str = "") -> tuple[DocumentDate, ...]:
    """The days that a document gives for itself, in their order, none twice.

    Parameters
    ----------
    country
        Two letters (ISO 3166), which decide what `09/07/2020` means; month first in the United States and where nothing is known.
    """
    found: list[DocumentDate] = []
    taken = bytearray(len(text))
    top = _TOP + _after_menus(text)
    for form in _FORMS:
        for match in form.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            read = _read(match, country)
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            if read is None:
                continue
            meaning = _meaning(text, match.start(), match.end(), top)
            if meaning is not None:
                day = f"{read.year:04}-{read.month:02}-{read.day:02}"
                piece = match.group().rstrip(" .,")
                end = match.start() + len(piece)
                found.append(
                    DocumentDate(meaning=meaning, day=day, start=match.start(), end=end, text=piece, ambiguous=read.ambiguous)
                )
    kept: dict[tuple[str, str], DocumentDate] = {}
    for one in sorted(found, key=lambda date: date.start):
        kept.setdefault((one.meaning, one.day), one)
    labelled = {one.day for one in kept.values() if one.meaning != "published"}
    return tuple(one for one in kept.values() if one.meaning != "published" or one.day not in labelled)


def version(text: str) -> str | None:
    """The version a document gives for itself, as written. Only short lines count: `TLS version 1.2` in a sentence is none."""
    for match in _VERSION.finditer(text):
        start = text.rfind("\n", max(0, match.start() - 2 * _LONGEST_LINE), match.start()) + 1 or max(
            0, match.start() - 2 * _LONGEST_LINE
        )
        end = text.find("\n", match.end(), match.end() + _LONGEST_LINE + 1)
        end = min(len(text), match.end() + _LONGEST_LINE + 1) if end < 0 else end
        line = text[max(start, match.start() - _LONGEST_LINE) : end]
        if (
            match.start() - start > _LONGEST_LINE
            or len(line) > _LONGEST_LINE
            or _OTHER_VERSIONS.search(text[start : match.start()])
        ):
            continue
        if len(line.strip()) > 60 and not any(pattern.search(line) for _, pattern in _LABELS[1:4]):
            continue
        label = match.group()[: match.start("version") - match.start()].strip(" :.#=").lower()
        written = match.group("version")
        if written.isalpha() and (label in ("v", "issue", "release", "edition") or not written.isupper()):
            continue
        if written.isdecimal() and len(written) == 4 and label in ("issue", "release"):
            continue
        return written
    return None


def _read(match: re.Match[str], country: str) -> _Read | None:
    parts = match.groupdict()
    year = int(parts["year"])
    if parts.get("sign"):
        return _of_numbers(int(parts["first"]), int(parts["second"]), year + 2000 if year < 100 else year, country)
    month = int(parts["number"]) if parts.get("number") else _MONTHS.index(parts["month"][:3].lower()) + 1
    day = int(parts["day"]) if parts.get("day") else 1
    return _valid(year, month, day, ambiguous=not parts.get("day"))


def _of_numbers(first: int, second: int, year: int, country: str) -> _Read | None:
    both = first <= 12 and second <= 12 and first != second
    month_first = second > 12 or (first <= 12 and country.upper() in _MONTH_FIRST)
    month, day = (first, second) if month_first else (second, first)
    return _valid(year, month, day, ambiguous=both)


def _valid(year: int, month: int, day: int, *, ambiguous: bool) -> _Read | None:
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return None
    if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
        return None
    return _Read(year, month, day, ambiguous)


def _meaning(text: str, start: int, end: int, top: int) -> _Meaning | None:
    line_start = text.rfind("\n", max(0, start - _FAR), start) + 1 or max(0, start - _FAR)
    before = text[max(line_start, start - _BEFORE) : start]
    sentence = max(before.rfind(". "), before.rfind("; "), before.rfind("|"))
    near = before[sentence + 1 :]
    meaning = _last_label(near)
    if meaning is not None:
        return meaning[0]
    line_end = text.find("\n", end, end + _FAR)
    line_end = min(len(text), end + _FAR) if line_end < 0 else line_end
    after = text[end : min(line_end, end + _AFTER)]
    for name, pattern in _LABELS:
        if pattern.match(after.lstrip(" (,-–—:[")):
            return name
    if any(sign.isalpha() for sign in near + after):
        return None
    earlier = text[max(0, line_start - _BEFORE) : line_start].rstrip()
    line = earlier[earlier.rfind("\n") + 1 :]
    if len(line) < 40:
        meaning = _last_label(line)
        if meaning is not None:
            return meaning[0]
    return "published" if line_end - line_start < 40 and start < top else None


def _last_label(text: str) -> tuple[_Meaning | None] | None:
    """The label nearest to the end of `text`; a tuple, since a label may also say that the day is none of the document's."""
    best: tuple[int, _Meaning | None] | None = None
    for name, pattern in _LABELS:
        for match in pattern.finditer(text):
            if best is None or match.end() > best[0]:
                best = (match.end(), name)
    if best is None:
        return ("published",) if _DATE.search(text) else None
    return (best[1],)


def _after_menus(text: str) -> int:
    """Where the first sentence stands: what is before it is menus."""
    match = _SENTENCE.search(text)
    return match.start() if match is not None else 0
