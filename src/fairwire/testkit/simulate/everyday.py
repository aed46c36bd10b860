"""Everything one customer does in the ordinary course of business."""

from __future__ import annotations

from collections.abc import Callable

from fairwire.testkit.simulate.calls import Calls
from fairwire.testkit.simulate.cast import PURSUITS, Part, Period
from fairwire.testkit.simulate.logins import logins
from fairwire.testkit.simulate.mail import mail
from fairwire.testkit.simulate.messages import messages
from fairwire.testkit.simulate.network import alerts, api, flows, quality
from fairwire.testkit.simulate.office import people, reports, scans, usage
from fairwire.testkit.simulate.ordinary import traffic
from fairwire.testkit.simulate.rows import Row
from fairwire.testkit.simulate.world import Desk

FAMILIES: dict[str, Callable[[Desk], None]] = {
    "messages": messages,
    "mail": mail,
    "logins": logins,
    "flows": flows,
    "usage": usage,
    "quality": quality,
    "alerts": alerts,
    "scans": scans,
    "api": api,
    "people": people,
    "reports": reports,
}
"""Event family of a scenario's `mix` -> what makes its events."""


def everyday(part: Part, period: Period, seed: int, mix: dict[str, float]) -> tuple[Calls, list[Row]]:
    """Calls and other events, each family as busy as the mix says."""
    calls = traffic(part, period, seed)
    share = mix.get("calls", 1.0)
    if share < 1:
        calls = calls[part.stream(seed, PURSUITS + 1000).random(len(calls)) < share]
    desk = Desk(part=part, period=period, mix=mix, seed=seed)
    for family, make in FAMILIES.items():
        if mix.get(family, 0.0) > 0:
            make(desk)
    return calls, desk.rows
