"""Whether the number that a caller shows is vouched for (RFC 8224 6.2, RFC 8588, RFC 8946, ATIS-1000074 5.3.1).

What costs nothing comes first: a certificate is asked for only where the passport is fresh and speaks of this call, so that
nobody makes us fetch by sending what cannot pass.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from fairwire.stir.causes import Cause, Outcome, Refusal
from fairwire.stir.certificates import Chain, FetchFailure, check_chain
from fairwire.stir.passport import Attestation, Passport, Unsupported, canonical_number, read_identity, shown, x5u_fault

CertificateFor = Callable[[str], Chain | FetchFailure | None]
"""Answers at once with what is known of an address; None while it is being fetched."""

FRESHNESS_S: Final = 60
"""RFC 8224 recommends a minute."""
MOST_IDENTITIES: Final = 16
"""A call that was diverted ten times has eleven; each may cost a signature to check."""

_ES256: Final = ec.ECDSA(SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What can be said of a caller's number, and why."""

    verdict: Outcome
    attestation: Attestation | Literal["none"]
    """What the signer vouches for; `none` unless the verdict is passed."""
    origid: str | None
    """Where the call came into the network, for tracing it back; None unless passed."""
    cause: Cause
    code: int | None
    """The response to refuse the call with, where a site refuses; None when nothing speaks against it."""
    phrase: str
    sentence: str
    """For people."""
    diverted: tuple[str, ...] = ()
    """Numbers that the call was signed as diverted from, the first one called first. The caller is then not a customer of
    the one who forwards, and not spoofed either."""
    x5u: str | None = None
    """The certificate that vouches for the caller; None unless passed."""


def verify(
    identities: Sequence[str],
    *,
    caller: str | None,
    called: str,
    date_us: int | None,
    now_us: int,
    certificates: CertificateFor,
    trust: Sequence[x509.Certificate],
    freshness_s: int = FRESHNESS_S,
    revoked: Container[int] = (),
    rsa_issuers: bool = False,
) -> Verdict:
    """Judge the Identity headers of one call. Never raises for what a caller sends.

    One shaken passport that holds is enough. It has to name the caller, and the number called or one from which signed
    diversions lead there. Where none holds, the reason is that of the first one, unless a certificate is still on its way.

    Parameters
    ----------
    identities
        Values of the Identity headers, in the order of the message.
    caller
        The number shown: of P-Asserted-Identity from a trusted peer, else of From. E.164; None or a word when withheld.
    called
        The number called, E.164 of the request, or a URI.
    date_us
        The Date header, when there is one; it has to be as fresh as the passport.
    now_us
        The instant to judge at.
    certificates
        Asked for an address only when everything else but the signature holds.
    trust, revoked, rsa_issuers
        As for `check_chain`.
    freshness_s
        Seconds that a passport may be old, or ahead.
    """
    number = canonical_number(caller) if caller is not None else None
    if number is None:
        return _refused(Refusal(Cause.invalid_or_no_callerid, "the call shows no number that somebody could vouch for"))
    if not identities:
        return _refused(Refusal(Cause.missing_identity_hdr, "the call has no Identity header: nobody vouches for its number"))
    if len(identities) > MOST_IDENTITIES:
        return _refused(Refusal(Cause.invalid_header, f"the call has more than {MOST_IDENTITIES} Identity headers"))
    if date_us is not None and abs(now_us - date_us) > freshness_s * 1_000_000:
        age = f"the Date header is {_seconds(now_us - date_us)}, and {freshness_s} s are allowed"
        return _refused(Refusal(Cause.date_hdr_range_error, age))
    bench = _Bench(number, called, now_us, freshness_s, certificates, trust, revoked, rsa_issuers)
    return bench.judge([read_identity(text) for text in identities])


