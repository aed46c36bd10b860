"""What the simulated calls are like: realistic where nobody does wrong, and each abuse shows its pattern."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairwire.model.instants import parse_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.testkit.simulate import Order, Played, play_out, simulate
from fairwire.testkit.simulate.attack_kit import Act
from fairwire.testkit.simulate.calls import HOUR_MS, INBOUND, OUTBOUND, TARIFF, Calls, one_at_a_time, talk_of
from fairwire.testkit.simulate.cast import role
from fairwire.testkit.simulate.tables import attacks, scenario, segments

OF_CALLS = [name for name, variant in attacks().variants.items() if not attacks().abuses[variant.abuse].wide]
"""Attacks that show in calls alone. The others are in `test_simulated_events`."""
MONTH = Order(scenario="month_of_calls", seed=3)


@cache
def month(customers: int) -> tuple[Played, ...]:
    return tuple(play_out(MONTH, index) for index in range(customers))


@cache
def abusers(variant: str, level: str) -> tuple[tuple[Order, Played], ...]:
    """Four abusers of a kind, from the scenario of that name."""
    found = []
    for seed in range(8):
        order = Order(scenario=variant, seed=seed)
        for index in range(scenario(variant).customers):
            played = play_out(order, index) if _abuses(order, index) else None
            if played is not None and played.part.level == level:
                found.append((order, played))
            if len(found) == 4:
                return tuple(found)
    raise AssertionError(f"no four abusers of {variant}/{level} in eight seeds")


def act(played: Played) -> Act:
    assert played.act is not None
    return played.act


def _abuses(order: Order, index: int) -> bool:
    return role(order.spec(), order.seed, index)[0] is not None


def most_at_once(calls: Calls) -> int:
    times = np.concatenate((calls["start"], calls["end"]))
    steps = np.concatenate((np.ones(len(calls)), -np.ones(len(calls))))
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max())


def most_within(times: Any, span_ms: int) -> int:
    times = np.sort(times)
    return int((np.searchsorted(times, times + span_ms, side="right") - np.arange(len(times))).max())


def test_a_month_passes_every_gate_of_realism(tmp_path: Path) -> None:
    summary = simulate(Order(scenario="month_of_calls", seed=1, customers=400, write="parquet"), tmp_path)
    missed = [gate for gate in summary.gates if gate.ok is not True]
    assert missed == []
    assert [gate.name for gate in summary.gates][:3] == [
        "mean talk of offices, s",
        "share of talks of 6 s or less",
        "share of talks over 120 s",
    ]


def test_a_gate_says_so_when_there_is_too_little_traffic(tmp_path: Path) -> None:
    summary = simulate(Order(scenario="quiet", seed=1, customers=2, days=2), tmp_path)
    monday = next(gate for gate in summary.gates if gate.name == "share of calls on Monday")
    assert (monday.value, monday.ok) == (None, None)


def test_all_trades_and_all_attacks_appear_in_a_month() -> None:
    assert {played.part.segment_name for played in month(400)} == set(segments().segments)
    cycle = scenario("month_of_calls").cycle
    assert {f"{variant}/{level}" for variant in OF_CALLS for level in ("plain", "evasive")} == set(cycle)
    assert [played.part.variant for played in month(400) if played.part.variant] == [entry.split("/")[0] for entry in cycle[:6]]


def test_nobody_is_on_two_calls_at_once() -> None:
    for played in month(120):
        if played.part.variant is None and played.part.segment_name != "clinic":
            people = played.calls[played.calls["user"] > 1]  # the first also takes the reports of the person on duty
            for user in np.unique(people["user"]):
                assert most_at_once(people[people["user"] == user]) == 1


def test_waiting_for_a_free_person_moves_the_whole_call() -> None:
    calls = np.zeros(3, dtype=month(1)[0].calls.dtype)
    calls["user"] = 1
    calls["start"], calls["answer"], calls["end"] = [0, 1_000, 90_000], [500, -1, 90_100], [60_000, 4_000, 95_000]
    one_at_a_time(calls, gap_ms=2_000)
    assert calls["start"].tolist() == [0, 62_000, 90_000]
    assert calls["answer"].tolist() == [500, -1, 90_100]
    assert calls["end"].tolist() == [60_000, 65_000, 95_000]


def test_honest_customers_stay_within_their_orders() -> None:
    looked_at = 0
    for played in month(400):
        limit = played.part.record.max_active_connections
        if played.part.variant is None:
            assert played.calls["user"].max(initial=0) <= (played.part.record.user_limit or 0)
            spent = int(played.calls["charge"].sum()) * 100
            if played.part.record.monthly_charge_limit:
                assert spent < parse_micros(played.part.record.monthly_charge_limit)
            if limit is not None and len(played.calls):
                looked_at += 1
                assert most_at_once(played.calls) <= limit
    assert looked_at > 30


def test_charges_are_rate_times_talk_rounded_up_and_nothing_is_charged_inbound() -> None:
    calls = np.concatenate([played.calls for played in month(60)])
    out = calls[calls["direction"] == OUTBOUND]
    exact = talk_of(out) * out["rate"] / 60_000
    assert np.all((out["charge"] >= exact) & (out["charge"] < exact + 1))
    assert calls[calls["direction"] == INBOUND]["charge"].sum() == 0


def test_taxis_call_back_who_called_and_offices_seldom_do() -> None:
    def solicited(trade: str) -> float:
        shares = []
        for played in _trade(trade):
            callers: dict[int, int] = {}
            hits = total = 0
            for call in played.calls[played.calls["tariff"] != TARIFF["toll_free"]]:
                if call["direction"] == INBOUND:
                    callers[int(call["from"])] = int(call["start"])
                else:
                    total += 1
                    hits += int(call["start"]) - callers.get(int(call["to"]), -(10**15)) <= 72 * HOUR_MS
            shares.append(hits / max(1, total))
        return float(np.median(shares))

    assert solicited("taxi_delivery") > 0.8
    assert 0.15 < solicited("legal_accounting") < 0.6
    assert solicited("declared_dialler") < 0.25


def _trade(name: str) -> Iterator[Played]:
    return (played for played in month(400) if played.part.segment_name == name and played.part.variant is None)


def test_people_who_work_through_lists_do_not_ring_one_number_all_day() -> None:
    for trade in ("declared_dialler", "sales_recruiting"):
        for played in _trade(trade):
            out = played.calls[played.calls["direction"] == OUTBOUND]
            _, times = np.unique(np.stack((out["to"], out["start"] // (24 * HOUR_MS))), axis=1, return_counts=True)
            assert times.max() <= 12


def test_the_innocent_look_alikes_are_there() -> None:
    clinic = next(_trade("clinic")).calls
    evening = clinic[clinic["automated"]]
    assert len(evening) > 200
    assert (evening["answer"] >= 0).mean() > 0.7
    school = max((played.calls for played in _trade("school")), key=lambda calls: int(calls["automated"].sum()))
    assert most_within(school[school["automated"]]["start"], HOUR_MS // 2) >= 300
    assert all("registered_dialler" in played.part.record.features for played in _trade("declared_dialler"))
    alarms = [played.calls[played.calls["kind"] == 2] for played in month(400)]
    reporting = [calls for calls in alarms if len(calls)]
    assert len(reporting) > 20
    for calls in reporting:
        assert len(calls) == 30
        assert len(np.unique(calls["to"])) == 1


@pytest.mark.parametrize("variant", OF_CALLS)
@pytest.mark.parametrize("level", ["plain", "evasive"])
def test_a_label_spans_exactly_the_calls_of_the_attack(variant: str, level: str) -> None:
    for order, played in abusers(variant, level):
        label = played.label(order.period(order.spec()))
        assert label.variant == variant
        assert label.level == level
        assert label.clauses == attacks().abuses[label.abuse].clauses[played.part.record.policy]
        assert parse_us(label.start) == int(act(played).calls["start"].min()) * 1000
        assert parse_us(label.end) == int(act(played).calls["end"].max()) * 1000


@pytest.mark.parametrize("variant", ["toll_fraud", "toll_fraud_slow"])
@pytest.mark.parametrize("level", ["plain", "evasive"])
def test_the_loss_is_the_sum_of_the_charges_and_its_curve_rises_to_it(variant: str, level: str) -> None:
    for order, played in abusers(variant, level):
        label = played.label(order.period(order.spec()))
        assert label.loss == format_micros(int(act(played).calls["charge"].sum()) * 100)
        amounts = [parse_micros(amount) for _, amount in label.loss_curve]
        instants = [parse_us(at) for at, _ in label.loss_curve]
        assert amounts == sorted(amounts)
        assert instants == sorted(set(instants))
        assert amounts[0] == 0
        assert amounts[-1] == parse_micros(label.loss)
        assert np.all(act(played).calls["rate"] >= 2_000)


def test_diallers_keep_a_pace_that_people_do_not() -> None:
    for _, played in abusers("auto_dialler", "plain"):
        assert most_within(act(played).calls["start"], HOUR_MS) >= 100
        assert (act(played).calls["answer"] >= 0).mean() < 0.45
    for _, played in abusers("auto_dialler", "evasive"):
        assert most_within(act(played).calls["start"], HOUR_MS) < 90


def test_robocalls_come_in_bursts_or_hide_below_the_hourly_rate() -> None:
    for _, played in abusers("robocall", "plain"):
        assert most_within(act(played).calls["start"], HOUR_MS // 6) >= 300
        assert len(np.unique(act(played).calls["to"])) > 0.99 * len(act(played).calls)
    for _, played in abusers("robocall", "evasive"):
        assert most_within(act(played).calls["start"], HOUR_MS) < 80


def test_toll_fraud_rings_dear_numbers_from_a_foreign_address() -> None:
    for _, played in abusers("toll_fraud", "plain"):
        assert set(act(played).calls["tariff"].tolist()) <= {TARIFF["premium"], TARIFF["satellite"]}
        assert not set(act(played).calls["address"].tolist()) & set(
            played.calls["address"][played.calls["rate"] < 2_000].tolist()
        )
        assert most_at_once(act(played).calls) >= 3


def test_trial_calls_come_before_the_onset_of_toll_fraud() -> None:
    for order, played in abusers("toll_fraud", "plain"):
        label = played.label(order.period(order.spec()))
        assert label.onset is not None
        trials = act(played).calls["start"] * 1000 < parse_us(label.onset)
        assert 3 <= trials.sum() <= 6
        assert talk_of(act(played).calls[trials]).max() < 60_000


def test_wangiri_gives_up_before_most_people_can_answer() -> None:
    for level, within_ms in (("plain", 6_000), ("evasive", 10_000)):
        for _, played in abusers("wangiri", level):
            out = act(played).calls[act(played).calls["direction"] == OUTBOUND]
            given_up = (out["disposition"] == 4) & (out["end"] - out["start"] <= within_ms)
            assert given_up.mean() > 0.7


def test_fair_use_abusers_talk_many_times_what_a_seat_does() -> None:
    for _, played in abusers("fair_use", "plain"):
        assert played.part.unlimited
        assert talk_of(act(played).calls).sum() / 60_000 / played.part.seats > 9_000
    for _, played in abusers("fair_use", "evasive"):
        assert 3_000 < talk_of(act(played).calls).sum() / 60_000 / played.part.seats < 12_000


def test_forwarded_legs_carry_the_caller_and_the_diverting_number() -> None:
    for order, played in abusers("forwarding", "plain"):
        assert order.scenario == "forwarding"
        legs = act(played).calls[act(played).calls["forwarded"]]
        came = act(played).calls[act(played).calls["direction"] == INBOUND]
        assert len(legs) == len(came)
        assert set(legs["from"].tolist()) == set(came["from"].tolist())
        diverting = {act(played).chains[chain - 1] for chain in legs["chain"].tolist()}
        assert diverting == {(int(line),) for line in np.unique(legs["line"])}
        assert most_at_once(legs) >= 3


def test_a_loop_names_a_number_twice_or_goes_five_deep() -> None:
    for _, played in abusers("forwarding_loop", "plain"):
        deepest = max(act(played).chains, key=len)
        assert len(set(deepest)) == 2
        assert len(deepest) >= 5
    for _, played in abusers("forwarding_loop", "evasive"):
        assert max(len(chain) for chain in act(played).chains) >= 5
        assert all(len(set(chain)) == len(chain) for chain in act(played).chains)


def test_concurrency_abusers_pass_the_limit_of_their_order() -> None:
    for level in ("plain", "evasive"):
        for _, played in abusers("concurrent_calls", level):
            assert played.part.record.max_active_connections is not None
            assert most_at_once(act(played).calls) > played.part.record.max_active_connections


def test_a_harassed_person_is_rung_again_and_again_and_never_rings_back() -> None:
    for level, least in (("plain", 9), ("evasive", 2)):
        for _, played in abusers("harassment", level):
            victim = np.unique(act(played).calls["to"])
            assert len(victim) == 1
            assert most_within(act(played).calls["start"], HOUR_MS) >= least
            assert not (played.calls["from"] == victim[0]).any()
