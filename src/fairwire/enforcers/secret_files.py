"""Secrets that edges are asked with: each in a file of its own, so that the settings can be shown to anybody."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

from fairwire.net.connecting import tls_context
from fairwire.ports.enforcers import BadEdge, Site

_SHOWN = "(secret)"


def path_of(site: Site, text: str) -> Path:
    """The file that an option names."""
    return site.folder / Path(text).expanduser()


def read_secret(site: Site, option: str, text: str) -> str:
    """The one line of a file that only its owner, or the owner's group, may read.

    Raises
    ------
    BadEdge
        It cannot be read, everybody may read it, or it has no line or several.
    """
    path = path_of(site, text)
    where = f"`{option}` of the edge `{site.name}`"
    try:
        mode = path.stat().st_mode
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = (getattr(error, "strerror", None) or "it is no text").lower()
        raise BadEdge(
            f"the file that {where} names cannot be read: {why}", at=str(path), help_="let the server's user read it"
        ) from None
    if stat.S_IMODE(mode) & stat.S_IRWXO:
        raise BadEdge(
            f"everybody on this machine may read the file that {where} names", at=str(path), help_=f"run `chmod 600 {path}`"
        )
    if not secret or not secret.isprintable():
        raise BadEdge(f"the file that {where} names must hold one line", at=str(path), help_="write the secret into it, no more")
    return secret


def hidden(text: str, *secrets: str) -> str:
    """A text without the secrets in it: some programs tell back what they were sent."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _SHOWN)
    return text


def read_authorities(site: Site, text: str | None) -> ssl.SSLContext:
    """What a server's certificate is checked with: by the PEM file that `ca_file` names, or the machine's own list.

    Raises
    ------
    BadEdge
        The file cannot be read, or holds no certificate.
    """
    if text is None:
        return tls_context()
    path = path_of(site, text)
    try:
        return tls_context(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        why = (error.strerror or "it holds no certificate").lower() if isinstance(error, OSError) else "it holds no certificate"
        if isinstance(error, ssl.SSLError):
            why = "it holds no certificate"
        raise BadEdge(f"the file that `ca_file` of the edge `{site.name}` names cannot be used: {why}", at=str(path)) from None
