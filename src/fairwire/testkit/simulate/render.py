"""Events as files hold them: Arrow columns for Parquet, JSON Lines for the rest.

The lines of calls are built from their columns without a Python object for each; other events come as lines and are put between.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.instants import civil_from_days
from fairwire.testkit.simulate.calls import (
    AGENTS,
    DAY_MS,
    DIRECTIONS,
    DISPOSITIONS,
    KINDS,
    RELEASERS,
    TARIFFS,
    Chain,
    Extra,
    Ints,
    talk_of,
)
from fairwire.testkit.simulate.columns import EXTRA_FIELDS, ONLY_AT_END, OTHER_FIELDS, table_of
from fairwire.testkit.simulate.spool import ANSWERED, ENDED, Batch, Stretch

Mask = npt.NDArray[np.bool_]
SHORT_CODES_BELOW = 10_000
TRANSPORTS = ("udp", "tls", "tcp")
SUFFIXES = ("-attempt", "-answer", "-end")
TYPES = ("call.attempt", "call.answered", "call.ended")
ENVELOPE = ("specversion", "id", "source", "type", "time")

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("specversion", "id", "source", "type")),
        ("time", pa.timestamp("us", tz="UTC")),
        *((name, pa.string()) for name in ("call_id", "customer", "user", "line", "direction", "from", "to")),
        ("diversion", pa.list_(pa.string())),
        *((name, pa.string()) for name in ("src_ip", "user_agent", "transport")),
        ("automated", pa.bool_()),
        ("rate_per_min", pa.string()),
        ("currency", pa.string()),
        ("tariff", pa.string()),
        *((name, pa.timestamp("us", tz="UTC")) for name in ("start", "answer", "end")),
        ("duration_s", pa.float64()),
        ("disposition", pa.string()),
        ("sip_code", pa.int64()),
        ("charge", pa.string()),
        ("released_by", pa.string()),
        ("forwarded", pa.bool_()),
        ("kind", pa.string()),
    ]
)
"""The columns of `events.parquet` with calls alone: the envelope, then the `data` fields by their own names."""
FULL_SCHEMA = pa.schema(
    list(
        {
            **{field.name: field for field in (*SCHEMA, *EXTRA_FIELDS, *OTHER_FIELDS)},
            "to": pa.field("to", pa.list_(pa.string())),
        }.values()
    )
)
"""With all event types. `to` is a list in every row, because messages and mails have several recipients; a call's has one."""


