"""What each enforcement point does with a call that we do not answer: fail-open, fail-closed, or nobody has said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fairwire.runtime.keys import Declared, Keyring
from fairwire.serve.checks.results import Check, ok, problem, warning
from fairwire.serve.redirect.settings import SipSettings

_DOES = {
    "open": "fail-open: a call that we do not answer goes on unchecked",
    "closed": "fail-closed: a call that we do not answer is refused",
}


def http_points(data: Path, declared: Sequence[Declared]) -> Iterator[Check]:
    """Those that ask over HTTP, each with its key."""
    points, wrong = Keyring(data, declared).read()
    for error in wrong:
        yield problem("point", error.sentence())
    for point in points:
        name = f"point {point.name}"
        good = f"may {' and '.join(sorted(point.rights))}"
        if not point.digests:
            yield problem(name, "it has no key, so it cannot ask", f"run `fairwire key make {point.name}`, or name a `key_file`")
        elif "decide" not in point.rights:
            yield ok(name, f"{good}; decides no call")
        elif point.on_failure is None:
            do = f'say so in a section [[points]] with name = "{point.name}" and on_failure = "open" or "closed"'
            yield warning(name, f"{good}; what it does with a call that we do not answer is not declared", do)
        else:
            yield ok(name, f"{good}; {_DOES[point.on_failure]}")


def sip_points(sip: SipSettings) -> Iterator[Check]:
    """Those that ask over SIP, and the event sockets that we connect to."""
    if sip.listen is not None or sip.tls is not None:
        for peer in sip.peers:
            name = f"peer {peer.name}"
            where = ", ".join(map(str, peer.networks[:3])) + (" ..." if len(peer.networks) > 3 else "")
            told = f"{where}; {_DOES[peer.on_failure]}"
            if peer.declared:
                yield ok(name, told)
            else:
                yield warning(
                    name, f"{told}, we assume: it is not declared", 'say on_failure = "open" or "closed" in [[sip.peers]]'
                )
        if sip.overload == "allow":
            told = "calls that we have no time for are sent on unchecked, marked `fw=unchecked`"
            yield warning("overload", told, 'leave it if that is meant; `sip.overload = "refuse"` answers them 503')
        else:
            yield ok("overload", "calls that we have no time for are answered 503, calls for help are sent on")
    for address in sip.evapi:
        told = "what it does with a call that we do not answer stands in its own configuration"
        yield warning(f"evapi {address}", told, "see that its route says fail-open or fail-closed")
