"""Lines of invoices for other programs: CSV (RFC 4180) and JSON Lines. Money is a decimal text in both."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec

from fairwire.model.invoicing import InvoiceLine
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import LINES

COLUMNS = tuple(field.name for field in msgspec.structs.fields(InvoiceLine))


def invoice_lines(
    store: RecordStore, *, customer: str | None = None, month: str | None = None, with_credited: bool = True
) -> list[InvoiceLine]:
    """The lines on record by customer, first day and id."""
    found = [
        kept.noun
        for kept in LINES.find(store, customer=customer, states=None if with_credited else ["open"])
        if month is None or kept.noun.month == month
    ]
    return sorted(found, key=lambda line: (line.customer, line.from_day, line.line_id))


def as_csv(lines: Sequence[InvoiceLine]) -> str:
    """With a line of headings. What a spreadsheet would take for a formula is kept a text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([_cell(getattr(line, name)) for name in COLUMNS])
    return out.getvalue()


def as_json(lines: Sequence[InvoiceLine]) -> str:
    """One object a line."""
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
