"""`fairwire evaluate`: findings against labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from fairwire.testkit.evaluation.result import AbuseResult, Evaluation

BAR_WIDTH = 20
PIPED_WIDTH = 140
"""Columns when the output is no terminal."""
DETECTOR_HEADINGS = ("detector", "#findings", "#right", "#beside", "#false", "#precision", "#of 10,000", "#95 % under")
_VERDICTS = {"met": "[green]met[/]", "not met": "[red]not met[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    findings: Annotated[
        Path | None, typer.Argument(help="JSON Lines of findings, as `fairwire replay --findings` writes them.")
    ] = None,
    labels: Annotated[Path | None, typer.Argument(help="JSON Lines of labels, as `fairwire simulate` writes them.")] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="A folder with findings.jsonl, labels.jsonl, customers.jsonl and events, maybe actions.jsonl, in place of the"
            " two files; may be given once for each seed, and all are judged together.",
        ),
    ] = None,
    customers: Annotated[
        Path | None, typer.Option(help="Customers file: breaks false findings down by kind of customer.")
    ] = None,
    events: Annotated[
        list[Path] | None,
        typer.Option(help="The events that were judged, files or folders: counts calls and money until each abuse was found."),
    ] = None,
    actions: Annotated[
        Path | None, typer.Option(help="Steps of the ladder, as `fairwire replay --actions` writes them: who was suspended.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(help="As `fairwire replay --decisions` writes them, beside --events: calls of good customers refused."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report here: one HTML file that needs nothing else.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Say what was found, how soon and at what cost, and who was found who had done nothing.

    Exit status: 0 whatever the figures are; 2 when a file cannot be used.
    """
    import msgspec

    from fairwire.model.errors import BadUse
    from fairwire.testkit.evaluate import Run, evaluate_runs, read_actions, read_findings
    from fairwire.testkit.evaluation.folders import run_of
    from fairwire.testkit.labels import read_customers, read_labels

    if run:
        if findings is not None or labels is not None or customers or events or actions or decisions:
            raise BadUse("--run names folders that hold all files", help_="leave out the files, or leave out --run")
        runs = [run_of(folder) for folder in run]
    elif findings is None or labels is None:
        raise BadUse("two files are needed, findings and labels", help_="`fairwire evaluate FINDINGS LABELS`, or --run DIR")
    else:
        runs = [
            Run(
                name=str(findings),
                findings=read_findings(findings),
                labels=list(read_labels(labels)),
                customers=read_customers(customers) if customers else (),
                events=events or (),
                actions=list(read_actions(actions)) if actions else None,
                decisions=decisions,
            )
        ]
    result = evaluate_runs(runs)
    if html is not None:
        from fairwire.testkit.evaluation.page import page
        from fairwire.testkit.report_page import write_page

        write_page(page(result), html=html, svg=None)
    if as_json:
        typer.echo(msgspec.json.encode(result).decode())
    else:
        _show(result, sum(label.abuse != "none" and not label.clauses for each in runs for label in each.labels))


def _show(result: Evaluation, bare: int) -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    precision = "-" if result.precision is None else f"{result.precision:.1%}"
    console.print(
        f"{result.findings:,} findings over {result.days:g} days: {result.matching:,} right, {result.false:,} false,"
        f" {result.aside:,} beside the point at an abuser; precision {precision}"
    )
    if result.unlabelled:
        console.print(f"[yellow]{result.unlabelled:,} findings are about customers without a label and count nowhere[/yellow]")
    if bare:
        console.print(
            f"[yellow]{bare:,} labels of abuses have no clauses: a finding is right only where its detector is meant for an"
            " abuse of that name, and all else at its customer is beside the point; give each label the clauses that it breaks[/]"
        )
    if result.abuses:
        console.print(_abuse_table("What was found", result.abuses))
    if result.variants:
        console.print(_abuse_table("The same by variant and level", result.variants))
    if result.detectors:
        console.print(_detector_table(result))
    if len(result.runs) > 1:
        console.print(_run_table(result))
    _show_innocent(console, result)
    if result.bars:
        console.print(_bar_table(result))


