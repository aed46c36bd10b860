"""What the next call is answered once a rule has found something: cases of detectors, run to the answers of their calls.

Each test is called after the clauses that it shows. A hard rule in force refuses the calls that it means; a soft one is shown to
people, and every call connects.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from fairwire.model.decision import Decision
from fairwire.model.order import Order
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.facts import Facts
from fairwire.runtime.plans import Plan
from fairwire.runtime.replay import order_steps
from fairwire.runtime.would_be import write_decisions
from fairwire.testkit.cases import Judged, case_customers, judge_case
from traces import destinations, real_plan


@cache
def answers(pack: str, detector: str, words: str) -> tuple[Decision, ...]:
    """The answers to the calls of a detector's case, whose name begins with `words`, under one of the shipped policies."""
    plan = replace(real_plan(), everyone=pack)
    (case,) = [each for each in plan.detectors[detector].spec.cases if each.name.startswith(words)]
    return answered(pack, case)


def answered(pack: str, case: CaseSpec) -> tuple[Decision, ...]:
    """The answers to the calls of a case."""
    plan = replace(real_plan(), everyone=pack)
    judged = judge_case(plan, case, destinations())
    orders = steps_of(plan, case, judged)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "decisions.jsonl"
        write_decisions(file, Facts(plan, destinations()), judged.customers, judged.feed, judged.result, judged.found, orders)
        return tuple(msgspec.json.decode(line, type=Decision) for line in file.read_bytes().splitlines())


def steps_of(plan: Plan, case: CaseSpec, judged: Judged) -> list[Order]:
    """The orders that the findings of a case lead to."""
    found = [finding for finding, _ in judged.found]
    help_ = destinations().is_emergency
    return order_steps(plan, found, len(case_customers(case)), lambda number: help_(number, ""), record=judged.customers.record)


def made(given: list[dict[str, Any]], **customer: Any) -> CaseSpec:
    """A case of our own, in the words of the detectors' cases."""
    return CaseSpec(name="a case of our own", customer=customer, given=given, expect="quiet")


def refused_under(given: tuple[Decision, ...]) -> set[str]:
    """The clauses that the refusals name."""
    return {reason.clause for each in given if each.decision in ("deny", "limit") for reason in each.reasons}


@pytest.mark.parametrize(("pack", "clause"), [("clearspan", "C01"), ("caup", "V05")])
def test_C01_V05_a_flood_of_calls_is_refused_while_it_lasts(pack: str, clause: str) -> None:
    flood = {"calls": 900, "every": "0.1s", "lines": 10, "to": {"pool": 40}, "outcome": ["answered"], "ring_s": 1, "talk_s": 70}
    given = answered(pack, made([flood], seats=10))
    assert given[0].decision == "allow"
    assert clause in refused_under(given)


def test_C02_a_dialler_is_shown_to_people_and_its_calls_connect() -> None:
    assert refused_under(answers("clearspan", "voice.auto_dialling", "a list dialled by machine")) == set()


CUBA = {"to": {"pool": 6, "first": "+5352550100"}, "outcome": ["answered"], "talk_s": 600, "rate": "0.70", "charge": "7.00"}
"""A run of costly calls to one country."""


def test_C03_a_run_of_costly_calls_is_refused_before_it_has_cost_much() -> None:
    given = answered("clearspan", made([{"calls": 8, "every": "2m", **CUBA}], seats=5, country="US"))
    assert given[0].decision == "allow"
    assert {each.decision for each in given[5:]} == {"deny"}
    assert "C03" in refused_under(given)


DEAR = {"to": "fresh", "outcome": ["answered"], "talk_s": 600, "charge": "2.00", "rate": "0.20"}
"""Calls of ten minutes at two dollars each."""


def under_natterbox(given: list[dict[str, Any]], **customer: Any) -> tuple[list[Order], tuple[Decision, ...]]:
    """The orders that traffic leads to, and the answers to its calls."""
    plan, case = replace(real_plan(), everyone="natterbox"), made(given, **customer)
    return steps_of(plan, case, judge_case(plan, case, destinations())), answered("natterbox", case)


def test_L01_what_is_above_the_months_limit_is_invoiced_at_once_and_once() -> None:
    orders, given = under_natterbox(
        [{"calls": 14, "every": "1h", **DEAR}], seats=5, monthly_charge_limit="20.50", on_limit="bill", currency="USD"
    )
    assert {each.decision for each in given} == {"allow"}
    assert "L01" in {reason.clause for reason in given[-1].reasons}
    (invoice,) = [order for order in orders if order.step == "invoice"]
    assert (invoice.value, invoice.amount, invoice.currency, invoice.period) == ("1.50 USD", "1.50", "USD", "2026-03")
    assert invoice.clauses[0] == "L01"
    assert {order.step for order in orders} == {"notify", "invoice"}


