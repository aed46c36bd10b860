"""The data that an import knows topics by: cues, labelled examples, and the weights learned from them."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pytest
import yaml

from fairwire.policy.importing.english import words_of
from fairwire.policy.importing.topics import topics_in
from fairwire.runtime.imports import examples_sha256, taxonomy
from fairwire.runtime.packs import topics

WORDS = files("fairwire") / "packs" / "_words"


@lru_cache
def examples() -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for file in sorted((WORDS / "examples").iterdir(), key=lambda each: each.name):
        found += yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(found)


def test_the_weights_were_learned_from_these_examples() -> None:
    assert taxonomy().weights.examples_sha256 == examples_sha256(), "run `python benchmarks/learn_topics.py`"
    assert taxonomy().weights.topics == tuple(topics())


def test_every_topic_has_cues_controls_and_examples() -> None:
    named = Counter(topic for example in examples() for topic in example["t"])
    for topic in topics():
        assert named[topic] >= 20, topic
        assert taxonomy().controls[topic], topic


def test_examples_name_only_topics_that_there_are() -> None:
    for example in examples():
        assert {*example["t"], *example.get("a", ())} <= set(topics()), example["x"]
        assert set(example) <= {"x", "l", "t", "a", "s"}, example["x"]


def test_no_example_stands_there_twice() -> None:
    counts = Counter(" ".join(example["x"].casefold().split()) for example in examples())
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("clause", "topic"),
    [
        ("You may not use dialling software that works through a list of numbers by itself.", "auto_dialling"),
        ("Please do not pass your login on to workmates.", "credential_sharing"),
        ("Flooding our servers with packets so that others cannot use them", "denial_of_service"),
        ("We are free to revise these rules, and the newest text on the website counts.", "policy_changes"),
        ("That we do not enforce a rule once is no waiver of our right to enforce it later.", "no_waiver"),
        ("Calls to 999 connect even when the account is barred.", "emergency_calls"),
        ("Pictures that sexualise children", "child_safety"),
        ("Taking our firmware apart to see how it works", "reverse_engineering"),
    ],
)
def test_a_clause_in_other_words_is_known(clause: str, topic: str) -> None:
    found = topics_in(taxonomy(), clause, words_of(clause))
    assert topic in [each.topic for each in found if each.confidence >= 0.5], found


@pytest.mark.parametrize(
    "sentence",
    [
        "Founded in a garage in 1998, we now serve four hundred offices.",
        "These terms are governed by the laws of the State of Example.",
        "If a court finds one provision void, the others stay as they are.",
    ],
)
def test_a_sentence_about_nothing_has_no_sure_topic(sentence: str) -> None:
    found = topics_in(taxonomy(), sentence, words_of(sentence))
    assert [each.topic for each in found if each.confidence >= 0.5] == []
