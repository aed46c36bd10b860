"""What evidence shows at each level: numbers and addresses of people masked, what they said and wrote left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fairwire.model.holds import Level

CONTENT = frozenset({"text", "transcript", "subject", "links", "media", "display_name"})
"""Fields that hold what people said or wrote."""
NUMBERS = frozenset(
    {
        "from", "to", "pai", "diversion", "line", "callee", "number", "numbers", "caller", "remote", "mail_from", "header_from",
        "phone", "email", "value",
    }
)  # fmt: skip
"""Fields that hold whom people call or write to."""
_E164 = re.compile(r"\+[0-9]{6,15}")
_MAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253}")
TAG = 8
"""Characters of a tag that stand behind a number."""
SHOWN = 5
"""Characters of a number that stay: the country, and the network or area in it."""


def masked(value: Any, level: Level, tag: Callable[[str], str]) -> Any:
    """A JSON value as it may be shown.

    Parameters
    ----------
    tag
        64 characters for a text, keyed: the same for the same, so that two calls to one number stay two calls to one number, and
        nobody without the key can try numbers until one fits. A plain hash would let them.
    """
    if level == "content":
        return value
    return _masked(value, level, tag, "")


def _masked(value: Any, level: Level, tag: Callable[[str], str], field: str) -> Any:
    if isinstance(value, dict):
        return {name: _masked(inner, level, tag, str(name)) for name, inner in value.items()}
    if field in CONTENT and value not in (None, "", [], ()):
        return withheld(value, tag)
    if isinstance(value, list | tuple):
        return [_masked(inner, level, tag, field) for inner in value]
    if not isinstance(value, str) or level == "numbers":
        return value
    if field in NUMBERS:
        return mask_number(value, tag) if any(char.isdigit() for char in value) or "@" in value else value
    return mask_text(value, tag)


def withheld(value: Any, tag: Callable[[str], str]) -> dict[str, Any]:
    """In the place of content: that it was there, how long it was, and what whoever holds the key can prove it by."""
    text = value if isinstance(value, str) else repr(value)
    return {"withheld": "content", "characters": len(text), "proof": tag(text)}


def mask_number(number: str, tag: Callable[[str], str]) -> str:
    """A number, or an address of mail, with its beginning and a tag."""
    if "@" in number:
        return f"***@{number.rpartition('@')[2]}#{tag(number)[:TAG]}"
    if len(number) <= SHOWN:
        return number  # a service, or an extension: it names nobody
    return f"{number[:SHOWN]}{'x' * (len(number) - SHOWN)}#{tag(number)[:TAG]}"


def mask_text(text: str, tag: Callable[[str], str]) -> str:
    """A sentence with the numbers and addresses of mail in it masked."""
    text = _MAIL.sub(lambda found: mask_number(found[0], tag), text)
    return _E164.sub(lambda found: mask_number(found[0], tag), text)
