"""The text of `update` for one program: one event through the windows of every subject it belongs to.

Everything that a program fixes (where a cell stands, how long a pane is, which feature reads what) is a number in the text, so
that the compiler sees straight lines. What is rare (a pane that ends, a late event, a key to be counted once) stays in the
functions of `step`, `windows` and the other structures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairwire.kernel.arrange import Arranged, Window
from fairwire.kernel.layout import H_KEY, W_TOTALS
from fairwire.kernel.reading import Reading, value_text
from fairwire.kernel.windows import until_us
from fairwire.model.aggregates import BAG, DECAYED, DISTINCT, MAX, MIN, PANES, PROFILE
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, DAY, ENDED, HELP
from fairwire.model.instants import DAY_US
from fairwire.model.program import CLOCK_GAUGE, CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH, Feature, Group, Program

_KIND, _TIME, _START = COLUMN_INDEX["kind"], COLUMN_INDEX["time"], COLUMN_INDEX["start"]
_ORDINAL, _DAY, _MONTH = COLUMN_INDEX["ordinal"], COLUMN_INDEX["local_day"], COLUMN_INDEX["local_month"]
_HOUR = COLUMN_INDEX["hour"]
_CALLS = 1 << ATTEMPT | 1 << ANSWERED | 1 << ENDED

_ARGUMENTS = "row, amounts, values, heads, heap, free, meta, table_keys, table, pair_keys, pairs, groups, cell_table"
_ELSEWHERE = (
    "put_elsewhere(heap, free, meta, at, groups, zero + {g}, cell_table, amounts, {pane}, time, {gauge}, "
    f"heap[head + {H_KEY}], pair_keys, pairs)"
)
_DISTINCT = (
    "put_distinct(heap, meta, at, {here}, zero + {cells}, zero + {sums}, zero + {j}, zero + {k}, now, now - {before}, "
    "time + {until}, {owner}, {amount}, pair_keys, pairs)"
)


def families(program: Program) -> list[int]:
    """Families of events that something is done for."""
    found = {family for subject in program.subjects for family in subject.families}
    return sorted(found | ({DAY} if any(rule.on >> DAY & 1 for rule in program.rules) else set()))


def update_source(program: Program, arranged: Arranged) -> str:
    """The functions `update_<family>` of a program."""
    return "".join(_update(program, arranged, family) for family in families(program))


_HEAD = re.compile(r"\bhead\b")
_WITHIN = "row, amounts, values, head, heap, free, meta, pair_keys, pairs, groups, cell_table"
_LINES = 60
"""Lines of one function, about: the compiler takes more than twice as long for twice as many."""


def _update(program: Program, arranged: Arranged, family: int) -> str:
    parts: list[str] = []
    lines = _head(f"update_{family}({_ARGUMENTS})")
    for s, subject in enumerate(program.subjects):
        # At the end of a day there is nothing to count, but the comparison asks for what was.
        day = family == DAY and any(rule.subject == s and rule.on >> DAY & 1 for rule in program.rules)
        if family in subject.families or day:
            own = (_HEAD.sub(f"head_{s}", line) for line in _subject(program, arranged, s, family, parts))
            lines += (f"    {line}" for line in own)
    return "".join([*parts, "\n".join([*lines, ""])])


def _head(signature: str) -> list[str]:
    """The first lines of a function that moves windows."""
    return [
        "",
        "",
        "@njit",
        f"def {signature}:",
        f"    bit = 1 << row[{_KIND}]",
        f"    time = row[{_TIME}]",
        # Numba compiles a function anew for each number that it is called with, unless the number looks like a variable.
        "    zero = bit & 0",
    ]


def _parts(name: str, blocks: Iterator[list[str]], parts: list[str]) -> Iterator[str]:
    """Calls of functions that hold the blocks, some of them each; the functions' texts join `parts`."""
    waiting: list[str] = []
    number = 0
    for block in (*blocks, None):
        if block is None or len(waiting) + len(block) > _LINES:
            if waiting:
                lines = [*_head(f"{name}_{number}({_WITHIN})"), *(f"    {line}" for line in waiting)]
                parts.append("\n".join([*lines, ""]))
                yield f"{name}_{number}({_WITHIN})"
                number += 1
            waiting = []
        waiting += block or []


