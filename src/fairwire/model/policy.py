"""A policy pack as checked: clauses, ladders, parameters. Written by people in YAML, read by `fairwire.policy`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from fairwire.model.decision import BlockClass
from fairwire.model.declared import (
    AbandonedCallRate,
    CallingHours,
    ChangeTerms,
    CountedLimit,
    DoNotCall,
    Entitlement,
    RecordingConsent,
    ReportCategory,
    Term,
    Workflow,
)
from fairwire.model.finding import Mode, Severity
from fairwire.model.order import Step, Target

Control = Literal["inline", "stream", "limit", "report", "workflow", "terms"]
CoverageStatus = Literal["working", "partial", "not_yet"]
Certainty = Literal["hard", "soft"]
Stage = Literal["draft", "shadow", "alert", "enforce", "retired"]
"""Life of a detector. In `draft` only its cases run; `retired` is kept so that old findings can be read."""
STAGES: tuple[Stage, ...] = ("draft", "shadow", "alert", "enforce", "retired")
JUDGING: tuple[Mode, ...] = ("shadow", "alert", "enforce")
"""The stages in which a detector judges traffic, weakest first: they are the modes of findings."""


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One duty or right of a policy, in our own words, with its place in the source document."""

    id: str
    gist: str
    place: str
    """Where it stands in the source: section, item, sentence."""
    controls: tuple[Control, ...]
    topics: tuple[str, ...]
    """Topics of the taxonomy; detectors serve topics, so a clause is enforced by the detectors of its topics."""
    detectors: tuple[str, ...] = ()
    """Detectors and inline questions that the clause names itself, beside those of its topics."""
    ladder: str
    """Name of the ladder in `ladder.yaml` that its findings climb."""
    status: CoverageStatus
    reason: str = ""
    """Why it is partial or not yet enforced; required unless `working`."""
    shows: str = ""
    """What a test named for the clause must see; required unless `not_yet`."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a ladder."""

    step: Step
    target: Target | Literal["narrowest"] = "customer"
    """`narrowest`: the target that the detector names as enough to stop the harm."""
    ttl_s: int | None = None
    """Seconds until it ends by itself; None when a person must end it."""
    approvals: int = 0
    to: str | None = None
    """Of `change_plan`: the plan that follows; None: whoever agrees must name one."""


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """Rungs in climbing order, and where a finding of each severity enters."""

    name: str
    rungs: tuple[Rung, ...]
    entry: dict[Severity, int]
    """Severity -> index of the first rung taken."""
    memory_s: int = 90 * 86400
    """A repeat of the same clause within this time climbs one rung higher."""
    soft_limit: Step = "throttle"
    """The highest step that a soft rule may take by itself; above it, approval is needed."""
    cooling_off_s: int = 3600
    """For so long after a person has lifted an order, what is found again is only told, unless it is critical."""
    jitter_s: int = 0
    """Steps take effect up to so much later, each at its own moment, so that nobody can find a threshold by trying."""
    invoice: bool = False
    """What is above an amount of the order is invoiced at once, where the order lets it be billed: no rung is taken for that."""

    @property
    def tells(self) -> bool:
        """Whether customers get letters under it. A ladder without the step `notify` tells nobody: a letter would be a warning to
        whoever must not be warned."""
        return any(rung.step == "notify" for rung in self.rungs)


class BlockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a SIP element answers to a call that is refused for one class of reason."""

    code: int
    phrase: str
    retry_after_s: int | None = None
    """Seconds for the Retry-After header; None when there is none."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one country from one day to another."""

    country: str
    from_day: str
    """First day on which it holds, `2024-01-01`."""
    until_day: str | None = None
    """First day on which it no longer holds; None while no end is known."""
    calling_hours: CallingHours | None = None
    abandoned_call_rate: AbandonedCallRate | None = None
    do_not_call: DoNotCall | None = None
    recording_consent: RecordingConsent | None = None
    answers: dict[BlockClass, BlockAnswer] = {}
    """What a refused call is answered while this holds, where it differs from the pack's answer for the country."""

    def holds_on(self, day: str) -> bool:
        """Whether it is in force on `day` (`2026-03-01`)."""
        return self.from_day <= day and (self.until_day is None or day < self.until_day)


