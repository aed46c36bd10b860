"""Exemptions, quantities and particulars of the five documents that Fairwire began with, by place and value.

The documents belong to others and are not kept here: `FAIRWIRE_SEEDS` names the folder that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairwire.policy.facts import exemptions, kind_of, language_of, particulars, policies_in, quantities

FOLDER = os.environ.get("FAIRWIRE_SEEDS", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="FAIRWIRE_SEEDS names no folder")

EXEMPTIONS = {
    "000": [(6557, 6604), (7513, 7537)],
    "001": [(3669, 3710), (6253, 6321)],
    "002": [(1809, 1888)],
    "003": [(1464, 1482), (1691, 1781)],
    "004": [(2418, 2446), (2539, 2592), (4620, 4654)],
}
QUANTITIES = {
    "000": [(6694, 6715, 5, "business_day", "at_least")],
    "001": [(5792, 5814, 5, "business_day", "within"), (6696, 6718, 5, "business_day", "within")],
    "002": [],
    "003": [],
    "004": [(3173, 3253, None, "average_of_others", "substantially_more_than")],
}
DATES = {
    "000": [("updated", "2023-01-13", False)],
    "001": [("updated", "2023-12-14", False)],
    "002": [],
    "003": [],
    "004": [("updated", "2020-09-07", True)],
}
CHANGES = {
    "000": None,
    "001": None,
    "002": ("on_posting", False, "unstated"),
    "003": ("unstated", True, "use"),
    "004": ("on_posting", False, "unstated"),
}
TITLE_LENGTHS = {"000": 21, "001": 21, "002": 23, "003": 0, "004": 44}
DEFINED = {"000": 1, "001": 7, "002": 0, "003": 1, "004": 1}
REPORTING = {"000": ["unnamed"], "001": [], "002": [], "003": ["unnamed"], "004": []}


def read(seed: str) -> str:
    (path,) = Path(FOLDER).glob(f"{seed}_*.txt")
    return path.read_bytes().decode()


@pytest.mark.parametrize("seed", sorted(EXEMPTIONS))
def test_the_exemptions_stand_where_people_found_them(seed: str) -> None:
    assert [(one.start, one.end) for one in exemptions(read(seed))] == EXEMPTIONS[seed]


@pytest.mark.parametrize("seed", sorted(QUANTITIES))
def test_the_quantities_have_the_places_and_values_people_found(seed: str) -> None:
    found = quantities(read(seed))
    assert [(one.start, one.end, one.value, one.unit, one.comparator) for one in found] == QUANTITIES[seed]


@pytest.mark.parametrize("seed", sorted(DATES))
def test_the_particulars_are_those_people_read(seed: str) -> None:
    found = particulars(read(seed), ())
    assert [(one.meaning, one.day, one.ambiguous) for one in found.dates] == DATES[seed]
    assert (found.changes and (found.changes.effective, found.changes.notice, found.changes.acceptance)) == CHANGES[seed]
    assert len(found.title) == TITLE_LENGTHS[seed]
    assert len(found.definitions) == DEFINED[seed]
    assert [one.kind for one in found.reporting] == REPORTING[seed]
    assert found.version is None


@pytest.mark.parametrize("seed", sorted(DATES))
def test_each_is_one_acceptable_use_policy_in_english(seed: str) -> None:
    text = read(seed)
    assert kind_of(text)[0] == "acceptable_use"
    assert language_of(text)[0] == "en"
    assert policies_in(text, ()) == ()
