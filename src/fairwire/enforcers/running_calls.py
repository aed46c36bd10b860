"""Which calls that run already are ended when somebody is suspended. A call that may be one for help never is.

Where a switch does not tell what was dialled, it cannot be shown that it was not help, and the call goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from fairwire.enforcers.keys import Subject, subject_of

ENDING: Final = frozenset({"suspend_outbound", "suspend", "terminate"})
"""Steps that end calls which run already."""
_IN_DIAL_STRING: Final = re.compile(r"[/:]([+0-9*#]{2,})(?=[@,&/|;]|$)")


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of a call."""

    handle: str
    """What the switch ends it by."""
    call: str
    """The same for all legs of a call."""
    callers: tuple[str, ...]
    """Numbers that it comes from."""
    dialled: tuple[str, ...]
    """Numbers that it goes to."""
    account: str = ""
    user: str = ""


def dialled_in(text: str) -> tuple[str, ...]:
    """Numbers in what a switch was told to dial: `sofia/gateway/carrier/911`, `PJSIP/911@carrier,30`."""
    return tuple(_IN_DIAL_STRING.findall(text))


def to_end(legs: Sequence[Leg], key: str, value: Mapping[str, Any], is_help: Callable[[str], bool]) -> list[str]:
    """Handles of the legs that an item ends, each of the suspended side: the switch ends the others with them."""
    if value.get("step") not in ENDING:
        return []
    subject = subject_of(key)
    both_ways = value["step"] != "suspend_outbound"
    calls: dict[str, list[Leg]] = {}
    for leg in legs:
        calls.setdefault(leg.call, []).append(leg)
    chosen = []
    for call in calls.values():
        own = [leg.handle for leg in call if _is_of(leg, subject, both_ways)]
        if own and not _may_be_help(call, is_help):
            chosen += own
    return chosen


def _is_of(leg: Leg, subject: Subject, both_ways: bool) -> bool:
    match subject.kind:
        case "cust":
            return leg.account == subject.customer
        case "line":
            return subject.name in leg.callers or (both_ways and subject.name in leg.dialled) or _same(leg, subject, both_ways)
        case "user" | "cred":
            return leg.user == subject.name
    return False


def _same(leg: Leg, subject: Subject, both_ways: bool) -> bool:
    """The same digits, with or without the plus."""
    if not subject.name.startswith("+"):
        return False
    ends: Iterable[str] = (*leg.callers, *leg.dialled) if both_ways else leg.callers
    return any(end.removeprefix("+") == subject.name[1:] for end in ends)


def _may_be_help(call: Sequence[Leg], is_help: Callable[[str], bool]) -> bool:
    dialled = [number for leg in call for number in leg.dialled if number]
    return not dialled or any(is_help(number) for leg in call for number in (*leg.dialled, *leg.callers) if number)
