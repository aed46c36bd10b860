"""The site's do-not-call list: millions of numbers as sorted whole numbers, eight bytes each."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.numbers.dialled import undress
from fairwire.numbers.lists import Lists

Words = npt.NDArray[np.int64]
_FILE = "do_not_call.txt"
_PLAIN = re.compile(r"\+?[0-9]{4,15}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EVER = -(2**62)


class DoNotCall:
    """Who must not be called, by whom, since when.

    A line is `number`, `number,day` or `number,day,customer`: the number in E.164 with or without its plus, the day from
    which on it counts (empty: always), the customer that must not call it (empty: nobody may). A remark follows `#`.

    Raises
    ------
    BadInput
        A line is none of these; the message says which.
    """

    def __init__(self, lists: Lists) -> None:
        numbers: list[int] = []
        self._dated: dict[tuple[int, str], int] = {}
        for place, line in enumerate(lists.text(_FILE).splitlines(), start=1):
            if _PLAIN.fullmatch(line):  # what nearly all lines of a long list are
                numbers.append(int(line))
                continue
            entry = line.partition("#")[0].strip()
            if entry:
                number, since, customer = _read(entry, f"{_FILE}:{place}")
                if customer or since != _EVER:
                    self._dated[number, customer] = min(since, self._dated.get((number, customer), since))
                else:
                    numbers.append(number)
        self.numbers: Words = np.unique(np.array(numbers, dtype=np.int64))
        """Those that nobody may ever call, ascending: E.164 without the plus, as whole numbers."""
        self.dated: Words = np.unique(np.array([number for number, _ in self._dated], dtype=np.int64))
        """Those that somebody may not call, or nobody since some day."""

    def __bool__(self) -> bool:
        return bool(len(self.numbers) or len(self.dated))

    def forbids(self, number: int, customer: str, at_us: int | None = None) -> bool:
        """Whether this customer must not call E.164 digits, as a whole number, at an instant (None: whenever)."""
        if _has(self.numbers, number):
            return True
        if not _has(self.dated, number):
            return False
        since = [self._dated[number, whose] for whose in (customer, "") if (number, whose) in self._dated]
        return any(at_us is None or each <= at_us for each in since)

    def among(self, numbers: Words) -> npt.NDArray[np.int8]:
        """For many numbers: 1, nobody may ever call it; 2, ask `forbids`; 0, whoever likes may call it."""
        return np.where(_among(self.numbers, numbers), 1, np.where(_among(self.dated, numbers), 2, 0)).astype(np.int8)


def _among(known: Words, numbers: Words) -> npt.NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(numbers), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.asarray(known[places] == numbers, dtype=np.bool_)


def _has(known: Words, number: int) -> bool:
    place = int(np.searchsorted(known, number))
    return place < len(known) and int(known[place]) == number


def _read(entry: str, at: str) -> tuple[int, int, str]:
    number, _, rest = entry.partition(",")
    since, _, customer = rest.partition(",")
    since, customer = since.strip(), customer.strip()
    digits = undress(number).digits
    if not (digits.isdigit() and 4 <= len(digits) <= 15):
        help_ = "write E.164, such as +12025550100, then perhaps a day and a customer: +12025550100,2026-03-01,C1"
        raise BadInput(f"`{number[:60]}` is no number", at=at, help_=help_)
    if not since:
        return int(digits), _EVER, customer
    try:
        if not _DAY.fullmatch(since):
            raise ValueError
        return int(digits), parse_us(f"{since}T00:00:00Z"), customer
    except ValueError:
        raise BadInput(f"`{since[:60]}` is no day", at=at, help_="write it as 2026-03-01, or leave it empty") from None
