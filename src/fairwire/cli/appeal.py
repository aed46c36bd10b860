"""`fairwire appeal`: a finding or an order is looked at again by somebody who has no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who
from fairwire.cli.typed import instant_us, one_of, print_json, print_rows, span_us

if TYPE_CHECKING:
    from fairwire.model.reviews import Outcome, Review, Verdict
    from fairwire.runtime.review_acts import Change

ReviewId = Annotated[str, typer.Argument(metavar="REVIEW_ID", help="The id, or its beginning.")]
SubjectArgument = Annotated[str, typer.Argument(metavar="SUBJECT", help="Id of a finding or an order, or its beginning.")]
OutcomeOption = Annotated[str, typer.Option(metavar="upheld|modified|overturned", help="What the person decides.")]
VerdictOption = Annotated[
    str | None,
    typer.Option(
        "--finding-is",
        metavar="VERDICT",
        help="confirmed, false_positive, authorised or accepted.  [default: as follows from the outcome]",
        show_default=False,
    ),
]
UntilOption = Annotated[str | None, typer.Option(metavar="INSTANT", help="Of `modified`: when the order ends.")]
StepOption = Annotated[str | None, typer.Option(metavar="STEP", help="Of `modified`: the step that takes the order's place.")]
TargetOption = Annotated[str, typer.Option(metavar="TARGET", help="Its target.")]
ValueOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Which one.")]
LastsOption = Annotated[str | None, typer.Option(metavar="TIME", help="How long it lasts.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Findings and orders looked at again, by people who have no part in them.", no_args_is_help=True)
    for name, command in (
        ("file", file),
        ("list", list_reviews),
        ("show", show),
        ("decide", decide),
        ("override", override),
        ("withdraw", withdraw),
    ):
        group.command(name)(command)
    app.add_typer(group, name="appeal")


def file(
    subject: SubjectArgument,
    text: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong, in the words of whoever asks.")],
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="The customer who asks.  [default: whoever types this asks]")
    ] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a review of a finding or an order. While one is open, a second about the same joins it.

    Exit status: 0 on record, 2 there is no such finding or order, or nothing is said.
    """
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.review_acts import file_review

    asked_by = who(by) if customer is None else f"customer:{customer}"
    with opened(data) as store:
        made = file_review(store, subject, asked_by=asked_by, filed_by=who(by), text=text, at_us=now_us())
    _tell(made, as_json)


def list_reviews(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="open, decided or withdrawn.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show reviews, the oldest first.

    Exit status: 0.
    """
    from typing import get_args

    from fairwire.model.reviews import ReviewState
    from fairwire.runtime.case_registers import REVIEWS

    states = None if state is None else [one_of(state, get_args(ReviewState), "state of a review")]
    with opened(data) as store:
        found = [kept.noun for kept in REVIEWS.find(store.records, customer=customer, states=states)]
    found.sort(key=lambda each: (each.filed, each.review_id))
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(line_of(each))
    if not found:
        typer.echo("there are no such reviews", err=True)


def show(review_id: ReviewId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one review: who asked, what, and what was decided why.

    Exit status: 0 shown, 2 there is no such review.
    """
    from fairwire.runtime.review_acts import find_review

    with opened(data) as store:
        found = find_review(store.records, review_id).noun
    if as_json:
        print_json(found)
        return
    print_rows(
        [
            ("review", f"{found.review_id}, {found.state}"),
            ("about", f"{found.about} {found.about_id} of {found.customer or 'nobody known'}"),
            ("asked by", f"{(found.asked_by or 'nobody').replace(':', ' ', 1)}, {found.filed}"),
            ("due", found.due or ""),
            ("says", found.text),
            ("outcome", found.outcome or ""),
            ("because", found.why),
            ("decided", f"{found.decided} by {(found.decided_by or '').removeprefix('person:')}" if found.decided else ""),
            ("orders", ", ".join(found.orders)),
        ]
    )


def decide(
    review_id: ReviewId,
    outcome: OutcomeOption,
    why: WhyOption,
    finding_is: VerdictOption = None,
    until: UntilOption = None,
    step: StepOption = None,
    target: TargetOption = "customer",
    value: ValueOption = None,
    lasts: LastsOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a review. Who gave the order, raised the finding or asked for the review cannot.

    `overturned` gives back what was taken, and the ladder forgets it; `modified` gives the order another end (--until) or
    another step (--step). The decision is a label: see `fairwire case labels`.

    Exit status: 0 decided, 2 it cannot be decided so, or by this person; the sentence says why.
    """
    from fairwire.runtime import review_acts
    from fairwire.runtime.replay import now_us

    chosen, verdict, change = _choices(outcome, finding_is, until, step, target, value, lasts)
    with opened(data) as store:
        done = review_acts.decide(store, review_id, chosen, by=who(by), at_us=now_us(), why=why, verdict=verdict, change=change)
    _tell(done, as_json)


def override(
    subject: SubjectArgument,
    outcome: OutcomeOption,
    why: WhyOption,
    finding_is: VerdictOption = None,
    until: UntilOption = None,
    step: StepOption = None,
    target: TargetOption = "customer",
    value: ValueOption = None,
    lasts: LastsOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide against a rule, or for it, though nobody asked. As `fairwire appeal decide` in all else.

    Exit status: 0 decided, 2 it cannot be decided so, or by this person; the sentence says why.
    """
    from fairwire.runtime import review_acts
    from fairwire.runtime.replay import now_us

    chosen, verdict, change = _choices(outcome, finding_is, until, step, target, value, lasts)
    with opened(data) as store:
        done = review_acts.override(store, subject, chosen, by=who(by), at_us=now_us(), why=why, verdict=verdict, change=change)
    _tell(done, as_json)


def withdraw(
    review_id: ReviewId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Take a request for a review back.

    Exit status: 0 withdrawn, 2 it is decided, or not there.
    """
    from fairwire.runtime import review_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell(review_acts.withdraw(store.records, review_id, who(by), now_us(), why), as_json)


def _choices(
    outcome: str, finding_is: str | None, until: str | None, step: str | None, target: str, value: str | None, lasts: str | None
) -> tuple[Outcome, Verdict | None, Change | None]:
    from typing import cast, get_args

    from fairwire.model.order import STEPS, Step, Target
    from fairwire.model.reviews import OUTCOMES, VERDICTS
    from fairwire.runtime.review_acts import Change

    chosen = cast("Outcome", one_of(outcome, OUTCOMES, "outcome"))
    verdict = None if finding_is is None else cast("Verdict", one_of(finding_is, VERDICTS, "verdict"))
    if until is None and step is None:
        return chosen, verdict, None
    change = Change(
        until_us=instant_us(until, "--until"),
        step=None if step is None else cast("Step", one_of(step, STEPS, "step")),
        target=cast("Target", one_of(target, get_args(Target), "target")),
        value=value,
        lasts_us=span_us(lasts, "--lasts"),
    )
    return chosen, verdict, change


def line_of(review: Review) -> str:
    """One review in a list."""
    state = review.outcome or review.state
    due = f"due {review.due}" if review.due and review.state == "open" else ""
    return f"{review.review_id}  {state:<10}  {review.customer:<24}  {review.about} {review.about_id}  {due}".rstrip()


def _tell(review: Review, as_json: bool) -> None:
    if as_json:
        print_json(review)
        return
    typer.echo(line_of(review))
    if review.orders:
        typer.echo(f"orders changed: {', '.join(review.orders)}")
    if review.state == "open":
        typer.echo(
            f"next  fairwire appeal decide {review.review_id} --outcome upheld|modified|overturned --why TEXT --by SOMEBODY"
        )
