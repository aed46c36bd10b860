"""The text of `update` for one program: one event through the windows of every subject it belongs to.

Everything that a program fixes (where a cell stands, how long a pane is, which feature reads what) is a number in the text, so
that the compiler sees straight lines. Each kind of event has a text of its own: the end of a call adds nothing to what is counted
of its beginning, and asks nothing of it. What is rare (a pane that ends, a late event, a key to be counted once) stays in the
functions of `step`, `windows` and the other structures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fairwire.kernel.arrange import Arranged, Window
from fairwire.kernel.layout import H_KEY, W_TOTALS
from fairwire.kernel.reading import Reading, value_text
from fairwire.kernel.windows import until_us
from fairwire.model.aggregates import BAG, DECAYED, DISTINCT, MAX, MIN, PANES, PROFILE
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, DAY, ENDED, HELP, kinds_of
from fairwire.model.instants import DAY_US
from fairwire.model.program import CLOCK_GAUGE, CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH, Group, Program

_KIND, _TIME, _START = COLUMN_INDEX["kind"], COLUMN_INDEX["time"], COLUMN_INDEX["start"]
_ORDINAL, _DAY, _MONTH = COLUMN_INDEX["ordinal"], COLUMN_INDEX["local_day"], COLUMN_INDEX["local_month"]
_HOUR = COLUMN_INDEX["hour"]

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
    """The functions `update_<family>_<kind>` of a program."""
    return "".join(_update(program, arranged, family, kind) for family in families(program) for kind in kinds_of(family))


_HEAD = re.compile(r"\bhead\b")
_WITHIN = "row, amounts, values, head, heap, free, meta, pair_keys, pairs, groups, cell_table"
_LINES = 60
"""Lines of one function, about: the compiler takes more than twice as long for twice as many."""


def _update(program: Program, arranged: Arranged, family: int, kind: int) -> str:
    parts: list[str] = []
    lines = _head(f"update_{family}_{kind}({_ARGUMENTS})")
    for s, subject in enumerate(program.subjects):
        # At the end of a day there is nothing to count, but the comparison asks for what was.
        day = family == DAY and any(rule.subject == s and rule.on >> DAY & 1 for rule in program.rules)
        if family in subject.families or day:
            own = (_HEAD.sub(f"head_{s}", line) for line in _subject(program, arranged, s, (family, kind), parts))
            lines += (f"    {line}" for line in own)
    return "".join([*parts, "\n".join([*lines, ""])])


def _head(signature: str) -> list[str]:
    """The first lines of a function that moves windows."""
    return [
        "",
        "",
        "@njit",
        f"def {signature}:",
        f"    time = row[{_TIME}]",
        # Numba compiles a function anew for each number that it is called with, unless the number looks like a variable.
        f"    zero = row[{_KIND}] & 0",
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


def _any(streams: Iterable[int]) -> str:
    return f"(({' | '.join(f'amounts[{stream}]' for stream in sorted(streams))}) != 0)" if streams else "False"


def _subject(program: Program, arranged: Arranged, s: int, event: tuple[int, int], parts: list[str]) -> Iterator[str]:
    """What an event of a family and kind does to one subject."""
    subject, (family, kind) = program.subjects[s], event
    gaps = [index for index, gap in enumerate(program.gaps) if gap.subject == s and program.given[gap.source] >> kind & 1]
    rules = [r for r, rule in enumerate(program.rules) if rule.subject == s]
    asked = _gates(program, rules, kind)
    filled = {stream for index in gaps for stream in range(program.gaps[index].first, program.gaps[index].first + 4)}
    mine = [g for g, group in enumerate(program.groups) if group.subject == s]
    given = {stream for g in mine for stream, _ in arranged.windows[g].cells} | {program.gaps[index].source for index in gaps}
    given = _can(program, given - filled, kind)
    yield f"# {subject.name}"
    yield f"heads[{s}] = 0"
    if not given and asked is not None and not asked:
        return
    yield f"active_{s} = {_any(given)}"
    if asked is None or (subject.judged_idle and asked):
        yield "if zero == 0:"
    else:
        # Nothing is made of an event that no rule of the subject judges.
        yield f"if active_{s} | {_any(asked)}:"
    made = "zero == 0" if subject.judged_idle else f"active_{s}"
    a, b = [*subject.key_columns, -1][:2]
    key = f"zero + {arranged.subjects[s]}, zero + {a}, zero + {b}, zero + {s}"
    yield f"    head = head_of(row, {key}, zero + {arranged.words[s]}, {made}, heap, meta, table_keys, table)"
    yield f"    heads[{s}] = head"
    yield "    if head != 0:"
    for r in rules:
        seen = arranged.evidence[r]
        shown = _can(program, seen.streams, kind) if program.rules[r].evidence_kinds >> kind & 1 else set()
        if shown:
            slot = f"head + {seen.at}, zero + {seen.places}, row[{_ORDINAL}]"
            yield f"        if {_any(shown)}:"
            yield f"            if not noted(heap, {slot}):"
            yield f"                note(heap, free, meta, {slot})"
    for index in gaps:
        gap = program.gaps[index]
        slot = f"heap, head + {arranged.gaps[index]}, amounts[{gap.source}]"
        yield f"        gap_since({slot}, time, zero + {gap.within_us}, amounts, zero + {gap.first})"
    blocks = (_group(program, arranged, g, kind) for g in mine)
    yield from (f"        {line}" for line in _parts(f"part_{family}_{kind}_{s}", blocks, parts))
    yield "        pass"


def _can(program: Program, streams: Iterable[int], kind: int) -> set[int]:
    """Those of some streams that an event of a kind may give an amount."""
    return {stream for stream in streams if program.given[stream] >> kind & 1}


def _gates(program: Program, rules: Iterable[int], kind: int) -> set[int] | None:
    """Streams of which one is 1 where some of these rules judges an event of a kind; None where one of them judges all."""
    gates = {program.rules[r].gate for r in rules if program.rules[r].on >> kind & 1}
    return None if -1 in gates else gates


def _group(program: Program, arranged: Arranged, g: int, kind: int) -> list[str]:
    """What one event of a kind does to one window, and what is read of it."""
    group, window = program.groups[g], arranged.windows[g]
    given = _can(program, {stream for stream, _ in window.cells}, kind)
    features = [(index, feature) for index, feature in enumerate(program.features) if feature.group == g]
    features = [(index, feature) for index, feature in features if feature.on >> kind & 1]
    if not given and not features:
        return []
    lines = [f"at = head + {window.at}", *_STRUCTURES[group.structure](group, window, g, given)]
    lines += [f"values[{index}] = {value_text(Reading(feature=each, group=group, window=window))}" for index, each in features]
    lines = [_VARIABLE.sub(rf"\1_{g}", line) for line in lines]
    mine = {index for index, _ in features}
    asked = _gates(program, [r for r, rule in enumerate(program.rules) if mine & set(rule.features.values())], kind)
    if asked is None or kind == DAY:
        return lines
    # A window that no event adds to, and of which nothing is asked, catches up when one does.
    return [f"if {_any(given | asked)}:", *(f"    {line}" for line in lines)]


_VARIABLE = re.compile(r"\b(at|now|epoch|hour|weight|strength)\b(?!\()")
"""What is set for each window anew. Each has a name of its own: the compiler's time grows with the square of names set twice."""


