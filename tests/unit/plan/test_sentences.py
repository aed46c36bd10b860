"""Sentences for people: what a template may hold, how numbers are said, and that nothing can go wrong once it is read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.expr.evaluate import Value
from fairwire.expr.tree import Name
from fairwire.model.errors import FairwireError, Span
from fairwire.plan.sentences import check_template, choose, duration, fill

NAMES = {
    "attempts": Name(name="attempts", type="number", code="", dimension="count"),
    "short": Name(name="short", type="number", code="", dimension="share"),
    "talk": Name(name="talk", type="number", code="", dimension="seconds"),
    "spent": Name(name="spent", type="number", code="", dimension="money"),
    "odd": Name(name="odd", type="number", code=""),
    "customer.seats": Name(name="customer.seats", type="number", code=""),
    "direction": Name(name="direction", type="word", code="", words=("outbound", "inbound")),
    "forwarded": Name(name="forwarded", type="truth", code=""),
}


def at(offset: int, length: int) -> Span:
    return Span(file="probe.yaml", line=1, column=1 + offset, length=length)


@pytest.mark.parametrize(
    ("template", "value", "said"),
    [
        ("{attempts}", 1234.0, "1,234"),
        ("{attempts}", 2.5, "2.50"),
        ("{attempts:call|calls}", 1.0, "1 call"),
        ("{attempts:call|calls}", 40.0, "40 calls"),
        ("{attempts:call|calls}", 0.0, "0 calls"),
        ("{attempts:,.0f call in vain|calls in vain}", 12345.0, "12,345 calls in vain"),
        ("{short:.0%}", 0.345, "34%"),
        ("{spent:,.2f}", 1234.5, "1,234.50"),
        ("{talk:duration}", 200.0, "3 min 20 s"),
        ("{direction}", 2, "inbound"),
        ("{direction}", 0, "another"),
        ("{forwarded}", 1, "yes"),
        ("{customer.seats}", 20.0, "20"),
        ("{callee}", "+12025550100", "+12025550100"),
        ("{callee}", "{attempts}", "{attempts}"),
        ("{attempts:call|calls}", None, "unknown"),
        ("{talk:duration}", math.nan, "unknown"),
    ],
)
def test_a_value_is_said_as_its_field_asks(template: str, value: float | str | None, said: str) -> None:
    check_template(template, at, NAMES)
    name = template.strip("{}").partition(":")[0]
    assert fill(template, {name: value}, NAMES) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.4, "0.40 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min 59 s"), (3600, "1 h"), (90_061, "1 d 1 h"),
     (-75, "-1 min 15 s")],
)  # fmt: skip
def test_a_time_is_said_in_the_two_greatest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_two_brackets_are_one() -> None:
    assert fill("{{{attempts}}}", {"attempts": 3.0}, NAMES) == "{3}"


def test_the_first_sentence_whose_values_are_known_is_said() -> None:
    sentences = ("{short:.0%} short", "{attempts} calls", "{odd} at last")
    assert choose(sentences, {"short": None, "attempts": 3.0}) == "{attempts} calls"
    assert choose(sentences, {"short": math.nan}) == "{odd} at last"


_pieces = st.sampled_from(
    ["{", "}", "{{", "}}", "{attempts", "{short", "{direction", "{callee", "{nobody", "{}", ":", "!r", ".0%", ",.2f", "duration",
     "call|calls", "|", " ", "x", ">10", "[0]", ".real", "é", "\n", "{short:.0%}", "{talk:duration}", "{attempts:a|b}"]
)  # fmt: skip
_values = st.sampled_from([None, math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300, 12.5])


@given(st.text(max_size=30) | st.lists(_pieces, max_size=8).map("".join), _values)
@settings(max_examples=500)
def test_any_template_is_refused_when_it_is_read_or_can_be_filled_with_anything(template: str, value: float | None) -> None:
    wrong = ""
    try:
        check_template(template, at, NAMES)
    except FairwireError as error:
        wrong = error.code
    if wrong:
        assert wrong in ("FW-PLAN-005", "FW-EXPR-002")
        return
    everything: dict[str, Value | str] = dict.fromkeys(NAMES, value)
    everything |= {"direction": 1, "forwarded": 0, "customer": "acme", "callee": "+1", "line": None}
    said = fill(template, everything, NAMES)
    assert "Traceback" not in said
    assert fill(choose((template, "nothing is known"), everything), everything, NAMES) is not None
