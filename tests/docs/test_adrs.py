"""Decision records have one form, and name tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
HEADINGS = ["Question", "Decision", "Considered", "Consequences", "Confirmation"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_record_asks_decides_weighs_and_says_how_drift_is_noticed(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert re.match(rf"# {record.stem[:4]}  \S", text)
    assert re.search(
        r"^Status: (accepted|replaced by \d{4}), \d{4}-\d{2}-\d{2}\. Replaces (nothing|\d{4})\.$", text, re.MULTILINE
    )
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_what_a_decision_record_names_is_there(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|kernel|runtime|plan|serve|stores|testkit)/[\w./-]*)`", text)
    source = ROOT / "src" / "fairwire"
    missing = [name for name in named if not (ROOT / name).exists() and not (source / name).exists()]
    assert missing == []
    confirmation = text.partition("## Confirmation")[2]
    assert re.search(r"`tests/|import contract", confirmation), "nothing would notice a drift"


def test_the_list_names_every_decision_record_once() -> None:
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [record.name for record in RECORDS]
