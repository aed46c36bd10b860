"""Ordinary mail: people, newsletters of those who asked for them, invoice runs, tickets, aliases and remailers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwire.testkit.simulate.calls import HOUR_MS, SECOND_MS
from fairwire.testkit.simulate.ordinary import local_times
from fairwire.testkit.simulate.rows import Data
from fairwire.testkit.simulate.texts import Writer
from fairwire.testkit.simulate.world import MAIL, Desk, domain, habits, mailbox, office_address

PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
RELAY = "relay.provider.example"


def stranger(number: int) -> str:
    """An address outside."""
    return f"p{number % 10_000_000}@m{number % 977}.example"


class Mailer:
    """Writes the mail events of one customer."""

    __slots__ = ("_count", "_desk", "_prefix", "rng", "writer")

    def __init__(self, desk: Desk, rng: np.random.Generator, writer: Writer, prefix: str = "mail") -> None:
        self._desk, self.rng, self.writer = desk, rng, writer
        self._prefix = f"{desk.part.record.id}-{prefix}"
        self._count = 0

    def sent(self, at_ms: float, user: int, to: Sequence[str], subject: str, size: int, **more: object) -> None:
        """A mail of one person, rightly signed unless `more` says otherwise."""
        self._count += 1
        part = self._desk.part
        sender = mailbox(part, user)
        host = f"mail.{domain(part)}"
        data: Data = {"message_id": f"<{self._prefix}{self._count}@{domain(part)}>", "user": f"u{user}"}
        data |= {"mail_from": sender, "header_from": sender, "to": list(to), "subject": subject, "bytes": size} | PASS
        data |= {
            "spam_score": round(max(-2.0, self.rng.normal(0.4, 0.9)), 1),
            "received": [f"from {host} by {RELAY}", f"from [{office_address(part, user)}] by {host}"],
        }
        self._desk.add(at_ms, "email.sent", data | more)


def mail(desk: Desk) -> None:
    """All ordinary mail of one customer."""
    share = desk.mix["mail"]
    rng = desk.rng(MAIL)
    mailer = Mailer(desk, rng, desk.writer(rng))
    _people(desk, mailer, share)
    if "newsletter" in desk.part.pursuits:
        _newsletter(desk, mailer, share)
    if "invoices" in desk.part.pursuits:
        invoice_run(desk, mailer, max(5, round(rng.integers(*habits()["mail"]["invoices"]) * share)))
    if "tickets" in desk.part.pursuits:
        _tickets(desk, mailer, share)
    if "remailer" in desk.part.pursuits:
        _remailer(desk, mailer, share)


def _people(desk: Desk, mailer: Mailer, share: float) -> None:
    """People who write to people: most of them known, one to four at a time."""
    habit, rng, writer = habits()["mail"], mailer.rng, mailer.writer
    median, sigma = habit["recipients"]
    most = habit["to_most"]
    for user in range(1, desk.part.seats + 1):
        rate = rng.lognormal(np.log(median), sigma) * share / ((1 + most) / 2) * 0.9
        times = local_times(rng, desk.day_shares() * min(rate, 120), desk.midnights, desk.hours())
        base = int(rng.integers(0, 10**9))
        circle = int(rng.integers(10, 60))
        counts = rng.integers(1, most + 1, len(times))
        who = (rng.random((len(times), most)) ** 2 * circle).astype(np.int64)
        fresh = rng.random(len(times)) < 0.15
        sizes = rng.lognormal(np.log(20_000), 1.4, len(times)).astype(np.int64)
        complained = rng.random(len(times)) < habit["complaint"]
        for place, at in enumerate(times.tolist()):
            to = [stranger(base + 7919 * int(other)) for other in who[place, : counts[place]]]
            if fresh[place]:
                to[0] = stranger(base + 10_000 + place)
            more: dict[str, object] = {"complained": True} if complained[place] else {}
            mailer.sent(at, user, list(dict.fromkeys(to)), writer.text("subject_office"), int(sizes[place]), **more)


def send_list(
    mailer: Mailer, user: int, people: Sequence[str], begin: float, gap_ms: float, subject: str, complaint: float
) -> None:
    """One mail to each of a list, one after the other."""
    luck = mailer.rng.random(len(people))
    for place, to in enumerate(people):
        more: dict[str, object] = {"complained": True} if luck[place] < complaint else {}
        mailer.sent(begin + place * gap_ms, user, [to], subject, 38_000, **more)


def _newsletter(desk: Desk, mailer: Mailer, share: float) -> None:
    """A letter to readers who asked for it, every week or two."""
    rng = mailer.rng
    base, count = int(rng.integers(0, 10**9)), max(20, round(rng.integers(*habits()["mail"]["newsletter"]) * share))
    every = int(rng.choice([7, 14]))
    for day in range(int(rng.integers(0, every)), desk.period.days, every):
        begin = int(desk.midnights[day]) + 10 * HOUR_MS
        people = [stranger(base + 31 * number) for number in range(count)]
        send_list(mailer, 1, people, begin, 400, mailer.writer.text("subject_newsletter"), 0.0003)


def invoice_run(desk: Desk, mailer: Mailer, count: int) -> None:
    """Invoices to all customers on the first working days of a month, each its own."""
    base = int(mailer.rng.integers(0, 10**9))
    days = np.flatnonzero(desk.day_shares() > 0.5)[:1]
    for day in days.tolist():
        for number in range(count):
            at = int(desk.midnights[day]) + 9 * HOUR_MS + number * 1_200
            mailer.sent(at, 1, [stranger(base + 17 * number)], mailer.writer.text("subject_invoice"), 62_000)


def _tickets(desk: Desk, mailer: Mailer, share: float) -> None:
    """A ticket system that writes to those who wrote to it, under an alias of the house."""
    rng = mailer.rng
    times = local_times(rng, desk.day_shares() * rng.integers(*habits()["mail"]["tickets"]) * share, desk.midnights, desk.hours())
    base = int(rng.integers(0, 10**9))
    for number, at in enumerate(times.tolist()):
        to = stranger(base + 13 * (number // 3))
        mailer.sent(at, 1, [to], mailer.writer.text("subject_ticket"), 9_000, header_from=f"support@{domain(desk.part)}")


def _remailer(desk: Desk, mailer: Mailer, share: float) -> None:
    """An alias service: other people's mail under addresses that it made for them, signed by it."""
    rng = mailer.rng
    times = local_times(rng, desk.day_shares() * 30 * share, desk.midnights, desk.hours())
    for number, at in enumerate(times.tolist()):
        alias = f"anon{int(rng.integers(0, 4_000))}@{domain(desk.part)}"
        hops = [f"from outside.example by mx.{domain(desk.part)}", f"from mx.{domain(desk.part)} by {RELAY}"]
        more = {"header_from": alias, "mail_from": f"bounce@{domain(desk.part)}", "spf": "pass", "received": hops[::-1]}
        mailer.sent(
            at + number % 7 * SECOND_MS,
            1,
            [stranger(int(rng.integers(0, 10**9)))],
            mailer.writer.text("subject_alias"),
            11_000,
            **more,
        )
