"""The log cut or changed at any byte, and a service stopped anywhere: what was acknowledged is there, and nothing else is."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import told_traces

from fairwire.model.columns import ATTEMPT
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, Reason, SipAnswer
from fairwire.model.frames import EVENTS, SUFFIX
from fairwire.model.instants import format_us
from fairwire.ports.log import LogDamaged
from fairwire.runtime.journal import Journal, Keeping
from fairwire.runtime.memory import Tally, develop, photograph, read_head
from fairwire.runtime.plans import Plan
from fairwire.runtime.stream import Stream
from fairwire.sources.jsonl.decoding import decode_lines
from fairwire.stores.log.snapshots import SnapshotFiles
from fairwire.stores.log.writer import SegmentLog
from traces import CUSTOMERS, Told, destinations, detector_text, event_json, in_phases, probe_plan, rows_of, table_for

PEERS = (*CUSTOMERS, Customer(id="dale", country="US"))
NOW_US = 1_800_000_000_000_000
ANSWER = Decision(
    decision="deny",
    reasons=(Reason(clause="X01", text="barred", detector="destination.barred"),),
    sip=SipAnswer(code=403, phrase="Forbidden", reason="SIP;cause=403"),
    finding_ids=(),
    policy="probe@0",
    elapsed_us=1,
)


# The log -------------------------------------------------------------------------------------------------------------------


def written(folder: Path, groups: Sequence[int], segment_bytes: int) -> list[tuple[int, int]]:
    """Write groups of records, a sync each; (bytes of the last segment, records) after each sync."""
    log = SegmentLog(folder, segment_bytes=segment_bytes, gather_s=3600)
    marks: list[tuple[int, int]] = []
    number = 0
    for size in groups:
        for _ in range(size):
            log.append(EVENTS, [b'{"id":"e-%d"}' % number, b'{"more":%d}' % number])
            number += 1
        log.synced().result(30)
        marks.append((sorted(folder.glob(f"*{SUFFIX}"))[-1].stat().st_size, number))
    log.close()
    return marks


def read_back(folder: Path) -> tuple[list[int], bool]:
    """Numbers of the records that can be read, and whether damage ended them."""
    found: list[int] = []
    try:
        log = SegmentLog(folder)
    except LogDamaged:
        return found, True
    try:
        for frame in log.records(0):
            number = frame.seq - 1
            assert frame.lines == [b'{"id":"e-%d"}' % number, b'{"more":%d}' % number]
            found.append(number)
    except LogDamaged:
        return found, True
    finally:
        log.close()
    return found, False


groups_of_records = st.lists(st.integers(1, 5), min_size=1, max_size=6)


@given(groups_of_records, st.data())
@settings(max_examples=200)
def test_a_log_cut_at_any_byte_gives_back_what_was_written_up_to_there(groups: list[int], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marks = written(folder, groups, 1 << 20)
        (path,) = folder.glob(f"*{SUFFIX}")
        cut = data.draw(st.integers(0, path.stat().st_size), label="cut")
        path.write_bytes(path.read_bytes()[:cut])
        found, damaged = read_back(folder)
        synced = max((records for size, records in marks if size <= cut), default=0)
        assert not damaged, "what a crash cuts off is no damage"
        assert found == list(range(len(found)))
        assert len(found) >= synced, "everything that was on disk for certain is there"


@given(groups_of_records, st.sampled_from([150, 1 << 20]), st.data())
@settings(max_examples=200)
def test_a_byte_changed_anywhere_is_never_read_as_a_record(groups: list[int], segment: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marks = written(folder, groups, segment)
        path = data.draw(st.sampled_from(sorted(folder.glob(f"*{SUFFIX}"))), label="file")
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1), label="byte")] ^= data.draw(st.integers(1, 255), label="bits")
        path.write_bytes(content)
        found, damaged = read_back(folder)
        assert found == list(range(len(found)))
        # Only the last sync has nothing behind it that could tell a cut from damage.
        before_last = marks[-2][1] if len(marks) > 1 else 0
        assert damaged or len(found) >= before_last


# The service ---------------------------------------------------------------------------------------------------------------


@cache
def plan() -> Plan:
    """Windows of several kinds, a gauge, and a comparison with peers that trips at nearly nothing."""
    return probe_plan(
        detector_text(
            "probe.calls",
            features="""
            day_calls: {count: call.attempt, over: day, meaning: calls of the day}
            numbers: {distinct: callee, of: call.attempt, over: 24h, meaning: numbers}
            new: {share: new_callee, of: call.attempt, over: 7d, meaning: share of new numbers}
            active: {gauge: calls, over: 4h, meaning: calls in progress}
            """,
            when="day_calls >= 3 or numbers >= 3 and new > 0.5 or active >= 2",
            quiet_after="1h",
            because="{day_calls} calls, {numbers} numbers",
        ),
        detector_text(
            "probe.peers",
            on="[day]",
            features="talk: {sum: talk_s, of: call.ended, over: month, meaning: talk time of the month}",
            more="cohort: {of: talk, among: customer.seats > 0, minimum: 3}\n",
            when="use > others_mean and use > 0",
            quiet_after="24h",
            because="{use:.3f} minutes where others average {others_mean:.3f}",
        ),
    )


class Service:
    """A stream with its journal, as `runtime.live` puts them together."""

    def __init__(self, folder: Path, customers: Sequence[Customer] = PEERS, *, keep_log: bool = True) -> None:
        self.customers = table_for(plan(), customers)
        self.stream = Stream(plan(), self.customers, destinations())
        self.tally = Tally()
        self.log = SegmentLog(folder / "events", segment_bytes=4096)
        self.journal = Journal(
            self.log,
            SnapshotFiles(folder / "snapshots"),
            plan(),
            self.customers,
            self.stream,
            destinations(),
            self.tally,
            lambda: NOW_US,
            Keeping(snapshot_every=1, keep_log=keep_log),
        )
        self.journal.recover()

    def take(self, batch: Sequence[bytes]) -> None:
        """What `Live.accept` does with a batch, or `Live.decide` with one attempt that it refuses."""
        decoded = decode_lines(batch, range(len(batch)), file="", now_us=None)
        lines = [batch[number] for number in decoded.calls["line_number"].to_pylist()]
        taken = self.stream.take(decoded.calls, lines)
        used = set(decoded.calls["line_number"].to_pylist())
        rest = [line for number, line in enumerate(batch) if number not in used]
        others = self.stream.take_others(rest)
        kept = [lines[place] for place in taken.fresh] + [rest[place] for place in others.fresh]
        self.tally.counts["events"] += len(kept)
        self.journal.note(taken)
        self.journal.events(kept)

    def decide(self, attempt: bytes, end: bytes) -> None:
        for place, line in enumerate((attempt, end)):
            taken = self.stream.take(decode_lines([line], [1], file="", now_us=None).calls, [line])
            if not place and not taken.fresh:
                return
            self.journal.note(taken)
        self.tally.counts["decisions"] += 1
        self.tally.refused[0] = 1
        self.tally.answers.keep("a\0b", "a\0b\0c\0d", ANSWER)
        self.journal.decision([attempt, end], "a\0b\0c\0d", ANSWER)

    def snapshot(self) -> None:
        """Keep one now, and wait for it."""
        self.journal.tick()
        if self.journal._developing is not None:
            self.journal._developing.join()
        assert self.journal.stats()["snapshot_failures"] == 0

    def kill(self) -> None:
        """End without a last snapshot."""
        self.log.synced().result(30)
        self.log.close()

    def memory(self) -> dict[str, Any]:
        """All that it remembers, comparable."""
        arrays = develop(photograph(plan(), self.customers, self.stream, self.tally, 0))
        head = msgspec.to_builtins(read_head(arrays))
        for name in ("counts", "refused", "unsaved", "busy"):
            del head[name]
        kept = {name: array.tobytes() for name, array in arrays.items() if name not in ("head", "known.table")}
        return {"head": head, "arrays": kept, "tables": [entry.events.table.to_pylist() for entry in self.stream.known.values()]}

    def findings(self) -> bytes:
        return b"\n".join(msgspec.json.encode(entry.finding) for entry in self.stream.known.values())


def batches_of(trace: Sequence[Told], cuts: Sequence[int]) -> list[list[bytes]]:
    """The calls of a trace told in phases and with repetitions, cut into batches; an order changed is in it."""
    rows = [phase for row in rows_of(trace) for phase in in_phases(row)]
    lines = [msgspec.json.encode(event_json(row)) for row in rows]
    other = {"specversion": "1.0", "source": "test", "type": "user.added", "time": format_us(rows[0]["time_us"])}
    for number, place in enumerate(cuts):
        added = msgspec.json.encode({**other, "id": f"u{number}", "data": {"customer": "acme", "user": "ann"}})
        lines.insert(place % (len(lines) + 1), added)
        lines.insert(place * 7 % (len(lines) + 1), lines[place % len(lines)])  # told twice
    bounds = sorted({0, len(lines), *(place % (len(lines) + 1) for place in cuts)})
    return [lines[first:last] for first, last in pairwise(bounds)]


def run(service: Service, batches: Sequence[Sequence[bytes]]) -> None:
    for place, batch in enumerate(batches):
        service.take(batch)
        if place % 3 == 0:
            attempt, end = (msgspec.json.encode(event_json(row)) for row in decided(place))
            service.decide(attempt, end)


def decided(place: int) -> list[dict[str, Any]]:
    """An attempt and the end of its call, at a time in the midst of the trace."""
    (row,) = rows_of([Told(60 * place, place % 5, place % 3, "cancelled", 0)])
    attempt, end = in_phases(row | {"id": f"d{place}", "call_id": f"d{place}"})
    return [attempt, end]


@given(told_traces, st.lists(st.integers(0, 500), min_size=1, max_size=8), st.integers(0, 100))
@settings(max_examples=60)
def test_a_snapshot_anywhere_and_the_log_behind_it_give_what_the_whole_log_gives(
    trace: list[Told], cuts: list[int], at: int
) -> None:
    batches = batches_of(trace, cuts)
    at %= len(batches) + 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = Service(folder)
        run(first, batches[:at])
        first.snapshot()
        for place, batch in enumerate(batches[at:], at):
            first.take(batch)
            if place % 3 == 0:
                first.decide(*(msgspec.json.encode(event_json(row)) for row in decided(place)))
        first.kill()
        second = Service(folder)
        assert second.memory() == first.memory()
        assert second.findings() == first.findings()
        assert second.tally.counts == first.tally.counts
        assert second.tally.hours == first.tally.hours
        behind = second.journal.stats()["recovered_records"]
        second.kill()
        for path in folder.glob("snapshots/*"):
            path.unlink()
        third = Service(folder)
        assert third.journal.stats()["recovered_records"] >= behind
        assert third.memory() == first.memory()
        assert third.tally.counts == first.tally.counts
        # Sent again after the crash, all of it is known.
        for batch in batches:
            third.take(batch)
        assert third.tally.counts == first.tally.counts
        third.kill()


def a_trace() -> list[list[bytes]]:
    trace = [Told(4000, i % 7, i % 3, "answered", 30 + 400 * (i % 4 == 0), customer=i % 3) for i in range(60)]
    return batches_of(trace, range(0, 180, 9))


def test_both_kinds_of_finding_are_in_these_traces(tmp_path: Path) -> None:
    service = Service(tmp_path)
    run(service, a_trace())
    assert {entry.finding.detector for entry in service.stream.known.values()} == {"probe.calls", "probe.peers"}
    assert service.stream.kernel.state.watermark_us > 0
    assert ATTEMPT == 1
    service.kill()


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "another version"])
def test_of_two_snapshots_the_earlier_is_used_when_the_later_is_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    batches = a_trace()
    first = Service(tmp_path)
    for place, batch in enumerate(batches):
        first.take(batch)
        if place in (3, 6, 9):
            first.snapshot()
    first.kill()
    kept = sorted((tmp_path / "snapshots").iterdir())
    assert len(kept) == 2, "two are kept"
    data = kept[-1].read_bytes()
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    kept[-1].write_bytes({"cut": data[:-100], "changed": bytes(changed), "empty": b"", "another version": data}[how])
    if how == "another version":
        kept[-1].write_bytes(b"{}\n" + data)
    capsys.readouterr()
    second = Service(tmp_path)
    told = capsys.readouterr()
    assert f"{kept[-1]}: the snapshot cannot be used" in told.out + told.err
    assert second.memory() == first.memory()
    assert second.journal.stats()["recovered_records"] == len(batches) - 7
    second.kill()
    for path in kept:
        path.write_bytes(b"nothing")
    third = Service(tmp_path)
    assert third.memory() == first.memory(), "the log alone does"
    third.kill()


def test_a_snapshot_fits_customers_in_another_order_and_is_passed_over_when_one_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batches = a_trace()
    first = Service(tmp_path)
    run(first, batches[:10])
    first.snapshot()
    run(first, batches[10:])
    first.kill()
    newcomer = Customer(id="aaa-new", country="US")
    turned = Service(tmp_path, [newcomer, *reversed(PEERS)])
    assert turned.journal.stats()["recovered_records"] < len(batches)
    assert {entry.finding.finding_id for entry in turned.stream.known.values()} == {
        entry.finding.finding_id for entry in first.stream.known.values()
    }
    turned.kill()
    capsys.readouterr()
    without = Service(tmp_path, [customer for customer in PEERS if customer.id != "bolt"])
    told = capsys.readouterr()
    assert "the snapshot knows `bolt`, not in the customers file any more; the log is run again" in told.out + told.err
    assert without.journal.stats()["events_of_strangers"] > 0
    assert {entry.finding.customer for entry in without.stream.known.values()} == {"acme", "crest"}
    without.kill()


def test_a_snapshot_that_is_ahead_of_the_log_stops_the_start(tmp_path: Path) -> None:
    first = Service(tmp_path)
    run(first, a_trace())
    first.snapshot()
    first.kill()
    for path in (tmp_path / "events").glob(f"*{SUFFIX}"):
        path.unlink()
    with pytest.raises(LogDamaged, match="restore the folders `events` and `snapshots` from the same backup"):
        Service(tmp_path)


@pytest.mark.parametrize("keep_log", [True, False])
def test_segments_that_both_snapshots_have_go_only_when_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keep_log: bool
) -> None:
    batches = a_trace()
    first = Service(tmp_path, keep_log=keep_log)
    for batch in batches:
        first.take(batch)
        first.snapshot()
    first.kill()
    left = len(list((tmp_path / "events").glob(f"*{SUFFIX}")))
    assert (left <= 2) != keep_log, left
    second = Service(tmp_path, keep_log=keep_log)
    assert second.memory() == first.memory()
    second.kill()
    newest = max((tmp_path / "snapshots").iterdir())
    newest.write_bytes(b"nothing")
    third = Service(tmp_path, keep_log=keep_log)
    assert third.memory() == first.memory(), "the one before, and the segments behind it, are still there"
    third.kill()
    for path in (tmp_path / "snapshots").iterdir():
        path.unlink()
    capsys.readouterr()
    fourth = Service(tmp_path)
    told = capsys.readouterr()
    assert ("its events were deleted as asked" in told.out + told.err) != keep_log
    assert (fourth.tally.counts == first.tally.counts) == keep_log
    fourth.kill()
