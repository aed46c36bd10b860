"""Reading a message: what is taken, what is refused, and that a refusal can be answered whenever there is somebody to answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip import (
    KeepAlive,
    Malformed,
    Request,
    Response,
    called_in,
    checks,
    read,
    read_invite,
    reply,
    tag_for,
    transaction_key,
    via,
)
from fairwire.sip.headers import COMPACT
from written_sip import INVITE, URI, refused, request, written


def test_an_invite_is_read_and_its_values_are_the_bytes_that_came() -> None:
    made = read(written(Content_Length="5") + b"v=0\r\n")
    assert isinstance(made, Request)
    assert (made.method, made.uri, made.body) == (b"INVITE", URI.encode(), b"v=0\r\n")
    assert made.value(b"from") == INVITE["From"].encode()
    assert made.value(b"nothing") is None
    assert made.lines(b"nothing") == []


def test_compact_names_any_case_and_blanks_before_the_colon_are_the_same_header() -> None:
    plain = request()
    for line in ("f: X", "F:X", "fRoM  :  X  ", "FROM\t: X"):
        data = written(From=None).replace(b"To: ", line.replace("X", INVITE["From"]).encode() + b"\r\nTo: ")
        made = read(data)
        assert isinstance(made, Request), line
        assert made.value(b"from") == plain.value(b"from")
    for short, name in COMPACT.items():
        if name not in plain.fields:
            assert request(f"{short.decode()}: some=thing").value(name) == b"some=thing"


def test_folded_lines_are_unfolded() -> None:
    made = read(written(Subject="one\r\n  two\r\n\tthree", To="\r\n <sip:+12125550123@198.51.100.10>"))
    assert isinstance(made, Request)
    assert made.value(b"subject") == b"one two three"
    assert made.value(b"to") == b"<sip:+12125550123@198.51.100.10>"


def test_several_via_lines_and_lists_keep_their_order() -> None:
    made = request(
        "v: SIP/2.0/TCP a.example.net;branch=z9hG4bKa, SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKb",
        "Via: SIP/2.0/UDP b.example.net",
    )
    assert [line.split()[0] for line in made.lines(b"via")] == [b"SIP/2.0/UDP", b"SIP/2.0/TCP", b"SIP/2.0/UDP"]


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length"])
def test_a_header_that_must_come_once_and_comes_twice_is_refused_even_when_it_says_the_same(name: str) -> None:
    short = {full: compact for compact, full in COMPACT.items()}.get(name.lower().encode(), b"").decode()
    for second in filter(None, (name, name.upper(), short)):
        made = refused(written(f"INVITE {URI} SIP/2.0", f"{second}: {INVITE[name]}"))
        assert (made.status, made.reason) == (400, f"there are two {name} headers")
        assert made.answerable is not None


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_without_what_an_answer_copies_there_is_no_answer(name: str) -> None:
    made = refused(written(**{name.replace("-", "_"): None}))
    assert made.reason == f"there is no {name} header"
    assert made.answerable is None


def test_max_forwards_may_be_absent_as_rfc_2543_had_none() -> None:
    assert read_invite(request(Max_Forwards=None), trusted=False).max_forwards is None


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"CSeq": "1 OPTIONS"}, 400),
        ({"CSeq": "2147483648 INVITE"}, 400),
        ({"CSeq": "one INVITE"}, 400),
        ({"CSeq": "1"}, 400),
        ({"CSeq": "1 invite"}, 400),
        ({"Max-Forwards": "256"}, 400),
        ({"Max-Forwards": "-1"}, 400),
        ({"Content-Length": "1"}, 400),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "0x0"}, 400),
        ({"Call-ID": "a b"}, 400),
        ({"Call-ID": "a\tb"}, 400),
        ({"Call-ID": ""}, 400),
        ({"Via": "SIP/2.0/UDP"}, 400),
        ({"Via": "SIP/2.0/UDP a.example.net;branch=z9hG4bKa;branch=z9hG4bKb"}, 400),
        ({"Via": "SIP/2.0/UDP a.example.net:70000"}, 400),
        ({"From": "<sip:a@example.net>;tag=1, <sip:b@example.net>;tag=2"}, 400),
        ({"From": "<sip:a@example.net>;tag=1;tag=2"}, 400),
        ({"From": "<sip:a@example.net>;tag"}, 400),
        ({"To": '<sip:a@example.net>;tag=""'}, 400),
        ({"From": '"open <sip:a@example.net>;tag=1'}, 400),
        ({"From": "<sip:a@example.net;tag=1"}, 400),
        ({"From": "<sip:a@b@example.net>;tag=1"}, 400),
        ({"To": "<sip:a b@example.net>"}, 400),
        ({"To": "Doe, J. <sip:a@example.net>"}, 400),
        ({"Contact": "sip:a@example.net?Route=x"}, 400),
        ({"Date": "Sat, 01 Jan 2022 10:00:00 EST"}, 400),
    ],
)
def test_a_value_that_two_programs_could_read_in_two_ways_is_refused_and_answered(changed: dict[str, str], status: int) -> None:
    made = refused(written(**{name.replace("-", "_"): value for name, value in changed.items()}))
    assert made.status == status
    assert made.answerable is not None
    assert reply(made.answerable, made.status, "Bad Request", tag="x", source=("192.0.2.10", 5060)).startswith(b"SIP/2.0 400 ")


@pytest.mark.parametrize(
    "start",
    [
        f"INVITE  {URI} SIP/2.0",
        f"INVITE {URI} SIP/2.0 ",
        f"INVITE <{URI}> SIP/2.0",
        f"INVITE {URI};x y SIP/2.0",
        "INVITE sip:a@example.net?Route=b SIP/2.0",
        "INVITE sip:2001:db8::10 SIP/2.0",
        "INVITE sip:a@example.net:99999 SIP/2.0",
        "INVITE sip:a@example.net;user=phone;user=ip SIP/2.0",
        "INVITE sip:a%4@example.net SIP/2.0",
        "INVITE sip: SIP/2.0",
    ],
)
def test_a_bad_request_line_is_refused_and_answered(start: str) -> None:
    made = refused(written(start))
    assert made.status == 400
    assert made.answerable is not None


def test_another_version_is_505_and_the_version_is_compared_without_case() -> None:
    assert refused(written(f"INVITE {URI} SIP/3.0")).status == 505
    assert isinstance(read(written(f"INVITE {URI} sip/2.0")), Request)


def test_an_ack_is_read_but_a_malformed_one_is_never_answerable() -> None:
    assert isinstance(read(written(f"ACK {URI} SIP/2.0", CSeq="314159 ACK")), Request)
    assert refused(written(f"ACK {URI} SIP/2.0", CSeq="314159 INVITE")).answerable is None


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: example.net\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"x", b"\r\n\r\nx"]
)
def test_what_is_no_sip_is_not_answered(data: bytes) -> None:
    assert refused(data).answerable is None


def test_control_bytes_and_mixed_line_ends_are_refused_without_an_answer() -> None:
    for bad in ("a\0b", "a\x07b", "a\nFrom: <sip:other@example.net>;tag=2", "a\rb", "a\x7fb"):
        made = refused(written(Subject=bad))
        assert "control bytes" in made.reason
        assert made.answerable is None
    assert isinstance(read(written(From='"bell\\\x07" <sip:a@example.net>;tag=1')), Request)  # RFC 4475 3.1.1.2


def test_line_ends_may_all_be_lf_and_the_last_empty_line_may_be_missing() -> None:
    narrow = written().replace(b"\r\n", b"\n")
    assert isinstance(read(narrow), Request)
    assert isinstance(read(narrow[:-1]), Request)
    assert isinstance(read(written()[:-2]), Request)
    assert isinstance(read(b"\r\n\r\n" + written()), Request)
    assert refused(f"INVITE {URI} SIP/2.0\n From: x\n\n".encode()).reason == "the first header line is a continuation"
    assert refused(written()[:-4]).reason == "the message stops in the middle of a line"


def test_bytes_behind_the_body_are_ignored() -> None:
    made = read(written(Content_Length="5") + b"v=0\r\nmore")
    assert isinstance(made, Request)
    assert made.body == b"v=0\r\n"


def test_a_message_has_bounds() -> None:
    assert refused(written(Subject="x" * 65536)).status == 513
    assert isinstance(read(written(f"INVITE {URI} SIP/2.0", *(["X-Some: 1"] * 200))), Request)
    many = refused(written(f"INVITE {URI} SIP/2.0", *(["X-Some: 1"] * 300)))
    assert "more than 255 header lines" in many.reason
    assert many.answerable is not None


def test_lists_and_folds_without_end_are_read_in_a_bounded_way() -> None:
    made = read(written(P_Asserted_Identity="<tel:+12125550100>," * 3000, Subject="a" + "\r\n b" * 2000))
    assert isinstance(made, Request)
    assert made.value(b"subject") == b"a" + b" b" * 2000
    facts = read_invite(made, trusted=True)
    assert facts.asserted == ("+12125550100",)
    assert facts.flaws == ("a value of p-asserted-identity cannot be read",)


def test_what_a_malformed_invite_called_is_known_when_its_uri_can_be_read() -> None:
    made = refused(written("INVITE sip:911@example.net SIP/2.0", From='"open <sip:a@example.net>')).answerable
    assert made is not None
    assert called_in(made) == "911"
    for start in ("INVITE  sip:911@example.net  SIP/2.0", "INVITE <sip:911@example.net> SIP/2.0 "):
        made = refused(written(start)).answerable
        assert made is not None
        assert called_in(made) == "911"
    made = refused(written("INVITE sip:911@example.net; x SIP/2.0")).answerable
    assert made is not None
    assert called_in(made) == ""


@given(st.data())
def test_what_passes_as_plain_passes_the_grammar(data: st.DataObject) -> None:
    uri = data.draw(st.from_regex(checks._URI, fullmatch=True))
    assert checks.PLAIN_URI(uri)
    assert checks.request_uri(uri) == ""
    name = data.draw(st.sampled_from([b"", b'"A, <B>" ', b'"x"', b"Some Name ", b"a "]))
    address = name + b"<" + uri + b">" + data.draw(st.sampled_from([b"", b";tag=a.1~"]))
    assert checks.PLAIN_ADDRESS(address)
    assert checks.address("From", address) == ""
    line = data.draw(st.from_regex(via._PLAIN, fullmatch=True))
    assert checks.via(line) == ""
    assert via.first_end(line) == len(line)


def test_keep_alives_are_told_from_messages() -> None:
    for data, ping in ((b"\r\n\r\n", True), (b"\r\n", False), (b"\0\0\0\0", False), (b"", False)):
        made = read(data)
        assert isinstance(made, KeepAlive)
        assert made.ping is ping


def test_a_response_is_read_and_nobody_can_answer_a_bad_one() -> None:
    made = read(written("SIP/2.0 200 OK"))
    assert isinstance(made, Response)
    assert (made.status, made.phrase) == (200, b"OK")
    for start in ("SIP/2.0 99 Low", "SIP/2.0 4294967301 High", "SIP/2.0 200", "SIP/7.0 200 OK"):
        assert refused(written(start)).answerable is None


def _pieces() -> st.SearchStrategy[bytes]:
    whole = written(
        f"INVITE {URI} SIP/2.0", "Diversion: <tel:+12125550101>;counter=2", "History-Info: <sip:a@example.net>;index=1"
    )
    marks = st.sampled_from(
        [b"\r\n", b"\n", b"\r", b'"', b"<", b">", b";tag=", b",", b"\0", b"%", b"\\", b":", b"@", b" ", b"\xff"]
    )
    cut = st.tuples(st.integers(0, len(whole)), st.integers(0, 40), st.lists(marks | st.binary(max_size=5), max_size=4))
    return cut.map(lambda made: whole[: made[0]] + b"".join(made[2]) + whole[made[0] + made[1] :])


@given(st.binary(max_size=300) | _pieces())
def test_no_bytes_make_reading_raise_and_an_answer_to_what_was_read_can_be_read(data: bytes) -> None:
    made = read(data)
    answered = made if isinstance(made, Request) else made.answerable if isinstance(made, Malformed) else None
    if isinstance(made, Request):
        read_invite(made, trusted=True)
        assert transaction_key(made) == transaction_key(made)
    if answered is not None and answered.method != b"ACK":
        tag = tag_for(b"secret", made) if isinstance(made, Request) else "x"
        answer = read(reply(answered, 403, "Forbidden", tag=tag, source=("2001:db8::7", 5060)))
        if isinstance(made, Request):
            assert isinstance(answer, Response), answer
            assert answer.value(b"call-id") == made.value(b"call-id")
        else:
            assert isinstance(answer, Response | Malformed)
