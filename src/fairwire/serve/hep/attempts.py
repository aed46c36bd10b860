"""A mirrored INVITE as the attempt that it is, by the same rules as at the redirect point.

A proxy mirrors the same INVITE at every hop: as it came from the caller, as it asked us, as it went to the carrier. What only a
trusted peer may write (`X-Fairwire-*`, asserted identity) is believed where the one who *sent* it is one, so the hops differ in
what they tell; the one that asked us tells exactly what the decision was made of, and goes before the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from fairwire.serve.redirect.calls import call_of
from fairwire.serve.redirect.peers import Peer, Peers
from fairwire.sip import BadAddress, Request, read_invite

if TYPE_CHECKING:
    from collections.abc import Collection

    from fairwire.ports.service import CallService
    from fairwire.sip.hep import Captured

NOBODY, STRANGER, TRUSTED, ASKED = range(4)
"""How much an INVITE tells: not whose call it is; that, by a stranger's word; by a trusted peer's; just as we were asked."""
_STRANGER = Peer(name="stranger", networks=(), trusted=False)


class Told(NamedTuple):
    """What one INVITE says of its call."""

    rank: int
    fields: dict[str, Any]
    """`call.attempt` data, by contract name."""


class Attempts:
    """Reads mirrored INVITEs.

    Parameters
    ----------
    service
        Knows whose numbers and addresses are whose.
    peers
        Those of the redirect point: which senders are trusted, and whose calls they hand in.
    own
        Addresses and ports of our own redirect point.
    """

    def __init__(self, service: CallService, peers: Peers, own: Collection[tuple[str, int]] = ()) -> None:
        self._service = service
        self._peers = peers
        self._own = frozenset(own)

    def is_to_us(self, captured: Captured) -> bool:
        """It went to our redirect point."""
        return (captured.target, captured.target_port) in self._own

    def is_ours(self, captured: Captured) -> bool:
        """It was sent by our redirect point."""
        return (captured.source, captured.source_port) in self._own

    def read(self, invite: Request, captured: Captured) -> Told | None:
        """What an INVITE says; None when it cannot be read."""
        peer = self._peers.of(captured.source)
        if peer is None:
            # A caller or a carrier. Whose calls it may hand in is told by the peer that it sends them to.
            proxy = self._peers.of(captured.target)
            peer = _STRANGER if proxy is None else replace(proxy, trusted=False)
        try:
            facts = read_invite(invite, trusted=peer.trusted)
            fields = call_of(self._service, invite, facts, peer, captured.source)
        except (BadAddress, ValueError):
            return None
        fields["from"] = fields.pop("from_")
        if not fields["customer"]:
            return Told(NOBODY, fields)
        if self.is_to_us(captured):
            return Told(ASKED, fields)
        return Told(TRUSTED if peer.trusted else STRANGER, fields)
