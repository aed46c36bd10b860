"""What plain calls have in common that come in one way: the row that theirs are like, and the text that the log has of them.

A customer's calls from one device by one proxy differ in two numbers, a name and their own ids. The rest of their rows, of their
lines and of their answers is kept here, so that some calls at once cost one compiled loop, and a line is filled in instead of
written. Both say the very same as `encode_attempt` and JSON's encoder, which tests compare.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.decisions.answers import connected
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, Reason
from fairwire.model.instants import SECOND_US
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.owned import OwnedNumbers
from fairwire.ports.plain_call import PlainCall, PlainCaller
from fairwire.runtime.attempts import second_text, shared_key
from fairwire.runtime.callers import COUNTRY_CODE_WIDTHS, UNPLACED_KINDS
from fairwire.runtime.encode import country_keys
from fairwire.runtime.numbering import kept_of
from fairwire.runtime.sides import TOLD_WIDTH, usual_rows
from fairwire.sources.jsonl.wire import LINES

Words = npt.NDArray[np.int64]
MOST = 64
"""Calls whose rows are made at once."""
MOST_LANES = 1 << 16
"""Ways of calling that are remembered; all are forgotten when there are more."""
_TEXT = 1 << 10
"""Bytes of a call's numbers and ids; one with more is no usual call."""
_TOLD = Struct("8q48x9q")
_encode = msgspec.json.Encoder().encode
_LINE: Any = LINES["call.attempt"]
_DATA: Any = next(field.type for field in msgspec.structs.fields(_LINE) if field.name == "data")
_FIELDS = tuple((field.name, field.encode_name) for field in msgspec.structs.fields(_DATA))
_FILLED = ("call_id", "from_", "to", "line", "display_name", "pai")
"""Of the data of a line, what each caller or call says for itself."""
_OF_CALL = ("call_id", "to")


class Lane(msgspec.Struct, frozen=True, gc=False):
    """What the plain calls have in common that come in one way."""

    place: int
    """Of their row among the rows of lanes."""
    row: int
    """Of their customer."""
    customer: Customer
    """The record that it was made by: with another one it is made anew."""
    pack: str
    """Key of the pack that judges the customer; empty where that depends on the time."""
    region: int
    owned: tuple[int, int]
    """The customer's spans of numbers, among those of all lanes."""
    line: str
    """A line of the log, to be filled with id, source, time, and the data of call and caller in their order."""
    answered: str
    """What it is known by in the log of answers, to be filled with call id, caller and called."""