def shelved_source(program: Program, arranged: Arranged) -> str:
    """The function `shelved` of a program: place in the table of a subject of an event that is on the shelf, or -1."""
    lines = ["", "", "@njit", "def shelved(row, table_keys, table):", f"    zero = row[{_KIND}] & 0", f"    kind = row[{_KIND}]"]
    for s, subject in enumerate(program.subjects):
        a, b = [*subject.key_columns, -1][:2]
        mine = " or ".join(f"kind <= {ENDED}" if each in (ATTEMPT, HELP) else f"kind == {each}" for each in subject.families)
        key = f"zero + {arranged.subjects[s]}, zero + {a}, zero + {b}"
        lines.append(f"    if {mine or False} or kind == {DAY}:")
        lines.append(f"        place = shelved_place(row, {key}, table_keys, table)")
        lines += ["        if place >= 0:", "            return place"]
    return "\n".join([*lines, "    return -1", ""])


def owner_text(owner: int) -> str:
    """What tells the keys of one cell of one subject from all others."""
    return f"mix(heap[head + {H_KEY}], zero + {owner})"


def _any(streams: list[int] | tuple[int, ...]) -> str:
    return f"(({' | '.join(f'amounts[{stream}]' for stream in streams)}) != 0)" if streams else "False"


def _subject(program: Program, arranged: Arranged, s: int, family: int, parts: list[str]) -> Iterator[str]:
    subject = program.subjects[s]
    mine = [g for g, group in enumerate(program.groups) if group.subject == s]
    gaps = [index for index, gap in enumerate(program.gaps) if gap.subject == s]
    rules = [r for r, rule in enumerate(program.rules) if rule.subject == s]
    on = 0
    for r in rules:
        on |= program.rules[r].on
    a, b = [*subject.key_columns, -1][:2]
    filled = {stream for index in gaps for stream in range(program.gaps[index].first, program.gaps[index].first + 4)}
    given = {stream for g in mine for stream, _ in arranged.windows[g].cells} | {program.gaps[index].source for index in gaps}
    yield f"# {subject.name}"
    yield f"heads[{s}] = 0"
    yield f"active_{s} = {_any(sorted(given - filled))}"
    asked = _gates(program, rules, family)
    if subject.judged_idle or asked is None:
        yield f"if active_{s} | (bit & {on} != 0):"
    else:
        # Nothing is made of an event that no rule of the subject judges.
        yield f"if active_{s} | {_any(asked)}:"
    made = "zero == 0" if subject.judged_idle else f"active_{s}"
    key = f"zero + {arranged.subjects[s]}, zero + {a}, zero + {b}, zero + {s}"
    yield f"    head = head_of(row, {key}, zero + {arranged.words[s]}, {made}, heap, meta, table_keys, table)"
    yield f"    heads[{s}] = head"
    yield "    if head != 0:"
    for r in rules:
        seen = arranged.evidence[r]
        if seen.streams:
            yield f"        if (bit & {program.rules[r].evidence_kinds} != 0) & {_any(seen.streams)}:"
            yield f"            note(heap, free, meta, head + {seen.at}, zero + {seen.places}, row[{_ORDINAL}])"
    for index in gaps:
        gap = program.gaps[index]
        slot = f"heap, head + {arranged.gaps[index]}, amounts[{gap.source}]"
        yield f"        gap_since({slot}, time, zero + {gap.within_us}, amounts, zero + {gap.first})"
    blocks = (_group(program, arranged, g, family) for g in mine)
    yield from (f"        {line}" for line in _parts(f"part_{family}_{s}", blocks, parts))
    yield "        pass"


def _gates(program: Program, rules: list[int], family: int) -> list[int] | None:
    """Streams of which one is 1 where some of these rules judges an event of a family; None where one of them judges all."""
    found: set[int] = set()
    for r in rules:
        rule = program.rules[r]
        if not any(rule.on >> kind & 1 for kind in _KINDS_OF.get(family, (family,))):
            continue
        if rule.gate < 0:
            return None
        found.add(rule.gate)
    return sorted(found)


_KINDS_OF = {ATTEMPT: (ATTEMPT, ANSWERED, ENDED), HELP: (ATTEMPT, ANSWERED, ENDED)}


def _group(program: Program, arranged: Arranged, g: int, family: int) -> list[str]:
    """What one event does to one window, and what is read of it."""
    group, window = program.groups[g], arranged.windows[g]
    lines = [f"at = head + {window.at}", *_STRUCTURES[group.structure](group, window, g)]
    features = [(index, feature) for index, feature in enumerate(program.features) if feature.group == g]
    lines += _reads(features, group, window)
    lines = [_VARIABLE.sub(rf"\1_{g}", line) for line in lines]
    mine = {index for index, _ in features}
    asked = _gates(program, [r for r, rule in enumerate(program.rules) if mine & set(rule.features.values())], family)
    if asked is None or family == DAY:
        return lines
    # A window that no event adds to, and of which nothing is asked, catches up when one does.
    touched = sorted({stream for stream, _ in window.cells} | set(asked))
    return [f"if {_any(touched)}:", *(f"    {line}" for line in lines)]


