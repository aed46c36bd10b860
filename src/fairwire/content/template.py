"""One key for texts of one template: what changes from one recipient to the next is left out, and so is what spinners turn.

Left out: links, numbers, sums, codes, addresses, names, function words, the order of words. Words that stand for one another
in spun texts become one (`parcel`, `package`). Why the key is made of what it is: decision 0025.
"""

from __future__ import annotations

import functools
import hashlib
import re

from fairwire.content.languages import SMALL_ABROAD
from fairwire.content.tokens import Text

_FUNCTION_WORDS = (
    "a an the and or but of to for from in on at by with as is are was were be been am has have had do does did will would can"
    " could should may might i me my we us our ours you your yours u ur he she it its they them their this that these those there"
    " here so if then than just please kindly pls plz hi hello hey dear greetings good morning afternoon evening sir madam"
    " customer user client member friend mr mrs ms not no yes now today tomorrow very really still also all any some more most"
    " up out about into over only too"
)
_SMALL = frozenset(_FUNCTION_WORDS.split()) | SMALL_ABROAD
_ALIKE = {
    word: group.split()[0]
    for group in (
        "parcel package shipment delivery item consignment packet",
        "click tap visit follow press open go see view use check",
        "claim redeem collect receive get obtain grab pick",
        "win won winner winning",
        "prize reward award gift bonus voucher",
        "selected chosen picked drawn",
        "congratulations congrats congratulation",
        "verify confirm validate authenticate",
        "update renew refresh",
        "account profile acct",
        "suspended locked blocked restricted limited disabled frozen deactivated hold",
        "link url website site page web webpage",
        "unable failed cannot couldn't can't tried attempted",
        "fee charge payment cost",
        "call phone ring contact dial",
        "buy purchase order",
        "offer deal promotion promo discount sale",
        "free complimentary gratis",
        "urgent immediately quickly asap soon immediate fast quick instantly instant",
        "expire end finish close",
        "money cash funds",
        "loan credit lending",
        "earn make gain",
        "problem issue trouble error",
        "unusual suspicious strange unauthorised unauthorized",
        "notice alert warning message notification",
        "approved accepted granted pre-approved",
        "help support assist assistance",
        "job position work vacancy",
        "big huge great large amazing massive",
        "reply respond answer text txt send",
        "waiting pending awaiting held",
        "arrive come deliver delivered",
        "details information info",
        "avoid prevent stop",
        "review look",
    )
    for word in group.split()
}  # fmt: skip
_STANDING = frozenset(_ALIKE.values())
_KEPT, _FEW = 2, 4
"""Measured in docs/explanation/content.md against all words, the longest three and four, and keys by least hashes."""
_NAMED = re.compile(r"^[A-Z][a-z]+$")
_ENDING = re.compile(r"(?:'s|ing|ied|ies|es|ed|s|e)$")


def content_words(text: Text) -> list[str]:
    """The words that a template would keep, each once, in order of the text."""
    roots = [_root(each.text) if each.kind == "word" else "" for each in text.tokens]
    named = _names(text)
    return list(dict.fromkeys(root for place, root in enumerate(roots) if root and place not in named))


def _names(text: Text) -> set[int]:
    """Places of the words that a capital makes a name; none where most words have one, so that it says nothing."""
    written, tokens = text.plain.text, text.tokens
    capitals = [place for place, each in enumerate(tokens) if each.kind == "word" and written[each.start].isupper()]
    if not capitals or len(capitals) * 2 > len(tokens):
        return set()
    return {place for place in capitals if _is_name(text, place, written)}


@functools.lru_cache(maxsize=1 << 14)
def _root(word: str) -> str:
    """The word that stands for this and its like; empty where it says nothing of its own."""
    if word in _SMALL or not word.replace("'", "").replace("-", "").isalpha():
        return ""
    root = _ENDING.sub("", word)
    root = _ALIKE.get(word) or _ALIKE.get(root) or root
    return root if len(root) > 1 else ""


def _is_name(text: Text, place: int, written: str) -> bool:
    """Whether a capital names somebody: within a sentence; at its beginning before a comma or another name."""
    token = text.tokens[place]
    if not _NAMED.match(written[token.start : token.end]):
        return False
    if place not in text.stops:
        return True
    if _root(token.text) in _STANDING or token.text in _SMALL:
        return False
    after = text.tokens[place + 1] if place + 1 < len(text.tokens) else None
    return (place == 0 and written[token.end : token.end + 1] == ",") or (
        after is not None
        and written[token.end : after.start] == " "
        and _NAMED.match(written[after.start : after.end]) is not None
    )


def _masked(text: Text) -> list[str]:
    """Every word, but for names, numbers and links."""
    named = _names(text)
    return [
        f"<{each.kind}>" if each.kind != "word" else "<name>" if place in named else each.text
        for place, each in enumerate(text.tokens)
    ]


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


def template_key(text: Text) -> int:
    """64 bits, never zero: the same for texts of one template, though names, numbers, links and some words change.

    Made of the `_KEPT` longest of the content words, which spinners turn least and unrelated texts share least, and of whether
    the text has a link and a number. A text of fewer than `_FEW` content words is kept whole, but for names, numbers, links.
    """
    words = content_words(text)
    if len(words) < _FEW:
        return _hash(" ".join(_masked(text)) or text.plain.text.lower()) or 1
    kinds = {each.kind for each in text.tokens}
    kept = sorted(sorted(words, key=lambda word: (-len(word), word))[:_KEPT])
    signs = ["<link>"] * ("link" in kinds) + ["<number>"] * bool(kinds & {"number", "money"})
    return _hash(" ".join(kept + signs)) or 1
