"""What an evaluation says, as it stands in `--json`. Rates are a month of 30 days; fields are added and never renamed."""

from __future__ import annotations

import msgspec


class AbuseResult(msgspec.Struct, frozen=True, kw_only=True):
    """One abuse, or one variant of it at one level."""

    abuse: str
    instances: int
    found: int
    recall: float
    recall_low: float
    """Wilson, 95 %."""
    recall_high: float
    median_s: float | None
    """From the onset of the abuse to its first finding, of those found; 0 before it, None when none was found."""
    p95_s: float | None
    """The same for the slowest one in twenty; the slowest of all where there are fewer."""
    loss: str | None
    """Decimal: what all instances cost unstopped; None where money is not the harm."""
    loss_before: str | None
    """Of that, what had been lost when found; all of it where it never was."""
    level: str | None = None
    shadow_only: int = 0
    """Of those found, how many by findings in shadow alone."""
    counted: str | None = None
    """What `events` are: calls, messages, tries from one address ..."""
    events_total: int | None = None
    """Of all instances, had nobody stopped them; None without event files."""
    events_median: float | None = None
    """From the onset until found, of those found."""
    events_p95: float | None = None
    loss_median: str | None = None
    """Until found, of all instances: one that was never found lost everything."""
    loss_p95: str | None = None
    loss_share: float | None = None
    """`loss_before` of `loss`."""
    recall_by_run: list[float | None] = []
    """None in a run without an instance."""


class DetectorResult(msgspec.Struct, frozen=True, kw_only=True):
    """One detector."""

    detector: str
    findings: int
    matching: int
    aside: int
    false: int
    false_customers: int
    false_per_10k: float
    """False findings on 10,000 good customers in a month of 30 days."""
    upper_per_10k: float
    """Good customers with a false finding, of 10,000 in a month: upper 95 % bound."""
    precision: float | None = None


class FalseHard(msgspec.Struct, frozen=True, kw_only=True):
    """Good customers that would have been suspended: a finding of severity high or critical in mode enforce."""

    findings: int
    customers: int
    per_10k: float
    upper_per_10k: float


class RateResult(msgspec.Struct, frozen=True, kw_only=True):
    """How often something befell good customers."""

    count: int
    customers: int
    """How many it befell."""
    per_10k: float
    """`count` on 10,000 good customers in a month."""
    low_per_10k: float
    upper_per_10k: float
    """95 % bounds, exact for independent events (Poisson); for none, the rule of three."""


class SegmentResult(msgspec.Struct, frozen=True, kw_only=True):
    """Good customers of one kind. Findings in shadow are left out."""

    kind: str
    look_alike: bool
    customers: int
    customer_months: float
    findings: RateResult
    """In mode alert or enforce, of any severity."""
    enforced: RateResult
    """In mode enforce, of severity medium or worse."""
    suspensions: RateResult


class ModeResult(msgspec.Struct, frozen=True, kw_only=True):
    """False findings on good customers in one mode."""

    mode: str
    all: RateResult
    medium: RateResult
    """Of severity medium or worse."""
    precision: float | None
    """Right among right and false, of this mode."""


class Fairness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one kind of good customer bears more than its part of the false findings in alert and enforce."""

    max_over_mean: float | None
    """The rate of the worst kind over the mean of all kinds' rates; None when nobody had one."""
    worst: str | None
    kinds: int


class SweepPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One place on the curve: only findings with at least this much of what is swept count."""

    at: float
    says: str
    false_per_10k: float
    upper_per_10k: float
    recall: float
    median_s: float
    """Half of all instances are found sooner. One that is not found counts as found at its end."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """The time-to-detect against false-alarm curve (AMOC) of all abuses, or of those of one family."""

    swept: str
    family: str
    """Empty: all."""
    instances: int
    points: list[SweepPoint]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must be reached."""

    says: str
    measured: str
    bound: str
    verdict: str
    """`met` and `not met`: the bound says so too. `cannot tell`: it does not, with this much data."""
    meets: bool | None
    """The measured figure alone; None when nothing was measured."""
    needed: str
    """How much data would tell; empty where it is told."""


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """One of several runs, so that the spread between seeds can be seen."""

    name: str
    instances: int
    found: int
    recall_plain: float | None
    recall_evasive: float | None
    precision: float | None
    good_customers: int
    days: float
    false_per_10k: float
    """In alert and enforce."""
    suspended_per_10k: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. Rates are a month of 30 days."""

    findings: int
    matching: int
    aside: int
    false: int
    unlabelled: int
    """Findings on customers that no label names; counted nowhere else."""
    precision: float | None
    """Matching among matching and false; None without either."""
    good_customers: int
    days: float
    """Of several runs, the mean."""
    abuses: list[AbuseResult]
    variants: list[AbuseResult]
    detectors: list[DetectorResult]
    false_hard: FalseHard
    false_by_kind: dict[str, int]
    """Good customers with a false finding, by their `kind`; empty without a customers file."""
    customer_months: float = 0.0
    levels: list[AbuseResult] = []
    """Each abuse at each level, all its variants together."""
    modes: list[ModeResult] = []
    segments: list[SegmentResult] = []
    look_alikes: SegmentResult | None = None
    """All kinds that look like abusers, together."""
    suspensions: RateResult | None = None
    suspensions_by: str = ""
    """What counts as an automatic suspension here."""
    refused: RateResult | None = None
    """Calls of good customers that were refused (deny or limit); None without decisions and events."""
    fairness: Fairness | None = None
    confusion: dict[str, dict[str, int]] = {}
    """Abuse (`none`: the good) -> family of detectors -> findings in its time."""
    sweeps: list[Sweep] = []
    bars: list[Bar] = []
    runs: list[RunResult] = []
