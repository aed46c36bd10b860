"""The life of a grant: asked for, decided, over. Each step takes a grant and gives the grant that follows.

Who asks never decides. Every decision has a reason, and nothing that is over opens again, with one exception: what was refused
only because it was asked for too late may be granted by a person where the policy says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.grant_kinds import KINDS
from fairwire.enforcement.grant_scope import meet
from fairwire.model.errors import BadUse
from fairwire.model.grants import HOLDS, Grant, GrantKind, GrantState, Paper, Scope
from fairwire.model.instants import DAY_US, format_us, parse_us

SELF = "fairwire"


class UnsoundGrant(BadUse):
    """A request that lacks something, or whose dates do not fit."""

    code = "FW-GRA-002"


class GrantNotPossible(BadUse):
    """The grant is not in a state in which that can be done to it, or this person may not do it."""

    code = "FW-GRA-003"


def request(
    *,
    by: str,
    at_us: int,
    kind: GrantKind,
    customer: str,
    policy: str,
    clauses: Sequence[str],
    scope: Scope,
    start_us: int,
    end_us: int | None,
    why: str,
    conditions: str = "",
    latest_us: int | None = None,
    notice: str = "",
    late_by_person: bool = False,
    others: Sequence[Grant] = (),
) -> Grant:
    """A request; refused at once where it comes too late.

    Parameters
    ----------
    scope
        As `grant_scope.checked` gives it.
    latest_us
        The last instant at which it may be asked for; None where no notice is needed. `notice` says how much, in words.
    late_by_person
        The policy lets a person grant what was asked for too late.
    others
        What the same customer has asked for or was granted. The same request twice is one.

    Raises
    ------
    UnsoundGrant
        Something is missing, the dates do not fit, or it meets another that waits or holds.
    """
    facts = KINDS[kind]
    wrong = ""
    if not customer.strip():
        wrong = "names no customer"
    elif not clauses:
        wrong = "rests on no clause of the customer's policy"
    elif not why.strip():
        wrong = "does not say what it is for"
    elif end_us is None and facts.ends:
        wrong = "has no end"
    elif end_us is not None and end_us <= start_us:
        wrong = f"ends at {format_us(end_us)}, not after it begins at {format_us(start_us)}"
    elif end_us is not None and end_us <= at_us:
        wrong = f"was over at {format_us(end_us)}, before it was asked for"
    elif end_us is not None and end_us - start_us > facts.longest_days * DAY_US:
        wrong = f"is for longer than {facts.longest_days} days"
    if wrong:
        raise UnsoundGrant(f"the request for {facts.title} {wrong}", help_="give customer, purpose, begin and end, and ask again")
    named = msgspec.json.encode((kind, customer, scope, start_us, end_us, why.strip()))
    made = Grant(
        grant_id=f"g-{hashlib.sha256(named).hexdigest()[:12]}",
        kind=kind,
        customer=customer,
        policy=policy,
        clauses=tuple(clauses),
        state="requested",
        scope=scope,
        start=format_us(start_us),
        end=None if end_us is None else format_us(end_us),
        why=why.strip(),
        conditions=conditions.strip(),
        requested_by=by,
        requested_at=format_us(at_us),
        latest=None if latest_us is None else format_us(latest_us),
        late_by_person=late_by_person,
    )
    for other in others:
        if other.grant_id != made.grant_id and other.kind == kind and not over(other) and _together(made, other):
            state = "waits for a decision" if other.state == "requested" else "holds already"
            raise UnsoundGrant(
                f"the request meets `{other.grant_id}`, which {state}",
                help_="withdraw or revoke that one first, or ask for another time or scope",
            )
    if latest_us is None or at_us <= latest_us:
        return made
    said = f"It was asked for too late: {notice or 'notice'} was needed, so {format_us(latest_us)} was the last moment."
    return msgspec.structs.replace(
        made, state="refused", short_notice=True, decided_by=SELF, decided_at=format_us(at_us), decided_why=said
    )


def grant(
    asked: Grant,
    by: str,
    at_us: int,
    why: str,
    *,
    allowed: Scope,
    not_allowed: Scope | None = None,
    conditions: str = "",
) -> Grant:
    """Allow it, or the part of it that `grant_scope.parted` gave.

    Raises
    ------
    GrantNotPossible
        It does not wait, this person asked for it, it would be over already, or its document is missing.
    """
    facts = KINDS[asked.kind]
    if asked.state == "refused" and asked.short_notice and asked.decided_by == SELF:
        if not asked.late_by_person:
            raise GrantNotPossible(
                f"`{asked.grant_id}` was asked for too late, and its policy lets nobody grant it even so",
                help_="have it asked for again, for a later time",
            )
    else:
        _must_be(asked, ("requested",), "granted")
    _another(asked, by, "grant")
    if facts.paper and not any(paper.use in ("consent", "request") for paper in asked.papers):
        raise GrantNotPossible(
            f"{facts.title} is granted in writing, and `{asked.grant_id}` has no document", help_="attach the signed one first"
        )
    begins_us = parse_us(asked.start)
    if facts.first:
        begins_us = max(begins_us, at_us)
    if asked.end is not None and begins_us >= parse_us(asked.end):
        raise GrantNotPossible(f"`{asked.grant_id}` would be over already, at {asked.end}", help_="have it asked for again")
    return msgspec.structs.replace(
        asked,
        state="granted" if not_allowed is None else "granted_in_part",
        allowed=allowed,
        not_allowed=not_allowed,
        begins=format_us(begins_us),
        conditions=" ".join(filter(None, (asked.conditions, conditions.strip()))),
        decided_by=by,
        decided_at=format_us(at_us),
        decided_why=_reason(why, "granted"),
    )


def refuse(asked: Grant, by: str, at_us: int, why: str) -> Grant:
    """Say no."""
    _must_be(asked, ("requested",), "refused")
    _another(asked, by, "refuse")
    return msgspec.structs.replace(
        asked, state="refused", decided_by=by, decided_at=format_us(at_us), decided_why=_reason(why, "refused")
    )


def revoke(held: Grant, by: str, at_us: int, why: str) -> Grant:
    """End what was granted before its time; from that instant on it covers nothing."""
    _must_be(held, HOLDS, "revoked")
    return _ended(held, "revoked", by, at_us, _reason(why, "revoked"))


def withdraw(asked: Grant, by: str, at_us: int, why: str) -> Grant:
    """Take a request or a grant back, by those who asked for it."""
    _must_be(asked, ("requested", *HOLDS), "withdrawn")
    return _ended(asked, "withdrawn", by, at_us, _reason(why, "withdrawn"))


def expire(held: Grant, at_us: int) -> Grant:
    """End what is over by its own date; the same grant while it is not. A request that nobody decided in time is refused."""
    if over(held) or held.end is None or at_us < parse_us(held.end):
        return held
    if held.state == "requested":
        said = "Nobody decided before it would have been over."
        return msgspec.structs.replace(held, state="refused", decided_by=SELF, decided_at=format_us(at_us), decided_why=said)
    return msgspec.structs.replace(held, state="expired")


def attach(held: Grant, paper: Paper) -> Grant:
    """Add a document to what is asked for or holds; results belong to what was granted, and stay confidential."""
    if paper.use == "results":
        if held.allowed is None:
            raise GrantNotPossible(f"`{held.grant_id}` was never granted, so it has no results", help_="look at it again")
        known = held.results
        if any(each.sha256 == paper.sha256 for each in known):
            return held
        return msgspec.structs.replace(held, results=(*known, paper))
    _must_be(held, ("requested", "refused", *HOLDS), "given a document")
    if any(each.sha256 == paper.sha256 for each in held.papers):
        return held
    return msgspec.structs.replace(held, papers=(*held.papers, paper))


def over(held: Grant) -> bool:
    """Whether it is over for good."""
    return held.state not in ("requested", *HOLDS)


def window_us(held: Grant) -> tuple[int, int | None] | None:
    """From when to when it covers anything, the end not included and None for none; None where it never did."""
    if held.allowed is None or held.begins is None:
        return None
    begins_us = parse_us(held.begins)
    ends = [parse_us(text) for text in (held.end, held.ended_at) if text is not None]
    ends_us = min(ends, default=None)
    return None if ends_us is not None and ends_us <= begins_us else (begins_us, ends_us)


def clock_us(held: Grant) -> int | None:
    """When the clock must look at it again."""
    return parse_us(held.end) if not over(held) and held.end is not None else None


def _together(made: Grant, other: Grant) -> bool:
    begins_us, other_us = parse_us(made.start), parse_us(other.begins or other.start)
    apart = (made.end is not None and parse_us(made.end) <= other_us) or (
        other.end is not None and parse_us(other.end) <= begins_us
    )
    return not apart and meet(made.scope, other.allowed or other.scope)


def _ended(held: Grant, state: GrantState, by: str, at_us: int, why: str) -> Grant:
    return msgspec.structs.replace(held, state=state, ended_by=by, ended_at=format_us(at_us), ended_why=why)


def _another(asked: Grant, by: str, act: str) -> None:
    if by.partition(":")[2] == asked.requested_by.partition(":")[2]:
        raise GrantNotPossible(
            f"{by.partition(':')[2] or by} asked for `{asked.grant_id}` and cannot {act} it", help_="another person must decide"
        )


def _reason(why: str, what: str) -> str:
    if not why.strip():
        raise GrantNotPossible(f"a request cannot be {what} without a reason", help_="say why, in a sentence: it is kept")
    return why.strip()


def _must_be(held: Grant, states: Sequence[GrantState], what: str) -> None:
    if held.state not in states:
        now = held.state.replace("_", " ")
        times = {"expired": held.end, "revoked": held.ended_at, "withdrawn": held.ended_at}
        since = times.get(held.state, held.decided_at)
        raise GrantNotPossible(
            f"`{held.grant_id}` is {now}{f' since {since}' if since else ''} and cannot be {what}", help_="look at it again"
        )
