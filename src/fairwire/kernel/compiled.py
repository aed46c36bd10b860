"""The one place that says how kernel functions are compiled.

With `NUMBA_DISABLE_JIT=1` the same source runs as plain Python: for debugging, and as the reference that tests compare
the compiled code with.
"""

from __future__ import annotations

from collections.abc import Callable
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
    return cast("F", numba.njit(**_OPTIONS)(function))