def _now(group: Group) -> Iterator[str]:
    """The pane of the event."""
    if group.clock in (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH):
        yield f"now = row[{_DAY if group.clock == CLOCK_LOCAL_DAY else _MONTH}]"
        return
    yield f"now = pane_at(heap[at], time, zero + {group.pane_us})"


def _panes(group: Group, window: Window, g: int, given: set[int]) -> Iterator[str]:
    cells = len(window.cells)
    yield from _now(group)
    yield "if now > heap[at]:"
    yield f"    turn(heap, free, meta, at, zero + {cells}, zero + {window.sums}, zero + {group.panes}, now)"
    if not given:
        return
    some = _any(given)
    if group.clock == CLOCK_GAUGE:
        yield f"if {some}:"
        pane = f"min(row[{_START}] // {group.pane_us}, heap[at])"
        yield "    " + _ELSEWHERE.format(g=g, pane=pane, gauge="zero == 0")
        return
    yield "if now < heap[at]:"
    yield f"    if {some}:"
    yield "        " + _ELSEWHERE.format(g=g, pane="now", gauge="zero != 0")
    yield "else:"
    for j, stream, count in _runs(window, given):
        total, current = W_TOTALS + j, W_TOTALS + window.sums + j
        if count > _FEW:
            yield f"    add(heap, at + {total}, at + {current}, amounts, zero + {stream}, zero + {count})"
            continue
        for k in range(count):
            yield f"    heap[at + {total + k}] += amounts[{stream + k}]"
            yield f"    heap[at + {current + k}] += amounts[{stream + k}]"
    for j, (stream, op) in enumerate(window.cells):
        amount, cell = f"amounts[{stream}]", f"heap[at + {W_TOTALS + window.sums + j}]"
        if op not in (DISTINCT, MAX, MIN) or stream not in given:
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


