"""The rest of an ordinary month: who joins and leaves, lost devices, passwords, uploads, load, complaints."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS
from fairwire.testkit.simulate.ordinary import local_times
from fairwire.testkit.simulate.rows import Data, digest, instant_text
from fairwire.testkit.simulate.world import OFFICE, RESOURCES, Desk, credential, e164, habits


def usage(desk: Desk) -> None:
    """The customer's share of processor, memory and line, with the day's rhythm; exports and reports are short peaks."""
    rng = desk.rng(RESOURCES)
    habit = habits()["usage"]
    if rng.random() >= habit["share"]:
        return
    interval = habit["every_s"] / max(0.02, desk.mix["usage"])
    times = np.arange(desk.midnights[0] + rng.uniform(0, interval) * SECOND_MS, desk.end_ms, interval * SECOND_MS)
    day = (np.searchsorted(desk.midnights, times, side="right") - 1).clip(0)
    hour = ((times - desk.midnights[day]) // HOUR_MS).astype(int).clip(0, 23)
    profile = desk.hours()
    busy = profile[hour] / profile.max() * desk.day_shares()[day]
    base = 0.002 * desk.part.seats**0.7 * rng.lognormal(0, 0.4)
    peak = np.zeros(len(times))
    for place in np.flatnonzero(rng.random(desk.period.days) < habit["reports"]).tolist():
        at = desk.midnights[place] + int(rng.integers(8, 22)) * HOUR_MS
        peak[(times >= at) & (times < at + 12 * MINUTE_MS)] = rng.uniform(0.15, 0.35)
    noise = rng.lognormal(0, 0.35, (4, len(times)))
    cpu = (base * (0.2 + busy) * noise[0] + peak).clip(0, 0.6)
    memory = (base * (0.8 + 0.4 * busy) * noise[1] + peak * 0.4).clip(0, 0.6)
    bits = 80_000 * desk.part.seats * (0.03 + busy) * noise[2] + peak * 3e7
    delay = 9 * noise[3]
    for at, one, two, three, four in zip(
        times.tolist(), cpu.tolist(), memory.tolist(), bits.tolist(), delay.tolist(), strict=True
    ):
        sample(desk, at, interval, one, two, three, four)


def sample(desk: Desk, at_ms: float, interval_s: float, cpu: float, memory: float, bits: float, delay_ms: float) -> None:
    """One sample of resource use."""
    data: Data = {"cpu_share": round(cpu, 4), "memory_share": round(memory, 4), "throughput_bps": round(bits)}
    data |= {"neighbour_delay_ms": round(delay_ms, 2), "interval_s": round(interval_s, 1)}
    desk.add(at_ms, "usage.sample", data)


def scans(desk: Desk) -> None:
    """Files that people upload or attach, all clean."""
    rng = desk.rng(OFFICE + 100)
    times = local_times(
        rng, desk.day_shares() * habits()["scans"]["uploads"] * desk.part.seats * desk.mix["scans"], desk.midnights, desk.hours()
    )
    for at in times.tolist():
        where = ("upload", "attachment", "mms", "greeting")[int(rng.choice(4, p=[0.3, 0.5, 0.15, 0.05]))]
        scanned(desk, at, int(rng.integers(1, desk.part.seats + 1)), int(rng.integers(0, 2**62)), where)


def scanned(desk: Desk, at_ms: float, user: int, content: int, where: str, signature: str | None = None) -> None:
    """One scan; clean unless a signature is given."""
    data: Data = {
        "user": f"u{user}",
        "sha256": digest(content),
        "verdict": "infected" if signature else "clean",
        "where": where,
    }
    desk.add(at_ms, "content.scanned", data | ({"signature": signature} if signature else {}))


def people(desk: Desk) -> None:
    """Everybody is told on the first day; later some leave and hand their licence on, devices get lost, passwords change."""
    rng, habit, share = desk.rng(OFFICE), habits()["people"], desk.mix["people"]
    begin = int(desk.midnights[0])
    opened = max(0, desk.part.ramp_from)
    for user in range(1, desk.part.seats + 1):
        at = begin + opened * 24 * HOUR_MS + user * 1_000 if opened else begin + user
        added(desk, at, f"u{user}", f"person-{desk.part.index}-{user}")
    chances = rng.random((desk.period.days, 4))
    seats, leaver = desk.part.seats, 0
    for day in np.flatnonzero(desk.day_shares() > 0.3).tolist():
        at = int(desk.midnights[day]) + 9 * HOUR_MS + int(rng.integers(0, 7 * HOUR_MS))
        if chances[day, 0] < habit["leaves"] * seats * share and leaver < seats - 1:
            leaver += 1
            # the newcomer takes the leaver's licence and name in the system, as most offices do it
            desk.add(at, "user.removed", {"user": f"u{seats}", "person": f"person-{desk.part.index}-{seats}-{leaver - 1}"})
            new = {"user": f"u{seats}", "person": f"person-{desk.part.index}-{seats}-{leaver}", "replaces": f"u{seats}"}
            desk.add(at + 20 * MINUTE_MS, "user.added", new)
        if chances[day, 1] < habit["lost"] * seats * share:
            user = int(rng.integers(1, seats + 1))
            lost = {"device": f"{desk.part.record.id}-u{user}-tablet", "user": f"u{user}"}
            desk.add(at, "device.lost", lost)
            if rng.random() < 0.6:
                desk.add(at + rng.uniform(1, 30) * HOUR_MS, "device.found", lost)
        if chances[day, 3] < habit["renewals"] * share:
            desk.add(at, "order.changed", {"plan": desk.part.record.plan, "user_limit": desk.part.record.user_limit})
        if chances[day, 2] < habit["passwords"] * seats * share:
            changed(desk, at, int(rng.integers(1, seats + 1)), int(rng.choice([2, 3, 4], p=[0.15, 0.5, 0.35])))


def added(desk: Desk, at_ms: float, user: str, person: str, **more: str) -> None:
    """A user is provisioned."""
    desk.add(at_ms, "user.added", {"user": user, "person": person, **more})


def changed(desk: Desk, at_ms: float, user: int, strength: int, *, at: float | None = None) -> None:
    """A password is set; `at` when it was set earlier than it is told."""
    data: Data = {
        "credential": credential(desk.part, user),
        "strength": strength,
        "at": instant_text(int(at_ms if at is None else at)),
    }
    desk.add(at_ms, "credential.changed", data)


def reports(desk: Desk) -> None:
    """Now and then somebody complains about a customer that did nothing."""
    rng = desk.rng(OFFICE + 200)
    count = int(rng.poisson(habits()["reports"]["complaint"] * desk.period.days * desk.mix["reports"]))
    writer = desk.writer(rng)
    for number in range(count):
        at = desk.midnights[int(rng.integers(0, desk.period.days))] + int(rng.integers(8, 20)) * HOUR_MS
        complaint(desk, at, number, "other", writer.text("report_other"), desk.part.number(0))


def complaint(desk: Desk, at_ms: float, number: int, category: str, text: str, about: int) -> None:
    """A report from outside about one of the customer's numbers."""
    data: Data = {"report_id": f"r-{desk.part.index}-{number}", "category": category, "number": e164(about), "text": text}
    data |= {"reporter": f"reader{number}@outside.example", "format": ("form", "api", "arf", "xarf")[number % 4]}
    desk.add(at_ms, "report.received", data)
