"""The event log on disk: what is kept, what is cut off, what is refused, and in which words."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fairwire.model.frames import ANSWER, DECISION, EVENTS, SEGMENT_HEADER, SUFFIX
from fairwire.ports.log import LogDamaged, LogError, LogFull, LogInUse
from fairwire.stores.log import STORE
from fairwire.stores.log.writer import SegmentLog

Open = Callable[..., SegmentLog]


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[Open]:
    """Opens the log of the test; whatever is open at the end is closed."""
    logs: list[SegmentLog] = []

    def opened(**options: object) -> SegmentLog:
        logs.append(SegmentLog(tmp_path / "events", **options))  # type: ignore[arg-type]
        return logs[-1]

    yield opened
    for log in logs:
        log.close()


def event(number: int) -> bytes:
    return b'{"id":"e-%d"}' % number


def write(log: SegmentLog, numbers: range) -> None:
    """One record each, on disk."""
    for number in numbers:
        log.append(EVENTS, [event(number)])
    log.synced().result(30)


def read(log: SegmentLog, after: int = 0) -> list[bytes]:
    return [line for frame in log.records(after) for line in frame.lines]


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "events").glob(f"*{SUFFIX}"))


class Gate:
    """A disk whose syncs wait, or fail, as the test says."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.reached = threading.Event()
        self.error: OSError | None = None

    def __call__(self, number: int) -> None:
        self.reached.set()
        self.open.wait(30)
        if self.error is not None:
            raise self.error
        os.fdatasync(number)


def test_what_was_synced_is_there_when_the_log_is_opened_again(open_log: Open) -> None:
    first = open_log()
    first.append(EVENTS, [event(1), b'{\n "id": "e-2"\n}'])
    first.append(DECISION, [event(3)], may_drop=True)
    first.synced().result(30)
    first.close()
    again = open_log()
    assert [(frame.seq, frame.kind, frame.lines) for frame in again.records(0)] == [
        (1, EVENTS, [event(1), b'{  "id": "e-2" }']),
        (2, DECISION, [event(3)]),
    ]
    assert again.last_seq == 2
    assert again.notes == ()


def test_closing_writes_what_nobody_waited_for(open_log: Open) -> None:
    first = open_log(gather_s=3600)
    first.append(DECISION, [event(1)], may_drop=True)
    first.close()
    first.close()
    assert read(open_log()) == [event(1)]


def test_all_who_come_during_a_sync_share_the_next_one(open_log: Open) -> None:
    gate = Gate()
    log = open_log(sync=gate)
    log.append(EVENTS, [event(0)])
    waiting = [log.synced()]
    assert gate.reached.wait(30)
    for number in range(1, 65):
        log.append(EVENTS, [event(number)])
        waiting.append(log.synced())
    gate.open.set()
    for future in waiting:
        future.result(30)
    figures = log.figures()
    assert (figures.syncs, figures.records) == (2, 65)
    assert read(log) == [event(number) for number in range(65)]


def test_a_record_that_nobody_waits_for_is_written_soon_all_the_same(open_log: Open) -> None:
    gate = Gate()
    log = open_log(sync=gate)
    log.append(DECISION, [event(1)], may_drop=True)
    assert gate.reached.wait(30), "without anybody asking for it"
    gate.open.set()


def test_while_the_disk_stands_still_decisions_are_kept_up_to_a_bound_and_then_counted_as_dropped(open_log: Open) -> None:
    gate = Gate()
    log = open_log(sync=gate, droppable=10)
    log.append(EVENTS, [event(0)])
    last = log.synced()
    assert gate.reached.wait(30)
    taken = [log.append(DECISION, [event(number)], may_drop=True) for number in range(1, 31)]
    assert [bool(seq) for seq in taken] == [True] * 10 + [False] * 20
    assert log.append(EVENTS, [event(99)]), "events that somebody waits for are never dropped"
    last = log.synced()
    gate.open.set()
    last.result(30)
    assert log.figures().dropped == 20
    assert read(log) == [*(event(number) for number in range(11)), event(99)]


