"""`fairwire replay`: history through the same kernel, findings and would-be actions out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from fairwire.runtime.replay import Replayed, Report


PIPED_WIDTH = 120
"""Columns of a table that is not shown on a terminal."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    events: Annotated[
        list[str], typer.Argument(metavar="EVENTS...", help="Files or folders: .jsonl, .jsonl.gz, .jsonl.zst, .parquet.")
    ],
    customers: Annotated[Path | None, typer.Option(help="Customer records, JSON Lines or YAML.")] = None,
    grants: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="Authorisations and consents: JSON Lines, or the data folder that has them.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID|DIR", help="Judge everyone by this pack; else each by its own.")
    ] = None,
    findings: Annotated[Path | None, typer.Option(help="Write findings here, JSON Lines.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="Write what each call attempt would have been answered.")] = None,
    actions: Annotated[Path | None, typer.Option(help="Write the ladder's steps, all in dry run.")] = None,
    format_name: Annotated[str | None, typer.Option("--format", help="Foreign record format; see `fairwire formats`.")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="An option of the format.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where records that cannot be used are set aside.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be used.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="Data folder, for `explain` and the console. [default: $FAIRWIRE_DATA or .fairwire]")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="local|spark", help="What runs it. Findings are the same by any engine.")
    ] = "local",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes. Findings are the same for any number.")] = 1,
    checkpoint: Annotated[Path | None, typer.Option(help="Keep progress in this folder and go on from it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Run history through the kernel: findings, would-be decisions, ladder steps.

    Exit status: 0 done, 2 a file or, with --strict, a record cannot be used.
    """
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.replay import Replay
    from fairwire.runtime.replay import replay as run

    work = Replay(
        events=events,
        customers=customers,
        grants=grants,
        policies=policy or (),
        format_name=format_name,
        format_options=options(option or []),
        findings=findings,
        decisions=decisions,
        actions=actions,
        rejects=rejects,
        data=data_folder(data),
        strict=strict,
        engine=engine,
        workers=workers,
        checkpoint=checkpoint,
    )
    with progress() as report:
        done = run(work, report)
    if as_json:
        typer.echo(json.dumps(done.summary))
    else:
        print_replayed(done)


def options(given: list[str]) -> dict[str, str]:
    """`name=value` pairs."""
    from fairwire.model.errors import BadUse

    found: dict[str, str] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise BadUse(f"`--option {pair}` is not NAME=VALUE", help_="such as --option zone=Europe/London")
        found[name.strip()] = value.strip()
    return found


@contextmanager
def progress() -> Iterator[Report]:
    """A bar on standard error when that is a terminal; silent otherwise."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


def print_replayed(done: Replayed) -> None:
    """The summary for people."""
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    summary = done.summary
    console.print(
        f"[bold]{summary['events']:,}[/] {'event' if summary['events'] == 1 else 'events'} of "
        f"{_many(summary['customers'], 'customer')} in {summary['seconds']:.1f} s ({summary['events_per_s']:,} a second); "
        f"{summary['rejected']:,} rejected, {_many(summary['duplicates'], 'duplicate')}, {summary['late']:,} late"
    )
    if summary["other_events"]:
        others = {kind: f"{count:,} {kind}" for kind, count in sorted(summary["other_events"].items())}
        nobodys = others.pop("report.received", "")
        if others:
            console.print(f"read, and judged by no detector: {', '.join(others.values())}", style="dim")
        if nobodys:
            console.print(f"judged by no detector, for they name nobody that is a customer: {nobodys}", style="yellow")
    for note in done.notes:
        console.print(note, style="yellow")
    for line in done.reject_lines:
        console.print(f"rejected  {line}", style="yellow", soft_wrap=True)
    console.print(f"policy {summary['policy'] or 'none applied: no event was judged'}", style="dim")
    console.print()
    print_clauses(console, done)
    for detector, count in sorted(done.silenced.items()):
        was = "was" if count == 1 else "were"
        console.print(f"{_many(count, 'hit')} of {detector} {was} silenced by an entitlement", style="dim")
    for seen in done.covered:
        hits = _many(seen.hits, "hit")
        named = f"{seen.finding.detector} at {seen.finding.customer} from {seen.finding.time}"
        console.print(f"seen, covered by {', '.join(seen.grants)}: {hits} of {named}", style="dim", soft_wrap=True)
    if done.verdicts:
        console.print("would have decided: " + ", ".join(f"{count:,} {name}" for name, count in sorted(done.verdicts.items())))


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_clauses(console: Any, done: Replayed) -> None:
    """Findings by clause, with a bar, and what the ladder would do."""
    from collections import Counter

    from rich.table import Table

    if not done.findings:
        console.print("no findings")
        return
    counted: Counter[tuple[str, str, str]] = Counter()
    named: dict[tuple[str, str, str], set[str]] = {}
    for finding in done.findings:
        for clause in finding.clauses:
            key = (finding.policy.id, clause, finding.detector)
            counted[key] += 1
            named.setdefault(key, set()).add(finding.customer)
    most = max(counted.values())
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause", no_wrap=True)
    table.add_column("detector", no_wrap=True)
    table.add_column("found", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=8)
    table.add_column("what the clause says", no_wrap=True)
    # Cut here and not by the table, which would take the room from every column alike.
    widest = max(len(policy) + len(clause) + 1 for policy, clause, _ in counted) + max(len(detector) for *_, detector in counted)
    room = max(16, console.width - widest - 30)
    for (policy, clause, detector), count in sorted(counted.items()):
        gist = done.plan.packs[policy].clauses[clause].gist
        customers = len(named[(policy, clause, detector)])
        bar = "█" * max(1, round(8 * count / most))
        table.add_row(
            f"{policy} {clause}",
            detector,
            f"{count:,} at {customers:,}",
            bar,
            gist if len(gist) <= room else gist[: room - 1] + "…",
        )
    console.print(table)
    steps = Counter(order.step if not order.approvals else f"{order.step} (needs approval)" for order in done.orders)
    console.print()
    console.print(
        f"{_many(len(done.findings), 'finding')}; dry run, nothing was sent: "
        + ", ".join(f"{count:,} {step}" for step, count in sorted(steps.items()))
    )
    worst = min(
        done.findings, key=lambda found: (-("info", "low", "medium", "high", "critical").index(found.severity), found.time)
    )
    console.print(f"look at the worst: fairwire explain {worst.finding_id}")