def test_L01_each_calendar_month_of_the_customers_zone_has_its_own_invoice() -> None:
    # Two dollars a day from the 2nd of March on, in New York: the limit of 20 is passed on the 12th, and in April on the 11th.
    orders, _ = under_natterbox([{"calls": 45, "every": "24h", **DEAR}], seats=5, monthly_charge_limit="20.00", currency="USD")
    invoices = [order for order in orders if order.step == "invoice"]
    assert [(order.period, order.amount) for order in invoices] == [("2026-03", "2.00"), ("2026-04", "2.00")]
    assert [order.created[:10] for order in invoices] == ["2026-03-12", "2026-04-11"]


def test_L02_the_same_month_is_refused_and_not_invoiced_where_the_order_says_so() -> None:
    orders, given = under_natterbox(
        [{"calls": 14, "every": "1h", **DEAR}], seats=5, monthly_charge_limit="20.50", on_limit="refuse", currency="USD"
    )
    assert [each.decision for each in given[:10]] == ["allow"] * 10
    assert {(each.decision, each.sip.code) for each in given[11:]} == {("limit", 480)}
    assert "L02" in refused_under(given)
    assert "invoice" not in {order.step for order in orders}


def test_L02_a_call_whose_first_minute_passes_the_limit_is_refused() -> None:
    _, given = under_natterbox(
        [{"calls": 11, "every": "1h", **DEAR}], seats=5, monthly_charge_limit="20.19", on_limit="refuse", currency="USD"
    )
    assert [each.decision for each in given] == ["allow"] * 10 + ["limit"]
    assert "60 seconds of this call would take this month's charges of 20.00 over the limit of 20.19" in given[-1].reasons[0].text


@pytest.mark.parametrize(("on_limit", "verdict"), [("refuse", "limit"), ("bill", "allow")])
def test_L01_L02_a_day_above_its_limit_is_refused_or_billed(on_limit: str, verdict: str) -> None:
    orders, given = under_natterbox(
        [{"calls": 4, "every": "1h", **DEAR}, {"calls": 2, "every": "1h", "start": "24h", **DEAR}],
        seats=5,
        daily_charge_limit="4.00",
        on_limit=on_limit,
        currency="USD",
    )
    assert [each.decision for each in given] == ["allow", "allow", verdict, verdict, "allow", "allow"]
    assert {"L01", "L02"} & {reason.clause for reason in given[2].reasons}
    assert "invoice" not in {order.step for order in orders}


@pytest.mark.parametrize(("midnight", "hours"), [("135h", 23), ("5846h", 25)])
def test_L01_a_day_on_which_clocks_change_is_as_long_as_it_is_there(midnight: str, hours: int) -> None:
    """The 8th of March 2026 and the 1st of November in New York, a call an hour from that midnight on: the day's last call is one
    too many, and the first of the next day is not."""
    hourly = {"calls": hours + 2, "every": "1h", "start": midnight, "to": "fresh", "outcome": ["answered"], "talk_s": 60}
    given = answered("natterbox", made([hourly], seats=5, max_calls_per_day=hours - 1, on_limit="refuse"))
    assert [each.decision for each in given] == ["allow"] * (hours - 1) + ["limit", "allow", "allow"]
    assert given[hours - 1].ttl_s == 3600


@pytest.mark.parametrize(("on_limit", "verdict"), [("refuse", "limit"), ("bill", "allow")])
def test_L01_calls_a_second_and_a_day_are_refused_or_billed(on_limit: str, verdict: str) -> None:
    quick = {"calls": 7, "every": "0.1s", "lines": 10, "to": "fresh", "outcome": ["answered"], "talk_s": 30}
    given = answered("natterbox", made([quick], seats=20, max_calls_per_second=5, on_limit=on_limit))
    assert [each.decision for each in given] == ["allow"] * 5 + [verdict] * 2
    assert "L01" in {reason.clause for reason in given[-1].reasons}
    if verdict == "limit":
        assert (given[-1].sip.code, given[-1].ttl_s) == (480, 1)
    slow = {**quick, "every": "1h"}
    given = answered("natterbox", made([slow], seats=20, max_calls_per_day=5, on_limit=on_limit))
    assert [each.decision for each in given] == ["allow"] * 5 + [verdict] * 2


def test_L01_L02_N06_a_call_for_help_is_neither_counted_nor_refused() -> None:
    help_ = {"calls": 30, "every": "0.1s", "to": "911", "outcome": ["answered"], "talk_s": 60, "charge": "9.00", "rate": "9.00"}
    over = {"max_calls_per_second": 1, "max_calls_per_day": 2, "daily_charge_limit": "1.00", "monthly_charge_limit": "1.00"}
    two = {"calls": 2, "every": "10s", "start": "1m", "to": "fresh", "outcome": ["answered"], "talk_s": 60}
    orders, given = under_natterbox([help_, two], seats=5, on_limit="refuse", outbound=True, **over)
    assert {each.decision for each in given} == {"allow"}
    assert [order.step for order in orders if order.detector.startswith("limits.")] == []