class Renderer:
    """Turns batches into columns and lines.

    Parameters
    ----------
    source
        The events' `source`.
    customers, currencies
        Id and currency of each customer, by index.
    chains, extras
        The diversion chains and the further fields that calls refer to by 1-based index.
    wide
        Whether there are other events than calls: their columns are there, and calls name their credential.
    """

    def __init__(
        self,
        source: str,
        customers: Sequence[str],
        currencies: Sequence[str],
        chains: Sequence[Chain],
        extras: Sequence[Extra] = (),
        *,
        wide: bool = False,
    ) -> None:
        self._source = source
        self._ids = pa.array(customers, pa.string())
        self._currency_names = sorted(set(currencies))
        self._currency = np.array([self._currency_names.index(name) for name in currencies], dtype=np.int32)
        self._chains = [[_number(number) for number in chain] for chain in chains]
        self._extras = {
            field.name: pa.array([None, *(extra.get(field.name) for extra in extras)], field.type) for field in EXTRA_FIELDS
        }
        self._any_extras = len(extras) > 0
        self._wide = wide
        self.schema = FULL_SCHEMA if wide else SCHEMA

    def table(self, stretch: Stretch) -> pa.Table:
        """The events as a table of `schema`, in order; what a type does not carry is null."""
        calls = self._calls(stretch.batch)
        if not self._wide:
            return calls
        whole = [_completed(calls, self.schema)]
        order = np.arange(len(stretch.lines))
        if len(stretch.lines):
            others, order = table_of(stretch.lines)
            whole.append(_completed(others, self.schema))
        at = stretch.order()
        placed = np.concatenate((np.arange(len(stretch.batch)), len(stretch.batch) + order))
        return pa.concat_tables(whole).take(pa.array(placed[at]))

    def lines(self, stretch: Stretch) -> bytes:
        """The events as JSON Lines in order, each a CloudEvents object."""
        if not len(stretch.lines):
            return _bytes_of(self._call_lines(stretch.batch))
        calls = self._call_lines(stretch.batch) if len(stretch.batch) else pa.array([], pa.string())
        others = stretch.lines.texts.cast(pa.binary())
        return _bytes_of(pa.concat_arrays([calls.cast(pa.binary()), others]).take(pa.array(stretch.order())))

    def _calls(self, batch: Batch) -> pa.Table:
        """Events of calls as a table of `SCHEMA`, with more columns where calls have further fields."""
        calls, phase = batch.calls, batch.phase
        n = len(batch)
        ended = phase != ENDED
        bare = phase == ANSWERED
        customer = self._ids.take(pa.array(calls["customer"]))
        call_id = _glued(customer, "-", pa.array(calls["seq"]).cast(pa.string()))
        outward = calls["direction"] == 0
        rated = calls["tariff"] > 0
        columns: dict[str, Any] = {
            "specversion": _repeated("1.0", n),
            "id": _glued(call_id, _named(SUFFIXES, phase)),
            "source": _repeated(self._source, n),
            "type": _named(TYPES, phase),
            "time": _instants(batch.time()),
            "call_id": call_id,
            "customer": customer,
            "user": _named([f"u{number}" for number in range(256)], calls["user"], bare | (calls["user"] == 0)),
            "line": _numbers(calls["line"], bare),
            "direction": _named(DIRECTIONS, calls["direction"], bare),
            "from": _numbers(calls["from"], bare),
            "to": _numbers(calls["to"], bare),
            "diversion": self._diversions(calls["chain"], bare),
            "src_ip": _addresses(calls["address"], bare | ~outward),
            "user_agent": _named(AGENTS, calls["agent"], bare | ~outward),
            "transport": _named(TRANSPORTS, calls["customer"] % len(TRANSPORTS), bare | ~outward),
            "automated": pa.array(calls["automated"], mask=bare | ~calls["automated"]),
            "rate_per_min": _decimals(calls["rate"], bare | ~rated),
            "currency": _named(self._currency_names, self._currency[calls["customer"]], bare | ~rated),
            "tariff": _named(TARIFFS, calls["tariff"], bare | ~rated),
            "start": _instants(calls["start"], ended),
            "answer": _instants(calls["answer"], ended | (calls["answer"] < 0)),
            "end": _instants(calls["end"], ended),
            "duration_s": pa.array(talk_of(calls) / 1000, mask=ended),
            "disposition": _named(DISPOSITIONS, calls["disposition"], ended),
            "sip_code": pa.array(calls["sip"].astype(np.int64), mask=ended),
            "charge": _decimals(calls["charge"], ended | ~rated),
            "released_by": _named(RELEASERS, calls["released"], ended),
            "forwarded": pa.array(calls["forwarded"], mask=ended | ~calls["forwarded"]),
            "kind": _named(KINDS, calls["kind"], ended),
        }
        fields = list(SCHEMA)
        if self._wide:
            person = bare | ~outward | (calls["user"] == 0)
            columns["credential"] = _glued(customer, _named([f"-u{number}" for number in range(256)], calls["user"], person))
            fields.append(pa.field("credential", pa.string()))
        if self._any_extras and calls["extra"].any():
            fields += self._further(columns, calls["extra"], bare, ended)
        return pa.table(columns, schema=pa.schema(fields))

    def _further(self, columns: dict[str, Any], extra: Ints, bare: Mask, ended: Mask) -> list[Any]:
        """Put further fields into the columns, in place of what stands there; the fields of new columns are returned."""
        new = []
        for field in EXTRA_FIELDS:
            which = np.where(ended if field.name in ONLY_AT_END else bare, 0, extra)
            values = self._extras[field.name].take(pa.array(which))
            if field.name in columns:
                columns[field.name] = pc.coalesce(values, columns[field.name])
            elif values.null_count < len(values):
                columns[field.name] = values
                new.append(field)
        return new

    def _call_lines(self, batch: Batch) -> Any:
        """One text for each event of a call. No value needs escaping: see `Extra` texts in `columns`."""
        table = self._calls(batch)
        texts = [msgspec.json.encode(chain).decode() for chain in ([], *self._chains)]
        pieces: list[Any] = [_repeated("{", len(batch))]
        for name in (*ENVELOPE, *(name for name in table.column_names if name not in ENVELOPE)):
            if name == "call_id":
                pieces.append(_repeated('"data":{', len(batch)))
            elif name == "customer":
                continue  # it closes the object
            column = table.column(name).combine_chunks()
            if name == "diversion":
                text = _named(texts, batch.calls["chain"], pc.is_null(column).to_numpy(zero_copy_only=False))
                pieces.append(_glued(f'"{name}":', text, ","))
            elif pa.types.is_string(column.type):
                pieces.append(_glued(f'"{name}":"', column, '",'))
            elif pa.types.is_timestamp(column.type):
                pieces.append(_glued(f'"{name}":"', _written(column), '",'))
            else:
                pieces.append(_glued(f'"{name}":', column.cast(pa.string()), ","))
        pieces.append(_glued('"customer":"', table.column("customer").combine_chunks(), '"}}\n'))
        return pc.binary_join_element_wise(*pieces, "", null_handling="skip")

    def _diversions(self, chain: Ints, bare: Mask) -> Any:
        used = np.flatnonzero(~bare & (chain > 0))
        if not len(used):
            return pa.nulls(len(chain), pa.list_(pa.string()))
        every = pa.array([None, *self._chains], pa.list_(pa.string()))
        return every.take(pa.array(np.where(bare, 0, chain)))


