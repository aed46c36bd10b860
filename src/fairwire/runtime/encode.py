"""Call events as columns (Arrow) to rows of 64-bit integers: strings become keys, numbers called become facts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.kernel.hashing import key_of
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import (
    CALLER_STATES,
    CALLS,
    COLUMN_INDEX,
    COLUMNS_OF,
    DIRECTIONS,
    DISPOSITIONS,
    ENDED,
    KIND_NAMES,
    KINDS,
    RELEASES,
    TARIFFS,
    UNKNOWN,
    WIDTH,
)
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.callers import fill_callers
from fairwire.runtime.columnar import buffers_of, codes_of, keys_of, numbers_of, whole
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode_other import fill_others, read_orders
from fairwire.runtime.encode_prices import fill_prices
from fairwire.runtime.encode_values import bare
from fairwire.runtime.gather import LATER, UNSEEN, fill_intake, mix_many, place_numbers, rows_of_keys, to_rows
from fairwire.runtime.texts import text_columns

Words = npt.NDArray[np.int64]
_DIRECTION = COLUMN_INDEX["direction"]
_INBOUND, _OWN = DIRECTIONS.index("inbound") + 1, CALLER_STATES.index("own") + 1
_LEARNT = 512
"""Numbers shown to the automaton before the compiled loop is tried again: most of the others have been learnt with them."""
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
    raw: Words = np.empty((n, WIDTH), dtype=np.int64)
    intake: Words = np.empty((n, INTAKE_WIDTH), dtype=np.int64)
    space: Words = np.empty(WIDTH * n, dtype=np.int64)
    known = encode_round(table, customers, destinations, space, raw, intake, 0, -1)
    return Encoded(raw=raw, intake=intake, known=known)


def encode_round(
    table: pa.Table,
    customers: CustomerTable,
    destinations: Destinations,
    space: Words,
    raw: Words,
    intake: Words,
    base: int,
    mask: int,
) -> npt.NDArray[np.bool_]:
    """`encode` into memory that is there: row i goes to place `(base + i) & mask` of `raw` and `intake`.

    `space` needs a word for each row and each of `COLUMNS`. Returns which events are of known customers.
    """
    n = table.num_rows
    types = tuple(KIND_NAMES.get(code, "") for code in range(1, KINDS))
    columns = space[: WIDTH * n].reshape(WIDTH, n)
    columns[:] = UNKNOWN
    column = COLUMN_INDEX
    own: Words = np.empty(n, dtype=np.int64)
    columns[column["customer"]] = keys_of(table["customer"])
    rows_of_keys(columns[column["customer"]], *customers.places, own)
    known = own >= 0
    columns[column["customer_row"]] = safe = np.maximum(own, 0)
    columns[column["kind"]] = codes_of(table["type"], types)
    columns[column["time"]] = numbers_of(table["time_us"])
    for name, source in _KEYS.items():
        columns[column[name]] = keys_of(table[source])
    for name, source in _NUMBERS.items():
        columns[column[name]] = numbers_of(table[source])
    for name, (source, words) in _WORDS.items():
        columns[column[name]] = codes_of(table[source], words)
    for name in ("automated", "recorded"):
        if table[name].null_count < n:
            columns[column[name]] = numbers_of(table[name].cast(pa.int64()))
    if table["campaign"].null_count < n:
        columns[column["campaign"]] = np.where(keys_of(table["campaign"]) != UNKNOWN, 1, UNKNOWN)
    if table["silence_ratio"].null_count < n:
        silence = pc.multiply(table["silence_ratio"], 1e6)
        columns[column["silence"]] = numbers_of(pc.cast(pc.round(silence), pa.int64()))
    start, answer, end = (numbers_of(table[name]) for name in ("start_us", "answer_us", "end_us"))
    # A record tells at its end what was so when the call was asked for, such as the hour where the number called is.
    columns[column["start"]] = np.where(start != UNKNOWN, start, columns[column["time"]])
    picked = np.where(answer != UNKNOWN, answer, end)
    columns[column["ring_s"]] = np.where((start != UNKNOWN) & (picked != UNKNOWN), (picked - start) // 1000, UNKNOWN)
    columns[column["mos"]] = _scaled(table["mos"], 1e3)
    columns[column["jitter_ms"]] = _scaled(table["jitter_ms"], 1e3)
    columns[column["loss"]] = _scaled(table["loss_pct"], 1e4)
    fill_prices(table["currency"], columns, customers.dollars, customers.sizes, safe)
    _diversions(table, columns)
    read_orders(table, customers, safe)
    stretches = _called(table, columns, customers, destinations, safe)
    _who(columns, customers, safe)
    _spoken(table, columns)
    fill_callers(table, columns, customers, destinations, safe, stretches)
    _lines(table, columns)
    fill_others(table, columns, customers, destinations, safe)
    to_rows(columns, n, raw, base, mask)
    calls = keys_of(table["call_id"])
    if table["data"].null_count < n:
        # What is no call is told apart by all that it says.
        calls = np.where(calls == UNKNOWN, keys_of(table["data"]), calls)
    names = (keys_of(table["source"]), keys_of(table["id"]), calls)
    fill_intake(n, raw, *names, start, answer, end, intake, base, mask)
    return known


def _scaled(column: pa.ChunkedArray, by: float) -> Words | int:
    if column.null_count == len(column):
        return UNKNOWN
    return numbers_of(pc.cast(pc.round(pc.multiply(column, by)), pa.int64()))


def _lines(table: pa.Table, columns: Words) -> None:
    """The line of calls that do not say theirs: what else of them is the customer's own."""
    line, direction, state, diverting = (
        columns[COLUMN_INDEX[name]] for name in ("line", "direction", "caller_state", "diverting")
    )
    untold = line == UNKNOWN
    if untold.any():
        untold &= np.isin(columns[COLUMN_INDEX["kind"]], CALLS)
    if not untold.any():
        return
    outward = untold & (direction != _INBOUND)
    straight = outward & (columns[COLUMN_INDEX["forwarded"]] == 0) & ((state == _OWN) | (state == UNKNOWN))
    line[straight] = columns[COLUMN_INDEX["caller"]][straight]
    forwarded = outward & (columns[COLUMN_INDEX["forwarded"]] == 1)
    line[forwarded] = diverting[forwarded]
    inward = untold & (direction == _INBOUND)
    if inward.any():
        line[inward] = keys_of(table["to"])[inward]