def test_N13_N06_a_customer_that_has_switched_calls_off_still_reaches_help() -> None:
    calls = {"calls": 1, "every": "1m", "outcome": ["answered"], "talk_s": 60}
    given = answered("natterbox", made([{**calls, "to": "911"}, {**calls, "start": "1m", "to": "fresh"}], outbound=False))
    assert [each.decision for each in given] == ["allow", "deny"]
    assert (given[1].sip.code, refused_under(given)) == (403, {"N13"})


@pytest.mark.parametrize("barred", [{"barred_countries": ["CU"]}, {"barred_destinations": ["+53"]}])
def test_N13_what_the_customer_barred_is_refused_at_its_next_call(barred: dict[str, Any]) -> None:
    given = answered("natterbox", made([{"calls": 1, "every": "1m", **CUBA}], country="US", **barred))
    assert [(each.decision, each.sip.code) for each in given] == [("deny", 403)]
    assert refused_under(given) == {"N13"}


def test_L01_L02_a_customer_is_warned_once_a_month_at_four_fifths_of_its_limits() -> None:
    plan = replace(real_plan(), everyone="natterbox")
    month = {"calls": 45, "every": "24h", **DEAR}
    case = made([month], seats=5, monthly_charge_limit="40.00", daily_charge_limit="2.50", currency="USD")
    judged = judge_case(plan, case, destinations())
    told = [finding for finding, _ in judged.found if finding.detector == "limits.charges_near_limit"]
    # Each day reaches four fifths of the day's limit, and the month those of its own: one letter a month all the same.
    assert [finding.time[:7] for finding in told] == ["2026-03", "2026-04"]
    assert {finding.mode for finding in told} == {"alert"}


def test_C05_a_call_outside_the_hours_is_found_and_not_refused() -> None:
    assert refused_under(answers("clearspan", "compliance.calling_hours", "strangers in California called at six")) == set()


@pytest.mark.parametrize(("pack", "clause"), [("clearspan", "C10"), ("natterbox", "N08")])
def test_C10_N08_a_robocall_campaign_gets_the_blocking_answer(pack: str, clause: str) -> None:
    given = answers(pack, "voice.robocall", real_plan().detectors["voice.robocall"].spec.cases[0].name)
    assert given[0].decision == "allow"
    last = given[-1]
    assert (last.decision, last.sip.code, last.sip.phrase) == ("deny", 603, "Network Blocked")
    assert clause in {reason.clause for reason in last.reasons}


def test_C17_a_line_that_takes_codes_for_others_is_found_and_its_calls_connect() -> None:
    assert refused_under(answers("clearspan", "voice.verification_line", "a line that machines call")) == set()


def test_N11_a_person_who_has_left_is_refused() -> None:
    given = answers("natterbox", "identity.removed_user", "a former colleague who goes on calling")
    assert given[-1].decision == "deny"
    assert refused_under(given) & {"N01", "N11"}


def test_N11_spending_after_a_strange_login_is_refused_at_once() -> None:
    known = {"credential": "anna", "device": "laptop", "asn": 64500, "country": "US"}
    strange = {"credential": "anna", "device": "other", "asn": 64511, "country": "NL", "src_ip": "203.0.113.9"}
    logins = [
        {"events": 20, "type": "auth.login", "every": "6h", "data": known},
        {"events": 1, "type": "auth.login", "every": "1s", "start": "6d", "data": strange},
    ]
    given = answered("natterbox", made([*logins, {"calls": 4, "every": "2m", "start": "8650m", **CUBA}]))
    assert given[0].decision == "allow"
    assert {each.decision for each in given[2:]} == {"deny"}
    assert "N11" in refused_under(given)


def test_N16_calls_that_the_exchange_refuses_for_want_of_a_credential_are_told_and_nobody_else_is_refused() -> None:
    given = answers("natterbox", "access.unauthenticated_calls", "calls without a credential")
    assert refused_under(given) == set()


def test_N01_a_name_that_nobody_set_up_is_shown_to_people_and_connects() -> None:
    assert refused_under(answers("natterbox", "identity.unprovisioned_user", "a name that nobody set up")) == set()


def test_U01_one_person_too_many_is_found_and_nobody_is_refused() -> None:
    assert refused_under(answers("natterbox", "identity.user_limit", "the sixth person on an order")) == set()


@pytest.mark.parametrize("detector", ["access.plain_transport", "access.sensitive_in_clear"])
def test_V09_a_call_in_clear_text_is_found_and_connects(detector: str) -> None:
    given = answers("caup", detector, real_plan().detectors[detector].spec.cases[0].name)
    assert refused_under(given) == set()


def test_J21_a_call_in_a_forwarding_circle_is_refused() -> None:
    given = answers("jns", "routing.forwarding_loop", "a number that comes twice")
    assert given[-1].decision == "deny"
    assert "J21" in refused_under(given)
