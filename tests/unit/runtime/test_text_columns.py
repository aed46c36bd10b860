"""What texts say fits into the whole numbers of columns."""

from __future__ import annotations

import pytest

from fairwire.runtime.texts import text_columns

TEXTS = [
    "my card number is 4111 1111 1111 1111 and it runs to next June",
    "Your parcel waits: http://parcel.example/1",
    "see you at the harbour at noon",
    "win a prize today, answer YES",
]


@pytest.mark.parametrize("spoken", [True, False])
@pytest.mark.parametrize("text", TEXTS)
def test_every_value_of_a_text_fits_into_a_column(text: str, spoken: bool) -> None:
    assert all(-(2**63) < value < 2**63 for value in text_columns(text, spoken).values())
