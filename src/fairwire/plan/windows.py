"""Window words to panes: `10m`, `7d`, `day`, `month`."""

from __future__ import annotations

import re

import msgspec

from fairwire.model.errors import Span
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from fairwire.model.program import CLOCK_LOCAL_DAY, CLOCK_LOCAL_HOUR, CLOCK_LOCAL_MONTH, CLOCK_SLIDING
from fairwire.plan.errors import BadWindow

_SPAN = re.compile(r"(\d{1,5})\s*(s|m|h|d)$")
_UNITS = {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US}
CALENDAR = ("day", "month")
"""Windows that follow the calendar of the customer's zone."""
_WORDS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A window in panes."""

    clock: int
    pane_us: int
    panes: int
    phrase: str
    """`10 minutes`, `this calendar month` ..."""
    bound: str
    """What it may miss, for people."""


def span_us(text: str, at: Span) -> int:
    """Microseconds of `90s`, `10m`, `24h`, `7d`."""
    match = _SPAN.match(text.strip())
    if match is None or int(match[1]) == 0:
        raise BadWindow(f"`{text}` is not a span of time", at=at, help_="write 90s, 10m, 24h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def phrase_of(text: str) -> str:
    """`10m` as `10 minutes`."""
    match = _SPAN.match(text.strip())
    if match is None:
        return text
    plural = "" if match[1] == "1" else "s"
    return f"{match[1]} {_WORDS[match[2]]}{plural}"


def window(text: str, panes: int | None, at: Span) -> Window:
    """The window that `over` names.

    Panes: 20 for an hour or less (5 % of the span at most is missed), 24 for a day, four a day up to ten days, else one a day.
    """
    if text in CALENDAR:
        if panes is not None:
            raise BadWindow(f"a calendar {text} has no panes", at=at, help_="leave `panes` out")
        clock = CLOCK_LOCAL_DAY if text == "day" else CLOCK_LOCAL_MONTH
        return Window(clock=clock, pane_us=DAY_US, panes=1, phrase=f"this calendar {text}", bound="exact, in the customer's zone")
    span = span_us(text, at)
    if panes is None:
        if span <= HOUR_US:
            panes = 20
        elif span <= DAY_US:
            panes = 24
        else:
            panes = 4 * (span // DAY_US) if span <= 10 * DAY_US else span // DAY_US
    if span % panes:
        raise BadWindow(
            f"`{text}` does not divide into {panes} panes", at=at, help_="choose `panes` so that each is a whole number"
        )
    pane = span // panes
    share = f"{100 / panes:.1f}".rstrip("0").rstrip(".")
    return Window(
        clock=CLOCK_SLIDING,
        pane_us=pane,
        panes=panes,
        phrase=phrase_of(text),
        bound=f"may miss up to the oldest {share} % of the span, never more than the span",
    )


HOURLY = Window(
    clock=CLOCK_LOCAL_HOUR,
    pane_us=HOUR_US,
    panes=1,
    phrase="the hour, against the same hour of other weeks",
    bound="in the customer's zone; the usual is an average of up to eight weeks without the hours in which something was wrong",
)
"""The window of what is compared with a profile."""


def decayed(text: str, at: Span) -> Window:
    """What `decayed` names: every event counts, half as much after each half-life."""
    return Window(
        clock=CLOCK_SLIDING,
        pane_us=span_us(text, at),
        panes=1,
        phrase=f"fading, by half every {phrase_of(text).removeprefix('1 ')}",
        bound="within 0.03 %",
    )
