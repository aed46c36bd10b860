"""The usual call, told by what is known already: a customer that has called before calls a plain number.

How it calls comes again with each call, and makes the most of an attempt's row: it is kept as the row of an earlier attempt, and
only what the two numbers say is written over it. In the same way most calls are connected with nothing noticed, for the same
reasons as an earlier one to the same kind of number, of a customer to whom the same is open: that is kept as well.

Both only save time. What is not plainly the same is worked out in full, and tests compare the two.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.decisions.answers import connected
from fairwire.decisions.packs import PackDecision
from fairwire.decisions.spending import fits, reserved_micros
from fairwire.kernel.intake import INTAKE_WIDTH
from fairwire.model.columns import UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.decision import CallFacts, Decision
from fairwire.model.errors import InvalidRecord
from fairwire.numbers.book import LEAST, MOST
from fairwire.numbers.destinations import F_HIGH_RISK, F_KIND, F_USE, Destinations
from fairwire.numbers.owned import OwnedNumbers
from fairwire.ports.plain_call import PlainCaller
from fairwire.runtime.amounts import own_rate, rate_and_price
from fairwire.runtime.attempts import Attempt, form_of, name_customer, shared_key
from fairwire.runtime.callers import COUNTRY_CODE_WIDTHS, UNPLACED_KINDS
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import country_keys
from fairwire.runtime.facts import micros_of
from fairwire.runtime.lanes import Lanes, Met, Notice
from fairwire.runtime.numbering import kept_of
from fairwire.runtime.sides import usual_row
from fairwire.runtime.spending import Spending, Spent

Words = npt.NDArray[np.int64]
MOST_WAYS = 1 << 16
"""Ways of calling that are remembered, some 100 MB at the most. All are forgotten when there are more."""
MOST_SETTLED = 1 << 18
MOST_FORMS = 1 << 12
_TOLD, _LIKE = Struct("9q"), Struct("6q")
"""What `usual_row` is told, and what it tells; that begins in the last place of the first."""
_LIKE_AT = _TOLD.size - 8


class _Way(msgspec.Struct, frozen=True, gc=False):
    """What the plain calls of a customer have in common that come in one way."""

    customer: Customer
    """The record that it was made by: with another one it is made anew."""
    row: Words
    """Row of an earlier attempt, shape (WIDTH,)."""
    region: int
    lows: Words
    highs: Words
    """The customer's own numbers, as `OwnedNumbers` has them."""


class Usual(msgspec.Struct, frozen=True, gc=False):
    """An attempt as `encode_attempt` gives it, and what it is like. The arrays are filled anew for the next one."""

    raw: Words
    intake: Words
    like: tuple[object, ...]
    """Calls of which this is the same differ in nothing that a decision asks for but the amounts and the very number."""


class Open(msgspec.Struct, frozen=True, gc=False):
    """How calls that come alike are answered: to connect, with nothing noticed, where amounts allow it."""

    customer: Customer
    pack: PackDecision
    amounts_until: int
    """The last day in the customer's zone on which amounts are asked about."""


