"""The files of a log: their names, their order, and reading them back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairwire.model.frames import SEGMENT_HEADER, SUFFIX, Broken, Frame, next_frame, read_frames, read_header
from fairwire.ports.log import LogDamaged, LogError

FORGOTTEN = "forgotten"
"""File beside the segments with the number of the last record that was deleted on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file of the log."""

    path: Path
    first_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where writing goes on."""

    segments: list[Segment]
    last_seq: int
    size: int
    """Bytes of the last segment that are sound; 0 when there is no segment."""
    notes: list[str]


def segment_path(folder: Path, first_seq: int) -> Path:
    """Where the segment that begins with a record stands; names sort like numbers."""
    return folder / f"{first_seq:020d}{SUFFIX}"


def segments_of(folder: Path) -> list[Segment]:
    """All segments in order. A file of another name is none of ours."""
    found = [path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdigit() and len(path.stem) == 20]
    return [Segment(path=path, first_seq=int(path.stem)) for path in sorted(found)]


def find_tail(folder: Path) -> Tail:
    """Look at the last segment, and cut off what a crash left half-written.

    Raises
    ------
    LogDamaged
        A record that had been on disk is broken: then nothing is cut.
    """
    segments = segments_of(folder)
    notes: list[str] = []
    while segments:
        last = segments[-1]
        data = last.path.read_bytes()
        header = read_header(data)
        if len(data) <= SEGMENT_HEADER and isinstance(header, str):
            # Made just before the crash; a segment's first record is written behind a header that is on disk.
            last.path.unlink()
            sync_folder(folder)
            notes.append(f"{last.path}: a segment without a record was taken away ({header})")
            segments.pop()
            continue
        seq, end = last.first_seq - 1, SEGMENT_HEADER
        for found in _frames(last, data):
            if isinstance(found, Frame):
                seq, end = found.seq, found.end
            elif not found.cut:
                raise damaged(last.path, found.offset, found.why)
            else:
                _truncate(last.path, found.offset)
                notes.append(
                    f"{last.path}: {len(data) - found.offset:,} bytes behind record {seq} were cut off ({found.why}); "
                    "they had not been acknowledged"
                )
        return Tail(segments=segments, last_seq=seq, size=end, notes=notes)
    return Tail(segments=[], last_seq=0, size=0, notes=notes)


def read_records(segments: list[Segment], after: int, last: int) -> Iterator[Frame]:
    """Records behind `after` up to `last`.

    Raises
    ------
    LogDamaged
        One of them is broken or missing.
    """
    expected = after + 1
    for place, segment in enumerate(segments):
        following = segments[place + 1].first_seq if place + 1 < len(segments) else last + 1
        if following <= expected:
            continue
        if segment.first_seq > expected:
            raise damaged(segment.path, 0, f"records {expected:,} to {segment.first_seq - 1:,} are missing before this file")
        for found in _frames(segment, segment.path.read_bytes()):
            if isinstance(found, Broken):
                raise damaged(segment.path, found.offset, found.why)
            if found.seq > last:
                return
            if found.seq == expected:
                yield found
                expected += 1
        if expected < following:
            why = f"records {expected:,} to {following - 1:,} are missing at the end of this file"
            raise damaged(segment.path, segment.path.stat().st_size, why)
    if expected <= last:
        raise LogDamaged(f"records {expected:,} to {last:,} of the log are missing", help_="restore the folder from a backup")


def survey(folder: Path) -> Iterator[Frame | LogDamaged | str]:
    """Everything that can be read, damage where it stands, and a sentence for an end that is not whole.

    Nothing is changed, and a service may be writing meanwhile: what it writes just now is the end that is not whole.
    """
    segments = segments_of(folder)
    expected = segments[0].first_seq if segments else 1
    for place, segment in enumerate(segments):
        data = segment.path.read_bytes()
        header = read_header(data)
        last = place + 1 == len(segments)
        if isinstance(header, str) and last and len(data) <= SEGMENT_HEADER:
            yield f"{segment.path}: no record is in it yet"
            return
        if isinstance(header, str):
            yield damaged(segment.path, 0, header)
            header = segment.first_seq
        if header > expected:
            yield damaged(segment.path, 0, f"records {expected:,} to {header - 1:,} are missing before this file")
        at, seq = SEGMENT_HEADER, header
        while True:
            broken: Broken | None = None
            for found in read_frames(data, seq, at):
                if isinstance(found, Broken):
                    broken = found
                else:
                    yield found
                    seq = found.seq + 1
            if broken is None:
                break
            if last and broken.cut:
                yield f"{segment.path}: {len(data) - broken.offset:,} bytes at its end are no whole record ({broken.why})"
                return
            yield damaged(segment.path, broken.offset, broken.why)
            sound = next_frame(data, broken.offset, seq - 1)
            if sound is None:
                break
            at, seq = sound.offset, sound.seq
        expected = seq


def _frames(segment: Segment, data: bytes) -> Iterator[Frame | Broken]:
    header = read_header(data)
    if isinstance(header, str):
        raise damaged(segment.path, 0, header)
    if header != segment.first_seq:
        raise damaged(segment.path, 0, f"the header says that it begins with record {header:,}")
    return read_frames(data, header)


def damaged(path: Path, offset: int, why: str) -> LogDamaged:
    """The one sentence for damage."""
    return LogDamaged(
        f"the log is damaged at byte {offset:,}: {why}",
        at=str(path),
        help_="nothing was changed; restore this file from a backup, or save what is sound with "
        "`fairwire log export --skip-damaged` and send it to a new data folder",
    )


def _truncate(path: Path, size: int) -> None:
    with path.open("rb+") as file:
        file.truncate(size)
        os.fsync(file.fileno())


def read_forgotten(folder: Path) -> int:
    """The last record that was deleted on purpose; 0 when none was."""
    path = folder / FORGOTTEN
    if not path.exists():
        return 0
    text = path.read_text(encoding="utf-8").strip()
    if not text.isdigit():
        raise LogDamaged(f"this is not the number of a record: `{text[:40]}`", at=str(path), help_="restore it from a backup")
    return int(text)


def write_forgotten(folder: Path, seq: int) -> None:
    """Say, durably, up to which record segments are about to be deleted."""
    part = folder / f"{FORGOTTEN}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(f"{seq}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FORGOTTEN)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def unusable(folder: Path, error: OSError) -> LogError:
    """The one sentence for a folder that cannot be read or written."""
    return LogError(
        f"the event log cannot be used: {(error.strerror or str(error)).lower()}",
        at=str(folder),
        help_="nothing was changed; check that this user may write there and that the disk has room",
    )
