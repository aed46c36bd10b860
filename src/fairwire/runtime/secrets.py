"""The server's own secrets: made at the first start, kept in the data directory, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from fairwire.model.errors import FairwireError

MIN_TOKEN = 24
"""Characters. Shorter tokens, set by hand, can be guessed."""

AUDIT_KEY = "audit.key"
EVIDENCE_KEY = "evidence.key"
"""The seed of the Ed25519 key that evidence is signed with."""

TOKENS = ("token", "session.key", "sip.key", AUDIT_KEY, EVIDENCE_KEY)
"""The files that a start makes."""


class UnusableSecrets(FairwireError):
    """The data directory, or a secret in it, cannot be used as it is."""

    code = "FW-SEC-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the server must not tell. Never shown by `repr`."""

    token: str = field(repr=False)
    """The operator's API token: `Authorization: Bearer`, and once at the console's sign-in."""

    session_key: bytes = field(repr=False)
    """Signs console sessions. Removing its file signs everybody out."""

    tag_key: bytes = field(repr=False, default=b"")
    """Key of the To tags of SIP answers: the same in every process that answers for one address."""

    audit_key: bytes = field(repr=False, default=b"")
    """Key of the mark that says how far the audit trail has come."""


def load_secrets(data: Path) -> Secrets:
    """Read the secrets of a data directory, making the directory (0700) and what is missing (0600).

    Two processes that start at once end up with the same secrets.

    Raises
    ------
    UnusableSecrets
        The directory cannot be made or written, a secret is empty or too short, or everybody may read it.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = (secrets.token_urlsafe(32), *(secrets.token_hex(32) for _ in TOKENS[1:]))
        token, key, tag_key, audit, _ = (_read_or_make(data / name, made) for name, made in zip(TOKENS, fresh, strict=True))
    except OSError as error:
        raise _unusable(data, error) from error
    return Secrets(token=token, session_key=key.encode(), tag_key=tag_key.encode(), audit_key=audit.encode())


def audit_key(data: Path) -> bytes:
    """The key of the audit trail's mark alone, made when it is missing. Raises as `load_secrets` does."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read_or_make(data / AUDIT_KEY, secrets.token_hex(32)).encode()
    except OSError as error:
        raise _unusable(data, error) from error


def _unusable(data: Path, error: OSError) -> UnusableSecrets:
    return UnusableSecrets(
        f"the data directory cannot be used: {(error.strerror or 'unknown reason').lower()}",
        at=str(error.filename or data),
        help_="give a directory that this user may write with `--data`",
    )


def evidence_seed(data: Path) -> bytes:
    """The 32 bytes that the key for evidence is made of; made with the first start, or now.

    Raises
    ------
    UnusableSecrets
        The file cannot be read or made, or is not what it should be.
    """
    path = data / EVIDENCE_KEY
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = _read_or_make(path, secrets.token_hex(32))
        seed = bytes.fromhex(text)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UnusableSecrets(
            f"the key for evidence cannot be used: {why}", at=str(path), help_="let this user read it"
        ) from error
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise UnusableSecrets("this is no key for evidence", at=str(path), help_="restore it from a backup: old bundles name it")
    return seed


def _read_or_make(path: Path, fresh: str) -> str:
    if not path.exists():
        # Written aside and linked into place: a reader sees the whole secret or none, and the first of two writers wins.
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(fresh + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
        finally:
            aside.unlink()
    if stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
        raise UnusableSecrets("everybody on this machine may read the secret", at=str(path), help_=f"run `chmod 600 {path}`")
    secret = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(secret) < MIN_TOKEN or not secret.isascii():
        raise UnusableSecrets(
            f"the secret must be at least {MIN_TOKEN} plain characters",
            at=str(path),
            help_="remove the file and a new one is made",
        )
    return secret
