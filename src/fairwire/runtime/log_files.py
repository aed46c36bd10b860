"""The log of a data folder for people: as JSON Lines, and whether all of it can be read. The service may run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from fairwire.model.errors import BadInput
from fairwire.model.frames import Frame
from fairwire.ports.log import LogDamaged
from fairwire.stores.log import FOLDER, SNAPSHOTS
from fairwire.stores.log.segments import segments_of, survey, unusable
from fairwire.stores.log.snapshots import snapshot_files


@dataclass(slots=True, kw_only=True)
class Surveyed:
    """What was found in a log."""

    records: int = 0
    events: int = 0
    first: int = 0
    """Number of the first record; 0 when there is none."""
    last: int = 0
    damage: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What the names and sizes of the files say."""

    segments: int
    bytes: int
    snapshot: int
    """Number of the last record that the latest snapshot has; 0 for no snapshot."""
    snapshot_at_s: float | None
    """When it was written, seconds since 1970; None for no snapshot."""


def glance(data: Path) -> Glance:
    """Look at a log from outside. Opens no file; the service may run meanwhile.

    Raises
    ------
    OSError
        This user may not look.
    """
    segments = segments_of(data / FOLDER)
    latest = max(snapshot_files(data / SNAPSHOTS), default=None)
    return Glance(
        segments=len(segments),
        bytes=sum(one.path.stat().st_size for one in segments),
        snapshot=0 if latest is None else int(latest.stem),
        snapshot_at_s=None if latest is None else latest.stat().st_mtime,
    )


def read_log(
    data: Path, *, out: BinaryIO | None = None, skip_damaged: bool = False, told: Callable[[str], None] = lambda _: None
) -> Surveyed:
    """Read a log from end to end, and write its events when `out` is given.

    Parameters
    ----------
    skip_damaged
        Go on behind damage; each is told. Else the first one is raised.
    told
        Called with each sentence on damage, and on an end that is not whole.

    Raises
    ------
    LogDamaged
        A record cannot be read, and damage is not to be skipped.
    BadInput
        There is no log.
    """
    folder = data / FOLDER
    if not segments_of(folder):
        raise BadInput("there is no event log here", at=str(folder), help_="name the data folder of a service with --data")
    found = Surveyed()
    for entry in _survey(folder):
        if isinstance(entry, Frame):
            found.records += 1
            found.events += len(entry.lines)
            found.first = found.first or entry.seq
            found.last = entry.seq
            if out is not None:
                out.writelines(line + b"\n" for line in entry.lines)
            continue
        if isinstance(entry, LogDamaged):
            if not skip_damaged:
                raise entry
            found.damage.append(f"{entry.at}: {entry.message}")
            told(found.damage[-1])
        else:
            found.notes.append(entry)
            told(entry)
    return found


def _survey(folder: Path) -> Iterator[Frame | LogDamaged | str]:
    try:
        yield from survey(folder)
    except OSError as error:
        raise unusable(folder, error) from None
