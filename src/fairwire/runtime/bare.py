"""Questions that are the bare data of a call attempt and say no more than a plain one does: decided with others of their kind."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.ports.plain_call import LONGEST_TEXT, PlainCall, PlainCaller
from fairwire.runtime.attempts import bare_event_id

SOURCE = "decision"
"""As `attempts.envelope` names it."""
MOST_CALLERS = 1 << 17
"""Callers that are remembered; all are forgotten when there are more."""


class BareCall(PlainCall, frozen=True, gc=False):
    """A call that is asked about by its bare data."""

    question: bytes
    """As it came: what has to be looked at by itself is read from there."""

    @property
    def event(self) -> str | None:
        """None: whoever sends bare data has named no event."""
        return None


class _Data(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, rename={"from_": "from"}):
    customer: str
    call_id: str
    direction: Literal["outbound", "inbound", "internal"]
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


_decode = msgspec.json.Decoder(_Data).decode


class BareCalls:
    """Reads them. Used from one thread."""

    def __init__(self) -> None:
        self._callers: dict[tuple[str, ...], PlainCaller] = {}

    def read(self, question: bytes) -> BareCall | None:
        """The call that a question is about; None where it is looked at by itself."""
        if b'""' in question:  # a text with nothing in it, which the log keeps as it was said
            return None
        try:
            data = _decode(question)
        except (ValueError, RecursionError):
            return None
        said = msgspec.structs.astuple(data)
        customer, call_id, direction, from_, to, *more = said
        key = (customer, direction, from_, *more)
        caller = self._callers.get(key)
        if caller is None:
            if not 0 < len(customer) <= LONGEST_TEXT or not all(map(_is_plain, (from_, *more))):
                return None
            if len(self._callers) >= MOST_CALLERS:
                self._callers.clear()
            caller = self._callers[key] = PlainCaller(customer, direction, from_, *more)
        if not call_id or not _is_plain(call_id) or not _is_plain(to):
            return None
        return BareCall(SOURCE, bare_event_id(customer, call_id), caller, call_id, to, question)


def _is_plain(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and text.isascii() and text.isprintable()
