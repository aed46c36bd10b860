"""Under which call id a call is told, when several have one Call-ID.

The caller chooses the Call-ID. One who uses it again calls somebody else under the name of a call that was counted; the decision
point then makes the number called a part of the id (`runtime.attempts.apart`), and so must whoever tells of the same call.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import Any

REMEMBERED = 100_000
"""Names that are remembered: about as many as decisions (`runtime.answered.ANSWERS`), so that both tell the same calls apart."""


class Names:
    """The call ids that are taken, each with the call that has it."""

    def __init__(self) -> None:
        self._taken: OrderedDict[bytes, bytes] = OrderedDict()

    def of(self, key: bytes, cseq: int, tag: bytes, data: dict[str, Any]) -> str:
        """The call id of a call, and from now on of no other."""
        plain = data["call_id"]
        mark = tag.decode("utf-8", "replace")[:64]
        for name in (plain, f"{plain};to={data['to']}", f"{plain};tag={mark}", f"{plain};tag={mark};cseq={cseq}"):
            if self.take(key, cseq, name, data):
                return name
        return name

    def take(self, key: bytes, cseq: int, name: str, data: dict[str, Any]) -> bool:
        """Whether the name is this call's; it is when nobody had it."""
        place = _digest(f"{data['customer']}\0{name}".encode("utf-8", "surrogatepass"))
        mine = _digest(key + cseq.to_bytes(8))
        held = self._taken.setdefault(place, mine)
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return held == mine


def _digest(octets: bytes) -> bytes:
    return blake2b(octets, digest_size=12).digest()
