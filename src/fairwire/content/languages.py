"""The languages beside English that rules can read, and which of them a text is in.

Each has small words, by which it is told, and a lexicon of the same concepts that rules ask for. A text is read in one language,
so that a word of another that looks like it ("die", "gift", "brand", "sale") means nothing there. Entries of these lexicons:
`konto` a word, `konto*` whatever begins so, `*konto` whatever ends so, `_` between the words of a phrase, `/` between words of
which any may stand at that place. Compounds have the concepts of their beginning and of their end.
"""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterable, Mapping
from itertools import product
from typing import NamedTuple

from fairwire.content.english import USUAL
from fairwire.content.lexicon import SLURS, borrowed, dutch, french, german, italian, portuguese, spanish
from fairwire.content.plain import unaccented, unleet
from fairwire.content.tokens import is_code
from fairwire.content.vocabulary import KNOWN, NUMBER, Concepts, Phrases, concepts

_SHORTEST, _LONGEST = 4, 24
"""Letters that a listed beginning or end of a word has at least and at most."""
FEWEST = 4
"""English words, of no other language, from which on a text is read in English too: padding is to hide nothing."""
_WIDTH = 8
"""Bits in which the words of one language are counted; a text that is judged at once has fewer than 256."""
_MOST = (1 << _WIDTH) - 1
_TOKEN, _SLUR = 1 << NUMBER["token"], 1 << NUMBER["slur"]
_DISGUISE = 1 << NUMBER["disguise"]
_ELIDED = re.compile(r"^(?:l|d|j|s|c|n|qu|jusqu|lorsqu|un|dell|all|nell|sull|dall|quest|quell)'(?=\w)")
_UMLAUTS = (("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"))


def _german(word: str) -> str:
    """Umlauts are written in two ways, and in chats without their dots."""
    for written, one in _UMLAUTS:
        word = word.replace(written, one)
    return word


def _elided(word: str) -> str:
    """`l'argent` is a word and its article."""
    return _ELIDED.sub("", word.replace("œ", "oe"))


def _as_is(word: str) -> str:
    return word


class Language(NamedTuple):
    """A language that rules can read."""

    name: str
    place: int
    """Of its count among those of all languages; English has the first."""
    small: frozenset[str]
    words: Mapping[str, int]
    begins: Mapping[str, int]
    ends: Mapping[str, int]
    phrases: Phrases
    telling: frozenset[str]
    """Words by which it is told: small ones, and those of its lexicon that are not borrowed."""

    def spelt(self, word: str) -> str:
        """The word as the lexicon has it."""
        return _SPELT[self.name](word)

    def means(self, word: str) -> int:
        """The concepts of a word as the lexicon has it, as bits."""
        bits = self.words.get(word, 0)
        if word in self.small:
            return bits
        sizes = range(min(len(word), _LONGEST), _SHORTEST - 1, -1)
        bits |= _longest(self.begins, (word[:size] for size in sizes)) | _longest(self.ends, (word[-size:] for size in sizes))
        if not bits and "-" in word:
            for piece in word.split("-"):
                bits |= self.words.get(piece, 0)
        return bits


def _longest(listed: Mapping[str, int], pieces: Iterable[str]) -> int:
    """What the first of the pieces that is listed means; the longest come first."""
    return next((listed[piece] for piece in pieces if piece in listed), 0)


_SPELT = {"german": _german, "french": _elided, "italian": _elided, "spanish": _as_is, "dutch": _as_is, "portuguese": _as_is}
_SHARED = frozenset(unaccented(" ".join(borrowed.CONCEPTS.values())).split())


def _language(name: str, place: int, small: str, lexicon: Mapping[str, str]) -> Language:
    spelt = _SPELT[name]
    words: dict[str, int] = {}
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    phrases: dict[str, dict[tuple[str, ...], int]] = {}
    for listed in (borrowed.CONCEPTS, lexicon):
        for concept, entries in listed.items():
            bit = 1 << NUMBER[concept]
            for entry in unaccented(entries).split():
                if "_" in entry:
                    for first, *rest in product(*([spelt(word) for word in each.split("/")] for each in entry.split("_"))):
                        of = phrases.setdefault(first, {})
                        of[*rest,] = of.get((*rest,), 0) | bit
                elif entry[0] == "*":
                    ends[spelt(entry[1:])] = ends.get(spelt(entry[1:]), 0) | bit
                elif entry[-1] == "*":
                    begins[spelt(entry[:-1])] = begins.get(spelt(entry[:-1]), 0) | bit
                else:
                    words[spelt(entry)] = words.get(spelt(entry), 0) | bit
    few = frozenset(spelt(word) for word in unaccented(small).split())
    parts = {spelt(word) for entry in unaccented(" ".join(lexicon.values())).split() for word in re.split("[_/]", entry)}
    return Language(
        name,
        place,
        few,
        words,
        begins,
        ends,
        {first: tuple((rest, concepts(bits)) for rest, bits in sorted(of.items())) for first, of in phrases.items()},
        few | (parts - {spelt(word) for word in _SHARED}),
    )


