"""What people do about notices: look one up, and have it sent once more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fairwire.model.notices import Notice
from fairwire.model.records import RecordChange
from fairwire.policy import NoticeFacts
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.letters import Letters, NoSuchNotice, Occasion, notice_id
from fairwire.runtime.recipients import ABUSE_ROLES, recipients_of
from fairwire.runtime.register import Kept

PREFIX = 6
"""The least number of characters behind `n-` that may stand for a whole id."""


def find_notice(store: RecordStore, given: str) -> Kept[Notice]:
    """A notice by its id, or by the beginning of one.

    Raises
    ------
    NoSuchNotice
        There is none, or several begin so.
    """
    kept = NOTICES.get(store, given)
    if kept is not None:
        return kept
    if len(given) >= PREFIX + 2:
        alike = [each for each in NOTICES.find(store, after=given, limit=2) if each.noun.notice_id.startswith(given)]
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise NoSuchNotice(f"several notices begin with `{given[:80]}`", help_="give more of the id")
    raise NoSuchNotice(f"there is no notice `{given[:80]}`", help_="`fairwire notice list` shows those there are")


def resend(store: RecordStore, given: str, *, by: str, why: str, at_us: int, letters: Letters | None = None) -> list[Notice]:
    """Have a notice sent once more: one that failed under its own id, one that was sent as a copy of it.

    No clock begins anew with a copy. What nobody could be told is written now, for the addresses that the customer has by now.

    Parameters
    ----------
    letters
        For the addresses that customers have now; None: the one that the notice had.

    Raises
    ------
    NoSuchNotice
        There is none, it is on its way, or the policy has no letter about such a thing.
    """
    if not why.strip():
        raise NoSuchNotice("a notice is sent again for a reason", help_="say why, in a sentence: it is kept")
    made: list[Notice] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        made.clear()
        kept = find_notice(inside, given)
        changes = _again(inside, kept, letters, by, why, at_us, made)
        if not made:
            raise NoSuchNotice(f"the notice `{kept.noun.notice_id}` cannot be sent again", help_=_cannot(kept.noun))
        return changes

    store.act(decide)
    return made


def _again(
    inside: RecordStore, kept: Kept[Notice], letters: Letters | None, by: str, why: str, at_us: int, made: list[Notice]
) -> list[RecordChange]:
    notice = kept.noun
    if notice.state == "unreachable" and letters is not None and notice.facts:
        occasion = Occasion(
            fact=notice.fact,
            kinds=(notice.kind,),
            customer=notice.customer,
            policy=notice.policy,
            clauses=notice.clauses,
            step=notice.step,
            facts=NoticeFacts(**notice.facts),  # type: ignore[arg-type]
            opens=notice.opens,
            covers=notice.covers,
        )
        changes = letters.write(inside, occasion, at_us, by=by)
        made.extend(NOTICES.read(change.record).noun for change in changes)
        return changes
    if notice.state not in ("sent", "failed", "cancelled") or not notice.text:
        return []
    address = _address(notice, letters)
    if notice.state == "sent":
        turn = sum(each.noun.again_of == notice.notice_id for each in NOTICES.find(inside, subject=notice.fact)) + 1
        copy_id = notice_id(notice.fact, f"{notice.kind} again {turn}", address)
        domain = notice.message_id.rpartition("@")[2]
        again = msgspec.structs.replace(
            notice, notice_id=copy_id, message_id=f"<{copy_id}@{domain}", again_of=notice.notice_id, opens=None, covers=()
        )
    else:
        again = notice
    again = msgspec.structs.replace(
        again,
        state="queued",
        recipient=address,
        queued_us=at_us,
        next_us=0,
        attempts=0,
        attempted_us=None,
        sent_us=None,
        answer="",
    )
    made.append(again)
    return [NOTICES.change(None if again.again_of else kept, again, at_us=at_us, by=by, action="send again", why=why)]


def _address(notice: Notice, letters: Letters | None) -> str:
    customer = None if letters is None else letters.customer(notice.customer)
    contacts = [] if customer is None else recipients_of(customer, ABUSE_ROLES)[0]
    known = {contact.email for contact in contacts}
    return notice.recipient if notice.recipient in known or not contacts else contacts[0].email


def _cannot(notice: Notice) -> str:
    if notice.state in ("queued", "sending"):
        return "it is on its way"
    if notice.state == "withheld":
        return "the policy has no letters about such a thing"
    return "give --customers FILE: it was never written, because nobody could be told"
