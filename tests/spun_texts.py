"""Texts spun from templates of our own: {one|of|these}, and {name}, {n}, {link}, {code}, {sum} filled in anew each time."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from fairwire.content.template import template_key
from fairwire.content.tokens import take_apart
from labelled_texts import EXAMPLES

NAMES = ("Anna", "Bob", "Carla", "Dmitri", "Eva", "Farid", "Grace", "Hugo", "Ines", "Jamal")


def templates(name: str) -> list[str]:
    """The templates of a file of examples."""
    lines = (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def spin(template: str, rng: random.Random, *, turn: bool = True) -> str:
    """One text of a template; with the first of each choice of words where it is not to `turn`."""

    def choose(found: re.Match[str]) -> str:
        choices = found.group(1).split("|")
        return rng.choice(choices) if turn else choices[0]

    def fill(found: re.Match[str]) -> str:
        return {
            "name": rng.choice(NAMES),
            "n": str(rng.randint(1, 9**7)),
            "link": f"http://{rng.choice('abc')}{rng.randint(1, 999)}.example/{rng.randint(1, 9999)}",
            "code": str(rng.randint(100_000, 999_999)),
            "sum": f"£{rng.randint(10, 9000)}",
        }[found.group(1)]

    text = re.sub(r"\{([^{}|]+(?:\|[^{}|]+)+)\}", choose, template)
    return re.sub(r"\{(name|n|link|code|sum)\}", fill, text)


def key(text: str) -> int:
    """Of a text, as a reading has it."""
    return template_key(take_apart(text))


def together(keys: Sequence[int]) -> float:
    """Share of the pairs that have the same key."""
    pairs = len(keys) * (len(keys) - 1) // 2
    return sum(count * (count - 1) // 2 for count in Counter(keys).values()) / pairs if pairs else 0.0


def unrelated(keyed: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(pairs of different groups that have the same key, pairs of different groups) of (key, group)."""
    listed = list(keyed)
    same = _pairs(Counter(key for key, _ in listed)) - _pairs(Counter(listed))
    return same, len(listed) * (len(listed) - 1) // 2 - _pairs(Counter(group for _, group in listed))


def _pairs(counts: Counter[int] | Counter[tuple[int, int]]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
