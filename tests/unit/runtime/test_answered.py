"""What was decided is remembered in small tables: the same as one large table would, of all that is not too old."""

from __future__ import annotations

import random

import msgspec

from fairwire.decisions.answers import connected
from fairwire.kernel.arena import mix
from fairwire.kernel.hashing import key_of
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


def as_logged(call: int, to: int = 0) -> tuple[int, bytes]:
    """A call's key in the kernel, and what the log has of it."""
    asked, key = question(call, to)
    customer, call_id = asked.split("\0")
    return mix(key_of(customer), key_of(call_id)), msgspec.json.encode((key, connected("clearspan@1", f"e{call}")))


def test_what_is_kept_as_the_log_has_it_is_told_like_everything_else() -> None:
    answered = Answered()
    answered.keep_written(*zip(*map(as_logged, range(5_000)), strict=True))
    answered.keep(*question(5_000), ALLOWED)
    for number in (0, 2_047, 2_048, 4_999):
        call, key = question(number)
        _, other = question(number, to=2)
        assert answered.knows(call, key)
        assert answered.get(key) == connected("clearspan@1", f"e{number}")
        assert answered.first(call, other) == key
        assert answered.get(other) is None
        answered.keep(call, other, ALLOWED)
        assert answered.get(other) is ALLOWED
        answered.keep(call, key, ALLOWED)
        assert answered.get(key) == connected("clearspan@1", f"e{number}"), "it was told so before"
    assert not answered.knows(*question(5_001))
    assert len(answered) == 5_001 + 4


def test_what_is_kept_as_the_log_has_it_is_in_a_snapshot_and_forgotten_with_its_time() -> None:
    answered, count = Answered(), 110_000
    shown = answered.show()
    for first in range(0, count, 20):
        answered.keep_written(*zip(*map(as_logged, range(first, first + 20)), strict=True))
        if first == 60_000:
            shown = answered.show()
    kept = [key for key, _ in by_age(shown)]
    assert sorted(kept) == sorted(question(number)[1] for number in range(60_020)), "what came later is not in it"
    ages = [int(key.split("\0")[1]) for key in kept]
    assert max(abs(age - place) for place, age in enumerate(ages)) < 512, "the older ones first"
    assert not answered.knows(*question(0))
    assert all(answered.knows(*question(number)) for number in range(count - ANSWERS, count, 97))
    assert len(list(by_age(answered.show()))) == ANSWERS
    assert len(answered) < ANSWERS + 3_000


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
