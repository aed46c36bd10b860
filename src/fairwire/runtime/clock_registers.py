"""The registers of notices, deadlines, people and what follows from their number."""

from __future__ import annotations

import msgspec

from fairwire.model.deadlines import RUNNING, Deadline
from fairwire.model.invoicing import InvoiceLine
from fairwire.model.notices import Notice
from fairwire.model.people import OrderChange, Person, Transfer
from fairwire.runtime.register import Entry, Register


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has read the audit trail."""

    cursor_id: str
    after: int


NOTICES: Register[Notice] = Register(
    "notice",
    Notice,
    lambda notice: Entry(
        id=notice.notice_id,
        customer=notice.customer,
        subject=notice.fact,
        state=notice.state,
        due_us=notice.next_us if notice.state == "queued" else None,
    ),
)
DEADLINES: Register[Deadline] = Register(
    "deadline",
    Deadline,
    lambda deadline: Entry(
        id=deadline.deadline_id,
        customer=deadline.customer,
        subject=deadline.fact,
        state="settled" if deadline.settled else deadline.state,
        due_us=next_us(deadline),
    ),
)
PEOPLE: Register[Person] = Register(
    "person",
    Person,
    lambda person: Entry(id=person.person_id, customer=person.customer, state="left" if person.left_us is not None else "there"),
)
TRANSFERS: Register[Transfer] = Register(
    "transfer",
    Transfer,
    lambda transfer: Entry(id=transfer.transfer_id, customer=transfer.customer, subject=transfer.leaver, state=transfer.state),
)
ORDER_CHANGES: Register[OrderChange] = Register(
    "order_change", OrderChange, lambda change: Entry(id=change.change_id, customer=change.customer)
)
LINES: Register[InvoiceLine] = Register(
    "invoice_line",
    InvoiceLine,
    lambda line: Entry(id=line.line_id, customer=line.customer, subject=line.source, state=line.state),
)
CURSORS: Register[Cursor] = Register("cursor", Cursor, lambda cursor: Entry(id=cursor.cursor_id))


def next_us(deadline: Deadline) -> int | None:
    """When somebody must look at a deadline again."""
    if not deadline.told:
        return 0
    if deadline.state not in RUNNING:
        return None
    return min([deadline.due_us, *(each.at_us for each in deadline.reminders if not each.done)])
