"""Reports that name no customer: whose number or address they are about is looked up among all customers.

Whoever was called knows the number that called, and a network that complains knows an address; neither knows our customers. A
report about nobody's number stays counted, and nothing is held against anybody for it.
"""

from __future__ import annotations

import msgspec
import pyarrow as pa

from fairwire.ports.events import CALL_SCHEMA, EventChunk
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.owners import Owners
from fairwire.sources.jsonl.decoding import in_order

_CUSTOMER = CALL_SCHEMA.get_field_index("customer")


class _About(msgspec.Struct):
    number: str | None = None
    address: str | None = None


_about = msgspec.json.Decoder(_About).decode


class Whose:
    """Finds the customers of such reports; what that needs is made for the first of them."""

    def __init__(self, customers: CustomerTable) -> None:
        self._customers = customers
        self._owners: Owners | None = None

    def named(self, chunk: EventChunk) -> EventChunk:
        """A chunk with the reports among its events whose customer is known."""
        if chunk.unnamed is None:
            return chunk
        if self._owners is None:
            self._owners = Owners(self._customers.customers)
        return with_named(chunk, self._owners)


def with_named(chunk: EventChunk, owners: Owners) -> EventChunk:
    """The same by what is known of customers."""
    reports = chunk.unnamed
    if reports is None:
        return chunk
    names = [_owner(owners, told) for told in reports["data"].to_pylist()]
    known = pa.array([name is not None for name in names], pa.bool_())
    column = pa.array(names, CALL_SCHEMA.field(_CUSTOMER).type)
    found = reports.set_column(_CUSTOMER, CALL_SCHEMA.field(_CUSTOMER), column).filter(known)
    other = dict(chunk.other)
    for kind in found["type"].to_pylist():
        other[kind] -= 1
    return msgspec.structs.replace(
        chunk,
        calls=in_order(chunk.calls, found),
        other={kind: count for kind, count in other.items() if count},
        unnamed=None,
    )


def _owner(owners: Owners, told: str) -> str | None:
    about = _about(told)
    return (owners.of_number(about.number) if about.number else None) or (
        owners.of_address(about.address) if about.address else None
    )
