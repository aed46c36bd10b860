"""Calls placed for real: SIPp -> Kamailio with the configuration that we ship -> SIPp, and Fairwire asked before each.

What is asserted is what SIPp counted at both ends. The proxy asks in four ways; each is set up once, and tests use customers of
their own so that none depends on another.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sip_lab import Carrier, Invite, Lab, Phone, missing, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing() or "here")]

WAYS = {
    "redirect": ("FWK_BY_REDIRECT",),
    "redirect-tcp": ("FWK_BY_REDIRECT", "OVER_TCP"),
    "evapi": ("FWK_BY_EVAPI",),
    "http": ("FWK_BY_HTTP",),
}
TRUNKS = {
    "127.0.0.11": "hobnail-freight",
    "127.0.0.12": "closed-doors",
    "127.0.0.13": "small-shop",
    "127.0.0.14": "loud-dialler",
    "127.0.0.15": "busy-lines",
    "127.0.0.16": "juniper-dental",
}
RATES = {"+1": "0.01", "+53": "0.70", "+882": "2.10"}


def customer(name: str, numbers: list[str], **more: Any) -> str:
    record = {"id": name, "name": name, "policy": "natterbox", "country": "US", "timezone": "America/New_York"}
    return json.dumps({**record, "opened": "2024-01-01", "numbers": numbers, **more}) + "\n"


CUSTOMERS = (
    customer("hobnail-freight", ["+12125550110", "+12125550111"])
    + customer("closed-doors", ["+12125550120"], state="suspended")
    + customer("small-shop", ["+12125550130"], max_active_connections=2, on_limit="refuse")
    + customer("loud-dialler", ["+12125550140"])
    + customer("busy-lines", ["+12125550150"], max_active_connections=2, on_limit="refuse")
    + customer("juniper-dental", ["+12125550160"])
)
AREAS = ("201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217", "218", "219")


def somebody(count: int, first: int = 0) -> list[str]:
    """Different American numbers that are nobody's."""
    return [f"+1{AREAS[place % len(AREAS)]}555{100 + place // len(AREAS):04d}" for place in range(first, first + count)]


def connected(lab: Lab) -> None:
    until(lambda: lab.outcome("connected", "evapi") > 0, "fairwire connects to the event socket")


def set_up(lab: Lab, way: str, *more: str, config: str = "") -> None:
    lab.start_fairwire(CUSTOMERS, config, evapi=way == "evapi")
    lab.start_kamailio(*WAYS[way], *more, trunks=TRUNKS, rates=RATES)
    if way == "evapi":
        connected(lab)


@pytest.fixture(scope="module", params=WAYS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(place=tmp_path_factory.mktemp(request.param))
    try:
        set_up(made, request.param)
        yield made
    finally:
        made.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Lab]:
    """A laboratory in which nothing runs yet."""
    made = Lab(place=tmp_path)
    yield made
    made.close()


@pytest.fixture
def carrier(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Carrier]:
    made = lab.start_carrier(getattr(request, "param", "carrier"))
    yield made
    made.stop()


# ---- what callers get


def test_allowed_calls_connect_end_to_end(lab: Lab, carrier: Carrier) -> None:
    seen = lab.call([("+12125550110", number) for number in somebody(20)], trunk="127.0.0.11")
    there = carrier.stop()
    assert seen.codes == {200: 20}, seen
    assert seen.sent["BYE"] == 20
    assert there.received["INVITE"] == there.received["ACK"] == there.received["BYE"] == 20
    assert not any("fairwire" in invite.lower() for invite in there.finals), "neither ours nor the caller's reach the carrier"


@pytest.mark.parametrize(
    ("trunk", "caller", "called", "code", "reason"),
    [
        ("127.0.0.12", "+12125550120", "+12025550177", 403, "SIP;cause=403;text="),
        ("127.0.0.11", "+12125550199", "+12025550177", 403, "SIP;cause=403;text="),
        ("127.0.0.11", "+12125550110", "+99912345678", 404, "Q.850;cause=1;text="),
    ],
    ids=["suspended", "caller-id-not-owned", "unallocated"],
)
def test_a_refused_call_is_refused_and_the_carrier_never_hears_of_it(
    lab: Lab, carrier: Carrier, trunk: str, caller: str, called: str, code: int, reason: str
) -> None:
    seen = lab.call([(caller, called)] * 5, trunk=trunk)
    there = carrier.stop()
    assert seen.codes == {code: 5}, seen
    assert {text[: len(reason)] for text in seen.header("Reason", code)} == {reason}
    assert seen.header("Retry-After", code) == set()
    assert there.received["INVITE"] == 0


