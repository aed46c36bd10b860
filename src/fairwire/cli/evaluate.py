"""`fairwire evaluate`: findings against labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from fairwire.testkit.evaluate import AbuseResult, Evaluation

BAR_WIDTH = 20
PIPED_WIDTH = 120
"""Columns when the output is no terminal."""
DETECTOR_HEADINGS = ("detector", "#findings", "#right", "#beside", "#false", "#of 10,000", "#95 % under")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate")(evaluate_command)


def evaluate_command(
    findings: Annotated[Path, typer.Argument(help="JSON Lines of findings, as `fairwire replay --findings` writes them.")],
    labels: Annotated[Path, typer.Argument(help="JSON Lines of labels, as `fairwire simulate` writes them.")],
    customers: Annotated[
        Path | None, typer.Option(help="Customers file: breaks false findings down by kind of customer.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Say what was found, how soon and at what cost, and who was found who had done nothing.

    Exit status: 0 whatever the figures are; 2 when a file cannot be used.
    """
    import msgspec

    from fairwire.testkit.evaluate import evaluate, read_findings
    from fairwire.testkit.labels import read_customers, read_labels

    result = evaluate(read_findings(findings), list(read_labels(labels)), read_customers(customers) if customers else ())
    if as_json:
        typer.echo(msgspec.json.encode(result).decode())
    else:
        _show(result)


def _show(result: Evaluation) -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    precision = "-" if result.precision is None else f"{result.precision:.1%}"
    console.print(
        f"{result.findings:,} findings over {result.days:g} days: {result.matching:,} right, {result.false:,} false,"
        f" {result.aside:,} beside the point at an abuser; precision {precision}"
    )
    if result.unlabelled:
        console.print(f"[yellow]{result.unlabelled:,} findings are about customers without a label and count nowhere[/yellow]")
    if result.abuses:
        console.print(_abuse_table("What was found", result.abuses))
    if result.variants:
        console.print(_abuse_table("The same by variant and level", result.variants))
    if result.detectors:
        console.print(_detector_table(result))
    hard = result.false_hard
    console.print(
        f"false suspensions: {hard.customers} of {result.good_customers:,} good customers,"
        f" that is {hard.per_10k:,.1f} of 10,000 a month (95 %: under {hard.upper_per_10k:,.1f})"
    )
    if result.false_by_kind:
        kinds = ", ".join(f"{count} {kind}" for kind, count in result.false_by_kind.items())
        console.print(f"good customers with a false finding: {kinds}")


def _table(title: str, *headings: str) -> Table:
    """A table without lines; a heading that begins with `#` stands over numbers."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading.lstrip("#"), justify="right" if heading.startswith("#") else "left", no_wrap=True)
    return table


def _abuse_table(title: str, rows: list[AbuseResult]) -> Table:
    table = _table(title, "abuse", "#found", "recall", "95 %", "#median", "#lost before / in all")
    for row in rows:
        loss = "" if row.loss is None else f"{float(row.loss_before or 0):,.2f} / {float(row.loss):,.2f}"
        table.add_row(
            row.abuse,
            f"{row.found}/{row.instances}",
            _bar(row.recall),
            f"{row.recall_low:.2f}-{row.recall_high:.2f}",
            "never" if row.median_s is None else _span(row.median_s),
            loss,
        )
    return table


def _detector_table(result: Evaluation) -> Table:
    table = _table("Detectors; false findings on 10,000 good customers a month", *DETECTOR_HEADINGS)
    for row in result.detectors:
        numbers = (row.findings, row.matching, row.aside, row.false)
        table.add_row(row.detector, *(f"{n:,}" for n in numbers), f"{row.false_per_10k:,.1f}", f"{row.upper_per_10k:,.1f}")
    return table


def _bar(share: float) -> str:
    full = round(share * BAR_WIDTH)
    return f"{'█' * full}{'·' * (BAR_WIDTH - full)} {share:.2f}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
