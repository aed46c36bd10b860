"""Putting policies in force: the acts on versions, with the store, the packs' files, the customers and the clock behind them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from fairwire.model.customers import Contact, Customer
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.policy import Pack
from fairwire.model.versions import (
    Change,
    CustomerAcceptance,
    Dossier,
    HistoryEntry,
    PolicyNotice,
    PolicyVersion,
    Publication,
    Verdict,
    VersionTerms,
)
from fairwire.policy import ChangeFacts, InvalidPack, adoption, lifecycle, load_pack, render_change_notice
from fairwire.policy.changed import changed_sentences
from fairwire.policy.records import identity
from fairwire.policy.refusals import NoSuchVersion
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.changes import diff_of
from fairwire.runtime.packs import pack_texts, read_pack, topics
from fairwire.runtime.recipients import recipients_of
from fairwire.runtime.replay import now_us

ROLES = ("policy", "legal", "admin", "abuse")
"""Contacts who are told of a new version, the first that there is; else any."""
UNSTATED = "0.0.0"
"""`Pack.release` of a pack that gives itself no version."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownCustomer(BadUse):
    """A customer is named that is not in the customers file, or that another policy binds."""

    code = "FW-VER-011"


class CustomersNeeded(BadUse):
    """Customers are to be told, and nothing says who they are."""

    code = "FW-VER-012"