def _runs(window: Window, given: set[int]) -> Iterator[tuple[int, int, int]]:
    """(place, stream, count) of cells that add and whose streams follow one another, from one that is given to another."""
    first = last = -1
    for j, (stream, _) in enumerate(window.cells[: window.adds]):
        if stream not in given:
            continue
        if first >= 0 and (stream - window.cells[first][0] != j - first or j - last > _NEAR):
            yield first, window.cells[first][0], last - first + 1
            first = -1
        first, last = j if first < 0 else first, j
    if first >= 0:
        yield first, window.cells[first][0], last - first + 1


_FEW = 2
"""Cells of which the adding is written out: to call a function takes longer."""
_NEAR = 4
"""Cells that an event adds nothing to are added with those round them where they are fewer: one loop is sooner done."""


def _bag(group: Group, window: Window, g: int, given: set[int]) -> Iterator[str]:
    owner, amount = owner_text(window.owners[0]), f"amounts[{window.cells[0][0]}]"
    yield from _now(group)
    yield "if now > heap[at]:"
    yield f"    turn_bag(heap, free, meta, at, now, now - {group.panes - 1}, {owner}, pair_keys, pairs)"
    if not given:
        return
    yield f"if {amount} != 0:"
    # A day longer than it may matter: an event that comes late must find what it belongs to.
    until = f"time + {until_us(group.pane_us, group.panes) + DAY_US}"
    as_number = "zero == 0" if group.option else "zero != 0"
    oldest = f"heap[at] - {group.panes - 1}"
    yield f"    put_bag(heap, free, meta, at, now, {oldest}, {until}, {owner}, {amount}, {as_number}, pair_keys, pairs)"


def _decayed(group: Group, window: Window, g: int, given: set[int]) -> Iterator[str]:
    half = group.pane_us
    yield f"epoch = time // {half}"
    yield "if epoch > heap[at]:"
    yield f"    fade(heap, at, zero + {len(window.cells)}, epoch)"
    if given:
        yield f"if {_any(given)}:"
        yield f"    weight = weight_at(heap[at], time, zero + {half})"
    for j, (stream, _) in enumerate(window.cells):
        if stream in given:
            yield f"    heap[at + {1 + j}] += amounts[{stream}] * weight"
    yield f"strength = strength_at(heap[at], time, zero + {half})"


def _profile(group: Group, window: Window, g: int, given: set[int]) -> Iterator[str]:
    yield f"hour = 24 * row[{_DAY}] + row[{_HOUR}]"
    yield "if hour > heap[at]:"
    yield "    turn_profile(heap, free, meta, at, hour)"
    if given:
        yield f"if amounts[{window.cells[0][0]}] != 0:"
        yield f"    put_profile(heap, meta, at, hour, amounts[{window.cells[0][0]}])"


_STRUCTURES = {PANES: _panes, BAG: _bag, DECAYED: _decayed, PROFILE: _profile}
