"""Identity headers are read strictly, and no text whatever makes the reader fail."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.stir.causes import Cause, Refusal
from fairwire.stir.passport import (
    LONGEST_HEADER,
    Passport,
    Unsupported,
    base64url,
    canonical_json,
    canonical_number,
    read_identity,
    read_passport,
    x5u_fault,
)
from stir_authority import CALLED, CALLER, NOW_US, ORIGID, X5U, authority, signed

HEADER = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": X5U}
CLAIMS: dict[str, Any] = {
    "attest": "A",
    "dest": {"tn": ["12125550131"]},
    "iat": 1_772_452_800,
    "orig": {"tn": "12125550121"},
    "origid": ORIGID,
}
SIGNATURE = base64url(bytes(64))


def token(header: object = HEADER, claims: object = CLAIMS, signature: str = SIGNATURE) -> str:
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    return ".".join([*(base64url(part.encode()) for part in parts), signature])


def cause(text: Passport | Unsupported | Refusal) -> Cause | None:
    return text.cause if isinstance(text, Refusal) else None


def test_what_is_signed_is_read_again() -> None:
    passport = read_identity(authority().signer().sign(CALLER, [CALLED, "(212) 555-0199"], "B", NOW_US + 999_999, ORIGID))
    assert isinstance(passport, Passport)
    assert passport.orig_tn == "12125550121"
    assert passport.dest_tns == ("12125550131", "2125550199")
    assert (passport.attest, passport.origid, passport.iat_us, passport.x5u) == ("B", ORIGID, NOW_US, X5U)


@pytest.mark.parametrize(
    "parameters",
    [
        f";info=<{X5U}>;alg=ES256;ppt=shaken",
        f';info=<{X5U}>;alg=ES256;ppt="shaken"',
        f'; ppt="shaken" ; alg="ES256" ; info="{X5U}"',
        f";ALG=ES256;Ppt=shaken;INFO=<{X5U}>",
        f';canon="";later;info=<{X5U}>',
        f"\r\n ;info=<{X5U}>\r\n\t;ppt=shaken  ",
        f";info={X5U}",
    ],
)
def test_parameters_are_read_in_any_order_and_writing(parameters: str) -> None:
    assert isinstance(read_identity(token() + parameters), Passport)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (token(), Cause.invalid_header),
        (f"{token()};alg=ES256", Cause.invalid_header),
        (f"{token()};info=<>", Cause.invalid_header),
        (f"{token()};info=<{X5U}", Cause.invalid_header),
        (f"{token()};info=<{X5U}>;info=<{X5U}>", Cause.invalid_header),
        (f"{token()};info=<{X5U}>,{token()};info=<{X5U}>", Cause.invalid_header),
        (f"{token()};info=<{X5U}>;ppt=div", Cause.invalid_or_no_ppt),
        (f"{token()};info=<{X5U}>;ppt", Cause.invalid_or_no_ppt),
        (f"{token()};info=<{X5U}>;alg=none", Cause.invalid_or_no_alg),
        (f"{token()};info=<{X5U}x>", Cause.info_x5u_mismatch),
        (f"..{SIGNATURE};info=<{X5U}>;ppt=shaken", Cause.compact_form),
        (f" ..{SIGNATURE};info=<{X5U}>", Cause.compact_form),
        ("", Cause.invalid_header),
        ("x" * (LONGEST_HEADER + 1), Cause.invalid_header),
    ],
)
def test_a_header_that_cannot_be_used_says_why(text: str, expected: Cause) -> None:
    assert cause(read_identity(text)) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"alg": "none"}, Cause.invalid_or_no_alg),
        ({"alg": "HS256"}, Cause.invalid_or_no_alg),
        ({"typ": "JWT"}, Cause.invalid_or_no_typ),
        ({"ppt": ""}, Cause.invalid_or_no_ppt),
        ({"ppt": None}, Cause.invalid_or_no_ppt),
        ({"ppt": ["shaken"]}, Cause.invalid_or_no_ppt),
        ({"x5u": None}, Cause.invalid_header),
        ({"crit": ["exp"]}, Cause.invalid_header),
    ],
)
def test_a_passports_header_has_one_form(change: dict[str, object], expected: Cause) -> None:
    assert cause(read_passport(token({**HEADER, **change}))) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"iat": "1772452800"}, Cause.invalid_grant),
        ({"iat": True}, Cause.invalid_grant),
        ({"iat": -1}, Cause.invalid_grant),
        ({"iat": 10**400}, Cause.invalid_grant),
        ({"iat": 1e300}, Cause.invalid_grant),
        ({"orig": {"tn": "+12125550121"}}, Cause.invalid_grant),
        ({"orig": {"tn": 12125550121}}, Cause.invalid_grant),
        ({"orig": {"tn": ["12125550121"]}}, Cause.invalid_grant),
        ({"orig": {"tn": "12125550121", "uri": "sip:a@example.com"}}, Cause.invalid_grant),
        ({"orig": '{"tn":"12125550121"}'}, Cause.invalid_grant),
        ({"orig": {"uri": "sip:alice@example.com"}}, Cause.missing_orig_tn),
        ({"orig": {}}, Cause.missing_orig_tn),
        ({"dest": {"tn": "12125550131"}}, Cause.invalid_grant),
        ({"dest": '{"tn":"12125550131"}'}, Cause.invalid_grant),
        ({"dest": {"tn": []}}, Cause.invalid_grant),
        ({"dest": {"tn": ["12125550131"] * 65}}, Cause.invalid_grant),
        ({"dest": {"tn": ["1212555013١"]}}, Cause.invalid_grant),
        ({"dest": {}}, Cause.missing_dest_tn),
        ({"attest": "D"}, Cause.invalid_or_no_attest),
        ({"attest": ["A"]}, Cause.invalid_or_no_attest),
        ({"origid": ""}, Cause.missing_origid),
        ({"origid": "a\nb"}, Cause.missing_origid),
        ({"origid": 7}, Cause.missing_origid),
    ],
)
def test_a_claim_has_its_own_type(change: dict[str, object], expected: Cause) -> None:
    assert cause(read_passport(token(claims={**CLAIMS, **change}))) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iat", Cause.missing_iat),
        ("orig", Cause.missing_orig_tn),
        ("dest", Cause.missing_dest_tn),
        ("attest", Cause.invalid_or_no_attest),
        ("origid", Cause.missing_origid),
    ],
)
def test_no_claim_of_shaken_may_be_missing(name: str, expected: Cause) -> None:
    assert cause(read_passport(token(claims={key: value for key, value in CLAIMS.items() if key != name}))) is expected


@pytest.mark.parametrize(
    "claims",
    [
        '{"attest":"A","attest":"A"}',
        '{"orig":{"tn":"12125550121","tn":"12125550122"}}',
        '{"iat":NaN}',
        "[1]",
        "7",
        "",
        "{" * 2000,
        "[" * 60 + "]" * 60,
        '{"a":' * 63 + "1" + "}" * 63,
        '{"iat":' + "9" * 5000 + "}",
    ],
)
def test_json_is_read_strictly(claims: str) -> None:
    found = cause(read_passport(token(claims=claims)))
    assert found in (Cause.invalid_or_no_grants, Cause.missing_iat)
    assert found is Cause.invalid_or_no_grants or claims.startswith('{"a":{"a":')


def test_claims_that_are_passed_over_may_not_be_a_world_of_their_own() -> None:
    assert isinstance(read_passport(token(claims={**CLAIMS, "other": [[]] * 50})), Passport)
    assert cause(read_passport(token(claims={**CLAIMS, "other": [[]] * 70}))) is Cause.invalid_or_no_grants


@pytest.mark.parametrize("change", ["{}=", "{} ", "{}\n", "+{}", "{}!"])
def test_base64url_has_no_padding_and_nothing_else(change: str) -> None:
    header, claims, signature = token().split(".")
    assert cause(read_passport(f"{change.format(header)}.{claims}.{signature}")) is Cause.invalid_header
    assert cause(read_passport(f"{header}.{change.format(claims)}.{signature}")) is Cause.invalid_or_no_grants
    assert cause(read_passport(f"{header}.{claims}.{change.format(signature)}")) is Cause.signature_validation


def test_bits_beyond_the_end_of_a_signature_are_not_passed_over() -> None:
    header, claims, signature = token().split(".")
    twin = signature[:-1] + "B"
    assert base64.urlsafe_b64decode(twin + "==") == bytes(64)
    assert cause(read_passport(f"{header}.{claims}.{twin}")) is Cause.signature_validation


def test_other_kinds_of_passport_are_known_and_passed_over() -> None:
    assert read_passport(token({**HEADER, "ppt": "rcd"}, {"rcd": {"nam": "Example"}})) == Unsupported("rcd")
    assert read_identity(f"{token({**HEADER, 'ppt': 'rph'}, {})};info=<{X5U}>;ppt=rph") == Unsupported("rph")


def test_a_diversion_names_the_number_it_comes_from() -> None:
    div = {**HEADER, "ppt": "div"}
    claims = {key: CLAIMS[key] for key in ("dest", "iat", "orig")}
    passport = read_passport(token(div, {**claims, "div": {"tn": "12125550141"}}))
    assert isinstance(passport, Passport)
    assert (passport.div_tn, passport.attest, passport.origid) == ("12125550141", None, None)
    wrongs: list[dict[str, object]] = [{}, {"div": {}}, {"div": {"tn": "+1"}}, {"div": "12125550141"}]
    for wrong in wrongs:
        assert cause(read_passport(token(div, {**claims, **wrong}))) is Cause.missing_div


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 (212) 555-0121", "12125550121"),
        ("+12125550121", "12125550121"),
        ("12125550121", "12125550121"),
        ("1.212.555.0121", "12125550121"),
        ("tel:+1-212-555-0121", "12125550121"),
        ("tel:+12125550121;verstat=x", "12125550121"),
        ("sip:+12125550121@pbx.example;user=phone", "12125550121"),
        ("<sip:+12125550121@pbx.example>", "12125550121"),
        ("sip:alice@example.com", None),
        ("anonymous", None),
        ("*67", None),
        ("#31#", None),
        ("", None),
        ("+", None),
        ("1234567890123456", None),
        ("١٢٣", None),
    ],
)
def test_a_number_has_one_canonical_form(text: str, number: str | None) -> None:
    assert canonical_number(text) == number


def test_json_for_signing_is_in_order_and_without_space() -> None:
    claims = {"orig": {"uri": "sip:ä@example.com"}, "dest": {"uri": ["b"], "tn": ["1"]}, "iat": 7}
    assert canonical_json(claims).decode() == '{"dest":{"tn":["1"],"uri":["b"]},"iat":7,"orig":{"uri":"sip:ä@example.com"}}'


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/c.pem",
        "HTTPS://a.example:443/c.pem",
        "https://a.example:8443/",
        "https://a.example",
        "https://[2001:db8::1]/c",
    ],
)
def test_a_certificate_may_be_asked_for_by_https(url: str) -> None:
    assert x5u_fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/c.pem", "ftp://a.example/", "file:///etc/passwd", "https:///c.pem", "//a.example/c", "a.example/c", "",
        "https://a.example:80/c", "https://a.example:/c", "https://a.example:x/", "https://a.example:99999/", "https://u@a.example/",
        "https://u:p@a.example/", "https://@a.example/", "https://a.example/c?x", "https://a.example/c?", "https://a.example/c#", "https://a.example#x",
        "https://a.example\\@b.example/", "https://a.exämple/", "https://a.example/ c", "https://a.example/\r\nHost: b", "https://[::1/c",
        "https://[v1.x]/", "https://a%2eexample/", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_other_addresses_are_never_asked(url: str) -> None:
    assert x5u_fault(url) is not None


PIECES = st.sampled_from(
    [token(), signed(), ";", "..", ".", "info=", f"<{X5U}>", '"', "ppt=shaken", "\\", "é", "\x00", "\ud800", "="]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=8).map("".join)))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert isinstance(read_identity(text), (Passport, Unsupported, Refusal))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["12125550121", "A"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tn", "uri", "x"]), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["shaken", "div"]), st.dictionaries(st.sampled_from([*CLAIMS, "div"]), VALUES))
def test_no_claims_make_the_reader_fail(ppt: str, changed: dict[str, object]) -> None:
    found = read_passport(token({**HEADER, "ppt": ppt}, {**CLAIMS, "div": {"tn": "12125550141"}, **changed}))
    assert isinstance(found, (Passport, Refusal))


@given(st.text(max_size=60) | st.from_regex(r"https://[a-z@:\[\]?#\\/.0-9%]{0,30}", fullmatch=True))
def test_no_address_makes_the_check_fail(url: str) -> None:
    x5u_fault(url)
