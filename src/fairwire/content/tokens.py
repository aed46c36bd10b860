"""Words of a text, and what is not a word: links, addresses, sums of money, numbers; each with where it stands."""

from __future__ import annotations

import re
from typing import NamedTuple

from fairwire.content.plain import Plain, plain

_SURE = (
    "com net org info biz io co uk fr nl eu ca au nz ch pl ru cn jp br mx za sg ph ng ke xyz icu vip cc ly gl gd app dev example"
    " gov edu mobi tv tk ml ga cf gq pw ws buzz cyou sbs cfd"
)
"""Endings that make a dotted word a link without a scheme and a path."""
_WORDS = (
    "me us de es it in ie at be se no dk pt my id to is so top club online site shop store live link click win loan page int rest"
    " fit bond lol monster quest support help today world life best cash money bid trade"
)
"""Endings that are words: people leave out the blank after a full stop, so a path must follow."""


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=lambda word: (-len(word), word)))


_UNITS = "usd|eur|gbp|pounds?|dollars?|euros?|reais|pesos|quid|p/min|ppm"
_TOKEN = re.compile(
    r"(?P<plain>[a-z]+(?:'[a-z]+)?(?=\s|[,!?;)\".:]+(?:\s|$)|$))"  # most words, at once
    r"|(?P<link>(?:https?|hxxps?|ftp)\s?:\s?//[^\s<>\"']+|www\s?\.[^\s<>\"']+)"
    r"|(?P<mail>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+)"
    rf"|(?P<site>\b[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.(?:(?:{_any(_SURE)})\b(?![@\w])(?:/[^\s<>\"']*)?|(?:{_any(_WORDS)})/[^\s<>\"']+))"
    r"|(?P<money>(?:[£$€¥₹]|\b(?:usd|eur|gbp|rs)\.?)\s?\d[\d,.]*\s?(?:k|m|million|bn)?\b"
    rf"|\b\d[\d,.]*\s?(?:k |thousand |million |billion )?(?:{_UNITS})\b|\b\d[\d,.]*(?:[£$€]|\s€))"
    r"|(?P<number>\+?\(?\d(?:[\d]|[ \-.()/](?=\(?\d))*(?![a-z@$]))"
    r"|(?P<word>[\w@$*#&][\w@$*!|]*(?:['\-/&][\w@$!*]+)*)"
    r"|(?P<stop>[.!?;\n\"()]+)",
    re.IGNORECASE,
)

_CODE = re.compile(r"^(?:[a-z]{1,3}-\d{4,8}|(?=.*\d.*\d.*\d)(?=.*[a-z])[a-z0-9]{6,10})$")
"""Letters and digits as codes and first passwords have them."""


class Token(NamedTuple):
    """One of them."""

    kind: str
    """`word`, `link`, `mail`, `money`, `number` or `stop`, which parts sentences."""
    text: str
    """In lower case."""
    start: int
    end: int


class Text(NamedTuple):
    """A text, taken apart."""

    plain: Plain
    tokens: tuple[Token, ...]
    """Without stops."""
    stops: frozenset[int]
    """Places of the tokens before which a sentence begins."""
    quoted: frozenset[int]
    """Places of the tokens between quotation marks."""


def is_code(word: str) -> bool:
    """Whether a word is made as codes and first passwords are."""
    return _CODE.match(word) is not None


def take_apart(text: str) -> Text:
    """The tokens of `text`, its disguises undone."""
    clear = plain(text)
    lower = clear.text.lower()
    if len(lower) != len(clear.text):  # a few letters grow when made small; places must stay places
        clear = Plain(lower, clear.disguised)
    tokens: list[Token] = []
    stops: set[int] = {0}
    quoted: set[int] = set()
    opened = -1
    for found in _TOKEN.finditer(lower):
        kind = found.lastgroup
        if kind == "plain":
            tokens.append(Token("word", found.group(), found.start(), found.end()))
            continue
        if kind == "stop":
            stops.add(len(tokens))
            if found.group().count('"') == 1:
                if opened >= 0:
                    quoted.update(range(opened, len(tokens)))
                    opened = -1
                else:
                    opened = len(tokens)
            continue
        tokens.append(Token("link" if kind == "site" else kind or "word", found.group(), found.start(), found.end()))
    return Text(clear, tuple(tokens), frozenset(stops), frozenset(quoted))
