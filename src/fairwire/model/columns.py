"""The columns of one kernel event: what a detector may name, its unit, and when it is known.

A kernel event is a row of 64-bit integers. Strings are 64-bit hashes, words of a closed list are small codes, flags are
0 or 1, money is micro-units, times are microseconds, spans are milliseconds. `UNKNOWN` stands for missing evidence:
it is neither zero nor false.
"""

from __future__ import annotations

from typing import Literal

import msgspec

UNKNOWN = -(2**63)
"""Missing evidence in an integer column."""

ATTEMPT, ANSWERED, ENDED, TICK, DAY = 1, 2, 3, 8, 9
KIND_CODES = {"call.attempt": ATTEMPT, "call.answered": ANSWERED, "call.ended": ENDED, "tick": TICK, "day": DAY}
"""Codes of the column `kind`. No feed sends `day`, the midnight UTC on which cohorts are compared, nor `tick`, the instant at
which what many customers have in common is judged."""

DIRECTIONS = ("outbound", "inbound", "internal")
DISPOSITIONS = ("answered", "busy", "no_answer", "failed", "cancelled", "rejected", "blocked")
DESTINATIONS = (
    "emergency",
    "standard",
    "mobile",
    "premium",
    "shared_cost",
    "toll_free",
    "satellite",
    "personal",
    "voip",
    "special",
    "unknown",
)
TARIFFS = ("standard", "premium", "shared_cost", "satellite", "toll_free", "emergency")
RELEASES = ("caller", "callee", "network")

ColumnType = Literal["number", "flag", "word", "key", "instant", "internal"]


def per_unit(scale: float) -> float:
    """How many stored integers make one unit: 1,000,000 for a scale of a millionth.

    Dividing by it is exact where multiplying by the scale is not: 400,000 times 0.000001 is less than 0.4.
    """
    return float(round(1 / scale))


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: `scale` says which part of the unit that a rule reads the stored integer counts; see `per_unit`."""

    name: str
    type: ColumnType
    doc: str
    unit: str = ""
    scale: float = 1.0
    words: tuple[str, ...] = ()
    """For `word` columns: the closed list; code is the place in it, from 1."""
    known_at: int = ATTEMPT
    """From which phase of a call on: a rule about attempts must not read what only the end can tell."""


COLUMNS: tuple[Column, ...] = (
    Column(name="time", type="instant", doc="When it happened."),
    Column(name="kind", type="internal", doc="Event kind, see `KIND_CODES`."),
    Column(name="ordinal", type="internal", doc="Row of the event in the feed's table; names the evidence."),
    Column(name="customer_row", type="internal", doc="Row of the customer in the customers table."),
    Column(name="customer", type="key", doc="The customer."),
    Column(name="user", type="key", doc="The person the provider provisioned."),
    Column(name="line", type="key", doc="The number or address that places the call."),
    Column(name="credential", type="key", doc="The login it used."),
    Column(name="callee", type="key", doc="The number called."),
    Column(name="caller", type="key", doc="The number shown to the called side."),
    Column(name="remote", type="key", doc="The other side: who is called on the way out, who calls on the way in."),
    Column(name="source", type="key", doc="The address the request came from."),
    Column(name="diverting", type="key", doc="The number that forwarded the call, newest first; unknown when nobody did."),
    Column(name="block", type="key", doc="First seven digits of the number called."),
    Column(name="country", type="key", doc="Country of the number called."),
    Column(name="direction", type="word", words=DIRECTIONS, doc="outbound, inbound or internal."),
    Column(name="destination", type="word", words=DESTINATIONS, doc="Kind of number called."),
    Column(name="international", type="flag", doc="The number called is in another country than the customer."),
    Column(name="high_risk", type="flag", doc="The number called is in a range known for revenue share."),
    Column(name="number", type="number", doc="National part of the number called.", unit=""),
    Column(name="rate", type="number", doc="Price a minute.", unit="of the customer's currency a minute", scale=1e-6),
    Column(name="automated", type="flag", doc="The caller says that a machine placed it."),
    Column(name="forwarded", type="flag", doc="Somebody forwarded it: it has a diverting party."),
    Column(name="diversions", type="number", doc="How often it was forwarded."),
    Column(name="loop", type="flag", doc="A number comes twice among the diverting parties and the one called."),
    Column(name="hour", type="number", doc="Hour of the day in the customer's zone, 0 to 23."),
    Column(name="weekday", type="number", doc="Day of the week in the customer's zone, Monday is 0."),
    Column(name="local_day", type="key", doc="Number of the calendar day in the customer's zone."),
    Column(name="local_month", type="internal", doc="Number of the calendar month in the customer's zone."),
    Column(name="start", type="instant", doc="When the call was asked for."),
    Column(name="new_callee", type="flag", doc="The customer has not called this number in the last 90 days."),
    Column(name="solicited", type="flag", doc="The number called has called this customer in the last 72 hours."),
    Column(name="reciprocal", type="flag", doc="The number called has called this customer in the last 28 days."),
    Column(name="new_country", type="flag", doc="The customer has not called this country in the last 90 days."),
    Column(name="step", type="number", doc="Distance of the number called from the one this line called before."),
    Column(name="disposition", type="word", words=DISPOSITIONS, known_at=ENDED, doc="How the call ended."),
    Column(name="sip_code", type="number", known_at=ENDED, doc="Final SIP status."),
    Column(name="ring_s", type="number", known_at=ENDED, doc="From the attempt to the answer or the end.", unit="s", scale=1e-3),
    Column(name="talk_s", type="number", known_at=ENDED, doc="Talk time; 0 when nobody answered.", unit="s", scale=1e-3),
    Column(name="charge", type="number", known_at=ENDED, doc="Charge.", unit="of the customer's currency", scale=1e-6),
    Column(name="tariff", type="word", words=TARIFFS, known_at=ENDED, doc="Tariff applied."),
    Column(name="released_by", type="word", words=RELEASES, known_at=ENDED, doc="Who hung up."),
    Column(name="recorded", type="flag", known_at=ENDED, doc="The call was recorded."),
    Column(
        name="silence", type="number", known_at=ENDED, doc="Part of the call without sound, 0 to 1.", unit="share", scale=1e-6
    ),
)

COLUMN_INDEX: dict[str, int] = {column.name: index for index, column in enumerate(COLUMNS)}
COLUMN_BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
SENSED = ("new_callee", "solicited", "reciprocal", "new_country", "step")
"""Columns that the kernel fills from what it has seen before; a feed never sends them."""
SENSED_AT_ATTEMPT = ("new_callee", "new_country", "step")
"""Of those, the ones that only the attempt can tell: later, the call itself has been seen."""
