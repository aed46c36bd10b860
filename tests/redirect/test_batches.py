"""Datagrams many at a time: all come, in order, and each answer goes to the one who asked."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fairwire.serve.redirect.batches import MOST, Batches, possible
from fairwire.serve.redirect.listeners import TOGETHER, UdpListener

pytestmark = pytest.mark.skipif(not possible(), reason="the system has neither recvmmsg nor sendmmsg")


def bound(family: socket.AddressFamily, host: str) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM)
    try:
        one.bind((host, 0))
    except OSError:
        one.close()
        pytest.skip("there is no IPv6 here")
    return one


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"])
def sockets(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket, socket.socket]]:
    """Ours, and two that ask."""
    made = [bound(*request.param) for _ in range(3)]
    made[0].setblocking(False)
    for asking in made[1:]:
        asking.settimeout(5)
    yield made[0], made[1], made[2]
    for one in made:
        one.close()


def test_answers_go_to_the_one_who_asked(sockets: tuple[socket.socket, socket.socket, socket.socket]) -> None:
    ours, one, other = sockets
    batches = Batches(ours)
    assert batches.receive() == []
    for place in range(6):
        (one, other)[place % 2].sendto(b"%d" % place, ours.getsockname())
    come = batches.receive()
    assert 0 <= batches.waited_s() < 60
    assert [data for data, _ in come] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert [source for _, source in come] == [(one, other)[place % 2].getsockname()[:2] for place in range(6)]
    for place in (1, 2, 5):
        batches.answer(place, b"answer to %d" % place)
    assert batches.waiting == 3
    batches.flush()
    assert (batches.waiting, batches.unsent) == (0, 0)
    assert one.recv(100) == b"answer to 2"
    assert [other.recv(100), other.recv(100)] == [b"answer to 1", b"answer to 5"]


def test_a_burst_has_a_bound_and_the_rest_comes_next(sockets: tuple[socket.socket, socket.socket, socket.socket]) -> None:
    ours, one, _ = sockets
    batches = Batches(ours)
    for place in range(MOST + 3):
        one.sendto(b"%d" % place, ours.getsockname())
    assert len(batches.receive()) == MOST
    assert [data for data, _ in batches.receive()] == [b"%d" % place for place in range(MOST, MOST + 3)]


def test_the_longest_datagram_comes_whole_and_an_answer_that_is_too_long_is_counted(
    sockets: tuple[socket.socket, socket.socket, socket.socket],
) -> None:
    ours, one, _ = sockets
    batches = Batches(ours)
    one.sendto(b"x" * 60_000, ours.getsockname())
    ((data, _),) = batches.receive()
    assert data == b"x" * 60_000
    batches.answer(0, b"y" * 65_530)
    batches.answer(0, b"z" * 70_000)
    batches.answer(0, b"short")
    batches.flush()
    assert batches.unsent == 2
    assert one.recv(100) == b"short"


class Recorder:
    """Hears what a listener asks together."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.parts: list[list[bytes]] = []

    def answer_burst(self, come: Sequence[tuple[bytes, object]], *, pressed: bool) -> list[bytes | None]:
        self.parts.append([data for data, _ in come])
        return [None] * len(come)


def test_questions_that_come_together_are_answered_some_at_a_time_and_what_acknowledges_answers_takes_no_place(
    sockets: tuple[socket.socket, socket.socket, socket.socket],
) -> None:
    ours, one, _ = sockets
    sent = [b"ACK %d" % i if i % 2 else b"INVITE %d" % i for i in range(MOST)]
    for data in sent:
        one.sendto(data, ours.getsockname())
    point: Any = Recorder()
    UdpListener(point, ours)._burst()
    assert [data for part in point.parts for data in part] == sent, "all of them, in order"
    assert [sum(data[:3] != b"ACK" for data in part) for part in point.parts] == [TOGETHER, MOST // 2 - TOGETHER]
