"""`fairwire policy rules` and `policy promote`: where each detector is in its life, and how it moves on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from fairwire.cli.policy import DataOption, PackArgument, policy_app

if TYPE_CHECKING:
    from rich.table import Table

    from fairwire.ports.control import ControlStore
    from fairwire.runtime.promotion import Promotion

_WIDTH_IN_A_PIPE = 150
_NARROW = 110
_COLUMNS = {
    "detector": None,
    "version": None,
    "own stage": None,
    "pack": None,
    "stage": None,
    "clauses": 2,
    "since": None,
    "evidence": 5,
}
"""Heading -> share of the width; None for as wide as it needs."""
_STYLES = {"draft": "dim", "shadow": "yellow", "alert": "cyan", "enforce": "green", "retired": "dim"}


@policy_app.command("rules")
def rules(
    packs: PackArgument = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of detectors.")] = False,
) -> None:
    """List the detectors with version and stage, and for each pack the stage there, since when, and on what evidence.

    Exit status: 0 done, 2 no such pack.
    """
    rows = _rules(packs)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_IN_A_PIPE)
    console.print(_list(rows) if console.width < _NARROW else _table(rows), highlight=False)


def _rules(packs: list[str] | None) -> list[dict[str, Any]]:
    import msgspec

    from fairwire.runtime.packs import all_pack_ids, detector_infos, read_pack

    loaded = [read_pack(name) for name in packs or all_pack_ids()]
    rows = []
    for info in detector_infos():
        own = info.stage or info.mode
        under = []
        for pack in loaded:
            clauses = pack.bound_to(info.id, info.topics)
            evidence = pack.evidence.get(info.id, ())
            if clauses:
                under.append(
                    {
                        "policy": pack.id,
                        "stage": pack.stage(info.id, own),
                        "clauses": clauses,
                        "since": evidence[-1].day if evidence else None,
                        "evidence": [msgspec.to_builtins(each) for each in evidence],
                    }
                )
        rows.append({"detector": info.id, "version": info.version, "stage": own, "certainty": info.certainty, "packs": under})
    return rows


def _table(rows: list[dict[str, Any]]) -> Table:
    """One row for each detector and pack."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(expand=True)
    for heading, ratio in _COLUMNS.items():
        table.add_column(heading, ratio=ratio, no_wrap=ratio is None, overflow="fold")
    for row in rows:
        own = f"{_stage(row['stage'])} {row['certainty']}"
        first = (row["detector"], row["version"], own)
        for each in row["packs"]:
            rests_on = escape(_rests_on(each["evidence"]))
            clauses = ", ".join(each["clauses"])
            table.add_row(*first, each["policy"], _stage(each["stage"]), clauses, each["since"] or "-", rests_on)
            first = ("", "", "")
        if not row["packs"]:
            table.add_row(*first, "-", "-", "-", "-", "-")
        table.add_section()
    return table


def _list(rows: list[dict[str, Any]]) -> str:
    """The same for a narrow screen: a paragraph for each detector."""
    from rich.markup import escape

    parts = []
    for row in rows:
        lines = [f"[bold]{row['detector']}[/] {row['version']}, {_stage(row['stage'])}, {row['certainty']}"]
        for each in row["packs"]:
            since = f", since {each['since']}: {escape(_rests_on(each['evidence']))}" if each["since"] else ""
            lines.append(f"  {each['policy']}: {_stage(each['stage'])} under {', '.join(each['clauses'])}{since}")
        parts.append("\n".join(lines if row["packs"] else [*lines, "  serves none of these packs"]))
    return "\n\n".join(parts)


def _stage(stage: str) -> str:
    return f"[{_STYLES[stage]}]{stage}[/]"


def _rests_on(evidence: list[dict[str, Any]]) -> str:
    if not evidence:
        return "-"
    last = evidence[-1]
    if not last["days"]:
        return last["reason"] or "a step that needed none"
    return f"{last['days']} days, {last['findings']:,} findings at {last['customers']:,} of {last['of_customers']:,} customers"


