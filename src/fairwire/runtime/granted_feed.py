"""A feed's customers with grants for some of their events, judged one event at a time where a grant is in force.

The partitions of a feed run through thousands of events before anybody looks. These customers are few, and run once more by
themselves; what the partitions found about them is put aside.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwire.enforcement.grant_cover import Seen
from fairwire.kernel.intake import O_EVENT, O_SOURCE
from fairwire.kernel.kernel import Kernel, Opened
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX
from fairwire.model.finding import Finding
from fairwire.model.grants import Covered
from fairwire.runtime.covering import CALLS, Covering
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import CHUNK, Hit, kernel_rows
from fairwire.runtime.feed import Feed
from fairwire.runtime.findings import make_finding
from fairwire.runtime.grant_seen import flat_row, seen_of
from fairwire.runtime.machine import load_run
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.plans import Plan

Words = npt.NDArray[np.int64]
_BLOCK, _BLOCKS = 1024, 16
_COLUMNS = ("type", "time_us", "direction", "from", "to", "line", "src_ip", "campaign", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What was found of these customers."""

    members: frozenset[int]
    hits: list[Hit]
    inline: list[tuple[int, int, int]]
    """Row of the feed's table, rule, index into `hits`."""
    covering: Covering

    def covered(self) -> list[Covered]:
        """What was seen and is covered, in order of time."""
        found = [line.covered() for line in self.covering.lines()]
        return sorted(found, key=lambda each: (each.finding.time, each.finding.finding_id))


class _Events:
    """The events of some customers, some hundreds at a time."""

    def __init__(self, feed: Feed, customers: CustomerTable, ordinals: Words) -> None:
        self._feed = feed
        self._customers = customers
        self._ordinals = np.unique(ordinals)
        self._e164 = site_destinations().e164
        self._blocks: OrderedDict[int, list[Seen]] = OrderedDict()

    def look(self, ordinal: int, member: int) -> Seen | None:
        """One of them."""
        place = int(np.searchsorted(self._ordinals, ordinal))
        if place >= len(self._ordinals) or self._ordinals[place] != ordinal:
            return None
        block = place // _BLOCK
        if block not in self._blocks:
            chosen = self._ordinals[block * _BLOCK : (block + 1) * _BLOCK]
            rows = self._feed.table.select(_COLUMNS).take(chosen).to_pylist()
            owners = self._feed.raw[chosen, COLUMN_INDEX["customer_row"]].tolist()
            everybody = self._customers.customers
            self._blocks[block] = [
                seen_of(flat_row(row), everybody[owner], self._e164) for row, owner in zip(rows, owners, strict=True)
            ]
            if len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)
        return self._blocks[block][place % _BLOCK]


def covering_of(plan: Plan, customers: CustomerTable, feed: Feed, kernel: Kernel, picked: Words) -> Covering:
    """What asks the grants for kernel events of a feed, the rows `picked` of `feed.emitted`."""

    def make(opened: Opened, row: Words) -> Finding:
        return make_finding(plan, customers, feed.table, _hit(kernel, opened, row))

    events = _Events(feed, customers, feed.emitted[picked, O_EVENT])
    return Covering(plan, customers, load_run(plan.program), events.look, make)


def rejudge(plan: Plan, customers: CustomerTable, feed: Feed) -> Rejudged | None:
    """Judge those who have such a grant; None where nobody has."""
    narrow = {} if customers.grants is None else customers.grants.narrow
    members = [customers.rows[name] for name in narrow if name in customers.rows]
    if not members:
        return None
    kernel = Kernel(plan.program, load_run(plan.program))
    owners = feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer_row"]]
    picked = np.flatnonzero(np.isin(owners, members))
    covering = covering_of(plan, customers, feed, kernel, picked)
    found: list[tuple[str, Opened, Words]] = []
    held: list[tuple[int, int, tuple[str, int]]] = []
    for first in range(0, len(picked), CHUNK):
        rows = kernel_rows(feed.emitted[picked[first : first + CHUNK]], feed.raw, customers)
        for part in covering.apply(kernel, rows, np.arange(len(rows))):
            found += [(part.kernel, opened, rows[opened.position].copy()) for opened in part.outcome.opened]
            for position, rule, episode in part.outcome.hits.tolist():
                if rows[position, COLUMN_INDEX["kind"]] == ATTEMPT:
                    held.append((int(rows[position, COLUMN_INDEX["ordinal"]]), rule, (part.kernel, episode)))
    kernels = {CALLS: kernel, **covering.apart}
    hits = [_hit(kernels[name], opened, row) for name, opened, row in found]
    place = {(name, opened.episode): index for index, (name, opened, _) in enumerate(found)}
    inline = [(row, rule, place.get(key, -1)) for row, rule, key in held]
    return Rejudged(members=covering.rows, hits=hits, inline=inline, covering=covering)


def _hit(kernel: Kernel, opened: Opened, row: Words) -> Hit:
    first, last, count = kernel.episode(opened.episode)
    return Hit(
        rule=opened.rule,
        customer_row=int(row[COLUMN_INDEX["customer_row"]]),
        time_us=first,
        last_us=max(first, last),
        count=count,
        event_row=int(row[COLUMN_INDEX["ordinal"]]),
        row=row,
        values=opened.values,
        evidence=list(dict.fromkeys(opened.evidence.tolist())),
    )
