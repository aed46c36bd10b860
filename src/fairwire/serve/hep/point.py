"""One HEP packet in: is it from somebody whose packets are taken, what is in it, and which call does that belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from hmac import compare_digest

from fairwire.model.instants import HOUR_US, MINUTE_US
from fairwire.serve.hep.attempts import Attempts
from fairwire.serve.hep.calls import Calls
from fairwire.serve.hep.messages import seen_of
from fairwire.serve.redirect.peers import LOOPBACK, Network, Peer, Peers
from fairwire.sip import Request, Response, read
from fairwire.sip.hep import SIP, decode

AHEAD_US = MINUTE_US
BEHIND_US = HOUR_US
"""How far an agent's clock may be from ours; beyond, ours is taken: one wrong clock must not move the windows of everybody."""


class HepPoint:
    """Takes packets. Used from one thread.

    Parameters
    ----------
    calls
        Follows the calls.
    attempts
        Reads INVITEs.
    now_us
        Our clock.
    key
        What each packet must have as its key; empty: anything.
    addresses
        Whose packets are taken.
    """

    def __init__(
        self,
        calls: Calls,
        attempts: Attempts,
        now_us: Callable[[], int],
        *,
        key: bytes = b"",
        addresses: Sequence[Network] = LOOPBACK.networks,
    ) -> None:
        self.calls = calls
        self._attempts = attempts
        self._now_us = now_us
        self._key = key
        self._agents = Peers([Peer(name="agents", networks=tuple(addresses))])
        self.counts: Counter[str] = calls.counts
        """Packets by what became of them, and calls by what was told of them."""

    def knows(self, address: str) -> bool:
        """Whether packets from this IP address are taken."""
        return self._agents.of(address) is not None

    def take(self, data: bytes, source: str) -> None:
        """Take one packet from an IP address. Never raises for what is in it."""
        if not self.knows(source):
            self.counts["stranger"] += 1
            return
        captured = decode(data)
        if isinstance(captured, str):
            self.counts["unreadable"] += 1
            return
        if self._key and not compare_digest(captured.auth_key, self._key):
            self.counts["wrong_key"] += 1
            return
        if captured.kind != SIP:
            self.counts["not_sip"] += 1
            return
        message = read(captured.payload)
        if not isinstance(message, Request | Response):
            self.counts["unreadable"] += 1
            return
        now_us = self._now_us()
        at_us = captured.at_us
        if not now_us - BEHIND_US <= at_us <= now_us + AHEAD_US:
            self.counts["wrong_clock"] += 1
            at_us = now_us
        seen = seen_of(message, at_us)
        if seen is None:
            self.counts["unreadable"] += 1
            return
        self.counts["packets"] += 1
        if isinstance(message, Response):
            self.calls.heard(seen, now_us, ours=self._attempts.is_ours(captured))
        elif message.method != b"INVITE":
            # What a proxy says to us when it asks is not said to the called side.
            if not self._attempts.is_to_us(captured):
                self.calls.heard(seen, now_us)
        elif not seen.to_tag:
            self.calls.invited(seen, self._attempts.read(message, captured), now_us)
