"""Caller identity at the redirect point: what a signature changes, and the signature of our own calls."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from test_point import asked, invite

import redirect_point
from fairwire.runtime.live import Live
from fairwire.serve.redirect.vouching import Vouching
from fairwire.stir.certificates import Chain, FetchFailure, Roots
from redirect_point import NOW_US, SBC, SECRET, Made
from stir_authority import authority, judged, signed

live, made = redirect_point.live, redirect_point.made
CALLER, CALLED = "+12125550100", "+12125550123"


class Certificates:
    """Has the authority's chain at hand."""

    def get(self, url: str) -> Chain | FetchFailure | None:
        return authority().chain()

    def close(self) -> None: ...


def vouching(**given: Any) -> Vouching:
    roots = Roots(authority().trust)
    return Vouching(secret=SECRET, now_us=lambda: NOW_US, **{"trust": roots, "certificates": Certificates(), **given})


def test_a_signature_that_holds_is_told_to_the_one_who_asks(made: Made) -> None:
    point = made(vouching=vouching())
    found = asked(point, invite(CALLED, CALLER, f"Identity: {signed(orig=CALLER, dest=CALLED)}"))
    assert found.status == 302
    assert found.value(b"x-fairwire-verstat") == b"TN-Validation-Passed"
    assert found.value(b"x-fairwire-attestation") == b"A"
    assert point.counts["identity_success"] == 1


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (lambda: signed(orig="+12125550199", dest=CALLED), 438),
        (lambda: signed(orig=CALLER, dest="+12125550199"), 438),
        (lambda: signed(orig=CALLER, dest=CALLED, iat_us=NOW_US - 120_000_000), 403),
        (lambda: signed(orig=CALLER, dest=CALLED)[:-40] + "x", 438),
    ],
)
def test_a_signature_that_does_not_hold_is_noted_and_refused_only_where_the_policy_says_so(
    made: Made, live: Live, monkeypatch: pytest.MonkeyPatch, identity: Any, code: int
) -> None:
    point = made(vouching=vouching())
    found = asked(point, invite(CALLED, CALLER, f"Identity: {identity()}"))
    assert found.status == 302
    assert found.value(b"x-fairwire-verstat") == b"TN-Validation-Failed"
    pack = live._facts.pack("clearspan")
    strict = msgspec.structs.replace(pack, modes={**pack.modes, "inline.identity": "enforce"})
    monkeypatch.setitem(live._facts._packs, "clearspan", strict)
    refused = asked(point, invite(CALLED, CALLER, f"Identity: {identity()}"))
    assert refused.status == code
    assert (refused.value(b"reason") or b"").startswith(b"STIR;cause=%d;" % code)
    assert asked(point, invite("911", CALLER, f"Identity: {identity()}")).status == 302


def test_a_call_without_a_signature_is_judged_as_ever(made: Made) -> None:
    found = asked(made(vouching=vouching()), invite(CALLED, CALLER))
    assert (found.status, found.value(b"x-fairwire-verstat")) == (302, None)


def test_a_call_that_was_forwarded_by_signed_word_is_no_spoofing(made: Made) -> None:
    """The caller is a stranger to the one who forwards; both signatures say how the call got here."""
    stranger = "+13125550142"
    original = signed(orig=stranger, dest=CALLER)
    forwarded = authority().signer().sign_div(stranger, CALLER, CALLED, NOW_US)
    headers = ("X-Fairwire-Customer: hobnail", f"Identity: {original}", f"Identity: {forwarded}")
    assert asked(made(vouching=vouching()), invite(CALLED, stranger, *headers)).status == 302
    assert asked(made(), invite(CALLED, stranger, *headers)).status == 403, "without its signatures it shows a number of others"


def test_our_own_calls_are_signed_with_what_the_checks_justify(made: Made) -> None:
    point = made(vouching=vouching(trust=None, signer=authority().signer()))
    found = asked(point, invite(CALLED, CALLER))
    identity = (found.value(b"x-fairwire-identity") or b"").decode()
    verdict = judged(identity, caller=CALLER, called=CALLED, now_us=NOW_US)
    assert (verdict.verdict, verdict.attestation) == ("TN-Validation-Passed", "A")
    hidden = asked(point, invite(CALLED, "anonymous", "X-Fairwire-Customer: hobnail"))
    assert hidden.value(b"x-fairwire-identity") is None
    again = asked(point, invite(CALLED, CALLER))
    origid = judged((again.value(b"x-fairwire-identity") or b"").decode(), caller=CALLER, called=CALLED, now_us=NOW_US).origid
    assert origid == verdict.origid, "of one customer all calls come from one place"
    assert "hobnail" not in identity
    assert asked(point, invite("911", CALLER)).value(b"x-fairwire-identity") is None


def test_a_number_that_is_not_known_to_be_the_customers_is_signed_b(made: Made) -> None:
    point = made(vouching=vouching(trust=None, signer=authority().signer()))
    found = asked(point, invite(CALLED, "+14155550100", "X-Fairwire-Source: 198.51.100.7"))
    identity = (found.value(b"x-fairwire-identity") or b"").decode()
    assert judged(identity, caller="+14155550100", called=CALLED, now_us=NOW_US).attestation == "B"
    assert SBC[0] not in identity
