"""A rule climbs on evidence, steps down at any time, and the pack's version says which of the two it was."""

from __future__ import annotations

import pytest

from fairwire.model.policy import STAGES, Evidence, Stage
from fairwire.policy.promotion import climbs, grown, needs_evidence, refusals, rewritten

PACK = """\
pack: harbour
version: 1.2.0 # as published
detectors:
  # we begin by looking
  voice.dialler:
    mode: shadow # two weeks
    why: >-
      The rules allow
      some.
title: Harbour
"""
SEEN = Evidence(day="2026-03-01", to="alert", run="r-1", days=14, findings=3, customers=2, of_customers=4000)


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_climbs_to_itself_and_retiring_is_never_a_climb(stage: Stage) -> None:
    assert not climbs(stage, stage)
    assert not climbs(stage, "retired")


def test_only_what_somebody_feels_needs_evidence() -> None:
    assert [(now, to) for now in STAGES for to in STAGES if needs_evidence(now, to)] == [
        ("draft", "alert"),
        ("draft", "enforce"),
        ("shadow", "alert"),
        ("shadow", "enforce"),
        ("alert", "enforce"),
        ("retired", "alert"),
        ("retired", "enforce"),
    ]


@pytest.mark.parametrize(
    ("now", "to", "version"),
    [
        ("draft", "shadow", "1.3.0"),
        ("shadow", "alert", "2.0.0"),
        ("alert", "enforce", "2.0.0"),
        ("enforce", "shadow", "1.3.0"),
        ("alert", "retired", "2.0.0"),
    ],
)
def test_stronger_enforcement_is_a_major_version(now: Stage, to: Stage, version: str) -> None:
    assert grown("1.2.3", now, to) == version


def test_a_rule_seen_for_two_weeks_that_suspends_hardly_anybody_may_climb() -> None:
    assert refusals(SEEN, suspended=4) == ()


def test_too_few_days_and_too_many_suspensions_are_refused_with_the_numbers() -> None:
    short = Evidence(day="2026-03-01", to="enforce", days=9, findings=3, customers=2, of_customers=4000)
    assert refusals(short, suspended=5) == (
        "9 of 14 days of traffic were seen",
        "rules alone would have suspended 5 of 4,000 customers, more than 0.10%",
    )
    assert refusals(short, suspended=5, min_days=9, max_suspended=0.002) == ()


def test_suspensions_of_an_unknown_number_of_customers_are_refused() -> None:
    unknown = Evidence(day="2026-03-01", to="enforce", days=20, findings=3, customers=2)
    assert refusals(unknown, suspended=1) == (
        "rules alone would have suspended 1 of an unknown number of customers, more than 0.10%",
    )


def test_the_file_keeps_its_comments_and_gains_the_evidence() -> None:
    after = rewritten(PACK, "voice.dialler", evidence=SEEN, release="2.0.0", why="")
    assert after == PACK.replace("1.2.0", "2.0.0").replace("mode: shadow", "mode: alert").replace(
        "      some.\n",
        "      some.\n    evidence:\n"
        "      - {day: 2026-03-01, to: alert, run: r-1, days: 14, findings: 3, customers: 2, of_customers: 4000}\n",
    )
    back = rewritten(after, "voice.dialler", evidence=Evidence(day="2026-04-01", to="shadow"), release="2.1.0", why="")
    assert back == after.replace("2.0.0", "2.1.0").replace("mode: alert", "mode: shadow").replace(
        "of_customers: 4000}\n", "of_customers: 4000}\n      - {day: 2026-04-01, to: shadow}\n"
    )


def test_a_detector_that_the_pack_had_not_named_gets_an_entry_with_a_reason() -> None:
    after = rewritten(PACK, "voice.robocall", evidence=SEEN, release="2.0.0", why="Seen in shadow.")
    assert "  voice.robocall:\n    mode: alert\n    why: Seen in shadow.\n    evidence:\n      - {day: 2026-03-01" in after
    assert rewritten("pack: harbour\n", "a.b", evidence=SEEN, release="1.0.0", why="w").startswith(
        "pack: harbour\nversion: 1.0.0\n"
    )
