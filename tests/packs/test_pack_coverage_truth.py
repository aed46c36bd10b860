"""What `fairwire policy coverage` says of the built-in packs is true of this installation, and of a smaller one."""

from __future__ import annotations

import pytest

from fairwire.decisions import inline_controls
from fairwire.model.policy import Coverage
from fairwire.policy import coverage
from fairwire.runtime.packs import all_pack_ids, clause_tests, detector_infos, pack_coverage, read_pack


def everything() -> dict[str, Coverage]:
    return {row.clause: row for pack_id in all_pack_ids() for row in pack_coverage(read_pack(pack_id))}


def without(*missing: str) -> dict[str, Coverage]:
    """The rows of an installation that lacks some detectors."""
    there = [info for info in detector_infos() if info.id not in missing]
    tests = {clause: [test for test in tests if not test.startswith(missing)] for clause, tests in clause_tests().items()}
    packs = [read_pack(pack_id) for pack_id in all_pack_ids()]
    return {row.clause: row for pack in packs for row in coverage(pack, there, inline_controls(), tests)}


def test_there_is_one_row_for_each_of_the_96_clauses() -> None:
    assert len(everything()) == 96


def test_a_clause_is_enforced_or_says_why_not() -> None:
    for row in everything().values():
        if row.status == "working":
            assert row.enforced_by, row.clause
            assert row.tests, row.clause
            assert row.shows, row.clause
            assert row.reason is None, row.clause
        else:
            assert row.reason, row.clause
        if row.status == "partial":
            assert row.enforced_by, row.clause
            assert row.shows, row.clause


def test_what_a_pack_claims_is_what_is_found() -> None:
    for pack_id in all_pack_ids():
        pack = read_pack(pack_id)
        assert {row.clause: row.status for row in pack_coverage(pack)} == {c.id: c.status for c in pack.clauses.values()}


def test_every_detector_serves_a_clause_of_some_pack() -> None:
    enforcing = {name for row in everything().values() for name in row.enforced_by}
    assert {info.id for info in detector_infos()} <= enforcing


def test_a_detectors_case_names_only_clauses_that_the_detector_enforces() -> None:
    rows = everything()
    for clause, tests in clause_tests().items():
        for test in tests:
            if "::" not in test:
                assert test.split(":")[0] in rows[clause].enforced_by, f"{test} names {clause}"


STREAM_ALONE = sorted(
    row.clause for row in everything().values() if row.modes and not any(name.startswith("inline.") for name in row.modes)
)
"""Clauses that nothing but detectors carries out."""


@pytest.mark.parametrize("clause", STREAM_ALONE)
def test_without_its_detectors_a_clause_is_not_enforced(clause: str) -> None:
    before = everything()[clause]
    assert before.status != "not_yet" or clause == "N05"
    row = without(*before.modes)[clause]
    assert (row.status, row.enforced_by, row.mode) == ("not_yet", (), None)
    assert row.reason is not None
    assert row.reason.startswith("nothing that is installed serves ") or clause == "N05"


def test_with_no_detectors_at_all_only_what_is_decided_inline_is_left() -> None:
    rows = without(*(info.id for info in detector_infos()))
    left = {row.clause for row in rows.values() if row.status != "not_yet"}
    assert left == {
        "C00",
        "C08",
        "C19",
        "N01",
        "N04",
        "N06",
        "N13",
        "N16",
        "L01",
        "L02",
        "V06",
        "V13",
        "W00",
        "W07",
        "J01",
        "J22",
    }
    for row in rows.values():
        assert all(name.startswith("inline.") or name == "limit.projected_charges" for name in row.enforced_by)


def test_every_control_that_a_clause_claims_beside_rules_is_declared() -> None:
    for pack_id in all_pack_ids():
        pack = read_pack(pack_id)
        for row in pack_coverage(pack):
            kinds = {name.partition(".")[0] for name in (*row.enforced_by, *row.declared)}
            missing = {"report", "workflow", "terms", "limit"} & set(row.controls) - {
                "terms" if k == "term" else k for k in kinds
            }
            assert not missing, f"{row.policy} {row.clause} claims {missing}"


def test_losing_a_detector_never_makes_a_clause_look_better() -> None:
    order = ("not_yet", "partial", "working")
    before = everything()
    for info in list(detector_infos())[::3]:  # each takes a third of a second, and is as good as its neighbours
        for clause, row in without(info.id).items():
            assert order.index(row.status) <= order.index(before[clause].status), f"{clause} without {info.id}"
