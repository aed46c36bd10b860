"""Rate decks: what a call costs by the longest prefix of the number, in exact micro-units."""

from __future__ import annotations

import csv
import re

import msgspec

from fairwire.model.errors import BadInput
from fairwire.model.money import parse_micros
from fairwire.numbers.lists import Lists

_FILE = "rates.csv"
_NAMES = {
    "prefix": ("prefix", "code", "dialcode", "dial_code", "destination_prefix"),
    "rate": ("rate", "rate_per_min", "rate_per_minute", "price", "price_per_min", "price_per_minute"),
    "fee": ("connect_fee", "connection_fee", "connectfee", "setup_fee", "fee"),
    "increment": ("increment", "rate_increment", "rateincrement", "billing_increment"),
    "minimum": ("minimum", "minimum_seconds", "min_seconds", "first_increment"),
}
_LONGEST = 15


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What one prefix costs. Money in micro-units of the deck's currency, spans in seconds."""

    prefix: str
    """E.164 digits without the plus."""
    per_minute: int
    fee: int = 0
    """For a call that was answered, however short."""
    increment: int = 1
    """Talk time is rounded up to whole ones of these."""
    minimum: int = 0
    """The least that is charged for a call that was answered."""

    def charge(self, seconds: float) -> int:
        """Micro-units for a talk time, rounded up to a whole micro-unit; nothing for a call that nobody answered."""
        if seconds <= 0:
            return 0
        whole = -(-round(seconds * 1000) // (1000 * self.increment)) * self.increment
        return self.fee - (-self.per_minute * max(whole, self.minimum) // 60)


class RateDeck:
    """A deck as a table of prefixes.

    The file is CSV with a line of names: `prefix` and `rate` (a minute), and perhaps `connect_fee`, `increment` and `minimum`
    (seconds, or `60s`, or `6/6` for minimum and increment). Names are read in any case, spaces and dashes as underscores.

    Raises
    ------
    BadInput
        The deck cannot be read, a prefix is there twice, or an amount is none; the message says on which line.
    """

    def __init__(self, lists: Lists) -> None:
        self._rates: dict[str, Rate] = {}
        rows = csv.reader(lists.text(_FILE).splitlines())
        columns: dict[str, int] = {}
        for line, row in enumerate(rows, start=1):
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = _columns(row, f"{_FILE}:{line}")
                continue
            rate = _rate(row, columns, f"{_FILE}:{line}")
            if rate.prefix in self._rates:
                raise BadInput(f"prefix {rate.prefix} is there twice", at=f"{_FILE}:{line}", help_="keep one")
            self._rates[rate.prefix] = rate

    def __len__(self) -> int:
        return len(self._rates)

    def rate(self, digits: str) -> Rate | None:
        """Rate of E.164 digits, by the longest prefix that the deck has; None when it has none."""
        for length in range(min(len(digits), _LONGEST), 0, -1):
            found = self._rates.get(digits[:length])
            if found is not None:
                return found
        return None

    def expected_charge(self, digits: str, seconds: float) -> int | None:
        """Micro-units of a call to E.164 digits; None when the deck has no rate for them."""
        rate = self.rate(digits)
        return None if rate is None else rate.charge(seconds)


def _columns(row: list[str], at: str) -> dict[str, int]:
    named = {re.sub(r"[\s-]+", "_", cell.strip().lstrip("#").lower()): place for place, cell in enumerate(row)}
    found = {key: named[name] for key, names in _NAMES.items() for name in reversed(names) if name in named}
    for key in ("prefix", "rate"):
        if key not in found:
            raise BadInput(
                f"the rate deck has no column `{key}`", at=at, help_="its first line names the columns: prefix,rate,..."
            )
    return found


def _rate(row: list[str], columns: dict[str, int], at: str) -> Rate:
    cells = {key: row[place].strip() for key, place in columns.items() if place < len(row)}
    prefix = cells.get("prefix", "").removeprefix("+").removesuffix("*")
    if not re.fullmatch(r"[0-9]{1,15}", prefix):
        raise BadInput(
            f"`{prefix[:40]}` is not a prefix", at=at, help_="write the digits that E.164 numbers begin with, such as 4420"
        )
    try:
        per_minute, fee = parse_micros(cells.get("rate", "")), parse_micros(cells.get("fee") or "0")
        minimum, increment = _seconds(cells.get("increment") or "1")
        minimum = _seconds(cells["minimum"])[1] if cells.get("minimum") else minimum
    except ValueError as error:
        raise BadInput(str(error), at=at) from None
    if per_minute < 0 or fee < 0 or increment < 1:
        raise BadInput("a rate, a fee or an increment is below what it can be", at=at)
    return Rate(prefix=prefix, per_minute=per_minute, fee=fee, increment=increment, minimum=minimum)


def _seconds(text: str) -> tuple[int, int]:
    """Minimum and increment of `1`, `60s` or `30/6`."""
    match = re.fullmatch(r"([0-9]{1,6})s?(?:/([0-9]{1,6})s?)?", text)
    if match is None:
        raise ValueError(f"`{text[:40]}` is not a number of seconds")
    return (int(match[1]), int(match[2])) if match[2] else (0, int(match[1]))
