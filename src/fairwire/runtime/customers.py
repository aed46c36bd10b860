"""The customers file, read and turned into the columns that the kernel needs."""

from __future__ import annotations

import difflib
import math
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfoNotFoundError, available_timezones

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.model.columns import UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, InvalidRecord, Span
from fairwire.model.instants import DAY_US
from fairwire.model.money import parse_micros
from fairwire.model.program import Program
from fairwire.numbers.owned import OwnedNumbers
from fairwire.plan.scope import AGE_DAYS
from fairwire.runtime.ages import opened_day
from fairwire.runtime.amounts import dollar_of, kept_in
from fairwire.runtime.order_turns import OrderTurns
from fairwire.runtime.own_limits import check_own_limits
from fairwire.runtime.seats import seats_of
from fairwire.runtime.zone_tables import zone_table

if TYPE_CHECKING:
    from fairwire.runtime.grant_book import GrantBook, Spell
    from fairwire.runtime.timelines import Timeline

_DECODER = msgspec.json.Decoder(Customer)
_COUNTS = ("user_limit", "max_active_connections", "max_calls_per_second", "max_calls_per_day")
_AMOUNTS = ("monthly_charge_limit", "daily_charge_limit")


def load_customers(path: Path) -> list[Customer]:
    """The records of a JSON Lines or YAML file, in order.

    Raises
    ------
    BadInput
        Naming file, line and field: no such file, not a record, a zone or an amount that does not exist, an id twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput("no such customers file", at=str(path), help_="name one with --customers FILE") from None
    except IsADirectoryError:
        raise BadInput("this is a folder, not a customers file", at=str(path), help_="name the file") from None
    except UnicodeDecodeError:
        raise BadInput("not UTF-8 text", at=str(path), help_="save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"the customers file cannot be read: {error.strerror}", at=str(path)) from None
    numbered = _yaml_records(text, path) if path.suffix in (".yaml", ".yml") else _json_records(text)
    customers: list[Customer] = []
    first: dict[str, int] = {}
    for line, raw in numbered:
        at = Span(file=str(path), line=line)
        try:
            customer = _DECODER.decode(raw)
        except msgspec.MsgspecError as error:
            raise BadInput(f"not a customer record: {_lower(str(error))}", at=at, help_="see CONTRACTS section 2") from None
        check_record(customer, at)
        if customer.id in first:
            raise BadInput(
                f"customer `{customer.id}` is there twice, first on line {first[customer.id]}", at=at, help_="keep one"
            )
        first[customer.id] = line
        customers.append(customer)
    return customers


def _json_records(text: str) -> list[tuple[int, bytes]]:
    return [(number, line.encode()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _yaml_records(text: str, path: Path) -> list[tuple[int, bytes]]:
    from fairwire.model.documents import read_document

    document, errors = read_document(text, str(path))
    if errors:
        raise errors[0]
    records: Any = document.value or []
    if not isinstance(records, list):
        raise BadInput("not a list of customer records", at=str(path), help_="begin each record with `- id:`")
    return [(document.at_key((index,)).line, msgspec.json.encode(record)) for index, record in enumerate(records)]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def check_record(customer: Customer, at: Span) -> None:
    """What a record's types leave open: a name, a time zone, numbers that can be read, limits that make sense.

    Raises
    ------
    BadInput
        One of them is none; the sentence names `at`.
    """
    if not customer.id:
        raise BadInput("`id` is empty", at=at, help_="give the customer a name of its own")
    try:
        zone_table(customer.timezone)
    except ZoneInfoNotFoundError:
        close = difflib.get_close_matches(customer.timezone, available_timezones(), n=1)
        hint = f"did you mean `{close[0]}`?" if close else "write one such as Europe/London"
        raise BadInput(f"`timezone`: `{customer.timezone}` is not a time zone", at=at, hint=hint) from None
    try:
        OwnedNumbers(customer.numbers)
    except InvalidRecord as error:
        raise BadInput(f"`numbers`: {error.message}", at=at, help_=error.help) from None
    check_own_limits(customer, at)


def hashed(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Keys, and the row of each, as `kernel.arena.find` looks them up."""
    from fairwire.runtime.gather import put_rows

    size = 2 << len(keys).bit_length()
    known: npt.NDArray[np.int64] = np.zeros(size, dtype=np.int64)
    rows: npt.NDArray[np.int64] = np.zeros(size, dtype=np.int64)
    put_rows(keys, known, rows)
    return known, rows


