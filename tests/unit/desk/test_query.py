"""Addresses of lists: what is read is what is written back, and nothing else."""

from __future__ import annotations

import pytest

from fairwire.desk.query import Query


def test_known_parameters_are_kept_and_others_dropped() -> None:
    query = Query.read({"clause": " A06 ", "q": "two words", "severity": "", "colour": "red"})
    assert query.filters == {"clause": "A06", "text": "two words"}
    assert query.url("/") == "/?q=two+words&clause=A06"
    assert Query.read({}).url("/") == "/"


def test_changes_are_made_and_none_takes_away() -> None:
    query = Query.read({"clause": "A06", "run": "r1"})
    assert query.url("/", clause=None) == "/?run=r1"
    assert query.url("/findings/f", severity="high") == "/findings/f?clause=A06&run=r1&severity=high"
    assert query.url("/", customer="a&b=c") == "/?clause=A06&run=r1&customer=a%26b%3Dc"


@pytest.mark.parametrize(
    ("show", "rows"), [("", 100), ("50", 100), ("400", 400), ("5000", 100), ("x", 100), ("-1", 100), ("²", 100)]
)
def test_the_length_of_a_list_has_bounds(show: str, rows: int) -> None:
    assert Query.read({"show": show}).shown == rows


def test_the_same_questions_have_the_same_key_in_any_order() -> None:
    assert Query.read({"clause": "A", "q": "b"}).key() == Query.read({"q": "b", "clause": "A"}).key()


def test_an_endless_parameter_is_cut() -> None:
    assert len(Query.read({"q": "x" * 10_000})["q"]) == 200
