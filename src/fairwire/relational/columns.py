"""Texts in columns, alike in every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_MARK = "\ue000"
"""Begins what stands for a character that PostgreSQL does not keep. From the private-use area: no text of anybody's has it, and
one that has all the same comes back as it was, too."""


def escaped(text: str) -> str:
    """The same text without NUL."""
    return text.replace(_MARK, f"{_MARK}1").replace("\0", f"{_MARK}0") if _MARK in text or "\0" in text else text


def unescaped(text: str) -> str:
    """The text that was escaped."""
    return text.replace(f"{_MARK}0", "\0").replace(f"{_MARK}1", _MARK) if _MARK in text else text


class _WithoutNul(TypeDecorator[str]):
    """PostgreSQL refuses a text with NUL in it; a name in an event, or the words of a complaint, may have one."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return escaped(value) if isinstance(value, str) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return unescaped(value) if isinstance(value, str) else value


STORED = Text().with_variant(Text(collation="C"), "postgresql")
"""How migrations make a text column. It is sorted by its bytes, as SQLite does: pages join up whatever the server's language is,
and no index breaks when the language's rules change."""

TEXT = Text().with_variant(_WithoutNul(collation="C"), "postgresql")
"""How the code reads and writes one."""