def _show_innocent(console: Console, result: Evaluation) -> None:
    """What befell good customers."""
    if result.segments:
        console.print(_segment_table(result))
    hard, shadow = result.false_hard, next((mode.all for mode in result.modes if mode.mode == "shadow"), None)
    if shadow is not None and shadow.count:
        console.print(f"false findings in shadow, which nobody is told of: {shadow.count:,}")
    console.print(
        f"false suspensions: {hard.customers} of {result.good_customers:,} good customers,"
        f" that is {hard.per_10k:,.1f} of 10,000 a month (95 %: under {hard.upper_per_10k:,.1f})"
    )
    if result.suspensions is not None:
        held = result.suspensions
        console.print(
            f"automatic suspensions of good customers: {held.count:,} in {result.customer_months:,.0f} customer-months, that is"
            f" {held.per_10k:,.1f} of 10,000 a month (95 %: under {held.upper_per_10k:,.1f}); counted are {result.suspensions_by}"
        )
    refused = result.refused
    if refused is not None:
        console.print(
            f"calls of good customers refused: {refused.count:,} of {refused.customers:,} customers;"
            f" {refused.per_10k:,.1f} calls on 10,000 customers a month"
        )
    if result.false_by_kind:
        kinds = ", ".join(f"{count} {kind}" for kind, count in result.false_by_kind.items())
        console.print(f"good customers with a false finding: {kinds}")
    if result.fairness is not None and result.fairness.max_over_mean is not None:
        console.print(
            f"fairness: {result.fairness.worst} bears {result.fairness.max_over_mean:g} times the mean of"
            f" {result.fairness.kinds} kinds (5 is the most that is fair; with few findings it is chance)"
        )


def _table(title: str, *headings: str) -> Table:
    """A table without lines; a heading that begins with `#` stands over numbers."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading.lstrip("#"), justify="right" if heading.startswith("#") else "left", no_wrap=True)
    return table


def _abuse_table(title: str, rows: list[AbuseResult]) -> Table:
    from fairwire.testkit.evaluation.wording import span_text

    counted = any(row.counted for row in rows)
    more = ("#events (p95)",) if counted else ()
    table = _table(title, "abuse", "#found", "recall", "95 %", "#median", "#p95", *more, "#lost before / in all")
    for row in rows:
        loss = "" if row.loss is None else f"{float(row.loss_before or 0):,.2f} / {float(row.loss):,.2f}"
        events = "" if row.events_median is None else f"{row.events_median:,.4g} ({row.events_p95:,.0f}) {row.counted}"
        table.add_row(
            row.abuse,
            f"{row.found}/{row.instances}",
            _bar(row.recall),
            f"{row.recall_low:.2f}-{row.recall_high:.2f}",
            "never" if row.median_s is None else span_text(row.median_s),
            "" if row.p95_s is None else span_text(row.p95_s),
            *((events,) if counted else ()),
            loss,
        )
    return table


def _detector_table(result: Evaluation) -> Table:
    table = _table("Detectors; false findings on 10,000 good customers a month", *DETECTOR_HEADINGS)
    for row in result.detectors:
        numbers = (row.findings, row.matching, row.aside, row.false)
        precision = "" if row.precision is None else f"{row.precision:.0%}"
        rates = (precision, f"{row.false_per_10k:,.1f}", f"{row.upper_per_10k:,.1f}")
        table.add_row(row.detector, *(f"{n:,}" for n in numbers), *rates)
    return table


def _segment_table(result: Evaluation) -> Table:
    """Kinds of good customer, the worst first."""
    headings = ("kind", "#customers", "#false", "#of 10,000", "#95 % under", "#medium, enforce", "#suspended", "")
    table = _table("Good customers by kind, alert and enforce, of 10,000 a month", *headings)
    for row in [*result.segments, *([result.look_alikes] if result.look_alikes else [])]:
        found = row.findings
        table.add_row(
            row.kind, f"{row.customers:,}", f"{found.count:,}", f"{found.per_10k:,.1f}", f"{found.upper_per_10k:,.1f}",
            f"{row.enforced.per_10k:,.1f}", f"{row.suspensions.count:,}", "looks like an abuser" if row.look_alike else "",
        )  # fmt: skip
    return table


def _run_table(result: Evaluation) -> Table:
    headings = ("run", "#found", "#recall plain", "#evasive", "#precision", "#false of 10,000", "#suspended of 10,000")
    table = _table("Run by run", *headings)
    for row in result.runs:
        shares = (row.recall_plain, row.recall_evasive, row.precision)
        told = ("-" if share is None else f"{share:.0%}" for share in shares)
        rates = (f"{row.false_per_10k:,.1f}", f"{row.suspended_per_10k:,.1f}")
        table.add_row(row.name, f"{row.found}/{row.instances}", *told, *rates)
    return table


def _bar_table(result: Evaluation) -> Table:
    from rich.table import Table

    table = Table(title="What must be reached", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("bar", "measured", "bound", "verdict", "to tell"):
        table.add_column(heading, no_wrap=heading == "verdict")
    for bar in result.bars:
        verdict = _VERDICTS.get(bar.verdict, "[yellow]cannot tell[/]")
        table.add_row(bar.says, bar.measured, bar.bound, verdict, bar.needed)
    return table


def _bar(share: float) -> str:
    full = round(share * BAR_WIDTH)
    return f"{'█' * full}{'·' * (BAR_WIDTH - full)} {share:.2f}"
