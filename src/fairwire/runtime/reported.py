"""Attempts that were reported before anybody asked about them: what a rule said of each, for the decision that comes after.

A proxy may report a call (by HTTP, or by HEP from another machine) before its question about the same call is here. The call is
counted then, and counts once; the decision needs what the rules held when it was. Only the latest attempts are remembered: a
question comes within seconds, or never.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fairwire.runtime.stream import Taken

REMEMBERED = 20_000
"""Attempts that are remembered."""


class Reported:
    """The latest attempts that came as events."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Taken] = {}

    def remember(self, table: pa.Table, taken: Taken) -> None:
        """Note the new attempts of a batch, and what held on each. `table`: the batch, in the order of its places."""
        kinds = table["type"].to_pylist()
        fresh = [place for place in taken.fresh if kinds[place] == "call.attempt"]
        if not fresh:
            return
        customers, calls = table["customer"].to_pylist(), table["call_id"].to_pylist()
        mine: dict[int, Taken] = {}
        for place in fresh:
            told = taken.new_callee.get(place)
            mine[place] = Taken(new_callee={} if told is None else {0: told})
            self._known[customers[place], calls[place]] = mine[place]
        for place, rule, key in taken.held:
            if place in mine:
                mine[place].held.append((0, rule, key))
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def take(self, record: dict[str, Any]) -> Taken | None:
        """What is known of an attempt that is asked about now, as if it were a batch of one; None when it was not reported."""
        return self._known.pop((record["customer"], record["call_id"]), None)
