"""How a feature is read: the text of its value, from the file of its aggregate."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

import msgspec

from fairwire.kernel import aggregates
from fairwire.kernel.arrange import Window
from fairwire.kernel.layout import H_FIRST, H_KEY, W_TOTALS
from fairwire.model.aggregates import DECAYED
from fairwire.model.columns import per_unit
from fairwire.model.program import Feature, Group


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Where one feature's value is read: text in which `at` is its window, `head` its subject, `time` and `zero` are known."""

    feature: Feature
    group: Group
    window: Window

    @property
    def unit(self) -> float:
        """Stored integers to one unit of the value."""
        return per_unit(self.feature.scale)

    @property
    def least(self) -> int:
        """Events without which it is unknown."""
        return max(1, self.feature.at_least)

    def place(self, cell: int) -> int:
        """Place in the window of one of the feature's cells."""
        return self.window.place[self.feature.cells[cell]]

    def total(self, cell: int) -> str:
        """The total of one of the feature's cells."""
        if self.group.structure == DECAYED:
            return f"heap[at + {1 + self.place(cell)}] / strength"
        return f"heap[at + {W_TOTALS + self.place(cell)}]"

    def in_units(self, text: str) -> str:
        """A number of stored integers as a value."""
        return text if self.unit == 1 else f"{text} / {self.unit!r}"

    def ratio(self) -> str:
        """The first cell by the second; with a prior, shrunk towards it."""
        above, below = self.total(0), self.total(1)
        mean, weight = self.feature.prior
        if weight:
            return f"({above} + {mean * weight!r}) / ({below} + {weight!r})"
        # A fading count is known to 0.03 %, and must not say that one event is less than one.
        least = repr(0.999 * self.least) if self.group.structure == DECAYED else f"zero + {self.least}"
        return f"ratio({above}, {below}, {least}, {self.unit!r})"

    @property
    def owner(self) -> str:
        """What tells the keys of the feature's first cell from all others."""
        return f"mix(heap[head + {H_KEY}], zero + {self.window.owners[self.place(0)]})"

    @property
    def first_seen(self) -> str:
        """When the subject was first seen."""
        return f"heap[head + {H_FIRST}]"


@cache
def found() -> dict[str, ModuleType]:
    """The files of `kernel/aggregates/`, by the aggregate's name."""
    names = [each.name for each in pkgutil.iter_modules(aggregates.__path__)]
    return {name: importlib.import_module(f"{aggregates.__name__}.{name}") for name in names}


def value_text(reading: Reading) -> str:
    """The text of a feature's value."""
    return str(found()[reading.feature.aggregate].value(reading))
