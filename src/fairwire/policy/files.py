"""The files of a policy pack as people write them. The JSON Schemas under `schema/` are generated from these classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from fairwire.model.declared import Acceptance, ChangeEffect, LateRequest, OnLimit, Party, Reminder, WorkflowKind
from fairwire.model.finding import Severity
from fairwire.model.order import Step, Target
from fairwire.model.policy import Control, CoverageStatus, Stage
from fairwire.policy.answer_files import AnswerChangesFile, AnswersFile
from fairwire.policy.written import (
    AMOUNT,
    CURRENCY,
    RELEASE,
    ClauseId,
    Clock,
    Country,
    Day,
    DetectorId,
    Duration,
    Language,
    Line,
    Name,
    Period,
    Region,
    Text,
    Written,
)

PACK_FILE = "pack.yaml"
CLAUSES_FILE = "clauses.yaml"
LADDER_FILE = "ladder.yaml"
NOTICE_NAMES = ("warning", "limit", "block", "suspension")
"""Notices that every pack has."""
FURTHER_NOTICES = (
    "limit_notice", "reminder", "cured", "lifted", "excess_invoice", "authorisation_decision", "termination",
)  # fmt: skip
"""Notices that a pack may say in its own words; where it does not, plain ones go out."""
NOTICE_FILES = {name: f"notices/{name}.txt" for name in NOTICE_NAMES}
CHANGE_NOTICE = "change"
CHANGE_FILE = f"notices/{CHANGE_NOTICE}.txt"
"""Needed when the pack tells customers of a new version."""
CASES_FILE = "cases.yaml"
"""The pack's own tests; a pack may have none."""


class SourceDocument(Written):
    """The text that the pack says in its own words."""

    title: Line
    date: Day | None = None
    """Day of its last change; left out when the document does not say."""
    about: Text
    """What kind of document it is, and whom it binds."""


class LanguagesFile(Written):
    """In which languages customers are written to. A customer whose record names a language comes first."""

    own: Language = "en"
    """Of the texts that stand in `notices/` itself."""
    in_country: dict[Country, Language] = {}
    """Country of the customer -> language; its texts stand in `notices/<language>/`."""


class ContactFile(Written):
    """Where a customer asks for review of anything done under the policy."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=400)] | None = None


class HoursFile(Written):
    """From when to when; the end is not included. Equal ends: never."""

    start: Clock
    end: Clock


class CallingHoursFile(HoursFile):
    """When sales calls may be made."""

    zone: Literal["called", "caller"] = "called"
    """Whose clock it is."""
    weekend: HoursFile | None = None
    """On Saturday and Sunday, where they differ."""


class AbandonedCallRateFile(Written):
    """How many calls may find nobody on the calling side."""

    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    of: Literal["answered_by_a_person", "answered"] = "answered_by_a_person"
    over: Duration
    connect_within: Duration | None = None
    """A call that reaches no person within this time is abandoned."""


class DoNotCallFile(Written):
    """Which lists of numbers must not be called."""

    lists: Annotated[list[Name], Field(min_length=1)]
    list_age: Duration | None = None
    """How old the copy of a list may be."""
    honour_within: Period | None = None
    """How fast a person's own request is kept."""


class RecordingConsentFile(Written):
    """Whose consent a recording needs."""

    rule: Literal["one", "all"]
    regions: dict[Region, Literal["one", "all"]] = {}
    """Region (ISO 3166-2, without the country) -> what differs there."""


class ProfileFile(Written):
    """The rules of one country, from one day to another."""

    country: Country
    from_: Annotated[Day, Field(alias="from")]
    """First day on which they hold."""
    until: Day | None = None
    """First day on which they no longer hold; left out while no end is known."""
    calling_hours: CallingHoursFile | None = None
    abandoned_call_rate: AbandonedCallRateFile | None = None
    do_not_call: DoNotCallFile | None = None
    recording_consent: RecordingConsentFile | None = None
    answers: AnswerChangesFile | None = None


