"""The section `[hep]` of the settings file: where to listen for mirrored messages, and whose are taken."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwire.model.errors import BadInput
from fairwire.serve.redirect.peers import LOOPBACK, Network
from fairwire.serve.spelling import refuse_unknown

NAMES = ("listen", "key_file", "addresses", "decision_points", "ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class HepSettings:
    """What the listener for mirrored messages runs with."""

    listen: str | None = None
    """`HOST:PORT` for UDP and TCP."""
    key_file: Path | None = None
    """Holds the key that each packet must have (chunk 14); None: no key is asked for."""
    addresses: tuple[Network, ...] = LOOPBACK.networks
    """Whose packets are taken."""
    decision_points: tuple[tuple[str, int], ...] = ()
    """Addresses at which proxies reach our redirect point, where they are not those that it listens on."""
    ends: bool = True
    """Tell ends; false where records of calls tell them, with what they cost."""

    @property
    def only_loopback(self) -> bool:
        """Packets of nobody but this machine are taken."""
        return all(network.is_loopback for network in self.addresses)


def read_hep(section: dict[str, Any], file: Path) -> HepSettings:
    """Read the section.

    Raises
    ------
    BadInput
        A setting does not exist, or is of the wrong kind; the message names it.
    """
    refuse_unknown("hep", section, NAMES, file)
    for name, value in section.items():
        if name in ("listen", "key_file") and not isinstance(value, str):
            raise BadInput(f"the setting `hep.{name}` must be a text", at=str(file))
        if name == "ends" and not isinstance(value, bool):
            raise BadInput("the setting `hep.ends` must be true or false", at=str(file))
    addresses = tuple(_network(one, file) for one in _texts(section, "addresses", file))
    return HepSettings(
        listen=section.get("listen"),
        key_file=file.parent / Path(section["key_file"]).expanduser() if "key_file" in section else None,
        addresses=addresses or LOOPBACK.networks,
        decision_points=tuple(_point(one, file) for one in _texts(section, "decision_points", file)),
        ends=section.get("ends", True),
    )


def read_key(file: Path | None) -> bytes:
    """The key in a file; empty where no file is named.

    Raises
    ------
    BadInput
        It cannot be read, or holds none.
    """
    if file is None:
        return b""
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise BadInput(f"the file that `hep.key_file` names cannot be read: {why}", at=str(file)) from None
    if not key:
        raise BadInput("the file that `hep.key_file` names is empty", at=str(file), help_="write the proxy's key into it")
    return key


def _texts(section: dict[str, Any], name: str, file: Path) -> list[str]:
    value = section.get(name, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadInput(f"the setting `hep.{name}` must be a text or a list of texts", at=str(file))
    return value


def _network(text: str, file: Path) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadInput(f"`{text[:60]}` of `hep.addresses` is no IP address or network", at=str(file)) from None


def _point(text: str, file: Path) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    try:
        if 0 < int(port) < 65536:
            return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError:
        pass
    raise BadInput(f"`{text[:60]}` of `hep.decision_points` is no ADDRESS:PORT", at=str(file), help_="give 192.0.2.5:5060")
