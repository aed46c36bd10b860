"""The exact text of every error about an expression. `FAIRWIRE_ACCEPT=errors pytest tests/errors` records them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairwire.expr.parse import parse
from fairwire.expr.tree import Name
from fairwire.model.errors import FairwireError, Span

HERE = Path(__file__).parent
SCOPE = {
    "attempts": Name(name="attempts", type="number", code="a"),
    "min_attempts": Name(name="min_attempts", type="number", code="b"),
    "customer.seats": Name(name="customer.seats", type="number", code="c"),
    "answered": Name(name="answered", type="number", code="f", dimension="share"),
    "low": Name(name="low", type="number", code="g", role="parameter", value=35.0),
    "talk_s": Name(name="talk_s", type="number", code="h", dimension="seconds"),
    "minutes": Name(name="minutes", type="number", code="i", dimension="minutes"),
    "charge": Name(name="charge", type="number", code="j", dimension="money"),
    "calls": Name(name="calls", type="number", code="k", dimension="count"),
    "forwarded": Name(name="forwarded", type="truth", code="d"),
    "direction": Name(name="direction", type="word", code="e", words=("outbound", "inbound", "internal")),
}
CASES = {
    "a_name_is_misspelt": "attemps >= 30",
    "a_name_is_like_no_other": "asr < 0.4",
    "a_name_after_a_dot_is_misspelt": "attempts > customer.seat",
    "a_word_is_misspelt": 'direction == "outbond"',
    "a_word_stands_alone": '"outbound" == direction',
    "a_word_is_compared_by_size": 'direction < "outbound"',
    "a_word_is_used_as_a_truth": "direction and forwarded",
    "a_word_is_compared_with_a_number": 'attempts == "outbound"',
    "a_number_is_used_as_a_truth": "attempts and forwarded",
    "a_truth_is_used_as_a_number": "forwarded > 1",
    "a_truth_is_added": "attempts + forwarded > 1",
    "a_list_is_no_list": 'direction in "outbound"',
    "a_list_is_empty": "direction in ()",
    "a_list_holds_a_number": 'direction in ("outbound", 3)',
    "a_function_is_unknown": "sqrt(attempts) > 3",
    "a_function_is_given_too_much": "abs(attempts, 1) > 3",
    "a_function_is_given_a_name_for_a_value": "min(attempts, b=1) > 3",
    "a_comparison_is_unknown": "attempts is 3",
    "a_power_is_taken": "attempts ** 2 > 9",
    "an_item_is_taken": "attempts[0] > 9",
    "an_assignment": "(attempts := 3) > 2",
    "a_bracket_is_missing": "(attempts > 3",
    "a_bracket_too_many": "attempts > 3) or (forwarded",
    "an_operator_is_missing": "attempts 3",
    "nothing_is_written": " ",
    "a_number_is_too_large": "attempts > 1e999",
    "it_is_nested_without_end": "not " * 5000 + "forwarded",
    "a_quote_is_not_closed": 'direction == "outbound',
    "a_share_is_written_in_percent": "answered < 35",
    "a_share_is_written_with_a_percent_sign": "answered < 35 %",
    "a_share_meets_a_parameter_in_percent": "answered < low",
    "a_share_is_compared_with_a_count": "answered < calls",
    "a_time_is_compared_with_money": "talk_s > charge",
    "a_time_is_compared_in_another_unit": "talk_s > minutes",
    "a_time_and_money_are_added": "talk_s + charge > 5",
    "the_greatest_of_a_time_and_a_count": "max(talk_s, calls) > 5",
    "the_ampersand_of_another_language": "attempts > 3 && forwarded",
    "the_bar_of_another_language": "attempts > 3 || forwarded",
    "the_not_of_another_language": "!forwarded",
    "one_equals_sign": "attempts = 3",
    "a_function_of_another_language": "between(attempts, 3, 5)",
    "a_function_is_given_too_little": "max(attempts) > 3",
    "a_weight_for_a_number": "points(attempts, 2) > 1",
    "a_weight_that_is_a_word": "points(forwarded, direction) > 1",
    "a_choice_as_python_writes_it": "(1 if forwarded else 2) > 1",
    "a_comparison_with_nothing": "attempts == None",
    "a_choice_of_bits": "forwarded & forwarded",
    "letters_beyond_ascii_before_the_fault": '"é" == direction or attemps > 1',
    "an_error_in_a_later_line": "attempts > 3\n  and forwardd",
}


def error_of(text: str) -> FairwireError:
    line = f"when: {text}" if "\n" not in text and len(text) < 200 else ""
    at = Span(file="detectors/voice/probe.yaml", line=19, column=7, text=line)
    with pytest.raises(FairwireError) as caught:
        parse(text, SCOPE, at)
    return caught.value


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_error_reads_as_recorded(case: str) -> None:
    rendered = error_of(CASES[case]).render() + "\n"
    golden = HERE / f"{case}.txt"
    if os.environ.get("FAIRWIRE_ACCEPT") == "errors":
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_every_recorded_text_belongs_to_a_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("case", sorted(CASES))
def test_messages_follow_the_house_style(case: str) -> None:
    error = error_of(CASES[case])
    assert error.code.startswith("FW-EXPR-")
    assert not error.message.endswith(".")
    assert error.message[0] == "`" or error.message[0].islower()
