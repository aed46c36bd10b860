"""`HOST:PORT`, as options have it."""

from __future__ import annotations

from fairwire.ports.enforcers import BadEdge, Site


def read_host_port(site: Site, option: str, text: str) -> tuple[str, int]:
    """The two.

    Raises
    ------
    BadEdge
        The text is no such address.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    sound = host and host.isascii() and host.isprintable() and " " not in host
    if not sound or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise BadEdge(f"`{option}` of the edge `{site.name}` is no HOST:PORT", help_="give one such as 127.0.0.1:8021")
    return host, int(port)
