"""Passports of our own: what we vouch for, written in the one form and signed (RFC 8224 6.1, RFC 8588, RFC 8946)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fairwire.model.errors import FairwireError
from fairwire.stir.causes import Refusal
from fairwire.stir.passport import (
    Attestation,
    base64url,
    canonical_json,
    canonical_number,
    read_identity,
    x5u_fault,
)

_ES256 = ec.ECDSA(SHA256(), deterministic_signing=True)
"""RFC 6979: the same claims give the same header, and no bad dice give the key away."""


class CannotSign(FairwireError):
    """A key, an address of a certificate or a call's claims that no passport can be made of."""

    code = "FW-STIR-001"


def level(*, customer_known: bool, number_owned: bool | None, from_gateway: bool = False) -> Attestation:
    """What may be vouched for (ATIS-1000074).

    Parameters
    ----------
    customer_known
        We know who originates the call: a customer with credentials or a trunk of its own.
    number_owned
        The number shown is assigned to that customer, or was shown to be the customer's. None: nothing is known of it.
    from_gateway
        The call came from another network; whoever called is not ours, whatever else is known.
    """
    if from_gateway or not customer_known:
        return "C"
    return "A" if number_owned is True else "B"


class Signer:
    """A key, and the address under which everybody finds its certificate.

    Parameters
    ----------
    key_pem
        The private key in PEM, on the curve P-256.
    x5u
        Where the certificate is, with its issuers: https, port 443 or 8443, no query (ATIS-1000074 5.3.1).
    password
        Of the key, when it is locked.

    Raises
    ------
    CannotSign
        The key cannot be read or is of another kind, or the address is none that verifiers may ask.
    """

    def __init__(self, key_pem: bytes, x5u: str, *, password: bytes | None = None) -> None:
        try:
            key = load_pem_private_key(key_pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # What the library says may quote the key.
            raise CannotSign(
                "the signing key cannot be read", hint="PEM of a P-256 private key, and its password if it is locked"
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise CannotSign("the signing key is not on the curve P-256", hint="SHAKEN allows ES256 alone")
        fault = x5u_fault(x5u)
        if fault is not None:
            raise CannotSign(
                f"the address of the certificate {fault}", hint="https, port 443 or 8443, no user, query or fragment"
            )
        self._key = key
        self._x5u = x5u

    def __repr__(self) -> str:
        return f"Signer(x5u={self._x5u!r})"

    def sign(self, orig: str, dest: str | Sequence[str], attest: Attestation, iat_us: int, origid: str) -> str:
        """The Identity header's value for a call of ours.

        Parameters
        ----------
        orig, dest
            Caller and called, E.164 in any writing; several called for a call to a group.
        attest
            See `level`.
        iat_us
            Now; written in whole seconds.
        origid
            Where the call came into the network: a UUID that stays the same for a customer or a trunk, and names nobody.

        Raises
        ------
        CannotSign
            A number is none, or the claims are none that a strict reader would take.
        """
        claims = {
            "attest": attest,
            "dest": {"tn": _numbers(dest)},
            "iat": iat_us // 1_000_000,
            "orig": {"tn": _number(orig)},
            "origid": origid,
        }
        return self._identity("shaken", claims)

    def sign_div(self, orig: str, diverted: str, dest: str | Sequence[str], iat_us: int) -> str:
        """The value of one more Identity header for a call that we send on (RFC 8946); those it came with stay.

        Parameters
        ----------
        orig
            The caller, as in the passport that the call came with.
        diverted
            The number that was called, and is ours to answer for.
        dest
            Where it goes now.
        iat_us
            Now.

        Raises
        ------
        CannotSign
            A number is none.
        """
        claims = {
            "dest": {"tn": _numbers(dest)},
            "div": {"tn": _number(diverted)},
            "iat": iat_us // 1_000_000,
            "orig": {"tn": _number(orig)},
        }
        return self._identity("div", claims)

    def _identity(self, ppt: str, claims: Mapping[str, object]) -> str:
        header = {"alg": "ES256", "ppt": ppt, "typ": "passport", "x5u": self._x5u}
        signed = f"{base64url(canonical_json(header))}.{base64url(canonical_json(claims))}"
        r, s = decode_dss_signature(self._key.sign(signed.encode("ascii"), _ES256))
        signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        value = f"{signed}.{signature};info=<{self._x5u}>;alg=ES256;ppt={ppt}"
        read = read_identity(value)
        if isinstance(read, Refusal):
            # What we would not take from others we do not send.
            raise CannotSign(read.sentence)
        return value


def _number(text: str) -> str:
    number = canonical_number(text)
    if number is None:
        raise CannotSign("a passport speaks of telephone numbers, and one of the call's parties has none", hint="E.164")
    return number


def _numbers(dest: str | Sequence[str]) -> list[str]:
    return [_number(dest)] if isinstance(dest, str) else [_number(one) for one in dest]
