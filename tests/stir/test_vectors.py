"""Other people's passports, certificates and scenarios come out as those who made them say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.stir.causes import Cause
from stir_vectors import SCENARIOS, corpus, page, rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "stir_vectors.md"


@pytest.fixture
def folder() -> Path:
    found = corpus()
    if found is None:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    return found


def test_every_vector_comes_out_as_expected(folder: Path) -> None:
    found = rows(folder)
    assert [row for row in found if row.got != row.expected] == []
    names = {row.name for row in found}
    assert sum(name.startswith("libstirshaken") for name in names) == 8 + 1
    assert {f"asterisk: {name}" for name in SCENARIOS} <= names


def test_the_page_shows_what_comes_out(folder: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(folder)


def test_the_page_shows_no_vector_that_comes_out_otherwise() -> None:
    table = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "`" in line]
    assert len(table) > 40
    assert [row for row in table if row[2] != row[3].removesuffix(" |")] == []


def test_results_have_the_names_that_asterisk_gives_them() -> None:
    theirs = {
        "success", "cert_retrieval_failure", "invalid_or_no_callerid", "cert_not_trusted", "missing_identity_hdr",
        "signature_validation", "cid_orig_tn_mismatch",
    }  # fmt: skip
    assert theirs <= {cause.value for cause in Cause}
