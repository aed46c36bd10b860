"""`fairwire calibrate`: thresholds from a provider's own history, at a stated budget of false findings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.testkit.calibrate import Calibration, ParameterCurve

PIPED_WIDTH = 120
"""Columns when the output is no terminal."""
_BAR = 16


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calibrate")(calibrate_command)


def calibrate_command(
    detector: Annotated[str, typer.Option(metavar="ID", help="The detector, such as `voice.robocall`.")],
    policy: Annotated[str, typer.Option(metavar="PACK", help="The policy in force: id, directory, or PACK@VERSION.")],
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENTS", help="Files or folders of events; may be given more than once."),
    ] = None,
    customers: Annotated[Path | None, typer.Option(help="Customer records, JSON Lines or YAML.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder: published versions, and its events where no --against is given.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Look at this parameter; all of them when none is named.")
    ] = None,
    budget: Annotated[float, typer.Option(help="False findings allowed: customers of 10,000 in a month of 30 days.")] = 20.0,
    labels: Annotated[Path | None, typer.Option(help="JSON Lines of labels: who really abused the service, and when.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Judge all customers, whatever policy their record names.")
    ] = False,
    format_name: Annotated[str | None, typer.Option("--format", help="Foreign record format; see `fairwire formats`.")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="An option of the format.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes. The result is the same for any number.")] = 1,
    html: Annotated[Path | None, typer.Option(help="Write the report here: one HTML file that needs nothing else.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the curves here.")] = None,
    write: Annotated[
        Path | None, typer.Option(metavar="PACK_DIR", help="Put the proposal into this pack's pack.yaml; comments are kept.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Propose thresholds from history, with the curve and what each proposal would cost.

    The rule is judged at many values of each parameter by the kernel itself, one parameter at a time around what is in force.
    Without --labels every finding counts as false. Customers whose own policy is the one named are judged; --everyone
    judges all.

    Exit status: 0 done, 2 a file cannot be used, or there is no such detector or parameter.
    """
    import msgspec

    from fairwire.cli.replay import options, progress
    from fairwire.runtime.backtest import chosen_customers
    from fairwire.runtime.changes import resolve_pack
    from fairwire.runtime.pack_files import own_pack_file
    from fairwire.runtime.variants import history_of
    from fairwire.testkit.calibrate import calibrate
    from fairwire.testkit.calibrate_page import page
    from fairwire.testkit.labels import read_labels
    from fairwire.testkit.report_page import write_page

    if write is not None:
        own_pack_file(write)
    pack = resolve_pack(policy, data)
    marked = list(read_labels(labels)) if labels is not None else None
    with progress() as report:
        history = history_of(
            against or (),
            customers,
            data=data,
            format_name=format_name,
            format_options=options(option or []),
            workers=workers,
            judged=lambda records: chosen_customers(records, (pack,), everyone=everyone),
        )
        found = calibrate(pack, detector, history, report, parameters=parameter or (), budget=budget, labels=marked)
    write_page(page(found), html=html, svg=svg)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show(found)
    if write is not None:
        _put(found, write)


def _put(found: Calibration, folder: Path) -> None:
    """Write the proposal into a pack."""
    from fairwire.runtime.pack_files import write_parameters

    if not found.settings:
        typer.echo(f"nothing to change: {folder} was left as it is", err=True)
        return
    path = write_parameters(folder, found.detector, found.why, found.settings)
    typer.echo(f"written: {path}", err=True)


def show(found: Calibration) -> None:
    """The curves and the proposal for people."""
    from rich.console import Console
    from rich.text import Text

    from fairwire.testkit.calibrate_page import below_of, cost_text, title_of

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(f"[bold]{title_of(found)}[/]  {found.title}")
    console.print(below_of(found))
    console.print(f"{found.floor}.", style="" if found.enough else "yellow")
    for curve in found.curves:
        console.print()
        _curve(console, found, curve)
        console.print(Text(curve.says, style="bold" if curve.parameter == found.best else ""))
        if curve.cost is not None:
            console.print(Text(f"{cost_text(curve.cost)}."))
    console.print()
    for note in found.notes:
        console.print(note, style="dim")
    if found.snippet:
        console.print()
        console.print(f"for pack.yaml, by {found.best}:")
        console.print(Text(found.snippet.rstrip(), style="cyan"), soft_wrap=True)
    else:
        console.print()
        console.print("nothing to change")


def _curve(console: Console, found: Calibration, curve: ParameterCurve) -> None:
    from math import log1p

    from rich.table import Table
    from rich.text import Text

    from fairwire.testkit.calibrate import span_text
    from fairwire.testkit.calibrate_page import rate_number

    unit = f", {curve.unit}" if curve.unit else ""
    console.print(Text.assemble((curve.parameter, "bold"), f"{unit}: finds more when {curve.wider_when}; {curve.limits}"))
    known = any(point.recall is not None for point in curve.points)
    headings = ["#value", "", "#findings", "#customers", "#false", "95 %", "of 10,000 a month"]
    headings += ["#abuses", "#recall", "#median"] if known else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        justify: Literal["left", "right"] = "right" if heading.startswith("#") else "left"
        table.add_column(heading.lstrip("#"), justify=justify, no_wrap=True)
    most = log1p(max(max(point.false_rate.per_10k for point in curve.points), found.budget))
    line = round(_BAR * log1p(found.budget) / most)
    for point in curve.points:
        full = round(_BAR * log1p(point.false_rate.per_10k) / most)
        drawn = "".join("█" if place < full else "│" if place == line else " " for place in range(_BAR + 1))
        rate = point.false_rate
        mark = "in force" if point.value == curve.in_force else "proposed" if point.value == curve.proposed else ""
        row = [
            f"{point.value:g}",
            mark,
            f"{point.findings:,}",
            f"{point.customers:,}",
            rate_number(rate.per_10k),
            f"{rate_number(rate.low)} to {rate_number(rate.high)}",
            drawn,
        ]
        if known:
            row += [f"{point.abuses_found}", "" if point.recall is None else f"{point.recall:.0%}", span_text(point.median_s)]
        table.add_row(*row, style="bold" if mark else None)
    console.print(table)
