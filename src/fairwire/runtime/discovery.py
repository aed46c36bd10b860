"""Adapters are found by the names of their folders.

The id of an adapter *is* the name of its folder under `fairwire/<kind>/`; third parties add theirs as entry points in
the group `fairwire.<kind>`, and go through the same door. Listing imports nothing. Only what is named is imported, so
an adapter whose library is not installed costs nothing until somebody asks for it.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import fairwire
from fairwire.model.errors import BadUse

Kind = Literal["formats", "documents", "sources", "stores", "engines", "enforcers", "mailers"]

_EXPORT: dict[Kind, str] = {
    "formats": "FORMAT",
    "documents": "DOCUMENT",
    "sources": "SOURCE",
    "stores": "STORE",
    "engines": "ENGINE",
    "enforcers": "ENFORCER",
    "mailers": "MAILER",
}


class UnknownAdapter(BadUse):
    """Somebody names an adapter that is not here."""

    code = "FW-ADP-001"

    def __init__(self, kind: Kind, name: str, known: Sequence[str]) -> None:
        close = difflib.get_close_matches(name, known, n=1)
        super().__init__(
            f"unknown {kind.removesuffix('s')} `{name}`",
            hint=f"did you mean `{close[0]}`?" if close else "",
            help_=f"there are: {', '.join(known)}" if known else "there are none",
        )


class BrokenAdapter(BadUse):
    """An adapter is here but cannot be used: it fails to import, or does not export what its kind must."""

    code = "FW-ADP-002"


class ClashingAdapters(BadUse):
    """Two adapters of one kind bear the same name."""

    code = "FW-ADP-003"


def names(kind: Kind) -> list[str]:
    """The ids of all adapters of a kind, sorted. Nothing is imported.

    Raises
    ------
    ClashingAdapters
        An entry point bears the name of a folder, or of another entry point.
    """
    found = {name: f"the folder fairwire/{kind}/{name}" for name in _folders(kind)}
    for entry in _entry_points(kind):
        if entry.name in found:
            raise ClashingAdapters(
                f"two {kind} are called `{entry.name}`",
                help_=f"one is {found[entry.name]}, the other the entry point {entry.value}; uninstall one of them",
            )
        found[entry.name] = f"the entry point {entry.value}"
    return sorted(found)


def load(kind: Kind, name: str, export: str | None = None) -> Any:
    """Import one adapter and return what it exports (`FORMAT`, `SOURCE`, ...); with `export`, what it has under that name.

    Raises
    ------
    UnknownAdapter
        There is none of that name.
    BrokenAdapter
        It cannot be imported, or lacks its export.
    """
    known = names(kind)
    if name not in known:
        raise UnknownAdapter(kind, name, known)
    place = f"fairwire.{kind}.{name}"
    try:
        if name in _folders(kind):
            return getattr(import_module(place), export or _EXPORT[kind])
        entry = next(entry for entry in _entry_points(kind) if entry.name == name)
        place = entry.value
        loaded = entry.load()
        return getattr(loaded, export or _EXPORT[kind]) if export or isinstance(loaded, ModuleType) else loaded
    except (ImportError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}"
        raise BrokenAdapter(f"the {kind.removesuffix('s')} `{name}` cannot be loaded", at=place, hint=said) from error


def folder(kind: Kind, name: str) -> Path | None:
    """Where a built-in adapter lives; None for one from elsewhere."""
    return _folders(kind).get(name)


def _folders(kind: Kind) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for root in fairwire.__path__:
        parent = Path(root) / kind
        if parent.is_dir():
            for place in parent.iterdir():
                if place.name.isidentifier() and (place / "__init__.py").is_file():
                    found[place.name] = place
    return found


def _entry_points(kind: Kind) -> list[EntryPoint]:
    return sorted(_all_entry_points(_places()).select(group=f"fairwire.{kind}"), key=lambda entry: entry.name)


def _places() -> tuple[tuple[str, int], ...]:
    """Where packages are installed, and when that last changed there."""
    found = []
    for place in sys.path:
        with suppress(OSError):
            found.append((place, Path(place).stat().st_mtime_ns))
    return tuple(found)


@lru_cache(maxsize=1)
def _all_entry_points(_: tuple[tuple[str, int], ...]) -> Any:
    # The texts of all installed packages are read for it, for each group anew. Up to Python 3.11 it is no `EntryPoints`.
    return entry_points()
