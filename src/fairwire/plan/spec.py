"""A detector as written: the shape of one YAML file under `detectors/`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fairwire.model.aggregates import AGGREGATES, PROFILE
from fairwire.model.finding import Mode, Severity
from fairwire.model.order import Target
from fairwire.model.policy import JUDGING, Stage

EventType = Literal[
    "call.attempt",
    "call.answered",
    "call.ended",
    "message.sent",
    "message.received",
    "email.sent",
    "auth.login",
    "auth.register",
    "net.flow",
    "net.alert",
    "net.quality",
    "usage.sample",
    "content.scanned",
    "api.request",
    "user.added",
    "user.removed",
    "device.lost",
    "device.found",
    "credential.changed",
    "order.changed",
    "report.received",
]
Subject = Literal[
    "customer",
    "user",
    "line",
    "credential",
    "callee",
    "remote",
    "caller",
    "source",
    "device",
    "template",
    "path",
    "block",
    "country",
    "direction",
    "talk_s",
    "link",
    "media",
    "reseller",
    "local_month",
]
"""Whom or what is watched; those of `ONLY_ACROSS` only across customers. `direction` is one for all outbound calls: everybody.
A `local_month` beside the customer is its calendar month, so that each month has a finding of its own."""
ONLY_ACROSS = ("block", "direction", "talk_s", "link", "media", "reseller")


class Written(BaseModel):
    """Unknown keys are errors: a misspelt key that is silently ignored would be a rule that silently does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ParameterSpec(Written):
    """A number that a pack may set between `min` and `max`, with why it is what it is."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    type: Literal["number", "whole", "share"] = "number"
    """A `whole` number, or a `share` from 0 to 1."""
    unit: str = ""
    min: Annotated[float, Field(allow_inf_nan=False)] | None = None
    max: Annotated[float, Field(allow_inf_nan=False)] | None = None
    evidence: Annotated[str, Field(min_length=10)]


class PriorSpec(Written):
    """What is believed of somebody of whom little is known: shrinks a share or a rate towards the mean of all."""

    mean: Annotated[float, Field(ge=0)]
    weight: Annotated[float, Field(gt=0)]
    """How much is to be seen until it counts as much as the prior: events for a share, days for a rate."""
    evidence: Annotated[str, Field(min_length=10)]


class FeatureSpec(Written):
    """One windowed aggregate. Exactly one of the aggregates is given; `of` says over which events."""

    count: EventType | None = None
    sum: str | None = None
    mean: str | None = None
    share: str | None = None
    distinct: str | None = None
    max: str | None = None
    min: str | None = None
    gauge: Literal["calls"] | None = None
    asr: Literal["calls"] | None = None
    spread: str | None = None
    top: str | None = None
    entropy: str | None = None
    quantile: str | None = None
    regularity: EventType | None = None
    rate: EventType | None = None
    usual: EventType | None = None
    surprise: EventType | None = None
    drift: EventType | None = None
    trend: EventType | None = None
    of: EventType | None = None
    where: str | None = None
    over: str | None = None
    decayed: str | None = None
    """In place of `over`: the half-life after which an event counts half."""
    at: Annotated[float, Field(gt=0, lt=1)] | None = None
    grain: Annotated[float, Field(gt=0)] | None = None
    first: Annotated[int, Field(ge=1, le=20)] | None = None
    prior: PriorSpec | None = None
    panes: Annotated[int, Field(ge=1, le=240)] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    """Fewer than this in the denominator of a share, mean or asr says nothing."""
    context: bool = False
    """It tells how somebody is known, such as for how many days: not narrowed by the rule's own `where`, and no evidence."""
    meaning: Annotated[str, Field(min_length=5)]
    unit: str = ""

    @property
    def aggregate(self) -> str:
        """Which aggregate it is."""
        return next(name for name in AGGREGATES if getattr(self, name) is not None)

    @property
    def event(self) -> EventType:
        """The events it looks at."""
        if self.gauge is not None:
            return "call.attempt"
        if self.asr is not None:
            return "call.answered"
        chosen = getattr(self, self.aggregate) if AGGREGATES[self.aggregate].takes == "event" else self.of
        assert chosen is not None
        return cast("EventType", chosen)

    @model_validator(mode="after")
    def _one_aggregate(self) -> FeatureSpec:
        given = [name for name in AGGREGATES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(AGGREGATES)}; here {' and '.join(given) or 'none'} is given")
        aggregate = AGGREGATES[given[0]]
        if aggregate.takes not in ("event", "calls") and self.of is None:
            raise ValueError(f"`{given[0]}` needs `of`: a type of event, such as call.ended")
        if self.at_least is not None and aggregate.least is None:
            ratios = ", ".join(name for name, each in AGGREGATES.items() if each.least is not None)
            raise ValueError(f"`at_least` is for {ratios}; a {given[0]} of nothing is known to be nothing")
        for option in ("at", "grain", "first", "prior"):
            if getattr(self, option) is not None and option not in aggregate.options:
                takers = " and ".join(name for name, each in AGGREGATES.items() if option in each.options)
                raise ValueError(f"`{option}` is for {takers}, not for {given[0]}")
        if self.quantile is not None and self.at is None:
            raise ValueError("`quantile` needs `at`: 0.5 for the median, 0.9 for the value that one in ten exceeds")
        if self.rate is not None and self.prior is None:
            raise ValueError("`rate` needs `prior`: the mean number a day, and how many days it weighs")
        if aggregate.structure == PROFILE:
            if self.over is not None or self.decayed is not None:
                raise ValueError(f"`{given[0]}` compares with the same hour of other weeks; leave `over` and `decayed` out")
        elif self.decayed is not None:
            if self.over is not None or not aggregate.decays:
                can = ", ".join(name for name, each in AGGREGATES.items() if each.decays)
                raise ValueError(f"`decayed` stands in place of `over`, for {can}")
        elif self.over is None:
            raise ValueError("`over` is missing: a window such as 10m, 24h, 7d, day or month")
        return self


