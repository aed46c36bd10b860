"""Why a caller's number is not taken as verified: one name, one response code, one verdict for each reason.

Names are those that operators know from Asterisk's verification service where it has one; the others are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Outcome = Literal["TN-Validation-Passed", "TN-Validation-Failed", "No-TN-Validation"]
"""The value of `verstat` (ATIS-1000074, 3GPP TS 24.229). `No-TN-Validation`: nothing could be looked at, which accuses nobody."""

PHRASES: Final = {
    403: "Stale Date",
    428: "Use Identity Header",
    433: "Anonymity Disallowed",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
}
"""Response codes and their phrases: RFC 8224 6.2.2, and RFC 5079 for 433."""


class Cause(StrEnum):
    """What decided a verdict."""

    success = "success"
    missing_identity_hdr = "missing_identity_hdr"
    unsupported_ppt = "unsupported_ppt"
    """There are Identity headers, and none is of a kind that vouches for the caller's number."""
    div_without_shaken = "div_without_shaken"
    """Diversions are signed, and the passport of the call that was diverted is missing."""
    invalid_or_no_callerid = "invalid_or_no_callerid"
    cert_pending = "cert_pending"
    """The certificate is being fetched; the next call will know."""
    cert_retrieval_failure = "cert_retrieval_failure"
    x5u_refused = "x5u_refused"
    """The address of the certificate is none that may be asked."""
    info_x5u_mismatch = "info_x5u_mismatch"
    """The header's `info` and the passport's `x5u` name two certificates."""
    invalid_header = "invalid_header"
    compact_form = "compact_form"
    """Header and payload are left out, which shaken does not allow."""
    invalid_or_no_alg = "invalid_or_no_alg"
    invalid_or_no_typ = "invalid_or_no_typ"
    invalid_or_no_ppt = "invalid_or_no_ppt"
    invalid_or_no_grants = "invalid_or_no_grants"
    """The payload cannot be read."""
    invalid_grant = "invalid_grant"
    """A claim has a value that it cannot have."""
    invalid_or_no_attest = "invalid_or_no_attest"
    missing_origid = "missing_origid"
    missing_orig_tn = "missing_orig_tn"
    missing_dest_tn = "missing_dest_tn"
    missing_div = "missing_div"
    missing_iat = "missing_iat"
    iat_range_error = "iat_range_error"
    date_hdr_range_error = "date_hdr_range_error"
    cid_orig_tn_mismatch = "cid_orig_tn_mismatch"
    called_dest_mismatch = "called_dest_mismatch"
    div_chain_broken = "div_chain_broken"
    """Diversions are signed, and do not lead from the number first called to the one called now."""
    cert_contents_invalid = "cert_contents_invalid"
    cert_key_unsupported = "cert_key_unsupported"
    cert_constraints_unsupported = "cert_constraints_unsupported"
    """The certificate limits what its holder may claim in a way that is not understood here."""
    cert_not_trusted = "cert_not_trusted"
    cert_date_failure = "cert_date_failure"
    cert_revoked = "cert_revoked"
    cert_no_tn_auth_ext = "cert_no_tn_auth_ext"
    cert_tn_not_covered = "cert_tn_not_covered"
    """The certificate speaks for other numbers."""
    signature_validation = "signature_validation"

    @property
    def code(self) -> int | None:
        """The response code, where a call is to be refused for it. None: nothing speaks against the call."""
        return _CODES[self]

    @property
    def phrase(self) -> str:
        """The phrase that belongs to the code; empty without one."""
        code = _CODES[self]
        return "" if code is None else PHRASES[code]

    @property
    def outcome(self) -> Outcome:
        """The verdict that follows from it."""
        if self is Cause.success:
            return "TN-Validation-Passed"
        return "No-TN-Validation" if self in _NOTHING_LOOKED_AT else "TN-Validation-Failed"


_CODES: Final[dict[Cause, int | None]] = {
    **dict.fromkeys((Cause.success, Cause.cert_pending), None),
    **dict.fromkeys((Cause.missing_iat, Cause.iat_range_error, Cause.date_hdr_range_error), 403),
    **dict.fromkeys((Cause.missing_identity_hdr, Cause.unsupported_ppt, Cause.div_without_shaken), 428),
    Cause.invalid_or_no_callerid: 433,
    **dict.fromkeys((Cause.cert_retrieval_failure, Cause.x5u_refused, Cause.info_x5u_mismatch), 436),
    **{cause: 437 for cause in Cause if cause.startswith("cert_") and cause not in ("cert_pending", "cert_retrieval_failure")},
    **dict.fromkeys(
        (
            Cause.invalid_header,
            Cause.compact_form,
            Cause.invalid_or_no_alg,
            Cause.invalid_or_no_typ,
            Cause.invalid_or_no_ppt,
            Cause.invalid_or_no_grants,
            Cause.invalid_grant,
            Cause.invalid_or_no_attest,
            Cause.missing_origid,
            Cause.missing_orig_tn,
            Cause.missing_dest_tn,
            Cause.missing_div,
            Cause.cid_orig_tn_mismatch,
            Cause.called_dest_mismatch,
            Cause.div_chain_broken,
            Cause.signature_validation,
        ),
        438,
    ),
}

_NOTHING_LOOKED_AT: Final = frozenset(
    {
        Cause.missing_identity_hdr,
        Cause.unsupported_ppt,
        Cause.div_without_shaken,
        Cause.invalid_or_no_callerid,
        Cause.cert_pending,
        Cause.cert_retrieval_failure,
    }
)
"""A certificate that cannot be had says no more about the number than a missing header; our own resolver may be down."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A passport, a certificate or a header that is not accepted."""

    cause: Cause
    sentence: str
    """For people: what is wrong, without a full stop."""
