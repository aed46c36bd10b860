"""`fairwire audit`: who changed what, and whether the trail of it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from fairwire.model.records import AuditEntry
    from fairwire.ports.control import ControlStore

Data = Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")]
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The audit trail: read it, and verify that nothing in it was changed.", no_args_is_help=True)
    group.command("verify")(verify)
    group.command("list")(list_entries)
    app.add_typer(group, name="audit")


def verify(data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Verify the whole audit trail: each entry by its hash and the one before it, each record by the last entry for it, and the
    end by the mark that the data folder keeps. The service may run meanwhile.

    Exit status: 0 all is as it was written, 1 something is not, named in a sentence each; 2 there is no trail.
    """
    import json

    import msgspec

    from fairwire.cli.replay import progress
    from fairwire.runtime.audit import verify as run
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.secrets import audit_key

    folder = data_folder(data)
    with _opened(folder) as store, progress() as told:
        found = run(store, folder, audit_key(folder), told)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "ok": found.sound,
                    "entries": found.entries,
                    "records": found.records,
                    "head": msgspec.to_builtins(found.head),
                    "anchor": msgspec.to_builtins(found.anchor),
                    "problems": found.problems,
                    "more": found.more,
                    "notes": found.notes,
                }
            )
        )
    else:
        for sentence in found.problems:
            typer.echo(sentence, err=True)
        if found.more:
            typer.echo(f"and {found.more:,} more", err=True)
        for note in found.notes:
            typer.echo(note, err=True)
        counted = f"{_many(found.entries, 'entry', 'entries')} and {_many(found.records, 'record', 'records')}"
        if found.sound:
            typer.echo(f"{counted}: all as they were written; the trail ends at entry {found.head.seq:,}, {found.head.hash}")
        else:
            wrong = _many(len(found.problems) + found.more, "thing is", "things are")
            typer.echo(f"{counted}: {wrong} not as written", err=True)
    if not found.sound:
        raise typer.Exit(1)


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def list_entries(
    data: Data = None,
    kind: Annotated[str | None, typer.Option(help="Only records of this kind, such as order or policy_act.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Only the record of this id.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only what concerns this customer.")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Only what they did: a person's name, or such as rule:ID, customer:ID.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only from this day or instant on (RFC 3339; a day in UTC).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="The last so many.")] = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every record before and after.")] = False,
) -> None:
    """Show who changed what and why, the newest last.

    Exit status: 0 shown, 2 there is no trail.
    """
    from fairwire.runtime.data import data_folder

    who = f"person:{by}" if by is not None and ":" not in by and by != "fairwire" else by
    with _opened(data_folder(data)) as store:
        entries = store.records.trail(
            kind=kind, id_=id_, customer=customer, by=who, since_us=_instant(since), limit=limit, newest=True
        )
        if as_json:
            import json

            typer.echo(json.dumps([_facts(entry) for entry in entries], ensure_ascii=False))
            return
        shown = 0
        for entry in entries:
            shown += 1
            typer.echo(_line(entry))
    if not shown:
        typer.echo("the trail has no such entry", err=True)


@contextmanager
def _opened(folder: Path) -> Iterator[ControlStore]:
    from contextlib import closing

    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import is_kept, look_at_store, open_control

    if not is_kept(folder) or look_at_store(folder).revision is None:
        raise BadInput("there is no control store here", at=str(folder), help_="name the data folder of a service with --data")
    with closing(open_control(folder)) as store:
        yield store


def _instant(text: str | None) -> int | None:
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import parse_us

    if text is None:
        return None
    try:
        return parse_us(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError as error:
        raise BadUse(f"`--since`: {error}") from None


def _facts(entry: AuditEntry) -> dict[str, Any]:
    import msgspec

    from fairwire.model.instants import format_us

    facts = msgspec.structs.asdict(entry) | {"at": format_us(entry.at_us)}
    for name in ("before", "after"):
        text = facts[name]
        try:
            facts[name] = None if text is None else msgspec.json.decode(text)
        except msgspec.MsgspecError:
            facts[name] = text
    return facts


def _line(entry: AuditEntry) -> str:
    from fairwire.model.instants import format_us
    from fairwire.runtime.anchor import named, plain

    when = format_us(entry.at_us)[:19].replace("T", " ")
    of = f" of {plain(entry.customer)}" if entry.customer else ""
    became = f" -> {plain(entry.state)}" if entry.state else ""
    why = f"  {plain(entry.why)}" if entry.why else ""
    what = f"{named(entry.kind, entry.id)}{of}{became}{why}"
    return f"{entry.seq:>7}  {when}  {plain(entry.by):<20}  {plain(entry.action):<10}  {what}"
