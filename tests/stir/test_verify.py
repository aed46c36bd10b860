"""Verdicts: what passes, what does not and why, and that nothing that was changed on its way ever passes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.instants import SECOND_US
from fairwire.stir.causes import Cause
from fairwire.stir.certificates import Chain, FetchFailure
from fairwire.stir.sign import CannotSign, Signer, level
from fairwire.stir.verify import MOST_IDENTITIES, verify
from stir_authority import (
    ANY_NUMBER,
    CALLED,
    CALLER,
    NOW_US,
    ORIGID,
    THIRD,
    X5U,
    answering,
    authority,
    holder,
    judged,
    number_range,
    signed,
    tn_auth_list,
)

FOURTH = "+12125550151"
STRANGER = holder("Stranger", numbers=ANY_NUMBER).signer()


def test_a_call_that_is_signed_for_passes() -> None:
    verdict = judged(signed())
    assert (verdict.verdict, verdict.attestation, verdict.origid) == ("TN-Validation-Passed", "A", ORIGID)
    assert (verdict.cause, verdict.code, verdict.phrase, verdict.diverted) == (Cause.success, None, "", ())
    assert verdict.x5u == X5U


@pytest.mark.parametrize("writing", ["12125550121", "+1 212-555-0121", "sip:+12125550121@pbx.example;user=phone"])
def test_the_callers_number_may_be_written_in_any_way(writing: str) -> None:
    assert judged(signed(), caller=writing).cause is Cause.success


@pytest.mark.parametrize("caller", [None, "", "anonymous", "sip:anonymous@anonymous.invalid", "alice"])
def test_a_call_without_a_number_has_nothing_to_vouch_for(caller: str | None) -> None:
    verdict = judged(signed(), caller=caller)
    assert (verdict.cause, verdict.code, verdict.phrase) == (Cause.invalid_or_no_callerid, 433, "Anonymity Disallowed")
    assert verdict.verdict == "No-TN-Validation"


def test_a_call_that_nobody_vouches_for_is_not_verified_and_not_failed() -> None:
    verdict = judged()
    assert (verdict.verdict, verdict.code, verdict.phrase) == ("No-TN-Validation", 428, "Use Identity Header")
    assert verdict.cause is Cause.missing_identity_hdr


def test_a_signature_for_another_call_is_none_for_this_one() -> None:
    assert judged(signed(), caller=THIRD).cause is Cause.cid_orig_tn_mismatch
    assert judged(signed(), called=THIRD).cause is Cause.called_dest_mismatch
    assert judged(signed(), called="sip:alice@example.com").cause is Cause.called_dest_mismatch


@pytest.mark.parametrize("age_s", [0, 60, -60])
def test_a_passport_holds_for_a_minute_either_way(age_s: int) -> None:
    assert judged(signed(iat_us=NOW_US - age_s * SECOND_US)).cause is Cause.success


@pytest.mark.parametrize("age_s", [61, -61, 10**9])
def test_a_passport_from_the_past_or_the_future_is_stale(age_s: int) -> None:
    verdict = judged(signed(iat_us=NOW_US - age_s * SECOND_US))
    assert (verdict.cause, verdict.code, verdict.phrase) == (Cause.iat_range_error, 403, "Stale Date")
    assert verdict.verdict == "TN-Validation-Failed"


def test_the_date_of_the_message_has_to_be_as_fresh() -> None:
    assert judged(signed(), date_us=NOW_US - 60 * SECOND_US).cause is Cause.success
    for age_s in (61, -61):
        assert judged(signed(), date_us=NOW_US - age_s * SECOND_US).cause is Cause.date_hdr_range_error


def test_a_site_may_allow_more_or_less() -> None:
    late = signed(iat_us=NOW_US - 90 * SECOND_US)
    assert judged(late, freshness_s=90).cause is Cause.success
    assert judged(signed(iat_us=NOW_US - 20 * SECOND_US), freshness_s=15).cause is Cause.iat_range_error


def test_a_certificate_that_is_not_there_yet_accuses_nobody() -> None:
    pending = judged(signed(), chain=None)
    assert (pending.verdict, pending.cause, pending.code) == ("No-TN-Validation", Cause.cert_pending, None)
    failed = judged(signed(), chain=FetchFailure("the server answered 404"))
    assert (failed.verdict, failed.cause, failed.code) == ("No-TN-Validation", Cause.cert_retrieval_failure, 436)
    assert "the server answered 404" in failed.sentence


def test_no_certificate_is_asked_for_where_the_call_cannot_pass_anyway() -> None:
    asked: list[str] = []

    def certificates(url: str) -> Chain | FetchFailure | None:
        asked.append(url)
        return None

    judged(signed(), caller=THIRD, chain=certificates)
    judged(signed(), called=THIRD, chain=certificates)
    judged(signed(iat_us=NOW_US - 61 * SECOND_US), chain=certificates)
    assert asked == []
    judged(signed(), chain=certificates)
    assert asked == [X5U]


def test_another_key_than_the_certificates_does_not_do() -> None:
    verdict = judged(signed(STRANGER))
    assert (verdict.cause, verdict.code, verdict.phrase) == (Cause.signature_validation, 438, "Invalid Identity Header")


def test_a_certificate_for_numbers_speaks_for_those_alone() -> None:
    leaf = holder("Numbers", authority().issuer, numbers=tn_auth_list(number_range("12125550100", 30)))
    chain = authority().chain(leaf)
    assert judged(signed(leaf.signer()), chain=chain).cause is Cause.success
    outside = judged(signed(leaf.signer(), orig="+12125550130"), caller="+12125550130", chain=chain)
    assert (outside.cause, outside.code) == (Cause.cert_tn_not_covered, 437)


def test_a_revoked_certificate_vouches_for_nobody() -> None:
    verdict = judged(signed(), revoked=[authority().provider.certificate.serial_number])
    assert (verdict.cause, verdict.code, verdict.phrase) == (Cause.cert_revoked, 437, "Unsupported Credential")


def test_one_passport_that_holds_is_enough() -> None:
    old, other = signed(iat_us=NOW_US - 100 * SECOND_US), signed(orig=THIRD)
    assert judged("junk", old, other, signed()).cause is Cause.success
    assert judged(old, other).cause is Cause.iat_range_error


def test_too_many_headers_are_not_looked_at() -> None:
    assert judged(*[signed()] * MOST_IDENTITIES).cause is Cause.success
    assert judged(*[signed()] * (MOST_IDENTITIES + 1)).cause is Cause.invalid_header


def test_an_outcome_that_may_change_is_not_hidden_by_one_that_will_not() -> None:
    other = authority().provider.signer("https://other.example/sp.pem")
    failed = signed(iat_us=NOW_US - 100 * SECOND_US)
    assert judged(failed, signed(other), chain=None).cause is Cause.cert_pending


# Diversions (RFC 8946): CALLER called CALLED, who forwards to THIRD, who forwards to FOURTH.


def diversion(before: str, after: str, *, signer: Signer | None = None, iat_us: int = NOW_US, orig: str = CALLER) -> str:
    return (signer or authority().signer()).sign_div(orig, before, after, iat_us)


def test_a_forwarded_call_passes_and_says_who_forwarded() -> None:
    verdict = judged(signed(), diversion(CALLED, THIRD), called=THIRD)
    assert (verdict.cause, verdict.attestation, verdict.diverted) == (Cause.success, "A", ("12125550131",))
    assert "diverted from 12125550131" in verdict.sentence


def test_the_order_of_the_headers_does_not_matter() -> None:
    verdict = judged(diversion(THIRD, FOURTH), signed(), diversion(CALLED, THIRD), called=FOURTH)
    assert (verdict.cause, verdict.diverted) == (Cause.success, ("12125550131", "12125550141"))


def test_a_call_to_the_number_signed_for_is_not_diverted_whatever_is_added() -> None:
    verdict = judged(signed(), diversion(CALLED, THIRD))
    assert (verdict.cause, verdict.diverted) == (Cause.success, ())


def test_diversions_in_a_ring_end() -> None:
    ring = [diversion(CALLED, THIRD), diversion(THIRD, CALLED), diversion(THIRD, THIRD)]
    assert judged(signed(), *ring, called=FOURTH).cause is Cause.div_chain_broken


@pytest.mark.parametrize(
    ("diversions", "cause"),
    [
        ([diversion(THIRD, FOURTH)], Cause.div_chain_broken),
        ([diversion(CALLED, THIRD)], Cause.div_chain_broken),
        ([diversion(CALLED, FOURTH, orig=THIRD)], Cause.cid_orig_tn_mismatch),
        ([diversion(CALLED, FOURTH, iat_us=NOW_US - 61 * SECOND_US)], Cause.iat_range_error),
        ([diversion(CALLED, THIRD), diversion(THIRD, FOURTH, iat_us=NOW_US + 61 * SECOND_US)], Cause.iat_range_error),
        ([diversion(CALLED, THIRD, signer=STRANGER), diversion(THIRD, FOURTH)], Cause.signature_validation),
    ],
)  # fmt: skip
def test_every_diversion_on_the_way_has_to_hold(diversions: list[str], cause: Cause) -> None:
    verdict = judged(signed(), *diversions, called=FOURTH)
    assert verdict.cause is cause
    assert (verdict.verdict, verdict.attestation, verdict.diverted) == ("TN-Validation-Failed", "none", ())


def test_the_one_who_forwards_signs_for_its_own_number() -> None:
    for numbers, cause in (("12125550131", Cause.success), ("12125550121", Cause.cert_tn_not_covered)):
        leaf = holder("Forwards", authority().issuer, numbers=tn_auth_list(number_range(numbers, 2)))
        chains = {X5U: authority().chain(), "https://forwards.example/c.pem": authority().chain(leaf)}
        forwarded = diversion(CALLED, THIRD, signer=leaf.signer("https://forwards.example/c.pem"))
        assert judged(signed(), forwarded, called=THIRD, chain=chains.get).cause is cause


def test_a_diversion_does_not_stand_for_the_passport_that_was_diverted() -> None:
    verdict = judged(diversion(CALLED, THIRD), called=THIRD)
    assert (verdict.cause, verdict.verdict) == (Cause.div_without_shaken, "No-TN-Validation")
    spoofed = judged(signed(orig=FOURTH), diversion(CALLED, THIRD), called=THIRD)
    assert (spoofed.cause, spoofed.verdict) == (Cause.cid_orig_tn_mismatch, "TN-Validation-Failed")


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \x00é"


@settings(max_examples=300)
@given(st.data())
def test_no_changed_character_of_a_signed_token_passes(data: st.DataObject) -> None:
    value = signed()
    length = value.index(";")
    at = data.draw(st.integers(0, length - 1))
    character = data.draw(st.sampled_from(ALPHABET).filter(lambda one: one != value[at]))
    assert judged(value[:at] + character + value[at + 1 :]).verdict != "TN-Validation-Passed"


def test_no_flipped_bit_of_a_signed_token_passes() -> None:
    value = signed()
    for at in range(value.index(";")):
        for bit in range(8):
            changed = value[:at] + chr(ord(value[at]) ^ (1 << bit)) + value[at + 1 :]
            assert judged(changed).verdict != "TN-Validation-Passed", (at, bit)


@given(
    st.lists(st.sampled_from([signed(), diversion(CALLED, THIRD), "", "junk", "..x;info=<y>"]) | st.text(max_size=30), max_size=5)
)
def test_no_headers_make_the_verifier_fail(identities: list[str]) -> None:
    verdict = judged(*identities, called=THIRD)
    assert (verdict.verdict == "TN-Validation-Passed") <= (len(verdict.diverted) == 1)


@given(st.text(max_size=30), st.text(max_size=30), st.integers(-(10**18), 10**18))
def test_no_parties_and_no_time_make_the_verifier_fail(caller: str, called: str, now_us: int) -> None:
    verify(
        [signed()], caller=caller, called=called, date_us=None, now_us=now_us,
        certificates=answering(authority().chain()), trust=authority().trust,
    )  # fmt: skip


# Signing.


def test_the_same_claims_give_the_same_header() -> None:
    first, second = signed(), signed()
    assert first == second
    assert first.endswith(f";info=<{X5U}>;alg=ES256;ppt=shaken")


@pytest.mark.parametrize(
    ("known", "owned", "gateway", "expected"),
    [
        (True, True, False, "A"),
        (True, False, False, "B"),
        (True, None, False, "B"),
        (False, True, False, "C"),
        (False, None, False, "C"),
        (True, True, True, "C"),
    ],
)
def test_nobody_vouches_for_more_than_is_known(known: bool, owned: bool | None, gateway: bool, expected: str) -> None:
    assert level(customer_known=known, number_owned=owned, from_gateway=gateway) == expected


def test_what_cannot_be_signed_says_why_and_never_shows_the_key() -> None:
    key = authority().provider.key_pem
    wide = holder("P-384", key=ec.generate_private_key(ec.SECP384R1())).key_pem
    for pem, x5u in ((b"junk", X5U), (wide, X5U), (key, "http://certificates.example/sp.pem"), (key[:-60], X5U)):
        with pytest.raises(CannotSign) as raised:
            Signer(pem, x5u)
        assert "PRIVATE" not in str(raised.value)
        assert raised.value.__cause__ is None
    assert "PRIVATE" not in repr(Signer(key, X5U))
    for orig, dest, origid in (
        ("alice", CALLED, ORIGID),
        (CALLER, [], ORIGID),
        (CALLER, CALLED, ""),
        (CALLER, ["1"] * 65, ORIGID),
    ):
        with pytest.raises(CannotSign):
            authority().signer().sign(orig, dest, "A", NOW_US, origid)
