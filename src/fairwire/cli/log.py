"""`fairwire log`: the events that a service has accepted, as JSON Lines; and whether all of them can be read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The log of accepted events: read it back, check it.", no_args_is_help=True)
    group.command("export")(export)
    group.command("verify")(verify)
    app.add_typer(group, name="log")


def export(
    data: Data = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.  [default: standard output]")] = None,
    skip_damaged: Annotated[
        bool, typer.Option("--skip-damaged", help="Pass over records that cannot be read, tell each, and go on.")
    ] = False,
) -> None:
    """Write the accepted events as JSON Lines, in the order in which they were taken in.

    The service may run meanwhile. To replay them no export is needed: fairwire replay DATA/events.

    Exit status: 0 written, 2 the log is damaged, missing, or the file cannot be written.
    """
    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.log_files import read_log

    folder = data_folder(data)
    if output is None:
        read_log(folder, out=sys.stdout.buffer, skip_damaged=skip_damaged, told=_tell)
        return
    try:
        with output.open("wb") as out:
            found = read_log(folder, out=out, skip_damaged=skip_damaged, told=_tell)
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(output), help_="name another one") from None
    typer.echo(f"{found.events:,} events written to {output}", err=True)


def verify(data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Read the whole log and say whether every record is there and sound.

    Exit status: 0 it is, 1 something is damaged or missing, 2 there is no log.
    """
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.log_files import read_log

    found = read_log(data_folder(data), skip_damaged=True, told=lambda _: None if as_json else _tell(_))
    if as_json:
        shown = {name: getattr(found, name) for name in ("records", "events", "first", "last", "damage", "notes")}
        typer.echo(json.dumps(shown))
    elif not found.damage:
        typer.echo(f"{found.events:,} events in records {found.first:,} to {found.last:,}: all sound")
    if found.damage:
        raise typer.Exit(1)


def _tell(sentence: str) -> None:
    typer.echo(sentence, err=True)
