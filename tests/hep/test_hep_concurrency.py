"""Calls in progress with a real engine: reported by HEP, by HTTP and by the redirect point, each counts once."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from mirrored import FAIRWIRE, NOW_US, PROXY, Talk

from fairwire.model.customers import Customer
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US, format_us
from fairwire.ports.control import ControlStore
from fairwire.ports.service import Accepted
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.serve.hep.attempts import Attempts
from fairwire.serve.hep.calls import Calls
from fairwire.serve.hep.feed import Feed
from fairwire.serve.hep.kept import KeptCalls
from fairwire.serve.hep.point import HepPoint
from fairwire.serve.redirect.peers import Peer, Peers
from fairwire.serve.redirect.point import RedirectPoint
from fairwire.sip.hep import Captured, encode
from traces import real_plan, table_for

CUSTOMERS = [
    Customer(id="three", policy="natterbox", country="GB", max_active_connections=3, on_limit="refuse",
             numbers=("+442079460120",)),
    Customer(id="prepaid", policy="natterbox", country="GB", monthly_charge_limit="5.00", on_limit="refuse", currency="GBP",
             numbers=("+442079460130",)),
    *(Customer(id=f"many-{i}", policy="natterbox", country="GB", max_active_connections=3, on_limit="refuse",
               numbers=(f"+4420794602{i:02d}",)) for i in range(30)),
]  # fmt: skip
PROXIES = Peers([Peer(name="proxy", networks=(ip_network(PROXY[0]),))])


class Site:
    """Live, redirect point and HEP in one process, with a clock that goes with the calls; it can be started again."""

    def __init__(self, folder: Path, *, snapshot: bool = True) -> None:
        self.folder = folder
        self.now_us = NOW_US
        self.keeping = Keeping(snapshot_every=5) if snapshot else Keeping()
        self.store: ControlStore
        self.start()

    def start(self) -> None:
        self.store = open_control(self.folder)
        plan = real_plan()
        self.live = Live(self.folder, plan, table_for(plan, CUSTOMERS), self.store, self.clock, None, self.keeping)
        self.redirect = RedirectPoint(self.live, PROXIES, b"a secret", seconds=lambda: self.now_us / SECOND_US)
        self.calls = Calls()
        self.hep = HepPoint(self.calls, Attempts(self.live, PROXIES, [FAIRWIRE]), self.clock, addresses=[ip_network(PROXY[0])])
        self.kept = KeptCalls(self.folder)
        self.feed = Feed(self.live, self.calls, self.kept, self.clock)

    def clock(self) -> int:
        return self.now_us

    def close(self) -> None:
        self.kept.close()
        self.live.close()
        self.store.close()

    def restart(self) -> None:
        self.turn()
        self.close()
        self.start()

    def turn(self) -> None:
        self.calls.tick(self.now_us)
        asyncio.run(self.feed.turn())

    def see(self, messages: list[Captured]) -> None:
        for message in messages:
            self.now_us = max(self.now_us, message.at_us)
            self.calls.tick(self.now_us)
            self.hep.take(encode(message), PROXY[0])
        self.turn()

    def ask(self, talk: Talk) -> int:
        """The proxy asks our redirect point; the status of the answer."""
        self.now_us = max(self.now_us, talk.begin_us)
        answer = self.redirect.answer(talk.asked()[1].payload, PROXY)
        assert answer is not None
        return int(answer.split(b" ")[1])

    def post(self, kind: str, talk: Talk, **more: object) -> None:
        """The proxy reports the same by HTTP."""
        data = {"call_id": talk.call_id, "customer": "three", **more}
        if kind != "answered":
            data |= {"direction": "outbound", "from": talk.caller, "to": talk.callee}
        event = {"specversion": "1.0", "id": f"{talk.call_id}-{kind}", "source": "proxy", "type": f"call.{kind}",
                 "time": format_us(self.now_us), "data": data}  # fmt: skip
        self.live.accept([json.dumps(event).encode()])


@pytest.fixture(params=[True, False], ids=["snapshots", "log only"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    made = Site(tmp_path, snapshot=request.param)
    yield made
    made.close()


def talk(name: str, after_s: int = 0, **more: str) -> Talk:
    return Talk(call_id=name, begin_us=NOW_US + after_s * SECOND_US, **more)  # type: ignore[arg-type]


def test_calls_that_hep_alone_reports_fill_the_limit(site: Site) -> None:
    for i in range(3):
        one = talk(f"hep-{i}", i)
        site.see([*one.asked(), *one.sent_on(), *one.answered()])
    assert site.ask(talk("fourth", 10)) == 480
    site.see(talk("hep-1", 1).released(20.0))
    assert site.ask(talk("fifth", 30)) == 302
    assert site.ask(talk("sixth", 31)) == 480


@pytest.mark.parametrize("first", ["redirect", "hep", "http"])
def test_a_call_that_all_three_report_counts_once(site: Site, first: str) -> None:
    for i in range(3):
        one = talk(f"one-{i}", 10 * i)
        for way in sorted(("redirect", "hep", "http"), key=lambda way: way != first):
            if way == "redirect":
                assert site.ask(one) == 302
            elif way == "hep":
                site.see([*one.asked(), *one.sent_on(), *one.answered()])
            else:
                site.post("attempt", one)
                site.post("answered", one)
    assert site.ask(talk("fourth", 60)) == 480
    site.see([*talk("one-0").asked(), *talk("one-0").released(70.0)])
    over = {"start": format_us(NOW_US), "end": format_us(NOW_US + 70 * SECOND_US), "duration_s": 65, "disposition": "answered"}
    site.post("ended", talk("one-0"), **over)
    assert site.ask(talk("fifth", 90)) == 302
    assert site.ask(talk("sixth", 91)) == 480


def test_an_attempt_that_was_reported_before_it_is_decided_is_decided_all_the_same(site: Site) -> None:
    """By HTTP nothing waits a moment: the report may win the race."""
    for i in range(3):
        assert site.ask(talk(f"one-{i}", i)) == 302
    fourth = talk("fourth", 10)
    site.post("attempt", fourth)
    assert site.ask(fourth) == 480
    site.see([*talk("one-1", 1).asked(), *talk("one-1", 1).answered(), *talk("one-1", 1).released(20.0)])
    # Had the refused one stayed in progress, there would be no room.
    assert site.ask(talk("fifth", 40)) == 302


def test_what_we_refuse_is_not_in_progress_whatever_hep_shows_of_it(site: Site) -> None:
    for i in range(3):
        assert site.ask(talk(f"one-{i}", i)) == 302
    for i in range(5):
        refused = talk(f"refused-{i}", 10 + i)
        assert site.ask(refused) == 480
        site.see(refused.refused_here(480))
    site.see([*talk("one-0").asked(), *talk("one-0").answered(), *talk("one-0").released(30.0)])
    assert site.ask(talk("fifth", 40)) == 302
    assert site.ask(talk("sixth", 41)) == 480


def test_three_calls_one_lost_end_and_a_restart(site: Site) -> None:
    up = [talk(f"up-{i}", i) for i in range(3)]
    for one in up:
        assert site.ask(one) == 302
        site.see([*one.asked(), *one.sent_on(), *one.answered()])
    site.restart()
    assert site.ask(talk("fourth", 20)) == 480
    site.see(up[0].released(30.0))  # the call began before the restart, and its end is still known
    assert site.ask(talk("fifth", 40)) == 302
    site.see(talk("fifth", 40).asked())
    site.see([*talk("fifth", 40).answered(45.0), *talk("fifth", 40).released(50.0)])
    site.restart()
    site.see(up[1].released(60.0))
    # up-2 lost its end: it holds its place until it expires.
    for i in range(2):
        assert site.ask(talk(f"more-{i}", 200 + i)) == 302
    assert site.ask(talk("too-many", 210)) == 480
    later_s = (4 * HOUR_US + 5 * MINUTE_US) // SECOND_US
    for i in range(3):
        assert site.ask(talk(f"late-{i}", later_s + i)) == 302
    assert site.ask(talk("late-3", later_s + 4)) == 480


def test_running_charges_are_the_same_after_a_restart(site: Site) -> None:
    one = talk("dear", caller="+442079460130", rate="1.00")
    assert site.ask(one) == 302
    site.see([*one.asked(), *one.sent_on(), *one.answered()])
    row = site.live._customers.rows["prepaid"]
    key = site.live._customers.of_row(row)[0]
    at = NOW_US + 3 * MINUTE_US
    before = site.live._stream.running.cost(key, at)
    assert before == (2_916_666, 1_000_000)
    site.restart()
    assert site.live._stream.running.cost(key, at) == before
    # With what it has cost so far and what it costs a minute, the limit of 5.00 is near.
    assert site.ask(talk("second", 4 * 60 + 50, caller="+442079460130", rate="1.00")) == 480
    site.see(one.released(120.0))
    assert site.live._stream.running.cost(key, at) == (0, 0)
    assert site.ask(talk("third", 4 * 60 + 55, caller="+442079460130", rate="1.00")) == 302


def course(dice: random.Random, one: Talk) -> list[Captured]:
    """What is mirrored of a call: in any order, some of it twice, some of it lost."""
    messages = one.asked() + one.sent_on()
    messages += dice.choice(
        [
            one.answered() + one.released(20.0),
            one.answered() + one.released(20.0, by_callee=True),
            one.answered(),
            one.refused(486),
            one.cancelled() + one.refused(487),
            one.refused(503, to_caller=False) + one.sent_on(4.0) + one.answered(),
            [],
        ]
    )
    messages = [message for message in messages if dice.random() > 0.15]
    messages += dice.sample(messages, len(messages) // 3)
    if dice.random() < 0.5:
        dice.shuffle(messages)
    return messages


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_lost_doubled_or_mixed_up_as_many_calls_fit_as_are_not_in_progress(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    site = Site(tmp_path)
    told: list[dict[str, Any]] = []
    accept = site.live.accept

    def noted(lines: list[bytes]) -> Accepted:
        told.extend(json.loads(line) for line in lines)
        return accept(lines)

    site.live.accept = noted  # type: ignore[method-assign,assignment]
    begun: dict[int, set[str]] = {i: set() for i in range(30)}
    for i in range(30):
        for j in range(dice.randint(0, 3)):
            one = Talk(call_id=f"call-{i}-{j}", caller=f"+4420794602{i:02d}", begin_us=NOW_US + j * SECOND_US)
            asked = dice.random()
            if asked < 0.4:
                assert site.ask(one) == 302
                begun[i].add(one.call_id)
            site.see(course(dice, one))
            if 0.4 <= asked < 0.7:
                assert site.ask(one) == 302
                begun[i].add(one.call_id)
    site.now_us += 40 * SECOND_US
    site.turn()
    over: set[str] = set()
    for event in told:
        data = event["data"]
        begun[int(data["customer"].removeprefix("many-"))].add(data["call_id"])
        if event["type"] == "call.ended":
            over.add(data["call_id"])
    for i in range(30):
        in_progress = len(begun[i] - over)
        answers = [site.ask(talk(f"more-{i}-{k}", 100, caller=f"+4420794602{i:02d}")) for k in range(4)]
        assert answers == [302] * (3 - in_progress) + [480] * (1 + in_progress), i
    site.close()
