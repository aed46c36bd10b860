"""`fairwire db`: the tables of the control store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The tables of the control store.", no_args_is_help=True)
    group.callback()(lambda: None)  # a group of one command is a group
    group.command("upgrade")(upgrade)
    app.add_typer(group, name="db")


def upgrade(
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring the tables of the control store to this version's, and say from which revision to which. A start does it, too.

    Exit status: 0 they are up to date, 2 they cannot be: nothing was changed.
    """
    import json

    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import data_folder, is_kept, look_at_store, open_control

    folder = data_folder(data)
    if not is_kept(folder):
        raise BadInput("there is no such data folder", at=str(folder), help_="name the data folder of a service with --data")
    before = look_at_store(folder)
    open_control(folder).close()
    after = look_at_store(folder)
    if as_json:
        told = {"store": after.place, "software": after.software, "from": before.revision, "to": after.revision}
        typer.echo(json.dumps(told))
    elif before.revision == after.revision:
        typer.echo(f"{after.place}: up to date, schema {after.revision}")
    elif before.revision is None:
        typer.echo(f"{after.place}: made, schema {after.revision}")
    else:
        typer.echo(f"{after.place}: upgraded from schema {before.revision} to {after.revision}")