def test_calls_over_the_customers_own_limit_are_told_when_to_try_again(lab: Lab, carrier: Carrier) -> None:
    accepted = lab.metrics()['fairwire_events_total{outcome="accepted"}']
    seen = lab.call([("+12125550130", number) for number in somebody(5)], trunk="127.0.0.13", talk_ms=1500)
    assert seen.codes == {200: 2, 480: 3}, seen
    assert seen.header("Retry-After", 480) == {"60"}
    assert all("AUP L01" in text for text in seen.header("Reason", 480))
    # Their ends are told, so there is room again.
    until(lambda: lab.metrics()['fairwire_events_total{outcome="accepted"}'] >= accepted + 4, "answers and ends have come")
    again = lab.call([("+12125550130", number) for number in somebody(2, 50)], trunk="127.0.0.13", talk_ms=300)
    there = carrier.stop()
    assert again.codes == {200: 2}, again
    assert there.received["INVITE"] == there.received["BYE"] == 4


@pytest.mark.parametrize("carrier", ["busy_carrier"], indirect=True)
def test_calls_that_the_carrier_refuses_end_for_fairwire_too(lab: Lab, carrier: Carrier) -> None:
    accepted = lab.metrics()['fairwire_events_total{outcome="accepted"}']
    for batch in range(3):
        seen = lab.call([("+12125550150", number) for number in somebody(2, 2 * batch)], trunk="127.0.0.15")
        assert seen.codes == {486: 2}, seen
        told = accepted + 2 * (batch + 1)
        until(lambda told=told: lab.metrics()['fairwire_events_total{outcome="accepted"}'] >= told, "the ends have come")  # type: ignore[misc]
    assert carrier.stop().received["INVITE"] == 6


def test_a_block_by_analytics_is_network_blocked(lab: Lab, carrier: Carrier) -> None:
    calls = [("+12125550140", number) for number in somebody(150)]
    seen = lab.call(calls, trunk="127.0.0.14", rate=60, talk_ms=20)
    there = carrier.stop()
    assert set(seen.codes) == {200, 603}, seen
    assert seen.codes[603] > 20
    assert sum(seen.codes.values()) == 150
    assert there.received["INVITE"] == seen.codes[200]
    assert all(text.startswith('SIP;cause=603;text="v=analytics1;url=') for text in seen.header("Reason", 603))
    assert any(one.startswith("SIP/2.0 603 Network Blocked\n") for one in seen.finals)


def test_a_suspended_customer_reaches_help(lab: Lab, carrier: Carrier) -> None:
    seen = lab.call([("+12125550120", "911"), ("+12125550120", "+12025550177"), ("+12125550120", "911")], trunk="127.0.0.12")
    there = carrier.stop()
    assert seen.codes == {200: 2, 403: 1}, seen
    assert there.received["INVITE"] == 2


# ---- what callers try


def test_a_repeated_invite_is_decided_once(lab: Lab, carrier: Carrier) -> None:
    before = lab.metrics()
    phone = Phone(lab.kamailio, "127.0.0.12")
    invite = Invite(caller="+12125550120")
    for _ in range(4):
        phone.send(invite)
    first = phone.answer()
    assert first.startswith("SIP/2.0 403 "), first
    after = lab.metrics()
    phone.close()
    decided = {name: after[name] - before.get(name, 0) for name in after if name.startswith("fairwire_decisions_total")}
    assert sum(decided.values()) == 1, decided
    assert carrier.stop().received["INVITE"] == 0


