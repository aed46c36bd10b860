"""Columns of calls about who calls, and how: filled once for each distinct text, or by compiled loops over plain numbers.

`fill_callers` fills a table, `caller_values` says the same of one attempt; `numbers.book` is the truth behind both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.columns import (
    ATTESTATIONS,
    COLUMN_INDEX,
    CONSENTS,
    DESTINATIONS,
    MEDIA,
    TRANSPORT_AGENTS,
    UNKNOWN,
)
from fairwire.model.customers import Customer
from fairwire.numbers.book import NumberBook
from fairwire.numbers.destination import UNPLACED
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.presented import CODE_OF_STATE
from fairwire.numbers.world import WIDTHS
from fairwire.runtime.columnar import buffers_of, codes_of, whole
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.gather import LATER, UNSEEN, States, Words
from fairwire.runtime.numbering import Kept, kept_of
from fairwire.runtime.sides import Verdicts, both_sides, callee_hours, caller_states, values_of

_LEARNT = 512
"""Numbers shown to the automaton before the compiled loop is tried again."""
_COLUMN = COLUMN_INDEX
COUNTRY_CODE_WIDTHS = np.array(WIDTHS, dtype=np.int64)
_SECURE = ("tls", "wss")
UNPLACED_KINDS = np.array([word in UNPLACED for word in ("", *DESTINATIONS)], dtype=np.int64)
"""By kind of number called: its block is not, or not surely, the beginning of an E.164 number."""
_CALLER_STATE, _NEIGHBOUR, _ALL_PARTY = _COLUMN["caller_state"], _COLUMN["neighbour"], _COLUMN["all_party"]
_CALLEE_HOUR, _DO_NOT_CALL = _COLUMN["callee_hour"], _COLUMN["do_not_call"]
_ATTESTATION, _AGENT, _BRAND = _COLUMN["attestation"], _COLUMN["agent"], _COLUMN["brand"]
_ASSERTED, _ENCRYPTED = _COLUMN["asserted"], _COLUMN["encrypted"]
_WORDS = {"attestation": ("attestation", ATTESTATIONS), "medium": ("kind", MEDIA), "consent": ("recording_consent", CONSENTS)}


def fill_callers(
    table: pa.Table, columns: Words, customers: CustomerTable, destinations: Destinations, owners: Words, stretches: States
) -> None:
    """Fill what calls say of the caller, its programs, its media, and of both sides together.

    Parameters
    ----------
    table
        `CALL_SCHEMA`; rows that are no calls may hold anything afterwards, and must be filled behind this.
    columns
        Shape (places of a row, events), with the facts about the number called.
    owners
        Row of each event's customer.
    stretches
        Row of `destinations.facts` of the number on the other side, where the automaton has read it; -1 elsewhere.
    """
    if not table.num_rows or not customers.customers:
        return
    kept = kept_of(destinations)
    read = _states(table, columns, customers, kept, owners, stretches)
    _sides(table, columns, customers, kept, owners, stretches, read)
    _hours(table, columns, customers, kept, owners)
    _do_not_call(table, columns, customers, kept, owners)
    _told(table, columns, customers, kept, owners)


def _states(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words, stretches: States) -> Verdicts:
    """Returns which callers' numbers the automaton has read."""
    book, calling = kept.book, whole(table["from"])
    destinations, out = book.destinations, columns[_COLUMN["caller_state"]]
    which = np.flatnonzero(np.asarray(pc.is_valid(calling))).astype(np.int64)
    verdicts = np.zeros(len(out), dtype=np.int8)
    data, bounds = buffers_of(calling)
    line, lows, highs = kept.barred
    lists = (line, lows, highs, *kept.own_spans(customers), columns[_COLUMN["direction"]], stretches, out, verdicts)
    while len(which):
        plan, facts = destinations.states, destinations.facts
        unseen = caller_states(which, data, bounds, owners, plan.next, plan.answers, facts, book.nanp.rules, *lists)
        which = np.flatnonzero(verdicts == UNSEEN) if unseen else which[:0]
        for i in which[:_LEARNT].tolist():
            destinations.learn(calling[i].as_py()[1:])

    def ask(customer: Customer, text: str | None) -> int | None:
        return _state(book, text, customer)

    _each(out, (calling,), owners, np.flatnonzero(verdicts == LATER), customers, ask)
    if customers.verified:
        times = columns[_COLUMN["start"]]
        for i in np.flatnonzero(np.isin(owners, list(customers.verified)) & np.asarray(pc.is_valid(calling))).tolist():
            found = _state(book, calling[i].as_py(), customers.presenting(int(owners[i]), int(times[i])))
            out[i] = UNKNOWN if found is None else found
    verdicts[np.asarray(pc.is_null(calling))] = LATER
    return verdicts


