"""SIPp as the caller, where it is installed: an independent program that says how many calls went well."""

from __future__ import annotations

import csv
import random
import shutil
import socket
import subprocess
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fairwire.testkit.bench.child import ChildFailed
from fairwire.testkit.bench.load.callers import calls

MOST_PER_S = 19_000
"""Calls a second that are never passed: beyond it SIPp is what is measured."""
_CALLERS = 20_000
_PORTS = range(10_000, 12_000)
_SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="asked">
  <send retrans="500"><![CDATA[
INVITE sip:+[field1]@192.0.2.20;user=phone SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
Max-Forwards: 70
From: <sip:+[field0]@192.0.2.10;user=phone>;tag=[pid]f[call_number]
To: <sip:+[field1]@192.0.2.20;user=phone>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:+[field0]@[local_ip]:[local_port]>
P-Asserted-Identity: <sip:+[field0]@192.0.2.10;user=phone>
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE
Supported: timer, 100rel
Session-Expires: 1800;refresher=uac
Min-SE: 90
User-Agent: PBX/4.2
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 8 101
a=rtpmap:101 telephone-event/8000

]]></send>
  <recv response="100" optional="true"/>
  OTHERS
  <recv response="FINAL"/>
  <label id="1"/>
  <send><![CDATA[
ACK sip:+[field1]@192.0.2.20;user=phone SIP/2.0
[last_Via:]
From: <sip:+[field0]@192.0.2.10;user=phone>;tag=[pid]f[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""
_REFUSALS = (403, 404, 480, 603)
"""What a call may be refused with; any other answer is a call that failed."""


class Heard(NamedTuple):
    """What SIPp counted."""

    per_s: float
    """Calls that were answered as they should be, a second."""
    answered: int
    failed: int
    repeated: int
    """Messages that it sent again because no answer came in time."""


def installed() -> str | None:
    """Where the program is; None when it is not installed."""
    return shutil.which("sipp")


def write_calls(folder: Path, customers: int) -> Path:
    """The callers and callees that it goes through, over and over."""
    path = folder / "calls.csv"
    lines = (f"{call.caller};{call.callee}" for call in islice(calls(customers, 7, refused=False), _CALLERS))
    path.write_text("\n".join(["SEQUENTIAL", *lines, ""]), encoding="ascii")
    return path


def run(
    folder: Path, callers: Path, port: int, *, rate: float, seconds: float, expected: int, at_once: int | None = None
) -> Heard:
    """Call a port of this machine for some seconds.

    Parameters
    ----------
    folder
        For its files.
    callers
        What `write_calls` wrote.
    rate
        Calls a second, `MOST_PER_S` at the most.
    expected
        Status of the usual final answer.
    at_once
        Calls under way at the most: a new one waits until another is over, so that the rate becomes what can be answered.

    Raises
    ------
    ChildFailed
        It cannot be started, or counted nothing.
    """
    program = installed()
    if program is None:
        raise ChildFailed("SIPp is not installed", help_="on Debian it is the package `sip-tester`")
    others = "\n  ".join(f'<recv response="{code}" optional="true" next="1"/>' for code in _REFUSALS if code != expected)
    scenario = folder / f"asked-{expected}.xml"
    scenario.write_text(_SCENARIO.replace("OTHERS", others).replace("FINAL", str(expected)), encoding="ascii")
    rate = min(rate, MOST_PER_S)
    figures = folder / "sipp.csv"
    figures.unlink(missing_ok=True)
    words = [program, "-sf", str(scenario), "-inf", str(callers), "-i", "127.0.0.1", "-p", str(free_port()), "-nostdin"]
    words += ["-r", f"{rate:.0f}", "-m", str(max(1, round(rate * seconds))), "-timeout", f"{seconds + 3:.0f}s", "-fd", "1s"]
    words += ["-trace_stat", "-stf", str(figures), "-bind_local", "-max_socket", "64", "-buff_size", "4194304"]
    if at_once is not None:
        words += ["-l", str(at_once)]
    try:
        subprocess.run(
            [*words, f"127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            timeout=seconds + 30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChildFailed(f"SIPp did not end as it should: {type(error).__name__}") from None
    return _figures(figures, seconds)


def _figures(path: Path, seconds: float) -> Heard:
    try:
        with path.open(newline="", encoding="ascii", errors="replace") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))
        last = rows[-1]
        took = last["ElapsedTime(C)"].split(":")
        spent = sum(float(part) * unit for part, unit in zip(took[:3], (3600, 60, 1), strict=True))
        answered = int(last["SuccessfulCall(C)"])
        failed, repeated = int(last["FailedCall(C)"]), int(last["Retransmissions(C)"])
    except (OSError, IndexError, KeyError, ValueError):
        raise ChildFailed("SIPp counted nothing") from None
    return Heard(answered / max(spent, 1e-3), answered, failed, repeated)


def free_port() -> int:
    """A UDP port that nobody has right now.

    It lies below those that systems hand out: one of theirs may go to a connection before it is used. ChildFailed: none is free.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for port in random.sample(_PORTS, len(_PORTS)):
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise ChildFailed(f"no UDP port from {_PORTS[0]} to {_PORTS[-1]} is free")
