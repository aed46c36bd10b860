"""The registers of enforcement: orders, their effects at the edges, what holds automatic action back, and what was granted."""

from __future__ import annotations

from fairwire.enforcement import grants
from fairwire.enforcement.lifecycle import clock_us
from fairwire.model.effects import Effect
from fairwire.model.grants import Booking, Covered, Grant
from fairwire.model.guards import Critical, Guard, Snooze
from fairwire.model.instants import parse_us
from fairwire.model.order import Order
from fairwire.runtime.register import Entry, Register

SITE = "site"
"""The id of the one record that holds for everybody."""

ORDERS: Register[Order] = Register(
    "order",
    Order,
    lambda order: Entry(
        id=order.order_id,
        customer=order.customer,
        subject=order.finding_id,
        state=order.state,
        due_us=clock_us(order),
    ),
)
EFFECTS: Register[Effect] = Register(
    "effect",
    Effect,
    lambda effect: Entry(
        id=effect.effect_id,
        customer=effect.customer,
        subject=effect.edge,
        state=effect.state,
        due_us=effect.next_us if effect.state in ("putting", "restoring") else None,
    ),
)
GUARDS: Register[Guard] = Register("guard", Guard, lambda guard: Entry(id=SITE))
SNOOZES: Register[Snooze] = Register(
    "snooze",
    Snooze,
    lambda snooze: Entry(
        id=snooze.snooze_id,
        customer=snooze.customer,
        subject=snooze.detector,
        state="ended" if snooze.ended else "holds",
        due_us=None if snooze.ended else parse_us(snooze.until),
    ),
)
CRITICAL: Register[Critical] = Register(
    "critical", Critical, lambda critical: Entry(id=critical.customer, customer=critical.customer, state=critical.state)
)
GRANTS: Register[Grant] = Register(
    "grant",
    Grant,
    lambda grant: Entry(
        id=grant.grant_id, customer=grant.customer, subject=grant.kind, state=grant.state, due_us=grants.clock_us(grant)
    ),
)
COVERED: Register[Covered] = Register(
    "covered",
    Covered,
    lambda covered: Entry(
        id=covered.finding.finding_id, customer=covered.finding.customer, subject=covered.grants[0], state="covered"
    ),
)
BOOKINGS: Register[Booking] = Register(
    "booking",
    Booking,
    lambda booking: Entry(id=booking.booking_id, customer=booking.customer, subject=booking.clause, state=booking.state),
)
