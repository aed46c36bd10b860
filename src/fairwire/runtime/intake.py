"""How events come in: event files and foreign records, from any number of paths, through one set of checks.

`read_events` gives columns for the kernel; `convert` gives events as JSON lines. What had to be set aside is in the
result, and a `RejectLog` counts it, keeps the first sentences for the summary and writes the rest to a file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from fairwire.model.errors import BadInput, BadUse
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Format, JoiningFormat, Rejected, Skipped, Source
from fairwire.runtime import discovery
from fairwire.sources.compressed import Content, PlainStream, open_input
from fairwire.sources.jsonl import SOURCE as JSON_LINES
from fairwire.sources.jsonl import broken_reason
from fairwire.sources.jsonl.decoding import decode_lines

CONTRADICTS = "contradicts "
"""How the reason of a record begins that says something else than another record of the same identity."""

_FOREIGN_ROWS = 8192
"""Events of foreign records in one chunk at most: until they are columns each takes some kilobytes."""

_COMPRESSED = (".gz", ".zst")
_NOT_EVENTS = frozenset({"customers", "labels", "findings", "decisions", "actions"})
"""What stands beside events in a folder that `fairwire simulate` or `replay` wrote; also `*.rejects.jsonl`."""
_PARQUET = b"PAR1"
_VALUE = r"(?:`[^`]*`|0x[0-9a-f]+|[-+]?\d(?:[\d,.:TZ-]*[\dZ])?)"
_VALUES = re.compile(f"{_VALUE}(?:[ ,;]+{_VALUE})*")


class Converted(msgspec.Struct, kw_only=True):
    """Some thousand records of a foreign format, converted."""

    lines: list[bytes]
    """Events as JSON, one each, without line ends."""
    rejected: list[Rejected]
    skipped: dict[str, int]
    """Records that gave no event of their own, by `Skipped.why`."""
    bytes_read: int
    """Bytes read so far of all files together, compressed where they are compressed."""


def read_events(
    paths: Sequence[str],
    *,
    format_name: str | None = None,
    format_options: Mapping[str, str] | None = None,
    now_us: int | None = None,
    rows: int = 65536,
) -> Iterator[EventChunk]:
    """Yield the events of all paths, in the order given; the files of a folder in the order of their names.

    Parameters
    ----------
    paths
        Files, or folders of files.
    format_name
        A foreign record format; None for files of events (told apart by suffix, else by their first bytes).
    now_us
        The caller's clock: events more than 24 h after it are rejected. None checks nothing.
    rows
        At most this many events a chunk.

    Raises
    ------
    BadInput
        A path that is not there, a folder without event files, a file that cannot be read at all.
    BadUse
        An unknown format or option.
    """
    if format_name is None:
        if format_options:
            raise BadUse("options are given, but no format they could belong to", help_="name it with --format")
        for path in event_files(paths):
            yield from source_of(path).read(path, rows=rows, now_us=now_us)
        return
    foreign = _Foreign(paths, format_name, format_options or {})
    for found, rejected, skipped in foreign.batches(min(rows, _FOREIGN_ROWS)):
        yield _as_chunk(found, rejected, skipped, foreign, now_us)


def convert(
    paths: Sequence[str],
    *,
    format_name: str,
    format_options: Mapping[str, str] | None = None,
    now_us: int | None = None,
    rows: int = _FOREIGN_ROWS,
) -> Iterator[Converted]:
    """Yield foreign records as events in JSON; the parameters and errors are those of `read_events`."""
    foreign = _Foreign(paths, format_name, format_options or {})
    for found, rejected, skipped in foreign.batches(rows):
        lines = [msgspec.json.encode(event) for event in found]
        batch = decode_lines(lines, range(len(lines)), file="", now_us=now_us)
        wrong = {entry.line: entry for entry in batch.rejected}
        yield Converted(
            lines=[line for index, line in enumerate(lines) if index not in wrong] if wrong else lines,
            rejected=rejected + [foreign.placed(found[index], entry) for index, entry in wrong.items()],
            skipped=skipped,
            bytes_read=foreign.bytes_read,
        )


def event_files(paths: Sequence[str], *, suffixes: Sequence[str] | None = None) -> list[str]:
    """All files of these paths, folders searched to the bottom, in the order of their names.

    Parameters
    ----------
    suffixes
        Which files of a folder count; None for those of the event sources. A path that names a file always counts.

    Raises
    ------
    BadInput
        A path is not there, or a folder has no such file in it.
    """
    of_sources = suffixes is None
    wanted = tuple(suffixes if suffixes is not None else [suffix for source in _sources() for suffix in source.suffixes])
    found: list[str] = []
    for path in paths:
        place = Path(path)
        if not place.is_dir():
            if not place.exists():
                raise BadInput("no such file", at=path)
            found.append(path)
            continue
        inside = sorted(
            str(file)
            for file in place.rglob("*")
            if file.name.endswith(wanted)
            and file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(place).parts)
            and ".rejects." not in file.name
            and not (of_sources and file.name.partition(".")[0] in _NOT_EVENTS)
        )
        if not inside:
            raise BadInput("the folder has no event files in it", at=path, help_=f"they end in {', '.join(wanted)}")
        found.extend(inside)
    return found


def total_bytes(paths: Sequence[str]) -> int:
    """Bytes of all these files together, for progress."""
    return sum(Path(path).stat().st_size for path in paths if Path(path).is_file())


def source_of(path: str) -> Source:
    """The source that reads a file: by its first bytes where they tell, else by its suffix.

    Raises
    ------
    BadInput
        Neither tells.
    """
    place = Path(path)
    if not place.exists():
        raise BadInput("no such file", at=path)
    is_file = place.is_file()  # a pipe would lose what is read here
    if is_file:
        with open_input(path) as stream:
            if stream.read(len(_PARQUET)) == _PARQUET:
                return cast(Source, discovery.load("sources", "parquet"))
    source = _by_suffix(path)
    if source is not None:
        return source
    if not is_file:
        return JSON_LINES
    with open_input(path) as stream:
        head = next(Content(stream).blocks(), b"").lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head or head.startswith(b"{"):
        return JSON_LINES
    raise BadInput(
        "cannot tell what kind of file this is",
        at=path,
        help_=f"for foreign records name a format, one of: {', '.join(discovery.names('formats'))}",
    )


def _by_suffix(path: str) -> Source | None:
    return next((source for source in _sources() if path.endswith(source.suffixes)), None)


def _sources() -> list[Source]:
    return [discovery.load("sources", name) for name in discovery.names("sources")]


class _Foreign:
    """Foreign records on their way to events."""

    def __init__(self, paths: Sequence[str], name: str, options: Mapping[str, str]) -> None:
        self._format: Format = discovery.load("formats", name)
        self._options = options
        suffixes = [*self._format.suffixes, *(suffix + packed for suffix in self._format.suffixes for packed in _COMPRESSED)]
        self._files = event_files(paths, suffixes=suffixes)
        self._path_of = {Path(path).name: path for path in self._files}
        self._done = 0
        self._content: Content | None = None
        self._broken: list[Rejected] = []

    @property
    def bytes_read(self) -> int:
        return self._done + (self._content.bytes_read if self._content else 0)

    def batches(self, rows: int) -> Iterator[tuple[list[dict[str, Any]], list[Rejected], dict[str, int]]]:
        """Yield events, refusals and skips, about `rows` of them at a time."""
        events: list[dict[str, Any]] = []
        rejected: list[Rejected] = []
        skipped: dict[str, int] = {}
        count = 0
        for found in self._records():
            if isinstance(found, Rejected):
                rejected.append(found)
            elif isinstance(found, Skipped):
                skipped[found.why] = skipped.get(found.why, 0) + 1
            else:
                events.append(found)
            count += 1
            if count >= rows:
                yield events, rejected + self._take_broken(), skipped
                events, rejected, skipped, count = [], [], {}, 0
        yield events, rejected + self._take_broken(), skipped

    def placed(self, event: dict[str, Any], found: Rejected) -> Rejected:
        """A refusal of an event, with the place of the record it was made from."""
        file, line = self.place_of(event)
        return Rejected(file=file, line=line, field=found.field, reason=found.reason, record=found.record)

    def place_of(self, event: dict[str, Any]) -> tuple[str, int]:
        """File and line of the record an event was made from; line 0 when the format does not say."""
        name = str(event.get("recordfile", ""))
        line = event.get("recordline", 0)
        return self._path_of.get(name, name or self._files[0]), line if isinstance(line, int) else 0

    def _records(self) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        if hasattr(self._format, "read_files"):
            yield from cast(JoiningFormat, self._format).read_files(self._streams(), self._options)
        else:
            for name, stream in self._streams():
                yield from self._format.read(name, stream, self._options)

    def _streams(self) -> Iterator[tuple[str, BinaryIO]]:
        for path in self._files:
            with open_input(path) as stream:
                self._content = content = Content(stream)
                counted = _Counted(PlainStream(content))
                yield path, cast(BinaryIO, counted)
                if content.broken:
                    self._broken.append(Rejected.of(path, counted.lines + 1, "", broken_reason(content.broken), b""))
                self._done += content.bytes_read
                self._content = None

    def _take_broken(self) -> list[Rejected]:
        broken, self._broken = self._broken, []
        return broken


class _Counted:
    """A readable stream that knows how many line ends have gone through it."""

    def __init__(self, raw: PlainStream) -> None:
        self._stream = io.BufferedReader(raw, buffer_size=1 << 18)
        self.lines = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.lines += data.count(b"\n")
        return data

    def readline(self, size: int = -1) -> bytes:
        data = self._stream.readline(size)
        self.lines += data.endswith(b"\n")
        return data

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def _as_chunk(
    events: list[dict[str, Any]], rejected: list[Rejected], skipped: dict[str, int], foreign: _Foreign, now_us: int | None
) -> EventChunk:
    """Foreign events as a chunk; one batch of columns for each file they came from."""
    import pyarrow as pa

    by_file: dict[str, tuple[list[bytes], list[int]]] = {}
    for event in events:
        file, line = foreign.place_of(event)
        lines, numbers = by_file.setdefault(file, ([], []))
        lines.append(msgspec.json.encode(event))
        numbers.append(line)
    batches = [decode_lines(lines, numbers, file=file, now_us=now_us) for file, (lines, numbers) in by_file.items()]
    other: dict[str, int] = {}
    for batch in batches:
        for kind, count in batch.other.items():
            other[kind] = other.get(kind, 0) + count
    tables = [batch.calls for batch in batches]
    return EventChunk(
        calls=pa.concat_tables(tables).unify_dictionaries() if tables else CALL_SCHEMA.empty_table(),
        other=other,
        rejected=rejected + [entry for batch in batches for entry in batch.rejected],
        bytes_read=foreign.bytes_read,
        skipped=skipped,
    )


def write_rejects(path: str, rejected: Iterable[Rejected]) -> None:
    """Append to a file, one JSON object for each record that was set aside."""
    with _open_rejects(path, "ab") as stream:
        stream.writelines(msgspec.json.encode(entry) + b"\n" for entry in rejected)


def _open_rejects(path: str | Path, mode: str) -> BinaryIO:
    try:
        return cast(BinaryIO, Path(path).open(mode))
    except OSError as error:
        raise BadUse(f"cannot write the rejects: {(error.strerror or str(error)).lower()}", at=str(path)) from None


class RejectLog:
    """Counts what was set aside in one run, and keeps it.

    The file is made when the first record comes, and replaces that of an earlier run. With `strict`, the first record
    raises `BadInput` instead.
    """

    FIRST = 5
    """How many sentences are kept for the summary."""

    def __init__(self, path: str | Path, *, inputs: Sequence[str] = (), strict: bool = False) -> None:
        refuse_overwriting(path, inputs)
        self.path = path
        self.count = 0
        self.by_reason: dict[str, int] = {}
        """Reason with its values blanked -> how many."""
        self.sentences: list[str] = []
        """The first few, with their places."""
        self._strict = strict
        self._stream: BinaryIO | None = None

    @staticmethod
    def default_path(first_input: str) -> str:
        """`<name of the first input>.rejects.jsonl` in the working folder: the folder of the input may be read-only."""
        return f"{Path(first_input).name or 'events'}.rejects.jsonl"

    def add(self, entries: Iterable[Rejected]) -> None:
        """Take records in, and write them."""
        for entry in entries:
            if self._strict:
                raise BadInput(sentence(entry), help_="stopped there, because refused records are not tolerated in this run")
            reason = _reason_class(entry)
            self.by_reason[reason] = self.by_reason.get(reason, 0) + 1
            if len(self.sentences) < self.FIRST:
                self.sentences.append(sentence(entry))
            if self._stream is None:
                self._stream = _open_rejects(self.path, "ab" if self.count else "wb")
            self.count += 1
            self._stream.write(msgspec.json.encode(entry) + b"\n")

    def close(self) -> None:
        """Finish the file, if there is one. More may still be added."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def summary(self) -> list[str]:
        """Lines for people: the first sentences, how many more there are, and where all of them stand. Finishes the file."""
        self.close()
        if not self.count:
            return []
        lines = list(self.sentences)
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines):,} more")
        noun = "record" if self.count == 1 else "records"
        lines.append(f"{self.count:,} {noun} set aside in {self.path}")
        return lines


def _reason_class(entry: Rejected) -> str:
    """The reason without what differs from record to record: values, numbers and times, but not the field's name."""
    mark = "\0"
    text = entry.reason.replace(f"`{entry.field}`", mark) if entry.field else entry.reason
    return _VALUES.sub("…", text).replace(mark, f"`{entry.field}`")


def refuse_overwriting(path: str | Path, inputs: Iterable[str]) -> None:
    """Raise `BadUse` when a file that is going to be written is one of those that are read."""
    for name in inputs:
        if Path(name).exists() and Path(path).exists() and Path(name).samefile(path):
            raise BadUse("this file is one of the inputs and would be overwritten", at=str(path))


def sentence(entry: Rejected) -> str:
    """Place and reason of a record that was set aside, in one line."""
    return f"{entry.file}:{entry.line}: {entry.reason}"