def _spoken(table: pa.Table, columns: Words) -> None:
    """What transcripts say; few calls have one."""
    transcripts = table["transcript"]
    if transcripts.null_count == len(transcripts):
        return
    for i in np.flatnonzero(np.asarray(pc.is_valid(transcripts))).tolist():
        for name, value in text_columns(transcripts[i].as_py(), True).items():
            if name in _SPOKEN:
                columns[COLUMN_INDEX[name], i] = value


_SPOKEN = frozenset(column.name for column in COLUMNS_OF[ENDED])


def _who(columns: Words, customers: CustomerTable, owners: Words) -> None:
    """What a customer's record says of each of its events."""
    if not customers.customers:
        return
    columns[COLUMN_INDEX["reseller"]] = customers.resellers[owners]
    columns[COLUMN_INDEX["unprovisioned"]] = customers.provisioned[owners]


def event_ids(table: pa.Table) -> Words:
    """What events are known by: source and id."""
    ids: Words = np.empty(table.num_rows, dtype=np.int64)
    mix_many(keys_of(table["source"]), keys_of(table["id"]), ids)
    return ids


def _diversions(table: pa.Table, columns: Words) -> None:
    column = COLUMN_INDEX
    chains = whole(table["diversion"])
    columns[column["loop"]] = 0
    told = table["forwarded"]
    forwarded = np.asarray(pc.fill_null(told, False)).astype(np.int64) if told.null_count < len(told) else 0
    columns[column["diversions"]] = 0
    columns[column["forwarded"]] = forwarded
    if chains.null_count == len(chains):
        return
    lengths = np.array(pc.fill_null(pc.list_value_length(chains), 0), dtype=np.int64)
    columns[column["diversions"]] = lengths
    columns[column["forwarded"]] |= lengths > 0
    for i in np.flatnonzero(lengths):
        chain = [bare(number) for number in chains[int(i)].as_py() if number]
        if not chain:
            continue
        called = bare(table["to"][int(i)].as_py() or "")
        columns[column["diverting"], i] = key_of(chain[0])
        columns[column["loop"], i] = int(len(set(chain)) < len(chain) or called in chain)


