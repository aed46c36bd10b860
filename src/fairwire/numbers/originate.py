"""Numbers from which nobody calls: the package's public rules, and the site's own list."""

from __future__ import annotations

import msgspec

from fairwire.model.errors import BadInput, InvalidRecord
from fairwire.numbers.lists import Lists, lines_of
from fairwire.numbers.spans import NumberSet, Span, spans_of, spread

_FILE = "do_not_originate.txt"


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    why: str
    source: str
    entries: list[str]


class _Services(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    countries: list[str]
    numbers: list[str]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    line: str


class _DoNotOriginateList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    groups: list[_Group]
    services: list[_Services] = []
    directory_assistance: _Line | None = None


class DoNotOriginate:
    """Answers `digits in list` for E.164 digits, and `is_service` for numbers dialled short.

    Raises
    ------
    BadInput
        A list cannot be read, or an entry is no number, prefix or range; the message says on which line.
    """

    def __init__(self, lists: Lists) -> None:
        spans: list[Span] = []
        self._services: set[tuple[str, str]] = set()
        self.line = -1
        """Exchange and line number from which nobody calls in any area of country code 1."""
        for listed in lists.read_all("do_not_originate.yaml", _DoNotOriginateList):
            for group in listed.groups:
                for entry in group.entries:
                    spans.extend(_read(entry, "do_not_originate.yaml"))
            if listed.directory_assistance is not None:
                self.line = int(listed.directory_assistance.line)
            for each in listed.services:
                self._services.update((country, number) for country in each.countries for number in each.numbers)
        for line, entry in lines_of(lists.text(_FILE)):
            spans.extend(_read(entry, f"{_FILE}:{line}"))
        self.numbers = NumberSet(spans)

    def __contains__(self, digits: str) -> bool:
        return digits in self.numbers or (len(digits) == 11 and digits[0] == "1" and int(digits[4:]) == self.line)

    def is_service(self, digits: str, region: str) -> bool:
        """Whether digits dialled short in a region name a service that places no calls."""
        return (region, digits) in self._services


def _read(entry: str, at: str) -> list[Span]:
    if entry.count("?") > 3:
        raise BadInput(f"`{entry[:60]}` leaves more than three digits open", at=at, help_="write a prefix with `*` instead")
    try:
        return [span for each in spread(entry) for span in spans_of(each)]
    except InvalidRecord as error:
        raise BadInput(error.message, at=at, help_=error.help) from None
