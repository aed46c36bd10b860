"""Call events as columns (Arrow) to rows of 64-bit integers: strings become keys, numbers called become facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.arena import mix
from fairwire.kernel.compiled import njit
from fairwire.kernel.hashing import hash_many, key_of
from fairwire.kernel.intake import (
    I_ANSWER,
    I_ANSWERED,
    I_CALL,
    I_CONTENT,
    I_END,
    I_ID,
    I_KIND,
    I_START,
    I_TIME,
    INTAKE_WIDTH,
)
from fairwire.model.columns import (
    COLUMN_INDEX,
    COLUMNS,
    DIRECTIONS,
    DISPOSITIONS,
    KIND_CODES,
    RELEASES,
    TARIFFS,
    UNKNOWN,
)
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.destinations import Destinations

Words = npt.NDArray[np.int64]
_DIGITS = re.compile(r"\+?\d{3,}")
_KEYS = {"user": "user", "line": "line", "credential": "credential", "caller": "from", "source": "src_ip"}
_NUMBERS = {"sip_code": "sip_code", "charge": "charge_micros", "talk_s": "duration_ms", "rate": "rate_micros"}
_WORDS = {
    "direction": ("direction", DIRECTIONS),
    "disposition": ("disposition", DISPOSITIONS),
    "tariff": ("tariff", TARIFFS),
    "released_by": ("released_by", RELEASES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A chunk of calls as the kernel wants them."""

    raw: Words
    """Shape (events, columns)."""
    intake: Words
    """Shape (events, `INTAKE_WIDTH`)."""
    known: npt.NDArray[np.bool_]
    """False where the customer is unknown: such a row must not be run."""


