"""What customers have ordered since their records were written, as a feed tells it: what a record says at an instant.

A running service keeps changes of orders on record (`runtime/ordered.py`). A replay knows its customers file and what events say.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, InvalidRecord, Span
from fairwire.model.events import OrderChanged
from fairwire.numbers.owned import OwnedNumbers
from fairwire.runtime.own_limits import check_own_limits

_ORDERED = {field.encode_name for field in msgspec.structs.fields(OrderChanged)} - {"customer"}
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Customer) if field.name in _ORDERED}

_EVER_US = 2**62


class OrderTurns:
    """Changes of records by instant. The same event may be told again and again."""

    def __init__(self) -> None:
        self._told: dict[int, list[tuple[int, str]]] = {}
        self._all: list[tuple[int, int]] = []
        """Instant and row of each, in order."""
        self._said: dict[int, dict[int, tuple[Customer, Customer]]] = {}
        """Row -> how many changes -> the record as it was written, and what it says with them."""

    def add(self, row: int, customer: str, at_us: int, data: str) -> bool:
        """Note what an `order.changed` says, as JSON; whether it was new, is of this customer, and about what counts."""
        told, fields = self._told.get(row, []), msgspec.json.decode(data)
        if fields.get("customer") != customer or (at_us, data) in told or not _FIELDS.keys() & fields.keys():
            return False
        insort(self._told.setdefault(row, told), (at_us, data))
        insort(self._all, (at_us, row))
        self._said.pop(row, None)
        return True

    def rows(self, behind_us: int = -_EVER_US, upto_us: int = _EVER_US) -> set[int]:
        """Customers whose record changes behind the one instant, and up to the other."""
        first, stop = (bisect_right(self._all, at_us, key=lambda each: each[0]) for at_us in (behind_us, upto_us))
        return {row for _, row in self._all[first:stop]}

    def instants(self) -> Iterator[int]:
        """All instants at which a record changes."""
        return (at_us for at_us, _ in self._all)

    def record(self, row: int, written: Customer, at_us: int) -> Customer:
        """What the record of a customer says at an instant, by how it was written. What cannot stand there is left out."""
        told = self._told.get(row, ())
        count = bisect_right(told, at_us, key=lambda each: each[0])
        if not count:
            return written
        known = self._said.setdefault(row, {})
        if count not in known or known[count][0] is not written:
            said = written
            for _, data in told[:count]:
                for name, value in msgspec.json.decode(data).items():
                    if name in _FIELDS:
                        said = _with(said, name, value)
            known[count] = written, said
        return known[count][1]

    @property
    def customers(self) -> Collection[int]:
        """Rows of those whose record ever changes."""
        return self._told.keys()


def _with(record: Customer, name: str, value: Any) -> Customer:
    try:
        changed = msgspec.structs.replace(record, **{name: msgspec.convert(value, _FIELDS[name], strict=True)})
        OwnedNumbers(changed.numbers)
        check_own_limits(changed, Span(file=record.id, line=1))
    except (msgspec.ValidationError, BadInput, InvalidRecord):
        return record
    return changed
