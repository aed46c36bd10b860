"""Comparing packs: nothing differs from itself, and what is done by a change is undone by the opposite one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwire.model.change import MIRRORED, Change
from fairwire.model.finding import SEVERITIES
from fairwire.model.policy import BlockAnswer, Pack
from fairwire.policy import diff_packs
from fairwire.policy.diff import COMPARED
from fairwire.runtime.changes import senses
from fairwire.runtime.packs import all_pack_ids, read_pack, topics

PACKS = {name: read_pack(name) for name in all_pack_ids()}
SENSES = senses()
VERBS = {"added": "removed", "removed": "added", "changed": "changed"}
replace = msgspec.structs.replace


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A built-in pack with a few edits of every kind."""
    pack = PACKS[draw(st.sampled_from(sorted(PACKS)))]
    for edit in draw(st.lists(st.sampled_from(EDITS), max_size=6)):
        pack = edit(draw, pack)
    return pack


def _clause(draw: st.DrawFn, pack: Pack) -> Pack:
    chosen = draw(st.sampled_from(sorted(pack.clauses)))
    clause = pack.clauses[chosen]
    edit = draw(st.sampled_from(["drop", "rename", "gist", "topics", "ladder", "controls", "add"]))
    clauses = dict(pack.clauses)
    if edit == "drop" and len(clauses) > 1:
        del clauses[chosen]
    elif edit == "rename":
        clauses = {(f"{id_}x" if id_ == chosen else id_): each for id_, each in clauses.items()}
        clauses[f"{chosen}x"] = replace(clause, id=f"{chosen}x")
    elif edit == "add":
        clauses["NEW"] = replace(clause, id="NEW", gist="Something new.", place="at the end", topics=_topics(draw))
    else:
        ladder = draw(st.sampled_from(sorted(pack.ladders)))
        changed: dict[str, Any] = {"gist": "Said anew.", "topics": _topics(draw), "ladder": ladder, "controls": ("report",)}
        if edit in changed:
            clauses[chosen] = replace(clause, **{edit: changed[edit]})
    return replace(pack, clauses=clauses)


def _topics(draw: st.DrawFn) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(sorted(topics())), min_size=1, max_size=3, unique=True)))


def _ladder(draw: st.DrawFn, pack: Pack) -> Pack:
    name = draw(st.sampled_from(sorted(pack.ladders)))
    ladder = pack.ladders[name]
    index = draw(st.integers(0, len(ladder.rungs) - 1))
    rung = ladder.rungs[index]
    edit = draw(st.sampled_from(["entry", "lasts", "approvals", "target", "memory", "soft", "cut", "twice"]))
    rungs = list(ladder.rungs)
    if edit == "entry":
        ladder = replace(ladder, entry={**ladder.entry, draw(st.sampled_from(SEVERITIES)): index})
    elif edit == "memory":
        ladder = replace(ladder, memory_s=draw(st.integers(1, 200)) * 86400)
    elif edit == "soft":
        ladder = replace(ladder, soft_limit=draw(st.sampled_from(["notify", "throttle", "block"])))
    elif edit == "cut" and len(rungs) > max(ladder.entry.values()) + 1:
        ladder = replace(ladder, rungs=tuple(rungs[:-1]))
    elif edit == "twice":
        ladder = replace(ladder, rungs=(*rungs[: index + 1], replace(rung, ttl_s=999), *rungs[index + 1 :]))
    else:
        what: dict[str, dict[str, Any]] = {
            "lasts": {"ttl_s": draw(st.none() | st.integers(1, 1000).map(lambda hours: hours * 3600))},
            "approvals": {"approvals": draw(st.integers(0, 3))},
            "target": {"target": draw(st.sampled_from(["narrowest", "customer", "user", "line", "credential"]))},
        }
        rungs[index] = replace(rung, **what.get(edit, {}))
        ladder = replace(ladder, rungs=tuple(rungs))
    return replace(pack, ladders={**pack.ladders, name: ladder})


def _setting(draw: st.DrawFn, pack: Pack) -> Pack:
    info = draw(st.sampled_from(SENSES)).info
    modes, parameters = dict(pack.modes), {name: dict(each) for name, each in pack.parameters.items()}
    if draw(st.booleans()) or not info.parameters:
        modes.pop(info.id, None)
        stage: Any = draw(st.sampled_from(["draft", "shadow", "alert", "enforce", "retired"]))
        if stage in ("draft", "retired"):
            return replace(pack, modes=modes, resting={**pack.resting, info.id: stage})
        modes[info.id] = stage
    else:
        name = draw(st.sampled_from(sorted(info.parameters)))
        parameters.setdefault(info.id, {})[name] = draw(st.sampled_from([0.0, 0.5, 3.0, 80.0, info.parameters[name]]))
    return replace(pack, modes=modes, parameters=parameters)


def _rest(draw: st.DrawFn, pack: Pack) -> Pack:
    answers = {country: dict(each) for country, each in pack.answers.items()}
    answers.setdefault(draw(st.sampled_from(["", "US", "GB"])), {})["own_limit"] = BlockAnswer(
        code=draw(st.sampled_from([480, 486])), phrase="Later", retry_after_s=draw(st.sampled_from([30, 60]))
    )
    return draw(
        st.sampled_from(
            [
                replace(pack, answers=answers),
                replace(pack, contact="other@fairwire.example"),
                replace(pack, country="GB"),
                replace(pack, notices={**pack.notices, "limit": "Subject: something else\n"}),
                replace(pack, clauses=dict(reversed(pack.clauses.items()))),
            ]
        )
    )


EDITS = (_clause, _ladder, _setting, _rest)


def shown(changes: tuple[Change, ...]) -> Counter[tuple[object, ...]]:
    return Counter((each.part, each.verb, each.before, each.after, each.kind) for each in changes)


@given(packs())
@settings(max_examples=30)
def test_a_pack_does_not_differ_from_itself(pack: Pack) -> None:
    found = diff_packs(pack, pack, SENSES)
    assert (found.changes, found.step, found.release_note) == ((), "none", "")


@given(packs(), packs())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_way_back_is_the_mirror_image_of_the_way_there(one: Pack, other: Pack) -> None:
    there, back = diff_packs(one, other, SENSES), diff_packs(other, one, SENSES)
    mirrored = Counter((each.part, VERBS[each.verb], each.after, each.before, MIRRORED[each.kind]) for each in back.changes)
    assert shown(there.changes) == mirrored
    assert {new: old for old, new in there.renamed.items()} == back.renamed


@given(packs(), packs())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_packs_that_decide_differently_are_never_called_equal(one: Pack, other: Pack) -> None:
    found = diff_packs(one, other, SENSES)
    same = replace(one, version="") == replace(other, version="") and list(one.clauses) == list(other.clauses)
    assert bool(found.changes) != same
    assert all(bool(change.reason) == (change.kind == "other") for change in found.changes)


def test_every_field_of_a_pack_is_compared_by_its_meaning() -> None:
    assert set(Pack.__struct_fields__) - COMPARED == set()
