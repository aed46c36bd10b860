"""Calls that come together: decided together as far as none of them can change what another is answered.

Most calls of a burst are usual ones: of a known customer, to be connected with nothing noticed unless a rule
holds. Their rows are made by one compiled loop, admitted by one and run through the kernel by one, which stops at the first call
that a rule holds on. Whatever is not plainly usual ends a stretch of such calls and is decided by itself, in its turn. So
decisions, log and counts are those of the same calls one by one, in their order.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from fairwire.decisions.answers import connected
from fairwire.kernel.intake import I_CALL
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, IdentityFacts, Reason
from fairwire.model.instants import DAY_US
from fairwire.numbers.zones import QUARTER_US
from fairwire.ports.plain_call import PlainCall, PlainCaller, PlainCalls
from fairwire.runtime.answered import Answered
from fairwire.runtime.attempts import Attempt, made_attempt
from fairwire.runtime.bare import BareCall, BareCalls
from fairwire.runtime.gathered import Gathered
from fairwire.runtime.lanes import MOST, Met, Notice, Ready, notice_of
from fairwire.runtime.stream import Key, Stream, Taken
from fairwire.runtime.usual import Usual, UsualCalls, has_room

if TYPE_CHECKING:
    from fairwire.decisions.packs import PackDecision
    from fairwire.kernel.arena import Words
    from fairwire.runtime.customers import CustomerTable
    from fairwire.runtime.facts import Facts
    from fairwire.runtime.granting import Granting
    from fairwire.runtime.in_force import InForce
    from fairwire.runtime.journal import Journal
    from fairwire.runtime.live_parts import Coming
    from fairwire.runtime.spending import Spending
    from fairwire.runtime.uses import UseWatch

MOST_NOTICES = 1 << 16
"""Things noticed of calls that are remembered; all are forgotten when there are more."""
Usuals = Sequence[Ready | Gathered]
_MONTH, _DAY = COLUMN_INDEX["local_month"], COLUMN_INDEX["local_day"]


class Asked(NamedTuple):
    """An attempt that has to be answered."""

    attempt: Attempt
    row: int | None
    """Of its customer; None for one that nobody knows."""
    line: bytes
    event_id: str | None
    key: str
    """`answer_key` of it."""
    identity: IdentityFacts | None


class Bursts:
    """The part of `Live` that decides calls which come as fields, one or some at a time."""

    _answers: Answered
    _bare: BareCalls
    _clock: Callable[[], int]
    _coming: Coming | None
    _counts: dict[str, int]
    _customers: CustomerTable
    _facts: Facts
    _granting: Granting
    _in_force: InForce
    _journal: Journal
    _plain_ones: dict[str, Decision]
    _spending: Spending
    _stream: Stream
    _uses: UseWatch
    _usual: UsualCalls

    if TYPE_CHECKING:

        def decide(self, event: bytes) -> Decision: ...
        def _decide(self, event: bytes) -> Decision: ...
        def _catch_up_soon(self) -> None: ...
        def _conclude(
            self, asked: Asked, customer: Customer, raw: Words, call_id: int, usual: Usual | None, taken: Taken, *, fresh: bool
        ) -> Decision: ...
        def _help(self, called: str, name: Any, row: int | None, event_id: str | None, now: int) -> Decision: ...
        def _keep_up(self) -> None: ...
        def _once(
            self, attempt: Attempt, row: int | None, line: bytes, event_id: str | None, identity: IdentityFacts | None = None
        ) -> Decision: ...
        def _save(self, taken: Taken) -> None: ...
        def _saw(self, lines: Sequence[bytes]) -> None: ...

    def decide_call(
        self, fields: dict[str, Any], *, source: str, event_id: str, identity: IdentityFacts | None = None
    ) -> Decision:
        """Answer one call attempt that comes as fields."""
        began = time.perf_counter_ns()
        if self._coming is not None or self._granting.news is not None:
            self._keep_up()
        decision = self._decided(fields, source, event_id, identity, self._clock())
        self._journal.tick()
        return msgspec.structs.replace(decision, elapsed_us=(time.perf_counter_ns() - began) // 1000)

    def _decided(self, fields: dict[str, Any], source: str, event_id: str, identity: IdentityFacts | None, now: int) -> Decision:
        row = self._customers.rows.get(fields["customer"])
        country = "" if row is None else self._customers.customers[row].country
        if self._facts.destinations.is_emergency(fields["to"], country):
            decision = self._help(fields["to"], fields["customer"], row, event_id, now)
        else:
            attempt, line = made_attempt(fields, source=source, event_id=event_id, at_us=now)
            decision = self._once(attempt, row, line, event_id, identity)
        self._counts["decisions"] += 1
        return decision

    def decide_calls(self, calls: Sequence[PlainCall]) -> list[Decision | Exception]:
        """Answer call attempts that came together, in their order: what `decide_call` gives for each, or raises.

        How long each took is not told.
        """
        if self._coming is not None or self._granting.news is not None:
            self._keep_up()
        self._usual.lanes.make_room()
        given: dict[int, Decision | Exception] = {}
        self._decide_in_turn(((place, call, self._clock()) for place, call in enumerate(calls)), given)
        self._journal.tick()
        return [given[place] for place in range(len(calls))]

    def _decide_in_turn(self, calls: Iterable[tuple[int, PlainCall, int]], given: dict[int, Decision | Exception]) -> None:
        """Decide calls in their order: place, call and time of each."""
        ready: list[Ready] = []
        names: set[str] = set()
        last = until = 0
        for place, call, now in calls:
            one = self._ready(place, call, now)
            if ready and (one is None or one.named in names or not last <= now < until or not _goes_with(one, ready)):
                self._decide_ready(ready, given)
                ready, names = [], set()
                one = self._ready(place, call, now)  # those before it may have changed what it is
            if one is None:
                given[place] = self._alone(call, now)
                continue
            if not ready:
                until = self._until(now)
            last = now
            ready.append(one)
            names.add(one.named)
        if ready:
            self._decide_ready(ready, given)

    def decide_plain(self, calls: PlainCalls) -> list[Decision | Exception]:
        """The same of calls as they were read, without an object for each: one that connects with nothing noticed shares its
        decision with others."""
        count = len(calls.callers)
        lanes = self._usual.lanes
        if lanes.lists_numbers:
            return self.decide_calls([calls.call(place) for place in range(count)])
        if self._coming is not None or self._granting.news is not None:
            self._keep_up()
        lanes.make_room()
        given: dict[int, Decision | Exception] = {}
        ready: list[Gathered] = []
        others: list[tuple[int, PlainCall, int]] = []
        last = until = 0
        for place, caller in enumerate(calls.callers):
            now, met = self._clock(), self._met(caller)
            if ready and (met is None or not last <= now < until or len(ready) == MOST):
                self._decide_ready(ready, given, True)
                ready = []
                met = self._met(caller)  # those before it may have changed what it is
            if others and met is not None:
                self._decide_in_turn(others, given)
                others, met = [], self._met(caller)
            if met is None:
                others.append((place, calls.call(place), now))
                continue
            if not ready:
                until = min(self._until(now), (now // QUARTER_US + 1) * QUARTER_US)
            last = now
            ready.append(Gathered(place, met, met.lane, now, calls))
        if ready:
            self._decide_ready(ready, given, True)
        self._decide_in_turn(others, given)
        self._journal.tick()
        return [given[place] for place in range(count)]

    def decide_each(self, events: Sequence[bytes]) -> list[Decision | Exception]:
        """Answer call attempts that came together, in their order: what `decide` gives for each, or raises."""
        began = time.perf_counter_ns()
        found: list[Decision | Exception] = []
        waiting: list[BareCall] = []
        for event in events:
            call = self._bare.read(event)
            if call is not None:
                waiting.append(call)
                continue
            found += self.decide_calls(waiting) if waiting else []
            waiting = []
            try:
                found.append(self.decide(event))
            except Exception as error:
                found.append(error)
        found += self.decide_calls(waiting) if waiting else []
        elapsed_us = (time.perf_counter_ns() - began) // 1000
        return [msgspec.structs.replace(each, elapsed_us=elapsed_us) if isinstance(each, Decision) else each for each in found]

    def _until(self, now: int) -> int:
        """The instant before which nothing begins that concerns all calls: a day, another version of a policy, a grant."""
        turns = self._customers.turns
        midnight = (now // DAY_US + 1) * DAY_US
        next_turn = bisect_right(turns, now)
        return midnight if next_turn == len(turns) else min(midnight, turns[next_turn])

    def _alone(self, call: PlainCall, now: int) -> Decision | Exception:
        try:
            if isinstance(call, BareCall):
                decision = self._decide(call.question)
                self._counts["decisions"] += 1
                return decision
            return self._decided(call.fields(), call.source, call.event_id, None, now)
        except Exception as error:
            return error

    def _met(self, caller: PlainCaller) -> Met | None:
        """What is remembered of a caller whose calls may be usual ones; None where each has to be decided by itself."""
        met: Met | None = caller.met
        customers = self._customers
        if met is None or met.era is not self._usual.lanes.era or customers.customers[met.lane.row] is not met.lane.customer:
            row = customers.rows.get(caller.customer)
            met = None if row is None else self._usual.met(caller, row)
            if met is None:
                return None
        return None if self._in_force.of(caller.customer) or met.lane.row in customers.verified else met

    def _ready(self, place: int, call: PlainCall, now: int) -> Ready | None:
        """What is known of a call that may be a usual one; None where it has to be decided by itself."""
        to, met = call.to, self._met(call.caller)
        if met is None:
            return None
        lane = met.lane
        if self._facts.destinations.is_emergency(to, lane.customer.country):
            return None
        named = lane.head + call.call_id
        key = f"{named}\0{call.caller.from_}\0{to}"
        return None if self._answers.knows(named, key) else Ready(place, call, met, lane, now, named, key)

    def _decide_ready(self, ready: Usuals, given: dict[int, Decision | Exception], read: bool = False) -> None:
        """Decide calls that may be usual ones, stretch by stretch. `read`: they are as they were read."""
        lanes, stream = self._usual.lanes, self._stream
        found, codes = lanes.gather(ready) if read else lanes.fill(ready)  # type: ignore[arg-type]
        at, end = 0, len(ready)
        while at < end:
            stop = next((i for i in range(at, end) if found[i] < 0), end) if min(found) < 0 else end
            rows = stream.foresee(lanes.raw, lanes.intake, at, stop) if stop > at else lanes.raw[:0]
            packs = self._packs(ready, codes, rows, at)
            if packs:
                at += self._take_all(ready[at : at + len(packs)], packs, rows, at, given)
            else:
                given[ready[at].place] = self._alone(ready[at].call, ready[at].at_us)
                at += 1

    def _packs(self, ready: Usuals, codes: list[int], rows: Words, first: int) -> list[PackDecision]:
        """The policies that connect calls, from one on, with nothing noticed unless a rule holds on them; up to the one of which
        questions have to be asked.

        `rows` are their kernel rows. No attempt changes what is charged, and none that waits costs anything: the amounts are
        the same before and behind it.
        """
        facts, usual, packs = self._facts, self._usual, []
        known_of, pack_of = usual.known_open, facts.pack
        for i, today in enumerate(rows[:, _DAY].tolist()):
            one = ready[first + i]
            lane = one.lane
            customer = lane.customer
            pack = pack_of(lane.pack) if lane.pack else facts.pack_of(self._customers, lane.row, one.at_us)
            known = known_of.get(codes[first + i])
            if known is None or known.customer is not customer or known.pack is not pack:
                known = usual.open(codes[first + i], lane.row, customer, pack, self._spending)
                if known is None:
                    break
            if today <= known.amounts_until:
                taken = Taken(local_month=rows.item(i, _MONTH), local_day=today)
                spent = self._spending.of(self._stream, self._customers, lane.row, one.at_us, taken, pack, 0)
                if not has_room(customer, pack, spent, None):
                    break
            packs.append(pack)
        return packs

    def _take_all(
        self, ready: Usuals, packs: list[PackDecision], rows: Words, first: int, given: dict[int, Decision | Exception]
    ) -> int:
        """Take calls that connect unless a rule holds on them, up to the first that is refused; how many were decided.

        `first`: place of their encoded rows.
        """
        stream, count = self._stream, len(ready)
        texts = self._usual.lanes.texts(first, [pack.policy for pack in packs])
        at = 0
        while at < count:
            base = stream.next_row
            done = self._take(ready[at:], packs[at:], texts[2 * at :], rows[at:count], first + at, given)
            at += done
            if stream.next_row != base + done:  # the end of a refused call was counted: those behind it have other numbers now
                break
        return at

    def _take(
        self,
        ready: Usuals,
        packs: list[PackDecision],
        texts: list[bytes],
        rows: Words,
        first: int,
        given: dict[int, Decision | Exception],
    ) -> int:
        """The same up to the first that a rule holds on which may refuse it, that one among them. `texts`: line and answer of
        each, in turn."""
        lanes = self._usual.lanes
        done, taken, held = self._stream.take_foreseen(rows, lanes.raw, lanes.intake, texts[::2], first)
        plain = done if held is None else done - 1
        found = [*taken.held, *((plain, rule, key) for _, rule, key in ([] if held is None else held.held))]
        noticed = self._noticed(ready, packs, found) if found else {}
        keep = self._answers.keep
        connects = done if held is None or noticed.get(plain) is not None else plain
        read = isinstance(ready[0], Gathered)
        for i, (one, pack) in enumerate(zip(ready[:connects], packs, strict=False)):
            told = noticed.get(i) if noticed else None
            if told is not None and told.reasons:
                event = one.call.event
                given[one.place] = decision = connected(pack.policy, event, told.reasons)
                texts[2 * i + 1] = lanes.with_notice(texts[2 * i + 1], pack.policy, told, event)
            elif read:
                given[one.place] = self._plainly(pack.policy)
                continue
            else:
                given[one.place] = decision = connected(pack.policy, one.call.event)
            if not read:
                keep(one.named, one.key, decision)
        if read:
            self._answers.keep_written(lanes.intake[first : first + connects, I_CALL].tolist(), texts[1 : 2 * connects : 2])
        self._counts["decisions"] += connects
        if self._uses.waiting:
            named = zip(ready[:connects], texts[::2], strict=False)
            self._saw([line for one, line in named if one.lane.customer.id in self._uses.waiting])
        self._journal.decided(texts[: 2 * connects])
        self._save(taken)
        if held is not None and connects == done:
            self._save(held)
        elif held is not None:
            at = first + plain
            given[ready[plain].place] = self._held(ready[plain], lanes.raw[at : at + 1], lanes.intake.item(at, I_CALL), held)
        if self._stream.behind:
            self._catch_up_soon()
        return done

    def _plainly(self, policy: str) -> Decision:
        """The decision that all calls share which connect by a policy with nothing noticed."""
        found = self._plain_ones.get(policy)
        if found is None:
            found = self._plain_ones[policy] = connected(policy, None)
        return found

    def _noticed(
        self, ready: Usuals, packs: list[PackDecision], found: Iterable[tuple[int, int, Key]]
    ) -> dict[int, Notice | None]:
        """What is noticed of calls that connect all the same, by place: no rule that held on them may refuse one. None: one may,
        or it takes more to tell.

        Parameters
        ----------
        found
            Place, rule and finding of each rule that held.
        """
        held: dict[int, list[tuple[int, Key]]] = {}
        for place, rule, key in found:
            held.setdefault(place, []).append((rule, key))
        noticed: dict[int, Notice | None] = {}
        known = self._usual.notices
        for place, rules in held.items():
            one, pack = ready[place], packs[place]
            name = one.lane.pack or self._customers.pack_of(one.lane.row, one.at_us)
            told = (name, *rules)
            if told not in known:
                if len(known) >= MOST_NOTICES:
                    known.clear()
                known[told] = self._notice_of(name, pack, rules)
            noticed[place] = known[told]
        return noticed

    def _notice_of(self, name: str, pack: PackDecision, rules: Iterable[tuple[int, Key]]) -> Notice | None:
        reasons: list[Reason] = []
        for rule, key in rules:
            clauses = self._facts.noticed(name, pack, rule)
            if clauses is None:
                return None
            if clauses:
                text, detector = self._stream.finding(key).reason, self._facts.detector(rule)
                reasons += [Reason(clause=clause, text=text, detector=detector) for clause in clauses]
        return notice_of(pack.policy, tuple(reasons))

    def _held(self, one: Ready | Gathered, raw: Words, call_key: int, taken: Taken) -> Decision | Exception:
        """Decide a call that is counted, and that a rule held on."""
        call, lane = one.call, one.lane
        self._answers.first(one.named, one.key)
        try:
            attempt, line = made_attempt(call.fields(), source=call.source, event_id=call.event_id, at_us=one.at_us)
            asked = Asked(attempt, lane.row, line, call.event, one.key, None)
            decision = self._conclude(asked, lane.customer, raw.copy(), call_key, None, taken, fresh=True)
        except Exception as error:
            return error
        self._answers.keep(one.named, one.key, decision)
        self._counts["decisions"] += 1
        return decision


def _goes_with(one: Ready, ready: list[Ready]) -> bool:
    """Whether a call may be decided with others."""
    return len(ready) < MOST and one.call.source == ready[0].call.source
