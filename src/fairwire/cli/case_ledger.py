"""`fairwire case ledger`, `act`, `judge`, `raise` and `labels`: what was seen, what people say of it, and acting on it later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import case_app
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, line_of, opened, who
from fairwire.cli.typed import instant_us, one_of, print_json, span_us

if TYPE_CHECKING:
    from fairwire.model.ledger import LedgerLine

FindingId = Annotated[str, typer.Argument(metavar="FINDING_ID", help="The id, or its beginning.")]
PolicyOption = Annotated[str, typer.Option(metavar="ID", help="The policy that binds the customer now.")]
SinceOption = Annotated[str | None, typer.Option(metavar="INSTANT", help="A day, or an instant such as 2026-03-01T08:00:00Z.")]
UntilOption = Annotated[str | None, typer.Option(metavar="INSTANT", help="Up to here, this instant not included.")]


@case_app.command("ledger")
def show_ledger(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only one customer's.")] = None,
    clause: Annotated[str | None, typer.Option(metavar="ID", help="Only what one clause says.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    unacted: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHY",
            help="Only what was let pass so: shadow, dry_run, snoozed, waiting, refused, dismissed, overturned, told, none.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many lines at most.")] = 200,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was seen and not acted on, the worst first. Nothing leaves the list by itself, and none of it is waived.

    Exit status: 0.
    """
    from itertools import islice
    from typing import cast

    from fairwire.model.ledger import UNACTED, Unacted
    from fairwire.runtime.ledger import ledger
    from fairwire.runtime.replay import now_us

    chosen = [cast("Unacted", one_of(each, UNACTED, "way to let a breach pass")) for each in unacted or ()]
    with opened(data) as store:
        found = list(
            islice(
                ledger(
                    store,
                    now_us(),
                    customer=customer,
                    clause=clause,
                    since_us=instant_us(since, "--since"),
                    until_us=instant_us(until, "--until"),
                    unacted=chosen,
                ),
                limit + 1,
            )
        )
    if as_json:
        print_json(found[:limit])
        return
    for line in found[:limit]:
        typer.echo(_line(line))
    if len(found) > limit:
        typer.echo(f"there are more; `--limit` shows more than {limit:,}", err=True)
    if not found:
        typer.echo("nothing was let pass", err=True)
    elif found[0].finding_id:
        typer.echo(f"next  fairwire case act {found[0].finding_id} --step STEP --policy ID --why TEXT", err=True)


def _line(line: LedgerLine) -> str:
    name = line.finding_id or line.order_ids[0]
    late = ", too long" if line.late else ""
    return (
        f"{name}  {line.time[:10]}  {line.unacted.replace('_', ' ')}{late:<3}  {line.customer:<24}  {','.join(line.clauses):<8}"
        f"  {line.reason}  ({line.says})"
    )


@case_app.command("act")
def act(
    finding_id: FindingId,
    step: Annotated[str, typer.Option(metavar="STEP", help="notify, throttle, block, suspend_outbound, suspend, terminate ...")],
    policy: PolicyOption,
    why: WhyOption,
    target: Annotated[str, typer.Option(metavar="TARGET", help="customer, user, line, callee, address ...")] = "customer",
    value: Annotated[str | None, typer.Option(metavar="TEXT", help="Which one.")] = None,
    lasts: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long, such as 24h or 7d. [default: until a person lifts it]")
    ] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Act on a finding that was let pass, however old it is. The order names it as its evidence.

    Exit status: 0 given, 2 there is no such finding, or it was judged to be none.
    """
    from typing import cast, get_args

    from fairwire.model.order import STEPS, Step, Target
    from fairwire.runtime.ledger import act_on
    from fairwire.runtime.plans import load_plan
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        order = act_on(
            store,
            finding_id,
            pack=load_plan([policy], store=store.policies).packs[policy],
            by=who(by),
            at_us=now_us(),
            why=why,
            step=cast("Step", one_of(step, STEPS, "step")),
            target=cast("Target", one_of(target, get_args(Target), "target")),
            value=value,
            lasts_us=span_us(lasts, "--lasts"),
        )
    if as_json:
        print_json(order)
        return
    typer.echo(line_of(order))


@case_app.command("judge")
def judge(
    finding_id: FindingId,
    verdict: Annotated[
        str, typer.Option("--as", metavar="VERDICT", help="confirmed, or dismissed as false_positive, authorised or accepted.")
    ],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say of a finding what it is. It stays on record as it was, with what was said; another may say otherwise later.

    Exit status: 0 on record, 2 an order still rests on what is dismissed, or no reason is given.
    """
    from typing import cast

    from fairwire.model.reviews import VERDICTS, Verdict
    from fairwire.runtime import review_acts
    from fairwire.runtime.replay import now_us

    said = cast("Verdict", one_of(verdict, VERDICTS, "verdict"))
    with opened(data) as store:
        made = review_acts.judge(store, finding_id, said, by=who(by), at_us=now_us(), why=why)
    if as_json:
        print_json(made)
        return
    typer.echo(f"{made.finding_id} is {made.verdict.replace('_', ' ')}, by {made.by.removeprefix('person:')}: {made.why}")


@case_app.command("raise")
def raise_(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Whom it is about.")],
    clause: Annotated[list[str], typer.Option(metavar="ID", help="The clause it breaks; give it once for each.")],
    policy: PolicyOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What happened, in a sentence that the customer may read.")],
    evidence: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A report, a case, an event that shows it; give it once for each.")
    ] = None,
    severity: Annotated[str, typer.Option(metavar="LEVEL", help="info, low, medium, high or critical.")] = "medium",
    user: Annotated[str | None, typer.Option(metavar="ID")] = None,
    line: Annotated[str | None, typer.Option(metavar="NUMBER")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Raise a finding where no rule exists: a policy's examples are not all that it forbids.

    Exit status: 0 raised, 2 something is missing.
    """
    from typing import cast

    from fairwire.model.finding import SEVERITIES, Severity
    from fairwire.runtime.plans import load_plan
    from fairwire.runtime.raised_findings import made_finding, raise_finding
    from fairwire.runtime.replay import now_us

    now = now_us()
    with opened(data, made=True) as store:
        raised = made_finding(
            pack=load_plan([policy], store=store.policies).packs[policy],
            customer=customer,
            clauses=clause,
            severity=cast("Severity", one_of(severity, SEVERITIES, "severity")),
            reason=reason,
            by=who(by),
            at_us=now,
            user=user,
            line=line,
            evidence=evidence or (),
        )
        found = raise_finding(store, raised, now)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.finding_id}  {found.severity}  {found.customer}  {','.join(found.clauses)}  {found.reason}")


@case_app.command("labels")
def labels(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.  [default: standard output]")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    data: DataOption = None,
) -> None:
    """Write what people decided as labels: `fairwire evaluate` and `fairwire calibrate --labels` read them.

    A confirmed finding is an abuse; a customer of whom only false positives and authorised findings were judged has done nothing.
    --since and --until say which period was looked at.

    Exit status: 0 written, 2 the file cannot be written.
    """
    import msgspec

    from fairwire.model.errors import BadInput
    from fairwire.runtime.case_registers import JUDGEMENTS
    from fairwire.testkit.judged_labels import labels_of

    with opened(data) as store:
        judged = [kept.noun for kept in JUDGEMENTS.find(store.records)]
    found = labels_of(judged, since_us=instant_us(since, "--since"), until_us=instant_us(until, "--until"))
    text = "".join(msgspec.json.encode(label).decode() + "\n" for label in found)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(output), help_="name another one") from None
    typer.echo(f"{len(found):,} labels written to {output}", err=True)
