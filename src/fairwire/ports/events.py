"""How events come in: sources read event files, formats read other people's records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import msgspec
import pyarrow as pa

CALL_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("type", pa.string()),
        ("time_us", pa.int64()),
        ("customer", pa.string()),
        ("call_id", pa.string()),
        ("direction", pa.string()),
        ("from", pa.string()),
        ("to", pa.string()),
        ("user", pa.string()),
        ("line", pa.string()),
        ("credential", pa.string()),
        ("display_name", pa.string()),
        ("pai", pa.string()),
        ("diversion", pa.list_(pa.string())),
        ("src_ip", pa.string()),
        ("user_agent", pa.string()),
        ("transport", pa.string()),
        ("srtp", pa.bool_()),
        ("attestation", pa.string()),
        ("trunk", pa.string()),
        ("campaign", pa.string()),
        ("automated", pa.bool_()),
        ("rate_micros", pa.int64()),  # per minute
        ("start_us", pa.int64()),
        ("answer_us", pa.int64()),
        ("end_us", pa.int64()),
        ("duration_ms", pa.int64()),
        ("disposition", pa.string()),
        ("sip_code", pa.int64()),
        ("charge_micros", pa.int64()),
        ("currency", pa.string()),
        ("tariff", pa.string()),
        ("released_by", pa.string()),
        ("forwarded", pa.bool_()),
        ("recorded", pa.bool_()),
        ("recording_consent", pa.string()),
        ("kind", pa.string()),
        ("silence_ratio", pa.float64()),
        ("mos", pa.float64()),
        ("jitter_ms", pa.float64()),
        ("loss_pct", pa.float64()),
        ("transcript", pa.string()),
        ("data", pa.string()),  # of events that are no calls: their data, as JSON
        ("file", pa.dictionary(pa.int32(), pa.string())),
        ("line_number", pa.int64()),
    ]
)
"""Events as columns: null is unknown. Instants are microseconds, money micro-units, durations milliseconds. What is no call has
its fields in `data`."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was set aside: where it stood, which field, and one sentence why."""

    file: str
    line: int
    field: str
    reason: str
    record: str
    """The record as it came, cut at 2,000 characters, undecodable bytes escaped."""

    @classmethod
    def of(cls, file: str, line: int, field: str, reason: str, record: bytes) -> Rejected:
        """Set a record aside that is still bytes."""
        text = record[:8000].decode("utf-8", "backslashreplace")[:2000]
        return cls(file=file, line=line, field=field, reason=reason, record=text)


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """One record that is sound but gives no event of its own: counted, never silent."""

    file: str
    line: int
    why: str
    """A few words that are the same for all records of the kind: `duplicate`, `part of another record's call`, ..."""


class EventChunk(msgspec.Struct, kw_only=True):
    """Some thousand events of one file, in file order."""

    calls: pa.Table
    """`CALL_SCHEMA`."""
    other: dict[str, int]
    """How many valid events were read that are not in `calls`: of types that are not ours, or about no customer."""
    rejected: list[Rejected]
    bytes_read: int
    """Bytes of the file consumed so far, for progress (of the compressed file when it is compressed)."""
    skipped: dict[str, int] = msgspec.field(default_factory=dict)
    """How many records of a foreign format gave no event of their own, by `Skipped.why`."""
    unnamed: pa.Table | None = None
    """`CALL_SCHEMA` without `customer`: reports about a number or an address. They are counted in `other` as well."""


class Source(Protocol):
    """Reads one kind of event file. Found by folder name under `fairwire/sources/`, exported as `SOURCE`."""

    name: str
    suffixes: tuple[str, ...]

    def read(self, path: str, *, rows: int = 65536, now_us: int | None = None) -> Iterator[EventChunk]:
        """Yield chunks. A bad record is in `rejected`; a file that cannot be read at all raises `BadInput`.

        `now_us` is the caller's clock: an event more than 24 h after it is rejected; None means no such check.
        """

    def again(self, path: str, lines: Sequence[int]) -> pa.Table:
        """The calls at these lines, ascending, each of which `read` gave before. `CALL_SCHEMA`, one row a line.

        Raises BadInput when they are not there any more.
        """


class Format(Protocol):
    """Reads one foreign record format. Found by folder name under `fairwire/formats/`, exported as `FORMAT`."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    options: Mapping[str, str]
    """Option name -> what it means, with its default."""

    def read(self, name: str, stream: BinaryIO, options: Mapping[str, str]) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Yield events as CloudEvents objects (CONTRACTS section 1), one for each call, or what had to be set aside.

        An event may carry `recordfile` and `recordline`, the place of the record it was made from.
        """


class JoiningFormat(Format, Protocol):
    """A format whose calls may have their records in several files (one leg each, rotated logs)."""

    def read_files(
        self, files: Iterable[tuple[str, BinaryIO]], options: Mapping[str, str]
    ) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """The same as `read`, over all files of one run; a stream is read to its end before the next is asked for."""
