"""The numbering plans of the world as libphonenumber has them: codes, kinds, expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType

from fairwire.model.columns import DestinationKind
from fairwire.numbers.states import NumberStates

CODES: Final[dict[str, int]] = {str(code): code for code in COUNTRY_CODE_TO_REGION_CODE}
"""Country codes as text and as numbers."""
KIND_OF_TYPE: Final[dict[int, DestinationKind]] = {
    PhoneNumberType.FIXED_LINE: "standard",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "standard",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "special",
    PhoneNumberType.UAN: "special",
    PhoneNumberType.VOICEMAIL: "special",
}
_PATTERNS: Final = (
    "general_desc",
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


def patterns_of(code: str) -> Iterator[tuple[str, int]]:
    """Every expression that libphonenumber asks about numbers of a country code. ValueError when a plan of it is missing."""
    for place, region in enumerate(COUNTRY_CODE_TO_REGION_CODE[int(code)]):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
        if metadata is None:
            raise ValueError(f"no numbering plan of {region}")
        if place == 0 and metadata.national_prefix_for_parsing:
            # What must end there may go on for us: a number more is looked up whole, none too few.
            yield metadata.national_prefix_for_parsing.replace("$", ""), NumberStates.HIDES
        if metadata.leading_digits:
            yield metadata.leading_digits, NumberStates.START
        for name in _PATTERNS:
            described = getattr(metadata, name)
            if described is not None and described.national_number_pattern:
                yield described.national_number_pattern, NumberStates.FULL


WIDTHS: Final[tuple[int, ...]] = tuple(
    next((width for width in (1, 2, 3) if f"{first:03d}"[:width] in CODES), 0) for first in range(1000)
)
"""Digits of the country code by the first three digits of an E.164 number; 0 where nobody has the code."""


def width_of(digits: str) -> int:
    """Digits of the country code of E.164 digits; 0 where nobody has it."""
    return WIDTHS[int(digits[:3])] if len(digits) >= 3 and digits.isdigit() else 0