class UsualCalls:
    """What is remembered of lines, and of answers. Used from one thread, for one customer table and one plan."""

    def __init__(self, customers: CustomerTable, destinations: Destinations) -> None:
        self._customers = customers
        self._destinations = destinations
        self._kept = kept_of(destinations)
        book = self._kept.book
        consent = book.consent
        self._tables = (book.nanp.rules, *self._kept.barred)
        self._more = (COUNTRY_CODE_WIDTHS, consent.by_code, consent.by_area, UNPLACED_KINDS)
        self.lanes = Lanes(destinations)
        self._ways: dict[tuple[object, ...], _Way] = {}
        self._settled: dict[tuple[object, ...], PackDecision] = {}
        self._bars: dict[int, tuple[Customer, tuple[object, ...]]] = {}
        self._forms: dict[tuple[str, str], Words] = {}
        self.notices: dict[tuple[object, ...], Notice | None] = {}
        """What is noticed of calls, by the policy and the findings of the rules that held on them."""
        self.known_open: dict[int, Open] = {}
        """By the codes that `Lanes.fill` gives: what `open` found."""
        self._buffer = bytearray(1 << 12)
        self._data = np.frombuffer(self._buffer, dtype=np.uint8)
        self._told_bytes = bytearray(_LIKE_AT + _LIKE.size)
        self._told = np.frombuffer(self._told_bytes, dtype=np.int64)
        self._row: Words = np.empty((1, WIDTH), dtype=np.int64)
        self._intake: Words = np.empty((1, INTAKE_WIDTH), dtype=np.int64)

    def warm(self) -> None:
        """Load the compiled code now, so that the first call does not wait for it."""
        nothing: Words = np.zeros(0, dtype=np.int64)
        states, facts, keys = self._destinations.states, self._destinations.facts, country_keys(self._destinations)
        row: Words = np.full(WIDTH, UNKNOWN, dtype=np.int64)
        usual_row(
            row, self._data, 2, 4, 4, 4, 4, self._told, states.next, states.answers, facts, keys, *self._tables,
            nothing, nothing, *self._more, self._row, self._intake,
        )  # fmt: skip
        self.lanes.warm()

    # -- rows

    def encode(self, attempt: Attempt, row: int, customer: Customer) -> Usual | None:
        """The attempt's rows; None where it is no usual call. `customer` is the record that it is judged by."""
        data = attempt.data
        way = self._ways.get(_named(row, data))
        if way is None or way.customer is not customer:
            return None
        called: str = data.to
        if not _plain(called) or not _plain(data.from_) or data.diversion or data.direction != "outbound":
            return None
        record = attempt.record
        time, rate = record["time_us"], record["rate_micros"]
        rate, price = (UNKNOWN, UNKNOWN) if rate is None else rate_and_price(rate, data.currency, customer)
        book, destinations, digits = self._kept.book, self._destinations, called[1:]
        listed = book.do_not_call.forbids(int(digits), customer.id, time) if book.do_not_call else UNKNOWN
        brand = book.brand(data.display_name, customer) if data.display_name else None
        other = None if not data.pai else data.pai != data.from_ and book.asserted(data.from_, data.pai, customer.country)
        source, event = attempt.event_key
        _TOLD.pack_into(
            self._told_bytes, 0,
            shared_key(source),
            time,
            rate,
            way.region,
            book.zones.hour_there(book.zones.place(digits), time),
            listed,
            UNKNOWN if brand is None else brand,
            UNKNOWN if other is None else other,
            price,
        )  # fmt: skip
        line, call = data.line or "", data.call_id
        text = f"{called}{data.from_}{line}{event}{call}".encode()
        to_stop = len(called)
        from_stop = to_stop + len(data.from_)
        if line.isascii() and event.isascii():
            line_stop = from_stop + len(line)
            id_stop = line_stop + len(event)
        else:
            line_stop = from_stop + len(line.encode())
            id_stop = line_stop + len(event.encode())
        call_stop = len(text)
        if call_stop > len(self._buffer):
            return None
        self._buffer[:call_stop] = text
        raw, intake = self._row, self._intake
        states = destinations.states
        answer = usual_row(
            way.row, self._data, to_stop, from_stop, line_stop, id_stop, call_stop, self._told,
            states.next, states.answers, destinations.facts, country_keys(destinations), *self._tables,
            way.lows, way.highs, *self._more, raw, intake,
        )  # fmt: skip
        if answer < 0:
            return None
        return Usual(raw, intake, (self._open_to(row, customer), *_LIKE.unpack_from(self._told_bytes, _LIKE_AT)))

    def learn(self, attempt: Attempt, row: int, customer: Customer, raw: Words) -> None:
        """Remember how an attempt came by its row, as `encode_attempt` gave it."""
        data = attempt.data
        if data.diversion or data.direction != "outbound" or not _plain(data.from_):
            return
        for number in (data.to, data.from_):
            if _plain(number):  # so that the automaton reads the next one of its kind
                self._destinations.learn(number[1:])
        key = _named(row, data)
        way = self._ways.get(key)
        if way is not None and way.customer is customer:
            return
        if len(self._ways) >= MOST_WAYS:
            self._ways.clear()
        owned = OwnedNumbers(customer.numbers)
        lows, highs = (np.array(each, dtype=np.int64) for each in (owned.lows, owned.highs))
        self._ways[key] = _Way(customer, raw[0].copy(), self._destinations.region_number(customer.country), lows, highs)

    def met(self, caller: PlainCaller, row: int) -> Met | None:
        """What is to be remembered of a caller whose calls may be usual ones; None: each of them is looked at by itself."""
        customers = self._customers
        if caller.direction != "outbound" or caller.rate_per_min:
            return None
        customer = customers.customers[row]
        lane = self.lanes.of(caller, customer)
        if lane is None:
            pack = customers.everyone or customer.policy or ""
            try:
                lane = self.lanes.open(
                    caller, row, customer, "" if pack in customers.timelines else pack, self._form(caller, row)
                )
            except InvalidRecord:  # a number of the record cannot be read: it is for the long way to say so
                return None
        caller.met = made = self.lanes.meet(caller, lane)
        return made

    def _form(self, caller: PlainCaller, row: int) -> Words:
        """The row of a caller's attempts, without what the two numbers say."""
        key = caller.user_agent, caller.transport
        form = self._forms.get(key)
        if form is None:
            if len(self._forms) >= MOST_FORMS:
                self._forms.clear()
            form = self._forms[key] = form_of(caller.user_agent, caller.transport, self._kept)
        found = form.copy()
        name_customer(found, row, self._customers, user=caller.user, src_ip=caller.src_ip)
        return found

    # -- answers

    def is_settled(self, like: tuple[object, ...], pack: PackDecision) -> bool:
        """Whether a call that is the same as others in this, and that no order and no rule is about, connects as they did, where
        its amounts allow it."""
        return self._settled.get((pack.policy, *like)) is pack

    def _open_to(self, row: int, customer: Customer) -> tuple[object, ...]:
        """What is open to a customer: all that a decision asks of its record but the amounts, and which numbers are its own."""
        known = self._bars.get(row)
        if known is None or known[0] is not customer:
            if len(self._bars) >= MOST_SETTLED:
                self._bars.clear()
            bars = (
                customer.state, customer.outbound, customer.international, customer.allowed_countries, customer.barred_countries,
                customer.barred_destinations, customer.country, customer.on_limit, bool(customer.numbers),
            )  # fmt: skip
            known = self._bars[row] = customer, bars
        return known[1]

    def open(self, code: int, row: int, customer: Customer, pack: PackDecision, spending: Spending) -> Open | None:
        """The same by what `Lanes.fill` says that a call is like."""
        destinations, (alike, own) = self._destinations, divmod(code, 2)
        place, abroad = alike // 3 & 0xFFFFFF, alike % 3
        facts = destinations.facts[place]
        like = (self._open_to(row, customer), own, abroad - 1 if abroad else UNKNOWN, country_keys(destinations).item(place))
        if not self.is_settled((*like, *(facts.item(each) for each in (F_KIND, F_HIGH_RISK, F_USE))), pack):
            return None
        if len(self.known_open) >= MOST_SETTLED:
            self.known_open.clear()
        found = self.known_open[code] = Open(customer, pack, spending.asks_until(customer, pack))
        return found

    def answer(
        self, usual: Usual, attempt: Attempt, customer: Customer, pack: PackDecision, spent: Spent, event: str | None
    ) -> Decision | None:
        """The answer to a call that no order and no rule is about; None where all questions have to be asked."""
        if not self.is_settled(usual.like, pack) or not has_room(customer, pack, spent, own_rate(attempt.record, customer)):
            return None
        return connected(pack.policy, event)

    def settle(self, usual: Usual, call: CallFacts, pack: PackDecision, decision: Decision) -> None:
        """Remember an answer that follows from what such calls have in common: to connect, with nothing noticed.

        A customer that is suspended may call one number, and one may have barred some: there the very number counts.
        """
        plain = decision.decision == "allow" and not decision.reasons and call.state not in ("suspended", "terminated")
        if not plain or any(name.startswith("+") for name in call.barred_destinations):
            return
        if len(self._settled) >= MOST_SETTLED:
            self._settled.clear()
        self._settled[(pack.policy, *usual.like)] = pack


def has_room(customer: Customer, pack: PackDecision, spent: Spent, rate_micros: int | None) -> bool:
    """Whether no amount of a customer's can speak against a call."""
    if spent.day is not None:
        return False
    limit = customer.monthly_charge_limit
    if spent.month is None or limit is None:
        return True
    return fits(micros_of(limit), spent.month, reserved_micros(rate_micros, spent.a_minute, pack))


def _named(row: int, data: Any) -> tuple[object, ...]:
    """By what a way of calling is known: all that an attempt says but the numbers, names, time and price."""
    return (
        row, data.user, data.credential, data.src_ip, data.user_agent, data.transport, data.srtp, data.attestation,
        data.automated, bool(data.campaign),
    )  # fmt: skip


def _plain(number: str) -> bool:
    """An E.164 number with its plus, and nothing else."""
    return number[:1] == "+" and LEAST <= len(number) - 1 <= MOST and number.isascii() and number[1:].isdigit()
