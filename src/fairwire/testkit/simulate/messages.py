"""Ordinary texting: people and customers, reminders, parents' groups, sign-in codes of registered senders, paging."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS, Ints
from fairwire.testkit.simulate.numbers import domestic, picks
from fairwire.testkit.simulate.ordinary import local_times
from fairwire.testkit.simulate.rows import Data, digest
from fairwire.testkit.simulate.texts import Writer, segments_of
from fairwire.testkit.simulate.world import MESSAGES, Desk, e164, habits

MESSAGE_CHARGE = "0.0075"


class Texter:
    """Writes the message events of one customer.

    Parameters
    ----------
    desk
        The customer.
    rng, writer
        Random stream, and what writes the texts.
    """

    __slots__ = ("_count", "_desk", "_prefix", "rng", "writer")

    def __init__(self, desk: Desk, rng: np.random.Generator, writer: Writer, prefix: str = "m") -> None:
        self._desk, self.rng, self.writer = desk, rng, writer
        self._prefix = f"{desk.part.record.id}-{prefix}"
        self._count = 0

    def sent(self, at_ms: float, line: int, to: int, text: str, **more: object) -> None:
        """A message out, delivered unless `status` says otherwise."""
        self._count += 1
        data: Data = {"message_id": f"{self._prefix}{self._count}", **self._who(line), "channel": "sms"}
        data |= {"from": e164(line), "to": [e164(to)], "text": text, "segments": segments_of(text), "status": "delivered"}
        data |= {"charge": MESSAGE_CHARGE, "currency": self._desk.part.record.currency}
        self._desk.add(at_ms, "message.sent", data | more)

    def received(self, at_ms: float, line: int, sender: int | str, text: str, **more: object) -> None:
        """A message in."""
        self._count += 1
        data: Data = {"message_id": f"{self._prefix}{self._count}", **self._who(line), "channel": "sms"}
        data |= {"from": sender if isinstance(sender, str) else e164(sender), "to": [e164(line)], "text": text}
        self._desk.add(at_ms, "message.received", data | {"segments": segments_of(text)} | more)

    def _who(self, line: int) -> dict[str, str]:
        place = line - self._desk.part.first_number
        return {"user": f"u{place}"} if 1 <= place <= self._desk.part.seats else {}


def messages(desk: Desk) -> None:
    """All ordinary messages of one customer."""
    share = desk.mix.get("messages", 0.0)
    rng = desk.rng(MESSAGES)
    writer = desk.writer(rng)
    habit = habits()["messages"]
    texts = rng.random() < habit["share"]
    if share <= 0:
        return
    texter = Texter(desk, rng, writer)
    if texts:
        lines = [0, *(1 + np.flatnonzero(rng.random(min(desk.part.seats, 40)) < habit["lines"])).tolist()]
        for place in lines:
            _people(desk, texter, desk.part.number(place), share)
    if desk.part.segment.reminders:
        _reminders(desk, texter, share)
    if desk.part.segment.blasts:
        _group(desk, texter)
    if "codes" in desk.part.pursuits:
        _codes(desk, texter, share)
    if "paging" in desk.part.pursuits:
        _paging(desk, texter)


def _people(desk: Desk, texter: Texter, line: int, share: float) -> None:
    """One number: messages to people it knows, who mostly answer, and who sometimes write first."""
    habit, rng, writer = habits()["messages"], texter.rng, texter.writer
    times = local_times(rng, desk.day_shares() * habit["out"] * share * rng.gamma(2, 0.5), desk.midnights, desk.hours())
    if not len(times):
        return
    code, size = picks(rng, len(times), known=int(rng.integers(6, 30)), p_new=habit["p_new"], favourites=True)
    pool = _contacts(desk, rng, size)
    answered = rng.random(len(times)) < habit["reply"]
    wait = rng.exponential(8 * MINUTE_MS, len(times)) + 12 * SECOND_MS
    chance = rng.random(len(times))
    for at, to, reply, after, luck in zip(
        times.tolist(), pool[code].tolist(), answered.tolist(), wait.tolist(), chance.tolist(), strict=True
    ):
        more: dict[str, object] = {}
        if luck < habit["failed"]:
            more = {"status": "failed"}
            reply = False
        elif luck > 1 - habit["pictures"]:
            more = {"channel": "mms", "media": [{"sha256": digest(int(luck * 1e15)), "type": "image/jpeg", "bytes": 240_000}]}
        elif luck > 1 - habit["pictures"] - habit["chats"]:
            more = {"channel": "chat"}
        texter.sent(at, line, to, writer.text("office"), **more)
        if reply:
            texter.received(at + after, line, to, writer.text("reply"))
    for at in local_times(rng, desk.day_shares() * habit["out"] * share * habit["first"], desk.midnights, desk.hours()).tolist():
        sender = int(pool[int(rng.integers(0, size))])
        texter.received(at, line, sender, writer.text("office"))
        if rng.random() < 0.8:
            texter.sent(at + rng.exponential(10 * MINUTE_MS) + 20 * SECOND_MS, line, sender, writer.text("reply"))


def _contacts(desk: Desk, rng: np.random.Generator, size: int) -> Ints:
    return domestic(rng, size, desk.part.record.country, desk.part.area, people=True).number


def _reminders(desk: Desk, texter: Texter, share: float) -> None:
    """A clinic writes to tomorrow's patients, between ten and noon; some confirm."""
    habit, rng = habits()["messages"], texter.rng
    roster = _contacts(desk, rng, int(rng.integers(600, 3000)))
    usual = rng.integers(*habit["reminders"]) * share
    for day in np.flatnonzero(desk.day_shares() > 0.5):
        people = rng.choice(roster, int(rng.poisson(usual)))
        times = desk.midnights[day] + 10 * HOUR_MS + np.sort(rng.integers(0, 2 * HOUR_MS, len(people)))
        for at, to in zip(times.tolist(), people.tolist(), strict=True):
            texter.sent(at, desk.part.number(0), to, texter.writer.text("reminder"))
            if texter.writer.chance(habit["confirm"]):
                texter.received(
                    at + rng.exponential(30 * MINUTE_MS), desk.part.number(0), to, texter.writer.one_of(("C", "Y", "Yes", "ok"))
                )


