"""Datagrams that come together get the answers that they get one by one, and are counted alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import redirect_point
from fairwire.model.decision import Decision
from fairwire.ports.plain_call import PlainCalls
from fairwire.runtime.live import Live
from fairwire.serve.redirect.batches import MOST
from fairwire.serve.redirect.peers import Peers
from fairwire.serve.redirect.point import RedirectPoint
from fairwire.serve.redirect.scanning import Scanner
from fairwire.sip import Response, read
from redirect_point import SBC, SECRET, Made, Seconds, peer_of
from written_sip import written

live, lives, made = redirect_point.live, redirect_point.lives, redirect_point.made
STRANGER = ("203.0.113.9", 5060)
Ways = tuple[RedirectPoint, RedirectPoint]


def points(lives: tuple[Live, Live], **given: Any) -> Ways:
    together, apart = (
        RedirectPoint(live, Peers([peer_of(direction="outbound")]), SECRET, seconds=Seconds(), **given) for live in lives
    )
    together._scanner = Scanner(MOST, SECRET)  # its code is there from the first burst on
    apart._scanner = Scanner(MOST, SECRET)
    apart._scanner._loaded = False  # and never here, where each message is read by itself
    return together, apart


_number = iter(range(10**9))
CALLERS = ("+12125550100", "+12125550110", "+442079460100", "+442079460120", "+442079460130", "+12125550140", "+13125550199")
CALLED = ("+12125550123", "+442079460199", "+12125550124", "+447700900123", "911", "+12120000000", "+5351234567", "999")


def invite(called: str, caller: str, *more: str, number: int | None = None) -> bytes:
    place = next(_number) if number is None else number
    headers = {
        "Via": f"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKburst{place};rport",
        "From": f"<sip:{caller}@example.net>;tag=t{place}",
        "To": f"<sip:{called}@198.51.100.10>",
        "Call-ID": f"burst-{place}@192.0.2.10",
    }
    return written(f"INVITE sip:{called}@198.51.100.10:5060;user=phone SIP/2.0", *more, **headers)


invites = st.builds(
    invite,
    st.sampled_from(CALLED[:4] * 3 + CALLED),
    st.sampled_from(CALLERS),
    st.sampled_from(
        ["X-Other: 1"] * 6
        + [
            "Diversion: <sip:+12125550100@h>",
            "X-Fairwire-Rate: 3.00",
            "X-Fairwire-Customer: gone",
            "No-Blank:x",
            "Contact: sip:1@h?x=1",
        ]
        + ["P-Asserted-Identity: <sip:+442079460120@h>", "User-Agent: Phone", "Privacy: id", "X-Fairwire-User: ann"]
    ),
)
others = st.sampled_from(
    [
        b"ACK sip:1@h SIP/2.0\r\n\r\n", b"\r\n\r\n", b"nonsense", b"INVITE ", written("OPTIONS sip:h SIP/2.0", CSeq="1 OPTIONS"),
        b"INVITE urn:service:sos SIP/2.0\r\n\r\n", written("BYE sip:h SIP/2.0", CSeq="1 BYE"), b"SIP/2.0 200 OK\r\n\r\n",
    ]
)  # fmt: skip
again = st.integers(1, 30)
datagrams = st.lists(
    st.tuples(st.one_of(invites, invites, invites, others, again), st.sampled_from([SBC] * 9 + [STRANGER])),
    min_size=1,
    max_size=70,
)


@given(st.lists(st.tuples(datagrams, st.sampled_from([False] * 6 + [True])), min_size=1, max_size=4))
@settings(max_examples=80, deadline=None, phases=[Phase.generate])  # one example goes on where the last one ended
def test_answers_and_counts_are_those_of_the_same_messages_one_by_one(
    lives: tuple[Live, Live], bursts: list[tuple[list[tuple[bytes | int, tuple[str, int]]], bool]]
) -> None:
    together, apart = points(lives)
    before: list[bytes] = [invite("+12125550123", "+12125550100")]
    for burst, pressed in bursts:
        come = []
        for said, source in burst:
            data = before[-min(said, len(before))] if isinstance(said, int) else said
            before.append(data)
            come.append((data, source))
        found = together.answer_burst(come, pressed=pressed)
        assert found == [apart.answer(data, source, pressed=pressed) for data, source in come]
    assert together.counts == apart.counts
    assert together.degraded == apart.degraded
    assert lives[0].stats()["decisions"] == lives[1].stats()["decisions"]


def status(answer: bytes | None) -> int:
    found = read(answer or b"")
    assert isinstance(found, Response)
    return found.status


def test_what_breaks_for_one_call_costs_the_others_of_its_burst_nothing(
    live: Live, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = made()
    together._scanner = Scanner(MOST, SECRET)
    decide = live.decide_plain

    def breaks(calls: PlainCalls) -> list[Decision | Exception]:
        if any(calls.call(place).to == "+12125550124" for place in range(len(calls.callers))):
            raise RuntimeError("something of ours")
        return decide(calls)

    monkeypatch.setattr(live, "decide_plain", breaks)
    called = ["+12125550123", "+12125550124", "911", "+12125550123"]
    found = together.answer_burst([(invite(one, "+12125550100"), SBC) for one in called])
    assert [status(one) for one in found] == [302, 503, 302, 302]
    assert together.counts["failed"] == 1


def test_a_call_for_help_connects_where_a_burst_cannot_be_decided_at_all(
    live: Live, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = made()
    together._scanner = Scanner(MOST, SECRET)

    def breaks(calls: PlainCalls) -> list[Decision | Exception]:
        raise RuntimeError("something of ours")

    monkeypatch.setattr(live, "decide_plain", breaks)
    found = together.answer_burst([(invite(one, "+12125550100"), SBC) for one in ("+12125550123", "911")])
    assert [status(one) for one in found] == [503, 302]
