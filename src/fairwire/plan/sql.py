"""Features and rules as DuckDB SQL, over a table of kernel events: a second reading of a detector, for tests and for audits.

The text follows the meaning of a window, not the way in which the kernel keeps it: each event is joined with the events of its
subject that its window holds. That costs the square of the number of events, and shares no code with the kernel.

The table of events has the columns of `model.columns` (NULL where unknown) and `seq`, the order in which they came. The table of
customers has `customer_row` and one column for each customer attribute that rules read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fairwire.expr.sql import Resolve, literal, sql
from fairwire.expr.tree import Name, Node
from fairwire.model.aggregates import AGGREGATES
from fairwire.model.columns import COLUMN_BY_NAME, DESTINATIONS, DISPOSITIONS, ENDED, KIND_CODES, per_unit
from fairwire.model.instants import DAY_US
from fairwire.model.program import CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH
from fairwire.plan.detector import CheckedFeature, Detector
from fairwire.plan.scope import AGE_DAYS

ANSWERED_CODE = DISPOSITIONS.index("answered") + 1
EMERGENCY_CODE = DESTINATIONS.index("emergency") + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What an aggregate's SQL is made of: the events `e` that the window holds, and the event `s` that is asked at."""

    feature: CheckedFeature

    @property
    def holds(self) -> str:
        """It is one of the feature's events."""
        return condition(self.feature.kind, self.feature.where)

    @property
    def known(self) -> str:
        """It is one of them, and its column is known."""
        return f"{self.holds} AND {self.column} IS NOT NULL"

    @property
    def column(self) -> str:
        """The stored integer, or the key."""
        return f'e."{self.feature.counted}"'

    @property
    def unit(self) -> str:
        """Stored integers to one unit."""
        return literal(per_unit(COLUMN_BY_NAME[self.feature.counted].scale))

    @property
    def least(self) -> int:
        """Fewer events than this say nothing."""
        return max(1, self.feature.at_least)

    @property
    def total(self) -> str:
        """The sum of the column."""
        return f"coalesce(sum({self.column}) FILTER (WHERE {self.holds}), 0)::DOUBLE"

    def ratio(self, above: str, below: str) -> str:
        """One number by another; unknown below `at_least`, or shrunk towards a prior."""
        mean, weight = self.feature.prior
        if weight:
            return f"(({above})::DOUBLE + {literal(mean * weight)}) / (({below})::DOUBLE + {literal(weight)})"
        return f"CASE WHEN {below} >= {self.least} THEN ({above})::DOUBLE / ({below})::DOUBLE END"


def number_of(truth: str) -> str:
    """How many events of the window there are for which it is true."""
    return f"count(*) FILTER (WHERE {truth})"


def _share(of: Reader) -> str:
    assert of.feature.share is not None
    shared = sql(of.feature.share, column_resolve("e"))
    return of.ratio(number_of(f"{of.holds} AND {shared}"), number_of(f"{of.holds} AND {shared} IS NOT NULL"))


def _asr(of: Reader) -> str:
    return of.ratio(number_of(of.holds), number_of(f"({of.holds}) OR ({refused(of.feature)})"))


def _mean(of: Reader) -> str:
    known = number_of(of.known)
    return f"CASE WHEN {known} >= {of.least} THEN {of.total} / ({of.unit} * {known}) END"


def _rate(of: Reader) -> str:
    mean, weight = of.feature.prior
    span = of.feature.window.pane_us * of.feature.window.panes
    days = f"least(any_value(s.time) - any_value(s.first_seen), {span}) / {literal(DAY_US)}"
    return f"({number_of(of.holds)}::DOUBLE + {literal(mean * weight)}) / ({days} + {literal(weight)})"


def _spread(of: Reader) -> str:
    known = f"FILTER (WHERE {of.known})"
    return f"CASE WHEN count(*) {known} >= {of.least} THEN stddev_pop({of.column}::DOUBLE) {known} / {of.unit} END"


def _grain(of: Reader) -> str:
    if COLUMN_BY_NAME[of.feature.counted].type != "number":
        return of.column
    return f"floor({of.column} / {literal(of.feature.grain)})::BIGINT"


def _top(of: Reader) -> str:
    times = f"list_reverse_sort(map_values(histogram({_grain(of)}) FILTER (WHERE {of.known})))"
    most = f"list_sum({times}[1:{of.feature.first}])"
    return of.ratio(most, number_of(of.known))


def _entropy(of: Reader) -> str:
    known = f"FILTER (WHERE {of.known})"
    return f"CASE WHEN count(*) {known} >= {of.least} THEN entropy({_grain(of)}) {known} END"


def _quantile(of: Reader) -> str:
    # The kernel keeps buckets of 1/16 of an octave, so that this is what it says to 1/32.
    known = f"FILTER (WHERE {of.known})"
    value = f"quantile_disc(greatest({of.column}, 0), {literal(of.feature.at_thousandth / 1000)}) {known}"
    return f"CASE WHEN count(*) {known} >= {of.least} THEN {value} / {of.unit} END"


