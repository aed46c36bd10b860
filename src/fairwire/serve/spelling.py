"""A setting that does not exist is told with the one that was likely meant: the same sentence for every section."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fairwire.model.errors import BadInput


def refuse_unknown(
    section: str, given: Iterable[str], known: Sequence[str], file: Path, *, hints: Mapping[str, str] | None = None
) -> None:
    """Refuse the first setting that does not exist.

    Parameters
    ----------
    section
        Name of the section; empty for settings that stand in none.
    hints
        What to do instead, by name of a setting that people try.

    Raises
    ------
    BadInput
        Naming it.
    """
    for name in given:
        if name in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known settings: {', '.join(known)}"
        whole = f"{section}.{name}" if section else name
        raise BadInput(f"the setting `{whole}` does not exist", at=str(file), hint=(hints or {}).get(name, hint))
