"""`fairwire case`: matters that people look into, and what they judge."""

from __future__ import annotations

import typer

case_app = typer.Typer(help="Matters that people look into: cases, judgements, and what was let pass.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group; other modules put their commands into it."""
    app.add_typer(case_app, name="case")
