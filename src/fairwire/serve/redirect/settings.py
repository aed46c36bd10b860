"""The section `[sip]` of the settings file: where to listen, who may ask, and what is done when we cannot answer."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fairwire.model.errors import BadInput
from fairwire.serve.redirect.peers import LOOPBACK, Network, Peer
from fairwire.serve.spelling import refuse_unknown

NAMES = ("listen", "tls", "tls_certificate", "tls_key", "overload", "peers", "evapi", "stir")
STIR_NAMES = ("trust", "freshness", "signing_key", "certificate_url")
PEER_NAMES = ("name", "addresses", "trusted", "unknown", "direction", "next_hop", "on_failure", "calls_per_s")
_CHOICES = {
    "unknown": ("deny", "allow"),
    "direction": ("outbound", "inbound", "any"),
    "on_failure": ("open", "closed"),
    "overload": ("refuse", "allow"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StirSettings:
    """Caller identity: what is trusted, and what is signed with."""

    trust: Path | None = None
    """PEM of the roots that are trusted; None: nothing is verified."""
    freshness_s: int = 60
    signing_key: Path | None = None
    """PEM of a P-256 key; None: nothing is signed."""
    certificate_url: str = ""
    """Where others find the certificate of that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings:
    """What the redirect point runs with."""

    listen: str | None = None
    """`HOST:PORT` for UDP and TCP."""
    tls: str | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    overload: Literal["refuse", "allow"] = "refuse"
    peers: tuple[Peer, ...] = (LOOPBACK,)
    stir: StirSettings | None = None
    evapi: tuple[str, ...] = ()
    """Event sockets of Kamailio that we connect to, `HOST:PORT` each."""

    @property
    def only_loopback(self) -> bool:
        """Nobody but this machine may ask."""
        return all(network.is_loopback for peer in self.peers for network in peer.networks)


def read_sip(section: dict[str, Any], file: Path) -> SipSettings:
    """Read the section.

    Raises
    ------
    BadInput
        A setting does not exist, or is of the wrong kind; the message names it.
    """
    refuse_unknown("sip", section, NAMES, file)
    for name in ("listen", "tls", "tls_certificate", "tls_key"):
        if name in section and not isinstance(section[name], str):
            raise BadInput(f"the setting `sip.{name}` must be a text", at=str(file))
    if "tls" in section and not {"tls_certificate", "tls_key"} <= section.keys():
        raise BadInput("`sip.tls` needs `sip.tls_certificate` and `sip.tls_key`", at=str(file), help_="name two PEM files")
    peers = section.get("peers", [])
    if not isinstance(peers, list) or not all(isinstance(one, dict) for one in peers):
        raise BadInput("`sip.peers` must be sections `[[sip.peers]]`", at=str(file))
    evapi = section.get("evapi", [])
    evapi = [evapi] if isinstance(evapi, str) else evapi
    if not isinstance(evapi, list) or not all(isinstance(one, str) for one in evapi):
        raise BadInput("the setting `sip.evapi` must be a text or a list of texts", at=str(file), help_="give HOST:PORT")
    read = tuple(_peer(one, place, file) for place, one in enumerate(peers, start=1))
    names = [peer.name for peer in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"there are two peers called `{twice}`", at=str(file), help_="give each a name of its own")

    def path(name: str) -> Path | None:
        return file.parent / Path(section[name]).expanduser() if name in section else None

    return SipSettings(
        listen=section.get("listen"),
        tls=section.get("tls"),
        tls_certificate=path("tls_certificate"),
        tls_key=path("tls_key"),
        overload=_chosen("sip", section, "overload", "refuse", file),
        peers=read or (LOOPBACK,),
        evapi=tuple(evapi),
        stir=_stir(section["stir"], file) if "stir" in section else None,
    )


