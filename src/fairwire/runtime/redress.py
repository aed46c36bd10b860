"""Redress: a caller whose call was refused by analytics quotes the id in the Reason header, and is answered within a day.

The id is that of the finding, or of the event that asked, as `decisions/answers.py` puts it into a 603 (ATIS-1000099). Both are
found from here: findings in the control store, calls in the log.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from fairwire.enforcement import reviews
from fairwire.model.instants import DAY_US
from fairwire.model.reviews import Review
from fairwire.ports.control import ControlStore
from fairwire.runtime.case_registers import REVIEWS
from fairwire.runtime.log_search import search
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.review_acts import put_review

ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
Status = Literal["pending", "rejected", "redressed"]


class RedressStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller is told of a request: where it stands, by when it is answered, and the answer; nothing of the customer."""

    redress: str
    """The id that was quoted."""
    request: str
    status: Status
    due: str
    answer: str = ""


def ask(
    store: ControlStore, data: Path | None, redress_id: str, *, text: str, contact: str, filed_by: str, at_us: int
) -> RedressStatus:
    """Open a review for the id that a refused caller was told. Asked twice while it is open, it is one.

    Raises
    ------
    NotThere
        No call was refused with that id.
    NotPossible
        It says nothing.
    """
    about, about_id, customer = _meant(store, data, redress_id)
    asked = reviews.ask(
        about="finding" if about == "finding" else "call",
        about_id=about_id,
        customer=customer,
        asked_by="caller",
        filed_by=filed_by,
        text=text,
        at_us=at_us,
        due_us=at_us + DAY_US,
        contact=contact[:254],
        redress_id=redress_id,
    )
    return status_of(put_review(store.records, asked, at_us), redress_id)


def look(store: ControlStore, request: str, redress_id: str) -> RedressStatus:
    """Where a request stands, for whoever knows both its number and the id.

    Raises
    ------
    NotThere
        There is none.
    """
    kept = REVIEWS.get(store.records, request)
    if kept is None or kept.noun.redress_id != redress_id:
        raise NotThere("there is no such request", help_="give its number and the id that was quoted")
    return status_of(kept.noun, redress_id)


def status_of(review: Review, redress_id: str) -> RedressStatus:
    """What the caller is told."""
    status: Status = "pending"
    if review.state != "open":
        status = "redressed" if review.outcome in ("modified", "overturned") else "rejected"
    answer = review.why if review.state == "decided" else ""
    return RedressStatus(redress=redress_id, request=review.review_id, status=status, due=review.due or "", answer=answer)


def _meant(store: ControlStore, data: Path | None, redress_id: str) -> tuple[str, str, str]:
    """What an id means: (`finding` or `call`, its id, customer)."""
    if ID.fullmatch(redress_id):
        finding = store.finding(redress_id)
        if finding is not None and finding.finding_id == redress_id:
            return "finding", finding.finding_id, finding.customer
        if data is not None:
            for each in search(data, lambda event, _: event.id == redress_id, needles=(redress_id.encode(),)):
                if each.answer is None or each.answer.decision == "allow":
                    continue
                customer = str(each.event.data.get("customer", ""))
                named = next((name for name in each.answer.finding_ids if store.finding(name) is not None), None)
                return ("finding", named, customer) if named else ("call", redress_id, customer)
    raise NotThere(
        f"no call was refused here with the id `{redress_id[:80]}`",
        help_="quote the id that stands behind `id=` in the Reason header of the 603",
    )
