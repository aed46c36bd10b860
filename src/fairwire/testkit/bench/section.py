"""What a section is: something that is measured, in rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from fairwire.testkit.bench.figures import Outcome, Scale
from fairwire.testkit.chart import Picture

Report = Callable[[str, int, int], None]
"""(what is going on, how much of the section is done, of how much)."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """How much to measure, and where there is room for it."""

    scale: Scale
    rounds: int
    against: tuple[str, ...]
    """Contenders, our own first."""
    folder: Path
    """For files that are needed while it runs."""
    report: Report


class Section(Protocol):
    """One measurement."""

    title: str
    place: int
    """Where it stands among the others."""

    def measure(self, job: Job, out: Outcome) -> None:
        """Measure, and add to `out` as soon as something is known: it may be cut short at any time."""

    def pictures(self, out: Outcome) -> list[Picture]:
        """What of it is drawn."""
