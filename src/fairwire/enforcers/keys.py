"""Names of items: what an order is about, in characters that no protocol line takes for anything else.

    cust:acme                            the customer
    user:acme:alice  line:acme:+12025550100  cred:acme:alice-phone  addr:acme:192.0.2.7  device:acme:00-53-00
    callee:acme:+88213000                one number called, by anybody of the customer
    class:acme:premium                   a class of destinations; also a country (CU) or a prefix (+1900)
    new_callees:acme  forwarding:acme  new_calls:acme
    plan:acme  messages:acme  mail:acme  content:acme  traffic:acme  requests:acme

Behind the last seven and behind `callee` and `class` may stand `:line:` and `:user:`, where the order is about what one line or
one user does. Every part is escaped with %, but for the address, which is the last one and may have colons.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from fairwire.model.order import STEPS, Order, Step, Target

CALL_STEPS: Final[frozenset[Step]] = frozenset({"step_up", "throttle", "block", "suspend_outbound", "suspend", "terminate"})
"""Steps that change what a call is answered."""
STEPS_AT_EDGES: Final[frozenset[Step]] = CALL_STEPS | {"change_plan", "remove_content"}
"""Steps that somebody outside can carry out."""
LONGEST: Final = 240
"""Characters of a key. What is longer is refused by those that have a limit themselves."""

_NAMED: Final[dict[Target, str]] = {
    "user": "user",
    "line": "line",
    "credential": "cred",
    "address": "addr",
    "device": "device",
    "callee": "callee",
    "destination_class": "class",
}
"""Targets that need a name."""
_ALONE: Final[tuple[Target, ...]] = (
    "new_callees", "forwarding", "new_calls", "plan", "messages", "mail", "content", "traffic", "requests",
)  # fmt: skip
_SCOPED: Final = frozenset({"callee", "class", "new_callees", "forwarding", "new_calls", "messages", "mail", "requests"})
_CALL_KINDS: Final = frozenset({"cust", *_NAMED.values(), "new_callees", "forwarding", "new_calls"})
_PLAIN: Final = "+*#@=._-"
_SOUND: Final = re.compile(r"[A-Za-z0-9+*#@=._:%-]+\Z")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a key names, unescaped."""

    kind: str
    """Its first word."""
    customer: str
    name: str = ""
    line: str = ""
    """Where the order is about what one line does."""
    user: str = ""


def escaped(text: str) -> str:
    """A part of a key: letters, digits and a few signs stay, everything else is escaped as UTF-8."""
    return quote(text, safe=_PLAIN, errors="surrogatepass").replace("~", "%7E")


def key_of(order: Order, is_help: Callable[[str], bool]) -> str | None:
    """The key of what an order is about; None where nobody outside can do anything about it, or it names help."""
    if order.step not in STEPS_AT_EDGES:
        return None
    customer = escaped(order.customer)
    if order.target == "customer":
        return f"cust:{customer}"
    if order.target in _ALONE:
        key = f"{order.target}:{customer}"
        if order.target == "content" and order.value:
            key += f":{escaped(order.value)}"
        return key + _scope(order)
    if order.target not in _NAMED:
        return None
    name = _name(order)
    if not name or names_help(order.target, name, is_help):
        return None
    kind = _NAMED[order.target]
    return f"{kind}:{customer}:{_address(name) if kind == 'addr' else escaped(name)}" + _scope(order)


def names_help(target: Target, name: str, is_help: Callable[[str], bool]) -> bool:
    """Whether a target is a way to call for help: no order is ever carried out against one."""
    if target == "callee":
        return is_help(name)
    return target == "destination_class" and (name == "emergency" or (name.startswith("+") and is_help(name)))


def is_about_calls(key: str) -> bool:
    """Whether calls are what a key is about."""
    return key.partition(":")[0] in _CALL_KINDS


def rank_of(step: Step) -> int:
    """The severer step, the higher."""
    return STEPS.index(step)


def subject_of(key: str) -> Subject:
    """What a key of ours names."""
    kind, _, rest = key.partition(":")
    customer, _, rest = rest.partition(":")
    if kind == "addr":
        return Subject(kind=kind, customer=unquote(customer), name=rest)
    parts = rest.split(":") if rest else []
    name = parts.pop(0) if parts and kind in (*_NAMED.values(), "content") else ""
    scope = dict(zip(parts[::2], parts[1::2], strict=False))
    return Subject(
        kind=kind,
        customer=unquote(customer),
        name=unquote(name),
        line=unquote(scope.get("line", "")),
        user=unquote(scope.get("user", "")),
    )


def fault_of(key: str) -> str:
    """Why a key cannot be put anywhere; empty for a sound one."""
    if len(key) > LONGEST:
        return f"the name is longer than {LONGEST} characters"
    return "" if _SOUND.match(key) else "the name has characters that were not escaped"


def _name(order: Order) -> str | None:
    match order.target:
        case "user":
            return order.value or order.user
        case "line":
            return order.value or order.line
        case _:
            return order.value


def _scope(order: Order) -> str:
    kind = _NAMED.get(order.target, order.target)
    if kind not in _SCOPED:
        return ""
    line = f":line:{escaped(order.line)}" if order.line else ""
    return line + (f":user:{escaped(order.user)}" if order.user else "")


def _address(text: str) -> str:
    """As machines write it; what is no address is escaped like any other name."""
    try:
        return str(ip_address(text))
    except ValueError:
        return escaped(text)
