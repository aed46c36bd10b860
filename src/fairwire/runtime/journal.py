"""The service's memory on disk: what is taken in is logged, now and then a snapshot is kept, and a start goes on from both."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog

from fairwire.kernel.intake import I_TIME
from fairwire.model.decision import Decision
from fairwire.model.errors import FairwireError
from fairwire.model.frames import ANSWER, DECISION, EVENTS, Frame
from fairwire.model.instants import HOUR_US
from fairwire.numbers.destinations import Destinations
from fairwire.ports.log import EventLog, Held, LogDamaged, LogFigures, Snapshot, Snapshots
from fairwire.runtime.attempts import call_key
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode
from fairwire.runtime.memory import Head, Photograph, Room, Tally, develop, identity, photograph, put_back, read_head
from fairwire.runtime.plans import Plan
from fairwire.runtime.stream import REMEMBERED, Stream, Taken
from fairwire.sources.jsonl.decoding import decode_lines

notices = structlog.get_logger()

Report = Callable[[int, int], None]
"""(records of the log that were run again, of how many): called now and then."""

SNAPSHOT_EVERY = 100_000
"""Events between two snapshots."""
SNAPSHOT_S = 120.0
"""Seconds between two snapshots of a service: a site of many calls would stand still every few seconds. The events of two
minutes are run again in less than one."""
OLD_LOG = "events.jsonl"
"""Where events were kept before there were segments; what stands there is taken over once."""
_BATCH = 4096
_ANSWERS = msgspec.json.Encoder()
_ANSWER = msgspec.json.Decoder(tuple[str, Decision])
assert _BATCH <= REMEMBERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long what is kept."""

    snapshot_every: int = SNAPSHOT_EVERY
    at_least_s: float = 0.0
    """Seconds between two snapshots, however many events there are: calls wait while the state is copied. Of a service that has
    this, the memory for the copy is asked for before."""
    keep_log: bool = True
    """Whether log segments stay when both snapshots have all that is in them. They are evidence, and what a new policy is
    tried on."""
    held: Callable[[], Held | None] = lambda: None
    """What holds keep of what goes, asked each time; raises when nobody can say, and then nothing goes."""


@dataclass(slots=True)
class _Take:
    """Lines that were taken in as one batch."""

    first: int
    last: int
    kind: int


@dataclass(slots=True)
class _Kept:
    """What became of snapshots."""

    count: int = 0
    failures: int = 0
    at_us: int | None = None
    size: int = 0
    stall_s: float = 0.0
    recovered: int = 0
    """Records of the log that the start ran again."""
    strangers: int = 0
    """Events in the log of customers who are no longer known."""
    unusable: list[str] = field(default_factory=list)
    """Why events in the log can no longer be used: they were accepted by another version."""


