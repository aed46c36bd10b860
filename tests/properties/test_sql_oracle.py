"""The kernel against SQL: DuckDB, given the same events and the text of `plan.sql`, says the same of every feature and rule.

Nothing is shared but the meaning: the kernel keeps panes and totals, SQL joins each event with those its window holds. The
calendar is DuckDB's own too, so that days and months in zones with summer time are told twice.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.intake import EMITTED_WIDTH, O_EVENT, O_PHASE, O_SOURCE, O_START, O_TIME
from fairwire.kernel.kernel import Kernel
from fairwire.model.aggregates import AGGREGATES
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, COLUMNS, DESTINATIONS, DIRECTIONS, ENDED, UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.plan.sql import ROUNDED, SQL, UNSAID, detector_sql
from fairwire.runtime.engine import kernel_rows
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import Words, detector_text, probe_plan, table_for

CUSTOMER = """
    calls_10m: {count: call.attempt, over: 10m, meaning: calls}
    calls_7d: {count: call.attempt, over: 7d, meaning: calls}
    abroad_day: {count: call.attempt, where: international, over: day, meaning: calls abroad of the day}
    home_24h: {count: call.attempt, where: not international, over: 24h, meaning: calls at home}
    talk_1h: {sum: talk_s, of: call.ended, over: 1h, meaning: talk time}
    spent_month: {sum: charge, of: call.ended, over: month, meaning: charges of the month}
    mean_24h: {mean: talk_s, of: call.ended, over: 24h, at_least: 2, meaning: mean talk time}
    short_day: {share: talk_s <= 6, of: call.ended, where: 'disposition == "answered"', over: day, meaning: share of short calls}
    new_1h: {share: new_callee, of: call.attempt, over: 1h, meaning: share of calls to new numbers}
    asr_1h: {asr: calls, over: 1h, at_least: 2, meaning: share of answered calls}
    callees_24h: {distinct: callee, of: call.attempt, over: 24h, meaning: numbers}
    countries_month: {distinct: country, of: call.attempt, over: month, meaning: countries of the month}
    longest_24h: {max: talk_s, of: call.ended, over: 24h, meaning: longest call}
    longest_day: {max: talk_s, of: call.ended, over: day, meaning: longest call of the day}
    shortest_1h: {min: talk_s, of: call.ended, over: 1h, meaning: shortest call}
    active: {gauge: calls, over: 4h, meaning: calls in progress}
"""
LINE = """
    spread_1h: {spread: talk_s, of: call.ended, over: 1h, meaning: spread of talk time}
    most_24h: {top: callee, of: call.attempt, over: 24h, at_least: 2, meaning: share of the most frequent number}
    modes_24h: {top: talk_s, of: call.ended, grain: 10, first: 2, over: 24h, at_least: 2, meaning: two most common durations}
    bits_24h: {entropy: callee, of: call.attempt, over: 24h, at_least: 1, meaning: entropy of numbers}
    median_24h: {quantile: talk_s, of: call.ended, at: 0.5, over: 24h, at_least: 1, meaning: median talk time}
    leant: {share: international, of: call.attempt, over: 7d, prior: {mean: 0.2, weight: 5, evidence: for a test}, meaning: share}
    rate_7d: {rate: call.attempt, over: 7d, prior: {mean: 5, weight: 2, evidence: for a test}, meaning: calls a day}
    talk_month: {sum: talk_s, of: call.ended, over: month, meaning: talk time of the month}
    active_1h: {gauge: calls, over: 1h, meaning: calls in progress}
"""
PAIR = """
    again: {count: call.attempt, where: not loop, over: 1h, meaning: calls to one number}
    refused: {count: call.ended, where: 'disposition in ("busy", "rejected")', over: day, meaning: refused calls of the day}
"""
PARAMETERS = "parameters:\n  floor: {value: 2, evidence: none at all}\n  low: {value: 0.5, type: share, evidence: none at all}\n"
GRANTED = "entitlements: [dialler, {name: tourist, covers: international}]\n"
SCORE = """score:
  signs:
    - {when: spread_1h > 60, weight: 2, because: spread, evidence: none at all}
    - {when: most_24h >= low, weight: floor, because: most, evidence: none at all}
    - {when: international and active_1h > 1, weight: 1.5, because: abroad, evidence: none at all}
    - {when: not known(median_24h), weight: -1, because: unknown, evidence: none at all}
  fires_at: 3
  at_least_known: 3
