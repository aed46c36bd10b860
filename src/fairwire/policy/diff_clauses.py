"""Clauses compared: which is which, what each edit makes run or stops, and where its findings go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from fairwire.model.change import Change, ChangeKind, Verb, VersionStep
from fairwire.model.policy import Clause, Pack
from fairwire.policy.diff_ladders import compare_ladders, kind_of, rung_text, step_of
from fairwire.policy.senses import Sense, lead, lead_ladder

_TEXTS = (
    ("gist", "What customers are told that the clause says."),
    ("place", "Where the clause stands in the document."),
    ("status", "What the pack claims about how much of it is enforced."),
    ("reason", "Why it is not enforced in full."),
    ("shows", "What a test must see."),
)
Text = Callable[[Clause], object]


def matched(before: Pack, after: Pack) -> dict[str, str]:
    """Clause of the first pack -> the same one in the second: by id, then by equal words, then by place and topics.

    An id that only one of them has is the same clause under another id where exactly one on either side is like it.
    """
    found = {clause: clause for clause in before.clauses if clause in after.clauses}
    likes: tuple[Text, ...] = (
        lambda clause: (clause.gist, clause.topics),
        lambda clause: clause.gist,
        lambda clause: (clause.place, clause.topics),
    )
    for like in likes:
        old, new = _alone(before, set(found), like), _alone(after, set(found.values()), like)
        found |= {old[text]: new[text] for text in old if text in new}
    return found


def _alone(pack: Pack, taken: set[str], like: Text) -> dict[object, str]:
    """What is said by exactly one clause that is not matched yet -> its id."""
    by_text: dict[object, list[str]] = {}
    for clause in pack.clauses.values():
        if clause.id not in taken:
            by_text.setdefault(like(clause), []).append(clause.id)
    return {text: ids[0] for text, ids in by_text.items() if len(ids) == 1}


class ClauseDiff:
    """The differences of two packs' clauses."""

    def __init__(self, before: Pack, after: Pack, senses: Sequence[Sense]) -> None:
        self._before = before
        self._after = after
        self._senses = senses
        self.matches = matched(before, after)

    def changes(self) -> Iterator[Change]:
        """In the order of the newer document; clauses that are gone come last."""
        origin = {new: old for old, new in self.matches.items()}
        for clause in self._after.clauses.values():
            if clause.id in origin:
                yield from self._changed(self._before.clauses[origin[clause.id]], clause)
            else:
                yield self._whole(clause, "added")
        for clause in self._before.clauses.values():
            if clause.id not in self.matches:
                yield self._whole(clause, "removed")
        yield from self._order()

    # -- one clause

    def _whole(self, clause: Clause, verb: Verb) -> Change:
        kind, step, says, reason = self._effect(clause, clause.topics, clause.detectors, verb)
        if verb == "removed":
            step = "major"
        return Change(
            part="clause",
            name=clause.id,
            verb=verb,
            kind=kind,
            says=says,
            step=step,
            before=clause.gist if verb == "removed" else None,
            after=clause.gist if verb == "added" else None,
            clauses=(clause.id,),
            reason=reason,
        )

    def _changed(self, old: Clause, new: Clause) -> Iterator[Change]:
        def change(
            part: str, left: object, right: object, kind: ChangeKind, says: str, step: VersionStep, reason: str = ""
        ) -> Change:
            shown = [None if each in (None, "") else str(each) for each in (left, right)]
            verb: Verb = "added" if shown[0] is None else "removed" if shown[1] is None else "changed"
            return Change(part=part, name=new.id, verb=verb, kind=kind, says=says, step=step, before=shown[0], after=shown[1],
                          clauses=(new.id,), reason=reason)  # fmt: skip

        if old.id != new.id:
            yield change("id", old.id, new.id, "wording", f"It is the same clause; findings name {new.id} from now on.", "minor")
        for field, says in _TEXTS:
            left, right = getattr(old, field), getattr(new, field)
            if left != right:
                yield change(field, left, right, "wording", says, "patch")
        if old.controls != new.controls:
            yield self._controls(old, new, change)
        for part, was, is_ in (("topic", old.topics, new.topics), ("detector", old.detectors, new.detectors)):
            for name in dict.fromkeys((*is_, *was)):
                if name in was and name in is_:
                    continue
                verb: Verb = "added" if name in is_ else "removed"
                topics, controls = ((name,), ()) if part == "topic" else ((), (name,))
                kind, step, says, reason = self._effect(new if verb == "added" else old, topics, controls, verb)
                left, right = (None, name) if verb == "added" else (name, None)
                yield change(part, left, right, kind, says, step, reason)
        if old.ladder != new.ladder:
            left_ladder, right_ladder = self._before.ladders[old.ladder], self._after.ladders[new.ladder]
            order = compare_ladders(left_ladder, right_ladder)
            kind = kind_of(order)
            reason = "for some severities or repeats it is milder and for others stronger" if kind == "other" else ""
            says = f"Findings climb {' > '.join(rung_text(rung) for rung in right_ladder.rungs)}."
            yield change("ladder", old.ladder, new.ladder, kind, says, step_of(kind), reason)

    def _controls(self, old: Clause, new: Clause, change: Callable[..., Change]) -> Change:
        left, right = ", ".join(old.controls), ", ".join(new.controls)
        unknown = "unprovisioned_use" in {*old.topics, *new.topics}
        if unknown and ("inline" in old.controls) != ("inline" in new.controls):
            says = "It decides under which policy a caller whom nobody knows is answered, where several are in force."
            reason = "which of several policies answers has no order"
            return change("controls", left, right, "other", says, "minor", reason)
        return change(
            "controls", left, right, "wording", "What the pack says that enforces it; topics decide what does.", "patch"
        )

    # -- what comes of a topic that a clause has or has not

    def _effect(
        self, clause: Clause, topics: Sequence[str], controls: Sequence[str], verb: Verb
    ) -> tuple[ChangeKind, VersionStep, str, str]:
        """Class, version step, sentence and reason of topics and named controls that a clause gains, or loses."""
        served = [sense for sense in self._senses if sense.named_by(topics, controls)]
        without, with_ = (self._before, self._after) if verb == "added" else (self._after, self._before)
        fresh = [sense for sense in served if not sense.always and sense.runs(with_) and not sense.bound(without)]
        if fresh:
            named = _named(fresh)
            if verb == "removed":
                return "narrower", "major", f"{named} {_no_longer(fresh)} under this policy.", ""
            enforced = any(sense.mode(with_) == "enforce" for sense in fresh)
            modes = ", ".join(dict.fromkeys(sense.mode(with_) for sense in fresh))
            says = f"{named} {'run' if len(fresh) > 1 else 'runs'} under this policy now (mode {modes})."
            return "wider", "major" if enforced else "minor", says, ""
        known = f"{'Topics' if len(topics) > 1 else 'Topic'} {', '.join(topics)}"
        if not served:
            return "wording", "minor" if verb == "added" else "patch", f"{known}: nothing that is installed looks for it.", ""
        moved = [
            sense for sense in served if not sense.always and clause.id in (lead(sense, self._before), lead(sense, self._after))
        ]
        moved = [sense for sense in moved if self._mapped(lead(sense, self._before)) != lead(sense, self._after)]
        kinds: dict[ChangeKind, None] = {}
        for sense in moved:
            left, right = lead_ladder(sense, self._before), lead_ladder(sense, self._after)
            if left is not None and right is not None:
                kinds[kind_of(compare_ladders(left, right))] = None
        kinds.pop("wording", None)
        if not kinds:
            now = ("name", "as well") if verb == "added" else ("do not name", "any more")
            if all(sense.always for sense in served):
                says = f"{_named(served)}: asked of every call with or without it; the answers {now[0]} this clause {now[1]}."
            else:
                says = f"{_named(served)}: found under other clauses, too; the findings {now[0]} this clause {now[1]}."
            return "wording", "minor", says, ""
        kind: ChangeKind = next(iter(kinds)) if len(kinds) == 1 else "other"
        reason = "the ladder that leads is milder for some findings and stronger for others" if kind == "other" else ""
        return kind, step_of(kind), f"Findings of {_named(moved)} climb another clause's ladder.", reason

    def _mapped(self, clause: str | None) -> str | None:
        return self.matches.get(clause, clause) if clause is not None else None

    # -- all clauses

    def _order(self) -> Iterator[Change]:
        """The document may say the same clauses in another order."""
        old = [self.matches[clause] for clause in self._before.clauses if clause in self.matches]
        new = [clause for clause in self._after.clauses if clause in set(old)]
        if old == new:
            return
        place = {clause: index for index, clause in enumerate(new)}
        swapped = [pair for pair in combinations(old, 2) if place[pair[0]] > place[pair[1]]]
        matters = sorted({clause for pair in swapped for clause in pair if self._lead_may_turn(pair)})
        yield Change(
            part="order",
            name="clauses",
            verb="changed",
            kind="other" if matters else "wording",
            says="Findings and coverage name the clauses in this order.",
            step="minor" if matters else "patch",
            before=", ".join(clause for clause in self._before.clauses if clause in self.matches),
            after=", ".join(new),
            clauses=tuple(matters),
            reason="of two clauses whose ladders go equally far the first one leads" if matters else "",
        )

    def _lead_may_turn(self, pair: tuple[str, str]) -> bool:
        """Whether one detector serves both clauses, and their ladders differ."""
        first, second = (self._after.clauses[clause] for clause in pair)
        both = any(sense.serves(first) and sense.serves(second) and not sense.always for sense in self._senses)
        return both and first.ladder != second.ladder


def _named(senses: Sequence[Sense]) -> str:
    names = [sense.info.id for sense in senses]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _no_longer(senses: Sequence[Sense]) -> str:
    return "no longer runs" if len(senses) == 1 else "no longer run"


def clauses_of(sense: Sense, before: Pack, after: Pack, matches: Mapping[str, str]) -> tuple[str, ...]:
    """Clauses that a control serves under either pack, by the newer pack's ids where it has them."""
    old = (matches.get(clause, clause) for clause in sense.clauses(before))
    return tuple(dict.fromkeys((*sense.clauses(after), *old)))
