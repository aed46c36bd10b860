"""What is said of a number called, one at a time and in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from fairwire.model.columns import DESTINATIONS, UNKNOWN, DestinationKind

CODE_OF_KIND: Final[dict[str, int]] = {kind: code for code, kind in enumerate(DESTINATIONS, start=1)}
BLOCK_DIGITS: Final = 7
UNPLACED: Final = ("emergency", "special", "unknown")
"""Kinds whose block is not, or not surely, the beginning of an E.164 number."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One called number, seen from one country."""

    e164: str | None
    """With the plus. None when it is not known which subscriber is meant."""
    country: str
    """ISO 3166-1 alpha-2; empty for networks without a country and for what cannot be placed. A number that no region of
    a shared country code owns up to is put in the code's main region."""
    kind: DestinationKind
    international: bool | None
    """In another region than the caller. Country code 1 is 25 regions, each of its own. None: not known, and for
    international freephone, which costs the caller nothing."""
    valid: bool | None
    """In a range that is in use. None: not known. A number as dialled, without a plus or an international prefix, is never
    called invalid: it may be meant for a dial plan that is not known here."""
    block: str
    """The first seven digits in E.164, or the first seven characters as dialled."""
    national: int | None
    """The national number; None when it is not known."""
    high_risk: bool
    """In the list of ranges known for revenue share. A sign, never proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationColumns:
    """`Destination` for many numbers, in their order; the integer columns are as the kernel wants them."""

    e164: list[str | None]
    country: list[str]
    block: list[str]
    destination: npt.NDArray[np.int64]
    """Place in `model.columns.DESTINATIONS`, from 1."""
    international: npt.NDArray[np.int64]
    """0, 1 or `UNKNOWN`."""
    valid: npt.NDArray[np.int64]
    """0, 1 or `UNKNOWN`."""
    high_risk: npt.NDArray[np.int64]
    """0 or 1."""
    national: npt.NDArray[np.int64]
    """The national number or `UNKNOWN`."""


SHORT: Final = 6
"""Digits of the longest number that is dialled as it is within a company."""


def unplaced(text: str, kind: DestinationKind, *, country: str = "", international: bool | None = None) -> Destination:
    """What is said of a text of which it is not known which subscriber is meant. A short one is itself."""
    short = text.isascii() and text.isdigit() and len(text) <= SHORT
    return Destination(
        e164=None,
        country=country,
        kind=kind,
        international=international,
        valid=None,
        block=text[:BLOCK_DIGITS],
        national=int(text) if short else None,
        high_risk=False,
    )


def as_int64(number: int) -> int:
    """Nobody's number is that long; what somebody sends may be."""
    return number if number < 2**62 else UNKNOWN
