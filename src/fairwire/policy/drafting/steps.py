"""The ladder of a draft: only steps that the document itself lets the provider take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairwire.model.finding import SEVERITIES
from fairwire.model.imported import ImportedClause, Remedy
from fairwire.model.order import STEPS, Step

_STEPS: dict[Remedy, tuple[Step, ...]] = {
    "warn": ("notify",),
    "limit": ("throttle",),
    "refuse": ("block",),
    "suspend": ("suspend_outbound", "suspend"),
    "change_plan": ("change_plan",),
    "remove": ("remove_content",),
    "terminate": ("terminate",),
}
_RUNGS: dict[Step, dict[str, Any]] = {
    "log": {"step": "log"},
    "notify": {"step": "notify"},
    "throttle": {"step": "throttle", "target": "narrowest", "lasts": "24h"},
    "block": {"step": "block", "target": "narrowest", "lasts": "72h"},
    "suspend_outbound": {"step": "suspend_outbound", "lasts": "24h"},
    "suspend": {"step": "suspend", "approvals": 1},
    "change_plan": {"step": "change_plan", "target": "plan", "approvals": 1},
    "remove_content": {"step": "remove_content", "approvals": 1},
    "terminate": {"step": "terminate", "approvals": 2},
}
_WANTED: dict[str, Step] = {"info": "log", "low": "notify", "medium": "notify", "high": "block", "critical": "suspend_outbound"}


def ladder_of(clauses: Sequence[ImportedClause]) -> dict[str, Any]:
    """One ladder as written in `ladder.yaml`."""
    named = {step for clause in clauses for remedy in clause.remedies for step in _STEPS.get(remedy, ())}
    steps = [step for step in STEPS if step in named | {"log", "notify"} and step in _RUNGS]
    entry = {severity: _entry(_WANTED[severity], steps) for severity in SEVERITIES}
    said = ", ".join(step for step in steps if step not in ("log", "notify")) or "nothing beyond telling the customer"
    return {
        "what": f"All clauses. The document names {said}",
        "soft_limit": "throttle" if "throttle" in steps else "notify",
        "entry": entry,
        "rungs": [_RUNGS[step] for step in steps],
    }


def _entry(wanted: Step, steps: Sequence[Step]) -> Step:
    """The highest rung that is no harder than `wanted`."""
    return max((step for step in steps if STEPS.index(step) <= STEPS.index(wanted)), key=STEPS.index)
