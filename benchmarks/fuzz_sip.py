"""A fuzzer over everything that touches bytes of a peer: reading, facts, keys, answers and framing.

    pip install atheris
    python benchmarks/fuzz_sip.py CORPUS [-max_total_time=600 ...]

CORPUS is a folder of messages to begin with, and gets what is found; further arguments are libFuzzer's. It stops at the first
exception that is none of the documented ones, and at the first property that does not hold:

* `read` never raises; `read_invite`, `transaction_key` and `tag_for` never raise for what it took
* the answer to a request can be read, copies its Call-ID and CSeq, and has a tag
* a number that was found has no escape that was decoded twice, and is the same when it is asked for again
* a stream gives the same messages whole and cut in two
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["fairwire.sip"]):
    from fairwire.sip import (
        BrokenStream,
        Frames,
        Malformed,
        Request,
        Response,
        contact_elsewhere,
        number_of,
        read,
        read_invite,
        read_uri,
        reply,
        tag_for,
        transaction_key,
    )
    from fairwire.sip.dialogs import tag_of

SECRET = b"0123456789abcdef"
SOURCE = ("192.0.2.10", 5060)


def fed(pieces: list[bytes]) -> tuple[list[bytes], str]:
    """The frames of a stream and why it was given up."""
    frames, found = Frames(), []
    for piece in pieces:
        try:
            found += frames.feed(piece)
        except BrokenStream as error:
            return found + error.frames, str(error)
    return found, ""


def judged(request: Request) -> None:
    """All that a server does with a request that is well formed."""
    facts = read_invite(request, trusted=True)
    assert facts.called == number_of(read_uri(facts.request_uri))
    assert read_invite(request, trusted=False).asserted == ()
    assert transaction_key(request) == transaction_key(request)
    tag = tag_for(SECRET, request)
    try:
        contact = contact_elsewhere(request.uri, {"fw": "1"})
    except ValueError:
        contact = "" if read_uri(facts.request_uri).scheme not in ("sip", "sips", "tel") else "refused"
    assert contact != "refused"
    if request.method == b"ACK":
        return
    given = [("Contact", contact)] if contact else []
    data = reply(request, 302, "Moved Temporarily", tag=tag, headers=given, source=SOURCE)
    answer = read(data)
    assert isinstance(answer, Response), answer
    assert answer.value(b"call-id") == request.value(b"call-id")
    assert answer.value(b"cseq") == request.value(b"cseq")
    assert answer.value(b"from") == request.value(b"from")
    assert len(answer.lines(b"via")) == len(request.lines(b"via"))
    assert tag_of(answer.value(b"to") or b"") is not None
    assert len(answer.lines(b"contact")) == len(given)


def one_input(data: bytes) -> None:
    """One datagram, and the same as a stream."""
    message = read(data)
    if isinstance(message, Request):
        judged(message)
    elif isinstance(message, Malformed) and (request := message.answerable) is not None:
        answer = read(reply(request, message.status, "Bad Request", tag="0", source=SOURCE))
        assert isinstance(answer, Response | Malformed)
        assert answer.status != 200
    middle = len(data) // 2
    assert fed([data]) == fed([data[:middle], data[middle:]])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
