"""Customers of an invented carrier and the INVITEs that its session border controller sends for them.

Traffic must look ordinary, for what is measured is the answer to ordinary calls: many customers with many lines each, mostly
numbers that were never called before, and now and then a call that has to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from fairwire.model.customers import Customer
from fairwire.testkit.simulate.numbers import EXCHANGES, own_block
from fairwire.testkit.simulate.tables import destinations

LINES = 25
"""Numbers of each customer that call."""
STRANGERS = 0.015
"""Share of calls from numbers that no customer has."""
BARRED = 0.015
"""Share of calls abroad by customers who have that switched off."""
_POLICIES = ("jns", "natterbox", "clearspan", "caup", "upstream_works")
_ZONE = "America/New_York"
_AT_ONCE = 4096
_STRANGER = 12_125_550_100
"""Fictional numbers: no block of a customer holds them."""
_ABROAD = 441_632_960_000


class Call(NamedTuple):
    """Who calls whom, in E.164 without the plus."""

    customer: int
    caller: int
    callee: int


def customer_id(index: int) -> str:
    """The id of the customer with this index."""
    return f"b-{index:05d}"


def write_customers(path: Path, count: int) -> Path:
    """Write customer records, each with a block of numbers of its own; every other one may not call abroad."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as out:
        for index in range(count):
            first = own_block(index, "US", _ZONE)
            record = Customer(
                id=customer_id(index),
                name=f"Customer {index}",
                policy=_POLICIES[index % len(_POLICIES)],
                timezone=_ZONE,
                country="US",
                numbers=(f"+{first}-+{first + 199}",),
                opened="2024-03-01",
                user_limit=LINES,
                monthly_charge_limit="200000.00" if index % 3 == 0 else None,
                currency="USD",
                international=index % 2 == 0,
                kind="mid_business",
            )
            out.write(encode(record) + b"\n")
    return path


def calls(customers: int, seed: int, *, refused: bool = True) -> Iterator[Call]:
    """Calls without end. Without `refused`, none of them has to be refused."""
    rng = np.random.default_rng(seed)
    firsts = np.array([own_block(index, "US", _ZONE) for index in range(customers)], dtype=np.int64)
    areas = np.array([code for codes in destinations().zones.values() for code in codes], dtype=np.int64)
    exchanges = np.array(EXCHANGES, dtype=np.int64)
    while True:
        who = rng.integers(0, customers, _AT_ONCE)
        caller = firsts[who] + rng.integers(0, LINES, _AT_ONCE)
        callee = 10_000_000_000 + rng.choice(areas, _AT_ONCE) * 10_000_000 + rng.choice(exchanges, _AT_ONCE) * 10_000
        callee += rng.integers(0, 10_000, _AT_ONCE)
        if refused:
            chance = rng.random(_AT_ONCE)
            strange = chance < STRANGERS
            caller[strange] = _STRANGER + rng.integers(0, 100, int(strange.sum()))
            barred = (chance >= STRANGERS) & (chance < STRANGERS + BARRED) & (who % 2 == 1)
            callee[barred] = _ABROAD + rng.integers(0, 1_000, int(barred.sum()))
        yield from map(Call, who.tolist(), caller.tolist(), callee.tolist())


_SDP = b"""v=0\r
o=sbc 3921 3921 IN IP4 192.0.2.10\r
s=-\r
c=IN IP4 192.0.2.10\r
t=0 0\r
m=audio 24000 RTP/AVP 8 0 18 101\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:18 G729/8000\r
a=fmtp:18 annexb=no\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=ptime:20\r
a=sendrecv\r
"""

_INVITE = (
    b"""INVITE sip:+%(callee)d@192.0.2.20;user=phone SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:%(port)d;branch=z9hG4bK%(run)s.%(number)010d;rport\r
Via: SIP/2.0/TLS 192.0.2.%(host)d:5061;branch=z9hG4bKpbx%(number)010d\r
Record-Route: <sip:192.0.2.10;lr>\r
Max-Forwards: 68\r
From: "Line %(line)d" <sip:+%(caller)d@192.0.2.10;user=phone>;tag=f%(run)s%(number)010d\r
To: <sip:+%(callee)d@192.0.2.20;user=phone>\r
Call-ID: %(number)010d-%(run)s@192.0.2.10\r
CSeq: 1 INVITE\r
Contact: <sip:+%(caller)d@192.0.2.10:5060;transport=udp>\r
P-Asserted-Identity: <sip:+%(caller)d@192.0.2.10;user=phone>\r
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY\r
Supported: timer, 100rel, replaces, histinfo\r
Session-Expires: 1800;refresher=uac\r
Min-SE: 90\r
User-Agent: SBC/7.4\r
Accept: application/sdp\r
Content-Disposition: session\r
Content-Type: application/sdp\r
Content-Length: """
    + str(len(_SDP)).encode()
    + b"\r\n\r\n"
    + _SDP.replace(b"%", b"%%")
)
_ACK = b"""ACK sip:+%(callee)d@192.0.2.20;user=phone SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:%(port)d;branch=z9hG4bK%(run)s.%(number)010d;rport\r
Max-Forwards: 70\r
From: "Line %(line)d" <sip:+%(caller)d@192.0.2.10;user=phone>;tag=f%(run)s%(number)010d\r
%(to)s\r
Call-ID: %(number)010d-%(run)s@192.0.2.10\r
CSeq: 1 ACK\r
Content-Length: 0\r
\r
"""


class Letters:
    """Writes the INVITE of a call, finds out which call an answer is about, and writes its ACK.

    Parameters
    ----------
    run
        Letters and digits that no other run has: a call is known by them.
    port
        The sender's.
    """

    def __init__(self, run: bytes, port: int) -> None:
        self._run = run
        self._port = port

    def invite(self, number: int, call: Call) -> tuple[bytes, dict[bytes, object]]:
        """The INVITE of the call with this number, and what its ACK repeats."""
        told: dict[bytes, object] = {
            b"callee": call.callee,
            b"caller": call.caller,
            b"port": self._port,
            b"run": self._run,
            b"number": number,
            b"host": 30 + call.customer % 200,
            b"line": call.caller % LINES,
        }
        return _INVITE % told, told

    def number(self, answer: bytes) -> int:
        """The number of the call that an answer is about; -1 when it is of another run."""
        at = answer.find(b"\r\nCall-ID: ") + 11
        mine = at > 10 and answer.startswith(self._run, at + 11)
        return int(answer[at : at + 10]) if mine else -1

    def ack(self, answer: bytes, told: dict[bytes, object]) -> bytes:
        """The ACK of a final answer that refuses or redirects."""
        at = answer.find(b"\r\nTo: ") + 2
        told[b"to"] = answer[at : answer.find(b"\r\n", at)]
        return _ACK % told
