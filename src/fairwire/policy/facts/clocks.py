"""Times of day: `between 8 a.m. and 9 p.m.`, `before 08:00`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairwire.policy.facts.words import Word

UNIT = "hour_of_day"
_BOUNDS = {
    "before": "less_than",
    "after": "more_than",
    "past": "more_than",
    "by": "at_most",
    "until": "at_most",
    "till": "at_most",
    "from": "at_least",
    "since": "at_least",
}
_NAMED = {"noon": 12.0, "midday": 12.0, "midnight": 0.0}


class Clock(NamedTuple):
    """A time of day by places in the words."""

    hour: float
    first: int
    last: int
    comparator: str | None
    sure: bool
    """Whether it can be nothing but a time of day."""


def span_at(words: Sequence[Word], at: int) -> list[Clock]:
    """The time of day, or the two of a range, that begin with `words[at]`."""
    first = _clock(words, at)
    if first is None:
        return []
    before = words[at - 1].plain if at > 0 else ""
    if before == "of" and "between" in {word.plain for word in words[max(0, at - 5) : at]}:
        before = "between"
    joint = first.last
    if joint + 1 < len(words) and (
        words[joint].plain in ("to", "until", "till", "-", "–", "—") or (words[joint].plain == "and" and before == "between")
    ):
        second = _clock(words, joint + 1)
        if second is not None and (first.sure or second.sure):
            hour = first.hour
            if not first.sure and second.hour > 12 and hour < 12 and hour + 12 < second.hour and words[joint].plain in "-–—":
                hour += 12  # `1-5 p.m.`
            end = second.hour or 24.0  # midnight ends the day
            return [first._replace(hour=hour, comparator="at_least"), second._replace(hour=end, comparator="at_most")]
    if not first.sure:
        return []
    return [first._replace(comparator=_BOUNDS.get(before))]


def _clock(words: Sequence[Word], at: int) -> Clock | None:
    word = words[at]
    if word.plain in _NAMED and (
        at == 0 or words[at - 1].plain in ("between", "and", "to", "before", "after", "at", "by", "until", "-", "–")
    ):
        return Clock(_NAMED[word.plain], at, at + 1, None, sure=True)
    if word.kind != "number" or not _plain_hour(word.text) or (at > 0 and words[at - 1].text in (":", "/", "$", "£", "€")):
        return None
    hour = _hour(word.text)
    last = at + 1
    colon = False
    if "." in word.text:
        colon = False
    elif (
        last + 1 < len(words)
        and words[last].text == ":"
        and words[last].start == word.end
        and words[last + 1].start == words[last].end
    ):
        minutes = words[last + 1].text
        if len(minutes) != 2 or not minutes.isdecimal() or int(minutes) > 59:
            return None
        hour += int(minutes) / 60
        last += 2
        colon = True
    half, after = _half_of_day(words, last)
    if half is not None:
        if not 0 < hour < 13:
            return None
        return Clock(hour % 12 + (12 if half == "p" else 0), at, after, None, sure=True)
    if not colon and "." in word.text:
        return None
    if hour > 24:
        return None
    if last < len(words) and words[last].plain in ("hours", "hrs", "h") and colon:
        return Clock(hour, at, last + 1, None, sure=True)
    before = words[at - 1].plain if at > 0 else ""
    sure = colon and (before in _BOUNDS or before in ("between", "at"))
    return Clock(hour, at, last, None, sure=sure)


def _plain_hour(text: str) -> bool:
    if "." in text:
        whole, _, part = text.partition(".")
        return whole.isdecimal() and len(whole) <= 2 and len(part) == 2 and part.isdecimal() and int(part) < 60
    return text.isdecimal() and len(text) <= 2


def _hour(text: str) -> float:
    whole, _, part = text.partition(".")
    return int(whole) + (int(part) / 60 if part else 0)


def _half_of_day(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    if at >= len(words):
        return None, at
    plain = words[at].plain
    if plain in ("am", "pm"):
        return plain[0], at + 1
    if (
        plain in ("a", "p")
        and at + 2 < len(words)
        and words[at + 1].text == "."
        and words[at + 2].plain == "m"
        and words[at + 2].start == words[at + 1].end
    ):
        last = at + 3
        if last < len(words) and words[last].text == "." and words[last].start == words[last - 1].end:
            last += 1
        return plain, last
    return None, at
