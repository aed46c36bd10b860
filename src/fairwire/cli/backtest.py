"""`fairwire backtest`: a change of policy tried on what really happened."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.runtime.backtest import Backtest, ClauseImpact

PIPED_WIDTH = 120
"""Columns when the output is no terminal."""
_HEADINGS = (
    "clause", "#before", "#after", "#no longer", "#newly", "", "#limited", "#refused", "#minutes", "what the clause says",
)  # fmt: skip
"""`#` stands over numbers."""
_GATES = {
    "found": lambda one: one.newly_found,
    "limited": lambda one: one.newly_limited.customers,
    "refused": lambda one: one.newly_refused.customers,
    "suspended": lambda one: one.suspensions.newly,
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(backtest_command)


def backtest_command(
    before: Annotated[str, typer.Argument(metavar="PACK_A", help="The policy as it is: id, directory, or PACK@VERSION.")],
    after: Annotated[str, typer.Argument(metavar="PACK_B", help="The policy as it is to be.")],
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENTS", help="Files or folders of events; may be given more than once."),
    ] = None,
    customers: Annotated[Path | None, typer.Option(help="Customer records, JSON Lines or YAML.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder: published versions, and its events where no --against is given.")
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Judge all customers, whatever policy their record names.")
    ] = False,
    format_name: Annotated[str | None, typer.Option("--format", help="Foreign record format; see `fairwire formats`.")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="An option of the format.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes. The result is the same for any number.")] = 1,
    html: Annotated[Path | None, typer.Option(help="Write the report here: one HTML file that needs nothing else.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the picture here.")] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(metavar="GATE", help="Exit with 1 if it holds, such as `refused>0`; of found, limited, refused, suspended."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Say which customers a change of policy would newly find, limit or refuse on real history, and which no longer.

    Customers whose own policy is one of the two are judged by both, all others by neither; --everyone judges all.

    Exit status: 0 done, 1 a gate of --fail-on holds, 2 a file cannot be used.
    """
    import msgspec

    from fairwire.cli.replay import options, progress
    from fairwire.runtime.backtest import backtest, chosen_customers
    from fairwire.runtime.changes import resolve_pack
    from fairwire.runtime.variants import history_of
    from fairwire.testkit.backtest_page import page
    from fairwire.testkit.report_page import write_page

    gates = [_gate(text) for text in fail_on or ()]
    packs = (resolve_pack(before, data), resolve_pack(after, data))
    with progress() as report:
        history = history_of(
            against or (),
            customers,
            data=data,
            format_name=format_name,
            format_options=options(option or []),
            workers=workers,
            judged=lambda records: chosen_customers(records, packs, everyone=everyone),
        )
        found = backtest(*packs, history, report, everyone=everyone)
    write_page(page(found), html=html, svg=svg)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show(found)
    broken = [text for text, name, holds in gates if holds(_GATES[name](found))]
    for text in broken:
        typer.echo(f"the gate `{text}` holds", err=True)
    if broken:
        raise typer.Exit(1)


def _gate(text: str) -> tuple[str, str, Any]:
    """A condition such as `refused>0`: its text, what is counted, and whether a count fulfils it."""
    from fairwire.model.errors import BadUse

    match = re.fullmatch(r"\s*([a-z]+)\s*(>=|>)\s*(\d+)\s*", text)
    if match is None or match[1] not in _GATES:
        raise BadUse(f"`--fail-on {text}` is not a gate", help_=f"write one such as `refused>0`, of {', '.join(_GATES)}")
    least = int(match[3]) + (match[2] == ">")
    return text, match[1], lambda count: count >= least


