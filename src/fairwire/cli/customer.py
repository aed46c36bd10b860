"""`fairwire customer`: what is done for one customer, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairwire.cli.order import ByOption, DataOption, JsonOption, line_of, opened, print_json, who

customer_app = typer.Typer(help="What one customer asks for, and what it has stopped.", no_args_is_help=True)
CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Id of the customer.")]
CustomersFile = Annotated[
    Path | None, typer.Option(envvar="FAIRWIRE_CUSTOMERS", help="Customer records, JSON Lines or YAML.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(customer_app, name="customer")


@customer_app.command("stop")
def stop(
    customer: CustomerId,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Only this user.")] = None,
    line: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only this line.")] = None,
    destination: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Only calls to a kind of number, a country or a prefix.")
    ] = None,
    international: Annotated[bool, typer.Option("--international", help="Only calls to other countries.")] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on record.")] = "",
    policy: Annotated[str | None, typer.Option(metavar="ID", help="The customer's policy. [default: that of its record]")] = None,
    customers: CustomersFile = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Press a customer's own switch: all calls out, or a part of them, are refused from the next one on. Calls for help connect.

    Exit status: 0 stopped, 2 nobody can tell what, or the customer has no policy.
    """
    from fairwire.model.errors import BadUse
    from fairwire.runtime.customers import load_customers
    from fairwire.runtime.kill_switch import Stop, stop_use
    from fairwire.runtime.plans import load_plan
    from fairwire.runtime.replay import now_us

    named: dict[Stop, str | None] = {"user": user, "line": line, "destination": destination}
    chosen: list[tuple[Stop, str]] = [(what, value) for what, value in named.items() if value is not None]
    chosen += [("international", "")] if international else []
    if len(chosen) > 1:
        raise BadUse("one switch at a time", help_="give one of --user, --line, --destination, --international, or none for all")
    if policy is None:
        found = next((one for one in load_customers(customers) if one.id == customer), None) if customers else None
        policy = found.policy if found else ""
    if not policy:
        raise BadUse(f"nobody can tell which policy binds `{customer[:80]}`", help_="give --customers FILE or --policy ID")
    with opened(data, made=True) as store:
        pack = load_plan([policy], store=store.policies).packs[policy]
        what, value = chosen[0] if chosen else ("all", "")
        order = stop_use(store.records, customer, pack, what, value, why, now_us())
    if as_json:
        print_json(order)
        return
    typer.echo(line_of(order))
    typer.echo(f"next  fairwire customer resume {customer} {order.order_id}")


@customer_app.command("stops")
def stops(customer: CustomerId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what a customer has stopped itself.

    Exit status: 0.
    """
    from fairwire.runtime.kill_switch import stops_of

    with opened(data) as store:
        found = stops_of(store.records, customer)
    if as_json:
        print_json(found)
        return
    for order in found:
        typer.echo(line_of(order))
    if not found:
        typer.echo(f"{customer} has stopped nothing", err=True)


@customer_app.command("resume")
def resume(
    customer: CustomerId,
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on record.")] = "",
    by: ByOption = None,
    data: DataOption = None,
) -> None:
    """Let calls go on that a customer has stopped itself.

    Exit status: 0 they go on, 2 it is no stop of this customer's own.
    """
    from fairwire.runtime.kill_switch import allow_again
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        allow_again(store.records, customer, order_id, why, now_us(), by="" if by is None else who(by))
    typer.echo(f"calls of {customer} go on")
