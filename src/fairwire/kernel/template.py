"""The loop that joins the package's functions with a plan's generated `derive` and `judge`."""

from __future__ import annotations

IMPORTS = '''"""Generated from a plan; do not edit."""

import math

import numpy as np

from fairwire.kernel.arena import Words
from fairwire.kernel.compiled import njit
from fairwire.kernel.sense import sense
from fairwire.kernel.step import collect, has_room, update, worst_case
'''

RUN = """

@njit
def run(
    start, rows, positions, values, amounts, heads, hits,
    heap, free, meta, table_keys, table, pair_keys, pairs, seen_keys, seen, last_keys, last,
    subjects, subject_streams, groups, cell_table, feature_table, scales, rules,
    customers, parameters, enabled,
    episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
):
    needed = worst_case(subjects, groups)
    for i in range(start, rows.shape[0]):
        if not has_room(heap, meta, needed):
            return i
        if cursor[0] + hits.shape[0] > hit_list.shape[0] or cursor[1] + hits.shape[0] > opened.shape[0]:
            return i
        row = rows[i]
        if row[EMERGENCY_COLUMN] == 1:
            # Emergency calls are never counted against anyone.
            continue
        sense(row, meta, seen_keys, seen, last_keys, last)
        derive(row, amounts)
        update(
            row, amounts, values, heads, heap, free, meta, table_keys, table, pair_keys, pairs,
            subjects, subject_streams, groups, cell_table, feature_table, scales,
        )
        if judge(row, values, customers, parameters, enabled, hits):
            collect(
                row, positions[i], hits, heads, values, heap, meta, subjects, rules,
                episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
            )
    return rows.shape[0]
"""
"""Returns the first row that was not applied: the caller makes room or takes what was found, and goes on from there."""


def module_text(derive_source: str, judge_source: str, emergency_column: int) -> str:
    """The whole module of a plan."""
    return "".join((IMPORTS, derive_source, judge_source, RUN.replace("EMERGENCY_COLUMN", str(emergency_column))))
