"""`fairwire policy ...`: check a policy pack, and show clause by clause what enforces it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from fairwire.model.errors import FairwireError
    from fairwire.model.policy import Coverage, CoverageStatus, Fired, Pack
    from fairwire.ports.control import DayCount

policy_app = typer.Typer(
    name="policy", help="From a policy document to a program in force, and to the next version.", no_args_is_help=True
)

DataOption = Annotated[
    Path | None,
    typer.Option(
        envvar="FAIRWIRE_DATA", help="Data folder whose findings are counted.  [default: none are counted]", show_default=False
    ),
]
PackArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PACK]...", help="Id of a built-in pack, or a pack's directory. All built-in packs when none is named."
    ),
]

_COLOURS: dict[CoverageStatus, str] = {"working": "green", "partial": "yellow", "not_yet": "red"}
_WORDS: dict[CoverageStatus, str] = {"working": "working", "partial": "partial", "not_yet": "not yet"}
_MARKS: dict[CoverageStatus, str] = {"working": "█", "partial": "▒", "not_yet": "·"}
_PLAIN_MARKS: dict[CoverageStatus, str] = {"working": "#", "partial": "+", "not_yet": "."}
_COLUMNS: dict[str, int | None] = {
    "clause": None,
    "gist": 5,
    "enforced by": 4,
    "mode": None,
    "tests": None,
    "fired": None,
    "status": None,
    "why not more": 7,
}
"""Heading -> share of the width; None for as wide as it needs."""
_WIDTH_IN_A_PIPE = 150
_NARROW = 110


def register(app: typer.Typer) -> None:
    """Add the commands to the main program."""
    app.add_typer(policy_app)


@policy_app.command("check")
def check(
    packs: PackArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of packs, each with its errors.")] = False,
) -> None:
    """Read policy packs and report everything that is wrong with them, each with its place.

    Exit status: 0 all are valid, 1 one is not, 2 there is no such pack.
    """
    from fairwire.policy import InvalidPack
    from fairwire.runtime.packs import all_pack_ids, read_pack

    invalid = False
    told: list[dict[str, Any]] = []
    for name in packs or all_pack_ids():
        try:
            pack = read_pack(name)
        except InvalidPack as error:
            invalid = True
            told.append({"pack": name, "valid": False, "errors": [_error_facts(each) for each in error.errors]})
            if not as_json:
                typer.echo(error.render(), err=True)
            continue
        if as_json:
            told.append({"pack": name, "valid": True, "errors": []} | _pack_facts(pack))
            continue
        made_of = (_many(len(pack.clauses), "clause"), _many(len(pack.ladders), "ladder"), _many(len(pack.notices), "notice"))
        typer.echo(f"{pack.id} {pack.release} {pack.version} ok: {', '.join(made_of)} ({pack.document})")
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    if invalid:
        raise typer.Exit(1)


def _pack_facts(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack.id,
        "version": pack.release,
        "decides": pack.version,
        "title": pack.title,
        "document": pack.document,
        "clauses": len(pack.clauses),
        "ladders": len(pack.ladders),
        "notices": len(pack.notices),
    }


def _error_facts(error: FairwireError) -> dict[str, Any]:
    from fairwire.model.errors import Span

    place = {"file": error.at.file, "line": error.at.line, "column": error.at.column} if isinstance(error.at, Span) else {}
    known = place or ({"file": error.at} if error.at else {})
    return {"code": error.code, "message": error.message, "hint": error.hint, "help": error.help} | known


@policy_app.command("coverage")
def coverage(
    packs: PackArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of clauses instead of tables.")] = False,
    data: DataOption = None,
) -> None:
    """Say clause by clause what enforces it, in which mode, what shows it, how often it fired, and if it is not enforced, why.

    What a pack only declares, with no running code behind it, stands apart. How often a clause fired is read from the findings
    kept in --data.

    Exit status: 0 every clause is enforced or says why not, 1 one does neither or a pack is invalid, 2 no such pack.
    """
    from fairwire.policy import InvalidPack
    from fairwire.runtime.packs import all_pack_ids, pack_coverage, read_pack

    counts = None if data is None else _counts(data)
    try:
        tables = [pack_coverage(read_pack(name), counts) for name in packs or all_pack_ids()]
    except InvalidPack as error:
        typer.echo(error.render(), err=True)
        raise typer.Exit(1) from None
    rows = [row for table in tables for row in table]
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    else:
        _show(tables)
    silent = [row for row in rows if not row.enforced_by and not row.reason]
    for row in silent:
        typer.echo(f"{row.policy}: nothing enforces `{row.clause}`, and it does not say why", err=True)
    if silent:
        raise typer.Exit(1)


def _counts(folder: Path) -> Sequence[DayCount]:
    """The findings on record in a data folder that is there."""
    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import is_kept, open_control

    if not is_kept(folder):
        raise BadInput("there is no such data folder", at=str(folder), help_="name the --data of a replay or a server")
    store = open_control(folder)
    try:
        return store.day_counts()
    finally:
        store.close()


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _show(tables: Sequence[Sequence[Coverage]]) -> None:
    """The counts as bars, then one table for each pack."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_IN_A_PIPE)
    console.print(_picture(tables, console))
    for table in tables:
        console.print()
        console.print(_list(table) if console.width < _NARROW else _table(table))