@dataclass(slots=True)
class CustomerTable:
    """Customers as arrays. Rows are in the order of the file; customers added later come behind.

    `values[row]` is (index of the pack, the program's attributes...): NaN is unknown.
    """

    program: Program
    packs: Mapping[str, int]
    everyone: str | None
    """Pack that judges all customers, whatever their record says; None: each by its own."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """Pack id -> which of its versions judges whom since when; a pack without published versions has none."""
    _turns: tuple[int, ...] | None = ()
    """None: to be put together when somebody asks; one order after the other is read."""
    _span: int = 0
    """How many of `turns` lie behind what `values` says now."""
    grants: GrantBook | None = None
    """What customers were granted; see `grant`."""
    _versions: tuple[int, ...] = ()
    """Those of `turns` at which a version changes, and how many of them lie behind."""
    _version: int = -1
    _words: list[tuple[int, int, str, Sequence[Spell]]] = field(default_factory=list)
    """Places in `values` that grants switch: row, column, whether the record itself has the word, and when a grant gives it."""
    follows_orders: bool = True
    """Let records change as `order.changed` says. A service does not: it keeps such changes on record, and amends its table."""
    _orders: OrderTurns = field(default_factory=OrderTurns)
    _ordered_us: int | None = None
    """Up to which instant `values` says what was ordered; None: nobody knows."""
    _verified: dict[int, list[tuple[Spell, tuple[str, ...]]]] = field(default_factory=dict)
    """Row -> numbers that were verified for the customer, and when."""
    _shifting: set[int] = field(default_factory=set)
    """Rows of customers that may show other numbers at one instant than at another."""
    _presented: dict[tuple[int, tuple[int, ...]], tuple[Customer, Customer]] = field(default_factory=dict)
    customers: list[Customer] = field(default_factory=list)
    amended: int = 0
    """How often records were put in the place of others."""
    rows: dict[str, int] = field(default_factory=dict)
    keys: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    values: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 1)))
    zones: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    dollars: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, dtype=np.float64))
    """Of each customer, `amounts.kept_in`."""
    sizes: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, dtype=np.float64))
    """And `amounts.dollar_of`."""
    resellers: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Key of each customer's parent; `UNKNOWN` without one."""
    provisioned: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """0 where all users of a customer are told by events (feature `provisioned_users`), else `UNKNOWN`."""
    _heads: list[tuple[int, int, int]] = field(default_factory=list)
    zone_names: list[str] = field(default_factory=list)
    places: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] = field(
        default_factory=lambda: (np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64))
    )
    """Keys and rows as a hash table for compiled code."""
    zone_arrays: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]] = field(
        default_factory=lambda: (np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    )

    @classmethod
    def of(
        cls,
        program: Program,
        everyone: str | None,
        timelines: Mapping[str, Timeline] | None = None,
        *,
        follows_orders: bool = True,
    ) -> CustomerTable:
        """An empty table for a program."""
        timed = timelines or {}
        turns = tuple(sorted({at for each in timed.values() for at in each.instants()}))
        return cls(
            program=program,
            packs={pack: i for i, pack in enumerate(program.packs)},
            everyone=everyone,
            timelines=timed,
            _turns=turns,
            follows_orders=follows_orders,
            _versions=turns,
        )

    def extend(self, customers: Sequence[Customer]) -> None:
        """Add customers, or replace those with an id that is there."""
        from fairwire.kernel.hashing import key_of

        for customer in customers:
            row = self.rows.get(customer.id)
            if row is None:
                self.rows[customer.id] = len(self.customers)
                self.customers.append(customer)
            else:
                self.customers[row] = customer
            if customer.timezone not in self.zone_names:
                self.zone_names.append(customer.timezone)
        self.keys = np.array([key_of(customer.id) for customer in self.customers], dtype=np.int64)
        self.dollars = np.array([kept_in(customer) for customer in self.customers], dtype=np.float64)
        self.sizes = np.array([dollar_of(customer) for customer in self.customers], dtype=np.float64)
        parents = [customer.parent for customer in self.customers]
        self.resellers = np.array([key_of(parent) if parent else UNKNOWN for parent in parents], dtype=np.int64)
        told = ["provisioned_users" in customer.features for customer in self.customers]
        self.provisioned = np.where(np.array(told, dtype=np.bool_), 0, UNKNOWN).astype(np.int64)
        self._heads = list(zip(self.keys.tolist(), self.resellers.tolist(), self.provisioned.tolist(), strict=True))
        self.places = hashed(self.keys)
        self.zones = np.array([self.zone_names.index(customer.timezone) for customer in self.customers], dtype=np.int64)
        self.values = np.array([self._values(customer) for customer in self.customers], dtype=np.float64).reshape(
            len(self.customers), 1 + len(self.program.customer_attributes)
        )
        self._span = self._version = -1
        self._ordered_us = None
        if self.grants is not None:
            self.grant(self.grants)
        self.turn(self.turns[0] - 1 if self.turns else 0)
        tables = [zone_table(name) for name in self.zone_names]
        starts = np.cumsum([0, *(len(table) for table in tables)]).astype(np.int64)
        flat = [pair for table in tables for pair in table]
        self.zone_arrays = (
            starts,
            np.array([pair[0] for pair in flat], dtype=np.int64),
            np.array([pair[1] for pair in flat], dtype=np.int64),
        )

    def amend(self, customers: Sequence[Customer]) -> None:
        """Put other records in the place of those of the same ids, where zone, reseller and policy stay as they were. The arrays
        stay the same: whoever has them sees the new numbers."""
        self.amended += 1
        for customer in customers:
            row = self.rows.get(customer.id)
            if row is not None:
                same = {name: getattr(self.customers[row], name) for name in ("timezone", "parent", "policy", "features")}
                self.customers[row] = msgspec.structs.replace(customer, **same)
                self.values[row, 1:] = self._values(self.customers[row])[1:]
                self.dollars[row], self.sizes[row] = kept_in(self.customers[row]), dollar_of(self.customers[row])

    def record(self, customer: str) -> Customer | None:
        """The record of a customer by its id; None for one that nobody knows."""
        row = self.rows.get(customer)
        return None if row is None else self.customers[row]

    def of_row(self, row: int) -> tuple[int, int, int]:
        """Key, reseller's key and `provisioned` of one customer, for a caller that waits."""
        return self._heads[row]

    def pack_of(self, row: int, at_us: int) -> str:
        """Key, in the plan, of the pack that judges this customer at an instant."""
        pack = self.everyone or self.customers[row].policy
        timeline = self.timelines.get(pack)
        return pack if timeline is None else timeline.key(self.customers[row].id, at_us)

    def turn(self, at_us: int) -> None:
        """Let `values` say which pack judges each customer at an instant. Costs nothing where no version has begun since."""
        if not self.turns:
            return
        span = bisect_right(self.turns, at_us)
        if span == self._span:
            return
        self._span = span
        known = self._ordered_us
        changed = self._orders.rows() if known is None else self._orders.rows(min(known, at_us), max(known, at_us))
        for row in changed:
            record = self._orders.record(row, self.customers[row], at_us)
            self.values[row, 1:] = self._values(record)[1:]
        self._ordered_us = at_us
        for row, column, word, spells in self._words:
            own = word in self.at(row, at_us).features
            self.values[row, column] = own or any(each.holds(at_us) for each in spells)
        version = bisect_right(self._versions, at_us)
        if version == self._version:
            return
        self._version = version
        for row, customer in enumerate(self.customers):
            timeline = self.timelines.get(self.everyone or customer.policy)
            if timeline is not None:
                self.values[row, 0] = self.packs[timeline.key(customer.id, at_us)]

    def grant(self, book: GrantBook) -> None:
        """From now on, say at each instant what customers were granted. What an earlier book gave is taken back first."""
        for row, column, word, _ in self._words:
            self.values[row, column] = word in self.customers[row].features
        columns = {name: 1 + index for index, name in enumerate(self.program.customer_attributes)}
        self._words = [
            (row, columns[f"has:{word}"], word, spells)
            for customer, named in book.words.items()
            for word, spells in named.items()
            if (row := self.rows.get(customer, -1)) >= 0 and f"has:{word}" in columns
        ]
        self._verified = {self.rows[name]: list(numbers) for name, numbers in book.verified.items() if name in self.rows}
        self._shifting = {*self._verified, *self._orders.customers}
        self._presented = {}
        self.grants = book
        self._turns, self._span = None, -1
        self._ordered_us = None

    def order(self, row: int, at_us: int, data: str) -> None:
        """An `order.changed` of a customer was read: its record says so from then on."""
        if self.follows_orders and self._orders.add(row, self.customers[row].id, at_us, data):
            self._shifting.add(row)
            self._turns, self._span = None, -1
            if self._ordered_us is not None and at_us <= self._ordered_us:
                self._ordered_us = None

    @property
    def turns(self) -> tuple[int, ...]:
        """Every instant at which for some customer the version changes, or what it was granted or has ordered, in order."""
        if self._turns is None:
            granted = () if self.grants is None else self.grants.instants()
            self._turns = tuple(sorted({*self._versions, *granted, *self._orders.instants()}))
        return self._turns

    def turns_between(self, first_us: int, last_us: int) -> bool:
        """Whether anything changes for somebody behind the one instant, and up to the other."""
        return bisect_right(self.turns, first_us) < bisect_right(self.turns, last_us)

    def has_word(self, row: int, word: str, at_us: int) -> bool:
        """Whether a customer has an entitlement at an instant, for all of its events: by its record, or by a grant."""
        customer = self.at(row, at_us)
        spells = () if self.grants is None else self.grants.words.get(customer.id, {}).get(word, ())
        return word in customer.features or any(each.holds(at_us) for each in spells)

    def at(self, row: int, at_us: int) -> Customer:
        """What the record of a customer says at an instant, by what was ordered."""
        return self._orders.record(row, self.customers[row], at_us)

    @property
    def verified(self) -> Collection[int]:
        """Rows of customers for which numbers were ever verified, or who may have ordered others."""
        return self._shifting

    def presenting(self, row: int, at_us: int) -> Customer:
        """The record of a customer with the numbers that it may show at an instant: its own, and those verified for it then.

        Where its record lists none nothing is said of any number, and so nothing is added.
        """
        customer = self.at(row, at_us)
        held = self._verified.get(row)
        if held is None or not customer.numbers:
            return customer
        now = tuple(place for place, (spell, _) in enumerate(held) if spell.holds(at_us))
        if not now:
            return customer
        known = self._presented.get((row, now))
        if known is None or known[0] is not customer:
            numbers = (*customer.numbers, *(number for place in now for number in held[place][1]))
            known = self._presented[row, now] = customer, msgspec.structs.replace(customer, numbers=numbers)
        return known[1]

    def attribute(self, row: int, name: str, at_us: int) -> float:
        """What rules read of a customer at an instant, by the name that follows `customer.`; NaN when its record does not say."""
        kept = float(self.values[row, 1 + self.program.customer_attributes.index(name)])
        return max(0.0, at_us // DAY_US - kept) if name == AGE_DAYS and kept == kept else kept

    def _values(self, customer: Customer) -> list[float]:
        pack = self.everyone or customer.policy
        if pack not in self.packs:
            known = ", ".join(f"`{name}`" for name in self.packs)
            raise BadInput(
                f"customer `{customer.id}` has {f'the policy `{pack}`, which is not loaded' if pack else 'no policy'}",
                help_=f"set `policy` in its record, or judge all by one with --policy ID; loaded: {known}",
            )
        return [float(self.packs[pack]), *(self._attribute(customer, name) for name in self.program.customer_attributes)]

    def _attribute(self, customer: Customer, name: str) -> float:
        if name.startswith("has:"):
            return float(name.removeprefix("has:") in customer.features)
        if name == "seats":
            return float(seats_of(customer))
        if name == AGE_DAYS:
            return opened_day(customer.opened)
        if name == "dollar":
            return dollar_of(customer)
        if name in _COUNTS:
            count: int | None = getattr(customer, name)
            return math.nan if count is None else float(count)
        if name in _AMOUNTS:
            limit: str | None = getattr(customer, name)
            return math.nan if limit is None else parse_micros(limit) / 1e6
        word = {"plan": customer.plan, "kind": customer.kind, "on_limit": customer.on_limit}[name]
        if not word:
            return math.nan
        words = self.program.customer_words.get(name, ())
        return float(words.index(word) + 1) if word in words else 0.0
