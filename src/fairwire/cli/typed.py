"""What is typed behind options, and how answers are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import typer

_UNITS = {"m": 60, "h": 3600, "d": 86400}


def instant_us(text: str | None, option: str) -> int | None:
    """Microseconds of an instant or of the first moment of a day in UTC; None where nothing was typed.

    Raises
    ------
    BadUse
        It is neither.
    """
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import parse_us

    if text is None:
        return None
    try:
        return parse_us(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError as error:
        raise BadUse(f"`{option}`: {error}") from None


def span_us(text: str | None, option: str) -> int | None:
    """Microseconds of a span such as `24h`; None where nothing was typed.

    Raises
    ------
    BadUse
        It is none.
    """
    from fairwire.model.errors import BadUse

    if text is None:
        return None
    if text[-1:] not in _UNITS or not (text[:-1].isascii() and text[:-1].isdecimal()) or not 0 < len(text) <= 6:
        raise BadUse(f"`{option}`: `{text[:20]}` is no time", help_="write one such as 30m, 24h or 7d")
    return int(text[:-1]) * _UNITS[text[-1]] * 1_000_000


def one_of(text: str, known: Iterable[str], what: str) -> str:
    """The word as typed, where it is one of those known; a dash stands for an underscore.

    Raises
    ------
    BadUse
        It is not.
    """
    from fairwire.model.errors import BadUse

    words = list(known)
    given = text.replace("-", "_")
    if given not in words:
        raise BadUse(f"`{text[:40]}` is no {what}", help_=f"one of {', '.join(words)}")
    return given


def print_json(value: Any) -> None:
    """One JSON value on a line."""
    import msgspec

    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def print_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Names and texts, one pair a line; a pair without a text is left out."""
    for name, text in rows:
        if text:
            typer.echo(f"{name:<12}{text}")
