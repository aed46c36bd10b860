"""A call attempt that says no more than a plain one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

LONGEST_TEXT = 256
"""Characters of a text that is kept with a call; what is longer is cut, for nobody reads it."""


class PlainCaller(msgspec.Struct, gc=False):
    """Who calls and by what way, by contract name of `call.attempt` data. All but the customer is printable ASCII. An empty text:
    it is not there."""

    customer: str
    """Empty where nobody can tell whose call it is."""
    direction: str
    from_: str
    line: str = ""
    display_name: str = ""
    pai: str = ""
    user: str = ""
    src_ip: str = ""
    user_agent: str = ""
    transport: str = ""
    trunk: str = ""
    rate_per_min: str = ""
    met: Any = None
    """What whoever decides its calls remembers of it, for as long as somebody keeps it."""


class PlainCall(msgspec.Struct, frozen=True, gc=False):
    """One call of a caller: what it says for itself. All is printable ASCII."""

    source: str
    """With `event_id` the name of the question: the same one gets the same answer, and counts once."""
    event_id: str
    caller: PlainCaller
    call_id: str
    to: str

    @property
    def event(self) -> str | None:
        """The event that its answer names; None where nobody knows that by name who asks."""
        return self.event_id

    def fields(self) -> dict[str, Any]:
        """The same as `CallService.decide_call` takes it."""
        caller = self.caller
        given: dict[str, Any] = {"customer": caller.customer, "call_id": self.call_id, "direction": caller.direction}
        given |= {"from_": caller.from_, "to": self.to}
        for name in _MAYBE:
            value = getattr(caller, name)
            if value:
                given[name] = value
        return given


class PlainCalls(msgspec.Struct, frozen=True, gc=False):
    """Calls that came together, as they were read: what each says for itself stands in one text, printable ASCII."""

    source: str
    """As `PlainCall` has it, of all of them."""
    callers: Sequence[PlainCaller]
    """Of each call."""
    text: npt.NDArray[np.uint8]
    """Nobody writes to it until the calls are decided."""
    spans: npt.NDArray[np.int64]
    """Shape (calls, 6). In the text, begin and end of the number called, of the event id and of the call id."""

    def call(self, place: int) -> PlainCall:
        """One of them."""
        to, event, call_id = (self.said(place, which) for which in range(3))
        return PlainCall(self.source, event, self.callers[place], call_id, to)

    def said(self, place: int, which: int) -> str:
        """One of the three texts of a call."""
        first, stop = self.spans[place, 2 * which : 2 * which + 2].tolist()
        return self.text[first:stop].tobytes().decode("ascii")


def together(calls: Sequence[PlainCall]) -> PlainCalls:
    """Calls of one source, one or more, as if they had been read together."""
    texts: list[str] = []
    spans: list[int] = []
    at = 0
    for call in calls:
        to, event, call_id = call.to, call.event_id, call.call_id
        texts += (to, event, call_id)
        begins = at + len(to)
        ends = begins + len(event)
        spans += (at, begins, begins, ends, ends, ends + len(call_id))
        at = ends + len(call_id)
    text = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    return PlainCalls(
        calls[0].source, [call.caller for call in calls], text, np.array(spans, dtype=np.int64).reshape(len(calls), 6)
    )


_MAYBE = PlainCaller.__struct_fields__[3:-1]
