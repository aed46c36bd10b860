"""Holds and disclosures: placed, released, asked for, agreed to by a second person, made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.holds import Disclosure, Hold, Level
from fairwire.model.instants import format_us


def place(
    *,
    why: str,
    by: str,
    at_us: int,
    customer: str = "",
    numbers: Sequence[str] = (),
    addresses: Sequence[str] = (),
    case_id: str = "",
    reference: str = "",
    since_us: int | None = None,
    until_us: int | None = None,
) -> Hold:
    """A hold that begins now.

    Raises
    ------
    NotPossible
        It says not why, names nobody, or ends before it begins.
    """
    if not why.strip():
        raise NotPossible("a hold is placed for a reason", help_="name the request or the law behind it")
    if not (customer or numbers or addresses):
        raise NotPossible("a hold names what is kept", help_="name a customer, a number or an address")
    if since_us is not None and until_us is not None and until_us < since_us:
        raise NotPossible("the hold ends before it begins", help_="give the earlier instant first")
    named = "\n".join((by, format_us(at_us), case_id, customer, *numbers, *addresses))
    return Hold(
        hold_id=f"h-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        why=why.strip(),
        reference=reference.strip(),
        case_id=case_id,
        customer=customer,
        numbers=tuple(numbers),
        addresses=tuple(addresses),
        since=None if since_us is None else format_us(since_us),
        until=None if until_us is None else format_us(until_us),
        by=by,
        at=format_us(at_us),
    )


def release(hold: Hold, by: str, at_us: int, why: str) -> Hold:
    """From now on retention may delete what it kept."""
    if hold.state != "holds":
        raise NotPossible(f"the hold `{hold.hold_id}` is released since {hold.released}", help_="nothing is left to do")
    if not why.strip():
        raise NotPossible("a hold is released for a reason", help_="say why it is no longer needed")
    return msgspec.structs.replace(hold, state="released", released=format_us(at_us), released_by=by, released_why=why.strip())


def ask(
    *,
    case_id: str,
    customer: str,
    to: str,
    basis: str,
    level: Level,
    by: str,
    at_us: int,
    reference: str = "",
    reporter: bool = False,
    since_us: int | None = None,
    until_us: int | None = None,
) -> Disclosure:
    """A disclosure that somebody prepares. What shows no content and no reporter needs no second person.

    Raises
    ------
    NotPossible
        It does not say to whom or on which basis.
    """
    if not to.strip() or not basis.strip():
        raise NotPossible("a disclosure says to whom and on which legal basis", help_="name both: they stand in the log for good")
    named = "\n".join((case_id, to, basis, level, by, format_us(at_us)))
    made = Disclosure(
        disclosure_id=f"d-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        case_id=case_id,
        customer=customer,
        to=to.strip(),
        basis=basis.strip(),
        reference=reference.strip(),
        level=level,
        reporter=reporter,
        since=None if since_us is None else format_us(since_us),
        until=None if until_us is None else format_us(until_us),
        asked_by=by,
        asked=format_us(at_us),
    )
    return made if needs_two(made) else msgspec.structs.replace(made, state="agreed", agreed=made.asked, agreed_by=by)


def needs_two(disclosure: Disclosure) -> bool:
    """Whether a second person must agree."""
    return disclosure.level == "content" or disclosure.reporter


def answer(disclosure: Disclosure, by: str, at_us: int, why: str, *, agrees: bool) -> Disclosure:
    """A second person's word."""
    if disclosure.state != "asked":
        raise NotPossible(f"the disclosure `{disclosure.disclosure_id}` is {disclosure.state}", help_="look at it again")
    if by == disclosure.asked_by:
        raise NotPossible("who prepares a disclosure cannot agree to it", help_="another person must")
    if not agrees and not why.strip():
        raise NotPossible("a disclosure is refused for a reason", help_="say why: it is kept")
    state = "agreed" if agrees else "refused"
    return msgspec.structs.replace(disclosure, state=state, agreed_by=by, agreed=format_us(at_us), why=why.strip())


def made(
    disclosure: Disclosure, by: str, at_us: int, *, sha256: str, manifest_sha256: str, contains: Sequence[str]
) -> Disclosure:
    """The file was written. Once for each disclosure: a second file is a second disclosure."""
    if disclosure.state != "agreed":
        missing = "nobody else has agreed to it" if disclosure.state == "asked" else f"it is {disclosure.state}"
        raise NotPossible(
            f"the disclosure `{disclosure.disclosure_id}` cannot be made: {missing}",
            help_="`fairwire case disclosures` shows where each one stands",
        )
    return msgspec.structs.replace(
        disclosure,
        state="made",
        made=format_us(at_us),
        made_by=by,
        sha256=sha256,
        manifest_sha256=manifest_sha256,
        contains=tuple(contains),
    )