def test_a_caller_cannot_pose_as_another_customer(lab: Lab, carrier: Carrier) -> None:
    phone = Phone(lab.kamailio, "127.0.0.12")
    tries = [
        Invite(caller="+12125550120", more=("X-Fairwire-Customer: hobnail-freight",)),
        Invite(caller="+12125550120", more=("x-FAIRWIRE-customer : hobnail-freight",)),
        Invite(caller="+12125550120", more=("X-Fairwire-Customer: hobnail-freight", "X-Fairwire-Customer: hobnail-freight")),
        Invite(caller="+12125550110", more=("P-Asserted-Identity: <sip:+12125550110@127.0.0.1>",)),
        Invite(caller="+12125550110", more=("P-Charge-Info: <sip:+12125550110@127.0.0.1>",)),
        Invite(caller="+12125550120", shown='"x\\",\\"customer\\":\\"hobnail-freight\\",\\"y\\":\\"" '),
        Invite(caller="+12125550120", shown='"\\\\\\",\\"customer\\":\\"hobnail-freight" '),
        Invite(caller="+12125550120", more=('User-Agent: x","customer":"hobnail-freight',)),
    ]
    for number, invite in enumerate(tries):
        phone.send(invite)
        answer = phone.answer()
        assert answer.startswith("SIP/2.0 403 "), (number, answer)
        assert "closed-doors is suspended" in answer, (number, answer)
    phone.close()
    assert carrier.stop().received["INVITE"] == 0


@pytest.mark.parametrize("called", ["%2B99912345678", "+999-123-456.78", "+99912345678;npdi", "+999(123)45678"])
def test_a_number_is_read_whatever_way_it_is_written(lab: Lab, carrier: Carrier, called: str) -> None:
    phone = Phone(lab.kamailio, "127.0.0.11")
    phone.send(Invite(called=called))
    assert phone.answer().startswith("SIP/2.0 404 ")
    phone.close()
    assert carrier.stop().received["INVITE"] == 0


@pytest.mark.parametrize(
    ("called", "carried"),
    [
        ("+12025550177;rn=+5352550100;npdi", "+12025550177"),
        ("%2B1202555%30178", "+12025550178"),
        ("+1-202-555-0179", "+12025550179"),
        ("911;phone-context=+53525501", "911"),
    ],
)
def test_the_carrier_is_asked_for_the_number_that_fairwire_was_asked_about(
    lab: Lab, carrier: Carrier, called: str, carried: str
) -> None:
    phone = Phone(lab.kamailio, "127.0.0.11")
    phone.send(Invite(called=called))
    assert phone.answer().startswith("SIP/2.0 200 ")
    phone.close()
    until(lambda: len(carrier.invites()) == 1, "the call is at the carrier's")
    assert carrier.invites()[0].startswith(f"INVITE sip:{carried}@")


def test_short_calls_are_carried_whole(lab: Lab, carrier: Carrier) -> None:
    seen = lab.call([("+12125550160", number) for number in somebody(10)], trunk="127.0.0.16", talk_ms=10, rate=50)
    there = carrier.stop()
    assert seen.codes == {200: 10}, seen
    assert there.received["BYE"] == 10


# ---- directly at Fairwire


def test_a_question_that_comes_again_gets_the_same_bytes_and_counts_once(fresh: Lab) -> None:
    fresh.start_fairwire(CUSTOMERS)
    before = fresh.metrics()
    phone = Phone(fresh.sip, "127.0.0.1")
    invite = Invite(more=("X-Fairwire-Customer: hobnail-freight",))
    for _ in range(3):
        phone.send(invite)
    answers = {phone.answer() for _ in range(3)}
    assert len(answers) == 1
    assert next(iter(answers)).startswith("SIP/2.0 302 ")
    after = fresh.metrics()
    allowed = 'fairwire_decisions_total{verdict="allow",way="sip"}'
    assert after[allowed] - before.get(allowed, 0) == 1
    assert fresh.outcome("repeated") == 2
    # Another transaction of the same call is another question and the same call: it is answered as the first one was.
    phone.send(invite, branch="another")
    assert phone.answer().startswith("SIP/2.0 302 ")
    phone.close()


# ---- when Fairwire has too much to do, or is not there

SLOW = '[[sip.peers]]\nname = "proxy"\naddresses = ["127.0.0.1"]\ncalls_per_s = 1\n'


