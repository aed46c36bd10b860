"""The kernel against DuckDB window SQL: thirty windowed features on two subjects, the same events, in one run.

    python benchmarks/kernel.py [--events N] [--customers N] [--rounds N] [--no-sql] [-o DIR]

The features are those of `benchmarks/detectors/bench/`. DuckDB keeps each window to the microsecond; the kernel keeps it in
panes, and may miss part of the oldest one. So the values of some events are compared with SQL that follows the kernel's rule
(exactly), and with the SQL that is timed (never more, for counts). Both times are without reading the events: they are in
memory, as rows of integers for the kernel and as a table for DuckDB. Compilation is printed by itself.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from fairwire.model.program import Program

HERE = Path(__file__).resolve().parent
DETECTORS = HERE / "detectors"
BEGIN_US = 1_770_000_000_000_000 // 86_400_000_000 * 86_400_000_000
DAYS = 30
CHUNK = 1 << 16
SPANS = {"10m": (600, 20), "1h": (3600, 20), "24h": (86_400, 24), "7d": (604_800, 28), "28d": (2_419_200, 28), "4h": (14_400, 48)}
"""Seconds and panes of each window."""
SAMPLES = 200

Words = npt.NDArray[np.int64]


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """One contender's time."""

    name: str
    wall_s: float
    cpu_s: float
    events: int

    @property
    def per_s(self) -> float:
        """Events a second of wall time."""
        return self.events / self.wall_s


@dataclass(frozen=True, slots=True)
class Measure:
    """One feature, as SQL: an aggregate over the rows of a frame."""

    name: str
    subject: str
    span: str
    numerator: str
    denominator: str = ""


def measures() -> list[Measure]:
    """The thirty features, in the order of the detector files."""
    counted = "count(*) FILTER (WHERE kind = 1)"
    answered_ends = "count(*) FILTER (WHERE kind = 3 AND answered)"
    short = "count(*) FILTER (WHERE kind = 3 AND answered AND talk_ms <= 6000)"
    ends = "count(*) FILTER (WHERE kind = 3)"
    talk, charge = "sum(talk_ms)", "sum(charge)"
    callees = "count(DISTINCT CASE WHEN kind = 1 THEN callee END)"
    gauge = "sum(CASE kind WHEN 1 THEN 1 WHEN 3 THEN -1 END)"
    out: list[Measure] = []
    for subject in ("customer", "line"):
        own = subject == "customer"
        rows = [
            ("attempts_10m", "10m", counted, ""),
            ("attempts_1h", "1h", counted, ""),
            ("attempts_24h", "24h", counted, ""),
            ("attempts_7d", "7d", counted, ""),
            ("attempts_28d", "28d", counted, "") if own else ("answered_24h", "24h", "count(*) FILTER (WHERE kind = 2)", ""),
            ("international_24h", "24h", "count(*) FILTER (WHERE kind = 1 AND international)", ""),
            ("talk_1h", "1h", talk, ""),
            ("talk_28d", "28d", talk, "") if own else ("talk_7d", "7d", talk, ""),
            ("charge_24h", "24h", charge, ""),
            ("charge_28d", "28d", charge, "") if own else ("charge_7d", "7d", charge, ""),
            ("answered_1h", "1h", answered_ends, ends),
            ("short_24h", "24h", short, answered_ends),
            ("callees_10m", "10m", callees, "") if own else ("callees_7d", "7d", callees, ""),
            ("callees_24h", "24h", callees, ""),
            ("active", "4h", gauge, ""),
        ]
        out += [Measure(name, subject, *rest) for name, *rest in rows]
    return out


