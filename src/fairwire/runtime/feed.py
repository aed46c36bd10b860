"""A feed in memory: every event encoded, counted once, and laid out as kernel events in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.kernel.intake import (
    CALL_WIDTH,
    CONTRADICTS,
    DUPLICATE,
    EMITTED_WIDTH,
    I_ID,
    I_KIND,
    I_TIME,
    ID_WIDTH,
    INTAKE_WIDTH,
    NEW,
    O_CALL,
    O_PHASE,
    O_TIME,
    admit,
)
from fairwire.model.columns import COLUMN_INDEX, KINDS, WIDTH
from fairwire.model.instants import format_us
from fairwire.numbers.destinations import Destinations
from fairwire.ports.events import CALL_SCHEMA, EventChunk, Rejected
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode
from fairwire.runtime.texts import SHOWN, shown_text
from fairwire.runtime.unnamed import Whose

Words = npt.NDArray[np.int64]

_SOME = 4096
"""Events turned into text at a time."""


@cache
def month_of_day() -> Words:
    """Calendar month (months since 1970) of each day since 1970, to the year 2199."""
    days = np.arange(0, 84006).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64)


@dataclass(slots=True, kw_only=True)
class Feed:
    """Call events ready to run.

    `table` and `raw` have one row an accepted event, in the order they came; `emitted` one row a kernel event, in order
    of time, naming the row of `raw` that holds its values and the row of `table` that shows it.
    """

    table: pa.Table
    raw: Words
    emitted: Words
    events: int
    duplicates: int
    rejected: list[Rejected]
    customers: tuple[int, ...]
    """Rows of the customers that have at least one event in it."""
    other: dict[str, int] = field(default_factory=dict)


def hash_table(entries: int, width: int) -> tuple[Words, Words]:
    """Empty keys and values for `entries` keys, at most half full."""
    size = 1 << max(10, (2 * entries).bit_length())
    return np.zeros(size, dtype=np.int64), np.zeros((size, width), dtype=np.int64)


Contested = tuple[Words, Words]
"""Ids (`I_ID`) that come with more than one customer, ascending, and the key of the customer whose event came first."""


def read_feed(
    chunks: Iterable[EventChunk],
    customers: CustomerTable,
    destinations: Destinations,
    contested: Contested | None = None,
) -> Feed:
    """Encode a whole feed. Events of unknown customers and contradicting duplicates are set aside as rejected.

    `contested` is for a feed that is only a part of the whole: what the parts cannot tell each by itself.
    """
    tables: list[pa.Table] = []
    raws: list[Words] = []
    intakes: list[Words] = []
    known: list[npt.NDArray[np.bool_]] = []
    rejected: list[Rejected] = []
    other: dict[str, int] = {}
    whose = Whose(customers)
    for read in chunks:
        chunk = whose.named(read)
        rejected += chunk.rejected
        for kind, count in chunk.other.items():
            other[kind] = other.get(kind, 0) + count
        if chunk.calls.num_rows:
            encoded = encode(chunk.calls, customers, destinations)
            tables.append(chunk.calls)
            raws.append(encoded.raw)
            intakes.append(encoded.intake)
            known.append(encoded.known)
    table = pa.concat_tables(tables).unify_dictionaries() if tables else CALL_SCHEMA.empty_table()
    raw: Words = np.concatenate(raws) if raws else np.zeros((0, WIDTH), dtype=np.int64)
    intake: Words = np.concatenate(intakes) if intakes else np.zeros((0, INTAKE_WIDTH), dtype=np.int64)
    is_known = np.concatenate(known) if known else np.zeros(0, dtype=np.bool_)
    rejected += strangers(table, np.flatnonzero(~is_known))
    # Of one instant, the attempt before the answer before the end, whatever order they came in.
    order = np.argsort(intake[:, I_TIME] * KINDS + intake[:, I_KIND], kind="stable")
    order = order[is_known[order]]
    verdicts = np.full(len(raw), -1, dtype=np.int8)
    if contested is not None and len(contested[0]):
        lost = _lost(intake[:, I_ID], raw[:, COLUMN_INDEX["customer"]], contested) & is_known
        verdicts[lost] = CONTRADICTS
        order = order[~lost[order]]
    emitted, _ = admit_rows(intake, order, verdicts)
    rejected += contradictions(table, np.flatnonzero(verdicts == CONTRADICTS))
    return Feed(
        table=table,
        raw=raw,
        emitted=emitted,
        events=int(np.count_nonzero(verdicts == NEW)) + sum(other.values()),
        duplicates=int(np.count_nonzero(verdicts == DUPLICATE)),
        rejected=rejected,
        customers=tuple(int(row) for row in np.unique(raw[verdicts == NEW, COLUMN_INDEX["customer_row"]])),
        other=other,
    )


def _lost(ids: Words, owners: Words, contested: Contested) -> npt.NDArray[np.bool_]:
    """Which events bear an id that another customer's event had first."""
    found, first = contested
    place = np.minimum(np.searchsorted(found, ids), len(found) - 1)
    lost: npt.NDArray[np.bool_] = (found[place] == ids) & (first[place] != owners)
    return lost


