"""Segments that a hold keeps when the log forgets them: the same files, in a folder beside the log's.

A segment is linked there before its name in the log goes, so there is no instant at which it is nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from fairwire.model.frames import Frame, read_frames, read_header
from fairwire.ports.log import Held
from fairwire.stores.log.segments import Segment, segments_of, sync_folder

HELD = "held"
"""The folder beside the log's own."""


def held_folder(log_folder: Path) -> Path:
    """Where the segments stand that a hold keeps."""
    return log_folder.parent / HELD


def held_segments(log_folder: Path) -> list[Segment]:
    """Segments that were moved aside, in order."""
    folder = held_folder(log_folder)
    return segments_of(folder) if folder.is_dir() else []


def keep_aside(log_folder: Path, going: Sequence[Segment], held: Held) -> int:
    """Link those segments that are held into the folder aside; how many. Raises OSError where that fails: then none may go."""
    kept = [segment for segment in going if _is_held(segment.path, held)]
    if not kept:
        return 0
    folder = held_folder(log_folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    for segment in kept:
        there = folder / segment.path.name
        if not there.exists():
            os.link(segment.path, there)
    sync_folder(folder)
    sync_folder(folder.parent)
    return len(kept)


def sweep_aside(log_folder: Path, held: Held) -> int:
    """Delete what was moved aside and is no longer held."""
    gone = [segment for segment in held_segments(log_folder) if not _is_held(segment.path, held)]
    for segment in gone:
        segment.path.unlink(missing_ok=True)
    return len(gone)


def _is_held(path: Path, held: Held) -> bool:
    """Whether an event of a segment is held; of what cannot be read nobody can say that it is not."""
    data = path.read_bytes()
    first = read_header(data)
    if isinstance(first, str):
        return True
    return any(not isinstance(found, Frame) or held(found.lines) for found in read_frames(data, first))


def frames_of(segment: Segment) -> Iterator[Frame]:
    """What can be read of a segment."""
    data = segment.path.read_bytes()
    first = read_header(data)
    if not isinstance(first, str):
        yield from (found for found in read_frames(data, first) if isinstance(found, Frame))
