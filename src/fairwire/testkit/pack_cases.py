"""Every case that speaks about a pack, run under it: those of the detectors that serve it, and its own.

A detector's cases say what it finds with its own parameters. Under a pack that sets others they may come out otherwise, and then
the pack has to say so in a case of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fairwire.model.decision import Decision
from fairwire.model.errors import FairwireError
from fairwire.model.instants import parse_us
from fairwire.numbers.destinations import Destinations
from fairwire.plan.compile import compile_program
from fairwire.plan.spec import CaseSpec
from fairwire.policy import read_cases
from fairwire.policy.cases import ExpectFile, PackCaseFile
from fairwire.policy.files import CASES_FILE
from fairwire.runtime.detectors import no_detector
from fairwire.runtime.facts import Facts
from fairwire.runtime.packs import pack_texts
from fairwire.runtime.plans import Plan, load_plan
from fairwire.runtime.replay import order_steps
from fairwire.runtime.would_be import write_decisions
from fairwire.testkit.cases import Judged, case_customers, check_case, judge_case, run_case


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One case under one pack."""

    policy: str
    owner: str
    """The detector, or `cases.yaml` for a case of the pack."""
    name: str
    wrong: str
    """What was seen instead, in one sentence; empty when the case holds."""

    @property
    def family(self) -> str:
        """`voice`, `fraud` ..., or `pack`."""
        return "pack" if self.owner == CASES_FILE else self.owner.partition(".")[0]


def plan_of_cases(pack: str) -> Plan:
    """The plan of a pack for every customer. Drafts judge nobody, but their cases run: they are in shadow here."""
    plan = load_plan([pack])
    (policy,) = plan.packs.values()
    drafts = [name for name, each in plan.detectors.items() if policy.stage(name, each.spec.stage) == "draft"]
    if not drafts:
        return plan
    tried = msgspec.structs.replace(
        policy,
        modes=policy.modes | dict.fromkeys(drafts, "shadow"),
        resting={name: stage for name, stage in policy.resting.items() if name not in drafts},
    )
    packs = {tried.id: tried}
    program = compile_program(list(plan.detectors.values()), packs, plan.program.customer_words)
    return replace(plan, packs=packs, program=program)


def known_only(plan: Plan, only: Collection[str]) -> None:
    """Raises BadUse when one of these is no detector."""
    for name in only:
        if name not in plan.detectors:
            raise no_detector(name, plan.detectors)


def count_cases(plan: Plan, only: Collection[str] = ()) -> int:
    """How many cases of detectors `run_pack_cases` runs."""
    return sum(len(plan.detectors[name].spec.cases) for name in _serving(plan, only))


def run_pack_cases(pack: str, plan: Plan, only: Collection[str] = ()) -> Iterator[Tried]:
    """Run them all, or those of some detectors, by detector, the pack's own last."""
    (policy,) = plan.packs
    destinations = Destinations()
    for detector in _serving(plan, only):
        for case in plan.detectors[detector].spec.cases:
            wrong = check_case(case, run_case(plan, detector, case, destinations))
            yield Tried(policy=policy, owner=detector, name=case.name, wrong=wrong)
    read = pack_texts(pack)
    for own in read_cases(read.texts, root=read.root):
        if only and own.expect.detector not in only:
            continue
        yield Tried(policy=policy, owner=CASES_FILE, name=own.name, wrong=_tried(plan, own, destinations))


def _serving(plan: Plan, only: Collection[str] = ()) -> list[str]:
    (policy,) = plan.packs.values()
    return [
        name
        for name, detector in sorted(plan.detectors.items())
        if (not only or name in only) and plan.clauses(policy.id, name) and policy.stage(name, detector.spec.stage) != "retired"
    ]


def _tried(plan: Plan, own: PackCaseFile, destinations: Destinations) -> str:
    case = CaseSpec(
        name=own.name, customer=own.customer, peers=own.peers, others=own.others, given=list(own.given), expect="quiet"
    )
    try:
        judged = judge_case(plan, case, destinations)
    except FairwireError as error:
        return f"it cannot be run: {error.message}"
    except (KeyError, TypeError, ValueError) as error:
        return f"it cannot be run: `given` does not describe calls ({type(error).__name__}: {error})"
    if own.expect.decision is not None:
        return _answered(plan, case, own.expect, judged, destinations)
    return _found(own.expect, judged)


def _found(expect: ExpectFile, judged: Judged) -> str:
    mine = [finding for finding, _ in judged.found if finding.customer == "subject"]
    if expect.quiet:
        return "" if not mine else f"{mine[0].detector} fired: {mine[0].reason}"
    named = [
        each for each in mine if expect.clause in each.clauses and (expect.detector is None or each.detector == expect.detector)
    ]
    if not named:
        instead = sorted({f"{each.detector} under {', '.join(each.clauses)}" for each in mine})
        by = f" by {expect.detector}" if expect.detector else ""
        return f"nothing was found under {expect.clause}{by}; found: {'; '.join(instead) or 'nothing at all'}"
    if expect.by_call is not None:
        first = parse_us(min(each.time for each in named))
        asked = sum(at <= first for at in judged.last_group_us)
        if asked > expect.by_call:
            return f"it was found only at call {asked}, not by call {expect.by_call}"
    return ""


def _answered(plan: Plan, case: CaseSpec, expect: ExpectFile, judged: Judged, destinations: Destinations) -> str:
    """What the last call of the case would have been answered, compared with what is expected."""
    findings = [finding for finding, _ in judged.found]
    orders = order_steps(
        plan,
        findings,
        len(case_customers(case)),
        lambda number: destinations.is_emergency(number, ""),
        record=judged.customers.record,
    )
    with tempfile.TemporaryDirectory(prefix="fairwire-case-") as folder:
        file = Path(folder) / "decisions.jsonl"
        write_decisions(file, Facts(plan, destinations), judged.customers, judged.feed, judged.result, judged.found, orders)
        lines = file.read_bytes().splitlines()
    if not lines:
        return "no call was asked for"
    last = msgspec.json.decode(lines[-1], type=Decision)
    cited = [reason.clause for reason in last.reasons]
    said = f"the last call would be answered {last.decision}" + (f" under {', '.join(cited)}" if cited else "")
    if last.decision != expect.decision:
        return f"{said}, not {expect.decision}"
    if expect.clause is not None and expect.clause not in cited:
        return f"{said}, not under {expect.clause}"
    return ""
