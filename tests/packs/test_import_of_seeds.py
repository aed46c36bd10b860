"""The five policies of the yardstick, imported, against where people found their 96 clauses. Only places are kept here, no texts.

The folder of the documents is named by FAIRWIRE_SEEDS; without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from fairwire.model.imported import Imported
from fairwire.runtime.imports import import_policy
from fairwire.testkit.import_score import Score, score, table

GOLD = Path(__file__).parent / "seeds"
SEEDS = os.environ.get("FAIRWIRE_SEEDS", "")
NAMES = tuple(sorted(file.stem for file in GOLD.glob("*.json")))

pytestmark = pytest.mark.skipif(not SEEDS, reason="FAIRWIRE_SEEDS names no folder")


def gold_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLD / f"{name}.json").read_text(encoding="utf-8"))
    return found


@lru_cache
def imported_of(name: str) -> Imported:
    return import_policy(Path(SEEDS) / gold_of(name)["seed"])


@lru_cache
def score_of(name: str) -> Score:
    return score(imported_of(name), gold_of(name))


def test_the_clauses_of_all_five_are_found_and_little_else() -> None:
    total = Score()
    for name in NAMES:
        total.add(score_of(name))
    print("\n" + table([(name, score_of(name)) for name in NAMES]))
    assert total.gold == 96
    assert total.recall >= 0.95, total.notes
    assert total.precision >= 0.85, total.notes
    assert total.joined + total.split <= 4, total.notes


def test_what_they_are_about_is_named() -> None:
    total = Score()
    for name in NAMES:
        total.add(score_of(name))
    assert total.topic_recall >= 0.9, total.notes
    assert total.topic_precision >= 0.8, total.notes
    assert total.top_right >= 0.9 * total.with_topics, total.notes
    assert total.parties_right >= 0.93 * total.found, total.notes


def test_every_exception_and_every_number_is_found() -> None:
    for name in NAMES:
        result = score_of(name)
        assert result.exceptions_found == result.exceptions_gold, result.notes
        assert result.quantities_found == result.quantities_gold, result.notes


@pytest.mark.parametrize("name", NAMES)
def test_each_clause_keeps_its_exact_place(name: str) -> None:
    imported = imported_of(name)
    text = (Path(SEEDS) / gold_of(name)["seed"]).read_bytes().decode()
    assert imported.document.text == text
    for clause in imported.clauses:
        assert text[clause.start : clause.end] == clause.text
        for quantity in clause.quantities:
            assert text[quantity.start : quantity.end] == quantity.text
    assert len({clause.id for clause in imported.clauses}) == len(imported.clauses)


def test_three_copies_of_a_menu_are_no_clauses() -> None:
    imported = imported_of("000")
    menu = "".join(clause.text for clause in imported.clauses)
    assert "OpEasy" not in menu
    assert "Analog Replacement" not in menu
    assert sum("OpEasy" in passage.text for passage in imported.ignored) >= 3


def test_repeated_items_count_once() -> None:
    texts = [clause.text for clause in imported_of("001").clauses]
    assert len(set(texts)) == len(texts)


def test_the_machine_spun_one_is_read_and_every_clause_of_it_goes_to_a_person() -> None:
    imported = imported_of("002")
    assert any("machine-spun" in note for note in imported.notes)
    assert all(clause.needs_review for clause in imported.clauses)
    said = {topic.topic for clause in imported.clauses for topic in clause.topics if topic.confidence >= 0.5}
    assert {"denial_of_service", "impersonation", "credential_sharing", "hosted_servers", "copyright", "policy_changes"} <= said


def test_an_exception_stays_with_its_clause() -> None:
    forged = next(clause for clause in imported_of("003").clauses if any(t.topic == "forged_headers" for t in clause.topics[:1]))
    assert any("remailers is not prohibited" in exception for exception in forged.exceptions)


def test_a_deadline_in_business_days_is_a_number() -> None:
    pentest = next(
        clause for clause in imported_of("000").clauses if clause.topics and clause.topics[0].topic == "penetration_testing"
    )
    assert [(q.value, q.unit, q.comparator) for q in pentest.quantities] == [(5, "business_day", "at_least")]


def test_the_dates_of_the_documents_are_read() -> None:
    days = {name: [each.day for each in imported_of(name).dates][:1] for name in NAMES}
    assert days == {"000": ["2023-01-13"], "001": ["2023-12-14"], "002": [], "003": [], "004": ["2020-09-07"]}
    assert imported_of("004").dates[0].ambiguous
