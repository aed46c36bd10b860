"""Other people's passports and scenarios, what is known of each, and what comes out here: the page of it, and its rows.

`docs/reference/stir_vectors.md` is written from the folder that `FAIRWIRE_CORPUS` names; `tests/stir/test_vectors.py` holds
the rows against what is expected. The collections hold no private key, so a passport that has to pass is signed by the
authority of the tests, and what can be looked at of their own certificates is looked at beside it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from fairwire.model.instants import parse_us
from fairwire.runtime.certificate_fetch import fetch
from fairwire.stir.causes import Refusal
from fairwire.stir.certificates import Chain, check_chain, read_chain
from fairwire.stir.passport import Passport, base64url, read_passport
from fairwire.stir.verify import Verdict, signature_holds
from stir_authority import ANY_NUMBER, NOW_US, ORIGID, authority, holder, judged

JUNE_US = parse_us("2026-06-15T12:00:00Z")
"""Inside the validity of the certificate of Asterisk's first signer."""
APRIL_US = parse_us("2026-04-15T12:00:00Z")
"""Inside the validity of the certificate that Asterisk's expired authority issued; the authority's own is over."""


@dataclass(frozen=True)
class Row:
    """One vector: expected is what its collection says, or what follows from it."""

    name: str
    looked_at: str
    expected: str
    got: str


def corpus() -> Path | None:
    """The folder of other people's data."""
    named = os.environ.get("FAIRWIRE_CORPUS")
    return Path(named) if named and (Path(named) / "stir_libstirshaken").is_dir() else None


def rows(folder: Path) -> list[Row]:
    """All of them."""
    return [*tokens(folder), *scenarios(folder / "stir_asterisk_testsuite")]


# libstirshaken: tokens with what is known of their signature.

READ = {
    "sp/passport.txt#signed": "invalid_grant",
    "sp/passport.txt#identity_header": "invalid_grant",
    "test14#passport_encoded": "invalid_grant",
    "sp/spc_token.txt": "invalid_or_no_typ",
    "test13#spc_token": "invalid_or_no_typ",
    "freeswitch#0": "x5u_refused",
    "freeswitch#1": "x5u_refused",
    "rfc8225_appendix_a_as_quoted_in_libstirshaken_test5": "unsupported_ppt",
}
"""From the issues that the collection notes: `dest` as text, a token that is no passport, http, no extension."""


def tokens(folder: Path) -> list[Row]:
    found = []
    vectors = json.loads((folder / "stir_libstirshaken" / "vectors.json").read_text(encoding="utf-8"))
    for vector in vectors:
        name = f"libstirshaken: {vector['name']}"
        sound = "holds" if vector["signature_valid"] else "does not hold"
        named = vector["verify_with"] or "stir_libstirshaken/sp/sp.pem"
        if (folder / named).is_file():
            found.append(Row(name, f"signature, {Path(named).name}", sound, _signature(vector["token"], folder / named)))
        wrong = folder / "stir_libstirshaken" / "sp" / "wrongsp.pem"
        found.append(Row(name, "signature, wrongsp.pem", "does not hold", _signature(vector["token"], wrong)))
        found.append(Row(name, "verdict at its own time", READ[vector["name"]], _own_time(vector["token"]).cause))
        if vector["name"].startswith("freeswitch"):
            found.append(Row(name, "verdict in 2026", "iat_range_error", _own_time(vector["token"], at_us=JUNE_US).cause))
    pair = [vector["token"] for vector in vectors if vector["name"].startswith("freeswitch")]
    found.append(Row("libstirshaken: freeswitch#0 and #1", "signatures, one key for both", "holds", _in_common(*pair)))
    return found


# Points of P-256 as (x, y), or None for the one at infinity: enough to find the keys that may have made a signature.

_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_Point = tuple[int, int] | None


def _sum(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return other if one is None else one
    (x, y), (u, v) = one, other
    if x == u and (y + v) % _PRIME == 0:
        return None
    slope = (3 * x * x - 3) * pow(2 * y, -1, _PRIME) if one == other else (v - y) * pow(u - x, -1, _PRIME)
    across = (slope * slope - x - u) % _PRIME
    return across, (slope * (x - across) - y) % _PRIME


def _times(count: int, point: _Point) -> _Point:
    total: _Point = None
    while count:
        if count & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        count >>= 1
    return total


def _possible_keys(token: str) -> set[tuple[int, int]]:
    """The public keys that fit a token's signature (SEC 1, 4.1.6): two, and the right one is in both sets of two tokens."""
    signed, signature = _parts(token)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    digest = int.from_bytes(hashlib.sha256(signed).digest(), "big")
    base = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    found = set()
    for sign in (b"\x02", b"\x03"):
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sign + signature[:32]).public_numbers()
        key = _sum(
            _times(s * pow(r, -1, _ORDER) % _ORDER, (point.x, point.y)),
            _times(-digest * pow(r, -1, _ORDER) % _ORDER, (base.x, base.y)),
        )
        assert key is not None
        found.add(key)
    return found