@pytest.mark.parametrize("before", [0, 1])
def test_pairs_are_kept_up_to_the_same_bound_and_none_is_kept_without_its_first(open_log: Open, before: int) -> None:
    gate = Gate()
    log = open_log(sync=gate, droppable=10)
    log.append(EVENTS, [event(0)])
    last = log.synced()
    assert gate.reached.wait(30)
    for number in range(before):
        log.append(DECISION, [event(100 + number)], may_drop=True)
    pairs = [event(number + more) for number in range(1, 11) for more in (0, 50)]
    whole, half = divmod(10 - before, 2)
    assert log.append_pairs(DECISION, ANSWER, pairs[:6]) == 3
    assert log.append_pairs(DECISION, ANSWER, pairs[6:]) == whole + half - 3
    assert log.figures().dropped == (10 - whole)
    last = log.synced()
    gate.open.set()
    last.result(30)
    kept = [(frame.kind, frame.payload) for frame in log.records(1 + before)]
    wanted = [(kind, payload) for kind, payload in zip((DECISION, ANSWER) * 10, pairs, strict=True)]
    assert kept == wanted[: 10 - before]
    assert [frame.seq for frame in log.records(0)] == list(range(1, 12))
    assert log.append_pairs(DECISION, ANSWER, []) == 0


def test_segments_are_closed_by_size_and_read_back_in_order(open_log: Open, tmp_path: Path) -> None:
    log = open_log(segment_bytes=200)
    for number in range(40):
        write(log, range(number, number + 1))
    assert len(files(tmp_path)) > 5
    log.close()
    again = open_log(segment_bytes=200)
    assert read(again) == [event(number) for number in range(40)]
    assert read(again, after=37) == [event(37), event(38), event(39)]


def test_only_segments_with_nothing_behind_a_number_are_forgotten(open_log: Open, tmp_path: Path) -> None:
    log = open_log(segment_bytes=200)
    for number in range(1, 41):
        write(log, range(number, number + 1))
    before = len(files(tmp_path))
    gone = log.forget(20)
    assert 0 < gone < before
    assert len(files(tmp_path)) == before - gone
    assert read(log, after=20) == [event(number) for number in range(21, 41)]
    with pytest.raises(LogDamaged, match=r"records 1 to \d+ are missing before this file"):
        read(log)
    assert log.forget(10**9) > 0
    assert len(files(tmp_path)) == 1, "the segment that is written to stays"
    log.close()
    again = open_log()
    assert again.forgotten == int(files(tmp_path)[0].stem) - 1, "what is missing on purpose is known as such"


def test_a_tail_that_a_crash_cut_short_is_taken_off_and_told(open_log: Open, tmp_path: Path) -> None:
    log = open_log()
    write(log, range(5))
    log.close()
    (path,) = files(tmp_path)
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-3])
    again = open_log()
    assert read(again) == [event(number) for number in range(4)]
    (note,) = again.notes
    assert f"{path}: " in note
    assert "bytes behind record 4 were cut off (the file ends in the middle of a record)" in note
    write(again, range(7, 8))
    again.close()
    assert path.stat().st_size == whole
    assert read(open_log()) == [*(event(number) for number in range(4)), event(7)]


def test_a_segment_that_was_only_just_made_is_taken_away(open_log: Open, tmp_path: Path) -> None:
    log = open_log()
    write(log, range(3))
    log.close()
    (tmp_path / "events" / f"{4:020d}{SUFFIX}").write_bytes(b"\x89FWL")
    again = open_log()
    assert "a segment without a record was taken away" in again.notes[0]
    write(again, range(3, 5))
    assert read(again) == [event(number) for number in range(5)]


def test_damage_behind_which_synced_records_stand_is_told_with_its_place_and_nothing_is_cut(
    open_log: Open, tmp_path: Path
) -> None:
    log = open_log()
    for number in range(10):
        write(log, range(number, number + 1))
    log.close()
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    place = data.index(event(3))
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(LogDamaged) as caught:
        open_log()
    sentence = caught.value.sentence()
    assert sentence.startswith(f"{path}: the log is damaged at byte ")
    assert "the record does not match its checksum" in sentence
    assert "restore this file from a backup" in sentence
    assert path.read_bytes() == data


def test_records_of_the_last_write_that_a_power_cut_left_out_of_order_are_cut_off(open_log: Open, tmp_path: Path) -> None:
    log = open_log(gather_s=3600)
    write(log, range(2))
    for number in range(2, 6):
        log.append(DECISION, [event(number)], may_drop=True)
    log.close()  # four records in one write
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(event(3))] ^= 1  # its page never reached the disk, the one behind it did
    path.write_bytes(data)
    again = open_log()
    assert read(again) == [event(0), event(1), event(2)]
    assert "does not match its checksum" in again.notes[0]


