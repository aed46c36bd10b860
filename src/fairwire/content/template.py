"""One key for texts made from one template: what changes from one recipient to the next is left out, and so is what spinners turn.

Left out: links, numbers, sums, codes, addresses, names, function words, the order of words. Words that stand for one another
in spun texts become one (`parcel`, `package`). Of the rest, what the key is made of is the choice of decision 0025.
"""

from __future__ import annotations

import hashlib
import re

from fairwire.content.tokens import Text

_SMALL = frozenset(
    "a an the and or but of to for from in on at by with as is are was were be been am has have had do does did will would can could should may might"
    " i me my we us our ours you your yours u ur he she it its they them their this that these those there here so if then than just please kindly pls plz"
    " hi hello hey dear greetings good morning afternoon evening sir madam customer user client member friend mr mrs ms not no yes now today tomorrow"
    " very really still also all any some more most up out about into over only too".split()
)  # fmt: skip
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
_NAMED = re.compile(r"^[A-Z][a-z]+$")
_ENDING = re.compile(r"(?:'s|ing|ied|ies|es|ed|s|e)$")


def content_words(text: Text) -> list[str]:
    """The words that a template would keep, each once, in order of the text."""
    found: dict[str, None] = {}
    written = text.plain.text
    shouted = sum(_NAMED.match(written[each.start : each.end]) is not None for each in text.tokens) * 2 > len(text.tokens)
    for place, token in enumerate(text.tokens):
        word = token.text
        if token.kind != "word" or word in _SMALL or not word.replace("'", "").replace("-", "").isalpha():
            continue
        if not shouted and _is_name(text, place, written):
            continue
        word = _ALIKE.get(word) or _ALIKE.get(_ENDING.sub("", word)) or _ENDING.sub("", word)
        if len(word) > 1:
            found[word] = None
    return list(found)


def _is_name(text: Text, place: int, written: str) -> bool:
    """Whether a capital says that the word names somebody: within a sentence, after a greeting, or before a comma at the beginning."""
    token = text.tokens[place]
    if not written[token.start].isupper():
        return False
    if place not in text.stops:
        return _NAMED.match(written[token.start : token.end]) is not None
    return place == 0 and written[token.end : token.end + 1] == ","


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


def template_key(text: Text) -> int:
    """64 bits, never zero: the same for texts of one template."""
    words = content_words(text)
    return _hash(" ".join(sorted(words))) or 1
