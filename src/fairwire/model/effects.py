"""An effect: what stands under one key at one edge, who wants it there, and what was there before."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

EffectState = Literal["putting", "there", "restoring", "gone", "stuck"]
"""`putting`: wanted, and not known to be there. `restoring`: no longer wanted, and not known to be gone. `stuck`: the edge
refused it for good, a person must look."""


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """One order's wish for a key."""

    order_id: str
    value: dict[str, Any]
    rank: int = 0


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One key at one edge."""

    effect_id: str
    edge: str
    key: str
    customer: str
    wants: tuple[Want, ...]
    """All orders that want something there; of them, the highest rank stands there, and of equals the first. Empty: none does."""
    placed: dict[str, Any] | None = None
    """What we put there last; None: nothing yet."""
    looked: bool = False
    """Whether `before` is known."""
    before: Any = None
    """What stood there before us, restored when nobody wants anything there any more."""
    state: EffectState
    attempts: int = 0
    """Since the last change of what is wanted."""
    next_us: int = 0
    """When it is tried again."""
    answer: str = ""
    """The edge's last words."""

    @property
    def wanted(self) -> Want | None:
        """What shall stand there; None: what was before."""
        return max(self.wants, key=lambda want: want.rank) if self.wants else None
