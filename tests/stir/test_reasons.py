"""Every reason has one code and one verdict, and the page that explains them says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.stir.causes import PHRASES, Cause

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "stir.md"


@pytest.mark.parametrize("cause", Cause)
def test_a_reason_has_a_code_and_a_phrase_or_neither(cause: Cause) -> None:
    assert (cause.code is None) == (cause in (Cause.success, Cause.cert_pending))
    assert cause.phrase == PHRASES.get(cause.code or 0, "")
    assert (cause.outcome == "TN-Validation-Passed") == (cause is Cause.success)


def test_the_page_names_every_reason_with_its_code_and_verdict() -> None:
    said: dict[str, tuple[str, str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.strip("| ").split(" | ")
        if len(cells) == 3 and "`" in cells[2]:
            for name in cells[2].split(", "):
                assert name not in said
                said[name.strip("`")] = (cells[0], cells[1])
    known = {cause.value: (f"{cause.code} {cause.phrase}" if cause.code else "-", cause.outcome) for cause in Cause}
    assert said == known
