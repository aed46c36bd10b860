"""The command `fairwire`. Each module of this folder registers its own commands."""

from __future__ import annotations

import copy
import errno
import gc
import importlib
import io
import os
import pkgutil
import sys

import typer

import fairwire.cli
from fairwire.model.errors import BadUse, FairwireError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def build() -> typer.Typer:
    """The command line with every command of the folder, in the order of their names."""
    app = typer.Typer(
        name="fairwire",
        help="Turns an acceptable-use policy into a running program: watches, decides, explains, acts in steps.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback(invoke_without_command=True)
    def root(
        context: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version and exit.")
    ) -> None:
        if version:
            from fairwire import __version__

            typer.echo(f"fairwire {__version__}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())

    for module in sorted(pkgutil.iter_modules(fairwire.cli.__path__), key=lambda found: found.name):
        loaded = importlib.import_module(f"fairwire.cli.{module.name}")
        if hasattr(loaded, "register"):
            loaded.register(app)
    return app


def only(app: typer.Typer, words: list[str]) -> typer.Typer:
    """The command line, and of its commands the one that the first word names; all, where none is called so."""
    # To look at the parameters of all of them takes a tenth of a second.
    commands = [each for each in app.registered_commands if each.name in words[:1]]
    groups = [each for each in app.registered_groups if each.name in words[:1]]
    if commands or groups:
        app = copy.copy(app)
        app.registered_commands, app.registered_groups = commands, groups
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process: 0 done, 1 what was checked does not hold, 2 bad use or bad input."""
    # What libraries and rules make as they load stays: to look through it again and again took a quarter of a start.
    gc.set_threshold(50_000, 20, 20)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows fewer letters than a policy has shows `?` for the others.
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            only(build(), sys.argv[1:] if arguments is None else arguments)(args=arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except FairwireError as error:
        print(error.render(), file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        why = (error.strerror or str(error)).lower()
        print(f"error[{BadUse.code}]: the output cannot be written: {why}; make room, or write elsewhere", file=sys.stderr)
        # What is left of the output has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BadUse.exit_status)
