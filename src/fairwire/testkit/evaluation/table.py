"""What `evaluate.yaml` says: which abuses a detector finds, what is counted until then, who only looks like an abuser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files

import msgspec


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events of a customer an abuse is made of."""

    abuse: tuple[str, ...]
    what: str
    types: tuple[str, ...]
    outbound: bool = False
    """Only what the customer's side sends or calls."""
    charged: bool = False
    """Only what has a price."""
    forwarded: bool = False
    failed: bool = False
    """Only what was refused."""
    per: str | None = None
    """Field of the event: the count of its most frequent value is told."""

    def takes(self, type_: str) -> bool:
        """Events of this type may count."""
        return any(fnmatchcase(type_, pattern) for pattern in self.types)


class Within(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Half of the instances must be found within so many events, or for so much money."""

    abuse: tuple[str, ...]
    events: int
    says: str
    money: str | None = None


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    detectors: dict[str, tuple[str, ...]]
    counts: tuple[Counted, ...]
    look_alikes: tuple[str, ...]
    within: tuple[Within, ...]


@cache
def _table() -> _Table:
    return msgspec.yaml.decode(files("fairwire.testkit").joinpath("evaluate.yaml").read_bytes(), type=_Table)


def fits(name: str, patterns: tuple[str, ...]) -> bool:
    """One of the patterns fits the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class Meant(Mapping[str, frozenset[str]]):
    """Detector -> the abuses it is meant to find. Iterates over the patterns; asked for a detector, it joins all that fit."""

    def __init__(self, patterns: Mapping[str, tuple[str, ...]]) -> None:
        self._patterns = {pattern: frozenset(abuses) for pattern, abuses in patterns.items()}

    def __getitem__(self, detector: str) -> frozenset[str]:
        found = [abuses for pattern, abuses in self._patterns.items() if fnmatchcase(detector, pattern)]
        if not found:
            raise KeyError(detector)
        return frozenset().union(*found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._patterns)

    def __len__(self) -> int:
        return len(self._patterns)


@cache
def detector_abuses() -> Meant:
    """Detector id -> the abuses it is meant to find."""
    return Meant(_table().detectors)


@lru_cache(maxsize=4096)
def named_after(detector: str, abuse: str) -> bool:
    """The detector's name says the abuse: all words of the abuse are words of the detector."""
    return set(_words(abuse)) <= set(_words(detector))


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


@cache
def counted_for(abuse: str) -> Counted:
    """What is counted until an abuse is found; any event of the customer where nothing is known of its name."""
    return next(
        (entry for entry in _table().counts if fits(abuse, entry.abuse)), Counted(abuse=("*",), what="events", types=("*",))
    )


@cache
def is_look_alike(kind: str) -> bool:
    """Customers of this kind look like abusers and are none."""
    return fits(kind.lower().replace(" ", "_"), _table().look_alikes)


def bounds() -> tuple[Within, ...]:
    """The bars on events and money until found."""
    return _table().within


def family(detector: str) -> str:
    """The folder that a detector stands in."""
    return detector.partition(".")[0]
