"""An answer is given again for 32 seconds, and forgotten before long."""

from __future__ import annotations

from itertools import pairwise

from fairwire.serve.redirect.repeats import REPEATED_S, Repeats


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_given_again_for_as_long_as_its_question_may_come() -> None:
    seconds = Seconds()
    repeats = Repeats(seconds)
    for number in range(3_000):
        seconds.now += 0.05
        assert repeats.get(b"%d" % number) is None
        repeats.keep(b"%d" % number, b"answer %d" % number)
        if number > 640:
            lately = number - int(REPEATED_S / 0.05) + 1
            assert repeats.get(b"%d" % lately) == b"answer %d" % lately


def test_what_can_not_come_again_is_forgotten_and_not_all_at_once() -> None:
    seconds = Seconds()
    repeats = Repeats(seconds)
    questions = [b"%d" % number for number in range(20_000)]
    for question in questions:
        repeats.keep(question, b"302")
    left = []
    for _ in range(70):
        seconds.now += 1.0
        for number in range(2_000):
            assert repeats.get(b"new %d" % number) is None  # others are asked meanwhile
        left.append(sum(repeats.get(question) is not None for question in questions))
    assert left[int(REPEATED_S) - 2] == 20_000
    assert left[-1] == 0
    assert max(before - after for before, after in pairwise(left)) < 2_000, "no stall for all at once"


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    repeats = Repeats(lambda: 0.0)
    for number in range(300_000):
        repeats.keep(b"%d" % number, b"302")
    assert 150_000 < sum(repeats.get(b"%d" % number) is not None for number in range(300_000)) <= 200_000


def test_an_answer_does_not_outlive_its_time_by_being_asked_for() -> None:
    seconds = Seconds()
    repeats = Repeats(seconds)
    assert repeats.get(b"q") is None
    repeats.keep(b"q", b"302")
    for _ in range(65):
        seconds.now += 1.0
        found = repeats.get(b"q")
    assert found is None