"""


@cache
def plan() -> Plan:
    return probe_plan(
        detector_text(
            "oracle.customer",
            features=CUSTOMER,
            more=PARAMETERS + GRANTED,
            when="calls_10m >= floor and (asr_1h < low or not known(mean_24h)) or active > customer.seats / 2 or spent_month > 3 "
            "or customer.age_days <= 1 and calls_10m >= 1 or not known(customer.age_days) and abroad_day >= 3",
        ),
        detector_text("oracle.line", subject="[line]", features=LINE, more=PARAMETERS).replace('when: "False"\n', SCORE),
        detector_text(
            "oracle.pair",
            subject="[customer, callee]",
            on="[call.attempt, call.ended]",
            features=PAIR,
            when="again >= 2 and refused >= 1 or min(again, 3) * refused > 2",
        ),
    )


ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Havana", "UTC")
"""Lord Howe moves its clocks by half an hour; Havana at midnight."""
CUSTOMERS = [
    Customer(
        id=f"c{i}",
        country="US",
        timezone=zone,
        user_limit=i or None,
        features=("dialler", "tourist")[i % 2 : i % 2 + i // 3],
        opened=("2026-03-07", "", "2026-04-04T09:00:00Z", "2026-11-01", "2027-05-01")[i],
    )
    for i, zone in enumerate(ZONES)
]
NIGHTS = ("2026-03-08T04:00:00Z", "2026-03-29T00:30:00Z", "2026-04-04T14:00:00Z", "2026-10-31T20:00:00Z", "2026-12-31T12:00:00Z")
"""Before a clock changes somewhere, or a month or a year ends."""


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
    return st.just(UNKNOWN) | values


GAPS = (0, 0, 1, 29, 31, 170, 600, 3599, 3600, 20_000, 86_400, 200_000, -5, -45, -1900, -90_000)
"""Seconds to the next event; some come late."""
events = st.lists(
    st.fixed_dictionaries(
        {
            "gap": st.sampled_from(GAPS),
            "kind": st.sampled_from([ATTEMPT, ATTEMPT, ANSWERED, ENDED]),
            "customer_row": st.integers(0, len(CUSTOMERS) - 1) | st.just(0),
            "began": st.sampled_from([0, 1, 40, 700, 3601, 20_000]),
            "line": maybe(st.integers(41, 43)),
            "callee": maybe(st.integers(900, 904)),
            "country": maybe(st.integers(1, 4)),
            "international": maybe(st.integers(0, 1)),
            "loop": maybe(st.integers(0, 1)),
            "destination": maybe(st.sampled_from([DESTINATIONS.index("emergency") + 1, 2, 2, 2])),
            "talk_s": maybe(st.sampled_from([0, 1, 5999, 6000, 6001, 60_000, 3_599_999]) | st.integers(0, 10**7)),
            "charge": maybe(st.integers(0, 5_000_000)),
            "disposition": maybe(st.integers(1, 6)),
        }
    ),
    min_size=1,
    max_size=30,
)


def rows_of(told: list[dict[str, int]], night: str) -> Words:
    """Kernel events by the way that all events take; the calendar of each customer's zone is the intake's."""
    made = table_for(plan(), CUSTOMERS)
    raw = np.full((len(told), WIDTH), UNKNOWN, dtype=np.int64)
    emitted = np.zeros((len(told), EMITTED_WIDTH), dtype=np.int64)
    now = parse_us(night)
    for i, event in enumerate(told):
        now += event["gap"] * 1_000_000
        for name, value in event.items():
            if name in COLUMN_INDEX:
                raw[i, COLUMN_INDEX[name]] = value
        raw[i, COLUMN_INDEX["customer"]] = 70 + event["customer_row"]
        raw[i, COLUMN_INDEX["remote"]] = event["callee"]
        raw[i, COLUMN_INDEX["direction"]] = DIRECTIONS.index("outbound") + 1
        start = now - (event["began"] * 1_000_000 if event["kind"] != ATTEMPT else 0)
        for column, number in ((O_SOURCE, i), (O_PHASE, event["kind"]), (O_TIME, now), (O_START, start), (O_EVENT, i)):
            emitted[i, column] = number
    return kernel_rows(emitted, raw, made)


def by_kernel(rows: Words) -> tuple[list[dict[str, float]], list[set[int]], list[set[int]]]:
    """After each event: every feature, the rules that held, the rules that were silenced. Fills the sensed columns of `rows`."""
    made = plan()
    kernel = Kernel(made.program, load_run(made.program))
    customers = table_for(made, CUSTOMERS).values
    values: list[dict[str, float]] = []
    held: list[set[int]] = []
    silenced: list[set[int]] = []
    for i in range(len(rows)):
        before = kernel.state.silenced.copy()
        outcome = kernel.apply(rows[i : i + 1], np.zeros(1, dtype=np.int64), customers)
        held.append(set(outcome.hits[:, 1].tolist()))
        silenced.append(set(np.flatnonzero(kernel.state.silenced > before).tolist()))
        values.append({feature.name: float(kernel.values[f]) for f, feature in enumerate(made.program.features)})
    return values, held, silenced


@cache
def database() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute("SET threads = 1")
    return db


def by_sql(rows: Words, name: str) -> list[dict[str, Any]]:
    """What SQL says of one detector, event by event."""
    made = plan()
    program = made.program
    places = {column.name: COLUMN_INDEX[column.name] for column in COLUMNS if ATTEMPT in column.kinds or ENDED in column.kinds}
    columns = {name: pa.array(rows[:, c], mask=rows[:, c] == UNKNOWN) for name, c in places.items()}
    values = table_for(made, CUSTOMERS).values
    attributes = {
        attribute: pa.array(values[:, 1 + a], mask=np.isnan(values[:, 1 + a]))
        for a, attribute in enumerate(program.customer_attributes)
    }
    zones = pa.table({"customer_row": range(len(ZONES)), "zone": list(ZONES)})
    db = database()
    db.register("raw", pa.table({"seq": pa.array(range(len(rows))), **columns}))
    db.register("zones", zones)
    db.register("customers", pa.table({"customer_row": pa.array(range(len(CUSTOMERS))), **attributes}))
    db.execute(
        "CREATE OR REPLACE TEMP TABLE events AS SELECT raw.* REPLACE ("
        "date_diff('day', DATE '1970-01-01', here::DATE) AS local_day, "
        "(year(here) - 1970) * 12 + month(here) - 1 AS local_month) "
        "FROM raw JOIN (SELECT seq AS which, timezone(zone, make_timestamptz(time)) AS here "
        "FROM raw JOIN zones USING (customer_row)) ON seq = which"
    )
    rule = next(rule for rule in program.rules if rule.detector == name)
    detector = made.detectors[name]
    parameters = {parameter: program.parameters[0][index] for parameter, index in rule.parameters.items()}
    text = detector_sql(detector, list(made.detectors.values()), parameters, idle=program.subjects[rule.subject].judged_idle)
    found = db.execute(text)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def close(found: float, wanted: float | None, share: float) -> bool:
    if wanted is None:
        return math.isnan(found)
    return found == wanted or math.isclose(found, wanted, rel_tol=share, abs_tol=share / 100)


@given(events, st.sampled_from(NIGHTS))
@settings(max_examples=100)
def test_every_feature_and_every_rule_after_every_event_is_what_sql_says(told: list[dict[str, int]], night: str) -> None:
    made = plan()
    rows = rows_of(told, night)
    values, held, silenced = by_kernel(rows)
    kinds = rows[:, COLUMN_INDEX["kind"]]
    for r, rule in enumerate(made.program.rules):
        said = {row["seq"]: row for row in by_sql(rows, rule.detector)}
        for i in range(len(rows)):
            hit = said[i]["hit"] if i in said else 0
            assert (r in held[i], r in silenced[i]) == (hit == 1, hit == 2), f"{rule.detector} at event {i}: SQL says {hit}"
        for name, index in rule.features.items():
            feature = made.program.features[index]
            for i, row in said.items():
                if feature.on >> int(kinds[i]) & 1:
                    found = values[i][feature.name]
                    share = ROUNDED.get(feature.aggregate, 0.0)
                    assert close(found, row[name], share), f"{name} after event {i}: {found}, by SQL {row[name]}"


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_every_aggregate_has_a_text_or_is_said_to_have_none(name: str) -> None:
    assert (name in SQL) != (name in UNSAID)


def test_the_random_traces_ask_for_every_aggregate_that_has_a_text() -> None:
    asked = {feature.aggregate for detector in plan().detectors.values() for feature in detector.features.values()}
    assert asked == {*SQL, "gauge"}