_LEXICONS = {
    "german": german,
    "french": french,
    "spanish": spanish,
    "dutch": dutch,
    "italian": italian,
    "portuguese": portuguese,
}
LANGUAGES = tuple(_language(name, place, of.SMALL, of.CONCEPTS) for place, (name, of) in enumerate(_LEXICONS.items(), start=1))
_SMALL = frozenset(unaccented(" ".join(of.SMALL for of in _LEXICONS.values())).split())
_ALSO_ENGLISH = "comment pour suite sous pane mesa elle mine hay"
"""Of them, English words that are none of the usual ones."""
SMALL_ABROAD = frozenset(word for word in _SMALL - USUAL - KNOWN - frozenset(_ALSO_ENGLISH.split()) if len(word) >= _SHORTEST)
"""Small words of the other languages; shorter ones are words of English chats as well."""
_ENGLISH = (USUAL | KNOWN) - _SHARED


def _telling() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Words, beginnings and ends of words -> the languages that they tell, as counts of one in the bits of each."""
    words, begins, ends = dict.fromkeys(_ENGLISH, 1), dict[str, int](), dict[str, int]()
    for language in LANGUAGES:
        one = 1 << _WIDTH * language.place
        for word in language.telling:
            words[word] = words.get(word, 0) | one
        for pieces, listed in ((begins, language.begins), (ends, language.ends)):
            for piece in listed:
                pieces[piece] = pieces.get(piece, 0) | one
    return words, begins, ends


_WORDS, _BEGINS, _ENDS = _telling()
_GERMAN = _MOST << _WIDTH * next(language.place for language in LANGUAGES if language.name == "german")


def spoken_in(word: str, known: str) -> int:
    """The languages that a word is of, as counts of one in the bits of each; `known` is the word as English rules know it."""
    counts = _WORDS.get(known, 0) | _WORDS.get(word, 0)
    if "'" in word:
        counts |= _WORDS.get(_elided(word), 0)
    if word.isascii() and word.isalpha():
        folded = _german(word)
        if folded != word:
            counts |= _WORDS.get(folded, 0) & _GERMAN
    for size in range(_SHORTEST, min(len(word), _LONGEST) + 1):
        counts |= _BEGINS.get(word[:size], 0) | _ENDS.get(word[-size:], 0)
    return counts


def language_of(counts: int) -> Language | None:
    """The language that most words of a text are of, by the sum of what `spoken_in` says of each; None where that is English."""
    best, most = None, counts & _MOST
    if counts <= _MOST:
        return None
    for language in LANGUAGES:
        count = counts >> _WIDTH * language.place & _MOST
        if count > most:
            best, most = language, count
    return best


@functools.lru_cache(maxsize=1 << 15)
def look_up(written: str, place: int) -> tuple[str, Concepts | None, tuple[tuple[tuple[str, ...], Concepts], ...], int]:
    """A word as the language at `place` knows it, what it names, the phrases that begin with it, and zero: it was counted."""
    language = LANGUAGES[place - 1]
    word = language.spelt(written)
    bits = language.means(word)
    if not bits and not word.isalpha() and word not in language.phrases:
        clear = language.spelt(unleet(written.rstrip("!")))
        bits = language.means(clear)
        if bits:
            word, bits = clear, bits | _DISGUISE
        elif clear in language.small or clear in language.phrases:
            word = clear
    if not bits and not word.isalpha() and is_code(word):
        bits = _TOKEN
    elif not bits and word not in language.small and zlib.crc32(word.encode()) in SLURS:
        bits = _SLUR
    return word, concepts(bits) if bits else None, language.phrases.get(word, ()), 0
