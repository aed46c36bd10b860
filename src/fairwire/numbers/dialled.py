"""What somebody dialled, in whatever dress it came: a bare number, a `tel:` or `sip:` URI, a service URN, a name and brackets."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

_INVISIBLE = (0xA0, 0x2007, 0x200B, 0x200E, 0x2060, 0xFEFF, 0x202A, 0x202C, 0x202D)
_SEPARATORS = str.maketrans("", "", " \t\r\n\f\v-.()/,~_[]{}" + "".join(map(chr, _INVISIBLE)))
_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d]")
_DIAL_STRING = re.compile(r"\+?[0-9*#]+")
_LONGEST = 512
"""Characters looked at; the longest URI that carries a number is far below."""


class Dialled(NamedTuple):
    """The same, undressed."""

    text: str
    """Without scheme, host, parameters and visual separators; lower case."""
    digits: str
    """The digits when it is a dial string, without the plus; with `*` and `#` if they were dialled. Empty: not a dial string."""
    plus: bool
    """It says of itself that it is an international number."""
    urn: bool
    """It is a `urn:`; `text` is the whole of it."""


def _plain_digits(text: str) -> str:
    """Digits and the plus of other scripts as ASCII: a handset may send what its keyboard shows."""
    made = []
    for char in text:
        value = unicodedata.decimal(char, None)
        made.append(char if value is None else str(value))
    return "".join(made).replace("\uff0b", "+").replace("\uff0a", "*").replace("\uff03", "#")


def undress(text: str) -> Dialled:
    """Read one called or calling number as it came. Any text will do, and none is an error."""
    if text[:1] == "+" and len(text) <= 16 and text[1:].isdigit() and text.isascii():
        return Dialled(text, text[1:], True, False)
    text = text[:_LONGEST].strip().strip("\"'").strip()
    opening = text.find("<")
    if opening >= 0:
        closing = text.find(">", opening)
        text = text[opening + 1 : closing if closing >= 0 else len(text)].strip()
    text = text.lower()
    if text.startswith("urn:"):
        return Dialled(re.split(r"[;?\s]", text, maxsplit=1)[0], "", False, True)
    scheme = next((name for name in ("sips:", "sip:", "tel:") if text.startswith(name)), "")
    text = text.removeprefix(scheme).removeprefix("//")
    user, at, _ = text.partition("@")
    if scheme[:3] == "sip" and not at and "." in user:
        return Dialled(user, "", False, False)  # a host alone: nobody dialled anything
    text = user.partition(";")[0].partition("?")[0]
    if text.count(":") == 1:
        text = text.partition(":")[0]  # a password, or a port
    if "%" in text:
        text = unquote(text)
    if not text.isascii():
        text = _plain_digits(_DASHES.sub("-", text))
    text = text.translate(_SEPARATORS)
    if not _DIAL_STRING.fullmatch(text) or not any(map(str.isdigit, text)):
        return Dialled(text, "", False, False)
    digits = text.removeprefix("+")
    bare = digits.rstrip("#")
    if digits is not text and bare.isdigit():
        return Dialled(text, bare, True, False)
    return Dialled(text, digits, False, False)
