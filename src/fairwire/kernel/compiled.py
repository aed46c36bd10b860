"""The one place that says how kernel functions are compiled.

With `NUMBA_DISABLE_JIT=1` the same source runs as plain Python: for debugging, and as the reference that tests compare
the compiled code with.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


# Machine code is kept only where its folder was named (`runtime.machine`): Numba tells from a function's own file whether what it
# kept is stale, and would go on with a caller of what has changed in another file.
# Nothing here allocates, so no array needs its references counted: that would cost more than the work (three quarters of it).
_OPTIONS: dict[str, Any] = {"cache": bool(vars(numba.config).get("CACHE_DIR")), "error_model": "numpy", "_nrt": False}

if vars(numba.config).get("DISABLE_JIT"):
    np.seterr(over="ignore")  # keys wrap at 64 bits, compiled or not


def plain(function: F) -> F:
    """Leave a function as it is: a program that hardly runs is sooner done than compiled."""
    return function


def njit(function: F) -> F:
    """Compile on first use; the machine code is kept in the named folder, if one was named before this was imported."""
    compiled: Any = numba.njit(**_OPTIONS)(function)
    if compiled is not function:
        make = compiled._compile_for_args

        def of_these(*arguments: Any, **named: Any) -> Any:
            """What Numba calls, instead of the function, with arguments that it has no machine code for."""
            return function if _waiting.on and not _compiles.get() else make(*arguments, **named)

        compiled._compile_for_args = of_these
    return cast("F", compiled)


class _Waiting:
    """Of the process."""

    on = False


_waiting = _Waiting()
_compiles: ContextVar[bool] = ContextVar("compiles", default=False)
"""Of one thread: it compiles, while others wait."""


def wait_for_code(on: bool) -> None:
    """Until this is called again: run what has no machine code yet as plain Python, so that no caller waits for the compiler.

    What has some is called as ever; `making_code` may give it to more of them meanwhile.
    """
    _waiting.on = on
    if on:
        warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)  # keys wrap at 64 bits, compiled or not


def waits_for_code() -> bool:
    """Whether functions without machine code run as plain Python."""
    return _waiting.on


@contextmanager
def making_code() -> Iterator[None]:
    """On this thread, have functions compiled or loaded at their first use, even while all others wait for that."""
    before = _compiles.set(True)
    try:
        yield
    finally:
        _compiles.reset(before)
