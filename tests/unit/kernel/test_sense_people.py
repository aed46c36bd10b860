"""What was seen before of logins, users and devices."""

from __future__ import annotations

import pytest

from fairwire.kernel.sense import distance_km, sense
from fairwire.kernel.state import State
from fairwire.model.columns import (
    COLUMN_INDEX,
    DEVICE_FOUND,
    DEVICE_LOST,
    LOGIN,
    REQUEST,
    SENT,
    UNKNOWN,
    USER_ADDED,
    USER_REMOVED,
    packed_spot,
)
from fairwire.model.instants import DAY_US, HOUR_US
from traces import BEGIN_US, kernel_row

ALL = 63
LONDON, PARIS, SYDNEY = packed_spot(51.5074, -0.1278), packed_spot(48.8566, 2.3522), packed_spot(-33.8688, 151.2093)


class Memory:
    """A kernel's memory, one event at a time."""

    def __init__(self) -> None:
        self.state = State("program", 1)

    def see(self, kind: int, at_us: int = BEGIN_US, **columns: int) -> dict[str, int]:
        row = kernel_row(kind, at_us, **{"customer": 1, **columns})
        state = self.state
        sense(row, state.meta, state.keys["seen"], state.values["seen"], state.keys["last"], state.values["last"], ALL)
        return {name: int(row[place]) for name, place in COLUMN_INDEX.items()}


def test_a_first_login_says_nothing_and_the_next_from_elsewhere_is_new() -> None:
    memory = Memory()
    first = memory.see(LOGIN, ok=1, credential=7, country=31, asn=41, device=51)
    assert (first["new_country"], first["new_asn"], first["new_device"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    again = memory.see(LOGIN, BEGIN_US + HOUR_US, ok=1, credential=7, country=31, asn=42, device=51)
    assert (again["new_country"], again["new_asn"], again["new_device"]) == (0, 1, 0)
    other = memory.see(LOGIN, BEGIN_US + HOUR_US, ok=1, credential=8, country=32, asn=42, device=52)
    assert other["new_country"] == UNKNOWN, "another credential's first login"


def test_a_login_that_failed_is_judged_and_not_remembered() -> None:
    memory = Memory()
    memory.see(LOGIN, ok=1, credential=7, country=31)
    for at in (1, 2):
        assert memory.see(LOGIN, BEGIN_US + at, ok=0, credential=7, country=32)["new_country"] == 1
    late = memory.see(LOGIN, BEGIN_US + 91 * DAY_US, ok=1, credential=7, country=31)
    assert late["new_country"] == 1, "90 days ago is forgotten"


def test_distance_and_speed_are_those_of_the_globe() -> None:
    assert distance_km(LONDON, PARIS) == pytest.approx(344, abs=2)
    assert distance_km(LONDON, SYDNEY) == pytest.approx(16_994, abs=20)
    memory = Memory()
    memory.see(LOGIN, ok=1, credential=7, spot=LONDON)
    told = memory.see(LOGIN, BEGIN_US + 2 * HOUR_US, ok=1, credential=7, spot=SYDNEY)
    assert told["distance_km"] == pytest.approx(16_994, abs=20)
    assert told["speed_kmh"] == pytest.approx(8_497, abs=20)


def test_a_user_is_removed_until_added_again_and_one_never_told_is_not() -> None:
    memory = Memory()
    assert memory.see(SENT, user=9)["removed_user"] == 0
    later = BEGIN_US + HOUR_US
    memory.see(USER_REMOVED, BEGIN_US + 10, user=9)
    assert memory.see(SENT, BEGIN_US + 5, user=9)["removed_user"] == 0, "before that"
    assert memory.see(SENT, later, user=9)["removed_user"] == 0, "a successor may be added within the hour"
    assert memory.see(SENT, later + 10, user=9)["removed_user"] == 1
    assert memory.see(SENT, later + 10, user=9, customer=2)["removed_user"] == 0
    memory.see(USER_ADDED, later + 20, user=9)
    assert memory.see(SENT, later + 21, user=9)["removed_user"] == 0
    assert memory.see(SENT, later + 21)["removed_user"] == UNKNOWN


def test_unprovisioned_is_only_said_where_all_users_are_told() -> None:
    memory = Memory()
    memory.see(USER_ADDED, user=9)
    assert memory.see(SENT, user=8)["unprovisioned"] == UNKNOWN
    assert memory.see(SENT, user=8, unprovisioned=0)["unprovisioned"] == 1
    assert memory.see(SENT, user=9, unprovisioned=0)["unprovisioned"] == 0


def test_a_lost_device_is_lost_until_found() -> None:
    memory = Memory()
    memory.see(DEVICE_LOST, device=5)
    assert memory.see(LOGIN, BEGIN_US + 1, ok=1, credential=7, device=5)["lost_device"] == 1
    memory.see(DEVICE_FOUND, BEGIN_US + 2, device=5)
    assert memory.see(LOGIN, BEGIN_US + 3, ok=1, credential=7, device=5)["lost_device"] == 0


def test_requests_step_through_numbers_by_credential() -> None:
    memory = Memory()
    assert memory.see(REQUEST, credential=7, number=100)["step"] == UNKNOWN
    assert memory.see(REQUEST, credential=8, number=500)["step"] == UNKNOWN
    assert memory.see(REQUEST, credential=7, number=101)["step"] == 1
