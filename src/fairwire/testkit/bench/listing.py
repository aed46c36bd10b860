"""Contenders and sections are the files of their folders. Listing imports nothing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fairwire.model.errors import BadUse
from fairwire.testkit.bench.contender import Contender
from fairwire.testkit.bench.section import Section

_HERE = Path(__file__).parent
OURS = "fairwire_kernel"


def _names(folder: str) -> list[str]:
    return sorted(path.stem for path in (_HERE / folder).glob("[a-z]*.py"))


def contender_names() -> list[str]:
    """Our own first, then the others by name."""
    return sorted(_names("contenders"), key=lambda name: (name != OURS, name))


def contender(name: str) -> Contender:
    """The contender of a file."""
    found: Contender = import_module(f"fairwire.testkit.bench.contenders.{name}").CONTENDER
    return found


def section_names() -> list[str]:
    """In the order in which they are measured."""
    return sorted(_names("sections"), key=lambda name: section(name).place)


def section(name: str) -> Section:
    """The section of a file."""
    found: Section = import_module(f"fairwire.testkit.bench.sections.{name}").SECTION
    return found


def chosen_sections(only: Sequence[str]) -> tuple[str, ...]:
    """The sections that were asked for, in the usual order; all when none was named.

    Raises
    ------
    BadUse
        There is no section of a name.
    """
    return _chosen(only, section_names(), "is measured")


def chosen_contenders(against: Sequence[str]) -> tuple[str, ...]:
    """Our own, and the contenders that were asked for; all when none was named.

    Raises
    ------
    BadUse
        There is no contender of a name.
    """
    return _chosen((OURS, *against) if against else (), contender_names(), "is a contender")


def _chosen(asked: Sequence[str], known: list[str], what: str) -> tuple[str, ...]:
    for name in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else ""
            raise BadUse(f"nothing called `{name[:80]}` {what}", hint=hint, help_=f"there are: {', '.join(known)}")
    return tuple(name for name in known if not asked or name in asked)
