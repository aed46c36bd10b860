"""A compiled plan as data: what the kernel must keep, and the text of the two generated functions.

The plan stage makes it, the kernel runs it; neither knows the other. Everything here is hashable text and numbers, so
that its fingerprint names exactly what runs.
"""

from __future__ import annotations

import msgspec

from fairwire.model.aggregates import PANES
from fairwire.model.finding import Mode, Severity
from fairwire.model.order import Target

EXTREME_SHIFT = 1 << 62
"""Added to amounts of MAX and MIN, so that 0 means nothing yet and values below zero keep their order."""
GRAIN_SHIFT = 1 << 40
"""Added to numbers that are counted as keys, so that none is 0."""
EXTERNAL = "external"
"""In place of an aggregate: the value comes from outside the kernel (a comparison with one's peers)."""
# The clock of a group.
CLOCK_SLIDING, CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH, CLOCK_GAUGE, CLOCK_LOCAL_HOUR = 0, 1, 2, 3, 4


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One integer per pane: `op` folds the amounts of `stream` into it."""

    stream: int
    op: int
    meaning: str = ""
    """Fingerprint of what is counted, so that a changed plan finds the cells that it still needs."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of one subject that share a window, so that it moves once for all of them."""

    subject: int
    clock: int
    pane_us: int
    """Of a decayed group, the half-life."""
    panes: int
    cells: tuple[Cell, ...]
    structure: int = PANES
    option: int = 0
    """Of a bag, the share at which it is read as a quantile, in thousandths; 0 when its keys are ranked by their number."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom state is kept for: the key columns that name it (`customer`, or `customer` and `callee` ...)."""

    name: str
    key_columns: tuple[int, ...]
    evidence: int
    """How many event ordinals are remembered."""
    families: tuple[int, ...] = ()
    """Kinds of events that may be counted for it or judged with it; one for the phases of a call (`columns.family_of`)."""
    judged_idle: bool = True
    """Some rule may hold although nothing was ever counted for the subject. False spares a block for each pair of customer and
    number that no rule cares about."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Four streams that the kernel fills: the time since the last event of its subject that gave `source` an amount."""

    subject: int
    source: int
    first: int
    """Stream of the number of gaps; then come the gap in milliseconds, and the low and high halves of its square."""
    meaning: str
    """Fingerprint of what is counted."""
    within_us: int
    """A longer gap says nothing: its beginning has left the window."""


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """How one value is read."""

    name: str
    """`<detector>.<feature>` of the first detector that defines it."""
    fingerprint: str
    group: int
    """-1 for values that come from outside the kernel (cohort comparisons)."""
    aggregate: str
    cells: tuple[int, ...]
    """Indices inside the group, in the order of the aggregate's recipe."""
    at_least: int
    """Fewer than this says nothing: the value is unknown."""
    scale: float
    """Part of the rule's unit that one stored integer stands for; read with `columns.per_unit`."""
    on: int
    """Bit mask of event kinds on which some rule reads it."""
    bound: str
    """What the value may be off by, for the explanation."""
    first: int = 1
    """How many of the most frequent keys a `top` adds up."""
    prior: tuple[float, float] = (0.0, 0.0)
    """Mean and weight of what is believed before anything is seen: events for a ratio, days for a rate."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One detector in the plan."""

    detector: str
    revision: int
    subject: int
    on: int
    """Bit mask of event kinds."""
    features: dict[str, int]
    """Local name -> feature index."""
    parameters: dict[str, int]
    """Local name -> column of the parameter table."""
    severity: Severity
    mode: Mode
    hard: bool
    narrowest: Target
    topics: tuple[str, ...]
    quiet_us: int
    """A hit later than this after the last one opens a new finding."""
    entitlements: tuple[str, ...]
    evidence_kinds: int
    """Bit mask of the event kinds that count as evidence."""
    context: tuple[str, ...] = ()
    """Features that tell how somebody is known: what they count is no evidence of what the rule is about."""
    gate: int = -1
    """Stream that is 1 for the events that it judges; -1 when it judges all of its kinds."""


class CohortSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison with one's peers, made at each midnight UTC."""

    rule: int
    month_feature: int
    """The calendar-month feature that is compared."""
    per_seat: bool
    scale: float
    minimum: int
    minimum_day: int
    """Day of the month before which nothing is said."""
    values: dict[str, int]
    """`use`, `others_mean`, `others_trimmed`, `log_z`, `cohort_size` -> feature index."""
    member: str
    """Who belongs: an expression over `customer.*`, as text."""


class AcrossSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A rule over what several customers have in common, judged at each tick."""

    rule: int
    key: int
    """Column that names what they have in common."""
    every_us: int
    over_us: int
    values: dict[str, int]
    """Name of each feature, and of what only such a rule knows -> feature index."""
    meaning: str
    """Fingerprint of all that decides what a partition sums up."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """All that the kernel runs. `parameters[pack][column]`, `enabled[pack][rule]`."""

    fingerprint: str
    subjects: tuple[Subject, ...]
    streams: int
    given: tuple[int, ...]
    """For each stream, a bit mask of the kinds of events that may give it an amount."""
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]
    features: tuple[Feature, ...]
    rules: tuple[Rule, ...]
    cohorts: tuple[CohortSpec, ...]
    across: tuple[AcrossSpec, ...]
    packs: tuple[str, ...]
    parameters: tuple[tuple[float, ...], ...]
    enabled: tuple[tuple[bool, ...], ...]
    customer_attributes: tuple[str, ...]
    """Columns of the customers table that rules read, in order: `seats`, `plan`, `has:<feature>` ..."""
    customer_words: dict[str, tuple[str, ...]]
    """Words that rules compare an attribute with; the code is the place in the list, from 1, and 0 for any other."""
    reads: tuple[str, ...]
    """Columns that its detectors name."""
    derive_source: str
    """The functions `derive_<family>`: what one event adds to each stream."""
    judge_source: str
    """The functions `judge_<family>_<kind>`: which rules hold."""