def _group(desk: Desk, texter: Texter) -> None:
    """A school writes to all parents of a group now and then: the same people every time."""
    habit, rng = habits()["messages"], texter.rng
    roster = _contacts(desk, rng, int(rng.integers(*habit["group"])))
    for day in np.flatnonzero((rng.random(desk.period.days) < habit["group_days"]) & (desk.day_shares() > 0.5)):
        send_to_all(texter, desk.part.number(0), roster, int(desk.midnights[day]) + int(rng.integers(8, 18)) * HOUR_MS, "school")


def send_to_all(texter: Texter, line: int, roster: Ints, begin: int, kind: str) -> None:
    """One text to a whole roster within ten minutes; a few answer."""
    text = texter.writer.text(kind)
    for place, to in enumerate(texter.rng.permutation(roster).tolist()):
        at = begin + place * 1_500
        texter.sent(at, line, to, text)
        if texter.writer.chance(0.08):
            texter.received(at + texter.rng.exponential(20 * MINUTE_MS), line, to, texter.writer.text("reply"))


def _codes(desk: Desk, texter: Texter, share: float) -> None:
    """A registered sender of sign-in codes: to strangers, one each, hardly ever answered."""
    rng = texter.rng
    rate = desk.day_shares().clip(0.6, None) * rng.integers(*habits()["messages"]["codes"]) * share
    times = local_times(rng, rate * (np.arange(desk.period.days) >= desk.part.ramp_from), desk.midnights, desk.hours())
    people = _contacts(desk, rng, max(1, len(times) // 3))
    for at in times.tolist():
        text = texter.writer.text("own_code", code=texter.writer.digits(6))
        texter.sent(at, desk.part.number(0), int(rng.choice(people)), text)


def _paging(desk: Desk, texter: Texter) -> None:
    """Machines that page the people on duty, at any hour; they acknowledge."""
    rng = texter.rng
    duty = _contacts(desk, rng, int(rng.integers(2, 5)))
    weekly = rng.uniform(*habits()["messages"]["paging"])
    count = int(rng.poisson(weekly * desk.period.days / 7))
    for at in np.sort(desk.midnights[0] + rng.integers(0, desk.period.days * 24 * HOUR_MS, count)).tolist():
        text = texter.writer.text("paging")
        for place, to in enumerate(duty.tolist()):
            texter.sent(at + place * 60 * SECOND_MS, desk.part.number(0), to, text)
        texter.received(at + 4 * MINUTE_MS, desk.part.number(0), int(duty[0]), "ack")
