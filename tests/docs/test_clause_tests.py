"""The tests that prove a clause are known in an installed package too."""

from __future__ import annotations

import clause_tests as listed

from fairwire.runtime.packs import clause_tests


def test_the_list_of_tests_by_clause_is_that_of_the_repository() -> None:
    assert listed.FILE.read_text(encoding="utf-8") == listed.text(), "is stale: run `./dev accept docs`"


def test_the_coverage_names_the_tests_of_the_repository_beside_the_cases_of_detectors() -> None:
    tests = clause_tests()["L01"]
    assert any(test.startswith("limits.monthly_charges: ") for test in tests)
    assert any(test.startswith("tests/packs/test_pack_refusals.py::test_l01_") for test in tests)
