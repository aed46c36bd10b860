"""`fairwire invoice`: what is charged for use above an order, for the billing system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.order import DataOption, JsonOption, opened, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairwire.model.invoicing import InvoiceLine

CustomerOption = Annotated[str | None, typer.Option(metavar="ID", help="Only one customer's.")]
MonthOption = Annotated[
    str | None, typer.Option(metavar="YYYY-MM", help="Only those of one calendar month, in the customer's zone.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What is charged for use above an order.", no_args_is_help=True)
    group.command("list")(list_lines)
    group.command("export")(export)
    app.add_typer(group, name="invoice")


def list_lines(
    customer: CustomerOption = None, month: MonthOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Show the lines by customer and day, with what each is for, and the sum of each currency.

    Exit status: 0.
    """
    from fairwire.enforcement.excess import total

    lines = _lines(data, customer, month)
    if as_json:
        print_json(lines)
        return
    for line in lines:
        credited = "  credited" if line.state == "credited" else ""
        typer.echo(f"{line.line_id}  {line.customer:<24}{line.amount:>12} {line.currency:<4}  {line.said}{credited}")
    for currency in sorted({line.currency for line in lines}):
        due = [line for line in lines if line.currency == currency and line.state == "open"]
        if due:
            typer.echo(f"{'':<20}{'due':<24}{total(due).split()[0]:>12} {currency}")
    if not lines:
        typer.echo("nothing was charged", err=True)


def export(
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, with a line of headings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write there instead of to standard output.", show_default=False)
    ] = None,
    customer: CustomerOption = None,
    month: MonthOption = None,
    data: DataOption = None,
) -> None:
    """Write the lines for a billing system. A line keeps its id: whoever takes in the same id twice charges it once.

    Exit status: 0 written, 2 neither form is named, or the file cannot be written.
    """
    from fairwire.model.errors import BadInput, BadUse
    from fairwire.runtime import invoice_files

    if as_csv == as_json:
        raise BadUse("lines are written in one form", help_="give `--csv` or `--json`")
    lines = _lines(data, customer, month)
    text = invoice_files.as_csv(lines) if as_csv else invoice_files.as_json(lines)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(out), help_="name another one") from None
    typer.echo(f"{len(lines):,} lines in {out}" if len(lines) != 1 else f"1 line in {out}", err=True)


def _lines(data: Path | None, customer: str | None, month: str | None) -> Sequence[InvoiceLine]:
    import re

    from fairwire.model.errors import BadUse
    from fairwire.runtime.invoice_files import invoice_lines

    if month is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise BadUse(f"`{month[:20]}` is no month", help_="write one such as 2026-03")
    with opened(data) as store:
        return invoice_lines(store.records, customer=customer, month=month)
