"""Questions of an event socket that come together get the answers that they get one by one, and are counted alike."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import redirect_point
from fairwire.ports.plain_call import PlainCalls
from fairwire.runtime.live import Live
from fairwire.serve.redirect.evapi import EvapiPoint
from redirect_point import peer_of

live, lives = redirect_point.live, redirect_point.lives
PLACE = "192.0.2.10:8448"
CALLERS = ("+12125550100", "+12125550110", "<sip:+442079460100@192.0.2.7>", "sip:+13125550199@192.0.2.7", "anonymous")
CALLED = ("+12125550123", "sip:+442079460199@198.51.100.10;user=phone", "911", "999", "+5351234567", "", "sip:ann@example.net")
Points = tuple[EvapiPoint, EvapiPoint]


@pytest.fixture(scope="module")
def points(lives: tuple[Live, Live]) -> Points:
    together, apart = (EvapiPoint(live, live, PLACE, peer_of(direction="outbound")) for live in lives)
    return together, apart


_number = iter(range(10**9))


def question(caller: str, called: str, more: dict[str, Any]) -> bytes:
    place = next(_number)
    asked = {"i": place, "l": 7, "call_id": f"evapi-{place}@192.0.2.10", "from": caller, "to": called, "src_ip": "192.0.2.7"}
    return msgspec.json.encode({**asked, **more})


mores = st.fixed_dictionaries(
    {},
    optional={
        "transport": st.sampled_from(["udp", "tls", "pigeon"]),
        "user_agent": st.sampled_from(["Phone 1", "Télefon", 'Ph"one']),
        "display_name": st.sampled_from(["Line 1", "", "Zoë"]),
        "user": st.sampled_from(["ann", ""]),
        "pai": st.sampled_from(["+442079460120", "sip:+12125550100@h"]),
    },
)
rare = st.sampled_from(
    [{}] * 8
    + [
        {"diversion": "+12125550100"}, {"attestation": "A"}, {"rate_per_min": "3.00"}, {"credential": "c"}, {"campaign": "k"},
        {"customer": "gone"}, {"direction": "inbound"}, {"call_id": ""}, {"i": None}, {"call_id": "evapi-1@192.0.2.10"},
    ]
)  # fmt: skip
questions = st.builds(
    lambda caller, called, more, other: question(caller, called, {**more, **other}),
    st.sampled_from(CALLERS), st.sampled_from(CALLED[:2] * 4 + CALLED), mores, rare,
)  # fmt: skip
others = st.sampled_from(
    [
        b"{", b"[]", b'{"i":1}', b'{"i":1,"l":2,"to":3}', b'{"i":1,"l":2,"to":911,"call_id":3}',
        b'{"specversion":"1.0","type":"call.ended","id":"e1","source":"p","time":"2026-03-02T10:00:00Z","data":{"call_id":"c"}}',
        b'{"type":"auth.login"}',
    ]
)  # fmt: skip
again = st.integers(1, 20)
messages = st.lists(st.one_of(questions, questions, questions, others, again), min_size=1, max_size=50)


@given(st.lists(st.tuples(messages, st.sampled_from([False] * 6 + [True])), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None, phases=[Phase.generate])  # one example goes on where the last one ended
def test_answers_and_counts_are_those_of_the_same_questions_one_by_one(
    points: Points, lives: tuple[Live, Live], bursts: list[tuple[list[bytes | int], bool]]
) -> None:
    together, apart = points
    before: list[bytes] = [question("+12125550100", "+12125550123", {})]
    for burst, pressed in bursts:
        come = []
        for said in burst:
            come.append(before[-min(said, len(before))] if isinstance(said, int) else said)
            before.append(come[-1])
        found = together.answer_each(come, pressed=pressed)
        assert found == [apart.answer(one, pressed=pressed) for one in come]
    assert together.counts == apart.counts
    assert together.waiting == apart.waiting
    assert lives[0].stats()["decisions"] == lives[1].stats()["decisions"]


def test_what_breaks_for_one_call_costs_the_others_that_came_with_it_nothing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    together, decide = EvapiPoint(live, live, PLACE, peer_of(direction="outbound")), live.decide_plain

    def breaks(calls: PlainCalls) -> Any:
        if any(calls.said(place, 0) == "+12125550124" for place in range(len(calls.callers))):
            raise RuntimeError("something of ours")
        return decide(calls)

    monkeypatch.setattr(live, "decide_plain", breaks)
    called = ["+12125550123", "+12125550124", "911", "+12125550123"]
    found = together.answer_each([question("+12125550100", one, {}) for one in called])
    assert [msgspec.json.decode(one or b"{}")["code"] for one in found] == [302, 503, 302, 302]


def test_what_breaks_before_a_call_is_decided_costs_the_others_nothing_and_a_call_for_help_connects(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, owner = EvapiPoint(live, live, PLACE, peer_of(direction="outbound")), live.owner_of_number

    def breaks(number: str) -> str | None:
        if number == "+13125550199":
            raise RuntimeError("something of ours")
        return owner(number)

    monkeypatch.setattr(live, "owner_of_number", breaks)
    asked = [("+12125550100", "+12125550123"), ("+13125550199", "+12125550123"), ("+13125550199", "911")]
    found = together.answer_each([question(caller, called, {}) for caller, called in asked])
    assert [msgspec.json.decode(one or b"{}")["code"] for one in found] == [302, 503, 302]
