"""The live service: decides calls and takes events in, durable before they are acknowledged.

Events that are accepted go to the log in the data folder; whoever waits for `durable` knows that they are on disk. A decision
is answered first and logged right behind: a crash loses the decisions of the last few milliseconds at the most, never an
acknowledged event. A start goes on from the latest snapshot and the log behind it (`runtime/journal.py`).
"""

from __future__ import annotations

import asyncio
import gc
import math
import shlex
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from fairwire.decisions.decide import decide
from fairwire.kernel.compiled import waits_for_code
from fairwire.kernel.intake import I_CALL
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, IdentityFacts
from fairwire.model.errors import BadUse, FairwireError, InvalidRecord
from fairwire.model.instants import HOUR_US, format_us
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore, Run, StoreError
from fairwire.ports.events import Rejected
from fairwire.ports.log import LogFigures
from fairwire.ports.records import Conflict
from fairwire.ports.service import Accepted
from fairwire.runtime import first_code
from fairwire.runtime.attempts import (
    Attempt,
    answer_key,
    apart,
    call_key,
    decode_attempt,
    encode_attempt,
    encode_refused,
    envelope,
    read_attempt,
    refused_end,
    sound_attempt,
    unsound,
)
from fairwire.runtime.bare import BareCalls
from fairwire.runtime.bursts import Asked, Bursts
from fairwire.runtime.clockwork import Clockwork
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.facts import Facts
from fairwire.runtime.grant_acts import GrantActs
from fairwire.runtime.grant_book import NONE
from fairwire.runtime.granting import Granting
from fairwire.runtime.in_force import InForce
from fairwire.runtime.journal import Journal, Keeping, Report, take_over
from fairwire.runtime.live_parts import Coming
from fairwire.runtime.machine import load_run
from fairwire.runtime.memory import Tally
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.owners import Owners
from fairwire.runtime.plans import Plan, load_plan
from fairwire.runtime.replay import now_us
from fairwire.runtime.report_relay import ReportRelay
from fairwire.runtime.reported import Reported
from fairwire.runtime.saving import Saving
from fairwire.runtime.sealed_documents import SealedDocuments
from fairwire.runtime.spending import Spending
from fairwire.runtime.strangers import of_known
from fairwire.runtime.stream import REMEMBERED, Key, Stream, Taken
from fairwire.runtime.uses import UseWatch
from fairwire.runtime.usual import Usual, UsualCalls, Words
from fairwire.sources.jsonl.decoding import decode_lines
from fairwire.stores.log import FOLDER, open_log, open_snapshots

notices = structlog.get_logger()

LOOK_S = 0.5
"""Seconds between two looks whether another version of a policy was published."""
_BATCH = 4096
assert _BATCH <= REMEMBERED