def _sides(
    table: pa.Table,
    columns: Words,
    customers: CustomerTable,
    kept: Kept,
    owners: Words,
    stretches: States,
    read: Verdicts,
) -> None:
    book = kept.book
    states, neighbour, all_party = (columns[_COLUMN[name]] for name in ("caller_state", "neighbour", "all_party"))
    calling, called, line = (whole(table[name]) for name in ("from", "to", "line"))
    texts = (*buffers_of(calling), *buffers_of(called), *buffers_of(line))
    tables = (COUNTRY_CODE_WIDTHS, book.consent.by_code, book.consent.by_area)
    verdicts = np.zeros(table.num_rows, dtype=np.int8)
    both_sides(*texts, *tables, columns[_COLUMN["direction"]], stretches, read, states, neighbour, all_party, verdicts)
    later = np.flatnonzero(verdicts == LATER)

    def next_door(customer: Customer, shown: str | None, other: str | None, own: str | None) -> bool | None:
        return book.neighbour(shown, other, own, customer)

    def all_agree(customer: Customer, shown: str | None, other: str | None) -> bool | None:
        return book.all_party(shown, other, customer.country)

    _each(neighbour, (calling, called, line), owners, later, customers, next_door)
    _each(all_party, (calling, called), owners, later, customers, all_agree)


