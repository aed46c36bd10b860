"""How old accounts are."""

from __future__ import annotations

import math
from datetime import date

_FIRST = date(1970, 1, 1).toordinal()


def opened_day(opened: str) -> float:
    """Day, in UTC, on which an account was opened, counted from 1970; NaN when its record does not say."""
    try:
        return float(date.fromisoformat(opened[:10]).toordinal() - _FIRST)
    except ValueError:
        return math.nan
