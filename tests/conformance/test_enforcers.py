"""Every kind of edge, held to the words of `ports/enforcers.py`, over a peer that answers on this machine.

Kamailio is the real one, by HTTP and by both kinds of datagrams; FreeSWITCH, Asterisk and SCIM are peers that follow the
exchanges beside the adapters; webhooks are received by a real HTTP server.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_bench import (
    ACME,
    SECRET,
    Bench,
    directory_bench,
    file_bench,
    kamailio_bench,
    manager_bench,
    order,
    port_bench,
    receiver_bench,
    running_kamailio,
    switch_bench,
)
from edge_faults import FAULTS, Fault
from fairwire.model.order import STEPS, Order
from fairwire.ports.enforcers import Item, Told, standing
from fairwire.runtime.discovery import names
from fairwire.runtime.edges import Edge
from free_ports import free_port
from sip_lab import missing

MADE: dict[str, Callable[[Path], Bench]] = {
    "asterisk": manager_bench,
    "file-csv": lambda folder: file_bench(folder, "wanted.csv"),
    "file-jsonl": lambda folder: file_bench(folder, "wanted.jsonl"),
    "freeswitch": switch_bench,
    "port_speed": port_bench,
    "scim": directory_bench,
    "scim-unmarked": lambda folder: directory_bench(folder, mark=""),
    "webhook": receiver_bench,
}
KAMAILIO = ("kamailio_htable-http", "kamailio_htable-udp", "kamailio_htable-unix")
TIMEOUT_S = 0.2
SLACK_S = 0.7
"""For a machine that is busy with other tests; far less than a server that is not given up would take."""
EXPECTED: dict[Fault, set[str]] = {
    "down": {"later"},
    "slow": {"unknown"},
    "lost": {"unknown"},
    "twice": {"done"},
    "late": {"unknown"},
    "rubbish": {"unknown"},
    "500": {"later", "unknown"},
}


class _Proxy:
    """A Kamailio that tests share."""

    def __init__(self, folder: Path, datagrams: str) -> None:
        self._running = running_kamailio(folder, SECRET, datagrams)
        self.process, self.port, self._start = self._running.__enter__()
        self.datagrams = datagrams

    def restart(self) -> None:
        self.process.stop()
        self.process = self._start()

    def close(self) -> None:
        self._running.__exit__(None, None, None)


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], _Proxy]]:
    """The proxy that takes questions in one way, started for the first that asks."""
    started: dict[str, _Proxy] = {}

    def get(way: str) -> _Proxy:
        if way not in started:
            folder = tmp_path_factory.mktemp("k")
            started[way] = _Proxy(folder, f"udp:127.0.0.1:{free_port()}" if way == "udp" else f"{folder}/rpc.sock")
        return started[way]

    yield get
    for one in started.values():
        one.close()


@pytest.fixture
def make(tmp_path: Path, proxies: Callable[[str], _Proxy]) -> Iterator[Callable[[str], Bench]]:
    """Sets one kind up with its peer."""
    made: list[Bench] = []

    def get(name: str) -> Bench:
        if name in MADE:
            made.append(MADE[name](tmp_path))
            return made[-1]
        if missing():
            pytest.skip(missing())
        way = name.rpartition("-")[2]
        proxy = proxies("udp" if way == "udp" else "unix")
        url = {"http": None, "udp": proxy.datagrams, "unix": f"unix:{proxy.datagrams}"}[way]
        made.append(kamailio_bench(tmp_path, proxy.port, url, proxy.restart))
        return made[-1]

    yield get
    for one in made:
        if one.server is not None:
            one.server.close()


@pytest.fixture(params=[*MADE, *KAMAILIO])
def bench(request: pytest.FixtureRequest, make: Callable[[str], Bench]) -> Bench:
    """Every kind."""
    return make(request.param)


@pytest.fixture(params=[name for name in (*MADE, *KAMAILIO) if name != "webhook"])
def telling(request: pytest.FixtureRequest, make: Callable[[str], Bench]) -> Bench:
    """Those that can be asked what stands there."""
    return make(request.param)


@pytest.fixture(params=["asterisk", "freeswitch", "scim", "webhook", "kamailio_htable-http"])
def failing(request: pytest.FixtureRequest, make: Callable[[str], Bench]) -> Bench:
    """Those whose peer can be made to fail."""
    return make(request.param)


@pytest.fixture(params=["freeswitch", "kamailio_htable-http", "kamailio_htable-unix"])
def forgetful(request: pytest.FixtureRequest, make: Callable[[str], Bench]) -> Bench:
    """Those whose peer has what it has in memory only."""
    return make(request.param)


def only(edge: Edge, wanted: Order) -> Item:
    (item,) = edge.items(wanted, ACME)
    return item


def test_each_kind_of_edge_has_a_peer_and_leans_on_no_other() -> None:
    assert {name.partition("-")[0] for name in (*MADE, *KAMAILIO)} == set(names("enforcers"))
    contracts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    alone = next(one["modules"] for one in contracts if one["type"] == "independence")
    assert {f"fairwire.enforcers.{name}" for name in names("enforcers")} <= set(alone)


def test_put_twice_is_put_once(bench: Bench) -> None:
    edge = bench.open()
    item = only(edge, bench.first)
    assert bench.held(item.key) is None
    assert edge.put(item).outcome == "done"
    once = bench.held(item.key)
    assert once is not None
    assert edge.put(item).outcome == "done"
    assert bench.held(item.key) == once
    if bench.tells:
        told, present = edge.present()
        assert (told.outcome, present) in [("done", {item.key: item.value}), ("done", None)]


def test_taken_back_twice_is_taken_back_once(bench: Bench) -> None:
    edge = bench.open()
    item = only(edge, bench.first)
    edge.put(item)
    for _ in range(2):
        assert edge.restore(item, None if bench.kind != "scim" else {"users": {"u1": True}}).outcome == "done"
        assert bench.held(item.key) is None
    told, present = edge.present()
    assert told.outcome == "done"
    assert not present


@pytest.mark.parametrize("foreign", [False, True], ids=["nothing", "something-foreign"])
def test_what_was_there_before_is_there_again(telling: Bench, foreign: bool) -> None:
    bench = telling
    edge = bench.open()
    item = only(edge, bench.first)
    if foreign:
        bench.place(item.key)
    was = bench.held(item.key)
    told, before = edge.look(item.key)
    assert told.outcome == "done"
    assert (before is not None) == (was is not None) or bench.kind == "scim"
    assert edge.put(item).outcome == "done"
    assert bench.held(item.key) != was
    assert edge.restore(item, before).outcome == "done"
    assert bench.held(item.key) == was


def test_what_is_ours_is_nothing_that_was_there_before(bench: Bench) -> None:
    edge = bench.open()
    item = only(edge, bench.first)
    edge.put(item)
    told, before = edge.look(item.key)
    assert told.outcome == "done"
    if bench.options.get("mark") == "":
        assert before == {"users": {"u1": False}}, "without marks nobody can tell"
    else:
        assert before is None


def test_what_somebody_else_has_changed_since_stays_and_is_told(telling: Bench) -> None:
    bench = telling
    edge = bench.open()
    item = only(edge, bench.first)
    _, before = edge.look(item.key)
    edge.put(item)
    bench.meddle(item.key)
    changed = bench.held(item.key)
    told = edge.restore(item, before)
    assert told.outcome == "done"
    assert told.answer
    if bench.kind == "scim":
        assert bench.held(item.key) is None, "the user is active, and no mark is left"
    else:
        assert bench.held(item.key) == changed


def test_of_two_orders_about_one_thing_the_severer_stands_there(bench: Bench) -> None:
    edge = bench.open()
    mild, severe = only(edge, bench.first), only(edge, bench.severer)
    assert mild.key == severe.key
    assert mild.rank <= severe.rank
    for orders in ([bench.first, bench.severer], [bench.severer, bench.first]):
        wanted = standing(item for one in orders for item in edge.items(one, ACME))
        assert len(wanted) == 1
        assert wanted[mild.key].value == (severe.value if mild.rank < severe.rank else wanted[mild.key].value)
    for item in (mild, severe, mild):
        assert edge.put(item).outcome == "done"
        if bench.tells:
            _, present = edge.present()
            assert present is None or present == {item.key: item.value}
    if not bench.tells:
        assert bench.held(mild.key) == mild.value


def test_only_ours_is_told_to_be_there(bench: Bench) -> None:
    edge, other = bench.open(), bench.open("edge-two")
    item = only(edge, bench.first)
    bench.place("cust:umbra" if bench.kind not in ("scim", "port_speed") else item.key)
    if bench.kind != "port_speed":
        other.put(only(other, bench.severer))
    told, present = edge.present()
    assert told.outcome == "done"
    assert not present
    if bench.kind != "port_speed":
        edge.put(item)
        _, present = edge.present()
        assert present in ({item.key: item.value}, None)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_edge_that_fails_is_told_in_time_and_can_be_asked_again(failing: Bench, fault: Fault) -> None:
    bench = failing
    assert bench.server is not None
    edge = bench.open(timeout_s=TIMEOUT_S)
    item = only(edge, bench.first)
    before = {"users": {"u1": True}} if bench.kind == "scim" else None
    bench.server.set(fault)
    asked: list[Callable[[], Told]] = [lambda: edge.put(item), lambda: edge.restore(item, before)]
    if bench.tells:
        asked += [lambda: edge.look(item.key)[0], lambda: edge.present()[0]]
    for ask in asked[:1] if fault == "late" else asked:
        began = time.monotonic()
        told = ask()
        assert time.monotonic() - began < TIMEOUT_S + SLACK_S
        assert told.outcome in EXPECTED[fault], told
        assert told.outcome == "done" or told.answer
        assert bench.secret not in told.answer
        assert "in-the-path" not in told.answer
        assert "\n" not in told.answer
    bench.server.set("")
    assert edge.put(item).outcome == "done"
    assert bench.held(item.key) is not None
    assert edge.restore(item, before).outcome == "done"
    assert bench.held(item.key) is None


@pytest.mark.parametrize("fault", ["lost", "late"])
def test_what_is_done_and_whose_answer_is_lost_is_done_again(failing: Bench, fault: Fault) -> None:
    bench = failing
    assert bench.server is not None
    edge = bench.open(timeout_s=TIMEOUT_S)
    item = only(edge, bench.first)
    _, before = edge.look(item.key)
    bench.server.set(fault, bench.changes[0])
    assert edge.put(item).outcome == "unknown"
    once = bench.held(item.key)
    assert once is not None
    bench.server.set("")
    assert edge.put(item).outcome == "done"
    assert bench.held(item.key) == once
    bench.server.set(fault, bench.changes[1])
    assert edge.restore(item, before).outcome == "unknown"
    bench.server.set("")
    assert edge.restore(item, before).outcome == "done"
    assert bench.held(item.key) is None


def test_an_edge_that_has_lost_what_it_had_shows_it_and_gets_it_again(forgetful: Bench) -> None:
    bench = forgetful
    assert bench.forget is not None
    edge = bench.open()
    item = only(edge, bench.first)
    edge.put(item)
    bench.forget()
    told, present = edge.present()
    assert (told.outcome, present) == ("done", {})
    assert edge.put(item).outcome == "done"
    _, present = edge.present()
    assert present == {item.key: item.value}


HELP = ("911", "112", "+1911", "*67911", "urn:service:sos", "988", "+18002738255")


def test_a_way_to_call_for_help_is_never_an_item(bench: Bench) -> None:
    edge = bench.open()
    for number in HELP:
        for step in STEPS:
            assert list(edge.items(order(step, "callee", number, line="+12025550100"), ACME)) == [], (step, number)
            assert list(edge.items(order(step, "destination_class", "emergency"), ACME)) == []
            if number.startswith("+"):
                assert list(edge.items(order(step, "destination_class", number), ACME)) == []


def test_the_same_order_means_the_same_here_and_nobody_is_asked(bench: Bench) -> None:
    if bench.server is not None:
        bench.server.set("down")
    edge = bench.open()
    assert edge.items(bench.first, ACME) == edge.items(bench.first, ACME)
    assert [item.key for item in edge.items(bench.first, None)] == [item.key for item in edge.items(bench.first, ACME)]
    for step in ("log", "notify", "invoice"):
        assert list(edge.items(order(step), ACME)) == []
    edge.close()
    edge.close()


NASTY = (
    "a b", "o'neill", 'quo"te', "semi;colon", "new\nline", "re\rturn\r\nAction: Logoff", "nul\0byte", "tab\t",
    "a/../../etc/passwd", "back\\slash", "{brace}", "${var}", "<tag>", "100%", "ünïcode", "\u2028", "a,b", "..", "-rf", "#",
    "x" * 100, "n" * 4000, "=1+1",
)  # fmt: skip


def test_no_name_breaks_the_line_that_it_is_sent_in(bench: Bench) -> None:
    edge = bench.open(timeout_s=5)
    bench.place("cust:umbra" if bench.kind != "port_speed" else "traffic:acme")
    _, before = edge.present()
    done = 0
    wanted = [order(customer=name) for name in NASTY]
    wanted += [order("block", "user", name) for name in NASTY] + [
        order("suspend", "line", name, customer=name) for name in NASTY[:8]
    ]
    wanted += [order("suspend", "user", name) for name in NASTY] if bench.kind == "scim" else []
    wanted += [order("throttle", "traffic", customer=name) for name in NASTY] if bench.kind == "port_speed" else []
    for one in wanted:
        for item in edge.items(one, ACME):
            told = edge.put(item)
            # A directory has nobody of that name.
            assert told.outcome in ("done", "never"), (told, item.key[:80])
            if told.outcome == "never":
                assert len(item.key) > 200 or bench.kind == "scim", (told, item.key)
                continue
            done += 1
            assert edge.look(item.key)[0].outcome == "done"
            if bench.tells:
                _, present = edge.present()
                assert present is not None
                assert present[item.key] == item.value
            assert edge.restore(item, None).outcome == "done", item.key
    assert done or bench.kind == "scim"
    _, after = edge.present()
    assert after == before
    assert edge.put(only(edge, bench.first)).outcome == "done"


def test_an_edge_is_for_the_customers_and_the_steps_that_it_was_declared_for(bench: Bench) -> None:
    edge = bench.open()
    assert edge.items(bench.first, ACME)
    for narrow in ({"customers": frozenset({"umbra"})}, {"steps": frozenset({"notify"})}):
        other = Edge(name=edge.name, kind=edge.kind, enforcer=edge.enforcer, **narrow)  # type: ignore[arg-type]
        assert not other.items(bench.first, ACME)
