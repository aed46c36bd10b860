"""What is said about the direction of a rule holds for every value of everything that it names."""

from __future__ import annotations

import math
from typing import Any

from expressions import NUMBERS, scored, tree, truths, values
from hypothesis import given
from hypothesis import strategies as st

from fairwire.expr.direction import ANYTHING, Direction, Range, direction
from fairwire.expr.evaluate import Value, evaluate
from fairwire.expr.tree import type_of
from fairwire.runtime.changes import senses

RANGES = {"attempts": Range(0, 50), "share": Range(0, 1), "limit": Range(-3, 3)}
RULES = {sense.info.id: sense for sense in senses() if sense.rule is not None}


def rank(value: Value) -> int:
    """False, unknown, true."""
    return 1 if value is None else 2 * int(bool(value))


def within(given_values: dict[str, Any]) -> dict[str, Any]:
    """The same with numbers moved into their ranges."""
    held = dict(given_values)
    for name, (low, high) in RANGES.items():
        if held[name] is not None:
            held[name] = low + abs(held[name]) % (high - low)
    return held


@given(truths | scored, values, st.sampled_from(NUMBERS), st.floats(0, 1), st.floats(0, 1))
def test_a_direction_that_is_claimed_is_never_contradicted(
    text: str, found: dict[str, Any], name: str, first: float, second: float
) -> None:
    node = tree(text)
    assert type_of(node) == "truth"
    way = direction(node, name, RANGES)
    low, high = (RANGES[name].low + part * (RANGES[name].high - RANGES[name].low) for part in sorted((first, second)))
    held = within(found)
    below, above = (rank(evaluate(node, held | {name: value})) for value in (low, high))
    if way == "up":
        assert below <= above
    elif way == "down":
        assert below >= above
    elif way == "none":
        assert below == above


@given(truths, values, st.sampled_from(NUMBERS), st.floats(-100, 100), st.floats(-100, 100))
def test_nor_where_nothing_is_known_of_the_numbers(
    text: str, found: dict[str, Any], name: str, first: float, second: float
) -> None:
    node = tree(text)
    way = direction(node, name, {name: ANYTHING})
    below, above = (rank(evaluate(node, found | {name: value})) for value in sorted((first, second)))
    assert way == "mixed" or (way == "up" and below <= above) or (way == "down" and below >= above) or below == above


def claimed(detector: str, name: str) -> Direction:
    """What is said of a parameter between nought and a thousand, with all others where they are."""
    sense = RULES[detector]
    assert sense.rule is not None
    at = {each: Range(value, value) for each, value in sense.info.parameters.items()}
    return direction(sense.rule, name, {**sense.ranges, **at, name: Range(0, 1000)}, at_least=sense.nested)


CLAIMED = {(detector, name): claimed(detector, name) for detector in sorted(RULES) for name in RULES[detector].info.parameters}
NOT_ONE_WAY = {
    # A sign that is surely absent is a sign that is known, and a score wants some to be known.
    ("fraud.sim_box", "apart"),
    ("fraud.sim_box", "min_calls"),
    ("fraud.sim_box", "min_pairs"),
    ("fraud.sim_box", "min_mobile"),
    ("fraud.sim_box", "min_distinct"),
    ("fraud.toll_new_country", "min_talk"),
    ("identity.credential_sharing", "day_devices"),
    ("mail.bulk", "min_recipients"),
    ("messaging.bulk_texts", "min_pictured"),
    ("messaging.bulk_texts", "min_recipients"),
    ("voice.paced_dialling", "min_calls"),
    ("voice.paced_dialling", "per_seat"),
    # A factor of a product whose other factor may be below nought, as far as ranges tell.
    ("anomaly.charges_against_all", "factor"),
    ("anomaly.volume_against_all", "factor"),
    ("limits.call_projection", "default_s"),
}


def test_it_is_known_of_which_parameters_no_direction_can_be_told() -> None:
    assert {each for each, way in CLAIMED.items() if way == "mixed"} == NOT_ONE_WAY


@given(st.sampled_from(sorted(set(CLAIMED) - NOT_ONE_WAY)), st.data())
def test_every_parameter_of_every_detector_moves_its_rule_as_is_said(parameter: tuple[str, str], data: st.DataObject) -> None:
    detector, name = parameter
    sense, way = RULES[detector], CLAIMED[parameter]
    assert sense.rule is not None
    amounts = st.none() | st.floats(0, 500).map(lambda value: round(value, 2))
    held: dict[str, Value] = {feature: data.draw(amounts) for feature in sense.ranges}
    for feature, span in sense.ranges.items():
        value = held[feature]
        if value is not None and span.high < math.inf:
            held[feature] = value / 500 * span.high
    for longer, shorter in sorted(sense.nested):
        if held[longer] is not None and held[shorter] is not None:
            held[longer] = max(held[longer] or 0, held[shorter] or 0)
    held |= sense.info.parameters
    low, high = sorted((data.draw(st.floats(0, 1000)), data.draw(st.floats(0, 1000))))
    below, above = (rank(evaluate(sense.rule, held | {name: value})) for value in (low, high))
    assert below == above if way == "none" else below <= above if way == "up" else below >= above
