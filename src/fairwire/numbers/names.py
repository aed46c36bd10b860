"""Whether a display name resembles one that people trust."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import msgspec

from fairwire.numbers.lists import Lists

_LOOKALIKES = str.maketrans("0134578@$|", "oleastbasi")
_WORD = re.compile(r"[^\W_]+")
_EXACT, _EXACT_ALONE = 4, 6
"""Letters up to which a word must be exact, in a name of several words and by itself: one letter makes another word of a short
one, as with police and polite."""

_MOST = 100_000
"""Display names that are remembered."""


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    names: list[str]


class _NameList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    groups: list[_Group]


class ProtectedNames:
    """The list as words.

    Raises
    ------
    BadInput
        The list cannot be read.
    """

    def __init__(self, lists: Lists) -> None:
        listed = lists.read("names.yaml", _NameList)
        self.as_of = listed.as_of
        found = (tuple(_words(name)) for group in listed.groups for name in group.names)
        self._names = tuple(dict.fromkeys(name for name in found if name))
        self._known: dict[str, tuple[tuple[str, ...], ...]] = {}

    def resembles(self, display_name: str, own_name: str) -> bool:
        """Whether the display name has a protected one in it that the customer's own name does not have."""
        found = self._found(display_name[:200])
        if not found:
            return False
        own = _words(own_name)
        return not all(_stands_in(name, own) for name in found)

    def _found(self, display_name: str) -> tuple[tuple[str, ...], ...]:
        """The protected names in a display name: most have none, whoever shows them, and come again with each call of a line."""
        known = self._known.get(display_name)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            shown = _words(display_name)
            known = self._known[display_name] = tuple(name for name in self._names if _stands_in(name, shown))
        return known


def _words(text: str) -> list[str]:
    """Words in small letters without accents, digits that stand between letters read as the letters they look like."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    plain = re.sub(r"(?<=[a-z])\.(?=[a-z]\b)", "", plain)  # i.r.s.
    words = re.split(r"[^\w@$|]+", plain)
    read = (word.translate(_LOOKALIKES) if any(map(str.isalpha, word)) else word for word in words)
    return [found for word in read for found in _WORD.findall(word)]


def _stands_in(name: tuple[str, ...], words: list[str]) -> bool:
    exact = _EXACT if len(name) > 1 else _EXACT_ALONE
    spots = range(len(words) - len(name) + 1)
    return any(all(_alike(mine, words[at + place], exact) for place, mine in enumerate(name)) for at in spots)


def _alike(protected: str, shown: str, exact: int) -> bool:
    """Equal, or one letter wrong, added, missing or swapped with its neighbour in a word that is long enough."""
    if protected == shown:
        return True
    if len(protected) <= exact or abs(len(protected) - len(shown)) > 1:
        return False
    start = 0
    while start < min(len(protected), len(shown)) and protected[start] == shown[start]:
        start += 1
    ends = [(start + 1, start + 1), (start + 1, start), (start, start + 1)]
    if any(protected[mine:] == shown[theirs:] for mine, theirs in ends):
        return True
    swapped = [list(pair) for pair in pairwise(protected)]
    return (
        start < len(swapped)
        and protected[:start] + protected[start + 1 : start + 2] + protected[start : start + 1] + protected[start + 2 :] == shown
    )
