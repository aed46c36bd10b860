"""Which certificates are taken: those that lead to a trusted root, at the time, for the number, and on the curve."""

from __future__ import annotations

import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA3_256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.instants import DAY_US, SECOND_US
from fairwire.stir.authority import NumberRange, TNAuthList, read_tn_auth_list
from fairwire.stir.causes import Cause, Refusal
from fairwire.stir.certificates import LARGEST_PEM, Chain, Roots, Signing, check_chain, read_chain
from stir_authority import (
    ANY_NUMBER,
    NOW_US,
    Holder,
    authority,
    der,
    holder,
    number_range,
    one_number,
    rsa_key,
    spc,
    tn_auth_list,
)


def checked(*certificates: Holder, at_us: int = NOW_US, trust: list[x509.Certificate] | None = None, rsa: bool = False) -> Cause:
    chain = Chain(tuple(one.certificate for one in certificates))
    found = check_chain(chain, authority().trust if trust is None else trust, at_us, rsa_issuers=rsa)
    return found.cause if isinstance(found, Refusal) else Cause.success


def usage(*, digital_signature: bool, key_cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature, False, False, False, False, key_cert_sign, False, False, False)


def test_a_chain_with_and_without_its_root_leads_there() -> None:
    ours = authority()
    assert checked(ours.provider, ours.issuer) is Cause.success
    assert checked(ours.provider, ours.issuer, ours.root) is Cause.success
    assert checked(ours.provider, trust=[ours.issuer.certificate]) is Cause.success


def test_a_chain_that_does_not_lead_to_a_trusted_root_is_refused() -> None:
    ours = authority()
    stranger = holder("Example Root", authority=True)  # the same name, another key
    assert checked(ours.provider) is Cause.cert_not_trusted
    assert checked(ours.provider, ours.root, ours.issuer) is Cause.cert_not_trusted
    assert checked(ours.provider, ours.issuer, trust=[]) is Cause.cert_not_trusted
    assert checked(ours.provider, ours.issuer, trust=[stranger.certificate]) is Cause.cert_not_trusted
    forged = holder("Example Issuer", stranger, authority=True)
    assert checked(holder("x", forged, numbers=ANY_NUMBER), forged, stranger) is Cause.cert_not_trusted


def test_nobody_vouches_for_a_certificate_that_signed_itself() -> None:
    alone = holder("Alone", numbers=ANY_NUMBER)
    assert checked(alone) is Cause.cert_not_trusted
    assert checked(alone, trust=[alone.certificate]) is Cause.cert_not_trusted
    assert checked(alone, alone, trust=[alone.certificate]) is Cause.cert_not_trusted


def test_a_signer_is_no_authority() -> None:
    ours = authority()
    below = holder("Below", ours.provider, numbers=ANY_NUMBER)
    assert checked(below, ours.provider, ours.issuer) is Cause.cert_not_trusted
    no_usage = holder("No usage", ours.root, authority=True, usage=usage(digital_signature=True, key_cert_sign=False))
    assert checked(holder("x", no_usage, numbers=ANY_NUMBER), no_usage) is Cause.cert_not_trusted


def test_an_authority_allows_no_longer_chain_than_it_says() -> None:
    ours = authority()  # its issuer allows no further authority
    further = holder("Further", ours.issuer, authority=True)
    assert checked(holder("x", further, numbers=ANY_NUMBER), further, ours.issuer) is Cause.cert_not_trusted


def test_validity_counts_at_the_time_asked_for_ends_included() -> None:
    ours = authority()
    leaf = holder("Short", ours.issuer, numbers=ANY_NUMBER, from_us=NOW_US, until_us=NOW_US + DAY_US)
    for at_us, expected in (
        (NOW_US - 1, Cause.cert_date_failure),
        (NOW_US, Cause.success),
        (NOW_US + DAY_US + SECOND_US - 1, Cause.success),
        (NOW_US + DAY_US + SECOND_US, Cause.cert_date_failure),
        (NOW_US + 40 * DAY_US, Cause.cert_not_trusted),
    ):
        assert checked(leaf, ours.issuer, at_us=at_us) is expected, at_us


@pytest.mark.parametrize(("from_day", "until_day"), [(-30, -1), (1, 30)])
def test_an_authority_outside_its_time_vouches_for_nobody(from_day: int, until_day: int) -> None:
    times = {"from_us": NOW_US + from_day * DAY_US, "until_us": NOW_US + until_day * DAY_US}
    root = holder("Past Root", authority=True, from_us=times["from_us"], until_us=times["until_us"])
    assert checked(holder("x", root, numbers=ANY_NUMBER), trust=[root.certificate]) is Cause.cert_not_trusted
    issuer = holder("Past", authority().root, authority=True, from_us=times["from_us"], until_us=times["until_us"])
    assert checked(holder("x", issuer, numbers=ANY_NUMBER), issuer) is Cause.cert_not_trusted


