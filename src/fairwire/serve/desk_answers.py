"""The shapes of answers about what people at the desk do."""

from __future__ import annotations

import msgspec

from fairwire.model.ledger import LedgerLine
from fairwire.model.reviews import Review


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """Reviews, the oldest first."""

    reviews: list[Review]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen and not acted on, the worst first. `more`: there are further lines."""

    lines: list[LedgerLine]
    more: bool
