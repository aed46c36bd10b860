"""Would-be decisions: what each call attempt of a replay would have been answered, had Fairwire stood in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fairwire.decisions.decide import decide
from fairwire.kernel.intake import O_EVENT, O_PHASE, O_SOURCE, O_TIME
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, ENDED, UNKNOWN
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.order import Order
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.destinations import Destinations
from fairwire.runtime.engine import CHUNK, Hit, Result, kernel_rows
from fairwire.runtime.facts import Facts, orders_by_customer
from fairwire.runtime.feed import Feed
from fairwire.runtime.plans import Plan

_SEEN_US = 90 * 86_400_000_000
_FIELDS = ("id", "customer", "to", "from", "direction", "user", "line", "credential", "diversion", "forwarded", "rate_micros")


def write_decisions(
    path: Path,
    plan: Plan,
    customers: CustomerTable,
    feed: Feed,
    result: Result,
    found: Sequence[tuple[Finding, Hit]],
    orders: Sequence[Order],
) -> dict[str, int]:
    """Decide every attempt in order of time and write one decision a line; returns how many of each verdict.

    Orders of the ladder that need nobody's approval count as carried out from the moment of their finding on, so a call
    that history let through may be refused here: nothing else in the history is changed by that.
    """
    facts = Facts(plan, Destinations())
    held = orders_by_customer(orders)
    finding_of = {id(hit): finding for finding, hit in found}
    inline: dict[int, list[tuple[int, int]]] = {}
    for row, rule, index in result.inline.tolist():
        inline.setdefault(row, []).append((rule, index))
    called: dict[tuple[int, int], int] = {}
    charges: dict[tuple[int, int], int] = {}
    counts: Counter[str] = Counter()
    column = COLUMN_INDEX
    try:
        out = path.open("wb")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(path), help_="name another one") from None
    with out:
        for first in range(0, len(feed.emitted), CHUNK):
            emitted = feed.emitted[first : first + CHUNK]
            rows = kernel_rows(emitted, feed.raw, customers)
            attempts = emitted[emitted[:, O_PHASE] == ATTEMPT]
            records = iter(feed.table.select(_FIELDS).take(attempts[:, O_SOURCE]).to_pylist())
            for entry, row in zip(emitted.tolist(), rows, strict=True):
                owner, month = int(row[column["customer_row"]]), int(row[column["local_month"]])
                if entry[O_PHASE] == ENDED and row[column["charge"]] != UNKNOWN:
                    charges[(owner, month)] = charges.get((owner, month), 0) + int(row[column["charge"]])
                if entry[O_PHASE] != ATTEMPT:
                    continue
                record = next(records)
                customer = customers.customers[owner]
                pack = customers.pack_of(owner)
                key = (owner, int(row[column["remote"]]))
                new = None
                if row[column["direction"]] == 1:
                    before = called.get(key)
                    new = before is None or entry[O_TIME] - before > _SEEN_US
                    called[key] = entry[O_TIME]
                call = facts.call(
                    record, customer, callee_new=new, month_charge_micros=charges.get((owner, month), 0), event=record["id"]
                )
                hits = []
                for rule, index in inline.get(entry[O_EVENT], ()):
                    finding = finding_of.get(id(result.hits[index])) if index >= 0 else None
                    if finding and facts.meant(rule, call):
                        hits.append(facts.hit(pack, rule, finding.reason, finding.finding_id))
                decision = decide(
                    call, orders=held.get(customer.id, ()), hits=hits, pack=facts.pack(pack), now_us=entry[O_TIME], dry_run=True
                )
                counts[decision.decision] += 1
                out.write(msgspec.json.encode(decision) + b"\n")
    return dict(counts)
