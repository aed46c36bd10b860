"""The clock of the desk: letters about what was ordered, deadlines, reminders, and what follows when the time is up.

`run_due` is called again and again with the time of the caller's clock. Everything is read from the record and written to it in
one transaction each, under ids that are made of what they are about: called twice, called late, called with a clock that was
moved back, or killed in between, it does what is left to do and nothing again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog

from fairwire.enforcement.excess import charge_line
from fairwire.model.customers import Customer
from fairwire.model.deadlines import RUNNING, Deadline
from fairwire.model.declared import Workflow
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, MINUTE_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.policy import NoticeFacts
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import CURSORS, DEADLINES, LINES, NOTICES, ORDER_CHANGES, Cursor
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.deadlines import SELF, deadline_id, met, missed, named, recomputed, undone
from fairwire.runtime.letters import Letters, Occasion
from fairwire.runtime.occasions import TAKEN_BACK, TOLD, fact_of, facts_about, leading, of_order, opening_of, workflow_of
from fairwire.runtime.people import Watch
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS
from fairwire.runtime.user_limit import UserLimit

notices = structlog.get_logger()

LOOK_AGAIN_US = MINUTE_US
"""What has not changed is looked at again after so long."""
_READ = 500
"""Entries of the audit trail that are read in one round."""
_KINDS = ("order", "person", "order_change", "deadline", "notice")
ORDERS_READ = "orders told of"


class Cure(Protocol):
    """What a workflow with a deadline asks for, and what follows from it."""

    def asked(self, store: RecordStore, order: Order, workflow: Workflow, facts: NoticeFacts, at_us: int) -> NoticeFacts:
        """The facts of the notice that asks for it."""

    def cured(self, store: RecordStore, deadline: Deadline, at_us: int) -> str:
        """How the customer has done it, as half a sentence; empty while it has not."""

    def work(self, store: RecordStore, kept: Kept[Deadline], at_us: int) -> tuple[list[RecordChange], list[Order]]:
        """What is to be written now, and which orders are wanted; nothing of it twice."""

    def released(self, store: RecordStore, deadline: Deadline, at_us: int) -> list[RecordChange]:
        """What is given back when it is met."""

    def thank(self, store: RecordStore, deadline: Deadline, outcome: str, at_us: int) -> list[RecordChange]:
        """The letter that says that it is settled."""


@dataclass(slots=True, kw_only=True)
class Ran:
    """What one call of `run_due` did."""

    written: int = 0
    """Changes on record."""
    orders: int = 0
    """Orders that were handed on."""


def nothing(deadline: Deadline) -> Sequence[RecordChange]:
    """Nothing follows."""
    return ()


class Clockwork:
    """Does what is due.

    Parameters
    ----------
    records
        Where orders, notices and deadlines are on record.
    packs
        `id@version` and id -> pack, as they are now.
    customer_of
        The record of a customer as the customers file has it.
    finding_of
        A finding by its id.
    admit
        Takes orders that follow from a missed deadline (`Enforcing.take`).
    on_missed
        What else is to be written when a deadline is missed that no `Cure` knows.
    pause_us
        So long after all deadlines were looked at they are not looked at again, unless one is due: where much changes, each look
        costs some questions for each of them.
    """

    def __init__(
        self,
        records: RecordStore,
        *,
        finding_of: Callable[[str], Finding | None],
        admit: Callable[[Sequence[Order]], object],
        packs: Callable[[], Mapping[str, Pack]] = dict,
        customer_of: Callable[[str], Customer | None] = lambda _: None,
        on_missed: Callable[[Deadline], Sequence[RecordChange]] = nothing,
        pause_us: int = 0,
    ) -> None:
        self._records = records
        self._finding_of = finding_of
        self._admit = admit
        self._on_missed = on_missed
        self.watch = Watch(records, customer_of)
        """Where events about people and orders are handed in."""
        self._packs = packs
        self.letters = Letters(lambda: self._packs(), self.watch.ordered.customer)
        self._cures: dict[str, Cure] = {"user_limit_cure": UserLimit(self.letters, finding_of)}
        self._read = -1
        """How far the audit trail was read; -1 before it is known."""
        self._looked_us: int | None = None
        self._marks: tuple[int, ...] = ()
        self._last_marks: tuple[int, tuple[int, ...]] | None = None
        """The last number of the trail, and what the kinds had then."""
        self._amended = -1
        self._pause_us = pause_us

    def know(self, customer_of: Callable[[str], Customer | None], packs: Callable[[], Mapping[str, Pack]]) -> None:
        """From now on, ask these for customers and packs."""
        self.watch.know(customer_of)
        self._packs = packs

    def amend(self, table: CustomerTable) -> None:
        """Have the records of a table say what customers have ordered since. Costs a question where nobody has."""
        mark = self._records.mark(ORDER_CHANGES.kind)
        if mark != self._amended:
            ordered = self.watch.ordered
            table.amend([made for name in ordered.changed_customers() if (made := ordered.customer(name)) is not None])
            self._amended = mark

    def run_due(self, now_us: int) -> Ran:
        """Do everything that is due at an instant. From one thread at a time."""
        done = Ran(written=self.watch.flush())
        self._tell(now_us, done)
        marks = self._marks_now()
        since_us = LOOK_AGAIN_US if self._looked_us is None else now_us - self._looked_us
        changed = (marks != self._marks and since_us >= self._pause_us) or since_us >= LOOK_AGAIN_US or since_us < 0
        if changed or DEADLINES.find(self._records, states=RUNNING, due_us=now_us, limit=1):
            for kept in DEADLINES.find(self._records, states=(*RUNNING, "missed")):
                self._look(kept, now_us, done)
            for kept in DEADLINES.find(self._records, states=("withdrawn",), due_us=now_us):
                self._write(lambda inside, key=kept.noun.deadline_id: self._taken_back(inside, key, now_us), done)  # type: ignore[misc]
            self._looked_us = now_us
            self._marks = self._marks_now()
        return done

    def _marks_now(self) -> tuple[int, ...]:
        """Of each kind that deadlines follow from. While nothing at all was written, none is asked for."""
        last = self._records.mark()
        if self._last_marks is None or self._last_marks[0] != last:
            self._last_marks = last, tuple(self._records.mark(kind) for kind in _KINDS)
        return self._last_marks[1]

    def _write(self, decide: Callable[[RecordStore], Sequence[RecordChange]], done: Ran) -> None:
        done.written += len(self._records.act(decide))

    # -- orders

    def _tell(self, now_us: int, done: Ran) -> None:
        """Write about every order that has moved since somebody looked."""
        if self._read < 0:
            kept = CURSORS.get(self._records, ORDERS_READ)
            self._read = 0 if kept is None else kept.noun.after
        if self._records.mark("order") <= self._read:
            return
        entries = list(self._records.trail(after=self._read, kind="order", limit=_READ))
        if not entries:
            return
        before = done.written
        for order_id in dict.fromkeys(entry.id for entry in entries):
            self._write(lambda inside, order_id=order_id: self._of_order(inside, order_id, now_us), done)  # type: ignore[misc]
        self._read = entries[-1].seq
        if done.written > before:
            self._write(self._cursor(now_us), done)

    def _cursor(self, now_us: int) -> Callable[[RecordStore], Sequence[RecordChange]]:
        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            kept = CURSORS.get(inside, ORDERS_READ)
            return [CURSORS.change(kept, Cursor(cursor_id=ORDERS_READ, after=self._read), at_us=now_us, by=SELF, action="read")]

        return decide

    def _of_order(self, inside: RecordStore, order_id: str, now_us: int) -> Sequence[RecordChange]:
        """Letters and lines of one order as it is now."""
        kept = ORDERS.get(inside, order_id)
        if kept is None or (kept.noun.escalates or "").startswith("deadline:"):
            return ()  # what follows from a deadline is told together, not order by order
        order = kept.noun
        if order.state == "expired" and order.ended is not None and now_us - parse_us(order.ended) > DAY_US:
            return ()  # what is over since yesterday is no news
        changes = list(self._line_of(inside, order, now_us))
        pack = self.letters.pack(order.policy)
        workflow = workflow_of(order, pack) if order.state in TOLD else None
        if workflow is not None and pack is not None:
            return [*changes, *self._ask(inside, order, workflow, pack, now_us)]
        occasion = of_order(order, self.letters, self._finding_of)
        if occasion is None:
            return changes
        if order.state == "overturned" and (kept_deadline := DEADLINES.get(inside, deadline_id(fact_of(order)))) is not None:
            changes += self._never(inside, kept_deadline, order, now_us)
        if order.state in TAKEN_BACK:
            told = [each for each in NOTICES.find(inside, subject=fact_of(order)) if each.noun.kind != "lifted"]
            waiting = [each for each in told if each.noun.state == "queued" and each.noun.attempts == 0]
            changes += [
                NOTICES.change(
                    each,
                    msgspec.structs.replace(each.noun, state="cancelled", answer="it was over before it could be told"),
                    at_us=now_us,
                    by=SELF,
                    action="cancel",
                )
                for each in waiting
            ]
            if len(waiting) == len(told):
                return changes
        return [*changes, *self.letters.write(inside, occasion, now_us)]

    def _never(self, inside: RecordStore, kept: Kept[Deadline], order: Order, now_us: int) -> Sequence[RecordChange]:
        """The deadline of an order that should never have been is withdrawn; the letter about the order says so."""
        if not kept.noun.is_live:
            return ()
        by, why = order.ended_by or SELF, order.ended_why
        gone = msgspec.structs.replace(kept.noun, state="withdrawn", told=True, ended=format_us(now_us), ended_by=by, outcome=why)
        changes = [DEADLINES.change(kept, gone, at_us=now_us, by=by, action="withdraw", why=why)]
        return [*changes, *undone(inside, kept.noun, by=by, why=why, at_us=now_us)]

    def _line_of(self, inside: RecordStore, order: Order, now_us: int) -> Sequence[RecordChange]:
        line = charge_line(order)
        if line is None or order.state in ("dry_run", "waiting", "due"):
            return ()
        kept = LINES.get(inside, line.line_id)
        if kept is None:
            return () if line.state == "credited" else [
                LINES.change(None, line, at_us=now_us, by=SELF, action="charge", why=line.said)
            ]  # fmt: skip
        if kept.noun.state == line.state:
            return ()
        return [LINES.change(kept, line, at_us=now_us, by=SELF, action="credit", why=order.ended_why)]

    def _ask(self, inside: RecordStore, order: Order, workflow: Workflow, pack: Pack, now_us: int) -> Sequence[RecordChange]:
        """The notice that asks for something and begins a clock, unless one runs for the same already."""
        fact = fact_of(order)
        live = [each.noun for each in DEADLINES.find(inside, customer=order.customer) if each.noun.is_live]
        waiting = [each.noun for each in NOTICES.find(inside, customer=order.customer, states=("queued", "sending"))]
        if any(each.workflow == workflow.id and each.fact != fact for each in live) or any(
            each.opens is not None and each.opens.workflow == workflow.id and each.fact != fact for each in waiting
        ):
            return ()
        clauses = leading(workflow, order)
        facts = dataclasses.replace(facts_about(order, self.letters, self._finding_of, clauses=clauses), asks=workflow.title)
        cure = self._cures.get(workflow.kind)
        if cure is not None:
            facts = cure.asked(inside, order, workflow, facts, now_us)
        occasion = Occasion(
            fact=fact,
            kinds=("limit_notice",),
            customer=order.customer,
            policy=order.policy,
            clauses=clauses,
            step=order.step,
            facts=facts,
            opens=opening_of(workflow, pack, order),
        )
        return self.letters.write(inside, occasion, now_us)

    # -- deadlines

    def _look(self, kept: Kept[Deadline], now_us: int, done: Ran) -> None:
        """Remind, and see whether a deadline is met or missed; then what follows from it."""
        key = kept.noun.deadline_id
        self._write(lambda inside: self._moved(inside, key, now_us), done)
        now = DEADLINES.get(self._records, key)
        cure = self._cures.get(kept.noun.kind)
        if now is None or not now.noun.is_live or cure is None:
            return
        wanted: list[Order] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            there = DEADLINES.get(inside, key)
            wanted.clear()
            if there is None or not there.noun.is_live:
                return ()
            changes, orders = cure.work(inside, there, now_us)
            wanted.extend(orders)
            return changes

        self._write(decide, done)
        if wanted:
            self._admit(wanted)
            done.orders += len(wanted)
            self._write(decide, done)  # who was blocked just now is told in the same round

    def _moved(self, inside: RecordStore, key: str, now_us: int) -> Sequence[RecordChange]:
        kept = DEADLINES.get(inside, key)
        if kept is None or kept.noun.state not in RUNNING:
            return ()
        deadline = recomputed(kept.noun, self.letters.customer(kept.noun.customer), now_us)
        cure = self._cures.get(deadline.kind)
        outcome = "" if cure is None else cure.cured(inside, deadline, now_us)
        if outcome and cure is not None:
            late = now_us >= deadline.due_us
            after = met(deadline, outcome, now_us, late=late)
            said = f"{outcome}; it came after the time was up, and before anything was done" if late else outcome
            letters = [*cure.released(inside, after, now_us), *cure.thank(inside, after, said, now_us)]
            return [DEADLINES.change(kept, after, at_us=now_us, by=SELF, action="meet", why=said), *letters]
        if now_us >= deadline.due_us:
            after = missed(deadline, now_us)
            why = f"the time was up at {format_us(deadline.due_us)}"
            follows = self._on_missed(after) if cure is None else ()
            return [DEADLINES.change(kept, after, at_us=now_us, by=SELF, action="miss", why=why), *follows]
        due = [each for each in deadline.reminders if not each.done and each.at_us <= now_us]
        changes: list[RecordChange] = []
        if due or not deadline.told:
            marked = tuple(msgspec.structs.replace(each, done=each.done or each in due) for each in deadline.reminders)
            deadline = msgspec.structs.replace(deadline, reminders=marked, told=True)
            changes = self._remind(inside, deadline, due[-1].at_us if due else deadline.due_us, now_us)
        if deadline == kept.noun:
            return ()
        action = "remind" if changes else "recompute"
        return [DEADLINES.change(kept, deadline, at_us=now_us, by=SELF, action=action), *changes]

    def _taken_back(self, inside: RecordStore, key: str, now_us: int) -> Sequence[RecordChange]:
        """Tell a customer that a deadline is withdrawn."""
        kept = DEADLINES.get(inside, key)
        if kept is None or kept.noun.told:
            return ()
        deadline = msgspec.structs.replace(kept.noun, told=True)
        given = NoticeFacts(**deadline.facts)  # type: ignore[arg-type]
        occasion = Occasion(
            fact=f"{named(deadline)}:withdrawn",
            kinds=("lifted",),
            customer=deadline.customer,
            policy=deadline.policy,
            clauses=deadline.clauses,
            facts=dataclasses.replace(given, action="our notice is withdrawn", outcome=deadline.outcome),
        )
        letters = self.letters.write(inside, occasion, now_us)
        return [DEADLINES.change(kept, deadline, at_us=now_us, by=SELF, action="tell"), *letters]

    def _remind(self, inside: RecordStore, deadline: Deadline, at_us: int, now_us: int) -> list[RecordChange]:
        """One reminder, however many were missed while nobody looked; none while the notice's own time is not certain."""
        given = NoticeFacts(**deadline.facts)  # type: ignore[arg-type]
        occasion = Occasion(
            fact=f"{named(deadline)}:{format_us(at_us)}",
            kinds=("reminder",),
            customer=deadline.customer,
            policy=deadline.policy,
            clauses=deadline.clauses,
            facts=dataclasses.replace(given, deadline=self.letters.until(deadline)),
        )
        return self.letters.write(inside, occasion, now_us)
