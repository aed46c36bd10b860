"""Where a program's cells, windows and evidence stand in memory: one answer for the loop that is generated and for its tables."""

from __future__ import annotations

import msgspec

from fairwire.kernel.bags import BAG_WORDS
from fairwire.kernel.fading import D_TOTALS
from fairwire.kernel.hashing import key_of
from fairwire.kernel.layout import EVIDENCE_MAX, H_WORDS, W_TOTALS
from fairwire.kernel.profiles import PROFILE_WORDS
from fairwire.kernel.recent import by_program
from fairwire.model.aggregates import ADD, BAG, DECAYED, DISTINCT, PLACES, PROFILE
from fairwire.model.program import Group, Program

_ORDER = {ADD: 0, DISTINCT: 1, PLACES: 2}
"""Cells that only add come first, then those that count keys, then extremes, which have no totals."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One group in the head of its subject."""

    at: int
    """Where it begins in the head."""
    words: int
    structure: int
    cells: tuple[tuple[int, int], ...]
    """(stream, operation) in the order in which they stand."""
    place: tuple[int, ...]
    """Index in the program -> place here."""
    owners: tuple[int, ...]
    """What tells the keys of each place from those of all other cells, in this program and in others."""
    adds: int
    """How many only add."""
    sums: int
    """How many have totals."""

    def partner(self, place: int) -> int:
        """Place of the cell that counts what a distinct count can no longer tell apart."""
        return place + (self.sums - self.adds) // 2


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered for one rule."""

    at: int
    """Where its address and count stand in the head."""
    places: int
    streams: tuple[int, ...]
    """An event that gives any of these an amount shows what the rule counts."""


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """A program's place in memory."""

    subjects: tuple[int, ...]
    """A number for each subject, the same in every program."""
    gaps: tuple[int, ...]
    """Where the last event before each gap stands in the head of its subject."""
    windows: tuple[Window, ...]
    evidence: tuple[Evidence, ...]
    words: tuple[int, ...]
    """Size of the head of each subject."""
    new_pairs: int
    """Most entries that one event can add to the table of keys seen in windows."""


def owner_number(meaning: str) -> int:
    """A number for what a cell counts, the same in every program."""
    return int(meaning[:15] or "1", 16)


def _window(group: Group, at: int) -> Window:
    cells = group.cells
    order = sorted(range(len(cells)), key=[(_ORDER.get(cell.op, 3), cell.stream) for cell in cells].__getitem__)
    adds = sum(cell.op == ADD for cell in cells)
    sums = adds + sum(cell.op in (DISTINCT, PLACES) for cell in cells)
    words = {BAG: BAG_WORDS, PROFILE: PROFILE_WORDS, DECAYED: D_TOTALS + len(cells)}
    return Window(
        at=at,
        words=words.get(group.structure, W_TOTALS + sums + len(cells)),
        structure=group.structure,
        cells=tuple((cells[index].stream, cells[index].op) for index in order),
        place=tuple(order.index(index) for index in range(len(order))),
        owners=tuple(owner_number(cells[index].meaning) for index in order),
        adds=adds,
        sums=sums,
    )


@by_program
def arrange(program: Program) -> Arranged:
    """Lay a program out. Raises ValueError when the groups of a subject do not stand together."""
    subjects = [group.subject for group in program.groups]
    if subjects != sorted(subjects):
        raise ValueError("the groups of a subject must stand together")
    words = [H_WORDS] * len(program.subjects)
    gaps: list[int] = []
    for gap in program.gaps:
        gaps.append(words[gap.subject])
        words[gap.subject] += 1
    windows: list[Window] = []
    new_pairs = 0
    for group in program.groups:
        window = _window(group, words[group.subject])
        windows.append(window)
        words[group.subject] += window.words
        new_pairs += 2 if group.structure == BAG else sum(cell.op == DISTINCT for cell in group.cells)
    evidence: list[Evidence] = []
    for rule in program.rules:
        streams: set[int] = set()
        for name, index in rule.features.items():
            feature = program.features[index]
            if feature.group >= 0 and name not in rule.context:
                cells = program.groups[feature.group].cells
                streams.update(cells[cell].stream for cell in feature.cells)
        for gap in program.gaps:
            if streams & set(range(gap.first, gap.first + 4)):
                streams = streams - set(range(gap.first, gap.first + 4)) | {gap.source}
        places = max(1, min(program.subjects[rule.subject].evidence, EVIDENCE_MAX))
        evidence.append(Evidence(at=words[rule.subject], places=places, streams=tuple(sorted(streams))))
        words[rule.subject] += 2
    return Arranged(
        subjects=tuple(key_of(f"{subject.name} {subject.key_columns}") for subject in program.subjects),
        gaps=tuple(gaps),
        windows=tuple(windows),
        evidence=tuple(evidence),
        words=tuple(words),
        new_pairs=new_pairs,
    )
