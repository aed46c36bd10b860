"""What a measurement gives: figures with their spread, comparisons of values, and what was left out."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Literal

import msgspec
import yaml

Better = Literal["more", "less"]
Scale = Literal["tiny", "small", "full"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure must reach."""

    at_least: float | None = None
    at_most: float | None = None
    says: str

    def reached(self, value: float) -> bool:
        """Whether a value is as good as it must be."""
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


class Figure(msgspec.Struct, kw_only=True):
    """One thing that was measured, as often as there were rounds."""

    key: str
    """Stable name: what `targets.yaml` and the JSON know it by."""
    label: str
    unit: str
    group: str
    """Figures of one group stand in one table and one picture."""
    better: Better
    rounds: list[float]
    target: Target | None = None

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return median(self.rounds)

    @property
    def low(self) -> float:
        """The least of the rounds."""
        return min(self.rounds)

    @property
    def high(self) -> float:
        """The most of the rounds."""
        return max(self.rounds)

    @property
    def reached(self) -> bool | None:
        """Whether the median is what it must be; None when nothing is asked of it."""
        return None if self.target is None else self.target.reached(self.median)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Values of two that must be the same, or within a bound."""

    says: str
    compared: int
    differing: int
    example: str = ""
    """The first that differs."""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of a whole, which add up to 1."""

    label: str
    parts: dict[str, float]


class Outcome(msgspec.Struct, kw_only=True):
    """What one section gave so far; complete only when nothing cut it short."""

    name: str
    title: str
    setup: str = ""
    """What was done, with the sizes."""
    figures: dict[str, Figure] = {}
    agreements: list[Agreement] = []
    stacks: list[Stack] = []
    notes: list[str] = []
    missing: list[str] = []
    seconds: float = 0
    complete: bool = False

    def add(self, key: str, label: str, unit: str, value: float, *, group: str, better: Better = "more") -> None:
        """One more round of a figure."""
        full = f"{self.name}.{key}"
        if full not in self.figures:
            self.figures[full] = Figure(
                key=full, label=label, unit=unit, group=group, better=better, rounds=[], target=targets().get(full)
            )
        self.figures[full].rounds.append(value)

    def group(self, name: str) -> list[Figure]:
        """The figures of a group, in the order in which they came."""
        return [figure for figure in self.figures.values() if figure.group == name]


_TARGETS: dict[str, Target] = {}


def targets() -> dict[str, Target]:
    """What each figure must reach, by key."""
    if not _TARGETS:
        text = (Path(__file__).parent / "targets.yaml").read_text(encoding="utf-8")
        _TARGETS.update(msgspec.convert(yaml.safe_load(text), dict[str, Target]))
    return _TARGETS