class WithoutNotice(BadInput):
    """The policy's terms promise a notice, and the pack has no text for it."""

    code = "FW-VER-013"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication did."""

    version: PolicyVersion
    publication: Publication
    replaced: PolicyVersion | None
    notices: tuple[PolicyNotice, ...]
    page: str
    of_other_policies: int
    """Customers of other packs, who are not told."""
    without_policy: int
    """Customers whose record names no policy, who are not told either."""


def split_name(name: str) -> tuple[str, str]:
    """Pack id and version number of `PACK` or `PACK@VERSION`; the number is empty where none is given."""
    pack, _, number = name.partition("@")
    return pack, number


class Versions:
    """All acts. Each is one transaction of the store."""

    def __init__(self, store: PolicyStore, clock: Callable[[], int] = now_us) -> None:
        self.store = store
        self._clock = clock

    # -- from a text to a version in force

    def submit(self, pack_dir: str, *, by: str, note: str = "", number: str = "", draft: bool = False) -> PolicyVersion:
        """Hand in the pack in a folder.

        Raises
        ------
        InvalidPack
            It cannot be put in force; everything that is wrong with it.
        """
        pack, texts = read_pack(pack_dir), pack_texts(pack_dir).texts
        stated = pack.release if pack.release != UNSTATED else ""

        def decide(file: Dossier) -> Change:
            published = file.published()
            replaced = self.pack_of(published[-1]) if published else None
            step = diff_of(replaced, pack).step if replaced else "patch"
            return lifecycle.submit(
                file,
                pack,
                texts,
                terms_of(pack),
                by=by,
                now_us=self._clock(),
                note=note,
                number=number or stated,
                draft=draft,
                step=step,
            )

        return self.store.act(pack.id, decide).versions[0]

    def named(self, name: str) -> tuple[str, str]:
        """Pack id and version number of `PACK`, `PACK@VERSION`, or a folder whose very text was handed in; the number is empty
        where none is given.

        Raises
        ------
        NoSuchVersion
            The text in the folder is not on record.
        """
        pack, number = split_name(name)
        if name.endswith("@"):
            raise NoSuchVersion(f"`{name[:80]}` names no version", help_="write its number behind the `@`, or leave the `@` out")
        if pack in self.store.packs() or not Path(name).is_dir():
            return pack, number
        pack, content = read_pack(name).id, lifecycle.content_hash(pack_texts(name).texts)
        found = [each for each in self.store.file(pack).versions if each.content == content]
        if not found:
            raise NoSuchVersion(
                f"the text in `{name}` was not handed in as a version of `{pack}`",
                help_=f"hand it in with `fairwire policy submit {name}`",
            )
        return pack, found[-1].version

    def review(self, pack: str, number: str, *, by: str, verdict: Verdict, reason: str) -> PolicyVersion:
        """Approve or reject what is in review."""

        def decide(file: Dossier) -> Change:
            return lifecycle.review(file, number, by=by, verdict=verdict, reason=reason, now_us=self._clock())

        return self.store.act(pack, decide).versions[0]

    def publish(
        self,
        pack: str,
        number: str,
        *,
        by: str,
        at_us: int | None = None,
        customers: Sequence[Customer] | None = None,
        everybody: bool = False,
        base_url: str,
    ) -> Published:
        """Put an approved version in force, and queue what its customers are told, in one transaction.

        Parameters
        ----------
        customers
            All customers of the provider; None when no customers file is known.
        everybody
            Whether customers whose record names no policy are bound by this one.
        base_url
            Where the public pages are, as customers reach them.
        """
        now = self._clock()
        told = [each for each in customers or () if each.policy == pack or (everybody and not each.policy)]
        replaced: list[PolicyVersion] = []

        def decide(file: Dossier) -> Change:
            change = lifecycle.publish(file, number, by=by, at_us=at_us, now_us=now)
            version = change.versions[0]
            replaced.extend(change.versions[1:])
            if not version.terms.send:
                return change
            if customers is None:
                clause = f" (clause {version.terms.notice_clause})" if version.terms.notice_clause else ""
                raise CustomersNeeded(
                    f"by the terms of `{version.name}` customers are told{clause}, and no customers file is named",
                    help_="nothing was published; give --customers FILE",
                )
            notices = self._notices(file, version, change.publications[0], told, base_url)
            return msgspec.structs.replace(change, notices=notices)

        change = self.store.act(pack, decide)
        version = change.versions[0]
        others = sum(1 for each in customers or () if each.policy and each.policy != pack)
        return Published(
            version=version,
            publication=change.publications[0],
            replaced=replaced[0] if replaced else None,
            notices=change.notices,
            page=page_of(base_url, version),
            of_other_policies=others,
            without_policy=0 if everybody else sum(1 for each in customers or () if not each.policy),
        )

    def _notices(
        self, file: Dossier, version: PolicyVersion, publication: Publication, customers: Sequence[Customer], base_url: str
    ) -> tuple[PolicyNotice, ...]:
        after = self.pack_of(version)
        if after is None or "change" not in after.notices:
            raise WithoutNotice(
                f"`{version.name}` has no `notices/change.txt`, and its terms promise customers a notice",
                help_="add the text and hand the pack in again; nothing was published",
            )
        earlier = file.version(version.previous)
        sentences = changed_sentences(self.pack_of(earlier) if earlier else None, after)
        page = page_of(base_url, version)
        return tuple(_notice(after, version, publication, customer, sentences, page) for customer in customers)

    def withdraw(self, pack: str, number: str, *, by: str, reason: str) -> tuple[PolicyVersion, int]:
        """Take back a version that is not in force; also how many customers had been told of it already."""

        def decide(file: Dossier) -> Change:
            return lifecycle.withdraw(file, number, by=by, reason=reason, now_us=self._clock())

        version = self.store.act(pack, decide).versions[0]
        return version, len(self.store.notices(pack=pack, version=version.version, states=("sent", "sending")))

    def queue_again(self, pack: str, number: str, customers: Sequence[Customer], *, by: str) -> int:
        """Let notices that failed, or had no address, be sent to the addresses that customers have by now; how many."""
        by, now = identity(by), self._clock()
        known = {customer.id: customer for customer in customers}
        count = 0
        for notice in self.store.notices(pack=pack, version=number or None, states=("failed", "unreachable")):
            contact, _ = recipient_of(known[notice.customer]) if notice.customer in known else (None, "")
            if contact is None:
                continue
            note = f"to {contact.email}"
            again = msgspec.structs.replace(
                notice, state="queued", recipient=contact.email, role=contact.role, queued_us=now, next_us=0, answer=""
            )
            entry = HistoryEntry(
                at_us=now,
                by=by,
                action="notice",
                pack=notice.pack,
                version=notice.version,
                subject=notice.customer,
                before=notice.state,
                after="queued",
                note=note,
            )
            count += self.store.move_notice(notice, again, entry)
        return count

    # -- reading

    def dossier(self, pack: str) -> Dossier:
        """What is on record about a pack."""
        return self.store.file(pack)

    def version(self, pack: str, number: str = "") -> PolicyVersion:
        """A version by its number; without one, that in force, else the last one handed in."""
        file = self.store.file(pack)
        found = file.version(number) if number else file.in_force(self._clock()) or (file.versions or (None,))[-1]
        if found is None:
            known = ", ".join(f"`{name}`" for name in self.store.packs())
            numbers = ", ".join(each.version for each in file.versions)
            help_ = (
                f"there are: {numbers}" if numbers else f"there are versions of: {known}" if known else "none was handed in yet"
            )
            raise NoSuchVersion(f"there is no version `{pack}{'@' + number if number else ''}` on record", help_=help_)
        return found

    def texts_of(self, version: PolicyVersion) -> dict[str, str]:
        """The files of a version, as they were handed in."""
        texts = self.store.texts(version.content)
        if texts is None:
            raise NoSuchVersion(f"the text of `{version.name}` is not in the store", help_="restore the store from a backup")
        return texts

    def sender(self, address: str) -> Callable[[PolicyNotice], str]:
        """From whom a notice comes: `address`, else the contact of the policy that it is about."""

        contacts: dict[tuple[str, str], str] = {}

        def sender_of(notice: PolicyNotice) -> str:
            if address:
                return address
            key = (notice.pack, notice.version)
            if key not in contacts:
                pack = self.pack_of(self.version(*key))
                contacts[key] = pack.contact if pack else f"postmaster@{notice.message_id.rpartition('@')[2].rstrip('>')}"
            return contacts[key]

        return sender_of

    def pack_of(self, version: PolicyVersion) -> Pack | None:
        """A version's pack, loaded; None where this version of the program can no longer read it."""
        try:
            return load_pack(self.texts_of(version), topics(), root=version.name)
        except InvalidPack:
            return None

    # -- customers

    def change_over(self, customer: Customer, pack: str, *, on: str, by: str) -> tuple[PolicyVersion, int]:
        """A customer's choice of its day; the version, and the instant at which the day begins for it."""
        _demand_bound(customer, pack)
        on_us = day_begins(on, customer.timezone)

        def decide(file: Dossier) -> Change:
            return adoption.change_over(file, customer.id, on=on, on_us=on_us, by=by, now_us=self._clock())

        change = self.store.act(pack, decide)
        return self.version(pack, change.changeovers[0].version), on_us

    def accept(self, customer: Customer, pack: str, number: str, *, by: str, evidence: str) -> tuple[CustomerAcceptance, bool]:
        """A customer's word; also whether it is new."""
        _demand_bound(customer, pack)
        now = self._clock()
        version = adoption.acceptable(self.store.file(pack), number, now)
        record, entry = adoption.accept(version, customer.id, by=by, evidence=evidence, now_us=now)
        new = bool(self.store.accept([(record, entry)]))
        stands = self.store.acceptances(pack, version=version.version, customer=customer.id)
        return stands[0], new