def _picture(tables: Sequence[Sequence[Coverage]], console: Console) -> Text:
    """One bar a pack, one mark a clause: told apart by shape as well as by colour."""
    from rich.text import Text

    marks = _MARKS if (console.encoding or "").lower().startswith("utf") else _PLAIN_MARKS
    ids = [table[0].policy for table in tables]
    wide = max(len(name) for name in ids)
    picture = Text()
    for name, table in zip(ids, tables, strict=True):
        counts = Counter(row.status for row in table)
        picture.append(f"{name:<{wide}}  ")
        for status, mark in marks.items():
            picture.append(mark * counts[status], style=_COLOURS[status])
        said = ", ".join(f"{counts[status]} {_WORDS[status]}" for status in marks)
        picture.append(f"  {said}, of {len(table)}\n")
    key = "   ".join(f"{mark} {_WORDS[status]}" for status, mark in marks.items())
    picture.append(f"{'':<{wide}}  {key}", style="dim")
    return picture


def _table(rows: Sequence[Coverage]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=rows[0].policy, title_justify="left", title_style="bold", show_lines=True, expand=True)
    counted = any(row.fired is not None for row in rows)
    for heading, ratio in _COLUMNS.items():
        if heading == "fired" and not counted:
            continue
        justify: Literal["left", "right"] = "right" if heading in ("tests", "fired") else "left"
        table.add_column(heading, ratio=ratio, no_wrap=ratio is None, overflow="fold", justify=justify)
    for row in rows:
        by = [*row.enforced_by, *(f"[dim]({name})[/]" for name in row.declared)]
        table.add_row(
            row.clause,
            escape(row.gist),
            "\n".join(by) or "-",
            row.mode or "-",
            str(len(row.tests)),
            *([_fired(row.fired)] if counted else []),
            f"[{_COLOURS[row.status]}]{_WORDS[row.status]}[/]",
            escape(row.reason or ""),
        )
    if any(row.declared for row in rows):
        table.caption, table.caption_justify = "in brackets: declared by the pack, nothing runs behind it yet", "left"
    return table


def _fired(fired: Fired | None) -> str:
    """`12 +3 shadow`, with the day of the last on a line of its own."""
    if fired is None or fired.last is None:
        return "-"
    parts = [f"{fired.acted:,}"] if fired.acted else []
    parts += [f"{fired.shadow:,} shadow"] if fired.shadow else []
    return " + ".join(parts) + f"\n{fired.last[:10]}"


def _list(rows: Sequence[Coverage]) -> Text:
    """The same for a narrow screen: one paragraph a clause."""
    from rich.text import Text

    text = Text()
    text.append(f"{rows[0].policy}\n", style="bold")
    for row in rows:
        text.append(f"\n{row.clause} ", style="bold")
        text.append(_WORDS[row.status], style=_COLOURS[row.status])
        text.append(f"  {row.gist}\n")
        if row.enforced_by:
            mode = f" ({row.mode})" if row.mode else ""
            text.append(f"  by {', '.join(row.enforced_by)}{mode}, {_many(len(row.tests), 'test')}\n")
        if row.declared:
            text.append(f"  only declared: {', '.join(row.declared)}\n", style="dim")
        if row.fired is not None and row.fired.last is not None:
            text.append(f"  fired {' '.join(_fired(row.fired).splitlines()[:1])}, last {row.fired.last[:10]}\n")
        if row.reason:
            text.append(f"  {row.reason}\n", style="dim")
    return text
