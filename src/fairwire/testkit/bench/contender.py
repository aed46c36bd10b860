"""What a contender is: somebody who computes the features of `features.py`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Protocol

from fairwire.testkit.bench.features import Floats, Trace

INSTALL = "pip install 'fairwire[bench]'"


class Ready(Protocol):
    """A contender with its events in memory, in the form it likes best. Lives in a process of its own."""

    def run(self) -> None:
        """Compute every feature after every event. This is what the clock measures."""

    def values(self) -> Floats:
        """The same, and give all of it: shape (events, features), in the order of `FEATURES`; NaN is unknown."""


class Contender(Protocol):
    """One way to compute the features."""

    name: str
    packages: tuple[str, ...]
    """Modules that must be there; their versions are printed."""
    threads: tuple[int, ...]
    """It is measured with each of these numbers of threads."""
    share: float
    """Part of the events that it is given: slow ones get less, of as many fewer customers."""
    elsewhere: bool
    """It works in another process than the one that asks it: its processor time is not known."""
    cannot: Mapping[str, str]
    """What it cannot compute (`Feature.what`) -> why; such columns of `values` are NaN throughout."""

    def missing(self) -> str:
        """What is not there, and how to install it; empty when all is."""

    def open(self, trace: Trace, threads: int) -> Ready:
        """Take the events in; what this costs is printed, and not part of any figure."""


def missing_packages(name: str, packages: tuple[str, ...], install: str = INSTALL) -> str:
    """A sentence about packages that are not installed; empty when all are."""
    absent = [package for package in packages if find_spec(package) is None]
    return f"{name} is left out: {' and '.join(absent)} not installed; `{install}` brings it" if absent else ""


def with_threads(name: str, threads: int) -> str:
    """`DuckDB window SQL, 2 threads`."""
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"
