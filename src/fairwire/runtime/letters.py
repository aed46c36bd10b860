"""Letters about orders, deadlines and requests: written, addressed, and put on record to be sent, once for each fact.

The id of a notice is made of the fact, the kind and the recipient, so a fact that is looked at twice (after a crash, by two
processes, by a clock that was moved back) leads to one letter. What the pack's own text cannot say is said by a plain one, and
the fault stands on record beside it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from fairwire.model.customers import Contact, Customer
from fairwire.model.deadlines import Deadline
from fairwire.model.errors import BadUse
from fairwire.model.notices import Notice, Opening
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.policy import NoticeFacts, Unwritable, Written, languages_of, write_letter, write_plain
from fairwire.ports.records import RecordStore
from fairwire.runtime.business_days import calendar_of, read_period, within
from fairwire.runtime.calendar import today
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.packs import plain_notices
from fairwire.runtime.recipients import ABUSE_ROLES, recipients_of
from fairwire.runtime.versions import local_instant

notices = structlog.get_logger()

SELF = "fairwire"


class NoSuchNotice(BadUse):
    """There is no notice of that id, or it cannot be sent again."""

    code = "FW-NOT-002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why somebody is written to."""

    fact: str
    """What it is about, by its id: `order:<id>`. Of one fact nobody is told twice the same."""
    kinds: tuple[str, ...]
    """What the letter may be, the one that fits best first."""
    customer: str
    policy: str
    """`id@version`."""
    clauses: tuple[str, ...]
    step: str = ""
    """Of the ladder; a text of the pack may be called after it."""
    facts: NoticeFacts
    opens: Opening | None = None
    """The clock that begins with it."""
    covers: tuple[str, ...] = ()
    """Orders that it tells of together."""
    quiet: bool = False
    """The customer is told nothing of it; that stands on record."""


