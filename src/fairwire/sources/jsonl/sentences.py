"""Why a line is not an event, in one sentence. Only bad lines come here, so it may take its time."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from fairwire.sources.jsonl.wire import LINES

_AT = re.compile(r"^(.*?)(?: - at `(?:key in )?\$(.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(.+?)`, got `(.+?)`$")
_BOUND = re.compile(r"Expected `int` ([<>]=) (-?\d+)$")
_MISSING = re.compile(r"Object missing required field `(.+?)`$")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_ATTRIBUTES = ("specversion", "id", "source", "type", "time")

UNKNOWN_TYPE = ("", "")
"""What `explain` gives for a line that is sound but of a type nobody here knows."""


def explain(line: bytes) -> tuple[str, str]:
    """Field and reason for a line that `wire.ANY_LINE` would not have; `UNKNOWN_TYPE` when it is sound after all."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return "", f"not UTF-8: byte 0x{line[error.start]:02x} at column {error.start + 1}"
    try:
        event = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        text = str(error)
        if "truncated" in text:
            return "", "not JSON: the record is cut off"
        return "", f"not JSON: {text.removeprefix('JSON is malformed: ')}"
    except RecursionError:
        return "", "not an event: brackets are nested too deep"
    if not isinstance(event, dict):
        return "", f"not an event: {_kind_of(event)} where an object belongs"
    for name in _ATTRIBUTES:
        if name not in event:
            return name, f"`{name}` is missing"
        if not isinstance(event[name], str):
            return name, f"`{name}` must be text, not {_kind_of(event[name])}"
        if not event[name]:
            return name, f"`{name}` is empty"
    if event["specversion"] != "1.0":
        return "specversion", f"`specversion` is `{event['specversion'][:40]}`; only `1.0` is read"
    if event["type"] not in LINES:
        return UNKNOWN_TYPE
    if "data" not in event:
        return "data", "`data` is missing"
    if not isinstance(event["data"], dict):
        return "data", f"`data` must be an object, not {_kind_of(event['data'])}"
    try:
        msgspec.convert(event, LINES[event["type"]])
    except msgspec.ValidationError as error:
        return _from_msgspec(str(error), event)
    return "", "not JSON that can be read here"


def _from_msgspec(text: str, event: dict[str, Any]) -> tuple[str, str]:
    found = _AT.match(text)
    said, path = (found[1], found[2] or "") if found else (text, "")
    field = path.removeprefix(".data").lstrip(".").replace("[...]", "[]")
    if missing := _MISSING.match(said):
        name = f"{field}.{missing[1]}" if field else missing[1]
        return name, f"`{name}` is missing"
    value = _value_at(event, path)
    if expected := _EXPECTED.match(said):
        allowed = " or ".join(_WORDS.get(part.strip(), part.strip()) for part in expected[1].split("|") if part.strip() != "null")
        return (
            field,
            f"`{field}` must be {allowed}, not {_kind_of(value) if value is not None else _WORDS.get(expected[2], expected[2])}",
        )
    if said.startswith("Invalid enum value"):
        return field, f"`{field}` is `{str(value)[:40]}`; it must be one of {_allowed(event, field)}"
    if _BOUND.match(said):
        return field, f"`{field}` is out of range"
    return field, f"`{field}`: {said[:1].lower()}{said[1:]}"


def _allowed(event: dict[str, Any], field: str) -> str:
    """The words a field may hold, from its declared type."""
    data = next(part for part in msgspec.structs.fields(LINES[event["type"]]) if part.name == "data").type
    for part in msgspec.structs.fields(data):
        if part.encode_name == field:
            return ", ".join(f"`{word}`" for word in getattr(part.type, "__args__", ()) if isinstance(word, str))
    return "the words of its type"


def _value_at(event: Any, path: str) -> Any:
    """The value at a plain path such as `.data.user`; None when the path goes through a list."""
    for name in path.split(".")[1:]:
        if not isinstance(event, dict) or name not in event:
            return None
        event = event[name]
    return event


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float) and not value.is_integer():
        return "a fraction"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"
