"""Numbers at whose other end is help: emergency calls, and the lines that stand between somebody and an emergency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
import phonenumbers
from phonenumbers import PhoneMetadata

from fairwire.numbers import patterns
from fairwire.numbers.dialled import Dialled, undress
from fairwire.numbers.lists import Lists

SHORT = 6
"""Digits of the longest number that is dialled short; a subscriber number with its country code is longer."""
LONGEST_EMERGENCY = 3 + SHORT
_TAIL = 6
"""Digits at the end that a number keeps however it is dialled."""


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    countries: list[str]
    numbers: list[str]


class _Everywhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    numbers: list[str]


class _EmergencyList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    everywhere: _Everywhere
    groups: list[_Group]
    outside_line: list[str]
    caller_id_codes: list[str]
    services: list[str]


class _Lifeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    countries: list[str]
    numbers: list[str]


class _LifelineList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    groups: list[_Lifeline]


class EmergencyNumbers:
    """Tells whether what was dialled may reach help.

    Parameters
    ----------
    lists
        Where `emergency.yaml` and `lifelines.yaml` come from.
    extra
        Country -> numbers that are never refused there; the country `""` is everywhere. They add, nothing takes away.
    """

    def __init__(self, lists: Lists, extra: Mapping[str, Iterable[str]]) -> None:
        listed = lists.read_all("emergency.yaml", _EmergencyList)
        self.outside_line = frozenset(digit for each in listed for digit in each.outside_line)
        codes = {code for each in listed for code in each.caller_id_codes}
        self._caller_id_codes = tuple(sorted(codes, key=lambda code: (-len(code), code)))
        self._services = tuple(service for each in listed for service in each.services)
        self._tables: dict[str, frozenset[str]] = {}
        self._listed: dict[str, set[str]] = {"": {number for each in listed for number in each.everywhere.numbers}}
        self.e164: set[str] = set()
        """Whole subscriber numbers at whose other end is help: their E.164 digits."""
        for each in listed:
            for group in each.groups:
                self._add(group.countries, group.numbers)
        for country, numbers in extra.items():
            self._add((country,), numbers)
        self._lifelines: set[tuple[str, str]] = set()
        for lines in lists.read_all("lifelines.yaml", _LifelineList):
            for line in lines.groups:
                self._add(line.countries, line.numbers)
                shorts = [number for number in line.numbers if not number.startswith("+")]
                self._lifelines.update((country, number) for country in line.countries for number in shorts)
                self._lifelines.update(("", number[1:]) for number in line.numbers if number.startswith("+"))
        self._tails = {number[-_TAIL:] for number in self.e164}

    def _add(self, countries: Iterable[str], numbers: Iterable[str]) -> None:
        for number in numbers:
            dialled = undress(number)
            if dialled.plus:
                self.e164.add(dialled.digits)
                continue
            for country in countries:
                self._listed.setdefault(country.upper(), set()).add(dialled.digits)

    def is_lifeline(self, digits: str, region: str) -> bool:
        """Whether digits, E.164 or dialled short in a region, are a line of the list of lifelines and no emergency call."""
        return ("", digits) in self._lifelines or (region, digits) in self._lifelines

    def reached(
        self,
        dialled: Dialled,
        region: str,
        nobodys: Callable[[str], tuple[str, str] | None],
        as_e164: Callable[[str, str], str | None],
    ) -> bool:
        """Whether it may reach help, dialled in `region` (`""`: anywhere).

        `nobodys` gives the national part and the region of E.164 digits that nobody has; `as_e164` the E.164 digits that
        are meant by digits dialled in a region.
        """
        if dialled.urn:
            return dialled.text.startswith(tuple(f"{name}." for name in self._services)) or dialled.text in self._services
        digits = dialled.digits
        if not digits:
            return False
        table = self.table(region)
        if dialled.plus:
            return digits in self.e164 or self._behind_plus(digits, table, nobodys)
        bare = digits.rstrip("#")
        for code in self._caller_id_codes:
            if bare.startswith(code) and bare not in table:
                bare = bare[len(code) :]
                break
        if bare in table or (1 < len(bare) < SHORT and bare[0] in self.outside_line and bare[1:] in table):
            return True
        if len(bare) > SHORT and region and bare[-_TAIL:] in self._tails:
            meant = as_e164(bare, region)
            return meant is not None and meant in self.e164
        return False

    def _behind_plus(self, digits: str, table: frozenset[str], nobodys: Callable[[str], tuple[str, str] | None]) -> bool:
        """Some exchanges put a plus, or a plus and the country code, before whatever was dialled: `+911`, `+1911`, `+44999`."""
        if len(digits) > LONGEST_EMERGENCY:
            return False
        if digits in table:
            return True
        found = nobodys(digits)
        if found is None:
            return False
        rest, region = found
        return rest in table or (bool(region) and rest in self.table(region))

    def table(self, region: str) -> frozenset[str]:
        """Emergency numbers of one region; of all the world for the region `""`."""
        table = self._tables.get(region)
        if table is not None:
            return table
        if region:
            found = self._listed[""] | self._listed.get(region, set())
            metadata = PhoneMetadata.short_metadata_for_region(region)
            if metadata is not None and metadata.emergency is not None and metadata.emergency.national_number_pattern:
                found |= patterns.words(metadata.emergency.national_number_pattern)
        else:
            found = set().union(*self._listed.values())
            for name in phonenumbers.SUPPORTED_SHORT_REGIONS:
                found |= self.table(name)
        self._tables[region] = frozenset(found)
        return self._tables[region]
