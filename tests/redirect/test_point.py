"""What the redirect point answers: to whom, with which code, how often it counts, and who is never refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

import redirect_point
from fairwire.ports.plain_call import PlainCall, PlainCalls
from fairwire.runtime.live import Live
from fairwire.serve.metrics import Meter
from fairwire.sip import Response, read
from redirect_point import SBC, Made, Seconds
from written_sip import URI, written

live, made = redirect_point.live, redirect_point.made
_number = itertools.count()
STRANGER = ("203.0.113.9", 5060)


def invite(called: str = "+12125550123", caller: str = "+12125550100", *more: str, uri: str = "", **changed: Any) -> bytes:
    """A call of its own each time."""
    place = next(_number)
    headers = {
        "Via": f"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKtest{place};rport",
        "From": f"<sip:{caller}@example.net>;tag=t{place}",
        "To": f"<sip:{called}@198.51.100.10>",
        "Call-ID": f"call-{place}@192.0.2.10",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    start = f"INVITE {uri or f'sip:{called}@198.51.100.10:5060;user=phone'} SIP/2.0"
    return written(start, *more, **headers)


def answer(data: bytes | None) -> Response:
    """An answer, read."""
    assert data is not None, "there is no answer"
    found = read(data)
    assert isinstance(found, Response), found
    return found


def asked(point: Any, data: bytes, source: tuple[str, int] = SBC, **more: Any) -> Response:
    return answer(point.answer(data, source, **more))


def test_a_call_that_may_connect_is_redirected_to_another_uri(made: Made) -> None:
    found = asked(made(next_hop=("gw.example.net", 5070)), invite())
    assert found.status == 302
    contact = (found.value(b"contact") or b"").decode()
    assert contact.startswith("<sip:+12125550123@gw.example.net:5070;user=phone;fw=allow;fw-policy=clearspan")
    assert asked(made(), invite()).value(b"contact") != f"<{URI}>".encode()


@pytest.mark.parametrize(
    ("caller", "called", "status", "says"),
    [
        ("+442079460100", "+442079460199", 403, "The service of gone is suspended"),
        ("+12125550110", "+442079460199", 403, "Calls to other countries are switched off for home"),
        ("+12125550100", "+12120000000", 404, "is not in use"),
    ],
)
def test_a_refusal_says_its_code_and_its_clause(made: Made, caller: str, called: str, status: int, says: str) -> None:
    found = asked(made(), invite(called, caller))
    assert found.status == status
    reason = (found.value(b"reason") or b"").decode()
    assert says in reason
    assert reason.startswith("Q.850;cause=1;" if status == 404 else f"SIP;cause={status};")
    assert "AUP " in reason


def test_N01_a_call_of_nobody_is_denied_unless_the_peer_is_set_up_otherwise(made: Made) -> None:
    found = asked(made(), invite(caller="+13125550199"))
    assert found.status == 403
    assert b"AUP N01" in (found.value(b"reason") or b"")
    lenient = made(unknown="allow")
    assert asked(lenient, invite(caller="+13125550199")).status == 302
    assert lenient.counts["unknown_allowed"] == 1


def test_a_limit_is_480_with_the_time_to_try_again_and_what_is_refused_is_not_in_progress(made: Made) -> None:
    point = made()
    first = [asked(point, invite("+442079460199", "+442079460120")).status for _ in range(4)]
    assert first == [302, 302, 480, 480]
    found = asked(point, invite("+442079460199", "+442079460120"))
    assert int(found.value(b"retry-after") or 0) > 0
    assert b"3 calls at once" in (found.value(b"reason") or b"")
    assert asked(point, invite("999", "+442079460120")).status == 302


@pytest.mark.parametrize(
    ("headers", "source", "customer"),
    [
        (("X-Fairwire-Customer: gone",), "", "gone"),
        (("P-Charge-Info: <sip:+442079460100@example.net>",), "", "gone"),
        (("P-Asserted-Identity: <tel:+442079460100>",), "", "gone"),
        (("P-Asserted-Identity: <sip:+442079460100@example.net;user=phone>", "X-Fairwire-Customer: hobnail"), "", "hobnail"),
        ((), "+12125550100", "hobnail"),
        (("Diversion: <sip:+442079460100@example.net>;reason=unconditional",), "+12125550100", "gone"),
        (("X-Fairwire-Source: 198.51.100.7",), "", "addressed"),
        (("Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bKb",), "", "addressed"),
        (("Via: SIP/2.0/UDP pbx.example.net;branch=z9hG4bKb;received=198.51.100.8",), "", "addressed"),
        ((), "", ""),
    ],
)  # fmt: skip
def test_whose_call_it_is_is_told_in_the_order_of_the_contract(
    made: Made, live: Live, monkeypatch: pytest.MonkeyPatch, headers: tuple[str, ...], source: str, customer: str
) -> None:
    asked_for: list[dict[str, Any]] = []
    decide, decide_some, decide_read = live.decide_call, live.decide_calls, live.decide_plain

    def heard(fields: dict[str, Any], **more: Any) -> Any:
        asked_for.append(fields)
        return decide(fields, **more)

    def heard_some(calls: Sequence[PlainCall]) -> Any:
        asked_for.extend(call.fields() for call in calls)
        return decide_some(calls)

    def heard_read(calls: PlainCalls) -> Any:
        asked_for.extend(calls.call(place).fields() for place in range(len(calls.callers)))
        return decide_read(calls)

    monkeypatch.setattr(live, "decide_call", heard)
    monkeypatch.setattr(live, "decide_calls", heard_some)
    monkeypatch.setattr(live, "decide_plain", heard_read)
    made().answer(invite("+12125550123", source or "anonymous", *headers), SBC)
    assert asked_for[0]["customer"] == customer


def test_headers_of_a_peer_that_is_not_trusted_say_nothing(made: Made, live: Live) -> None:
    headers = ("X-Fairwire-Customer: hobnail", "P-Asserted-Identity: <sip:+12125550100@example.net>")
    assert asked(made(trusted=False), invite("+12125550123", "+13125550199", *headers)).status == 403
    assert asked(made(trusted=True), invite("+12125550123", "+12125550100", *headers)).status == 302


def test_a_repeated_question_gets_the_same_bytes_and_counts_once(made: Made, live: Live) -> None:
    seconds = Seconds()
    point = made(seconds=seconds)
    question = invite()
    before = live.stats()["decisions"]
    first = point.answer(question, SBC)
    seconds.now += 31
    assert [point.answer(question, SBC) for _ in range(3)] == [first] * 3
    assert live.stats()["decisions"] == before + 1
    assert point.counts["repeated"] == 3


def test_a_repeated_question_after_a_restart_has_the_same_tag_and_counts_once(made: Made, live: Live) -> None:
    question = invite()
    rows = live._stream.next_row
    first, second = asked(made(), question), asked(made(), question)
    assert first.value(b"to") == second.value(b"to")
    assert live._stream.next_row == rows + 1


def test_another_call_under_the_same_call_id_is_judged_by_itself(made: Made) -> None:
    point = made()
    assert asked(point, invite("+12125550123", "+12125550110", Call_ID="same@example.net")).status == 302
    assert asked(point, invite("+442079460199", "+12125550110", Call_ID="same@example.net")).status == 403


SAME_NUMBER = (
    "sip:+442079460199@198.51.100.10",
    "sip:+442079460199@198.51.100.10;user=phone",
    "sip:%2B442079460199@198.51.100.10",
    "sip:+44%32079460199@198.51.100.10",
    "sip:+44-20-7946-0199@198.51.100.10",
    "sip:+44.20.7946.0199@198.51.100.10",
    "sip:+442079460199;npdi=yes@198.51.100.10;user=phone",
    "sip:011442079460199@198.51.100.10",
    "tel:+442079460199",
    "tel:+44(20)7946-0199",
    "sips:+442079460199@198.51.100.10",
    "SIP:+442079460199@198.51.100.10",
    "sip:+442079460199:secret@198.51.100.10",
)


@pytest.mark.parametrize("uri", SAME_NUMBER)
def test_no_way_of_writing_a_barred_number_gets_it_through(made: Made, uri: str) -> None:
    assert asked(made(), invite(caller="+12125550110", uri=uri)).status == 403


def test_a_routing_number_of_a_stranger_is_where_the_call_goes(made: Made) -> None:
    uri = "sip:+12125550123;rn=+442079460199@198.51.100.10;user=phone"
    assert asked(made(trusted=False), invite(caller="+12125550110", uri=uri)).status == 403


@pytest.mark.parametrize("more", ["From: <sip:+12125550100@example.net>;tag=2", "t: <sip:911@example.net>", "Call-ID: 2"])
def test_a_header_that_must_come_once_and_comes_twice_is_refused(made: Made, more: str) -> None:
    assert asked(made(), invite("+12125550123", "+12125550110", more)).status == 400


EMERGENCY = ("sip:911@198.51.100.10", "sip:+911@x.example", "tel:911", "urn:service:sos", "sip:112@198.51.100.10;user=phone")


@pytest.mark.parametrize("uri", EMERGENCY)
def test_a_call_for_help_is_redirected_whoever_asks_and_however_badly(made: Made, uri: str) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def is_emergency(self, called: str, country: str = "") -> bool:
            return True

    suspended = invite(caller="+442079460100", uri=uri)
    assert asked(made(), suspended).status == 302
    assert asked(made(), invite(uri=uri), pressed=True).status == 302
    assert asked(made(calls_per_s=1), invite(uri=uri)).status == 302
    assert asked(made(), invite(uri=uri), STRANGER).status == 302
    assert asked(made(draining=lambda: True), invite(uri=uri)).status == 302
    assert asked(made(), invite("x", "y", "From: <sip:z@example.net>;tag=2", uri=uri)).status == 302
    assert asked(made(), invite(uri=uri, Max_Forwards="many")).status == 302
    assert asked(made(service=Broken()), invite(uri=uri)).status == 302


def test_a_stranger_gets_no_answer(made: Made) -> None:
    point = made()
    assert point.answer(invite(), STRANGER) is None
    assert point.answer(written(f"OPTIONS {URI} SIP/2.0", CSeq="1 OPTIONS"), STRANGER) is None
    assert point.answer(invite(Max_Forwards="many"), STRANGER) is None
    assert point.counts["stranger"] == 1


def test_more_than_we_can_decide_is_shed_as_it_was_set_up(made: Made) -> None:
    closed, opened = made(), made(shed="allow")
    refused = asked(closed, invite(), pressed=True)
    assert (refused.status, refused.value(b"retry-after")) == (503, b"5")
    sent_on = asked(opened, invite(), pressed=True)
    assert sent_on.status == 302
    assert b"fw=unchecked" in (sent_on.value(b"contact") or b"")


def test_calls_without_a_decision_are_shown_by_the_peer_that_asked_and_decided_ones_too(made: Made, live: Live) -> None:
    meter = Meter(live)
    point = made(told=meter.told("sip"), shed="allow")
    strict = made(told=meter.told("sip"))
    assert asked(point, invite()).status == 302
    asked(point, invite(), pressed=True)
    asked(strict, invite(), pressed=True)
    asked(strict, invite(), pressed=True)
    assert dict(point.degraded) == {("sbc", "unchecked"): 1}
    meter.watch_sip(point.counts, point.degraded + strict.degraded)
    page = meter.page().decode()
    assert 'fairwire_degraded_calls_total{outcome="unchecked",point="sbc",way="sip"} 1.0' in page
    assert 'fairwire_degraded_calls_total{outcome="refused",point="sbc",way="sip"} 2.0' in page
    assert 'fairwire_point_decisions_total{point="sbc",verdict="allow",way="sip"} 1.0' in page
    assert 'fairwire_decision_latest_seconds{quantile="0.999",way="sip"}' in page


def test_a_peer_has_its_own_pace(made: Made) -> None:
    seconds = Seconds()
    point = made(calls_per_s=2, seconds=seconds)
    assert [asked(point, invite()).status for _ in range(3)] == [302, 302, 503]
    seconds.now += 1
    assert asked(point, invite()).status == 302


def test_what_breaks_on_our_side_is_503_and_no_refusal_by_policy(made: Made) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("broken")

        def is_emergency(self, called: str, country: str = "") -> bool:
            return False

    point = made(service=Broken())
    assert asked(point, invite()).status == 503
    assert point.counts["failed"] == 1


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("REGISTER", 405), ("MESSAGE", 405), ("BYE", 405)])
def test_other_methods_are_answered(made: Made, method: str, status: int) -> None:
    assert asked(made(), written(f"{method} {URI} SIP/2.0", CSeq=f"1 {method}")).status == status


def test_options_say_that_we_drain(made: Made) -> None:
    found = asked(made(draining=lambda: True), written(f"OPTIONS {URI} SIP/2.0", CSeq="1 OPTIONS"))
    assert (found.status, found.value(b"retry-after")) == (503, b"5")


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_ack_and_cancel_are_taken_and_not_answered(made: Made, method: str) -> None:
    assert made().answer(written(f"{method} {URI} SIP/2.0", CSeq=f"314159 {method}"), SBC) is None


def test_answers_and_noise_are_not_answered(made: Made) -> None:
    point = made()
    answered = point.answer(invite(), SBC)
    assert answered is not None
    assert point.answer(answered, SBC) is None
    assert point.answer(b"\r\n\r\n", SBC) is None
    assert point.answer(b"\r\n\r\n", SBC, "TCP") == b"\r\n"
    assert point.answer(b"\x00" * 65535, SBC) is None
    assert point.answer(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", SBC) is None
