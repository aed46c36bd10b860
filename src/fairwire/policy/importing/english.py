"""Words of an English text, as the topics' cues compare them: stemmed, folded, with what machine-spun English means by them.

Spun texts replace every word by a near synonym ("refusal of administration" for denial of service). What such words may stand
for is data (`packs/_words/cues.yaml`); it is added to what a word says, never put in its place, and only for a text that reads
as spun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_FILLER = re.compile(
    r"\b(?:includ(?:es?|ing),?\s+)?(?:but\s+)?(?:(?:is|are)\s+)?not\s+(?:be\s+)?limited\s+to\b|\b(?:includ(?:es?|ing),?\s+)?without\s+limitation\b",
    re.I,
)
"""Lawyers' filler, whose words are about nothing."""
_STOP = re.compile(r"[.;?!]['\"”’)\]]*\s")
_STEMMER = snowballstemmer.stemmer("english")
_ONE_WORD = (
    ("e mail", "email"),
    ("e mails", "emails"),
    ("caller id", "callerid"),
    ("caller ids", "callerid"),
    ("pen test", "pentest"),
)
_JOINED = {tuple(spelt.split()): word for spelt, word in _ONE_WORD}
_BRITISH = (
    (re.compile(r"isation(s?)$"), r"ization\1"),
    (re.compile(r"(?<=[a-z]{3})is(e[ds]?|ing)$"), r"iz\1"),
    (re.compile(r"(?<=[a-z]{2})our(s|ed|ing|able)?$"), r"or\1"),
)
_KEPT = frozenset(
    re.findall(
        r"\w+",
        "otherwise exercise exercised premise promise compromise advertise advertised advertising franchise disguise disguised "
        "four hour hours your our pour tour course source sources resource resources",
    )
)
"""Words that only look British."""
_CASED = {"DoS": "ddos", "DDoS": "ddos", "DOS": "ddos", "TDoS": "tdos"} | {
    word: f"{word}." for word in ("ANI", "CLI", "IT", "US", "AIT", "DID", "DoT", "CPS")
}
"""Words that are others in small letters: `ANI` is no `any`."""


_APART = {
    word: f"{said}_"
    for said, words in {
        "authority": "authority authorities",
        "police": "police policing",
        "security": "security",
        "offence": "offence offences offense offenses",
        "allowance": "allowance allowances",
        "warrant": "warrants",
        "community": "community communities",
        "organisation": "organisation organisations organization organizations",
        "general": "general",
        "agent": "agent agents",
        "agency": "agency agencies",
        "operator": "operator operators",
        "secret": "secret secrets",
        "port": "port ports",
        "important": "important importance",
        "personnel": "personnel",
        "number": "number numbers",
        "marketing": "marketing",
        "monitoring": "monitoring",
    }.items()
    for word in words.split()
}
"""Words that a stemmer takes for others: `offensive` is no `offence`, `authorize` no `authority`."""


MOST_WORDS = 800
"""Of one clause. What a longer one is about stands in its beginning, and a page without a full stop costs no more."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    start: int
    end: int
    own: str
    """Its stem."""
    stems: frozenset[str]
    """What it says: its stem, and what a spun word may stand for."""
    spun: bool = False
    """Whether `stems` holds more than its own."""
    opens: bool = False
    """A sentence or a part of a list begins with it; no cue reaches over that."""


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one word, whatever its case and its side of the Atlantic."""
    if word in _CASED:
        return _CASED[word]
    folded = word.casefold().replace("’", "'")
    folded = folded.removesuffix("'s").removesuffix("'")
    if folded in _APART:
        return _APART[folded]
    if folded not in _KEPT:
        for pattern, american in _BRITISH:
            folded = pattern.sub(american, folded)
    folded = (
        folded.replace("licence", "license")
        .replace("dialler", "dialer")
        .replace("dialling", "dialing")
        .replace("programme", "program")
    )
    return str(_STEMMER.stemWord(folded))


