"""Would-be decisions: what each call attempt of a replay would have been answered, had Fairwire stood in its way."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.decisions.decide import decide
from fairwire.kernel.intake import O_EVENT, O_PHASE, O_SOURCE, O_TIME
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, DESTINATIONS, ENDED, UNKNOWN
from fairwire.model.decision import Decision
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.instants import MINUTE_US, format_us
from fairwire.model.order import Order
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.engine import CHUNK, Hit, Result, kernel_rows
from fairwire.runtime.facts import Facts, orders_by_customer
from fairwire.runtime.feed import Feed

_EMERGENCY = DESTINATIONS.index("emergency") + 1
_SEEN_US = 90 * 86_400_000_000
_FIELDS = (
    "id", "customer", "to", "from", "direction", "user", "line", "credential", "diversion", "forwarded", "rate_micros",
    "currency",
)  # fmt: skip


class Recent:
    """Attempts of the last minute by target, for throttles."""

    def __init__(self) -> None:
        self._times: dict[tuple[object, ...], deque[int]] = {}

    def count(self, owner: int, record: Mapping[str, Any], new: bool | None, now_us: int) -> dict[str, int]:
        """How many there were before this one, which is remembered."""
        targets: dict[str, tuple[object, ...]] = {"customer": (owner,)}
        targets |= {name: (owner, name, record[name]) for name in ("user", "line", "credential") if record.get(name)}
        if new:
            targets["new_callees"] = (owner, "new")
        found: dict[str, int] = {}
        for name, key in targets.items():
            times = self._times.setdefault(key, deque())
            while times and times[0] <= now_us - MINUTE_US:
                times.popleft()
            found[name] = len(times)
            times.append(now_us)
        return found


def _of_today(charges: Mapping[int, tuple[int, int]], owner: int, day: int) -> int:
    """What was charged to a customer on a day, of (latest day with charges, charges) by customer."""
    latest, charged = charges.get(owner, (day, 0))
    return charged if latest == day else 0


def write_decisions(
    path: Path,
    facts: Facts,
    customers: CustomerTable,
    feed: Feed,
    result: Result,
    found: Sequence[tuple[Finding, Hit]],
    orders: Sequence[Order],
) -> dict[str, int]:
    """Decide every attempt in order of time and write one decision a line, with its customer and time; returns how many of each
    verdict.

    Orders of the ladder that need nobody's approval count as carried out from the moment of their finding on, so a call
    that history let through may be refused here: nothing else in the history is changed by that.
    """
    finding_of = {id(hit): finding for finding, hit in found}
    findings = [finding_of.get(id(hit)) for hit in result.hits]
    counts: Counter[str] = Counter()
    try:
        out = path.open("wb")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(path), help_="name another one") from None
    with out:
        for entry, decision in decisions(facts, customers, feed, result.inline, findings, orders):
            counts[decision.decision] += 1
            asked = customers.customers[int(feed.raw[entry[O_SOURCE], COLUMN_INDEX["customer_row"]])]
            whose = {"customer": asked.id, "time": format_us(entry[O_TIME])}
            out.write(msgspec.json.encode(whose)[:-1] + b"," + msgspec.json.encode(decision)[1:] + b"\n")
    return dict(counts)


def decisions(
    facts: Facts,
    customers: CustomerTable,
    feed: Feed,
    held_at: npt.NDArray[np.int64],
    findings: Sequence[Finding | None],
    orders: Sequence[Order],
) -> Iterator[tuple[list[int], Decision]]:
    """What every attempt of a feed would have been answered, in order of time, each with its row of `Feed.emitted`.

    Parameters
    ----------
    held_at
        `Result.inline`: which rules held on which attempt, and the place of each one's finding in `findings`.
    """
    held = orders_by_customer(orders)
    inline: dict[int, list[tuple[int, int]]] = {}
    for row, rule, index in held_at.tolist():
        inline.setdefault(row, []).append((rule, index))
    called: dict[tuple[int, int], int] = {}
    charges: dict[tuple[int, int], int] = {}
    today: dict[int, tuple[int, int]] = {}
    """Customer -> its latest day with charges, and what was charged on it."""
    recent = Recent()
    column = COLUMN_INDEX
    for first in range(0, len(feed.emitted), CHUNK):
        emitted = feed.emitted[first : first + CHUNK]
        rows = kernel_rows(emitted, feed.raw, customers)
        attempts = emitted[emitted[:, O_PHASE] == ATTEMPT]
        records = iter(feed.table.select(_FIELDS).take(attempts[:, O_SOURCE]).to_pylist())
        for entry, row in zip(emitted.tolist(), rows, strict=True):
            owner, month, day = (int(row[column[name]]) for name in ("customer_row", "local_month", "local_day"))
            helped = row[column["destination"]] == _EMERGENCY  # such a call counts for nothing, whatever was charged for it
            if entry[O_PHASE] == ENDED and row[column["charge"]] != UNKNOWN and not helped:
                charge = int(row[column["charge"]])
                charges[(owner, month)] = charges.get((owner, month), 0) + charge
                today[owner] = day, charge + _of_today(today, owner, day)
            if entry[O_PHASE] != ATTEMPT:
                continue
            record = next(records) | {"time_us": entry[O_TIME]}
            customer = customers.presenting(owner, entry[O_TIME])
            pack = customers.pack_of(owner, entry[O_TIME])
            key = (owner, int(row[column["remote"]]))
            new = None
            if row[column["direction"]] == 1:
                before = called.get(key)
                new = before is None or entry[O_TIME] - before > _SEEN_US
                called[key] = entry[O_TIME]
            call = facts.call(
                record,
                customer,
                callee_new=new,
                month_charge_micros=charges.get((owner, month), 0),
                day_charge_micros=_of_today(today, owner, day),
                event=record["id"],
                recent_calls=recent.count(owner, record | {"line": facts.line(record, customer)}, new, entry[O_TIME]),
            )
            hits = []
            for rule, index in inline.get(entry[O_EVENT], ()):
                finding = findings[index] if index >= 0 else None
                if finding and facts.meant(rule, call):
                    hits.append(facts.hit(pack, rule, finding.reason, finding.finding_id, call))
            yield (
                entry,
                decide(
                    call, orders=held.get(customer.id, ()), hits=hits, pack=facts.pack(pack), now_us=entry[O_TIME], dry_run=True
                ),
            )
