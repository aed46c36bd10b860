"""What was seen before: against a memory of everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.sense import sense, wanted
from fairwire.kernel.state import State
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, ENDED, UNKNOWN
from fairwire.model.instants import DAY_US, HOUR_US
from traces import BEGIN_US, detector_text, kernel_row, probe_plan

OUT, IN, INTERNAL = 1, 2, 3
ALL = 15
CALLED = ("new_callee", "solicited", "reciprocal", "new_country", "step")
ASKED = {"new_callee": 1, "solicited": 2, "reciprocal": 2, "new_country": 4, "step": 8}
"""What the kernel must remember for each column, as bits."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One kernel event."""

    gap_us: int
    kind: int
    direction: int
    customer: int
    remote: int
    country: int
    line: int
    number: int
    talk_s: int


heard = st.builds(
    Heard,
    gap_us=st.sampled_from([0, 1, 5 * HOUR_US, 71 * HOUR_US, 72 * HOUR_US, 27 * DAY_US, 28 * DAY_US, 45 * DAY_US, 90 * DAY_US]),
    kind=st.sampled_from([ATTEMPT, ATTEMPT, ANSWERED, ENDED]),
    direction=st.sampled_from([OUT, OUT, IN, INTERNAL]),
    customer=st.integers(1, 2),
    remote=st.sampled_from([UNKNOWN, 21, 22, 23]),
    country=st.sampled_from([UNKNOWN, 31, 32]),
    line=st.sampled_from([UNKNOWN, 41, 42]),
    number=st.sampled_from([UNKNOWN, 5_550_100, 5_550_101, 5_550_102]),
    talk_s=st.sampled_from([UNKNOWN, 0, 40_000]),
)


@given(st.lists(heard, max_size=30), st.sampled_from([ALL, ALL, *range(16)]))
@settings(max_examples=400)
def test_every_sign_of_what_was_seen_before_is_what_a_memory_of_everything_says(events: list[Heard], bits: int) -> None:
    state = State("program", 1)
    past: list[tuple[int, Heard]] = []
    now = BEGIN_US
    for event in events:
        now += event.gap_us
        row = kernel_row(
            event.kind, now, direction=event.direction, customer=event.customer, remote=event.remote,
            country=event.country, line=event.line, number=event.number, talk_s=event.talk_s if event.kind == ENDED else UNKNOWN,
        )  # fmt: skip
        sense(row, state.meta, state.keys["seen"], state.values["seen"], state.keys["last"], state.values["last"], bits)
        found = {name: int(row[COLUMN_INDEX[name]]) for name in CALLED}
        wanted = dict.fromkeys(CALLED, UNKNOWN)
        mine = [(at, old) for at, old in past if old.customer == event.customer and old.kind == ATTEMPT and old.remote != UNKNOWN]
        out = [(at, old) for at, old in mine if old.direction == OUT]
        called_us = [at for at, old in mine if old.direction == IN and old.remote == event.remote]
        if event.remote != UNKNOWN and event.direction == OUT:
            wanted["solicited"] = int(bool(called_us) and now - max(called_us) <= 72 * HOUR_US)
            spoke_us = [
                at
                for at, old in past
                if old.customer == event.customer and old.remote == event.remote and old.direction == IN
                if old.kind == ANSWERED or (old.kind == ENDED and old.talk_s > 0)
            ]
            # Who was talked to had called; a feed that tells of an answer without the attempt is none of ours.
            wanted["reciprocal"] = int(bool(called_us and spoke_us) and now - max(spoke_us) <= 28 * DAY_US)
            if event.kind == ATTEMPT:
                wanted["new_callee"] = int(not any(old.remote == event.remote and now - at <= 90 * DAY_US for at, old in out))
                if event.country != UNKNOWN:
                    wanted["new_country"] = int(
                        not any(old.country == event.country and now - at <= 90 * DAY_US for at, old in out)
                    )
        if event.remote != UNKNOWN and event.direction != IN and event.kind == ATTEMPT and event.number != UNKNOWN:
            walked = [old.number for _, old in mine if old.direction != IN and old.line == event.line and old.number != UNKNOWN]
            wanted["step"] = event.number - walked[-1] if walked else UNKNOWN
        assert found == {name: value if bits & ASKED[name] else UNKNOWN for name, value in wanted.items()}
        past.append((now, event))


