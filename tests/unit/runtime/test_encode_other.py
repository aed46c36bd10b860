"""Events that are no calls as kernel rows."""

from __future__ import annotations

import pytest

from fairwire.kernel.hashing import key_of
from fairwire.model.columns import ALERTS, CHANNELS, COLUMN_INDEX, DIRECTIONS, KIND_CODES, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.encode_other import path_parts, values_of
from fairwire.runtime.encode_values import Asked
from fairwire.runtime.encode_written import is_odd_chain

WHO = Customer(id="alder", country="US", addresses=("192.0.2.0/24",))


def told(kind: str, data: str, destinations: Destinations) -> dict[str, int | None]:
    return values_of(kind, data, Asked(customer=WHO, time_us=1_700_000_000_000_000, destinations=destinations))


@pytest.fixture(scope="module")
def numbers() -> Destinations:
    return Destinations()


def test_a_message_has_its_line_its_first_recipient_and_their_number(numbers: Destinations) -> None:
    found = told(
        "message.sent",
        '{"customer":"alder","message_id":"m","channel":"sms","from":"+12025550100","to":["+13125550144","+13125550145"]}',
        numbers,
    )
    assert found["kind"] == KIND_CODES["message.sent"]
    assert found["line"] == key_of("+12025550100")
    assert found["remote"] == found["callee"] == key_of("+13125550144")
    assert found["recipients"] == 2
    assert found["channel"] == CHANNELS.index("sms") + 1
    assert found["direction"] == DIRECTIONS.index("outbound") + 1
    assert found["number"] == 3125550144


def test_a_message_that_comes_in_is_about_the_own_line_and_who_wrote(numbers: Destinations) -> None:
    found = told(
        "message.received",
        '{"customer":"alder","message_id":"m","channel":"sms","from":"+13125550144","to":["+12025550100"]}',
        numbers,
    )
    assert (found["line"], found["remote"]) == (key_of("+12025550100"), key_of("+13125550144"))
    assert "callee" not in found


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("message.received", '"text":" Stop. "', 1),
        ("message.received", '"text":"UNSUBSCRIBE"', 1),
        ("message.received", '"text":"STOP","opted_out":false', 0),
        ("message.received", '"text":"Cancel"', None),
        ("message.received", '"text":"Please stop by at eight"', None),
        ("message.sent", '"text":"STOP"', None),
        ("message.sent", '"opted_out":true', 1),
    ],
)
def test_an_answer_that_is_nothing_but_stop_opts_out(kind: str, more: str, expected: int | None, numbers: Destinations) -> None:
    start = '{"customer":"alder","message_id":"m","channel":"sms","from":"+12025550100","to":["+13125550144"],'
    assert told(kind, f"{start}{more}}}", numbers)["opted_out"] == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('"text":"See http://a.example/1 and www.b.example"', 2),
        ('"text":"See you at eight"', 0),
        ('"text":"See a.example","links":["http://a.example"]', 1),
        ('"status":"delivered"', None),
    ],
)
def test_links_are_those_that_are_listed_or_else_those_in_the_text(
    more: str, expected: int | None, numbers: Destinations
) -> None:
    start = '{"customer":"alder","message_id":"m","channel":"sms","from":"+12025550100","to":["+13125550144"],'
    assert told("message.sent", f"{start}{more}}}", numbers)["links"] == expected


def test_a_mail_is_aligned_when_the_domain_shown_is_that_of_the_envelope_or_below_it(numbers: Destinations) -> None:
    def aligned(shown: str, envelope: str) -> int | None:
        data = (
            f'{{"customer":"alder","message_id":"m","mail_from":"{envelope}","header_from":"{shown}",'
            '"to":["a@b.example"],"bytes":1}'
        )
        return told("email.sent", data, numbers)["aligned"]

    assert aligned("ann@shop.example", "bounce@mail.shop.example") == 1
    assert aligned("ann@bank.example", "x@shop.example") == 0
    assert aligned("ann@myshop.example", "x@shop.example") == 0
    assert aligned("ann@shop.example", "") is None


def test_a_mail_stays_in_the_own_domain_where_both_ends_are_of_one_registered_domain(numbers: Destinations) -> None:
    def own(sender: str, to: str, more: str = "") -> int | None:
        data = f'{{"customer":"alder","message_id":"m","mail_from":"{sender}","header_from":"","to":["{to}"],"bytes":1{more}}}'
        return told("email.sent", data, numbers)["own_domain"]

    assert own("root@web4.shop.example", "ops@mail.shop.example") == 1
    assert own("ops@shop.example", "ops@pager.example") == 0
    assert own("ann@shop.example", "ops@shop.example", ',"spf":"fail"') == 0
    assert own("one@gmail.com", "two@gmail.com") == 0
    assert own("", "ops@shop.example") is None


def test_a_sender_who_receives_his_own_mail_is_told(numbers: Destinations) -> None:
    def receives(shown: str) -> int | None:
        data = (
            f'{{"customer":"alder","message_id":"m","mail_from":"x@list.example","header_from":"{shown}",'
            '"to":["b@b.example","Ann@a.example"],"bytes":1}'
        )
        return told("email.sent", data, numbers)["shown_receives"]

    assert (receives("Ann <ann@a.example>"), receives("eve@a.example"), receives("")) == (1, 0, None)


