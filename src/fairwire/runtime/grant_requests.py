"""From what somebody asks for to a sound request: whose the addresses are, which clauses it is about, whether it is in time."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from fairwire.enforcement import grants
from fairwire.enforcement.grant_kinds import KINDS
from fairwire.enforcement.grant_scope import Network, checked
from fairwire.model.customers import Customer
from fairwire.model.declared import Workflow
from fairwire.model.errors import BadUse
from fairwire.model.grants import Grant, GrantKind, Scope
from fairwire.model.instants import parse_us
from fairwire.model.policy import Pack
from fairwire.runtime.working_days import DaysBefore, business_days_before

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}))?)?\Z")
_NOTICE = re.compile(r"([0-9]+)(bd|d|h|m|s)\Z")
_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000}
_UNIT_WORDS = {"bd": "working day", "d": "day", "h": "hour", "m": "minute", "s": "second"}


class BadInstant(BadUse):
    """A text is no instant, or names an hour that the clocks of the customer's zone skip or show twice."""

    code = "FW-GRA-005"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as somebody writes it: scope and times are texts."""

    kind: str
    why: str
    start: str
    end: str | None = None
    scope: Mapping[str, Sequence[str]] = field(default_factory=dict)
    clauses: Sequence[str] = ()
    """Those that it is about; none: the ones that the policy has for such a thing."""
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a request is held against."""

    customers: Callable[[], Iterable[Customer]]
    networks: Sequence[str] = ()
    """The provider's own systems that may be tested, as networks."""
    days_before: DaysBefore = business_days_before


def request_of(
    asked: Asked, customer: Customer, pack: Pack, site: Site, *, by: str, at_us: int, others: Sequence[Grant]
) -> Grant:
    """The request, or why it cannot be taken.

    Raises
    ------
    BadUse, BadScope, BadInstant, UnsoundGrant
        One sentence: what, where, and what to do.
    """
    kind = kind_of(asked.kind)
    facts = KINDS[kind]
    workflow = workflow_of(pack, kind)
    start_us = read_instant(asked.start, customer.timezone, "start")
    end_us = None if asked.end is None else read_instant(asked.end, customer.timezone, "end")
    scope = Scope(**{name: tuple(entries) for name, entries in asked.scope.items()})  # type: ignore[arg-type]
    latest_us, notice = _latest(workflow, start_us, customer, site.days_before) if facts.first else (None, "")
    return grants.request(
        by=by,
        at_us=at_us,
        kind=kind,
        customer=customer.id,
        policy=f"{pack.id}@{pack.version}",
        clauses=_clauses(asked.clauses, pack, kind, workflow),
        scope=checked(kind, scope, _whose(kind, customer, site)),
        start_us=start_us,
        end_us=end_us,
        why=asked.why,
        conditions=asked.conditions,
        latest_us=latest_us,
        notice=notice,
        late_by_person=workflow is not None and workflow.late == "person",
        others=others,
    )


def kind_of(text: str) -> GrantKind:
    """A kind by its name."""
    if text not in get_args(GrantKind):
        raise BadUse(f"`{text[:40]}` is nothing that can be granted", help_=f"known: {', '.join(get_args(GrantKind))}")
    return cast("GrantKind", text)


def workflow_of(pack: Pack, kind: GrantKind) -> Workflow | None:
    """What the policy declares for such a request; None where it declares nothing."""
    facts = KINDS[kind]
    mine = [each for each in pack.workflows.values() if each.kind == facts.workflow]
    clauses = {clause for topic in facts.topics for clause in pack.clauses_of(topic)}
    return next(
        (each for each in mine if not set(each.topics).isdisjoint(facts.topics) or not clauses.isdisjoint(each.clauses)), None
    )


def _clauses(given: Sequence[str], pack: Pack, kind: GrantKind, workflow: Workflow | None) -> tuple[str, ...]:
    unknown = next((clause for clause in given if clause not in pack.clauses), None)
    if unknown is not None:
        raise BadUse(
            f"policy `{pack.id}` has no clause `{unknown[:40]}`", help_=f"`fairwire policy coverage {pack.id}` lists them"
        )
    if given:
        return tuple(dict.fromkeys(given))
    declared = workflow.clauses if workflow is not None else ()
    return tuple(dict.fromkeys([*declared, *(each for topic in KINDS[kind].topics for each in pack.clauses_of(topic))]))


def _latest(workflow: Workflow | None, start_us: int, customer: Customer, days_before: DaysBefore) -> tuple[int | None, str]:
    """The last instant at which it could be asked for, and how much notice that is, in words."""
    match = _NOTICE.match(workflow.notice) if workflow is not None else None
    if match is None:
        return None, ""
    count, unit = int(match[1]), match[2]
    words = f"{count} {_UNIT_WORDS[unit]}{'' if count == 1 else 's'}' notice" if count > 1 else f"1 {_UNIT_WORDS[unit]}'s notice"
    return (days_before(start_us, count, customer) if unit == "bd" else start_us - count * _UNITS[unit]), words


def read_instant(text: str, zone: str, name: str) -> int:
    """An instant as typed: RFC 3339, or a day or a time by the customer's own clocks.

    Raises
    ------
    BadInstant
        It is none, or the clocks there skip it or show it twice.
    """
    match = _LOCAL.match(text.strip())
    if match is None:
        try:
            return parse_us(text.strip())
        except ValueError as error:
            raise BadInstant(f"`{name}`: {error}") from None
    shown = f"{match[1]}T{match[2] or '00:00'}:{match[3] or '00'}"
    try:
        wall = datetime.fromisoformat(shown)
    except ValueError:
        raise BadInstant(f"`{name}`: `{text[:40]}` is no day and hour that there is") from None
    early, late = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    back = early.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if back != wall:
        raise BadInstant(
            f"`{name}`: the clocks of {zone} skip {match[1]} {match[2]}", help_="give a time before or after the change"
        )
    if early != late:
        raise BadInstant(
            f"`{name}`: the clocks of {zone} show {match[1]} {match[2]} twice",
            help_=f"say which with an offset, such as {wall.replace(tzinfo=ZoneInfo(zone)).isoformat()}",
        )
    return (early - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _whose(kind: GrantKind, customer: Customer, site: Site) -> Callable[[str, Network], str]:
    own = _networks(customer.addresses)
    provider = _networks(site.networks)

    def wrong(name: str, found: Network) -> str:
        for other in site.customers():
            if other.id != customer.id and _touch(found, _networks(other.addresses)):
                return f"belongs to another customer, `{other.id}`"
        if kind != "penetration_test" or name != "addresses" or _within(found, (*own, *provider)):
            return ""
        if not own and not provider:
            return f"cannot be allowed: no address of `{customer.id}` is on record"
        return f"is not `{customer.id}`'s own, nor a system that we manage"

    return wrong


def _networks(texts: Iterable[str]) -> list[Network]:
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            continue  # a name, or a mistake that the customers file is not refused for
    return found


def _touch(one: Network, others: Iterable[Network]) -> bool:
    return any(one.version == each.version and one.overlaps(cast("Any", each)) for each in others)


def _within(one: Network, others: Iterable[Network]) -> bool:
    return any(one.version == each.version and one.subnet_of(cast("Any", each)) for each in others)
