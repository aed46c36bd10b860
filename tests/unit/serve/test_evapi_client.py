"""The connection to an event socket: netstrings, many questions in one read, and another connection after each that ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.serve.redirect.evapi_client import LONGEST_MESSAGE, BrokenNetstring, EvapiClient, Netstrings, _Wire, netstring


@given(st.lists(st.binary(max_size=60), max_size=8), st.data())
def test_messages_come_out_whole_however_the_stream_is_cut(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(netstring, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    frames, found = Netstrings(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += frames.feed(stream[begin:end])
    assert found == messages


@pytest.mark.parametrize("bad", [b"x", b":", b"3abc", b"3:abcd", b"-1:a,", b"999999:", b"123456", b"70000:", b" 1:a,", b"1 :a,"])
def test_what_is_no_netstring_ends_the_stream_and_spares_what_came_before(bad: bytes) -> None:
    with pytest.raises(BrokenNetstring) as caught:
        Netstrings().feed(b"2:ok," + bad)
    assert caught.value.whole == [b"ok"]


@given(st.binary(max_size=200))
def test_any_bytes_are_messages_or_broken(data: bytes) -> None:
    with contextlib.suppress(BrokenNetstring):
        Netstrings().feed(data)


def test_the_longest_message_is_taken() -> None:
    assert Netstrings().feed(netstring(b"x" * LONGEST_MESSAGE)) == [b"x" * LONGEST_MESSAGE]


class Point:
    """Answers each question with itself."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.pressed: list[bool] = []
        self.bursts: list[int] = []
        self.waiting = 0
        self.taken = 0

    def answer_each(self, messages: Sequence[bytes], *, pressed: bool = False) -> list[bytes | None]:
        self.pressed += [pressed] * len(messages)
        self.bursts.append(len(messages))
        self.waiting += messages.count(b"event")
        return [None if message == b"event" else message for message in messages]

    def take_in(self) -> None:
        self.taken += self.waiting
        self.waiting = 0


async def read_netstring(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readuntil(b":"))[:-1])
    return (await reader.readexactly(length + 1))[:-1]


async def with_proxy(use: Any) -> Point:
    """Run `use(connections, point)` with a client that connects to a listening proxy."""
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda reader, writer: connections.put_nowait((reader, writer)), "127.0.0.1", 0)
    made: Any = Point()
    client = EvapiClient(made, "127.0.0.1", server.sockets[0].getsockname()[1], rand=lambda: 0.0)
    await client.start()
    try:
        async with asyncio.timeout(10):
            await use(connections, made)
    finally:
        await client.close()
        server.close()
    return made  # type: ignore[no-any-return]


def test_many_questions_in_one_read_are_answered_in_order() -> None:
    async def use(connections: Any, point: Point) -> None:
        reader, writer = await connections.get()
        messages = [json.dumps({"i": place}).encode() for place in range(500)]
        writer.write(b"".join(map(netstring, messages)))
        assert [await read_netstring(reader) for _ in messages] == messages
        writer.close()

    asyncio.run(with_proxy(use))


class Sent:
    """A transport that keeps what is written, and has no socket."""

    def __init__(self) -> None:
        self.data = b""

    def get_extra_info(self, name: str) -> None:
        return None

    def write(self, data: bytes) -> None:
        self.data += data

    def get_write_buffer_size(self) -> int:
        return 0


def test_questions_of_reads_that_follow_one_another_at_once_are_answered_together_and_none_is_lost_at_the_end() -> None:
    async def run() -> tuple[Point, bytes]:
        point, sent = Point(), Sent()
        wire = _Wire(point)  # type: ignore[arg-type]
        wire.connection_made(sent)  # type: ignore[arg-type]
        for stream in (netstring(b"a") + b"3:b", b"cd," + netstring(b"event"), netstring(b"e")):
            wire.get_buffer(-1)[: len(stream)] = stream
            wire.buffer_updated(len(stream))
        while not sent.data:
            await asyncio.sleep(0)
        stream = netstring(b"event")
        wire.get_buffer(-1)[: len(stream)] = stream
        wire.buffer_updated(len(stream))
        wire.connection_lost(None)
        return point, sent.data

    point, sent = asyncio.run(run())
    assert sent == netstring(b"a") + netstring(b"bcd") + netstring(b"e")
    assert point.bursts == [4, 1]
    assert point.taken == 2, "also what came just before the end"


def test_a_connection_that_ends_is_followed_by_another() -> None:
    async def use(connections: Any, point: Point) -> None:
        reader, writer = await connections.get()
        writer.write(netstring(b"good") + b"garbage")
        assert await read_netstring(reader) == b"good"
        assert await reader.read() == b"", "what cannot be cut any more is closed"
        writer.close()
        reader, writer = await connections.get()
        writer.write(netstring(b"again"))
        assert await read_netstring(reader) == b"again"
        writer.close()

    point = asyncio.run(with_proxy(use))
    assert point.counts["broken_stream"] == 1
    assert point.counts["connected"] >= 2


def test_events_are_taken_in_soon_and_at_the_end() -> None:
    async def use(connections: Any, point: Point) -> None:
        reader, writer = await connections.get()
        writer.write(netstring(b"event") * 3 + netstring(b"question"))
        assert await read_netstring(reader) == b"question"
        while point.taken < 3:
            await asyncio.sleep(0)
        writer.write(netstring(b"event") + netstring(b"question"))
        assert await read_netstring(reader) == b"question"
        writer.close()

    assert asyncio.run(with_proxy(use)).taken == 4


def test_nobody_there_is_counted_and_tried_again() -> None:
    async def run() -> Counter[str]:
        point: Any = Point()
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        client = EvapiClient(point, "127.0.0.1", port, rand=lambda: 0.0)
        await client.start()
        async with asyncio.timeout(10):
            while point.counts["not_connected"] < 2:
                await asyncio.sleep(0)
        await client.close()
        return Counter(point.counts)

    assert asyncio.run(run())["connected"] == 0
