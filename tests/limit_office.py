"""What tests of notices and deadlines share: a service with the events of customers, a stepped clock, a real mail server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec

from fairwire.model.customers import Contact, Customer
from fairwire.model.deadlines import Deadline
from fairwire.model.decision import Decision
from fairwire.model.instants import MINUTE_US, format_us, parse_us
from fairwire.model.invoicing import InvoiceLine
from fairwire.model.notices import Notice
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore
from fairwire.runtime import order_acts
from fairwire.runtime.clock_registers import DEADLINES, LINES, NOTICES
from fairwire.runtime.clockwork import Clockwork, Ran
from fairwire.runtime.data import open_control
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.journal import Keeping
from fairwire.runtime.letter_box import LetterBox
from fairwire.runtime.live import Live
from fairwire.runtime.mailing import mail_server as server_named
from fairwire.runtime.posting import Sending, send_waiting
from fairwire.runtime.registers import ORDERS
from policy_office import Clock, Postbox
from traces import real_plan, table_for

BRITISH: dict[str, Any] = {
    "name": "Hobnail Freight", "policy": "natterbox", "country": "GB", "region": "ENG", "timezone": "Europe/London",
    "numbers": ("+442079460018",),
    "currency": "GBP", "user_limit": 5, "user_price": "12.50", "contacts": (Contact(role="admin", email="it@hobnail.example"),),
}  # fmt: skip
AMERICAN: dict[str, Any] = {
    "name": "Larkspur Clinic", "policy": "natterbox", "country": "US", "timezone": "America/New_York", "currency": "USD",
    "user_limit": 5, "user_price": "20.00",
    "contacts": (Contact(role="admin", email="it@larkspur.example"), Contact(role="Abuse", email="abuse@larkspur.example")),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Desk:
    """One provider: events in; findings, orders, letters, deadlines and lines out."""

    folder: Path
    clock: Clock
    control: ControlStore
    customers: list[Customer]
    box: Postbox
    acts: bool = True
    other_packs: dict[str, Pack] = field(default_factory=dict)
    """Packs as letters know them, where they are not those in force."""
    number: int = 0
    live: Live = field(init=False)
    enforcing: Enforcing = field(init=False)
    clockwork: Clockwork = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin, or begin again after the process ended."""
        plan = real_plan()
        self.enforcing = Enforcing(self.control, clock=lambda: self.clock.now_us, acts=self.acts)
        self.clockwork = Clockwork(self.control.records, finding_of=self.control.finding, admit=self.enforcing.take)
        self.live = Live(
            self.folder, plan, table_for(plan, self.customers), self.control, lambda: self.clock.now_us, None, Keeping(),
            enforcing=self.enforcing, clockwork=self.clockwork,
        )  # fmt: skip
        if self.other_packs:
            self.clockwork.know(self.live.customer, lambda: self.other_packs)

    # -- what happens outside

    def event(self, type_: str, at: str | None = None, customer: str | None = None, **data: Any) -> None:
        """One event comes in, at the clock's time."""
        self.number += 1
        at = at or format_us(self.clock.now_us)
        named = {"specversion": "1.0", "id": f"e-{self.number}", "source": "test", "type": type_, "time": at}
        line = json.dumps(named | {"data": {"customer": customer or self.customers[0].id} | data}).encode()
        took = self.live.accept([line])
        assert took.accepted == 1, took.rejected
        asyncio.run(self.live.durable())

    def add(self, at: str, *users: str, customer: str | None = None) -> None:
        """Users are set up, a minute apart."""
        self.clock.set(at)
        for user in users:
            self.event("user.added", user=user, customer=customer)
            self.clock.now_us += MINUTE_US

    def at(self, instant: str) -> Ran:
        """The clock is set, and what is due is done; letters leave, and what their leaving begins is looked at."""
        self.clock.set(instant)
        return self.round()

    def round(self) -> Ran:
        """One round of everything."""
        self.enforcing.step()
        done = self.clockwork.run_due(self.clock.now_us)
        self.send()
        more = self.clockwork.run_due(self.clock.now_us)
        return Ran(written=done.written + more.written, orders=done.orders + more.orders)

    def send(self) -> Sending:
        """Hand over what waits."""
        with closing(server_named(self.box.address).mailer()) as mailer:
            return send_waiting(LetterBox(self.control.records, self.clockwork.letters), mailer, clock=lambda: self.clock.now_us)

    def agree(self, by: str = "person:dana") -> None:
        """A person agrees to every order that waits."""
        for kept in ORDERS.find(self.control.records, states=["waiting"]):
            order_acts.agree(self.control.records, kept.noun.order_id, by, self.clock.now_us, "the notice was clear")

    def ask(self, user: str) -> Decision:
        """Whether a call of a user connects."""
        self.number += 1
        data = {
            "call_id": f"c-{self.number}", "customer": self.customers[0].id, "user": user, "direction": "outbound",
            "from": "+442079460018", "to": "+442079460555",
        }  # fmt: skip
        self.live._in_force.read()
        return self.live.decide(json.dumps(data).encode())

    # -- what can be seen

    def notices(self, kind: str = "") -> list[Notice]:
        found = [kept.noun for kept in NOTICES.find(self.control.records) if not kind or kept.noun.kind == kind]
        return sorted(found, key=lambda each: (each.queued_us, each.notice_id))

    def deadline(self) -> Deadline:
        (kept,) = DEADLINES.find(self.control.records)
        return kept.noun

    def lines(self) -> list[InvoiceLine]:
        return sorted((kept.noun for kept in LINES.find(self.control.records)), key=lambda line: (line.subject, line.from_day))

    def orders(self, step: str = "block", states: Sequence[str] | None = None) -> dict[str, str]:
        """User -> state of its order."""
        found = [kept.noun for kept in ORDERS.find(self.control.records) if kept.noun.step == step]
        return {order.value or order.customer: order.state for order in found if states is None or order.state in states}

    def blocked(self) -> list[str]:
        return sorted(self.orders(states=["in_force"]))

    def all_orders(self) -> list[Order]:
        return [kept.noun for kept in ORDERS.find(self.control.records)]

    def letters(self, address: str) -> list[EmailMessage]:
        return self.box.to(address)

    def close(self) -> None:
        self.enforcing.close()
        self.live.close()


def subjects(letters: Sequence[EmailMessage]) -> list[str]:
    """What letters are about, without their numbers."""
    return [str(letter["Subject"]).strip().partition(" (o-")[0] for letter in letters]


def body(letter: EmailMessage, kind: str = "plain") -> str:
    """One part of a letter, as a reader sees it."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@contextmanager
def desk(folder: Path, box: Postbox, start: str, *customers: dict[str, Any], **more: Any) -> Iterator[Desk]:
    """A provider's desk with some customers."""
    records = [msgspec.convert({"id": f"customer-{n}"} | each, Customer, strict=False) for n, each in enumerate(customers)]
    with closing(open_control(folder)) as control:
        made = Desk(folder=folder, clock=Clock(parse_us(start)), control=control, customers=records, box=box, **more)
        try:
            yield made
        finally:
            made.close()
