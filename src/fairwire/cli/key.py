"""`fairwire key`: keys of enforcement points, which ask for decisions over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from fairwire.runtime.keys import Kept

Data = Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Keys of the proxies and switches that ask over HTTP.", no_args_is_help=True)
    group.command("make")(make)
    group.command("list")(list_keys)
    group.command("revoke")(revoke)
    app.add_typer(group, name="key")


def make(
    name: Annotated[str, typer.Argument(help="Name of the enforcement point, such as sbc-east.")],
    data: Data = None,
    right: Annotated[
        list[str] | None,
        typer.Option(
            metavar="decide|events|reports|desk|approve|severe",
            help="What the key is good for; give it once for each.  [default: decide]",
        ),
    ] = None,
    on_failure: Annotated[
        str | None,
        typer.Option(
            metavar="open|closed",
            help="What the point does with a call that we do not answer: let it go on, or refuse it. Shown by `fairwire doctor`.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is kept. A running server takes it within a second. The audit trail says who
    made it.

    Exit status: 0 made, 2 there is one of this name, or it cannot be kept.
    """
    import time

    from fairwire.cli.policy_versions import who
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import format_us
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.key_acts import make_noted_key
    from fairwire.runtime.keys import RIGHTS

    rights = [one for one in RIGHTS if one in (right or ["decide"])]
    unknown = next((one for one in right or [] if one not in RIGHTS), None)
    if unknown is not None:
        raise BadUse(f"`{unknown[:40]}` is no right of a key", help_=f"known rights: {', '.join(RIGHTS)}")
    if on_failure not in (None, "open", "closed"):
        raise BadUse(f"`{on_failure}` is nothing that a point does on failure"[:120], help_="give `open` or `closed`")
    now = time.time_ns() // 1000
    by = f"person:{who(None)}"
    key = make_noted_key(data_folder(data), name, rights=rights, on_failure=on_failure, by=by, at_us=now)  # type: ignore[arg-type]
    if as_json:
        told = {"name": name, "key": key, "rights": rights, "on_failure": on_failure, "made": format_us(now)}
        typer.echo(json.dumps(told))
        return
    typer.echo(key)
    typer.echo(f"this key of {name} is shown once and good for: {', '.join(rights)}", err=True)
    if on_failure is None:
        typer.echo("what it does when we do not answer is not declared; `--on-failure open` or `closed` says it", err=True)


def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """Show the keys that are in force: name, rights, when they were made and last used (to about a minute), and what the point
    does when Fairwire does not answer.

    Exit status: 0 shown, 1 a file that should be a key cannot be used.
    """
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.keys import kept_keys, last_used_us

    folder = data_folder(data)
    keys, wrong = kept_keys(folder)
    told = [_facts(key, last_used_us(folder, key.name)) for key in keys]
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for key in told:
            used = f"used {key['last_used']}" if key["last_used"] else "not used yet"
            away = f"on failure: {key['on_failure'] or 'not declared'}"
            typer.echo(f"{key['name']:<24} {','.join(key['rights']):<14} made {key['made'][:10]}  {used}  {away}")
        if not keys and not wrong:
            typer.echo("there are no keys; `fairwire key make NAME` makes one", err=True)
    for error in wrong:
        typer.echo(error.render(), err=True)
    if wrong:
        raise typer.Exit(1)


def _facts(key: Kept, used_us: int | None) -> dict[str, Any]:
    from fairwire.model.instants import format_us

    used = None if used_us is None else format_us(used_us // 1_000_000 * 1_000_000)
    return {"name": key.name, "rights": list(key.rights), "made": key.made, "last_used": used, "on_failure": key.on_failure}


def revoke(name: Annotated[str, typer.Argument(help="Name of the enforcement point.")], data: Data = None) -> None:
    """Take a key back. A running server refuses it within a second.

    Exit status: 0 revoked, 2 there is no such key.
    """
    import time

    from fairwire.cli.policy_versions import who
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.key_acts import revoke_noted_key

    revoke_noted_key(data_folder(data), name, by=f"person:{who(None)}", at_us=time.time_ns() // 1000)
    typer.echo(f"the key of {name} is revoked")
