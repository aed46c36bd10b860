"""Microseconds of one core for each step of answering an INVITE, and for an ACK.

    python benchmarks/sip_messages.py [REPEATS]

Best of REPEATS (400) runs of 200 each, in CPU time of one process: other work on the machine only ever makes a run slower, and a
short run finds the quiet moment. The yardstick, 17 times `bytes.partition`, says how quiet that was. The INVITE is one that a
session border controller sends: 17 headers, with P-Asserted-Identity, P-Charge-Info and a body of 179 bytes.
"""

from __future__ import annotations

import platform
import sys
import time
import timeit
from collections.abc import Callable

from fairwire.sip import Frames, Malformed, Request, contact_elsewhere, read, read_invite, reply, tag_for, transaction_key

BODY = b"\r\n".join(
    (
        b"v=0",
        b"o=- 20518 0 IN IP4 192.0.2.10",
        b"s=-",
        b"c=IN IP4 192.0.2.10",
        b"t=0 0",
        b"m=audio 54400 RTP/AVP 0 8 101",
        b"a=rtpmap:0 PCMU/8000",
        b"a=rtpmap:8 PCMA/8000",
        b"a=rtpmap:101 telephone-event/8000",
        b"",
    )
)
HEAD = """INVITE sip:+12125550123@198.51.100.10:5060;user=phone SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds0001;rport
Max-Forwards: 69
From: "Example Dental" <sip:+12125550100@sbc.example.net;user=phone>;tag=1928301774
To: <sip:+12125550123@198.51.100.10;user=phone>
Call-ID: a84b4c76e66710@192.0.2.10
CSeq: 314159 INVITE
Contact: <sip:+12125550100@192.0.2.10:5060;transport=udp>
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, UPDATE, PRACK
Supported: timer, 100rel
Session-Expires: 1800
User-Agent: ExampleSBC/9.2
P-Asserted-Identity: <sip:+12125550100@sbc.example.net;user=phone>
P-Asserted-Identity: <tel:+12125550100>
P-Charge-Info: <sip:+12125550199@sbc.example.net>
Privacy: none
Content-Type: application/sdp
"""
DIVERTED = """Diversion: <sip:+12125550101@sbc.example.net>;reason=unconditional;counter=1
History-Info: <sip:+12125550101@sbc.example.net>;index=1, <sip:+12125550123@sbc.example.net;cause=302>;index=1.1;mp=1
"""


def written(head: str, body: bytes = b"") -> bytes:
    """The bytes of a message, with its length."""
    return f"{head}Content-Length: {len(body)}\n\n".replace("\n", "\r\n").encode() + body


def measured(step: Callable[[], object], repeats: int) -> float:
    """Microseconds, best of all runs."""
    return min(timeit.repeat(step, timer=time.process_time, number=200, repeat=repeats)) / 200 * 1e6


def main() -> None:
    """Print one line for each step."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    data, secret = written(HEAD, BODY), b"0123456789abcdef"
    diverted = read(written(HEAD + DIVERTED, BODY))
    ack = written(
        "\n".join(line for line in HEAD.splitlines() if line.startswith(("Via", "Max", "From", "To", "Call"))).join(
            ("ACK sip:+12125550123@198.51.100.10:5060;user=phone SIP/2.0\n", "\nCSeq: 314159 ACK\n")
        )
    )
    folded = data.replace(b"Supported: timer,", b"Supported: timer,\r\n ")
    twice = data.replace(b"To: ", b"From: <sip:+12125550199@sbc.example.net>;tag=2\r\nTo: ")
    invite = read(data)
    assert isinstance(invite, Request)
    assert isinstance(diverted, Request)
    assert isinstance(read(ack), Request)
    assert isinstance(read(folded), Request)
    assert isinstance(read(twice), Malformed)
    lines = data.split(b"\r\n")[1:18]
    source = ("192.0.2.10", 5060)
    reason = [("Reason", 'SIP;cause=403;text="AUP no-auto-dialler case 17"')]
    steps: dict[str, Callable[[], object]] = {
        "yardstick": lambda: [line.partition(b": ") for line in lines],
        f"read an INVITE ({len(data)} bytes, 17 headers)": lambda: read(data),
        "read the same, one line folded": lambda: read(folded),
        "refuse the same, two From headers": lambda: read(twice),
        "read an ACK": lambda: read(ack),
        "facts of the INVITE": lambda: read_invite(invite, trusted=True),
        "facts of a diverted INVITE": lambda: read_invite(diverted, trusted=True),
        "transaction key": lambda: transaction_key(invite),
        "tag": lambda: tag_for(secret, invite),
        "reply": lambda: reply(invite, 403, "Forbidden", tag="0123456789abcdef", headers=reason, source=source),
        "contact elsewhere": lambda: contact_elsewhere(invite.uri, {"fw": "01JABCDEF"}),
        "frame from a stream": lambda: Frames().feed(data),
    }
    print(f"Python {platform.python_version()}, best of {repeats} x 200, microseconds")
    for name, step in steps.items():
        print(f"{measured(step, repeats):8.2f}  {name}")


if __name__ == "__main__":
    main()
