"""What goes into an evidence bundle: the case, its findings, events, orders, decisions, notices, reports, audit trail, policy."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from fairwire.enforcement.masking import mask_text, masked
from fairwire.model.cases import Case
from fairwire.model.finding import Finding
from fairwire.model.holds import Disclosure
from fairwire.model.instants import DAY_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.model.records import AuditEntry
from fairwire.ports.control import ControlStore
from fairwire.runtime.case_registers import EXHIBITS, HOLDS, JUDGEMENTS, REPORTERS, REPORTS, REVIEWS
from fairwire.runtime.log_search import LoggedEvent, search
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.packs import all_pack_ids, pack_texts, read_pack
from fairwire.runtime.raised_findings import find_finding
from fairwire.runtime.registers import ORDERS

AROUND_US = DAY_US
"""How much before and after what is known the events begin and end, where nobody says."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One file: its name, what it is, and its bytes piece by piece."""

    name: str
    what: str
    pieces: Iterator[bytes]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that is gathered for one disclosure."""

    store: ControlStore
    data: Path
    case: Case
    disclosure: Disclosure
    key: bytes
    """Of the tags that stand for what is masked: of this bundle alone, and made of the site's secret, so that only the site can
    say later what one stood for."""
    missing: list[str] = field(default_factory=list)
    since_us: int = 0
    until_us: int = 0
    _findings: list[Finding] = field(default_factory=list)
    _orders: list[Order] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.case.findings:
            try:
                self._findings.append(find_finding(self.store, name))
            except NotThere as error:
                self.missing.append(error.message)
        known = {order.order_id: order for order in self._orders_of(self.case)}
        self._orders = sorted(known.values(), key=lambda order: (order.created, order.order_id))
        self.since_us, self.until_us = self._range()

    def parts(self) -> Iterator[Part]:
        """The files, in the order in which they stand."""
        records = self.store.records
        reports = [kept.noun for kept in REPORTS.find(records, subject=self.case.case_id)]
        subjects = {*self.case.findings, *(order.order_id for order in self._orders)}
        reviews = [kept.noun for name in sorted(subjects) for kept in REVIEWS.find(records, subject=name)]
        judged = [kept.noun for name in self.case.findings if (kept := JUDGEMENTS.get(records, name)) is not None]
        holds = [kept.noun for kept in HOLDS.find(records) if kept.noun.hold_id in self.case.related]
        # Notes are what people at the desk thought while they looked; they are no evidence.
        told = msgspec.structs.replace(self.case, entries=tuple(each for each in self.case.entries if each.what != "note"))
        yield self._part("case.json", "The case, without the notes of those who looked into it", [told])
        yield self._part("findings.jsonl", "What was found, with the numbers it rests on", self._findings)
        yield self._part("judgements.jsonl", "What people said of the findings", judged)
        yield self._part("shown.jsonl", "What the findings' pages showed: rule, comparisons, events", self._shown())
        yield self._part("orders.jsonl", "What was ordered, by whom, why, until when", self._orders)
        yield self._part("reviews.jsonl", "Who asked for a review, and what was decided", reviews)
        yield self._part("holds.jsonl", "What was kept from deletion", holds)
        yield self._part("notices.jsonl", "What the customer was told", self._notices())
        yield self._part("reports.jsonl", "What was reported", reports)
        if self.disclosure.reporter:
            named = [each.noun for report in reports if (each := REPORTERS.get(records, report.report_id)) is not None]
            yield self._part("reporters.jsonl", "Who reported", named)
        yield Part(name="events.jsonl", what="Events of the time, as they were accepted", pieces=self._events())
        yield Part(
            name="audit.jsonl", what="The audit trail of all of it, with hashes in place of what was", pieces=self._audit()
        )
        if self.disclosure.level == "content":
            for ref in {ref.sha256: ref for report in reports for ref in report.exhibits}.values():
                handed = EXHIBITS.get(records, ref.sha256)
                if handed is not None and handed.noun.payload:
                    payload = b64decode(handed.noun.payload)
                    yield Part(
                        name=f"exhibits/{ref.sha256}", what=f"Handed in: {ref.content_type} {ref.name}", pieces=iter([payload])
                    )
        yield from self._policies()

    def _part(self, name: str, what: str, nouns: Sequence[Any]) -> Part:
        return Part(name=name, what=what, pieces=(self._line(noun) for noun in nouns))

    def _line(self, noun: Any) -> bytes:
        return msgspec.json.encode(masked(msgspec.to_builtins(noun), self.disclosure.level, self.tag)) + b"\n"

    def tag(self, text: str) -> str:
        """64 characters that stand for a text in this bundle."""
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    def _orders_of(self, case: Case) -> Iterator[Order]:
        for name in case.orders:
            kept = ORDERS.get(self.store.records, name)
            if kept is not None:
                yield kept.noun
        for name in case.findings:
            yield from (kept.noun for kept in ORDERS.find(self.store.records, subject=name))

    def _range(self) -> tuple[int, int]:
        """From when until when events are looked for."""
        asked = self.disclosure
        known = [parse_us(at) for finding in self._findings for at in (finding.first_seen, finding.last_seen)]
        known += [
            parse_us(each.noun.happened)
            for each in REPORTS.find(self.store.records, subject=self.case.case_id)
            if each.noun.happened
        ]
        known = known or [parse_us(self.case.opened)]
        return (
            min(known) - AROUND_US if asked.since is None else parse_us(asked.since),
            max(known) + AROUND_US if asked.until is None else parse_us(asked.until),
        )

    def _shown(self) -> list[Any]:
        return [shown for finding in self._findings if (shown := self.store.evidence(finding.finding_id)) is not None]

    def _notices(self) -> list[Any]:
        """Letters on record that are about one of the orders or findings."""
        names = [*(order.order_id for order in self._orders), *self.case.findings, self.case.case_id]
        bodies = [record.body for record in self.store.records.find("notice", customer=self.case.customer or None)]
        return [msgspec.json.decode(body) for body in bodies if any(name in body for name in names)]

    def _events(self) -> Iterator[bytes]:
        case = self.case
        wanted = {text for text in (case.number, case.address) if text}
        needles = tuple(text.encode() for text in (case.customer, *wanted) if text)
        found = 0

        def means(event: LoggedEvent, at_us: int) -> bool:
            if not self.since_us <= at_us <= self.until_us:
                return False
            if case.customer:
                return event.data.get("customer") == case.customer
            return any(isinstance(value, str) and value in wanted for value in event.data.values())

        if needles:
            for each in search(self.data, means, needles=needles):
                found += 1
                told: dict[str, Any] = {"record": each.seq, "event": msgspec.json.decode(each.line)}
                if self.disclosure.level == "content":
                    told["sha256"] = hashlib.sha256(each.line).hexdigest()
                else:
                    told["proof"] = hmac.digest(self.key, each.line, "sha256").hex()
                if each.answer is not None:
                    told["decision"] = each.answer
                yield self._line(told)
        if not found:
            where = f"from {format_us(self.since_us)} to {format_us(self.until_us)}"
            self.missing.append(f"the log has no event of {case.customer or 'what is named'} {where}")

    def _audit(self) -> Iterator[bytes]:
        kinds = [("case", self.case.case_id)]
        kinds += [("order", order.order_id) for order in self._orders]
        kinds += [(kind, name) for name in self.case.findings for kind in ("judgement", "raised")]
        kinds += [("report", name) for name in self.case.reports]
        kinds += [(_KIND_OF[name.partition("-")[0]], name) for name in self.case.related if name.partition("-")[0] in _KIND_OF]
        entries = [entry for kind, name in dict.fromkeys(kinds) for entry in self.store.records.trail(kind=kind, id_=name)]
        for entry in sorted(entries, key=lambda each: each.seq):
            told = masked_audit(entry, self.tag) if self.disclosure.level == "masked" else audit_line(entry)
            yield msgspec.json.encode(told) + b"\n"

    def _policies(self) -> Iterator[Part]:
        """The text of each policy that something in the case names, as it was then."""
        named = {self.case.policy} if self.case.policy else set()
        named |= {f"{finding.policy.id}@{finding.policy.version}" for finding in self._findings}
        named |= {order.policy for order in self._orders}
        for name in sorted(named):
            texts = self._texts(name)
            if texts is None:
                self.missing.append(f"the text of policy {name} is not on record")
                continue
            for file in sorted(texts):
                yield Part(name=f"policy/{name}/{file}", what=f"Policy {name}", pieces=iter([texts[file].encode()]))

    def _texts(self, name: str) -> dict[str, str] | None:
        pack, _, version = name.partition("@")
        for each in self.store.policies.file(pack).versions:
            if version in (each.decides, each.version):
                return self.store.policies.texts(each.content)
        if pack in all_pack_ids() and read_pack(pack).version == version:
            return pack_texts(pack).texts
        return None


_KIND_OF = {"h": "hold", "rv": "review", "td": "takedown", "in": "instruction"}
"""What ids begin with -> kind of record."""


def audit_line(entry: AuditEntry) -> dict[str, Any]:
    """An entry of the audit trail with hashes in place of what was before and after: whoever has it can work its own hash out
    again."""
    return {
        "seq": entry.seq,
        "at_us": entry.at_us,
        "by": entry.by,
        "action": entry.action,
        "kind": entry.kind,
        "id": entry.id,
        "customer": entry.customer,
        "why": entry.why,
        "before_sha256": "" if entry.before is None else hashlib.sha256(entry.before.encode()).hexdigest(),
        "after_sha256": hashlib.sha256(entry.after.encode()).hexdigest(),
        "subject": entry.subject,
        "state": entry.state,
        "due_us": entry.due_us,
        "version": entry.version,
        "prev": entry.prev,
        "hash": entry.hash,
    }


def masked_audit(entry: AuditEntry, tag: Callable[[str], str]) -> dict[str, Any]:
    """The same without hashes: whoever knew all but a number could try numbers until one of them fits."""
    return {
        "seq": entry.seq,
        "at_us": entry.at_us,
        "by": entry.by,
        "action": entry.action,
        "kind": entry.kind,
        "id": entry.id,
        "customer": entry.customer,
        "why": mask_text(entry.why, tag),
        "proof": tag(entry.hash),
    }
