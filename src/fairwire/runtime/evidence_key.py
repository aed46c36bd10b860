"""The site's key for evidence: Ed25519, made by the first start. Its public half goes to whoever must verify a bundle."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from fairwire.model.errors import BadInput
from fairwire.runtime.secrets import evidence_seed

LARGEST_KEY = 10_000
"""Bytes of a file with a public key."""


def signing_key(data: Path) -> Ed25519PrivateKey:
    """The private half, of a data folder."""
    return Ed25519PrivateKey.from_private_bytes(evidence_seed(data))


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public half as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the public half, in hexadecimal: what two people compare by telephone."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key from a file.

    Raises
    ------
    BadInput
        It cannot be read, or is none of Ed25519.
    """
    try:
        text = path.read_bytes()[:LARGEST_KEY]
    except OSError as error:
        raise BadInput(f"the public key cannot be read: {error.strerror or error}", at=str(path)) from None
    try:
        key = load_pem_public_key(text)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("this is no public key of ours", at=str(path), help_="give the PEM file that `fairwire case key` writes")
    return key


def signed_by(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether a signature is this key's over a content."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
