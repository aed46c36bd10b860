"""The exact text of every error about a detector. `FAIRWIRE_ACCEPT=errors pytest tests/errors` records them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairwire.model.errors import FairwireError
from fairwire.plan.detector import load_detector

HERE = Path(__file__).parent
GOOD = (HERE / "probe.yaml").read_text(encoding="utf-8")
WORDS = {"plan": ("metered", "unlimited_voice"), "kind": ("call_centre",)}

Change = tuple[str, str]
_HEAD = "subject: [customer]\non: [call.attempt, call.ended]\n"
_OWN = GOOD[GOOD.index(_HEAD) : GOOD.index("quiet_after")]
"""All of the probe that is about one customer."""


def _across(
    on: str,
    *,
    subject: str = "callee",
    every: str = "10m",
    over: str = "1h",
    minimum: int = 3,
    more: str = "",
    name: str = "attempts",
    feature: str = "count: call.attempt",
    when: str = "attempts >= floor",
    whole: bool = True,
) -> str:
    """A detector across customers; `whole` with its rule, else only what stands before the probe's own."""
    head = f"subject: [{subject}]\non: {on}\n"
    section = (
        f"across:\n  {{every: {every}, over: {over}, floor: 2, minimum: {minimum}, {more}features: {{{name}: "
        f"{{{feature}, meaning: calls asked for}}}}}}\n"
    )
    parameters = GOOD[GOOD.index("parameters:") : GOOD.index("features:")]
    rest = f"{parameters}when: {when}\nbecause: calls\n\n"
    return head + section + (rest if whole else "")


SCORE = """\
score:
  signs:
    - when: short >= 0.5
      weight: 3
      because: "{short:.0%} of them short"
      evidence: our own choice, no published figure
    - when: attempts >= floor
      weight: 2
      because: "{attempts} calls in an hour"
      evidence: our own choice, no published figure
  fires_at: 4
"""
RULE = "when: attempts >= floor and short >= 0.5\n"


def scored(there: str, instead: str) -> Change:
    """The probe with a scorecard in place of its rule, spoilt in one place."""
    assert there in SCORE
    return RULE, SCORE.replace(there, instead, 1)


