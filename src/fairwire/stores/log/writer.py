"""The writing end: records gather in memory while a sync runs, and one sync carries all that gathered."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from fairwire.model.frames import SEGMENT_HEADER, Frame, pack_frames, pack_header, payload_of
from fairwire.ports.log import (
    BATCH_BUCKETS,
    SYNC_BUCKETS_S,
    Held,
    LogError,
    LogFailing,
    LogFigures,
    LogFull,
    LogInUse,
)
from fairwire.stores.log.aside import keep_aside, sweep_aside
from fairwire.stores.log.segments import (
    Segment,
    find_tail,
    read_forgotten,
    read_records,
    segment_path,
    sync_folder,
    unusable,
    write_forgotten,
)

SEGMENT_BYTES = 64 << 20
"""A segment that has reached this is closed, and the next one begun."""
GATHER_S = 0.005
"""How long a record that nobody waits for may stay in memory before it is written."""
RETRY_S = 0.25
"""How long after a refusal of the disk the next attempt follows when nobody asks for one."""
DROPPABLE = 8192
"""Records that nobody waits for, in memory at most. What a crash can lose is never more."""
_SYNC: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


_Waiting = tuple[int, int, int, Sequence[bytes], bool]
"""Records in memory that follow one another: number of the first, kinds of the first and the second, which take turns, payloads,
whether they may be dropped. One is made for every burst of calls, so it is a plain tuple."""


class SegmentLog:
    """An `EventLog` in a folder of segment files.

    Parameters
    ----------
    folder
        Made when it is not there. One process at a time.
    sync
        Makes a file's content durable, given its number.

    Raises
    ------
    LogInUse
        Another process has the folder.
    LogDamaged
        A record of the last segment that had been on disk is broken.
    LogError
        The folder cannot be made, read or written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        gather_s: float = GATHER_S,
        retry_s: float = RETRY_S,
        droppable: int = DROPPABLE,
        sync: Callable[[int], None] = _SYNC,
    ) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._gather_s = gather_s
        self._retry_s = retry_s
        self._droppable = droppable
        self._sync = sync
        self._file = -1
        self._lock_file = -1
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock_file = _lock(folder)
            tail = find_tail(folder)
            self._forgotten = read_forgotten(folder)
            if tail.segments:
                self._file = os.open(tail.segments[-1].path, os.O_WRONLY)
        except OSError as error:
            self._release()
            raise unusable(folder, error) from None
        except LogError:
            self._release()
            raise
        self.notes: Sequence[str] = tuple(tail.notes)
        self._segments = tail.segments
        self._size = tail.size
        self._guard = threading.Lock()
        self._changed = threading.Condition(self._guard)
        # Guarded by the condition:
        self._queue: list[_Waiting] = []
        self._loose = 0  # records in the queue that nobody waits for
        self._waiters: list[tuple[int, Future[None]]] = []
        self._last = self._synced = tail.last_seq
        self._refused: LogError | None = None
        self._urgent = False
        self._closing = False
        self._dropped = 0
        # The writer's own:
        self._syncs = self._records = self._bytes = self._failures = 0
        self._sync_s = 0.0
        self._sync_counts = [0] * (len(SYNC_BUCKETS_S) + 1)
        self._batch_counts = [0] * (len(BATCH_BUCKETS) + 1)
        self._thread = threading.Thread(target=self._run, name="fairwire-log", daemon=True)
        self._thread.start()

    @property
    def last_seq(self) -> int:
        """Number of the last record that was handed in; 0 when there is none."""
        return self._last

    def append(self, kind: int, lines: Sequence[bytes], *, may_drop: bool = False) -> int:
        """Hand a record in; 0 when it was dropped."""
        payload = payload_of(lines)
        with self._guard:  # the condition's own lock, which costs a third of what entering the condition does
            if may_drop:
                if self._loose >= self._droppable:
                    self._dropped += 1
                    return 0
                self._loose += 1
            self._last += 1
            self._queue.append((self._last, kind, kind, (payload,), may_drop))
            if len(self._queue) == 1:
                self._changed.notify()
            return self._last

    def append_pairs(self, kind: int, follower: int, payloads: Sequence[bytes]) -> int:
        """Hand in records of two kinds in turn that nobody waits for; how many of the first kind were not dropped."""
        with self._guard:
            room = max(0, self._droppable - self._loose)
            if len(payloads) > room:
                # A first one whose second has no room stays; of a pair that has none, neither does.
                self._dropped += (len(payloads) - room + 1) // 2
                payloads = payloads[:room]
            if not payloads:
                return 0
            self._queue.append((self._last + 1, kind, follower, payloads, True))
            self._last += len(payloads)
            self._loose += len(payloads)
            if len(self._queue) == 1:
                self._changed.notify()
        return (len(payloads) + 1) // 2

    def synced(self) -> Future[None]:
        """Done when everything handed in so far is on disk."""
        future: Future[None] = Future()
        with self._changed:
            if self._synced >= self._last:
                future.set_result(None)
            elif self._closing:
                future.set_exception(self._refused or LogError("the event log is closed"))
            else:
                self._waiters.append((self._last, future))
                self._urgent = True
                self._changed.notify()
        return future

    def demand(self) -> None:
        """Raise what the disk said while it refuses."""
        if self._refused is not None:
            raise self._refused

    def records(self, after: int) -> Iterator[Frame]:
        """Records that are on disk, behind a number."""
        try:
            yield from read_records(list(self._segments), after, self._synced)
        except OSError as error:
            raise unusable(self._folder, error) from None

    def forget(self, upto: int, held: Held | None = None) -> int:
        """Delete segments that hold nothing behind a number; the last one stays, and what is held is moved aside."""
        kept = list(self._segments)
        while len(kept) > 1 and kept[1].first_seq <= upto + 1:
            kept.pop(0)
        gone = len(self._segments) - len(kept)
        try:
            if gone and held is not None:
                keep_aside(self._folder, self._segments[:gone], held)
            if gone:
                # Said first, so that what is missing is never taken for a loss.
                self._forgotten = kept[0].first_seq - 1
                write_forgotten(self._folder, self._forgotten)
            for segment in self._segments[:gone]:
                segment.path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self._folder, error) from None
        del self._segments[:gone]
        return gone

    def sweep(self, held: Held) -> int:
        """Delete segments that were moved aside and are no longer held."""
        try:
            return sweep_aside(self._folder, held)
        except OSError as error:
            raise unusable(self._folder, error) from None

    @property
    def forgotten(self) -> int:
        """Records up to this one were deleted on purpose; 0 when none were."""
        return self._forgotten

    def figures(self) -> LogFigures:
        """What it has done since it was opened."""
        return LogFigures(
            syncs=self._syncs,
            records=self._records,
            bytes=self._bytes,
            sync_seconds=(self._sync_s, *_cumulated(self._sync_counts)),
            batches=(float(self._records), *_cumulated(self._batch_counts)),
            failures=self._failures,
            dropped=self._dropped,
            waiting=_count(list(self._queue)),
            segments=len(self._segments),
        )

    def close(self) -> None:
        """Write what is waiting, end the thread, release the folder."""
        with self._changed:
            self._closing = self._urgent = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._release()

    def _release(self) -> None:
        for number in (self._file, self._lock_file):
            if number >= 0:
                os.close(number)
        self._file = self._lock_file = -1

    # -- the writer's thread

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._write(batch)
            except Exception as error:  # whatever it is, those who wait must hear of it
                self._failures += 1
                self._give_back(batch, error)
            else:
                self._tell(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for records; empty when there will be no more."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            if not self._urgent and not self._closing:
                self._changed.wait_for(lambda: self._urgent or self._closing, self._retry_s if self._refused else self._gather_s)
            if self._closing and self._refused is not None and not self._urgent:
                return []  # the last attempt has failed: what is left was never acknowledged
            batch, self._queue = self._queue, []
            self._loose = 0
            self._urgent = False
            return batch

    def _write(self, batch: list[_Waiting]) -> None:
        if self._file < 0 or self._size >= self._segment_bytes:
            self._rotate(batch[0][0])
        synced = self._synced
        parts: list[bytes] = []
        for seq, kind, follower, payloads, _ in batch:
            parts += pack_frames(seq, synced, kind, follower, payloads)
        data = memoryview(b"".join(parts))
        began = time.perf_counter()
        try:
            at = 0
            while at < len(data):
                at += os.pwrite(self._file, data[at:], self._size + at)
            self._sync(self._file)
        except OSError:
            # Whatever is there of it is taken away: the next attempt begins where the sound records end.
            os.ftruncate(self._file, self._size)
            raise
        took = time.perf_counter() - began
        self._size += len(data)
        self._syncs += 1
        count = _count(batch)
        self._records += count
        self._bytes += len(data)
        self._sync_s += took
        self._sync_counts[bisect_left(SYNC_BUCKETS_S, took)] += 1
        self._batch_counts[bisect_left(BATCH_BUCKETS, count)] += 1

    def _rotate(self, first_seq: int) -> None:
        path = segment_path(self._folder, first_seq)
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            header = pack_header(first_seq)
            if os.pwrite(number, header, 0) < len(header):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(number)
            sync_folder(self._folder)
        except OSError:
            os.close(number)
            path.unlink(missing_ok=True)
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = number, SEGMENT_HEADER
        self._segments.append(Segment(path=path, first_seq=first_seq))

    def _tell(self, batch: list[_Waiting]) -> None:
        with self._changed:
            self._synced = batch[-1][0] + len(batch[-1][3]) - 1
            self._refused = None
            done = [future for seq, future in self._waiters if seq <= self._synced]
            self._waiters = [entry for entry in self._waiters if entry[0] > self._synced]
        for future in done:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def _give_back(self, batch: list[_Waiting], error: Exception) -> None:
        """Keep the records for the next attempt, and tell all who wait."""
        told = _refusal(self._folder, error)
        with self._changed:
            self._queue[:0] = batch
            self._loose += _count([waiting for waiting in batch if waiting[4]])
            self._refused = told
            waiters, self._waiters = self._waiters, []
            self._urgent = False
        for _, future in waiters:
            if future.set_running_or_notify_cancel():
                future.set_exception(told)


def _count(batch: Sequence[_Waiting]) -> int:
    """How many records."""
    return sum(len(payloads) for _, _, _, payloads, _ in batch)


def _refusal(folder: Path, error: Exception) -> LogError:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return LogFull(
            "the disk has no room for more events",
            help_="nothing of this request was acknowledged; send it again when there is room, what is known by then counts once",
        )
    why = (getattr(error, "strerror", None) or repr(error)).lower()
    return LogFailing(
        f"the disk does not take events: {why}",
        help_=f"nothing of this request was acknowledged; look at the disk of {folder.name}/ and send it again",
    )


def _lock(folder: Path) -> int:
    """Hold the folder's lock until the process ends, however it ends."""
    number = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(number, 20).decode("ascii", "replace").strip()
        os.close(number)
        raise LogInUse(
            f"another process{f' ({holder})' if holder.isdigit() else ''} serves from this data folder",
            at=str(folder.parent),
            help_="end it, or choose another folder with `--data`",
        ) from None
    os.ftruncate(number, 0)
    os.pwrite(number, b"%d\n" % os.getpid(), 0)
    return number


def _cumulated(counts: Sequence[int]) -> Iterator[float]:
    total = 0
    for count in counts:
        total += count
        yield float(total)
