"""Which way a number binds: `at least`, `no more than`, `within`, as said before or after it."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.policy.facts.numbers import SMALL
from fairwire.policy.facts.words import Word, vocabulary

_BEFORE = {
    "at_least": """
        ≥, > =, at least, not less than, no less than, not fewer than, no fewer than, minimum of, a minimum, minimum, min, not
        under, not below, not shorter than, no shorter than, no earlier than, not earlier than, as few as, no lower
        than, not lower than, at the very least
    """,
    "at_most": """
        ≤, < =, at most, up to, not more than, no more than, maximum of, a maximum, maximum, max, not exceed, not exceeding, not
        to exceed, no longer than, not longer than, not be longer than, not be more than, not exceeded, no greater than,
        not greater than, not over, not above, no larger than, not larger than, limited to, limit of, limits of, limit
        is, a limit, cap of, capped at, cap at, restricted to, limit to, limited at, threshold of, allowance of, quota
        of, as many as, not in excess of, no higher than, not higher than, no older than, never exceed, never more than,
        cannot exceed, can't exceed, mustn't exceed, shouldn't exceed, don't exceed, doesn't exceed, not surpass, not go
        over, not use more than, not last longer than, not last more than, limit, only
    """,
    "more_than": """
        >, more then, longer then, greater then, more than, over, exceed, exceeds, exceeding, exceeded, in excess of, above,
        greater than, longer than, older than, larger than, bigger than, higher than, beyond, upwards of, upward of,
        surpass, surpasses, surpassing,
        faster than, later than, after more than, goes over, go over
    """,
    "less_than": """
        <, less then, shorter then, less than, under, below, fewer than, shorter than, lower than, smaller than, younger than,
        slower than, sooner than, short of, prior to
    """,
    "within": """
        within, in less than, in under, not later than, no later than, inside, in no more than, in not more than, in no
        less than, in at most, within no more than, within a maximum of, within at most, within the next, not more than
        within, inside of
    """,
    "equal": "=, exactly, equal to, equals, precisely",
}
_AFTER = {
    "at_least": """
        or more, or longer, or greater, or above, or over, or higher, and above, and over, and more, at a minimum,
        minimum, at least, or older, plus, +
    """,
    "at_most": """
        or less, or fewer, or shorter, or lower, or below, or under, at most, maximum, max, at a maximum, and under, and
        below, or smaller
    """,
    "more_than": "is exceeded, are exceeded, has been exceeded",
}
_FILLERS = vocabulary(
    """
    of a an the to is are be any total approximately about around roughly only by at for some period each even just
    almost nearly than or equal more previous next first last average
    """
)
_LOOSE = frozenset(
    {"maximum", "minimum", "limit", "max", "min", "a maximum", "a minimum", "a limit", "limit is", "limit to", "cap"}
)
_LOOSE_WORDS = 6
_STOPS = frozenset(".;:!?()[]•")


def _table(written: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): name for name, phrases in written.items() for phrase in phrases.split(",") if phrase.strip()}


_BEFORE_TABLE = _table(_BEFORE)
_AFTER_TABLE = _table(_AFTER)
_LONGEST = max(map(len, _BEFORE_TABLE))


def before(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """The comparator that ends shortly before `words[at]`, and its first place (`at` for none)."""
    place = at
    passed = 0
    filler = True
    while place > 0:
        found = _phrase_ending(words, place)
        if found is not None and (filler or " ".join(found[1]) in _LOOSE):
            return found[0], place - len(found[1])
        word = words[place - 1]
        if word.text in _STOPS or word.kind == "number" or passed >= _LOOSE_WORDS:
            break
        filler = filler and (word.plain in _FILLERS or word.plain in SMALL or word.text in "$£€₹~≈")
        passed += 1
        place -= 1
    return None, at


def after(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """The comparator that begins with `words[at]`, and the place after it."""
    for length in (3, 2, 1):
        phrase = tuple(word.plain for word in words[at : at + length])
        if len(phrase) == length and phrase in _AFTER_TABLE:
            return _AFTER_TABLE[phrase], at + length
    return None, at


def _phrase_ending(words: Sequence[Word], end: int) -> tuple[str, tuple[str, ...]] | None:
    for length in range(min(_LONGEST, end), 0, -1):
        phrase = tuple(word.plain for word in words[end - length : end])
        name = _BEFORE_TABLE.get(phrase)
        if name is not None:
            return name, phrase
    return None
