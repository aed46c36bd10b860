"""How well other people's texts are read, on parts that nothing was learned from; and that the weights are what the data make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fairwire.content import Scores, read_text, read_transcript
from fairwire.content.weights import COLLECTIONS
from labelled_texts import collections_digest, corpus, examples, robocalls, sms

ROOT = Path(__file__).resolve().parents[2]


def test_no_near_duplicate_is_on_both_sides_of_the_split() -> None:
    for rows in (sms(corpus()), robocalls(corpus())):
        learned = {row.group for row in rows if row.part == "learn"}
        judged = [row for row in rows if row.part == "judge"]
        assert judged
        assert not learned & {row.group for row in judged}


def test_spam_is_found_and_good_messages_are_left_alone() -> None:
    judged = [(row, read_text(row.text).scores.spam >= 0.5) for row in sms(corpus()) if row.part == "judge"]
    spam, good = [told for row, told in judged if row.kinds], [told for row, told in judged if not row.kinds]
    assert sum(spam) / len(spam) >= 0.84
    assert sum(spam) / (sum(spam) + sum(good)) >= 0.95
    assert sum(good) / len(good) <= 0.005


@pytest.mark.parametrize("kind", [kind for kind in Scores._fields if kind != "spam"])
def test_no_other_kind_is_seen_in_good_messages(kind: str) -> None:
    good = [row for row in sms(corpus()) if row.part == "judge" and not row.kinds]
    assert sum(getattr(read_text(row.text).scores, kind) >= 0.5 for row in good) / len(good) <= 0.005


def test_robocalls_of_unseen_campaigns_are_found() -> None:
    judged = [read_transcript(row.text).scores for row in robocalls(corpus()) if row.part == "judge"]
    found = [max(scores.spam, scores.lure, scores.phishing, scores.authority) >= 0.5 for scores in judged]
    assert sum(found) / len(found) >= 0.80


def test_examples_written_after_the_rules_are_known_too() -> None:
    read = [(row, (read_transcript if row.spoken else read_text)(row.text).scores._asdict()) for row in examples("unseen")]
    asked = [scores[kind] >= 0.5 for row, scores in read for kind in row.kinds]
    alarmed = [max(scores.values()) >= 0.5 for row, scores in read if not row.kinds]
    assert sum(asked) / len(asked) >= 0.85
    assert sum(alarmed) <= 1


def test_the_weights_are_what_the_data_make() -> None:
    if collections_digest(corpus()) != COLLECTIONS:
        pytest.skip("the collections under FAIRWIRE_CORPUS are other copies than the weights were learned from")
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "learn_content.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
