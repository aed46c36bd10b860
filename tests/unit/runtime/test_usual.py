"""What is remembered of customers and answers saves time, and changes nothing that is found or answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.model.decision import CallFacts, Decision
from fairwire.model.instants import format_us, parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.runtime.attempts import Attempt, encode_attempt, read_attempt
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.data import open_control
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.runtime.usual import UsualCalls
from fairwire.testkit.cases import case_plan
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-02T14:00:00Z")
CALLED = (
    "+12025550123", "12025550123", "911", "+447700900123", "+8821234567", "sip:+12025550123@example.net", "011442079460123",
    "+493012345678", "+1202555", "+19115550100", "+15552345678", "+18002738255", "+12125550188", "+12120000000", "+5351234567",
    "+19005550123", "+442079460199", "1002", "+4479460123456789",
)  # fmt: skip
CALLERS = (
    "+12025550100", "+12025550101", "+442079460100", "+12125550188", "anonymous", "2025550100", "+15551234567", "+19995550100",
    "+12025559999", "+8821234567", "911",
)  # fmt: skip
LISTED = "+12025550123\n+447700900123,2026-03-02,c-gb\n+447700900123,2026-03-03,c-us\n"
BARRED = "+12025550101\n"
NUMBERING = Destinations(lists=Lists({"do_not_call.txt": LISTED, "do_not_originate.txt": BARRED}))
told = st.fixed_dictionaries(
    {},
    optional={
        "user": st.sampled_from(["u1", ""]),
        "line": st.sampled_from([*CALLERS, "", "x"]),
        "src_ip": st.sampled_from(["192.0.2.7", "192.0.2.8"]),
        "rate_per_min": st.sampled_from(["0.40", "0"]),
        "currency": st.sampled_from(["USD", "INR", "XYZ"]),
        "diversion": st.sampled_from([[], ["+12025550100"]]),
        "display_name": st.sampled_from(["Ann", "Internal Revenue Service", ""]),
        "pai": st.sampled_from(CALLERS),
        "user_agent": st.sampled_from(["friendly-scanner", "Phone 1.0", ""]),
        "transport": st.sampled_from(["tls", "udp"]),
        "attestation": st.sampled_from(["A", "C"]),
    },
)
call = st.fixed_dictionaries(
    {
        "customer": st.sampled_from(["c-us", "c-gb", "c-?", "c-in"]),
        "direction": st.sampled_from(["outbound", "outbound", "outbound", "inbound", "internal"]),
        "from": st.sampled_from(CALLERS),
        "to": st.sampled_from(CALLED),
    }
)


@pytest.fixture(scope="module")
def customers() -> CustomerTable:
    detectors, words = load_detectors()
    plan = case_plan(detectors, words)
    table = CustomerTable.of(plan.program, plan.everyone)
    british = Customer(id="c-gb", country="GB", timezone="Europe/London", numbers=("+442079460100",), name="Internal Revenue")
    rupees = Customer(id="c-in", country="IN", numbers=("+12025550*",))
    table.extend([Customer(id="c-us", country="US", numbers=("+12025550*",)), british, Customer(id="c-?"), rupees])
    return table


def attempt_of(data: dict[str, Any], number: int = 0) -> tuple[Attempt, bytes]:
    time = format_us(NOW_US + number * 1_700_000)
    event = {"specversion": "1.0", "id": f"e{number}", "source": "s", "type": "call.attempt", "time": time, "data": data}
    line = msgspec.json.encode(event)
    attempt = read_attempt(line, NOW_US)
    assert attempt is not None
    return attempt, line


@given(st.lists(st.tuples(call, told), min_size=1, max_size=12))
@settings(max_examples=400)
def test_every_column_is_the_same_as_worked_out_in_full(
    customers: CustomerTable, calls: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    usual = UsualCalls(customers, NUMBERING)
    for number, (data, more) in enumerate(calls):
        attempt, _ = attempt_of({"call_id": f"k{number}", **data, **more}, number)
        row = customers.rows[data["customer"]]
        customer = customers.customers[row]
        raw, intake = encode_attempt(attempt, row, customers, NUMBERING)
        quick = usual.encode(attempt, row, customer)
        if quick is None:
            usual.learn(attempt, row, customer, raw)
        else:
            np.testing.assert_array_equal(quick.raw, raw)
            np.testing.assert_array_equal(quick.intake, intake)


def test_a_call_like_an_earlier_one_is_a_usual_one_whoever_of_the_customer_calls(customers: CustomerTable) -> None:
    numbering = Destinations()
    usual = UsualCalls(customers, numbering)
    row = customers.rows["c-us"]
    seen = []
    for number, (caller, called) in enumerate([(100, 123), (101, 199), (100, 199), (101, 123)]):
        data = {"customer": "c-us", "call_id": f"k{number}", "direction": "outbound", "line": "+12025550100"}
        attempt, _ = attempt_of({**data, "from": f"+12025550{caller}", "to": f"+442079460{called}"}, number)
        found = usual.encode(attempt, row, customers.customers[row])
        seen.append(found is not None)
        if found is None:
            raw, _ = encode_attempt(attempt, row, customers, numbering)
            usual.learn(attempt, row, customers.customers[row], raw)
    assert seen == [False, False, True, True], "each digit is worked out in full once at its place in a number"


HOUSE = [
    Customer(id="plain", policy="clearspan", country="US", numbers=("+12025550*",)),
    Customer(id="large", policy="clearspan", country="US", numbers=("+12025550*",), user_limit=5_000),
    Customer(id="any", policy="jns", country="US"),
    Customer(id="home", policy="jns", country="US", international=False, numbers=("+12025550*",)),
    Customer(id="bars", policy="caup", country="US", numbers=("+12025550*",), barred_destinations=("+1212", "premium")),
    Customer(id="land", policy="caup", country="GB", numbers=("+442079460100",), barred_countries=("CU",)),
    Customer(id="gone", policy="natterbox", country="GB", state="suspended", numbers=("+442079460100",)),
    Customer(id="paid", policy="natterbox", country="GB", monthly_charge_limit="2.00", on_limit="refuse", numbers=("+4420*",)),
    Customer(id="rupee", policy="caup", currency="INR", monthly_charge_limit="150.00", on_limit="refuse", numbers=("+1202*",)),
    Customer(id="day", policy="clearspan", country="US", daily_charge_limit="1.00", on_limit="refuse", numbers=("+12025550*",)),
    Customer(id="two", policy="natterbox", country="GB", max_active_connections=2, on_limit="refuse", numbers=("+4420*",)),
    Customer(id="new", policy="clearspan", country="US", opened="2026-03-01", numbers=("+12025550*",)),
]  # fmt: skip


class Slow(UsualCalls):
    """Remembers nothing."""

    def encode(self, attempt: Attempt, row: int, customer: Customer) -> None:
        return None


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, Live]]:
    made = []
    for name in ("quick", "full"):
        folder = tmp_path_factory.mktemp(name)
        plan = real_plan()
        store = open_control(folder)
        table = table_for(plan, HOUSE)
        live = Live(folder, plan, table, store, lambda: NOW_US, None, Keeping())
        if name == "full":
            live._usual = Slow(table, live._facts.destinations)
        made.append((live, store))
    yield made[0][0], made[1][0]
    for live, store in made:
        live.close()
        store.close()


house = st.tuples(
    st.sampled_from([each.id for each in HOUSE]),
    st.sampled_from(CALLERS[:6]),
    st.sampled_from(CALLED),
    st.sampled_from([None, "0.40", "0", "3.00"]),
    st.sampled_from([{}, {"display_name": "Ann"}, {"line": "+12025550100"}, {"currency": "USD"}]),
)
_number = iter(range(10**9))


@given(st.lists(house, min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_answers_findings_and_counts_are_those_of_a_service_that_remembers_nothing(
    houses: tuple[Live, Live], calls: list[tuple[str, str, str, str | None, dict[str, str]]]
) -> None:
    for customer, caller, called, rate, more in calls:
        number = next(_number)
        data = {"customer": customer, "call_id": f"k{number}", "direction": "outbound", "from": caller, "to": called, **more}
        if rate is not None:
            data["rate_per_min"] = rate
        _, line = attempt_of(data, number % 5_000)
        quick, full = (untimed(live.decide(line)) for live in houses)
        assert quick == full
    known = [
        {key: msgspec.structs.replace(each.finding, finding_id="") for key, each in live._stream.known.items()} for live in houses
    ]
    assert known[0] == known[1]


def untimed(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, elapsed_us=0)


def test_most_calls_are_answered_from_what_is_remembered(houses: tuple[Live, Live], monkeypatch: pytest.MonkeyPatch) -> None:
    quick, _ = houses
    asked: list[object] = []
    call = quick._facts.call

    def watched(*given: Any, **named: Any) -> CallFacts:
        asked.append(given)
        return call(*given, **named)

    monkeypatch.setattr(quick._facts, "call", watched)
    for place in range(1_000):
        if place == 500:
            asked.clear()  # by now each digit of these numbers was seen at its place
        number = next(_number)
        data = {"customer": "large", "call_id": f"k{number}", "direction": "outbound", "from": "+12025550100"}
        _, line = attempt_of({**data, "to": f"+1415555{place * 1_237 % 10_000:04d}"}, number % 5_000)
        quick.decide(line)
    assert len(asked) <= 3, f"{len(asked)} of 500 calls were asked about in full"
