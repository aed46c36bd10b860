"""Numbers, times and actions as people read them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from fairwire.desk import wording
from fairwire.model.instants import parse_us
from fairwire.model.order import STEPS, Step, Target
from fairwire.testkit.samples import sample_run

ORDER = sample_run().orders[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345, "12,345"), (0.04, "0.04"), (10.08, "10.08"), (1234.56, "1,234.6"), (1e15, "1,000,000,000,000,000.0")],
)
def test_numbers(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "meaning", "text"),
    [
        (None, "calls", "", "not known"),
        ("premium", "", "", "premium"),
        (0.08, "share", "", "8%"),
        (0.034, "", "share of calls that were answered", "3.4%"),
        (0.034, "", "spread of the gaps", "0.034"),
        (61.25, "USD", "", "61.25 USD"),
        (240, "calls", "", "240\N{NO-BREAK SPACE}calls"),
        (10, "calls an hour", "", "10 calls an hour"),
        (4.3, "x", "", "4.3\N{NO-BREAK SPACE}times"),
        (12, "%", "", "12%"),
        (12, "", "", "12"),
    ],
)
def test_quantities_carry_their_unit(value: float | str | None, unit: str, meaning: str, text: str) -> None:
    assert wording.quantity(value, unit, meaning) == text


def test_times_are_short_and_utc() -> None:
    at = parse_us("2026-03-04T02:09:05+02:00")
    assert wording.moment(at) == "4 Mar 00:09"
    assert wording.moment(at, seconds=True) == "4 Mar 00:09:05"
    assert wording.year(at) == 2026
    assert wording.moment_of("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("seconds", "text"), [(45, "45 s"), (720, "12 min"), (14400, "4 h"), (86400, "24 h"), (604800, "7 days")]
)
def test_spans(seconds: float, text: str) -> None:
    assert wording.span(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "—"), (0.4, "—"), (148, "2:28"), (3723, "1:02:03")])
def test_talk_times(seconds: float, text: str) -> None:
    assert wording.talk(seconds) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 findings"), (1, "1 finding"), (1200, "1,200 findings")])
def test_counts(n: int, text: str) -> None:
    assert wording.count(n, "finding") == text


@pytest.mark.parametrize(
    ("step", "target", "value", "text"),
    [
        ("log", "customer", None, "Only log it"),
        ("notify", "customer", None, "Notify the customer"),
        ("invoice", "charges", "2.00 USD", "Invoice 2.00 USD above the limit"),
        ("step_up", "user", None, "Ask user m.ravel for more proof"),
        ("throttle", "line", None, "Slow down line +12025550140"),
        ("block", "callee", "+442079460018", "Block calls to +442079460018"),
        ("block", "destination_class", "satellite", "Block satellite calls"),
        ("suspend_outbound", "line", None, "Suspend outbound calls of line +12025550140"),
        ("change_plan", "plan", None, "Change the plan"),
        ("change_plan", "customer", None, "Change the plan of the customer"),
        ("remove_content", "customer", None, "Remove content of the customer"),
        ("terminate", "customer", None, "Terminate the customer"),
    ],
)
def test_actions_are_phrases(step: Step, target: Target, value: str | None, text: str) -> None:
    order = msgspec.structs.replace(ORDER, step=step, target=target, value=value, user="m.ravel", line="+12025550140")
    assert wording.action(order) == text


def test_a_brief_action_leaves_out_what_stands_beside_it() -> None:
    order = msgspec.structs.replace(ORDER, step="throttle", target="line", line="+12025550140")
    assert wording.action(order, brief=True) == "Slow down the line"


def test_every_step_and_target_has_words() -> None:
    assert set(wording.STEPS) == set(STEPS)
    for target in get_args(Target):
        assert "_" not in wording.target(msgspec.structs.replace(ORDER, target=target))
