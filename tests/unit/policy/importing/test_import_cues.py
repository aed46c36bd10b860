"""Cues: patterns over stems, with their small language."""

from __future__ import annotations

import pytest

from fairwire.policy.importing.cues import FAR, index_of
from fairwire.policy.importing.english import stem, words_of


def found(cue: str, text: str) -> float:
    """What is left of a strong cue in a text; 0 when it is not there."""
    hits = index_of({"topic": {"strong": [cue]}}).found(words_of(text))
    return hits[0][2] if hits else 0.0


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("auto dialer", "No auto-diallers."),
        ("unsolicited .. call", "unsolicited telephone calls"),
        ("denial_of_service|flood", "A denial of service attack"),
        ("denial_of_service|flood", "floods"),
        ("share & password", "Passwords are not to be shared"),
        ("email & !text", "bulk e-mail"),
        ("organization", "an organisation"),
        ("license", "your licences"),
    ],
)
def test_a_cue_is_there(cue: str, text: str) -> None:
    assert found(cue, text) > 0.5


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("auto dialer", "auto parts, and a dialer"),
        ("unsolicited .. call", "Nothing unsolicited. Call us."),
        ("share & password", "Share the news"),
        ("email & !text", "email and text"),
        ("ANI", "any number"),
        ("authority", "authorize the change"),
        ("offence", "offensive words"),
    ],
)
def test_a_cue_is_not_there(cue: str, text: str) -> None:
    assert found(cue, text) == 0.0


def test_words_between_weaken_a_cue() -> None:
    assert found("unsolicited .. call", "unsolicited calls") == pytest.approx(0.9)
    assert found("unsolicited .. call", "unsolicited sales or marketing calls") == pytest.approx(0.9 * FAR**3)


def test_the_closest_of_two_places_counts() -> None:
    assert found("spam .. fax", "spam of many kinds; in short: spam fax") == pytest.approx(0.9)


def test_lawyers_filler_is_about_nothing() -> None:
    assert found("limit .. service", "uses including, but not limited to, services") == 0.0


def test_stems_of_both_sides_of_the_atlantic_are_one() -> None:
    for british, american in (
        ("authorised", "authorized"),
        ("behaviour", "behavior"),
        ("dialling", "dialing"),
        ("licence", "license"),
    ):
        assert stem(british) == stem(american)