_VARIABLE = re.compile(r"\b(at|now|epoch|hour|weight|strength)\b(?!\()")
"""What is set for each window anew. Each has a name of its own: the compiler's time grows with the square of names set twice."""


def _now(group: Group) -> Iterator[str]:
    """The pane of the event."""
    if group.clock in (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH):
        yield f"now = row[{_DAY if group.clock == CLOCK_LOCAL_DAY else _MONTH}]"
        return
    yield f"now = pane_at(heap[at], time, zero + {group.pane_us})"


def _panes(group: Group, window: Window, g: int) -> Iterator[str]:
    cells = len(window.cells)
    yield from _now(group)
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
    yield "    pass"
    for j, stream, count in _runs(window):
        yield f"    add(heap, at + {W_TOTALS + j}, at + {W_TOTALS + window.sums + j}, amounts, zero + {stream}, zero + {count})"
    for j, (stream, op) in enumerate(window.cells):
        amount, cell = f"amounts[{stream}]", f"heap[at + {W_TOTALS + window.sums + j}]"
        if op not in (DISTINCT, MAX, MIN):
            continue
        yield f"    if {amount} != 0:"
        if op == DISTINCT:
            where = {
                "here": f"at + {W_TOTALS + window.sums}", "cells": cells, "sums": window.sums, "j": j, "k": window.partner(j),
                "before": group.panes - 1, "until": until_us(group.pane_us, group.panes), "owner": owner_text(window.owners[j]),
            }  # fmt: skip
            yield f"        {_DISTINCT.format(amount=amount, **where)}"
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


def _bag(group: Group, window: Window, g: int) -> Iterator[str]:
    owner, amount = owner_text(window.owners[0]), f"amounts[{window.cells[0][0]}]"
    yield from _now(group)
    yield "if now > heap[at]:"
    yield f"    turn_bag(heap, free, meta, at, now, now - {group.panes - 1}, {owner}, pair_keys, pairs)"
    yield f"if {amount} != 0:"
    # A day longer than it may matter: an event that comes late must find what it belongs to.
    until = f"time + {until_us(group.pane_us, group.panes) + DAY_US}"
    as_number = "zero == 0" if group.option else "zero != 0"
    oldest = f"heap[at] - {group.panes - 1}"
    yield f"    put_bag(heap, free, meta, at, now, {oldest}, {until}, {owner}, {amount}, {as_number}, pair_keys, pairs)"


def _decayed(group: Group, window: Window, g: int) -> Iterator[str]:
    half = group.pane_us
    yield f"epoch = time // {half}"
    yield "if epoch > heap[at]:"
    yield f"    fade(heap, at, zero + {len(window.cells)}, epoch)"
    yield f"if {_any(sorted({stream for stream, _ in window.cells}))}:"
    yield f"    weight = weight_at(heap[at], time, zero + {half})"
    for j, (stream, _) in enumerate(window.cells):
        yield f"    heap[at + {1 + j}] += amounts[{stream}] * weight"
    yield f"strength = strength_at(heap[at], time, zero + {half})"


def _profile(group: Group, window: Window, g: int) -> Iterator[str]:
    yield f"hour = 24 * row[{_DAY}] + row[{_HOUR}]"
    yield "if hour > heap[at]:"
    yield "    turn_profile(heap, free, meta, at, hour)"
    yield f"if amounts[{window.cells[0][0]}] != 0:"
    yield f"    put_profile(heap, meta, at, hour, amounts[{window.cells[0][0]}])"


_STRUCTURES = {PANES: _panes, BAG: _bag, DECAYED: _decayed, PROFILE: _profile}


def _reads(features: list[tuple[int, Feature]], group: Group, window: Window) -> Iterator[str]:
    for on in sorted({feature.on for _, feature in features}):
        indent = ""
        if on & _CALLS != _CALLS:
            yield f"if bit & {on}:"
            indent = "    "
        for index, feature in features:
            if feature.on == on:
                yield f"{indent}values[{index}] = {value_text(Reading(feature=feature, group=group, window=window))}"