class Met(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a caller whose calls may be usual ones."""

    lane: Lane
    era: object
    """`Lanes.era` when that was so; in another one it is not."""
    brand: int
    asserted: int
    """Columns of its rows, by what it shows of itself."""


class Ready(msgspec.Struct, frozen=True, gc=False):
    """A call that may be a usual one."""

    place: int
    """In the burst."""
    call: PlainCall
    met: Met
    lane: Lane
    at_us: int
    named: str
    """`call_key` of it."""
    key: str
    """`answer_key` of it."""


class Lanes:
    """Used from one thread, for one customer table and one plan."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._kept = kept_of(destinations)
        book = self._kept.book
        consent = book.consent
        self._tables = (book.nanp.rules, *self._kept.barred)
        self._more = (COUNTRY_CODE_WIDTHS, consent.by_code, consent.by_area, UNPLACED_KINDS)
        self._known: dict[tuple[object, ...], Lane] = {}
        self.era = object()
        """Another one when lanes are forgotten."""
        self._rows: Words = np.zeros((1 << 6, WIDTH), dtype=np.int64)
        self._lows: Words = np.zeros(1 << 6, dtype=np.int64)
        self._highs: Words = np.zeros(1 << 6, dtype=np.int64)
        self._spans = 0
        self._told_bytes = bytearray(MOST * TOLD_WIDTH * 8)
        self._told = np.frombuffer(self._told_bytes, dtype=np.int64).reshape(MOST, TOLD_WIDTH)
        self._text = bytearray(MOST * _TEXT)
        self._data = np.frombuffer(self._text, dtype=np.uint8)
        self.raw: Words = np.zeros((MOST, WIDTH), dtype=np.int64)
        self.intake: Words = np.zeros((MOST, INTAKE_WIDTH), dtype=np.int64)
        self._found: Words = np.zeros(MOST, dtype=np.int64)
        self._tails: dict[str, tuple[str, str]] = {}

    def warm(self) -> None:
        """Load the compiled code now, so that the first call does not wait for it."""
        self.fill([])

    def of(self, caller: PlainCaller, customer: Customer) -> Lane | None:
        """The lane of a caller's calls; None where none is known."""
        lane = self._known.get(_way(caller))
        return lane if lane is not None and lane.customer is customer else None

    def meet(self, caller: PlainCaller, customer: Customer) -> Met | None:
        """What there is to remember of a caller; None where it has no lane, or its name is not written as it is."""
        lane, name = self.of(caller, customer), caller.display_name
        if lane is None or '"' in name or "\\" in name:
            return None
        book, shown, told = self._kept.book, caller.from_, caller.pai
        brand = book.brand(name, customer) if name else None
        other = (told != shown and book.asserted(shown, told, customer.country)) if told else None
        return Met(lane, self.era, UNKNOWN if brand is None else brand, UNKNOWN if other is None else other)

    def open(self, caller: PlainCaller, row: int, customer: Customer, pack: str, like: Words) -> None:
        """Remember the way that a caller's plain calls come in, by the row of one or that of one like it."""
        if len(self._known) >= MOST_LANES or self._spans > 1 << 24:
            self._known.clear()
            self._spans, self.era = 0, object()
        place, key = len(self._known), _way(caller)
        former = self._known.get(key)
        if former is not None:
            place = former.place
        elif place >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[place] = like
        owned = OwnedNumbers(customer.numbers)
        first, self._spans = self._spans, self._spans + len(owned.lows)
        while self._spans > len(self._lows):
            self._lows = np.concatenate([self._lows, np.zeros_like(self._lows)])
            self._highs = np.concatenate([self._highs, np.zeros_like(self._highs)])
        self._lows[first : self._spans], self._highs[first : self._spans] = owned.lows, owned.highs
        self._known[key] = Lane(
            place=place,
            row=row,
            customer=customer,
            pack=pack,
            region=self._destinations.region_number(customer.country),
            owned=(first, self._spans),
            line=_line_form(caller),
            answered=f'["{_inside(caller.customer)}\\u0000%s\\u0000%s\\u0000%s",',
        )

    def fill(self, calls: list[Ready]) -> tuple[list[int], list[list[int]]]:
        """Rows of calls, into `raw` and `intake`: for each what `usual_row` returns, and what it is like."""
        book, told, at, begin = self._kept.book, self._told_bytes, 0, 0
        zones, listed = book.zones, bool(book.do_not_call)
        source, source_key = "", UNKNOWN
        texts: list[str] = []
        for ready in calls:
            call, met, lane, time = ready.call, ready.met, ready.lane, ready.at_us
            caller = call.caller
            to, from_, line, event, call_id = call.to, caller.from_, caller.line, call.event_id, call.call_id
            digits = to[1:]
            if call.source is not source:
                source, source_key = call.source, shared_key(call.source)
            to_stop = len(to)
            from_stop = to_stop + len(from_)
            line_stop = from_stop + len(line)
            id_stop = line_stop + len(event)
            call_stop = id_stop + len(call_id)
            _TOLD.pack_into(
                told, at,
                source_key,
                time,
                UNKNOWN,
                lane.region,
                zones.hour_there(zones.place(digits), time),
                book.do_not_call.forbids(int(digits), lane.customer.id, time) if listed else UNKNOWN,
                met.brand,
                met.asserted,
                begin, to_stop, from_stop, line_stop, id_stop, call_stop, lane.place, *lane.owned,
            )  # fmt: skip
            texts += (to, from_, line, event, call_id)
            begin += call_stop
            at += TOLD_WIDTH * 8
        text = "".join(texts).encode("ascii")
        self._text[: len(text)] = text
        states = self._destinations.states
        usual_rows(
            len(calls), self._rows, self._data, self._told, states.next, states.answers, self._destinations.facts,
            country_keys(self._destinations), *self._tables, self._lows, self._highs, *self._more,
            self.raw, self.intake, self._found,
        )  # fmt: skip
        return self._found[: len(calls)].tolist(), self._told[: len(calls), 8:14].tolist()

    def line(self, ready: Ready) -> bytes:
        """The line of the log that says what the call is, as `made_attempt` writes it."""
        call, at_us = ready.call, ready.at_us
        caller = call.caller
        time = f"{second_text(at_us // SECOND_US)}.{at_us % SECOND_US:06d}Z"
        name, pai = caller.display_name, caller.pai
        more = (name, pai) if name and pai else (name or pai,) if name or pai else ()
        if caller.line:
            more = (caller.line, *more)
        return (ready.lane.line % (call.event_id, call.source, time, call.call_id, caller.from_, call.to, *more)).encode()

    def answer(self, ready: Ready, policy: str, noticed: tuple[Reason, ...] = ()) -> tuple[Decision, bytes]:
        """The answer to a call that connects by a policy, and what the log has of it."""
        call = ready.call
        if noticed:
            decision = connected(policy, call.event_id, noticed)
            head = ready.lane.answered % (call.call_id, call.caller.from_, call.to)
            return decision, head.encode() + _encode(decision) + b"]"
        tail = self._tails.get(policy)
        if tail is None:
            before, _, behind = _encode(connected(policy, "/")).decode().rpartition("/")
            tail = self._tails[policy] = before, behind + "]"
        head = ready.lane.answered % (call.call_id, call.caller.from_, call.to)
        text = f"{head}{tail[0]}{call.event_id}{tail[1]}"
        return connected(policy, call.event_id), text.encode()


def is_written_as_it_is(call: PlainCall) -> bool:
    """Whether JSON writes a call's id without an escape, and all that the call and its caller say has room."""
    said = call.call_id
    return '"' not in said and "\\" not in said and len(said) + len(call.caller.display_name) < _TEXT // 2


def _way(caller: PlainCaller) -> tuple[object, ...]:
    """By what a lane is known."""
    return (
        caller.customer, caller.src_ip, caller.user_agent, caller.user, caller.transport, caller.trunk,
        bool(caller.line), bool(caller.display_name), bool(caller.pai),
    )  # fmt: skip


def _inside(text: str) -> str:
    """A text as it stands between quotation marks, to be filled in elsewhere."""
    return _encode(text).decode()[1:-1].replace("%", "%%")


def _line_form(caller: PlainCaller) -> str:
    """The line of a caller's calls with places for what each call and each caller of the lane says for itself."""
    parts: list[str] = []
    for name, written in _FIELDS:
        value = "?" if name in _OF_CALL else getattr(caller, name, "")
        if value:
            parts.append(f'"{written}":"{"%s" if name in _FILLED else _inside(value)}"')
    head = '{"type":"call.attempt","specversion":"1.0","id":"%s","source":"%s","time":"%s","data":{'
    return head + ",".join(parts) + "}}"
