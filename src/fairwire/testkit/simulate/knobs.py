"""Three ways in which any attack can hide, set for a whole run: slower, split over more, mixed with ordinary traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act
from fairwire.testkit.simulate.calls import OUTBOUND, Calls, Ints, blank, joined, shifted
from fairwire.testkit.simulate.rows import Row

SLOWEST = 0.95
"""At pace 1 a twentieth of the speed is left."""
MOST_COPIES = 20_000
COPIED = ("message.sent", "email.sent", "api.request", "net.flow")


def slower(act: Act, pace: float, midnights: Ints, end_ms: int) -> Act:
    """The attack stretched in time, day by day from its first event of the day; what no longer fits into a day is left out."""
    if pace <= 0:
        return act
    factor = 1 / (1 - SLOWEST * min(pace, 1.0))
    times = np.concatenate((act.calls["start"], np.array([row[0] for row in act.rows], dtype=np.int64)))
    if not len(times):
        return act
    day = np.searchsorted(midnights, times, side="right")
    begin = np.full(len(midnights) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begin, day, times)
    moved = begin[day] + ((times - begin[day]) * factor).astype(np.int64)
    kept = (moved - begin[day] < 86_400_000) & (moved < end_ms)
    calls = act.calls.copy()
    n = len(calls)
    shifted(calls, moved[:n] - times[:n])
    rows = [(int(at), row[1], row[2]) for row, at, keep in zip(act.rows, moved[n:], kept[n:], strict=True) if keep]
    onset = None if act.onset_ms is None or not kept[:n].any() else max(act.onset_ms, int(calls[kept[:n]]["start"].min()))
    return replace(act, calls=calls[kept[:n]], rows=tuple(rows), onset_ms=onset)


def mixed_in(rng: np.random.Generator, act: Act, share: float, calls: Calls, rows: list[Row]) -> tuple[Calls, list[Row]]:
    """Copies of the customer's ordinary calls and messages, laid among those of the attack until they are such a share of all."""
    ratio = share / (1 - min(share, 0.95))
    own = calls[(calls["direction"] == OUTBOUND) & (calls["chain"] == 0) & (calls["extra"] == 0)]
    extra = blank(0)
    if len(act.calls) and len(own):
        count = min(MOST_COPIES, round(len(act.calls) * ratio))
        extra = own[rng.integers(0, len(own), count)]
        at = act.calls["start"][rng.integers(0, len(act.calls), count)] + rng.integers(-60_000, 60_000, count)
        shifted(extra, at - extra["start"])
    copies: list[Row] = []
    for kind in COPIED:
        pool, busy = [row for row in rows if row[1] == kind], [row for row in act.rows if row[1] == kind]
        if not pool or not busy:
            continue
        count = min(MOST_COPIES, round(len(busy) * ratio))
        sources, places = rng.integers(0, len(pool), count).tolist(), rng.integers(0, len(busy), count).tolist()
        for number, (source, place) in enumerate(zip(sources, places, strict=True)):
            data = dict(pool[source][2])
            if "message_id" in data:
                data["message_id"] = f"{data['message_id']}-{number}"
            copies.append((busy[place][0] + int(rng.integers(-30_000, 30_000)), kind, data))
    return joined([extra]), copies
