"""Rows of an exported file, as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from fairwire.enforcers.failing import Failed
from fairwire.enforcers.whole_orders import FIELDS

Row = dict[str, Any]
"""`edge`, `key`, `rank` and `item` of ours; whatever others have written."""

COLUMNS: Final = ("edge", "key", "rank", *FIELDS, "item")
"""Of the CSV file: the fields of an order for programs that read columns, and all of it once more as JSON."""
_LONGEST: Final = 1 << 20


def _read_jsonl(text: bytes, at: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            row = None
        if not isinstance(row, dict):
            raise Failed("never", f"{at}:{number}: this is no JSON object; mend the line, or move the file away")
        yield row


def _write_jsonl(rows: Iterable[Row]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _read_csv(text: bytes, at: str) -> Iterator[Row]:
    try:
        csv.field_size_limit(_LONGEST)
        lines = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
        heading = next(lines, None)
        if heading is None:
            return
        if tuple(heading) != COLUMNS:
            raise Failed("never", f"{at}:1: the columns are not {','.join(COLUMNS)}; move the file away")
        for cells in lines:
            if len(cells) != len(COLUMNS):
                raise Failed("never", f"{at}:{lines.line_num}: the line has {len(cells)} cells; mend it, or move the file away")
            row: Row = dict(zip(COLUMNS, cells, strict=True))
            item = _object(row["item"])
            whole = row["rank"].isascii() and row["rank"].isdigit() and len(row["rank"]) < 10
            ours = whole and item is not None and _cells(row["edge"], row["key"], row["rank"], item) == cells
            yield {"edge": row["edge"], "key": row["key"], "rank": int(row["rank"]), "item": item} if ours else row
    except (csv.Error, UnicodeDecodeError) as error:
        raise Failed("never", f"{at}: this is no CSV in UTF-8 ({error}); move the file away") from None


def _write_csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        item = row.get("item")
        ours = isinstance(item, dict)
        cells = _cells(row["edge"], row["key"], row["rank"], item) if ours else [str(row.get(name, "")) for name in COLUMNS]
        writer.writerow(cells)
    return out.getvalue().encode()


def _cells(edge: str, key: str, rank: object, item: Mapping[str, Any] | None) -> list[str]:
    told = item or {}
    return [edge, key, str(rank), *(_plain(told.get(name)) for name in FIELDS), msgspec.json.encode(item).decode()]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return found if isinstance(found, dict) else None


READERS: Final[Mapping[str, Callable[[bytes, str], Iterator[Row]]]] = {"jsonl": _read_jsonl, "csv": _read_csv}
"""Each raises Failed for a file that is none, so that nothing of it is written over."""
WRITERS: Final[Mapping[str, Callable[[Iterable[Row]], bytes]]] = {"jsonl": _write_jsonl, "csv": _write_csv}
