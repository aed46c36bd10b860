"""What was decided is remembered in small tables: the same as one large table would, of all that is not too old."""

from __future__ import annotations

import random

from fairwire.decisions.answers import connected
from fairwire.runtime.answered import ANSWERS, Answered, by_age
from fairwire.runtime.attempts import call_key

ALLOWED = connected("clearspan@1", "e")


def question(call: int, to: int = 0) -> tuple[str, str]:
    return f"acme\0{call}", f"acme\0{call}\0+12025550100\0+{to}"


def test_the_first_question_about_a_call_is_told_from_later_ones() -> None:
    answered = Answered()
    call, key = question(1)
    _, other = question(1, to=2)
    assert not answered.knows(call, key)
    assert answered.first(call, key) == key
    answered.keep(call, key, ALLOWED)
    assert answered.get(key) is ALLOWED
    assert answered.first(call, other) == key
    assert answered.knows(call, other), "the call is known, if not the question"
    assert answered.get(other) is None


def test_the_last_hundred_thousand_are_remembered_and_the_oldest_forgotten_with_their_calls() -> None:
    answered, count = Answered(), 250_000
    for number in range(count):
        answered.keep(*question(number), ALLOWED)
    assert all(answered.get(question(number)[1]) is ALLOWED for number in range(count - ANSWERS, count))
    assert ANSWERS <= len(answered) <= 1.4 * ANSWERS
    forgotten = [number for number in range(count - 2 * ANSWERS) if answered.knows(*question(number))]
    assert not forgotten
    assert len(answered) == sum(len(part) for part in answered._first)


def test_what_is_shown_stays_as_it_was_while_more_is_decided() -> None:
    answered, chance = Answered(), random.Random(7)
    for number in range(5_000):
        answered.keep(*question(number), ALLOWED)
    shown = answered.show()
    before = {key: decision for part in shown for key, decision in part.values()}
    refused = connected("jns@2", "r")
    for _ in range(5_000):
        answered.keep(*question(chance.randrange(200_000)), refused)
    assert {key: decision for part in shown for key, decision in part.values()} == before
    assert answered.get(question(7)[1]) in (ALLOWED, refused)
    assert len(before) == 5_000
    again = {key for part in answered.show() for key, _ in part.values()}
    assert again == {key for key, _ in answered}
    assert len(again) > 9_000


def test_what_a_snapshot_had_is_remembered_by_the_next_process_the_latest_longest() -> None:
    """Another process has other parts: its hashes are its own."""
    answered, count = Answered(), 4 * ANSWERS
    for number in range(count):
        answered.keep(*question(number), ALLOWED)
    entries = [(call_key(key), key, decision) for key, decision in by_age(answered.show())]
    assert len(entries) == ANSWERS
    restored = Answered()
    for call, key, decision in entries:
        restored.keep(f"{call}/", key.replace(call, f"{call}/"), decision)  # so that it falls into another part
    lately = [question(number) for number in range(count - ANSWERS // 2, count)]
    assert all(restored.knows(f"{call}/", "") for call, _ in lately)
    for number in range(ANSWERS // 4):
        restored.keep(*question(number), ALLOWED)
    assert all(restored.knows(f"{call}/", "") for call, _ in lately)


def test_nobody_can_have_others_forgotten_by_one_call_id() -> None:
    answered = Answered()
    others = [question(number) for number in range(10_000)]
    for call, key in others:
        answered.keep(call, key, ALLOWED)
    call, first = question(-1)
    for to in range(50_000):
        answered.keep(call, question(-1, to)[1], ALLOWED)
    assert answered.first(call, "another") == first
    assert all(answered.knows(*each) for each in others)
