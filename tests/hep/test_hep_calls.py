"""What is told of calls, from the messages that a proxy mirrors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirrored import FAIRWIRE, NOW_US, PROXY, Talk

from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US, parse_us
from fairwire.serve.hep.attempts import Attempts
from fairwire.serve.hep.calls import LOST_US, RINGING_US, UNDONE_US, Calls
from fairwire.serve.hep.point import HepPoint
from fairwire.serve.redirect.peers import Peer, Peers
from fairwire.sip.hep import Captured, encode

AGENT = "192.0.2.10"
PEERS = Peers([Peer(name="proxy", networks=(ip_network(PROXY[0]),))])


class Owners:
    """Whose numbers are whose."""

    def owner_of_number(self, number: str) -> str | None:
        return {"+442079460120": "willow", "+442079460130": "hobnail"}.get(number)

    def owner_of_address(self, address: str) -> str | None:
        return None


class Site:
    """A point with a clock that goes with the messages."""

    def __init__(self, *, own: bool = True, **given: Any) -> None:
        self.now_us = NOW_US
        self.calls = Calls(**given)
        attempts = Attempts(Owners(), PEERS, [FAIRWIRE] if own else [])  # type: ignore[arg-type]
        self.point = HepPoint(self.calls, attempts, lambda: self.now_us, addresses=[ip_network(AGENT)])

    def see(self, messages: Iterable[Captured]) -> None:
        for message in messages:
            self.now_us = max(self.now_us, message.at_us)
            self.calls.tick(self.now_us)
            self.point.take(encode(message), AGENT)

    def later(self, span_us: int) -> None:
        self.now_us += span_us
        self.calls.tick(self.now_us)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.calls.take_told()]


@pytest.fixture
def site() -> Site:
    return Site()


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("call.") for event in told]


def test_a_call_through_a_proxy_that_asks_is_told_once(site: Site) -> None:
    site.see(Talk(call_id="one").whole())
    attempt, answered, ended = site.told()
    assert attempt["type"] == "call.attempt"
    assert attempt["data"] == {
        "call_id": "one", "customer": "willow", "direction": "outbound", "from": "+442079460120", "to": "+442079460999",
        "line": "+442079460120", "src_ip": "198.51.100.7", "transport": "udp",
    }  # fmt: skip
    assert (answered["type"], answered["data"]) == ("call.answered", {"call_id": "one", "customer": "willow"})
    assert answered["time"] == "2026-03-02T12:00:05Z"
    told = ended["data"]
    assert (told["start"], told["answer"], told["end"]) == (
        "2026-03-02T12:00:00Z", "2026-03-02T12:00:05Z", "2026-03-02T12:01:05Z",
    )  # fmt: skip
    assert (told["duration_s"], told["disposition"], told["released_by"]) == (60, "answered", "caller")
    assert not len(site.calls)


def test_the_called_side_may_release_it(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.answered(), *talk.released(by_callee=True)])
    assert site.told()[-1]["data"]["released_by"] == "callee"


def test_an_attempt_is_told_a_moment_later_with_the_customer_that_the_proxy_named(site: Site) -> None:
    talk = Talk(call_id="one", caller="+15005550006", customer="named")
    site.see(talk.asked())
    assert site.told() == []
    site.later(2 * SECOND_US)
    (attempt,) = site.told()
    assert attempt["data"]["customer"] == "named"
    assert attempt["time"] == "2026-03-02T12:00:00Z"


def test_a_customer_that_a_stranger_names_is_not_believed(site: Site) -> None:
    talk = Talk(call_id="one", caller="+15005550006", customer="named")
    named = talk.asked()[1]
    stranger = Captured(
        source="198.51.100.7", source_port=5062, target=PROXY[0], target_port=5060, at_us=NOW_US, payload=named.payload
    )
    site.see([stranger])
    site.later(2 * SECOND_US)
    assert site.told() == []
    assert site.point.counts["nobody"] == 1


@pytest.mark.parametrize(
    ("code", "disposition"),
    [(486, "busy"), (600, "busy"), (408, "no_answer"), (480, "no_answer"), (403, "rejected"), (603, "rejected"),
     (487, "cancelled"), (404, "failed"), (503, "failed")],
)  # fmt: skip
def test_a_refusal_ends_the_call(site: Site, code: int, disposition: str) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.refused(code)])
    attempt, ended = site.told()
    assert kinds([attempt, ended]) == ["attempt", "ended"]
    assert (ended["data"]["disposition"], ended["data"]["sip_code"], ended["data"]["duration_s"]) == (disposition, code, 0)
    assert "answer" not in ended["data"]


def test_the_refusal_of_one_carrier_is_not_the_end(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.refused(503, to_caller=False)])
    site.see([*talk.sent_on(4.0), *talk.answered(9.0), *talk.released()])
    told = site.told()
    assert kinds(told) == ["attempt", "answered", "ended"]
    assert told[-1]["data"]["duration_s"] == 56


def test_a_refusal_that_nothing_follows_is_the_end(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.refused(486, to_caller=False)])
    site.later(UNDONE_US + SECOND_US)
    told = site.told()
    assert kinds(told) == ["attempt", "ended"]
    assert (told[1]["data"]["disposition"], told[1]["time"]) == ("busy", "2026-03-02T12:00:03Z")


def test_a_cancelled_call_ends_even_without_its_487(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.cancelled()])
    site.later(UNDONE_US + SECOND_US)
    assert site.told()[-1]["data"]["disposition"] == "cancelled"


@pytest.mark.parametrize("own", [True, False])
def test_the_302_of_the_consultation_is_no_answer(own: bool) -> None:
    site = Site(own=own)
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on()])
    site.later(UNDONE_US + SECOND_US)
    assert kinds(site.told()) == ["attempt"]
    assert len(site.calls) == 1


def test_what_we_refused_ourselves_was_told_by_the_one_who_refused(site: Site) -> None:
    site.see(Talk(call_id="one").refused_here(403))
    site.later(HOUR_US)
    assert site.told() == []
    assert site.point.counts["refused_here"] == 1


def test_our_503_is_not_the_end_where_the_proxy_goes_on(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(code=503), *talk.sent_on(), *talk.answered(), *talk.released()])
    assert kinds(site.told()) == ["attempt", "answered", "ended"]


def test_a_challenged_invite_is_one_call_with_the_one_that_has_credentials(site: Site) -> None:
    first, second = Talk(call_id="one"), Talk(call_id="one", cseq=2)
    site.see([first.asked()[0], *first.refused(407, 0.01)[1:], *second.asked(0.1), *second.sent_on(0.2)])
    site.later(2 * SECOND_US)
    assert kinds(site.told()) == ["attempt"]
    site.see([*second.answered(5.0), *second.released()])
    assert kinds(site.told()) == ["answered", "ended"]


def test_an_invite_that_is_challenged_and_never_comes_again_was_no_call(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([talk.asked()[0], *talk.refused(401, 0.01)[1:]])
    site.later(HOUR_US)
    assert site.told() == []
    assert site.point.counts["challenged"] == 1


def test_the_refusal_of_a_re_invite_ends_nothing(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.answered()])
    site.told()
    again = Talk(call_id="one", cseq=7)
    site.see(again.refused(488, 20.0))
    assert site.told() == []
    site.see(talk.released())
    assert kinds(site.told()) == ["ended"]


def test_an_answer_that_is_lost_is_told_by_the_end_and_its_time_by_the_ack(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.answered()[2:], *talk.released()])
    told = site.told()
    assert kinds(told) == ["attempt", "ended"]
    assert (told[1]["data"]["disposition"], told[1]["data"]["answer"]) == ("answered", "2026-03-02T12:00:05.002000Z")


def test_nobody_guesses_when_a_call_was_answered(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on(), *talk.released()])
    ended = site.told()[-1]["data"]
    assert (ended["disposition"], ended["duration_s"], "answer" in ended) == ("answered", 0, False)


def test_messages_that_come_before_their_invite_wait_for_it(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.released(by_callee=True), *talk.answered(), *talk.asked()])
    told = site.told()
    assert kinds(told)[0] == "attempt"
    assert kinds(told)[-1] == "ended"
    assert told[-1]["data"]["start"] <= told[-1]["data"]["end"]


def test_the_price_of_a_minute_gives_the_charge(site: Site) -> None:
    site.see(Talk(call_id="one", rate="0.012").whole(talk_s=90))
    attempt, _, ended = site.told()
    assert attempt["data"]["rate_per_min"] == "0.012"
    assert ended["data"]["charge"] == "0.018"


def test_a_call_id_that_is_used_again_is_another_call(site: Site) -> None:
    site.see([*Talk(call_id="one").asked(), *Talk(call_id="one").answered()])
    for callee, mark in (("+442079460998", "b"), ("+442079460998", "c")):
        talk = Talk(call_id="one", callee=callee)
        for message in talk.asked():
            tagged = message.payload.replace(b"tag=from-one", f"tag=from-{mark}".encode())
            site.see([Captured(**{name: getattr(message, name) for name in message.__struct_fields__} | {"payload": tagged})])
    site.later(2 * SECOND_US)
    assert [event["data"]["call_id"] for event in site.told() if event["type"] == "call.attempt"] == [
        "one", "one;to=+442079460998", "one;tag=from-c",
    ]  # fmt: skip


def test_a_call_that_falls_silent_while_it_rings_is_over(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.sent_on()])
    site.later(RINGING_US + MINUTE_US)
    told = site.told()
    assert kinds(told) == ["attempt", "ended"]
    assert told[1]["data"]["disposition"] == "no_answer"
    assert not len(site.calls)


def test_a_call_whose_end_is_lost_is_forgotten(site: Site) -> None:
    talk = Talk(call_id="one")
    site.see([*talk.asked(), *talk.answered()])
    site.later(LOST_US + MINUTE_US)
    assert kinds(site.told()) == ["attempt", "answered"]
    assert not len(site.calls)
    assert site.point.counts["lost"] == 1


def test_a_flood_of_invites_pushes_out_invites_and_no_call_that_is_up() -> None:
    site = Site(most=100)
    for i in range(80):
        talk = Talk(call_id=f"up-{i}")
        site.see([*talk.asked(), *talk.answered()])
    for i in range(2_000):
        site.see(Talk(call_id=f"flood-{i}").asked()[:1])
    assert (site.calls.ringing, len(site.calls)) == (20, 100)
    site.told()
    for i in range(80):
        site.see(Talk(call_id=f"up-{i}").released())
    assert kinds(site.told()).count("ended") == 80


def test_packets_of_strangers_and_with_another_key_are_not_taken() -> None:
    calls = Calls()
    point = HepPoint(calls, Attempts(Owners(), PEERS), lambda: NOW_US, key=b"ours", addresses=[ip_network(AGENT)])  # type: ignore[arg-type]
    invite = Talk(call_id="one").asked()[0]
    keyed = {name: getattr(invite, name) for name in invite.__struct_fields__}
    point.take(encode(invite), "203.0.113.9")
    point.take(encode(invite), AGENT)
    point.take(encode(Captured(**keyed | {"auth_key": b"other"})), AGENT)
    point.take(b"HEP3", AGENT)
    point.take(encode(Captured(**keyed | {"auth_key": b"ours", "kind": 5})), AGENT)
    assert dict(point.counts) == {"stranger": 1, "wrong_key": 2, "unreadable": 1, "not_sip": 1}
    point.take(encode(Captured(**keyed | {"auth_key": b"ours"})), AGENT)
    assert len(calls) == 1


def test_a_clock_that_is_far_off_is_not_gone_by(site: Site) -> None:
    site.point.take(encode(Talk(call_id="one", begin_us=NOW_US + HOUR_US).asked()[0]), AGENT)
    site.later(2 * SECOND_US)
    assert site.told()[0]["time"] == "2026-03-02T12:00:00Z"
    assert site.point.counts["wrong_clock"] == 1


def _course(draw: st.DrawFn, number: int) -> list[Captured]:
    talk = Talk(call_id=f"call-{number}", begin_us=NOW_US + draw(st.integers(0, 20)) * SECOND_US)
    course = draw(st.sampled_from(["whole", "busy", "cancelled", "refused here", "failover", "in progress"]))
    messages = talk.asked() + talk.sent_on()
    if course == "whole":
        messages += talk.answered() + talk.released(by_callee=draw(st.booleans()))
    elif course == "busy":
        messages += talk.refused(486)
    elif course == "cancelled":
        messages += talk.cancelled() + talk.refused(487)
    elif course == "refused here":
        messages = talk.refused_here(480)
    elif course == "failover":
        messages += talk.refused(503, to_caller=False) + talk.sent_on(4.0) + talk.answered() + talk.released()
    else:
        messages += talk.answered()
    return messages


@st.composite
def traffic(draw: st.DrawFn) -> list[Captured]:
    """Messages of some calls in any order, some of them twice and some of them lost."""
    messages = [message for number in range(draw(st.integers(1, 4))) for message in _course(draw, number)]
    messages += draw(st.lists(st.sampled_from(messages), max_size=20))
    order = draw(st.permutations(messages)) if draw(st.booleans()) else sorted(messages, key=lambda one: one.at_us)
    return order[draw(st.integers(0, len(order) // 2)) :] if draw(st.booleans()) else list(order)


@settings(max_examples=200, deadline=None)
@given(traffic(), st.integers(0, 3))
def test_each_call_has_at_most_one_attempt_answer_and_end_in_this_order(messages: list[Captured], steps: int) -> None:
    site = Site()
    site.see(messages)
    for _ in range(steps):
        site.later(3 * MINUTE_US)
    site.later(LOST_US + HOUR_US)
    told = site.told()
    assert max(Counter((event["type"], event["data"]["call_id"]) for event in told).values(), default=1) == 1
    assert len({event["id"] for event in told}) == len(told)
    begun: set[str] = set()
    up: set[str] = set()
    in_progress = 0
    for event in told:
        data, kind = event["data"], event["type"]
        if kind == "call.attempt":
            begun.add(data["call_id"])
            in_progress += 1
        elif kind == "call.answered":
            assert data["call_id"] in begun
            up.add(data["call_id"])
        else:
            assert data["call_id"] in begun
            in_progress -= 1
            assert data["call_id"] not in up or data["disposition"] == "answered"
            assert parse_us(data["start"]) <= parse_us(data.get("answer", data["start"])) <= parse_us(data["end"])
            assert data["duration_s"] >= 0
        assert in_progress >= 0
    assert not len(site.calls)


@settings(max_examples=60, deadline=None)
@given(traffic())
def test_in_order_and_whole_every_call_is_told_as_it_was(messages: list[Captured]) -> None:
    site, again = Site(), Site()
    unique = sorted({(one.at_us, one.payload): one for one in messages}.values(), key=lambda one: one.at_us)
    site.see(unique)
    again.see([message for one in unique for message in (one, one)])
    assert site.told() == again.told()