SQL: dict[str, Callable[[Reader], str]] = {
    "count": lambda of: f"{number_of(of.holds)}::DOUBLE",
    "sum": lambda of: f"{of.total} / {of.unit}",
    "mean": _mean,
    "share": _share,
    "asr": _asr,
    "rate": _rate,
    "max": lambda of: f"max({of.column}) FILTER (WHERE {of.holds}) / {of.unit}",
    "min": lambda of: f"min({of.column}) FILTER (WHERE {of.holds}) / {of.unit}",
    "distinct": lambda of: f"count(DISTINCT {of.column}) FILTER (WHERE {of.holds})::DOUBLE",
    "spread": _spread,
    "top": _top,
    "entropy": _entropy,
    "quantile": _quantile,
}
"""Aggregate -> the SQL of its value over the events that a window holds. One line, or one small function, for each."""

ROUNDED = {"spread": 1e-6, "entropy": 1e-9, "quantile": 1 / 32}
"""Aggregates whose value is rounded on one of the two sides, and by what share at the most."""

UNSAID = ("gauge", "regularity", "usual", "surprise", "drift", "trend")
"""Aggregates that are no function of the events in a window; `gauge` has a text of its own (`_gauge`), the others have none."""


def has_sql(feature: CheckedFeature) -> bool:
    """Whether there is a text for a feature."""
    return feature.aggregate == "gauge" or (feature.aggregate in SQL and not feature.decays)


def column_resolve(alias: str) -> Resolve:
    """Columns of an event as an expression reads them."""

    def resolve(name: Name) -> str:
        cell = f'{alias}."{name.name}"'
        if name.type == "number":
            return f"({cell} / {literal(per_unit(COLUMN_BY_NAME[name.name].scale))})"
        return f"({cell} <> 0)" if name.type == "truth" else cell

    return resolve


def condition(kind: int, where: Node | None, alias: str = "e") -> str:
    """An event of this kind for which `where` is true."""
    return f"{alias}.kind = {kind}" + (f" AND {sql(where, column_resolve(alias))}" if where is not None else "")


def refused(feature: CheckedFeature, alias: str = "e") -> str:
    """The end of a call that was not answered."""
    return f"{condition(ENDED, feature.where, alias)} AND {alias}.disposition <> {ANSWERED_CODE}"


def _counts(feature: CheckedFeature) -> str:
    """Whether an event gives the feature anything to count; such an event makes its subject one that is kept."""
    holds = condition(feature.kind, feature.where)
    cell = f'e."{feature.counted}"'
    if feature.aggregate == "sum":
        return f"{holds} AND {cell} <> 0"
    if feature.aggregate == "share":
        assert feature.share is not None
        return f"{holds} AND {sql(feature.share, column_resolve('e'))} IS NOT NULL"
    if feature.aggregate == "asr":
        return f"({holds}) OR ({refused(feature)})"
    if feature.aggregate == "gauge":
        return f"({holds}) OR ({condition(ENDED, feature.where)})"
    return f"{holds} AND {cell} IS NOT NULL" if AGGREGATES[feature.aggregate].takes in ("number", "key", "either") else holds


def _clock(feature: CheckedFeature) -> tuple[str, str]:
    """(pane of an event `e`, current pane of the subject at `s`)."""
    if feature.window.clock == CLOCK_LOCAL_DAY:
        return "e.local_day", "s.latest_day"
    if feature.window.clock == CLOCK_LOCAL_MONTH:
        return "e.local_month", "s.latest_month"
    return f"e.time // {feature.window.pane_us}", f"s.latest // {feature.window.pane_us}"


def _value(feature: CheckedFeature) -> str:
    pane, now = _clock(feature)
    return f"""SELECT s.seq, {SQL[feature.aggregate](Reader(feature=feature))} AS value
  FROM kept s LEFT JOIN kept e ON e.subject = s.subject AND e.seq <= s.seq AND {pane} > {now} - {feature.window.panes}
  GROUP BY s.seq"""  # noqa: S608


def _gauge(feature: CheckedFeature) -> str:
    """Calls in progress: each counts in the pane in which it began, and no pane falls below nothing.

    A running sum that never falls below zero is the sum less its own lowest point below zero.
    """
    pane_us, panes = feature.window.pane_us, feature.window.panes
    begins, ends = condition(feature.kind, feature.where), condition(ENDED, feature.where)
    return f"""SELECT s.seq, coalesce(sum(g.standing), 0)::DOUBLE AS value
  FROM kept s LEFT JOIN (
    SELECT subject, seq, pane, running - least(0, min(running) OVER steps) AS standing,
      lead(seq) OVER (PARTITION BY subject, pane ORDER BY seq) AS until
    FROM (
      SELECT subject, seq, pane, sum(step) OVER (PARTITION BY subject, pane ORDER BY seq) AS running
      FROM (
        SELECT e.subject, e.seq, e.latest, least(e.start // {pane_us}, e.latest // {pane_us}) AS pane,
          CASE WHEN {begins} THEN 1 WHEN {ends} THEN -1 END AS step
        FROM kept e
      ) WHERE step IS NOT NULL AND pane > latest // {pane_us} - {panes}
    ) WINDOW steps AS (PARTITION BY subject, pane ORDER BY seq)
  ) g ON g.subject = s.subject AND g.seq <= s.seq AND (g.until IS NULL OR g.until > s.seq)
    AND g.pane > s.latest // {pane_us} - {panes}
  GROUP BY s.seq"""  # noqa: S608


