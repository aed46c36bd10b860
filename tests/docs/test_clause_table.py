"""No clause that rules carry out is without a detector, a case that fires and names it, and a test where calls are decided."""

from __future__ import annotations

import pytest
from clause_table import Served, by_people, served

ALL = served()
PEOPLE = [one for one in by_people() if not {"workflow", "limit", "terms"}.isdisjoint(one.clause.controls)]


def test_every_clause_with_a_rule_behind_it_is_listed_once() -> None:
    ids = [one.clause.id for one in ALL]
    assert len(ids) == len(set(ids)) == 70


@pytest.mark.parametrize("one", ALL, ids=[one.clause.id for one in ALL])
def test_a_clause_that_is_watched_has_a_case_that_fires_and_names_it(one: Served) -> None:
    if "stream" in one.clause.controls:
        assert one.firing, f"no detector of {', '.join(one.clause.topics)} has a firing case that names {one.clause.id}"


@pytest.mark.parametrize("one", ALL, ids=[one.clause.id for one in ALL])
def test_a_clause_that_is_decided_before_the_call_has_a_test_called_after_it(one: Served) -> None:
    if "inline" in one.clause.controls:
        assert one.tests, f"no test is called test_{one.clause.id}_..."


@pytest.mark.parametrize("one", ALL, ids=[one.clause.id for one in ALL])
def test_every_detector_of_a_clause_has_a_case_that_names_it(one: Served) -> None:
    """Save those that reach the clause by a topic which their cases do not show."""
    bare = {name for name in one.detectors if name not in one.firing}
    if one.clause.id in ("U01", "U02", "U03"):
        bare -= {"identity.credential_sharing", "identity.licence_rotation"}
    if one.clause.id == "N08":
        bare -= {"voice.fax_blast"}  # unsolicited, and no recording
    assert not bare, f"no firing case of {', '.join(sorted(bare))} names {one.clause.id}"


@pytest.mark.parametrize("one", PEOPLE, ids=[one.clause.id for one in PEOPLE])
def test_a_clause_that_takes_a_request_a_limit_or_a_person_has_a_test_called_after_it(one: Served) -> None:
    assert one.tests, f"no test is called test_{one.clause.id}_..."