@policy_app.command("promote")
def promote(
    pack: Annotated[str, typer.Argument(metavar="PACK_DIR", help="Directory of your own pack.")],
    detector: Annotated[str, typer.Argument(metavar="DETECTOR", help="Such as voice.robocall.")],
    to: Annotated[Literal["shadow", "alert", "enforce", "retired"], typer.Option("--to", help="The stage that is wanted.")],
    data: DataOption = None,
    min_days: Annotated[int, typer.Option(min=1, help="Days of traffic that must have been seen in the lower stage.")] = 14,
    max_suspended: Annotated[float, typer.Option(min=0, max=1, help="Share of customers that rules alone may suspend.")] = 0.001,
    reason: Annotated[str, typer.Option(help="Written down with the evidence.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Move a detector to another stage under a pack of your own.

    Up to alert or enforce it goes only on evidence: the findings and the days of traffic that runs in --data have of it in the
    stage below. Down it goes always. pack.yaml is changed in place, comments and all: the stage, the evidence, and the pack's
    version, which grows by a major step for stronger enforcement and by a minor one else.

    Exit status: 0 moved, 1 refused, with the numbers; 2 no such pack, detector or data.
    """
    from fairwire.runtime.promotion import look, write

    store = _open(data)
    try:
        found = look(pack, detector, to, store, min_days=min_days, max_suspended=max_suspended, reason=" ".join(reason.split()))
    finally:
        if store is not None:
            store.close()
    if not found.refused and not dry_run:
        write(found)
    if as_json:
        import json

        typer.echo(json.dumps(_as_json(found, written=not found.refused and not dry_run)))
    else:
        _say(found, dry_run=dry_run)
    if found.refused:
        raise typer.Exit(1)


def _open(data: Path | None) -> ControlStore | None:
    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import is_kept, open_control

    if data is None:
        return None
    if not is_kept(data):
        raise BadInput("there is no such data folder", at=str(data), help_="name the --data of a replay or a server")
    return open_control(data)


def _as_json(found: Promotion, *, written: bool) -> dict[str, Any]:
    import msgspec

    return {
        "policy": found.policy,
        "detector": found.detector,
        "from": found.before,
        "to": found.evidence.to,
        "evidence": msgspec.to_builtins(found.evidence),
        "suspended": found.suspended,
        "version": found.version,
        "next_version": found.next_version,
        "refused": list(found.refused),
        "left_out": found.left_out or None,
        "written": written,
    }


def _say(found: Promotion, *, dry_run: bool) -> None:
    seen = found.evidence
    if seen.days or found.refused:
        share = f" ({seen.customers / seen.of_customers:.2%})" if seen.of_customers else ""
        typer.echo(
            f"seen in {found.before}: {seen.days} days of traffic, {seen.findings:,} findings at {seen.customers:,} of "
            f"{seen.of_customers:,} customers{share}" + (f", run {seen.run}" if seen.run else "")
        )
        if seen.to == "enforce":
            typer.echo(f"rules alone would have suspended {found.suspended:,} of them")
    if found.left_out:
        typer.echo(found.left_out)
    for line in found.refused:
        typer.echo(f"refused: {line}", err=True)
    if found.refused:
        typer.echo(f"{found.detector} stays in {found.before} under {found.policy}; nothing was changed", err=True)
        return
    would = "would go" if dry_run else "went"
    typer.echo(
        f"{found.detector} {would} from {found.before} to {seen.to} under {found.policy}; "
        f"the pack's version {would} from {found.version} to {found.next_version}"
    )
    if not dry_run:
        typer.echo(f"written: {found.file}; publish it to put it in force")


@policy_app.command("test")
def try_cases(
    packs: PackArgument = None,
    only: Annotated[
        list[str] | None, typer.Option("--detector", metavar="ID", help="Its cases only; may be given more than once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of cases.")] = False,
) -> None:
    """Run every case of every detector that serves a pack, under the pack's own parameters, and the cases of its cases.yaml.

    With --detector only the cases of these detectors, and those of cases.yaml that name one of them.

    Exit status: 0 all hold, 1 one does not or a pack is invalid, 2 no such pack or detector.
    """
    from dataclasses import asdict

    from fairwire.policy import InvalidPack
    from fairwire.runtime.machine import prepare
    from fairwire.runtime.packs import all_pack_ids

    prepare()
    from fairwire.cli.replay import progress
    from fairwire.testkit.pack_cases import count_cases, known_only, plan_of_cases, run_pack_cases

    tried = []
    with progress() as report:
        for name in packs or all_pack_ids():
            report(f"compiling {name}", 0, 0)
            try:
                plan = plan_of_cases(name)
            except InvalidPack as error:
                typer.echo(error.render(), err=True)
                raise typer.Exit(1) from None
            known_only(plan, only or ())
            total = count_cases(plan, only or ())
            for done, one in enumerate(run_pack_cases(name, plan, only or ()), 1):
                report(f"{one.policy}: {one.owner}", done, max(done, total))
                tried.append(one)
    wrong = [one for one in tried if one.wrong]
    if as_json:
        import json

        typer.echo(json.dumps([{**asdict(one), "holds": not one.wrong} for one in tried], indent=2))
    else:
        families: dict[tuple[str, str], list[bool]] = {}
        for one in tried:
            families.setdefault((one.policy, one.family), []).append(not one.wrong)
        for (policy, family), held in families.items():
            mark = "ok  " if all(held) else "FAIL"
            typer.echo(f"{mark} {policy} {family}: {sum(held)} of {len(held)} cases hold")
        for one in wrong:
            typer.echo(f"{one.policy}: {one.owner}: {one.name}: {one.wrong}", err=True)
        typer.echo(f"{len(tried) - len(wrong)} of {len(tried)} cases hold")
    if wrong:
        raise typer.Exit(1)
