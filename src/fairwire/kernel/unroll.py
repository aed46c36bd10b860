"""The text of `update` for one program: one event through the windows of every subject it belongs to.

Everything that a program fixes (where a cell stands, how long a pane is, which feature reads what) is a number in the text, so
that the compiler sees straight lines. What is rare (a pane that ends, a late event, a key to be counted once) stays in the
functions of `step` and `windows`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fairwire.kernel.arrange import Arranged, Window
from fairwire.kernel.layout import W_TOTALS
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, ENDED, per_unit
from fairwire.model.instants import DAY_US
from fairwire.model.program import (
    ADD,
    CLOCK_GAUGE,
    CLOCK_LOCAL_DAY,
    CLOCK_LOCAL_MONTH,
    DISTINCT,
    MAX,
    READ_MAX,
    READ_RATIO,
    READ_TOTAL,
    Feature,
    Group,
    Program,
)

_KIND, _TIME, _START = COLUMN_INDEX["kind"], COLUMN_INDEX["time"], COLUMN_INDEX["start"]
_ORDINAL, _DAY, _MONTH = COLUMN_INDEX["ordinal"], COLUMN_INDEX["local_day"], COLUMN_INDEX["local_month"]
_CALLS = 1 << ATTEMPT | 1 << ANSWERED | 1 << ENDED

_ELSEWHERE = (
    "put_elsewhere(heap, free, meta, at, groups, zero + {g}, cell_table, amounts, {pane}, time, {gauge}, head, pair_keys, pairs)"
)
_DISTINCT = (
    "put_distinct(heap, meta, at, {here}, zero + {cells}, zero + {sums}, zero + {j}, now, now - {before}, time + {until}, "
    "mix(head, zero + {c}), {amount}, pair_keys, pairs)"
)


def update_source(program: Program, arranged: Arranged) -> str:
    """The function `update` of a program."""
    lines = [
        "",
        "",
        "@njit",
        "def update(row, amounts, values, heads, heap, free, meta, table_keys, table, pair_keys, pairs, groups, cell_table):",
        f"    bit = 1 << row[{_KIND}]",
        f"    time = row[{_TIME}]",
        # Numba compiles a function anew for each number that it is called with, unless the number looks like a variable.
        "    zero = bit & 0",
    ]
    for subject in range(len(program.subjects)):
        lines += (f"    {line}" for line in _subject(program, arranged, subject))
    return "\n".join([*lines, ""])


def _any(streams: list[int] | tuple[int, ...]) -> str:
    return f"({' | '.join(f'amounts[{stream}]' for stream in streams)}) != 0" if streams else "False"


def _subject(program: Program, arranged: Arranged, s: int) -> Iterator[str]:
    subject = program.subjects[s]
    mine = [g for g, group in enumerate(program.groups) if group.subject == s]
    rules = [r for r, rule in enumerate(program.rules) if rule.subject == s]
    on = 0
    for r in rules:
        on |= program.rules[r].on
    a, b = [*subject.key_columns, -1][:2]
    yield f"# {subject.name}"
    yield f"heads[{s}] = 0"
    yield f"active = {_any(sorted({stream for g in mine for stream, _ in arranged.windows[g].cells}))}"
    yield f"if active or bit & {on}:"
    made = "zero == 0" if subject.judged_idle else "active"
    key = f"zero + {s}, zero + {a}, zero + {b}"
    yield f"    head = head_of(row, {key}, zero + {arranged.words[s]}, {made}, meta, table_keys, table)"
    yield f"    heads[{s}] = head"
    yield "    if head != 0:"
    for r in rules:
        seen = arranged.evidence[r]
        if seen.streams:
            yield f"        if bit & {program.rules[r].evidence_kinds} and {_any(seen.streams)}:"
            yield f"            note(heap, free, meta, head + {seen.at}, zero + {seen.places}, row[{_ORDINAL}])"
    first_cell = sum(len(program.groups[g].cells) for g in range(mine[0])) if mine else 0
    for g in mine:
        window = arranged.windows[g]
        yield from (f"        {line}" for line in _window(program.groups[g], window, g, first_cell))
        features = [(index, feature) for index, feature in enumerate(program.features) if feature.group == g]
        yield from (f"        {line}" for line in _reads(features, window))
        first_cell += len(window.cells)
    yield "        pass"


def _window(group: Group, window: Window, g: int, first_cell: int) -> Iterator[str]:
    cells = len(window.cells)
    yield f"at = head + {window.at}"
    if group.clock in (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH):
        yield f"now = row[{_DAY if group.clock == CLOCK_LOCAL_DAY else _MONTH}]"
    else:
        yield "now = heap[at]"
        yield f"passed = time - now * {group.pane_us}"
        yield f"if passed < 0 or passed >= {group.pane_us}:"
        yield f"    now = time // {group.pane_us}"
    yield "if now > heap[at]:"
    yield f"    turn(heap, free, meta, at, zero + {cells}, zero + {window.sums}, zero + {group.panes}, now)"
    some = _any(sorted({stream for stream, _ in window.cells}))
    if group.clock == CLOCK_GAUGE:
        yield f"if {some}:"
        pane = f"min(row[{_START}] // {group.pane_us}, heap[at])"
        yield "    " + _ELSEWHERE.format(g=g, pane=pane, gauge="zero == 0")
        return
    yield "if now < heap[at]:"
    yield f"    if {some}:"
    yield "        " + _ELSEWHERE.format(g=g, pane="now", gauge="zero != 0")
    yield "else:"
    for j, stream, count in _runs(window):
        yield f"    add(heap, at + {W_TOTALS + j}, at + {W_TOTALS + window.sums + j}, amounts, zero + {stream}, zero + {count})"
    for j, (stream, op) in enumerate(window.cells):
        amount, cell = f"amounts[{stream}]", f"heap[at + {W_TOTALS + window.sums + j}]"
        if op == ADD:
            continue
        yield f"    if {amount} != 0:"
        if op == DISTINCT:
            # A day or month that began now is over in 32 days at the latest.
            until = max(group.pane_us * (group.panes + 1), 32 * DAY_US if group.panes == 1 else 0)
            here = f"at + {W_TOTALS + window.sums}"
            where = {"here": here, "cells": cells, "sums": window.sums, "j": j, "c": first_cell + j}
            yield f"        {_DISTINCT.format(before=group.panes - 1, until=until, amount=amount, **where)}"
        elif op == MAX:
            yield f"        {cell} = max({cell}, {amount})"
        else:
            yield f"        {cell} = {amount} if {cell} == 0 else min({cell}, {amount})"


def _runs(window: Window) -> Iterator[tuple[int, int, int]]:
    """(place, stream, count) of cells that add and whose streams follow one another."""
    first = 0
    for j in range(1, window.adds + 1):
        if j == window.adds or window.cells[j][0] != window.cells[j - 1][0] + 1:
            if j > first:
                yield first, window.cells[first][0], j - first
            first = j


def _reads(features: list[tuple[int, Feature]], window: Window) -> Iterator[str]:
    for on in sorted({feature.on for _, feature in features}):
        indent = ""
        if on & _CALLS != _CALLS:
            yield f"if bit & {on}:"
            indent = "    "
        for index, feature in features:
            if feature.on == on:
                yield from (f"{indent}{line}" for line in _read(index, feature, window))


def _read(index: int, feature: Feature, window: Window) -> Iterator[str]:
    place, unit = window.place[feature.cell], per_unit(feature.scale)
    total = f"heap[at + {W_TOTALS + place}]"
    if feature.read == READ_TOTAL:
        yield f"values[{index}] = {total}" + (f" / {unit!r}" if unit != 1 else "")
    elif feature.read == READ_RATIO:
        below = f"at + {W_TOTALS + window.place[feature.other]}"
        least = max(1, feature.at_least)
        yield f"values[{index}] = ratio(heap, at + {W_TOTALS + place}, {below}, zero + {least}, {unit!r})"
    else:
        greatest = "zero == 0" if feature.read == READ_MAX else "zero != 0"
        shape = f"zero + {len(window.cells)}, zero + {window.sums}, zero + {place}"
        yield f"values[{index}] = extreme(heap, at, {shape}, {greatest}) / {unit!r}"
