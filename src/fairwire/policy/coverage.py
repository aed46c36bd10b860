"""Clause by clause: what enforces it, in which mode, what shows that it does, how often it fired, and if not, why not.

A pack *claims* a status for each clause, and declares what serves it beside detectors. Both are compared with what is really
there, and can only lose by it: `working` needs a control that runs for each of the clause's topics, one that acts, and a test
that names the clause; `partial` needs one control that runs. What is declared and does not run is listed apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fairwire.model.declared import ReportCategory, Term, Workflow
from fairwire.model.finding import Mode
from fairwire.model.policy import JUDGING, Clause, Coverage, CoverageStatus, DetectorInfo, Fired, Pack

_STRENGTH: tuple[Mode, ...] = ("shadow", "alert", "enforce")
_NEVER = Fired()


def coverage(
    pack: Pack,
    detectors: Sequence[DetectorInfo],
    inline: Mapping[str, Sequence[str]],
    tests: Mapping[str, Sequence[str]],
    *,
    running: Collection[str] = (),
    fired: Mapping[str, Fired] | None = None,
) -> list[Coverage]:
    """One row for each clause, in the order of the document.

    Parameters
    ----------
    pack
        The policy.
    detectors
        Those that are installed.
    inline
        Topic -> names of the controls that decide it before a call connects.
    tests
        Clause -> tests that name it.
    running
        What stands behind declarations in this installation: kinds of workflows, `report` for the intake of reports, `terms`
        for terms that are shown and accepted.
    fired
        Clause -> how often it was found broken; None when no record is at hand.
    """
    return [_row(pack, clause, detectors, inline, tests.get(clause.id, ()), running, fired) for clause in pack.clauses.values()]


def _row(
    pack: Pack,
    clause: Clause,
    detectors: Sequence[DetectorInfo],
    inline: Mapping[str, Sequence[str]],
    tests: Sequence[str],
    running: Collection[str],
    fired: Mapping[str, Fired] | None,
) -> Coverage:
    questions = [each for topic in clause.topics for each in inline.get(topic, ())]
    questions += [each for each in clause.detectors if each in {one for named in inline.values() for one in named}]
    bound = [each for each in detectors if each.id in clause.detectors or not set(each.topics).isdisjoint(clause.topics)]
    serving = [each for each in bound if pack.stage(each.id, each.stage or each.mode) in JUDGING]
    modes: dict[str, Mode] = {each: pack.modes.get(each, "enforce") for each in questions}
    modes |= {each.id: pack.modes.get(each.id, each.mode) for each in serving}
    mode = max(modes.values(), key=_STRENGTH.index, default=None)
    judging = {*questions, *(each.id for each in serving)}
    runs, idle, served = _declared(pack, clause, judging, running)
    served |= set(inline).union(*(each.topics for each in serving))
    unserved = tuple(topic for topic in clause.topics if topic not in served)
    enforced = tuple(dict.fromkeys([*questions, *(each.id for each in serving), *runs]))
    resting = tuple(each.id for each in bound if each not in serving)
    status, reason = _truth(clause, unserved, mode, tests, enforced, resting)
    terms = [each for each in pack.terms.values() if _serves(each, clause)]
    return Coverage(
        policy=pack.id,
        clause=clause.id,
        gist=clause.gist,
        place=clause.place,
        controls=clause.controls,
        enforced_by=enforced,
        modes=modes,
        declared=(*resting, *idle),
        mode=mode,
        tests=tuple(tests),
        status=status,
        reason=reason or None,
        shows=clause.shows or None if status != "not_yet" else None,
        party=terms[0].party if terms else "",
        fired=None if fired is None else fired.get(clause.id, _NEVER),
    )


def _serves(declared: ReportCategory | Workflow | Term, clause: Clause) -> bool:
    return clause.id in declared.clauses or not set(declared.topics).isdisjoint(clause.topics)


def _declared(
    pack: Pack, clause: Clause, judging: Collection[str], running: Collection[str]
) -> tuple[list[str], list[str], set[str]]:
    """Ids of the declarations that serve a clause: those that run, those that do not; and the topics that run."""
    found: list[tuple[str, bool, tuple[str, ...]]] = []
    for limit in pack.limits.values():
        if limit.topic in clause.topics:
            found.append((f"limit.{limit.id}", limit.counted_by in judging, (limit.topic,)))
    for category in pack.report_categories.values():
        if _serves(category, clause):
            found.append((f"report.{category.id}", "report" in running, category.topics))
    for workflow in pack.workflows.values():
        if _serves(workflow, clause):
            found.append((f"workflow.{workflow.id}", workflow.kind in running, workflow.topics))
    for term in pack.terms.values():
        if _serves(term, clause):
            found.append((f"term.{term.id}", "terms" in running, term.topics))
    runs = [name for name, there, _ in found if there]
    idle = [name for name, there, _ in found if not there]
    return runs, idle, {topic for _, there, topics in found if there for topic in topics}


def _truth(
    clause: Clause,
    unserved: Sequence[str],
    mode: Mode | None,
    tests: Sequence[str],
    enforced: Sequence[str],
    resting: Sequence[str],
) -> tuple[CoverageStatus, str]:
    """The status that holds, and why it is not better."""
    if clause.status == "not_yet":
        return "not_yet", clause.reason
    if not enforced:
        if resting:
            names = ", ".join(f"`{each}`" for each in resting)
            return "not_yet", f"{names} would serve it, in draft or retired here; the pack expects it to be {clause.status}"
        names = ", ".join(f"`{topic}`" for topic in clause.topics)
        return "not_yet", f"nothing that is installed serves {names}; the pack expects it to be {clause.status}"
    if clause.status == "partial":
        return "partial", clause.reason
    short = []
    if unserved:
        short.append("nothing that is installed serves " + ", ".join(f"`{topic}`" for topic in unserved))
    if mode == "shadow":
        short.append("it runs in shadow only: it is recorded, and nobody is told")
    if not tests:
        short.append("no test names the clause")
    return ("partial", "; ".join(short)) if short else ("working", "")
