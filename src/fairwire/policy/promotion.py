"""What a change of a rule's stage means: up or down, how the pack's version grows, and what a promotion must rest on."""

from __future__ import annotations

from fairwire.model.documents import read_document
from fairwire.model.policy import STAGES, Evidence, Stage
from fairwire.policy.rewriting import add, set_value

MIN_DAYS = 14
"""Days of traffic below which nothing is said of how a rule behaves: two of every day of the week. Our own choice."""
MAX_SUSPENDED = 0.001
"""Share of customers that rules alone may suspend; DESIGN section 7."""

_ACTS: tuple[Stage, ...] = ("alert", "enforce")


def climbs(now: Stage, to: Stage) -> bool:
    """Whether `to` acts more strongly than `now`. Out of retirement is up, into it is down."""
    if to == "retired":
        return False
    return now == "retired" or STAGES.index(to) > STAGES.index(now)


def needs_evidence(now: Stage, to: Stage) -> bool:
    """Whether people or calls feel the change, so that it must rest on what was seen before."""
    return climbs(now, to) and to in _ACTS


def grown(release: str, now: Stage, to: Stage) -> str:
    """The pack's next version: major when more is enforced or a rule is given up, else minor."""
    major, minor, _ = (int(part) for part in release.split("."))
    if to == "retired" or needs_evidence(now, to):
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0"


def refusals(
    evidence: Evidence, *, suspended: int, min_days: int = MIN_DAYS, max_suspended: float = MAX_SUSPENDED
) -> tuple[str, ...]:
    """Why the evidence does not carry a promotion, a sentence each; empty when it does.

    Parameters
    ----------
    evidence
        What was seen in the lower stage.
    suspended
        Customers whom rules alone would have suspended.
    min_days
        Days of traffic that are needed.
    max_suspended
        Share of the customers that may be suspended by rules alone.
    """
    said = []
    if evidence.days < min_days:
        said.append(f"{evidence.days} of {min_days} days of traffic were seen")
    if suspended and suspended > max_suspended * evidence.of_customers:
        of = f"{evidence.of_customers:,} customers" if evidence.of_customers else "an unknown number of customers"
        said.append(f"rules alone would have suspended {suspended:,} of {of}, more than {max_suspended:.2%}")
    return tuple(said)


def rewritten(text: str, detector: str, *, evidence: Evidence, release: str, why: str) -> str:
    """`pack.yaml` with the new stage, what it rests on, and the new version; all else as it was.

    Parameters
    ----------
    text
        The file.
    detector
        Its id.
    evidence
        With the stage that it is moved to.
    release
        The pack's new version.
    why
        For a pack that has set nothing for the detector yet, and so gives no reason.

    Raises
    ------
    CannotRewrite
        The file's layout does not allow it.
    """
    entry = {key: value for key, value in _written(evidence).items() if value or key in ("day", "to")}
    settings = ("detectors", detector)
    text = set_value(text, ("version",), release)
    before = _settings(text, detector)
    if before is None:
        return add(text, settings, {"mode": evidence.to, "why": why, "evidence": [entry]})
    text = set_value(text, (*settings, "mode"), evidence.to)
    earlier = before.get("evidence") or []
    if not earlier:
        return set_value(text, (*settings, "evidence"), [entry])
    return add(text, (*settings, "evidence", len(earlier)), entry)


def _settings(text: str, detector: str) -> dict[str, list[object]] | None:
    value = read_document(text, "pack.yaml")[0].value
    found = (value.get("detectors") or {}).get(detector)
    return found if isinstance(found, dict) else None


def _written(evidence: Evidence) -> dict[str, object]:
    return {
        "day": evidence.day,
        "to": evidence.to,
        "run": evidence.run,
        "days": evidence.days,
        "findings": evidence.findings,
        "customers": evidence.customers,
        "of_customers": evidence.of_customers,
        "reason": evidence.reason,
    }
