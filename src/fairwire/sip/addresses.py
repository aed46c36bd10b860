"""Addresses in SIP: URIs, the name before them, the parameters after them, and the number that a URI stands for.

Everything here works on text that was decoded once from UTF-8. What cannot be read is refused with `BadAddress`: an address that
two programs read in two ways is how a barred number gets past the one that asks.

Source: RFC 3261 19.1 (SIP URI), 20.10 (brackets), 25.1 (grammar); RFC 3966 (tel URI); RFC 5118 4 (IPv6).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote


class BadAddress(ValueError):
    """A URI or an address that the grammar does not allow. The text is one sentence without a full stop."""


class Uri(NamedTuple):
    """One URI, taken apart and not decoded."""

    scheme: str
    """Lower case: `sip`, `sips`, `tel`, `urn` or any other."""
    user: str
    """The user part as written, with its own parameters; of a `tel` URI the number; of another scheme all behind the colon."""
    password: str
    host: str
    """Lower case, IPv6 without its brackets; empty for `tel` and other schemes."""
    port: int | None
    """None: not given."""
    params: Mapping[str, str | None]
    """URI parameters: lower-case name -> value as written; None for a parameter without value."""
    headers: str
    """What is behind the question mark."""


class Address(NamedTuple):
    """A name-addr or addr-spec, as in From, To, Contact, P-Asserted-Identity or Diversion."""

    display: str
    """The name shown, without its quotes and escapes; empty when there is none."""
    uri: Uri
    params: Mapping[str, str | None]
    """Header parameters, those after the `>`: lower-case name -> value without quotes."""

    @property
    def tag(self) -> str | None:
        """The tag, which is a header parameter and never one of the URI."""
        return self.params.get("tag")


_PARAM = r"[A-Za-z0-9\-_.!~*'()\[\]/:&+$%]"
_SIP = re.compile(
    r"([Ss][Ii][Pp][Ss]?):"
    r"(?:((?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]++|%[0-9A-Fa-f]{2})++)(?::((?:[A-Za-z0-9\-_.!~*'()&=+$,]++|%[0-9A-Fa-f]{2})*+))?@)?"
    r"(\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._\-]++|\+[0-9]++)"
    r"(?::([0-9]{1,5}))?"
    rf"((?:;{_PARAM}++(?:={_PARAM}++)?)*+)"
    r"(?:\?([A-Za-z0-9\-_.!~*'()\[\]/?:+$%=&]*+))?"
)
_TEL = re.compile(rf"([Tt][Ee][Ll]):([0-9A-Fa-f+*#\-.()%]++)((?:;{_PARAM}++(?:={_PARAM}++)?)*+)")
_OTHER = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):([^\s<>\"]++)")

_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_WORD = r"[A-Za-z0-9\-.!%*_+`'~]"
_NAMED = re.compile(rf"[ \t]*+(?:({_QUOTED})|([A-Za-z0-9\-.!%*_+`'~ \t\x80-\U0010ffff]*+))[ \t]*+<([^<>]*+)>(.*)", re.DOTALL)
_PARAMETER = re.compile(rf"[ \t]*+;[ \t]*+({_WORD}++)(?:[ \t]*+=[ \t]*+({_QUOTED}|[^\s;,\"<>]++))?[ \t]*+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMAS = re.compile(rf"{_QUOTED}|<[^<>]*+>|(,)", re.DOTALL)


def _uri_parameters(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for one in text.split(";")[1:]:
        name, equals, value = one.partition("=")
        name = name.lower()
        if name in found:
            raise BadAddress(f"the URI has two parameters `{name}`")
        found[name] = value if equals else None
    return found


_SHORT = 128
"""Characters of a URI that is remembered, so that what is remembered stays small."""


def read_uri(text: str) -> Uri:
    """Take one URI apart. `text` is the URI alone, without brackets.

    Raises
    ------
    BadAddress
        It has blanks, no scheme, no host, an IPv6 address without brackets, a port above 65535, two parameters of one name, or a
        character that its place does not allow.
    """
    # The same number stands in From and P-Asserted-Identity, and comes again with each call of a line.
    return _known_uri(text) if len(text) <= _SHORT else _read_uri(text)


def _read_uri(text: str) -> Uri:
    match = _SIP.fullmatch(text)
    if match is not None:
        scheme, user, password, host, port, params, headers = match.groups()
        if host[0] == "[":
            host = host[1:-1]
        number = None if port is None else int(port)
        if number is not None and number > 65535:
            raise BadAddress("the port of the URI is above 65535")
        return Uri(
            scheme.lower(),
            user or "",
            password or "",
            host.lower(),
            number,
            _uri_parameters(params) if params else {},
            headers or "",
        )
    match = _TEL.fullmatch(text)
    if match is not None:
        return Uri("tel", match[2], "", "", None, _uri_parameters(match[3]), "")
    match = _OTHER.fullmatch(text)
    if match is None or match[1].lower() in ("sip", "sips", "tel"):
        raise BadAddress("the URI cannot be read")
    return Uri(match[1].lower(), match[2], "", "", None, {}, "")


_known_uri = lru_cache(maxsize=1 << 14)(_read_uri)


def _parameters(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    at, end = 0, len(text.rstrip(" \t"))
    while at < end:
        match = _PARAMETER.match(text, at)
        if match is None:
            raise BadAddress("the parameters after the URI cannot be read")
        name, value = match[1].lower(), match[2]
        if name in found:
            raise BadAddress(f"the address has two parameters `{name}`")
        if value is not None and value[0] == '"':
            value = _ESCAPED.sub(r"\1", value[1:-1])
        found[name] = value
        at = match.end()
    return found


def read_address(text: str) -> Address:
    """Read one address: a name and a URI in brackets, or a bare URI whose parameters are then those of the header.

    Raises
    ------
    BadAddress
        A quote or bracket stays open, the name has characters that need quotes, the URI or a parameter cannot be read.
    """
    match = _NAMED.fullmatch(text)
    if match is not None:
        quoted, plain, uri, rest = match.groups()
        display = _ESCAPED.sub(r"\1", quoted[1:-1]) if quoted is not None else plain.strip(" \t")
        return Address(display, read_uri(uri), _parameters(rest) if rest else {})
    text = text.strip(" \t")
    bare, semicolon, rest = text.partition(";")
    bare = bare.rstrip(" \t")
    if "<" in bare or '"' in bare:
        raise BadAddress("quotes or brackets of the address do not match, or its name needs quotes")
    if "," in bare or "?" in bare:
        raise BadAddress("a URI with a comma or a question mark stands without brackets")  # RFC 3261 20.10
    return Address("", read_uri(bare), _parameters(semicolon + rest))


def split_list(text: str, most: int = 64) -> list[str]:
    """Split a header value at its commas, but not at those in quotes or brackets. Values lose the blanks around them.

    What is behind `most` values (nobody needs as many, and a datagram can hold 60 000) stays together as one more, which cannot
    be read as an address.
    """
    if "," not in text:
        return [text.strip(" \t")]
    values, begin = [], 0
    for match in _COMMAS.finditer(text):
        if match[1] is not None:
            values.append(text[begin : match.start()].strip(" \t"))
            begin = match.end()
            if len(values) == most:
                break
    values.append(text[begin:].strip(" \t"))
    return values


_INVISIBLE = (0xA0, 0xAD, 0x2007, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x2030))
_SEPARATORS = str.maketrans("", "", "".join(map(chr, (*range(33), 127, *_INVISIBLE))) + "-.()/,~_[]{}")
_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d]")
_DIAL_STRING = re.compile(r"\+?[0-9*#]+")
_HOST_DIALLED = re.compile(r"\+?[0-9]+")


def _plain(text: str) -> str:
    made = [char if (value := unicodedata.decimal(char, None)) is None else str(value) for char in _DASHES.sub("-", text)]
    return "".join(made).replace("\uff0b", "+").replace("\uff0a", "*").replace("\uff03", "#")


def tel_parameter(uri: Uri, name: str) -> str:
    """A parameter of the number (RFC 3966 3, RFC 4694): of the user part of a sip URI, or of the URI itself. Empty: none.

    `name` is in lower case. A value that is a dial string comes in the form that `number_of` gives.
    """
    for one in uri.user.split(";")[1:]:
        written, _, value = one.partition("=")
        if unquote(written).lower() == name:
            return _number(value)
    return _number(uri.params.get(name) or "")


def number_of(uri: Uri) -> str:
    """The number that a URI stands for, in one form however it was written.

    Percent escapes are decoded once and once only. When what is left is a dial string between visual separators (`-.()`, blanks,
    invisible characters, digits of other scripts), they are taken away; else it is a name, and is given back decoded. Parameters
    of the user part (`;npdi`, `;phone-context`, escaped or not), a password, a host and `user=phone` never change the number.
    `urn:` URIs come back whole, in lower case; of other schemes, and of a URI that is a host alone, there is no number: empty.

    Examples
    --------
    >>> number_of(read_uri("tel:+1-212-555-0100")), number_of(read_uri("sip:%2B1212555%30100;npdi@192.0.2.1;user=phone"))
    ('+12125550100', '+12125550100')
    """
    if uri.scheme in ("sip", "sips"):
        # A host of digits alone can be no host name (RFC 1123): somebody left the host away, and switches dial that.
        raw = uri.user or (uri.host if _HOST_DIALLED.fullmatch(uri.host) else "")
    elif uri.scheme == "tel":
        raw = uri.user
    elif uri.scheme == "urn":
        return "urn:" + re.split("[;?#]", uri.user.lower(), maxsplit=1)[0]
    else:
        return ""
    return _number(raw.partition(";")[0])


def _number(raw: str) -> str:
    if raw[1:].isdigit() and raw.isascii() and raw[0] in "+0123456789":
        return raw
    if "%" in raw:
        raw = unquote(raw, errors="replace").partition(";")[0]  # some switch cuts an escaped `;` as well: so do we
    bare = (raw if raw.isascii() else _plain(raw)).translate(_SEPARATORS)
    if _DIAL_STRING.fullmatch(bare) and any(map(str.isdigit, bare)):
        return bare
    return raw