@pytest.mark.parametrize("way", ["redirect", "redirect-tcp", "evapi"])
def test_during_overload_calls_are_refused_with_503_and_help_is_not(fresh: Lab, way: str) -> None:
    set_up(fresh, way, config=SLOW)
    carrier = fresh.start_carrier()
    calls = [("+12125550110", number) for number in somebody(12)]
    seen = fresh.call(calls, trunk="127.0.0.11", rate=100)
    assert set(seen.codes) == {200, 503}, seen
    assert seen.codes[503] >= 10
    assert seen.header("Retry-After", 503) == {"5"}
    help_ = fresh.call([("+12125550110", "911")] * 12, trunk="127.0.0.11", rate=100)
    assert help_.codes == {200: 12}, help_
    assert carrier.stop().received["INVITE"] == seen.codes[200] + 12


CALLS = [("+12125550110", number) for number in somebody(6, 300)]
HELP = [("+12125550120", "911")] * 3
REFUSED = [("+12125550120", number) for number in somebody(3, 400)]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "redirect-tcp"])
def test_a_silent_fairwire_fails_as_the_proxy_was_told(fresh: Lab, way: str) -> None:
    set_up(fresh, way, "FWK_WAIT_MS=1500")
    assert fresh.fairwire is not None
    assert fresh.proxy is not None
    carrier = fresh.start_carrier()
    served = fresh.call(CALLS, trunk="127.0.0.11")
    assert served.codes == {200: 6}, served

    # Closed: stopped in its tracks, help and nobody else is connected.
    fresh.fairwire.send(signal.SIGSTOP)
    silent = fresh.call([("+12125550130", number) for number in somebody(3, 500)], trunk="127.0.0.13")
    assert silent.codes == {503: 3}, silent
    assert silent.header("Retry-After") == {"5"}
    assert fresh.call(HELP, trunk="127.0.0.12").codes == {200: 3}
    fresh.fairwire.send(signal.SIGCONT)
    until(lambda: fresh.call(REFUSED[:1], trunk="127.0.0.12").codes == {403: 1}, "refused again")
    # What was asked meanwhile is answered too late, and must not count as calls in progress.
    until(lambda: fresh.call([("+12125550130", n) for n in somebody(2)], trunk="127.0.0.13").codes == {200: 2}, "no ghosts")

    # Closed: gone altogether.
    fresh.fairwire.stop(signal.SIGKILL)
    assert fresh.call(CALLS, trunk="127.0.0.11").codes == {503: 6}
    assert fresh.call(HELP, trunk="127.0.0.12").codes == {200: 3}

    # Open: the proxy is started anew as one that connects calls unchecked.
    fresh.proxy.stop()
    fresh.start_kamailio(*WAYS[way], "FWK_FAIL_OPEN", "FWK_WAIT_MS=1500", trunks=TRUNKS, rates=RATES)
    gone = fresh.call(REFUSED, trunk="127.0.0.12")
    assert gone.codes == {200: 3}, gone
    fresh.start_fairwire(CUSTOMERS, evapi=way == "evapi")
    if way == "evapi":
        connected(fresh)
    back = fresh.call(REFUSED, trunk="127.0.0.12")
    assert back.codes == {403: 3}, back
    fresh.fairwire.send(signal.SIGSTOP)
    assert fresh.call(REFUSED, trunk="127.0.0.12").codes == {200: 3}
    assert fresh.call(HELP, trunk="127.0.0.12").codes == {200: 3}
    fresh.fairwire.send(signal.SIGCONT)
    until(lambda: fresh.call(REFUSED[:1], trunk="127.0.0.12").codes == {403: 1}, "refused again")
    there = carrier.stop()
    assert there.received["INVITE"] == there.received["BYE"]


def test_what_became_of_calls_is_told_once_fairwire_hears_again(fresh: Lab) -> None:
    set_up(fresh, "redirect", "FWK_FAIL_OPEN", "FWK_WAIT_MS=300")
    assert fresh.fairwire is not None
    accepted = fresh.metrics()['fairwire_events_total{outcome="accepted"}']
    carrier = fresh.start_carrier()
    fresh.fairwire.send(signal.SIGSTOP)
    calls = [("+12125550110", number) for number in somebody(60)]
    assert fresh.call(calls, trunk="127.0.0.11", rate=60).codes == {200: 60}
    fresh.fairwire.send(signal.SIGCONT)
    told = accepted + 2 * len(calls)  # more than one request may hold
    until(lambda: fresh.metrics()['fairwire_events_total{outcome="accepted"}'] >= told, "all answers and ends have come")
    carrier.stop()