class SignSpec(Written):
    """One sign of a scorecard. What it weighs, and why; where it is unknown it weighs nothing."""

    when: str
    weight: float | str
    """A number, below zero for a sign of innocence, or the name of a parameter."""
    because: str
    """A part of a sentence, said where the sign holds."""
    evidence: Annotated[str, Field(min_length=10)]


class ScoreSpec(Written):
    """Weighted signs in place of `when`: the rule holds when the weights of the signs that are true reach `fires_at`."""

    signs: Annotated[list[SignSpec], Field(min_length=2, max_length=40)]
    fires_at: float | str
    """A number, or the name of a parameter."""
    at_least_known: Annotated[int, Field(ge=1)] | None = None
    """With fewer signs known than this, the rule does not hold, whatever the score."""


class EntitlementSpec(Written):
    """What a customer may have been granted that silences the rule, for all that it finds or for what `covers` says."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    covers: str | None = None


class CohortFileSpec(Written):
    """Comparison with one's peers: all customers of the same policy for whom `among` is true."""

    of: str
    """A feature counted by calendar month."""
    per: Literal["seat", "customer"] = "seat"
    among: str
    minimum: Annotated[int, Field(ge=3)]
    from_day: Annotated[int, Field(ge=1, le=28)] = 1


class AcrossFeatureSpec(Written):
    """One count over the window of a rule across customers. Exactly one of the aggregates is given."""

    count: EventType | None = None
    sum: str | None = None
    mean: str | None = None
    share: str | None = None
    distinct: str | None = None
    common: str | None = None
    """How many different values at least two of the customers have."""
    of: EventType | None = None
    where: str | None = None
    per: Literal["key", "pair", "customer"] = "key"
    """Counted of all that take part together, of the one customer with the subject, or of the one customer with anything."""
    last: str | None = None
    """Only the end of the window, such as `6h` of `7d`: what is now, beside what was."""
    at_least: Annotated[int, Field(ge=1)] | None = None
    meaning: Annotated[str, Field(min_length=5)]
    unit: str = ""

    @property
    def aggregate(self) -> str:
        """Which aggregate it is."""
        return next(name for name in ACROSS_AGGREGATES if getattr(self, name) is not None)

    @property
    def event(self) -> EventType:
        """The events it looks at."""
        chosen = self.count or self.of
        assert chosen is not None
        return chosen

    @model_validator(mode="after")
    def _one_aggregate(self) -> AcrossFeatureSpec:
        given = [name for name in ACROSS_AGGREGATES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ACROSS_AGGREGATES)}; here {' and '.join(given) or 'none'} is given")
        if self.count is None and self.of is None:
            raise ValueError(f"`{given[0]}` needs `of`: a type of event, such as call.ended")
        if self.at_least is not None and given[0] not in ("share", "mean"):
            raise ValueError(f"`at_least` is for share and mean; a {given[0]} of nothing is known to be nothing")
        if given[0] == "common" and self.per != "key":
            raise ValueError("`common` is what customers have in common; leave `per` out")
        if given[0] == "distinct" and self.per == "customer":
            raise ValueError("`distinct` is counted `per: key` or `per: pair`, not of all that a customer does")
        if self.last is not None and (given[0] in ("distinct", "common") or self.per == "customer"):
            raise ValueError("`last` is for counts, sums and shares of a key or a pair")
        return self


ACROSS_AGGREGATES = ("count", "sum", "mean", "share", "distinct", "common")


