"""An evaluation as a page."""

from __future__ import annotations

from collections import Counter

from fairwire.testkit.chart import Picture
from fairwire.testkit.evaluation.bars import CANNOT_TELL, MET, NOT_MET
from fairwire.testkit.evaluation.result import AbuseResult, Bar, Evaluation, RateResult
from fairwire.testkit.evaluation.tradeoff import families, whole
from fairwire.testkit.evaluation.wording import span_text
from fairwire.testkit.report_page import Number, Page, Table

MOST_WARNINGS = 4
_RATES = ("of 10,000 a month", "95 % under")


def page(result: Evaluation) -> Page:
    """The whole report."""
    return Page(
        title="Detection: findings against labels",
        below=_below(result),
        figures=_figures(result),
        warnings=_warnings(result),
        pictures=_pictures(result),
        tables=[table for table in _tables(result) if table.rows],
        notes=_notes(result),
    )


def _below(result: Evaluation) -> str:
    runs = f"{len(result.runs)} runs ({', '.join(run.name for run in result.runs)})" if len(result.runs) > 1 else "one run"
    instances = sum(row.instances for row in result.abuses)
    return (
        f"{runs} of {result.days:g} days: {instances:,} labelled abuses of {len(result.abuses):,} kinds,"
        f" {result.good_customers:,} good customers ({result.customer_months:,.0f} customer-months), {result.findings:,} findings"
    )


def _figures(result: Evaluation) -> list[Number]:
    verdicts = Counter(bar.verdict for bar in result.bars)
    meets = sum(bar.meets is True for bar in result.bars)
    sure = f"{verdicts[MET]} are met and {verdicts[NOT_MET]} missed beyond doubt"
    told = [Number(value=f"{meets} of {len(result.bars)}", says=f"bars that the figures meet; {sure}")]
    for level in ("plain", "evasive"):
        of = [row for row in result.levels if row.level == level]
        if of:
            found, instances = sum(row.found for row in of), sum(row.instances for row in of)
            told.append(Number(value=f"{found / instances:.0%}", says=f"of {instances:,} {level} abuses found"))
    told.append(
        Number(
            value="-" if result.precision is None else f"{result.precision:.1%}", says="precision: right among right and false"
        )
    )
    loud = [mode for mode in result.modes if mode.mode != "shadow"]
    false = sum(mode.all.count for mode in loud)
    told.append(Number(value=f"{false:,}", says="false findings on good customers in alert and enforce"))
    if result.suspensions is not None:
        held = result.suspensions
        told.append(
            Number(value=f"{held.per_10k:,.1f}", says=f"automatic suspensions of 10,000 good customers a month ({_bound(held)})")
        )
    return told


def _bound(rate: RateResult) -> str:
    return f"95 %: under {rate.upper_per_10k:,.1f}"


def _warnings(result: Evaluation) -> list[str]:
    missed = [bar for bar in result.bars if bar.verdict == NOT_MET]
    told = [f"Not met: {bar.says}. Measured: {bar.measured}." for bar in missed[:MOST_WARNINGS]]
    if len(missed) > MOST_WARNINGS:
        told.append(f"{len(missed) - MOST_WARNINGS:,} more bars are not met; the table of what must be reached has them.")
    if result.unlabelled:
        told.append(f"{result.unlabelled:,} findings are about customers without a label and count nowhere.")
    return told


def _pictures(result: Evaluation) -> list[Picture]:
    drawn: list[Picture] = [whole(sweep) for sweep in result.sweeps if not sweep.family and len(sweep.points) > 1]
    parts = [sweep for sweep in result.sweeps if sweep.family and sweep.points]
    if parts and drawn:
        drawn.insert(1, families(parts))
    return drawn


def _tables(result: Evaluation) -> list[Table]:
    counted = any(row.counted for row in result.abuses)
    return [
        _bars(result),
        _abuses("What was found, by abuse and level", result.levels, counted),
        _abuses("By variant and level", result.variants, counted),
        _losses(result),
        _segments(result),
        _modes(result),
        _detectors(result),
        _confusion(result),
        _runs(result),
        *_points(result),
    ]


