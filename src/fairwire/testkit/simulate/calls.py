"""Calls as columns: one NumPy record for each call, times in milliseconds since 1970, money in ten-thousandths.

Phone numbers are integers without the plus; a number under 10,000 is a short code, written as dialled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwire.testkit.simulate.tables import segments

Calls = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Chain = tuple[int, ...]
"""A diversion chain, newest first."""
Extra = dict[str, Any]
"""Fields of CONTRACTS section 1 that few calls carry, and values that stand in place of a column's own."""

CALL = np.dtype(
    [
        ("customer", "<i4"),
        ("seq", "<i4"),
        ("user", "<i2"),  # 0: no person
        ("line", "<i8"),
        ("from", "<i8"),
        ("to", "<i8"),
        ("start", "<i8"),
        ("answer", "<i8"),  # -1: nobody answered
        ("end", "<i8"),
        ("disposition", "u1"),
        ("sip", "<u2"),
        ("tariff", "u1"),
        ("rate", "<i4"),
        ("charge", "<i8"),
        ("direction", "u1"),
        ("released", "u1"),
        ("kind", "u1"),
        ("agent", "u1"),
        ("forwarded", "?"),
        ("automated", "?"),
        ("address", "<u4"),
        ("chain", "<i4"),  # 1-based index into the list of diversion chains; 0: none
        ("extra", "<i4"),  # 1-based index into the list of further fields (`Extra`); 0: none
    ]
)

DISPOSITIONS = ("answered", "busy", "no_answer", "failed", "cancelled", "rejected", "blocked")
DIRECTIONS = ("outbound", "inbound", "internal")
RELEASERS = ("caller", "callee", "network")
KINDS = ("voice", "fax", "data")
TARIFFS = ("", "standard", "premium", "satellite", "toll_free", "emergency", "shared_cost")
AGENTS = ("Deskphone 4.2", "Softphone 9.1", "Mobile app 12.0", "PBX 20.5", "SoftDialler 2.1")
ALARM_AGENT = 3
INTRUDER_AGENT = 4
SECOND_MS = 1000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

OUTBOUND, INBOUND = 0, 1
TARIFF = {name: code for code, name in enumerate(TARIFFS)}
LONGEST_TALK_MS = 4 * HOUR_MS


def blank(count: int) -> Calls:
    """So many calls with nothing set but `answer` (unanswered)."""
    calls = np.zeros(count, dtype=CALL)
    calls["answer"] = -1
    return calls


def joined(parts: Sequence[Calls]) -> Calls:
    """All parts, one after the other."""
    return np.concatenate(parts) if parts else blank(0)


def complete(
    calls: Calls,
    rng: np.random.Generator,
    *,
    answered: Flags,
    talk_ms: Ints,
    failures: str = "people",
    ring_ms: Ints | None = None,
) -> Calls:
    """Fill in ring, answer, end, disposition, SIP code and who hung up, from starts that are set.

    Parameters
    ----------
    calls
        Changed in place and returned.
    answered
        Which of them somebody picks up.
    talk_ms
        Milliseconds of talk, of those.
    failures
        Name of the mix that says how the others end.
    ring_ms
        Milliseconds of ringing; drawn when not given.
    """
    n = len(calls)
    mix = segments().failures[failures]
    weights = np.array([row[2] for row in mix])
    cause = np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(n), side="right").clip(0, len(mix) - 1)
    disposition = np.array([DISPOSITIONS.index(row[1]) for row in mix], dtype=np.uint8)[cause]
    sip = np.array([row[0] for row in mix], dtype=np.uint16)[cause]
    if ring_ms is None:
        picked_up = rng.lognormal(np.log(9_000), 0.5, n)
        given_up = np.minimum(rng.lognormal(np.log(24_000), 0.4, n), 60_000)
        refused = rng.uniform(200, 2_500, n)
        rings = np.isin(sip, (480, 408, 487))
        ring_ms = np.where(answered, picked_up, np.where(rings, given_up, refused)).astype(np.int64)
    calls["disposition"] = np.where(answered, 0, disposition)
    calls["sip"] = np.where(answered, 200, sip)
    connect = calls["start"] + ring_ms
    calls["answer"] = np.where(answered, connect, -1)
    calls["end"] = connect + np.where(answered, np.minimum(talk_ms, LONGEST_TALK_MS), 0)
    hung_up = (rng.random(n) < 0.5).astype(np.uint8)
    calls["released"] = np.where(answered, hung_up, np.where(sip == 487, 0, np.where(sip >= 600, 1, 2)))
    return calls


def shifted(calls: Calls, by_ms: Ints) -> None:
    """Move calls in time, in place."""
    calls["start"] += by_ms
    calls["answer"] += np.where(calls["answer"] >= 0, by_ms, 0)
    calls["end"] += by_ms


def talk_of(calls: Calls) -> Ints:
    """Milliseconds from answer to end; 0 when unanswered."""
    talk: Ints = np.where(calls["answer"] >= 0, calls["end"] - calls["answer"], 0)
    return talk


def charge(calls: Calls) -> None:
    """Rate by the minute, charged by the started ten-thousandth, on outbound calls that carry a rate."""
    calls["charge"] = -((-talk_of(calls) * calls["rate"]) // MINUTE_MS)


def one_at_a_time(calls: Calls, gap_ms: int = 2_000) -> None:
    """Let nobody be on two calls at once: a call whose user is still busy waits until the user is free.

    Calls without a user are left alone. This is Lindley's recursion for a queue, solved for all users in one pass: with the
    work so far w, a call begins at w plus the largest (arrival - work before it) seen so far.
    """
    own = np.flatnonzero(calls["user"] > 0)
    if not len(own):
        return
    own = own[np.lexsort((calls["start"][own], calls["user"][own]))]
    start = calls["start"][own]
    work = calls["end"][own] - start + gap_ms
    span = int(start.max() - start.min() + work.sum()) + 1
    apart = calls["user"][own].astype(np.int64) * span
    before = np.cumsum(work) - work
    begin = np.maximum.accumulate(start + apart - before) + before - apart
    moved = calls[own]
    shifted(moved, begin - start)
    calls[own] = moved
