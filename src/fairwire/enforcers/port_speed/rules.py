"""The rules themselves, as `nft -f` reads them: a table of its own for each customer, made anew as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network
from typing import Final

_CALLS: Final = "{ ef, cs3, cs5, af31 }"
"""DSCP of speech and of its signalling (RFC 4594; RFC 3246 for EF)."""
_LEAST_BURST: Final = 15_000
"""Bytes: ten full packets."""


def limiting(
    customer: str, edge: str, networks: Sequence[IPv4Network | IPv6Network], kbit: int, voice_kbit: int, until_s: int | None
) -> str:
    """Rules that leave a customer `kbit` kbit/s each way, and calls `voice_kbit` beside it.

    Parameters
    ----------
    until_s
        Seconds since 1970, from when on the rules let everything through; None: as long as they are there.
    """
    name = _table(customer, edge)
    lines = [f"table inet {name} {{", "\tchain port {", "\t\ttype filter hook forward priority 0; policy accept;"]
    if until_s is not None:
        lines.append(f"\t\tmeta time >= {until_s} accept")
    for side, chain in (("saddr", "up"), ("daddr", "down")):
        for family, kind in (("ip", IPv4Network), ("ip6", IPv6Network)):
            own = [str(network) for network in networks if isinstance(network, kind)]
            if own:
                lines.append(f"\t\t{family} {side} {{ {', '.join(own)} }} jump {chain}")
    lines.append("\t}")
    for chain in ("up", "down"):
        lines += [f"\tchain {chain} {{", *_limits(kbit, voice_kbit), "\t}"]
    return "\n".join([*_cleared(name), *lines, "}", ""])


def lifting(customer: str, edge: str) -> str:
    """Rules that take the customer's table away, where it is there."""
    return "\n".join(["# The port of this customer is as fast as it was.", *_cleared(_table(customer, edge)), ""])


def _limits(kbit: int, voice_kbit: int) -> Iterable[str]:
    if voice_kbit:
        for family in ("ip", "ip6"):
            yield f"\t\t{family} dscp {_CALLS} limit rate {_rate(voice_kbit)} accept"
    yield f"\t\tlimit rate over {_rate(kbit)} drop"


def _rate(kbit: int) -> str:
    per_second = kbit * 125
    return f"{per_second} bytes/second burst {max(_LEAST_BURST, per_second // 10)} bytes"


def _cleared(name: str) -> list[str]:
    # Declared before it is deleted: to delete what is not there is an error, to declare what is there is none.
    return [f"table inet {name} {{}}", f"delete table inet {name}"]


def _table(customer: str, edge: str) -> str:
    """Names of tables are letters, digits and underscores; a customer's id may be anything."""
    return "fairwire_" + sha256(f"{edge}\n{customer}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