def profile_on(profiles: Iterable[Profile], country: str, day: str) -> Profile | None:
    """The profile of `country` in force on `day` (`2026-03-01`); None when there is none."""
    return next((each for each in profiles if each.country == country and each.holds_on(day)), None)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion was founded on, or why a rule was stepped down."""

    day: str
    to: Stage
    run: str = ""
    """The run that was looked at; empty when none was needed."""
    days: int = 0
    """Days of traffic in it."""
    findings: int = 0
    customers: int = 0
    """Those that were found."""
    of_customers: int = 0
    """Those that were looked at."""
    reason: str = ""


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in the form that can be put in force."""

    id: str
    title: str
    version: str
    """First 16 hex digits of the SHA-256 over everything in the pack that decides."""
    release: str = "0.0.0"
    """Semantic version of the pack's content, as its authors count; what decides is named by `version`."""
    document: str
    """Title and date of the source document."""
    clauses: dict[str, Clause]
    ladders: dict[str, Ladder]
    modes: dict[str, Mode]
    """Detector id -> mode; a detector that is not named runs in its own mode."""
    resting: dict[str, Literal["draft", "retired"]] = {}
    """Detector id -> stage in which it judges nothing under this pack."""
    evidence: dict[str, tuple[Evidence, ...]] = {}
    """Detector id -> what its promotions were founded on, oldest first."""
    parameters: dict[str, dict[str, float]]
    """Detector id -> parameter -> value, where the pack sets one."""
    contact: str = ""
    """Where a customer asks for review, shown in every refusal."""
    review_url: str = ""
    """The same as a web address, for the Reason header of an analytics block; empty for none."""
    country: str = ""
    """ISO 3166-1 alpha-2 of a customer whose own country is not known; empty when the document names none."""
    answers: dict[str, dict[BlockClass, BlockAnswer]] = {}
    """Country -> block class -> answer. The country `""` holds all classes; a named country holds what differs there."""
    notices: dict[str, str] = {}
    """Jinja2 texts by what they are called below `notices/`, without `.txt`: `limit`, `U02.notify`, `de/limit`, `limit.html`."""
    language: str = "en"
    """Of the notices whose names begin with no language."""
    languages: dict[str, str] = {}
    """Country of a customer -> language in which it is written to, where that is another."""
    changes: ChangeTerms | None = None
    """How a new version reaches customers; None when the pack does not say."""
    report_categories: dict[str, ReportCategory] = {}
    workflows: dict[str, Workflow] = {}
    terms: dict[str, Term] = {}
    limits: dict[str, CountedLimit] = {}
    entitlements: dict[str, Entitlement] = {}
    profiles: tuple[Profile, ...] = ()
    """Rules of countries, by country and day; no two of one country hold on the same day."""

    def answer(self, block: BlockClass, country: str = "") -> BlockAnswer:
        """The answer to a refusal of class `block` for a customer of `country` (empty: not known).

        Raises
        ------
        KeyError
            The pack was made without answers.
        """
        there = self.answers.get(country or self.country, {})
        return there[block] if block in there else self.answers[""][block]

    def clauses_of(self, topic: str) -> tuple[str, ...]:
        """Ids of the clauses that name `topic`, in the order of the document."""
        return tuple(clause.id for clause in self.clauses.values() if topic in clause.topics)

    def bound_to(self, detector: str, topics: Collection[str]) -> tuple[str, ...]:
        """Ids of the clauses that a detector serves: those that name it, and those that name one of its topics."""
        return tuple(
            clause.id
            for clause in self.clauses.values()
            if detector in clause.detectors or not set(topics).isdisjoint(clause.topics)
        )

    def stage(self, detector: str, own: Stage) -> Stage:
        """Where a detector is in its life under this pack; what is retired for all is retired here."""
        if own == "retired":
            return own
        return self.resting.get(detector) or self.modes.get(detector) or own

    def profile(self, country: str, day: str) -> Profile | None:
        """The rules of `country` in force on `day` (`2026-03-01`, in that country); None when the pack has none."""
        return profile_on(self.profiles, country, day)


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """How often a clause was found broken."""

    shadow: int = 0
    """Findings that nobody was told of."""
    acted: int = 0
    """Findings in the modes alert and enforce."""
    last: str | None = None
    """RFC 3339 time of the last; None when there was none."""
    by_day: tuple[int, ...] = ()
    """Findings of each of the last days with any record, oldest first."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `fairwire policy coverage`."""

    policy: str
    clause: str
    gist: str
    controls: tuple[Control, ...]
    enforced_by: tuple[str, ...]
    mode: Mode | None
    tests: tuple[str, ...]
    status: CoverageStatus
    reason: str | None = None
    shows: str | None = None
    """What a test named for the clause must see; None when nothing of it runs."""
    modes: dict[str, Mode] = {}
    """Mode of each detector and inline question that enforces it."""
    declared: tuple[str, ...] = ()
    """Controls that the pack declares and that no running code stands behind yet."""
    party: str = ""
    """Whose duty or right it is: provider, customer or both; empty when the pack does not say."""
    place: str = ""
    """Where the clause stands in the document."""
    fired: Fired | None = None
    """How often it fired; None when no record of findings was at hand."""


class ParameterLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack may set a detector's parameter to."""

    kind: Literal["number", "whole", "share"] = "number"
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def phrase(self) -> str:
        """What it is, in words: `a whole number from 1 to 500, calls an hour`."""
        kind = {"number": "a number", "whole": "a whole number", "share": "a share"}[self.kind]
        low = "" if self.least is None else f" from {self.least:g}"
        high = "" if self.most is None else f" {'to' if low else 'up to'} {self.most:g}"
        return f"{kind}{low}{high}{' on' if low and not high else ''}{f', {self.unit}' if self.unit else ''}"

    def wrong(self, value: float) -> tuple[str, str] | None:
        """(what is wrong with a value, the likely fix); None when it may be set."""
        if self.kind == "share" and not 0 <= value <= 1:
            hint = f"did you mean {value / 100:g}?" if 1 < value <= 100 else ""
            return f"cannot be {value:g}: it is a share", hint
        if self.kind == "whole" and not float(value).is_integer():
            return f"cannot be {value:g}: it is a whole number", f"did you mean {round(value)}?"
        if self.least is not None and value < self.least:
            return f"cannot be {value:g}: it is at least {self.least:g}", ""
        if self.most is not None and value > self.most:
            return f"cannot be {value:g}: it is at most {self.most:g}", ""
        return None


class DetectorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy needs to know of a detector, without compiling it."""

    id: str
    topics: tuple[str, ...]
    mode: Mode
    """Its own mode, in force where a pack sets none."""
    certainty: Certainty
    parameters: dict[str, float]
    """Parameter -> value in force where a pack sets none."""
    limits: dict[str, ParameterLimits] = {}
    """Parameter -> what it may be set to; one that is not named may be any number."""
    entitlements: tuple[str, ...] = ()
    """Words of a customer's `features` that silence it."""
    version: str = ""
    stage: Stage | None = None
    """Its own stage; None for what has no life of its own, such as a question asked of every call."""


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the ladder needs to know of a detector."""

    detector: str
    certainty: Certainty
    narrowest: Target
    """The narrowest target that stops the harm."""
    value: str | None = None
    """What the target names, where it is the same for every finding, such as the destination class `premium`."""
    value_feature: str | None = None
    """The finding's feature whose value names it instead."""
