"""The kernel's windows against SQL: DuckDB, told the panes, says the same of every feature after every event."""

from __future__ import annotations

from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN, WIDTH
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Words, detector_text, one_customer, probe_plan

EVENTS = 3000
_CALLS = "count(*) FILTER (kind = 1 AND {})"
_ENDS = "count(*) FILTER (kind = 3 AND {})"
_ANSWERED = _ENDS.format("disposition = 1 AND talk_ms IS NOT NULL")
_SHORT = _ENDS.format("disposition = 1 AND talk_ms <= 6000")
SQL: dict[str, tuple[str, int, int]] = {
    # feature: (aggregate over the rows of the window, span in seconds, panes)
    "calls_10m": (_CALLS.format("true"), 600, 20),
    "calls_1h": (_CALLS.format("true"), 3600, 20),
    "abroad_24h": (_CALLS.format("international"), 86_400, 24),
    "not_abroad_24h": (_CALLS.format("NOT international"), 86_400, 24),
    "answers_7d": ("count(*) FILTER (kind = 2)", 604_800, 28),
    "talk_1h": ("coalesce(sum(talk_ms) FILTER (kind = 3), 0) / 1000", 3600, 20),
    "spent_7d": ("coalesce(sum(charge) FILTER (kind = 3), 0) / 1e6", 604_800, 28),
    "busy_1h": (f"{_ENDS.format('disposition = 2')} / nullif({_ENDS.format('disposition IS NOT NULL')}, 0)", 3600, 20),
    "short_24h": (
        f"CASE WHEN {_ANSWERED} >= 4 THEN {_SHORT} / {_ANSWERED} END",
        86_400,
        24,
    ),
    "mean_24h": ("avg(talk_ms) FILTER (kind = 3) / 1000", 86_400, 24),
    "callees_1h": ("count(DISTINCT callee) FILTER (kind = 1)", 3600, 20),
    "callees_7d": ("count(DISTINCT callee) FILTER (kind = 1)", 604_800, 28),
    "longest_24h": ("max(talk_ms) FILTER (kind = 3) / 1000", 86_400, 24),
    "shortest_1h": ("min(talk_ms) FILTER (kind = 3) / 1000", 3600, 20),
}
FEATURES = """
    calls_10m: {count: call.attempt, over: 10m, meaning: calls}
    calls_1h: {count: call.attempt, over: 1h, meaning: calls}
    abroad_24h: {count: call.attempt, where: international, over: 24h, meaning: calls abroad}
    not_abroad_24h: {count: call.attempt, where: not international, over: 24h, meaning: calls at home}
    answers_7d: {count: call.answered, over: 7d, meaning: answers}
    talk_1h: {sum: talk_s, of: call.ended, over: 1h, meaning: talk time}
    spent_7d: {sum: charge, of: call.ended, over: 7d, meaning: charges}
    busy_1h: {share: disposition == "busy", of: call.ended, over: 1h, meaning: share of busy calls}
    short_24h: {share: talk_s <= 6, of: call.ended, where: 'disposition == "answered"', at_least: 4, over: 24h, meaning: share}
    mean_24h: {mean: talk_s, of: call.ended, over: 24h, meaning: mean talk time}
    callees_1h: {distinct: callee, of: call.attempt, over: 1h, meaning: numbers}
    callees_7d: {distinct: callee, of: call.attempt, over: 7d, meaning: numbers}
    longest_24h: {max: talk_s, of: call.ended, over: 24h, meaning: longest call}
    shortest_1h: {min: talk_s, of: call.ended, over: 1h, meaning: shortest call}
"""


@cache
def plan() -> Plan:
    renamed = FEATURES.replace("_10m:", "_10m_l:").replace("_1h:", "_1h_l:").replace("_24h:", "_24h_l:").replace("_7d:", "_7d_l:")
    return probe_plan(
        detector_text("sql.customer", features=FEATURES), detector_text("sql.line", subject="[line]", features=renamed)
    )


