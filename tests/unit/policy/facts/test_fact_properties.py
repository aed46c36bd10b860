"""What must hold for any text: right offsets, the same facts for the same text, nothing raised, cost in proportion to length."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.policy.facts import (
    exemptions,
    kind_of,
    language_of,
    particulars,
    party,
    policies_in,
    quantities,
    remedies,
)

PIECES = st.sampled_from(
    [
        "you",
        "may",
        "not",
        "must",
        "we",
        "our",
        "customer",
        "unless",
        "except",
        "without",
        "consent",
        "five",
        "(5)",
        "5",
        "10",
        "2,000",
        "$",
        "%",
        "per",
        "month",
        "call",
        "calls",
        "minutes",
        "within",
        "at",
        "least",
        "more",
        "than",
        "the",
        "average",
        "of",
        "other",
        "customers",
        "substantially",
        "exceeds",
        "suspend",
        "terminated",
        "be",
        "change",
        "policy",
        "notice",
        "30",
        "days",
        "Effective",
        "January",
        "2023",
        "09/07/2020",
        "Version",
        "2.1",
        "“AUP”",
        "(",
        ")",
        ",",
        ";",
        ".",
        "\n",
        "•",
        "-",
        ":",
        "abuse@acme.example",
        "https://acme.example",
        "report",
        "Acceptable",
        "Use",
        "Policy",
        "a.m.",
        "8",
        "half",
        "twice",
        "hundred",
        "twenty",
        "and",
        "to",
        "between",
        "1.500",
        "Rs",
        "GBP",
        "third",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map(" ".join))
SENTENCES = st.sampled_from(
    [
        "You may send no more than 300 messages per hour.",
        "Tell us at least five (5) working days before.",
        "Calls between 8 a.m. and 9 p.m. cost $0.05 per minute.",
        "Use that far exceeds the average of other customers ends.",
        "Two hundred and fifty calls a day, 80 per cent of them short.",
        "Rs. 1,00,000 or USD 100 within twenty-four hours.",
    ]
)


@given(TEXTS, st.integers(0, 10_000))
def test_offsets_are_those_of_the_text(text: str, offset: int) -> None:
    for quantity in quantities(text, offset=offset):
        assert text[quantity.start - offset : quantity.end - offset] == quantity.text != ""
    for exemption in exemptions(text, offset=offset):
        assert text[exemption.start - offset : exemption.end - offset] == exemption.text != ""


@given(TEXTS)
def test_quantities_stand_in_order_and_apart(text: str) -> None:
    found = quantities(text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


@given(TEXTS)
def test_no_text_raises_and_the_same_text_gives_the_same_facts(text: str) -> None:
    def facts() -> tuple[object, ...]:
        return (
            quantities(text),
            exemptions(text),
            remedies(text),
            party(text),
            party(text, lead_in=text),
            particulars(text, ()),
            language_of(text),
            kind_of(text),
            policies_in(text, ()),
        )

    assert facts() == facts()


@given(TEXTS)
def test_what_a_document_says_of_itself_is_quoted_from_it(text: str) -> None:
    found = particulars(text, ())
    assert all(text[one.start : one.end] == one.text for one in found.dates)
    assert all(text[one.start : one.end] == one.text for one in found.definitions)
    assert all(text[one.start : one.end] == one.text for one in found.reporting)
    assert all(text[one.start : one.end] == one.text for one in (found.changes.passages if found.changes else ()))


@given(SENTENCES, st.lists(st.sampled_from([" ", "  ", "\t", "\u00a0", "\n", "\r\n  "]), min_size=20, max_size=20))
def test_quantities_survive_another_spacing(sentence: str, spaces: list[str]) -> None:
    words = sentence.split(" ")
    spaced = "".join(word + space for word, space in zip(words, spaces, strict=False))

    def meant(text: str) -> list[tuple[object, ...]]:
        return [(one.value, one.unit, one.comparator, one.per) for one in quantities(text)]

    assert meant(spaced) == meant(sentence) != []


@given(SENTENCES, TEXTS)
def test_an_offset_only_shifts(sentence: str, before: str) -> None:
    shift = len(before)
    assert [(one.start - shift, one.end - shift) for one in quantities(sentence, offset=shift)] == [
        (one.start, one.end) for one in quantities(sentence)
    ]


READERS: list[Callable[[str], object]] = [
    quantities,
    exemptions,
    remedies,
    party,
    language_of,
    kind_of,
    lambda text: particulars(text, ()),
    lambda text: policies_in(text, ()),
]
HOSTILE = [
    "a",
    " ",
    "\n",
    "(",
    "“",
    "1.",
    "1,",
    "A.",
    "five ",
    "unless ",
    "without ",
    "you may not ",
    "1/1/20 ",
    "“A” ",
    "a@a.",
    "change policy ",
]


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_hostile_text_costs_in_proportion_to_its_length(reader: Callable[[str], object]) -> None:
    for piece in HOSTILE:
        small, large = piece * (15_000 // len(piece)), piece * (60_000 // len(piece))
        if _cost(reader, large) > 0.3:
            assert _cost(reader, large) < 12 * _cost(reader, small), repr(piece)


def _cost(reader: Callable[[str], object], text: str) -> float:
    """Processor time, so that a busy machine makes no difference."""
    started = time.process_time()
    reader(text)
    return time.process_time() - started
