"""`fairwire explain`: why a finding is there, what it rests on, and how to get it again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.model.finding import Finding
    from fairwire.model.order import Order
    from fairwire.ports.control import Evidence


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    finding_id: Annotated[
        str | None, typer.Argument(metavar="[FINDING_ID]", help="Id of a finding, or its first characters.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder. [default: $FAIRWIRE_DATA or .fairwire]")] = None,
    why_not: Annotated[
        str | None, typer.Option(metavar="CUSTOMER", help="Say instead why this customer was not found, by --events.")
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option(help="With --why-not: files or folders of events; may be given more than once.")
    ] = None,
    customers: Annotated[Path | None, typer.Option(help="With --why-not: customer records, JSON Lines or YAML.")] = None,
    grants: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="With --why-not: authorisations and consents. [default: those of the data folder]",
            show_default=False,
        ),
    ] = None,
    detector: Annotated[str | None, typer.Option(metavar="ID", help="With --why-not: this detector alone.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --why-not: as it stood then, in place of the nearest moment.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID|DIR", help="With --why-not: judge by this pack; else by the customer's own.")
    ] = None,
    format_name: Annotated[
        str | None, typer.Option("--format", help="With --why-not: foreign record format; see `fairwire formats`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say why a finding is there: clause, rule, values against thresholds, evidence, way back.

    With --why-not: why a customer was not found, rule by rule, with what kept each quiet.

    Exit status: 0 explained, 1 no such finding, 2 the store or a file cannot be read.
    """
    if why_not is not None:
        from fairwire.cli.why_not import say_why_not

        if finding_id is not None:
            raise typer.BadParameter("either FINDING_ID or --why-not CUSTOMER")
        say_why_not(
            why_not, events or [], customers, grants=grants, detector=detector, at=at, policies=policy or [],
            format_name=format_name, data=data, as_json=as_json,
        )  # fmt: skip
        return
    if finding_id is None:
        raise typer.BadParameter("name a finding: FINDING_ID, or a customer with --why-not")
    _explain_finding(finding_id, data, as_json=as_json)


def _explain_finding(finding_id: str, data: Path | None, *, as_json: bool) -> None:
    from contextlib import closing

    import msgspec

    from fairwire.runtime.data import data_folder, open_control

    folder = data_folder(data)
    with closing(open_control(folder)) as store:
        finding = store.finding(finding_id)
        evidence = store.evidence(finding.finding_id) if finding else None
        orders = store.orders(finding_id=finding.finding_id) if finding else ()
    if finding is None:
        print(f"error: no finding `{finding_id}` in {folder}; `fairwire replay` puts them there", file=sys.stderr)
        raise typer.Exit(1)
    if as_json:
        typer.echo(msgspec.json.encode({"finding": finding, "evidence": evidence, "orders": orders}).decode())
        return
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    print_explanation(console, finding, evidence, list(orders))


