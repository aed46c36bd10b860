"""What a replay found, whichever way its feed was held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fairwire.model.finding import Finding
from fairwire.model.grants import Covered
from fairwire.model.order import Order
from fairwire.ports.control import Evidence
from fairwire.ports.events import Rejected
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import Hit, Progress, run_feed
from fairwire.runtime.facts import Facts
from fairwire.runtime.feed import Feed
from fairwire.runtime.findings import calls_by_hour, make_evidence, make_findings
from fairwire.runtime.plans import Plan
from fairwire.runtime.would_be import write_decisions

Found = list[tuple[Finding, Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Findings and counts of a whole feed."""

    found: Found
    """In order of time, then id."""
    events: int
    duplicates: int
    late: int
    rejected: Sequence[Rejected]
    customers: Sequence[int]
    """Rows of the customers that have at least one event in it."""
    other: dict[str, int]
    silenced: npt.NDArray[np.int64]
    """Hits of each rule that an entitlement silenced."""
    calls: dict[int, int]
    """Attempts in each hour, by its start in microseconds."""
    evidence: Callable[[str], list[Evidence]]
    """What a page shows beside each finding; takes the command that reproduces them."""
    covered: Sequence[Covered] = ()
    """What was seen and is covered by a grant for some events, in order of time."""
    decide: Callable[[Path, Facts, Sequence[Order]], dict[str, int]] | None
    """Writes would-be decisions, and returns how many of each verdict; None where nothing holds all attempts."""


def judge_feed(
    plan: Plan,
    customers: CustomerTable,
    feed: Feed,
    *,
    workers: int = 1,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> Judged:
    """Judge a feed that this process holds."""
    result = run_feed(plan, customers, feed, workers=workers, checkpoint=checkpoint, progress=progress)
    found = make_findings(plan, customers, feed, result)
    return Judged(
        found=found,
        events=feed.events,
        duplicates=feed.duplicates,
        late=result.late,
        rejected=feed.rejected,
        customers=feed.customers,
        other=feed.other,
        silenced=result.silenced,
        calls=calls_by_hour(feed),
        covered=result.covered,
        evidence=lambda reproduce: make_evidence(plan, customers, feed, found, reproduce),
        decide=lambda path, facts, orders: write_decisions(path, facts, customers, feed, result, found, orders),
    )