@pytest.mark.parametrize(("way", "called"), [("redirect", "911"), ("evapi", "911"), ("evapi", "+12025550177"), ("http", "911")])
def test_an_answer_that_comes_too_late_changes_nothing(fresh: Lab, way: str, called: str) -> None:
    """It would be a yes for one number and a no for the other; the call rings already, for the proxy has waited long enough."""
    set_up(fresh, way, "FWK_FAIL_OPEN", "FWK_WAIT_MS=500")
    assert fresh.fairwire is not None
    carrier = fresh.start_carrier("slow_carrier")
    fresh.fairwire.send(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(fresh.call, [("+12125550120", called)], trunk="127.0.0.12")
        until(lambda: len(carrier.invites()) == 1, "it rings at the carrier's")
        fresh.fairwire.send(signal.SIGCONT)
        seen = calling.result()
    there = carrier.stop()
    assert seen.codes == {200: 1}, seen
    assert there.received["INVITE"] == there.received["BYE"] == 1
    assert len(there.finals) == 1


@pytest.mark.parametrize("way", ["redirect", "evapi"])
def test_as_shipped_the_proxy_waits_half_a_second(fresh: Lab, way: str) -> None:
    set_up(fresh, way, "FWK_WAIT_MS=500")
    assert fresh.fairwire is not None
    fresh.fairwire.send(signal.SIGSTOP)
    phone = Phone(fresh.kamailio, "127.0.0.11")
    began = time.monotonic()
    phone.send(Invite())
    answer = phone.answer()
    took = time.monotonic() - began
    phone.close()
    assert answer.startswith("SIP/2.0 503 "), answer
    assert 0.3 < took < 1.5


# ---- the Contact of the 302


@pytest.mark.parametrize(("goes_to", "codes"), [("carrier", {200: 4}), ("elsewhere", {502: 4})])
def test_a_followed_contact_must_be_one_that_is_let_through(fresh: Lab, goes_to: str, codes: dict[int, int]) -> None:
    port = fresh.carrier_port if goes_to == "carrier" else fresh.carrier_port + 1
    peers = f'[[sip.peers]]\nname = "proxy"\naddresses = ["127.0.0.1"]\nnext_hop = "127.0.0.1:{port}"\n'
    set_up(fresh, "redirect", "FWK_FOLLOW", config=peers)
    carrier = fresh.start_carrier()
    seen = fresh.call([("+12125550110", number) for number in somebody(4)], trunk="127.0.0.11")
    assert seen.codes == codes, seen
    assert carrier.stop().received["INVITE"] == codes.get(200, 0)


# ---- what it is all for


@pytest.mark.parametrize("way", ["redirect", "evapi", "http"])
def test_a_hacked_pbx_is_stopped(fresh: Lab, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line of a customer is somebody else's now: thirty calls to dear numbers, among the calls of its colleagues."""
    set_up(fresh, way)
    carrier = fresh.start_carrier()
    dear = [f"+8821655{100 + place:04d}" if place % 3 else f"+535255{100 + place:04d}" for place in range(30)]
    honest = somebody(15)
    calls: list[tuple[str, str]] = []
    for place, number in enumerate(dear):
        calls.append(("+12125550110", number))
        if place % 2:
            calls.append(("+12125550111", honest[place // 2]))
    talk_s = 2.0
    seen = fresh.call(calls, trunk="127.0.0.11", rate=10, talk_ms=int(1000 * talk_s))
    there = carrier.stop()
    through = [next(number for number in dear + honest if f"sip:{number}@" in invite) for invite in there.finals]
    costly = [number for number in through if number in dear]
    a_minute = sum(2.10 if number.startswith("+882") else 0.70 for number in costly)
    with capsys.disabled():
        print(
            f"\n{way}: {len(costly)} of {len(dear)} dear calls let through,"
            f" USD {a_minute * talk_s / 60:.2f} for {talk_s:g} s each,"
            f" USD {a_minute:.2f} for each minute that they go on;"
            f" {len(through) - len(costly)} of {len(honest)} others connected; answers {seen.codes}"
        )
    assert len(costly) <= 5
    assert a_minute * talk_s / 60 <= 5
    assert len(through) - len(costly) == len(honest), "its colleagues telephone on"
    assert sum(seen.codes.values()) == len(calls)
    assert seen.codes[200] == len(through)