def test_an_alert_is_outward_when_its_source_is_the_customers_own(numbers: Destinations) -> None:
    def outward(source: str) -> int | None:
        data = (
            '{"customer":"alder","sensor":"s","signature":"x","category":"scan","severity":2,'
            f'"src_ip":"{source}","dst_ip":"203.0.113.1"}}'
        )
        found = told("net.alert", data, numbers)
        assert found["alert"] == ALERTS.index("scan") + 1
        return found["outward"]

    assert (outward("192.0.2.7"), outward("203.0.113.9"), outward("not an address")) == (1, 0, None)


def test_a_flow_that_was_served_is_told_from_the_customers_side(numbers: Destinations) -> None:
    data = (
        '{"customer":"alder","src_ip":"203.0.113.9","dst_ip":"192.0.2.7","src_port":1,"dst_port":25,"proto":"tcp",'
        '"bytes_out":10,"bytes_in":0,"duration_s":1.5,"served":true}'
    )
    found = told("net.flow", data, numbers)
    assert (found["source"], found["remote"]) == (key_of("192.0.2.7"), key_of("203.0.113.9"))
    assert (found["port"], found["lasted_s"], found["unanswered"], found["outward"]) == (25, 1500, 1, 1)


@pytest.mark.parametrize(
    ("source", "target", "at_home"),
    [("192.0.2.7", "192.0.2.8", 1), ("192.0.2.7", "203.0.113.9", 0), ("203.0.113.9", "192.0.2.7", 0), ("192.0.2.7", "a name", 0)],
)
def test_a_flow_stays_at_home_when_the_other_side_is_the_customers_own_too(
    numbers: Destinations, source: str, target: str, at_home: int
) -> None:
    data = (
        f'{{"customer":"alder","src_ip":"{source}","dst_ip":"{target}","src_port":40000,"dst_port":22,"proto":"tcp",'
        '"bytes_out":60,"bytes_in":0,"duration_s":0.1}'
    )
    assert told("net.flow", data, numbers)["at_home"] == at_home


def test_a_service_is_an_address_and_a_port_together(numbers: Destinations) -> None:
    def service(target: str, port: int, source_port: int) -> int | None:
        data = (
            f'{{"customer":"alder","src_ip":"192.0.2.7","dst_ip":"{target}","src_port":{source_port},"dst_port":{port},'
            '"proto":"tcp","bytes_out":60,"bytes_in":0,"duration_s":0.1}'
        )
        return told("net.flow", data, numbers)["service"]

    asked = [("203.0.113.9", 22, 40000), ("203.0.113.9", 23, 40000), ("203.0.113.10", 22, 40000), ("203.0.113.9", 22, 40001)]
    assert len({service(*each) for each in asked}) == 3


@pytest.mark.parametrize(("bytes_out", "bytes_in", "served"), [(4000, 300, 1), (0, 300, None), (4000, 0, None)])
def test_a_stranger_whom_the_customers_own_address_answered_was_served(
    numbers: Destinations, bytes_out: int, bytes_in: int, served: int | None
) -> None:
    data = (
        '{"customer":"alder","src_ip":"203.0.113.9","dst_ip":"192.0.2.7","src_port":40000,"dst_port":80,"proto":"tcp",'
        f'"bytes_out":{bytes_out},"bytes_in":{bytes_in},"duration_s":1.5}}'
    )
    found = told("net.flow", data, numbers)
    assert (found["served"], found["source"], found["port"]) == (served, key_of("192.0.2.7"), 80)


@pytest.mark.parametrize(
    ("path", "shape", "number"),
    [
        ("/v1/users/1042/calls", "/v1/users/#/calls", 1042),
        ("/prov/0004f2abcdef.cfg", "/prov/#.cfg", 0x0004F2ABCDEF),
        ("/prov/00:04:f2:ab:cd:ef.cfg", "/prov/#.cfg", 0x0004F2ABCDEF),
        ("/v1/me", "/v1/me", None),
        ("/status", "/status", None),
    ],
)
def test_a_path_without_its_numbers_and_the_last_of_them(path: str, shape: str, number: int | None) -> None:
    assert path_parts(path) == (shape, number)


def test_a_chain_of_received_headers_that_does_not_join_is_odd() -> None:
    sound = [
        "from relay.shop.example by mx.there.example",
        "from pc.shop.example by relay.shop.example",
        "from localhost by pc.shop.example",
    ]
    forged = [
        "from dsl.nowhere.example by mx.there.example",
        "from bank.example by out.bank.example",
        "from a.example by b.example",
    ]
    assert is_odd_chain(sound) is False
    assert is_odd_chain(forged) is True
    assert is_odd_chain(None) is None


def test_what_is_unknown_stays_unknown(numbers: Destinations) -> None:
    found = told("auth.login", '{"customer":"alder","credential":"a","ok":true,"src_ip":"192.0.2.1"}', numbers)
    assert [name for name, value in found.items() if value is None] == [
        "country",
        "asn",
        "device",
        "encrypted",
        "agent",
        "contacts",
        "spot",
    ]
    assert all(value is None or value != UNKNOWN for value in found.values())
    assert set(found) <= set(COLUMN_INDEX)
