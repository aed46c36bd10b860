"""Whom an order touches: the narrowest target that can be named, and never a way to call for help."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fairwire.model.finding import Finding
from fairwire.model.order import Step, Target
from fairwire.model.policy import RuleInfo, Rung

COSTLY = "costly"
"""Destination class of a rule about money that names none: everything the called side charges for."""

_WIDER: dict[Target, Target] = {
    "callee": "line",
    "credential": "user",
    "line": "user",
    "user": "customer",
    "address": "credential",
    "device": "user",
}
_SHORTEST_SUBSCRIBER = 7


class Aim(NamedTuple):
    """A target with its value."""

    target: Target
    value: str | None
    widened: bool
    """Wider than the ladder and the rule meant: the finding did not say whom. A person must agree."""


def may_reach_help(number: str) -> bool:
    """Whether a number could be an emergency or lifeline number, going by its form alone: short, or a service name.

    Coarse on purpose. Whoever has the numbering plans at hand passes a better judge to `plan_orders`.
    """
    digits = [char for char in number if char.isdigit()]
    return number.strip().lower().startswith("urn:") or len(digits) < _SHORTEST_SUBSCRIBER


def aim(rung: Rung, rule: RuleInfo, finding: Finding) -> Aim:
    """The target of a rung for one finding; wider where the finding cannot name it."""
    wanted: Target = rule.narrowest if rung.target == "narrowest" else rung.target
    target = wanted
    while True:
        value = _value(target, rule, finding)
        if value is not None or target not in _WIDER:
            return Aim(target, value if target != "plan" else rung.to, target != wanted)
        target = _WIDER[target]


def _value(target: Target, rule: RuleInfo, finding: Finding) -> str | None:
    """What the target names; None when it needs no name, or the finding has none."""
    measured = finding.features.get(rule.value_feature) if rule.value_feature is not None else None
    named = measured.value if measured is not None and isinstance(measured.value, str) and measured.value else None
    match target:
        case "callee":
            return finding.callee or named or rule.value
        case "line":
            return finding.line
        case "user":
            return finding.user
        case "destination_class":
            return named or rule.value or COSTLY
        case "credential":
            return named or rule.value or finding.credential
        case "address":
            return finding.address
        case "device":
            return finding.device
        case _:
            return None


def names_help(aimed: Aim, is_emergency: Callable[[str], bool]) -> bool:
    """Whether the target is a way to call for help."""
    if aimed.target == "callee":
        return aimed.value is None or is_emergency(aimed.value)
    return aimed.target == "destination_class" and aimed.value == "emergency"


_PLACES: dict[Target, str] = {
    "customer": "this customer",
    "user": "user {value}",
    "line": "line {value}",
    "credential": "the login {value}",
    "callee": "calls to {value}",
    "new_callees": "calls to numbers never called before",
    "destination_class": "calls to destinations of the class {value}",
    "forwarding": "forwarded calls",
    "new_calls": "calls over the limit",
    "plan": "the plan{to}",
    "address": "the address {value}",
    "device": "the device {value}",
    "messages": "messages sent by this customer",
    "mail": "mail sent by this customer",
    "content": "what was found in it",
    "traffic": "this customer's port",
    "requests": "requests of this customer's programs",
    "charges": "{value} above the limit of the order",
}
_UNDO: dict[Step, str] = {
    "log": "Nothing was changed; the entry stays on record",
    "invoice": "Take {where} off the invoice, or credit it where it is paid; it is due with the month's invoice then",
    "notify": "Send a correction to the contacts that were told; the notice stays on record as sent",
    "step_up": "Lift the order, and {where} needs no second factor any more",
    "throttle": "Lift the order, and the pace of {where} is free again from the next call on",
    "block": "Lift the order, and {where} connect again from the next call on",
    "suspend_outbound": "Lift the order, and outbound calls of {where} connect again from the next call on",
    "suspend": "Lift the order, and calls of {where} connect again both ways from the next call on",
    "change_plan": "Put the customer back on the plan it had, from the same date",
    "remove_content": "Put the content back from where it is kept until the case is closed",
    "terminate": "Open the account again with the numbers and settings kept for it; numbers given up may be gone",
}


def place(target: Target, value: str | None) -> str:
    """The target in words."""
    return _PLACES[target].format(value=value, to="" if value is None else f" (to `{value}`)")


def undo(step: Step, target: Target, value: str | None) -> str:
    """One sentence: what is restored, and how."""
    return _UNDO[step].format(where=_subject(step, target, value)) + "."


def _subject(step: Step, target: Target, value: str | None) -> str:
    where = place(target, value)
    return (
        f"calls of {where}"
        if step == "block" and target in ("customer", "user", "line", "credential", "address", "device")
        else where
    )
