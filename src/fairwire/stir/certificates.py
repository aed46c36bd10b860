"""Certificates of those who sign: read from PEM, and followed from the signer to a root that is trusted (RFC 8226, RFC 5280 6).

The root is always one of those handed in; what a chain brings along is never trusted for itself.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID

from fairwire.stir.authority import TN_AUTH_LIST, TNAuthList, read_tn_auth_list
from fairwire.stir.causes import Cause, Refusal

LARGEST_PEM: Final = 65_536
"""Bytes of a file of certificates."""
_LONGEST_CHAIN: Final = 8
_LEAST_RSA_BITS: Final = 2048
_PATHS_KEPT: Final = 1024

_CLAIM_CONSTRAINTS: Final = ("1.3.6.1.5.5.7.1.27", "1.3.6.1.5.5.7.1.33")
"""JWTClaimConstraints (RFC 8226 8) and EnhancedJWTClaimConstraints (RFC 9118)."""
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string,
        ExtensionOID.KEY_USAGE.dotted_string,
        ExtensionOID.CERTIFICATE_POLICIES.dotted_string,
        TN_AUTH_LIST,
    }
)
"""May be critical. A policy is a statement about the issuer's practice: ATIS-1000080 wants one, and nothing follows from it."""

_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
"""What certificates may be signed with; the older ones are forged for money."""

_PARSE_ERRORS: Final = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """No certificate could be had from an address."""

    reason: str
    """For people, without a full stop."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates as fetched: first the one that signs calls, then each one's issuer."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the signer."""
        return self.certificates[0]


class Roots(tuple[x509.Certificate, ...]):
    """Roots that are trusted, in a form that is quick to ask about: made once, when a list comes in, and handed to every call."""

    def __hash__(self) -> int:
        # A list has dozens of certificates, and each call looks its chain up by it.
        known: int | None = self.__dict__.get("hash")
        if known is None:
            known = self.__dict__["hash"] = super().__hash__()
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A signer's certificate that leads to a trusted root: its key, and what it speaks for."""

    key: ec.EllipticCurvePublicKey
    numbers: TNAuthList
    from_us: int
    until_us: int
    """Validity of this certificate; both ends belong to it."""


def read_chain(pem: str | bytes) -> Chain | Refusal:
    """Certificates in PEM, the signer's first. Never raises; text between the blocks is passed over (RFC 7468 5.2)."""
    data = pem.encode("utf-8", "surrogatepass") if isinstance(pem, str) else pem
    if len(data) > LARGEST_PEM:
        return Refusal(Cause.cert_contents_invalid, f"the certificates have more than {LARGEST_PEM} bytes")
    if b"PRIVATE KEY-----" in data:
        return Refusal(Cause.cert_contents_invalid, "the file has a private key in it, which is then nobody's alone")
    try:
        found = x509.load_pem_x509_certificates(data)
        if len(found) <= _LONGEST_CHAIN:
            for certificate in found:
                _ = certificate.extensions, certificate.not_valid_after_utc  # what cannot be read shows here, not in a call
    except _PARSE_ERRORS:
        return Refusal(Cause.cert_contents_invalid, "what was fetched is no certificate in PEM that can be read")
    if not 0 < len(found) <= _LONGEST_CHAIN:
        return Refusal(Cause.cert_contents_invalid, f"a chain has 1 to {_LONGEST_CHAIN} certificates, and this one {len(found)}")
    if any(certificate.serial_number <= 0 for certificate in found):  # RFC 5280 4.1.2.2; the library only warns
        return Refusal(Cause.cert_contents_invalid, "a certificate's serial number is not above zero")
    return Chain(tuple(found))


def check_chain(
    chain: Chain,
    trust: Sequence[x509.Certificate],
    at_us: int,
    *,
    revoked: Container[int] = (),
    rsa_issuers: bool = False,
) -> Signing | Refusal:
    """Follow a chain to a trusted root, at an instant. Signatures are looked at once per chain and set of roots.

    Parameters
    ----------
    chain
        The signer's certificate and its issuers, in order; the root may be left out, or be there.
    trust
        Roots that are trusted: in SHAKEN those of the policy administrator's list. As `Roots`, a long list costs nothing.
    at_us
        When the certificates have to be valid: the time of the passport.
    revoked
        Serial numbers that hold no more. A certificate anywhere below the root counts.
    rsa_issuers
        Whether issuers may have RSA keys of 2048 bits or more. SHAKEN has P-256 throughout (ATIS-1000080); the signer
        itself always has.
    """
    path = _path(chain.certificates, trust if isinstance(trust, Roots) else Roots(trust), rsa_issuers)
    if isinstance(path, Refusal):
        return path
    signing = path.signing
    if not path.issuers_from_us <= at_us <= path.issuers_until_us:
        return Refusal(Cause.cert_not_trusted, "an issuer of the signer's certificate, or its root, was not valid at the time")
    if not signing.from_us <= at_us <= signing.until_us:
        return Refusal(Cause.cert_date_failure, "the signer's certificate was not valid at the time")
    if any(serial in revoked for serial in path.serials):
        return Refusal(Cause.cert_revoked, "the signer's certificate, or one of its issuers', is revoked")
    return signing if path.fault is None else path.fault


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """A chain that leads to a trusted root, whatever the time."""

    signing: Signing
    fault: Refusal | None
    """What is wrong with the list of numbers: said last, as operators expect who know other verifiers."""
    issuers_from_us: int
    issuers_until_us: int
    """The time that the validities of all issuers have in common, the root's included."""
    serials: tuple[int, ...]
    """Of all certificates below the root."""


