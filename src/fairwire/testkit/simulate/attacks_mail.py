"""Abuse of mail and of content: bulk, bombs, forged headers, phishing, malware."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, scattered
from fairwire.testkit.simulate.calls import SECOND_MS
from fairwire.testkit.simulate.mail import RELAY, Mailer, stranger
from fairwire.testkit.simulate.office import scanned
from fairwire.testkit.simulate.rows import digest
from fairwire.testkit.simulate.texts import registered_domain
from fairwire.testkit.simulate.world import office_address, outside

SIGNATURES = ("Win.Trojan.Agent-1", "Doc.Dropper.Macro-7", "Js.Worm.Mailer-3", "Eicar-Signature", "Unix.Bot.Kaiten-2")


def _mailer(stage: Stage) -> Mailer:
    return Mailer(stage.desk, stage.rng, stage.writer, "bulk")


def mail_spam(stage: Stage) -> Act:
    """Unasked adverts to strangers, in batches, from one mailbox or many; some press the spam button."""
    rng, p, mailer = stage.rng, stage.p, _mailer(stage)
    base = int(rng.integers(0, 10**9))
    boxes = min(stage.count("numbers_own"), stage.part.seats)
    number = 0
    for begin, span in stage.sessions():
        for at in scattered(rng, begin, span, p["per_hour"] / 3600).tolist():
            number += 1
            to = [stranger(base + 101 * (number * 40 + place)) for place in range(stage.count("batch"))]
            more: dict[str, object] = {"spam_score": round(float(rng.normal(p["score"], 1.2)), 1)}
            if rng.random() < p["complaints"] * len(to):
                more["complained"] = True
            subject = stage.writer.text("subject_spam")
            subject = stage.writer.disguised(subject) if stage.evasive and rng.random() < 0.5 else subject
            mailer.sent(at, 1 + number % boxes, to, subject, int(rng.normal(9_000, 900)), **more)
    return stage.act()


def mail_bomb(stage: Stage) -> Act:
    """One mailbox buried under mail: many, or huge ones."""
    rng, p, mailer = stage.rng, stage.p, _mailer(stage)
    victim = [stranger(int(rng.integers(0, 10**9)))]
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            size = int(rng.lognormal(np.log(p["bytes"]), 0.3))
            mailer.sent(at, 1 + number % stage.part.seats, victim, stage.writer.text("subject_bomb"), size)
    return stage.act()


def forged_headers(stage: Stage) -> Act:
    """Mail that says it is from somebody else and came another way than it did."""
    rng, p, mailer = stage.rng, stage.p, _mailer(stage)
    base = int(rng.integers(0, 10**9))
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            other = registered_domain(stage.writer)
            failed = rng.random() < p["fails"]
            result = (
                {"spf": "fail", "dkim": "none", "dmarc": "fail"} if failed else {"spf": "pass", "dkim": "none", "dmarc": "none"}
            )
            hops = [f"from mail.{other} by {RELAY}", f"from [10.9.8.7] by relay{int(rng.integers(9))}.nowhere.example"]
            if rng.random() < p["odd"]:
                hops.insert(1, "from unknown by unknown")
            more = {
                "header_from": f"{stage.writer.one_of(('service', 'billing', 'ceo', 'admin'))}@{other}",
                "received": hops,
                **result,
            }
            mailer.sent(at, 1, [stranger(base + 7 * number)], stage.writer.text("subject_office"), 15_000, **more)
    return stage.act()


def phishing_mail(stage: Stage) -> Act:
    """Mail that asks for passwords in the name of a bank, under a look-alike address."""
    rng, p, mailer = stage.rng, stage.p, _mailer(stage)
    base = int(rng.integers(0, 10**9))
    for begin, span in stage.sessions():
        other = registered_domain(stage.writer)
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            subject = stage.writer.text("subject_phishing")
            subject = stage.writer.disguised(subject) if stage.evasive and rng.random() < 0.5 else subject
            result = {"spf": "pass", "dkim": "none", "dmarc": "fail" if rng.random() < p["fails"] else "none"}
            more = {"header_from": f"security@{other}", "spam_score": round(float(rng.normal(p["score"], 1.5)), 1), **result}
            mailer.sent(at, 1, [stranger(base + 3 * number)], subject, 12_000, **more)
    return stage.act()


def malware(stage: Stage) -> Act:
    """Files with a virus: uploaded, attached, sent as pictures."""
    rng, p = stage.rng, stage.p
    content = int(rng.integers(0, 2**60))
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            where = ("attachment", "upload", "mms")[int(rng.integers(3))]
            same = content if rng.random() < p["same"] else content + number
            infected = rng.random() < p["infected"]
            signature = SIGNATURES[stage.part.index % len(SIGNATURES)] if infected else None
            scanned(stage.desk, at, 1 + number % stage.part.seats, same, where, signature)
            if infected and where == "mms":
                media = [{"sha256": digest(same), "type": "application/zip", "bytes": 90_000}]
                to = int(stage.strangers(1)[0])
                stage.texter.sent(at + 2 * SECOND_MS, stage.part.number(1), to, "look at this", channel="mms", media=media)
        stage.desk.add(begin + span // 2, "net.alert", _beacon(stage))
    return stage.act()


def _beacon(stage: Stage) -> dict[str, object]:
    who = {"src_ip": office_address(stage.part, 3), "dst_ip": outside(4_242 + stage.part.index), "dst_port": 8443}
    return {"sensor": "edge-1", "signature": "ET MALWARE beacon", "category": "malware", "severity": 1, **who}


GENERATORS: dict[str, Generator] = {
    "mail_spam": mail_spam,
    "mail_bomb": mail_bomb,
    "forged_headers": forged_headers,
    "phishing_mail": phishing_mail,
    "malware": malware,
}
