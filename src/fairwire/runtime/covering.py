"""What grants for some events silence, between the kernel and findings.

A rule that holds for a customer with such a grant is looked at twice. For a *test* the question is whether every event that shows
it is inside scope and window: one that is not, and it is a finding as ever. For *calls that are vouched for* (those of named
numbers, sites or campaigns) the question is whether it would hold without them: a second kernel counts the customer's other calls
alone, and a rule that holds there is a finding with the numbers of those.

A hit that is silenced opens an episode in the kernel as any other does. It is held here, and ended before the first event that is
not covered, so that this one opens a finding of its own. What was silenced becomes a line of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairwire.enforcement.grant_cover import Cover, Seen, Verdict
from fairwire.kernel.kernel import Kernel, Opened, Outcome
from fairwire.kernel.layout import E_SUBJECT
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.finding import Finding
from fairwire.model.grants import Covered
from fairwire.model.instants import format_us, parse_us
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.in_time import apply_in_time
from fairwire.runtime.plans import Plan
from fairwire.runtime.shelf import kernel_of

Words = npt.NDArray[np.int64]
Look = Callable[[int, int], Seen | None]
"""(ordinal of an event, row of its customer) -> what is known of it; None for one that is no longer at hand."""
Make = Callable[[Opened, Words], Finding]
"""(as the kernel opened it, kernel event) -> the finding that it would be."""
CALLS = "calls"
_MOST = 1 << 14
_TIME, _KIND, _CUSTOMER = COLUMN_INDEX["time"], COLUMN_INDEX["kind"], COLUMN_INDEX["customer_row"]
_ORDINAL = COLUMN_INDEX["ordinal"]


class Silencer(NamedTuple):
    """A grant that may silence a rule, and the entitlement by which it does."""

    cover: Cover
    word: str


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of the ledger while it grows."""

    finding: Finding
    grants: tuple[str, ...]
    hits: int
    last_us: int
    written: int = 0
    """Hits when it was last written."""
    over: bool = False
    """Its grant is over: what it says is the last word."""

    @property
    def due(self) -> bool:
        """It is new, has doubled since it was written, or is over."""
        return self.hits > self.written and (self.over or self.hits >= 2 * self.written)

    def covered(self) -> Covered:
        """As it is put on record."""
        return Covered(finding=self.finding, grants=self.grants, hits=self.hits, last_seen=format_us(self.last_us))


@dataclass(slots=True, kw_only=True)
class _Held:
    """An episode whose hits are silenced."""

    rule: int
    customer: int
    until_us: int
    line: Line | None
    test: bool


@dataclass(slots=True, kw_only=True)
class Part:
    """What one kernel found, after grants have spoken."""

    kernel: str
    """`calls`, or `apart:<kind of grant>`."""
    outcome: Outcome


