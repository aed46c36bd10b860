"""The plan that has given features in it, and calls as rows of its kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairwire.model.columns import COLUMN_INDEX, UNKNOWN, WIDTH
from fairwire.model.instants import DAY_US, HOUR_US
from fairwire.testkit.bench.features import ENDED, Feature, Trace, What, Words

if TYPE_CHECKING:
    from fairwire.kernel.kernel import Kernel
    from fairwire.model.program import Program

CHUNK = 1 << 16
"""Kernel events handed over at once, as a replay does."""

_COUNTED: dict[What, dict[str, str]] = {
    "attempts": {"count": "call.attempt"},
    "answers": {"count": "call.answered"},
    "international": {"count": "call.attempt", "where": "international"},
    "talk": {"sum": "talk_s", "of": "call.ended"},
    "charge": {"sum": "charge", "of": "call.ended"},
    "answered": {"share": 'disposition == "answered"', "of": "call.ended"},
    "short": {"share": "talk_s <= 6", "of": "call.ended", "where": 'disposition == "answered"'},
    "callees": {"distinct": "callee", "of": "call.attempt"},
    "active": {"gauge": "calls"},
}
_KEY_BASE = {"customer": 1_000_003, "line": 7_000_003, "callee": 9_000_000_001}
"""Keys of the kernel are never 0 and never the same for a customer and a line."""


def detector_text(subject: str, features: Sequence[Feature]) -> str:
    """A detector with these features of one subject, and a rule that never holds."""
    spec = {
        "detector": f"bench.{subject}",
        "revision": 1,
        "title": f"Windows of a {subject}",
        "why": "To measure the kernel. It finds nothing.",
        "topics": ["benchmark"],
        "mode": "shadow",
        "certainty": "soft",
        "narrowest": "customer",
        "severity": "info",
        "subject": [subject],
        "on": ["call.attempt", "call.answered", "call.ended"],
        "features": {
            one.name: {**_COUNTED[one.what], "over": one.span, "meaning": f"{one.what} of {one.span}"} for one in features
        },
        "when": f"{features[0].name} >= 1000000000",
        "because": "never said",
        "innocent": ["Nobody"],
        "evidence": "none, it is a benchmark",
        "cases": [
            {"name": "it is not run as a test", "given": [{"calls": 1}], "expect": {"fires": True}},
            {"name": "nor is this one", "given": [{"calls": 1}], "expect": "quiet"},
        ],
    }
    return json.dumps(spec)


def program_of(features: Sequence[Feature]) -> Program:
    """The program whose detectors have these features."""
    from fairwire.plan.compile import compile_program, customer_words
    from fairwire.plan.detector import load_detector
    from fairwire.testkit.cases import one_clause_pack

    subjects = dict.fromkeys(feature.subject for feature in features)
    texts = [detector_text(subject, [one for one in features if one.subject == subject]) for subject in subjects]
    words = customer_words(texts)
    loaded = (load_detector(text, "bench.yaml", customer_words=words) for text in texts)
    detectors = {detector.id: detector for detector in loaded}
    pack = one_clause_pack(detectors)
    return compile_program(list(detectors.values()), {pack.id: pack}, words)


def new_kernel(program: Program) -> Kernel:
    """A kernel with no memory of anything."""
    from fairwire.runtime.machine import load_run, prepare

    prepare()
    from fairwire.kernel.kernel import Kernel

    return Kernel(program, load_run(program))


def value_places(program: Program) -> dict[str, int]:
    """`customer.talk_1h` -> its place among the kernel's values."""
    return {f"{rule.detector.partition('.')[2]}.{name}": place for rule in program.rules for name, place in rule.features.items()}


def kernel_rows(trace: Trace, first: int, last: int, more: Mapping[str, Words] | None = None) -> Words:
    """Events `first` to `last` as the kernel takes them, in UTC, of customers that share one record; `more` columns by name."""
    rows: Words = np.full((last - first, WIDTH), UNKNOWN, dtype=np.int64)
    mine = {name: column[first:last] for name, column in trace.items()}
    ended = mine["kind"] == ENDED
    day = mine["at"] // DAY_US
    columns = {
        "time": mine["at"],
        "kind": mine["kind"],
        "ordinal": np.arange(first, last),
        "customer_row": np.zeros(last - first, dtype=np.int64),
        "customer": mine["customer"] + _KEY_BASE["customer"],
        "line": mine["line"] + _KEY_BASE["line"],
        "callee": mine["callee"] + _KEY_BASE["callee"],
        "remote": mine["callee"] + _KEY_BASE["callee"],
        "direction": np.ones(last - first, dtype=np.int64),
        "international": mine["international"],
        "start": mine["start"],
        "local_day": day,
        "local_month": day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64),
        "hour": mine["at"] % DAY_US // HOUR_US,
        "weekday": (day + 3) % 7,
        "talk_s": np.where(ended, mine["talk_ms"], UNKNOWN),
        "charge": np.where(ended, mine["charge"], UNKNOWN),
        "disposition": np.where(ended, np.where(mine["answered"] == 1, 1, 3), UNKNOWN),
    }
    for name, values in {**columns, **(more or {})}.items():
        rows[:, COLUMN_INDEX[name]] = values
    return rows


def kernel_chunks(trace: Trace) -> list[tuple[Words, Words]]:
    """(rows, their positions), chunk after chunk."""
    total = len(trace["at"])
    bounds = [(first, min(first + CHUNK, total)) for first in range(0, total, CHUNK)]
    return [(kernel_rows(trace, first, last), np.arange(first, last)) for first, last in bounds]
