"""Comparison with one's peers: against a computation by hand, and against a cohort of abusers."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.kernel.intake import O_SOURCE, O_TIME
from fairwire.model.columns import COLUMN_INDEX
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, parse_us
from fairwire.runtime.cohorts import MAD_FLOOR, MAD_TO_SIGMA, TRIM, standing
from fairwire.runtime.engine import Partition
from traces import Row, ended, feed_of, run, shipped_plan, table_for

uses = st.lists(st.sampled_from([0.0, 0.0, 1.0, 5.0, 5.0, 60.0, 3000.0]) | st.floats(0, 50_000), min_size=4, max_size=60)


def by_hand(use: list[float], member: int) -> tuple[float, float, float]:
    """Mean, trimmed mean and robust z among the others, as the definitions say."""
    others = sorted(use[:member] + use[member + 1 :])
    cut = int(TRIM * len(others))
    logs = [math.log1p(value) for value in others]
    middle = statistics.median(logs)
    spread = max(statistics.median(abs(value - middle) for value in logs), MAD_FLOOR)
    z = MAD_TO_SIGMA * (math.log1p(use[member]) - middle) / spread
    return statistics.fmean(others), statistics.fmean(others[cut : len(others) - cut]), z


@given(uses)
def test_J18_each_member_is_compared_with_all_the_others_and_not_with_itself(use: list[float]) -> None:
    found = standing(np.array(use), 3)
    assert found.cohort_size.tolist() == [len(use) - 1] * len(use)
    for member in range(len(use)):
        mean, trimmed, z = by_hand(use, member)
        assert found.others_mean[member] == pytest.approx(mean, rel=1e-9, abs=1e-6)
        assert found.others_trimmed[member] == pytest.approx(trimmed, rel=1e-9, abs=1e-6)
        assert found.log_z[member] == pytest.approx(z, rel=1e-9, abs=1e-9)


@given(uses, st.randoms(use_true_random=False))
def test_the_order_of_the_members_does_not_show_in_a_single_bit(use: list[float], dice: random.Random) -> None:
    order = list(range(len(use)))
    dice.shuffle(order)
    here, there = standing(np.array(use), 3), standing(np.array([use[i] for i in order]), 3)
    for name in ("others_mean", "others_trimmed", "log_z"):
        assert getattr(here, name)[order].tobytes() == getattr(there, name).tobytes()


@pytest.mark.parametrize("others", [0, 1, 19])
def test_J18_fewer_others_than_the_least_number_say_nothing(others: int) -> None:
    found = standing(np.array([90_000.0] + [100.0] * others), 20)
    for name in ("others_mean", "others_trimmed", "log_z"):
        assert np.isnan(getattr(found, name)).all()
    assert found.cohort_size.tolist() == [others] * (others + 1)


def test_J18_as_many_others_as_the_least_number_are_enough() -> None:
    found = standing(np.array([90_000.0] + [100.0] * 20), 20)
    assert found.others_mean[0] == found.others_trimmed[0] == 100.0
    assert found.log_z[0] > 3.5


def test_J18_the_robust_average_holds_where_the_plain_one_gives_way_to_a_cohort_of_abusers() -> None:
    """One customer in ten uses five and a half times the usual, and a policy calls four times the average excessive."""
    use = np.concatenate([np.linspace(500, 1500, 180), np.full(20, 5500.0)])
    heavy = np.arange(200) >= 180
    found = standing(use, 20)
    assert not (use >= 4 * found.others_mean).any()
    assert ((use >= 4 * found.others_trimmed) == heavy).all()
    assert ((found.log_z > 3.5) == heavy).all()


def month_of_calls(minutes_a_day: list[float]) -> tuple[list[Customer], list[Row]]:
    """Customers on the unlimited plan, each with one call a day through March."""
    customers = [Customer(id=f"c{i:03}", plan="unlimited_voice", country="US", user_limit=1) for i in range(len(minutes_a_day))]
    rows: list[Row] = []
    for i, minutes in enumerate(minutes_a_day):
        for day in range(28):
            at = parse_us("2026-03-01T12:00:00Z") + day * DAY_US
            rows.append(ended(1000 * i + day, at, talk_s=60 * minutes, ring_s=1, customer=f"c{i:03}"))
    return customers, rows


def test_J18_L03_every_member_of_a_cohort_of_abusers_is_found_and_nobody_else() -> None:
    customers, rows = month_of_calls([*np.linspace(20, 60, 180), *[220.0] * 20])
    findings = [finding for finding in run(shipped_plan(), rows, customers).findings if finding.detector == "plan.fair_use"]
    assert {finding.customer for finding in findings} == {f"c{i:03}" for i in range(180, 200)}
    for finding in findings:
        # The report shows the customer, the cohort and the factor.
        assert finding.features["cohort_size"].value == 199
        use, average = finding.features["use"], finding.features["others_trimmed"].value
        assert isinstance(use.value, float | int)
        assert isinstance(average, float | int)
        assert isinstance(use.threshold, float | int)
        assert use.value >= 4 * average
        assert "199 other customers" in finding.reason


def test_J18_without_its_peers_the_same_use_says_nothing() -> None:
    customers, rows = month_of_calls([30.0] * 19 + [220.0])
    assert not [finding for finding in run(shipped_plan(), rows, customers).findings if finding.detector == "plan.fair_use"]


@pytest.mark.parametrize("workers", [2, 3])
def test_summaries_of_partitions_merge_to_what_one_partition_sees(workers: int) -> None:
    customers, rows = month_of_calls([*np.linspace(20, 60, 60), *[300.0] * 4])
    plan = shipped_plan()
    table = table_for(plan, customers)
    feed = feed_of(rows, table)
    midnights = np.unique(feed.emitted[:, O_TIME] // DAY_US + 1) * DAY_US
    whole = Partition(plan, table, feed.emitted, feed.raw, None, midnights).run(None)
    owners = feed.raw[feed.emitted[:, O_SOURCE], COLUMN_INDEX["customer"]] % workers
    parts = [
        Partition(plan, table, feed.emitted, feed.raw, np.flatnonzero(owners == number), midnights).run(None)
        for number in range(workers)
    ]
    assert len(whole.summaries) == 28
    for place, (index, midnight, totals) in enumerate(whole.summaries):
        assert [part.summaries[place][:2] for part in parts] == [(index, midnight)] * workers
        assert np.sum([part.summaries[place][2] for part in parts], axis=0).tolist() == totals.tolist()


def test_a_uniform_cohort_does_not_make_a_small_difference_extreme() -> None:
    found = standing(np.array([110.0] + [100.0] * 50), 20)
    assert 0 < found.log_z[0] < 1


def test_a_million_members_are_compared_in_moments() -> None:
    """Work that grows with the square of the members would take days here."""
    use = np.random.default_rng(5).lognormal(5, 1, 1_000_000)
    found = standing(use, 20)
    for member in (0, int(np.argmax(use)), int(np.argmin(use))):
        others = np.delete(use, member)
        assert found.others_mean[member] == pytest.approx(others.mean(), rel=1e-9)
        assert found.log_z[member] == pytest.approx(
            MAD_TO_SIGMA
            * (np.log1p(use[member]) - np.median(np.log1p(others)))
            / max(np.median(np.abs(np.log1p(others) - np.median(np.log1p(others)))), MAD_FLOOR)
        )
