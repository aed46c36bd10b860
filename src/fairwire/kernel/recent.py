"""Answers about programs that are asked for again and again: each new kernel asks for the layout and the text of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from fairwire.model.program import Program

Answer = TypeVar("Answer")
MOST = 8
"""Programs that are remembered, the latest ones. A process has one or two at a time; its text is half a megabyte."""


def by_program(work: Callable[[Program], Answer]) -> Callable[[Program], Answer]:
    """Remember what was worked out for the very same program. What is raised is not remembered."""
    known: dict[int, tuple[Program, Answer]] = {}

    @wraps(work)
    def asked(program: Program) -> Answer:
        found = known.get(id(program))
        if found is not None:  # the program is held, so that no other can have its number
            return found[1]
        answer = work(program)
        if len(known) >= MOST:
            known.pop(next(iter(known)), None)
        known[id(program)] = (program, answer)
        return answer

    return asked
