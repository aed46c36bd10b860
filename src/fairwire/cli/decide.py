"""`fairwire decide`: call attempts on standard input, one decision a line on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TextIO

import typer

if TYPE_CHECKING:
    from fairwire.ports.service import LiveService


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide")(decide)


def decide(
    customers: Annotated[Path | None, typer.Option(help="Customer records, JSON Lines or YAML.", show_default=False)] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="Pack id or directory; give it once for each. [default: all built-in packs]")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")] = None,
) -> None:
    """Decide call attempts, one JSON object a line on standard input: CloudEvents, or bare call.attempt data.

    Each line is answered by one line of JSON at once, in the same order, so a program can talk to it through a pipe. A line
    that cannot be used is answered by {"error": ...}, told on standard error, and the rest goes on.

    Exit status: 0 all lines were decided, 2 one was not.
    """
    from contextlib import closing

    from fairwire.cli.notices import to_standard_error
    from fairwire.runtime.data import data_folder, open_control
    from fairwire.runtime.live import open_live

    to_standard_error()
    folder = data_folder(data)
    with closing(open_control(folder)) as store, closing(open_live(folder, customers, policy or [], store)) as service:
        bad = decide_lines(service, sys.stdin.buffer, sys.stdout.buffer, sys.stderr)
    if bad:
        raise typer.Exit(2)


def decide_lines(service: LiveService, lines: Iterable[bytes], out: BinaryIO, errors: TextIO) -> int:
    """Answer every line as it comes, and return how many could not be decided. Empty lines are passed over."""
    import msgspec

    from fairwire.model.errors import InvalidRecord

    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = msgspec.json.encode(service.decide(line.strip()))
        except InvalidRecord as error:
            bad += 1
            print(f"error: line {number}: {error.sentence()}", file=errors, flush=True)
            answer = msgspec.json.encode({"error": error.sentence(), "field": error.field, "line": number})
        out.write(answer + b"\n")
        out.flush()
    return bad
