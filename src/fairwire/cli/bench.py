"""`fairwire bench`: what this machine reaches, beside others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.testkit.bench.figures import Outcome, Scale
    from fairwire.testkit.bench.run import Run

PIPED_WIDTH = 150
"""Columns when the output is no terminal."""
WIDE = 120
"""Columns from which on a verdict has room beside its figure; else it stands below."""
STOPPED = 130


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure this alone; may be given again. Names: see --list."),
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Compare with this contender alone; may be given again.")
    ] = None,
    scale: Annotated[
        str, typer.Option(help="`tiny`: does it run; `small`: about 3 minutes; `full`: about 25 minutes, 6 GiB of memory.")
    ] = "small",
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Each figure is measured so often; the median counts.")] = 3,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for bench.json, bench.md and bench.svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Print what is measured and against whom, and end.")] = False,
) -> None:
    """Measure throughput, latency and memory, beside other engines on the same events, in one run.

    Ratios come first; targets are said to be reached or not, and change nothing else. Ctrl-C prints and writes what was
    measured so far. Peers come with `pip install 'fairwire[bench]'`; one that is not there is named and left out.

    Exit status: 0 measured, 1 values differ that should agree or a section failed, 2 bad use, 130 stopped.
    """
    from fairwire.testkit.bench.listing import chosen_contenders, chosen_sections
    from fairwire.testkit.bench.run import measure, usable_folder

    if listing:
        _list()
        return
    size = _scale(scale)
    names, others = chosen_sections(only or ()), chosen_contenders(against or ())
    if out is not None:
        usable_folder(out)
    with _progress(len(names)) as report:
        run = measure(names, size, rounds, report, against=others)
    _give(run, out, as_json)
    if not run.complete:
        raise typer.Exit(STOPPED)
    if not run.holds:
        raise typer.Exit(1)


def _scale(given: str) -> Scale:
    from fairwire.model.errors import BadUse
    from fairwire.testkit.bench.run import SCALES

    for scale in SCALES:
        if given == scale:
            return scale
    raise BadUse(f"unknown scale `{given[:80]}`", hint=f"there are: {', '.join(SCALES)}")


def _list() -> None:
    from fairwire.testkit.bench.listing import contender, contender_names, section, section_names

    typer.echo("measured (--only):")
    for name in section_names():
        typer.echo(f"  {name:<17} {section(name).title}")
    typer.echo("contenders of the kernel (--against):")
    for name in contender_names():
        typer.echo(f"  {name:<17} {contender(name).missing() or contender(name).name}")


def _give(run: Run, out: Path | None, as_json: bool) -> None:
    """Print, and write when there is a folder."""
    import msgspec

    from fairwire.testkit.bench.report import as_json as shape
    from fairwire.testkit.bench.report import write_report

    if as_json:
        typer.echo(msgspec.json.encode(shape(run)).decode())
    else:
        _show(run)
    if out is not None:
        paths = write_report(run, out)
        typer.echo(f"written: {', '.join(str(path) for path in paths)}", err=True)
    if not run.complete:
        typer.echo("stopped; what was measured so far is above", err=True)


@contextmanager
def _progress(sections: int) -> Iterator[Callable[[str, str, int, int], None]]:
    """A bar for the run on standard error when that is a terminal; silent otherwise."""
    if not sys.stderr.isatty():
        yield lambda name, what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("looking round", total=None)
        seen: list[str] = []

        def report(name: str, what: str, done: int, total: int) -> None:
            if name not in seen:
                seen.append(name)
            bar.update(task, description=f"{name} ({len(seen)} of {sections}): {what}", completed=done, total=total or None)

        yield report


def _show(run: Run) -> None:
    from rich.console import Console

    from fairwire.testkit.bench.report import busy_line, environment_lines

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for line in environment_lines(run):
        console.print(line, style="dim", markup=False, soft_wrap=True)
    if busy := busy_line(run):
        console.print(busy, style="yellow", markup=False, soft_wrap=True)
    for out in run.outcomes:
        _show_section(console, out)


def _show_section(console: Console, out: Outcome) -> None:
    from rich.markup import escape
    from rich.table import Table

    from fairwire.testkit.bench.report import ordered, sentence, shares
    from fairwire.testkit.bench.wording import number, spread

    console.print(f"\n[bold]{escape(out.title)}[/]{'' if out.complete else ' [yellow](not to its end)[/]'}")
    console.print(out.setup, style="dim", markup=False)
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("min…max", justify="right", no_wrap=True)
    if wide:
        table.add_column("must be", no_wrap=True)
    group = ""
    verdicts: dict[str, str] = {}
    for figure in ordered(out):
        if figure.group != group:
            if group:
                table.add_row()
            group = figure.group
            table.add_row(f"[dim]{escape(group)}[/]")
        value = f"{number(figure.median)} {figure.unit}"
        if figure.target is not None:
            color, word = ("green", "reached") if figure.reached else ("red", "not reached")
            verdicts[figure.label] = f"{figure.target.says}: [{color}]{word}[/]"
        cells = [escape(figure.label), f"[bold]{value}[/]" if group == "ratio" else value, spread(figure)]
        table.add_row(*cells, *([verdicts[figure.label]] if wide and figure.target else []))
    console.print(table)
    if not wide:
        for label, verdict in verdicts.items():
            console.print(f"{escape(label)}: {verdict}")
    for stack in out.stacks:
        console.print(f"{stack.label}: {shares(stack.parts)}", markup=False)
    for agreement in out.agreements:
        console.print(sentence(agreement), style="red" if agreement.differing else "dim", markup=False, soft_wrap=True)
    for text in out.missing:
        console.print(text, style="yellow", markup=False, soft_wrap=True)
    for text in out.notes:
        console.print(text, style="dim", markup=False, soft_wrap=True)
