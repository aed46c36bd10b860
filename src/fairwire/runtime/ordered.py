"""What customers have ordered since their records were written: fields of the customer record that are others from then on.

A change says what the record said when it was made. Where the customers file has something else by now, somebody has changed the
file since, and the file is newer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, BadUse, Span
from fairwire.model.people import OrderChange
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import ORDER_CHANGES
from fairwire.runtime.customers import check_record

_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Customer) if field.name != "id"}


class BadOrderChange(BadUse):
    """What is said to be ordered cannot stand in a customer record, or nothing is."""

    code = "FW-ORD-001"


def order_change(
    customer: Customer, fields: Mapping[str, Any], *, by: str, evidence: str, at_us: int
) -> tuple[RecordChange, OrderChange]:
    """Put on record that a customer has ordered something else; the same evidence gives the same id.

    Parameters
    ----------
    fields
        Name of a field of the customer record -> its value; names that no record has are left alone.

    Raises
    ------
    BadOrderChange
        None of them is a field of a record, or a value cannot stand there.
    """
    known = {name: value for name, value in fields.items() if name in _FIELDS}
    if not known:
        raise BadOrderChange("no field of a customer record is named", help_="name one such as `user_limit`")
    made = customer
    for name, value in known.items():
        try:
            made = msgspec.structs.replace(made, **{name: msgspec.convert(value, _FIELDS[name], strict=True)})
        except msgspec.ValidationError as error:
            raise BadOrderChange(f"`{name}`: {str(error)[:1].lower()}{str(error)[1:]}") from None
    if made.user_limit is not None and made.user_limit < 0:
        raise BadOrderChange(f"`user_limit`: {made.user_limit} is below zero")
    try:
        check_record(made, Span(file=customer.id, line=1))
    except BadInput as error:
        raise BadOrderChange(error.message, hint=error.hint, help_=error.help) from None
    named = hashlib.sha256(f"{customer.id}\n{evidence or f'{by} {at_us}'}".encode()).hexdigest()
    change = OrderChange(
        change_id=f"c-{named[:16]}",
        customer=customer.id,
        fields={name: _raw(getattr(made, name)) for name in known},
        before={name: _raw(getattr(customer, name)) for name in known},
        at_us=at_us,
        by=by,
        evidence=evidence,
    )
    said = ", ".join(f"{name} {_shown(change.before[name])} -> {_shown(change.fields[name])}" for name in known)
    return ORDER_CHANGES.change(None, change, at_us=at_us, by=by, action="order", why=f"{said} ({evidence})"), change


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _shown(value: msgspec.Raw) -> str:
    return bytes(value).decode()


class Ordered:
    """Customer records with what was ordered since. May be asked from any thread.

    Parameters
    ----------
    customer_of
        The record as the customers file has it.
    """

    def __init__(self, records: RecordStore, customer_of: Callable[[str], Customer | None]) -> None:
        self._records = records
        self._customer_of = customer_of
        self._read: tuple[int, dict[str, list[OrderChange]]] = (-1, {})

    def customer(self, customer_id: str) -> Customer | None:
        """The record as it is now; None for one that nobody knows."""
        customer = self._customer_of(customer_id)
        return None if customer is None else changed(customer, self._changes().get(customer_id, ()))

    def changed_customers(self) -> list[str]:
        """Those who have ordered something since."""
        return sorted(self._changes())

    def _changes(self) -> dict[str, list[OrderChange]]:
        mark = self._records.mark(ORDER_CHANGES.kind)
        if mark != self._read[0]:
            found: dict[str, list[OrderChange]] = {}
            for kept in ORDER_CHANGES.find(self._records):
                found.setdefault(kept.noun.customer, []).append(kept.noun)
            self._read = mark, {name: sorted(each, key=lambda one: (one.at_us, one.change_id)) for name, each in found.items()}
        return self._read[1]


def changed(customer: Customer, changes: Sequence[OrderChange]) -> Customer:
    """A record with changes, oldest first, each as far as the record says by then what it said when the change was made."""
    for change in changes:
        for name, value in change.fields.items():
            if name in _FIELDS and bytes(change.before[name]) == msgspec.json.encode(getattr(customer, name)):
                customer = msgspec.structs.replace(customer, **{name: msgspec.json.decode(value, type=_FIELDS[name])})
    return customer
