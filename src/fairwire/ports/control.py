"""The control store: runs, findings, orders, decisions and what a page needs to show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from fairwire.model.errors import FairwireError
from fairwire.model.finding import Finding, Mode
from fairwire.model.order import Order
from fairwire.ports.policies import PolicyStore
from fairwire.ports.records import RecordStore


class StoreError(FairwireError):
    """The control store cannot be used; the message says why, the help what to do."""

    code = "FW-STO-001"


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a store is, as it is found: nothing was changed by looking."""

    place: str
    """A file, or an address without a password."""
    software: str
    """What keeps it: `SQLite 3.45.1`, `PostgreSQL 15.4` ..."""
    revision: str | None
    """Of its schema; None where there is none yet."""
    head: str
    """The revision that this version of the program reads and writes."""
    warnings: tuple[str, ...] = ()
    """What somebody should look at, a sentence each."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One replay, or one live session, as stored."""

    run_id: str
    command: str
    """How to do it again, as typed."""
    started: str
    policies: tuple[str, ...]
    """`id@version`, sorted."""
    summary: dict[str, Any]
    """The last line of `replay --json`."""


class SeriesPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One count in one hour: `name` is `calls`, `refused`, or `finding:<detector>`."""

    name: str
    hour_us: int
    value: float


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding's page shows beside the finding itself."""

    finding_id: str
    events: tuple[dict[str, Any], ...]
    """The events named by the finding, flattened, oldest first."""
    series: tuple[tuple[int, float], ...]
    """(start of bucket in microseconds, calls of the subject) round the finding."""
    bucket_us: int
    reproduce: str
    """The command that gives this finding again."""
    explanation: dict[str, Any]
    """Rule as text, clause gists, comparisons with value and threshold, innocent look-alikes, entitlements looked at.

    Keys, each of them optional: `rule` text; `clauses` list of `id`, `policy`, `gist`, `place`; `comparisons` list of
    `feature`, `meaning`, `value`, `comparison`, `threshold`, `unit`, `holds`; `innocent` list of text; `entitlements` list of
    `name`, `held`; `windows` list of text; `hard` bool."""


class ClauseCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings name one clause of one policy. `gist` is empty when no evidence told it."""

    policy: str
    clause: str
    gist: str
    count: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over all findings that match, however many a page shows of them."""

    total: int
    severities: dict[str, int]
    detectors: dict[str, int]
    customers: dict[str, int]
    clauses: tuple[ClauseCount, ...]
    """Most findings first; a finding with two clauses counts for both."""
    hours: tuple[tuple[int, str, int], ...]
    """(start of the hour in microseconds, severity, findings that became true in it), by hour."""


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one detector under one clause of one policy in one mode, that became true on one day."""

    policy: str
    clause: str
    detector: str
    mode: Mode
    day: int
    """Days since 1970-01-01, UTC."""
    count: int
    last_us: int
    """When the last of them became true."""


class ControlStore(Protocol):
    """Kept in SQLite by default. All writes of one call are one transaction."""

    def save_run(
        self,
        run: Run,
        findings: Iterable[Finding],
        evidence: Iterable[Evidence],
        orders: Iterable[Order],
        series: Iterable[SeriesPoint],
    ) -> None:
        """Write all of it, or nothing. A finding or order that is there already is replaced."""

    def latest_run(self) -> Run | None:
        """The run that ended last."""

    def runs(self, *, limit: int = 20) -> Sequence[Run]:
        """The run that was saved last first."""

    def revision(self) -> int:
        """Grows with every save; equal numbers mean that nothing changed. 0: nothing was ever saved."""

    def finding(self, finding_id: str) -> Finding | None:
        """One finding; an unambiguous prefix of at least 6 characters will do."""

    def evidence(self, finding_id: str) -> Evidence | None:
        """Its evidence."""

    def findings(
        self, *, run_id: str | None = None, limit: int = 500, offset: int = 0, filters: Mapping[str, str] | None = None
    ) -> Sequence[Finding]:
        """Worst first, then newest first. `filters`: clause, detector, customer, severity, and `text`: words that the sentence,
        the customer, the user, the line or the called number contains, whatever their case. Any other name is a `StoreError`."""

    def tally(self, *, run_id: str | None = None, filters: Mapping[str, str] | None = None) -> Tally:
        """Counts over every finding that `findings` would give without a limit."""

    def day_counts(self, *, run_id: str | None = None) -> Sequence[DayCount]:
        """Every clause that was found broken, by policy, clause, detector, mode and day; of one run, or of all."""

    def orders(
        self, *, finding_id: str | None = None, run_id: str | None = None, finding_ids: Sequence[str] | None = None
    ) -> Sequence[Order]:
        """Oldest first. Given more than one condition, all of them hold."""

    def series(self, *, run_id: str) -> Sequence[SeriesPoint]:
        """By name, then hour."""

    @property
    def policies(self) -> PolicyStore:
        """The versions of policies."""

    @property
    def records(self) -> RecordStore:
        """Orders, effects, notices, authorisations, cases, and the audit trail of their changes."""

    def close(self) -> None:
        """Release the file."""