def feature_sql(feature: CheckedFeature) -> str:
    """One feature: rows of (`seq`, `value`) for each event of `kept`."""
    return _gauge(feature) if feature.aggregate == "gauge" else _value(feature)


def kept_sql(subject: Sequence[str], among: Sequence[Detector], *, idle: bool, events: str = "events") -> str:
    """The events of all subjects of one kind that are kept, each with how far the subject's own time had come.

    Parameters
    ----------
    subject
        The columns that name it.
    among
        All detectors of the program: a subject is kept from the first event on that any of them counts, or judges if `idle`.
    idle
        Some rule may hold for a subject for whom nothing was ever counted.
    """
    same = [one for one in among if list(one.spec.subject) == list(subject)]
    counts = " OR ".join(f"({_counts(feature)})" for one in same for feature in one.features.values()) or "FALSE"
    kinds = sorted({KIND_CODES[event] for one in same for event in one.spec.on})
    keys = list(dict.fromkeys(("customer", *subject)))
    known = " AND ".join(f'e."{key}" IS NOT NULL' for key in keys)
    named = ", ".join(f'e."{key}"' for key in keys)
    kept = "TRUE" if idle else "coalesce(bool_or(counts) OVER so_far, FALSE)"
    return f"""SELECT *, first_value(time) OVER since AS first_seen, max(time) OVER since AS latest,
    max(local_day) OVER since AS latest_day, max(local_month) OVER since AS latest_month
  FROM (
    SELECT *, {kept} AS kept FROM (
      SELECT e.*, row({named}) AS subject, coalesce({counts}, FALSE) AS counts
      FROM {events} e WHERE {known} AND e.destination IS DISTINCT FROM {EMERGENCY_CODE}
    ) WHERE counts OR kind IN ({", ".join(map(str, kinds))})
    WINDOW so_far AS (PARTITION BY subject ORDER BY seq)
  ) WHERE kept
  WINDOW since AS (PARTITION BY subject ORDER BY seq)"""  # noqa: S608


def detector_sql(
    detector: Detector,
    among: Sequence[Detector],
    parameters: Mapping[str, float],
    *,
    idle: bool,
    events: str = "events",
    customers: str = "customers",
) -> str:
    """A whole detector: rows of (`seq`, each feature by its name, `hit`) for the events of its subjects.

    `hit` is 1 where the rule holds, 2 where an entitlement silences it, 0 otherwise. Features without SQL are left out; a rule
    that reads one cannot be asked for.

    Raises
    ------
    ValueError
        The rule compares with peers, or reads a feature without SQL.
    """
    if detector.spec.cohort is not None:
        raise ValueError(f"`{detector.id}` compares customers at midnight, which is not a matter of one table")
    said = {name: feature for name, feature in detector.features.items() if has_sql(feature)}
    parts = [f"kept AS (\n  {kept_sql(detector.spec.subject, among, idle=idle, events=events)}\n)"]
    parts += [f'"f_{name}" AS (\n  {feature_sql(feature)}\n)' for name, feature in said.items()]

    def resolve(name: Name) -> str:
        if name.role == "feature":
            if name.name not in said:
                raise ValueError(f"`{name.name}` has no SQL")
            return f'"f_{name.name}".value'
        if name.role == "parameter":
            return literal(parameters[name.name])
        if name.name == f"customer.{AGE_DAYS}":
            return f'CASE WHEN s.time // {DAY_US} < c."{AGE_DAYS}" THEN 0 ELSE s.time // {DAY_US} - c."{AGE_DAYS}" END'
        return f'c."{name.name.removeprefix("customer.")}"' if name.role == "customer" else column_resolve("s")(name)

    excused = [
        f'(c."has:{name}" = 1' + (f" AND {sql(covers, resolve)}" if covers is not None else "") + ")"
        for name, covers in detector.entitlements.items()
    ]
    kinds = ", ".join(str(KIND_CODES[event]) for event in detector.spec.on)
    judged = f"s.kind IN ({kinds})" + (f" AND {sql(detector.gate, column_resolve('s'))}" if detector.gate is not None else "")
    hit = f"CASE WHEN {' OR '.join(excused)} THEN 2 ELSE 1 END" if excused else "1"
    values = "".join(f', "f_{name}".value AS "{name}"' for name in said)
    joins = "".join(f'\n  JOIN "f_{name}" ON "f_{name}".seq = s.seq' for name in said)
    return f"""WITH {", ".join(parts)}
SELECT s.seq{values},
  CASE WHEN {judged} AND {sql(detector.when, resolve)} THEN {hit} ELSE 0 END AS hit
FROM kept s{joins}
  LEFT JOIN {customers} c ON c.customer_row = s.customer_row
ORDER BY s.seq"""  # noqa: S608
