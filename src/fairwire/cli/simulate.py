"""`fairwire simulate`: labelled traffic that was never anybody's."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairwire.testkit.simulate import Order, Summary

PIPED_WIDTH = 120
"""Columns when the output is no terminal."""
MOST_NAMES = 16
"""Kinds of abusers that are named one by one."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate_command)


def simulate_command(
    scenario: Annotated[str, typer.Option(help="What happens: `demo`, `month`, `everything`, `lookalikes`, or one attack.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for events, customers and labels; made when it is missing.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    customers: Annotated[int | None, typer.Option(help="How many; by default as the scenario says.")] = None,
    days: Annotated[int | None, typer.Option(help="How many days; by default as the scenario says.")] = None,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; by default 2025-09-01, a Monday.")
    ] = None,
    pace: Annotated[float | None, typer.Option(help="0 to 1: attacks are slower, at 1 twenty times.")] = None,
    spread: Annotated[int | None, typer.Option(help="Accounts, lines or addresses that each attack is split over.")] = None,
    mimicry: Annotated[float | None, typer.Option(help="0 to 0.95: share of ordinary traffic mixed into attacks.")] = None,
    feed: Annotated[str, typer.Option(help="`cdr`: one event for each call; `full`: attempts, answers and ends.")] = "cdr",
    write: Annotated[str, typer.Option(help="`jsonl`, `jsonl.gz`, `jsonl.zst` or `parquet`.")] = "jsonl",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Write made-up traffic with labels: who abused the service, when, and which clauses that broke.

    Companies are invented and numbers drawn at random. The figures at the end compare the traffic with published ones; a
    detection result on traffic that misses them says little. Files of an earlier run in the folder are replaced.
    """
    import msgspec

    order = _order(scenario, seed, customers, days, start, feed, write)
    order = replace(order, pace=pace, spread=spread, mimicry=mimicry)
    summary = _run(order, out)
    if as_json:
        typer.echo(msgspec.json.encode(summary).decode())
    else:
        _show(summary)


def _order(
    scenario: str, seed: int, customers: int | None, days: int | None, start: datetime | None, feed: str, write: str
) -> Order:
    import msgspec

    from fairwire.model.errors import BadUse
    from fairwire.testkit.simulate import DEFAULT_START, FEEDS, WAYS, Order

    if feed not in FEEDS:
        raise BadUse(f"unknown feed `{feed}`", hint=f"there are: {', '.join(FEEDS)}")
    if write not in WAYS:
        raise BadUse(f"unknown file kind `{write}`", hint=f"there are: {', '.join(WAYS)}")
    fields = {"scenario": scenario, "seed": seed, "customers": customers, "days": days, "feed": feed, "write": write}
    return msgspec.convert({**fields, "start": DEFAULT_START if start is None else start.date()}, Order)


def _counted(names: dict[str, int]) -> str:
    """How many of which; where there are many kinds, how many there are."""
    if len(names) > MOST_NAMES:
        return f"{sum(names.values())} of {len(names)} kinds; labels.jsonl names them"
    return ", ".join(f"{count} x {name}" for name, count in names.items())


def _run(order: Order, out: Path) -> Summary:
    """Run it, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from fairwire.testkit.simulate import simulate

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks = {name: progress.add_task(name, total=None) for name in ("customers", "events")}
        return simulate(order, out, lambda name, done, of: progress.update(tasks[name], completed=done, total=of))


def _show(summary: Summary) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(
        f"[bold]{summary.scenario}[/bold], seed {summary.seed}: {summary.customers:,} customers, {summary.first_day} to"
        f" {summary.last_day}\n{summary.events:,} events of {summary.calls:,} calls in {summary.seconds:.1f} s"
        f" ({summary.events_per_s:,.0f} a second)"
    )
    for name, path in summary.files.items():
        size = f" ({summary.bytes / 1e6:,.1f} MB)" if name == "events" else ""
        console.print(f"  {name:<10} {escape(path)}{size}", soft_wrap=True)
    if "lists" in summary.files:
        console.print("  what judges them reads the lists of numbers where FAIRWIRE_NUMBERS names that folder")
    if summary.abuses:
        console.print(f"abusers    {_counted(summary.abuses)}")
    if summary.look_alikes:
        console.print(f"look-alike {_counted(summary.look_alikes)}")
    table = Table(title="Does it look like telephony?", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("figure")
    table.add_column("here", justify="right")
    table.add_column("should be")
    table.add_column("")
    for gate in summary.gates:
        here = "-" if gate.value is None else f"{gate.value:,.3f}"
        verdict = {None: "[dim]too little traffic to say[/dim]", True: "[green]ok[/green]", False: "[red]off[/red]"}[gate.ok]
        table.add_row(gate.name, here, gate.target, verdict)
    console.print(table)
