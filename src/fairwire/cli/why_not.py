"""`fairwire explain --why-not CUSTOMER`: what kept each rule quiet."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fairwire.cli.explain import entitlement_text, print_comparisons, print_signs

if TYPE_CHECKING:
    from rich.console import Console

    from fairwire.runtime.why_not import Quiet, WhyNot

IN_FULL = 5
"""Rules that are shown with every condition; the others have a line each."""
_SAYS = {
    "found": "was found",
    "silenced": "silenced",
    "quiet": "quiet",
    "not_judged": "not judged",
    "not_bound": "not bound by the policy",
}
_SHOWN = ("from", "to", "credential", "src_ip", "dst_ip", "mail_from", "path", "device")
_STYLE = {"found": "red", "silenced": "yellow", "quiet": "green", "not_judged": "dim", "not_bound": "dim"}


def say_why_not(
    customer: str,
    events: Sequence[str],
    customers: Path | None,
    *,
    grants: Path | None,
    detector: str | None,
    at: str | None,
    policies: Sequence[str],
    format_name: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Run the customer's events and print what kept each rule quiet.

    Raises
    ------
    FairwireError
        A file is not named or cannot be used, or there is no such customer, detector or time.
    """
    import msgspec

    from fairwire.model.errors import BadUse
    from fairwire.model.instants import parse_us
    from fairwire.runtime.machine import prepare

    if not events or customers is None:
        raise BadUse("--why-not looks at the customer's events", help_="give --events EVENTS and --customers FILE")
    try:
        at_us = parse_us(at) if at is not None else None
    except ValueError as error:
        raise BadUse(f"`--at {at}`: {error}", help_="such as --at 2026-03-02T14:00:00Z") from None
    prepare()
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.why_not import Question, why_not

    told = why_not(
        Question(
            customer=customer,
            events=events,
            customers=customers,
            grants=grants,
            detector=detector,
            at_us=at_us,
            policies=policies,
            format_name=format_name,
            data=data_folder(data),
        ),
        now_us=now_us(),
    )
    if as_json:
        typer.echo(msgspec.json.encode(told).decode())
        return
    from rich.console import Console

    print_why_not(Console(highlight=False, width=None if sys.stdout.isatty() else 120), told)


def print_why_not(console: Console, told: WhyNot) -> None:
    """The answer for people: the nearest rules in full, the others in a line."""
    from rich.markup import escape

    kind = f", {escape(told.kind)}" if told.kind else ""
    console.print(f"[bold]{escape(told.customer)}[/]{kind}, plan {escape(told.plan)}, judged by {told.policy}")
    console.print(f"{told.events:,} events from {told.first} to {told.last}", soft_wrap=True)
    found = [one.detector for one in told.detectors if one.outcome == "found"]
    if found:
        console.print(
            f"[red]this customer was found, by {', '.join(found)}; `fairwire explain FINDING_ID` says why[/]", soft_wrap=True
        )
    if told.heard is not None and 2 * told.heard < told.customers:
        console.print(
            f"[yellow]the events are of {told.heard:,} of {told.customers:,} customers: rules that compare customers take the "
            "others for silent, so that what they say holds for these events alone; give everybody's events[/]",
            soft_wrap=True,
        )
    seen = [one for one in told.detectors if one.explanation is not None]
    full = [one for one in seen if not one.nothing][:IN_FULL] or seen[:1]
    for one in full:
        _print_in_full(console, one, then=told.at is not None)
    rest = [one for one in told.detectors if one not in full]
    if rest and full:
        console.print("\n[bold]Further from it[/]")
    for because, names in _by_reason(rest).items():
        console.print(f"  {', '.join(names)}: {escape(because)}", soft_wrap=True)


def _by_reason(rules: Sequence[Quiet]) -> dict[str, list[str]]:
    """What kept some rules quiet, each reason once with all of its rules."""
    found: dict[str, list[str]] = {}
    for one in rules:
        because = "; ".join(one.kept_quiet)
        if one.outcome != "quiet":
            because = f"{_SAYS[one.outcome]}, {because}"
        found.setdefault(because, []).append(one.detector)
    return found


def _print_in_full(console: Console, one: Quiet, *, then: bool) -> None:
    from rich.markup import escape

    assert one.explanation is not None
    outcome = f"[{_STYLE[one.outcome]}]{_SAYS[one.outcome]}[/]"
    console.print(f"\n[bold]{one.detector}[/]  {outcome}  [dim]{escape(one.title)}; mode {one.mode}[/]", soft_wrap=True)
    for sentence in one.kept_quiet:
        console.print(f"kept quiet {escape(sentence)}", soft_wrap=True)
    true = f"{(one.conditions or 0) - (one.lacking or 0)} of {one.conditions} conditions true"
    console.print(f"{'as of' if then else 'nearest':<10} {one.time}, {true}; looked at {one.judged:,} times", soft_wrap=True)
    if one.event is not None:
        console.print(f"event      [dim]{escape(_event_text(one.event))}[/]", soft_wrap=True)
    elif one.compares:
        console.print("event      [dim]none: it compares the customer with others[/]")
    console.print(f"rule       [dim]{escape(one.explanation['rule'])}[/]", soft_wrap=True)
    print_comparisons(console, one.explanation)
    print_signs(console, one.explanation.get("score"))
    held = [entitlement_text(entry) for entry in one.explanation["entitlements"]]
    if held:
        console.print(f"looked at  entitlements: {escape(', '.join(held))}", soft_wrap=True)


def _event_text(event: dict[str, object]) -> str:
    """`call.ended o-1 from +1 to +2`: what of an event is there. Events other than calls have theirs in `data`."""
    fields = dict(event)
    if isinstance(event.get("data"), str):
        fields |= json.loads(str(event["data"]))
    named = " ".join(f"{name} {fields[name]}" for name in _SHOWN if isinstance(fields.get(name), str))
    return f"{event.get('type', 'event')} {event.get('id', '')} {named}".strip()
