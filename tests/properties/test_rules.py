"""Rules as the kernel judges them: scorecards, entitlements and unknown values, against the reference for random events."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.expr.evaluate import Value, evaluate
from fairwire.kernel.kernel import Kernel
from fairwire.model.columns import ANSWERED, ATTEMPT, COLUMN_INDEX, DIRECTIONS, ENDED, UNKNOWN
from fairwire.plan.scorecard import score_comparison, signs_seen
from fairwire.runtime.evidence import column_values
from fairwire.runtime.machine import load_run
from fairwire.runtime.plans import Plan
from traces import BEGIN_US, Floats, Words, detector_text, kernel_row, probe_plan

FEATURES = """
    attempts: {count: call.attempt, over: 1h, meaning: calls asked for}
    abroad: {share: international, of: call.attempt, over: 1h, at_least: 3, meaning: share of calls abroad}
    asr: {asr: calls, over: 1h, at_least: 2, meaning: share of answered calls}
    longest: {max: talk_s, of: call.ended, over: 24h, meaning: longest call}
"""
PARAMETERS = """
parameters:
  enough: {value: 3, evidence: none at all}
  heavy: {value: 2, evidence: none at all}
"""
SCORE = """
score:
  signs:
    - {when: attempts >= 4, weight: 1, because: "{attempts:call|calls}", evidence: none at all}
    - {when: abroad >= 0.5, weight: heavy, because: "{abroad:.0%} abroad", evidence: none at all}
    - {when: asr < 0.4, weight: 1.5, because: "{asr:.0%} answered", evidence: none at all}
    - {when: international and rate > 0.3, weight: 1, because: dear calls, evidence: none at all}
    - {when: longest > 120, weight: -1.25, because: somebody talks, evidence: none at all}
  fires_at: enough
"""


def scored_text(
    name: str, *, known: int | None = None, more: str = "", because: str = "{score} of {fires_at} points: {signs}"
) -> str:
    """A detector with a scorecard of five signs."""
    least = f"  at_least_known: {known}\n" if known else ""
    text = detector_text(name, features=FEATURES, more=PARAMETERS.lstrip() + more, because=because)
    return text.replace('when: "False"\n', SCORE.lstrip() + least)


@cache
def plan() -> Plan:
    granted = "entitlements: [dialler, {name: tourist, covers: international}, {name: talker, covers: longest > 60}]\n"
    return probe_plan(
        scored_text("rules.scored"),
        scored_text("rules.careful", known=4),
        scored_text("rules.granted", more=granted),
        detector_text(
            "rules.plain",
            features=FEATURES,
            more=granted,
            when="attempts >= 2 and not (abroad >= 0.5) or known(longest) and longest > 60 or rate > 0.3",
        ),
    )


def maybe(values: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
    return st.just(UNKNOWN) | values


events = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([ATTEMPT, ATTEMPT, ANSWERED, ENDED]),
            "gap": st.sampled_from([0, 1, 60, 900, 4000, 90_000]),
            "international": maybe(st.integers(0, 1)),
            "rate": maybe(st.sampled_from([0, 300_000, 300_001, 900_000])),
            "talk_s": maybe(st.sampled_from([0, 60_000, 60_001, 120_000, 600_000])),
            "disposition": maybe(st.integers(1, 4)),
        }
    ),
    min_size=1,
    max_size=14,
)
grants = st.fixed_dictionaries(dict.fromkeys(("dialler", "tourist", "talker"), st.sampled_from([0.0, 1.0, float("nan")])))


def rows_of(told: list[dict[str, int]]) -> Words:
    now = BEGIN_US
    rows = []
    for event in told:
        now += event["gap"] * 1_000_000
        of_the_end = {name: event[name] if event["kind"] == ENDED else UNKNOWN for name in ("talk_s", "disposition")}
        row = kernel_row(event["kind"], now, direction=DIRECTIONS.index("outbound") + 1, **of_the_end)
        row[COLUMN_INDEX["international"]] = event["international"]
        row[COLUMN_INDEX["rate"]] = event["rate"]
        rows.append(row)
    return np.array(rows)


def customer_of(granted: dict[str, float]) -> Floats:
    attributes = plan().program.customer_attributes
    values: Floats = np.full((1, 1 + len(attributes)), np.nan)
    values[0, 0] = 0
    for name, held in granted.items():
        values[0, 1 + attributes.index(f"has:{name}")] = held
    return values


@given(events, grants)
@settings(max_examples=150)
def test_a_rule_holds_and_is_silenced_where_the_reference_says_so(told: list[dict[str, int]], granted: dict[str, float]) -> None:
    made = plan()
    kernel = Kernel(made.program, load_run(made.program))
    customers = customer_of(granted)
    for row in rows_of(told):
        before = kernel.state.silenced.copy()
        outcome = kernel.apply(row.reshape(1, -1), np.zeros(1, dtype=np.int64), customers)
        held = set(outcome.hits[:, 1].tolist())
        silenced = {r for r in range(len(made.program.rules)) if kernel.state.silenced[r] > before[r]}
        for r, rule in enumerate(made.program.rules):
            detector = made.detectors[rule.detector]
            values: dict[str, Value] = column_values(row)
            values |= {name: float(kernel.values[index]) for name, index in rule.features.items()}
            values |= {name: made.program.parameters[0][index] for name, index in rule.parameters.items()}
            excused = any(
                granted[name] == 1.0 and (covers is None or evaluate(covers, values) == 1)
                for name, covers in detector.entitlements.items()
            )
            holds = evaluate(detector.when, values) == 1
            assert (r in held) == (holds and not excused), rule.detector
            assert (r in silenced) == (holds and excused), rule.detector
            if detector.scorecard is not None:
                seen = signs_seen(detector.scorecard, values)
                assert score_comparison(detector.scorecard, values).value == sum(sign.weight or 0 for sign in seen if sign.holds)


@given(events)
def test_what_was_never_granted_changes_nothing(told: list[dict[str, int]]) -> None:
    made = plan()
    hits = []
    for held in (0.0, float("nan")):
        kernel = Kernel(made.program, load_run(made.program))
        rows = rows_of(told)
        outcome = kernel.apply(rows, np.arange(len(rows)), customer_of(dict.fromkeys(("dialler", "tourist", "talker"), held)))
        assert not kernel.state.silenced.any()
        hits.append(outcome.hits.tolist())
    assert hits[0] == hits[1]
    same = {rule.detector: index for index, rule in enumerate(made.program.rules)}
    assert [hit[0] for hit in hits[0] if hit[1] == same["rules.scored"]] == [
        hit[0] for hit in hits[0] if hit[1] == same["rules.granted"]
    ]