def test_a_number_known_to_one_customer_is_new_to_another() -> None:
    state = State("program", 1)
    news: list[int] = []
    for customer in (1, 2, 1):
        row = kernel_row(ATTEMPT, BEGIN_US, direction=OUT, customer=customer, remote=21)
        sense(row, state.meta, state.keys["seen"], state.values["seen"], state.keys["last"], state.values["last"], ALL)
        news.append(int(row[COLUMN_INDEX["new_callee"]]))
    assert news == [1, 1, 0]


def test_an_event_that_comes_late_does_not_make_the_past_older() -> None:
    state = State("program", 1)
    for at, new in ((BEGIN_US, 1), (BEGIN_US - 80 * DAY_US, 0), (BEGIN_US + 85 * DAY_US, 0)):
        row = kernel_row(ATTEMPT, at, direction=OUT, customer=1, remote=21)
        sense(row, state.meta, state.keys["seen"], state.values["seen"], state.keys["last"], state.values["last"], ALL)
        assert row[COLUMN_INDEX["new_callee"]] == new
    assert np.count_nonzero(state.keys["seen"]) == 1


def test_a_program_remembers_what_its_rules_and_actions_ask_for() -> None:
    def remembered(**parts: str) -> int:
        return wanted(probe_plan(detector_text("probe.memory", **parts)).program)

    assert remembered() == 0
    assert remembered(when="new_callee", on="[call.attempt]") == 1
    assert remembered(features="asked: {share: solicited, of: call.ended, over: 1h, meaning: share of solicited calls}") == 2
    lands = "lands: {count: call.attempt, where: new_country, over: 1h, meaning: new countries}"
    assert remembered(features=lands) == 4 | 16, "countries called, and those that logins come from"
    assert remembered(features="known: {count: call.ended, where: not reciprocal, over: 1h, meaning: strangers}") == 2
    assert remembered(features="walk: {share: step == 1, of: call.attempt, over: 1h, meaning: share of steps}") == 8
    assert remembered(features="both: {count: call.ended, where: elsewhere, over: 1h, meaning: calls at two places}") == 64
    stops_new = detector_text("probe.memory").replace("narrowest: customer", "narrowest: new_callees")
    assert wanted(probe_plan(stops_new).program) == 1


MINUTE_US = 60_000_000


def ended_from(state: State, at_us: int, source: int, talk_s: int, credential: int = 7) -> int:
    """What `elsewhere` says of a call of a login that ends."""
    row = kernel_row(ENDED, at_us, direction=OUT, customer=1, credential=credential, source=source, talk_s=1000 * talk_s)
    sense(row, state.meta, state.keys["seen"], state.values["seen"], state.keys["last"], state.values["last"], 64)
    return int(row[COLUMN_INDEX["elsewhere"]])


def test_U04_a_login_that_talks_at_two_addresses_for_a_minute_at_once_is_elsewhere() -> None:
    state = State("program", 1)
    assert ended_from(state, BEGIN_US, 11, 300) == 0
    assert ended_from(state, BEGIN_US + 4 * MINUTE_US, 12, 300) == 1
    assert ended_from(state, BEGIN_US + 8 * MINUTE_US, 12, 300) == 0
    assert ended_from(state, BEGIN_US + 12 * MINUTE_US, 11, 299) == 0
    assert ended_from(state, BEGIN_US + 13 * MINUTE_US, 12, 30) == 0
    assert ended_from(state, BEGIN_US + 13 * MINUTE_US, 12, 300, credential=8) == 0
    assert ended_from(state, BEGIN_US + 13 * MINUTE_US, UNKNOWN, 300) == UNKNOWN
