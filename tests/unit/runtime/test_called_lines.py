"""The line of a call that does not say it: rows, decisions and orders mean the same one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fairwire.kernel.hashing import key_of
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.attempts import encode_attempt, read_attempt
from fairwire.runtime.called_lines import line_of_call
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.facts import Facts
from fairwire.testkit.cases import case_plan

OWN, STRANGER, OTHER = "+12025550100", "+12135550100", "+12025550150"
NOW_US = parse_us("2026-03-02T14:00:00Z")


@pytest.fixture(scope="module")
def known() -> tuple[CustomerTable, Facts, Destinations]:
    plan = case_plan(*load_detectors())
    numbers = Destinations()
    table = CustomerTable.of(plan.program, plan.everyone)
    table.extend(
        [
            Customer(id="owner", country="US", numbers=("+12025550*",), currency="USD"),
            Customer(id="nobody", country="US"),
        ]
    )
    return table, Facts(plan, numbers), numbers


@pytest.mark.parametrize(
    ("customer", "said", "line"),
    [
        ("owner", {"from": OWN}, OWN),
        ("owner", {"from": STRANGER}, None),
        ("owner", {"from": "anonymous"}, None),
        ("owner", {"from": STRANGER, "line": OTHER}, OTHER),
        ("owner", {"from": STRANGER, "diversion": [f"<sip:{OTHER}@pbx.example>;reason=unconditional", OWN]}, OTHER),
        ("owner", {"from": OWN, "diversion": [""]}, None),
        ("owner", {"from": STRANGER, "to": OTHER, "direction": "inbound"}, OTHER),
        ("owner", {"from": "1002", "to": "1003", "direction": "internal"}, "1002"),
        ("nobody", {"from": OWN}, OWN),
        ("nobody", {"from": "+19995550100"}, None),
        ("nobody", {"from": "anonymous"}, None),
    ],
)
def test_a_row_and_a_decision_have_the_same_line(
    known: tuple[CustomerTable, Facts, Destinations], customer: str, said: dict[str, Any], line: str | None
) -> None:
    table, facts, numbers = known
    data = {"customer": customer, "call_id": "k", "direction": "outbound", "from": OWN, "to": "+442079460018", **said}
    event = {"specversion": "1.0", "id": "e", "source": "s", "type": "call.attempt", "time": "2026-03-02T14:00:00Z", "data": data}
    attempt = read_attempt(msgspec.json.encode(event), NOW_US)
    assert attempt is not None
    row = table.rows[customer]
    raw, _ = encode_attempt(attempt, row, table, numbers)
    assert facts.line(attempt.record, table.customers[row]) == line
    assert raw[0, COLUMN_INDEX["line"]] == (UNKNOWN if line is None else key_of(line))


def test_a_forwarded_call_that_does_not_say_by_whom_has_no_line() -> None:
    assert line_of_call("outbound", STRANGER, OTHER, None, forwarded=True) is None


def test_another_currency_of_a_customer_counts_at_once(known: tuple[CustomerTable, Facts, Destinations]) -> None:
    table, _, _ = known
    row = table.rows["owner"]
    before = table.dollars[row]
    table.amend([msgspec.structs.replace(table.customers[row], currency="INR")])
    assert (before, table.dollars[row]) == (1.0, 85.0)
    place = table.program.customer_attributes.index("dollar") + 1
    assert table.values[row, place] == 85.0
