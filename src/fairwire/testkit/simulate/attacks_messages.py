"""Abuse of messages: unsolicited texts, pumping of codes, opt-outs ignored, and what no one should write."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Stage, scattered
from fairwire.testkit.simulate.calls import HOUR_MS, MINUTE_MS, SECOND_MS, Ints
from fairwire.testkit.simulate.numbers import domestic
from fairwire.testkit.simulate.texts import Writer, registered_domain

STOPS = ("STOP", "Stop", "stop", "UNSUBSCRIBE", "no more", "END")


def _own_numbers(stage: Stage) -> Ints:
    """The numbers that send: the main one, or as many as `numbers_own` says."""
    return stage.part.first_number + np.arange(stage.count("numbers_own") if "numbers_own" in stage.p else 1)


def _campaign(stage: Stage, kind: str, writer: Writer, people: Ints, times: Ints) -> None:
    """One text to each of many: few templates in turn, links, some dead numbers, some who want no more of it."""
    rng, p = stage.rng, stage.p
    templates = rng.permutation(64)[: stage.count("templates")]
    domains = [registered_domain(writer) for _ in range(stage.count("domains"))]
    own = _own_numbers(stage)
    luck = rng.random((3, len(times)))
    which = rng.integers(0, [len(templates), len(domains)], (len(times), 2)).tolist()
    for place, (at, to) in enumerate(zip(times.tolist(), people.tolist(), strict=True)):
        link = writer.link(domains[which[place][1]])
        text = writer.fixed(kind, int(templates[which[place][0]]), link=link)
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


def _times(stage: Stage) -> list[Ints]:
    """When it sends, session by session."""
    return [scattered(stage.rng, begin, span, stage.p["per_hour"] / 3600) for begin, span in stage.sessions()]


def unsolicited(kind: str) -> Callable[[Stage], Act]:
    """A generator of campaigns of one kind of text to strangers."""

    def generate(stage: Stage) -> Act:
        for times in _times(stage):
            _campaign(stage, kind, stage.writer, stage.strangers(len(times)), times)
        return stage.act()

    return generate


def sms_snowshoe(stage: Stage) -> Act:
    """One campaign split over linked accounts: the same templates and link, each account its part of the list."""
    writer = Writer(stage.shared, stage.part.record.name)
    for times in _times(stage):
        _campaign(stage, "spam", writer, stage.strangers(len(times)), times)
    return stage.act()


GENERATORS = {
    "sms_spam": unsolicited("spam"),
    "sms_snowshoe": sms_snowshoe,
}
