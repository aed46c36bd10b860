"""What is shared between detectors while a program grows: streams, groups, gaps and features, each once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from fairwire.expr.evaluate import show
from fairwire.model.aggregates import AGGREGATES, BAG, DECAYED, PROFILE
from fairwire.model.columns import HELP, family_of
from fairwire.model.program import CLOCK_GAUGE, Cell, Gap
from fairwire.plan.amounts import GAPS, Texts, amount_texts, scale_of
from fairwire.plan.detector import CheckedFeature

Key = tuple[int, int, int, int, int, int, int]
"""Of a group: subject, clock, length of a pane, panes, structure; of a bag or profile also its stream and option."""


@dataclass(slots=True)
class Builder:
    """What is shared between detectors while the program grows."""

    subjects: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)
    streams: dict[tuple[object, ...], int] = field(default_factory=dict)
    families: dict[int, int] = field(default_factory=dict)
    """Stream -> the family of events that fills it; without those that the kernel fills."""
    given: list[int] = field(default_factory=list)
    """For each stream, a bit mask of the kinds of events that may give it an amount."""
    derive: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    """By family and kind of events."""
    family: int = 0
    """Of the feature at hand."""
    groups: dict[Key, list[Cell]] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    locals: dict[tuple[int, int, str], str] = field(default_factory=dict)
    gaps: dict[tuple[int, int, int], Gap] = field(default_factory=dict)

    def local(self, kind: int, text: str) -> str:
        """The name of a variable that holds `text` for events of a kind; equal texts are computed once."""
        key = (self.family, kind, text)
        if key not in self.locals:
            self.locals[key] = name = f"w{len(self.locals)}"
            self._write(kind, f"{name} = {text}")
        return self.locals[key]

    def _write(self, kind: int, line: str) -> None:
        self.derive.setdefault((self.family, kind), []).append(f"    {line}")

    def stream(self, amount: Texts) -> int:
        """Index of the amount; equal amounts are computed once."""
        key = (self.family, *sorted(amount.items()))
        if key not in self.streams:
            self.streams[key] = place = len(self.streams)
            self.families[place] = self.family
            self.given.append(sum(1 << kind for kind in amount))
            for kind, text in amount.items():
                self._write(kind, f"amounts[{place}] = {text}")
        return self.streams[key]

    def gap(self, subject: int, source: int, within_us: int, meaning: str) -> Gap:
        """The four streams of the time between events; the kernel fills them."""
        key = (subject, source, within_us)
        if key not in self.gaps:
            self.gaps[key] = Gap(subject=subject, source=source, first=len(self.streams), within_us=within_us, meaning=meaning)
            for amount in GAPS:
                self.streams[amount, *key] = len(self.streams)
                self.given.append(self.given[source])
        return self.gaps[key]

    def cell(self, key: Key, stream: int, op: int, meaning: str) -> int:
        """Index of a cell in its group."""
        cells = self.groups.setdefault(key, [])
        for index, cell in enumerate(cells):
            if (cell.stream, cell.op) == (stream, op):
                return index
        cells.append(Cell(stream=stream, op=op, meaning=meaning))
        return len(cells) - 1


def _digest(*meaning: object) -> str:
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:16]


def add_feature(builder: Builder, subject: int, feature: CheckedFeature, owner: str, on: int) -> str:
    """Make the feature's cells; returns its fingerprint, under which equal features are one."""
    recipe = AGGREGATES[feature.aggregate]
    builder.family = HELP if builder.subjects[subject][2] == (HELP,) else family_of(feature.kind)
    # Texts name local variables; fingerprints must say what they stand for.
    where = show(feature.where) if feature.where is not None else ""
    share = show(feature.share) if feature.share is not None else ""
    clock = CLOCK_GAUGE if feature.aggregate == "gauge" else feature.window.clock
    structure = DECAYED if feature.decays else recipe.structure
    name = builder.subjects[subject][0]
    window = (clock, feature.window.pane_us, feature.window.panes, structure)
    counted = (feature.kind, where, share, feature.counted)
    shape = (feature.grain, feature.at_thousandth)
    read_as = (feature.aggregate, feature.at_least, feature.first, feature.prior)
    fingerprint = _digest(name, *read_as, *counted, *window, *shape)
    if fingerprint in builder.features:
        builder.features[fingerprint]["on"] |= on
        return fingerprint
    cells: list[int] = []
    key: Key = (subject, clock, feature.window.pane_us, feature.window.panes, structure, 0, 0)
    for amount, op in recipe.cells:
        if amount in GAPS:
            source = builder.stream(amount_texts("one", feature, builder))
            span_us = feature.window.pane_us * feature.window.panes
            stream = builder.gap(subject, source, span_us, _digest(name, *counted, span_us)).first + GAPS.index(amount)
        else:
            stream = builder.stream(amount_texts(amount, feature, builder))
        if structure in (BAG, PROFILE):
            # Each is a structure of its own: cells of other features do not share it.
            key = (*key[:5], stream, feature.at_thousandth)
        cells.append(builder.cell(key, stream, op, _digest(name, amount, op, *counted, *window, *shape)))
    builder.features[fingerprint] = {
        "name": f"{owner}.{feature.name}",
        "fingerprint": fingerprint,
        "key": key,
        "aggregate": feature.aggregate,
        "cells": tuple(cells),
        "at_least": feature.at_least,
        "scale": scale_of(feature),
        "on": on,
        "bound": feature.bound,
        "first": feature.first,
        "prior": feature.prior,
    }
    return fingerprint
