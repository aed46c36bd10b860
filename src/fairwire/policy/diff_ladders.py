"""Ladders compared: which of two goes further, and what differs between them step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from fairwire.model.change import Change, ChangeKind, VersionStep
from fairwire.model.finding import SEVERITIES
from fairwire.model.order import STEPS
from fairwire.model.policy import Ladder, Pack, Rung

Order = Literal["same", "milder", "stronger", "mixed"]
_WIDER = {"callee": "line", "credential": "user", "line": "user", "user": "customer", "new_callees": "customer",
          "destination_class": "customer", "forwarding": "customer", "new_calls": "customer"}  # fmt: skip
_KINDS: dict[Order, ChangeKind] = {"same": "wording", "milder": "milder", "stronger": "stronger", "mixed": "other"}
_STEPS: dict[ChangeKind, VersionStep] = {
    "wording": "patch",
    "milder": "minor",
    "stronger": "major",
    "other": "major",
}


def joined(orders: Sequence[Order]) -> Order:
    """The order of a whole from those of its parts."""
    found = set(orders) - {"same"}
    return "same" if not found else found.pop() if len(found) == 1 else "mixed"


def compare_ladders(before: Ladder, after: Ladder) -> Order:
    """Whether findings on one ladder lead to more than on the other: each severity, at each repeat."""
    orders: list[Order] = [
        _number(before.memory_s, after.memory_s),
        _number(_place(before.soft_limit), _place(after.soft_limit)),
        _number(after.cooling_off_s, before.cooling_off_s),
        _number(after.jitter_s, before.jitter_s),
        _number(before.invoice, after.invoice),
    ]
    for severity in SEVERITIES:
        orders += _climbs(before.rungs[before.entry[severity] :], after.rungs[after.entry[severity] :])
    return joined(orders)


def kind_of(order: Order) -> ChangeKind:
    """The class of a change that orders two ladders so."""
    return _KINDS[order]


def step_of(kind: ChangeKind) -> VersionStep:
    """The version step of a change of what is done."""
    return _STEPS[kind]


def _climbs(before: Sequence[Rung], after: Sequence[Rung]) -> list[Order]:
    filled = zip_longest(before, after)
    return [_rungs(left or before[-1], right or after[-1]) for left, right in filled]


def _rungs(before: Rung, after: Rung) -> Order:
    step = _number(_place(before.step), _place(after.step))
    if step != "same":
        return step
    return joined([_targets(before.target, after.target), _lasting(before.ttl_s, after.ttl_s), _asking(before, after)])


def _number(before: float, after: float) -> Order:
    return "same" if before == after else "stronger" if after > before else "milder"


def _place(step: str) -> int:
    return [str(each) for each in STEPS].index(step)


def _asking(before: Rung, after: Rung) -> Order:
    return _number(after.approvals, before.approvals)


def _lasting(before: int | None, after: int | None) -> Order:
    endless = float("inf")
    return _number(endless if before is None else before, endless if after is None else after)


def _targets(before: str, after: str) -> Order:
    if before == after:
        return "same"
    if _within(before, after):
        return "stronger"
    return "milder" if _within(after, before) else "mixed"


def _within(inner: str, outer: str) -> bool:
    """Whether what one target touches is a part of what another touches. The narrowest is part of the whole customer."""
    if inner == "narrowest":
        return outer == "customer"
    at: str | None = inner
    while at is not None:
        at = _WIDER.get(at)
        if at == outer:
            return True
    return False


def span(seconds: int | None) -> str:
    """A time as packs write it."""
    if seconds is None:
        return "until a person ends it"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def rung_text(rung: Rung) -> str:
    """A rung in a few words."""
    words: list[str] = [rung.step]
    if rung.target != "customer":
        words.append(f"of {rung.target}")
    if rung.to is not None:
        words.append(f"to {rung.to}")
    if rung.ttl_s is not None:
        words.append(f"for {span(rung.ttl_s)}")
    if rung.approvals:
        words.append(f"after {rung.approvals} approval{'s' if rung.approvals > 1 else ''}")
    return " ".join(words)


def ladder_changes(before: Pack, after: Pack) -> Iterator[Change]:
    """What differs in the ladders that both packs have, and which only one has."""
    for name in dict.fromkeys((*after.ladders, *before.ladders)):
        clauses = tuple(each.id for each in after.clauses.values() if each.ladder == name)
        clauses = clauses or tuple(each.id for each in before.clauses.values() if each.ladder == name)
        if name in before.ladders and name in after.ladders:
            yield from _one(name, clauses, before.ladders[name], after.ladders[name])
            continue
        there = after.ladders.get(name)
        text = " > ".join(rung_text(rung) for rung in (there or before.ladders[name]).rungs)
        yield Change(
            part="ladder",
            name=name,
            verb="removed" if there is None else "added",
            kind="wording",
            says="What it does to findings is said at the clauses that climb it." if clauses else "No clause climbs it.",
            step="patch",
            before=text if there is None else None,
            after=None if there is None else text,
            clauses=clauses,
        )


def _one(name: str, clauses: tuple[str, ...], before: Ladder, after: Ladder) -> Iterator[Change]:
    def change(part: str, what: str, order: Order, left: str | None, right: str | None, says: str, reason: str = "") -> Change:
        kind = kind_of(order) if clauses else "wording"
        return Change(
            part=part,
            name=f"{name}: {what}" if what else name,
            verb="added" if left is None else "removed" if right is None else "changed",
            kind=kind,
            says=says if clauses else "No clause climbs this ladder.",
            step=step_of(kind),
            before=left,
            after=right,
            clauses=clauses,
            reason=reason if kind == "other" else "",
        )

    for severity in SEVERITIES:
        left, right = before.rungs[before.entry[severity]], after.rungs[after.entry[severity]]
        if left.step != right.step or _nth(before, before.entry[severity]) != _nth(after, after.entry[severity]):
            says = f"A first finding of severity {severity} leads to {rung_text(right)}, where it led to {rung_text(left)}."
            reason = "the two steps differ in more than one way, one milder and one stronger"
            yield change("entry", severity, _rungs(left, right), rung_text(left), rung_text(right), says, reason)
    yield from _structure(before, after, change)
    old = {_nth(before, index): rung for index, rung in enumerate(before.rungs)}
    for index, rung in enumerate(after.rungs):
        there = old.get(_nth(after, index))
        if there is None:
            continue
        what = _named(_nth(after, index))
        if there.target != rung.target:
            says = f"The step touches {_touched(rung.target)}, where it touched {_touched(there.target)}."
            reason = f"neither of `{there.target}` and `{rung.target}` is a part of the other for every detector"
            yield change("target", what, _targets(there.target, rung.target), there.target, rung.target, says, reason)
        if there.ttl_s != rung.ttl_s:
            longer = _lasting(there.ttl_s, rung.ttl_s)
            says = f"The step lasts {span(rung.ttl_s)}, where it lasted {span(there.ttl_s)}."
            yield change("lasts", what, longer, span(there.ttl_s), span(rung.ttl_s), says)
        if there.approvals != rung.approvals:
            says = f"{_people(rung.approvals)} must agree to the step, where it was {_people(there.approvals).lower()}."
            yield change("approvals", what, _asking(there, rung), str(there.approvals), str(rung.approvals), says)
    if before.memory_s != after.memory_s:
        says = f"A repeat within {span(after.memory_s)} climbs a step, where it was {span(before.memory_s)}."
        order = _number(before.memory_s, after.memory_s)
        yield change("memory", "", order, span(before.memory_s), span(after.memory_s), says)
    if before.cooling_off_s != after.cooling_off_s:
        says = f"For {span(after.cooling_off_s)} after a person has lifted a step, what is found again is only told; it was "
        says += f"{span(before.cooling_off_s)}."
        order = _number(after.cooling_off_s, before.cooling_off_s)
        yield change("cooling off", "", order, span(before.cooling_off_s), span(after.cooling_off_s), says)
    if before.jitter_s != after.jitter_s:
        says = f"Steps take effect up to {span(after.jitter_s)} later, where it was {span(before.jitter_s)}."
        order = _number(after.jitter_s, before.jitter_s)
        yield change("jitter", "", order, span(before.jitter_s), span(after.jitter_s), says)
    if before.soft_limit != after.soft_limit:
        says = f"Statistics alone go as far as {after.soft_limit}, where it was {before.soft_limit}."
        order = _number(_place(before.soft_limit), _place(after.soft_limit))
        yield change("soft limit", "", order, before.soft_limit, after.soft_limit, says)
    if before.invoice != after.invoice:
        told = ("due with the month's invoice", "invoiced at once")
        says = f"What is above an amount of the order is {told[after.invoice]}, where it was {told[before.invoice]}."
        order = _number(before.invoice, after.invoice)
        yield change("invoice", "", order, told[before.invoice], told[after.invoice], says)


def _structure(before: Ladder, after: Ladder, change: object) -> Iterator[Change]:
    assert callable(change)
    old = {_nth(before, index): rung for index, rung in enumerate(before.rungs)}
    new = {_nth(after, index): rung for index, rung in enumerate(after.rungs)}
    if set(old) == set(new):
        return
    order = _steps_climbed(before, after)
    says = {
        "same": "No finding comes by it.",
        "milder": "A repeat takes longer to come to the severer steps, or no longer comes to them.",
        "stronger": "A repeat comes to severer steps, or comes to them sooner.",
        "mixed": "Some repeats lead to more than before, and some to less.",
    }[order]
    reason = "for some severities the steps are milder now, and for others stronger"
    for key in dict.fromkeys((*new, *old)):
        if key in old and key in new:
            continue
        left, right = old.get(key), new.get(key)
        yield change("rung", _named(key), order, left and rung_text(left), right and rung_text(right), says, reason)


def _steps_climbed(before: Ladder, after: Ladder) -> Order:
    """The order of the mere steps, of the severities that still enter at the same one; of the whole ladders if none does."""
    orders: list[Order] = []
    for severity in SEVERITIES:
        left, right = before.entry[severity], after.entry[severity]
        if _nth(before, left) == _nth(after, right):
            orders += _mere_steps(before.rungs[left:], after.rungs[right:])
    return joined(orders or _mere_steps(before.rungs, after.rungs))


def _mere_steps(before: Sequence[Rung], after: Sequence[Rung]) -> list[Order]:
    pairs = zip_longest(before, after)
    return [_number(_place((left or before[-1]).step), _place((right or after[-1]).step)) for left, right in pairs]


def _nth(ladder: Ladder, index: int) -> tuple[str, int]:
    """A rung's step, and how many of that step stand below it: what names it in both ladders."""
    step = ladder.rungs[index].step
    return step, sum(rung.step == step for rung in ladder.rungs[:index])


def _named(key: tuple[str, int]) -> str:
    return key[0] if not key[1] else f"{key[0]} ({key[1] + 1}.)"


def _people(count: int) -> str:
    return {0: "Nobody", 1: "One person"}.get(count, f"{count} people")


def _touched(target: str) -> str:
    return {"narrowest": "what the detector names", "customer": "the whole customer"}.get(target, f"the {target}")
