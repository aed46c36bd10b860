"""Labels: who really abused the service, when, which clauses that broke, and what it cost; and who the customers are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.model.money import parse_micros


class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `labels.jsonl`. A customer that does nothing wrong has one line with abuse `none` over the whole period."""

    customer: str
    abuse: str
    clauses: tuple[str, ...]
    start: str
    end: str
    loss: str | None = None
    """Decimal: what the abuse cost when nobody stopped it. None where money is not the harm."""
    onset: str | None = None
    """When the harm began, if trial calls went before it; None: at the start. Time to detection counts from here."""
    variant: str | None = None
    level: str | None = None
    kind: str | None = None
    """Which look-alike a good customer is, such as `traveller`; None for the others."""
    group: str | None = None
    """Accounts with the same one carry out one attack together; None: alone."""
    loss_curve: tuple[tuple[str, str], ...] = ()
    """(instant, loss so far), rising; empty without a loss."""

    def __post_init__(self) -> None:
        if not self.customer or not self.abuse:
            raise ValueError("a label needs `customer` and `abuse`")
        if parse_us(self.end) < parse_us(self.start):
            raise ValueError(f"`end` {self.end} lies before `start` {self.start}")
        for amount in (self.loss or "0", *(lost for _, lost in self.loss_curve)):
            parse_micros(amount)
        for instant in (self.onset or self.start, *(at for at, _ in self.loss_curve)):
            parse_us(instant)


def read_labels(path: Path) -> Iterator[Label]:
    """Labels of a JSON Lines file.

    Raises
    ------
    BadInput
        The file cannot be read, or a line of it is not a label.
    """
    decoder = msgspec.json.Decoder(Label)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield decoder.decode(line)
                    except (msgspec.DecodeError, msgspec.ValidationError) as error:
                        raise BadInput(f"not a label: {error}", at=f"{path}:{number}") from None
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(path)) from None


def read_customers(path: Path) -> list[Customer]:
    """Customer records of a JSON Lines file, or of a YAML list (`.yaml`, `.yml`).

    Raises
    ------
    BadInput
        The file cannot be read, or a record of it is not a customer.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(path)) from None
    if path.suffix in (".yaml", ".yml"):
        try:
            return msgspec.yaml.decode(text, type=list[Customer])
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise BadInput(f"not a list of customers: {error}", at=str(path)) from None
    customers = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                customers.append(msgspec.json.decode(line, type=Customer))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise BadInput(f"not a customer: {error}", at=f"{path}:{number}") from None
    return customers
