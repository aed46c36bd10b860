"""Webhooks: signed as the standard has it, told once however often they are sent, and never led astray."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from certificate_server import certificate_server
from edge_bench import ACME, OTHER_SECRET, SECRET, Bench, order, receiver_bench, secret_file
from edge_http import Receiver
from fairwire.enforcers.webhook import Webhook, allowed, signature
from fairwire.net.connecting import Deadline
from fairwire.net.http import Asking, NoReply, read_address
from fairwire.ports.enforcers import BadEdge, Item, Site


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = receiver_bench(tmp_path)
    yield made
    assert made.server is not None
    made.server.close()


@pytest.fixture
def receiver(bench: Bench) -> Receiver:
    assert isinstance(bench.server, Receiver)
    return bench.server


def item(bench: Bench, **more: Any) -> Item:
    (made,) = bench.open().items(order(**more), ACME)
    return made


def test_a_signature_is_that_of_the_standard() -> None:
    # The example that the libraries of the standard are tested with.
    from base64 import b64decode

    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_told_names_the_order_the_item_and_whether_it_is_wanted(bench: Bench, receiver: Receiver) -> None:
    edge = bench.open()
    wanted = item(bench)
    edge.put(wanted)
    edge.restore(wanted, None)
    (headers, first), (_, second) = receiver.messages
    assert headers["webhook-id"].startswith("msg_")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert first["type"] == "fairwire.item.wanted"
    assert first["data"]["edge"] == "edge-one"
    assert first["data"]["key"] == "cust:acme"
    assert first["data"]["item"] == {
        "order_id": "o-0123456789abcdef", "step": "suspend", "target": "customer", "value": None, "customer": "acme",
        "user": None, "line": None, "policy": "natterbox@1", "clauses": ["N01"], "reason": "40 calls in ten minutes.",
        "created": "2026-03-02T12:00:00Z", "expires": "2026-03-02T13:00:00Z",
    }  # fmt: skip
    assert second["type"] == "fairwire.item.gone"
    assert second["data"]["item"] == first["data"]["item"]
    assert second["data"]["sequence"] > first["data"]["sequence"]


def test_every_attempt_has_one_id_also_after_a_restart(bench: Bench, receiver: Receiver) -> None:
    wanted = item(bench)
    receiver.status = 503
    assert bench.open().put(wanted).outcome == "later"
    receiver.status = 204
    for _ in range(2):
        assert bench.open().put(wanted).outcome == "done"
    assert len(receiver.messages) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.messages}) == 1
    assert len({json.dumps(body) for _, body in receiver.messages}) == 1


def test_what_is_told_again_after_something_else_has_another_id(bench: Bench, receiver: Receiver) -> None:
    mild, severe = item(bench), item(bench, step="terminate", order_id="o-2")
    edge = bench.open()
    for each in (mild, severe, mild):
        assert edge.put(each).outcome == "done"
        edge = bench.open()
    assert receiver.held["cust:acme"] == mild.value, "a receiver that leaves out what it has seen has what is wanted"
    edge.restore(mild, None)
    edge.put(mild)
    assert receiver.held["cust:acme"] == mild.value
    assert len({headers["webhook-id"] for headers, _ in receiver.messages}) == 5


def test_two_secrets_are_good_while_one_takes_the_place_of_the_other(bench: Bench, receiver: Receiver) -> None:
    secret_file(bench.folder, OTHER_SECRET, "new")
    edge = bench.open(secret_files=["new", "secret"])
    for known in ([SECRET], [OTHER_SECRET]):
        receiver.secrets = known
        assert edge.put(item(bench)).outcome == "done"
    receiver.secrets = [OTHER_SECRET]
    told = bench.open().put(item(bench))
    assert (told.outcome, told.answer) == ("never", "401 the signature is wrong")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "done"), (204, "done"), (299, "done"), (301, "never"), (302, "never"), (307, "never"), (400, "never"),
        (404, "never"), (410, "never"), (408, "later"), (409, "later"), (429, "later"), (500, "later"), (502, "unknown"),
        (503, "later"), (504, "unknown"),
    ],
)  # fmt: skip
def test_a_status_says_what_became_of_it(bench: Bench, receiver: Receiver, status: int, outcome: str) -> None:
    receiver.status = status
    receiver.more = ("Location: http://127.0.0.1:1/elsewhere",) if 300 <= status < 400 else ()
    told = bench.open().put(item(bench))
    assert told.outcome == outcome
    assert receiver.connections == 1, "redirects are not followed"


def test_an_answer_without_end_is_left(bench: Bench, receiver: Receiver) -> None:
    from edge_http import response

    receiver._taken = lambda request: response(200, b"x" * 200_000)  # type: ignore[method-assign]
    told = bench.open().put(item(bench))
    assert (told.outcome, told.answer) == ("unknown", "the answer has more than 65536 bytes")


def site(folder: Path) -> Site:
    return Site(name="hook", folder=folder, timeout_s=1, is_help=lambda _: False)


PRIVATE = ("10.0.0.1", "172.16.9.9", "192.168.1.1", "127.0.0.1", "::1", "100.64.0.1", "fd00::1")
NEVER = ("169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "junk")  # noqa: S104
PUBLIC = ("8.8.8.8", "2606:4700::1111")


@pytest.mark.parametrize(
    ("url", "setting", "may", "may_not"),
    [
        ("https://hooks.example/", False, PUBLIC, PRIVATE + NEVER),
        ("https://hooks.example/", True, PUBLIC + PRIVATE, NEVER),
        ("https://hooks.example/", ["10.0.0.0/8"], (*PUBLIC, "10.0.0.1"), (*PRIVATE[1:], *NEVER)),
        ("https://hooks.example/", ["169.254.0.0/16"], (*PUBLIC, "169.254.169.254"), PRIVATE + NEVER[1:]),
        ("http://hooks.example/", True, PRIVATE, PUBLIC + NEVER),
        ("http://127.0.0.1:8080/", False, ("127.0.0.1",), (*PUBLIC, *NEVER, "10.0.0.1", "192.168.1.1")),
        ("http://localhost/", False, ("127.0.0.1", "::1"), (*PUBLIC, *NEVER, "10.0.0.1")),
    ],
)
def test_a_receiver_may_be_where_the_settings_let_it(
    tmp_path: Path, url: str, setting: bool | list[str], may: Sequence[str], may_not: Sequence[str]
) -> None:
    may_connect = allowed(setting, read_address(url), site(tmp_path))
    assert [address for address in may if not may_connect(address)] == []
    assert [address for address in may_not if may_connect(address)] == []


def test_a_name_that_leads_into_a_private_network_is_not_connected_to(bench: Bench, receiver: Receiver, tmp_path: Path) -> None:
    address = read_address(f"https://hooks.example:{receiver.port}/")
    may_connect = allowed(False, address, site(tmp_path))
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1", "10.0.0.1"]

    hook = Webhook(address, [b"k" * 24], may_connect, None, site(tmp_path), resolver=resolver)
    told = hook.put(item(bench))
    assert (told.outcome, told.answer) == ("later", "hooks.example leads to an address that may not be connected to")
    assert hook.look("x")[0].outcome == "later"
    assert asked == ["hooks.example"] * 2, "looked up once for each request"
    assert receiver.connections == 0


def test_a_receivers_certificate_must_be_for_it_and_trusted(tmp_path: Path) -> None:
    with certificate_server(tmp_path) as server:
        address = read_address(f"https://certificates.example:{server.port}/hook")
        (tmp_path / "ca.pem").write_bytes(server.authority.pem)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        for context, outcome in ((trusting, "done"), (None, "later")):
            hook = Webhook(
                address, [b"k" * 24], lambda _: True, context, site(tmp_path), resolver=lambda _host, _port: ["127.0.0.1"]
            )
            told, _ = hook.look("cust:acme")
            assert told.outcome == outcome, told
        assert told.answer == f"the certificate of certificates.example:{server.port} is not for it, or not trusted"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("ftp://hooks.example/", "it does not begin with http:// or https://"),
        ("https://user:pass@hooks.example/", "it has a user name or a password in it"),
        ("https://hooks.example/#part", "it has a fragment"),
        ("https:///path", "it names no host that can be connected to"),
        ("https://hooks.example:0/", "it names no host that can be connected to"),
        ("https://hooks.example:99999/", "it cannot be read as a URL"),
        ("https://hooks.example/a b", "it has characters that must be escaped with %"),
        ("https://hooks.example/\r\nX: y", "it has characters that must be escaped with %"),
        ("https://hooks.example/ü", "it has characters that must be escaped with %"),
        ("https://[::1", "it cannot be read as a URL"),
    ],
)
def test_a_url_that_cannot_be_asked_is_refused_without_being_shown(bench: Bench, url: str, fault: str) -> None:
    with pytest.raises(BadEdge, match="`url` of the edge `edge-one` cannot be used") as caught:
        bench.open(url=url)
    assert fault in caught.value.message
    assert "pass" not in caught.value.message.replace("password", "")


def test_plain_http_is_for_this_machine_alone(bench: Bench) -> None:
    with pytest.raises(BadEdge, match="must begin with https://"):
        bench.open(url="http://hooks.example/")
    with pytest.raises(BadEdge, match="is no list of networks"):
        bench.open(url="https://hooks.example/", allow_private=["10.0.0.1/8"])


def test_a_slow_name_server_holds_nothing_up(tmp_path: Path) -> None:
    import threading

    over = threading.Event()

    def resolver(host: str, port: int) -> Sequence[str]:
        over.wait(10)
        return []

    asking = Asking(may_connect=lambda _: True, largest=10, resolver=resolver)
    began = time.monotonic()
    reply = asking.ask("GET", read_address("http://slow.example/"), Deadline(0.1), headers={})
    over.set()
    assert reply == NoReply(why="nobody says in time where slow.example is", sent=False)
    assert time.monotonic() - began < 2


def test_a_header_cannot_become_two(receiver: Receiver) -> None:
    asking = Asking(may_connect=lambda _: True, largest=10)
    address = read_address(f"http://127.0.0.1:{receiver.port}/")
    reply = asking.ask("GET", address, Deadline(1), headers={"If-Match": "x\r\nX-Other: y"})
    assert reply == NoReply(why="a header has a line end in it", sent=False)
    assert receiver.asked == []
