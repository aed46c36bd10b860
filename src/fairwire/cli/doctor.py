"""`fairwire doctor`: looks at everything that a start needs, and says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    config: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_CONFIG", help="The server's TOML file.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_DATA", help="Data folder.  [default: .fairwire]", show_default=False)
    ] = None,
    http: Annotated[
        str | None, typer.Option(envvar="FAIRWIRE_HTTP", metavar="HOST:PORT", help="As for `serve`.", show_default=False)
    ] = None,
    sip: Annotated[
        str | None, typer.Option(envvar="FAIRWIRE_SIP", metavar="HOST:PORT", help="As for `serve`.", show_default=False)
    ] = None,
    customers: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_CUSTOMERS", help="As for `serve`.", show_default=False)
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(envvar="FAIRWIRE_POLICY", metavar="ID|DIR", help="As for `serve`.", show_default=False)
    ] = None,
    store: Annotated[
        str | None, typer.Option(envvar="FAIRWIRE_STORE", metavar="URL", help="As for `serve`.", show_default=False)
    ] = None,
    store_password_file: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_STORE_PASSWORD_FILE", help="As for `serve`.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at all that `fairwire serve` needs, with the same settings, and say in a line each how it is and what to do.

    Every enforcement point is named with what it does while Fairwire does not answer. The server may run meanwhile.

    Exit status: 0 it can work, also where there are warnings; 1 there is a problem; 2 the settings cannot be read.
    """
    import msgspec

    from fairwire.runtime.data import data_folder
    from fairwire.serve.checks import Check, examine
    from fairwire.serve.settings import read_settings

    settings = read_settings(
        config,
        data=data,
        http=http,
        sip=sip,
        customers=customers,
        policy=policy,
        store=store,
        store_password_file=store_password_file,
    )
    found: list[Check] = []
    for check in examine(settings, settings.data or data_folder(None)):
        found.append(check)
        if not as_json:
            typer.echo(f"{check.state:<8} {check.name:<18} {check.says}{'; ' if check.do else ''}{check.do}")
    states = [check.state for check in found]
    problems, warnings = states.count("problem"), states.count("warning")
    if as_json:
        told = {"ok": problems == 0, "problems": problems, "warnings": warnings, "checks": found}
        typer.echo(msgspec.json.encode(told))
    elif problems or warnings:
        typer.echo(f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}", err=True)
    if problems:
        raise typer.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
