"""What a policy pack declares beside its rules: how it changes, what people can report, requests and deadlines, rights and
duties, limits, entitlements, and the rules of countries. Declared is not enforced: the coverage says what runs."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.finding import Severity

ChangeEffect = Literal["on_posting", "after_notice", "scheduled"]
Acceptance = Literal["use", "explicit"]
WorkflowKind = Literal[
    "acceptance",
    "policy_change",
    "consent",
    "authorisation",
    "takedown",
    "transfer",
    "legal_request",
    "termination",
    "suspension",
    "plan_change",
    "user_limit_cure",
    "excess_charges",
    "investigation",
    "adjudication",
    "instruction",
    "kill_switch",
    "anomaly_notice",
    "self_service",
    "credential_change",
]
Party = Literal["provider", "customer", "both"]
Reminder = Literal["half", "last_morning"]
"""`half`: in the morning of the day on which half of the time is over. `last_morning`: of the last business day."""
LateRequest = Literal["refuse", "person"]
OnLimit = Literal["as_ordered", "bill", "refuse", "notify", "reduce", "slow_down"]


class ChangeNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Whether customers are told of a new version, and how long before it takes effect."""

    send: bool
    before_s: int | None = None
    """Seconds between the notice and the change; None when the document gives no time."""
    clause: str = ""
    """The clause that promises the notice; empty when none does."""


class ChangeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's right to choose its own day of change-over."""

    window_s: int
    """Seconds after the publication within which the day must lie."""
    clause: str = ""


class ChangeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a new version of the policy reaches customers, by the document's own words."""

    effective: ChangeEffect
    """`on_posting`: at once. `after_notice`: when the notice period is over. `scheduled`: on a day that the provider names."""
    notice: ChangeNotice
    acceptance: Acceptance
    choice: ChangeChoice | None = None
    clause: str = ""
    """The clause that says so; empty when the document is silent, and `why` says whose choice it is."""
    why: str = ""


class ReportCategory(msgspec.Struct, frozen=True, kw_only=True):
    """What people can report, and where the report leads."""

    id: str
    title: str
    topics: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    severity: Severity
    restricted: bool = False
    """Only named people may see the evidence."""


class WorkflowClock(msgspec.Struct, frozen=True, kw_only=True):
    """How the days of a workflow are counted, by the calendar of the customer."""

    clear_days: bool = True
    """Of `notice`: whether the whole period must lie between asking and beginning; else the day of asking is its first."""
    cut_off_min: int = 1440
    """When the last day of `deadline` is over, in minutes after midnight."""
    reminders: tuple[Reminder, ...] = ("half", "last_morning")


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """What is charged for people above the user limit, where the customer's order names no price."""

    price: str
    """Of one person for a calendar month, a decimal string."""
    currency: str


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """A request, consent, notice or deadline with states and dates."""

    id: str
    title: str
    kind: WorkflowKind
    topics: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    notice: str = ""
    """How long before it begins it must be asked for: `5bd` (business days) or `30d`; empty when the document gives none."""
    deadline: str = ""
    """How long the other side has to comply, in the same form."""
    clock: WorkflowClock | None = None
    """None: as `WorkflowClock` has it."""
    excess: Excess | None = None
    late: LateRequest | None = None
    """What becomes of a request with less than its notice: refused, or a person may grant it even so. None: refused."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A right or a duty that is recorded and accepted, and that no program enforces."""

    id: str
    title: str
    party: Party
    """Whose right or duty it is."""
    topics: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()


class CountedLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A number in the customer's order, and who counts against it."""

    id: str
    title: str
    topic: str
    counted_by: str = ""
    """A detector or an inline question; empty while nothing counts it."""
    on_limit: OnLimit


class Entitlement(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer may have been granted, and what it silences."""

    id: str
    title: str
    silences: tuple[str, ...]
    """Topics or detectors."""
    feature: str
    """The word in the customer record's `features`."""


class CallingHours(msgspec.Struct, frozen=True, kw_only=True):
    """When sales calls may be made; minutes after midnight, the end not included."""

    start_min: int
    end_min: int
    zone: Literal["called", "caller"] = "called"
    """Whose clock it is."""
    weekend_start_min: int | None = None
    """On Saturday and Sunday; None when they are days like others, equal to the end when no call may be made."""
    weekend_end_min: int | None = None


class AbandonedCallRate(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls may find nobody on the calling side."""

    share: float
    of: Literal["answered_by_a_person", "answered"]
    over_s: int
    connect_within_s: int | None = None
    """A call not connected to a person within this time is abandoned."""


class DoNotCall(msgspec.Struct, frozen=True, kw_only=True):
    """Which lists of numbers must not be called."""

    lists: tuple[str, ...]
    list_age_s: int | None = None
    """How old the copy of a list may be."""
    honour_within: str = ""
    """How fast a person's own request is kept: `10bd` or `30d`."""


class RecordingConsent(msgspec.Struct, frozen=True, kw_only=True):
    """Whose consent a recording needs."""

    rule: Literal["one", "all"]
    regions: dict[str, Literal["one", "all"]] = {}
    """Region of the country -> what differs there."""

    def of(self, region: str) -> Literal["one", "all"]:
        """The rule in `region` (empty: not known, and then the country's own)."""
        return self.regions.get(region, self.rule)
