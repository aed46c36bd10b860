"""Comparisons with what others use: `substantially exceeds the average use of other customers`, `three times the average`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairwire.policy.facts.numbers import SCALES, SMALL, Number
from fairwire.policy.facts.words import Word, vocabulary

UNIT = "average_of_others"
_MUCH = vocabulary(
    """
    substantially significantly materially considerably far much well greatly grossly vastly disproportionately
    markedly dramatically excessively substantial significant drastically clearly notably extraordinarily
    """
)
_EXCEEDS = vocabulary(
    """
    exceed exceeds exceeding exceeded outstrips surpass surpasses surpassing overshadows above over beyond outside
    """
)
_THAN = frozenset({"more", "greater", "higher", "larger", "heavier", "longer", "bigger"})
_AVERAGE = frozenset(
    {"average", "averages", "typical", "normal", "usual", "ordinary", "median", "mean", "common", "norm", "expected", "customary"}
)
_OTHERS = vocabulary(
    """
    customer customers customer's customers' user users user's users' subscriber subscribers account accounts client
    clients people persons others peers businesses business caller callers members member household households
    consumer consumers
    """
)
_USE = vocabulary(
    """
    use usage uses utilisation utilization volume volumes level levels amount amounts consumption call calls calling
    traffic pattern patterns minutes number duration bandwidth monthly daily business residential behaviour behavior
    activity norm norms average
    """
)
_STOPS = frozenset(".;:!?()[],•")
_MOST = frozenset({"most", "majority", "other", "similar", "comparable"})
_OTHER_MATTER = frozenset({"and", "but", "if", "twice", "double", "triple", "thrice", "half", *SMALL, *SCALES})
_REACH = 9
_TAIL = 12


class Comparison(NamedTuple):
    """A comparison that ends before `last`."""

    value: float | None
    comparator: str | None
    last: int


def comparison_at(words: Sequence[Word], at: int) -> Comparison | None:
    """A comparison without a number that begins with `words[at]`."""
    place = at
    much = words[place].plain in _MUCH
    if much:
        place += 1
    elif at > 0 and words[at - 1].plain in _MUCH:
        return None
    verb = _after_verb(words, place)
    if verb is None:
        return None
    average = _average(words, verb)
    if average is None:
        return None
    comparator = "equal" if words[place].plain == "comparable" else "substantially_more_than" if much else "more_than"
    return Comparison(None, comparator, _past_tail(words, average))


def multiple_at(words: Sequence[Word], number: Number) -> Comparison | None:
    """`three times the average`, `twice the typical`, `150% of the average`, `50% more than the average`."""
    place = number.last
    factor = number.value
    comparator = None
    if place < len(words) and words[place].plain in ("times", "x", "×", "fold"):
        place += 1
    elif place < len(words) and (words[place].text == "%" or words[place].plain in ("percent", "per")):
        place += 2 if words[place].plain == "per" else 1
        factor /= 100
        if place < len(words) and words[place].plain == "of":
            place += 1
        else:
            verb = _after_verb(words, place)
            if verb is None:
                return None
            place, factor, comparator = verb, 1 + factor, "more_than"
    elif words[number.first].plain not in ("twice", "double", "triple", "thrice", "half"):
        return None
    average = _average(words, place, strict=True)
    return None if average is None else Comparison(factor, comparator, _past_tail(words, average))


def _after_verb(words: Sequence[Word], at: int) -> int | None:
    if at >= len(words):
        return None
    plain = words[at].plain
    if plain in _EXCEEDS:
        return at + 1
    if plain in _THAN:
        return _after_than(words, at + 1)
    if [word.plain for word in words[at : at + 3]] == ["in", "excess", "of"]:
        return at + 3
    if at + 1 < len(words) and plain in ("disproportionate", "comparable") and words[at + 1].plain == "to":
        return at + 2
    return None


def _after_than(words: Sequence[Word], at: int) -> int | None:
    """`more than`, `a higher volume of mail than`."""
    for place in range(at, min(at + 7, len(words))):
        word = words[place]
        if word.plain == "than":
            return place + 1
        if word.kind != "word" or word.plain in _OTHER_MATTER or word.plain in ("you", "we", "may", "will"):
            return None
    return None


def _average(words: Sequence[Word], at: int, *, strict: bool = False) -> int | None:
    """The place after the word for what is average, or after `most other customers`."""
    crowd = False
    for place in range(at, min(at + _REACH, len(words))):
        word = words[place]
        if word.text in _STOPS or word.kind == "number" or word.plain in _OTHER_MATTER:
            return None
        if word.plain in _AVERAGE:
            return None if _is_own_average(words, place + 1) else place + 1
        crowd |= word.plain in _MOST
        if crowd and word.plain in _OTHERS and not strict and _speaks_of_use(words, at, place):
            return place + 1
        if word.plain in ("you", "we"):
            return None
    return None


def _is_own_average(words: Sequence[Word], at: int) -> bool:
    """`more than an average of 10 calls`: nobody else's."""
    if at + 1 >= len(words) or words[at].plain != "of":
        return False
    return words[at + 1].kind == "number" or words[at + 1].plain in SMALL


def _speaks_of_use(words: Sequence[Word], at: int, place: int) -> bool:
    return any(word.plain in _USE or word.plain in ("that", "those") for word in words[max(0, at - 6) : place])


def _past_tail(words: Sequence[Word], at: int) -> int:
    """The end of the comparison: what is used, and by whom, while it is said in one breath."""
    last = at
    for place in range(at, min(at + _TAIL, len(words))):
        word = words[place]
        if word.text in _STOPS or word.plain in (
            "and",
            "but",
            "if",
            "may",
            "will",
            "shall",
            "then",
            "is",
            "are",
            "we",
            "you",
            "when",
            "which",
        ):
            break
        if word.plain in _OTHERS or word.plain in _USE:
            last = place + 1
    return last
