"""From lines to columns: a batch of JSON lines becomes a table of calls, counts of the rest, and what was refused.

The batch is decoded at once where it can be, and line by line where something in it is wrong; both ways give the
same answer. Nothing here knows where the lines came from, so events made from foreign records pass the very same
checks as a file of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.ports.events import CALL_SCHEMA, Rejected
from fairwire.sources import checks
from fairwire.sources.jsonl.sentences import UNKNOWN_TYPE, explain
from fairwire.sources.jsonl.wire import ANY_LINE, CALL_LINES, TYPE_OF

_TEXTS = (
    "user",
    "line",
    "credential",
    "display_name",
    "pai",
    "src_ip",
    "user_agent",
    "transport",
    "attestation",
    "trunk",
    "campaign",
)
_TEXTS_OF_THE_END = ("disposition", "currency", "tariff", "released_by", "recording_consent", "kind", "transcript")
_PLAIN_FIELDS = (
    "customer",
    "call_id",
    "direction",
    *_TEXTS,
    "diversion",
    "automated",
    "srtp",
    *_TEXTS_OF_THE_END,
    "sip_code",
    "forwarded",
    "recorded",
    "silence_ratio",
    "mos",
    "jitter_ms",
    "loss_pct",
)
"""Data fields that are columns as they are."""


_GROUP = 256
"""Lines decoded at once when a larger block held something that is wrong: only its own group is then slow."""


class Batch(msgspec.Struct, kw_only=True):
    """What a batch of lines held."""

    calls: pa.Table
    other: dict[str, int]
    rejected: list[Rejected]


def decode_block(block: bytes, count: int, *, file: str, first_line: int, now_us: int | None) -> Batch:
    """Decode whole lines, the last one ended by a line feed too.

    Parameters
    ----------
    count
        How many line feeds are in the block.
    first_line
        Number of the first line of the block.
    now_us
        The caller's clock, or None for no check of the future.
    """
    events = _decode_all(block, count)
    if events is not None:
        return _columns(events, range(first_line, first_line + count), block, file, now_us)
    lines = block.split(b"\n")[:-1]
    return decode_lines(lines, range(first_line, first_line + count), file=file, now_us=now_us)


def decode_lines(lines: Sequence[bytes], numbers: Sequence[int], *, file: str, now_us: int | None) -> Batch:
    """Decode lines one by one; `numbers` says where each stood. Blank lines are nothing."""
    events: list[Any] = []
    kept: list[int] = []
    rejected: list[Rejected] = []
    unknown: dict[str, int] = {}
    for begin in range(0, len(lines), _GROUP):
        group = lines[begin : begin + _GROUP]
        decoded = _decode_all(b"\n".join(group), len(group))
        if decoded is not None:
            events += decoded
            kept += range(begin, begin + len(group))
            continue
        for index, line in enumerate(group, begin):
            found = _decode_all(line, 1)
            if found is not None:
                events += found
                kept.append(index)
            elif line.strip():
                field, reason = explain(line)
                if (field, reason) == UNKNOWN_TYPE:
                    field, reason = _count_unknown(line, unknown, now_us)
                if reason:
                    rejected.append(Rejected.of(file, numbers[index], field, reason, line))
    batch = _columns(events, [numbers[index] for index in kept], [lines[index] for index in kept], file, now_us)
    batch.other.update(unknown)
    if rejected:
        batch.rejected.extend(rejected)
        batch.rejected.sort(key=lambda entry: entry.line)
    return batch


def _decode_all(text: bytes, count: int) -> list[Any] | None:
    """The events of `count` lines, or None when any of them is not one event of a known type."""
    try:
        if not text.isascii():
            text.decode()  # fields that are skipped must be UTF-8 too
        events: list[Any] = ANY_LINE.decode_lines(text)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return events if len(events) == count else None


def _count_unknown(line: bytes, unknown: dict[str, int], now_us: int | None) -> tuple[str, str]:
    """Count an event of a type that is not ours; its time must still be one."""
    event = msgspec.json.decode(line)
    problem = _time_problem(event["time"], now_us)
    if problem:
        return "time", problem
    unknown[event["type"]] = unknown.get(event["type"], 0) + 1
    return "", ""


def _time_problem(text: str, now_us: int | None) -> str:
    try:
        at_us = checks.instant_us(text)
    except ValueError:
        return checks.instant_problem("time", text)
    if now_us is not None and at_us > now_us + checks.LEAD_US:
        return checks.future_problem("time", at_us, now_us)
    return ""


def _columns(events: list[Any], numbers: Sequence[int], raw: bytes | list[bytes], file: str, now_us: int | None) -> Batch:
    """Columns of decoded events; `raw` is the lines they came from, or the block still to be split."""
    kinds = list(map(type, events))
    problems: dict[int, tuple[str, str]] = {}  # by row of `events`
    other: dict[str, int] = {}
    if CALL_LINES.issuperset(kinds):
        rows: Sequence[int] = range(len(events))
        calls = events
    else:
        rows = [row for row, kind in enumerate(kinds) if kind in CALL_LINES]
        calls = [events[row] for row in rows]
    table, wrong = _call_table(calls, [numbers[row] for row in rows], file, now_us)
    problems.update((rows[row], found) for row, found in wrong.items())
    if len(rows) < len(events):
        rest = [row for row, kind in enumerate(kinds) if kind not in CALL_LINES]
        table = _together(table, _other_table(rest, events, numbers, file, now_us, problems, other))
    rejected: list[Rejected] = []
    if problems:
        lines = raw.split(b"\n") if isinstance(raw, bytes) else raw
        for row in sorted(problems):
            field, reason = problems[row]
            rejected.append(Rejected.of(file, numbers[row], field, reason, lines[row]))
    return Batch(calls=table, other=other, rejected=rejected)


def _other_table(
    rows: list[int],
    events: list[Any],
    numbers: Sequence[int],
    file: str,
    now_us: int | None,
    problems: dict[int, tuple[str, str]],
    other: dict[str, int],
) -> pa.Table:
    """Columns of the events that are no calls; what is about no customer is only counted."""
    records: dict[str, list[Any]] = {name: [] for name in _OTHER_COLUMNS}
    for row in rows:
        event = events[row]
        found = _problem_of_other(event, now_us)
        if found is not None:
            problems[row] = found
            continue
        kind = TYPE_OF[type(event)]
        if event.data.customer is None:
            other[kind] = other.get(kind, 0) + 1
            continue
        user = getattr(event.data, "user", None)
        told = msgspec.json.encode(event.data).decode()
        at_us = checks.instant_us(event.time)
        for name, value in zip(_OTHER_COLUMNS, (event.id, event.source, kind, at_us, event.data.customer, user, told,
                                                numbers[row]), strict=True):  # fmt: skip
            records[name].append(value)
    count = len(records["id"])
    columns = {name: pa.array(records[name], CALL_SCHEMA.field(name).type) for name in _OTHER_COLUMNS}
    columns["file"] = _file_column(file, count)
    filled = [columns.get(field.name, pa.nulls(count, field.type)) for field in CALL_SCHEMA]
    return pa.table(filled, schema=CALL_SCHEMA)


_OTHER_COLUMNS = ("id", "source", "type", "time_us", "customer", "user", "data", "line_number")


def _together(calls: pa.Table, others: pa.Table) -> pa.Table:
    """Both in the order in which they stood in the file."""
    if not calls.num_rows or not others.num_rows:
        return calls if calls.num_rows else others
    both = pa.concat_tables([calls, others]).combine_chunks()
    return both.take(pc.sort_indices(both["line_number"]))


def _file_column(file: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([file], pa.string()))


def _problem_of_other(event: Any, now_us: int | None) -> tuple[str, str] | None:
    for name in ("id", "source"):
        if not getattr(event, name):
            return name, f"`{name}` is empty"
    if event.data.customer == "":
        return "customer", "`customer` is empty"
    problem = _time_problem(event.time, now_us)
    return ("time", problem) if problem else None


def _call_table(events: list[Any], numbers: list[int], file: str, now_us: int | None) -> tuple[pa.Table, checks.Problems]:
    data = [event.data for event in events]
    problems: checks.Problems = {}
    columns: dict[str, pa.Array] = {}

    def texts(name: str, source: list[Any]) -> pa.Array:
        return pa.array(list(map(attrgetter(name), source)), pa.string())

    columns["id"] = texts("id", events)
    columns["source"] = texts("source", events)
    columns["type"] = pa.array([TYPE_OF[type(event)] for event in events], pa.string())
    for name in _PLAIN_FIELDS:
        columns[name] = pa.array(list(map(attrgetter(name), data)), CALL_SCHEMA.field(name).type)
    columns["from"] = texts("from_", data)
    columns["to"] = texts("to", data)
    checks.check_filled(columns, ("id", "source", "customer", "call_id"), problems)
    columns["time_us"] = checks.instants("time", texts("time", events), problems)
    for name in ("start", "answer", "end"):
        columns[f"{name}_us"] = checks.instants(name, texts(name, data), problems)
    seconds = pa.array(list(map(attrgetter("duration_s"), data)), pa.float64())
    columns["duration_ms"] = checks.milliseconds("duration_s", seconds, problems)
    columns["rate_micros"] = checks.micros("rate_per_min", texts("rate_per_min", data), problems)
    columns["charge_micros"] = checks.micros("charge", texts("charge", data), problems)
    checks.check_order(columns, problems)
    checks.check_future("time", columns["time_us"], now_us, problems)
    checks.check_future("end", columns["end_us"], now_us, problems)
    columns["file"] = _file_column(file, len(events))
    columns["line_number"] = pa.array(numbers, pa.int64())
    columns["data"] = pa.nulls(len(events), pa.string())
    table = pa.table([columns[name] for name in CALL_SCHEMA.names], schema=CALL_SCHEMA)
    return checks.sound_rows(table, problems), problems
