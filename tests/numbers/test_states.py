"""The automaton of the numbering plans: two numbers of one state and length are alike, asked in full."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.numbers.destinations import Destinations
from fairwire.numbers.states import NEW, WHOLE, NumberStates

CODES = sorted(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
EXAMPLES = [
    f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in phonenumbers.PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
SHARED = Destinations()
"""Met by all examples below: what one number taught must hold for every other."""

anything = st.tuples(st.sampled_from(CODES), st.text("0123456789", max_size=12)).map("".join)
near_an_example = st.tuples(st.sampled_from(EXAMPLES), st.integers(2, 9), st.text("0123456789", max_size=6)).map(
    lambda drawn: (drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] + len(drawn[2]) :])[:15]
)


def asked_in_full(digits: str) -> tuple[object, ...]:
    """What libphonenumber says of that very number."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return (False, None)
    region = phonenumbers.region_code_for_number(number)
    kind = phonenumbers.number_type(number)
    return (phonenumbers.is_valid_number(number), region, kind, phonenumbers.national_significant_number(number))


@given(st.lists(st.one_of(near_an_example, anything), min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_every_number_is_what_it_is_asked_in_full(numbers: list[str]) -> None:
    for digits in numbers:
        found = SHARED._stretch(digits)
        alone = SHARED._look_up(digits, whole=found.national is not None)
        assert found == alone, digits
        if SHARED.learn(digits) != WHOLE:
            # No national prefix was hidden in it: the digits behind the country code are the number.
            assert asked_in_full(digits)[3:] in ((), (digits[found.width :],)), digits


def numbers_of(patterns: list[tuple[str, int]], *, apart: tuple[str, ...] = ()) -> NumberStates:
    return NumberStates(["1", "44"], lambda code: patterns, ["44?9".replace("?", r"\d")], apart)


def test_numbers_that_match_alike_share_a_state_and_others_do_not() -> None:
    states = numbers_of([(r"[2-9]\d{3}", NumberStates.FULL), (r"5(?:00|1\d)\d?", NumberStates.FULL), ("7", NumberStates.START)])
    assert states.state("12222") == states.state("19876")
    assert states.state("15001") == states.state("15119") != states.state("12222")
    assert states.state("1722") != states.state("1822")
    assert states.state("1500") == states.state("1519")
    assert states.state("44222") != states.state("12222")
    assert states.state("44390") != states.state("44380")


def test_an_answer_is_given_to_all_numbers_of_that_state_and_length_and_to_no_others() -> None:
    states = numbers_of([(r"2\d{1,2}", NumberStates.FULL)])
    states.tell(states.state("123"), 3, 7)
    assert states.answer(states.state("129"), 3) == 7
    assert states.answer(states.state("1299"), 4) == NEW
    assert states.answers[states.state("129"), 3] == 7


def test_numbers_that_hide_a_prefix_or_stand_apart_or_belong_to_nobody_are_looked_up_whole() -> None:
    states = numbers_of([(r"\d{4}", NumberStates.FULL), ("0|18", NumberStates.HIDES)], apart=("12345",))
    for digits in ("10", "10234", "118", "11834", "12345", "2345", "4", "999", ""):
        assert states.answer(states.state(digits), len(digits)) == WHOLE, digits
    for digits in ("1", "12344", "123456", "117", "4412"):
        assert states.answer(states.state(digits), len(digits)) == NEW, digits


@pytest.mark.parametrize("pattern", [r"\w", "1+", "(?=1)"])
def test_a_code_with_a_pattern_that_cannot_be_read_is_looked_up_whole(pattern: str) -> None:
    states = numbers_of([("2", NumberStates.FULL), (pattern, NumberStates.FULL)])
    assert states.answer(states.state("12"), 2) == WHOLE


def test_the_automaton_is_bounded_by_the_plans_and_not_by_the_numbers() -> None:
    destinations, dice, sizes = Destinations(), random.Random(5), []
    for _ in range(3):
        destinations.classify_many([f"+1{dice.randrange(2_000_000_000, 10_000_000_000)}" for _ in range(40_000)], "US")
        sizes.append(len(destinations.states))
    assert sizes[2] < sizes[1] * 1.2 < 4_000
    assert len(destinations.countries) < 200
