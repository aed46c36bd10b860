"""Texts from a small grammar: messages, subjects, transcripts; and how senders disguise them."""

from __future__ import annotations

import re
from functools import cache
from random import Random

import msgspec
import numpy as np

from fairwire.testkit.simulate.tables import load

SLOT = re.compile(r"\{(#?\w+)\}")
DEEPEST = 6
LOOK_ALIKES = str.maketrans("aeopcxyi", "аеорсхуі")
"""Latin letters and the Cyrillic ones that look the same."""
LEET = str.maketrans("aeios", "43105")
Template = tuple[str, ...]
"""Texts and slot names in turn; texts at even places."""


class Grammar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`texts.yaml`."""

    words: dict[str, tuple[str, ...]]
    kinds: dict[str, tuple[str, ...]]


@cache
def grammar() -> Grammar:
    """The grammar."""
    return load("texts.yaml", Grammar)


@cache
def _compiled() -> tuple[dict[str, tuple[Template, ...]], dict[str, tuple[Template, ...]]]:
    def split(lines: tuple[str, ...]) -> tuple[Template, ...]:
        return tuple(tuple(SLOT.split(line)) for line in lines)

    words = {name: split(lines) for name, lines in grammar().words.items()}
    return words, {name: split(lines) for name, lines in grammar().kinds.items()}


class Writer:
    """Writes texts of any kind from one random stream.

    Parameters
    ----------
    rng
        Where its stream is drawn from.
    firm
        The sender's name in texts that give one.
    """

    __slots__ = ("_draw", "_firm", "_kinds", "_words")

    def __init__(self, rng: np.random.Generator, firm: str = "our shop") -> None:
        self._draw = Random(int(rng.integers(0, 2**62)))
        self._firm = firm
        self._words, self._kinds = _compiled()

    def text(self, kind: str, **given: str) -> str:
        """One text of a kind; `given` fills slots such as `link` and `code`."""
        templates = self._kinds[kind]
        return self._filled(templates[int(self._draw.random() * len(templates))], given, 0)

    def fixed(self, kind: str, template: int, **given: str) -> str:
        """The same, from one template of the kind: what a campaign sends over and over with small changes."""
        templates = self._kinds[kind]
        return self._filled(templates[template % len(templates)], given, 0)

    def _filled(self, template: Template, given: dict[str, str], depth: int) -> str:
        if len(template) == 1:
            return template[0]
        parts = list(template)
        for place in range(1, len(parts), 2):
            name = parts[place]
            choice = self._words.get(name)
            if choice is not None and name not in given:
                parts[place] = (
                    self._filled(choice[int(self._draw.random() * len(choice))], given, depth + 1) if depth < DEEPEST else ""
                )
            elif name[0] == "#":
                parts[place] = self.digits(int(name[1:]))
            else:
                parts[place] = self._firm if name == "firm" else given.get(name, "")
        return "".join(parts)

    def digits(self, count: int) -> str:
        """So many digits, the first not a nought."""
        low = 10 ** (count - 1)
        return str(low + int(self._draw.random() * 9 * low))

    def one_of(self, words: tuple[str, ...]) -> str:
        """One of them."""
        return words[int(self._draw.random() * len(words))]

    def chance(self, share: float) -> bool:
        """True in a share of the cases."""
        return self._draw.random() < share

    def link(self, domain: str) -> str:
        """A link below a domain, different each time."""
        return f"http://{domain}/{self.digits(5)}"

    def disguised(self, text: str) -> str:
        """The text with look-alike letters, figures for letters, or spaces inside words; links are left alone."""
        words = text.split(" ")
        for place, word in enumerate(words):
            if "://" in word or len(word) < 4 or self._draw.random() > 0.35:
                continue
            way = self._draw.random()
            if way < 0.5:
                words[place] = word.translate(LOOK_ALIKES)
            elif way < 0.75:
                words[place] = word.translate(LEET)
            else:
                words[place] = word[:2] + "." + word[2:] if way < 0.9 else " ".join(word)
        return " ".join(words)


def registered_domain(writer: Writer) -> str:
    """A domain of nobody, as campaigns register them."""
    first = writer.one_of(("go", "my", "best", "top", "win", "get", "fast", "safe", "true", "e", "the", "secure", "quick"))
    second = writer.one_of(
        ("deal", "prize", "parcel", "bank", "offer", "verify", "shop", "cash", "track", "login", "save", "bonus")
    )
    return f"{first}-{second}{writer.digits(3)}.example"


def segments_of(text: str) -> int:
    """SMS segments: 160 characters of plain text, or 70 when there are others; 153 and 67 when there are several."""
    ascii_only = text.isascii()
    alone, many = (160, 153) if ascii_only else (70, 67)
    return 1 if len(text) <= alone else -(-len(text) // many)
