"""Orders at a real Kamailio: what Fairwire puts into its table, and what becomes of the calls that SIPp places meanwhile.

Fairwire itself does not run here. The proxy fails open, so whatever is refused is refused by the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edge_bench import ACME, SECRET, order, secret_file
from fairwire.enforcers.keys import subject_of
from fairwire.model.order import Order
from fairwire.ports.enforcers import Item
from fairwire.runtime.edges import DeclaredEdge, Edge, open_edge
from free_ports import free_port
from proxy_lifelines import lifelines_pattern
from sip_lab import KAMAILIO_CFG, Carrier, Invite, Lab, Phone, missing

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing() or "here")]

TRUNK, OTHER_TRUNK = "127.0.0.21", "127.0.0.22"
LINE, OTHER_LINE, UMBRA_LINE = "+12125550110", "+12125550111", "+12125550120"
FRIEND = "+12025550177"
DESK = "+12025550199"
WAYS = ("FWK_BY_REDIRECT", "FWK_FAIL_OPEN", "FWK_WAIT_MS=100", "FWK_EVENTS_NONE", "FWK_RPC_HTTP")


class Site:
    """A proxy, the carrier behind it, and the edge that puts orders there."""

    def __init__(self, folder: Path) -> None:
        self.lab = Lab(place=folder)
        self.port = free_port()
        secret_file(folder)
        self.start()
        self.edge: Edge = self.opened()

    def start(self, *more: str) -> None:
        self.lab.start_kamailio(
            *WAYS, *more,
            trunks={TRUNK: "acme", OTHER_TRUNK: "umbra"},
            local=(
                f"#!define FWK_RPC_LISTEN tcp:127.0.0.1:{self.port}\n#!define FWK_RPC_PORT {self.port}\n"
                f'#!define FWK_RPC_SECRET "Bearer {SECRET}"\n#!define FWK_FREE "^[+]{DESK[1:]}$"\n'
            ),
            rows=['$sht(fwclass=>+1900) = "premium,costly";', '$sht(fwclass=>+882) = "satellite,costly";'],
        )  # fmt: skip

    def opened(self, named: str = "secret", **options: object) -> Edge:
        more = {"url": f"http://127.0.0.1:{self.port}/RPC", "secret_file": named, "calls_per_minute": 2, **options}
        return open_edge(
            DeclaredEdge(name="proxy", kind="kamailio_htable", options=more, file=self.lab.place / "fairwire.toml"),
            is_help=lambda number: number in ("911", "+911"),
        )

    def calls(self, called: Sequence[str], caller: str = LINE, trunk: str = TRUNK) -> dict[int, int]:
        return self.lab.call([(caller, number) for number in called], trunk=trunk, talk_ms=20).codes

    def put(self, wanted: Order) -> Item:
        (item,) = self.edge.items(wanted, ACME)
        assert self.edge.put(item).outcome == "done"
        return item

    def lift(self, item: Item) -> None:
        assert self.edge.restore(item, None).outcome == "done"
        assert self.calls([FRIEND]) == {200: 1}, subject_of(item.key)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("table"))
    yield made
    made.lab.close()


@pytest.fixture(scope="module")
def carrier(site: Site) -> Iterator[Carrier]:
    made = site.lab.start_carrier()
    yield made
    made.stop()


def test_a_suspended_customer_is_refused_reaches_help_and_calls_again_when_it_is_lifted(site: Site, carrier: Carrier) -> None:
    told, before = site.edge.present()
    assert (told.outcome, before) == ("done", {})
    assert site.calls([FRIEND] * 2) == {200: 2}
    item = site.put(order("suspend"))
    _, during = site.edge.present()
    assert during == {"cust:acme": {"step": "suspend", "order": "o-0123456789abcdef", "code": 403}}
    seen = site.lab.call([(LINE, FRIEND)] * 3, trunk=TRUNK, talk_ms=20)
    assert seen.codes == {403: 3}
    assert seen.header("Reason", 403) == {'SIP;cause=403;text="order o-0123456789abcdef"'}
    assert site.calls(["911", "+18002738255", "8002738255", DESK]) == {200: 4}, "help, crisis lines and the abuse desk"
    assert site.calls([FRIEND], UMBRA_LINE, OTHER_TRUNK) == {200: 1}, "nobody else is touched"

    site.lab.proxy.stop()  # type: ignore[union-attr]
    assert site.edge.present()[0].outcome == "later"
    site.start()
    told, after = site.edge.present()
    assert (told.outcome, after) == ("done", {}), "the table is in memory, and its loss is seen"
    assert site.calls([FRIEND]) == {200: 1}
    assert site.edge.put(item).outcome == "done"
    assert site.edge.present()[1] == during
    assert site.calls([FRIEND]) == {403: 1}
    assert site.calls(["911"]) == {200: 1}

    site.lift(item)
    assert site.edge.present()[1] == {}


def test_one_bad_phone_is_held_back_and_the_others_call(site: Site, carrier: Carrier) -> None:
    item = site.put(order("suspend_outbound", "line", LINE))
    assert site.calls([FRIEND]) == {403: 1}
    assert site.calls([FRIEND], OTHER_LINE) == {200: 1}
    site.lift(item)


@pytest.mark.parametrize(
    ("wanted", "held_back", "go_on"),
    [
        (order("block", "callee", "+88213000111"), ["+88213000111"], [FRIEND, "+88213000112"]),
        (order("block", "callee", "+88213000111", line=LINE), ["88213000111"], [FRIEND]),
        (order("block", "destination_class", "premium"), ["+19005550100"], [FRIEND, "+88213000111"]),
        (order("block", "destination_class", "costly", line=LINE), ["+19005550100", "+88213000111"], [FRIEND]),
        (order("block", "destination_class", "+447"), ["+447700900123"], ["+442079460100", FRIEND]),
        (order("block", "address", TRUNK), [FRIEND], []),
    ],
    ids=["number", "number-of-a-line", "class", "costly-of-a-line", "prefix", "address"],
)
def test_an_order_about_some_calls_holds_back_those_alone(
    site: Site, carrier: Carrier, wanted: Order, held_back: list[str], go_on: list[str]
) -> None:
    item = site.put(wanted)
    assert site.calls(held_back) == {403: len(held_back)}
    if go_on:
        assert site.calls(go_on) == {200: len(go_on)}
    assert site.calls([FRIEND], UMBRA_LINE, OTHER_TRUNK) == {200: 1}
    if wanted.line:
        assert site.calls(held_back, OTHER_LINE) == {200: len(held_back)}
    site.lift(item)


def test_a_throttled_customer_has_its_calls_of_the_minute(site: Site, carrier: Carrier) -> None:
    item = site.put(order("throttle"))
    seen = site.lab.call([(LINE, FRIEND)] * 4, trunk=TRUNK, talk_ms=20)
    assert seen.codes == {200: 2, 480: 2}
    assert seen.header("Retry-After", 480) == {"60"}
    assert site.calls(["911"]) == {200: 1}
    site.lift(item)


def test_a_forwarded_call_is_held_back_by_an_order_about_forwarding(site: Site, carrier: Carrier) -> None:
    item = site.put(order("block", "forwarding"))
    assert site.calls([FRIEND]) == {200: 1}
    phone = Phone(site.lab.kamailio, TRUNK)
    phone.send(Invite(caller=LINE, called=FRIEND, more=("Diversion: <sip:+12125550110@127.0.0.1>;reason=unconditional",)))
    assert phone.answer().startswith("SIP/2.0 403 ")
    phone.close()
    site.lift(item)


def test_what_fairwire_alone_can_judge_does_not_go_on_while_it_is_silent(site: Site, carrier: Carrier) -> None:
    for target in ("new_callees", "new_calls"):
        item = site.put(order("block", target))
        assert site.calls([FRIEND]) == {503: 1}
        assert site.calls(["911"]) == {200: 1}
        site.lift(item)


def test_what_is_no_order_of_ours_holds_nobody_back(site: Site, carrier: Carrier) -> None:
    table = site.edge.enforcer._table()  # type: ignore[attr-defined]
    for text in ("hello", ";;;;", "suspend;;;;", "suspend;x;200;;fairwire:proxy"):
        table.set("cust:acme", text)
        assert site.calls([FRIEND]) == {200: 1}, text
    table.set("cust:acme", 1)
    assert site.calls([FRIEND]) == {200: 1}
    table.delete("cust:acme", 1)


def test_only_who_has_the_secret_may_put_orders_there_and_nothing_but_orders(site: Site, tmp_path: Path) -> None:
    (site.lab.place / "wrong").write_text("wrong\n")
    (site.lab.place / "wrong").chmod(0o600)
    wrong = site.opened("wrong")
    (item,) = wrong.items(order(), ACME)
    for told in (wrong.put(item), wrong.present()[0]):
        assert told.outcome == "never"
        assert "does not let this machine or this secret ask" in told.answer
    missing_table = site.opened(table="nobody")
    assert missing_table.put(item).answer == "the proxy has no table `nobody`: declare it with modparam of htable"
    rpc = site.edge.enforcer._table()._rpc  # type: ignore[attr-defined]
    for method in ("core.shutdown", "htable.flush", "cfg.set_now_int"):
        with pytest.raises(Exception, match="the proxy answered 404"):
            rpc.ask(method, ())
    phone = Phone(site.port, TRUNK)
    phone.send(Invite(caller=LINE, called=FRIEND))
    assert phone.answer(seconds=0.2) == "", "the port for RPC takes no calls"
    phone.close()


def test_the_table_can_be_looked_into_when_fairwire_is_silent_alone(tmp_path: Path, site: Site, carrier: Carrier) -> None:
    item = site.put(order("suspend"))
    site.lab.proxy.stop()  # type: ignore[union-attr]
    site.start("FWK_TABLE_LAST")
    try:
        assert site.edge.put(item).outcome == "done"
        assert site.calls([FRIEND]) == {403: 1}
        assert site.calls(["911"]) == {200: 1}
        site.lift(item)
    finally:
        site.lab.proxy.stop()  # type: ignore[union-attr]
        site.start()


def test_the_crisis_lines_in_the_proxys_configuration_are_those_that_fairwire_has() -> None:
    assert f'#!define FWK_LIFELINES "{lifelines_pattern()}"\n' in KAMAILIO_CFG.read_text()
