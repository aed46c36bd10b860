"""Partitions of a feed that one process holds, run by the local engine, and checkpoints on disk."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwire.kernel.intake import O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.errors import BadInput
from fairwire.model.instants import DAY_US
from fairwire.ports.engines import Engine, Piece
from fairwire.runtime import discovery
from fairwire.runtime.across import shared_arrays, shared_sums
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Checkpoint, Partition, Progress
from fairwire.runtime.feed import Feed
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from fairwire.runtime.sealed import Sealed

Words = npt.NDArray[np.int64]

STRETCH = 4_000_000
"""Kernel events between two checkpoints: some seconds of work at the most are done again."""


def run_partitions(
    plan: Plan, customers: CustomerTable, feed: Feed, *, workers: int, folder: Path | None, progress: Progress | None
) -> tuple[list[Checkpoint], list[Words | None]]:
    """Every partition run to its end by the local engine, and which kernel events each had (None: all)."""
    engine: Engine = discovery.load("engines", "local")
    midnights = np.unique(feed.emitted[:, O_TIME] // DAY_US + 1) * DAY_US
    if workers == 1:
        part = Partition(plan, customers, feed.emitted, feed.raw, None, midnights)
        done: list[Checkpoint] = []

        def run(number: int, _pieces: Iterator[Piece]) -> Iterator[Piece]:
            done.append(_run(part, _file(folder, plan, customers, feed, number, 1), progress))
            return iter(())

        with engine.session(1) as session:
            list(session.gather("", run, 1))
        return done, [None]
    owners = feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer"]] % workers
    picked: list[Words] = [np.flatnonzero(owners == number) for number in range(workers)]
    files = [_file(folder, plan, customers, feed, number, workers) for number in range(workers)]
    load_run(plan.program)  # compiled once, before every worker would do it
    with tempfile.TemporaryDirectory(prefix="fairwire-") as name:
        shared = Path(name)
        np.save(shared / "emitted.npy", feed.emitted)
        np.save(shared / "raw.npy", feed.raw)
        for number, mine in enumerate(picked):
            np.save(shared / f"picked-{number}.npy", mine)
        with engine.session(workers) as session:
            for piece in session.gather("", Sealed(_Held(plan, customers, shared, midnights, files)), workers):
                if progress:
                    progress(len(picked[piece.partition]))
        return [load_checkpoint(shared / f"done-{number}.npz") for number in range(workers)], list(picked)


@dataclass(frozen=True, slots=True)
class _Held:
    """Runs a partition of a feed that one process has read and laid down in a folder for all."""

    plan: Plan
    customers: CustomerTable
    shared: Path
    midnights: Words
    files: list[Path | None]

    def __call__(self, number: int, _pieces: Iterator[Piece]) -> Iterator[Piece]:
        emitted = np.load(self.shared / "emitted.npy", mmap_mode="r")
        raw = np.load(self.shared / "raw.npy", mmap_mode="r")
        picked = np.load(self.shared / f"picked-{number}.npy")
        feed = (np.asarray(emitted), np.asarray(raw), picked, self.midnights)
        part = Partition(self.plan, self.customers, *feed, processes=len(self.files))
        save_checkpoint(self.shared / f"done-{number}.npz", _run(part, self.files[number], None))
        yield Piece(topic="done", partition=number)


def _run(part: Partition, file: Path | None, progress: Progress | None) -> Checkpoint:
    if file is None:
        return part.run(None, progress=progress)
    checkpoint = load_checkpoint(file) if file.exists() else None
    if checkpoint and progress:
        progress(checkpoint.at)
    while checkpoint is None or checkpoint.at < part.size:
        at = checkpoint.at if checkpoint else 0
        checkpoint = part.run(checkpoint, stop_at=at + STRETCH, progress=progress)
        save_checkpoint(file, checkpoint)
        if not part.size:
            break
    return checkpoint


def _file(folder: Path | None, plan: Plan, customers: CustomerTable, feed: Feed, number: int, workers: int) -> Path | None:
    """Where a partition keeps its checkpoint; the name says which plan, customers, feed and partition it belongs to."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"no checkpoint can be kept here: {error.strerror}", at=str(folder), help_="name another folder") from None
    digest = hashlib.sha256(plan.program.fingerprint.encode())
    for known in (customers.keys, customers.values, customers.zones, *customers.zone_arrays):
        digest.update(known.tobytes())
    digest.update(feed.raw.tobytes())
    digest.update(feed.emitted.tobytes())
    return folder / f"{digest.hexdigest()[:16]}-{number + 1}-of-{workers}.npz"


def save_checkpoint(file: Path, done: Checkpoint) -> None:
    """Write a checkpoint; a reader sees the old one or the new one, never half of one."""
    arrays: dict[str, Any] = {f"state.{name}": array for name, array in done.state.items()}
    arrays["at"] = np.array([done.at, done.midnights])
    arrays["opened"] = np.array([found[:3] for found in done.opened], dtype=np.int64).reshape(-1, 3)
    arrays["rows"] = np.array([found[3] for found in done.opened], dtype=np.int64)
    arrays["values"] = np.array([found[4] for found in done.opened], dtype=np.float64)
    width = max((len(found[5]) for found in done.opened), default=0)
    evidence = np.full((len(done.opened), width), UNKNOWN, dtype=np.int64)
    for i, found in enumerate(done.opened):
        evidence[i, : len(found[5])] = found[5]
    arrays["evidence"] = evidence
    arrays["summaries"] = np.array([(index, midnight, len(totals)) for index, midnight, totals in done.summaries], dtype=np.int64)
    arrays["totals"] = np.concatenate([totals for *_, totals in done.summaries]) if done.summaries else np.zeros(0, np.int64)
    arrays["inline"] = np.concatenate(done.inline) if done.inline else np.zeros((0, 3), dtype=np.int64)
    arrays |= {f"adder.{name}": array for name, array in done.adder.items()}
    arrays |= shared_arrays(done.shared)
    part = file.with_suffix(".part.npz")
    np.savez(part, **arrays)
    part.replace(file)


def load_checkpoint(file: Path) -> Checkpoint:
    """Read what `save_checkpoint` wrote.

    Raises
    ------
    BadInput
        The file is damaged.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except Exception as error:  # a damaged archive makes its readers say all kinds of things
        raise BadInput(f"the checkpoint cannot be read: {error}", at=str(file), help_="delete it to start afresh") from None
    opened = [
        (*(int(number) for number in found["opened"][i]), found["rows"][i], found["values"][i], row[row != UNKNOWN].tolist())
        for i, row in enumerate(found["evidence"])
    ]
    summaries: list[tuple[int, int, Words]] = []
    at = 0
    for index, midnight, size in found["summaries"].reshape(-1, 3):
        summaries.append((int(index), int(midnight), found["totals"][at : at + size]))
        at += size
    return Checkpoint(
        at=int(found["at"][0]),
        midnights=int(found["at"][1]),
        state={name.removeprefix("state."): array for name, array in found.items() if name.startswith("state.")},
        opened=opened,
        summaries=summaries,
        inline=[found["inline"]] if len(found["inline"]) else [],
        adder={name.removeprefix("adder."): array for name, array in found.items() if name.startswith("adder.")},
        shared=shared_sums(found),
    )
