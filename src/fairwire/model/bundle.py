"""The manifest of an evidence bundle: what is in it, each with its hash. The signature is over these bytes."""

from __future__ import annotations

import msgspec

FORMAT = "fairwire-evidence/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
DIGEST = "manifest.sha256"
README = "README.txt"


class BundleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the bundle."""

    name: str
    bytes: int
    sha256: str
    what: str
    """For people."""


class BundleKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key that signed it. It is named here so that the right one can be asked for; it proves nothing by standing here."""

    algorithm: str
    fingerprint: str
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER), in hexadecimal."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is said of the bundle as a whole."""

    format: str
    program: str
    made: str
    made_by: str
    case: str
    disclosure: str
    to: str
    basis: str
    reference: str
    level: str
    customer: str
    since: str
    until: str
    audit_entries: int
    """Of the site's audit trail when it was made."""
    audit_hash: str
    """Hash of the last of them: it stands for all before it."""
    missing: tuple[str, ...]
    """What should be in it and could not be had, one sentence each."""
    files: tuple[BundleFile, ...]
    key: BundleKey
