"""Certificates of those who sign calls, by the address that a passport names."""

from __future__ import annotations

from typing import Protocol

from fairwire.stir.certificates import Chain, FetchFailure


class CertificateSource(Protocol):
    """Asked while a call waits: answers at once, and fetches behind the call's back."""

    def get(self, url: str) -> Chain | FetchFailure | None:
        """What is known of an address. None: it is being fetched. Never raises, never waits for a network."""

    def close(self) -> None:
        """Fetch nothing more."""