def keys_of(column: pa.Array, prefix: int = 0) -> Words:
    """64-bit key of each string; `UNKNOWN` where it is null or empty."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    out: Words = np.empty(len(column), dtype=np.int64)
    if not len(column):
        return out
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    characters = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    hash_many(characters, bounds, out, prefix)
    out[bounds[1:] == bounds[:-1]] = UNKNOWN
    if column.null_count:
        out[np.asarray(column.is_null())] = UNKNOWN
    return out


def numbers_of(column: pa.ChunkedArray) -> Words:
    """Integers; `UNKNOWN` where null."""
    return np.asarray(pc.fill_null(column, UNKNOWN)).astype(np.int64, copy=False)


def codes_of(column: pa.ChunkedArray, words: tuple[str, ...]) -> Words:
    """Place in a closed list, from 1; 0 for another word, `UNKNOWN` where null."""
    codes = pc.fill_null(pc.add(pc.index_in(column, value_set=pa.array(words)), 1), 0)
    out: Words = np.array(codes.to_numpy(), dtype=np.int64)
    if column.null_count:
        out[np.asarray(column.is_null())] = UNKNOWN
    return out


@njit
def fold_rows(rows: Words, out: Words) -> None:
    """Fold each row into its key in `out`."""
    for i in range(rows.shape[0]):
        key = out[i]
        for c in range(rows.shape[1]):
            key = mix(key, rows[i, c])
        out[i] = key


@njit
def fold(a: Words, b: Words, out: Words) -> None:
    """Key of two columns."""
    for i in range(a.shape[0]):
        out[i] = mix(a[i], b[i])


def encode(table: pa.Table, customers: CustomerTable, destinations: Destinations) -> Encoded:
    """Turn a chunk of `CALL_SCHEMA` into rows.

    Parameters
    ----------
    table
        Call events in any order.
    customers
        Whom they may belong to.
    destinations
        What a number called is, seen from the customer's country.
    """
    n = table.num_rows
    raw: Words = np.full((n, len(COLUMNS)), UNKNOWN, dtype=np.int64)
    column = COLUMN_INDEX
    row_of = _customer_rows(table["customer"], customers)
    known = row_of >= 0
    safe = np.where(known, row_of, 0)
    raw[:, column["customer_row"]] = safe
    raw[:, column["customer"]] = customers.keys[safe] if len(customers.keys) else 0
    raw[:, column["kind"]] = codes_of(table["type"], ("call.attempt", "call.answered", "call.ended"))
    raw[:, column["time"]] = numbers_of(table["time_us"])
    for name, source in _KEYS.items():
        raw[:, column[name]] = keys_of(table[source])
    for name, source in _NUMBERS.items():
        raw[:, column[name]] = numbers_of(table[source])
    for name, (source, words) in _WORDS.items():
        raw[:, column[name]] = codes_of(table[source], words)
    for name in ("automated", "recorded"):
        raw[:, column[name]] = numbers_of(table[name].cast(pa.int64()))
    silence = pc.multiply(table["silence_ratio"], 1e6)
    raw[:, column["silence"]] = numbers_of(pc.cast(pc.round(silence), pa.int64()))
    start, answer, end = (numbers_of(table[name]) for name in ("start_us", "answer_us", "end_us"))
    picked = np.where(answer != UNKNOWN, answer, end)
    raw[:, column["ring_s"]] = np.where((start != UNKNOWN) & (picked != UNKNOWN), (picked - start) // 1000, UNKNOWN)
    _diversions(table, raw)
    _called(table, raw, customers, destinations, safe)
    intake: Words = np.full((n, INTAKE_WIDTH), UNKNOWN, dtype=np.int64)
    intake[:, I_KIND] = raw[:, column["kind"]]
    intake[:, I_TIME] = raw[:, column["time"]]
    intake[:, I_ID] = event_ids(table)
    calls: Words = np.empty(n, dtype=np.int64)
    fold(raw[:, column["customer"]].copy(), keys_of(table["call_id"]), calls)
    intake[:, I_CALL] = calls
    intake[:, I_START], intake[:, I_ANSWER], intake[:, I_END] = start, answer, end
    intake[:, I_ANSWERED] = raw[:, column["disposition"]] == 1
    content = calls.copy()
    fold_rows(raw, content)
    fold_rows(intake[:, I_START : I_ANSWERED + 1].copy(), content)
    intake[:, I_CONTENT] = content
    return Encoded(raw=raw, intake=intake, known=known)


def event_ids(table: pa.Table) -> Words:
    """What events are known by: source and id."""
    ids: Words = np.empty(table.num_rows, dtype=np.int64)
    fold(keys_of(table["source"]), keys_of(table["id"]), ids)
    return ids


def _customer_rows(column: pa.ChunkedArray, customers: CustomerTable) -> Words:
    encoded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    rows = np.array([customers.rows.get(name, -1) for name in encoded.dictionary.to_pylist()] or [-1], dtype=np.int64)
    return rows[np.asarray(encoded.indices)] if len(encoded) else np.zeros(0, dtype=np.int64)


def bare(number: str) -> str:
    """The digits of a number or SIP address, with a leading plus if there is one."""
    match = _DIGITS.search(number.split("@", 1)[0])
    return match[0] if match else number


def _diversions(table: pa.Table, raw: Words) -> None:
    column = COLUMN_INDEX
    lengths = np.array(pc.fill_null(pc.list_value_length(table["diversion"]), 0), dtype=np.int64)
    told = np.array(pc.fill_null(table["forwarded"].cast(pa.int64()), 0), dtype=np.int64)
    raw[:, column["diversions"]] = lengths
    raw[:, column["forwarded"]] = ((lengths > 0) | (told == 1)).astype(np.int64)
    raw[:, column["loop"]] = 0
    for i in np.flatnonzero(lengths):
        chain = [bare(number) for number in table["diversion"][int(i)].as_py() if number]
        if not chain:
            continue
        called = bare(table["to"][int(i)].as_py() or "")
        raw[i, column["diverting"]] = key_of(chain[0])
        raw[i, column["loop"]] = int(len(set(chain)) < len(chain) or called in chain)


def _called(table: pa.Table, raw: Words, customers: CustomerTable, destinations: Destinations, rows: Words) -> None:
    """Facts about the other side: classified once for each distinct number and country of the caller."""
    column = COLUMN_INDEX
    countries = np.array([customer.country for customer in customers.customers] or [""], dtype=object)
    of_row = countries[rows] if len(customers.customers) else np.full(len(rows), "", dtype=object)
    inbound = raw[:, column["direction"]] == 2
    away = np.where(inbound, 1, 0)
    names, place = np.unique(of_row.astype(str), return_inverse=True)
    for index, country in enumerate(names):
        for side, source in ((0, "to"), (1, "from")):
            chosen = np.flatnonzero((place == index) & (away == side))
            if not len(chosen):
                continue
            encoded = pc.dictionary_encode(pc.take(table[source], pa.array(chosen)).combine_chunks())
            if isinstance(encoded, pa.ChunkedArray):
                encoded = encoded.chunk(0)
            texts = [text or "" for text in encoded.dictionary.to_pylist()]
            facts = destinations.classify_many(texts, str(country))
            filled = np.asarray(pc.fill_null(encoded.indices, -1)).astype(np.int64)
            told = filled >= 0
            at, picks = chosen[told], filled[told]
            shown = pa.array([known or bare(text) for known, text in zip(facts.e164, texts, strict=True)], pa.string())
            raw[at, column["remote"]] = keys_of(shown)[picks]
            if side == 1:
                continue
            raw[at, column["callee"]] = keys_of(shown)[picks]
            raw[at, column["block"]] = keys_of(pa.array(facts.block, pa.string()))[picks]
            raw[at, column["country"]] = keys_of(pa.array(facts.country, pa.string()))[picks]
            raw[at, column["destination"]] = facts.destination[picks]
            raw[at, column["international"]] = facts.international[picks]
            raw[at, column["high_risk"]] = facts.high_risk[picks]
            raw[at, column["number"]] = facts.national[picks]


assert KIND_CODES["call.ended"] == 3