def make_trace(events: int, customers: int, seed: int = 7) -> dict[str, Words]:
    """Calls through a month: busy and quiet customers, working hours, numbers that recur. Columns in order of time."""
    dice = np.random.default_rng(seed)
    calls = int(events / 2.6) + 1
    weight = dice.lognormal(0, 1.2, customers)
    customer = dice.choice(customers, calls, p=weight / weight.sum())
    lines = 1 + dice.poisson(6, customers)
    line = customer * 100 + (dice.random(calls) * lines[customer]).astype(np.int64)
    busy = np.array([1] * 7 + [6, 12, 14, 14, 12, 10, 13, 14, 13, 12, 8] + [3] * 6)
    hour = dice.choice(24, calls, p=busy / busy.sum())
    start = BEGIN_US + (dice.integers(0, DAYS, calls) * 86_400 + hour * 3600) * 1_000_000 + dice.integers(0, 3_600_000_000, calls)
    answered = dice.random(calls) < 0.6
    ring = dice.integers(1_000_000, 25_000_000, calls)
    talk_ms = np.where(answered, dice.lognormal(11, 1.2, calls).astype(np.int64) % 7_200_000, 0)
    end = start + ring + talk_ms * 1000
    callee = 1 + customer * 1000 + np.minimum(dice.zipf(1.5, calls), 400)
    international = (dice.random(calls) < 0.05).astype(np.int64)
    charge = np.where(answered, talk_ms * 10 // 60, 0)
    which = np.concatenate([np.arange(calls), np.flatnonzero(answered), np.arange(calls)])
    kind = np.concatenate([np.full(calls, 1), np.full(int(answered.sum()), 2), np.full(calls, 3)])
    at = np.concatenate([start, (start + ring)[answered], end])
    order = np.lexsort((kind, which, at))[:events]
    which, kind, at = which[order], kind[order], at[order]
    return {
        "at": at,
        "kind": kind,
        "customer": customer[which],
        "line": line[which],
        "callee": callee[which],
        "international": international[which],
        "answered": answered[which].astype(np.int64),
        "talk_ms": talk_ms[which],
        "charge": charge[which],
        "start": start[which],
    }


def kernel_rows(trace: dict[str, Words], first: int, last: int) -> Words:
    """The trace as the kernel takes it."""
    from fairwire.model.columns import COLUMN_INDEX, COLUMNS, UNKNOWN

    rows: Words = np.full((last - first, len(COLUMNS)), UNKNOWN, dtype=np.int64)
    ended = trace["kind"][first:last] == 3
    columns = {
        "time": trace["at"],
        "kind": trace["kind"],
        "ordinal": np.arange(len(trace["at"])),
        "customer_row": np.zeros(len(trace["at"]), dtype=np.int64),
        "customer": trace["customer"] + 1_000_003,
        "line": trace["line"] + 7_000_003,
        "callee": trace["callee"] + 9_000_000_001,
        "remote": trace["callee"] + 9_000_000_001,
        "international": trace["international"],
        "start": trace["start"],
    }
    for name, values in columns.items():
        rows[:, COLUMN_INDEX[name]] = values[first:last]
    rows[:, COLUMN_INDEX["direction"]] = 1
    for name, values in {
        "talk_s": trace["talk_ms"],
        "charge": trace["charge"],
        "disposition": np.where(trace["answered"] == 1, 1, 3),
    }.items():
        rows[:, COLUMN_INDEX[name]] = np.where(ended, values[first:last], UNKNOWN)
    return rows


@contextmanager
def stopwatch(found: list[float]) -> Iterator[None]:
    """Adds wall and processor seconds to `found`."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    found[:] = [found[0] + time.perf_counter() - wall, found[1] + time.process_time() - cpu]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the kernel gave."""

    timed: Timed
    compile_s: float
    """Seconds to compile, or to load what was compiled before."""
    seen: dict[str, npt.NDArray[np.float64]]
    """Feature -> its value after each sampled event."""
    state_bytes: int


def bench_program() -> Program:
    """The plan of the two detectors of this folder."""
    from fairwire.plan.compile import compile_program, customer_words
    from fairwire.plan.detector import load_detector
    from fairwire.testkit.cases import one_clause_pack

    texts = [path.read_text(encoding="utf-8") for path in sorted((DETECTORS / "bench").glob("*.yaml"))]
    words = customer_words(texts)
    loaded = (load_detector(text, "bench.yaml", customer_words=words) for text in texts)
    detectors = {detector.id: detector for detector in loaded}
    pack = one_clause_pack(detectors)
    return compile_program(list(detectors.values()), {pack.id: pack}, words)


def run_kernel(trace: dict[str, Words], samples: Words, rounds: int) -> Measured:
    """The best of some rounds, and once more to look at the features after each of `samples`."""
    from fairwire.runtime.machine import load_run, prepare

    prepare()
    from fairwire.kernel.kernel import Kernel

    program = bench_program()
    customers = np.zeros((1, 1 + len(program.customer_attributes)))
    compiling = [0.0, 0.0]
    with stopwatch(compiling):
        Kernel(program, load_run(program)).apply(kernel_rows(trace, 0, 64), np.arange(64), customers)
    total = len(trace["at"])
    starts = range(0, total, CHUNK)
    chunks = [(kernel_rows(trace, at, min(at + CHUNK, total)), np.arange(at, min(at + CHUNK, total))) for at in starts]
    best = (np.inf, np.inf)
    state_bytes = 0
    for _ in range(rounds):
        kernel = Kernel(program, load_run(program))
        took = [0.0, 0.0]
        with stopwatch(took):
            for rows, positions in chunks:
                kernel.apply(rows, positions, customers)
        best = min(best, (took[0], took[1]))
        state_bytes = kernel.state.bytes_used()
    kernel = Kernel(program, load_run(program))
    features = [
        (f"{rule.detector.split('.')[1]}.{name}", index) for rule in program.rules for name, index in rule.features.items()
    ]
    seen: dict[str, npt.NDArray[np.float64]] = {name: np.empty(len(samples)) for name, _ in features}
    bounds = [0, *(samples + 1).tolist()]
    for place, (first, last) in enumerate(pairwise(bounds)):
        kernel.apply(kernel_rows(trace, first, last), np.arange(first, last), customers)
        for name, index in features:
            seen[name][place] = kernel.values[index]
    timed = Timed(name="Fairwire kernel, 1 core", wall_s=best[0], cpu_s=best[1], events=total)
    return Measured(timed, compiling[0], seen, state_bytes)


def table_of(trace: dict[str, Words]) -> pa.Table:
    """The trace as DuckDB takes it."""
    ended = trace["kind"] == 3
    columns = {name: pa.array(trace[name]) for name in ("kind", "customer", "line", "callee")}
    columns["t"] = pa.array(trace["at"], pa.timestamp("us"))
    columns["us"] = pa.array(trace["at"])
    columns["start"] = pa.array(trace["start"])
    columns["seq"] = pa.array(np.arange(len(trace["at"])))
    columns["international"] = pa.array(trace["international"] == 1)
    columns["answered"] = pa.array(trace["answered"] == 1)
    for name in ("talk_ms", "charge"):
        columns[name] = pa.array(np.where(ended, trace[name], 0), mask=~ended)
    return pa.table(columns)


def framed(measure: Measure) -> str:
    """The feature over its window frame."""
    keys = "customer" if measure.subject == "customer" else "customer, line"
    seconds, _ = SPANS[measure.span]
    over = f"OVER (PARTITION BY {keys} ORDER BY t RANGE BETWEEN INTERVAL {seconds} SECOND PRECEDING AND CURRENT ROW)"
    value = f"coalesce({measure.numerator} {over}, 0)"
    if measure.denominator:
        value = f"{value} / nullif({measure.denominator} {over}, 0)"
    return f'{value} AS "{measure.subject}.{measure.name}"'


def run_sql(table: pa.Table, threads: int, rounds: int) -> Timed:
    """The best of some rounds of the same features in window SQL; all are summed up, so that none can be left out."""
    names = ", ".join(f'sum("{measure.subject}.{measure.name}")' for measure in measures())
    best = (np.inf, np.inf)
    with duckdb.connect() as db:
        db.execute(f"SET threads = {threads}")
        db.register("source", table)
        db.execute("CREATE TABLE events AS FROM source")
        for _ in range(rounds):
            took = [0.0, 0.0]
            with stopwatch(took):
                db.execute(f"SELECT {names} FROM (SELECT {', '.join(map(framed, measures()))} FROM events)").fetchall()
            best = min(best, (took[0], took[1]))
    plural = "s" if threads > 1 else ""
    return Timed(name=f"DuckDB window SQL, {threads} thread{plural}", wall_s=best[0], cpu_s=best[1], events=table.num_rows)


def check(table: pa.Table, samples: Words, seen: dict[str, npt.NDArray[np.float64]]) -> int:
    """Compare sampled values with SQL that follows the kernel's panes; returns how many agree, and fails when one does not."""
    agreed = 0
    with duckdb.connect() as db:
        db.register("source", table)
        db.execute("CREATE TABLE events AS FROM source")
        db.register("picked", pa.table({"at": pa.array(samples)}))
        for measure in measures():
            seconds, panes = SPANS[measure.span]
            pane = seconds * 1_000_000 // panes
            same = "e.customer = s.customer" + ("" if measure.subject == "customer" else " AND e.line = s.line")
            value = f"coalesce({measure.numerator}, 0)" + (f" / nullif({measure.denominator}, 0)" if measure.denominator else "")
            # A call in progress is counted in the pane in which it began.
            moment = "e.start" if measure.name == "active" else "e.us"
            found = db.execute(
                f"SELECT (SELECT {value} FROM events e WHERE {same} AND e.seq <= s.seq AND {moment} // {pane} > s.us // {pane} - {panes})"
                " FROM events s JOIN picked ON s.seq = picked.at ORDER BY s.seq"
            ).fetchall()
            wanted = np.array([np.nan if row[0] is None else float(row[0]) for row in found])
            scale = {"talk": 1000.0, "charge": 1e6}.get(measure.name.split("_")[0], 1.0)
            mine = seen[f"{measure.subject}.{measure.name}"]
            if not np.array_equal(mine, wanted / scale, equal_nan=True):
                place = int(np.flatnonzero(~((mine == wanted / scale) | (np.isnan(mine) & np.isnan(wanted))))[0])
                raise SystemExit(
                    f"{measure.subject}.{measure.name} after event {samples[place]}: {mine[place]}, by SQL {wanted[place] / scale}"
                )
            agreed += len(mine)
    return agreed


def report(timed: list[Timed], measured: Measured, agreed: int, customers: int, rounds: int) -> str:
    """The outcome as Markdown, the ratio first."""
    kernel = timed[0]
    lines = [f"# Kernel: {len(measures())} windowed features on two subjects", ""]
    for other in timed[1:]:
        lines.append(
            f"**{other.wall_s / kernel.wall_s:,.1f} x** {other.name} ({other.cpu_s / kernel.cpu_s:,.1f} x by processor time)"
        )
    lines += ["", "| | events/s | wall | processor |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {run.name} | {run.per_s:,.0f} | {run.wall_s:,.2f} s | {run.cpu_s:,.2f} s |" for run in timed]
    lines += [
        "",
        f"{kernel.events:,} events of {customers:,} customers in {DAYS} days; {agreed:,} sampled values equal to SQL that follows the",
        f"kernel's panes; state at the end {measured.state_bytes / 1e6:,.0f} MB; compiled or loaded in {measured.compile_s:.1f} s, not counted above. Best of {rounds}.",
        "",
        f"Fairwire {version('fairwire') if _installed() else 'from source'}, Python {platform.python_version()}, NumPy {version('numpy')}, "
        f"Numba {version('numba')}, DuckDB {version('duckdb')}, {platform.machine()}, {platform.system()}.",
        "",
    ]
    return "\n".join(lines)


def _installed() -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        version("fairwire")
    except PackageNotFoundError:
        return False
    return True


def chart(timed: list[Timed]) -> str:
    """Bars of events a second, on a scale of logarithms: the contenders are orders of magnitude apart."""
    width, left, bar, gap = 640, 220, 22, 14
    top = 10.0 ** np.ceil(np.log10(max(run.per_s for run in timed)))
    span = np.log10(top) - 3
    rows: list[str] = []
    height = len(timed) * (bar + gap) + 40
    for decade in range(3, int(np.log10(top)) + 1):
        x = left + (width - left - 90) * (decade - 3) / span
        rows.append(f'<line x1="{x:.0f}" y1="8" x2="{x:.0f}" y2="{height - 28}" stroke="#8884"/>')
        rows.append(f'<text x="{x:.0f}" y="{height - 10}" text-anchor="middle" fill="#777">{10**decade:,}</text>')
    for place, run in enumerate(timed):
        y = 12 + place * (bar + gap)
        long = max(2.0, (width - left - 90) * (np.log10(run.per_s) - 3) / span)
        fill = "#2a7ab0" if place == 0 else "#999"
        rows.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end" fill="#777">{run.name}</text>')
        rows.append(f'<rect x="{left}" y="{y}" width="{long:.0f}" height="{bar}" fill="{fill}"/>')
        rows.append(f'<text x="{left + long + 6:.0f}" y="{y + 15}" fill="#777">{run.per_s:,.0f}/s</text>')
    body = "\n".join(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="Events a second">\n{body}\n</svg>\n'
    )


def main() -> None:
    """Measure, compare, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3, help="each is measured so many times; the best counts")
    parser.add_argument("--no-sql", action="store_true", help="the kernel alone, without DuckDB's times")
    parser.add_argument("-o", "--out", type=Path, default=HERE / "results")
    given = parser.parse_args()
    trace = make_trace(given.events, given.customers)
    samples = np.unique(np.random.default_rng(3).integers(0, given.events, SAMPLES))
    measured = run_kernel(trace, samples, given.rounds)
    table = table_of(trace)
    agreed = check(table, samples, measured.seen)
    timed = [measured.timed]
    if not given.no_sql:
        timed += [run_sql(table, threads, given.rounds) for threads in (1, 2)]
    text = report(timed, measured, agreed, given.customers, given.rounds)
    print(text)
    if not given.no_sql:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "kernel.md").write_text(text, encoding="utf-8")
        (given.out / "kernel.svg").write_text(chart(timed), encoding="utf-8")


if __name__ == "__main__":
    main()