class JurisdictionFile(Written):
    """Which country's rules decide the answer to a refused call, and what its law asks of calls."""

    country: Country | None = None
    """Of a customer whose record names none; left out when the document names no country."""
    answers: AnswersFile
    in_country: dict[Country, AnswerChangesFile] = {}
    profiles: list[ProfileFile] = []
    """Rules of countries with the days on which they hold; two of one country never hold on the same day."""


class ChangeNoticeFile(Written):
    """Whether customers are told of a new version."""

    send: bool
    before: Duration | None = None
    """How long before it takes effect; left out when the document gives no time."""
    clause: ClauseId | None = None
    """The clause that promises it."""


class ChangeChoiceFile(Written):
    """A customer may choose its own day of change-over."""

    window: Duration
    """After the publication; the day lies within it."""
    clause: ClauseId | None = None
    why: Text | None = None


class ChangesFile(Written):
    """How a new version of the policy reaches customers, by the document's own words."""

    effective: ChangeEffect
    """`on_posting`: at once. `after_notice`: when the notice period is over. `scheduled`: on a day that the provider names."""
    notice: ChangeNoticeFile
    acceptance: Acceptance
    """`use`: who uses the service after the change agrees. `explicit`: the customer says so."""
    choice: ChangeChoiceFile | None = None
    clause: ClauseId | None = None
    """The clause that says so; left out when the document is silent."""
    why: Text | None = None
    """Where the choice is ours; required when no clause is named."""


class ReportCategoryFile(Written):
    """What people can report. Names topics, clauses or both."""

    title: Line
    topics: list[Name] = []
    clauses: list[ClauseId] = []
    severity: Severity
    restricted: bool = False
    """Only named people may see the evidence."""


class WorkflowClockFile(Written):
    """How the days of a workflow are counted, by the calendar of the customer."""

    clear_days: bool = True
    """Of `notice`: whether the whole period must lie between asking and beginning; else the day of asking is its first."""
    cut_off: Clock = "24:00"
    """When the last day of `deadline` is over."""
    reminders: list[Reminder] = ["half", "last_morning"]
    """When the other side is reminded of `deadline`; an empty list: never."""


class ExcessFile(Written):
    """What is charged for people above the user limit, where the customer's order names no price."""

    price: Annotated[str, StringConstraints(pattern=AMOUNT)]
    """Of one person for a calendar month, a decimal in quotes."""
    currency: Annotated[str, StringConstraints(pattern=CURRENCY)]


class WorkflowFile(Written):
    """A request, consent, notice or deadline with states and dates. Names topics, clauses or both."""

    title: Line
    kind: WorkflowKind
    topics: list[Name] = []
    clauses: list[ClauseId] = []
    notice: Period | None = None
    """How long before it begins it must be asked for: `5bd` are five business days."""
    deadline: Period | None = None
    """How long the other side has to comply."""
    clock: WorkflowClockFile | None = None
    """Left out: clear days, the end of the last day, both reminders."""
    excess: ExcessFile | None = None
    late: LateRequest | None = None
    """What becomes of a request with less than its notice: refused, or a person may grant it even so. Left out: refused."""


class TermFile(Written):
    """A right or a duty that is recorded and accepted, and that no program enforces."""

    title: Line
    party: Party
    """Whose right or duty it is."""
    topics: list[Name] = []
    clauses: list[ClauseId] = []


class LimitFile(Written):
    """A number in the customer's order."""

    title: Line
    topic: Name
    counted_by: DetectorId | None = None
    """The detector or inline question that counts it; left out while nothing does."""
    on_limit: OnLimit


class EntitlementFile(Written):
    """What a customer may have been granted, and what it silences."""

    title: Line
    silences: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]], Field(min_length=1)
    ]
    """Topics or detectors."""
    from_: Annotated[Name, Field(alias="from")]
    """The word in the `features` of the customer record."""


class EvidenceFile(Written):
    """What one change of a mode was founded on."""

    day: Day
    to: Stage
    run: Line | None = None
    """The run that was looked at."""
    days: Annotated[int, Field(ge=0)] = 0
    """Days of traffic in it."""
    findings: Annotated[int, Field(ge=0)] = 0
    customers: Annotated[int, Field(ge=0)] = 0
    """Those that were found."""
    of_customers: Annotated[int, Field(ge=0)] = 0
    """Those that were looked at."""
    reason: Text | None = None


