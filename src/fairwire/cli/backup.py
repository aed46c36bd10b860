"""`fairwire backup` and `fairwire restore`: a data folder as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, such as fairwire.tar.zst.", show_default=False)],
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Put the tokens and keys into it; keep the file as you keep them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Back up a data folder: control store, event log, snapshots and what else lies there, as .tar.zst with a list of SHA-256s.

    The service may run meanwhile. A control store in PostgreSQL is left to its own tools.

    Exit status: 0 written, 2 not, and there is no file.
    """
    import dataclasses
    import json
    import time

    from fairwire.cli.replay import progress
    from fairwire.runtime.backup import back_up
    from fairwire.runtime.data import data_folder

    with progress() as told:
        made = back_up(data_folder(data), output, secrets=with_secrets, now_us=time.time_ns() // 1000, report=told)
    if as_json:
        typer.echo(json.dumps({"file": str(output), **dataclasses.asdict(made)}))
        return
    if made.store and made.store != "sqlite":
        typer.echo(f"the control store, {made.store}, is not in it: back it up with PostgreSQL's pg_dump", err=True)
    if made.left_out:
        typer.echo(f"left out: {', '.join(made.left_out)}", err=True)
    size = output.stat().st_size
    typer.echo(f"{made.files:,} files, {made.bytes:,} bytes, are in {output} ({size:,} bytes)")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `fairwire backup` wrote.")],
    data: Annotated[Path, typer.Option(help="Folder to make; it must be empty or not there yet.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a data folder from a backup. Every file is held against its SHA-256 first: the whole of it is restored, or nothing.

    Exit status: 0 restored, 2 the folder is not empty, or the file is damaged or no backup.
    """
    import msgspec

    from fairwire.cli.replay import progress
    from fairwire.runtime.restoring import restore as run

    with progress() as told:
        manifest = run(file, data, report=told)
    if as_json:
        typer.echo(msgspec.json.encode(manifest))
        return
    if manifest.store and manifest.store != "sqlite":
        typer.echo(f"the control store, {manifest.store}, was not in it: restore it with PostgreSQL's pg_restore", err=True)
    if not manifest.secrets:
        typer.echo("no secrets were in it: the next start makes a new token and new keys", err=True)
    typer.echo(f"{len(manifest.files):,} files of {manifest.made} are in {data}, each as it was")
