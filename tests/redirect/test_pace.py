"""How long a socket lets questions gather: hardly while there is time, longer while there is not, never when enough have come."""

from __future__ import annotations

import socket
import sys

import pytest

from fairwire.serve.redirect.pace import APART_S, MOST_S, STEP_S, Pace, bytes_waiting, memory_waiting


class Clock:
    """Time that passes only when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 100.0

    def pass_(self, seconds: float) -> None:
        self.now += seconds

    def pace(self, waiting: int = 0) -> Pace:
        """The pace of a socket in which so much waits, and a thousand is enough."""
        return Pace(lambda: waiting, 1000, clock=lambda: self.now, sleep=self.pass_)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def waited(one: Pace, clock: Clock) -> float:
    before = clock.now
    one.wait()
    return clock.now - before


def rounds(one: Pace, clock: Clock, *, work_s: float, idle_s: float, times: int = 200) -> float:
    """Bursts that take so long each, so far apart; how long the last one waited."""
    last = 0.0
    for _ in range(times):
        last = waited(one, clock)
        clock.pass_(work_s)
        one.answered()
        clock.pass_(idle_s)
    return last


def test_who_asks_seldom_waits_for_nobody(clock: Clock) -> None:
    one = clock.pace()
    assert rounds(one, clock, work_s=0.0005, idle_s=APART_S) == 0
    assert one.share < 0.1, "and is not taken for busy"


def test_the_busier_the_longer(clock: Clock) -> None:
    easy = rounds(clock.pace(), clock, work_s=0.0001, idle_s=0.0005)
    assert easy == pytest.approx(STEP_S)
    busy = rounds(clock.pace(), clock, work_s=0.002, idle_s=0.0)
    assert STEP_S < busy <= MOST_S + STEP_S
    # Waiting is no work: however much comes, some of the time stays free, so that the wait finds its length.
    swamped = rounds(clock.pace(), clock, work_s=0.0029, idle_s=0.0)
    assert busy <= swamped <= MOST_S + STEP_S


def test_when_enough_have_come_nobody_waits_longer(clock: Clock) -> None:
    one = clock.pace(waiting=1000)
    assert rounds(one, clock, work_s=0.0028, idle_s=0.0) == pytest.approx(STEP_S)


def test_a_pause_begins_anew(clock: Clock) -> None:
    one = clock.pace()
    rounds(one, clock, work_s=0.0025, idle_s=0.0)
    clock.pass_(1)
    assert waited(one, clock) == 0
    assert one.share == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux says how much memory waits")
def test_the_system_says_how_much_waits() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        bound.bind(("127.0.0.1", 0))
        waiting = memory_waiting(bound)
        assert waiting() == 0
        for _ in range(10):
            caller.sendto(b"x" * 900, bound.getsockname())
        assert 9_000 < waiting() < 100_000
    assert waiting() == sys.maxsize, "a socket that is closed keeps nobody waiting"
    one, other = socket.socketpair()
    with one, other:
        unread = bytes_waiting(other.fileno())
        assert unread() == 0
        one.sendall(b"x" * 700)
        assert unread() == 700