class Live(Bursts, Saving):
    """A `LiveSession`. Used from one thread."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        customers: CustomerTable,
        store: ControlStore,
        clock: Callable[[], int],
        customers_file: Path | None = None,
        keeping: Keeping | None = None,
        report: Report | None = None,
        policies: Sequence[str] = (),
        enforcing: Enforcing | None = None,
        clockwork: Clockwork | None = None,
    ) -> None:
        self._plan = plan
        self._customers = customers
        self._store = store
        self._clock = clock
        self._policies = tuple(policies)
        self._customers_file = customers_file
        self._facts = Facts(plan, site_destinations())
        self.grants = GrantActs(store.records, SealedDocuments(folder), customer_of=self.customer, pack_of=self.policy)
        self._granting = Granting(self.grants, clock)
        customers.grant(self._granting.read())
        self._stream = Stream(plan, customers, self._facts.destinations)
        self._stream.kernel.run_past(self._facts.never_refuse())
        self._usual = UsualCalls(customers, self._facts.destinations)
        self._bare = BareCalls()
        self._plain_ones: dict[str, Decision] = {}
        self._facts.destinations.warm({customer.country for customer in customers.customers} | {""})
        self._tally = Tally()
        self._answers, self._counts = self._tally.answers, self._tally.counts
        self._hours, self._refused = self._tally.hours, self._tally.refused
        self._spending = Spending(plan)
        self._run = Run(
            run_id="live",
            command="fairwire serve",
            started=format_us(clock()),
            policies=plan.refs(),
            summary={},
        )
        self._again_command = shlex.join(
            ["fairwire", "replay", str(folder / FOLDER), "--customers", str(customers_file or "FILE")]
        )
        self._series_at = self._store_again_at = self._grown_at = 0.0
        self._grown_upto: Key = ("", 0)
        self._store_failures = 0
        self._turn = asyncio.Lock()
        self._storing = threading.Lock()
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="fairwire-store")
        self._saving: asyncio.TimerHandle | None = None
        self._saving_in_s = math.inf
        self._being_saved = False
        self._mark = store.policies.mark()
        self._uses = UseWatch(store.policies, customers.customers, everyone=plan.everyone, now_us=clock())
        self._catching_up = False
        self._written: set[Key] = set()
        """Findings whose evidence and orders are in the control store. Written under `_storing` once calls come."""
        self._reported = Reported()
        self._owners = Owners(customers.customers)
        self.reports = ReportRelay()
        self._in_force = InForce(store.records)
        self._in_force.read()
        self.enforcing = enforcing or Enforcing(store, clock=clock, acts=False)
        self.enforcing.know(self.customer, lambda: self._plan.packs)
        self._clockwork = clockwork
        if clockwork is not None:
            clockwork.know(self.customer, lambda: self._plan.by_ref())
            clockwork.amend(customers)
        self._coming: Coming | None = None
        self._news = threading.Lock()
        self._closing = threading.Event()
        self._watcher: threading.Thread | None = None
        self._warm()
        log = open_log(folder)
        try:
            destinations, kept = self._facts.destinations, open_snapshots(folder)
            self._journal = Journal(
                log, kept, plan, customers, self._stream, destinations, self._tally, clock, keeping or Keeping()
            )
            take_over(folder, log)
            self._journal.seen = None if clockwork is None else clockwork.watch.take
            self._journal.recover(report)
            self._save_all()
        except BaseException:
            log.close()
            raise

    # -- taking events in

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        """Take events in. What is counted as accepted, or as a duplicate, is on disk when `durable` returns."""
        total = Accepted(accepted=0, duplicates=0, rejected=[])
        for first in range(0, len(lines), _BATCH):
            (part,) = self.accept_each([lines[first : first + _BATCH]])
            rejected = total.rejected + [msgspec.structs.replace(one, line=one.line + first) for one in part.rejected]
            sums = {name: getattr(total, name) + getattr(part, name) for name in ("accepted", "duplicates")}
            total = Accepted(**sums, rejected=rejected)
        return total

    def accept_each(self, batches: Sequence[Sequence[bytes]]) -> list[Accepted]:
        """The same for what several callers sent, as if it were one batch: most of the work is done once for all."""
        self._journal.demand()
        if self._coming is not None or self._granting.news is not None:
            self._keep_up()
        lines = [line for batch in batches for line in batch]
        kept, rejected = self._accept(lines)
        self._journal.tick()
        told: list[Accepted] = []
        first = 0
        for batch in batches:
            last = first + len(batch)
            accepted = bisect_left(kept, last) - bisect_left(kept, first)
            mine = [msgspec.structs.replace(one, line=one.line - first) for one in rejected if first < one.line <= last]
            blank = sum(not line.strip() for line in batch)
            told.append(Accepted(accepted=accepted, duplicates=len(batch) - blank - accepted - len(mine), rejected=mine))
            first = last
        self._counts["duplicates"] += sum(one.duplicates for one in told)
        return told

    def _accept(self, lines: Sequence[bytes]) -> tuple[list[int], list[Rejected]]:
        """Take one batch in: the places of what was new, in order, and what was refused, lines counted from 1."""
        batch = decode_lines(lines, range(1, len(lines) + 1), file="", now_us=self._clock())
        rejected = list(batch.rejected)
        table = of_known(batch, rejected, self._customers.rows)
        places = [number - 1 for number in table["line_number"].to_pylist()]
        taken = self._stream.take(table, [lines[place] for place in places])
        self._reported.remember(table, taken)
        kept = [places[i] for i in taken.fresh]
        if batch.other:
            # Events that no detector reads yet are kept for those that will.
            told = {entry.line - 1 for entry in rejected} | set(places)
            rest = [place for place, line in enumerate(lines) if place not in told and line.strip()]
            others = self._stream.take_others([lines[place] for place in rest])
            kept += [rest[i] for i in others.fresh]
            rejected += [msgspec.structs.replace(entry, line=rest[entry.line] + 1) for entry in others.contradicting]
        rejected += taken.contradicting
        self._counts["events"] += len(kept)
        self._counts["rejected"] += len(rejected)
        self._journal.note(taken)
        if self._uses.waiting:
            names = table["customer"].to_pylist()
            used = [places[i] for i in taken.fresh if names[i] in self._uses.waiting]
            self._saw([lines[place] for place in (*used, *kept[len(taken.fresh) :])])
        self.reports.note(lines, rejected)
        # In the order in which they were taken in: calls first, then the others.
        self._journal.events([lines[place] for place in kept])
        return sorted(kept), rejected

    async def durable(self) -> None:
        """Wait until everything that was taken in is on disk, and what was found is in the control store."""
        await asyncio.wrap_future(self._journal.synced())
        if self.reports.waiting:
            await asyncio.get_running_loop().run_in_executor(self._saver, self.reports.hand_over)
        if self._tally.unsaved or self._stream.covering.due:
            async with self._turn:  # who waits here finds most of it saved by the one before
                noted = self._noted()
                if noted.known or noted.covered:
                    await asyncio.get_running_loop().run_in_executor(self._saver, self._write, noted)
                    self._is_saved(noted)
        else:
            self._save_series()

    def flush(self) -> None:
        """The same for a caller without an event loop."""
        self._journal.synced().result()
        self.reports.hand_over()
        self._save_all()

    # -- deciding

    def decide(self, event: bytes) -> Decision:
        """Answer one call attempt."""
        began = time.perf_counter_ns()
        if self._coming is not None or self._granting.news is not None:
            self._keep_up()
        decision = self._decide(event)
        self._counts["decisions"] += 1
        self._journal.tick()
        return msgspec.structs.replace(decision, elapsed_us=(time.perf_counter_ns() - began) // 1000)

    def _decide(self, event: bytes) -> Decision:
        decoded = decode_attempt(event)
        if decoded is None:
            return self._decide_otherwise(event)
        data = decoded.data
        row = self._customers.rows.get(data.customer)
        country = "" if row is None else self._customers.customers[row].country
        now = self._clock()
        # Before anything else is looked at: a call for help needs nothing but the number called.
        if self._facts.destinations.is_emergency(data.to, country):
            return self._help(data.to, data.customer, row, decoded.id, now)
        attempt = sound_attempt(decoded, now)
        if attempt is None:
            raise unsound(event, now)
        return self._once(attempt, row, event, decoded.id)

    def is_emergency(self, called: str, country: str = "") -> bool:
        """Whether help may be at the other end; for a country that is not known, anywhere in the world."""
        return self._facts.destinations.is_emergency(called, country)

    def owner_of_number(self, number: str) -> str | None:
        """The customer that a number in E.164, with its plus, was assigned to; None when that cannot be told."""
        return self._owners.of_number(number)

    def owner_of_address(self, address: str) -> str | None:
        """The customer that an IP address belongs to."""
        return self._owners.of_address(address)

    def _help(self, called: str, name: Any, row: int | None, event_id: str | None, now: int) -> Decision:
        customer = None if row is None else self._customers.customers[row]
        call = self._facts.call(
            {"to": called, "customer": name}, customer, callee_new=None, month_charge_micros=None, event=event_id
        )
        return decide(call, orders=(), hits=(), pack=self._facts.pack_of(self._customers, row, now), now_us=now)

    def _once(
        self, attempt: Attempt, row: int | None, line: bytes, event_id: str | None, identity: IdentityFacts | None = None
    ) -> Decision:
        """A retransmission gets the same answer, and counts once.

        The one who calls chooses the call id: a call to somebody else under one that was used is another call.
        """
        key = answer_key(attempt.record)
        call = call_key(key)
        answer = self._answers.get(key)
        if answer is None:
            if self._answers.first(call, key) != key:
                attempt, line = apart(attempt)
            answer = self._answer(Asked(attempt, row, line, event_id, key, identity))
            self._answers.keep(call, key, answer)
        return answer

    def _decide_otherwise(self, event: bytes) -> Decision:
        """Bare data, or what is no sound event at all; a call for help connects even so."""
        try:
            given = msgspec.json.decode(event)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidRecord(f"not JSON: {str(error)[:1].lower()}{str(error)[1:]}") from None
        if not isinstance(given, dict):
            raise InvalidRecord("not a JSON object", help_="send a CloudEvent or the data of a call.attempt")
        bare_data = not isinstance(given.get("data"), dict)
        data = given if bare_data else given["data"]
        name = data.get("customer")
        row = self._customers.rows.get(name) if isinstance(name, str) else None
        customer = None if row is None else self._customers.customers[row]
        event_id = given["id"] if not bare_data and isinstance(given.get("id"), str) else None
        now = self._clock()
        # Before anything else is looked at: a call for help needs nothing but the number called.
        called, country = data.get("to"), customer.country if customer else ""
        if isinstance(called, str) and self._facts.destinations.is_emergency(called, country):
            return self._help(called, name, row, event_id, now)
        line = envelope(data, now) if bare_data else event
        attempt = read_attempt(line, now)
        if attempt is None:
            raise unsound(line, now)
        return self._once(attempt, row, line, event_id)

    def _answer(self, asked: Asked) -> Decision:
        attempt, row = asked.attempt, asked.row
        record = attempt.record
        at = int(record["time_us"])
        if row is None:
            call = self._facts.call(record, None, callee_new=None, month_charge_micros=None, event=asked.event_id)
            return decide(call, orders=(), hits=(), pack=self._facts.pack_of(self._customers, None, at), now_us=at)
        customer = self._customers.presenting(row, at)
        usual = self._usual.encode(attempt, row, customer)
        if usual is not None:
            raw, intake = usual.raw, usual.intake
        else:
            raw, intake = encode_attempt(attempt, row, self._customers, self._facts.destinations)
            self._usual.learn(attempt, row, customer, raw)
            usual = self._usual.encode(attempt, row, customer)  # so that what is open to it is known from the first call on
        taken = self._stream.take_one(raw, intake, asked.line)
        fresh = bool(taken.fresh)
        if not fresh and (reported := self._reported.take(record)) is not None:
            taken, fresh = reported, True  # it was counted when it was reported, and is decided only now
        decision = self._conclude(asked, customer, raw, intake.item(0, I_CALL), usual, taken, fresh=fresh)
        if self._stream.behind:
            self._catch_up_soon()
        return decision

    def _conclude(
        self, asked: Asked, customer: Customer, raw: Words, call_id: int, usual: Usual | None, taken: Taken, *, fresh: bool
    ) -> Decision:
        """Decide an attempt that is counted, by what came of that. `call_id` is the key of its call."""
        attempt, row, identity = asked.attempt, asked.row, asked.identity
        assert row is not None
        record = attempt.record
        at = int(record["time_us"])
        orders = self._in_force.of(customer.id)
        pack = self._facts.pack_of(self._customers, row, at)
        spent = self._spending.of(self._stream, self._customers, row, at, taken, pack, call_id)
        plain = usual if not orders and identity is None else None
        decision = None
        if plain and not taken.held:
            decision = self._usual.answer(plain, attempt, customer, pack, spent, asked.event_id)
        if decision is None:
            call = self._facts.call(
                record,
                customer,
                callee_new=taken.new_callee.get(0),
                month_charge_micros=spent.month,
                day_charge_micros=spent.day,
                running_rate_micros=spent.a_minute,
                recent_calls=self._in_force.recent(orders, at) if orders else None,
                identity=identity,
                event=asked.event_id,
            )
            hits = []
            for _, rule, key in taken.held:
                if self._facts.meant(rule, call):
                    finding = self._stream.finding(key)
                    pack_key = self._customers.pack_of(row, at)
                    hits.append(self._facts.hit(pack_key, rule, finding.reason, finding.finding_id, call))
            decision = decide(call, orders=orders, hits=hits, pack=pack, now_us=at)
            if call.recent_calls and decision.decision == "allow":
                self._in_force.connected(call, at)
            if plain and not taken.held:
                self._usual.settle(plain, call, pack, decision)
            elif plain and not self._usual.is_settled(plain.like, pack):
                without = decide(call, orders=(), hits=(), pack=pack, now_us=at)
                self._usual.settle(plain, call, pack, without)
        if fresh:
            if customer.id in self._uses.waiting:
                self._saw([asked.line])
            lines = [asked.line]
            if decision.decision in ("deny", "limit"):
                hour = at // HOUR_US * HOUR_US
                self._refused[hour] = self._refused.get(hour, 0) + 1
                # A refused call is over at once: it must not count as a call in progress.
                lines.append(refused_end(record))
                ended = encode_refused(raw, attempt, f"{record['id']}-refused", "decision")
                over = self._stream.take_one(*ended, lines[1])
                taken.touched |= over.touched
                taken.opened |= over.opened
            self._journal.decision(lines, asked.key, decision)
        self._save(taken)
        return decision

    def _catch_up_soon(self) -> None:
        """Have done what no decision waits for: behind this one and between others, a part at a time."""
        if self._catching_up:
            return
        try:
            asyncio.get_running_loop().call_soon(self._catch_up)
            self._catching_up = True
        except RuntimeError:
            self._save(self._stream.catch_up())

    def _catch_up(self) -> None:
        more, taken = self._stream.catch_up_a_little()
        self._catching_up = False
        self._save(taken)
        if more or self._stream.behind:
            self._catch_up_soon()

    # -- versions of policies

    def _saw(self, lines: Sequence[bytes]) -> None:
        """Put first uses of a version on record, right behind; one that cannot be written comes with the next."""
        for line in lines:
            self._uses.see(line, self._clock())
        if self._uses.seen:
            self._saver.submit(self._record_uses, self._uses)

    def _record_uses(self, uses: UseWatch) -> None:
        seen = list(uses.seen)
        try:
            self._store.policies.accept(seen)
        except StoreError as error:
            self._store_failed(error)
            return
        del uses.seen[: len(seen)]

    def _warm(self) -> None:
        """Load compiled code now, so that the first call does not wait for it; where there is none, have it made."""
        if waits_for_code():
            first_code.then(lambda: first_code.load(self._plan, self._customers))
        self._stream.warm()
        self._usual.warm()
        self._spending.warm(self._stream.kernel)
        if waits_for_code() and not self._stream.code_is_coming:
            first_code.release()

    def watch(self) -> None:
        """From now on, look now and then whether another version was published or a day chosen, and have memory at hand.

        The new plan is made on a thread of its own; the next call or batch goes on under it. Nothing happens at the instant
        at which a version begins: the plan knows that instant beforehand.
        """
        self._stream.stay_ahead()
        self._watcher = threading.Thread(target=self._look, name="fairwire-policies", daemon=True)
        self._watcher.start()

    def _look(self) -> None:
        while not self._closing.wait(LOOK_S):
            with suppress(StoreError, Conflict):  # what was read before stays, and is read again soon
                self._in_force.read()
                if self._clockwork is not None:
                    self._clockwork.amend(self._customers)
                self._granting.look()
            try:
                mark = self._store.policies.mark()
                if mark != self._mark:
                    coming = self._made(load_plan(self._policies, store=self._store.policies))
                    with self._news:
                        self._coming, self._mark = coming, mark
            except StoreError:
                continue
            except FairwireError as error:
                notices.error("a published version cannot be used; what was in force stays", reason=error.sentence())
                self._closing.wait(60 * LOOK_S)

    def look_at_grants(self) -> None:
        """Somebody has granted or revoked something: it holds from the next event on. May be called from any thread."""
        with suppress(StoreError, Conflict):
            self._granting.look()

    def _made(self, plan: Plan) -> Coming:
        """Everything that a plan needs beside what was counted; made while calls are answered under the last one."""
        plan = replace(plan, former=self._plan.by_ref())
        load_run(plan.program)
        table = CustomerTable.of(plan.program, plan.everyone, plan.timelines, follows_orders=False)
        table.extend(self._customers.customers)
        table.grant(self._customers.grants or NONE)
        stream, facts = Stream(plan, table, self._facts.destinations), Facts(plan, self._facts.destinations)
        stream.kernel.run_past(facts.never_refuse())
        return Coming(
            plan=plan,
            customers=table,
            stream=stream,
            facts=facts,
            uses=UseWatch(self._store.policies, table.customers, everyone=plan.everyone, now_us=self._clock()),
        )

    def _keep_up(self) -> None:
        """Go on with the grants that were read and the plan that was made meanwhile, from what was counted and found."""
        book = self._granting.take()
        if book is not None:
            self._stream.adopt(book)
        with self._news:
            coming, self._coming = self._coming, None
        if coming is None:
            return
        try:
            self._save(self._stream.catch_up())
            self._saver.submit(lambda: None).result()  # what is being saved is explained by the last plan
            self._save_all()  # what was found under the last plan is explained by it
            coming.stream.take_over(self._stream)
            coming.stream.adopt(self._customers.grants or NONE)
        except StoreError as error:
            self._store_failed(error)
            with self._news:
                self._coming = self._coming or coming
            return
        except FairwireError as error:
            notices.error("a published version cannot be used; what was in force stays", reason=error.sentence())
            return
        self._plan, self._customers, self._stream = coming.plan, coming.customers, coming.stream
        self._facts, self._uses = coming.facts, coming.uses
        self._usual = UsualCalls(coming.customers, coming.facts.destinations)
        self._spending = Spending(coming.plan)
        self._run = msgspec.structs.replace(self._run, policies=coming.plan.refs())
        self._journal.go_on(coming.plan, coming.customers, coming.stream)
        notices.info("policies are up to date", in_force=", ".join(coming.plan.refs()))

    def stats(self) -> dict[str, Any]:
        """Counters and gauges for `/metrics`."""
        return {
            **self._counts,
            "findings": self._stream.found,
            "late": self._stream.kernel.late,
            "customers": len(self._customers.customers),
            "state_bytes": self._stream.kernel.state.bytes_used(),
            "store_failures": self._store_failures,
            **self._journal.stats(),
        }

    def customer(self, customer_id: str) -> Customer | None:
        """The record of a customer."""
        row = self._customers.rows.get(customer_id)
        return None if row is None else self._customers.customers[row]

    def charged(self, customer_id: str) -> int | None:
        """What is charged to a customer in its month so far, running calls included, in micro-units; None where nobody counts."""
        return self._spending.month_of(self._stream, self._customers, customer_id, self._clock())

    def policy(self, customer_id: str) -> Pack | None:
        """The policy in force for a customer."""
        row = self._customers.rows.get(customer_id)
        return None if row is None else self._plan.packs[self._customers.pack_of(row, self._clock())]

    def customers(self) -> Sequence[Customer] | None:
        """All customers; None when no file was named."""
        return tuple(self._customers.customers) if self._customers_file is not None else None

    def log_figures(self) -> LogFigures:
        """What the log has done since the start."""
        return self._journal.figures()

    def close(self) -> None:
        """Write what is pending, keep a snapshot, release the log."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._uses.seen:
            self._saver.submit(self._record_uses, self._uses)
        self._saver.shutdown()
        try:
            self._journal.note(self._stream.catch_up())
            self._stream.covering.ending = True
            self._save_all()
        finally:
            self._journal.close()
        if self._answers and not waits_for_code():
            first_code.keep()  # all that decides was compiled on the way


