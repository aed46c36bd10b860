"""One key for texts of one template, and different keys for texts of different ones."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from labelled_texts import corpus, sms
from spun_texts import key, spin, templates, together, unrelated


@pytest.mark.parametrize("template", [*templates("spun_seen"), *templates("spun_unseen")], ids=lambda each: each[:30])
def test_names_numbers_links_and_sums_do_not_change_the_key(template: str) -> None:
    rng = random.Random(11)
    assert together([key(spin(template, rng, turn=False)) for _ in range(20)]) == 1.0


@pytest.mark.parametrize(("name", "pairs", "group"), [("spun_seen", 0.5, 0.6), ("spun_unseen", 0.28, 0.4)])
def test_turned_words_leave_many_texts_together(name: str, pairs: float, group: float) -> None:
    rng = random.Random(11)
    spun = [[key(spin(template, rng)) for _ in range(25)] for template in templates(name)]
    assert sum(map(together, spun)) / len(spun) >= pairs
    assert sum(max(Counter(keys).values()) / len(keys) for keys in spun) / len(spun) >= group


def test_each_template_has_a_key_of_its_own() -> None:
    rng = random.Random(11)
    every = [*templates("spun_seen"), *templates("spun_unseen")]
    assert len({key(spin(template, rng, turn=False)) for template in every}) == len(every)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ok", "yes"), ("", "?"), ("Привет, как дела", "Встретимся завтра"), ("see you at 7", "call me at 7"), ("明天见", "谢谢你")],
)
def test_short_texts_and_texts_in_other_letters_differ(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_case_order_and_disguise_do_not_change_the_key() -> None:
    text = "your parcel waits at the depot, please settle the customs charge"
    assert key(text) == key(text.upper()) == key(text.replace("parcel", "pаrcеl")) == key(text.replace("parcel", "package"))


def test_unrelated_messages_seldom_share_a_key() -> None:
    same, pairs = unrelated([(key(row.text), row.group) for row in sms(corpus()) if len(row.text.split()) >= 8])
    assert same / pairs <= 1 / 20_000
