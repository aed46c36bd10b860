"""Carrying orders out: what rules wrote is admitted or held back, begins and ends by the clock, and stands at the edges.

Everything that is decided is on record before anything is done, and everything that is done can be done again: a crash between
two steps leaves a record that says what was wanted, and the next round goes on from there. Effects are worked out from the orders
in force, never the other way round, so an order that begins or ends anywhere (here, by a command, at the desk) is enough.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

import msgspec
import structlog

from fairwire.enforcement import lifecycle
from fairwire.enforcement.effects import Key, differences
from fairwire.enforcement.guards import SUSPENSIONS, admit
from fairwire.model.customers import Customer
from fairwire.model.effects import Effect, Want
from fairwire.model.errors import FairwireError
from fairwire.model.finding import Finding
from fairwire.model.guards import Guard
from fairwire.model.instants import HOUR_US, format_us
from fairwire.model.order import STEPS, Order
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.ports.control import ControlStore
from fairwire.ports.enforcers import Enforcer
from fairwire.ports.records import Conflict, RecordStore
from fairwire.runtime.at_edge import AtEdge
from fairwire.runtime.order_acts import guard_of, set_guard
from fairwire.runtime.order_history import history_of, left_over
from fairwire.runtime.registers import CRITICAL, EFFECTS, ORDERS, SNOOZES

notices = structlog.get_logger()

SELF = "fairwire"
ROUND_S = 0.25
"""Seconds between two rounds while nobody calls for one."""

Begun = Callable[[Order], Sequence[RecordChange]]
"""Called with an order that took effect, waits for people, or is over: what else is to be written with it, such as a notice."""


def nothing_more(order: Order) -> Sequence[RecordChange]:
    """An order that nobody is told of."""
    return ()


class Enforcing:
    """Carries the orders of one control store out.

    Parameters
    ----------
    store
        Where orders, effects and guards are on record.
    clock
        Microseconds since 1970-01-01T00:00:00Z.
    acts
        Whether orders of rules take effect by themselves; else they stay in dry run, and only people act.
    edges
        Name -> edge. They are closed with this.
    customer_of
        A customer's record; None for one that nobody knows any more.
    packs
        `id@version` and id -> pack, as they are now: for how much later the steps of a ladder may take effect.
    jitter_key
        Secret of this site; without it nobody can tell how much later.
    told
        What else is written when an order moves.
    page
        Calls a person: one sentence.
    """

    def __init__(
        self,
        store: ControlStore,
        *,
        clock: Callable[[], int],
        acts: bool,
        edges: Mapping[str, Enforcer] | None = None,
        customer_of: Callable[[str], Customer | None] = lambda _: None,
        packs: Callable[[], Mapping[str, Pack]] = dict,
        jitter_key: bytes = b"",
        told: Begun = nothing_more,
        page: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._records: RecordStore = store.records
        self._clock = clock
        self._acts = acts
        self._edges = {name: AtEdge(name, edge, self._records, clock) for name, edge in (edges or {}).items()}
        self._customer_of = customer_of
        self._packs = packs
        self._jitter_key = jitter_key
        self._told = told
        self._page = page
        self._mark = -1
        self._suspended: list[Order] = []
        """Those of the last hour, also when they were lifted since: too many of them are too many."""
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._also: list[Callable[[int], object]] = []
        self._faulty: set[Callable[[int], object]] = set()

    def also(self, work: Callable[[int], object]) -> None:
        """From now on, call this at the end of each round, with the time: letters and deadlines go by the same clock."""
        self._also.append(work)

    def know(self, customer_of: Callable[[str], Customer | None], packs: Callable[[], Mapping[str, Pack]]) -> None:
        """From now on, ask these for customers and packs. Takes what a crash kept from being put on record, too."""
        self._customer_of, self._packs = customer_of, packs
        self.take(left_over(self._store))

    # -- what rules wrote

    def history(self, findings: Sequence[Finding]) -> list[Order]:
        """What was ordered before, as far as the orders that follow from findings depend on it."""
        told = {order.order_id: order for order in self._suspended}
        told |= {order.order_id: order for order in history_of(self._records, findings)}
        return list(told.values())

    def take(self, orders: Sequence[Order]) -> list[Order]:
        """Put orders of rules on record, each once, and say what became of them. May be called from any thread."""
        if not orders:
            return []
        now = self._clock()
        taken: list[Order] = []
        capped: list[Order] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            guard = guard_of(inside)
            snoozes = [kept.noun for kept in SNOOZES.find(inside, states=["holds"])]
            critical = {kept.noun.customer for kept in CRITICAL.find(inside, states=["critical"])}
            changes: list[RecordChange] = []
            seen: set[str] = set()
            for order in orders:
                if order.order_id in seen or ORDERS.get(inside, order.order_id) is not None:
                    continue
                seen.add(order.order_id)
                delay_us = self._delay_us(order)
                admitted = admit(order, now, acts=self._acts, guard=guard, snoozes=snoozes, critical=critical, delay_us=delay_us)
                if admitted.held == "cap" and admitted.state == "waiting":
                    capped.append(admitted)
                taken.append(admitted)
                changes.append(ORDERS.change(None, admitted, at_us=now, by=order.author, action="order", why=admitted.reason))
                changes.extend(self._told(admitted))
            return changes

        self._records.act(decide)
        hour_ago = format_us(now - HOUR_US)
        self._suspended = [order for order in self._suspended if order.created >= hour_ago]
        self._suspended += [order for order in taken if order.step in SUSPENSIONS]
        if capped and guard_of(self._records).suspensions:
            self._pause(capped, now)
        if any(order.state == "in_force" for order in taken):
            self._wake.set()
        return taken

    def _pause(self, capped: Sequence[Order], now: int) -> None:
        named = ", ".join(sorted({order.customer for order in capped})[:5])
        why = (
            f"too many customers were suspended within an hour; {named} waits for a person, and so does every further suspension"
        )
        set_guard(self._records, SELF, now, why, suspensions=False)
        notices.error("automatic suspensions are paused", orders=len(capped))
        self._page(f"Automatic suspensions are paused: {why}. `fairwire resume` lets them go on.")

    def _delay_us(self, order: Order) -> int:
        """How much later it takes effect: the same for the same order, and nobody outside can tell."""
        packs = self._packs()
        pack = packs.get(order.policy) or packs.get(order.policy.partition("@")[0])
        clause = None if pack is None else pack.clauses.get(order.clauses[0])
        ladder = None if pack is None or clause is None else pack.ladders.get(clause.ladder)
        if ladder is None or not ladder.jitter_s:
            return 0
        drawn = int.from_bytes(hmac.digest(self._jitter_key or b"\0", order.key.encode(), sha256)[:8], "big")
        return drawn % (ladder.jitter_s * 1_000_000)

    # -- the clock

    def step(self) -> None:
        """One whole round: begin and end what is due, work out what is wanted at the edges, and have it there."""
        self.move()
        for edge in self._edges.values():
            edge.step()

    def move(self) -> None:
        """Begin and end what is due, and work out what is wanted at the edges."""
        now = self._clock()
        for kept in ORDERS.find(self._records, states=["due", "in_force"], due_us=now):
            order = kept.noun
            moved = lifecycle.begin(order, now) if order.state == "due" else lifecycle.expire(order, now)
            if moved is order:
                continue
            action = "expire" if moved.state == "expired" else "begin"
            changes = [ORDERS.change(kept, moved, at_us=now, by=SELF, action=action), *self._told(moved)]
            self._try(changes)
        for resting in SNOOZES.find(self._records, states=["holds"], due_us=now):
            ended = msgspec.structs.replace(resting.noun, ended=resting.noun.until)
            self._try([SNOOZES.change(resting, ended, at_us=now, by=SELF, action="wake")])
        mark = self._records.mark("order")
        if mark != self._mark:
            self._want(now)
            self._mark = mark
        for work in self._also:
            self._do(work, now)

    def _do(self, work: Callable[[int], object], now: int) -> None:
        """A fault of ours in what goes by the same clock must not keep orders from beginning and ending."""
        try:
            work(now)
            self._faulty.discard(work)
        except FairwireError:
            raise
        except Exception as error:
            if work not in self._faulty:
                self._faulty.add(work)
                notices.error("letters and deadlines stand still", error=type(error).__name__, exc_info=error)

    def _want(self, now: int) -> None:
        """Have the effects on record say what the orders in force want."""
        if not self._edges:
            return

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            wanted = self._wanted([kept.noun for kept in ORDERS.find(inside, states=["in_force"])])
            known = {(kept.noun.edge, kept.noun.key): kept for kept in EFFECTS.find(inside)}
            # An edge that is no longer configured keeps what stands on record: nobody can reach it to take that back.
            here = {key: kept.noun for key, kept in known.items() if key[0] in self._edges}
            return [
                EFFECTS.change(
                    known.get((effect.edge, effect.key)),
                    effect,
                    at_us=now,
                    by=SELF,
                    action="want" if effect.wants else "release",
                    why=", ".join(want.order_id for want in effect.wants),
                )
                for effect in differences(wanted, here)
            ]

        self._records.act(decide)

    def _wanted(self, orders: Sequence[Order]) -> dict[Key, tuple[str, list[Want]]]:
        wanted: dict[Key, tuple[str, list[Want]]] = {}
        for order in orders:
            if order.step in lifecycle.ONCE:
                continue
            customer = self._customer_of(order.customer)
            for name, edge in self._edges.items():
                for item in edge.items(order, customer):
                    rank = item.rank or STEPS.index(order.step)
                    want = Want(order_id=order.order_id, value=item.value, rank=rank)
                    wanted.setdefault((name, item.key), (order.customer, []))[1].append(want)
        return wanted

    def _try(self, changes: Sequence[RecordChange]) -> None:
        with suppress(Conflict):  # somebody was quicker; the next round sees what is there now
            self._records.write(changes)

    # -- running

    def start(self) -> None:
        """From now on, go round by itself: the orders on one thread, each edge on its own, so that a slow one delays itself."""
        self._threads = [threading.Thread(target=self._run, args=(self.move, ROUND_S), name="fairwire-orders", daemon=True)]
        self._threads += [
            threading.Thread(target=self._run, args=(edge.step, ROUND_S), name=f"fairwire-edge-{name}"[:15], daemon=True)
            for name, edge in self._edges.items()
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, work: Callable[[], None], wait_s: float) -> None:
        failing = False
        while not self._closing.is_set():
            try:
                work()
                failing = False
            except FairwireError as error:
                if not failing:
                    notices.warning("orders are not carried out for now", reason=error.sentence())
                failing = True
            self._wake.wait(wait_s)
            self._wake.clear()

    def stop(self) -> None:
        """Do not go round any more, after what is being done. Orders are still taken."""
        self._closing.set()
        self._wake.set()
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        """End. Everything that is left stands on record."""
        self.stop()
        for edge in self._edges.values():
            edge.close()

    # -- asked by pages and metrics

    def guard(self) -> Guard:
        """What holds automatic action back."""
        return guard_of(self._records)

    def effects(self) -> list[Effect]:
        """What stands, or shall stand, at the edges."""
        return [kept.noun for kept in EFFECTS.find(self._records, states=["putting", "there", "restoring", "stuck"])]
