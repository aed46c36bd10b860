"""`fairwire formats`: which foreign records can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.ports.events import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("formats")(formats_command)


def formats_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False,
) -> None:
    """List the record formats that `ingest` and `replay` read, with their options."""
    from fairwire.runtime import discovery

    found: list[Format] = [discovery.load("formats", name) for name in discovery.names("formats")]
    if as_json:
        import msgspec

        rows = [
            {"name": entry.name, "title": entry.title, "suffixes": list(entry.suffixes), "options": dict(entry.options)}
            for entry in found
        ]
        typer.echo(msgspec.json.encode(rows).decode())
    else:
        _show(found)


def _show(found: list[Format]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("name", "title", "suffixes", box=None, pad_edge=False)
    for entry in found:
        table.add_row(entry.name, entry.title, " ".join(entry.suffixes))
    console.print(table)
    everywhere = set.intersection(*(set(entry.options) for entry in found)) if found else set()
    for entry in found:
        _show_options(console, f"\n{entry.name}", {name: text for name, text in entry.options.items() if name not in everywhere})
    if found:
        _show_options(console, "\nall of them", {name: found[0].options[name] for name in sorted(everywhere)})


def _show_options(console: Console, heading: str, options: dict[str, str]) -> None:
    from rich.table import Table

    if not options:
        return
    table = Table.grid(padding=(0, 2))
    for name, text in options.items():
        table.add_row(f"  --option {name}=", text)
    console.print(heading, table, sep="\n")
