"""The numbers a customer may present: single ones, prefixes and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fairwire.model.errors import InvalidRecord
from fairwire.numbers.spans import NumberSet, Span, digits_of_key, spans_of

_NANP_LENGTH = 11
_LONGEST_DOUBTED = 9
"""Digits of an entry that may be too few for a number. Elsewhere than under +1, longer ones are taken for numbers: some countries
have numbers of any length."""


class OwnedNumbers(NumberSet):
    """Answers `digits in owned` for E.164 digits without the plus, in logarithmic time.

    Entries are `+12025550100`, `+12025550*` (all numbers that start so, whatever their length) and
    `+12025550100-+12025550199` (both ends included, both of one length). The plus may be missing. A single number that has fewer
    digits than its country's numbers have, `+1202555`, means all that begin so; without a plus it is a short code.

    Raises
    ------
    InvalidRecord
        An entry is none of these; the message names it.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__(span for entry in entries for span in owned_spans(entry))


def owned_spans(entry: str) -> list[Span]:
    """The spans that one entry means, as `OwnedNumbers` reads it, with the same error."""
    try:
        found = spans_of(entry)
    except InvalidRecord as error:
        raise InvalidRecord(f"`{entry[:60]}` is no number of a customer", field="numbers", help_=error.help) from None
    low, high = found[0]
    if low == high and len(found) == 1 and entry.lstrip()[:1] == "+":  # without it, few digits are a short code
        digits = digits_of_key(low)
        if len(digits) <= _LONGEST_DOUBTED or (digits[0] == "1" and len(digits) < _NANP_LENGTH):
            return spans_of(f"+{digits}*") if _too_short(digits) else found
    return found


@lru_cache(maxsize=1 << 12)
def _too_short(digits: str) -> bool:
    """Whether no number of the country that the digits begin with is as short."""
    import phonenumbers  # it takes a tenth of a second to load, and nearly no record has such an entry

    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return True
    fits = phonenumbers.is_possible_number_with_reason(number)
    return fits in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
