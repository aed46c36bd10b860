"""Where all parties of a call must agree before it may be recorded, by the numbers of the call."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from fairwire.numbers.lists import Lists
from fairwire.numbers.nanp import Nanp
from fairwire.numbers.world import width_of

Words = npt.NDArray[np.int64]


class _RecordingList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    countries: dict[str, str]
    states: dict[str, str]


class Consent:
    """The list as two tables: by country code, and by area code of country code 1. 1 is all parties, 0 fewer, -1 not known."""

    def __init__(self, lists: Lists, nanp: Nanp) -> None:
        listed = lists.read("recording.yaml", _RecordingList)
        self.as_of = listed.as_of
        self.by_code: Words = np.full(1000, -1, dtype=np.int64)
        for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
            strict = {region in listed.countries for region in regions}
            if len(strict) == 1:
                self.by_code[code] = int(strict.pop())
        self.by_area: Words = np.full(1000, -1, dtype=np.int64)
        for area, state in nanp.states.items():
            self.by_area[area] = int(state in listed.states)

    def side(self, digits: str) -> bool | None:
        """Whether all parties must agree where E.164 digits are; None when that is not known."""
        width = width_of(digits)
        if not width:
            return None
        code = int(digits[:width])
        found = int(
            self.by_area[int(digits[1:4])] if code == 1 and len(digits) == 11 else -1 if code == 1 else self.by_code[code]
        )
        return None if found < 0 else bool(found)

    def all_party(self, caller: str | None, callee: str | None) -> bool | None:
        """Whether a side of a call is where all must agree. One side that is says it; that none is, takes both: E.164 digits."""
        sides = [None if digits is None else self.side(digits) for digits in (caller, callee)]
        return True if True in sides else None if None in sides else False


def neighbour(caller: str, callee: str) -> bool:
    """Whether E.164 digits share the country code and the first six national digits: an area and exchange of country code 1."""
    return stem(caller) == stem(callee) != ""


def stem(digits: str) -> str:
    """Country code and first six national digits of E.164 digits; empty where there are no more than these, or no such code."""
    first = digits[: width_of(digits) + 6]
    return first if width_of(digits) and len(digits) > len(first) else ""