def admit_rows(intake: Words, order: Words, verdicts: npt.NDArray[np.int8]) -> tuple[Words, Words]:
    """Kernel rows of all events in `order`, by time, then call, then phase: an order that no feed's shape can change."""
    id_keys, ids = hash_table(len(order), ID_WIDTH)
    call_keys, calls = hash_table(len(order), CALL_WIDTH)
    counts: Words = np.zeros(2, dtype=np.int64)
    out: Words = np.empty((3 * len(order), EMITTED_WIDTH), dtype=np.int64)
    n = admit(intake, order, 0, id_keys, ids, call_keys, calls, counts, verdicts, out)
    emitted = out[:n]
    by_time = np.lexsort((emitted[:, O_PHASE], emitted[:, O_CALL], emitted[:, O_TIME]))
    return emitted[by_time], counts


def strangers(table: pa.Table, rows: Words) -> list[Rejected]:
    """Events of unknown customers, set aside."""
    hint = "is not in the customers file; add a record for it, or leave --customers out to judge all"
    return [_aside(event, "customer", f"customer `{event['customer']}` {hint}") for event in _events(table, rows)]


def contradictions(table: pa.Table, rows: Words) -> list[Rejected]:
    """Events that say something else than an earlier one, set aside."""
    hint = "contradicts an earlier one of the same id"
    found = []
    for event in _events(table, rows):
        phase = "" if event["call_id"] is None else f" or of the same phase of call `{event['call_id']}`"
        found.append(_aside(event, "id", f"event `{event['id']}` {hint}{phase}; the first was kept"))
    return found


def _events(table: pa.Table, rows: Words) -> Iterator[dict[str, Any]]:
    for first in range(0, len(rows), _SOME):
        yield from table.take(pa.array(rows[first : first + _SOME])).to_pylist()


def _aside(event: dict[str, Any], field: str, reason: str) -> Rejected:
    shown = {key: value for key, value in event.items() if value is not None and key not in ("file", "line_number")}
    record = msgspec.json.encode(shown).decode()[:2000]
    return Rejected(file=str(event["file"] or ""), line=int(event["line_number"] or 0), field=field, reason=reason, record=record)


def event_records(table: pa.Table, rows: Sequence[int]) -> tuple[dict[str, object], ...]:
    """Events for people: instants as RFC 3339, nothing that is unknown, texts without what must not be shown."""
    picked = table.take(pa.array(rows, pa.int64()))
    told = [name for name in picked.column_names if picked[name].null_count < len(rows) and name not in ("line_number", "file")]
    return tuple(_record(one) for one in picked.select(told).to_pylist())


def _record(one: dict[str, Any]) -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in one.items():
        if value is None:
            continue
        if key == "data":
            out |= {name: told for name, told in msgspec.json.decode(value).items() if told is not None}
            continue
        out[key.removesuffix("_us") if key.endswith("_us") else key] = format_us(value) if key.endswith("_us") else value
    for name in SHOWN:
        if isinstance(out.get(name), str):
            out[name] = shown_text(str(out[name]))
    return out
