"""How long decisions took, by way, and whom they were for."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fairwire.serve.timings import LATEST, MOST_POINTS, Timings


def samples(timings: Timings) -> dict[tuple[str, ...], float]:
    """Everything on the page, by name and label values."""
    registry = CollectorRegistry()
    registry.register(timings)
    page = generate_latest(registry).decode()
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_quantiles_are_those_of_the_latest_decisions() -> None:
    timings = Timings()
    for number in range(1, 1001):
        timings.took("allow", number / 1000, "http", "sbc")
    found = samples(timings)
    for share, least in (("0.5", 0.5), ("0.99", 0.99), ("0.999", 0.999)):
        value = found["fairwire_decision_latest_seconds", f"quantile={share}", "way=http"]
        assert least <= value <= least + 0.002, share
    for _ in range(LATEST):
        timings.took("allow", 0.000_02, "http", "sbc")
    found = samples(timings)
    assert found["fairwire_decision_latest_seconds", "quantile=0.999", "way=http"] == 0.000_02
    assert found["fairwire_decision_seconds_count", "way=http"] == 1000 + LATEST


def test_buckets_count_up_to_their_bound_and_each_way_has_its_own() -> None:
    timings = Timings()
    for seconds in (1e-5, 2e-5, 3.0):
        timings.took("deny", seconds, "sip", "edge")
    timings.took("allow", 2e-5, "evapi", "kamailio")
    found = samples(timings)
    assert found["fairwire_decision_seconds_bucket", "le=1e-05", "way=sip"] == 1
    assert found["fairwire_decision_seconds_bucket", "le=2.5e-05", "way=sip"] == 2
    assert found["fairwire_decision_seconds_bucket", "le=1.0", "way=sip"] == 2
    assert found["fairwire_decision_seconds_bucket", "le=+Inf", "way=sip"] == 3
    assert found["fairwire_decision_seconds_count", "way=evapi"] == 1
    assert found["fairwire_decisions_total", "verdict=deny", "way=sip"] == 3
    assert found["fairwire_decisions_total", "verdict=deny", "way=http"] == 0
    assert found["fairwire_point_decisions_total", "point=edge", "verdict=deny", "way=sip"] == 3


def test_the_names_that_are_counted_are_bounded_and_nothing_is_lost() -> None:
    timings = Timings()
    for number in range(MOST_POINTS + 50):
        timings.took("allow", 1e-5, "http", f"p{number}")
        timings.took("deny", 1e-5, "http", f"p{number}")
    found = samples(timings)
    points = {key[1] for key in found if key[0] == "fairwire_point_decisions_total"}
    assert len(points) == MOST_POINTS + 1
    assert found["fairwire_point_decisions_total", "point=other", "verdict=deny", "way=http"] == 50
    assert found["fairwire_decisions_total", "verdict=deny", "way=http"] == MOST_POINTS + 50


def test_a_copy_stays_as_it_was() -> None:
    timings = Timings()
    timings.took("allow", 2e-5, "http", "sbc")
    copy = timings.copy()
    timings.took("deny", 3.0, "http", "sbc")
    timings.took("deny", 3.0, "sip", "edge")
    found = samples(copy)
    assert found["fairwire_decision_seconds_count", "way=http"] == 1
    assert found["fairwire_decision_latest_seconds", "quantile=0.999", "way=http"] == 2e-5
    assert found["fairwire_point_decisions_total", "point=sbc", "verdict=deny", "way=http"] == 0
    assert not any("way=sip" in key for key in found)