def test_signers_have_keys_on_p256_alone() -> None:
    ours = authority()
    wider = holder("P-384", ours.issuer, key=ec.generate_private_key(ec.SECP384R1()), numbers=ANY_NUMBER)
    other = holder("RSA", ours.issuer, key=rsa_key(), numbers=ANY_NUMBER)
    assert checked(wider, ours.issuer) is Cause.cert_key_unsupported
    assert checked(other, ours.issuer, rsa=True) is Cause.cert_key_unsupported
    only_issues = holder("x", ours.issuer, numbers=ANY_NUMBER, usage=usage(digital_signature=False, key_cert_sign=True))
    assert checked(only_issues, ours.issuer) is Cause.cert_key_unsupported


def test_issuers_may_have_rsa_keys_only_where_a_site_says_so() -> None:
    root = holder("RSA Root", key=rsa_key(), authority=True)
    leaf = holder("x", root, numbers=ANY_NUMBER)
    assert checked(leaf, trust=[root.certificate]) is Cause.cert_key_unsupported
    assert checked(leaf, trust=[root.certificate], rsa=True) is Cause.success
    small = holder("Small Root", key=rsa_key(1024), authority=True)
    assert checked(holder("x", small, numbers=ANY_NUMBER), trust=[small.certificate], rsa=True) is Cause.cert_key_unsupported


def test_certificates_are_signed_with_sha2_alone() -> None:
    other = holder("x", authority().issuer, numbers=ANY_NUMBER, hashed=SHA3_256())
    assert checked(other, authority().issuer) is Cause.cert_not_trusted


def test_what_limits_a_certificate_and_is_not_understood_makes_it_useless() -> None:
    ours = authority()
    claims = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.27"), der(0x30))
    names = x509.NameConstraints([x509.DNSName("example.com")], None)
    for extension, critical in ((claims, False), (names, True)):
        leaf = holder("x", ours.issuer, numbers=ANY_NUMBER, extensions=[(extension, critical)])
        assert checked(leaf, ours.issuer) is Cause.cert_constraints_unsupported
    harmless = holder("x", ours.issuer, numbers=ANY_NUMBER, extensions=[(names, False)])
    assert checked(harmless, ours.issuer) is Cause.success


@pytest.mark.parametrize("numbers", [None, b"", b"\x30\x00", b"709J", der(0x30, der(0xA3, b""))])
def test_a_signer_says_for_which_numbers_it_speaks(numbers: bytes | None) -> None:
    leaf = holder("x", authority().issuer, numbers=numbers)
    assert checked(leaf, authority().issuer) is Cause.cert_no_tn_auth_ext


def test_an_issuer_that_is_limited_hands_on_no_more_than_it_has() -> None:
    block = tn_auth_list(number_range("12125550100", 100))
    delegate = holder("Delegate", authority().root, authority=True, numbers=block)
    provider = holder("Provider", authority().root, authority=True, numbers=ANY_NUMBER)
    odd = holder("Odd", authority().root, authority=True, numbers=b"x")
    for issuer, numbers, expected in (
        (delegate, block, Cause.success),
        (delegate, tn_auth_list(one_number("12125550150")), Cause.success),
        (delegate, tn_auth_list(number_range("12125550150", 51)), Cause.cert_not_trusted),
        (delegate, ANY_NUMBER, Cause.cert_not_trusted),
        (provider, block, Cause.success),
        (provider, tn_auth_list(spc("OTHER")), Cause.cert_not_trusted),
        (odd, block, Cause.cert_not_trusted),
    ):
        assert checked(holder("x", issuer, numbers=numbers), issuer) is expected, (issuer.certificate.subject, numbers)


def test_a_revoked_certificate_counts_no_more_wherever_it_stands() -> None:
    ours = authority()
    for one, expected in ((ours.provider, Cause.cert_revoked), (ours.issuer, Cause.cert_revoked), (ours.root, None)):
        found = check_chain(ours.chain(), ours.trust, NOW_US, revoked={one.certificate.serial_number})
        assert (found.cause if isinstance(found, Refusal) else None) is expected


def test_what_is_checked_does_not_depend_on_what_was_asked_before() -> None:
    ours = authority()
    for _ in range(2):
        assert isinstance(check_chain(ours.chain(), ours.trust, NOW_US), Signing)
        assert isinstance(check_chain(ours.chain(), [], NOW_US), Refusal)
        assert isinstance(check_chain(ours.chain(), ours.trust, NOW_US - 31 * DAY_US), Refusal)