def _hours(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    zones, times = kept.book.zones, columns[_COLUMN["start"]]
    sides = (columns[_COLUMN["block"]], columns[_COLUMN["destination"]], times)
    verdicts = np.zeros(table.num_rows, dtype=np.int8)
    at, last = int(times.min()), int(times.max())
    while at <= last:
        hours, low, high = zones.table(at)
        if callee_hours(*sides, *kept.blocks, hours, low, high, UNPLACED_KINDS, columns[_COLUMN["callee_hour"]], verdicts):
            _learn(table, sides[0], np.flatnonzero(verdicts == UNSEEN), customers, kept, owners)
        else:
            at = high


def _learn(table: pa.Table, blocks: Words, which: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    """Ask once for each block of the calls `which` in which zones it is."""
    book = kept.book
    found, first = np.unique(blocks[which], return_index=True)
    chosen = which[first]
    texts = pc.take(whole(table["to"]), pa.array(chosen)).to_pylist()
    countries = [customers.customers[owner].country for owner in owners[chosen].tolist()]
    numbers = [book.e164(text, country) for text, country in zip(texts, countries, strict=True)]
    places = [0 if digits is None else book.zones.place(digits) for digits in numbers]
    kept.learn(found, np.array(places, dtype=np.int64))


def _do_not_call(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    book = kept.book
    if not book.do_not_call:
        return
    out, called = columns[_COLUMN["do_not_call"]], whole(table["to"])
    values: Words = np.empty(table.num_rows, dtype=np.int64)
    values_of(*buffers_of(called), values)
    outward = columns[_COLUMN["callee"]] != UNKNOWN
    plain = np.flatnonzero(outward & (values > 0))
    listed = book.do_not_call.among(values[plain])
    out[plain] = listed == 1
    times = columns[_COLUMN["start"]]
    for i in plain[listed == 2].tolist():
        out[i] = int(book.do_not_call.forbids(int(values[i]), customers.customers[owners[i]].id, int(times[i])))
    for i in np.flatnonzero(outward & (values == 0)).tolist():
        said = book.must_not_call(called[i].as_py(), customers.customers[owners[i]], int(times[i]))
        out[i] = UNKNOWN if said is None else int(said)


def _told(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    """What only some feeds tell: nothing is done for fields that are not there."""
    book = kept.book
    for name, (source, words) in _WORDS.items():
        if table[source].null_count < table.num_rows:
            said = codes_of(table[source], words)
            columns[_COLUMN[name]] = np.where(said == 0, UNKNOWN, said)
    _encrypted(table, columns)
    agents = whole(table["user_agent"])
    if agents.null_count < len(agents):
        encoded = whole(pc.dictionary_encode(agents, null_encoding="encode"))
        found = [_agent(book, text) for text in encoded.dictionary.to_pylist()]
        classes = np.array([UNKNOWN if each is None else each for each in found], dtype=np.int64)
        columns[_COLUMN["agent"]] = classes[np.asarray(encoded.indices)]
    _brands(table, columns, customers, kept, owners)
    _asserted(table, columns, customers, kept, owners)


def _brands(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    names = whole(table["display_name"])
    if names.null_count == len(names):
        return

    def ask(customer: Customer, name: str | None) -> bool | None:
        return kept.book.brand(name, customer)

    _each(columns[_COLUMN["brand"]], (names,), owners, np.flatnonzero(np.asarray(pc.is_valid(names))), customers, ask)


def _asserted(table: pa.Table, columns: Words, customers: CustomerTable, kept: Kept, owners: Words) -> None:
    told, calling = whole(table["pai"]), whole(table["from"])
    if told.null_count == len(told):
        return
    same = np.asarray(pc.fill_null(pc.equal(told, calling), False))
    numbers: Words = np.empty(len(told), dtype=np.int64)
    values_of(*buffers_of(calling), numbers)
    out = columns[_COLUMN["asserted"]]
    out[same & (numbers > 0)] = 0

    def ask(customer: Customer, shown: str | None, pai: str | None) -> bool | None:
        return kept.book.asserted(shown, pai, customer.country)

    rest = np.flatnonzero(np.asarray(pc.is_valid(told)) & ~(same & (numbers > 0)))
    _each(out, (calling, told), owners, rest, customers, ask)


def _encrypted(table: pa.Table, columns: Words) -> None:
    transport, srtp = whole(table["transport"]), whole(table["srtp"])
    if transport.null_count == len(transport):
        return
    secure = np.asarray(pc.is_in(transport, value_set=pa.array(_SECURE, pa.string())), dtype=np.int64)
    if srtp.null_count < len(srtp):
        secure &= np.asarray(pc.fill_null(srtp, True)).astype(np.int64)
    columns[_COLUMN["encrypted"]] = np.where(np.asarray(pc.is_valid(transport)), secure, UNKNOWN)


def _state(book: NumberBook, text: str | None, customer: Customer) -> int | None:
    found = book.caller_state(text, customer)
    return None if found is None else CODE_OF_STATE[found]


def _agent(book: NumberBook, text: str | None) -> int | None:
    found = book.agent_class(text)
    return None if found is None else TRANSPORT_AGENTS.index(found) + 1


def _each(
    out: Words,
    texts: tuple[pa.Array, ...],
    owners: Words,
    which: npt.NDArray[np.int64],
    customers: CustomerTable,
    ask: Callable[..., int | bool | None],
) -> None:
    """Ask once for each different combination of texts and customer among the events `which`, and write the answers."""
    if not len(which):
        return
    taken = pa.array(which)
    words: list[list[Any]] = []
    codes: list[Words] = []
    places: Words = owners[which]
    for each in texts:
        encoded = whole(pc.dictionary_encode(pc.take(each, taken)))
        words.append([*encoded.dictionary.to_pylist(), None])
        codes.append(np.asarray(pc.fill_null(encoded.indices, len(words[-1]) - 1)).astype(np.int64))
        # Renumbered each time, so that the product of several large lists does not leave 64 bits.
        places = np.unique(places * len(words[-1]) + codes[-1], return_inverse=True)[1]
    _, first, back = np.unique(places, return_index=True, return_inverse=True)
    answers = np.empty(len(first), dtype=np.int64)
    for k, i in enumerate(first.tolist()):
        customer = customers.customers[owners[which[i]]]
        answer = ask(customer, *(word[code[i]] for word, code in zip(words, codes, strict=True)))
        answers[k] = UNKNOWN if answer is None else int(answer)
    out[which] = answers[back]


def caller_values(data: Any, at_us: int, customer: Customer, kept: Kept, values: list[int]) -> None:
    """The same columns of one attempt, into its row of values; those that nothing is said of stay as they are, unknown."""
    book, sides, country = kept.book, kept.sides, customer.country
    calling = data.from_
    called = sides.of(data.to, country)
    if data.direction != "internal":
        shown = sides.of(calling, country)
        state = book.caller_state(calling, customer)
        if state is not None:
            values[_CALLER_STATE] = CODE_OF_STATE[state]
        if shown.digits is not None and called.digits is not None:
            next_door = shown.stem == called.stem != "" and state != "own"
            if next_door and data.line:
                next_door = sides.of(data.line, country).stem != called.stem
            values[_NEIGHBOUR] = next_door
        if shown.strict or called.strict:
            values[_ALL_PARTY] = 1
        elif shown.strict is not None and called.strict is not None:
            values[_ALL_PARTY] = 0
    if data.direction != "inbound":
        if called.zones >= 0:
            values[_CALLEE_HOUR] = book.zones.hour_there(called.zones, at_us)
        if book.do_not_call and called.digits is not None:
            values[_DO_NOT_CALL] = book.do_not_call.forbids(int(called.digits), customer.id, at_us)
    if data.attestation in ATTESTATIONS:
        values[_ATTESTATION] = ATTESTATIONS.index(data.attestation) + 1
    way_values(data.user_agent, data.transport, data.srtp, book, values)
    if data.display_name:
        brand = book.brand(data.display_name, customer)
        values[_BRAND] = UNKNOWN if brand is None else brand
    if data.pai:
        other = book.asserted(calling, data.pai, country)
        values[_ASSERTED] = UNKNOWN if other is None else other


def way_values(user_agent: str | None, transport: str | None, srtp: bool | None, book: NumberBook, values: list[int]) -> None:
    """Those about the program and the transport."""
    if user_agent is not None:
        agent = _agent(book, user_agent)
        values[_AGENT] = UNKNOWN if agent is None else agent
    if transport is not None:
        values[_ENCRYPTED] = transport in _SECURE and srtp is not False
