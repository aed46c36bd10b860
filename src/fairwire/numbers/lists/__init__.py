"""The lists of numbers: dated YAML files with their sources, each replaced as a whole by a site's file of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TypeVar

import msgspec
import yaml

from fairwire.model.errors import BadInput

T = TypeVar("T")


class Lists:
    """The package's lists, some of them replaced.

    Parameters
    ----------
    replaced
        Name of a list, such as `high_risk.yaml`, -> the text that stands in its place.
    """

    def __init__(self, replaced: Mapping[str, str] | None = None) -> None:
        self._replaced = dict(replaced or {})

    def read(self, name: str, form: type[T]) -> T:
        """One list in its form.

        Raises
        ------
        BadInput
            A site's text is no YAML, or has another form than the list that comes with the package.
        """
        text = self._replaced.get(name)
        if text is None:
            text = (files("fairwire.numbers.lists") / name).read_text(encoding="utf-8")
        try:
            return msgspec.convert(yaml.safe_load(text), form)
        except (yaml.YAMLError, msgspec.ValidationError) as error:
            hint = "the list that comes with the package shows its form"
            raise BadInput(f"the list cannot be read: {error}", at=name, help_=hint) from None
