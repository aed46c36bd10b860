"""The log of accepted events, and snapshots of what was made of them: how a service is what it was after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fairwire.model.errors import FairwireError
from fairwire.model.frames import Frame

Held = Callable[[Iterable[bytes]], bool]
"""Whether one of some events must be kept, whatever deletes the rest."""
Arrays = Mapping[str, npt.NDArray[np.generic]]


class LogError(FairwireError):
    """The event log cannot be used; the message says why, the help what to do."""

    code = "FW-LOG-001"


class LogDamaged(LogError):
    """A record that had been on disk cannot be read back."""

    code = "FW-LOG-002"


class LogFull(LogError):
    """There is no room on the disk for more events. Trying again helps as soon as there is."""

    code = "FW-LOG-003"


class LogInUse(LogError):
    """Another process serves from the same data folder."""

    code = "FW-LOG-004"


class LogFailing(LogError):
    """The disk refuses to take events, for another reason than room."""

    code = "FW-LOG-005"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFigures:
    """What a log has done since it was opened."""

    syncs: int
    records: int
    bytes: int
    sync_seconds: tuple[float, ...]
    """Seconds that syncs took, summed: first the sum, then how many took at most each of `SYNC_BUCKETS_S`."""
    batches: tuple[float, ...]
    """Records that a sync carried: first the sum, then how many carried at most each of `BATCH_BUCKETS`."""
    failures: int
    """Writes that the disk refused."""
    dropped: int
    """Decisions that the log had no room for in memory: they were answered and left no trace."""
    waiting: int
    """Records in memory that are not on disk yet."""
    segments: int


SYNC_BUCKETS_S = (1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


class EventLog(Protocol):
    """Appends from one thread; writes and syncs on a thread of its own."""

    notes: Sequence[str]
    """Sentences on what was found and mended when it was opened."""

    @property
    def last_seq(self) -> int:
        """Number of the last record that was handed in; 0 when there is none."""

    @property
    def forgotten(self) -> int:
        """Records up to this one were deleted on purpose; 0 when none were."""

    def append(self, kind: int, lines: Sequence[bytes], *, may_drop: bool = False) -> int:
        """Hand a record in; it is written soon. Returns its number, or 0 when it was dropped.

        Parameters
        ----------
        may_drop
            Nobody waits for it: when too many such records are waiting already, it is dropped and counted.
        """

    def append_pairs(self, kind: int, follower: int, payloads: Sequence[bytes]) -> int:
        """Hand in records of two kinds in turn that nobody waits for, each of one line without a line feed in it.

        Returns how many of the first kind were not dropped; with one that is dropped, the second of its pair goes too.
        """

    def synced(self) -> Future[None]:
        """Done when everything handed in so far is on disk.

        Fails with `LogFull` or `LogFailing` when the disk refuses. What was handed in is kept then, and tried again.
        """

    def demand(self) -> None:
        """Raise `LogFull` or `LogFailing` while the disk refuses."""

    def records(self, after: int) -> Iterator[Frame]:
        """What stands in the log behind a number. Raises `LogDamaged` where something is missing or broken."""

    def forget(self, upto: int, held: Held | None = None) -> int:
        """Delete segments that hold nothing behind a number; returns how many.

        A segment with an event that `held` wants is moved aside as it is, to where `held_segments` of the store finds it.
        """

    def sweep(self, held: Held) -> int:
        """Delete segments that were moved aside and that `held` no longer wants; returns how many."""

    def figures(self) -> LogFigures:
        """What it has done."""

    def close(self) -> None:
        """Write what is waiting and release the files. Twice is once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A state as it was kept."""

    seq: int
    """The last record of the log that is in it."""
    arrays: Arrays
    file: str


class Snapshots(Protocol):
    """Keeps the latest two."""

    def save(self, seq: int, arrays: Arrays) -> int:
        """Write one, whole or not at all; returns its bytes. Raises `LogError` when that fails."""

    def load(self) -> Iterator[Snapshot | str]:
        """From the latest on; in place of one that cannot be read, a sentence that says so."""

    def oldest(self) -> int:
        """The record that the oldest one kept goes up to; 0 when there is none."""
