"""Which characters the bytes of a page are: by its mark, by what it declares, else UTF-8 or Windows-1252."""

from __future__ import annotations

import codecs
import re

from fairwire.documents import WAY_OUT, Decoded, mark_of
from fairwire.ports.documents import UnreadableDocument

LOOKED_AT = 4096
"""Bytes in which a page must declare its encoding; browsers look at 1,024, and some generators put more before it."""

_DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.-]{1,40})|<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})",
    re.IGNORECASE,
)
_OF_THE_WEB = re.compile(
    r"utf-?8|(iso[-_]?8859|latin)[-_]?\d+|(windows|cp)-?(125\d|874)|koi8-[ru]|shift[-_]?jis|sjis|windows-31j|euc-?(jp|kr|tw)"
    r"|gb(2312|k|18030)|big5(-hkscs)?|iso-2022-jp|mac-?(intosh|cyrillic|roman)|ibm866|us-ascii|ascii|tis-620",
    re.IGNORECASE,
)
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}


def decode_page(data: bytes, *, file: str) -> Decoded:
    """The source of a page.

    Raises
    ------
    UnreadableDocument
        It is data, not a page.
    """
    marked = mark_of(data)
    if marked:
        encoding, called, length = marked
        return _replacing(data[length:], encoding, called)
    if b"\0" in data:
        raise UnreadableDocument(f"byte {data.index(0):,} is NUL, so it is not a page", at=file, help_=WAY_OUT)
    declared = _declared(data)
    if declared == "utf-8":
        return _replacing(data, "utf-8", "UTF-8")
    for encoding in (declared, "utf-8", "cp1252"):
        try:
            if encoding:
                return Decoded(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _replacing(data, declared or "cp1252", declared or "Windows-1252")


def _declared(data: bytes) -> str:
    found = _DECLARED.search(data[:LOOKED_AT])
    name = (found[1] or found[2]).decode("ascii") if found else ""
    if not _OF_THE_WEB.fullmatch(name):
        return ""
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return ""
    return _AS_BROWSERS_DO.get(encoding, encoding)


def _replacing(data: bytes, encoding: str, called: str) -> Decoded:
    text = data.decode(encoding, "replace")
    lost = text.count("\ufffd")
    if not lost:
        return Decoded(text)
    return Decoded(text, (f"{lost:,} characters of the page are no {called}, which it says it is; they are shown as \ufffd",))
