"""What of each subject goes where when it moves from one layout to another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fairwire.kernel.arena import Words
from fairwire.kernel.arrange import Arranged, Window
from fairwire.model.program import Program

# columns of the table of groups that are carried over; `MAP` is where the places of its cells stand in the list of cells
(
    R_STRUCTURE, R_FROM, R_TO, R_FROM_CELLS, R_FROM_SUMS, R_TO_CELLS, R_TO_SUMS, R_MAP, R_PANE_US, R_N_PANES, R_OWNER
) = range(11)  # fmt: skip


class Routes(NamedTuple):
    """What of each subject goes where, from one layout to another. Rows of subject s: `first[s]` to `first[s + 1]`."""

    words: Words
    """Size of the head of each subject there."""
    group_first: Words
    groups: Words
    cells: Words
    """For each place there, the place here, or -1 for a cell that starts afresh."""
    gap_first: Words
    gaps: Words
    """(slot here, slot there)"""
    rule_first: Words
    rules: Words
    """(slot here, places here, slot there, places there)"""


def routes(here: tuple[Program, Arranged], there: tuple[Program, Arranged], rule_numbers: tuple[list[int], list[int]]) -> Routes:
    """The routes between two programs; `rule_numbers` are what `upkeep.rule_number` gives for the rules of each."""
    program, arranged = here
    target, target_arranged = there
    meant = {cell.meaning: (g, index) for g, group in enumerate(program.groups) for index, cell in enumerate(group.cells)}
    gap_slots = {gap.meaning: arranged.gaps[index] for index, gap in enumerate(program.gaps)}
    rule_of = {number: r for r, number in enumerate(rule_numbers[0])}
    groups: list[list[int]] = []
    cells: list[int] = []
    gaps: list[list[int]] = []
    rules: list[list[int]] = []
    firsts: tuple[list[int], list[int], list[int]] = ([0], [0], [0])
    for s in range(len(target.subjects)):
        for g, group in enumerate(target.groups):
            if group.subject != s:
                continue
            found = [meant.get(cell.meaning, (-1, -1)) for cell in group.cells]
            sources = {source for source, _ in found if source >= 0}
            if len(sources) != 1:
                continue
            source = sources.pop()
            mine, theirs = arranged.windows[source], target_arranged.windows[g]
            groups.append(_group_row(mine, theirs, len(cells), group.pane_us, group.panes))
            where: list[int] = [-1] * len(found)
            for index, (origin, cell) in enumerate(found):
                if origin == source:
                    where[theirs.place[index]] = mine.place[cell]
            cells += where
        for index, gap in enumerate(target.gaps):
            if gap.subject == s and gap.meaning in gap_slots:
                gaps.append([gap_slots[gap.meaning], target_arranged.gaps[index]])
        for r, rule in enumerate(target.rules):
            origin = rule_of.get(rule_numbers[1][r], -1)
            if rule.subject == s and origin >= 0:
                mine_seen, their_seen = arranged.evidence[origin], target_arranged.evidence[r]
                rules.append([mine_seen.at, mine_seen.places, their_seen.at, their_seen.places])
        for first, rows in zip(firsts, (groups, gaps, rules), strict=True):
            first.append(len(rows))
    return Routes(
        words=np.array(target_arranged.words, dtype=np.int64),
        group_first=np.array(firsts[0], dtype=np.int64),
        groups=np.array(groups, dtype=np.int64).reshape(-1, 11),
        cells=np.array(cells or [0], dtype=np.int64),
        gap_first=np.array(firsts[1], dtype=np.int64),
        gaps=np.array(gaps, dtype=np.int64).reshape(-1, 2),
        rule_first=np.array(firsts[2], dtype=np.int64),
        rules=np.array(rules, dtype=np.int64).reshape(-1, 4),
    )


def _group_row(mine: Window, theirs: Window, at: int, pane_us: int, panes: int) -> list[int]:
    shape = [len(mine.cells), mine.sums, len(theirs.cells), theirs.sums]
    return [mine.structure, mine.at, theirs.at, *shape, at, pane_us, panes, theirs.owners[0]]
