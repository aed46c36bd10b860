"""Looking events up in what is left of the log, and in what holds have kept of the rest. The service may run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fairwire.model.decision import Decision
from fairwire.model.frames import ANSWER, DECISION, Frame
from fairwire.model.instants import parse_us
from fairwire.stores.log import FOLDER
from fairwire.stores.log.aside import frames_of, held_segments
from fairwire.stores.log.segments import segments_of

_ANSWER = msgspec.json.Decoder(tuple[str, Decision])


class LoggedEvent(msgspec.Struct):
    """As much of an event as is asked for."""

    id: str = ""
    source: str = ""
    type: str = ""
    time: str = ""
    data: dict[str, object] = {}


_EVENT = msgspec.json.Decoder(LoggedEvent)


@dataclass(frozen=True, slots=True)
class Found:
    """One event with its line, and what the call was answered where it was decided here."""

    seq: int
    """Number of its record in the log."""
    line: bytes
    event: LoggedEvent
    at_us: int
    answer: Decision | None = None


def frames(data: Path) -> Iterator[Frame]:
    """Everything that can be read, in order; what is damaged is passed over."""
    folder = data / FOLDER
    own = {segment.path.name: segment for segment in segments_of(folder)} if folder.is_dir() else {}
    aside = {segment.path.name: segment for segment in held_segments(folder)}
    for name in sorted(own | aside):
        try:
            yield from frames_of(own.get(name) or aside[name])
        except FileNotFoundError:
            if name in aside:  # the service has moved it meanwhile
                yield from frames_of(aside[name])


def search(data: Path, wanted: Callable[[LoggedEvent, int], bool], *, needles: tuple[bytes, ...] = ()) -> Iterator[Found]:
    """Events that are wanted, in the order in which they were taken in.

    Parameters
    ----------
    wanted
        Asked with the event and its instant.
    needles
        An event in which none of them stands is passed over unread; none: all are read.
    """
    waiting: list[Found] = []
    for frame in frames(data):
        if frame.kind == ANSWER:
            yield from _answered(waiting, frame.payload)
            waiting = []
            continue
        yield from waiting
        waiting = [found for line in frame.lines if (found := _read(frame.seq, line, wanted, needles)) is not None]
        if frame.kind != DECISION:
            yield from waiting
            waiting = []
    yield from waiting


def answers(data: Path) -> Iterator[tuple[int, Decision]]:
    """Everything that calls were answered: number of the record, and the decision."""
    for frame in frames(data):
        if frame.kind == ANSWER:
            try:
                yield frame.seq, _ANSWER.decode(frame.payload)[1]
            except msgspec.MsgspecError:
                continue


def _answered(waiting: list[Found], payload: bytes) -> Iterator[Found]:
    try:
        answer = _ANSWER.decode(payload)[1]
    except msgspec.MsgspecError:
        answer = None
    for place, found in enumerate(waiting):
        yield Found(found.seq, found.line, found.event, found.at_us, answer) if place == 0 else found


def _read(seq: int, line: bytes, wanted: Callable[[LoggedEvent, int], bool], needles: tuple[bytes, ...]) -> Found | None:
    if needles and b"\\u" not in line and not any(needle in line for needle in needles):
        return None
    try:
        event = _EVENT.decode(line)
        at_us = parse_us(event.time)
    except (msgspec.MsgspecError, ValueError):
        return None
    return Found(seq, line, event, at_us) if wanted(event, at_us) else None
