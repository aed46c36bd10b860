"""What a quantity is counted for: `per line per month`, `a day`, `in any 24-hour period`, `daily limit of`."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.policy.facts.numbers import SMALL, number_at
from fairwire.policy.facts.units import FUNCTION_WORDS, PER_DAY, TIMES, unit_at
from fairwire.policy.facts.words import Word

_EVERY = frozenset({"per", "each", "every", "a", "an", "/"})
_IN_EVERY = frozenset({"a", "any", "each", "every", "one", "the", "single", "given"})
_OVER = frozenset({"in", "within", "during", "over", "for", "on"})
_QUALIFIERS = frozenset(
    {"calendar", "rolling", "single", "given", "billing", "monthly", "any", "one", "business", "consecutive", "normal", "bill"}
)
_PERIODS = frozenset({"period", "cycle", "window", "timeframe", "interval", "span", "statement"})
_STOPS = frozenset(".;:!?()[]•")
_OTHER_MATTER = frozenset({"and", "but", "if", "unless", "will", "may", "shall", "is", "are", "then", "we", "you", *SMALL})
_ALWAYS = {(24.0, "hour", "day"), (7.0, "day", "week"), (365.0, "day", "year"), (52.0, "week", "year")}


def per_at(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """What begins with `words[at]`, joined by ` per ` where there are several, and the place after it."""
    names: list[str] = []
    place = at
    while len(names) < 3 and place < len(words):
        name, after = _one(words, place)
        if name is None:
            break
        names.append(name)
        place = after
    return (" per ".join(names), place) if names else (None, at)


def per_after(words: Sequence[Word], at: int, *, gap: int) -> tuple[str | None, int]:
    """As `per_at`, with up to `gap` words before it: `5 calls to the same number per hour`."""
    found = per_at(words, at)
    if found[0] is not None:
        return found
    for place in range(at, min(at + gap, len(words))):
        word = words[place]
        if word.kind == "number" or word.text in _STOPS or word.plain in _OTHER_MATTER:
            break
        if place > at and (word.plain in ("per", "/") or (word.plain in _OVER and _is(words, place + 1, _IN_EVERY))):
            found = per_at(words, place)
            if found[0] is not None:
                return found
    return None, at


def per_before(words: Sequence[Word], at: int) -> str | None:
    """`a daily limit of 500`: the adjective shortly before the comparator that begins with `words[at]`."""
    for word in reversed(words[max(0, at - 3) : at + 2]):
        if word.plain in PER_DAY and word.plain not in ("annually",):
            return PER_DAY[word.plain]
    return None


def is_deadline(words: Sequence[Word], at: int) -> bool:
    """Whether `no later than` stands before the number."""
    return [word.plain for word in words[max(0, at - 3) : at]] in (["no", "later", "than"], ["not", "later", "than"])


def is_window(words: Sequence[Word], at: int, last: int) -> bool:
    """`over a 24-hour period`: the time in which something is counted, not more than it."""
    return _is(words, at, _IN_EVERY) and _is(words, last, _PERIODS)


def is_always(value: float | None, unit: str, per: str | None) -> bool:
    """`24 hours a day`: no limit but a way to say always."""
    return (value, unit, per) in _ALWAYS


def _one(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    word = words[at].plain
    if word in PER_DAY and at > 0:
        ends = at + 1 == len(words) or words[at + 1].kind != "word" or words[at + 1].plain in FUNCTION_WORDS
        return (PER_DAY[word], at + 1) if ends else (None, at)
    if word in _EVERY:
        found = _measure(words, at + 1, times_only=word in ("a", "an"))
        return found if found[0] is not None or word != "per" else _any_noun(words, at + 1)
    if word == "for" and _is(words, at + 1, _EVERY):
        return _measure(words, at + 2, times_only=False)
    if word in _OVER and _is(words, at + 1, _IN_EVERY):
        return _measure(words, at + 2, times_only=True, bare=words[at + 1].plain in ("the",))
    if word == "from" and _is(words, at + 1, frozenset({"any", "each"})):
        return _measure(words, at + 2, times_only=False)
    return None, at


def _any_noun(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """`per endpoint`, `per campaign`: whatever it is."""
    if (
        at >= len(words)
        or words[at].kind != "word"
        or words[at].plain in FUNCTION_WORDS
        or words[at].plain in ("cent", "cents", "se")
    ):
        return None, at
    return words[at].plain, at + 1


def _is(words: Sequence[Word], at: int, among: frozenset[str]) -> bool:
    return at < len(words) and words[at].plain in among


def _measure(words: Sequence[Word], at: int, *, times_only: bool, bare: bool = False) -> tuple[str | None, int]:
    place = at
    start = at
    while _is(words, place, _QUALIFIERS) and place < start + 3:
        place += 1
    if _is(words, place, _PERIODS) and place > at and words[place - 1].plain in ("billing", "monthly", "bill"):
        monthly = any(word.plain == "monthly" for word in words[at:place])
        return "month" if monthly else "billing_period", place + 1
    if _is(words, place, _PERIODS) and _is(words, place + 1, frozenset({"of"})):
        place += 2
    if place >= len(words):
        return None, at
    number = number_at(words, place) if not bare else None
    if number is not None and not (number.spelled and number.value == 1 and words[place].plain == "a"):
        unit = unit_at(words, number.last, any_noun=False)
        if unit is None or (times_only and unit[0] not in TIMES.values()):
            return None, at
        last = _past_period(words, unit[1])
        count = int(number.value) if number.value == int(number.value) else number.value
        return (unit[0] if count == 1 else f"{count}_{unit[0]}s"), last
    unit = unit_at(words, place, any_noun=False)
    if unit is None or (times_only and unit[0] not in TIMES.values()) or (words[place].plain.endswith("s") and times_only):
        return None, at
    if unit[1] > place + 2:
        return None, at
    return unit[0], _past_period(words, unit[1])


def _past_period(words: Sequence[Word], at: int) -> int:
    return at + 1 if _is(words, at, _PERIODS) else at
