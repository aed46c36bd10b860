"""Work beside calls is cut into pieces; whoever answers calls is never put to sleep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from fairwire.runtime import resting


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the threads that rested, on a machine where each look at the clock is a millisecond later."""
    found: list[str] = []
    ticks = iter(range(1_000_000))

    def sleep(_seconds: float) -> None:
        found.append(threading.current_thread().name)

    monkeypatch.setattr(resting, "time", SimpleNamespace(sleep=sleep, perf_counter=lambda: next(ticks) / 1000))
    return found


def elsewhere(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work, name="beside")
    thread.start()
    thread.join(10)


def test_a_long_piece_of_work_rests_and_gives_the_same(rests: list[str]) -> None:
    made: list[int] = []
    elsewhere(lambda: made.extend(resting.paced(range(5))))
    assert made == [0, 1, 2, 3, 4]
    assert rests == ["beside"] * 5


def test_the_thread_that_answers_calls_never_rests(rests: list[str]) -> None:
    assert list(resting.paced(range(5))) == [0, 1, 2, 3, 4]
    assert not rests


def test_work_is_done_as_it_is_asked_for() -> None:
    begun: list[int] = []

    def items() -> Iterator[int]:
        for number in range(3):
            begun.append(number)
            yield number

    paced = resting.paced(items())
    assert next(paced) == 0
    assert begun == [0]
