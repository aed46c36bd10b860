"""Errors that people read: what, where, what is still true, what to do. Never a traceback."""

from __future__ import annotations

from typing import Any

import msgspec

_SHOWN = 160
"""Characters of a source line that are shown, around the place that is meant."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a text: file, line and column from 1, and how many characters to underline."""

    file: str
    line: int
    column: int = 1
    length: int = 1
    text: str = ""
    """The line itself, without its end; empty when it is not at hand."""


class FairwireError(Exception):
    """Base of all errors shown to people.

    Parameters
    ----------
    message
        Lower-case phrase, backticks round names, no full stop.
    at
        Where: a `Span`, or a free text such as a file name; None when there is no place.
    hint
        The likely fix, shown beside the caret ("did you mean ...").
    help_
        What is still true, and what to do next.
    """

    code = "FW-000"
    exit_status = 2

    def __init__(self, message: str, *, at: Span | str | None = None, hint: str = "", help_: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint
        self.help = help_

    def __reduce__(self) -> tuple[Any, ...]:
        # What `__init__` of a subclass takes is its own affair; a worker process hands over what came of it.
        return _again, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        """One line: place, message, hint, help."""
        place = ""
        if isinstance(self.at, Span):
            place = f"{self.at.file}:{self.at.line}: "
        elif self.at:
            place = f"{self.at}: "
        tail = "".join(f"; {part}" for part in (self.hint, self.help) if part)
        return f"{place}{self.message}{tail}"

    def render(self) -> str:
        """Several lines with the source line and a caret, when the place is a `Span` with its text."""
        if not isinstance(self.at, Span) or not self.at.text:
            return f"error[{self.code}]: {self.sentence()}"
        at = self.at
        gutter = " " * len(str(at.line))
        first = max(0, at.column - 1 - _SHOWN // 2) if len(at.text) > _SHOWN else 0
        shown = at.text[first : first + _SHOWN]
        marked = min(max(1, at.length), max(1, first + _SHOWN - (at.column - 1)))
        caret = " " * (at.column - 1 - first) + "^" * marked
        lines = [
            f"error[{self.code}]: {self.message}",
            f"{gutter}--> {at.file}:{at.line}:{at.column}",
            f"{gutter} |",
            f"{at.line} | {shown}",
            f"{gutter} | {caret}{' ' + self.hint if self.hint else ''}",
        ]
        if self.help:
            lines.append(f"help: {self.help}")
        return "\n".join(lines)


def _again(kind: type[FairwireError], args: tuple[Any, ...], attributes: dict[str, Any]) -> FairwireError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class BadUse(FairwireError):
    """The command or the call was used wrongly."""

    code = "FW-USE-001"


class BadInput(FairwireError):
    """A file that was handed in cannot be used."""

    code = "FW-IN-001"


class InvalidRecord(FairwireError):
    """One record of a feed cannot be used; the rest can."""

    code = "FW-REC-001"

    def __init__(self, message: str, *, field: str = "", at: Span | str | None = None, help_: str = "") -> None:
        super().__init__(message, at=at, help_=help_)
        self.field = field