class Covering:
    """Asks the grants of a customer table. Used from one thread, in the order of events.

    Parameters
    ----------
    look
        Gives an event that is at hand.
    make
        Makes a finding of what is silenced, for the ledger.
    run
        The function that kernels of this plan run.
    """

    def __init__(self, plan: Plan, customers: CustomerTable, run: Callable[..., int], look: Look, make: Make) -> None:
        self._plan = plan
        self._customers = customers
        self._run = run
        self._look = look
        self._make = make
        self.apart: dict[str, Kernel] = {}
        """`apart:<kind>` -> the kernel that counts what is not vouched for."""
        self._held: dict[int, _Held] = {}
        self._lines: dict[tuple[int, int], Line] = {}
        """Rule and subject -> the line that was last begun for them."""
        self._seen: dict[int, Seen | None] = {}
        self.due = False
        """A line is to be put on record."""
        self.ending = False
        """The last word is to be put on record, also of lines that have grown little."""
        self.rows: frozenset[int] = frozenset()
        """Rows of customers that have such a grant."""
        self.adopt()

    def adopt(self, kernel: Kernel | None = None) -> None:
        """Ask the book that the customer table has now. What was silenced under another is judged anew from the next event on."""
        for episode, held in self._held.items():
            assert kernel is not None
            kernel.reopen(episode)
            self._last_word(held)
        self._held.clear()
        narrow = {} if self._customers.grants is None else self._customers.grants.narrow
        self._covers = {self._customers.rows[name]: covers for name, covers in narrow.items() if name in self._customers.rows}
        self._silencers: dict[tuple[int, int], list[Silencer]] = {}
        for row, covers in self._covers.items():
            for index, rule in enumerate(self._plan.program.rules):
                spec = self._plan.detectors[rule.detector].entitlements
                # An entitlement that covers some events by what they say cannot be given to others by their address.
                whole = [name for name in rule.entitlements if spec[name] is None]
                found = [Silencer(each, word) for each in covers if (word := _first(whole, each.words))]
                if found:
                    self._silencers[row, index] = found
        self.rows = frozenset(self._covers)
        self._among = np.array(sorted(self.rows), dtype=np.int64)
        self._seen.clear()

    # -- events

    def apply(self, kernel: Kernel, rows: Words, positions: Words) -> list[Part]:
        """`apply_in_time`, with what grants silence taken out of it."""
        alone = self._alone(rows)
        parts: list[Part] = []
        first = 0
        for at in [*alone, len(rows)]:
            if at > first:
                self._release(kernel, int(rows[at - 1, _TIME]))
                outcome = apply_in_time(kernel, rows[first:at], positions[first:at], self._customers)
                parts.append(self._judged(kernel, outcome, rows[first:at], positions[first:at]))
            if at < len(rows):
                parts += self._one(kernel, rows, positions, at)
            first = at + 1
        return parts

    def _alone(self, rows: Words) -> list[int]:
        """Places of events that are looked at one by one: those of a customer while one of its grants is in force."""
        places = np.flatnonzero(np.isin(rows[:, _CUSTOMER], self._among)).tolist()
        times = rows[:, _TIME]
        return [at for at in places if any(cover.holds(int(times[at])) for cover in self._covers[int(rows[at, _CUSTOMER])])]

    def _one(self, kernel: Kernel, rows: Words, positions: Words, at: int) -> list[Part]:
        member, now, kind = int(rows[at, _CUSTOMER]), int(rows[at, _TIME]), int(rows[at, _KIND])
        self._release(kernel, now, member)
        for episode, held in list(self._held.items()):
            shows = self._plan.program.rules[held.rule].evidence_kinds >> kind & 1
            if held.test and held.customer == member and shows and self._verdict(rows[at], held.rule) == "outside":
                kernel.reopen(episode)
                del self._held[episode]
        apart = [
            name
            for name in dict.fromkeys(
                f"apart:{each.kind}" for each in self._covers[member] if not each.is_test and each.holds(now)
            )
            if not self._vouched(rows[at], name.removeprefix("apart:"))
        ]
        copy = rows[at : at + 1].copy() if apart else rows[:0]
        outcome = apply_in_time(kernel, rows[at : at + 1], positions[at : at + 1], self._customers)
        parts = [self._judged(kernel, outcome, rows[at : at + 1], positions[at : at + 1])]
        for name in apart:
            other = self.kernel_apart(name)
            found = apply_in_time(other, copy.copy(), positions[at : at + 1], self._customers)
            parts.append(Part(kernel=name, outcome=self._only(found, member, name.removeprefix("apart:"), now)))
        return parts

    def kernel_apart(self, name: str) -> Kernel:
        """The kernel of what a kind of grant does not vouch for."""
        if name not in self.apart:
            self.apart[name] = kernel_of(self._plan.program, self._run)
        return self.apart[name]

    def _only(self, outcome: Outcome, member: int, kind: str, now: int) -> Outcome:
        """Of what the kernel apart found, the rules that a kind of grant silences: all others are judged by the one."""

        def mine(rule: int) -> bool:
            return any(each.cover.kind == kind and each.cover.holds(now) for each in self._silencers.get((member, rule), ()))

        hits = outcome.hits[[mine(int(rule)) for rule in outcome.hits[:, 1]]] if len(outcome.hits) else outcome.hits
        return Outcome(opened=[each for each in outcome.opened if mine(each.rule)], hits=hits)

    # -- judging

    def _judged(self, kernel: Kernel, outcome: Outcome, rows: Words, positions: Words) -> Part:
        """Take out what is silenced."""
        if not len(outcome.hits):
            return Part(kernel=CALLS, outcome=outcome)
        part = Part(kernel=CALLS, outcome=Outcome(opened=[], hits=outcome.hits[:0]))
        gone: set[int] = set()
        place = {position: i for i, position in enumerate(positions.tolist())}
        for opened in outcome.opened:
            row = rows[place[opened.position]]
            grants = self._silence(opened.rule, row, opened.evidence)
            if not grants:
                part.outcome.opened.append(opened)
                continue
            gone.add(opened.episode)
            self._hold(kernel, opened, row, grants)
        kept = [hit for hit in outcome.hits.tolist() if not self._dropped(hit[1], hit[2], rows[place[hit[0]]], gone)]
        part.outcome.hits = np.array(kept, dtype=np.int64).reshape(-1, 3)
        return part

    def _silence(self, rule: int, row: Words, evidence: Words) -> tuple[Cover, ...]:
        """The grants that silence a finding which opens; none: it is one."""
        member, now = int(row[_CUSTOMER]), int(row[_TIME])
        held = [each for each in self._silencers.get((member, rule), ()) if each.cover.holds(now)]
        vouching = tuple(each.cover for each in held if not each.cover.is_test)
        if vouching or not held:
            return vouching
        shown = dict.fromkeys([*evidence.tolist(), int(row[_ORDINAL])])
        return self.covering(held, [self._at_hand(ordinal, member) for ordinal in shown])

    def covering(self, silencers: Sequence[Silencer], events: Iterable[Seen | None]) -> tuple[Cover, ...]:
        """The grants that together cover every one of some events; none where one of them is outside."""
        found: dict[str, Cover] = {}
        for seen in events:
            verdicts = [
                ("outside" if seen is None else each.cover.verdict(seen, word=each.word), each.cover) for each in silencers
            ]
            inside = [cover for said, cover in verdicts if said == "inside"]
            if not inside and all(said == "outside" for said, _ in verdicts):
                return ()
            found |= {cover.grant_id: cover for cover in inside}
        return tuple(found.values())

    def covered_in_common(self, rule: int, member: int, evidence: Iterable[int]) -> tuple[str, ...]:
        """Ids of the grants that cover all that shows what a customer has in common with others; each event by its own time."""
        silencers = self._silencers.get((member, rule), ())
        found = self.covering(silencers, [self._at_hand(ordinal, member) for ordinal in evidence]) if silencers else ()
        return tuple(cover.grant_id for cover in found)

    def _hold(self, kernel: Kernel, opened: Opened, row: Words, grants: tuple[Cover, ...]) -> None:
        """Hold an episode that is silenced, with its line of the ledger."""
        rule, now = self._plan.program.rules[opened.rule], int(row[_TIME])
        subject = int(kernel.state.episodes[opened.episode, E_SUBJECT])
        line = self._lines.get((opened.rule, subject))
        names = tuple(cover.grant_id for cover in grants)
        if line is None or now - line.last_us > rule.quiet_us or not set(names) <= set(line.grants):
            line = self._lines[opened.rule, subject] = Line(finding=self._make(opened, row), grants=names, hits=0, last_us=0)
        self._held[opened.episode] = _Held(
            rule=opened.rule,
            customer=int(row[_CUSTOMER]),
            until_us=min(cover.ends_us for cover in grants),
            line=line,
            test=grants[0].is_test,
        )
        self._count(line, now)

    def begin_in_common(self, rule: int, episode: int, grants: tuple[str, ...], finding: Finding) -> None:
        """A line for what a customer has in common with others, at one tick; ticks of one episode share it."""
        line = self._lines.get((rule, -1 - episode))
        if line is None or not set(grants) <= set(line.grants):
            line = self._lines[rule, -1 - episode] = Line(finding=finding, grants=grants, hits=0, last_us=0)
        self._count(line, parse_us(finding.time))

    def _dropped(self, rule: int, episode: int, row: Words, gone: set[int]) -> bool:
        """Whether a hit counts for nothing."""
        if episode in gone:
            return True
        member, now = int(row[_CUSTOMER]), int(row[_TIME])
        held = self._held.get(episode)
        if held is not None:
            if held.line is not None and self._verdict(row, rule) == "inside":
                self._count(held.line, now)
            return True
        silencers = [each for each in self._silencers.get((member, rule), ()) if each.cover.holds(now)]
        vouching = [each.cover for each in silencers if not each.cover.is_test]
        if vouching:
            # Found before it was granted: what comes now does not add to that, and what comes after is found anew.
            until_us = min(cover.ends_us for cover in vouching)
            self._held[episode] = _Held(rule=rule, customer=member, until_us=until_us, line=None, test=False)
            return True
        return bool(silencers) and self._verdict(row, rule) == "inside"

    def _count(self, line: Line, now: int) -> None:
        line.hits += 1
        line.last_us = max(line.last_us, now)
        line.over = False
        self.due = self.due or line.due

    def _verdict(self, row: Words, rule: int) -> Verdict:
        """What an event is to the grants that silence a rule for its customer now."""
        member, now = int(row[_CUSTOMER]), int(row[_TIME])
        seen = self._at_hand(int(row[_ORDINAL]), member)
        silencers = self._silencers.get((member, rule), ())
        said = {"outside" if seen is None else each.cover.verdict(seen, now, each.word) for each in silencers}
        return "inside" if "inside" in said else "beside" if "beside" in said else "outside"

    def _vouched(self, row: Words, kind: str) -> bool:
        member, now = int(row[_CUSTOMER]), int(row[_TIME])
        seen = self._at_hand(int(row[_ORDINAL]), member)
        covers = [each for each in self._covers[member] if each.kind == kind]
        return seen is not None and any(each.verdict(seen, now) == "inside" for each in covers)

    def _at_hand(self, ordinal: int, member: int) -> Seen | None:
        if ordinal not in self._seen:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[ordinal] = self._look(ordinal, member)
        return self._seen[ordinal]

    def _release(self, kernel: Kernel, now: int, member: int | None = None) -> None:
        """End what is held and whose grant is over."""
        for episode, held in list(self._held.items()):
            if held.until_us <= now and member in (None, held.customer):
                kernel.reopen(episode)
                self._last_word(held)
                del self._held[episode]

    def _last_word(self, held: _Held) -> None:
        if held.line is not None:
            held.line.over = True
            self.due = self.due or held.line.due

    # -- what it remembers

    def settle(self, kernel: Kernel, known: Iterable[int]) -> None:
        """After a restart: episodes that are no findings were silenced, and are judged anew."""
        episodes = len(kernel.state.snapshot()["episodes"])
        for episode in set(range(episodes)) - set(known):
            kernel.reopen(episode)

    def take_over(self, other: Covering, kernel: Kernel) -> None:
        """Go on where another stands, under a plan that counts the same."""
        self.apart = other.apart
        for each in self.apart.values():
            each.state.fingerprint = self._plan.program.fingerprint
            each.program = self._plan.program
        self._lines = other._lines
        self._held = other._held
        self.adopt(kernel)

    def unwritten(self) -> list[Line]:
        """Lines that are to be put on record: those that are due, and at the end all that have grown."""
        if not (self.due or self.ending):
            return []
        return [line for line in self.lines() if line.due or (self.ending and line.hits > line.written)]

    def saved(self, of: Iterable[tuple[Line, Covered]]) -> None:
        """These lines are on record as they were."""
        for line, covered in of:
            line.written = max(line.written, covered.hits)
        self.due = any(line.due for line in self._lines.values())

    def failed(self, of: Iterable[tuple[Line, Covered]]) -> None:
        """These lines are not on record after all."""
        for line, _ in of:
            line.written = 0
        self.due = True

    def lines(self) -> list[Line]:
        """All lines, each the latest of its rule and subject."""
        return list(self._lines.values())


def _first(names: Sequence[str], words: frozenset[str]) -> str:
    return next((name for name in names if name in words), "")
