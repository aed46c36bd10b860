"""Request bodies: read with a limit, then taken apart into the JSON objects that they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from fairwire.model.events import CallAttempt
from fairwire.serve.problems import BadBody, BodyTooLarge, WrongMediaType, explain_json

LIMIT = 10 * 1024 * 1024
"""Bytes of one body."""

FORM_FIELDS = 200
"""Fields of one form; `call.attempt` has two dozen."""

_LINES = frozenset(f"application/{name}" for name in ("x-ndjson", "ndjson", "jsonl", "jsonlines", "x-jsonlines"))
_PLAIN = frozenset({"", "application/json", "text/plain", "application/octet-stream", "binary/octet-stream"})
_FORM = "application/x-www-form-urlencoded"
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW = msgspec.json.Decoder(msgspec.Raw)

Shape = Literal["one", "array", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """JSON objects, still undecoded, and the number of each in the body (from 1; lines that are empty have a number too)."""

    shape: Shape
    objects: list[bytes]
    numbers: list[int]


async def read_body(scope: Scope, receive: Receive, *, limit: int = LIMIT) -> bytes:
    """The whole body.

    Raises
    ------
    BodyTooLarge
        It is announced as longer than `limit` bytes, or turns out to be.
    WrongMediaType
        It is compressed.
    BadBody
        The caller went away in the middle.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _too_large(limit)
        if name == b"content-encoding" and value.lower() not in (b"", b"identity"):
            raise WrongMediaType(
                f"bodies with content-encoding `{value.decode('latin-1')}` are not read", help_="send the body uncompressed"
            )
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise BadBody("the caller went away before the body was complete")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {limit // 1024 // 1024} MiB", help_="nothing of it was taken; send it in parts")


def content_type(scope: Scope) -> str:
    """The media type without its parameters, lower-case; empty when none was sent."""
    return media_types(scope)[0]


def media_types(scope: Scope) -> tuple[str, str]:
    """Of the body, and of the answer that is liked best, both without parameters and in lower case; empty when none was named."""
    sent = liked = ""
    for name, value in scope["headers"]:
        if name == b"content-type":
            sent = _media(value)
        elif name == b"accept":
            liked = _media(value.partition(b",")[0])
    return sent, liked


def _media(value: bytes) -> str:
    return value.decode("latin-1").partition(";")[0].strip().lower()


def is_form(media: str, body: bytes) -> bool:
    """A form, unless it plainly is JSON that a tool has sent under its own default type."""
    return media == _FORM and body.lstrip()[:1] not in (b"{", b"[")


def take_apart(media: str, body: bytes) -> Batch:
    """Find out which of the three shapes a JSON body has, and split it.

    Raises
    ------
    BadBody
        It is empty, or no JSON at all. A bad line among others is not found here.
    WrongMediaType
        The content type says that it is something else.
    """
    if media not in _PLAIN and media not in _LINES and media != _FORM and not media.endswith("+json"):
        raise WrongMediaType(
            f"bodies of type `{media[:80]}` are not read", help_="send application/json, application/x-ndjson or a form"
        )
    text = body.strip()
    if not text:
        raise BadBody("the body is empty", help_="send one event as a JSON object, or several as JSON Lines")
    if media in _LINES:
        return _lines(body)
    if b"\n" not in text and text[:1] == b"{":
        return Batch(shape="one", objects=[text], numbers=[1])
    if text[:1] == b"[":
        try:
            objects = [bytes(raw) for raw in _RAW_LIST.decode(text)]
        except msgspec.DecodeError as error:
            raise BadBody(explain_json(error)) from None
        return Batch(shape="array", objects=objects, numbers=list(range(1, len(objects) + 1)))
    try:
        _RAW.decode(text)
    except msgspec.DecodeError as error:
        # Several lines, the first of them complete: JSON Lines sent under another type. Else a broken object.
        first, _, rest = text.partition(b"\n")
        if rest and _whole(first):
            return _lines(body)
        raise BadBody(explain_json(error)) from None
    return Batch(shape="one", objects=[text], numbers=[1])


def _whole(text: bytes) -> bool:
    try:
        _RAW.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _lines(body: bytes) -> Batch:
    numbered = [(number, line.strip()) for number, line in enumerate(body.split(b"\n"), start=1)]
    kept = [(number, line) for number, line in numbered if line]
    if not kept:
        raise BadBody("the body is empty", help_="send one event a line")
    return Batch(shape="lines", objects=[line for _, line in kept], numbers=[number for number, _ in kept])


def _kinds() -> dict[str, str]:
    """Wire name -> `list`, `bool` or `str`, for the fields of `call.attempt`."""
    hints = get_type_hints(CallAttempt)
    kinds = {}
    for info in msgspec.structs.fields(CallAttempt):
        shown = str(hints[info.name])
        kinds[info.encode_name] = "list" if "list[" in shown else "bool" if "bool" in shown else "str"
    return kinds


_KINDS = _kinds()
_NUMBERS = frozenset({"from", "to", "line", "pai", "diversion"})
"""Fields that hold what people dial."""
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def form_to_json(body: bytes) -> bytes:
    """One form as the JSON of a `call.attempt`. An empty field is one that was not sent: proxies fill in what they do not know.

    A number whose plus was not escaped begins with a blank, and is read with its plus.

    Raises
    ------
    BadBody
        It is no form, a flag is neither true nor false, or a field that can stand once stands twice.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=FORM_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        why = str(error).partition(":")[0].lower()
        raise BadBody(f"the body is not a form ({why})", help_="percent-encode names and values") from None
    data: dict[str, Any] = {}
    for name, given in pairs:
        value = given
        kind = _KINDS.get(name, "str")
        if name in _NUMBERS and value[:1] == " " and value[1:2].isdigit():
            value = f"+{value[1:]}"  # a plus that was sent as it stands means a blank, and no number begins with one
        if kind == "list":
            data.setdefault(name, []).append(value)
        elif name in data:
            raise BadBody(f"the field `{name}` stands twice", field=name)
        elif kind == "bool":
            if value.lower() not in _TRUE | _FALSE:
                raise BadBody(f"`{value[:40]}` is neither true nor false", field=name)
            data[name] = value.lower() in _TRUE
        else:
            data[name] = value
    return msgspec.json.encode(data)
