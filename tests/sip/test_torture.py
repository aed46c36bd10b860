"""The torture messages of RFC 4475 and RFC 5118, and the samples of a SIP proxy: each verdict, and an answer wherever one is due.

They are other people's files and not in the repository: FAIRWIRE_CORPUS names the folder that has them.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from fairwire.sip import (
    BrokenStream,
    Frames,
    Malformed,
    Request,
    Response,
    read,
    read_invite,
    reply,
    tag_for,
    transaction_key,
)

REFUSED_BY_US = {
    # RFC 4475 3.3 calls these well-formed for a parser and asks for a 400 from the element. We answer, so we refuse here.
    "insuf.dat": "there is no From header",
    "multi01.dat": "there are two CSeq headers",
    "mcl01.dat": "there are two Content-Length headers",
}
OTHER_STATUS = {"badvers.dat": 505}
WRONG_LENGTH = "ipv6-in-sdp"
"""Its Content-Length says 268, its body has 251 bytes: RFC 4475 3.1.2.2 has us refuse that, so the length is put right first."""
NO_ANSWER = {"scalarlg.dat", "bigcode.dat", "insuf.dat", "test.dat"}
"""Two responses, one that lacks what an answer copies, and one that is no SIP."""


def _corpus(name: str) -> Path:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    folder = Path(corpus) / name
    if not folder.is_dir():
        pytest.skip(f"FAIRWIRE_CORPUS has no folder {name}")
    return folder


def _use(made: object) -> None:
    """Do with a message what the server does; nothing of it may raise."""
    request = made if isinstance(made, Request) else made.answerable if isinstance(made, Malformed) else None
    if isinstance(made, Request):
        read_invite(made, trusted=True)
        assert transaction_key(made)
    if request is not None and request.method != b"ACK":
        tag = tag_for(b"secret", made) if isinstance(made, Request) else "0"
        answer = read(reply(request, 403, "Forbidden", tag=tag, source=("192.0.2.10", 5060)))
        assert isinstance(answer, Response if isinstance(made, Request) else Response | Malformed)


def test_rfc_4475_every_message_has_its_verdict() -> None:
    folder = _corpus("sip_rfc4475")
    wrong, count = [], 0
    for case in json.loads((folder / "expected.json").read_text()):
        name = case["file"]
        made = read((folder / name).read_bytes())
        refused = isinstance(made, Malformed)
        wanted = case["parser"] == "reject" or name in REFUSED_BY_US
        print(f"{case['rfc4475_section']:9} {name:16} {made.reason if isinstance(made, Malformed) else 'accepted'}")
        if isinstance(made, Malformed):
            good = made.status == OTHER_STATUS.get(name, 400) and made.reason == REFUSED_BY_US.get(name, made.reason)
            good = good and (made.answerable is None) is (name in NO_ANSWER)
        else:
            good = True
        if refused is not wanted or not good:
            wrong.append((name, made))
        _use(made)
        count += 1
    assert wrong == []
    assert count == 50


def test_rfc_5118_every_message_has_its_verdict() -> None:
    folder = _corpus("sip_rfc5118")
    wrong, count = [], 0
    for case in json.loads((folder / "expected.json").read_text()):
        narrow = (folder / case["file"]).read_bytes()  # with LF; their Content-Length counts CR LF
        wide = narrow.replace(b"\n", b"\r\n")
        if case["file"] == WRONG_LENGTH:
            assert isinstance(read(wide), Malformed)
            wide = wide.replace(b"Content-Length: 268", b"Content-Length: 251")
        made = read(wide)
        print(f"{case['rfc5118_section']:5} {case['file']:32} {made.reason if isinstance(made, Malformed) else 'accepted'}")
        if isinstance(made, Malformed) is not (case["expected"] == "reject"):
            wrong.append((case["file"], made))
        _use(made)
        if b"\n\nv=" not in narrow:
            assert type(read(narrow)) is type(made), case["file"]
        count += 1
    assert wrong == []
    assert count == 12


def test_the_hosts_and_ports_of_rfc_5118_are_read() -> None:
    folder = _corpus("sip_rfc5118")

    def facts(name: str) -> tuple[str, str]:
        made = read((folder / name).read_bytes().replace(b"\n", b"\r\n"))
        assert isinstance(made, Request)
        found = read_invite(made, trusted=False)
        return found.request_uri, found.contact_host

    assert facts("ipv4-mapped-ipv6")[1] == "::ffff:192.0.2.2"
    assert facts("port-ambiguous") == ("sip:[2001:db8::10:5070]", "2001:db8::1")


def test_samples_of_a_proxy_are_read_or_refused_and_never_break_anything() -> None:
    folder = _corpus("sip_kamailio_samples")
    files = sorted(folder.glob("*.sip"))
    assert len(files) == 45
    verdicts = {}
    for path in files:
        data = path.read_bytes()
        made = read(data)
        verdicts[path.name] = type(made).__name__
        print(f"{path.name:28} {made.reason if isinstance(made, Malformed) else verdicts[path.name]}")
        _use(made)
        for at in range(0, len(data), 7):  # cut anywhere, nothing breaks
            _use(read(data[:at]))
        with suppress(BrokenStream):
            Frames().feed(data)
    assert verdicts["bye00.sip"] == "Request"
    assert verdicts["repl1.sip"] == "Response"
    assert {verdicts[name] for name in ("bad_via1.sip", "bad_via2.sip", "bad_via3.sip", "bad_uri.sip")} == {"Malformed"}
