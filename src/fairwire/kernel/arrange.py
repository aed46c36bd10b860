"""Where a program's cells, windows and evidence stand in memory: one answer for the loop that is generated and for its tables."""

from __future__ import annotations

import msgspec

from fairwire.kernel.layout import EVIDENCE_MAX, W_TOTALS
from fairwire.model.program import ADD, DISTINCT, Program

_ORDER = (0, 2, 2, 1)
"""By operation: cells that only add come first, then those that count keys, then extremes, which have no totals."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one group in the head of its subject."""

    at: int
    """Where it begins in the head."""
    cells: tuple[tuple[int, int], ...]
    """(stream, operation) in the order in which they stand."""
    place: tuple[int, ...]
    """Index in the program -> place here."""
    adds: int
    """How many only add."""
    sums: int
    """How many have totals."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered for one rule."""

    at: int
    """Where its address and count stand in the head."""
    places: int
    streams: tuple[int, ...]
    """An event that gives any of these an amount shows what the rule counts."""


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """A program's place in memory."""

    windows: tuple[Window, ...]
    evidence: tuple[Evidence, ...]
    words: tuple[int, ...]
    """Size of the head of each subject."""


def arrange(program: Program) -> Arranged:
    """Lay a program out. Raises ValueError when the groups of a subject do not stand together."""
    subjects = [group.subject for group in program.groups]
    if subjects != sorted(subjects):
        raise ValueError("the groups of a subject must stand together")
    words = [0] * len(program.subjects)
    windows: list[Window] = []
    for group in program.groups:
        order = sorted(range(len(group.cells)), key=[(_ORDER[cell.op], cell.stream) for cell in group.cells].__getitem__)
        adds = sum(cell.op == ADD for cell in group.cells)
        sums = adds + sum(cell.op == DISTINCT for cell in group.cells)
        windows.append(
            Window(
                at=words[group.subject],
                cells=tuple((group.cells[index].stream, group.cells[index].op) for index in order),
                place=tuple(order.index(index) for index in range(len(order))),
                adds=adds,
                sums=sums,
            )
        )
        words[group.subject] += W_TOTALS + sums + len(order)
    evidence: list[Evidence] = []
    for rule in program.rules:
        streams: set[int] = set()
        for index in rule.features.values():
            feature = program.features[index]
            if feature.group >= 0:
                cells = program.groups[feature.group].cells
                streams.update(cells[cell].stream for cell in (feature.cell, feature.other) if cell >= 0)
        places = max(1, min(program.subjects[rule.subject].evidence, EVIDENCE_MAX))
        evidence.append(Evidence(at=words[rule.subject], places=places, streams=tuple(sorted(streams))))
        words[rule.subject] += 2
    return Arranged(windows=tuple(windows), evidence=tuple(evidence), words=tuple(words))
