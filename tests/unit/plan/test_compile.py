"""From detectors to the program: what is shared, what names it, and what each pack decides."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest

from fairwire.model.columns import ATTEMPT, ENDED
from fairwire.model.errors import Span
from fairwire.model.policy import Clause, Pack
from fairwire.model.program import CLOCK_GAUGE, CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH, CLOCK_SLIDING
from fairwire.plan.compile import compile_program, customer_words
from fairwire.plan.detector import load_detector
from fairwire.plan.explain import explanation, held, sentence
from fairwire.plan.windows import phrase_of, window
from traces import BEGIN_US, Probe, detector_text, kernel_row, one_customer, probe_plan, real_plan

HOURLY = "calls: {count: call.attempt, over: 1h, meaning: calls asked for}"
SAME_HOURLY = "asked: {count: call.attempt, over: 60m, panes: 20, meaning: the same under another name}"
AT = Span(file="probe.yaml", line=1)


def pack(name: str, *topics: str, **parameters: float) -> Pack:
    clause = Clause(id="X01", gist="x", place="1", controls=("stream",), topics=topics, ladder="x", status="working")
    return Pack(
        id=name, title=name, version="0", document="", clauses={"X01": clause}, ladders={}, modes={},
        parameters={"probe.one": parameters} if parameters else {},
    )  # fmt: skip


def test_equal_features_of_two_detectors_are_counted_once() -> None:
    program = probe_plan(detector_text("probe.one", features=HOURLY), detector_text("probe.two", features=SAME_HOURLY)).program
    assert len(program.features) == 1
    assert program.streams == 1
    assert [list(rule.features.values()) for rule in program.rules] == [[0], [0]]


@pytest.mark.parametrize(
    "other",
    [
        "calls: {count: call.attempt, over: 2h, meaning: calls asked for}",
        "calls: {count: call.attempt, over: 1h, panes: 60, meaning: calls asked for}",
        "calls: {count: call.ended, over: 1h, meaning: calls that ended}",
        "calls: {count: call.attempt, where: forwarded, over: 1h, meaning: forwarded calls}",
        "calls: {count: call.attempt, where: number == 5550100, over: 1h, meaning: calls to one number}",
        "calls: {count: call.attempt, where: number == 5550101, over: 1h, meaning: calls to another number}",
        "calls: {count: call.attempt, over: day, meaning: calls of the day}",
        "calls: {distinct: callee, of: call.attempt, over: 1h, meaning: numbers}",
        "calls: {distinct: country, of: call.attempt, over: 1h, meaning: countries}",
        "calls: {share: forwarded, of: call.attempt, over: 1h, meaning: share of forwarded calls}",
        "calls: {share: forwarded, of: call.attempt, over: 1h, at_least: 9, meaning: share of forwarded calls}",
    ],
)
def test_a_feature_that_means_something_else_is_another_feature(other: str) -> None:
    one, two = detector_text("probe.one", features=HOURLY), detector_text("probe.two", features=other)
    program = probe_plan(one, two).program
    assert len(program.features) == 2
    fingerprints = {feature.fingerprint for feature in program.features}
    assert len(fingerprints) == 2


def test_conditions_that_differ_in_the_seventh_digit_are_counted_apart() -> None:
    probe = Probe.of(
        probe_plan(
            detector_text(
                "probe.one",
                features="""
                this: {count: call.attempt, where: number == 12345671, over: 1h, meaning: calls to one number}
                that: {count: call.attempt, where: number == 12345672, over: 1h, meaning: calls to another number}
                """,
            )
        )
    )
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US, number=12_345_671)) == {"this": 1, "that": 0}


def test_a_threshold_in_cents_is_met_by_exactly_that_many_cents() -> None:
    """A rate of 0.40 is at least 0.40, although 400,000 millionths do not add up to it in floating point."""
    probe = Probe.of(
        probe_plan(
            detector_text(
                "probe.one",
                features="""
                dear: {count: call.attempt, where: rate >= 0.40, over: 1h, meaning: dear calls}
                short: {count: call.ended, where: talk_s <= 0.057, over: 1h, meaning: very short calls}
                """,
            )
        )
    )
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US, rate=400_000))["dear"] == 1
    assert probe.see(kernel_row(ATTEMPT, BEGIN_US, rate=399_999))["dear"] == 1
    assert probe.see(kernel_row(ENDED, BEGIN_US, talk_s=57))["short"] == 1
    assert probe.see(kernel_row(ENDED, BEGIN_US, talk_s=58))["short"] == 1


def test_the_order_of_the_detectors_and_packs_does_not_show() -> None:
    plan = real_plan()
    detectors, packs = list(plan.detectors.values()), list(plan.packs.items())
    dice = random.Random(4)
    for _ in range(3):
        dice.shuffle(detectors)
        dice.shuffle(packs)
        assert compile_program(detectors, dict(packs), plan.program.customer_words) == plan.program


def test_the_fingerprint_changes_with_whatever_decides_and_with_nothing_else() -> None:
    def fingerprint(text: str) -> str:
        return probe_plan(text).program.fingerprint

    text = detector_text("probe.one", features=HOURLY, when="calls >= 30")
    assert fingerprint(text) == fingerprint(text.replace("title: A probe", "title: The same probe"))
    for there, instead in (
        ("30", "31"),
        ("1h", "2h"),
        (">=", ">"),
        ("quiet_after: 24h", "quiet_after: 25h"),
        ("mode: alert", "mode: shadow"),
    ):
        assert fingerprint(text) != fingerprint(text.replace(there, instead)), there


def test_each_pack_has_its_own_parameters_and_its_own_rules() -> None:
    more = "parameters:\n  floor: {value: 30, evidence: none at all here}\n"
    texts = [
        detector_text("probe.one", features=HOURLY, when="calls >= floor", more=more),
        detector_text("probe.two", features=HOURLY, when="calls >= 1").replace("topics: [probes]", "topics: [others]"),
    ]
    words = customer_words(texts)
    detectors = [load_detector(text, "probe.yaml", customer_words=words) for text in texts]
    program = compile_program(
        detectors, {"strict": pack("strict", "probes", floor=5), "mild": pack("mild", "probes", "others")}, words
    )
    assert program.packs == ("mild", "strict")
    assert program.parameters == ((30.0,), (5.0,))
    assert program.enabled == ((True, True), (True, False))


def test_a_rule_that_may_hold_of_nothing_is_judged_for_everybody() -> None:
    texts = {
        "counted": ("calls >= 2", False),
        "column": ("loop", True),
        "either": ("calls >= 2 or loop", True),
        "both": ("calls >= 2 and loop", False),
        "few": ("calls < 5", True),
        "unknown": ("share >= 0.5", False),
        "not_known": ("not known(share)", True),
        "either_known": ("known(rate) and rate > 1", True),
        "signs": ("points(loop, 2) + points(calls >= 1, 1) >= 2", True),
        "no_signs": ("points(calls >= 1, 2) + points(share >= 0.5, 1) >= 2", False),
    }
    features = f"{HOURLY}\nshare: {{share: forwarded, of: call.attempt, over: 1h, meaning: share}}"
    for name, (when, wanted) in texts.items():
        text = detector_text(f"probe.{name}", subject="[customer, callee]", on="[call.attempt]", features=features, when=when)
        assert probe_plan(text).program.subjects[0].judged_idle == wanted, when


def test_a_pair_for_whom_nothing_was_counted_is_judged_where_a_rule_may_hold() -> None:
    text = detector_text("probe.one", subject="[customer, callee]", on="[call.attempt]", when="loop or diversions >= 3")
    probe = Probe.of(probe_plan(text))
    outcome = probe.kernel.apply(
        kernel_row(ATTEMPT, BEGIN_US, callee=9, loop=1, diversions=1).reshape(1, -1),
        np.zeros(1, dtype=np.int64),
        one_customer(probe.plan),
    )
    assert len(outcome.opened) == 1


# Windows and words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pane_s", "panes", "phrase"),
    [
        ("10m", 30, 20, "10 minutes"),
        ("1h", 180, 20, "1 hour"),
        ("24h", 3600, 24, "24 hours"),
        ("7d", 21_600, 28, "7 days"),
        ("10d", 21_600, 40, "10 days"),
        ("28d", 86_400, 28, "28 days"),
    ],
)
def test_a_span_is_kept_in_panes_that_make_it_up_exactly(text: str, pane_s: int, panes: int, phrase: str) -> None:
    made = window(text, None, AT)
    assert (made.clock, made.pane_us, made.panes, made.phrase) == (CLOCK_SLIDING, pane_s * 1_000_000, panes, phrase)
    assert "never more than the span" in made.bound


def test_calendar_windows_say_that_they_are_exact() -> None:
    assert (window("day", None, AT).clock, window("month", None, AT).clock) == (CLOCK_LOCAL_DAY, CLOCK_LOCAL_MONTH)
    assert window("month", None, AT).bound == "exact, in the customer's zone"
    assert phrase_of("1d") == "1 day"


def test_a_gauge_has_panes_of_five_minutes_in_four_hours() -> None:
    program = probe_plan(detector_text("probe.one", features="active: {gauge: calls, over: 4h, meaning: calls}")).program
    (group,) = program.groups
    assert (group.clock, group.pane_us, group.panes) == (CLOCK_GAUGE, 300_000_000, 48)


# What is said --------------------------------------------------------------------------------------------------------------


def test_the_first_sentence_whose_numbers_are_all_known_is_said() -> None:
    text = detector_text(
        "probe.one",
        features=f"{HOURLY}\nshare: {{share: forwarded, of: call.attempt, over: 1h, meaning: share of forwarded calls}}",
    ).replace('because: "it held"', 'because: ["{calls} calls, {share:.0%} forwarded", "{calls} calls"]')
    detector = load_detector(text, "probe.yaml", customer_words={})
    assert sentence(detector, {"calls": 1234.0, "share": 0.25}) == "1,234 calls, 25% forwarded"
    assert sentence(detector, {"calls": 1234.0, "share": None}) == "1,234 calls"
    assert sentence(detector, {"calls": float("nan"), "share": float("nan")}) == "unknown calls"


def test_an_explanation_holds_every_comparison_with_its_meaning_and_what_the_window_may_miss() -> None:
    more = "parameters:\n  floor: {value: 30, unit: calls an hour, evidence: none at all here}\n"
    text = detector_text("probe.one", features=HOURLY, when="calls >= floor and customer.seats < 5", more=more)
    detector = load_detector(text, "probe.yaml", customer_words={})
    values = {"calls": 31.0, "floor": 30.0, "customer.seats": None}
    told = explanation(detector, values, {})
    assert [(row["feature"], row["value"], row["comparison"], row["threshold"], row["holds"]) for row in told["comparisons"]] == [
        ("calls", 31.0, ">=", 30.0, True),
        ("customer.seats", None, "<", 5.0, None),
    ]
    assert told["comparisons"][0]["meaning"] == "calls asked for"
    assert told["comparisons"][0]["unit"] == "calls an hour"
    assert told["windows"] == [
        "calls: calls asked for, 1 hour (may miss up to the oldest 5 % of the span, never more than the span)"
    ]
    assert [found.holds for found in held(detector, values)] == [True, None]


def test_a_difference_of_two_counts_is_explained_in_their_words() -> None:
    features = f"{HOURLY}\nlately: {{count: call.attempt, over: 10m, meaning: calls of ten minutes, unit: calls}}"
    text = detector_text("probe.one", features=features, when="calls - lately < 5")
    told = explanation(load_detector(text, "probe.yaml", customer_words={}), {"calls": 31.0, "lately": 30.0}, {})
    assert [(row["feature"], row["meaning"]) for row in told["comparisons"]] == [
        ("(calls - lately)", "calls asked for, less calls of ten minutes")
    ]


def test_the_program_of_the_package_survives_a_trip_through_json() -> None:
    program = real_plan().program
    assert msgspec.json.decode(msgspec.json.encode(program), type=type(program)) == program
