"""Abuse of messages: unsolicited texts, pumping of codes, opt-outs ignored, and what no one should write."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, scattered
from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS, Ints
from fairwire.testkit.simulate.numbers import dear
from fairwire.testkit.simulate.office import complaint
from fairwire.testkit.simulate.texts import Writer, registered_domain

STOPS = ("STOP", "Stop", "stop", "UNSUBSCRIBE", "no more", "END")


def _own_numbers(stage: Stage) -> Ints:
    """The numbers that send: the main one, or as many as `numbers_own` says."""
    return stage.part.first_number + np.arange(stage.count("numbers_own") if "numbers_own" in stage.p else 1)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What all messages of one campaign have in common."""

    kind: str
    templates: tuple[int, ...]
    domains: tuple[str, ...]


def _campaign(stage: Stage, kind: str, rng: np.random.Generator) -> Campaign:
    """A campaign as one stream decides it; accounts that share the stream share the campaign."""
    templates = tuple(rng.permutation(64)[: stage.count("templates")].tolist())
    writer = Writer(rng)
    return Campaign(kind, templates, tuple(registered_domain(writer) for _ in range(stage.count("domains"))))


def _send(stage: Stage, campaign: Campaign, times: Ints) -> None:
    """One text to each of many strangers: few templates in turn, links, some dead numbers, some who want no more of it."""
    rng, p, writer = stage.rng, stage.p, stage.writer
    people = stage.strangers(len(times)).tolist()
    own = _own_numbers(stage)
    luck = rng.random((3, len(times)))
    which = rng.integers(0, [len(campaign.templates), len(campaign.domains)], (len(times), 2)).tolist()
    for place, (at, to) in enumerate(zip(times.tolist(), people, strict=True)):
        link = writer.link(campaign.domains[which[place][1]])
        text = writer.fixed(campaign.kind, campaign.templates[which[place][0]], link=link)
        if luck[0, place] < p.get("disguise", 0.0):
            text = writer.disguised(text)
        status = "failed" if luck[1, place] < p["dead"] else "complained" if luck[1, place] > 1 - p["complaints"] else "delivered"
        more: dict[str, object] = {"status": status}
        if link in text:
            more["links"] = [link]
        line = int(own[place % len(own)])
        stage.texter.sent(at, line, to, text, **more)
        if status != "failed" and luck[2, place] < p["stops"]:
            after = float(rng.exponential(6 * MINUTE_MS)) + 10 * SECOND_MS
            stage.texter.received(at + after, line, to, writer.one_of(STOPS), opted_out=True)


def unsolicited(kind: str) -> Generator:
    """A generator of campaigns of one kind of text to strangers."""

    def generate(stage: Stage) -> Act:
        campaign = _campaign(stage, kind, stage.rng)
        for begin, span in stage.sessions():
            _send(stage, campaign, scattered(stage.rng, begin, span, stage.p["per_hour"] / 3600))
        return stage.act()

    return generate


def sms_snowshoe(stage: Stage) -> Act:
    """One campaign split over linked accounts: the same templates, link and hours, each account its part of the list."""
    stage.p.update({name: float(stage.shared.uniform(*stage.ranges[name])) for name in ("templates", "domains")})
    campaign = _campaign(stage, "spam", stage.shared)
    for begin, span in stage.shared_sessions():
        _send(stage, campaign, scattered(stage.rng, begin, span, stage.p["per_hour"] / 3600))
    return stage.act()


def opt_out_ignored(stage: Stage) -> Act:
    """A list whose readers asked to be left alone, and were not."""
    rng, p = stage.rng, stage.p
    readers = stage.strangers(stage.count("readers"))
    gone: set[int] = set()
    for begin, span in stage.sessions():
        domain = registered_domain(stage.writer)
        for at, to in zip(
            np.sort(begin + rng.integers(0, span, len(readers))).tolist(), rng.permutation(readers).tolist(), strict=True
        ):
            if to in gone and rng.random() > p["ignored"]:
                continue
            link = stage.writer.link(domain)
            text = stage.writer.text("campaign", link=link)
            stage.texter.sent(at, stage.part.number(0), to, text, links=[link], **({"opted_out": True} if to in gone else {}))
            if to not in gone and rng.random() < p["stops"]:
                gone.add(to)
                stage.texter.received(at + 60 * SECOND_MS, stage.part.number(0), to, stage.writer.one_of(STOPS), opted_out=True)
    return stage.act()


def sms_pumping(stage: Stage) -> Act:
    """Sign-in codes asked for by machines: bursts to number after number of a few dear blocks, and nobody signs in."""
    rng, p = stage.rng, stage.p
    blocks = dear(rng, stage.count("blocks"), 3, high=True).number // 1_000 * 1_000
    for begin, span in stage.sessions():
        for burst in range(stage.count("bursts")):
            start = begin + int(span * burst / stage.count("bursts"))
            size = max(12, round(p["burst"] * stage.volume**0.5))
            times = start + np.sort(rng.integers(0, int(p["burst_minutes"] * MINUTE_MS), size))
            block = int(blocks[int(rng.integers(len(blocks)))]) + int(rng.integers(0, 600))
            for number, at in enumerate(times.tolist()):
                to = block + number if rng.random() < p["in_order"] else block + int(rng.integers(0, 400))
                text = stage.writer.text("own_code", code=stage.writer.digits(6))
                stage.texter.sent(at, stage.part.number(0), to, text, charge="0.0900")
                if rng.random() < p["converted"]:
                    stage.texter.received(at + 30 * SECOND_MS, stage.part.number(0), to, "ok")
    return stage.act()


def to_one(kind: str) -> Generator:
    """A generator of texts of one kind to the same person again and again, who asks for it to stop or says nothing."""

    def generate(stage: Stage) -> Act:
        rng, p = stage.rng, stage.p
        victim = int(stage.strangers(1)[0])
        own = _own_numbers(stage)
        for begin, span in stage.sessions():
            for number, at in enumerate(np.sort(begin + rng.integers(0, span, stage.count("a_day"))).tolist()):
                text = stage.writer.text(kind)
                text = stage.writer.disguised(text) if rng.random() < p.get("disguise", 0.0) else text
                stage.texter.sent(at, int(own[number % len(own)]), victim, text)
        if rng.random() < p["complains"]:
            complaint(
                stage.desk, stage.desk.rows[-1][0] + HOUR_MS, 4_000, "harassment", stage.writer.text("report_other"), int(own[0])
            )
        return stage.act()

    return generate


def hateful(stage: Stage) -> Act:
    """Hatred and calls to violence to a list of readers."""
    rng, p = stage.rng, stage.p
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            text = stage.writer.text("violence" if rng.random() < p["violence"] else "hate")
            text = stage.writer.disguised(text) if rng.random() < p.get("disguise", 0.0) else text
            own = _own_numbers(stage)
            stage.texter.sent(at, int(own[number % len(own)]), int(stage.strangers(1)[0]), text)
    return stage.act()


GENERATORS: dict[str, Generator] = {
    "sms_spam": unsolicited("spam"),
    "sms_snowshoe": sms_snowshoe,
    "sms_phishing": unsolicited("phishing"),
    "prize_lure": unsolicited("lure"),
    "pyramid_offer": unsolicited("pyramid"),
    "adult_texts": unsolicited("adult"),
    "hateful_texts": hateful,
    "threatening_texts": to_one("threat"),
    "harassing_texts": to_one("harassment"),
    "opt_out_ignored": opt_out_ignored,
    "sms_pumping": sms_pumping,
}
