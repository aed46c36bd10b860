"""Who may ask: the peers of the redirect point, and what each is believed."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An SBC or proxy, or a group of them."""

    name: str
    networks: tuple[Network, ...]
    trusted: bool = True
    """It takes identity headers and `X-Fairwire-*` of others out and writes its own (RFC 3325: it is in our trust domain)."""
    unknown: Literal["deny", "allow"] = "deny"
    """What is done with a call of which nobody can tell whose it is."""
    direction: Literal["outbound", "inbound", "any"] = "outbound"
    """Whose calls it hands in: those of our customers, those that come for them, or both, told apart by the numbers."""
    next_hop: tuple[str, int | None] | None = None
    """Host and port that the Contact of a 302 names; None: those of the Request-URI."""
    on_failure: Literal["open", "closed"] = "closed"
    """What it does with a call that we do not answer in time: declared here, so that it can be shown and told."""
    calls_per_s: int | None = None
    """INVITEs a second that it may send in all; more are answered 503. None: no bound but our own."""


LOOPBACK = Peer(name="loopback", networks=(ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")))
"""Who may ask where no peers are set: this machine."""


class Peers:
    """The access list. Of two networks that an address is in, the narrower one says which peer it is."""

    def __init__(self, peers: Sequence[Peer] = (LOOPBACK,)) -> None:
        self.peers = tuple(peers)
        listed = [(network, peer) for peer in peers for network in peer.networks]
        self._listed = sorted(listed, key=lambda entry: -entry[0].prefixlen)
        self._known: dict[str, Peer | None] = {}

    def of(self, address: str) -> Peer | None:
        """The peer with this IP address; None for a stranger."""
        if address in self._known:
            return self._known[address]
        found = self._look_up(address)
        if len(self._known) >= 4096:
            self._known.clear()
        self._known[address] = found
        return found

    def _look_up(self, address: str) -> Peer | None:
        try:
            asked = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return None
        if isinstance(asked, ipaddress.IPv6Address) and asked.ipv4_mapped is not None:
            asked = asked.ipv4_mapped
        return next((peer for network, peer in self._listed if asked.version == network.version and asked in network), None)


class Paces:
    """How many calls each peer has sent in the second that runs, by whatever way it asks."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._sent: dict[str, tuple[int, int]] = {}

    def exceeded(self, peer: Peer) -> bool:
        """Count a call; whether it is beyond what the peer may send in a second."""
        if peer.calls_per_s is None:
            return False
        second = int(self._seconds())
        last, sent = self._sent.get(peer.name, (second, 0))
        sent = sent + 1 if last == second else 1
        self._sent[peer.name] = (second, sent)
        return sent > peer.calls_per_s
