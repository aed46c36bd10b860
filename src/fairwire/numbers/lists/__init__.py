"""The lists of numbers: dated YAML files with their sources, and what a site keeps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TypeVar

import msgspec
import yaml

from fairwire.model.errors import BadInput

T = TypeVar("T")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Eight lists are read at each start: in Python alone that takes six times as long."""

REPLACED = ("agents.yaml", "high_risk.yaml", "names.yaml", "nanp.yaml", "recording.yaml")
"""Lists of the package that a site's file of the same name takes the place of."""
ADDED = ("do_not_originate.yaml", "emergency.yaml", "lifelines.yaml")
"""Lists of the package that a site's file of the same name adds to: nothing is taken away from them."""
SITE = ("do_not_call.txt", "do_not_originate.txt", "rates.csv")
"""Lists that only a site has."""


class Lists:
    """Where lists come from.

    Parameters
    ----------
    site
        Name of a list -> the site's text of it.

    Raises
    ------
    BadInput
        There is no list of such a name.
    """

    def __init__(self, site: Mapping[str, str] | None = None) -> None:
        self._site = dict(site or {})
        known = (*REPLACED, *ADDED, *SITE)
        for name in self._site:
            if name not in known:
                raise BadInput("no list of numbers is called so", at=name, help_=f"there are {', '.join(sorted(known))}")

    def read(self, name: str, form: type[T]) -> T:
        """One of `REPLACED`: the site's, or else the package's.

        Raises
        ------
        BadInput
            A site's text is no YAML, or has another form than the list that comes with the package.
        """
        text = self._site.get(name)
        found: T = _convert(name, _ours(name) if text is None else text, form)
        return found

    def read_all(self, name: str, form: type[T]) -> list[T]:
        """One of `ADDED`: the package's, and the site's behind it. Raises as `read` does."""
        texts = (_ours(name), self._site.get(name))
        return [_convert(name, text, form) for text in texts if text is not None]

    def text(self, name: str) -> str:
        """One of `SITE`; empty when the site has none."""
        return self._site.get(name, "")


def _ours(name: str) -> str:
    return (files("fairwire.numbers.lists") / name).read_text(encoding="utf-8")


def _convert(name: str, text: str, form: Any) -> Any:
    try:
        return msgspec.convert(_plain(text), form)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        hint = "the list that comes with the package shows its form"
        raise BadInput(f"the list cannot be read: {error}", at=name, help_=hint) from None


def _plain(text: str) -> Any:
    try:
        return yaml.load(text, _LOADER)  # noqa: S506  (a safe one)
    except yaml.YAMLError:
        return yaml.safe_load(text)  # says it in the same words on every machine


def lines_of(text: str) -> list[tuple[int, str]]:
    """(line, entry) of a list with one entry a line; what follows `#` is a remark, and empty lines count for nothing."""
    entries = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, entry) for number, entry in entries if entry]
