"""The vocabulary of the rules: which concepts a word or a phrase names, as bits of one number."""

from __future__ import annotations

import re
from typing import NamedTuple

from fairwire.content.lexicon import CONCEPTS
from fairwire.content.plain import unleet

SIGNS = (
    "link",
    "mail",
    "money",
    "number",
    "phone",
    "short",
    "token",
    "slur",
    "disguise",
    "hidden_link",
    "cheap_link",
    "posing_link",
    "name_link",
    "sender",
    "own_link",
    "foreign_link",
    "name",
    "greeting",
)
"""Concepts that are no words but what tokens are."""
ABROAD = ("killing", "typed", "bail")
"""Concepts that other languages have and English has not: verbs that stand behind what they do something to, and bail, by which
grandparents are cheated there."""
NUMBER = {name: place for place, name in enumerate((*CONCEPTS, *SIGNS, *ABROAD))}
"""Concept -> its bit."""


class Concepts(NamedTuple):
    """Concepts that one word or phrase names."""

    bits: int
    each: tuple[int, ...]
    """One bit at a time."""


def concepts(bits: int) -> Concepts:
    """The concepts of `bits`."""
    return Concepts(bits, tuple(1 << place for place in range(bits.bit_length()) if bits >> place & 1))


Phrases = dict[str, tuple[tuple[tuple[str, ...], Concepts], ...]]
"""First word -> (the words after it, concepts) of several."""


def inflected(word: str) -> tuple[str, ...]:
    """A word and its other forms; the word alone where it ends in `!`."""
    if word.endswith("!"):
        return (word[:-1],)
    stem = word[:-1] if word.endswith("e") else word
    forms = [word, word + "s", word + "'s", stem + "ed", stem + "ing"]
    if word.endswith("y"):
        forms += [word[:-1] + "ies", word[:-1] + "ied"]
    if word.endswith(("s", "x", "h")):
        forms.append(word + "es")
    if re.search(r"[^aeiou][aeiou][bgmnpt]$", word):
        forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return tuple(forms)


def _vocabulary() -> tuple[dict[str, Concepts], Phrases]:
    words: dict[str, int] = {}
    phrases: dict[str, dict[tuple[str, ...], int]] = {}
    for name, listed in CONCEPTS.items():
        bit = 1 << NUMBER[name]
        for entry in listed.split():
            *first, last = entry.split("_")
            for form in inflected(last):
                if first:
                    of = phrases.setdefault(first[0], {})
                    of[*first[1:], form] = of.get((*first[1:], form), 0) | bit
                else:
                    words[form] = words.get(form, 0) | bit
    made = {first: tuple((rest, concepts(bits)) for rest, bits in sorted(of.items())) for first, of in phrases.items()}
    return {word: concepts(bits) for word, bits in words.items()}, made


WORDS, PHRASES = _vocabulary()
KNOWN = frozenset(WORDS) | frozenset(PHRASES) | {each for rests in PHRASES.values() for rest, _ in rests for each in rest}
"""Every word that a rule can ask for."""


def known(word: str) -> str:
    """The word as rules know it: as it is, or with letters for the digits and signs in it where that makes a known word."""
    if word in KNOWN or word.isalpha():
        return word
    if word.endswith("'s") and word[:-2] in KNOWN:
        return word[:-2]
    clear = unleet(word)
    if clear in KNOWN:
        return clear
    bare = word.replace("*", "").replace("-", "").replace("_", "").replace("!", "")
    return bare if bare in KNOWN else word
