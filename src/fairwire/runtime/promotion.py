"""A rule moved to another stage of its life, on what the control store has of it, and written into the provider's own pack."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fairwire.model.errors import BadUse
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, day_of
from fairwire.model.policy import Evidence, Pack, Stage
from fairwire.policy import PACK_FILES, load_pack
from fairwire.policy.errors import listed, nearest
from fairwire.policy.promotion import MAX_SUSPENDED, MIN_DAYS, climbs, grown, needs_evidence, refusals, rewritten
from fairwire.ports.control import ControlStore, Run
from fairwire.runtime.packs import all_pack_ids, detector_infos, pack_texts, read_pack, settable, topics
from fairwire.runtime.plans import Plan, load_plan

_RUNS = 1000
_FINDINGS = 1_000_000
_NAMED_RUNS = 5
_SUSPENSIONS = ("suspend_outbound", "suspend")
_EVERYBODY = 1_000_000_000
"""As many customers as make the ladder's cap on suspensions out of reach, so that all of them are counted."""


class NotPromotable(BadUse):
    """A rule or a pack whose stage cannot be changed here."""

    code = "FW-PRO-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A change of stage, looked at. `refused` says why it is not made; empty when it may be."""

    policy: str
    detector: str
    before: Stage
    evidence: Evidence
    suspended: int
    """Customers whom rules alone would have suspended in what was seen."""
    climbs: bool
    version: str
    """Of the pack, before."""
    next_version: str
    refused: tuple[str, ...]
    left_out: str
    """Which runs could not be counted, as a sentence; empty when none."""
    file: Path
    text: str
    """What the file will hold; empty when refused."""


def look(
    directory: str,
    detector: str,
    to: Stage,
    store: ControlStore | None,
    *,
    min_days: int = MIN_DAYS,
    max_suspended: float = MAX_SUSPENDED,
    reason: str = "",
) -> Promotion:
    """Say what a change of stage rests on, and what the pack's file would hold after it. Nothing is written.

    Parameters
    ----------
    directory
        The provider's own pack. A built-in one belongs to the package.
    detector
        Its id.
    to
        The stage that is wanted.
    store
        What was found before; None when there is none, and then only steps that need no evidence can be made.
    min_days, max_suspended
        See `refusals`.
    reason
        Written down with the evidence.

    Raises
    ------
    NotPromotable
        The pack is built in, the detector is none that serves it, or it is there already.
    fairwire.policy.InvalidPack
        The pack is wrong, before or after.
    """
    if directory in all_pack_ids():
        raise NotPromotable(
            f"`{directory}` is a built-in pack and is not changed", help_="copy its folder, and name the copy's directory"
        )
    texts = pack_texts(directory)
    pack = read_pack(directory)
    before = _stage(pack, detector)
    if before == to:
        raise NotPromotable(f"`{detector}` is in `{to}` already under `{pack.id}`", help_="nothing was changed")
    needed = needs_evidence(before, to)
    evidence = Evidence(day=_today(), to=to, reason=reason)
    suspended, left_out = 0, ""
    if needed and store is not None:
        plan = load_plan([directory])
        runs, findings, left_out = _seen(plan, pack, detector, before, store)
        evidence = _evidence(evidence, runs, findings, store)
        suspended = _suspended(plan, findings) if to == "enforce" else 0
    refused = refusals(evidence, suspended=suspended, min_days=min_days, max_suspended=max_suspended) if needed else ()
    if needed and store is None:
        refused = ("no record of findings was given; name it with --data", *refused)
    next_version = grown(pack.release, before, to)
    text = ""
    if not refused:
        why = reason or f"Moved from {before} to {to}; see the evidence."
        text = rewritten(texts.texts["pack.yaml"], detector, evidence=evidence, release=next_version, why=why)
        load_pack({**texts.texts, "pack.yaml": text}, topics(), root=texts.root, detectors=settable)
    return Promotion(
        policy=pack.id,
        detector=detector,
        before=before,
        evidence=evidence,
        suspended=suspended,
        climbs=climbs(before, to),
        version=pack.release,
        next_version=next_version,
        refused=refused,
        left_out=left_out,
        file=Path(directory) / PACK_FILES[0],
        text=text,
    )


