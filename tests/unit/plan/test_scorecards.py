"""Scorecards and entitlements as an analyst meets them: the score, each sign, what excused, the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest

from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.instants import SECOND_US
from fairwire.plan.compile import compile_program
from fairwire.runtime.findings import make_evidence, make_findings
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Row, detector_text, ended, probe_plan, run, table_for

FEATURES = """
    attempts: {count: call.attempt, over: 1h, meaning: calls asked for}
    asr: {asr: calls, over: 1h, at_least: 4, meaning: share of answered calls}
    abroad: {share: international, of: call.attempt, over: 1h, at_least: 4, meaning: share of calls abroad}
    recorded: {share: recorded, of: call.ended, over: 1h, meaning: share of recorded calls}
"""
SCORE = """
score:
  signs:
    - {when: attempts >= 6, weight: 2, because: "{attempts:call|calls} in an hour", evidence: none at all}
    - {when: asr < 0.35, weight: 3, because: "only {asr:.0%} answered", evidence: none at all}
    - {when: abroad >= 0.5, weight: 4, because: "{abroad:.0%} abroad", evidence: none at all}
    - {when: recorded >= 0.5, weight: -2, because: recorded, evidence: none at all}
  fires_at: 5
"""


SAYS = "{score} of {fires_at} points ({signs_held} of {signs_known} known signs): {signs}"
COUNTED = "attempts: {count: call.attempt, over: 1h, meaning: calls asked for}"
PARAMETER = "parameters:\n  enough: {value: 5, min: 1, max: 9, evidence: none at all}\n"


def scored(name: str, score: str = SCORE, more: str = "") -> str:
    text = detector_text(name, features=FEATURES, on="[call.attempt]", because=SAYS, more=more)
    return text.replace('when: "False"\n', score.lstrip())


def entitled(name: str, grant: str) -> str:
    more = f"entitlements: [{grant}]\n"
    return detector_text(name, on="[call.attempt]", features=COUNTED, more=more, when="attempts >= 3")


@cache
def plan() -> Plan:
    """All the detectors of this module in one program, so that the compiler runs once."""
    return probe_plan(
        scored("probe.scored"),
        scored("probe.careful", SCORE + "  at_least_known: 4\n"),
        scored("probe.settable", SCORE.replace("fires_at: 5", "fires_at: enough"), PARAMETER),
        detector_text("probe.plain", features=COUNTED, when="attempts >= 3"),
        entitled("probe.whole", "registered_dialler"),
        entitled("probe.marked", "{name: registered_dialler, covers: automated}"),
        entitled("probe.early", "{name: registered_dialler, covers: attempts < 5}"),
    )


def calls(count: int, **fields: Any) -> list[Row]:
    return [ended(i, BEGIN_US + i * 60 * SECOND_US, **fields) for i in range(count)]


def found(detector: str, rows: list[Row], customers: Sequence[Customer] = (), made: Plan | None = None) -> list[Finding]:
    return [one for one in run(made or plan(), rows, customers).findings if one.detector == detector]


def told(detector: str, rows: list[Row], customers: Sequence[Customer] = ()) -> dict[str, Any]:
    """The explanation of a detector's finding."""
    ran = run(plan(), rows, customers)
    table = table_for(plan(), customers)
    pairs = [pair for pair in make_findings(plan(), table, ran.feed, ran.result) if pair[0].detector == detector]
    return make_evidence(plan(), table, ran.feed, pairs, "again")[0].explanation


def test_a_finding_of_a_scorecard_says_its_score_and_the_signs_that_held() -> None:
    findings = found("probe.scored", calls(8))
    assert len(findings) == 1
    assert findings[0].score == 5
    assert findings[0].reason == "5 of 5 points (2 of 3 known signs): 6 calls in an hour, only 0% answered"
    assert findings[0].features["score"].value == 5
    assert findings[0].features["score"].threshold == 5
    assert findings[0].features["asr"].threshold == 0.35


def test_a_finding_without_a_scorecard_has_no_score() -> None:
    assert [finding.score for finding in found("probe.plain", calls(4))] == [None]


def test_the_explanation_lists_every_sign_with_its_weight_and_whether_it_held_or_was_unknown() -> None:
    shown = told("probe.scored", calls(8))
    assert shown["rule"] == "score >= 5"
    signs = shown["score"]["signs"]
    assert [(sign["weight"], sign["holds"]) for sign in signs] == [(2, True), (3, True), (4, False), (-2, None)]
    assert signs[1]["comparisons"] == [{"feature": "asr", "value": 0.0, "comparison": "<", "threshold": 0.35}]
    assert signs[3]["comparisons"][0]["value"] is None
    assert shown["comparisons"][0]["feature"] == "score"


def test_a_sign_of_innocence_takes_points_away() -> None:
    assert found("probe.scored", calls(9))
    assert not found("probe.scored", [row | {"recorded": True} for row in calls(9)])


def test_with_too_few_signs_known_a_score_says_nothing() -> None:
    assert not found("probe.careful", calls(8))


def test_a_pack_sets_the_threshold_of_a_scorecard() -> None:
    pack = msgspec.structs.replace(plan().packs["example"], parameters={"probe.settable": {"enough": 2.0}})
    program = compile_program(list(plan().detectors.values()), {"example": pack}, {})
    strict = replace(plan(), program=program, packs={"example": pack})
    assert [finding.reason for finding in found("probe.settable", calls(6), made=strict)] == [
        "3 of 2 points (1 of 3 known signs): only 0% answered"
    ]
    assert plan().detectors["probe.settable"].limits["enough"].phrase == "a number from 1 to 9"


HOLDER = Customer(id="acme", country="US", features=("registered_dialler",))


@pytest.mark.parametrize(
    ("detector", "automated", "findings", "silenced"),
    [
        ("probe.whole", None, 0, 6),
        ("probe.marked", True, 0, 6),
        ("probe.marked", False, 1, 0),
        ("probe.marked", None, 1, 0),
        ("probe.early", None, 1, 2),
    ],
)
def test_an_entitlement_silences_what_it_covers_and_nothing_else_and_is_counted(
    detector: str, automated: bool | None, findings: int, silenced: int
) -> None:
    ran = run(plan(), [row | {"automated": automated} for row in calls(8)], [HOLDER])
    rule = next(index for index, rule in enumerate(plan().program.rules) if rule.detector == detector)
    assert sum(finding.detector == detector for finding in ran.findings) == findings
    assert int(ran.result.silenced[rule]) == silenced


def test_an_entitlement_of_one_customer_silences_nobody_else() -> None:
    rows = calls(4) + [row | {"customer": "bolt", "id": f"b{i}", "call_id": f"b{i}"} for i, row in enumerate(calls(4))]
    findings = found("probe.whole", rows, [HOLDER, Customer(id="bolt", country="US")])
    assert [finding.customer for finding in findings] == ["bolt"]


def test_an_explanation_says_what_an_entitlement_covers_and_whether_it_is_held() -> None:
    shown = told("probe.marked", calls(4), [HOLDER])
    assert shown["entitlements"] == [{"name": "registered_dialler", "held": True, "covers": "automated", "covered": False}]
