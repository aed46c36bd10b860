"""What a comparison of packs must know of each control: whom it serves, and which way its rule goes with each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fairwire.expr.direction import Direction, Range, direction, reversed_direction, together
from fairwire.expr.tree import Node
from fairwire.model.finding import Mode, Severity
from fairwire.model.order import STEPS
from fairwire.model.policy import JUDGING, Clause, DetectorInfo, Ladder, Pack, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """One detector, or one question that is asked of every call."""

    info: DetectorInfo
    severity: Severity = "high"
    rule: Node | None = None
    """None: a question, whose code is no expression; then `stated` says which way it goes."""
    waived: tuple[Node, ...] = ()
    """What entitlements cover: where one is true, the rule is silent for those who hold it."""
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """Between which values features and attributes lie."""
    nested: frozenset[tuple[str, str]] = frozenset()
    """(a, b): feature a counts at least what feature b counts."""
    stated: Mapping[str, Direction] = field(default_factory=dict)

    @property
    def always(self) -> bool:
        """It is asked of every call whatever the clauses say; they are only named in its answers."""
        return self.rule is None

    def mode(self, pack: Pack) -> Mode:
        """Its mode under a pack."""
        return pack.modes.get(self.info.id) or self.info.mode

    def value(self, pack: Pack, parameter: str) -> float:
        """A parameter's value under a pack."""
        return float(pack.parameters.get(self.info.id, {}).get(parameter, self.info.parameters[parameter]))

    def clauses(self, pack: Pack) -> tuple[str, ...]:
        """Clauses of a pack that it serves, in the order of the document."""
        return pack.bound_to(self.info.id, self.info.topics)

    def serves(self, clause: Clause) -> bool:
        """Whether a clause names it or one of its topics."""
        return self.named_by(clause.topics, clause.detectors)

    def named_by(self, topics: Sequence[str], controls: Sequence[str]) -> bool:
        """Whether it is one of the controls, or serves one of the topics."""
        return self.info.id in controls or not set(self.info.topics).isdisjoint(topics)

    def bound(self, pack: Pack) -> bool:
        """Whether a clause of a pack is there for it."""
        return self.always or bool(self.clauses(pack))

    def stage(self, pack: Pack) -> Stage:
        """Where it is in its life under a pack; a question asked of every call is always in its mode."""
        return self.mode(pack) if self.info.stage is None else pack.stage(self.info.id, self.info.stage)

    def runs(self, pack: Pack) -> bool:
        """Whether it judges anybody under a pack."""
        return self.bound(pack) and self.stage(pack) in JUDGING

    def way(self, parameter: str, packs: Sequence[Pack]) -> Direction:
        """What raising a parameter does to how much is found, while all others lie where the packs have them."""
        if self.rule is None:
            return self.stated.get(parameter, "mixed")
        ranges = dict(self.ranges)
        for name in self.info.parameters:
            values = [self.value(pack, name) for pack in packs]
            ranges[name] = Range(min(values), max(values))
        found = direction(self.rule, parameter, ranges, at_least=self.nested)
        silent = [direction(node, parameter, ranges, at_least=self.nested) for node in self.waived]
        return together([found, *(reversed_direction(each) for each in silent)])


def lead(sense: Sense, pack: Pack) -> str | None:
    """The clause whose ladder a finding climbs: of those it serves, the one that goes furthest without asking anyone."""
    clauses = sense.clauses(pack)

    def reach(clause: str) -> int:
        ladder = pack.ladders[pack.clauses[clause].ladder]
        rung = ladder.rungs[ladder.entry[sense.severity]]
        return -1 if rung.approvals else STEPS.index(rung.step)

    return max(clauses, key=reach) if clauses else None


def lead_ladder(sense: Sense, pack: Pack) -> Ladder | None:
    """The ladder of that clause."""
    clause = lead(sense, pack)
    return pack.ladders[pack.clauses[clause].ladder] if clause is not None else None
