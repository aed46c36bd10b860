"""Columns whose values a file tells in its statistics: one value in every row, or none. They need not be read.

Each column of each row group costs as much as some thousand rows of it, and `specversion` says the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_OPEN = object()


def told_columns(file: pq.ParquetFile, names: Iterable[str]) -> dict[str, pa.Scalar]:
    """By name, the value that all rows have, for those of `names` of which the statistics of every row group say so."""
    places = {file.schema.column(place).path: place for place in range(len(file.schema))}
    groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
    found: dict[str, pa.Scalar] = {}
    for name in names:
        kind = file.schema_arrow.field(name).type
        # A list that is empty counts as null, so nothing is told of lists. What is coded has a type of its own.
        if name not in places or pa.types.is_nested(kind) or pa.types.is_dictionary(kind) or not groups:
            continue
        value: Any = _OPEN
        for group in groups:
            here = _value(group, places[name], kind)
            if here is _OPEN or value not in (_OPEN, here):
                value = _OPEN
                break
            value = here
        if value is not _OPEN:
            found[name] = pa.scalar(value, kind)
    return found


def _value(group: pq.RowGroupMetaData, place: int, kind: pa.DataType) -> Any:
    statistics = group.column(place).statistics
    if statistics is None or not statistics.has_null_count:
        return _OPEN
    if statistics.null_count == group.num_rows:
        return None
    if statistics.null_count or not statistics.has_min_max or not pa.types.is_string(kind):
        return _OPEN
    try:
        least, most = statistics.min, statistics.max
    except ValueError:  # not UTF-8
        return _OPEN
    return least if isinstance(least, str) and least == most else _OPEN


def with_told(batch: pa.RecordBatch, told: dict[str, pa.Scalar], names: list[str]) -> pa.RecordBatch:
    """The columns `names`: those that were read and those that were told."""
    if not told:
        return batch
    read = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = [read[name] if name in read else pa.repeat(told[name], batch.num_rows) for name in names]
    return pa.RecordBatch.from_arrays(columns, names)