class Journal:
    """Log and snapshots of one `Stream`. Used from one thread; writing happens on others."""

    def __init__(
        self,
        log: EventLog,
        snapshots: Snapshots,
        plan: Plan,
        customers: CustomerTable,
        stream: Stream,
        destinations: Destinations,
        tally: Tally,
        clock: Callable[[], int],
        keeping: Keeping,
    ) -> None:
        self._log = log
        self._snapshots = snapshots
        self._plan = plan
        self._customers = customers
        self._stream = stream
        self._destinations = destinations
        self._tally = tally
        self._clock = clock
        self._keeping = keeping
        self._since = 0  # events since the last snapshot
        self._pictured_at = time.monotonic() - self._keeping.at_least_s
        self._kept = _Kept()
        self._pictured = dict(tally.counts)
        self._developing: threading.Thread | None = None
        self._room: Room | None = None
        self._closed = False
        self.seen: Callable[[Sequence[bytes]], object] | None = None
        """Told of every event once it is taken in, and of those that are run again after a start."""

    # -- while it runs

    def events(self, lines: Sequence[bytes]) -> None:
        """Log events that were taken in as one batch."""
        if lines:
            self._log.append(EVENTS, lines)
            self._since += len(lines)
            if self.seen is not None:
                self.seen(lines)

    def decision(self, lines: Sequence[bytes], key: str, answer: Decision) -> None:
        """Log an attempt that was decided, the end of its call when it was refused, and the answer. Nobody waits for it."""
        if self.seen is not None:
            self.seen(lines)
        if self._log.append(DECISION, lines, may_drop=True):
            self._log.append(ANSWER, [_ANSWERS.encode((key, answer))], may_drop=True)
            self._since += len(lines)

    def decided(self, texts: Sequence[bytes]) -> None:
        """The same for calls that were connected, in their order: the line of each and its answer as `decision` writes it, in
        turn."""
        if self.seen is not None:
            self.seen(texts[::2])
        self._since += self._log.append_pairs(DECISION, ANSWER, texts)

    def demand(self) -> None:
        """Raise why nothing can be taken in, while the disk refuses."""
        self._log.demand()

    def synced(self) -> Future[None]:
        """Done when everything logged so far is on disk."""
        return self._log.synced()

    def tick(self) -> None:
        """Between two events: keep a snapshot when it is time."""
        due = self._since >= self._keeping.snapshot_every and time.monotonic() - self._pictured_at >= self._keeping.at_least_s
        if due and (self._developing is None or not self._developing.is_alive()) and self._has_room():
            taken, seq = self._photograph()
            self._developing = threading.Thread(target=self._develop, args=(taken, seq), name="fairwire-snapshot", daemon=True)
            self._developing.start()

    def _has_room(self) -> bool:
        """Whether the state can be copied at once. Where calls wait for it, the memory for it is asked for before."""
        if not self._keeping.at_least_s:
            return True
        if self._room is None:
            room, sizes = Room(), {name: array.size for name, array in self._stream.standing().items()}
            with suppress(RuntimeError):  # the system gives no thread: then calls wait
                threading.Thread(target=room.make, args=(sizes,), name="fairwire-room", daemon=True).start()
                self._room = room
            return self._room is None
        return self._room.ready

    def _photograph(self) -> tuple[Photograph, int]:
        began = time.perf_counter()
        self.note(self._stream.catch_up())
        room, self._room = self._room, None
        if room is not None and not room.ready:  # the service ends
            room = None
        taken = photograph(self._plan, self._customers, self._stream, self._tally, self._clock(), room)
        self._since = 0
        self._pictured_at = time.monotonic()
        self._pictured = dict(self._tally.counts)
        self._kept.stall_s = time.perf_counter() - began
        return taken, self._log.last_seq

    def _develop(self, taken: Photograph, seq: int) -> None:
        """Write a snapshot, once the log has all that is in it."""
        try:
            self._log.synced().result()
            self._kept.size = self._snapshots.save(seq, develop(taken))
        except FairwireError as error:
            self._kept.failures += 1
            notices.warning("no snapshot was kept", reason=error.sentence())
            return
        self._kept.count += 1
        self._kept.at_us = taken.head["at_us"]
        if not self._keeping.keep_log:
            self._forget()

    def _forget(self) -> None:
        """Delete what both snapshots have, and what was held and is so no longer."""
        try:
            held = self._keeping.held()
            self._log.forget(self._snapshots.oldest(), held)
            self._log.sweep(held or _nothing)
        except FairwireError as error:
            notices.warning("no segment of the log was deleted", reason=error.sentence())

    def go_on(self, plan: Plan, customers: CustomerTable, stream: Stream) -> None:
        """Keep the same log for a stream that went on under another plan."""
        self._plan, self._customers, self._stream = plan, customers, stream

    def figures(self) -> LogFigures:
        """What the log has done."""
        return self._log.figures()

    def stats(self) -> dict[str, Any]:
        """What became of snapshots."""
        kept = self._kept
        age = -1.0 if kept.at_us is None else (self._clock() - kept.at_us) / 1e6
        return {
            "snapshots": kept.count,
            "snapshot_failures": kept.failures,
            "snapshot_age_seconds": age,
            "snapshot_bytes": kept.size,
            "snapshot_stall_seconds": kept.stall_s,
            "recovered_records": kept.recovered,
            "events_of_strangers": kept.strangers,
            "events_unusable": len(kept.unusable),
        }

    def close(self) -> None:
        """Write what is waiting, keep a last snapshot, release the files. Twice is once."""
        if self._closed:
            return
        self._closed = True
        if self._developing is not None:
            self._developing.join()
        try:
            if self._since or self._tally.counts != self._pictured:
                self._develop(*self._photograph())
        finally:
            self._log.close()

    # -- at the start

    def recover(self, report: Report | None = None) -> None:
        """Become what the service was: the latest snapshot that can be used, then the log behind it.

        Raises
        ------
        LogDamaged
            A part of the log that is needed is broken or missing.
        """
        for note in self._log.notes:
            notices.warning("the end of the event log was mended", found=note)
        seq = self._restore()
        if seq > self._log.last_seq:
            raise LogDamaged(
                f"the latest snapshot goes up to record {seq:,}, and the log ends with record {self._log.last_seq:,}",
                help_="nothing was changed; restore the folders `events` and `snapshots` from the same backup",
            )
        if seq < self._log.forgotten:
            notices.warning(
                "what was counted up to a record is gone: no snapshot of it can be used, and its events were deleted as asked",
                record=self._log.forgotten,
            )
            seq = self._log.forgotten
        self._run(self._log.records(seq), self._log.last_seq - seq, report)
        if self._kept.unusable:
            notices.warning(
                "events in the log cannot be used by this version; they stay in the log",
                events=len(self._kept.unusable),
                first=self._kept.unusable[0],
            )
        if self._kept.strangers:
            notices.warning(
                "events in the log are of customers who are not in the customers file; they were left out",
                events=self._kept.strangers,
            )

    def _restore(self) -> int:
        """Put the latest usable snapshot back; the number of its last record."""
        for found in self._snapshots.load():
            why = found if isinstance(found, str) else self._adopt(found)
            if not why:
                assert isinstance(found, Snapshot)
                return found.seq
            notices.warning("a snapshot was passed over", found=why)
        return 0

    def _adopt(self, found: Snapshot) -> str:
        """Put a snapshot back; or a sentence why it cannot be used, and nothing has happened."""
        try:
            head = read_head(found.arrays)
        except (msgspec.MsgspecError, KeyError):
            return f"{found.file}: the snapshot is of another version of this program; the log is run again"
        if not self._fits(head):
            return f"{found.file}: the snapshot was made under another policy or version; the log is run again"
        gone = [name for name in head.customers if name not in self._customers.rows]
        if gone:
            named = f"`{gone[0]}`" + (f" and {len(gone) - 1:,} more" if len(gone) > 1 else "")
            return f"{found.file}: the snapshot knows {named}, not in the customers file any more; the log is run again"
        put_back(head, found.arrays, self._customers, self._stream, self._tally)
        self._kept.at_us = head.at_us
        self._pictured = dict(head.counts)
        return ""

    def _fits(self, head: Head) -> bool:
        """Whether this plan can go on from a state. The place where a state of another plan would be brought over."""
        return head.plan == identity(self._plan)

    def _run(self, frames: Iterable[Frame], total: int, report: Report | None) -> None:
        """Run records again: columns are made for many at once, and each batch is taken in as it was then."""
        lines: list[bytes] = []
        takes: list[_Take] = []
        for frame in frames:
            if frame.kind == ANSWER:
                self._kept.recovered += 1
                try:
                    key, answer = _ANSWER.decode(frame.payload)
                except msgspec.MsgspecError as error:
                    self._kept.unusable.append(f"an answer that was given: {error}")
                else:
                    self._tally.answers.keep(call_key(key), key, answer)
                continue
            mine = frame.lines
            if lines and len(lines) + len(mine) > _BATCH:
                self._again(lines, takes)
                lines, takes = [], []
                if report:
                    report(self._kept.recovered, total)
            takes.append(_Take(len(lines), len(lines) + len(mine), frame.kind))
            lines += mine
            self._kept.recovered += 1
        self._again(lines, takes)

    def _again(self, lines: list[bytes], takes: list[_Take]) -> None:
        if not lines:
            return
        if self.seen is not None:
            self.seen(lines)
        batch = decode_lines(lines, range(len(lines)), file="", now_us=None)
        encoded = encode(batch.calls, self._customers, self._destinations)
        numbers = np.asarray(batch.calls["line_number"], dtype=np.int64)
        used = {entry.line for entry in batch.rejected} | set(numbers.tolist())
        self._kept.unusable += [f"{entry.field}: {entry.reason}" for entry in batch.rejected]
        self._kept.strangers += int(np.count_nonzero(~encoded.known))
        for take in takes:
            low, high = np.searchsorted(numbers, [take.first, take.last])
            rows = np.flatnonzero(encoded.known[low:high]) + low
            # A decided attempt was taken in by itself, and so was the end of a call that was refused.
            parts = [rows] if take.kind != DECISION else [rows[:1], rows[1:]]
            fresh = 0
            for part in parts:
                if len(part):
                    mine = [lines[numbers[row]] for row in part]
                    taken, _ = self._stream.take_rows(encoded.raw[part], encoded.intake[part], mine)
                    self.note(taken)
                    fresh += len(taken.fresh)
            if take.kind == DECISION:
                self._tally.counts["decisions"] += 1
                if len(rows) > 1:
                    hour = int(encoded.intake[rows[0], I_TIME]) // HOUR_US * HOUR_US
                    self._tally.refused[hour] = self._tally.refused.get(hour, 0) + 1
                continue
            if batch.other:
                rest = [lines[number] for number in range(take.first, take.last) if number not in used]
                fresh += len(self._stream.take_others(rest).fresh)
            self._tally.counts["events"] += fresh
        self._since += len(lines)

    def note(self, taken: Taken) -> None:
        """Add up what a batch brought; it is not in the control store yet."""
        hours = self._tally.hours
        for hour, count in taken.calls_by_hour.items():
            hours[hour] = hours.get(hour, 0) + count
        self._tally.busy |= set(taken.calls_by_hour)
        self._tally.unsaved |= taken.touched


def _nothing(_: Iterable[bytes]) -> bool:
    return False


def take_over(data: Path, log: EventLog) -> None:
    """Move the events of a log of the old kind into this one. A last line that was cut short had not been acknowledged."""
    path = data / OLD_LOG
    if not path.exists():
        return
    lines: list[bytes] = []
    with path.open("rb") as old:
        for line in old:
            if line.endswith(b"\n") and line.strip():
                lines.append(line.strip())
            if len(lines) == _BATCH:
                log.append(EVENTS, lines)
                lines = []
    if lines:
        log.append(EVENTS, lines)
    log.synced().result()
    path.rename(path.with_name(OLD_LOG + ".taken-over"))
    notices.info("the events of an earlier version were taken over", file=str(path))