def write(promotion: Promotion) -> None:
    """Put the new text in place of the old one, at once or not at all.

    Raises
    ------
    NotPromotable
        The file cannot be written.
    """
    beside = promotion.file.with_suffix(".yaml.new")
    try:
        beside.write_text(promotion.text, encoding="utf-8", newline="")
        beside.replace(promotion.file)
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise NotPromotable(message, at=str(promotion.file), help_="nothing was changed") from None


def _stage(pack: Pack, detector: str) -> Stage:
    known = {info.id: info for info in detector_infos()}
    info = known.get(detector)
    if info is None:
        raise NotPromotable(
            f"there is no detector `{detector}`", hint=nearest(detector, known), help_=listed(known, of="detector")
        )
    if not pack.bound_to(detector, info.topics):
        raise NotPromotable(f"`{detector}` serves no clause of `{pack.id}`", help_="name one of its topics in a clause first")
    if info.stage == "retired":
        raise NotPromotable(f"`{detector}` is retired for all packs", help_="name the detector that took its place")
    return pack.stage(detector, info.stage or info.mode)


def _today() -> str:
    return day_of(time.time_ns() // 1000)


def _seen(plan: Plan, pack: Pack, detector: str, stage: Stage, store: ControlStore) -> tuple[list[Run], list[Finding], str]:
    """Runs in which the pack judged with the detector in `stage`, newest first, and what it found there.

    A run of this very version did. One of another version did if a finding of it says so; without any, nobody can tell.
    """
    counted: list[Run] = []
    findings: list[Finding] = []
    unknown = 0
    for run in store.runs(limit=_RUNS):
        version = next((each.partition("@")[2] for each in run.policies if each.partition("@")[0] == pack.id), None)
        if version is None:
            continue
        found = store.findings(run_id=run.run_id, limit=_FINDINGS, filters={"detector": detector})
        here = [each for each in found if each.policy.id == pack.id and each.mode == stage]
        if here or version == plan.versions[pack.id]:
            counted.append(run)
            findings += here
        else:
            unknown += 1
    many = f"{unknown} run{'s' if unknown > 1 else ''} of other versions of the pack"
    said = f"{many} had no finding of it, so nothing says in which stage it was, and they were not counted" if unknown else ""
    return counted, findings, said


def _evidence(empty: Evidence, runs: Sequence[Run], findings: Sequence[Finding], store: ControlStore) -> Evidence:
    days = {
        point.hour_us // DAY_US
        for run in runs
        for point in store.series(run_id=run.run_id)
        if point.name == "calls" and point.value
    }
    names = [run.run_id for run in runs[:_NAMED_RUNS]]
    more = len(runs) - len(names)
    return msgspec.structs.replace(
        empty,
        run=", ".join(names) + (f" and {more} more" if more else ""),
        days=len(days),
        findings=len({finding.finding_id for finding in findings}),
        customers=len({finding.customer for finding in findings}),
        of_customers=max((int(run.summary.get("customers", 0)) for run in runs), default=0),
    )


def _suspended(plan: Plan, findings: Sequence[Finding]) -> int:
    """How many customers rules alone would have suspended, had the findings been enforced."""
    from fairwire.enforcement.ladder import plan_orders
    from fairwire.model.policy import RuleInfo

    rules = {
        rule.detector: RuleInfo(detector=rule.detector, certainty="hard" if rule.hard else "soft", narrowest=rule.narrowest)
        for rule in plan.program.rules
    }
    enforced = [msgspec.structs.replace(finding, mode="enforce") for finding in findings]
    orders = plan_orders(enforced, rules, plan.packs, customers=_EVERYBODY)
    return len({order.customer for order in orders if order.step in _SUSPENSIONS and not order.approvals})
