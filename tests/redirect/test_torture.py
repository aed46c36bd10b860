"""Messages that were written to break readers, at the redirect point: nothing breaks, and what is answered can be read.

They are other people's files and not in the repository: FAIRWIRE_CORPUS names the folder that has them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_point import EMERGENCY, invite

import redirect_point
from fairwire.serve.redirect.point import RedirectPoint
from fairwire.sip import Malformed, Response, read
from redirect_point import SBC, Made

live, made = redirect_point.live, redirect_point.made


def is_answer(data: bytes) -> bool:
    """It is an answer; where its Via cannot be read, because that of the question could not."""
    found = read(data)
    return isinstance(found, Response) or (isinstance(found, Malformed) and isinstance(found.message, Response))


@pytest.mark.parametrize("folder", ["sip_rfc4475", "sip_rfc5118", "sip_kamailio_samples"])
def test_no_message_breaks_the_point(made: Made, folder: str) -> None:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    point, answered = made(), 0
    files = [path for path in sorted((Path(corpus) / folder).rglob("*")) if path.is_file() and path.suffix != ".json"]
    assert len(files) >= 12
    for path in files:
        data = path.read_bytes()
        for cut in (data, data.replace(b"\n", b"\r\n"), data[:-1], data[: len(data) // 2]):
            answer = point.answer(cut, SBC)
            if answer is not None:
                answered += 1
                assert is_answer(answer), path.name
    assert answered > 0
    assert point.counts["failed"] == 0


@pytest.mark.parametrize("via", ["SIP/2.0/UDP", ";;;", "SIP / 2.0 / UDP", "\u00e9"])
def test_a_call_for_help_with_a_via_that_cannot_be_read_is_redirected(made: Made, via: str) -> None:
    for uri in EMERGENCY:
        assert (made().answer(invite(uri=uri, Via=via), SBC) or b"").startswith(b"SIP/2.0 302 ")
    assert (made().answer(invite(Via=via), SBC) or b"").startswith(b"SIP/2.0 400 ")


@given(data=st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda cut: invite().replace(b"CSeq", cut, 1))))
def test_no_bytes_break_the_point(data: bytes) -> None:
    class Nobody:
        def __getattr__(self, name: str) -> object:
            raise AssertionError("nothing malformed is decided")

        def is_emergency(self, called: str, country: str = "") -> bool:
            return False

    from fairwire.serve.redirect.peers import Peers

    point = RedirectPoint(Nobody(), Peers([redirect_point.peer_of()]), b"key")  # type: ignore[arg-type]
    answer = point.answer(data, SBC)
    assert answer is None or is_answer(answer)
