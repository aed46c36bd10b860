"""What an order did, in the words of a letter to its customer."""

from __future__ import annotations

from fairwire.enforcement.targets import place
from fairwire.model.order import Order, Step

_DONE: dict[Step, str] = {
    "log": "nothing",
    "notify": "we tell you of it, and nothing else",
    "invoice": "{where} is invoiced",
    "step_up": "{where} needs a second factor",
    "throttle": "the pace of {where} is limited",
    "block": "{where} are blocked",
    "suspend_outbound": "outbound calls of {where} are suspended",
    "suspend": "calls of {where} are suspended, both ways",
    "change_plan": "{where} is changed",
    "remove_content": "{where} is taken down",
    "terminate": "the service to {where} ends",
}
_CALLS_OF = ("customer", "user", "line", "credential", "address", "device")
_ONE = ("plan", "content", "charges")
"""Targets that are one thing."""


def about(order: Order) -> str:
    """What a letter about an order is about: `line +12025550143`, `your account`."""
    if order.target in ("user", "line"):
        return _where(order)
    if order.line:
        return f"line {order.line}"
    return f"user {order.user}" if order.user else "your account"


def done(order: Order) -> str:
    """What was done, as half a sentence: `calls of user joan are blocked`."""
    where = _where(order)
    if order.step == "block":
        where = f"calls of {where}" if order.target in _CALLS_OF else where
    said = _DONE[order.step].format(where=where)
    return said.replace(" are blocked", " is blocked") if order.step == "block" and order.target in _ONE else said


def _where(order: Order) -> str:
    return place(order.target, order.value).replace("this customer", "your account")
