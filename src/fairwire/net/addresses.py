"""Which addresses may be connected to when somebody outside chose the name (RFC 6890): those of the public internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_V4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
_V6_PUBLIC: Final = ip_network("2000::/3")
"""All that is given out. What carries IPv4 outside of it (`::ffff:`, `::`, `64:ff9b::`) falls with the rest."""
_V6: Final = tuple(
    map(
        ip_network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""Inside it and special all the same; 2001::/32 (Teredo) and 2002::/16 (6to4) carry an IPv4 address of any kind."""


def is_public(text: str) -> bool:
    """Whether an address is on the public internet and belongs to one machine. False for what is no address.

    The lists stand beside `is_global`, because what that knows has changed from one Python to the next.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4)
    return _is_public_v6(address)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None or address.scope_id is not None:
        return False
    return address in _V6_PUBLIC and not any(address in network for network in _V6)
