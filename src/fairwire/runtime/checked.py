"""What was read and checked is kept, beside machine code: reading and checking takes most of a short command."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

from fairwire.runtime.machine import cache_folder

T = TypeVar("T")
_FOLDER = Path(__file__).resolve().parent.parent
_MOST = 64
"""Of what was used last, so many stay in memory."""
_here: OrderedDict[Path, Any] = OrderedDict()


def checked(kind: str, texts: object, packages: Sequence[str], make: Callable[[], T]) -> T:
    """What `make` gives, of the memory of this process or of the disk where it has been made before. Errors are not kept.

    Parameters
    ----------
    kind
        First word of the file's name.
    texts
        All that it is made of; its `repr` tells two of them apart.
    packages
        Packages of Fairwire whose code reads and checks it: what is kept is never older than that.
    make
        Gives what nobody changes afterwards: it is shared.
    """
    digest = hashlib.sha256(f"{texts!r} {_code(tuple(packages))}".encode()).hexdigest()[:16]
    path = cache_folder() / f"{kind}_{digest}.pickle"
    if path in _here:
        _here.move_to_end(path)
        return cast("T", _here[path])
    found = _taken_from(path)
    if found is None:
        found = make()
        _keep(path, found)
    _here[path] = found
    if len(_here) > _MOST:
        _here.popitem(last=False)
    return cast("T", found)


def forget() -> None:
    """What is in memory; what is on disk stays."""
    _here.clear()


@cache
def _code(packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256(f"{version('pydantic')} {version('msgspec')}".encode())
    for package in packages:
        for source in sorted((_FOLDER / package).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _taken_from(path: Path) -> object:
    try:
        return pickle.loads(path.read_bytes())  # noqa: S301  (our own, as the machine code beside it)
    except Exception:
        return None  # not there, or damaged, which shows as any error: it is made anew


def _keep(path: Path, found: object) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        part.write_bytes(pickle.dumps(found))
        part.replace(path)  # two processes may do this at once; both write the same
