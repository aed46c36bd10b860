"""The numbers a customer may present: single ones, prefixes and ranges."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.model.errors import InvalidRecord
from fairwire.numbers.spans import NumberSet, Span, spans_of


class OwnedNumbers(NumberSet):
    """Answers `digits in owned` for E.164 digits without the plus, in logarithmic time.

    Entries are `+12025550100`, `+12025550*` (all numbers that start so, whatever their length) and
    `+12025550100-+12025550199` (both ends included, both of one length). The plus may be missing.

    Raises
    ------
    InvalidRecord
        An entry is none of these; the message names it.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__(span for entry in entries for span in _spans(entry))


def _spans(entry: str) -> list[Span]:
    try:
        return spans_of(entry)
    except InvalidRecord as error:
        raise InvalidRecord(f"`{entry[:60]}` is no number of a customer", field="numbers", help_=error.help) from None