_ABOUT_BARS = (
    "Met and not met: the bound says so as well as the figure. Bounds of shares are Wilson's (two-sided 95 %); each bound of a"
    " rate is an exact Poisson one (one-sided 95 %), which for no event at all is the rule of three."
)


def _bars(result: Evaluation) -> Table:
    return Table(
        title="What must be reached",
        below=_ABOUT_BARS,
        headings=("bar", "verdict", "measured", "bound", "to tell"),
        rows=[(bar.says, _verdict(bar), bar.measured, bar.bound, bar.needed) for bar in result.bars],
        words=True,
    )


def _verdict(bar: Bar) -> str:
    if bar.verdict != CANNOT_TELL or bar.meets is None:
        return bar.verdict
    return f"{bar.verdict}; the figure {'meets' if bar.meets else 'misses'} it"


def _abuses(title: str, rows: list[AbuseResult], counted: bool) -> Table:
    headings = ["abuse", "found", "recall", "95 %", "in shadow only", "time, median", "p95"]
    headings += ["events, median", "p95", "of what", "in all"] if counted else []
    headings += ["recall by run"] if any(row.recall_by_run for row in rows) else []
    cells = []
    for row in rows:
        told = [
            row.abuse,
            f"{row.found}/{row.instances}",
            f"{row.recall:.0%}",
            f"{row.recall_low:.0%} to {row.recall_high:.0%}",
            f"{row.shadow_only}",
            "never" if row.median_s is None else span_text(row.median_s),
            "" if row.p95_s is None else span_text(row.p95_s),
        ]
        if counted:
            told.append("" if row.events_median is None else f"{row.events_median:,.4g}")
            told.append("" if row.events_p95 is None else f"{row.events_p95:,.0f}")
            told += [row.counted or "", "" if row.events_total is None else f"{row.events_total:,}"]
        if row.recall_by_run:
            told.append(", ".join("-" if share is None else f"{share:.0%}" for share in row.recall_by_run))
        cells.append(told)
    below = "Time and events count from the onset of the abuse to its first finding, of those found."
    return Table(title=title, below=below, headings=headings, rows=cells)


def _losses(result: Evaluation) -> Table:
    return Table(
        title="Money lost until found",
        below="Of all instances; one that was never found lost everything. The share is of what is lost when nobody stops it.",
        headings=("abuse", "median", "p95", "total", "unstopped", "share"),
        rows=[
            (
                row.abuse,
                f"{float(row.loss_median or 0):,.2f}",
                f"{float(row.loss_p95 or 0):,.2f}",
                f"{float(row.loss_before or 0):,.2f}",
                f"{float(row.loss):,.2f}",
                "" if row.loss_share is None else f"{row.loss_share:.1%}",
            )
            for row in result.levels
            if row.loss is not None
        ],
    )


def _segments(result: Evaluation) -> Table:
    fair = result.fairness
    below = "Findings in alert and enforce. Kinds with an asterisk look like abusers and are none."
    if fair is not None and fair.max_over_mean is not None:
        below += (
            f" {fair.worst} bears {fair.max_over_mean:g} times the mean of the {fair.kinds} kinds; 5 is the most that is fair."
        )
    rows = [*result.segments, *([result.look_alikes] if result.look_alikes else [])]
    return Table(
        title="Good customers by kind",
        below=below,
        headings=(
            "kind",
            "customers",
            "false findings",
            *_RATES,
            "medium or worse, enforce",
            "95 % under",
            "suspended",
            "95 % under",
        ),
        rows=[
            (
                f"{row.kind}{' *' if row.look_alike else ''}",
                f"{row.customers:,}",
                f"{row.findings.count:,}",
                f"{row.findings.per_10k:,.1f}",
                f"{row.findings.upper_per_10k:,.1f}",
                f"{row.enforced.per_10k:,.1f}",
                f"{row.enforced.upper_per_10k:,.1f}",
                f"{row.suspensions.per_10k:,.1f}",
                f"{row.suspensions.upper_per_10k:,.1f}",
            )
            for row in rows
        ],
    )


