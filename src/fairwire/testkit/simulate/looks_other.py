"""Good customers whose messages, mail, sign-ins or network look like abuse."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, scattered
from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS, joined
from fairwire.testkit.simulate.logins import Spot, at_work, device, register, sign_in
from fairwire.testkit.simulate.mail import Mailer, send_list, stranger
from fairwire.testkit.simulate.mail import invoice_run as invoices
from fairwire.testkit.simulate.network import backup, flow, request
from fairwire.testkit.simulate.office import added, changed, sample
from fairwire.testkit.simulate.texts import registered_domain
from fairwire.testkit.simulate.world import VPN_ASN, Place, domain, office_address, outside


def _begin(stage: Stage, hour: float) -> int:
    return int(stage.midnights[int(stage.work_days(1)[0])]) + int(hour * HOUR_MS)


def backup_burst(stage: Stage) -> Act:
    """Every night a copy of everything to one place, at full speed, over in two hours; the samples show it."""
    backup(stage.desk, stage.rng, np.arange(stage.days), 8e10, 1.0)
    for midnight in stage.midnights.tolist():
        for at in range(midnight + HOUR_MS, midnight + int(2.5 * HOUR_MS), 5 * MINUTE_MS):
            sample(stage.desk, at, 300.0, 0.12, 0.08, float(stage.rng.normal(9e7, 6e6)), float(stage.rng.normal(10, 1)))
    return stage.act()


def new_office(stage: Stage) -> Act:
    """Opening day: new people, their devices, their first sign-ins, and calls to everybody they have not called yet."""
    rng = stage.rng
    begin, first = _begin(stage, 8), stage.part.seats + 1
    parts = []
    for user in range(first, first + stage.part.seats):
        at = begin + (user - first) * 90 * SECOND_MS
        added(stage.desk, at, f"u{user}", f"person-{stage.part.index}-{user}")
        changed(stage.desk, at + 20 * SECOND_MS, user, 3)
        for which in (0, 1):
            known = {"device": device(stage.desk, user, which), "user_agent": ("Deskphone 4.2", "Softphone 9.1")[which]}
            (register, sign_in)[which](stage.desk, at + (which + 1) * 3 * MINUTE_MS, user, at_work(stage.desk, user), **known)
        n = int(rng.integers(4, 14))
        start = begin + 2 * HOUR_MS + np.sort(rng.integers(0, 7 * HOUR_MS, n))
        calls = stage.laid(start, stage.strangers(n), np.full(n, stage.part.number(user)), user=user)
        parts.append(stage.finished(calls, rng.random(n) < 0.65, rng.lognormal(4.4, 1.1, n), failures="people"))
    return stage.act(joined(parts))


def registered_campaign(stage: Stage) -> Act:
    """Offers to readers who asked for them: the same readers each time, a few answers, hardly anybody leaves."""
    rng = stage.rng
    readers = stage.strangers(int(rng.integers(300, 900)))
    link_domain = f"shop.{domain(stage.part)}"
    for day in stage.work_days(8)[::2].tolist():
        begin = int(stage.midnights[day]) + 11 * HOUR_MS
        text_domain = link_domain if rng.random() < 0.9 else registered_domain(stage.writer)
        link = stage.writer.link(text_domain)
        text = stage.writer.text("campaign", link=link)
        for place, to in enumerate(rng.permutation(readers).tolist()):
            at = begin + place * 1_100
            stage.texter.sent(at, stage.part.number(0), to, text, links=[link])
            luck = rng.random()
            if luck < 0.06:
                stage.texter.received(at + 9 * MINUTE_MS, stage.part.number(0), to, stage.writer.text("reply"))
            elif luck > 0.997:
                stage.texter.received(at + 3 * MINUTE_MS, stage.part.number(0), to, "STOP", opted_out=True)
                readers = readers[readers != to]
    return stage.act()


def vpn_rollout(stage: Stage) -> Act:
    """From one morning on everybody comes through a gateway abroad."""
    gate = Spot(outside(95_000 + stage.part.index % 50), VPN_ASN + 9, Place("IE", 53.35, -6.26))
    first = int(stage.work_days(1)[0])
    for midnight in stage.midnights[first : first + 8].tolist():
        for user in range(1, stage.part.seats + 1):
            at = midnight + 8 * HOUR_MS + int(stage.rng.integers(0, 3 * HOUR_MS))
            sign_in(stage.desk, at, user, gate, device=device(stage.desk, user, 1), user_agent="Softphone 9.1")
    return stage.act()


def newsletter(stage: Stage) -> Act:
    """A letter to thousands of readers, every week; one or two press the wrong button."""
    mailer = Mailer(stage.desk, stage.rng, stage.writer, "letter")
    base, count = int(stage.rng.integers(0, 10**9)), int(stage.rng.integers(800, 2_000))
    people = [stranger(base + 31 * number) for number in range(count)]
    for day in np.flatnonzero(stage.weekdays == 2).tolist():
        send_list(
            mailer, 1, people, int(stage.midnights[day]) + 10 * HOUR_MS, 300, stage.writer.text("subject_newsletter"), 0.0004
        )
    return stage.act()


def invoice_run(stage: Stage) -> Act:
    """All invoices of the month in twenty minutes."""
    invoices(stage.desk, Mailer(stage.desk, stage.rng, stage.writer, "inv"), int(stage.rng.integers(500, 1_000)))
    return stage.act()


def penetration_test(stage: Stage) -> Act:
    """Scans and sensor alerts from one machine within the agreed days, with written permission."""
    rng = stage.rng
    begin = _begin(stage, 10)
    for number, at in enumerate(scattered(rng, begin, 2 * HOUR_MS, 0.25).tolist()):
        target = outside(20_000 + number // 9)
        flow(
            stage.desk,
            at,
            office_address(stage.part, 5),
            target,
            20 + number % 900,
            bytes_out=60,
            bytes_in=0,
            packets_out=1,
            duration_s=0.3,
        )
        if rng.random() < 0.03:
            alert = {"sensor": "edge-1", "signature": "ET SCAN port sweep outbound", "category": "scan", "severity": 2}
            stage.desk.add(
                at + 400, "net.alert", {**alert, "src_ip": office_address(stage.part, 5), "dst_ip": target, "dst_port": 22}
            )
    return stage.act()


def guaranteed_line(stage: Stage) -> Act:
    """A full line by day and night, on a circuit that guarantees it."""
    rng = stage.rng
    for day in stage.work_days(5).tolist():
        for at in range(int(stage.midnights[day]), int(stage.midnights[day]) + 24 * HOUR_MS, 10 * MINUTE_MS):
            bits = float(rng.normal(6e7, 3e6))
            sample(stage.desk, at, 600.0, 0.03, 0.03, bits, 9.0)
            size = int(bits / 8 * 600)
            more = {"bytes_out": size, "bytes_in": size // 40, "packets_out": size // 1_400, "duration_s": 600.0}
            flow(stage.desk, at, office_address(stage.part, 9), outside(42), 443, **more)
    return stage.act()


def hosted_shop(stage: Stage) -> Act:
    """A web shop where it may be."""
    for midnight in stage.midnights.tolist():
        for client in stage.rng.integers(0, 100_000, 150).tolist():
            more = {"src_port": 443, "bytes_out": 70_000, "bytes_in": 4_000, "packets_out": 60, "served": True, "duration_s": 3.0}
            at = midnight + int(stage.rng.integers(0, 24 * HOUR_MS))
            flow(stage.desk, at, office_address(stage.part, 20), outside(client), 40_000 + client % 20_000, **more)
    return stage.act()


def crm_migration(stage: Stage) -> Act:
    """A new CRM reads every contact once, page after page, with a key of its own and within its quota."""
    for day in stage.work_days(2).tolist():
        begin = int(stage.midnights[day]) + 20 * HOUR_MS
        for page in range(int(stage.rng.integers(200, 400))):
            key = f"{stage.part.record.id}-key-migration"
            request(
                stage.desk, begin + page * 8_000, key, f"/v1/contacts?page={page}", outside(120_500), user_agent="crm-import/1.0"
            )
    return stage.act()


def password_day(stage: Stage) -> Act:
    """The yearly new password: many mistype it, some phones keep the old one until somebody walks by."""
    rng = stage.rng
    begin = _begin(stage, 8.5)
    for user in range(1, stage.part.seats + 1):
        at = begin + int(rng.integers(0, 2 * HOUR_MS))
        changed(stage.desk, at, user, int(rng.choice([2, 3, 4])))
        spot, known = at_work(stage.desk, user), {"device": device(stage.desk, user, 0), "user_agent": "Deskphone 4.2"}
        for number in range(int(rng.integers(0, 5))):
            register(stage.desk, at + (number + 1) * 30 * SECOND_MS, user, spot, ok=False, **known)
        register(stage.desk, at + 4 * MINUTE_MS, user, spot, **known)
    return stage.act()


LOOKS: dict[str, Generator] = {
    "backup_burst": backup_burst,
    "new_office": new_office,
    "registered_campaign": registered_campaign,
    "vpn_rollout": vpn_rollout,
    "newsletter": newsletter,
    "invoice_run": invoice_run,
    "penetration_test": penetration_test,
    "guaranteed_line": guaranteed_line,
    "hosted_shop": hosted_shop,
    "crm_migration": crm_migration,
    "password_day": password_day,
}