class Letters:
    """Writes letters, and says what is to be put on record.

    Parameters
    ----------
    packs
        `id@version` and id -> pack, as they are now.
    customer_of
        A customer's record; None for one that nobody knows any more.
    """

    def __init__(
        self,
        packs: Callable[[], Mapping[str, Pack]],
        customer_of: Callable[[str], Customer | None],
        plain: Mapping[str, str] | None = None,
    ) -> None:
        self._packs = packs
        self._customer_of = customer_of
        self._plain = plain_notices() if plain is None else plain

    def pack(self, policy: str) -> Pack | None:
        """The pack of `id@version`; another version of it where that one is gone."""
        packs = self._packs()
        return packs.get(policy) or packs.get(policy.partition("@")[0])

    def customer(self, customer_id: str) -> Customer | None:
        """The record of a customer, with what was ordered since."""
        return self._customer_of(customer_id)

    def tells(self, policy: str, clauses: Sequence[str]) -> bool:
        """Whether customers get letters about these clauses."""
        pack = self.pack(policy)
        if pack is None:
            return True
        ladders = [pack.ladders.get(pack.clauses[each].ladder) for each in clauses if each in pack.clauses]
        return all(ladder is None or ladder.tells for ladder in ladders)

    def until(self, deadline: Deadline) -> str:
        """When a deadline ends, in the words of letters."""
        return _until(deadline.due_us, deadline.zone)

    def write(self, store: RecordStore, occasion: Occasion, at_us: int, *, by: str = SELF) -> list[RecordChange]:
        """What is to be put on record so that a customer is told; nothing where it has been told already."""
        customer = self._customer_of(occasion.customer)
        if occasion.quiet:
            return self._silent(store, occasion, "withheld", "the customer is to be told nothing of this order", at_us)
        if not self.tells(occasion.policy, occasion.clauses):
            return self._silent(store, occasion, "withheld", "the ladder of its clause has no letters", at_us)
        if customer is None:
            return self._silent(store, occasion, "unreachable", "nobody knows this customer any more", at_us)
        contacts, why_not = recipients_of(customer, ABUSE_ROLES)
        if not contacts:
            return self._silent(store, occasion, "unreachable", why_not, at_us)
        changes: list[RecordChange] = []
        for contact in contacts:
            made_id = notice_id(occasion.fact, occasion.kinds[0], contact.email)
            if NOTICES.get(store, made_id) is not None:
                continue
            opening = occasion.opens
            facts = occasion.facts if opening is None else with_deadline(occasion.facts, opening, customer, at_us)
            written, fault = self._written(occasion, facts, customer)
            if fault:
                changes.extend(self._faulty(store, occasion, contact, fault, at_us))
            made = self._notice(occasion, made_id, contact, written, facts, at_us)
            changes.append(NOTICES.change(None, made, at_us=at_us, by=by, action="tell", why=f"{made.kind} about {made.fact}"))
        return changes

    def again(self, notice: Notice, at_us: int) -> Notice:
        """A notice as it reads when it goes out at another instant than was thought: its deadline may be another day's."""
        customer, opening = self._customer_of(notice.customer), notice.opens
        if customer is None or opening is None or notice.template == "":
            return notice
        given = NoticeFacts(**notice.facts)  # type: ignore[arg-type]
        facts = with_deadline(given, opening, customer, at_us)
        if facts.deadline == given.deadline:
            return notice
        occasion = Occasion(
            fact=notice.fact,
            kinds=(notice.kind,),
            customer=notice.customer,
            policy=notice.policy,
            clauses=notice.clauses,
            step=notice.step,
            facts=facts,
        )
        written, _ = self._written(occasion, facts, customer)
        return msgspec.structs.replace(
            notice,
            subject=written.subject,
            text=written.text,
            html=written.html,
            template=written.template,
            facts=plain_facts(facts),
        )

    def _written(self, occasion: Occasion, facts: NoticeFacts, customer: Customer) -> tuple[Written, str]:
        """The letter, and what was wrong with the pack's own."""
        pack = self.pack(occasion.policy)
        fault = ""
        if pack is not None:
            languages = languages_of(pack, customer.language, customer.country)
            try:
                found = write_letter(
                    pack, occasion.kinds, facts, clauses=occasion.clauses, step=occasion.step, languages=languages
                )
                if found is not None:
                    return found, ""
            except Unwritable as error:
                fault = error.sentence()
                notices.error("a notice of a pack cannot be written; a plain one goes out", policy=pack.id, reason=fault)
        return write_plain(self._plain, occasion.kinds, facts), fault

    def _notice(
        self, occasion: Occasion, made_id: str, contact: Contact, written: Written, facts: NoticeFacts, at_us: int
    ) -> Notice:
        return Notice(
            notice_id=made_id,
            fact=occasion.fact,
            kind=occasion.kinds[0],
            customer=occasion.customer,
            recipient=contact.email,
            role=contact.role,
            policy=occasion.policy,
            clauses=occasion.clauses,
            step=occasion.step,
            template=written.template,
            language=written.language,
            subject=written.subject,
            text=written.text,
            html=written.html,
            facts=plain_facts(facts),
            opens=occasion.opens,
            covers=occasion.covers,
            state="queued",
            message_id=f"<{made_id}@{facts.contact.rpartition('@')[2] or 'fairwire.invalid'}>",
            queued_us=at_us,
        )

    def _silent(self, store: RecordStore, occasion: Occasion, state: str, why: str, at_us: int) -> list[RecordChange]:
        """Nobody is written to; that stands on record, too."""
        made_id = notice_id(occasion.fact, occasion.kinds[0], "")
        if NOTICES.get(store, made_id) is not None:
            return []
        made = Notice(
            notice_id=made_id,
            fact=occasion.fact,
            kind=occasion.kinds[0],
            customer=occasion.customer,
            policy=occasion.policy,
            clauses=occasion.clauses,
            step=occasion.step,
            facts=plain_facts(occasion.facts) if state == "unreachable" else {},
            opens=occasion.opens,
            covers=occasion.covers,
            state=state,  # type: ignore[arg-type]
            queued_us=at_us,
            answer=why,
        )
        if state == "unreachable":
            notices.warning("a customer cannot be told", customer=occasion.customer, reason=why)
        return [NOTICES.change(None, made, at_us=at_us, by=SELF, action="tell", why=why)]

    def _faulty(self, store: RecordStore, occasion: Occasion, contact: Contact, fault: str, at_us: int) -> list[RecordChange]:
        """The pack's own text, which failed, on record beside the plain one that goes out."""
        made_id = notice_id(occasion.fact, f"{occasion.kinds[0]} of the pack", contact.email)
        if NOTICES.get(store, made_id) is not None:
            return []
        made = Notice(
            notice_id=made_id,
            fact=occasion.fact,
            kind=occasion.kinds[0],
            customer=occasion.customer,
            recipient=contact.email,
            role=contact.role,
            policy=occasion.policy,
            clauses=occasion.clauses,
            state="failed",
            queued_us=at_us,
            answer="a plain notice went out instead",
            fault=fault,
        )
        return [NOTICES.change(None, made, at_us=at_us, by=SELF, action="fail", why=fault)]


def notice_id(fact: str, kind: str, recipient: str) -> str:
    """The id of a notice: nobody is told twice of one fact."""
    return "n-" + hashlib.sha256(f"{fact}\n{kind}\n{recipient.casefold()}".encode()).hexdigest()[:24]


def plain_facts(facts: NoticeFacts) -> dict[str, str | tuple[str, ...]]:
    """Facts as they are kept."""
    return {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}


def with_deadline(facts: NoticeFacts, opening: Opening, customer: Customer, at_us: int) -> NoticeFacts:
    """The facts of a notice with the time that it gives when it is dated so."""
    period = read_period(opening.period)
    due_us = within(at_us, period, calendar_of(customer, opening.pack_country), opening.cut_off_min)
    return dataclasses.replace(facts, deadline=_until(due_us, customer.timezone), period=period.words)


def _until(due_us: int, zone: str) -> str:
    """`4 January 2027, end of the day (Europe/London)`."""
    whole = today(zone, due_us - 1).ends_us == due_us
    said = local_instant(due_us - whole, zone)
    return said.replace(", 23:59 (", ", end of the day (") if whole else said
