"""The page `docs/reference/clauses.md`: clause -> what serves it -> cases -> tests, for all that a rule finds or decides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fairwire.decisions import inline_controls
from fairwire.model.policy import Clause, Pack
from fairwire.plan.detector import Detector
from fairwire.plan.spec import CaseSpec
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.packs import all_pack_ids, named_tests, read_pack

BY_RULES = frozenset({"stream", "inline"})
"""Controls that a detector or a question asked of every call carries out."""


BY_PEOPLE = frozenset({"workflow", "limit", "terms", "report"})
"""Controls that take a request, a number of the order, a right or duty, or somebody who tells."""


class Served(NamedTuple):
    """A clause with everything that shows it."""

    pack: str
    clause: Clause
    detectors: tuple[str, ...]
    """Detectors that judge under the clause."""
    questions: tuple[str, ...]
    """Questions asked of every call that serve it."""
    firing: dict[str, tuple[str, ...]]
    """Detector -> its cases that name the clause and must fire."""
    quiet: dict[str, tuple[str, ...]]
    """The same for cases that must stay quiet."""
    tests: tuple[str, ...]
    """Tests called after the clause, as `file::test`."""


def served() -> list[Served]:
    """Every clause with the control `stream` or `inline`, in the order of packs and documents."""
    detectors, _ = load_detectors()
    tests = named_tests()
    return [
        _served(pack, clause, detectors.values(), tests.get(clause.id, []))
        for pack in map(read_pack, all_pack_ids())
        for clause in pack.clauses.values()
        if not BY_RULES.isdisjoint(clause.controls)
    ]


def by_people() -> list[Served]:
    """Every clause with the control `workflow`, `limit`, `terms` or `report`, in the order of packs and documents."""
    detectors, _ = load_detectors()
    tests = named_tests()
    return [
        _served(pack, clause, detectors.values(), tests.get(clause.id, []))
        for pack in map(read_pack, all_pack_ids())
        for clause in pack.clauses.values()
        if not BY_PEOPLE.isdisjoint(clause.controls)
    ]


def _served(pack: Pack, clause: Clause, detectors: Iterable[Detector], tests: list[str]) -> Served:
    bound = [each for each in detectors if clause.id in pack.bound_to(each.id, each.spec.topics)]
    return Served(
        pack=pack.id,
        clause=clause,
        detectors=tuple(each.id for each in bound),
        questions=tuple(
            dict.fromkeys(name for topic, names in inline_controls().items() if topic in clause.topics for name in names)
        ),
        firing={each.id: cases for each in bound if (cases := _names(each.spec.cases, clause.id, quiet=False))},
        quiet={each.id: cases for each in bound if (cases := _names(each.spec.cases, clause.id, quiet=True))},
        tests=tuple(tests),
    )


def _names(cases: Iterable[CaseSpec], clause: str, *, quiet: bool) -> tuple[str, ...]:
    return tuple(each.name for each in cases if clause in each.clause and (each.expect == "quiet") == quiet)


def summary() -> list[tuple[str, ...]]:
    """One row for each clause, with numbers of cases."""
    return [
        (
            f"[{one.clause.id}](#{one.clause.id.lower()})",
            f"`{one.pack}`",
            ", ".join(each for each in one.clause.controls if each in BY_RULES),
            str(len(one.detectors) + len(one.questions)),
            str(sum(map(len, one.firing.values()))),
            str(sum(map(len, one.quiet.values()))),
            str(len(one.tests)),
            one.clause.status.replace("_", " "),
        )
        for one in served()
    ]


def section(one: Served) -> str:
    """What shows one clause, spelt out."""
    title = f"## {one.clause.id}\n\n{one.clause.gist} (`{one.pack}`, {one.clause.place})"
    rows = [f"- `{name}`, asked of every call" for name in one.questions]
    for name in one.detectors:
        cases = [f"{case} (found)" for case in one.firing.get(name, ())] + [f"{case} (quiet)" for case in one.quiet.get(name, ())]
        rows.append(f"- [`{name}`](detectors.md#{name.replace('.', '')}): {'; '.join(cases) or 'no case names the clause'}")
    tests = "Tests called after it:\n\n" + "\n".join(f"- `{name}`" for name in one.tests) if one.tests else ""
    return "\n\n".join(part for part in (title, "\n".join(rows), tests) if part)
