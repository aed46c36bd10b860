"""`fairwire policy diff`: what a change of a policy does, before anybody feels it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.policy import policy_app

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.model.change import Change, ChangeKind, PackDiff
    from fairwire.model.policy import Pack

PIPED_WIDTH = 120
"""Columns when the output is no terminal."""
_MARKS: dict[ChangeKind, tuple[str, str, str]] = {
    "wider": ("▲", "+", "red"),
    "stronger": ("»", ">", "red"),
    "narrower": ("▼", "-", "green"),
    "milder": ("«", "<", "green"),
    "other": ("?", "?", "yellow"),
    "wording": ("·", ".", "dim"),
}
"""Class -> its mark, the same for a terminal without UTF-8, its colour."""


@policy_app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Id of a pack, a pack's directory, or PACK@VERSION.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same, as it is to be.")],
    data: Annotated[
        Path | None, typer.Option(help="Data folder of published versions. [default: $FAIRWIRE_DATA or .fairwire]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Say what differs between two packs, clause by clause, and what each difference does to customers.

    Each change is of one class: wider or narrower (more or less is found or refused), stronger or milder (what is found leads
    to more or to less), wording (nothing that decides), or other, where there is no order between before and after.

    Exit status: 0 the packs are the same, 1 they differ, 2 there is no such pack or it is not valid.
    """
    import msgspec

    from fairwire.runtime.changes import diff_of, resolve_pack

    packs = (resolve_pack(before, data), resolve_pack(after, data))
    found = diff_of(*packs)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        show(found, *packs)
    if found.changes:
        raise typer.Exit(1)


def show(found: PackDiff, before: Pack, after: Pack) -> None:
    """The changes for people, grouped by clause."""
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(f"[bold]{found.before}[/] -> [bold]{found.after}[/]")
    if not found.changes:
        console.print("no difference")
        return
    gists = {clause.id: clause.gist for pack in (before, after) for clause in pack.clauses.values()}
    groups: dict[str, list[Change]] = {clause: [] for clause in (*after.clauses, *before.clauses)}
    for change in found.changes:
        groups.setdefault(change.clauses[0] if change.clauses else "", []).append(change)
    for clause, changes in groups.items():
        if changes:
            _group(console, f"{clause}  {gists.get(clause, '')}" if clause else "The policy as a whole", clause, changes)
    console.print()
    _summary(console, found)


def _group(console: Console, heading: str, clause: str, changes: list[Change]) -> None:
    from rich.text import Text

    plain = not (console.encoding or "").lower().startswith("utf")
    console.print()
    console.print(Text(heading, style="bold"))
    for change in changes:
        mark, ascii_mark, colour = _MARKS[change.kind]
        named = "" if change.name == clause else f" {change.name}"
        line = Text(f"  {ascii_mark if plain else mark} {change.kind:<9} ", style=colour)
        line.append(f"{change.part}{named} {'' if change.verb == 'changed' else change.verb}".rstrip(), style="default")
        console.print(line, soft_wrap=True)
        for text in _pair(change):
            _indented(console, text)
        also = [each for each in change.clauses if each != clause]
        told = change.says + (f" No order: {change.reason}." if change.reason else "")
        _indented(console, told + (f" Also {', '.join(also)}." if also else ""), style="dim")


def _indented(console: Console, text: str, style: str = "") -> None:
    import textwrap

    from rich.text import Text

    indent = " " * 14
    wide = max(40, console.width)
    console.print(Text(textwrap.fill(text, wide, initial_indent=indent, subsequent_indent=indent), style=style), soft_wrap=True)


def _pair(change: Change) -> list[str]:
    """Before and after: on one line when they fit there."""
    if change.before is None or change.after is None:
        return [text for text in (change.before, change.after) if text is not None]
    if len(change.before) + len(change.after) < 90:
        return [f"{change.before} -> {change.after}"]
    return [f"   {change.before}", f"-> {change.after}"]


def _summary(console: Console, found: PackDiff) -> None:
    from rich.text import Text

    plain = not (console.encoding or "").lower().startswith("utf")
    total = len(found.changes)
    most = max(found.counts.values())
    for kind, count in found.counts.items():
        colour = _MARKS[kind][2]
        bar = ("#" if plain else "█") * max(1, round(24 * count / most))
        console.print(Text.assemble((f"  {kind:<9} ", colour), f"{count:>4}  ", (bar, colour)))
    said = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    step = "no" if found.step == "none" else f"a [bold]{found.step}[/]"
    console.print(f"{total} change{'s' if total > 1 else ''}: {said}; {step} step of the version")
    if found.release_note:
        console.print(f"[yellow]{found.release_note}[/]")