def show(found: Backtest) -> None:
    """The comparison for people."""
    from rich.console import Console

    from fairwire.testkit.backtest_page import below_of, blast_warning, money_text, rate_text, title_of

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(f"[bold]{title_of(found)}[/]")
    console.print(below_of(found))
    console.print()
    console.print(
        f"found      {found.found_before:,} -> {found.found_after:,} customers: {found.newly_found:,} newly, "
        f"{found.no_longer_found:,} no longer; newly {rate_text(found.newly_found_rate)}"
    )
    for name, new, gone in (
        ("limited", found.newly_limited, found.no_longer_limited),
        ("refused", found.newly_refused, found.no_longer_refused),
    ):
        newly = f"{new.customers:,} customers newly ({new.calls:,} calls)"
        console.print(f"{name:<10} {newly}, {gone.customers:,} no longer ({gone.calls:,} calls)")
    for name, calls in (("second", found.only_after), ("first", found.only_before)):
        console.print(
            f"calls that only the {name} would have stopped: {calls.calls:,}, of which {calls.answered:,} were answered, "
            f"{calls.minutes} minutes, {money_text(calls)} charged"
        )
    held = found.suspensions
    console.print(
        f"suspended  {held.before:,} -> {held.after:,} customers by rules alone ({held.share_after:.2%} of those judged), "
        f"{held.waiting_after:,} more would wait for people"
    )
    warning = blast_warning(found)
    if warning:
        console.print(f"[red]{warning}[/]")
    console.print(f"emergency  {found.emergency_calls:,} calls for help among those decided anew: all connect under both")
    console.print()
    _clauses(console, found)
    _timeline(console, found)
    _samples(console, found)
    for note in found.notes:
        console.print(note, style="dim")


def _clauses(console: Console, found: Backtest) -> None:
    from rich.table import Table
    from rich.text import Text

    from fairwire.runtime.backtest import added_minutes

    if not found.clauses:
        console.print("nothing is found under either")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        "clause",
        "before",
        "after",
        "no longer",
        "newly",
        "",
        "limited",
        "refused",
        "minutes",
        "what the clause says",
    ):
        table.add_column(heading, justify="left" if heading in ("clause", "", "what the clause says") else "right", no_wrap=True)
    most = max((max(one.newly_found, one.no_longer_found) for one in found.clauses), default=0)
    room = max(16, console.width - 86)
    for one in found.clauses:
        gist = one.gist if len(one.gist) <= room else one.gist[: room - 1] + "…"
        table.add_row(
            one.clause,
            f"{one.found_before:,}",
            f"{one.found_after:,}",
            f"-{one.no_longer_found:,}" if one.no_longer_found else "0",
            f"+{one.newly_found:,}" if one.newly_found else "0",
            _bars(one, most),
            _change(one.newly_limited.customers, one.no_longer_limited.customers),
            _change(one.newly_refused.customers, one.no_longer_refused.customers),
            added_minutes(one.newly_limited, one.newly_refused),
            Text(gist),
        )
    console.print(table)
    console.print("customers; minutes of calls newly limited or refused", style="dim")


def _bars(one: ClauseImpact, most: int) -> Any:
    from rich.text import Text

    half = 6
    scale = half / most if most else 0
    left = round(one.no_longer_found * scale) or (1 if one.no_longer_found else 0)
    right = round(one.newly_found * scale) or (1 if one.newly_found else 0)
    return Text.assemble((" " * (half - left) + "█" * left, "green"), "│", ("█" * right + " " * (half - right), "red"))


def _change(new: int, gone: int) -> str:
    return " ".join(([f"+{new:,}"] if new else []) + ([f"-{gone:,}"] if gone else [])) or "0"


def _timeline(console: Console, found: Backtest) -> None:
    """One mark a day: how many customers are newly found on it, or no longer."""
    from rich.text import Text

    if not any(day.only_after or day.only_before for day in found.timeline):
        return
    console.print()
    most = max(max(day.only_after, day.only_before) for day in found.timeline)
    marks = " ▁▂▃▄▅▆▇█"
    for name, style, pick in (("newly", "red", "only_after"), ("no longer", "green", "only_before")):
        values = [getattr(day, pick) for day in found.timeline]
        drawn = "".join(marks[0 if not value else max(1, round(8 * value / most))] for value in values)
        console.print(Text.assemble(f"{name:<10}", (drawn, style), f"  {sum(values):,} in all, at most {max(values):,} a day"))
    first, last = found.timeline[0].day, found.timeline[-1].day
    console.print(Text(f"{'':<10}{first} to {last}, a mark a day", style="dim"))


def _samples(console: Console, found: Backtest) -> None:
    from rich.text import Text

    for one in found.clauses:
        for title, samples in (("newly found", one.samples), ("no longer found", one.no_longer_samples)):
            if not samples:
                continue
            console.print()
            console.print(Text(f"{one.clause}: {title}, to look at", style="bold"))
            for sample in samples:
                console.print(Text(f"  {sample.customer}  {sample.time}  {sample.detector}"), soft_wrap=True)
                console.print(Text(f"    {sample.reason}"), soft_wrap=True)
                measured = "; ".join(f"{name} {text}" for name, text in sample.measured.items())
                console.print(Text(f"    {measured}", style="dim"), soft_wrap=True)
    console.print()