def _in_common(first: str, second: str) -> str:
    """Whether one key made both signatures: only if both are of these very bytes."""
    keys = [
        ec.EllipticCurvePublicNumbers(*key, ec.SECP256R1()).public_key() for key in _possible_keys(first) & _possible_keys(second)
    ]
    fits = [all(signature_holds(key, *_parts(token)) for token in (first, second)) for key in keys]
    return "holds" if fits == [True] else "does not hold"


def _parts(token: str) -> tuple[bytes, bytes]:
    signed, _, last = token.rpartition(".")
    return signed.encode(), _bytes(last)


def _signature(token: str, certificate: Path) -> str:
    """Of any token, whatever it claims."""
    chain = read_chain(certificate.read_bytes())
    assert isinstance(chain, Chain)
    key = chain.leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return "holds" if signature_holds(key, *_parts(token)) else "does not hold"


def _bytes(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "==")
    assert base64url(data) == text
    return data


def _own_time(token: str, at_us: int | None = None) -> Verdict:
    """The verdict of a call that fits the token as far as it can be read."""
    passport = read_passport(token)
    read: Any = passport if isinstance(passport, Passport) else None
    header = json.loads(_bytes(token.partition(".")[0]))
    return judged(
        f"{token};info=<{header['x5u']}>",
        caller=f"+{read.orig_tn}" if read else "+12125550121",
        called=f"+{read.dest_tns[0]}" if read and read.dest_tns else "+12125550131",
        now_us=at_us or (read.iat_us if read else NOW_US),
    )


# Asterisk's test suite: scenarios with the result that its dialplan sees.


def scenarios(folder: Path) -> list[Row]:
    found = []
    for path in sorted(folder.glob("stir_shaken_*/test-config.yaml")):
        scenario = _Scenario(path.parent)
        verdict = SCENARIOS[path.parent.name](scenario)
        found.append(Row(f"asterisk: {path.parent.name}", scenario.looked_at, scenario.expected, verdict.cause))
        if path.parent.name == "stir_shaken_fail_return_reason":
            reason = f"{verdict.code} {verdict.phrase}"
            found.append(Row(f"asterisk: {path.parent.name}", "Reason header", scenario.reason, reason))
    for name, trust, at_us, strict, rsa in (
        ("SPAST1", "astdev-ca.crt", JUNE_US, "cert_key_unsupported", "success"),
        ("SPAST2", "astdev-ca.crt", JUNE_US, "cert_key_unsupported", "success"),
        ("SPAST1-caexp", "astdev-ca-expired.crt", APRIL_US, "cert_key_unsupported", "cert_not_trusted"),
        ("SPAST2-caexp", "astdev-ca-expired.crt", APRIL_US, "cert_key_unsupported", "cert_not_trusted"),
        ("SPAST1-caexp", "astdev-ca.crt", APRIL_US, "cert_not_trusted", "cert_not_trusted"),
    ):
        for rsa_issuers, expected in ((False, strict), (True, rsa)):
            chain = check_chain(_chain(folder, name), _roots(folder, trust), at_us, rsa_issuers=rsa_issuers)
            got = chain.cause.value if isinstance(chain, Refusal) else "success"
            allowed = "RSA issuers allowed" if rsa_issuers else "P-256 throughout"
            found.append(Row(f"asterisk: {name} under {trust}", f"chain, {allowed}", expected, got))
    return found


class _Scenario:
    """What a scenario's files say of its call."""

    def __init__(self, folder: Path) -> None:
        config = (folder / "test-config.yaml").read_text(encoding="utf-8")
        message = next((folder / "sipp").glob("*.xml")).read_text(encoding="utf-8")
        self.folder = folder.parent
        self.looked_at = "verdict"
        self.expected = _group(r"result: '(\w+)'", config)
        self.called = _group(r"'dest', '(\d+)'", config)
        asserted = re.search(r"P-Asserted-Identity:.*<sip:(\d+)@", message)
        self.caller = asserted[1] if asserted else _group(r"From: <(sip:[^>]+)>", message)
        reason = re.search(r'cause=(\d+); text=\\"([^"\\]+)\\"', message)
        self.reason = f"{reason[1]} {reason[2]}" if reason else ""

    def signed(self, at_us: int = NOW_US, attest: Any = "A") -> str:
        return authority().signer().sign(self.caller, self.called, attest, at_us, ORIGID)

    def judge(self, *identities: str, **said: Any) -> Verdict:
        return judged(*identities, **{"caller": self.caller, "called": self.called, **said})