CASES: dict[str, Change] = {
    "a_stage_and_a_mode": ("mode: alert\n", "mode: alert\nstage: alert\n"),
    "a_stage_that_is_none": ("mode: alert\n", "stage: enforced\n"),
    "a_mode_that_is_none": ("mode: alert\n", "mode: enforced\n"),
    "neither_a_stage_nor_a_mode": ("mode: alert\n", ""),
    "a_detectors_version_of_two_numbers": ("revision: 1\n", 'revision: 1\nversion: "1.2"\n'),
    "a_detectors_version_without_quotes": ("revision: 1\n", "revision: 1\nversion: 1.2\n"),
    "a_rule_and_a_score": (RULE, RULE + SCORE),
    "neither_a_rule_nor_a_score": (RULE, ""),
    "a_score_of_one_sign": scored(SCORE[SCORE.index("    - when: attempts") : SCORE.index("  fires_at")], ""),
    "a_score_that_is_never_reached": scored("fires_at: 4", "fires_at: 6"),
    "a_score_that_nothing_reaches": scored("fires_at: 4", "fires_at: 0"),
    "a_score_at_a_parameter_that_is_not_there": scored("fires_at: 4", "fires_at: flor"),
    "a_sign_without_weight": scored("weight: 3", "weight: 0"),
    "a_sign_without_evidence": scored("      evidence: our own choice, no published figure\n", ""),
    "a_sign_that_is_a_number": scored("when: short >= 0.5", "when: short"),
    "a_sign_that_names_nothing": scored("when: short >= 0.5", "when: shorts >= 0.5"),
    "a_sign_that_says_nothing_there_is": scored("{short:.0%} of", "{shorts:.0%} of"),
    "a_sign_with_a_misspelt_key": scored("weight: 3", "wieght: 3"),
    "a_weight_that_is_no_parameter": scored("weight: 3", "weight: heavy"),
    "more_signs_known_than_there_are": scored("fires_at: 4", "fires_at: 4\n  at_least_known: 3"),
    "a_rule_that_is_a_number": (RULE, "when: attempts\n"),
    "a_subject_of_two_parties": ("subject: [customer]", "subject: [user, callee]"),
    "a_condition_that_is_a_number": ('where: direction == "outbound"', "where: diversions"),
    "a_share_of_a_number": ("share: talk_s <= 6", "share: talk_s"),
    "an_entitlement_that_covers_nothing_there_is": (
        "evidence: none",
        "entitlements: [{name: registered_dialler, covers: automatic}]\nevidence: none",
    ),
    "an_entitlement_with_a_misspelt_key": (
        "evidence: none",
        "entitlements: [{name: registered_dialler, cover: automated}]\nevidence: none",
    ),
    "an_entitlement_for_what_is_known_too_late": (
        "evidence: none",
        "entitlements: [{name: registered_dialler, covers: talk_s > 60}]\nevidence: none",
    ),
    "a_parameter_outside_its_own_bounds": ("    value: 30\n", "    value: 30\n    min: 40\n"),
    "a_parameter_between_bounds_that_cross": ("    value: 30\n", "    value: 30\n    min: 40\n    max: 20\n"),
    "a_whole_number_that_is_none": ("    value: 30\n", "    value: 30.5\n    type: whole\n"),
    "a_parameter_of_no_type": ("    value: 30\n", "    value: 30\n    type: int\n"),
    "a_share_parameter_in_percent": ("    value: 30\n    unit: calls an hour\n", "    value: 30\n    type: share\n"),
    "a_parameter_with_the_name_of_a_feature": (
        "  attempts: {count",
        "  floor: {count: call.attempt, over: 1h, meaning: calls}\n  attempts: {count",
    ),
    "a_feature_whose_name_is_a_word_of_the_language": ("  attempts: {count", "  and: {count"),
    "a_share_compared_with_percent": ("short >= 0.5", "short >= 50"),
    "charges_compared_with_calls": ("short >= 0.5", "spent >= attempts"),
    "a_fault_in_a_folded_rule": (RULE, "when: >-\n  attempts >= floor\n\n  and short\n  >= 0.5 and shortt > 1\n"),
    "a_sentence_that_converts": ("{attempts} calls", "{attempts!r} calls"),
    "a_sentence_with_an_empty_field": ("{attempts} calls", "{} calls"),
    "a_sentence_that_closes_too_much": ("{attempts} calls", "attempts} calls"),
    "a_sentence_that_counts_in_percent": ("{attempts} calls", "{attempts:.0%} calls"),
    "a_sentence_that_takes_money_for_a_time": ("{attempts} calls", "{spent:duration} calls"),
    "a_sentence_that_formats_a_name": ("{attempts} calls", "{customer:.2f} calls"),
    "a_sentence_with_half_a_plural": ("{attempts} calls", "{attempts:call|}"),
    "a_key_is_misspelt": ("severity: low", "severty: low"),
    "a_key_is_missing": ("title: A probe\n", ""),
    "a_key_stands_twice": ("title: A probe\n", "title: A probe\ntitle: Another\n"),
    "a_word_is_not_allowed": ("mode: alert", "mode: alarm"),
    "a_name_is_no_name": ("detector: voice.probe", "detector: Voice Probe"),
    "a_parameter_without_evidence": ("    evidence: our own choice, no published figure\n", ""),
    "a_feature_is_misspelt_in_the_rule": ("when: attempts", "when: attemps"),
    "a_rule_compares_with_nothing": ("and short >= 0.5", "and short"),
    "a_rule_over_several_lines": ("when: attempts >= floor and short", "when: >-\n  attempts >= floor\n  and shortt"),
    "a_rule_asks_too_early": ("short >= 0.5", "talk_s >= 5"),
    "a_condition_asks_too_early": ('where: direction == "outbound"', "where: talk_s > 5"),
    "a_condition_asks_too_late": ("talk_s <= 6", "new_callee"),
    "a_sum_of_what_only_the_attempt_can_tell": ("sum: charge, of: call.ended", "sum: step, of: call.ended"),
    "a_sum_too_early": ("sum: charge, of: call.ended", "sum: charge, of: call.attempt"),
    "a_sum_of_no_column": ("sum: charge", "sum: charges"),
    "a_count_of_what_has_no_size": ("sum: charge", "sum: callee"),
    "two_aggregates_at_once": ("sum: charge,", "sum: charge, max: charge,"),
    "no_aggregate": ("sum: charge, of: call.ended", "of: call.ended"),
    "a_share_of_nothing": ("share: talk_s <= 6, of: call.ended", "share: talk_s <= 6"),
    "a_window_is_missing": ("count: call.attempt, over: 1h", "count: call.attempt"),
    "a_window_without_a_unit": ("count: call.attempt, over: 1h", "count: call.attempt, over: 60"),
    "a_window_of_no_time": ("count: call.attempt, over: 1h", "count: call.attempt, over: 0h"),
    "a_window_that_does_not_divide": ("count: call.attempt, over: 1h", "count: call.attempt, over: 1h, panes: 7"),
    "a_gauge_by_the_calendar": ("gauge: calls, over: 4h", "gauge: calls, over: day"),
    "a_least_number_for_a_count": ("count: call.attempt, over: 1h", "count: call.attempt, over: 1h, at_least: 5"),
    "panes_for_a_calendar_window": ("over: month,", "over: month, panes: 30,"),
    "a_sentence_names_nothing": ("{short:.0%}", "{shorts:.0%}"),
    "a_sentence_with_a_wrong_format": ("{short:.0%}", "{short:.0q}"),
    "a_sentence_with_an_open_bracket": ("{attempts} calls", "{attempts calls"),
    "no_quiet_case": ("given: [{calls: 3}], expect: quiet", "given: [{calls: 3}], expect: {fires: true}"),
    "no_firing_case": ("expect: {fires: true}", "expect: quiet"),
    "a_case_expects_two_things": ("expect: {fires: true}", "expect: {fires: true, by_call: 3}"),
    "a_cohort_rule_asks_for_a_count": (
        "on: [call.attempt, call.ended]",
        "cohort: {of: spent, among: customer.seats > 0, minimum: 20}\non: [day]",
    ),
    "a_case_expects_what_nobody_checks": ("expect: {fires: true}", "expect: {by_cal: 4}"),
    "a_customer_word_nobody_uses": ("when: attempts >= floor", 'when: customer.plan == "unlimitd_voice"'),
    "a_day_without_peers": ("on: [call.attempt, call.ended]", "on: [day]"),
    "peers_without_a_day": (
        "quiet_after: 24h",
        "cohort: {of: spent, among: customer.seats > 0, minimum: 20}\nquiet_after: 24h",
    ),
    "peers_by_a_window_that_slides": (
        "on: [call.attempt, call.ended]",
        "cohort: {of: attempts, among: customer.seats > 0, minimum: 20}\non: [day]",
    ),
    "peers_who_are_no_customers": (
        "subject: [customer]\non: [call.attempt, call.ended]",
        "subject: [line]\ncohort: {of: spent, among: customer.seats > 0, minimum: 20}\non: [day]",
    ),
    "peers_by_a_feature_that_is_not_there": (
        "on: [call.attempt, call.ended]",
        "cohort: {of: spend, among: customer.seats > 0, minimum: 20}\non: [day]",
    ),
    "a_tick_without_anything_in_common": ("on: [call.attempt, call.ended]", "on: [tick]"),
    "a_subject_that_only_customers_together_have": ("subject: [customer]", "subject: [block]"),
    "across_without_a_tick": (_HEAD, _across("[call.ended]", whole=False)),
    "across_beside_peers": (
        _HEAD,
        _across("[tick]", whole=False) + "cohort: {of: spent, among: customer.seats > 0, minimum: 20}\n",
    ),
    "across_beside_counts_by_customer": (_HEAD, _across("[tick]", whole=False)),
    "across_what_no_two_customers_have": (_OWN, _across("[tick]", subject="line")),
    "across_a_number_without_a_grain": (_OWN, _across("[tick]", subject="talk_s", feature="count: call.ended")),
    "across_a_key_with_a_grain": (_OWN, _across("[tick]", more="grain: 2, ")),
    "across_a_number_that_the_attempt_cannot_know": (_OWN, _across("[tick]", subject="talk_s", more="grain: 1, ")),
    "across_ticks_that_do_not_fill_a_day": (_OWN, _across("[tick]", every="7m")),
    "across_a_window_that_is_no_multiple": (_OWN, _across("[tick]", over="25m")),
    "across_a_window_of_too_many_ticks": (_OWN, _across("[tick]", over="30d")),
    "across_one_customer": (_OWN, _across("[tick]", minimum=1)),
    "across_without_a_floor": (_OWN, _across("[tick]").replace("floor: 2, ", "")),
    "across_a_feature_of_a_taken_name": (_OWN, _across("[tick]", name="customers")),
    "across_a_feature_that_counts_nothing": (_OWN, _across("[tick]", feature="of: call.attempt")),
    "across_a_feature_by_an_unknown_measure": (_OWN, _across("[tick]", feature="count: call.attempt, per: line")),
    "across_different_values_of_a_number": (_OWN, _across("[tick]", feature="distinct: talk_s, of: call.ended")),
    "across_in_common_by_pair": (_OWN, _across("[tick]", feature="common: line, of: call.attempt, per: pair")),
    "across_a_condition_on_what_is_remembered": (_OWN, _across("[tick]", feature="count: call.attempt, where: not reciprocal")),
    "across_a_condition_that_asks_too_early": (_OWN, _across("[tick]", feature="count: call.attempt, where: talk_s > 5")),
    "across_a_rule_that_asks_for_an_event": (_OWN, _across("[tick]", when="attempts >= floor and talk_s > 5")),
    "across_a_customer_condition_on_a_count": (_OWN, _across("[tick]", more="among: attempts > 3, ")),
    "a_quiet_time_without_a_unit": ("quiet_after: 24h", "quiet_after: soon"),
}


def error_of(case: str) -> FairwireError:
    there, instead = CASES[case]
    assert there in GOOD, f"the probe no longer holds {there!r}"
    text = GOOD.replace(there, instead, 1)
    with pytest.raises(FairwireError) as caught:
        load_detector(text, "detectors/voice/probe.yaml", customer_words=WORDS)
    return caught.value


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_error_reads_as_recorded(case: str) -> None:
    rendered = error_of(case).render() + "\n"
    golden = HERE / f"{case}.txt"
    if os.environ.get("FAIRWIRE_ACCEPT") == "errors":
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_every_recorded_text_belongs_to_a_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(CASES)


def test_the_unspoilt_detector_is_valid() -> None:
    detector = load_detector(GOOD, "detectors/voice/probe.yaml", customer_words=WORDS)
    assert detector.id == "voice.probe"


@pytest.mark.parametrize("case", sorted(CASES))
def test_messages_follow_the_house_style(case: str) -> None:
    error = error_of(case)
    assert error.code.split("-")[1] in ("PLAN", "EXPR", "PACK")
    assert not error.message.endswith(".")
    assert error.message[0] == "`" or error.message[0].islower()
