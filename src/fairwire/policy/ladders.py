"""Rules that every ladder obeys: it only climbs, nothing automatic is without end, and severe steps need people."""

from __future__ import annotations

from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.model.finding import SEVERITIES, Severity
from fairwire.model.order import STEPS, Step
from fairwire.model.policy import Ladder, Rung
from fairwire.policy.errors import UnsafeLadder, nearest
from fairwire.policy.files import OneLadderFile, RungFile

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_APPROVALS: dict[Step, int] = {"suspend": 1, "change_plan": 1, "remove_content": 1, "terminate": 2}
_TEMPORARY: tuple[Step, ...] = ("step_up", "throttle", "block", "suspend_outbound")
_HIGHEST_SOFT: Step = "block"


def seconds(duration: str) -> int:
    """Seconds of a time such as `24h`."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def minutes(clock: str) -> int:
    """Minutes after midnight of a time of day such as `09:30`; `24:00` is the end of the day."""
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def severity_of(step: Step) -> int:
    """Place of a step on the way up."""
    return STEPS.index(step)


def build_ladder(name: str, written: OneLadderFile) -> Ladder:
    """The ladder as planned. It must have passed `check_ladder`."""
    steps = [rung.step for rung in written.rungs]
    entry: dict[Severity, int] = {severity: steps.index(getattr(written.entry, severity)) for severity in SEVERITIES}
    return Ladder(
        name=name,
        rungs=tuple(
            Rung(
                step=rung.step,
                target=rung.target,
                ttl_s=None if rung.lasts is None else seconds(rung.lasts),
                approvals=rung.approvals,
                to=rung.to,
            )
            for rung in written.rungs
        ),
        entry=entry,
        memory_s=seconds(written.memory),
        soft_limit=written.soft_limit,
        cooling_off_s=seconds(written.cooling_off),
        jitter_s=0 if written.jitter is None else seconds(written.jitter),
        invoice=written.invoice,
    )


def check_ladder(written: OneLadderFile, path: Path, document: Document) -> list[FairwireError]:
    """Everything that makes the ladder at `path` unsafe."""
    errors: list[FairwireError] = []
    for index, rung in enumerate(written.rungs):
        at = (*path, "rungs", index)
        errors.extend(_rung(rung, at, document))
        if index:
            errors.extend(_climb(written.rungs[index - 1], rung, at, document))
    errors.extend(_entry(written, path, document))
    if severity_of(written.soft_limit) > severity_of(_HIGHEST_SOFT):
        errors.append(
            UnsafeLadder(
                f"`soft_limit` is `{written.soft_limit}`, but a soft rule alone goes no higher than `{_HIGHEST_SOFT}`",
                at=document.at((*path, "soft_limit")),
                help_="statistics suspend nobody; hard rules and people do",
            )
        )
    return errors


def _rung(rung: RungFile, at: Path, document: Document) -> list[FairwireError]:
    if rung.step == "invoice":
        return [
            UnsafeLadder(
                "`invoice` is no rung: nobody climbs to a bill",
                at=document.at((*at, "step")),
                help_="write `invoice: true` beside `rungs`",
            )
        ]
    errors: list[FairwireError] = []
    needed = _APPROVALS.get(rung.step, 0)
    if rung.approvals < needed:
        errors.append(
            UnsafeLadder(
                f"`{rung.step}` needs {needed} approval{'s' if needed > 1 else ''}, and has {rung.approvals}",
                at=document.at((*at, "step")),
                help_=f"write `approvals: {needed}`",
            )
        )
    if rung.step in _TEMPORARY and rung.lasts is None and rung.approvals == 0:
        errors.append(
            UnsafeLadder(
                f"`{rung.step}` starts by itself and never ends",
                at=document.at((*at, "step")),
                help_="give it an end, such as `lasts: 24h`, or an approval",
            )
        )
    if rung.to is not None and rung.step != "change_plan":
        errors.append(
            UnsafeLadder(
                f"`{rung.step}` leads to no other plan",
                at=document.at((*at, "to")),
                help_="only `change_plan` says which plan follows",
            )
        )
    if rung.lasts is not None and rung.step not in _TEMPORARY:
        errors.append(
            UnsafeLadder(
                f"`{rung.step}` has no end to name",
                at=document.at((*at, "lasts")),
                help_="only " + ", ".join(f"`{step}`" for step in _TEMPORARY) + " end by themselves",
            )
        )
    return errors


def _climb(below: RungFile, rung: RungFile, at: Path, document: Document) -> list[FairwireError]:
    if severity_of(rung.step) < severity_of(below.step):
        return [
            UnsafeLadder(
                f"the ladder steps down from `{below.step}` to `{rung.step}`",
                at=document.at((*at, "step")),
                help_="milder steps come first: " + ", ".join(f"`{step}`" for step in STEPS),
            )
        ]
    if rung.approvals < below.approvals:
        return [
            UnsafeLadder(
                f"`{rung.step}` needs fewer approvals than the step below it",
                at=document.at((*at, "step")),
                help_=f"write `approvals: {below.approvals}` or more",
            )
        ]
    if (
        rung.step == below.step
        and rung.lasts is not None
        and (below.lasts is None or seconds(rung.lasts) <= seconds(below.lasts))
    ):
        return [
            UnsafeLadder(
                f"the second `{rung.step}` is no longer than the one below it",
                at=document.at((*at, "lasts")),
                help_="a step that comes again lasts longer",
            )
        ]
    return []


def _longer(lasts: str, below: str | None) -> bool:
    return below is not None and seconds(lasts) > seconds(below)


def _entry(written: OneLadderFile, path: Path, document: Document) -> list[FairwireError]:
    errors: list[FairwireError] = []
    steps = [rung.step for rung in written.rungs]
    lower: Step | None = None
    for severity in SEVERITIES:
        step: Step = getattr(written.entry, severity)
        at = document.at((*path, "entry", severity))
        if step not in steps:
            errors.append(
                UnsafeLadder(
                    f"a finding of severity `{severity}` enters at `{step}`, which is no rung of this ladder",
                    at=at,
                    hint=nearest(step, steps),
                    help_="its rungs are " + ", ".join(f"`{each}`" for each in dict.fromkeys(steps)),
                )
            )
        elif lower is not None and severity_of(step) < severity_of(lower):
            errors.append(
                UnsafeLadder(f"severity `{severity}` enters lower (`{step}`) than a milder severity (`{lower}`)", at=at)
            )
        lower = step
    return errors