def _called(
    table: pa.Table, columns: Words, customers: CustomerTable, destinations: Destinations, rows: Words
) -> npt.NDArray[np.int32]:
    """Facts about the other side: E.164 numbers by the automaton, everything else one distinct text at a time.

    Returns the stretch of each number that the automaton read; -1 for the others.
    """
    n = table.num_rows
    called, calling = whole(table["to"]), whole(table["from"])
    buffers = (*buffers_of(called), *buffers_of(calling))
    verdicts = np.zeros(n, dtype=np.int8)
    stretches = np.full(n, -1, dtype=np.int32)
    which = np.arange(n, dtype=np.int64)
    regions = np.array([destinations.region_number(customer.country) for customer in customers.customers] or [0], dtype=np.int64)
    while True:
        keys = country_keys(destinations)
        unseen = place_numbers(
            which, *buffers, rows, regions, destinations.states.next, destinations.states.answers, destinations.facts, keys,
            columns, verdicts, stretches,
        )  # fmt: skip
        if not unseen:
            break
        which = np.flatnonzero(verdicts == UNSEEN)
        for i in which[:_LEARNT].tolist():
            text = (calling if columns[_DIRECTION, i] == 2 else called)[i].as_py()
            destinations.learn(text[1:])
    later = np.flatnonzero(verdicts == LATER)
    if len(later):
        _called_otherwise(table, columns, customers, destinations, rows, later)
    return stretches


def country_keys(destinations: Destinations) -> Words:
    """Key of the country of each stretch that is known by now."""
    known = destinations.country_keys
    if len(known) < len(destinations.countries):
        more = [key_of(country) if country else UNKNOWN for country in destinations.countries[len(known) :]]
        destinations.country_keys = known = np.concatenate([known, np.array(more, dtype=np.int64)])
    return known


def _called_otherwise(
    table: pa.Table, columns: Words, customers: CustomerTable, destinations: Destinations, rows: Words, later: Words
) -> None:
    """The same for the events `later`: classified once for each distinct text and country of the caller."""
    column = COLUMN_INDEX
    countries = np.array([customer.country for customer in customers.customers] or [""])
    names, place = np.unique(countries[rows[later]], return_inverse=True)
    away = columns[_DIRECTION, later] == 2
    for index, country in enumerate(names):
        for side, source in ((0, "to"), (1, "from")):
            chosen = later[(place == index) & (away == side)]
            if not len(chosen):
                continue
            encoded = whole(pc.dictionary_encode(pc.take(table[source], pa.array(chosen))))
            texts = [text or "" for text in encoded.dictionary.to_pylist()]
            facts = destinations.classify_many(texts, str(country))
            filled = np.asarray(pc.fill_null(encoded.indices, -1)).astype(np.int64)
            told = filled >= 0
            at, picks = chosen[told], filled[told]
            shown = pa.array([known or bare(text) for known, text in zip(facts.e164, texts, strict=True)], pa.string())
            columns[column["remote"], at] = keys_of(shown)[picks]
            if side == 1:
                continue
            columns[column["callee"], at] = keys_of(shown)[picks]
            columns[column["block"], at] = keys_of(pa.array(facts.block, pa.string()))[picks]
            columns[column["country"], at] = keys_of(pa.array(facts.country, pa.string()))[picks]
            columns[column["destination"], at] = facts.destination[picks]
            columns[column["international"], at] = facts.international[picks]
            columns[column["high_risk"], at] = facts.high_risk[picks]
            columns[column["number"], at] = facts.national[picks]
