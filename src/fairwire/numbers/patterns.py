"""A numbering plan's pattern as a tree, and the short numbers that it means.

A numbering plan writes its kinds of number as small regular expressions, such as `[2-9]\\d{2}5550[1-9]\\d{3}`. Only the syntax
that such patterns use is understood: digits, `\\d`, classes of digits, groups, `|`, `?`, `{n}`, `{n,m}`. Anything else is
refused, and the caller falls back to whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

_ANY = frozenset("0123456789")
_SIMPLE = re.compile(r"(?:\\d|[0-9]|\[[^\]]*\])(?:\?|\{[^}]*\})?")


@dataclass(frozen=True, slots=True)
class Item:
    """One atom and how often it stands there: a set of digits, or a group of alternatives."""

    atom: frozenset[str] | Choice
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, each a row of items."""

    rows: tuple[tuple[Item, ...], ...]


class _Reader:
    """Recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected: str = "") -> str:
        char = self.peek()
        if not char or (expected and char != expected):
            raise ValueError(f"`{self.text}` is not a pattern of digits: at {self.at}")
        self.at += 1
        return char

    def choice(self) -> Choice:
        rows: list[tuple[Item, ...]] = []
        row: list[Item] = []
        while (char := self.peek()) and char != ")":
            if char == "|":
                self.take()
                rows.append(tuple(row))
                row = []
                continue
            simple = _SIMPLE.match(self.text, self.at)
            if simple is not None:
                row.append(_item(simple.group()))
                self.at = simple.end()
                continue
            atom = self.atom()
            least, most = self.repeats()
            row.append(Item(atom, least, most))
        rows.append(tuple(row))
        return Choice(tuple(rows))

    def atom(self) -> frozenset[str] | Choice:
        char = self.take()
        if char in _ANY:
            return frozenset(char)
        if char == "\\":
            self.take("d")
            return _ANY
        if char == "[":
            return self.digits()
        if char == "(":
            if self.peek() == "?":
                self.take()
                self.take(":")
            inner = self.choice()
            self.take(")")
            return inner
        raise ValueError(f"`{self.text}` is not a pattern of digits: `{char}`")

    def digits(self) -> frozenset[str]:
        found: set[str] = set()
        while (char := self.take()) != "]":
            if char not in _ANY:
                raise ValueError(f"`{self.text}` is not a pattern of digits: `{char}` in a class")
            last = char
            if self.peek() == "-":
                self.take()
                last = self.take()
            found.update(str(digit) for digit in range(int(char), int(last) + 1))
        return frozenset(found)

    def repeats(self) -> tuple[int, int]:
        if self.peek() == "?":
            self.take()
            return 0, 1
        if self.peek() != "{":
            return 1, 1
        body = self.text[self.at + 1 : self.text.index("}", self.at)]
        self.at += len(body) + 2
        least, _, most = body.partition(",")
        return int(least), int(most or least)


@lru_cache(maxsize=4096)
def _item(text: str) -> Item:
    """Digits and how often they stand there: a few hundred make up all numbering plans."""
    reader = _Reader(text)
    atom = reader.atom()
    least, most = reader.repeats()
    return Item(atom, least, most)


def read(pattern: str) -> Choice:
    """The alternatives of an expression.

    Raises
    ------
    ValueError
        The pattern uses more than the syntax named above.
    """
    reader = _Reader(pattern)
    choice = reader.choice()
    if reader.at != len(pattern):
        raise ValueError(f"`{pattern}` is not a pattern of digits: at {reader.at}")
    return choice


def _spell(choice: Choice) -> Iterator[str]:
    for row in choice.rows:
        parts: list[list[str]] = []
        for item in row:
            once = list(_spell(item.atom)) if isinstance(item.atom, Choice) else sorted(item.atom)
            parts.append(["".join(word) for times in range(item.least, item.most + 1) for word in product(once, repeat=times)])
        yield from ("".join(word) for word in product(*parts))


def words(pattern: str) -> frozenset[str]:
    """Every number that matches `pattern`. For short ones only: `\\d{8}` would be a hundred million.

    Raises
    ------
    ValueError
        The pattern uses more than the syntax named above.
    """
    return frozenset(_spell(read(pattern)))
