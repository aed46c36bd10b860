"""What plain calls have in common that come in one way: the row that theirs are like, and the text that the log has of them.

A customer's calls from one device by one proxy differ in two numbers, a name and their own ids. The rest of their rows and of
their lines is kept here, in tables that compiled loops read (`lane_rows`): some calls at once cost one loop for their rows, and
one for their lines. Both say the very same as `encode_attempt` and JSON's encoder, which tests compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.decisions.answers import connected
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.decision import Reason
from fairwire.model.instants import SECOND_US
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.emergency import LONGEST_EMERGENCY
from fairwire.numbers.owned import OwnedNumbers
from fairwire.numbers.states import LONGEST
from fairwire.ports.plain_call import PlainCall, PlainCaller
from fairwire.runtime.attempts import second_text, shared_key
from fairwire.runtime.callers import COUNTRY_CODE_WIDTHS, UNPLACED_KINDS
from fairwire.runtime.encode import country_keys
from fairwire.runtime.gathered import Gathered, Hours, lay_calls
from fairwire.runtime.lane_rows import (
    CALLER_WIDTH,
    F_CALL,
    F_EVENT,
    F_FROM,
    F_LINE,
    F_NAME,
    F_PAI,
    F_SOURCE,
    F_TIME,
    F_TO,
    LANE_WIDTH,
    ROOM,
    T_HOUR,
    TOLD_WIDTH,
    lane_rows,
    lane_texts,
)
from fairwire.runtime.lane_tables import Table, Text
from fairwire.runtime.numbering import kept_of
from fairwire.sources.jsonl.wire import LINES

Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
MOST = 64
"""Calls whose rows are made at once."""
MOST_LANES = 1 << 17
"""Ways of calling that are remembered, some 1,500 bytes each; all are forgotten when there are more, or more callers."""
MOST_CALLERS = 1 << 18
"""Callers that are remembered, some 200 bytes each."""
_MOST_TEXT = 1 << 26
"""Bytes of forms of lines, and of what callers say."""
_MOST_SPANS = 1 << 24
"""Spans of the numbers of customers."""
_TEXT = 1 << 10
"""Bytes that a call may say for itself, and its caller; for more, room is made."""
_TOLD, _GIVEN = Struct("8q"), Struct("3q")
_EVENT = "/event/"
_encode = msgspec.json.Encoder().encode
_LINE: Any = LINES["call.attempt"]
_DATA: Any = next(field.type for field in msgspec.structs.fields(_LINE) if field.name == "data")
_FIELDS = tuple((field.name, field.encode_name) for field in msgspec.structs.fields(_DATA))
_FILLED = {"call_id": F_CALL, "from_": F_FROM, "to": F_TO, "line": F_LINE, "display_name": F_NAME, "pai": F_PAI}
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
    head: str
    """What stands before the call's id in `call_key`."""