def words_of(text: str, *, offset: int = 0, most: int = MOST_WORDS) -> list[Token]:
    """The words of `text`, each by its own stem; the first `most` of them."""
    tokens: list[Token] = []
    filler = [found.span() for found in _FILLER.finditer(text)]
    end = 0
    for found in _WORD.finditer(text):
        while filler and filler[0][1] <= found.start():
            filler.pop(0)
        if filler and filler[0][0] <= found.start():
            continue
        if len(tokens) == most:
            break
        word = found.group()
        # A full stop before a small letter is that of a short form: `before 8 a.m. or after 9`.
        stop = _STOP.search(text, end, found.start())
        opens, end = stop is not None and not (stop.group().startswith(".") and found.group()[0].islower()), found.end()
        said = stem(word)
        before = tokens[-1] if tokens else None
        if before is not None and len(tokens[-1].stems) == 1:
            pair = (text[before.start - offset : before.end - offset].casefold(), word.casefold())
            one = _JOINED.get(pair)
            if one is not None and found.start() - (before.end - offset) <= 1:
                tokens[-1] = Token(before.start, offset + found.end(), stem(one), frozenset((stem(one),)), opens=before.opens)
                continue
        tokens.append(Token(offset + found.start(), offset + found.end(), said, frozenset((said,)), opens=opens))
    return tokens


@dataclass(frozen=True, slots=True)
class Spun:
    """What machine-spun English may mean."""

    words: Mapping[str, frozenset[str]]
    """Stem -> stems of the plain words it may stand for."""
    phrases: Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]]
    """First stem of an odd phrase -> (stems of the odd phrase, stems of the plain one), longest first."""

    @classmethod
    def of(cls, words: Mapping[str, Sequence[str]], phrases: Mapping[str, str]) -> Spun:
        """From odd words and phrases, each with what it stands for, as written in the data."""
        table: dict[str, set[str]] = {}
        for odd_word, meanings in words.items():
            table.setdefault(stem(odd_word), set()).update(stem(part) for plain in meanings for part in plain.split())
        pairs = [(tuple(map(stem, odd.split())), tuple(map(stem, plain.split()))) for odd, plain in phrases.items()]
        first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for odd, plain in sorted(pairs, key=lambda pair: -len(pair[0])):
            first.setdefault(odd[0], []).append((odd, plain))
        return cls({word: frozenset(plain) for word, plain in table.items()}, first)

    def reads_spun(self, tokens: Sequence[Token]) -> bool:
        """Whether a whole document reads as spun: several odd phrases that no person writes for what they stand for."""
        hits = {odd for _, odd, _ in self._found(tokens)}
        return len(hits) >= 3 and len(hits) * 300 >= len(tokens)

    def unspun(self, tokens: Sequence[Token]) -> list[Token]:
        """The same words, each with what it may stand for besides."""
        widened = [replace(token, stems=token.stems | self._plain(token), spun=bool(self._plain(token))) for token in tokens]
        for place, odd, plain in self._found(tokens):
            for step in range(len(odd)):
                # The plain words in their order over the odd ones; what is left over goes to the last of them.
                here = plain[step : step + 1] if step + 1 < len(odd) else plain[step:]
                token = widened[place + step]
                widened[place + step] = replace(token, stems=token.stems | set(here or plain[-1:]), spun=True)
        return widened

    def _found(self, tokens: Sequence[Token]) -> Iterator[tuple[int, tuple[str, ...], tuple[str, ...]]]:
        """(place, odd phrase, plain one) for every odd phrase that stands there."""
        for place, token in enumerate(tokens):
            for word in token.stems:
                for odd, plain in self.phrases.get(word, ()):
                    if place + len(odd) <= len(tokens) and all(
                        each in tokens[place + step].stems for step, each in enumerate(odd)
                    ):
                        yield place, odd, plain

    def _plain(self, token: Token) -> frozenset[str]:
        return frozenset().union(*(self.words.get(each, frozenset()) for each in token.stems))