def _modes(result: Evaluation) -> Table:
    return Table(
        title="False findings on good customers, by mode",
        headings=("mode", "precision", "false findings", *_RATES, "medium or worse", *_RATES),
        rows=[
            (
                mode.mode,
                "-" if mode.precision is None else f"{mode.precision:.1%}",
                f"{mode.all.count:,}",
                f"{mode.all.per_10k:,.1f}",
                f"{mode.all.upper_per_10k:,.1f}",
                f"{mode.medium.count:,}",
                f"{mode.medium.per_10k:,.1f}",
                f"{mode.medium.upper_per_10k:,.1f}",
            )
            for mode in result.modes
        ],
    )


def _detectors(result: Evaluation) -> Table:
    return Table(
        title="Detectors",
        below="Beside the point: about an abuser while it abuses, but not of that abuse; it counts neither way.",
        headings=("detector", "findings", "right", "beside", "false", "precision", *_RATES),
        rows=[
            (
                row.detector,
                f"{row.findings:,}",
                f"{row.matching:,}",
                f"{row.aside:,}",
                f"{row.false:,}",
                "-" if row.precision is None else f"{row.precision:.0%}",
                f"{row.false_per_10k:,.1f}",
                f"{row.upper_per_10k:,.1f}",
            )
            for row in result.detectors
        ],
    )


def _confusion(result: Evaluation) -> Table:
    names = sorted({name for row in result.confusion.values() for name in row})
    return Table(
        title="Which detectors speak during which abuse",
        below="Findings, by family of detectors. The row `none` is what was false.",
        headings=("abuse", *names),
        rows=[
            (abuse, *(f"{row.get(name, 0):,}" if row.get(name) else "" for name in names))
            for abuse, row in result.confusion.items()
        ],
    )


def _runs(result: Evaluation) -> Table:
    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.0%}"

    rows = [
        (
            run.name, f"{run.found}/{run.instances}", share(run.recall_plain), share(run.recall_evasive), share(run.precision),
            f"{run.good_customers:,}", f"{run.false_per_10k:,.1f}", f"{run.suspended_per_10k:,.1f}",
        )
        for run in result.runs
    ]  # fmt: skip
    headings = ("run", "found", "plain", "evasive", "precision", "good customers", "false of 10,000", "suspended of 10,000")
    return Table(title="Run by run", headings=headings, rows=rows if len(rows) > 1 else [])


def _points(result: Evaluation) -> list[Table]:
    return [
        Table(
            title=f"The curve in figures: {sweep.swept}",
            below="A finding counts where at least this much is reached; an abuse that is not found counts as found at its end.",
            headings=("asked of a finding", "found", "half within", "false, of 10,000 a month", "95 % under"),
            rows=[
                (
                    point.says,
                    f"{point.recall:.0%}",
                    span_text(point.median_s),
                    f"{point.false_per_10k:,.1f}",
                    f"{point.upper_per_10k:,.1f}",
                )
                for point in sweep.points
            ],
        )
        for sweep in result.sweeps
        if not sweep.family
    ]


_ABOUT_THE_CURVE = """
The curves are swept from the findings, not by moving thresholds: more is asked of a finding before it counts. Where the rule
must have held several times, the hits are taken to lie evenly between the first and the last. A finding opens when its rule first
holds, so its nearest number stands just beyond its threshold, and the margin parts few of them. Thresholds themselves are moved
by `fairwire calibrate`.
"""
_ABOUT_THE_FIGURES = """
On simulated traffic these figures say that the chain works and which thresholds are near; they promise nothing for the field.
"""


def _notes(result: Evaluation) -> list[str]:
    told = [_ABOUT_THE_CURVE.strip(), "Findings in shadow are left out of the curves and of the rates by kind."]
    if result.suspensions is not None:
        told.append(f"Automatic suspensions counted: {result.suspensions_by}.")
    if result.refused is not None:
        told.append(
            f"Calls of good customers refused by decisions: {result.refused.count:,} of {result.refused.customers:,} customers."
        )
    return [*told, _ABOUT_THE_FIGURES.strip()]