def _stir(section: object, file: Path) -> StirSettings:
    if not isinstance(section, dict):
        raise BadInput("`sip.stir` must be a section `[sip.stir]`", at=str(file))
    refuse_unknown("sip.stir", section, STIR_NAMES, file)
    for name in ("trust", "signing_key", "certificate_url"):
        if name in section and not isinstance(section[name], str):
            raise BadInput(f"the setting `sip.stir.{name}` must be a text", at=str(file))
    freshness = section.get("freshness", 60)
    if isinstance(freshness, bool) or not isinstance(freshness, int) or not 1 <= freshness <= 3600:
        raise BadInput("the setting `sip.stir.freshness` must be a number of seconds, 1 to 3600", at=str(file))
    if ("signing_key" in section) != ("certificate_url" in section):
        raise BadInput("`sip.stir.signing_key` and `sip.stir.certificate_url` need each other", at=str(file), help_="set both")
    return StirSettings(
        trust=file.parent / Path(section["trust"]).expanduser() if "trust" in section else None,
        freshness_s=freshness,
        signing_key=file.parent / Path(section["signing_key"]).expanduser() if "signing_key" in section else None,
        certificate_url=section.get("certificate_url", ""),
    )


def _chosen(where: str, section: dict[str, Any], name: str, otherwise: str, file: Path) -> Any:
    value = section.get(name, otherwise)
    if value not in _CHOICES[name]:
        told = " or ".join(f"`{one}`" for one in _CHOICES[name])
        raise BadInput(f"the setting `{where}.{name}` must be {told}", at=str(file))
    return value


def _peer(section: dict[str, Any], place: int, file: Path) -> Peer:
    where = f"sip.peers[{place}]"
    refuse_unknown(where, section, PEER_NAMES, file)
    addresses = section.get("addresses")
    addresses = [addresses] if isinstance(addresses, str) else addresses
    if not isinstance(addresses, list) or not addresses:
        raise BadInput(
            f"the peer `{where}` has no `addresses`", at=str(file), help_='add some, such as ["192.0.2.10", "2001:db8::/64"]'
        )
    networks = tuple(_network(one, where, file) for one in addresses)
    pace = section.get("calls_per_s")
    if pace is not None and (isinstance(pace, bool) or not isinstance(pace, int) or pace < 1):
        raise BadInput(f"the setting `{where}.calls_per_s` must be a whole number of at least 1", at=str(file))
    trusted = section.get("trusted", True)
    if not isinstance(trusted, bool):
        raise BadInput(f"the setting `{where}.trusted` must be true or false", at=str(file))
    name = section.get("name", f"peer {place}")
    if not isinstance(name, str) or not name:
        raise BadInput(f"the setting `{where}.name` must be a text", at=str(file))
    return Peer(
        name=name,
        networks=networks,
        trusted=trusted,
        unknown=_chosen(where, section, "unknown", "deny", file),
        direction=_chosen(where, section, "direction", "outbound", file),
        next_hop=_next_hop(section.get("next_hop"), where, file),
        on_failure=_chosen(where, section, "on_failure", "closed", file),
        declared="on_failure" in section,
        calls_per_s=pace,
    )


def _network(text: object, where: str, file: Path) -> Network:
    try:
        return ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        raise BadInput(f"`{str(text)[:60]}` of `{where}.addresses` is no IP address or network", at=str(file)) from None


def _next_hop(text: object, where: str, file: Path) -> tuple[str, int | None] | None:
    if text is None:
        return None
    if isinstance(text, str):
        host, port = text, None
        bracketed = text.startswith("[")
        before, colon, after = text.rpartition(":")
        if colon and after.isdigit() and (before.endswith("]") if bracketed else ":" not in before):
            host, port = before, int(after)
        plain = host.strip("[]")
        fine = plain and all(char.isalnum() or char in "-.:" for char in plain) and (":" not in plain or bracketed)
        if fine and (port is None or 0 < port < 65536):
            return host, port
    raise BadInput(f"the setting `{where}.next_hop` must be HOST or HOST:PORT", at=str(file))