def _group(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def _success(scenario: _Scenario) -> Verdict:
    scenario.looked_at = "verdict, signer of the tests"
    return scenario.judge(scenario.signed())


def _success_unknown(scenario: _Scenario) -> Verdict:
    """The signer knows nothing of the number, and attests less."""
    scenario.looked_at = "verdict, signer of the tests"
    verdict = scenario.judge(scenario.signed(attest="C"))
    assert verdict.attestation == "C"
    return verdict


def _expired_authority(scenario: _Scenario) -> Verdict:
    scenario.looked_at = "verdict, their certificates"
    chain, trust = _chain(scenario.folder, "SPAST1-caexp"), _roots(scenario.folder, "astdev-ca-expired.crt")
    return scenario.judge(scenario.signed(APRIL_US), chain=chain, trust=trust, now_us=APRIL_US, rsa_issuers=True)


def _other_key(scenario: _Scenario) -> Verdict:
    scenario.looked_at = "verdict, their certificate, another key"
    chain, trust = _chain(scenario.folder, "SPAST1"), _roots(scenario.folder, "astdev-ca.crt")
    signer = holder("Stranger", numbers=ANY_NUMBER).signer()
    value = signer.sign(scenario.caller, scenario.called, "A", JUNE_US, ORIGID)
    return scenario.judge(value, chain=chain, trust=trust, now_us=JUNE_US, rsa_issuers=True)


def _other_caller(scenario: _Scenario) -> Verdict:
    return scenario.judge(scenario.signed(), caller="+12125550199")


def _on_this_machine(scenario: _Scenario) -> Verdict:
    scenario.looked_at = "verdict, certificate at 127.0.0.1"
    failure = fetch("https://127.0.0.1:8443/SPAST1-cert.pem")
    assert not hasattr(failure, "chain")
    return scenario.judge(scenario.signed(), chain=failure)


SCENARIOS: dict[str, Callable[[_Scenario], Verdict]] = {
    "stir_shaken_acl_fail": _on_this_machine,
    "stir_shaken_anon_callerid": lambda scenario: scenario.judge(),
    "stir_shaken_exp_ca": _expired_authority,
    "stir_shaken_fail_return_reason": lambda scenario: scenario.judge(),
    "stir_shaken_no_identity": lambda scenario: scenario.judge(),
    "stir_shaken_sig_fail": _other_key,
    "stir_shaken_success": _success,
    "stir_shaken_success_unknown_tn": _success_unknown,
    "stir_shaken_tn_mismatch": _other_caller,
}


def _chain(folder: Path, name: str) -> Chain:
    chain = read_chain((folder / "keys" / name / f"{name}-cert.pem").read_bytes())
    assert isinstance(chain, Chain)
    return chain


def _roots(folder: Path, name: str) -> list[Any]:
    chain = read_chain((folder / "keys" / name).read_bytes())
    assert isinstance(chain, Chain)
    return list(chain.certificates)


def page(folder: Path) -> str:
    """The reference page."""
    lines = [
        "# STIR/SHAKEN: other people's vectors",
        "",
        "Written by `./dev accept docs` from the folder that `FAIRWIRE_CORPUS` names; `tests/stir/test_vectors.py` says what",
        "is expected of each. The collections are libstirshaken's tests (MIT; two tokens in it are FreeSWITCH's) and the",
        "STIR/SHAKEN scenarios of Asterisk's test suite (GPL-2.0): none of it is part of Fairwire.",
        "",
        "What passes whole is signed here by an authority of the tests, because neither collection has a private key. The two",
        "FreeSWITCH tokens have no certificate in it either: of the keys that fit each signature one fits both, which is so only",
        "when both are of these very bytes. Asterisk's authority has an RSA key: `rsa_issuers` admits it, and SHAKEN does not.",
        "",
        "| vector | looked at | expected | got |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {row.name} | {row.looked_at} | `{row.expected}` | `{row.got}` |" for row in rows(folder)]
    return "\n".join(lines) + "\n"
