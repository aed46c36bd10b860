"""The loop that joins the package's functions with a plan's generated `derive` and `judge`."""

from __future__ import annotations

from fairwire.kernel.sense import wanted
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.program import Program

IMPORTS = '''"""Generated from a plan; do not edit."""

import math

import numpy as np

from fairwire.kernel.arena import Words
from fairwire.kernel.compiled import njit
from fairwire.kernel.layout import WATERMARK
from fairwire.kernel.sense import sense
from fairwire.kernel.step import collect, has_room, tables_full, update, worst_case
'''

RUN = """

@njit
def run(
    start, rows, positions, values, amounts, heads, hits,
    heap, free, meta, table_keys, table, pair_keys, pairs, seen_keys, seen, last_keys, last,
    subjects, subject_streams, subject_rules, groups, cell_table, feature_table, scales, rules, rule_streams, distinct,
    customers, parameters, enabled,
    episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
):
    needed = worst_case(subjects, groups, rules)
    most = hits.shape[0]
    for i in range(start, rows.shape[0]):
        row = rows[i]
        if row[EMERGENCY_COLUMN] == 1:
            # Emergency calls are never counted against anyone.
            continue
        if not has_room(heap, meta, needed):
            return i
        if tables_full(
            meta, table_keys, pair_keys, seen_keys, last_keys, episode_keys, episodes, subjects.shape[0], distinct, most
        ):
            return i
        if cursor[0] + most > hit_list.shape[0] or cursor[1] + most > opened.shape[0]:
            return i
        meta[WATERMARK] = max(meta[WATERMARK], row[TIME_COLUMN])
        sense(row, meta, seen_keys, seen, last_keys, last, SENSED_BITS)
        derive(row, amounts)
        update(
            row, amounts, values, heads, heap, free, meta, table_keys, table, pair_keys, pairs,
            subjects, subject_streams, subject_rules, groups, cell_table, feature_table, scales, rules, rule_streams,
        )
        if judge(row, values, customers, parameters, enabled, hits):
            collect(
                row, positions[i], hits, heads, values, heap, meta, rules,
                episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
            )
    return rows.shape[0]
"""
"""Returns the first row that was not applied: the caller makes room or takes what was found, and goes on from there."""


def module_text(program: Program) -> str:
    """The whole module of a program."""
    run = RUN.replace("EMERGENCY_COLUMN", str(COLUMN_INDEX["destination"])).replace("TIME_COLUMN", str(COLUMN_INDEX["time"]))
    return "".join((IMPORTS, program.derive_source, program.judge_source, run.replace("SENSED_BITS", str(wanted(program)))))
