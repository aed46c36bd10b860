"""`fairwire booking`: charges and penalties that a customer bears, such as those that others ask for what its gateway did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who

if TYPE_CHECKING:
    from fairwire.model.grants import Booking


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Charges and penalties that a customer bears.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_bookings)
    group.command("cancel")(cancel)
    app.add_typer(group, name="booking")


def add(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Who bears it.")],
    amount: Annotated[str, typer.Option(metavar="DECIMAL", help="How much.")],
    currency: Annotated[str, typer.Option(metavar="ISO", help="Such as GBP.")],
    clause: Annotated[str, typer.Option(metavar="ID", help="The clause that says so.")],
    policy: Annotated[str, typer.Option(metavar="ID", help="The customer's policy.")],
    of: Annotated[str, typer.Option(metavar="TEXT", help="Who asks for it, by which document.")],
    why: WhyOption,
    evidence: Annotated[list[str], typer.Option(metavar="ID", help="A finding or an authorisation; give it once for each.")],
    penalty: Annotated[bool, typer.Option("--penalty", help="It is a penalty, and no charge.")] = False,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Book a charge or a penalty to the customer that caused it. The same one twice is one.

    Exit status: 0 booked, 2 something is missing or does not fit.
    """
    from fairwire.runtime.bookings import book
    from fairwire.runtime.plans import pack_for
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        now = now_us()
        made = book(
            store.records,
            by=who(by),
            at_us=now,
            customer=customer,
            pack=pack_for(policy, customer, store.policies, now),
            clause=clause,
            amount=amount,
            currency=currency,
            what="penalty" if penalty else "charge",
            of=of,
            evidence=evidence,
            why=why,
        )
    _tell([made], as_json)


def list_bookings(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those of one customer.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was booked, the oldest first, with what was taken back.

    Exit status: 0.
    """
    from fairwire.runtime.bookings import bookings_of

    with opened(data) as store:
        found = bookings_of(store.records, customer)
    _tell(found, as_json)
    if not found and not as_json:
        typer.echo("nothing is booked", err=True)


def cancel(
    booking_id: Annotated[str, typer.Argument(metavar="BOOKING_ID")],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a booking back.

    Exit status: 0 taken back, 2 there is none, or no reason.
    """
    from fairwire.runtime.bookings import cancel_booking
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell([cancel_booking(store.records, booking_id, who(by), now_us(), why)], as_json)


def _tell(found: list[Booking], as_json: bool) -> None:
    import json

    import msgspec

    if as_json:
        told: Any = msgspec.to_builtins(found)
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for each in found:
        shown = ", ".join(each.evidence)
        what = f"{each.amount} {each.currency}  {each.what} of {each.of}, {each.clause} ({shown})"
        typer.echo(f"{each.booking_id}  {each.state:<9}  {each.customer:<24}  {what}")
