"""A stream gives the same messages however it was cut, and is given up when nobody can tell where the next one begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip import PING, BrokenStream, Frames
from written_sip import written

FIRST = written(Content_Length="8") + b"v=0\r\n\r\nx"
SECOND = written(Content_Length=None, l="0")
STREAM = b"\r\n" + FIRST + PING + SECOND + FIRST
WANTED = [FIRST, PING, SECOND, FIRST]


def _fed(pieces: list[bytes], limit: int = 65536) -> tuple[list[bytes], str]:
    frames, found = Frames(limit), []
    for piece in pieces:
        try:
            found += frames.feed(piece)
        except BrokenStream as error:
            return found + error.frames, str(error)
    return found, ""


def test_a_split_at_every_byte_gives_the_same_messages() -> None:
    for at in range(len(STREAM) + 1):
        assert _fed([STREAM[:at], STREAM[at:]]) == (WANTED, "")
    assert _fed([STREAM[at : at + 1] for at in range(len(STREAM))]) == (WANTED, "")


@given(
    st.lists(
        st.sampled_from([FIRST, SECOND, PING, b"\r\n", b"\r", b"\n", b"x", b"l: 1\r\n", b"\r\n\r\n\r\n", FIRST[:40]]), max_size=8
    )
)
def test_any_stream_is_read_the_same_way_at_once_and_byte_by_byte(parts: list[bytes]) -> None:
    data = b"".join(parts)
    for limit in (65536, 600, 60):
        assert _fed([data], limit) == _fed([data[at : at + 1] for at in range(len(data))], limit)


@pytest.mark.parametrize(
    "length",
    [{"Content-Length": None}, {"Content-Length": "x"}, {"Content-Length": "-1"}, {"l": "0"}, {"Content-Length": "99999999999"}],
)
def test_a_length_that_is_missing_doubled_or_no_number_ends_the_stream_after_what_came_before(
    length: dict[str, str | None],
) -> None:
    bad = written(**length)
    frames = Frames()
    with pytest.raises(BrokenStream) as caught:
        frames.feed(FIRST + bad + FIRST)
    assert caught.value.frames == [FIRST]
    with pytest.raises(BrokenStream):
        frames.feed(FIRST)


def test_a_folded_length_and_a_length_in_another_value_are_told_apart() -> None:
    folded = written(Content_Length="\r\n  3") + b"abc"
    hidden = written(Subject="Content-Length: 7", Content_Length="3") + b"abc"
    assert Frames().feed(folded + hidden) == [folded, hidden]


def test_mixed_line_ends_end_the_stream() -> None:
    assert "line ends" in _fed([written(Subject="x\nContent-Length: 7")])[1]
    assert "CR without LF" in _fed([b"\rX"])[1]


def test_a_message_and_its_head_have_a_limit() -> None:
    assert "head" in _fed([b"x" * 101], 100)[1]
    assert "head" in _fed([b"x" * 98 + b"\r\n\r\n"], 100)[1]
    assert "longer than the limit" in _fed([FIRST], len(FIRST) - 1)[1]
    assert _fed([FIRST], len(FIRST)) == ([FIRST], "")