def _completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with all columns of the schema; those it lacks are null, a text where a list belongs is a list of one."""
    there = set(table.column_names)
    columns = [table.column(field.name) if field.name in there else pa.nulls(len(table), field.type) for field in schema]
    return pa.table(
        [_listed(column) if column.type != field.type else column for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _listed(texts: pa.ChunkedArray) -> pa.ListArray:
    values = texts.combine_chunks()
    one_each = pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1), pa.int32()), values)
    return pc.if_else(pc.is_valid(values), one_each, pa.scalar(None, one_each.type))


def _glued(*parts: Any) -> Any:
    return pc.binary_join_element_wise(*parts, "")


def _bytes_of(text: Any) -> bytes:
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(text.buffers()[2])[int(offsets[0]) : int(offsets[-1])].tobytes()


def _repeated(value: str, count: int) -> Any:
    return pa.repeat(pa.scalar(value, pa.string()), count)


def _named(names: Sequence[str], codes: npt.NDArray[Any], absent: Mask | None = None) -> Any:
    indices = pa.array(codes.astype(np.int32), mask=absent)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string())).dictionary_decode()


def _number(number: int) -> str:
    return str(number) if number < SHORT_CODES_BELOW else f"+{number}"


def _numbers(numbers: Ints, absent: Mask) -> Any:
    values = pa.array(numbers.astype(np.int64), mask=absent | (numbers == 0))
    plus = _named(("", "+"), numbers >= SHORT_CODES_BELOW)
    return _glued(plus, values.cast(pa.string()))


def _addresses(addresses: npt.NDArray[np.uint32], absent: Mask) -> Any:
    every, place = np.unique(addresses, return_inverse=True)
    names = [f"{a >> 24}.{(a >> 16) & 255}.{(a >> 8) & 255}.{a & 255}" for a in every.tolist()]
    return _named(names, place, absent)


def _decimals(amounts: Ints, absent: Mask) -> Any:
    every, place = np.unique(amounts, return_inverse=True)
    return _named([f"{whole}.{part:04d}" for whole, part in (divmod(amount, 10_000) for amount in every.tolist())], place, absent)


def _instants(times_ms: Ints, absent: Mask | None = None) -> Any:
    return pa.array(times_ms.astype(np.int64) * 1000, mask=absent).cast(pa.timestamp("us", tz="UTC"))


@cache
def _clock_texts() -> tuple[Any, Any]:
    seconds = [f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]
    return pa.array(seconds, pa.string()), pa.array([f".{ms:03d}Z" for ms in range(1000)], pa.string())


def _written(column: Any) -> Any:
    """RFC 3339 text of a column of instants, by table look-up: many times faster than formatting each."""
    absent = pc.is_null(column).to_numpy(zero_copy_only=False)
    ms = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) // 1000
    day, rest = np.divmod(ms, DAY_MS)
    every, place = np.unique(day, return_inverse=True)
    dates = ["{:04d}-{:02d}-{:02d}".format(*civil_from_days(number)) for number in every.tolist()]
    seconds, fractions = _clock_texts()
    return _glued(_named(dates, place, absent), seconds.take(pa.array(rest // 1000)), fractions.take(pa.array(rest % 1000)))