def trace(seed: int) -> dict[str, Words]:
    """Events in order of time; `UNKNOWN` where a value is missing, and now and then two at one instant."""
    dice = np.random.default_rng(seed)
    often = [0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.06, 0.03, 0.01]
    gaps = dice.choice([0, 1, 25, 30, 60, 170, 600, 3600, 21_600, 40_000], EVENTS, p=often)
    kind = dice.integers(1, 4, EVENTS)
    ended = kind == 3

    def maybe(values: Words, share: float, only: Words | None = None) -> Words:
        known = dice.random(EVENTS) >= share
        return np.where(known if only is None else known & only.astype(bool), values, UNKNOWN)

    return {
        "time": BEGIN_US + np.cumsum(gaps) * 1_000_000,
        "kind": kind,
        "customer": 5 + dice.integers(0, 3, EVENTS),
        "line": maybe(40 + dice.integers(0, 4, EVENTS), 0.05),
        "callee": maybe(900 + dice.integers(0, 25, EVENTS), 0.05),
        "international": maybe(dice.integers(0, 2, EVENTS), 0.2),
        "talk_s": maybe(dice.choice([0, 1, 5999, 6000, 6001, 60_000, 3_599_999], EVENTS), 0.2, ended),
        "charge": maybe(dice.integers(0, 5_000_000, EVENTS), 0.3, ended),
        "disposition": maybe(dice.integers(1, 5, EVENTS), 0.2, ended),
    }


def by_kernel(columns: dict[str, Words]) -> dict[str, list[float]]:
    """Every feature after every event; NaN for unknown. Where the event has no line, the line's features are not read."""
    made = plan()
    rows = np.full((EVENTS, WIDTH), UNKNOWN, dtype=np.int64)
    for name, values in columns.items():
        rows[:, COLUMN_INDEX[name]] = values
    rows[:, COLUMN_INDEX["customer_row"]] = 0
    rows[:, COLUMN_INDEX["start"]] = columns["time"]
    kernel = Kernel(made.program, load_run(made.program))
    names = {name: index for rule in made.program.rules for name, index in rule.features.items()}
    found: dict[str, list[float]] = {name: [] for name in names}
    position = np.zeros(1, dtype=np.int64)
    for i in range(EVENTS):
        kernel.apply(rows[i : i + 1], position, one_customer(made))
        for name, index in names.items():
            found[name].append(float(kernel.values[index]))
    return found


def by_sql(columns: dict[str, Words], aggregate: str, span_s: int, panes: int, *, line: bool) -> list[float | None]:
    """The same by a join of each event with the events of its window so far."""
    table = {"seq": pa.array(np.arange(EVENTS))}
    renamed = {"talk_s": "talk_ms"}
    for name, values in columns.items():
        table[renamed.get(name, name)] = pa.array(values, mask=values == UNKNOWN)
    pane_us = span_s * 1_000_000 // panes
    same = "e.customer = s.customer" + (" AND e.line = s.line" if line else "")
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        db.register("events", pa.table(table))
        db.execute("CREATE TABLE e AS SELECT * REPLACE (international::BOOLEAN AS international) FROM events")
        value = aggregate.replace("FILTER (", "FILTER (WHERE ")
        within = f"{same} AND e.seq <= s.seq AND e.time // {pane_us} > s.time // {pane_us} - {panes}"
        rows = db.execute(f"SELECT s.seq, (SELECT {value} FROM e WHERE {within}) FROM e s ORDER BY s.seq").fetchall()  # noqa: S608
    return [None if value is None else float(value) for _, value in rows]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_feature_after_every_event_is_what_sql_says(seed: int) -> None:
    columns = trace(seed)
    found = by_kernel(columns)
    known_line = columns["line"] != UNKNOWN
    for name, (aggregate, span_s, panes) in SQL.items():
        for line in (False, True):
            wanted = by_sql(columns, aggregate, span_s, panes, line=line)
            mine = found[f"{name}_l" if line else name]
            for i in range(EVENTS):
                if line and not known_line[i]:
                    continue
                want = wanted[i]
                same = np.isnan(mine[i]) if want is None else mine[i] == pytest.approx(want, rel=1e-12)
                assert same, f"{name} of a {'line' if line else 'customer'} after event {i}: {mine[i]}, by SQL {want}"
