"""Event files: JSON Lines, plain or compressed, and Parquet. The same events give the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal, cast, get_args

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from fairwire.model.customers import Customer
from fairwire.testkit.labels import Label
from fairwire.testkit.simulate.render import Renderer
from fairwire.testkit.simulate.spool import Stretch

WriteAs = Literal["jsonl", "jsonl.gz", "jsonl.zst", "parquet"]
WAYS: tuple[str, ...] = get_args(WriteAs)
ROWS_AT_ONCE = 131_072
ROWS_OF_A_GROUP = 65_536
"""Rows of a row group of Parquet, at least."""


def write_events(folder: Path, parts: Iterable[Stretch], renderer: Renderer, how: WriteAs, told: Callable[[int], None]) -> Path:
    """Write `folder/events.<how>`; `told` hears how many events each step wrote. An event file of an earlier run is removed."""
    path = folder / f"events.{how}"
    for other in WAYS:
        # beside new customers and labels it would be taken for their traffic
        (folder / f"events.{other}").unlink(missing_ok=True)
    with ExitStack() as open_files:
        if how == "parquet":
            # the Arrow schema is left out so that dictionary columns come back as plain strings
            parquet = open_files.enter_context(pq.ParquetWriter(path, renderer.schema, compression="zstd", store_schema=False))
            for tables in _groups(renderer.table(piece) for piece in _pieces(parts)):
                group = pa.concat_tables(tables).unify_dictionaries()
                parquet.write_table(group, row_group_size=max(1, group.num_rows))
                told(group.num_rows)
        else:
            out = _opened(path, how, open_files)
            for piece in _pieces(parts):
                out.write(renderer.lines(piece))
                told(len(piece))
    return path


def _pieces(parts: Iterable[Stretch]) -> Iterable[Stretch]:
    return (piece for part in parts for piece in part.pieces(ROWS_AT_ONCE))


def _groups(tables: Iterable[pa.Table]) -> Iterable[list[pa.Table]]:
    """Tables for one row group each: a group for every hour would make a reader of months begin anew thousands of times."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= ROWS_OF_A_GROUP:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _opened(path: Path, how: WriteAs, open_files: ExitStack) -> IO[bytes]:
    plain = open_files.enter_context(path.open("wb"))
    if how == "jsonl.gz":
        # no file name and no time in the header: both would differ from run to run
        return cast("IO[bytes]", open_files.enter_context(gzip.GzipFile("", "wb", 6, plain, mtime=0)))
    if how == "jsonl.zst":
        return cast("IO[bytes]", open_files.enter_context(zstandard.ZstdCompressor(level=3).stream_writer(plain)))
    return plain


def write_customers(path: Path, customers: Iterable[Customer]) -> None:
    """Write customer records as JSON Lines, without the fields that say nothing."""
    with path.open("wb") as out:
        for customer in customers:
            record = {name: value for name, value in msgspec.to_builtins(customer).items() if value not in (None, (), [], "")}
            out.write(msgspec.json.encode(record) + b"\n")


def write_numbers(path: Path, numbers: Sequence[int]) -> None:
    """Write a site's list of numbers, one a line; without numbers a list of an earlier run is removed."""
    if not numbers:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"+{number}\n" for number in sorted(set(numbers))))


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write labels as JSON Lines."""
    with path.open("wb") as out:
        for label in labels:
            out.write(msgspec.json.encode(label) + b"\n")
