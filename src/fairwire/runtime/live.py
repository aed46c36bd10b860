"""The live service: decides calls and takes events in, durable before they are acknowledged.

Accepted events go to `events.jsonl` in the data folder and are on disk before `accept` returns. A decision is answered
first; its attempt reaches the disk with the next batch, or when `PENDING` of them have gathered: a crash loses at the most
that many attempts, never an acknowledged event. At the start the log runs through the kernel again.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from fairwire.decisions.decide import decide
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.decision import Decision
from fairwire.model.errors import BadInput, BadUse, InvalidRecord
from fairwire.model.instants import HOUR_US, format_us
from fairwire.ports.control import ControlStore, Run, SeriesPoint
from fairwire.ports.events import Rejected
from fairwire.ports.service import Accepted
from fairwire.runtime.attempts import Attempt, encode_attempt, read_attempt
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.destinations import Destinations
from fairwire.runtime.engine import day_rows
from fairwire.runtime.facts import Facts
from fairwire.runtime.findings import live_evidence
from fairwire.runtime.plans import Plan, load_plan
from fairwire.runtime.replay import now_us, order_steps
from fairwire.runtime.stream import REMEMBERED, Stream, Taken
from fairwire.sources.jsonl.decoding import Batch, decode_lines

ANSWERS = 100_000
"""Decisions remembered, so that a retransmission gets the same answer and counts once."""
PENDING = 64
"""Most attempts that were decided and are not yet on disk."""
LOG = "events.jsonl"
_BATCH = 4096
assert _BATCH <= REMEMBERED


class Live:
    """A `LiveSession`. Used from one thread."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        customers: CustomerTable,
        store: ControlStore,
        clock: Callable[[], int],
        customers_file: Path | None = None,
    ) -> None:
        self._plan = plan
        self._customers = customers
        self._store = store
        self._clock = clock
        self._facts = Facts(plan, Destinations())
        self._stream = Stream(plan, customers, self._facts.destinations)
        self._facts.destinations.warm({customer.country for customer in customers.customers} | {""})
        self._answers: OrderedDict[str, Decision] = OrderedDict()
        self._counts = {"events": 0, "duplicates": 0, "rejected": 0, "decisions": 0}
        rules = plan.program.rules
        self._charged = next((rule.features["charged"] for rule in rules if rule.detector == "limits.monthly_charges"), None)
        self._run = Run(
            run_id="live",
            command="fairwire serve",
            started=format_us(clock()),
            policies=tuple(f"{pack}@{plan.versions[pack]}" for pack in sorted(plan.packs)),
            summary={},
        )
        self._again_command = shlex.join(["fairwire", "replay", str(folder / LOG), "--customers", str(customers_file or "FILE")])
        self._hours: dict[int, int] = {}
        self._refused: dict[int, int] = {}
        self._busy: set[int] = set()
        self._stream.warm()
        path = folder / LOG
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._recover(path)
            self._log = path.open("ab")
        except OSError as error:
            raise BadInput(f"the event log cannot be used: {error.strerror}", at=str(path), help_="check its rights") from None
        self._pending = 0

    def _recover(self, path: Path) -> None:
        """Run the log through the kernel. A last line that a crash cut short is taken off: it was never acknowledged."""
        if not path.exists():
            return
        with path.open("rb+") as log:
            good = 0
            lines: list[bytes] = []
            for line in log:
                if not line.endswith(b"\n"):
                    log.truncate(good)
                    break
                good += len(line)
                lines.append(line.rstrip(b"\n"))
                if len(lines) == _BATCH:
                    self._again(lines)
                    lines = []
            self._again(lines)

    def _again(self, lines: list[bytes]) -> None:
        batch = decode_lines(lines, range(1, len(lines) + 1), file=LOG, now_us=None)
        table = self._of_known(batch, [])
        taken = self._stream.take(table, [lines[number - 1] for number in table["line_number"].to_pylist()])
        self._counts["events"] += len(taken.fresh) + sum(batch.other.values())
        self._save(taken)

    # -- taking events in

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        """Take events in; what is counted as accepted is on disk."""
        total = Accepted(accepted=0, duplicates=0, rejected=[])
        for first in range(0, len(lines), _BATCH):
            part = self._accept(lines[first : first + _BATCH], first + 1)
            total = Accepted(
                accepted=total.accepted + part.accepted,
                duplicates=total.duplicates + part.duplicates,
                rejected=total.rejected + part.rejected,
            )
        self._flush()
        self._counts["events"] += total.accepted
        self._counts["duplicates"] += total.duplicates
        self._counts["rejected"] += len(total.rejected)
        return total

    def _accept(self, lines: Sequence[bytes], first: int) -> Accepted:
        batch = decode_lines(lines, range(first, first + len(lines)), file="", now_us=self._clock())
        rejected = list(batch.rejected)
        table = self._of_known(batch, rejected)
        mine = [lines[number - first] for number in table["line_number"].to_pylist()]
        taken = self._stream.take(table, mine)
        kept = [mine[i] for i in taken.fresh]
        if batch.other:
            # Events that no detector reads yet are kept for those that will.
            used = {entry.line for entry in rejected} | set(batch.calls["line_number"].to_pylist())
            kept += [line for number, line in enumerate(lines, first) if number not in used and line.strip()]
        self._log.writelines(line.replace(b"\n", b" ") + b"\n" for line in kept)
        self._save(taken)
        others = sum(batch.other.values())
        return Accepted(accepted=len(taken.fresh) + others, duplicates=taken.duplicates, rejected=rejected + taken.contradicting)

    def _of_known(self, batch: Batch, rejected: list[Rejected]) -> pa.Table:
        """The calls of known customers; the others are added to `rejected`."""
        names = batch.calls["customer"].to_pylist()
        mask = [name in self._customers.rows for name in names]
        if all(mask):
            return batch.calls
        for row, known in enumerate(mask):
            if not known:
                reason = f"customer `{names[row]}` is not known; add its record to the customers file"
                line = int(batch.calls["line_number"][row].as_py())
                rejected.append(Rejected(file="", line=line, field="customer", reason=reason, record=""))
        return batch.calls.filter(pa.array(mask, pa.bool_()))

    def _save(self, taken: Taken) -> None:
        """Write findings that opened or grew, with the orders that they lead to."""
        for hour, count in taken.calls_by_hour.items():
            self._hours[hour] = self._hours.get(hour, 0) + count
        self._busy |= set(taken.calls_by_hour)
        if not taken.touched:
            return
        known = [self._stream.known[key] for key in sorted(taken.touched)]
        findings = [entry.finding for entry in known]
        evidence = [
            live_evidence(self._plan, self._customers, entry.table, entry.finding, entry.hit, self._again_command)
            for entry in known
        ]
        history = self._store.orders() if findings else ()
        is_emergency = self._facts.destinations.is_emergency
        orders = order_steps(
            self._plan, findings, len(self._customers.customers), lambda number: is_emergency(number, ""), history
        )
        run = msgspec.structs.replace(self._run, summary=dict(self._counts))
        self._store.save_run(run, findings, evidence, orders, ())

    def _flush(self) -> None:
        self._log.flush()
        os.fsync(self._log.fileno())
        self._pending = 0
        if self._busy:
            hours = sorted(self._busy)
            series = [SeriesPoint(name="calls", hour_us=hour, value=self._hours[hour]) for hour in hours]
            refused = [hour for hour in hours if hour in self._refused]
            series += [SeriesPoint(name="refused", hour_us=hour, value=self._refused[hour]) for hour in refused]
            run = msgspec.structs.replace(self._run, summary=dict(self._counts))
            self._store.save_run(run, (), (), (), series)
            self._busy.clear()

    # -- deciding

    def decide(self, event: bytes) -> Decision:
        """Answer one call attempt."""
        began = time.perf_counter_ns()
        decision = self._decide(event)
        self._counts["decisions"] += 1
        return msgspec.structs.replace(decision, elapsed_us=(time.perf_counter_ns() - began) // 1000)

    def _decide(self, event: bytes) -> Decision:
        try:
            given = msgspec.json.decode(event)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidRecord(f"not JSON: {str(error)[:1].lower()}{str(error)[1:]}") from None
        if not isinstance(given, dict):
            raise InvalidRecord("not a JSON object", help_="send a CloudEvent or the data of a call.attempt")
        bare_data = not isinstance(given.get("data"), dict)
        data = given if bare_data else given["data"]
        name = data.get("customer")
        row = self._customers.rows.get(name) if isinstance(name, str) else None
        customer = None if row is None else self._customers.customers[row]
        event_id = given["id"] if not bare_data and isinstance(given.get("id"), str) else None
        now = self._clock()
        # Before anything else is looked at: a call for help needs nothing but the number called.
        called, country = data.get("to"), customer.country if customer else ""
        if isinstance(called, str) and self._facts.destinations.is_emergency(called, country):
            call = self._facts.call(
                {"to": called, "customer": name}, customer, callee_new=None, month_charge_micros=None, event=event_id
            )
            return decide(call, orders=(), hits=(), pack=self._pack(row), now_us=now)
        line = envelope(data, now) if bare_data else event
        attempt = read_attempt(line, now)
        if attempt is None:
            raise unsound(line, now)
        key = f"{attempt.record['customer']}\0{attempt.record['call_id']}"
        if key not in self._answers:
            self._answers[key] = self._answer(attempt, row, line, event_id)
            if len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[key]

    def _pack(self, row: int | None) -> Any:
        """The policy of a customer; for a caller that nobody knows, the one that names such use if there is one."""
        if row is not None:
            return self._facts.pack(self._customers.pack_of(row))
        packs = sorted(self._plan.packs)
        named = [
            pack.id
            for pack in (self._plan.packs[name] for name in packs)
            if any("inline" in pack.clauses[clause].controls for clause in pack.clauses_of("unprovisioned_use"))
        ]
        return self._facts.pack(self._plan.everyone or (named or packs)[0])

    def _answer(self, attempt: Attempt, row: int | None, line: bytes, event_id: str | None) -> Decision:
        record = attempt.record
        at = int(record["time_us"])
        if row is None:
            call = self._facts.call(record, None, callee_new=None, month_charge_micros=None, event=event_id)
            return decide(call, orders=(), hits=(), pack=self._pack(None), now_us=at)
        raw, intake = encode_attempt(attempt, row, self._customers, self._facts.destinations)
        taken, _ = self._stream.take_rows(raw, intake, [line])
        call = self._facts.call(
            record,
            self._customers.customers[row],
            callee_new=taken.new_callee.get(0),
            month_charge_micros=self._month_charge(row, at),
            event=event_id,
        )
        hits = []
        for _, rule, key in taken.held:
            if self._facts.meant(rule, call):
                finding = self._stream.known[key].finding
                hits.append(self._facts.hit(self._customers.pack_of(row), rule, finding.reason, finding.finding_id))
        decision = decide(call, orders=(), hits=hits, pack=self._pack(row), now_us=at)
        if taken.fresh:
            lines = [line]
            if decision.decision in ("deny", "limit"):
                hour = at // HOUR_US * HOUR_US
                self._refused[hour] = self._refused.get(hour, 0) + 1
                # A refused call is over at once: it must not count as a call in progress.
                lines.append(refused_end(record))
                ended = decode_lines(lines[1:], [1], file="", now_us=None)
                taken.touched |= self._stream.take(ended.calls, lines[1:]).touched
            self._log.writelines(entry.replace(b"\n", b" ") + b"\n" for entry in lines)
            self._pending += 1
            if self._pending >= PENDING:
                self._flush()
        self._save(taken)
        return decision

    def _month_charge(self, row: int, at: int) -> int | None:
        if self._charged is None:
            return None
        members = np.array([row], dtype=np.int64)
        month = int(day_rows(members, self._customers, at)[0, COLUMN_INDEX["local_month"]])
        return int(self._stream.kernel.month_totals(self._charged, self._customers.keys[members], month)[0])

    def stats(self) -> dict[str, Any]:
        """Counters and gauges for `/metrics`."""
        return {
            **self._counts,
            "findings": len(self._stream.known),
            "late": self._stream.kernel.late,
            "customers": len(self._customers.customers),
            "state_bytes": self._stream.kernel.state.bytes_used(),
        }

    def close(self) -> None:
        """Write what is pending and release the log."""
        if not self._log.closed:
            self._flush()
            self._log.close()


def unsound(line: bytes, now: int) -> InvalidRecord:
    """Why a line is no `call.attempt` that can be decided."""
    batch = decode_lines([line], [1], file="", now_us=now)
    if batch.rejected:
        return InvalidRecord(batch.rejected[0].reason, field=batch.rejected[0].field)
    return InvalidRecord("only a `call.attempt` can be decided", field="type", help_="send other events to /v1/events")


def envelope(data: dict[str, Any], at_us: int) -> bytes:
    """A CloudEvent round bare `call.attempt` data. The id follows from the call, so that asking twice is one event."""
    named = f"{data.get('customer')}\0{data.get('call_id')}"
    event = {
        "specversion": "1.0",
        "id": hashlib.sha256(named.encode()).hexdigest()[:32],
        "source": "decision",
        "type": "call.attempt",
        "time": format_us(at_us),
        "data": data,
    }
    return msgspec.json.encode(event)


def refused_end(record: dict[str, Any]) -> bytes:
    """The `call.ended` of a call that was refused: over when it was asked for."""
    at = format_us(int(record["time_us"]))
    plain = ("customer", "call_id", "direction", "from", "to", "user", "line", "credential", "diversion", "src_ip", "trunk")
    data = {name: record[name] for name in plain if record.get(name) is not None}
    data |= {"start": at, "end": at, "duration_s": 0, "disposition": "blocked"}
    event = {"specversion": "1.0", "id": f"{record['id']}-refused", "source": "decision", "type": "call.ended", "time": at}
    return msgspec.json.encode({**event, "data": data})


def open_live(data_dir: Path, customers: Path | None, policies: Sequence[str], store: ControlStore) -> Live:
    """Load what is in force and run the log again.

    Raises
    ------
    FairwireError
        A policy, the customers file or the log cannot be used.
    """
    from fairwire.runtime.machine import prepare

    prepare()
    plan = load_plan(policies)
    table = CustomerTable(
        program=plan.program, packs={pack: i for i, pack in enumerate(plan.program.packs)}, everyone=plan.everyone
    )
    records = load_customers(customers) if customers else []
    if not records and customers:
        raise BadUse("the customers file has no record", at=str(customers), help_="add one line for each customer")
    table.extend(records)
    return Live(data_dir, plan, table, store, now_us, customers)
