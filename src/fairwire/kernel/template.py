"""The loop that joins the package's functions with a plan's generated `derive` and `judge`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairwire.kernel.arrange import arrange
from fairwire.kernel.layout import ASKED, SHELVED
from fairwire.kernel.recent import by_program
from fairwire.kernel.sense import wanted
from fairwire.kernel.unroll import families, shelved_source, update_source
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, ENDED, HELP, family_of, kinds_of
from fairwire.model.program import Program

IMPORTS = '''"""Generated from a plan; do not edit."""

import math

import numpy as np

from fairwire.kernel.arena import mix
from fairwire.kernel.bags import entropy_bits, put_bag, quantile_of, top_share, turn_bag
from fairwire.kernel.compiled import njit
from fairwire.kernel.fading import fade, strength_at, weight_at
from fairwire.kernel.layout import WATERMARK
from fairwire.kernel.profiles import moved_of, put_profile, surprise_of, turn_profile, usual_of
from fairwire.kernel.arithmetic import deviation, distinct, ratio, regular
from fairwire.kernel.sense import sense
from fairwire.kernel.step import collect, gap_since, has_room, head_of, note, noted, shelved_place, tables_full
from fairwire.kernel.windows import add, extreme, pane_at, put_distinct, put_elsewhere, turn, wipe
'''

RUN = """

@njit
def run_FAMILY(
    start, rows, positions, values, amounts, heads, hits,
    heap, free, meta, table_keys, table, pair_keys, pairs, seen_keys, seen, last_keys, last,
    groups, cell_table, rules, needed,
    customers, parameters, enabled,
    episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
):
    most = rules.shape[0]
    for i in range(start, rows.shape[0]):
        row = rows[i]
        kind = row[KIND_COLUMN]
        if not (MINE):
            return i
        for_help = row[EMERGENCY_COLUMN] == 1
        if for_help and not COUNTS_HELP:
            # Emergency calls are never counted against anyone, but by rules that open a case for a person to read.
            continue
        if not has_room(heap, meta, needed):
            return i
        if tables_full(
            meta, table_keys, pair_keys, seen_keys, last_keys, episode_keys, episodes, SUBJECTS, NEW_PAIRS, most
        ):
            return i
        if cursor[0] + most > hit_list.shape[0] or cursor[1] + most > opened.shape[0] or cursor[2] > cursor[3]:
            return i
        if meta[SHELVED_COUNT] > 0:
            place = shelved(row, table_keys, table)
            if place >= 0:
                meta[ASKED_PLACE] = place + 1
                return i
        meta[WATERMARK] = max(meta[WATERMARK], row[TIME_COLUMN])
        if not for_help:
            sense(row, meta, seen_keys, seen, last_keys, last, SENSED_BITS)
HANDLED
        if hits[-1] != 0:
            collect(
                row, positions[i], hits, heads, values, heap, meta, rules,
                episode_keys, episode_table, episodes, silenced, hit_list, opened, opened_values, opened_evidence, cursor,
            )
            hits[:] = 0
    return rows.shape[0]
"""
"""Returns the first row that was not applied: it is of another family, or the caller makes room or takes what was found, and
goes on from there."""
NONE = 0
"""Events that no rule looks at: they are only remembered."""

_HANDLED = """
        {which} {condition}:
            derive_{family}(row, amounts)
{kinds}
"""
_KIND = """
            if kind == {kind}:
                update_{family}_{kind}(
                    row, amounts, values, heads, heap, free, meta, table_keys, table, pair_keys, pairs, groups, cell_table
                )
                judge_{family}_{kind}(row, amounts, values, customers, parameters, enabled, hits)
"""


def _handled(program: Program, family: int) -> str:
    """Which functions an event goes through: those of its family; calls for help have their own."""
    texts: list[str] = []
    for each in families(program):
        if each != family and (each, family) != (HELP, ATTEMPT):
            continue
        condition = "for_help" if each == HELP else "not for_help"
        kinds = "\n".join(_KIND.format(family=each, kind=kind).strip("\n") for kind in kinds_of(each))
        texts.append(_HANDLED.format(which="elif" if texts else "if", condition=condition, family=each, kinds=kinds).strip("\n"))
    return "\n".join(texts)


def runs(program: Program) -> list[int]:
    """Families that have a loop of their own; `NONE` is that of all other events."""
    return [NONE, *sorted({ATTEMPT, *families(program)} - {HELP})]


def _mine(program: Program, family: int) -> str:
    if family == ATTEMPT:
        return f"kind <= {ENDED}"
    if family != NONE:
        return f"kind == {family}"
    others = " and ".join(f"kind != {each}" for each in runs(program) if each not in (NONE, ATTEMPT))
    return f"kind > {ENDED} and {others}" if others else f"kind > {ENDED}"


@by_program
def module_text(program: Program) -> str:
    """The whole module of a program."""
    run = RUN
    arranged = arrange(program)
    numbers = {
        "KIND_COLUMN": COLUMN_INDEX["kind"],
        "COUNTS_HELP": HELP in families(program),
        "EMERGENCY_COLUMN": COLUMN_INDEX["destination"],
        "TIME_COLUMN": COLUMN_INDEX["time"],
        "SENSED_BITS": wanted(program),
        "SUBJECTS": len(program.subjects),
        "SHELVED_COUNT": SHELVED,
        "ASKED_PLACE": ASKED,
        "NEW_PAIRS": arranged.new_pairs,
    }
    for name, number in numbers.items():
        run = run.replace(name, str(number))
    loops = [
        run.replace("FAMILY", str(family)).replace("MINE", _mine(program, family)).replace("HANDLED", _handled(program, family))
        for family in runs(program)
    ]
    told = f"\n\nRUNS = {{{', '.join(f'{family}: run_{family}' for family in runs(program))}}}\n"
    written = (update_source(program, arranged), shelved_source(program, arranged))
    return "".join((IMPORTS, program.derive_source, program.judge_source, *written, *loops, told))


PLAIN = ("compiled import njit", "compiled import plain as njit")
"""What makes the text of a module one that is not compiled."""
KIND = COLUMN_INDEX["kind"]


def loop_of(kind: int, loops: Mapping[int, Any]) -> int:
    """The family whose loop takes an event of a kind."""
    family = family_of(kind)
    return family if family in loops else NONE
