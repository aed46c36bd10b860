"""The event socket of Kamailio, without Kamailio: what is asked, what is answered, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.decision import Decision, Reason, SipAnswer
from fairwire.ports.log import LogError
from fairwire.ports.service import Accepted
from fairwire.serve.redirect.evapi import EvapiPoint
from fairwire.serve.redirect.peers import Paces, Peer

NUMBERS = {"+12125550110": "hobnail-freight", "+12125550120": "juniper-dental"}
ALLOW = Decision(
    decision="allow", reasons=(), sip=SipAnswer(code=302, phrase="Moved Temporarily"), finding_ids=(), policy="p@1", elapsed_us=3
)
DENY = Decision(
    decision="deny",
    reasons=(Reason(clause="N04", text="Not yours."), Reason(clause="N11", text="Nor this.")),
    sip=SipAnswer(code=403, phrase="Forbidden", reason='SIP;cause=403;text="AUP N04"'),
    finding_ids=("f-1",),
    policy="p@1",
    elapsed_us=3,
)
LIMIT = Decision(
    decision="limit",
    reasons=(Reason(clause="L01", text="Too many."),),
    sip=SipAnswer(code=480, phrase="Temporarily Unavailable"),
    finding_ids=(),
    policy="p@1",
    elapsed_us=3,
    ttl_s=60,
)


class Service:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self, decision: Decision = ALLOW) -> None:
        self.decision = decision
        self.asked: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.lines: list[bytes] = []
        self.failure: Exception | None = None

    def decide_call(self, fields: dict[str, Any], *, source: str, event_id: str) -> Decision:
        assert source == "evapi"
        if self.failure is not None:
            raise self.failure
        self.asked.append(fields)
        self.ids.append(event_id)
        return self.decision

    def is_emergency(self, called: str, country: str = "") -> bool:
        return called in ("911", "112", "urn:service:sos")

    def owner_of_number(self, number: str) -> str | None:
        return NUMBERS.get(number)

    def owner_of_address(self, address: str) -> str | None:
        return "small-shop" if address == "192.0.2.7" else None

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        if self.failure is not None:
            raise self.failure
        self.lines += lines
        return Accepted(accepted=len(lines), duplicates=0, rejected=[])


def point(service: Service, peer: Peer | None = None, **more: Any) -> EvapiPoint:
    made: Any = service
    return EvapiPoint(made, made, "192.0.2.10:8448", peer or Peer(name="proxy", networks=()), **more)


def question(**more: Any) -> bytes:
    asked = {"i": 7, "l": 99, "call_id": "c1", "from": "sip:+12125550110@192.0.2.1", "to": "sip:+12025550177@192.0.2.1"}
    return json.dumps(asked | more).encode()


def asked(*, peer: Peer | None = None, **more: Any) -> dict[str, Any]:
    """The fields that a question becomes."""
    service = Service()
    answer = point(service, peer).answer(question(**more))
    assert answer is not None
    return service.asked[0]


def test_index_and_label_come_back_as_they_went() -> None:
    answer = json.loads(point(Service()).answer(question(i=4294967295, l="12")) or b"")
    assert (answer["i"], answer["l"]) == (4294967295, "12")
    assert (answer["decision"], answer["code"], answer["customer"]) == ("allow", 302, "hobnail-freight")


def test_a_refusal_says_all_that_the_proxy_needs() -> None:
    answer = json.loads(point(Service(DENY)).answer(question()) or b"")
    assert answer == {
        "i": 7,
        "l": 99,
        "decision": "deny",
        "code": 403,
        "phrase": "Forbidden",
        "reason": 'SIP;cause=403;text="AUP N04"',
        "policy": "p@1",
        "customer": "hobnail-freight",
        "clause": "N04",
        "clauses": ["N04", "N11"],
        "text": "Not yours.",
        "finding_ids": ["f-1"],
    }
    assert json.loads(point(Service(LIMIT)).answer(question()) or b"")["retry_after"] == 60


@pytest.mark.parametrize(
    ("more", "customer", "direction"),
    [
        ({}, "hobnail-freight", "outbound"),
        ({"customer": "named"}, "named", "outbound"),
        ({"pai": "sip:+12125550120@192.0.2.1"}, "juniper-dental", "outbound"),
        ({"from": "+12015550100"}, "", "outbound"),
        ({"from": "+12015550100", "src_ip": "192.0.2.7"}, "small-shop", "outbound"),
        ({"from": "sip:anonymous@anonymous.invalid"}, "", "outbound"),
        ({"direction": "inbound", "to": "+12125550120"}, "juniper-dental", "inbound"),
    ],
)
def test_the_customer_is_found_as_the_redirect_point_finds_it(more: dict[str, Any], customer: str, direction: str) -> None:
    fields = asked(**more)
    assert (fields["customer"], fields["direction"]) == (customer, direction)


@pytest.mark.parametrize(
    ("called", "number"),
    [
        ("sip:%2B1202555%30177@192.0.2.1;user=phone", "+12025550177"),
        ("tel:+1-202-555-0177", "+12025550177"),
        ("+1 (202) 555-0177", "+12025550177"),
        ("sip:+12025550177;npdi@192.0.2.1", "+12025550177"),
        ("911", "911"),
        ("urn:service:sos", "urn:service:sos"),
    ],
)
def test_a_number_is_read_whatever_way_it_is_written(called: str, number: str) -> None:
    assert asked(to=called)["to"] == number


def test_a_peer_that_is_not_trusted_names_nobody() -> None:
    peer = Peer(name="pbx", networks=(), trusted=False)
    fields = asked(peer=peer, customer="named", user="u", trunk="t", rate_per_min="9", pai="+12125550120")
    assert fields["customer"] == "hobnail-freight"
    assert not {"user", "trunk", "rate_per_min", "pai"} & fields.keys()


def test_what_is_no_sound_value_is_left_out() -> None:
    fields = asked(rate_per_min="1e9", transport="pigeon", display_name="x" * 999, user="")
    assert not {"rate_per_min", "transport", "user"} & fields.keys()
    assert len(fields["display_name"]) == 256
    assert asked(rate_per_min="0.010", transport="tls")["rate_per_min"] == "0.010"


def test_the_same_question_has_the_same_name_and_another_transaction_another() -> None:
    service = Service()
    one = point(service)
    for message in (question(), question(), question(l=100)):
        one.answer(message)
    assert service.ids[0] == service.ids[1] != service.ids[2]


def test_help_is_sent_on_whatever_is_wrong() -> None:
    service = Service(DENY)
    service.failure = RuntimeError("broken")
    busy = Peer(name="proxy", networks=(), calls_per_s=1)
    one = point(service, busy, paces=Paces(lambda: 0.0))
    for message in (question(to="911"), question(to="sip:112@192.0.2.1", call_id=""), question(to="911", call_id=5)):
        answer = json.loads(one.answer(message, pressed=True) or b"")
        assert (answer["i"], answer["decision"]) == (7, "allow"), message
    assert json.loads(one.answer(question()) or b"")["code"] == 503


def test_more_calls_than_a_peer_may_send_are_answered_503() -> None:
    paces = Paces(lambda: 0.0)
    one = point(Service(), Peer(name="proxy", networks=(), calls_per_s=2), paces=paces)
    codes = [json.loads(one.answer(question(l=n)) or b"")["code"] for n in range(4)]
    assert codes == [302, 302, 503, 503]
    assert one.counts["shed"] == 2
    open_ = point(Service(), Peer(name="proxy", networks=(), calls_per_s=2), paces=paces, shed="allow")
    assert json.loads(open_.answer(question()) or b"") == {"i": 7, "l": 99, "decision": "allow", "code": 302, "unchecked": True}


def test_a_call_of_nobody_connects_where_the_peer_says_so() -> None:
    peer = Peer(name="proxy", networks=(), unknown="allow")
    assert json.loads(point(Service(DENY), peer).answer(question(**{"from": "+12015550100"})) or b"")["decision"] == "allow"


@pytest.mark.parametrize(
    "message",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"i":1}', b'{"i":1,"l":null}', b"[" * 100_000, b'{"i":[],"l":2}', b'"911"'],
)
def test_what_nobody_waits_for_is_not_answered(message: bytes) -> None:
    one = point(Service())
    assert one.answer(message) is None
    assert one.counts["unreadable"] == 1


@given(st.binary(max_size=300) | st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner)).map(
    lambda value: json.dumps({"i": 1, "l": 2, "to": value, "from": value, "call_id": value, "diversion": value}).encode()
))  # fmt: skip
def test_garbage_never_raises(message: bytes) -> None:
    answer = point(Service()).answer(message)
    assert answer is None or json.loads(answer)["code"] in (302, 400, 503)


# ---- events


def event(kind: str = "call.ended", **data: Any) -> bytes:
    told = {"specversion": "1.0", "id": "e1", "source": "kamailio", "type": kind, "time": "2026-03-04T10:00:00Z"}
    return json.dumps({**told, "data": {"call_id": "c1", "from": "+12125550110", "to": "+12025550177", **data}}).encode()


def test_events_are_taken_in_together_and_not_answered() -> None:
    service = Service()
    one = point(service)
    assert one.answer(event(customer="named")) is None
    assert one.answer(event("call.answered", customer="named")) is None
    assert one.waiting == 2
    assert service.lines == []
    one.take_in()
    assert service.lines == [event(customer="named"), event("call.answered", customer="named")]
    assert one.waiting == 0


def test_an_event_without_a_customer_is_that_of_its_numbers() -> None:
    service = Service()
    one = point(service)
    one.answer(event())
    one.take_in()
    assert json.loads(service.lines[0])["data"]["customer"] == "hobnail-freight"


@pytest.mark.parametrize("message", [event("order.changed"), b'{"type":"call.ended"}', b'{"type":"call.ended","data":[]}'])
def test_other_events_have_other_ways_in(message: bytes) -> None:
    one = point(Service())
    assert one.answer(message) is None
    assert (one.waiting, one.counts["event_refused"]) == (0, 1)


def test_what_the_disk_refuses_is_kept_for_the_next_time() -> None:
    service = Service()
    one = point(service)
    one.answer(event(customer="named"))
    service.failure = LogError("the disk is full")
    one.take_in()
    assert one.waiting == 1
    service.failure = None
    one.take_in()
    assert len(service.lines) == 1
