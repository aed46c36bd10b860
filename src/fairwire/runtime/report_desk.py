"""Where reports arrive: each is put on record with its case in one transaction, and whoever sent it gets the case's number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from fairwire.enforcement import cases
from fairwire.enforcement.report_words import TOPICS, category_of, clauses_of, is_severe, word_of
from fairwire.model.cases import UNDER_WAY, Case
from fairwire.model.declared import ReportCategory
from fairwire.model.instants import format_us
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.model.reports import ExhibitRef, Report, Reporter
from fairwire.numbers.destinations import Destinations
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import find_case
from fairwire.runtime.case_acts import made_case, opening
from fairwire.runtime.case_registers import CASES, EXHIBITS, REPORTERS, REPORTS
from fairwire.runtime.numbering import site_destinations
from fairwire.runtime.replay import now_us
from fairwire.runtime.report_shapes import BadReport, Form, Told, read_form

notices = structlog.get_logger()

SELF = "fairwire"
OWN = "fairwire.reports"
"""Source of the events that tell detectors of reports we took in ourselves."""


class _Event(msgspec.Struct, kw_only=True):
    id: str
    source: str
    type: str
    time: str
    data: dict[str, object]


def nobody(_: str) -> None:
    """No owner is known."""


class ReportDesk:
    """Takes reports in. Used from any thread.

    Parameters
    ----------
    policy_of
        The policy in force for a customer; None for one that nobody knows.
    owner_of
        The customer of a number or an address; None where that cannot be told.
    packs
        All policies in force: their categories are known while nobody knows whom a report is about.
    """

    def __init__(
        self,
        records: RecordStore,
        *,
        policy_of: Callable[[str], Pack | None],
        owner_of: Callable[[str], str | None] = nobody,
        packs: Callable[[], Iterable[Pack]] = tuple,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._records = records
        self._policy_of = policy_of
        self._owner_of = owner_of
        self._packs = packs
        self._clock = clock
        self._destinations: Destinations | None = None

    def receive(self, told: Told, via: str, *, report_id: str = "", lenient: bool = False) -> tuple[Report, Case]:
        """Put a report on record, with its case. Received twice, it is one.

        Parameters
        ----------
        via
            Who hands it in: `key:<name>`, `person:<name>`, `event:<source>`.
        report_id
            Its own; empty: made of what it says and when it came.
        lenient
            A customer or a category that nobody knows is left aside, for nobody is there to be asked.

        Raises
        ------
        BadReport
            It names a customer that nobody knows, or a category that is in no policy.
        """
        now = self._clock()
        customer = self._customer(told, lenient)
        pack = self._policy_of(customer) if customer else None
        kind = self._category(told.category, pack, lenient)
        said = (told.category, told.customer, told.number, told.address, told.text, format_us(now))
        given = (told.given_id, told.organisation) if told.given_id else said
        made_id = report_id or f"rp-{hashlib.sha256(chr(10).join((via, told.format, *given)).encode()).hexdigest()[:12]}"
        found: list[tuple[Report, Case]] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            found.clear()
            there = REPORTS.get(inside, made_id)
            if there is not None:
                found.append((there.noun, find_case(inside, there.noun.case_id).noun))
                return ()
            case, changes = self._case(inside, told, kind, pack, customer, made_id, now)
            report = _report(told, made_id, case.case_id, customer, via, now, keeps=word_of(kind) != "malware")
            found.append((report, case))
            changes.append(REPORTS.change(None, report, at_us=now, by=via, action="receive", why=kind.title))
            changes.append(REPORTERS.change(None, _reporter(told, made_id), at_us=now, by=via, action="receive"))
            keep = {each.sha256: each for each in told.exhibits}
            for item in keep.values():
                if EXHIBITS.get(inside, item.sha256) is None:
                    kept = item if word_of(kind) != "malware" else msgspec.structs.replace(item, payload="")
                    changes.append(EXHIBITS.change(None, kept, at_us=now, by=via, action="receive"))
            return changes

        self._records.act(decide)
        return found[0]

    def _case(
        self,
        inside: RecordStore,
        told: Told,
        kind: ReportCategory,
        pack: Pack | None,
        customer: str,
        report_id: str,
        now: int,
    ) -> tuple[Case, list[RecordChange]]:
        """The case that the report belongs to: one under way about the same, else a new one."""
        for kept in CASES.find(inside, subject=kind.id, states=list(UNDER_WAY)):
            there = kept.noun
            same = (
                there.customer == customer
                if customer
                else bool(told.number) and there.number == told.number and not there.customer
            )
            if same:
                joined = cases.link(there, SELF, now, reports=[report_id])
                return joined, [CASES.change(kept, joined, at_us=now, by=SELF, action="join", why=f"report {report_id}")]
        made = made_case(
            named=(report_id,),
            title=kind.title,
            kind=kind,
            customer=customer,
            pack=pack,
            clauses=() if pack is None else clauses_of(pack, kind),
            restricted=kind.restricted or is_severe(kind),
            reports=(report_id,),
            number=told.number,
            address=told.address,
            by=SELF,
            at_us=now,
        )
        return opening(inside, made, kind, pack, SELF, now)

    def _customer(self, told: Told, lenient: bool) -> str:
        if told.customer:
            if self._policy_of(told.customer) is not None:
                return told.customer
            if not lenient:
                raise BadReport(
                    f"there is no customer `{told.customer[:80]}`", help_="leave it out: we find out whom it is about"
                )
        for what in (*self._spelt(told.number), told.address):
            owner = self._owner_of(what) if what else None
            if owner is not None and self._policy_of(owner) is not None:
                return owner
        return ""

    def _spelt(self, number: str) -> list[str]:
        """A number as it came, and with the country that it may have been written without."""
        if not number or number.startswith("+"):
            return [number]
        if self._destinations is None:
            self._destinations = site_destinations()
        found = [self._destinations.e164(number, country) for country in sorted({pack.country for pack in self._packs()})]
        return list(dict.fromkeys([number, *(f"+{digits}" for digits in found if digits)]))

    def _category(self, given: str, pack: Pack | None, lenient: bool) -> ReportCategory:
        kind = category_of(pack, given)
        if kind is not None:
            return kind
        for other in self._packs():
            if given in other.report_categories:
                # Another policy's word for it: what it is about is found in this one.
                named = other.report_categories[given]
                found = category_of(pack, word_of(named)) if pack is not None else named
                assert found is not None
                return found
        if lenient:
            return self._category("other", pack, False)
        known = [*(pack.report_categories if pack else ()), *TOPICS]
        raise BadReport(f"there is no category `{given[:40]}`", help_=f"one of {', '.join(dict.fromkeys(known))}")

    def take_events(self, lines: Iterable[bytes]) -> None:
        """Take `report.received` events in. What other systems reported opens a case as well; seen twice, it is one."""
        for line in lines:
            try:
                event = msgspec.json.decode(line, type=_Event)
                if event.type != "report.received" or REPORTS.get(self._records, _id_of(event)) is not None:
                    continue
                self.receive(_from_event(event), f"event:{event.source[:80]}", report_id=_id_of(event), lenient=True)
            except (msgspec.DecodeError, msgspec.ValidationError, BadReport) as error:
                # The event is in the log all the same; nobody waits for an answer.
                notices.warning("a report that came as an event opened no case", reason=str(error)[:300])

    def acknowledgement(self, case: Case) -> str:
        """What whoever reported is told."""
        pack = self._policy_of(case.customer) if case.customer else None
        contact = f" To add to it, write to {pack.contact} and quote the number." if pack is not None and pack.contact else ""
        return f"Thank you. Your report is on record under the number {case.case_id}; a person looks at it.{contact}"


def report_event(report: Report, kind: str) -> bytes:
    """The `report.received` event of a report: what detectors may know of it, and nothing of who reported or what they wrote."""
    data: dict[str, object] = {
        "report_id": report.report_id,
        "category": kind,
        "format": report.format if report.format in ("form", "api", "arf", "xarf") else "form",
    }
    data |= {name: value for name in ("customer", "number", "address") if (value := getattr(report, name))}
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": report.report_id,
            "source": OWN,
            "type": "report.received",
            "time": report.received,
            "data": data,
        }
    )


def _id_of(event: _Event) -> str:
    """The id of a report that came as an event: our own where it is ours, else made of what names the event."""
    if event.source == OWN:
        return event.id
    return f"rp-{hashlib.sha256(f'{event.source}{chr(10)}{event.id}'.encode()).hexdigest()[:12]}"


def _from_event(event: _Event) -> Told:
    data = {name: str(value) for name, value in event.data.items() if isinstance(value, str)}
    category = data.get("category", "other").lower()
    form = Form(
        category=category if category in TOPICS else data.get("category", "other"),
        text=data.get("text") or f"{category}, reported to {event.source}",
        customer=data.get("customer", ""),
        number=data.get("number", ""),
        address=data.get("address", ""),
        happened=event.time,
        name=data.get("reporter", ""),
    )
    return read_form(form, "event")


def _report(told: Told, report_id: str, case_id: str, customer: str, via: str, now: int, *, keeps: bool) -> Report:
    return Report(
        report_id=report_id,
        case_id=case_id,
        format=told.format,
        category=told.category,
        customer=customer,
        number=told.number,
        address=told.address,
        text=told.text,
        received=format_us(now),
        happened=told.happened,
        via=via,
        given_id=told.given_id,
        exhibits=tuple(
            ExhibitRef(
                sha256=each.sha256,
                content_type=each.content_type,
                bytes=each.bytes,
                name=each.name,
                kept=keeps and bool(each.payload),
            )
            for each in told.exhibits
        ),
        facts=told.facts,
    )


def _reporter(told: Told, report_id: str) -> Reporter:
    return Reporter(
        report_id=report_id,
        name=told.name,
        organisation=told.organisation,
        email=told.email,
        phone=told.phone,
        answer=told.answer,
    )