@lru_cache(maxsize=_PATHS_KEPT)
def _path(chain: tuple[x509.Certificate, ...], trust: Roots, rsa_issuers: bool) -> _Path | Refusal:
    """What of `check_chain` does not depend on time."""
    try:
        return _followed(chain, trust, rsa_issuers)
    except _PARSE_ERRORS:
        return Refusal(Cause.cert_contents_invalid, "a certificate of the chain cannot be read")


def _followed(chain: tuple[x509.Certificate, ...], trust: Roots, rsa_issuers: bool) -> _Path | Refusal:
    leaf = chain[0]
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return Refusal(Cause.cert_key_unsupported, "the signer's key is not on the curve P-256")
    path = _to_root(chain, trust)
    if path is None:
        return Refusal(Cause.cert_not_trusted, "the signer's certificate does not lead to a root that is trusted")
    for depth, certificate in enumerate(path):
        fault = _unfit(certificate, depth, rsa_issuers)
        if fault is not None:
            return fault
    numbers = _tn_auth_list(leaf)
    signing = Signing(key=key, numbers=numbers or TNAuthList((), ()), from_us=_from_us(leaf), until_us=_until_us(leaf))
    return _Path(
        signing=signing,
        fault=_beyond(path, numbers),
        issuers_from_us=max(_from_us(one) for one in path[1:]),
        issuers_until_us=min(_until_us(one) for one in path[1:]),
        serials=tuple(one.serial_number for one in path[:-1]),
    )


def _beyond(path: Sequence[x509.Certificate], numbers: TNAuthList | None) -> Refusal | None:
    """What is wrong with the numbers that the signer's certificate speaks for."""
    if numbers is None:
        return Refusal(
            Cause.cert_no_tn_auth_ext, "the signer's certificate does not say for which numbers it speaks (TNAuthList)"
        )
    for issuer in path[1:-1]:
        # An issuer that is limited itself hands on no more than it has; authorities above all providers have no list.
        if any(extension.oid.dotted_string == TN_AUTH_LIST for extension in issuer.extensions):
            limit = _tn_auth_list(issuer)
            if limit is None or not limit.encompasses(numbers):
                return Refusal(Cause.cert_not_trusted, "the signer's certificate speaks for more numbers than its issuer's")
            numbers = limit
    return None


def _to_root(chain: Sequence[x509.Certificate], trust: Sequence[x509.Certificate]) -> list[x509.Certificate] | None:
    """The chain up to a trusted root, each certificate signed by the next; None when it does not get there."""
    path = [chain[0]]
    for place in range(len(chain)):
        if chain[place] in trust:
            # A signer that is its own root has nobody who vouches for it: RFC 8226 wants an issuer.
            return path if place else None
        root = next((one for one in trust if _issued(chain[place], one)), None)
        if root is not None:
            return [*path, root]
        if place + 1 == len(chain) or not _issued(chain[place], chain[place + 1]):
            return None
        path.append(chain[place + 1])
    return None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Names and signature fit."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        hashed = certificate.signature_hash_algorithm
        if hashed is None or hashed.name not in _HASHES:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *_PARSE_ERRORS):
        return False
    return True


def _unfit(certificate: x509.Certificate, depth: int, rsa_issuers: bool) -> Refusal | None:
    """Why a certificate cannot stand where it stands; `depth` 0 is the signer, and the last one is the root."""
    constraints: x509.BasicConstraints | None = None
    usage: x509.KeyUsage | None = None
    for extension in certificate.extensions:
        oid = extension.oid.dotted_string
        if oid in _CLAIM_CONSTRAINTS:
            return Refusal(
                Cause.cert_constraints_unsupported, "the certificate limits its holder's claims, which is not read here"
            )
        if extension.critical and oid not in _UNDERSTOOD:
            return Refusal(
                Cause.cert_constraints_unsupported, f"the certificate has a critical extension that is not known ({oid})"
            )
        if isinstance(extension.value, x509.BasicConstraints):
            constraints = extension.value
        elif isinstance(extension.value, x509.KeyUsage):
            usage = extension.value
    if depth == 0:
        if usage is not None and not usage.digital_signature:
            return Refusal(Cause.cert_key_unsupported, "the signer's certificate is not for signatures (key usage)")
        return None
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return Refusal(Cause.cert_not_trusted, "one that issued a certificate of the chain is no authority (basic constraints)")
    if constraints.path_length is not None and depth - 1 > constraints.path_length:
        return Refusal(Cause.cert_not_trusted, "the chain is longer than one of its authorities allows (path length)")
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return None
    if rsa_issuers and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
        return None
    return Refusal(Cause.cert_key_unsupported, "the key of an issuer of the signer's certificate is not on the curve P-256")


def _tn_auth_list(certificate: x509.Certificate) -> TNAuthList | None:
    for extension in certificate.extensions:
        if extension.oid.dotted_string == TN_AUTH_LIST and isinstance(extension.value, x509.UnrecognizedExtension):
            return read_tn_auth_list(extension.value.value)
    return None


def _from_us(certificate: x509.Certificate) -> int:
    return round(certificate.not_valid_before_utc.timestamp()) * 1_000_000


def _until_us(certificate: x509.Certificate) -> int:
    # The last second belongs to the validity as a whole (RFC 5280 4.1.2.5).
    return round(certificate.not_valid_after_utc.timestamp()) * 1_000_000 + 999_999
