"""A detector as written: the shape of one YAML file under `detectors/`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fairwire.model.finding import Mode, Severity
from fairwire.model.order import Target

EventType = Literal["call.attempt", "call.answered", "call.ended"]


class Written(BaseModel):
    """Unknown keys are errors: a misspelt key that is silently ignored would be a rule that silently does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ParameterSpec(Written):
    """A number that a pack may set, with why it is what it is."""

    value: float
    unit: str = ""
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
    of: EventType | None = None
    where: str | None = None
    over: str | None = None
    panes: Annotated[int, Field(ge=1, le=240)] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    """Fewer than this in the denominator of a share, mean or asr says nothing."""
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
        chosen = self.count or self.of
        assert chosen is not None
        return chosen

    @model_validator(mode="after")
    def _one_aggregate(self) -> FeatureSpec:
        given = [name for name in AGGREGATES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(AGGREGATES)}; here {' and '.join(given) or 'none'} is given")
        if given[0] not in ("count", "gauge", "asr") and self.of is None:
            raise ValueError(f"`{given[0]}` needs `of`: call.attempt, call.answered or call.ended")
        if self.at_least is not None and given[0] not in RATIOS:
            raise ValueError(f"`at_least` is for {', '.join(RATIOS)}; a {given[0]} of nothing is known to be nothing")
        if self.over is None:
            raise ValueError("`over` is missing: a window such as 10m, 24h, 7d, day or month")
        return self


RATIOS = ("share", "mean", "asr")
AGGREGATES = ("count", "sum", "mean", "share", "distinct", "max", "min", "gauge", "asr")


class CohortFileSpec(Written):
    """Comparison with one's peers: all customers of the same policy for whom `among` is true."""

    of: str
    """A feature counted by calendar month."""
    per: Literal["seat", "customer"] = "seat"
    among: str
    minimum: Annotated[int, Field(ge=3)]
    from_day: Annotated[int, Field(ge=1, le=28)] = 1


class Expectation(Written):
    """What a firing case must show: that it fires, or by which call of the last group it has."""

    fires: Literal[True] | None = None
    by_call: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Expectation:
        if (self.fires is None) == (self.by_call is None):
            raise ValueError("write `quiet`, `{fires: true}` or `{by_call: 100}`")
        return self


class CaseSpec(Written):
    """A test that the detector carries: traffic, and what must be seen."""

    name: Annotated[str, Field(min_length=5)]
    clause: list[str] = Field(default_factory=list)
    customer: dict[str, Any] = Field(default_factory=dict)
    peers: dict[str, Any] | None = None
    given: list[dict[str, Any]]
    expect: Expectation | Literal["quiet"]


class DetectorSpec(Written):
    """One detector file.

    `because` is the sentence for people; of several, the first whose numbers are all known is said.
    """

    detector: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    revision: Annotated[int, Field(ge=1)]
    title: str
    why: str
    topics: Annotated[list[str], Field(min_length=1)]
    mode: Mode
    certainty: Literal["hard", "soft"]
    narrowest: Target
    severity: Severity
    subject: Annotated[list[Literal["customer", "user", "line", "credential", "callee"]], Field(min_length=1, max_length=2)]
    on: Annotated[list[EventType | Literal["day"]], Field(min_length=1)]
    where: str | None = None
    parameters: dict[str, ParameterSpec] = Field(default_factory=dict)
    features: dict[str, FeatureSpec] = Field(default_factory=dict)
    cohort: CohortFileSpec | None = None
    when: str
    because: str | Annotated[list[str], Field(min_length=1)]
    quiet_after: str = "24h"
    innocent: Annotated[list[str], Field(min_length=1)]
    entitlements: list[str] = Field(default_factory=list)
    evidence: Annotated[str, Field(min_length=10)]
    cases: Annotated[list[CaseSpec], Field(min_length=2)]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of `because`, in the order in which they are tried."""
        return (self.because,) if isinstance(self.because, str) else tuple(self.because)
