"""`fairwire customer statement`, `view`, `end` ...: what misuse has cost, what a customer sees, the end of its service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import viewer_of
from fairwire.cli.customer import CustomerId, customer_app
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, line_of, opened
from fairwire.cli.report import load
from fairwire.cli.typed import instant_us, print_json

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.statements import Statement
    from fairwire.model.terminations import Termination

OrderId = Annotated[str, typer.Argument(metavar="ORDER_ID", help="The order that ends the service, or the beginning of its id.")]
CustomersOption = Annotated[
    Path | None,
    typer.Option(
        envvar="FAIRWIRE_CUSTOMERS", help="Customer records, for zone and currency.", metavar="FILE", show_default=False
    ),
]


@customer_app.command("statement")
def statement(
    customer: CustomerId,
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The calendar month, in the customer's zone.")],
    customers: CustomersOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw up what was found, done and invoiced in a month, and what misuse by its users has cost, to the millionth.

    Amounts are those of the log: charged calls and messages of what was found, each under one finding. What was judged to be
    nothing is not in it; a takeover that came before stands beside it.

    Exit status: 0 drawn up, 2 it is no month.
    """
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.statement import as_csv as csv_of
    from fairwire.runtime.statement import statement as draw_up

    with opened(data) as store:
        made = draw_up(store, data_folder(data), _record(customers, customer), month)
    if as_json:
        print_json(made)
    elif as_csv:
        typer.echo(csv_of(made), nl=False)
    else:
        _show(made)


def _show(made: Statement) -> None:
    typer.echo(f"{made.customer} {made.name}".rstrip() + f", {made.month} ({made.zone})")
    for line in made.lines:
        whose = " ".join(filter(None, (line.user, line.credential, line.line)))
        money = f"{line.amount} {line.currency}".strip()
        typer.echo(f"{line.time[:10]}  {line.kind:<8}{money:>16}  {line.id}  {','.join(line.clauses):<8}  {whose}  {line.text}")
        if line.mitigation:
            typer.echo(f"{'':<38}{line.mitigation}")
    for row in made.users:
        typer.echo(
            f"user  {row.user or '(none named)':<24}{row.findings} findings, the worst {row.worst}, the last {row.last[:10]}"
        )
    for name, sums in (("misuse", made.misuse), ("invoiced", made.invoiced)):
        for currency, amount in sums.items():
            typer.echo(f"{name:<12}{amount:>16} {currency}")


@customer_app.command("view")
def view(customer: CustomerId, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show what the customer's own administrator may see: its users' findings, orders, reviews, instructions, takedowns.

    Exit status: 0.
    """
    from fairwire.runtime.customer_view import customer_view

    with opened(data) as store:
        seen = customer_view(store, customer)
    if as_json:
        print_json(seen)
        return
    for row in seen.users:
        typer.echo(
            f"user  {row.user or '(none named)':<24}{row.findings} findings, the worst {row.worst}, the last {row.last[:10]}"
        )
    for order in seen.orders:
        typer.echo(line_of(order))
    for told in seen.instructions:
        typer.echo(f"{told.instruction_id}  {told.state:<12}  {told.text}")
    for taken in seen.takedowns:
        typer.echo(f"{taken.takedown_id}  {taken.state:<12}  {taken.content}")


@customer_app.command("end")
def end(
    order_id: OrderId,
    ends: Annotated[str | None, typer.Option("--at", metavar="INSTANT", help="When the service ends.  [default: now]")] = None,
    export_days: Annotated[int, typer.Option(min=0, help="Days after it in which the customer can take its data away.")] = 30,
    statement_days: Annotated[int, typer.Option(min=0, help="Days after it by which the final statement is drawn up.")] = 14,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw up the checklist of an order that ends a service: notice with reasons, end, final statement, data, deletion.

    Exit status: 0 drawn up, 2 the order ends no service.
    """
    from fairwire.runtime.customer_acts import begin_termination
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        made = begin_termination(
            store.records,
            order_id,
            viewer_of(by, data),
            now_us(),
            ends_us=instant_us(ends, "--at"),
            export_days=export_days,
            statement_days=statement_days,
        )
    _list(made, as_json)


@customer_app.command("endings")
def endings(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the ends of service that are under way.

    Exit status: 0.
    """
    from fairwire.runtime.case_registers import TERMINATIONS

    with opened(data) as store:
        found = [kept.noun for kept in TERMINATIONS.find(store.records, states=["open"])]
    if as_json:
        print_json(found)
        return
    for each in found:
        _list(each, False)
    if not found:
        typer.echo("no service is about to end", err=True)


@customer_app.command("done")
def done(
    order_id: OrderId,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="notice, end, statement, export or deletion.")],
    note: Annotated[str, typer.Option(metavar="TEXT", help="What shows it, such as the letter's number.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put it on record that an item of the checklist is done. Nothing is deleted while a hold keeps it.

    Exit status: 0 on record, 2 its time has not come, or a hold forbids it.
    """
    from fairwire.runtime.customer_acts import tick
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _list(tick(store.records, order_id, item, viewer_of(by, data), now_us(), note), as_json)


@customer_app.command("keep")
def keep(order_id: OrderId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """The service goes on after all; lift or overturn the order itself.

    Exit status: 0 withdrawn, 2 it is over, or no reason is given.
    """
    from fairwire.runtime.customer_acts import withdraw_termination
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _list(withdraw_termination(store.records, order_id, viewer_of(by, data), now_us(), why), as_json)


def _record(customers: Path | None, customer: str) -> Customer:
    from fairwire.model.customers import Customer
    from fairwire.model.errors import BadUse

    known = load(customers)
    if customers is not None and customer not in known:
        raise BadUse(f"there is no customer `{customer[:80]}` in {customers}", help_="look at the id, or name another file")
    return known.get(customer, Customer(id=customer))


def _list(made: Termination, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(
        f"{made.order_id}  {made.state}  {made.customer}  ends {made.ends}, data until {made.export_until}: {made.reasons}"
    )
    for item in made.items:
        who = (item.by or "").removeprefix("person:")
        state = f"done {item.done} by {who} {item.note}".rstrip() if item.done else f"due {item.due}"
        typer.echo(f"  {item.id:<10}  {state:<40}  {item.what}")
