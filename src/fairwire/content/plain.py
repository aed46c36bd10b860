"""Plain text out of disguised text: what a reader sees, in the letters that a program compares.

Undone: full-width and styled letters (NFKC), accents, zero-width and direction marks, letters of other alphabets that look Latin,
letters set apart ("f r e e", "F.R.E.E"), and, word by word where a known word comes out, digits and signs for letters ("fr33").
The look-alikes are the pairs of Unicode Technical Standard 39 (confusables) that messages use.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MOST = 4000
"""Characters of a text that are read: some twenty-five messages, or four minutes of speech."""

_ALIKE = {
    "a": "аαɑᴀ", "b": "вβЬьƅʙ", "c": "сϲᴄ", "d": "ԁᴅ", "e": "еєεᴇ", "g": "ɡɢ", "h": "һнʜ", "i": "іιıɩɪ", "j": "јᴊ", "k": "кκᴋ",
    "l": "ӏℓʟ", "m": "мᴍ", "n": "ηпɴ", "o": "оοσᴏ", "p": "рρᴘ", "q": "ԛ", "r": "гʀ", "s": "ѕꜱ", "t": "тτᴛ", "u": "υսᴜ",
    "v": "νѵᴠ", "w": "ԝωᴡ", "x": "хχ", "y": "уүγ", "z": "ᴢ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν", "O": "ОΟ",
    "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "УΥҮ", "Z": "Ζ", "'": "’‘ʼ`´", '"': "“”„«»", "-": "‐‑‒–—−",
}  # fmt: skip
_LATIN = str.maketrans({each: letter for letter, alike in _ALIKE.items() for each in alike})
_TYPED = str.maketrans("’‘“”–—…", "''\"\"--.")
_ODD = re.compile("[^\\x00-\x7f£€¥₹’‘“”–—…]")
"""What more than a typist's punctuation takes the long way."""
_SIGNS = frozenset("’‘ʼ`´“”„«»‐‑‒–—−…£€¥₹•·")
_APART = re.compile(r"(?<![^\W_])(?:[A-Za-z0-9]([ .*_\-])(?:[A-Za-z0-9]\1){2,}[A-Za-z0-9])(?![^\W_])")
_HOST = re.compile(r"(?<=://)[^\s/?#]+|(?<=www\.)[^\s/?#]+", re.IGNORECASE)
_LEET = str.maketrans("013457@$!|8", "oieastasiib")


class Plain(NamedTuple):
    """A text that can be compared, of the same meaning as the one that it was made from."""

    text: str
    """Its case is kept; accents, marks and disguises are gone."""
    disguised: int
    """How many words were disguised: marks within words, foreign letters, letters apart; not accents, which languages have."""


def plain(text: str) -> Plain:
    """`text` without its disguises; at most `MOST` characters of it."""
    text, disguised = text[:MOST], 0
    if not text.isascii():
        text, disguised = _latin(text) if _ODD.search(text) else (text.translate(_TYPED), 0)
    if _APART.search(text):
        together = _APART.sub(_together, text)
        disguised += together != text
        text = together
    return Plain(text, disguised)


def unleet(word: str) -> str:
    """`fr33` -> `free`: the likeliest letters for digits and signs inside a lower-case word."""
    return word.translate(_LEET)


def look_alike(text: str) -> str:
    """The text in small Latin letters for those that look like them, without accents."""
    return unaccented(text).translate(_LATIN).lower()


def unaccented(text: str) -> str:
    """The text without accents, its styled and full-width letters as plain ones."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Mn")


def _together(found: re.Match[str]) -> str:
    letters = found.group().replace(found.group(1), "")
    # Digits set apart are a number somebody can read out, not a disguise.
    return found.group() if sum(each.isdigit() for each in letters) * 2 > len(letters) else letters


def _latin(text: str) -> tuple[str, int]:
    """The text in Latin letters where it is mostly Latin, and how many words were disguised."""
    signs = "".join(each for each in text if unicodedata.category(each) != "Cf" or each == "\u00ad")
    hidden = len(text) - len(signs) + signs.count("\u00ad")
    folded = unaccented(signs.replace("\u00ad", ""))
    if folded.isascii():
        return folded, _width(text) + min(hidden, 3)
    # A host in foreign letters is another host: punycode says which, and lets it be seen for what it looks like.
    clear = _HOST.sub(_coded, folded).translate(_LATIN)
    letters = [each for each in clear if each.isalpha()]
    if sum(not each.isascii() for each in letters) * 10 > len(letters):  # another language, not a disguise
        return folded, 0
    return clear, sum(_mixes(word) for word in folded.split()) + _width(text) + min(hidden, 3)


def _coded(found: re.Match[str]) -> str:
    """`раypal.com` in foreign letters -> `xn--ypal-43d9g.com`."""
    labels = found.group().lower().split(".")
    return ".".join(each if each.isascii() else "xn--" + each.encode("punycode").decode() for each in labels)


def _mixes(word: str) -> bool:
    """Whether letters of the word look Latin and are not, and all of it would then be Latin."""
    return (
        any(not each.isascii() and each not in _SIGNS and ord(each) in _LATIN for each in word)
        and word.translate(_LATIN).isascii()
    )


def _width(text: str) -> int:
    """How many words have full-width or styled letters."""
    return sum(
        any("\uff01" <= each <= "\uff5e" or "\U0001d400" <= each <= "\U0001d7ff" for each in word) for word in text.split()
    )