@dataclass(frozen=True, slots=True)
class _Bench:
    """One call, and everything that its passports are measured by."""

    caller: str
    called: str
    now_us: int
    freshness_s: int
    certificates: CertificateFor
    trust: Sequence[x509.Certificate]
    revoked: Container[int]
    rsa_issuers: bool

    def judge(self, read: Sequence[Passport | Unsupported | Refusal]) -> Verdict:
        diversions = [one for one in read if isinstance(one, Passport) and one.ppt == "div"]
        faults: list[Refusal] = []
        for one in read:
            if isinstance(one, Refusal):
                faults.append(one)
            elif isinstance(one, Passport) and one.ppt == "shaken":
                found = self._judge_one(one, diversions)
                if isinstance(found, Verdict):
                    return found
                faults.append(found)
        if faults:
            return _refused(next((fault for fault in faults if fault.cause is Cause.cert_pending), faults[0]))
        if diversions:
            sentence = "the call's diversions are signed, and the passport of its caller is missing"
            return _refused(Refusal(Cause.div_without_shaken, sentence))
        kinds = ", ".join(shown(one.ppt or "none") for one in read if not isinstance(one, Refusal))
        return _refused(Refusal(Cause.unsupported_ppt, f"no Identity header vouches for the caller's number (ppt: {kinds})"))

    def _judge_one(self, passport: Passport, diversions: Sequence[Passport]) -> Verdict | Refusal:
        if passport.orig_tn != self.caller:
            sentence = f"the call shows {self.caller}, and the one who signed vouches for {passport.orig_tn}"
            return Refusal(Cause.cid_orig_tn_mismatch, sentence)
        fault = self._stale(passport)
        if fault is not None:
            return fault
        if not self._reaches(passport) and not diversions:
            return Refusal(Cause.called_dest_mismatch, "the call goes to another number than the one that was signed")
        fault = self._unsigned(passport, passport.orig_tn)
        if fault is not None:
            return fault
        diverted = self._diverted(passport, diversions)
        if isinstance(diverted, Refusal):
            return diverted
        assert passport.attest is not None, "a shaken passport is read with its attestation"
        way = f", diverted from {' and then '.join(diverted)}" if diverted else ""
        return Verdict(
            verdict="TN-Validation-Passed",
            attestation=passport.attest,
            origid=passport.origid,
            cause=Cause.success,
            code=None,
            phrase="",
            sentence=f"{_VOUCHED[passport.attest]}{way}",
            diverted=diverted,
            x5u=passport.x5u,
        )

    def _diverted(self, first: Passport, diversions: Sequence[Passport]) -> tuple[str, ...] | Refusal:
        """The numbers from which signed diversions lead to the one called (RFC 8946); none when it was called directly.

        Each diversion is looked at once, whatever order the headers are in.
        """
        ways: list[tuple[Passport, tuple[str, ...]]] = [(first, ())]
        left = list(diversions)
        faults: list[Refusal] = []
        for here, way in ways:  # grows while it is walked
            if self._reaches(here):
                return way
            for diversion in [one for one in left if one.div_tn in here.dest_tns]:
                assert diversion.div_tn is not None, "it is among numbers"
                left.remove(diversion)
                if diversion.orig_tn != first.orig_tn:
                    sentence = f"the diversion from {diversion.div_tn} was signed for another caller"
                    faults.append(Refusal(Cause.cid_orig_tn_mismatch, sentence))
                    continue
                fault = self._stale(diversion) or self._unsigned(diversion, diversion.div_tn)
                if fault is None:
                    ways.append((diversion, (*way, diversion.div_tn)))
                else:
                    sentence = f"of the diversion from {diversion.div_tn}: {fault.sentence}"
                    faults.append(Refusal(fault.cause, sentence))
        if faults:
            return next((fault for fault in faults if fault.cause is Cause.cert_pending), faults[0])
        return Refusal(Cause.div_chain_broken, "the signed diversions do not lead to the number that is called")

    def _reaches(self, passport: Passport) -> bool:
        number = canonical_number(self.called)
        return number in passport.dest_tns if number is not None else self.called.strip() in passport.dest_uris

    def _stale(self, passport: Passport) -> Refusal | None:
        age_us = self.now_us - passport.iat_us
        if abs(age_us) <= self.freshness_s * 1_000_000:
            return None
        return Refusal(Cause.iat_range_error, f"the passport is {_seconds(age_us)}, and {self.freshness_s} s are allowed")

    def _unsigned(self, passport: Passport, number: str) -> Refusal | None:
        """Why the signature does not stand for `number`: certificate, chain, numbers, signature, in this order."""
        fault = x5u_fault(passport.x5u)
        if fault is not None:
            return Refusal(Cause.x5u_refused, f"the address of the certificate {fault}: {shown(passport.x5u)}")
        chain = self.certificates(passport.x5u)
        if chain is None:
            return Refusal(Cause.cert_pending, "the signer's certificate is being fetched")
        if isinstance(chain, FetchFailure):
            return Refusal(Cause.cert_retrieval_failure, f"the signer's certificate could not be fetched: {chain.reason}")
        if not isinstance(chain, Chain):
            assert_never(chain)
        signing = check_chain(chain, self.trust, passport.iat_us, revoked=self.revoked, rsa_issuers=self.rsa_issuers)
        if isinstance(signing, Refusal):
            return signing
        if not signing.numbers.covers(number):
            return Refusal(Cause.cert_tn_not_covered, f"the signer's certificate does not speak for {number}")
        if not signature_holds(signing.key, passport.signed, passport.signature):
            return Refusal(Cause.signature_validation, "the signature does not fit the passport and the certificate")
        return None


_VOUCHED: Final[dict[Attestation, str]] = {
    "A": "the signer knows its customer, and the customer's right to the number (full attestation)",
    "B": "the signer knows its customer, and not whose the number is (partial attestation)",
    "C": "the signer only says where the call came into its network (gateway attestation)",
}


def signature_holds(key: ec.EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
    """Whether an ES256 signature, R and S of 32 bytes each, is of these bytes by this key (RFC 7518 3.4)."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signed, _ES256)
    except InvalidSignature:
        return False
    return True


def _refused(refusal: Refusal) -> Verdict:
    cause = refusal.cause
    return Verdict(
        verdict=cause.outcome,
        attestation="none",
        origid=None,
        cause=cause,
        code=cause.code,
        phrase=cause.phrase,
        sentence=refusal.sentence,
    )


def _seconds(age_us: int) -> str:
    return f"{age_us / 1_000_000:.0f} s old" if age_us >= 0 else f"{-age_us / 1_000_000:.0f} s ahead"
