"""What was read and checked is kept, beside machine code: reading and checking takes most of a short command."""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

from fairwire.runtime.machine import cache_folder

T = TypeVar("T")
_FOLDER = Path(__file__).resolve().parent.parent
_MOST = 64
"""Of what was used last, so many stay in memory; of each kind that was made last, so many on disk."""
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
    known = " ".join(_code_of(package) for package in packages)
    return hashlib.sha256(f"{version('pydantic')} {version('msgspec')} {sys.version} {known}".encode()).hexdigest()


@cache
def _code_of(package: str) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for source in sorted((_FOLDER / package).rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _taken_from(path: Path) -> object:
    running = gc.isenabled()
    gc.disable()  # all that is read lives on: to look through it meanwhile takes as long as reading it
    try:
        data = path.read_bytes()
        kept = memoryview(data)[_SEAL:]
        return pickle.loads(kept) if _seal(kept) == data[:_SEAL] else None  # noqa: S301  (our own, as the machine code beside it)
    except Exception:
        return None  # not there, or damaged, which shows as any error: it is made anew
    finally:
        if running:
            gc.enable()


def _keep(path: Path, found: object) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    stream = BytesIO()
    _Pickler(stream).dump(found)
    kept = stream.getvalue()
    with suppress(OSError):
        part.write_bytes(_seal(kept) + kept)
        part.replace(path)  # two processes may do this at once; both write the same
        alike = sorted(path.parent.glob(f"{path.name.partition('_')[0]}_*.pickle"), key=lambda each: each.stat().st_mtime)
        for old in alike[:-_MOST]:  # each change of a pack leaves half a megabyte
            old.unlink()


_SEAL = 16


def _seal(kept: bytes | memoryview) -> bytes:
    """Of the bytes behind it: a bit that fell over inside a text or a number is read without an error."""
    return hashlib.sha256(kept).digest()[:_SEAL]


class _Pickler(pickle.Pickler):
    """Frozen dataclasses with slots as what their fields hold: to read them back in their own way takes three times as long."""

    def reducer_override(self, found: Any) -> Any:
        kind = type(found)
        if is_dataclass(found) and "__slots__" in vars(kind) and not isinstance(found, type):
            return _filled, (kind, *(getattr(found, field.name) for field in fields(found)))
        return NotImplemented


def _filled(kind: Any, *values: Any) -> Any:
    found = object.__new__(kind)
    for put, value in zip(_setters(kind), values, strict=True):
        put(found, value)
    return found


@cache
def _setters(kind: Any) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(getattr(kind, field.name).__set__ for field in fields(kind))
