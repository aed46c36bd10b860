"""The numbering plans of the world as one automaton: reading a number digit by digit ends in a state, and the state decides.

A numbering plan writes its kinds of number as small regular expressions over digits. All expressions of one country code,
read side by side, are at any moment at certain places inside themselves; that set of places is a *state*. Two numbers of
one length that end in the same state match exactly the same expressions, so they are of one country, kind and validity,
and one of them need be asked about. The table grows as numbers come and is bounded by the expressions, not by the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwire.numbers.patterns import Choice, read

LONGEST = 15
"""Digits of the longest E.164 number; longer ones are looked up whole."""
LENGTHS = LONGEST + 1
NEW, WHOLE = -1, -2
"""Not known yet; must be looked up whole."""

Places = frozenset[int]
_ALL = (1 << 10) - 1
_NOWHERE: Places = frozenset()
_Key = tuple[str, int, Places]
"""Digits of a country code that is not complete, or the code itself, and the places."""


@cache
def _mask(digits: frozenset[str]) -> int:
    return sum(1 << int(digit) for digit in digits)


class NumberStates:
    """The automaton, made as far as it was needed.

    Parameters
    ----------
    codes
        Country codes as text.
    patterns_of
        Country code -> (expression, its kind) of all that decides there: `FULL` for one that the whole national number
        must match, `START` for its beginning, `HIDES` for a beginning that makes the number be looked up whole.
        ValueError when some expression cannot be read: all numbers of the code are then looked up whole.
    starts
        Expressions for the beginning of the whole number, country code included.
    apart
        Numbers, country code included, that are always looked up whole.
    """

    FULL, START, HIDES = range(3)

    def __init__(
        self,
        codes: Iterable[str],
        patterns_of: Callable[[str], Iterable[tuple[str, int]]],
        starts: Iterable[str],
        apart: Iterable[str],
    ) -> None:
        self._codes = frozenset(codes)
        self._beginnings = frozenset(code[:width] for code in self._codes for width in range(len(code)))
        self._patterns_of = patterns_of
        self._masks: list[int] = []
        self._follows: list[Places] = []
        self._places: dict[tuple[int, Places, int], int] = {}
        self._hiding: set[int] = set()
        self._entries: dict[str, Places | None] = {}
        self._states: dict[_Key, int] = {}
        self._keys: list[_Key] = []
        self.next: npt.NDArray[np.int32] = np.full((1 << 8, 10), NEW, dtype=np.int32)
        """State and digit -> state, or `NEW`. State 0 is the beginning."""
        self.answers: npt.NDArray[np.int32] = np.full((1 << 8, LENGTHS), NEW, dtype=np.int32)
        """State and number of digits -> what the caller put there, `NEW` or `WHOLE`."""
        self._rows: list[list[int]] = []
        self._told: list[list[int]] = []
        entry: set[int] = set()
        for pattern in starts:
            entry |= self._entry(read(pattern), frozenset({self._end(self.START)}))
        for number in apart:
            entry |= self._entry(read(number), frozenset({self._end(self.HIDES, exact=True)}))
        self._state(("", 0, frozenset(entry)))

    def __len__(self) -> int:
        return len(self._keys)

    def state(self, digits: str) -> int:
        """The state in which these digits end."""
        at, rows = 0, self._rows
        for char in digits:
            digit = ord(char) - 48
            there = rows[at][digit]
            at = there if there >= 0 else self._extend(at, digit)
        return at

    def answer(self, state: int, length: int) -> int:
        """What was told of numbers of this length that end in a state; `NEW` when nothing was."""
        return self._told[state][length]

    def tell(self, state: int, length: int, answer: int) -> None:
        """Keep an answer."""
        self._told[state][length] = answer
        self.answers[state, length] = answer

    def _extend(self, at: int, digit: int) -> int:
        begun, code, places = self._keys[at]
        bit = 1 << digit
        found: set[int] = set()
        for place in places:
            if self._masks[place] & bit:
                found |= self._follows[place]
        if not code:
            begun = f"{begun}{digit}"
            if begun in self._codes:
                entry = self._code_entry(begun)
                key = ("", int(begun), frozenset(found | entry)) if entry is not None else ("x", 0, _NOWHERE)
            else:
                key = (begun, 0, frozenset(found)) if begun in self._beginnings else ("x", 0, _NOWHERE)
        else:
            key = ("", code, frozenset(found))
        there = self._state(key)
        self._rows[at][digit] = there
        self.next[at, digit] = there
        return there

    def _state(self, key: _Key) -> int:
        known = self._states.get(key)
        if known is not None:
            return known
        state = self._states[key] = len(self._keys)
        self._keys.append(key)
        begun, code, places = key
        whole = not code or any(place in self._hiding for place in places)
        self._rows.append([state if begun == "x" else NEW] * 10)
        self._told.append([WHOLE if whole else NEW] * LENGTHS)
        if state == len(self.next):
            self.next = np.concatenate([self.next, np.full_like(self.next, NEW)])
            self.answers = np.concatenate([self.answers, np.full_like(self.answers, NEW)])
        self.next[state] = self._rows[state]
        self.answers[state] = self._told[state]
        return state

    def _code_entry(self, code: str) -> Places | None:
        """Where the expressions of a country code begin; None when they cannot be read."""
        if code not in self._entries:
            entry: set[int] = set()
            try:
                for number, (pattern, kind) in enumerate(self._patterns_of(code)):
                    end = self._end(kind, number=(int(code) << 10) + number)
                    choice = read(pattern)
                    entry |= self._entry(choice, frozenset({end})) - {end}
                    # An expression that the empty text matches says nothing about a beginning.
                self._entries[code] = frozenset(entry)
            except ValueError:
                self._entries[code] = None
        return self._entries[code]

    def _end(self, kind: int, *, number: int = -1, exact: bool = False) -> int:
        """The place behind an expression: a beginning that matched stays matched, whatever follows."""
        tag = (kind + 1) * (1 << 24) + number + (exact << 23)
        place = self._places.get((0, _NOWHERE, tag))
        if place is None:
            place = self._places[0, _NOWHERE, tag] = len(self._masks)
            stays = kind != self.FULL and not exact
            self._masks.append(_ALL if stays else 0)
            self._follows.append(frozenset({place}) if stays else _NOWHERE)
            if kind == self.HIDES:
                self._hiding.add(place)
        return place

    def _place(self, mask: int, follow: Places) -> int:
        """A place that takes a digit of `mask` and goes on to `follow`: places that do the same are one."""
        key = (mask, follow, 0)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._masks)
            self._masks.append(mask)
            self._follows.append(follow)
        return place

    def _entry(self, choice: Choice, follow: Places) -> Places:
        """Where an expression begins that goes on to `follow`."""
        entry: set[int] = set()
        for row in choice.rows:
            behind = follow
            for item in reversed(row):
                atom, after = item.atom, behind
                for turn in range(item.most):
                    if isinstance(atom, Choice):
                        before = self._entry(atom, behind)
                    else:
                        before = frozenset({self._place(_mask(atom), behind)})
                    behind = before | after if turn < item.most - item.least else before
            entry |= behind
        return frozenset(entry)
