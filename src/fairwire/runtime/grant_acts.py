"""What people do about grants: each act reads, decides and writes in one transaction, and is in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

import msgspec

from fairwire.enforcement import grants
from fairwire.enforcement.grant_scope import parted
from fairwire.enforcement.grants import GrantNotPossible, UnsoundGrant
from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.grants import HOLDS, Covered, Grant, GrantKind, GrantState, Paper, Use
from fairwire.model.instants import format_us
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.grant_letters import Letter, letter_of, notices_of
from fairwire.runtime.grant_requests import Asked, Site, request_of
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import COVERED, GRANTS
from fairwire.runtime.sealed_documents import SealedDocuments

PREFIX = 6
"""The least number of characters behind `g-` that may stand for a whole id."""

CustomerOf = Callable[[str], Customer | None]
PackOf = Callable[[str], Pack | None]


class NoSuchGrant(BadUse):
    """There is no grant of that id, or more than one begins so; or it has no such document."""

    code = "FW-GRA-004"


class GrantActs:
    """The acts on the grants of one store.

    Parameters
    ----------
    records
        Where they are on record.
    documents
        Where documents are kept; None where none can be.
    customer_of, pack_of
        A customer's record, and the policy in force for it; None for one that nobody knows, who is told nothing.
    """

    def __init__(
        self,
        records: RecordStore,
        documents: SealedDocuments | None = None,
        *,
        customer_of: CustomerOf = lambda _: None,
        pack_of: PackOf = lambda _: None,
    ) -> None:
        self.records = records
        self._documents = documents
        self._customer_of = customer_of
        self._pack_of = pack_of

    # -- asking

    def ask(self, asked: Asked, customer: Customer, pack: Pack, site: Site, by: str, at_us: int) -> Grant:
        """Put a request on record; refused at once where it comes too late. The same request twice is one.

        Raises
        ------
        FairwireError
            As `request_of`.
        """
        found: list[Grant] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            others = [kept.noun for kept in GRANTS.find(inside, customer=customer.id)]
            made = request_of(asked, customer, pack, site, by=by, at_us=at_us, others=others)
            there = next((other for other in others if other.grant_id == made.grant_id), None)
            if there is not None:
                if grants.over(there):
                    now = there.state.replace("_", " ")
                    raise UnsoundGrant(
                        f"the very same request, `{there.grant_id}`, is {now}", help_="ask for another time, or say what is new"
                    )
                found.append(there)
                return ()
            found.append(made)
            change = GRANTS.change(None, made, at_us=at_us, by=by, action="request", why=made.why)
            return [change, *(self._notices(inside, made, at_us) if made.state == "refused" else ())]

        self.records.act(decide)
        return found[0]

    # -- deciding

    def grant(
        self,
        grant_id: str,
        by: str,
        at_us: int,
        why: str,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        conditions: str = "",
    ) -> Grant:
        """Allow a request, or a part of it: `allow` and `deny` name entries of its scope, or networks within one."""

        def step(asked: Grant) -> Grant:
            allowed, not_allowed = parted(asked.scope, allow, deny)
            return grants.grant(asked, by, at_us, why, allowed=allowed, not_allowed=not_allowed, conditions=conditions)

        return self._move(grant_id, by, at_us, "grant", why, step)

    def refuse(self, grant_id: str, by: str, at_us: int, why: str) -> Grant:
        """Say no to a request."""
        return self._move(grant_id, by, at_us, "refuse", why, lambda asked: grants.refuse(asked, by, at_us, why))

    def revoke(self, grant_id: str, by: str, at_us: int, why: str) -> Grant:
        """End what was granted; from now on it covers nothing."""
        return self._move(grant_id, by, at_us, "revoke", why, lambda held: grants.revoke(held, by, at_us, why))

    def withdraw(self, grant_id: str, by: str, at_us: int, why: str) -> Grant:
        """Take a request or a grant back."""
        return self._move(grant_id, by, at_us, "withdraw", why, lambda held: grants.withdraw(held, by, at_us, why))

    def run_out(self, at_us: int) -> list[Grant]:
        """End what is over by its date. May be called often."""
        ended: list[Grant] = []
        for kept in GRANTS.find(self.records, states=["requested", *HOLDS], due_us=at_us):
            moved = grants.expire(kept.noun, at_us)
            if moved is kept.noun:
                continue
            late = moved.state == "refused"
            change = GRANTS.change(
                kept, moved, at_us=at_us, by=grants.SELF, action="refuse" if late else "expire", why=moved.decided_why
            )
            self.records.write([change, *(self._notices(self.records, moved, at_us) if late else ())])
            ended.append(moved)
        return ended

    # -- documents

    def attach(self, grant_id: str, by: str, at_us: int, name: str, content: bytes, use: Use) -> Grant:
        """Keep a document with a grant. What it says is kept outside the record; `results` are confidential."""
        if use not in get_args(Use):
            raise BadUse(f"`{use[:40]}` is no use of a document", help_=f"one of {', '.join(get_args(Use))}")
        self.find(grant_id)
        shown = "".join(each for each in name if each.isprintable()).strip()[:120] or "document"
        paper = Paper(
            name=shown,
            sha256=self._kept().put(content),
            bytes=len(content),
            use=use,
            by=by,
            at=format_us(at_us),
        )
        return self._move(grant_id, by, at_us, f"attach {use}", "", lambda held: grants.attach(held, paper), told=False)

    def read(self, grant_id: str, sha256: str, by: str, at_us: int, why: str) -> tuple[Paper, bytes]:
        """A document of a grant. Who reads results says why, and is in the audit trail.

        Raises
        ------
        NoSuchGrant
            There is no such grant or document.
        GrantNotPossible
            Results are asked for without a reason.
        """
        kept = self.find(grant_id)
        every = {paper.sha256: paper for paper in (*kept.noun.papers, *kept.noun.results)}
        near = [paper for name, paper in every.items() if len(sha256) >= PREFIX and name.startswith(sha256.lower())]
        if len(near) != 1:
            raise NoSuchGrant(f"`{kept.noun.grant_id}` has no document `{sha256[:80]}`", help_="look at it again")
        (paper,) = near
        content = self._kept().get(paper.sha256)
        if paper.use == "results":
            if not why.strip():
                raise GrantNotPossible("results are confidential and are read for a reason", help_="say why: it is kept")
            said = f"{paper.name} ({paper.sha256[:12]}): {why.strip()}"
            change = GRANTS.change(kept, kept.noun, at_us=at_us, by=by, action="read results", why=said)
            self.records.write([change])
        return paper, content

    def _kept(self) -> SealedDocuments:
        if self._documents is None:
            raise BadUse("no documents are kept here", help_="ask the server that has the data folder")
        return self._documents

    # -- asked by pages and commands

    def find(self, given: str) -> Kept[Grant]:
        """The grant of an id, or of the beginning of one.

        Raises
        ------
        NoSuchGrant
            There is none, or several begin so.
        """
        return find_grant(self.records, given)

    def letter(self, held: Grant) -> Letter | None:
        """What the customer is told of how it stands; None where nobody knows the customer any more."""
        customer, pack = self._customer_of(held.customer), self._pack_of(held.customer)
        return None if customer is None or pack is None else letter_of(held, customer, pack)

    def _notices(self, store: RecordStore, held: Grant, at_us: int) -> Sequence[RecordChange]:
        customer, pack = self._customer_of(held.customer), self._pack_of(held.customer)
        return () if customer is None or pack is None else notices_of(store, held, customer, pack, at_us)

    def _move(
        self, grant_id: str, by: str, at_us: int, action: str, why: str, step: Callable[[Grant], Grant], *, told: bool = True
    ) -> Grant:
        moved: list[Grant] = []

        def decide(inside: RecordStore) -> Sequence[RecordChange]:
            kept = find_grant(inside, grant_id)
            after = step(kept.noun)
            moved.append(after)
            if after is kept.noun:
                return ()
            change = GRANTS.change(kept, after, at_us=at_us, by=by, action=action, why=why)
            return [change, *(self._notices(inside, after, at_us) if told else ())]

        self.records.act(decide)
        return moved[0]


def find_grant(store: RecordStore, given: str) -> Kept[Grant]:
    """`GrantActs.find`."""
    found = GRANTS.get(store, given)
    if found is not None:
        return found
    if len(given) >= PREFIX + 2:
        alike = [kept for kept in GRANTS.find(store, after=given, limit=2) if kept.noun.grant_id.startswith(given)]
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise NoSuchGrant(f"several authorisations begin with `{given[:80]}`", help_="give more of the id")
    raise NoSuchGrant(f"there is no authorisation `{given[:80]}`", help_="`fairwire authorisation list` shows those there are")


def find_grants(
    store: RecordStore,
    *,
    customer: str | None = None,
    kind: GrantKind | None = None,
    states: Sequence[GrantState] | None = None,
) -> list[Grant]:
    """Grants on record, the oldest first; without their results, which are in no list."""
    found = [kept.noun for kept in GRANTS.find(store, customer=customer, subject=kind, states=states)]
    return sorted(map(without_results, found), key=lambda held: (held.requested_at, held.grant_id))


def without_results(held: Grant) -> Grant:
    """The grant as it may be shown to anybody at the desk."""
    return msgspec.structs.replace(held, results=())


def covered_by(store: RecordStore, grant_id: str) -> list[Covered]:
    """What was seen and is covered by a grant, the oldest first."""
    found = [kept.noun for kept in COVERED.find(store)]
    return sorted(
        (each for each in found if grant_id in each.grants), key=lambda each: (each.finding.time, each.finding.finding_id)
    )
