"""`fairwire stream`: files of events as they appear in a folder, through a distributed engine, for as long as it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

HOUR_US = 3_600_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stream")(stream_command)


def stream_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where files of events (.jsonl, .jsonl.gz) are dropped.")],
    customers: Annotated[Path, typer.Option(help="Customer records, JSON Lines or YAML.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Findings, and all that going on needs.")],
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID|DIR", help="Judge everyone by this pack; else each by its own.")
    ] = None,
    engine: Annotated[str, typer.Option(metavar="spark", help="What runs it.")] = "spark",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Tasks at a time.")] = 2,
    partitions: Annotated[int, typer.Option(min=1, max=4096, help="Parts that customers are spread over.")] = 8,
    hold: Annotated[float, typer.Option(min=0, help="Hours to wait for events that come late.")] = 1.0,
    longest_call: Annotated[float, typer.Option(min=0, help="Hours that the longest call takes.")] = 12.0,
    once: Annotated[bool, typer.Option("--once", help="Read what is there, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object after each batch, and at the end.")] = False,
) -> None:
    """Judge events as files of them appear in a folder.

    Findings are those of a replay of the same files, as long as no event comes later than --hold and no call is longer
    than --longest-call. What is younger than both waits; an event of type `feed.closed` says that nothing from before
    its time will come any more. Started again with the same -o, it goes on where it stopped.

    Exit status: 0 stopped, or with --once done; 2 something cannot be used.
    """
    from fairwire.runtime.streamed import Streaming, stream

    work = Streaming(
        folder=folder,
        out=out,
        customers=customers,
        policies=policy or (),
        engine=engine,
        workers=workers,
        partitions=partitions,
        hold_us=round(hold * HOUR_US),
        longest_us=round(longest_call * HOUR_US),
        once=once,
    )
    done = stream(work, lambda: typer.echo(f"reading {folder}", err=True), lambda summary: _show(summary, as_json=as_json))
    _show(done, as_json=as_json)


def _show(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        typer.echo(
            f"batch {summary['batches']}: {summary['events']:,} events, {summary['findings']:,} findings, "
            f"{summary['rejected']:,} rejected, {summary['duplicates']:,} duplicates, {summary['late']:,} late",
            err=True,
        )
