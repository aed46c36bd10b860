"""What a text says fits into the columns of an event."""

from __future__ import annotations

from fairwire.content import read_text
from fairwire.runtime.texts import text_columns

TEXTS = [f"Reminder number {word}: your {word} appointment is on Tuesday" for word in ("blue", "green", "red", "white", "black")]


def test_the_template_of_every_text_fits_into_a_column() -> None:
    assert any(read_text(text).template >= 1 << 63 for text in TEXTS), "no text of these would show it"
    for text in TEXTS:
        assert -(1 << 63) <= text_columns(text, False)["template"] < 1 << 63