def test_a_list_of_roots_may_be_made_once_for_all_calls() -> None:
    ours = authority()
    roots = Roots([holder("Another Root", authority=True).certificate, *ours.trust])
    assert isinstance(check_chain(ours.chain(), roots, NOW_US), Signing)
    assert hash(roots) == hash(roots) == hash(Roots(roots)) == hash(tuple(roots))
    assert isinstance(check_chain(ours.chain(), Roots(roots[:1]), NOW_US), Refusal)


def test_certificates_are_read_from_pem_alone() -> None:
    ours = authority()
    both = ours.provider.pem + ours.issuer.pem
    assert read_chain(both) == ours.chain()
    assert read_chain("Example Provider\n" + both.decode()) == ours.chain()
    for wrong in (
        b"",
        b"<html>",
        ours.provider.pem[:200],
        ours.provider.pem.replace(b"M", b"!"),
        ours.provider.pem + ours.provider.key_pem,
        ours.provider.pem * 9,
        both + b" " * LARGEST_PEM,
        "\ud800",
        ours.provider.pem[:100] + ours.issuer.pem[100:],
    ):
        found = read_chain(wrong)
        assert isinstance(found, Refusal)
        assert found.cause is Cause.cert_contents_invalid


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_serial_number_below_zero_is_refused() -> None:
    certificate = authority().provider.certificate
    data = certificate.public_bytes(Encoding.DER)
    at = data.index(der(2, certificate.serial_number.to_bytes(certificate.serial_number.bit_length() // 8 + 1, "big"))) + 2
    chain = read_chain(ssl.DER_cert_to_PEM_cert(data[:at] + b"\x81" + data[at + 1 :]))
    assert isinstance(chain, Refusal)
    assert chain.sentence == "a certificate's serial number is not above zero"


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.binary(max_size=300), st.integers(0, 900), st.integers(0, 255))
def test_no_bytes_make_the_reader_of_certificates_fail(junk: bytes, at: int, byte: int) -> None:
    pem = authority().provider.pem
    at %= len(pem)
    for text in (junk, b"-----BEGIN CERTIFICATE-----\n" + junk, pem[:at] + bytes([byte]) + pem[at + 1 :]):
        chain = read_chain(text)
        if isinstance(chain, Chain):
            check_chain(chain, authority().trust, NOW_US)


def test_a_list_of_numbers_is_read_as_it_stands_in_rfc_8226() -> None:
    data = tn_auth_list(spc("709J"), number_range("12125550100", 100), one_number("12125550250"))
    assert read_tn_auth_list(data) == TNAuthList(
        ("709J",), (NumberRange(11, 12125550100, 12125550199), NumberRange(11, 12125550250, 12125550250))
    )
    assert read_tn_auth_list(bytes.fromhex("3005a003160131")) == TNAuthList(("1",), ())


def test_a_range_holds_numbers_of_its_own_length_alone() -> None:
    found = read_tn_auth_list(tn_auth_list(number_range("0100", 100)))
    assert found is not None
    inside = [number for number in ("0099", "0100", "0199", "0200", "100", "00100", "150") if found.covers(number)]
    assert inside == ["0100", "0199"]


@pytest.mark.parametrize(
    "data",
    [
        tn_auth_list(number_range("12125550100", 1)),
        tn_auth_list(number_range("99", 2)),
        tn_auth_list(one_number("*67")),
        tn_auth_list(one_number("1" * 16)),
        tn_auth_list(one_number("")),
        tn_auth_list(spc("")),
        tn_auth_list(der(0xA0, der(0x0C, b"709J"))),
        tn_auth_list(der(0xA0, der(0x16, b"a"), der(0x16, b"b"))),
        tn_auth_list(der(0xA1, der(0x30, der(0x16, b"1")))),
        tn_auth_list(der(0xA1, der(0x30, der(0x16, b"100"), der(0x02, b"\x00\x02")))),
        tn_auth_list(der(0xA1, der(0x30, der(0x16, b"100"), der(0x02, b"\x82")))),
        ANY_NUMBER + b"\x00",
        ANY_NUMBER + ANY_NUMBER,
        ANY_NUMBER[:-1],
        bytes.fromhex("308105a003160131"),
        bytes.fromhex("3080a0031601310000"),
    ],
)
def test_a_list_in_another_form_is_none(data: bytes) -> None:
    assert read_tn_auth_list(data) is None


@given(st.binary(max_size=40) | st.binary(max_size=20).map(lambda data: der(0x30, der(0xA1, data))))
def test_no_bytes_make_the_reader_of_lists_fail(data: bytes) -> None:
    read_tn_auth_list(data)
