"""The shapes of answers about what people at the desk do."""

from __future__ import annotations

import msgspec

from fairwire.model.cases import Case
from fairwire.model.holds import Disclosure, Hold
from fairwire.model.instructions import Instruction
from fairwire.model.ledger import LedgerLine
from fairwire.model.reports import Report
from fairwire.model.reviews import Review
from fairwire.model.takedowns import Takedown
from fairwire.model.terminations import Termination
from fairwire.model.traces import Trace
from fairwire.runtime.due import Due


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """Reviews, the oldest first."""

    reviews: list[Review]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen and not acted on, the worst first. `more`: there are further lines."""

    lines: list[LedgerLine]
    more: bool


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever reported is given: the report's id, the case's number, and a sentence."""

    report: str
    case: str
    acknowledgement: str


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """Reports, the oldest first; those of restricted cases for named people only."""

    reports: list[Report]


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, the oldest first; of restricted ones others than named people see only that they are there."""

    cases: list[Case]


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """What is held, the oldest first; for restricted cases, for named people only."""

    holds: list[Hold]


class Disclosures(msgspec.Struct, frozen=True, kw_only=True):
    """The disclosure log, the oldest first; of restricted cases, for named people only."""

    disclosures: list[Disclosure]


class Takedowns(msgspec.Struct, frozen=True, kw_only=True):
    """Takedowns, the oldest first."""

    takedowns: list[Takedown]


class Traces(msgspec.Struct, frozen=True, kw_only=True):
    """Tracebacks, what is due first."""

    tracebacks: list[Trace]


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """Everything with a clock that runs, the most urgent first."""

    due: list[Due]


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions, the oldest first."""

    instructions: list[Instruction]


class Terminations(msgspec.Struct, frozen=True, kw_only=True):
    """Ends of service, the oldest first."""

    terminations: list[Termination]
