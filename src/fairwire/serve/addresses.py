"""Addresses as they are given on the command line and in the settings."""

from __future__ import annotations

from fairwire.model.errors import BadUse

DEFAULT_HTTP = "127.0.0.1:8080"


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 host stands in brackets. Port 0 lets the system choose."""
    host, colon, port = text.strip().rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if (
        not colon
        or not host
        or (":" in host and not bracketed)
        or not (port.isascii() and port.isdigit() and int(port[:6]) < 65536)
    ):
        raise BadUse(f"`{text[:80]}` is not an address", help_="give HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    return host.strip("[]"), int(port)
