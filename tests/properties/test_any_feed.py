"""However the same calls are told: by their records alone or as they happened, in any order, in pieces, twice."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.kernel.intake import O_CALL, O_PHASE, O_START, O_TIME
from fairwire.model.instants import SECOND_US
from traces import BEGIN_US, CUSTOMERS, Ran, Row, Told, ended, in_phases, rows_of, run, told, touchy_plan


@dataclass(frozen=True, slots=True)
class Short:
    """A call that may be over in the very instant in which it began."""

    gap_s: int
    ring_s: int
    talk_s: int
    outcome: str
    callee: int


short_calls = st.lists(
    st.builds(
        Short,
        gap_s=st.sampled_from([0, 0, 1, 60]),
        ring_s=st.sampled_from([0, 0, 1, 7]),
        talk_s=st.sampled_from([0, 0, 1, 5]),
        outcome=st.sampled_from(["answered", "answered", "busy", "failed"]),
        callee=st.integers(1, 4),
    ),
    min_size=1,
    max_size=15,
)


def short_rows(calls: list[Short]) -> list[Row]:
    rows: list[Row] = []
    now = BEGIN_US
    for number, call in enumerate(calls):
        now += call.gap_s * SECOND_US
        talk_s = call.talk_s if call.outcome == "answered" else 0
        rows.append(
            ended(number, now, ring_s=call.ring_s, talk_s=talk_s, disposition=call.outcome, to=f"+1312555010{call.callee}")
        )
    return rows


def kernel_events(ran: Ran) -> list[tuple[int, int, int, int]]:
    return [(int(row[O_TIME]), int(row[O_CALL]), int(row[O_PHASE]), int(row[O_START])) for row in ran.feed.emitted]


@given(short_calls, st.randoms(use_true_random=False))
@settings(max_examples=150)
@example([Short(0, 0, 0, "answered", 1)], random.Random(2))
@example([Short(0, 0, 0, "busy", 1), Short(0, 7, 0, "answered", 1)], random.Random(5))
def test_each_call_has_its_phases_once_however_it_is_told(calls: list[Short], dice: random.Random) -> None:
    records = short_rows(calls)
    phases = [phase for row in records for phase in in_phases(row)]
    dice.shuffle(phases)
    alone, whole = run(touchy_plan(), records, CUSTOMERS), run(touchy_plan(), phases, CUSTOMERS)
    assert kernel_events(alone) == kernel_events(whole)
    assert told(alone.findings) == told(whole.findings)
    assert (alone.feed.duplicates, whole.feed.duplicates) == (0, 0)
    assert whole.feed.events == len(phases)


@given(told_traces)
def test_records_alone_find_what_attempts_answers_and_ends_find(trace: list[Told]) -> None:
    records = rows_of(trace)
    phases = [phase for row in records for phase in in_phases(row)]
    alone, whole = run(touchy_plan(), records, CUSTOMERS), run(touchy_plan(), phases, CUSTOMERS)
    assert told(alone.findings) == told(whole.findings)
    assert alone.result.silenced.tolist() == whole.result.silenced.tolist()


@given(told_traces, st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_the_events_and_the_pieces_they_come_in_do_not_matter(
    trace: list[Told], dice: random.Random, chunks: int
) -> None:
    phases = [phase for row in rows_of(trace) for phase in in_phases(row)]
    here = run(touchy_plan(), phases, CUSTOMERS)
    dice.shuffle(phases)
    there = run(touchy_plan(), phases, CUSTOMERS, chunks=chunks)
    assert here.lines == there.lines


@given(told_traces, st.randoms(use_true_random=False))
def test_an_event_that_comes_twice_counts_once(trace: list[Told], dice: random.Random) -> None:
    phases = [phase for row in rows_of(trace) for phase in in_phases(row)]
    twice = phases + phases
    dice.shuffle(twice)
    here, there = run(touchy_plan(), phases, CUSTOMERS), run(touchy_plan(), twice, CUSTOMERS)
    assert here.lines == there.lines
    assert there.feed.duplicates == len(phases)
    assert there.feed.events == here.feed.events == len(phases)
    assert there.feed.rejected == []


@given(told_traces, st.sets(st.integers(0, 200)))
def test_a_lost_attempt_or_answer_is_made_up_from_the_record_of_the_end(trace: list[Told], lost: set[int]) -> None:
    records = rows_of(trace)
    phases = [phase for row in records for phase in in_phases(row)]
    kept = [phase for number, phase in enumerate(phases) if number not in lost or phase["type"] == "call.ended"]
    assert told(run(touchy_plan(), records, CUSTOMERS).findings) == told(run(touchy_plan(), kept, CUSTOMERS).findings)
