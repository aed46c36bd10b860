"""Calls in progress: what they have run up, whatever order their events come in."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.instants import MINUTE_US
from fairwire.runtime.running import LOST_US, RunningCalls

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["asked", "answered", "ended"]),
        st.integers(1, 5),
        st.integers(1, 3),
        st.integers(1, 5_000_000),
        st.integers(0, 10 * MINUTE_US),
    ),
    max_size=60,
)


@given(EVENTS, st.integers(0, 20 * MINUTE_US))
def test_what_calls_have_run_up_is_the_sum_of_those_that_are_answered_and_not_over(
    events: list[tuple[str, int, int, int, int]], now_us: int
) -> None:
    running = RunningCalls()
    simple: dict[int, list[int]] = {}
    for what, call, customer, rate, at in sorted(events, key=lambda event: event[4]):
        at += 1  # an instant of nought does not come
        if what == "asked":
            running.asked(call, customer, rate, at)
            simple.setdefault(call, [customer, rate, 0])
        elif what == "answered":
            running.answered(call, at)
            if call in simple and not simple[call][2]:
                simple[call][2] = at
        else:
            running.ended(call)
            simple.pop(call, None)
    for customer in (1, 2, 3):
        mine = [entry for entry in simple.values() if entry[0] == customer]
        exact = sum((Fraction(rate * max(0, now_us - at), MINUTE_US) for _, rate, at in mine if at), Fraction(0))
        assert running.cost(customer, now_us) == (int(exact), sum(rate for _, rate, _ in mine))
    again = RunningCalls()
    again.restore(running.array())
    assert [again.cost(customer, now_us) for customer in (1, 2, 3)] == [running.cost(customer, now_us) for customer in (1, 2, 3)]


def test_a_call_whose_end_was_lost_costs_nothing_after_four_hours_and_is_forgotten() -> None:
    running = RunningCalls()
    running.asked(1, 7, 1_000_000, 1)
    running.answered(1, 1)
    assert running.cost(7, LOST_US)[0] > 0
    assert running.cost(7, LOST_US + 2) == (0, 0)
    running.asked(2, 8, 1, LOST_US + 2)
    assert len(running) == 1


def test_nothing_falls_below_nought_when_a_call_ends_twice_or_was_never_asked_for() -> None:
    running = RunningCalls()
    running.ended(1)
    running.answered(1, 5)
    running.asked(1, 7, 60, 10)
    running.ended(1)
    running.ended(1)
    assert running.cost(7, 100) == (0, 0)
    assert len(running) == 0
