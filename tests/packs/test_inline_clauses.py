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
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.facts import Facts
from fairwire.runtime.replay import order_steps
from fairwire.runtime.would_be import write_decisions
from fairwire.testkit.cases import case_customers, judge_case
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
    found = [finding for finding, _ in judged.found]
    orders = order_steps(plan, found, len(case_customers(case)), lambda number: destinations().is_emergency(number, ""))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "decisions.jsonl"
        write_decisions(file, Facts(plan, destinations()), judged.customers, judged.feed, judged.result, judged.found, orders)
        return tuple(msgspec.json.decode(line, type=Decision) for line in file.read_bytes().splitlines())


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
