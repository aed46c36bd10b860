"""A fuzzer over the redirect point as a whole: message, whose call it is, the decision by the rules of all packs, the answer.

    pip install atheris
    python benchmarks/fuzz_point.py CORPUS [-max_total_time=1800 ...]

CORPUS is a folder of messages to begin with; it gets two plain INVITEs, and what is found. Further arguments are libFuzzer's. The
engine is the real one, on a folder of its own. It stops at the first exception, and at the first of these that does not hold:

* nothing breaks inside (the point answers 503 then, and counts it)
* the answer to a question is the same when it is asked again, and when it is asked between two others of a burst
* a customer that may not call abroad is never sent on to a number abroad: what the Contact of a 302 leads to, read by a way of
  its own, is at home, an emergency number, or no number at all
* a call to an emergency number is sent on
"""

from __future__ import annotations

import re
import sys
import tempfile
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote_to_bytes

import atheris

import fairwire.runtime  # noqa: F401  names the folder of machine code before anything is compiled

with atheris.instrument_imports(include=["fairwire.sip"]):
    from fairwire.sip import Request, Response, read

from fairwire.serve.redirect.scanning import Scanner  # compiled: not to be instrumented, but what it imports is

with atheris.instrument_imports(include=["fairwire.serve.redirect", "fairwire.decisions"]):
    from fairwire.serve.redirect.batches import MOST
    from fairwire.serve.redirect.peers import Peer, Peers
    from fairwire.serve.redirect.point import RedirectPoint

from fairwire.model.customers import Customer
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.runtime.plans import load_plan
from fairwire.testkit.bench.load.callers import Call, Letters

SBC = ("192.0.2.10", 5060)
AT_HOME = Customer(
    id="home", policy="jns", country="US", international=False, numbers=("+1212555*",), addresses=("0.0.0.0/0", "::/0")
)
"""Whatever comes is its call, so that its bars stand between the fuzzer and every number abroad."""
_ABROAD = re.compile(rb"(?:sips?|tel):\+(?!1)([0-9]{9,15})(?=[;:@>?]|$)", re.IGNORECASE)
_HELP = re.compile(rb"(?:sips?:(?:911|112)@|tel:(?:911|112)(?=[;>]|$)|urn:service:sos(?=[;>]|$))", re.IGNORECASE)

_USUAL = b"""INVITE sip:+12125550199@192.0.2.20;user=phone SIP/2.0
Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKu%(n)b
Max-Forwards: 70
From: <sip:+12125550100@192.0.2.10;user=phone>;tag=u%(n)b
To: <sip:+12125550199@192.0.2.20;user=phone>
Call-ID: usual-%(n)b@192.0.2.10
CSeq: 1 INVITE
Contact: <sip:+12125550100@192.0.2.10:5060>
Content-Length: 0

""".replace(b"\n", b"\r\n")
SECRET = b"0123456789abcdef"


class Fuzzed:
    """One engine for the whole run."""

    def __init__(self) -> None:
        self._us = 1_772_452_800_000_000
        self._count = 0
        self._scanner = Scanner(MOST, SECRET)
        folder = Path(tempfile.mkdtemp(prefix="fairwire-fuzz-"))
        plan = load_plan(())
        customers = CustomerTable.of(plan.program, None)
        customers.extend([AT_HOME])
        store = open_control(folder)
        self.live = Live(folder, plan, customers, store, self._now, None, Keeping(keep_log=False))
        self.peers = Peers([Peer(name="sbc", networks=(ip_network("192.0.2.10"),), trusted=False)])

    def _now(self) -> int:
        self._us += 1000
        return self._us

    def one(self, data: bytes) -> None:
        """Ask twice, and look at the answer."""
        point = RedirectPoint(self.live, self.peers, SECRET)
        answer = point.answer(data, SBC)
        assert point.counts["failed"] == 0, "something broke inside"
        message = read(data)
        if not isinstance(message, Request) or message.method != b"INVITE":
            return
        assert answer is not None, "a question of a peer was not answered"
        assert point.answer(data, SBC) == answer, "asked again, it is another answer"
        found = read(answer)
        assert isinstance(found, Response), "the answer cannot be read"
        if _HELP.match(message.uri):
            assert found.status == 302, "a call for help was refused"
        self.between(data, answer)
        if found.status == 302:
            contact = unquote_to_bytes(found.value(b"contact") or b"").lstrip(b"<")
            assert not _ABROAD.match(contact), "a barred number was let through"

    def between(self, data: bytes, answer: bytes) -> None:
        """Ask once more, between two usual calls of a burst."""
        point = RedirectPoint(self.live, self.peers, SECRET)
        point._scanner = self._scanner
        self._count += 2
        before, after = (_USUAL % {b"n": b"%d" % number} for number in (self._count, self._count + 1))
        answers = point.answer_burst([(before, SBC), (data, SBC), (after, SBC)])
        assert point.counts["failed"] == 0, "something broke inside a burst"
        assert answers[1] == answer, "in a burst it is another answer"
        assert None not in answers, "a question of a burst was not answered"


def main() -> None:
    """Run until libFuzzer ends it."""
    fuzzed = Fuzzed()
    for folder in (Path(word) for word in sys.argv[1:2] if Path(word).is_dir()):
        (folder / "usual").write_bytes(_USUAL % {b"n": b"1"})
        (folder / "of-an-sbc").write_bytes(Letters(b"0badcafe", 5060).invite(7, Call(3, 12_125_550_100, 12_125_550_199))[0])
    atheris.Setup(sys.argv, fuzzed.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
