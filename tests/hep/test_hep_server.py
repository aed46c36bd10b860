"""Sockets, settings, the hand-over to the service and the calls that are kept over a restart."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from mirrored import NOW_US, Talk

from fairwire.model.errors import BadInput, BadUse, FairwireError
from fairwire.ports.service import Accepted
from fairwire.serve.hep.attempts import Attempts
from fairwire.serve.hep.calls import Calls
from fairwire.serve.hep.feed import SLICE, Feed
from fairwire.serve.hep.kept import FILE, SPARE, KeptCalls
from fairwire.serve.hep.point import HepPoint
from fairwire.serve.hep.server import HepServer, HepSockets, own_addresses
from fairwire.serve.hep.settings import HepSettings, read_hep
from fairwire.serve.hep.states import Call
from fairwire.serve.redirect.peers import LOOPBACK, Peers
from fairwire.serve.settings import read_settings
from fairwire.sip.hep import Captured, encode

EVERY_ADDRESS = str(ip_address(0))


class Refusal(FairwireError):
    """The disk is full."""

    code = "FW-TEST-001"


class Service:
    """Takes everything, unless its disk is full."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.slices: list[int] = []
        self.full = False

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        if self.full:
            raise Refusal("the disk is full")
        self.lines += lines
        self.slices.append(len(lines))
        return Accepted(accepted=len(lines), duplicates=0, rejected=[])

    async def durable(self) -> None:
        """At once."""

    def owner_of_number(self, number: str) -> str | None:
        return "willow" if number == "+442079460120" else None

    def owner_of_address(self, address: str) -> str | None:
        return None

    def kinds(self) -> list[str]:
        return [json.loads(line)["type"].removeprefix("call.") for line in self.lines]


def server(service: Service, folder: Path | None, **given: object) -> tuple[HepServer, tuple[str, int]]:
    settings = HepSettings(listen="127.0.0.1:0", **given)  # type: ignore[arg-type]
    sockets = HepSockets(settings, ("127.0.0.1", 0))
    made = HepServer(service, sockets, settings, lambda: NOW_US, peers=(LOOPBACK,), folder=folder)  # type: ignore[arg-type]
    return made, sockets.udp.getsockname()