@pytest.mark.parametrize("how", ["changed", "cut", "gone", "header", "version"])
def test_damage_in_an_older_segment_is_told_when_it_is_read(open_log: Open, tmp_path: Path, how: str) -> None:
    log = open_log(segment_bytes=200)
    for number in range(40):
        write(log, range(number, number + 1))
    log.close()
    second = files(tmp_path)[1]
    data = bytearray(second.read_bytes())
    if how == "changed":
        data[-1] ^= 1
    elif how == "cut":
        del data[-20:]
    elif how == "header":
        data[20] ^= 1
    elif how == "version":
        data[8] = 9
        data[24:28] = zlib.crc32(data[:24]).to_bytes(4, "little")
    if how == "gone":
        second.unlink()
    else:
        second.write_bytes(data)
    again = open_log()
    good: list[bytes] = []
    with pytest.raises(LogDamaged) as caught:
        good.extend(line for frame in again.records(0) for line in frame.lines)
    assert good == [event(number) for number in range(len(good))], "what stands before the damage is read"
    assert good
    told = {
        "changed": "does not match its checksum",
        "cut": "the file ends in the middle of a record",
        "gone": "are missing",
        "header": "the header does not match its checksum",
        "version": "the segment has format version 9, this program reads 1",
    }
    assert told[how] in caught.value.sentence()
    later = int(files(tmp_path)[2].stem)
    assert read(again, after=later), "who needs nothing of it is not kept from reading on"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_is_told_and_what_was_handed_in_is_written_when_it_takes_it_again(
    open_log: Open, tmp_path: Path, number: int
) -> None:
    gate = Gate()
    gate.open.set()
    log = open_log(sync=gate, retry_s=3600)
    write(log, range(3))
    (path,) = files(tmp_path)
    size = path.stat().st_size
    gate.error = OSError(number, os.strerror(number))
    log.append(EVENTS, [event(3)])
    with pytest.raises(LogError) as caught:
        log.synced().result(30)
    assert isinstance(caught.value, LogFull) == (number == errno.ENOSPC)
    assert "nothing of this request was acknowledged" in caught.value.sentence()
    assert path.stat().st_size == size, "what was written of it is taken away"
    with pytest.raises(LogError):
        log.demand()
    gate.error = None
    log.synced().result(30)
    log.demand()
    assert read(log) == [event(number) for number in range(4)]
    assert log.figures().failures == 1


def test_a_log_that_is_closed_while_the_disk_refuses_ends_with_what_was_acknowledged(open_log: Open) -> None:
    gate = Gate()
    gate.open.set()
    log = open_log(sync=gate, retry_s=3600)
    write(log, range(3))
    gate.error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    log.append(EVENTS, [event(3)])
    with pytest.raises(LogFull):
        log.synced().result(30)
    log.close()
    with pytest.raises(LogFull):
        log.synced().result(30)
    assert read(open_log()) == [event(number) for number in range(3)]


def test_one_process_at_a_time_has_the_folder(open_log: Open, tmp_path: Path) -> None:
    open_log()
    with pytest.raises(LogInUse) as caught:
        SegmentLog(tmp_path / "events")
    assert caught.value.sentence() == (
        f"{tmp_path}: another process ({os.getpid()}) serves from this data folder; "
        "end it, or choose another folder with `--data`"
    )


def test_the_folder_is_free_again_when_its_process_is_killed(open_log: Open, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from fairwire.stores.log.writer import SegmentLog;"
        "log = SegmentLog(Path(sys.argv[1])); log.append(1, [b'{}']); log.synced().result(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "events")], check=False, timeout=60)
    assert read(open_log()) == [b"{}"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "events").symlink_to("/proc/self")  # nobody may make files there, not even root
    with pytest.raises(LogError, match=r"the event log cannot be used: .*check that this user may write there"):
        SegmentLog(tmp_path / "events")
    (tmp_path / "file").touch()
    with pytest.raises(LogError, match="the event log cannot be used"):
        STORE(tmp_path / "file")


def test_a_segment_may_grow_past_its_size_for_one_huge_record(open_log: Open, tmp_path: Path) -> None:
    log = open_log(segment_bytes=1000)
    huge = [b'{"id":"%d","text":"%s"}' % (number, b"x" * 100_000) for number in range(100)]
    log.append(EVENTS, huge)
    log.synced().result(30)
    write(log, range(2))
    assert [len(frame.lines) for frame in log.records(0)] == [100, 1, 1]
    assert len(files(tmp_path)) == 2
    assert files(tmp_path)[0].stat().st_size > SEGMENT_HEADER + 10_000_000