def open_live(
    data_dir: Path,
    customers: Path | None,
    policies: Sequence[str],
    store: ControlStore,
    *,
    keeping: Keeping | None = None,
    report: Report | None = None,
    enforcing: Enforcing | None = None,
    clockwork: Clockwork | None = None,
) -> Live:
    """Load what is in force, and go on from the latest snapshot and the log behind it.

    Raises
    ------
    FairwireError
        A policy, the customers file or the log cannot be used.
    """
    from fairwire.runtime.machine import prepare

    prepare()
    first_code.hold()
    try:
        plan = load_plan(policies, store=store.policies)
        table = CustomerTable.of(plan.program, plan.everyone, plan.timelines, follows_orders=False)
        records = load_customers(customers) if customers else []
        if not records and customers:
            raise BadUse("the customers file has no record", at=str(customers), help_="add one line for each customer")
        table.extend(records)
        live = Live(data_dir, plan, table, store, now_us, customers, keeping, report, policies, enforcing, clockwork)
    except BaseException:
        first_code.give_up()
        raise
    live.watch()
    # All that stands from here on: looking through it again and again would hold calls up. What hardly any of it is, garbage, is
    # not looked for first: that took a sixth of a second.
    gc.freeze()
    # Nor what comes to stand: its full collections took 50 to 240 ms, and more with each. What is short-lived is still looked at,
    # little at a time: an object takes a microsecond, and twenty thousand of them held calls up for 10 to 17 ms.
    gc.set_threshold(500, 4, 1_000_000)
    return live