class AcrossFileSpec(Written):
    """What several customers have in common: counted of everybody, judged at each tick of event time in UTC."""

    every: str
    over: str
    grain: Annotated[float, Field(gt=0)] | None = None
    """Of a subject that is a number: what is within one grain is the same."""
    floor: Annotated[int, Field(ge=1)]
    """A customer takes part in a tick with at least so many events that any feature counts."""
    minimum: Annotated[int, Field(ge=2)]
    """Fewer customers than this have nothing in common that is worth a word."""
    among: str | None = None
    """Who can take part at all: a condition on `customer.*` and `age_days`."""
    features: Annotated[dict[str, AcrossFeatureSpec], Field(min_length=1)]


class Expectation(Written):
    """What a firing case must show: that it fires, or by which call of the last group it has."""

    fires: Literal[True] | None = None
    by_call: Annotated[int, Field(ge=1)] | None = None
    by_event: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Expectation:
        if sum(said is not None for said in (self.fires, self.by_call, self.by_event)) != 1:
            raise ValueError("write `quiet`, `{fires: true}`, `{by_call: 100}` or `{by_event: 100}`")
        return self


class CaseSpec(Written):
    """A test that the detector carries: traffic, and what must be seen."""

    name: Annotated[str, Field(min_length=5)]
    clause: list[str] = Field(default_factory=list)
    customer: dict[str, Any] = Field(default_factory=dict)
    peers: dict[str, Any] | None = None
    others: dict[str, Any] = Field(default_factory=dict)
    """Record of the other customers, where `given` names some."""
    given: list[dict[str, Any]]
    expect: Expectation | Literal["quiet"]


class DetectorSpec(Written):
    """One detector file.

    `because` is the sentence for people; of several, the first whose numbers are all known is said.
    """

    detector: Annotated[str, Field(pattern=r"^[a-z][a-z_]*\.[a-z_]+$")]
    revision: Annotated[int, Field(ge=1)]
    """Of the code that it needs: a change makes its counts start afresh."""
    version: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$")] = "0.0.0"
    """Of its content. Patch: words, evidence. Minor: finds more or less in the same sense. Major: means something else."""
    title: str
    why: str
    topics: Annotated[list[str], Field(min_length=1)]
    stage: Stage
    """Where it is in its life. What acts by itself is in `enforce`; `mode` is the older word for the three stages that judge."""
    mode: Mode
    """How it acts where a pack says nothing; it follows from the stage, and a file gives one of the two."""
    certainty: Literal["hard", "soft"]
    narrowest: Target
    severity: Severity
    subject: Annotated[list[Subject], Field(min_length=1, max_length=2)]
    on: Annotated[list[EventType | Literal["day", "tick"]], Field(min_length=1)]
    counts_emergency: bool = False
    """It looks at calls to emergency numbers, and only at those, after the fact. It may open a case, and nothing else."""
    where: str | None = None
    parameters: dict[str, ParameterSpec] = Field(default_factory=dict)
    features: dict[str, FeatureSpec] = Field(default_factory=dict)
    cohort: CohortFileSpec | None = None
    across: AcrossFileSpec | None = None
    when: str | None = None
    score: ScoreSpec | None = None
    because: str | Annotated[list[str], Field(min_length=1)]
    quiet_after: str = "24h"
    innocent: Annotated[list[str], Field(min_length=1)]
    entitlements: list[EntitlementSpec] = Field(default_factory=list)
    evidence: Annotated[str, Field(min_length=10)]
    cases: Annotated[list[CaseSpec], Field(min_length=2)]

    @model_validator(mode="before")
    @classmethod
    def _stage_or_mode(cls, value: Any) -> Any:
        """A file gives the stage, or the mode of one that judges."""
        if not isinstance(value, dict):
            return value
        if "stage" in value and "mode" in value:
            raise ValueError("give `stage` and leave out `mode`, which is its older name")
        if "stage" in value:
            return {**value, "mode": value["stage"] if value["stage"] in JUDGING else "shadow"}
        return {**value, "stage": value["mode"] if value["mode"] in JUDGING else "draft"} if "mode" in value else value

    @field_validator("entitlements", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """A bare name is an entitlement that covers everything."""
        return [{"name": each} if isinstance(each, str) else each for each in value] if isinstance(value, list) else value

    @field_validator("subject", mode="after")
    @classmethod
    def _of_a_customer(cls, value: list[str]) -> list[str]:
        """Everybody is kept inside a customer, and a key has two parts."""
        if len(value) == 2 and "customer" not in value:
            raise ValueError(f"of two, one is `customer`; write [customer, {value[1]}]")
        return value

    @model_validator(mode="after")
    def _one_rule(self) -> DetectorSpec:
        if (self.when is None) == (self.score is None):
            raise ValueError("give either `when` or `score`: a rule is one of the two")
        return self

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of `because`, in the order in which they are tried."""
        return (self.because,) if isinstance(self.because, str) else tuple(self.because)
