"""The ledger of what was seen and not acted on. Letting a breach pass gives up no right to act on it."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.finding import Mode, Severity

Unacted = Literal["shadow", "dry_run", "snoozed", "waiting", "refused", "dismissed", "overturned", "told", "none"]
UNACTED: tuple[Unacted, ...] = (
    "shadow",
    "dry_run",
    "snoozed",
    "waiting",
    "refused",
    "dismissed",
    "overturned",
    "told",
    "none",
)
"""Why nothing was done. `shadow`: the rule only watches. `dry_run`: an order was written and not carried out. `snoozed`: somebody
had put it to rest. `waiting`: people were asked and have not spoken. `refused`: they said no. `dismissed`: a person let it be.
`overturned`: what was done was undone. `told`: a notice or an entry was all. `none`: no order was ever written."""


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One finding or order that nothing came of."""

    finding_id: str
    """Empty for an order of a person that rests on no finding."""
    order_ids: tuple[str, ...]
    time: str
    """When the finding became true, or the order was given."""
    customer: str
    user: str | None = None
    line: str | None = None
    policy: str
    """`id@version`, as it was then."""
    clauses: tuple[str, ...]
    detector: str
    mode: Mode
    severity: Severity | None = None
    """None: no finding says."""
    reason: str
    unacted: Unacted
    says: str
    """Who let it pass and why, where somebody did."""
    since: str
    """When it came to be so."""
    late: bool = False
    """It waits for people for longer than it should."""