def _demand_bound(customer: Customer, pack: str) -> None:
    if customer.policy and customer.policy != pack:
        raise UnknownCustomer(
            f"customer `{customer.id}` is bound by `{customer.policy}`, not by `{pack}`", help_="name its own policy"
        )


def find_customer(customers: Sequence[Customer] | None, customer_id: str) -> Customer:
    """The record of a customer.

    Raises
    ------
    CustomersNeeded, UnknownCustomer
        There is no file, or it does not have it.
    """
    if customers is None:
        raise CustomersNeeded("nothing says who the customers are", help_="give --customers FILE")
    found = next((each for each in customers if each.id == customer_id), None)
    if found is None:
        import difflib

        close = difflib.get_close_matches(customer_id, [each.id for each in customers], n=1)
        hint = f"did you mean `{close[0]}`?" if close else ""
        raise UnknownCustomer(
            f"there is no customer `{customer_id[:80]}`", hint=hint, help_="it is looked for in the customers file"
        )
    return found


def terms_of(pack: Pack) -> VersionTerms:
    """What a pack says about its changes, as a version keeps it."""
    changes = pack.changes
    if changes is None:
        return VersionTerms()
    return VersionTerms(
        effective=changes.effective,
        send=changes.notice.send,
        before_s=changes.notice.before_s or 0,
        acceptance=changes.acceptance,
        window_s=changes.choice.window_s if changes.choice else 0,
        notice_clause=changes.notice.clause,
        choice_clause=changes.choice.clause if changes.choice else "",
        clause=changes.clause,
    )


