"""A certificate authority for tests: roots, issuers and signers of any kind, sound and unsound, and calls that they sign."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA3_256, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fairwire.model.instants import DAY_US, parse_us
from fairwire.stir.certificates import Chain, FetchFailure
from fairwire.stir.sign import Signer
from fairwire.stir.verify import Verdict, verify

NOW_US = parse_us("2026-03-02T12:00:00Z")
CALLER, CALLED, THIRD = "+12125550121", "+12125550131", "+12125550141"
X5U = "https://certificates.example/sp.pem"
ORIGID = "3c24b2f2-2f0b-4d53-9d44-6a2f0b1a7d11"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def der(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    content = b"".join(parts)
    length = len(content)
    size = b"" if length < 0x80 else length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size) if size else length]) + size + content


def spc(code: str) -> bytes:
    """An entry of a TNAuthList: a provider."""
    return der(0xA0, der(0x16, code.encode()))


def number_range(start: str, count: int) -> bytes:
    """An entry of a TNAuthList: consecutive numbers."""
    value = count.to_bytes(count.bit_length() // 8 + 1, "big")
    return der(0xA1, der(0x30, der(0x16, start.encode()), der(0x02, value)))


def one_number(number: str) -> bytes:
    """An entry of a TNAuthList: a number."""
    return der(0xA2, der(0x16, number.encode()))


def tn_auth_list(*entries: bytes) -> bytes:
    """The value of the extension."""
    return der(0x30, *entries)


ANY_NUMBER = tn_auth_list(spc("709J"))


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def signer(self, x5u: str = X5U) -> Signer:
        return Signer(self.key_pem, x5u)


def holder(
    name: str,
    issuer: Holder | None = None,
    *,
    key: Key | None = None,
    authority: bool = False,
    path_length: int | None = None,
    numbers: bytes | None = None,
    from_us: int = NOW_US - 30 * DAY_US,
    until_us: int = NOW_US + 30 * DAY_US,
    usage: x509.KeyUsage | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    hashed: SHA256 | SHA3_256 | None = None,
) -> Holder:
    """A certificate by `issuer`, or by itself."""
    own = key if key is not None else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.fromtimestamp(from_us // 1_000_000, datetime.UTC))
        .not_valid_after(datetime.datetime.fromtimestamp(until_us // 1_000_000, datetime.UTC))
        .add_extension(x509.BasicConstraints(authority, path_length if authority else None), critical=True)
    )
    if numbers is not None:
        oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")
        building = building.add_extension(x509.UnrecognizedExtension(oid, numbers), critical=False)
    if usage is not None:
        building = building.add_extension(usage, critical=True)
    for value, critical in extensions:
        building = building.add_extension(value, critical=critical)
    signing = own if issuer is None else issuer.key
    return Holder(building.sign(signing, hashed or SHA256()), own)


@dataclass(frozen=True)
class Authority:
    """Root, issuer, and a provider that signs calls."""

    root: Holder
    issuer: Holder
    provider: Holder

    @property
    def trust(self) -> list[x509.Certificate]:
        return [self.root.certificate]

    def chain(self, *certificates: Holder) -> Chain:
        """Those named, or the provider's, and the issuer's."""
        return Chain(tuple(one.certificate for one in (*(certificates or (self.provider,)), self.issuer)))

    def signer(self) -> Signer:
        return self.provider.signer()


@cache
def authority() -> Authority:
    """One for all tests of a process; keys take a while."""
    root = holder("Example Root", authority=True)
    issuer = holder("Example Issuer", root, authority=True, path_length=0)
    return Authority(root, issuer, holder("Example Provider", issuer, numbers=ANY_NUMBER))


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of another kind."""
    return rsa.generate_private_key(65537, bits)


def signed(signer: Signer | None = None, *, iat_us: int = NOW_US, orig: str = CALLER, dest: str = CALLED) -> str:
    """The Identity header of a call."""
    return (signer or authority().signer()).sign(orig, dest, "A", iat_us, ORIGID)


def answering(chain: Chain | FetchFailure | None) -> Callable[[str], Chain | FetchFailure | None]:
    """The same for every address."""
    return lambda _url: chain


OURS = FetchFailure("none was asked for")
"""Stands for the chain of `authority`, which is made when it is first needed."""


def judged(
    *identities: str,
    caller: str | None = CALLER,
    called: str = CALLED,
    date_us: int | None = None,
    now_us: int = NOW_US,
    chain: Chain | FetchFailure | Callable[[str], Chain | FetchFailure | None] | None = OURS,
    trust: Sequence[x509.Certificate] | None = None,
    revoked: Sequence[int] = (),
    freshness_s: int = 60,
    rsa_issuers: bool = False,
) -> Verdict:
    """`verify`, with the authority of the tests where nothing else is said."""
    ours = authority()
    if chain is OURS:
        chain = ours.chain()
    return verify(
        identities,
        caller=caller,
        called=called,
        date_us=date_us,
        now_us=now_us,
        certificates=chain if callable(chain) else answering(chain),
        trust=ours.trust if trust is None else trust,
        revoked=revoked,
        freshness_s=freshness_s,
        rsa_issuers=rsa_issuers,
    )