class DetectorSettings(Written):
    """What the pack changes about one detector."""

    why: Text
    """The reason, from the text of the policy; shown in reviews, decides nothing."""
    mode: Stage | None = None
    """`shadow`, `alert` or `enforce`; in `draft` and `retired` it judges nothing here."""
    evidence: list[EvidenceFile] = []
    """What each change of the mode was founded on; written by `fairwire policy promote`."""
    parameters: dict[Name, Annotated[float, Field(allow_inf_nan=False)]] = {}


class PackFile(Written):
    """`pack.yaml`: whose policy it is, how refusals are answered, what it changes about detectors."""

    pack: Name
    """The pack's id; a built-in pack's folder has the same name."""
    version: Annotated[str, StringConstraints(pattern=RELEASE)] = "0.0.0"
    """Of the pack's content, as `1.2.0`. Patch: words. Minor: new detectors, new shadow. Major: new or stronger enforcement."""
    title: Line
    document: SourceDocument
    contact: ContactFile
    languages: LanguagesFile = LanguagesFile()
    jurisdiction: JurisdictionFile
    changes: ChangesFile | None = None
    detectors: dict[DetectorId, DetectorSettings] = {}
    report_categories: dict[Name, ReportCategoryFile] = {}
    workflows: dict[Name, WorkflowFile] = {}
    terms: dict[Name, TermFile] = {}
    limits: dict[Name, LimitFile] = {}
    entitlements: dict[Name, EntitlementFile] = {}


class ClauseFile(Written):
    """One duty or right, in our own words."""

    gist: Line
    place: Line
    """Where it stands in the document: section, item."""
    controls: Annotated[list[Control], Field(min_length=1)]
    topics: list[Name]
    """What it is about. Empty only in a draft, while the clause is `not_yet`."""
    detectors: list[DetectorId] = []
    """Detectors and inline questions that serve the clause beside those of its topics."""
    ladder: Name
    status: CoverageStatus
    reason: Text | None = None
    """Why it is not `working`: what runs, what is missing."""
    shows: Text | None = None
    """What a test named for the clause must see; required unless `not_yet`."""


class ClausesFile(Written):
    """`clauses.yaml`: every clause of the document, in its order."""

    clauses: Annotated[dict[ClauseId, ClauseFile], Field(min_length=1)]


class RungFile(Written):
    """One step of a ladder."""

    step: Step
    target: Target | Literal["narrowest"] = "customer"
    lasts: Duration | None = None
    """When it ends by itself; left out when people must end it."""
    approvals: Annotated[int, Field(ge=0, le=5)] = 0
    to: Name | None = None
    """Of `change_plan`: the plan that follows."""


class EntryFile(Written):
    """The step that a first finding of each severity takes."""

    info: Step
    low: Step
    medium: Step
    high: Step
    critical: Step


class OneLadderFile(Written):
    """Steps in climbing order, and where findings enter."""

    what: Line
    """Which clauses climb it."""
    memory: Duration = "90d"
    """A repeat within this time climbs one rung higher."""
    soft_limit: Step = "throttle"
    """The highest step that a soft rule takes without a person."""
    cooling_off: Duration = "1h"
    """For so long after a person has lifted an order, what is found again is only told, unless it is critical."""
    jitter: Duration | None = None
    """Steps take effect up to so much later, each at its own moment, so that nobody can find a threshold by trying. Not for
    ladders that stop the loss of money."""
    invoice: bool = False
    """What is above an amount of the order, and may be billed, is invoiced at once."""
    entry: EntryFile
    rungs: Annotated[list[RungFile], Field(min_length=1)]


class LaddersFile(Written):
    """`ladder.yaml`: the ladders that clauses name."""

    ladders: Annotated[dict[Name, OneLadderFile], Field(min_length=1)]


class TopicsFile(Written):
    """`topics.yaml`: the words that join clauses to detectors, each with its meaning in one line."""

    topics: Annotated[dict[Name, Line], Field(min_length=1)]
