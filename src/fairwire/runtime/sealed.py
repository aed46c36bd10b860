"""Callables on their way to another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

from fairwire.ports.engines import Piece


class Sealed:
    """A callable that is opened only when the process it comes to has been told where compiled code is kept."""

    def __init__(self, call: Callable[..., Iterator[Piece]]) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Iterator[Piece]:
        """Call it."""
        return self._call(*arguments)

    def __getstate__(self) -> bytes:
        return pickle.dumps(self._call)

    def __setstate__(self, state: bytes) -> None:
        from fairwire.runtime.machine import prepare

        prepare()
        self._call = pickle.loads(state)  # noqa: S301  (our own process wrote it)