def test_udp_and_tcp_are_read_and_handed_over_at_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        listening, address = server(service, tmp_path)
        await listening.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for message in Talk(call_id="by-udp").whole():
                udp.sendto(encode(message), address)
        packets = b"".join(encode(message) for message in Talk(call_id="by-tcp").whole())
        _, writer = await asyncio.open_connection(*address)
        for at in range(0, len(packets), 700):
            writer.write(packets[at : at + 700])
            await writer.drain()
        _, broken = await asyncio.open_connection(*address)
        broken.write(b"GET / HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(30):
            while listening.counts["ended"] < 2 or not listening.counts["broken_stream"]:
                await asyncio.sleep(0)
        writer.close()
        broken.close()
        await listening.close()

    service = Service()
    asyncio.run(run())
    assert sorted(service.kinds()) == ["answered", "answered", "attempt", "attempt", "ended", "ended"]


def test_a_call_that_began_before_a_restart_ends_after_it(tmp_path: Path) -> None:
    async def run(messages: list[Captured]) -> None:
        listening, _ = server(service, tmp_path)
        await listening.start()
        for message in messages:
            listening.point.take(encode(message), "127.0.0.1")
        await listening.close()

    service = Service()
    talk = Talk(call_id="one")
    asyncio.run(run([*talk.asked(), *talk.answered()]))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    with (tmp_path / FILE).open("ab") as torn:
        torn.write(b'{"key":"AA')
    asyncio.run(run(talk.released(30.0)))
    assert service.kinds() == ["attempt", "answered", "ended"]
    assert json.loads(service.lines[-1])["data"]["duration_s"] == 25
    asyncio.run(run(talk.released(30.0)))
    assert service.kinds() == ["attempt", "answered", "ended"]


def test_what_the_disk_refuses_waits_and_is_told_once() -> None:
    service, calls = Service(), Calls()
    point = HepPoint(calls, Attempts(service, Peers()), lambda: NOW_US)  # type: ignore[arg-type]
    feed = Feed(service, calls, None, lambda: NOW_US)  # type: ignore[arg-type]
    for i in range(SLICE):
        for message in Talk(call_id=f"call-{i}").whole():
            point.take(encode(message), "127.0.0.1")
    service.full = True
    asyncio.run(feed.turn())
    assert service.lines == []
    service.full = False
    asyncio.run(feed.turn())
    asyncio.run(feed.turn())
    assert len(service.lines) == 3 * SLICE
    assert max(service.slices) == SLICE


def test_the_file_of_open_calls_does_not_grow_with_the_calls_that_are_over(tmp_path: Path) -> None:
    kept = KeptCalls(tmp_path)
    still = Call(call_id="up", caller_tag=b"t", cseq=1, hops=1, start_us=1, data=b"{}", rank=1, heard_us=1, told=True)
    for i in range(3 * SPARE // 100):
        kept.write({b"%d-%d" % (i, j): None for j in range(100)}, [(b"up", still)], 1)
    kept.close()
    with (tmp_path / FILE).open("rb") as lines:
        assert sum(1 for _ in lines) <= SPARE + 200
    assert KeptCalls(tmp_path).load() == {b"up": still}


def test_others_are_listened_to_only_when_they_are_named() -> None:
    with pytest.raises(BadUse) as caught:
        HepSockets(HepSettings(), (EVERY_ADDRESS, 0))
    assert "only this machine's is taken" in caught.value.sentence()
    HepSockets(HepSettings(addresses=(ip_network("192.0.2.0/24"),)), (EVERY_ADDRESS, 0)).close()


def test_a_socket_on_every_address_does_not_say_where_it_is_reached() -> None:
    with socket.socket() as one, socket.socket() as every:
        one.bind(("127.0.0.1", 0))
        every.bind((EVERY_ADDRESS, 0))
        assert own_addresses((one, every, None)) == {one.getsockname()}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lisen = 'x'", "the setting `hep.lisen` does not exist; did you mean `listen`?"),
        ("listen = 5", "the setting `hep.listen` must be a text"),
        ("ends = 'no'", "the setting `hep.ends` must be true or false"),
        ("addresses = ['proxy']", "`proxy` of `hep.addresses` is no IP address or network"),
        ("addresses = [1]", "the setting `hep.addresses` must be a text or a list of texts"),
        ("decision_points = ['192.0.2.5']", "`192.0.2.5` of `hep.decision_points` is no ADDRESS:PORT; give 192.0.2.5:5060"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text(f"[hep]\n{text}\n")
    with pytest.raises(BadInput) as caught:
        read_settings(file)
    assert said in caught.value.sentence()


def test_the_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text(
        '[hep]\nlisten = "192.0.2.5:9060"\nkey_file = "key"\naddresses = "192.0.2.10"\n'
        'decision_points = ["[2001:db8::5]:5080"]\nends = false\n'
    )
    found = read_settings(file).hep
    assert (found.listen, found.key_file, found.ends) == ("192.0.2.5:9060", tmp_path / "key", False)
    assert (found.addresses, found.decision_points) == ((ip_network("192.0.2.10/32"),), (("2001:db8::5", 5080),))
    assert read_settings(file, hep="127.0.0.1:9").hep.listen == "127.0.0.1:9"
    with pytest.raises(BadInput, match="cannot be read"):
        HepSockets(found, ("192.0.2.5", 0))


def test_an_empty_section_takes_this_machine_only(tmp_path: Path) -> None:
    assert read_hep({}, tmp_path) == HepSettings()
    assert HepSettings().only_loopback
