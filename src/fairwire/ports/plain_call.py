"""A call attempt that says no more than a plain one does."""

from __future__ import annotations

from typing import Any

import msgspec


class PlainCall(msgspec.Struct, frozen=True, gc=False):
    """`call.attempt` data by contract name. All but the customer is printable ASCII. An empty text: it is not there."""

    source: str
    """With `event_id` the name of the question: the same one gets the same answer, and counts once."""
    event_id: str
    customer: str
    """Empty where nobody can tell whose call it is."""
    call_id: str
    direction: str
    from_: str
    to: str
    line: str = ""
    display_name: str = ""
    pai: str = ""
    user: str = ""
    src_ip: str = ""
    user_agent: str = ""
    transport: str = ""
    trunk: str = ""
    rate_per_min: str = ""

    def fields(self) -> dict[str, Any]:
        """The same as `CallService.decide_call` takes it."""
        given: dict[str, Any] = {"customer": self.customer, "call_id": self.call_id, "direction": self.direction}
        given |= {"from_": self.from_, "to": self.to}
        for name in _MAYBE:
            value = getattr(self, name)
            if value:
                given[name] = value
        return given


_MAYBE = PlainCall.__struct_fields__[7:]
