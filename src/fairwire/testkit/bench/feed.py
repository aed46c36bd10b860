"""Simulated traffic for the sections that need whole events: made once a run, the same for everyone."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fairwire.testkit.bench.section import Job
from fairwire.testkit.simulate.spool import Feed
from fairwire.testkit.simulate.write import WriteAs

SEED = 5


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a simulated month."""

    events_file: Path
    customers_file: Path
    customers: int
    days: int
    events: int
    calls: int
    bytes: int


def simulated(job: Job, customers: int, days: int, write: WriteAs, *, feed: Feed = "full") -> Made:
    """Simulate, or take what this run has simulated already."""
    from fairwire.testkit.simulate import Order, simulate

    folder = job.folder / f"feed-{customers}-{days}-{feed}-{write}"
    note = folder / "made.json"
    if not note.exists():
        order = Order(scenario="month_of_calls", seed=SEED, customers=customers, days=days, feed=feed, write=write)
        done = simulate(order, folder)
        made = Made(
            events_file=Path(done.files["events"]),
            customers_file=Path(done.files["customers"]),
            customers=done.customers,
            days=days,
            events=done.events,
            calls=done.calls,
            bytes=done.bytes,
        )
        note.write_bytes(msgspec.json.encode(msgspec.to_builtins(made, enc_hook=str)))
    return msgspec.json.decode(note.read_bytes(), type=Made, dec_hook=lambda kind, text: kind(text))