def print_explanation(console: Console, finding: Finding, evidence: Evidence | None, orders: list[Order]) -> None:
    """The explanation for people."""
    told: dict[str, Any] = evidence.explanation if evidence else {}
    console.print(
        f"[bold]{finding.finding_id}[/]   {finding.severity}   {finding.mode}   customer {finding.customer}   {finding.time}"
    )
    who = [f"user {finding.user}" if finding.user else "", f"line {finding.line}" if finding.line else ""]
    if any(who):
        console.print("           " + ", ".join(filter(None, who)))
    console.print()
    console.print(f"  {finding.reason}")
    console.print()
    for clause in told.get("clauses", []):
        console.print(f"clause     {clause['policy']} {clause['id']}  {clause['gist']}  [dim]({clause['place']})[/]")
    certainty = "hard: may act alone" if told.get("hard") else "soft: warns, people act"
    console.print(f"detector   {finding.detector} ({certainty})   policy {finding.policy.id}@{finding.policy.version}")
    console.print(f"rule       [dim]{told.get('rule', '')}[/]", soft_wrap=True)
    console.print()
    print_comparisons(console, told)
    print_signs(console, told.get("score"))
    for window in told.get("windows", []):
        console.print(f"window     [dim]{window}[/]", soft_wrap=True)
    console.print(f"\nseen       {finding.count:,} times from {finding.first_seen} to {finding.last_seen}")
    _print_evidence(console, finding, evidence)
    for order in orders:
        end = f"ends {order.expires}" if order.expires else f"until {order.owner} ends it"
        approval = f", needs {order.approvals} approval{'s' if order.approvals > 1 else ''}" if order.approvals else ""
        value = f" {order.value}" if order.value else ""
        console.print(f"would do   {order.step} ({order.target}{value}), {end}{approval}; dry run, nothing was sent")
        console.print(f"undo       {order.undo}", soft_wrap=True)
    console.print()
    for sign in told.get("innocent", []):
        console.print(f"check      {sign}", soft_wrap=True)
    held = [entitlement_text(entry) for entry in told.get("entitlements", [])]
    if held:
        console.print(f"looked at  entitlements: {', '.join(held)}")
    for covered in told.get("grants", []):
        console.print(f"granted    {covered}", soft_wrap=True)
    console.print(f"evidence   {told.get('evidence', '')}", soft_wrap=True)
    if evidence:
        console.print(f"\nagain      {evidence.reproduce}", soft_wrap=True)


_HELD = {True: "[green]yes [/]", False: "[dim]no  [/]", None: "[yellow]?   [/]"}
"""Whether something held; None is unknown."""


def print_comparisons(console: Console, told: dict[str, Any]) -> None:
    """Value against threshold, each with a bar: the mark stands at the threshold."""
    for row in told.get("comparisons", []):
        sign = _HELD[row["holds"]]
        value = "unknown" if row["value"] is None else f"{row['value']:,.4g}"
        threshold = "none" if row["threshold"] is None else f"{row['threshold']:,.4g}"
        bar = _bar(row["value"], row["threshold"])
        meaning = f"[dim]{row['meaning']}[/]" if row["meaning"] else ""
        console.print(f"  {sign}  {row['feature']:<22} {value:>10} {row['comparison']:^3} {threshold:<10} {bar}  {meaning}")
    console.print()


def print_signs(console: Console, score: dict[str, Any] | None) -> None:
    """Each sign of a scorecard with its weight, and whether it held."""
    if score is None:
        return
    console.print(f"score      {score['value']:,.4g} of {score['fires_at']:,.4g} points", highlight=False)
    for sign in score["signs"]:
        held = _HELD[sign["holds"]]
        rule = sign["rule"].replace("[", "\\[")
        console.print(f"  {held}  {sign['weight']:>+6,.4g}  {rule}  [dim]{sign['evidence']}[/]", soft_wrap=True)
    console.print()


def entitlement_text(entry: dict[str, Any]) -> str:
    covers = f", covers {entry['covers']}" if entry.get("covers") else ""
    return f"{entry['name']} ({'held' if entry['held'] else 'not held'}{covers})"


def _bar(value: float | None, threshold: float | None) -> str:
    if value is None or not threshold or threshold <= 0 or value < 0:
        return " " * 20
    filled = min(20, round(10 * value / threshold))
    return "".join("│" if i == 10 else ("█" if i < filled else "·") for i in range(20))


def _print_evidence(console: Console, finding: Finding, evidence: Evidence | None) -> None:
    from fairwire.model.phrases import parties

    if evidence is None or not evidence.events:
        console.print(f"events     {', '.join(finding.events) or 'none named'}", soft_wrap=True)
        return
    console.print(f"events     {len(evidence.events)} that show it, the last of them:")
    for event in evidence.events[-5:]:
        at = event.get("start") or event.get("time")
        told = parties(event)
        shown = f"{told.origin} to {told.target}" if told.target else told.origin
        talk = f"{event['duration_ms'] / 1000:.0f} s" if event.get("duration_ms") is not None else ""
        console.print(f"           {at}  {shown:<32} {told.outcome:<10} {talk:>6}  [dim]{event['id']}[/]")