class Met(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a caller whose calls may be usual ones."""

    lane: Lane
    era: object
    """`Lanes.era` when that was so; in another one it is not."""
    place: int
    """Of what it says of itself, among that of all callers."""


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


class Notice(msgspec.Struct, frozen=True, gc=False):
    """What is noticed of a call that connects."""

    reasons: tuple[Reason, ...]
    before: bytes
    behind: bytes
    """The decision as the log has it: what stands before the event that it names, and behind it."""


class Lanes:
    """Used from one thread, for one customer table and one plan."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._kept = kept_of(destinations)
        book = self._kept.book
        consent = book.consent
        self._numbers = (book.nanp.rules, *self._kept.barred)
        self._more = (COUNTRY_CODE_WIDTHS, consent.by_code, consent.by_area, UNPLACED_KINDS)
        self._told_bytes = bytearray(MOST * TOLD_WIDTH * 8)
        self._told = np.frombuffer(self._told_bytes, dtype=np.int64).reshape(MOST, TOLD_WIDTH)
        self._room(MOST * _TEXT)
        self._begin = self._stamps = 0
        self._scratch: Bytes = np.zeros(ROOM, dtype=np.uint8)
        self._like: Words = np.zeros(14, dtype=np.int64)
        self._out: Bytes = np.zeros(1 << 16, dtype=np.uint8)
        self._ends: Words = np.zeros(2 * MOST, dtype=np.int64)
        self._spans_of: Words = np.zeros((32, 2), dtype=np.int64)
        self.raw: Words = np.zeros((MOST, WIDTH), dtype=np.int64)
        self.intake: Words = np.zeros((MOST, INTAKE_WIDTH), dtype=np.int64)
        self._found: Words = np.zeros(MOST, dtype=np.int64)
        self._codes: Words = np.zeros(MOST, dtype=np.int64)
        self._tails = Text(1 << 12)
        self._tail_ends: Words = np.zeros(1, dtype=np.int64)
        self._policies: dict[tuple[str, bool], int] = {}
        self._hours = Hours(book.zones)
        self._given_bytes = bytearray(MOST * _GIVEN.size)
        self._given = np.frombuffer(self._given_bytes, dtype=np.int64)
        self._unknown: Words = np.zeros(MOST + 1, dtype=np.int64)
        self._named = True
        """The calls that were filled last have events of their own, which answers name."""
        self._forget()

    def _forget(self) -> None:
        self._known: dict[tuple[object, ...], Lane] = {}
        self._full = False
        self.era = object()
        """Another one when lanes are forgotten."""
        self._rows, self._lanes = Table(MOST_LANES, WIDTH), Table(MOST_LANES, LANE_WIDTH)
        self._callers = Table(MOST_CALLERS, CALLER_WIDTH)
        self._said, self._forms = Text(_MOST_TEXT), Text(_MOST_TEXT)
        self._lows: Words = np.zeros(_MOST_SPANS, dtype=np.int64)
        self._highs: Words = np.zeros(_MOST_SPANS, dtype=np.int64)
        self._spans = 0

    def make_room(self) -> None:
        """Forget all lanes and callers if no more can be remembered. Not while a call is `Ready`: it names places among them."""
        if self._full:
            self._forget()

    def warm(self) -> None:
        """Load the compiled code now, so that the first call does not wait for it."""
        self.fill([])
        self.texts(0, [])
        nothing: Words = np.zeros(0, dtype=np.int64)
        hours = self._hours
        hours.turn(0)
        hours.learn("12025550100", 0)
        lay_calls(
            self._given, self._data, nothing.reshape(0, 6), self._data, 0, 0, self._told, hours.known, hours.divided,
            self._unknown,
        )  # fmt: skip

    @property
    def lists_numbers(self) -> bool:
        """Whether numbers are listed that nobody may call: then each call is looked at by itself."""
        return bool(self._kept.book.do_not_call)

    def of(self, caller: PlainCaller, customer: Customer) -> Lane | None:
        """The lane of a caller's calls; None where none is known."""
        lane = self._known.get(_way(caller))
        return lane if lane is not None and lane.customer is customer else None

    def meet(self, caller: PlainCaller, lane: Lane | None) -> Met | None:
        """What there is to remember of a caller of a lane; None where what it says is not written as it is."""
        name, shown, told = caller.display_name, caller.from_, caller.pai
        said = f"{shown}{caller.line}{name}{told}"
        if lane is None or '"' in said or "\\" in said:
            return None
        if self._callers.count >= MOST_CALLERS or self._said.size > _MOST_TEXT:
            self._full = True
            return None
        book, customer = self._kept.book, lane.customer
        brand = book.brand(name, customer) if name else None
        other = (told != shown and book.asserted(shown, told, customer.country)) if told else None
        first, stop = self._said.put(said.encode("ascii"))
        line = first + len(shown)
        display = line + len(caller.line)
        place = self._callers.count
        judged = (UNKNOWN if brand is None else int(brand), UNKNOWN if other is None else int(other))
        self._callers.put(place, (lane.place, *judged, first, line, display, stop - len(told), stop))
        return Met(lane, self.era, place)

    def open(self, caller: PlainCaller, row: int, customer: Customer, pack: str, like: Words) -> Lane | None:
        """Remember the way that a caller's plain calls come in, by the row of one or that of one like it; None where there is
        no room."""
        if len(self._known) >= MOST_LANES or self._spans > _MOST_SPANS or self._forms.size > _MOST_TEXT:
            self._full = True
            return None
        place, key = len(self._known), _way(caller)
        former = self._known.get(key)
        if former is not None:
            place = former.place
        self._rows.put_row(place, like)
        owned = OwnedNumbers(customer.numbers)
        first, self._spans = self._spans, self._spans + len(owned.lows)
        while self._spans > len(self._lows):
            self._lows = np.concatenate([self._lows, np.zeros_like(self._lows)])
            self._highs = np.concatenate([self._highs, np.zeros_like(self._highs)])
        self._lows[first : self._spans], self._highs[first : self._spans] = owned.lows, owned.highs
        line = self._forms.put(_line_form(caller))
        answered = self._forms.put(_answer_form(caller))
        region = self._destinations.region_number(customer.country)
        self._lanes.put(place, (region, first, self._spans, row, *line, *answered))
        found = self._known[key] = Lane(place, row, customer, pack, f"{caller.customer}\0")
        return found

    def fill(self, calls: list[Ready]) -> tuple[list[int], list[int]]:
        """Rows of calls that come from one source, into `raw` and `intake`.

        For each the row of `facts` of the number called, below 0 where it has to be looked at by itself; and a number that is
        the same for calls which differ in nothing that a decision asks for but the amounts, the very number and the policy.
        """
        book, told, at = self._kept.book, self._told_bytes, 0
        hour_now, listed = book.zones.hour_now, bool(book.do_not_call)
        source = calls[0].call.source if calls else ""
        self._named = not calls or calls[0].call.event is not None
        texts = [source]
        stamps: list[str] = []
        last = -1
        for ready in calls:
            call, time = ready.call, ready.at_us
            to, event, call_id = call.to, call.event_id, call.call_id
            digits = to[1:]
            plain = LONGEST_EMERGENCY < len(digits) <= LONGEST and digits.isdigit()  # no other call is for this loop
            second = time // SECOND_US
            if second != last:
                stamps.append(second_text(second))
                last = second
            _TOLD.pack_into(
                told, at,
                ready.met.place,
                time,
                len(stamps) - 1,
                hour_now(digits, time) if plain else UNKNOWN,
                book.do_not_call.forbids(int(digits), ready.lane.customer.id, time) if listed and plain else UNKNOWN,
                len(to), len(event), len(call_id),
            )  # fmt: skip
            texts += (to, event, call_id)
            at += TOLD_WIDTH * 8
        said = "".join(texts).encode("ascii")
        data = said + "".join(stamps).encode("ascii")
        if len(data) > len(self._text) - ROOM:
            self._room(2 * len(data) + ROOM)
        self._text[: len(data)] = data
        self._begin = len(source)
        self._stamps = len(said)
        return self._make_rows(len(calls), source)

    def gather(self, calls: Sequence[Gathered]) -> tuple[list[int], list[int]]:
        """The same of calls as they were read: one or more that stand one behind another. None may be a do-not-call list."""
        together, first = calls[0].of, calls[0].place
        given, at = self._given_bytes, 0
        seconds = b""
        last = which = -1
        for each in calls:
            time = each.at_us
            second = time // SECOND_US
            if second != last:
                seconds += second_text(second).encode("ascii")
                last, which = second, which + 1
            _GIVEN.pack_into(given, at, each.met.place, time, which)
            at += _GIVEN.size
        self._named = True
        source = together.source.encode("ascii")
        hours = self._hours
        hours.turn(last * SECOND_US)
        spans = together.spans[first : first + len(calls)]
        while True:
            self._text[: len(source)] = source
            self._begin = len(source)
            self._stamps = lay_calls(
                self._given, together.text, spans, self._data, self._begin, len(self._text) - len(seconds) - ROOM, self._told,
                hours.known, hours.divided, self._unknown,
            )  # fmt: skip
            if self._stamps >= 0:
                break
            self._room(2 * len(self._text) + len(source) + len(seconds))
        self._text[self._stamps : self._stamps + len(seconds)] = seconds
        for at in range(1, 1 + self._unknown.item(0)):
            place = self._unknown.item(at)
            one = calls[place]
            self._told[place, T_HOUR] = hours.learn(one.of.said(one.place, 0)[1:], one.at_us)
        return self._make_rows(len(calls), together.source)

    def _make_rows(self, count: int, source: str) -> tuple[list[int], list[int]]:
        states = self._destinations.states
        lane_rows(
            count, self._data, self._begin, self._told, shared_key(source) if source else 0, self._rows.rows,
            self._lanes.rows, self._callers.rows, self._said.data, self._scratch, self._like,
            states.next, states.answers, self._destinations.facts, country_keys(self._destinations), *self._numbers,
            self._lows, self._highs, *self._more, self.raw, self.intake, self._found, self._codes,
        )  # fmt: skip
        return self._found[:count].tolist(), self._codes[:count].tolist()

    def _room(self, size: int) -> None:
        self._text = bytearray(size)
        self._data = np.frombuffer(self._text, dtype=np.uint8)

    def texts(self, first: int, policies: Sequence[str]) -> list[bytes]:
        """What the log has of calls that were filled last, from one of them on: the line of each, as `made_attempt` writes it,
        and behind it the answer that connects it by a policy, as `Journal.decision` writes it."""
        tails = np.array([self._tail(policy) for policy in policies], dtype=np.int64)
        while True:
            size = lane_texts(
                first, first + len(policies), self._data, self._begin, self._stamps, self._told, self._lanes.rows,
                self._callers.rows, self._said.data, self._forms.data, self._tails.data, self._tail_ends, tails, self._spans_of,
                self._out, self._ends,
            )  # fmt: skip
            if size >= 0:
                break
            self._out = np.zeros(2 * len(self._out), dtype=np.uint8)
        written = self._out[:size].tobytes()
        at = 0
        found: list[bytes] = []
        for end in self._ends[: 2 * len(policies)].tolist():
            found.append(written[at:end])
            at = end
        return found

    def with_notice(self, answer: bytes, policy: str, notice: Notice, event: str | None) -> bytes:
        """The answer that `texts` gave, with what is noticed of the call."""
        place = self._tail(policy)
        size = self._tail_ends.item(place + 1) - self._tail_ends.item(place) + (0 if event is None else len(event) - 1)
        named = b"null" if event is None else b'"%s"' % event.encode()
        return answer[:-size] + notice.before + named + notice.behind + b"]"

    def _tail(self, policy: str) -> int:
        """Place of the answer that connects by a policy a call like those that were filled last."""
        place = self._policies.get((policy, self._named))
        if place is None:
            place = self._policies[policy, self._named] = len(self._policies)
            told, named = notice_of(policy, ()), b'"%c"' % F_EVENT if self._named else b"null"
            _, end = self._tails.put(told.before + named + told.behind + b"]")
            self._tail_ends = np.append(self._tail_ends, end)
        return place


def notice_of(policy: str, reasons: tuple[Reason, ...]) -> Notice:
    """What is noticed of calls that connect by a policy, as they are told and as the log has it."""
    before, _, behind = _encode(connected(policy, _EVENT, reasons)).rpartition(b'"%s"' % _EVENT.encode())
    return Notice(reasons, before, behind)


def _way(caller: PlainCaller) -> tuple[object, ...]:
    """By what a lane is known."""
    return (
        caller.customer, caller.src_ip, caller.user_agent, caller.user, caller.transport, caller.trunk,
        bool(caller.line), bool(caller.display_name), bool(caller.pai),
    )  # fmt: skip


def _line_form(caller: PlainCaller) -> bytes:
    """The line of a caller's calls with places for what each call and each caller of the lane says for itself."""
    parts: list[str] = []
    for name, written in _FIELDS:
        value = "?" if name in _OF_CALL else getattr(caller, name, "")
        if value:
            said = f'"{chr(_FILLED[name])}"' if name in _FILLED else _encode(value).decode()
            parts.append(f'"{written}":{said}')
    event, source, time = chr(F_EVENT), chr(F_SOURCE), chr(F_TIME)
    head = f'{{"type":"call.attempt","specversion":"1.0","id":"{event}","source":"{source}","time":"{time}","data":{{'
    return (head + ",".join(parts) + "}}").encode()


def _answer_form(caller: PlainCaller) -> bytes:
    """What the log of answers knows a call by, with places in the same way."""
    customer = _encode(caller.customer).decode()[1:-1]
    return f'["{customer}\\u0000{chr(F_CALL)}\\u0000{chr(F_FROM)}\\u0000{chr(F_TO)}",'.encode()
