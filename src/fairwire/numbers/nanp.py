"""Country code 1: what its plan rules out, and which state of the United States an area code belongs to."""

from __future__ import annotations

import re
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.model.errors import BadInput
from fairwire.numbers.lists import Lists

NATIONAL: Final = 10
"""Digits of a national number."""
NO_AREA, APART, NO_EXCHANGE, SERVICE = 1, 2, 4, 8
"""Bits of `Nanp.rules`: nobody has the code as an area code; an area code whose exchanges may be service codes; nobody has the
code as an exchange; nobody has it as an exchange of an area code that is not apart."""


class _Never(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    area_codes: list[str]
    exchanges: list[str]
    exchanges_apart: list[str]


class _NanpList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    source: str
    never: _Never
    area_codes: dict[str, list[int]]


class Nanp:
    """The rules and the table, by the number that three digits make.

    Raises
    ------
    BadInput
        The list cannot be read, or a code in it is not three digits or `?`.
    """

    def __init__(self, lists: Lists) -> None:
        listed = lists.read("nanp.yaml", _NanpList)
        self.as_of = listed.as_of
        never = listed.never
        service = [code for code in never.exchanges if code.endswith("11")]
        exchanges = [code for code in never.exchanges if not code.endswith("11")]
        self.rules: npt.NDArray[np.int64] = (
            NO_AREA * _codes(never.area_codes)
            + APART * _codes(never.exchanges_apart)
            + NO_EXCHANGE * _codes(exchanges)
            + SERVICE * _codes(service)
        )
        """What is said of each of a thousand codes."""
        self.states: dict[int, str] = {code: state for state, codes in listed.area_codes.items() for code in codes}
        """Area code -> state, two letters."""

    def ruled_out(self, national: str) -> bool:
        """Whether this is no number of country code 1: not ten digits, or digits that the plan keeps back."""
        if len(national) != NATIONAL:
            return True
        area, exchange = int(self.rules[int(national[:3])]), int(self.rules[int(national[3:6])])
        return bool(area & NO_AREA or exchange & NO_EXCHANGE or (exchange & SERVICE and not area & APART))

    def state(self, digits: str) -> str:
        """State of E.164 digits; empty when it is none, or not known."""
        if len(digits) != 1 + NATIONAL or digits[0] != "1":
            return ""
        return self.states.get(int(digits[1:4]), "")


def _codes(patterns: list[str]) -> npt.NDArray[np.int64]:
    """1 for each of a thousand codes that one of the patterns means."""
    for pattern in patterns:
        if not re.fullmatch(r"[0-9?]{3}", pattern):
            raise BadInput(f"`{pattern}` is not three digits or `?`", at="nanp.yaml")
    wanted = re.compile("|".join(pattern.replace("?", r"\d") for pattern in patterns) or "(?!)")
    return np.array([wanted.fullmatch(f"{code:03d}") is not None for code in range(1000)], dtype=np.int64)
