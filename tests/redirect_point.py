"""A redirect point in front of the real engine with the rules of all packs, and customers to ask about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.serve.redirect.peers import Peer, Peers
from fairwire.serve.redirect.point import RedirectPoint
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-02T12:00:00Z")
SBC = ("192.0.2.10", 5060)
SECRET = b"a secret of the tests"
CUSTOMERS = [
    Customer(id="hobnail", policy="clearspan", country="US", timezone="America/New_York", numbers=("+12125550100",)),
    Customer(id="gone", policy="natterbox", country="GB", state="suspended", numbers=("+442079460100",)),
    Customer(id="home", policy="jns", country="US", international=False, numbers=("+12125550110",)),
    Customer(id="two-at-once", policy="natterbox", country="GB", max_active_connections=2, on_limit="refuse",
             numbers=("+442079460120",)),
    Customer(id="addressed", policy="clearspan", country="US", addresses=("198.51.100.0/24",)),
    Customer(id="prepaid", policy="natterbox", country="GB", monthly_charge_limit="5.00", on_limit="refuse",
             numbers=("+442079460130",)),
    Customer(id="dialler", policy="clearspan", country="US", numbers=("+12125550140",)),
]  # fmt: skip


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    store = open_control(folder)
    plan = real_plan()
    service = Live(folder, plan, table_for(plan, CUSTOMERS), store, lambda: NOW_US, None, Keeping())
    yield service
    service.close()
    store.close()


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, Live]]:
    """Two engines that are alike: one is asked in bursts, the other one by one."""
    made = []
    for name in ("together", "apart"):
        folder = tmp_path_factory.mktemp(name)
        store, plan = open_control(folder), real_plan()
        live = Live(folder, plan, table_for(plan, CUSTOMERS), store, lambda: NOW_US, None, Keeping())
        live._series_at = math.inf  # nothing is saved meanwhile: orders that follow would come sooner or later by chance
        made.append((live, store))
    yield made[0][0], made[1][0]
    for live, store in made:
        live.close()
        store.close()


Made = Callable[..., RedirectPoint]


@pytest.fixture
def made(live: Live) -> Made:
    """Makes a redirect point; `peer` changes the one peer that may ask."""

    def make(*, service: Any = None, **given: Any) -> RedirectPoint:
        peer = {name: given.pop(name) for name in ("trusted", "unknown", "direction", "next_hop", "calls_per_s") if name in given}
        return RedirectPoint(service or live, Peers([peer_of(**peer)]), SECRET, **given)

    return make


def peer_of(**changed: Any) -> Peer:
    """The session border controller of the tests."""
    from ipaddress import ip_network

    return Peer(name="sbc", networks=(ip_network("192.0.2.10"), ip_network("2001:db8::10")), **changed)
