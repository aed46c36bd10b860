"""`fairwire customer order`, `users`, `transfer`: what was ordered since the record was written, and who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.customer import CustomerId, customer_app
from fairwire.cli.notice import customers_of
from fairwire.cli.order import ByOption, DataOption, JsonOption, opened, print_json, who
from fairwire.cli.policy_versions import CustomersOption

if TYPE_CHECKING:
    from pathlib import Path

    from fairwire.model.customers import Customer
    from fairwire.ports.control import ControlStore


@customer_app.command("order")
def order(
    customer: CustomerId,
    number: Annotated[int, typer.Option("--users", metavar="N", min=0, help="How many users the order names from now on.")],
    evidence: Annotated[str, typer.Option(metavar="TEXT", help="Where it comes from: the number of the order.")],
    customers: CustomersOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put on record that a customer has ordered more users, or fewer. The same evidence counts once.

    A running server takes it within seconds: a notice about users above the limit is settled, and who was blocked calls again. It
    holds until the customers file says something else than it does now.

    Exit status: 0 on record, 2 there is no such customer, or no file says who the customers are.
    """
    from fairwire.ports.records import Conflict
    from fairwire.runtime.ordered import order_change
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        record = _known(store, customers, customer)
        change, made = order_change(record, {"user_limit": number}, by=who(by), evidence=evidence, at_us=now_us())
        new = True
        try:
            store.records.write([change])
        except Conflict:
            new = False
    before = record.user_limit
    if as_json:
        print_json({"change": made.change_id, "customer": customer, "before": before, "users": number, "new": new, "by": made.by})
        return
    if new:
        typer.echo(f"{customer} has ordered {number} users; the order named {'none' if before is None else before}")
    else:
        typer.echo(f"`{evidence}` is on record already, and counts once")


@customer_app.command("users")
def users(customer: CustomerId, customers: CustomersOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the people that the user limit counts now, the oldest first, and who is above it.

    Exit status: 0 shown, 1 there are more than the order names, 2 there is no such customer.
    """
    from fairwire.enforcement.excess import above
    from fairwire.model.instants import format_us
    from fairwire.runtime.people import present
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        record = _known(store, customers, customer)
        people = present(store.records, record, now_us())
    limit = record.user_limit
    over = set() if limit is None else {each.name for each in above(people, limit)}
    if as_json:
        facts = [
            {"name": each.name, "users": each.users, "since": format_us(each.since_us), "above": each.name in over}
            for each in people
        ]
        print_json({"customer": customer, "user_limit": limit, "count": len(people), "people": facts})
    else:
        for each in people:
            names = "" if each.users == (each.name,) else f" ({', '.join(each.users)})"
            typer.echo(f"{format_us(each.since_us)}  {each.name}{names}{'  above the limit' if each.name in over else ''}")
        typer.echo(f"{len(people)} users, and the order names {'no number' if limit is None else limit}")
    if over:
        raise typer.Exit(1)


@customer_app.command("transfer")
def transfer(
    customer: CustomerId,
    leaver: Annotated[str, typer.Option("--from", metavar="USER", help="Who holds the licence.")],
    newcomer: Annotated[str, typer.Option("--to", metavar="USER", help="Who takes it over.")],
    leaves: Annotated[
        bool, typer.Option("--leaves", help="The holder leaves for good; needed unless an event said that it was removed.")
    ] = False,
    customers: CustomersOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a licence to move to another person. It moves only when its holder leaves; the request is on record either way.

    Exit status: 0 it moves, 1 it does not; the sentence says why; 2 there is no such customer, or there are no licences.
    """
    from fairwire.runtime.plans import packs_in_force
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.transfers import transfer as move

    with opened(data, made=True) as store:
        record = _known(store, customers, customer)
        packs = {pack.id: pack for pack in packs_in_force((), store.policies)}
        made = move(
            store.records,
            record,
            leaver=leaver,
            newcomer=newcomer,
            leaves=leaves,
            by=who(by),
            at_us=now_us(),
            pack=packs.get(record.policy),
        )
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made.transfer_id}  {made.state}: {made.reason}")
    if made.state != "accepted":
        raise typer.Exit(1)


@customer_app.command("transfers")
def transfers(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those of one customer.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the requests for transfers, with who asked and what became of them.

    Exit status: 0.
    """
    from fairwire.runtime.clock_registers import TRANSFERS

    with opened(data) as store:
        found = sorted((kept.noun for kept in TRANSFERS.find(store.records, customer=customer)), key=lambda each: each.at)
    if as_json:
        print_json(found)
        return
    for one in found:
        asked = f"{one.leaver} -> {one.newcomer}, by {one.by.removeprefix('person:')}"
        typer.echo(f"{one.transfer_id}  {one.at}  {one.customer}  {one.state:<9} {asked}: {one.reason}")
    if not found:
        typer.echo("nobody has asked for a transfer", err=True)


def _known(store: ControlStore, customers: Path | None, customer: str) -> Customer:
    """The record of a customer as it is now."""
    from fairwire.runtime.ordered import Ordered
    from fairwire.runtime.versions import find_customer

    known = customers_of(customers)
    find_customer(list(known.values()) if customers is not None else None, customer)
    record = Ordered(store.records, known.get).customer(customer)
    assert record is not None
    return record
