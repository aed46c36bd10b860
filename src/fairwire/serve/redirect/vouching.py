"""STIR at the redirect point: what the Identity headers of a call are worth, and our own for a call that goes out.

Only calls that carry an Identity header are checked, and only where roots are trusted. A certificate that is not at hand is
fetched meanwhile, and the call goes on without a verdict: no call waits for another server.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from fairwire.model.decision import IdentityFacts
from fairwire.stir.certificates import Roots
from fairwire.stir.sign import CannotSign, Signer, level
from fairwire.stir.verify import FRESHNESS_S, Verdict, verify

if TYPE_CHECKING:
    from fairwire.ports.certificates import CertificateSource
    from fairwire.sip import InviteFacts

_OUTCOMES = {"TN-Validation-Passed": "passed", "TN-Validation-Failed": "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """Verifies and signs, each where it is set up.

    Attributes
    ----------
    trust, certificates
        Roots, and where certificates come from; None: nothing is verified.
    signer
        None: nothing is signed.
    secret
        Key of the `origid` of a customer, which names nobody to others.
    now_us
        The wall clock.
    """

    secret: bytes
    now_us: Callable[[], int]
    trust: Roots | None = None
    certificates: CertificateSource | None = None
    signer: Signer | None = None
    freshness_s: int = FRESHNESS_S

    def verdict(self, facts: InviteFacts) -> Verdict | None:
        """The verdict on a call with Identity headers; None where there are none, or nothing is verified."""
        if not facts.identity or self.trust is None or self.certificates is None:
            return None
        return verify(
            [value.decode("utf-8", "replace") for value in facts.identity],
            caller=facts.asserted[0] if facts.asserted else facts.caller,
            called=facts.called,
            date_us=_date_us(facts.date),
            now_us=self.now_us(),
            certificates=self.certificates.get,
            trust=self.trust,
            freshness_s=self.freshness_s,
        )

    def identity(self, fields: dict[str, Any], owner: str | None) -> str | None:
        """The Identity header for an outbound call of `fields` that is connected; None where it cannot or need not be signed.

        `owner`: the customer that the number shown was assigned to.
        """
        if self.signer is None or fields["direction"] != "outbound":
            return None
        customer = fields["customer"]
        attest = level(customer_known=bool(customer), number_owned=owner == customer if owner else None)
        named = uuid.UUID(bytes=blake2b(customer.encode(), key=self.secret[:64], digest_size=16).digest(), version=4)
        try:
            return self.signer.sign(fields["from_"], fields["to"], attest, self.now_us(), str(named))
        except CannotSign:
            return None  # an extension, a name, a service: nobody vouches for these


def identity_facts(verdict: Verdict) -> IdentityFacts:
    """A verdict as decisions know it."""
    return IdentityFacts(
        outcome=_OUTCOMES.get(verdict.verdict, "none"),  # type: ignore[arg-type]
        code=verdict.code,
        phrase=verdict.phrase,
        text=verdict.sentence,
    )


def _date_us(text: str) -> int | None:
    if not text:
        return None
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1_000_000)
