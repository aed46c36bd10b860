"""`fairwire policy import`: a policy document to clauses with topics, and to a draft pack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.policy import policy_app

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.model.imported import Imported, ImportedClause

_PIPED = 150


def register(app: typer.Typer) -> None:
    """Add the command to the group that `policy` registers."""
    policy_app.command("import")(import_document)


def import_document(
    document: Annotated[Path, typer.Argument(metavar="DOC", help="Text, Markdown, HTML, PDF or DOCX.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write a draft pack there, with a sheet for the reviewer."),
    ] = None,
    pack: Annotated[str | None, typer.Option(metavar="ID", help="Id of the draft pack.  [default: the folder's name]")] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The provider's country (ISO 3166-1), where the document names none.")
    ] = None,
    part: Annotated[int | None, typer.Option(min=1, metavar="N", help="Which policy, where the file holds several.")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Import it although it reads as another kind of document.")] = False,
    suggester: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="A program that may propose topics (JSON in, JSON out); it decides nothing."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read an acceptable-use policy: its clauses, what each is about, exceptions, numbers, remedies, and what is not covered.

    Nothing is put in force. Offsets count characters of the document's text, `document.text` in --json.

    Exit status: 0 imported, 2 the document cannot be read, or is no policy in English.
    """
    from fairwire.cli.replay import progress
    from fairwire.runtime.imports import check_target, import_policy, write_draft

    if country is not None:
        country = _country(country)
    name = check_target(output, pack) if output else ""
    with progress() as report:
        imported = import_policy(document, part=part, anyway=anyway, country=country or "", report=report)
        if suggester is not None:
            from fairwire.runtime.packs import topics
            from fairwire.runtime.suggesting import CommandSuggester, with_suggestions

            report("asking for proposals", 0, 0)
            imported = with_suggestions(imported, CommandSuggester(suggester), topics())
    written = write_draft(imported, output, pack=name, country=country) if output else []
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(imported), indent=2).decode() + "\n")
    else:
        _show(imported)
    if output:
        import shlex

        said = f"draft pack `{name}` in {output}: {', '.join(written)}"
        typer.echo(f"{said}\nread {output}/IMPORT.md, then: fairwire policy check {shlex.quote(str(output))}", err=as_json)


def _country(text: str) -> str:
    """The code of a country, in capitals as a pack has it."""
    from fairwire.model.errors import BadUse

    code = text.strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise BadUse(f"`--country`: `{text[:40]}` is no country's code", help_="give its two letters (ISO 3166-1), such as GB")
    return code


def _show(imported: Imported) -> None:
    """For people: what was found, clause by clause."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=_PIPED, highlight=False)
    console.print(f"[bold]{_escaped(imported.title or 'untitled')}[/]", soft_wrap=True)
    facts = [
        f"{each.meaning} {each.day}{f' (or another day: it says “{each.text}”)' if each.ambiguous else ''}"
        for each in imported.dates
    ]
    facts += [f"version {imported.version}"] if imported.version else []
    facts += [f"language {imported.language}", f"{imported.document.characters:,} characters of {imported.document.kind}"]
    console.print(_escaped(", ".join(facts)), style="dim")
    unsure = sum(clause.needs_review for clause in imported.clauses)
    console.print(
        f"{_many(len(imported.clauses), 'clause')}, {unsure:,} of them for a person to look at; "
        f"{_many(len(imported.unmapped), 'duty', 'duties')} without a topic; "
        f"{_many(len(imported.definitions), 'definition')}; {_many(len(imported.ignored), 'passage')} left aside"
    )
    for note in imported.notes:
        console.print(f"note: {_escaped(note)}", style="yellow")
    console.print()
    _table(imported, console)
    for address in imported.reporting:
        console.print(f"abuse is reported: {_escaped(address.value or 'no address in the text')} ({address.kind})", style="dim")
    if imported.changes:
        terms = imported.changes
        told = "customers are told" if terms.notice else "customers are not told"
        console.print(f"changes: {terms.effective}, {told}, acceptance {terms.acceptance}", style="dim")


def _table(imported: Imported, console: Console) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("who", no_wrap=True)
    table.add_column("text", ratio=6)
    table.add_column("topics, and how sure", ratio=4)
    table.add_column("exceptions, numbers, remedies", ratio=4)
    table.add_column("look", no_wrap=True)
    for clause in imported.clauses:
        text = " ".join(clause.text.split())
        table.add_row(
            clause.id,
            clause.party,
            _escaped(text if len(text) <= 140 else text[:139] + "…"),
            "\n".join(f"{topic.topic} {topic.confidence:.0%}" for topic in clause.topics[:4]) or "-",
            _escaped(_facts(clause)),
            "[yellow]yes[/]" if clause.needs_review else "",
        )
    console.print(table)


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _facts(clause: ImportedClause) -> str:
    parts = [f"unless: {' '.join(each.split())}"[:90] for each in clause.exceptions]
    parts += [" ".join(each.text.split()) for each in clause.quantities]
    return "\n".join([*parts, ", ".join(clause.remedies)]).strip()


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
