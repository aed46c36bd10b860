"""Fetching certificates from addresses that strangers choose: real TLS on this machine, and servers that mean no good."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from certificate_server import FOREVER_S, HOST, Answer, Server, certificate_server, here, text
from fairwire.net.addresses import is_public
from fairwire.net.connecting import Resolve
from fairwire.ports.certificates import CertificateSource
from fairwire.runtime.certificate_fetch import Fetched, fetch
from fairwire.runtime.certificates import HttpsCertificates
from fairwire.stir.causes import Cause
from fairwire.stir.certificates import LARGEST_PEM, Chain, FetchFailure
from stir_authority import authority, judged, signed

URL = f"https://{HOST}/sp.pem"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "fairwire"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with certificate_server(tmp_path) as running:
        running.answer = text(authority().provider.pem + authority().issuer.pem)
        yield running


def answering(*addresses: str) -> Resolve:
    """A look-up that always gives these."""
    return lambda _host, _port: addresses


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def got(server: Server, url: str = URL, timeout_s: float = 5.0) -> Fetched | FetchFailure:
    return fetch(url, resolver=here, allowance=server.allowance, timeout_s=timeout_s)


def reason(found: Fetched | FetchFailure | Chain | None) -> str:
    return found.reason if isinstance(found, FetchFailure) else f"no failure: {found}"


def source(server: Server, clock: Clock | None = None, *, most: int = 10) -> HttpsCertificates:
    return HttpsCertificates(resolver=here, allowance=server.allowance, clock=clock or Clock(), most=most, timeout_s=5)


def test_a_chain_is_fetched_and_verifies_a_call(server: Server) -> None:
    found = got(server)
    assert isinstance(found, Fetched)
    assert found.chain == authority().chain()
    assert found.max_age_s is None
    assert server.requests[0].startswith(b"GET /sp.pem HTTP/1.1\r\nHost: certificates.example\r\n")
    assert judged(signed(), chain=found.chain).cause is Cause.success


@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_both_ports_are_asked(server: Server, port: str) -> None:
    assert isinstance(got(server, f"https://{HOST}{port}/sp.pem"), Fetched)


@pytest.mark.parametrize("url", [f"http://{HOST}/sp.pem", f"https://{HOST}:80/", f"https://me@{HOST}/", f"https://{HOST}/?a"])
def test_an_address_that_may_not_be_asked_is_not_even_looked_up(server: Server, url: str) -> None:
    def unused(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError

    assert reason(fetch(url, resolver=unused, allowance=server.allowance)).startswith("its address")
    assert server.connections == 0


def test_this_machine_is_refused_by_default(server: Server) -> None:
    for url in (f"https://127.0.0.1:{8443}/", "https://localhost/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/"):
        assert reason(fetch(url)) in ("its host is in no public network", "its host has no address"), url
    assert reason(fetch(URL, resolver=here)) == "its host is in no public network"
    assert server.connections == 0


def test_a_name_that_leads_into_a_private_network_is_refused(server: Server) -> None:
    for address in (
        "10.0.0.1",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "fe80::1%eth0",
        "64:ff9b::7f00:1",
        "junk",
    ):
        found = fetch(URL, resolver=answering(address), allowance=server.allowance)
        assert reason(found) == "its host is in no public network", address
    assert server.connections == 0


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["10.0.0.1", "127.0.0.1"], ["10.0.0.2"]]
    connected = []
    real = socket.create_connection

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        return real(address, timeout)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    found = fetch(URL, resolver=lambda _host, _port: answers.pop(0), allowance=server.allowance)
    assert isinstance(found, Fetched)
    assert connected == [("127.0.0.1", server.port)]
    assert answers == [["10.0.0.2"]]


def test_the_peer_that_answers_is_looked_at_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda _address, timeout: real(("127.0.0.1", server.port), timeout))
    assert reason(fetch(URL, resolver=answering("8.8.8.8"))) == "its host is in no public network"
    assert server.requests == []


def test_a_host_without_an_address_says_so(server: Server) -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert reason(fetch(URL, resolver=unknown)) == "its host has no address"
    assert reason(fetch("https://" + "a" * 80 + ".example/")) == "its host has no address"


def test_the_servers_certificate_has_to_be_for_its_name(tmp_path: Path) -> None:
    with certificate_server(tmp_path, "other.example") as server:
        assert reason(got(server)) == "the server's own certificate is not for its host, or not trusted"
        assert server.requests == []


def test_the_servers_certificate_has_to_be_trusted(server: Server, tmp_path: Path) -> None:
    with certificate_server(tmp_path) as other:
        other.port, port = server.port, other.port
        assert reason(got(other)) == "the server's own certificate is not for its host, or not trusted"
        other.port = port


PEM = authority().provider.pem


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (text(PEM, "302 Found", "Location: https://127.0.0.1/"), "the server answered 302"),
        (text(PEM, "301 Moved Permanently", f"Location: https://{HOST}/other.pem"), "the server answered 301"),
        (text(PEM, "404 Not Found"), "the server answered 404"),
        (text(b"<html>"), "what was fetched is no certificate in PEM that can be read"),
        (text(b""), "what was fetched is no certificate in PEM that can be read"),
        (text(PEM + authority().provider.key_pem), "the file has a private key in it, which is then nobody's alone"),
        (text(PEM + b" " * LARGEST_PEM), f"the answer has more than {LARGEST_PEM} bytes"),
        (text(PEM, length=len(PEM) + 1), "the answer was cut off"),
        (text(PEM, "200 OK", *(f"X-{number}: {'x' * 1000}" for number in range(90))), "the connection failed"),
        (lambda connection: connection.sendall(b"junk\r\n\r\n"), "the connection failed"),
        (lambda _connection: None, "the connection failed"),
    ],
)  # fmt: skip
def test_only_an_ordinary_answer_with_certificates_counts(server: Server, answer: Answer, expected: str) -> None:
    server.answer = answer
    assert reason(got(server)) == expected
    assert server.connections == 1


def test_an_answer_in_chunks_is_read(server: Server) -> None:
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(PEM[at : at + 100]), PEM[at : at + 100]) for at in range(0, len(PEM), 100))
    server.answer = lambda connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: public, max-age=7200\r\n\r\n" + pieces + b"0\r\n\r\n"
    )
    found = got(server)
    assert isinstance(found, Fetched)
    assert found.max_age_s == 7200


def test_a_reset_is_a_failure(server: Server) -> None:
    server.reset = True
    assert reason(got(server)) == "the connection failed"


def test_a_server_that_says_nothing_is_left(server: Server) -> None:
    server.answer = lambda _connection: _until(server.over)
    assert reason(got(server, timeout_s=0.3)) == "the server took longer than 0.3 s"


def test_a_server_that_goes_on_by_the_byte_is_left_when_the_time_is_over(server: Server) -> None:
    def drip(connection: ssl.SSLSocket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not server.over.wait(0.02):
            connection.sendall(b"x")

    server.answer = drip
    assert reason(got(server, timeout_s=0.4)) == "the server took longer than 0.4 s"


def test_a_server_that_never_shakes_hands_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = fetch(
            URL, resolver=here, timeout_s=0.2, allowance=Server(authority().root, silent.getsockname()[1]).allowance
        )  # fmt: skip
    assert reason(found) == "the server took longer than 0.2 s"


def _until(event: threading.Event) -> None:
    assert event.wait(FOREVER_S)


# What is kept.


def test_a_call_never_waits_and_the_next_one_knows(server: Server) -> None:
    certificates: CertificateSource = (kept := source(server))
    assert certificates.get(URL) is None
    assert judged(signed(), chain=lambda _url: None).cause is Cause.cert_pending
    assert kept.wait(URL, 10) == authority().chain()
    assert certificates.get(URL) == authority().chain()
    assert server.connections == 1
    certificates.close()


def test_one_address_is_fetched_once_at_a_time(server: Server) -> None:
    let_go = threading.Event()
    usual = server.answer

    def held(connection: ssl.SSLSocket) -> None:
        _until(let_go)
        usual(connection)

    server.answer = held
    certificates = source(server)
    assert [certificates.get(URL) for _ in range(50)] == [None] * 50
    let_go.set()
    assert certificates.wait(URL, 10) == authority().chain()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("control", "age_s"),
    [
        ("", 86_400),
        ("max-age=3600", 3600),
        ("public, MAX-AGE=3600", 3600),
        ("max-age=5", 60),
        ("no-store", 60),
        ("max-age=999999999", 7 * 86_400),
        ("s-maxage=3600, max-age=x", 86_400),
    ],
)
def test_a_certificate_stays_as_long_as_its_server_says_within_bounds(server: Server, control: str, age_s: int) -> None:
    clock = Clock()
    server.answer = text(PEM, "200 OK", f"Cache-Control: {control}")
    certificates = source(server, clock)
    assert isinstance(certificates.wait(URL, 10), Chain)
    clock.now += 0.89 * age_s
    assert isinstance(certificates.get(URL), Chain)
    assert server.connections == 1
    clock.now += 0.12 * age_s
    assert certificates.get(URL) is None
    assert isinstance(certificates.wait(URL, 10), Chain)
    assert server.connections == 2


def test_a_certificate_near_its_end_is_fetched_anew_while_it_serves(server: Server) -> None:
    clock = Clock()
    certificates = source(server, clock)
    certificates.wait(URL, 10)
    server.answer = text(PEM)
    clock.now += 0.95 * 86_400
    assert certificates.get(URL) == authority().chain()
    with certificates._turn:
        certificates._turn.wait_for(lambda: not certificates._asked, 10)
    assert server.connections == 2
    found = certificates.get(URL)
    assert isinstance(found, Chain)
    assert len(found.certificates) == 1


def test_a_renewal_that_fails_takes_nothing_away(server: Server) -> None:
    clock = Clock()
    certificates = source(server, clock)
    certificates.wait(URL, 10)
    server.answer = text(b"", "503 Service Unavailable")
    clock.now += 0.95 * 86_400
    for _ in range(3):
        assert isinstance(certificates.get(URL), Chain)
        with certificates._turn:
            certificates._turn.wait_for(lambda: not certificates._asked, 10)
    assert server.connections == 2
    clock.now += 0.06 * 86_400
    assert reason(certificates.wait(URL, 10)) == "the server answered 503"


def test_a_failure_is_not_asked_again_for_half_a_minute(server: Server) -> None:
    clock = Clock()
    server.answer = text(b"", "404 Not Found")
    certificates = source(server, clock)
    assert reason(certificates.wait(URL, 10)) == "the server answered 404"
    clock.now += 29
    assert reason(certificates.get(URL)) == "the server answered 404"
    assert server.connections == 1
    clock.now += 2
    assert certificates.get(URL) is None


def test_what_is_kept_is_bounded_and_failures_push_out_no_certificate(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwire.runtime.certificates._MOST_FAILURES", 2)
    certificates = source(server, most=2)
    urls = [f"https://{HOST}/{number}.pem" for number in range(3)]
    for url in urls[:2]:
        certificates.wait(url, 10)
    certificates.get(urls[0])
    certificates.wait(urls[2], 10)
    assert [url in certificates._kept for url in urls] == [True, False, True]
    server.answer = text(b"", "404 Not Found")
    for number in range(5):
        certificates.wait(f"https://{HOST}/missing{number}.pem", 10)
    assert (len(certificates._kept), len(certificates._failed)) == (2, 2)


def test_a_flood_of_addresses_is_turned_away_without_waiting(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwire.runtime.certificates._MOST_WAITING", 3)
    server.answer = lambda _connection: _until(server.over)
    certificates = source(server)
    found = [certificates.get(f"https://{HOST}/{number}.pem") for number in range(20)]
    assert [one for one in found if one is not None and reason(one) != "too many certificates are being fetched"] == []
    assert found.count(None) <= 4 + 3
    certificates.close()
    assert reason(certificates.get(URL)) == "too many certificates are being fetched"


def test_an_address_that_may_not_be_asked_fails_at_once_and_takes_no_room() -> None:
    certificates = HttpsCertificates()
    assert reason(certificates.get("http://certificates.example/sp.pem")) == "its address is not https"
    assert (len(certificates._failed), len(certificates._asked)) == (0, 0)


def test_an_error_of_ours_leaves_nothing_waiting(server: Server) -> None:
    def broken(_host: str, _port: int) -> Sequence[str]:
        raise KeyError

    certificates = HttpsCertificates(resolver=broken, clock=Clock())
    assert reason(certificates.wait(URL, 10)) == "the fetch ended in an error of ours"


def test_nothing_in_the_product_allows_addresses_of_this_machine() -> None:
    uses = [
        (path.name, line.strip())
        for path in SOURCE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bAllowance\(|allowance=", line)
    ]
    assert [use for use in uses if use[0] != "certificates.py" or "allowance=self._allowance" not in use[1]] == []


SPECIAL = """
0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.9 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1
2001::1 2001:0:4136:e378::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd12::1 fe80::1 fe80::1%1
fec0::1 ff02::1 4000::1 2606:4700:4700::1111%eth0 localhost 8.8.8 08.8.8.8 134744072 0x8080808
"""


@pytest.mark.parametrize("address", [*SPECIAL.split(), ""])
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)