def page_of(base_url: str, version: PolicyVersion) -> str:
    """Address of a version's public page."""
    return f"{base_url.rstrip('/')}/policy/{version.pack}/{version.version}"


def recipient_of(customer: Customer) -> tuple[Contact | None, str]:
    """Who is told, or None and why nobody can be."""
    found, why_not = recipients_of(customer, ROLES)
    return (found[0] if found else None), why_not


def _notice(
    pack: Pack, version: PolicyVersion, publication: Publication, customer: Customer, changes: tuple[str, ...], page: str
) -> PolicyNotice:
    terms = version.terms
    assert version.effective_us is not None
    choice_us = adoption.choice_ends(version)
    choice = "" if choice_us is None else local_day(choice_us, customer.timezone)
    agreed = (
        "Using the service after that is agreeing to it."
        if terms.acceptance == "use"
        else "Please tell us that you agree; until then your agreement is on record as open."
    )
    facts = ChangeFacts(
        customer=customer.name or customer.id,
        document=pack.title,
        version=version.version,
        effective=local_instant(version.effective_us, customer.timezone),
        changes=changes,
        page=page,
        objection="",
        choice_until=choice,
        acceptance=agreed,
        contact=pack.contact,
        review_url=pack.review_url,
    )
    first, _, text = render_change_notice(pack, facts).partition("\n")
    contact, why_not = recipient_of(customer)
    notice_id = hashlib.sha256(f"{publication.publication_id} {customer.id}".encode()).hexdigest()[:24]
    return PolicyNotice(
        notice_id=notice_id,
        publication_id=publication.publication_id,
        pack=version.pack,
        version=version.version,
        customer=customer.id,
        recipient=contact.email if contact else "",
        role=contact.role if contact else "",
        subject=first.removeprefix("Subject:").strip(),
        text=text.strip() + "\n",
        state="queued" if contact else "unreachable",
        message_id=f"<{notice_id}@{pack.contact.rpartition('@')[2]}>",
        queued_us=publication.at_us,
        answer=why_not,
    )


def local_instant(at_us: int, zone: str) -> str:
    """An instant in words, in a zone: `1 March 2027, 00:00 (Europe/London)`."""
    there = (_EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%B %Y, %H:%M} ({zone})"


def local_day(at_us: int, zone: str) -> str:
    """The last whole day before an instant, in words."""
    there = (_EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%B %Y}"


def day_begins(day: str, zone: str) -> int:
    """The instant at which a day (`2026-12-24`) begins in a zone.

    Raises
    ------
    BadUse
        It is no day.
    """
    try:
        if not _DAY.match(day):
            raise ValueError(day)
        there = datetime.combine(date.fromisoformat(day), time(), tzinfo=ZoneInfo(zone))
    except ValueError:
        raise BadUse(f"`{day[:40]}` is not a day", help_="write one such as 2026-12-24") from None
    return (there - _EPOCH) // timedelta(microseconds=1)
