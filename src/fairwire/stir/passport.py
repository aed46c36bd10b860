"""Identity headers and the passports in them: read strictly, written in the one form that is signed.

    Identity: <header>.<payload>.<signature>;info=<https://certificates.example/a.pem>;alg=ES256;ppt=shaken

What comes from outside is bounded before it is decoded, and no text raises: it is a passport, one of a kind that is not
looked at here, or a refusal with its reason.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NoReturn
from urllib.parse import urlsplit

from fairwire.stir.causes import Cause, Refusal

Attestation = Literal["A", "B", "C"]
"""Full, partial, gateway (RFC 8588, ATIS-1000074)."""

LONGEST_HEADER: Final = 8192
"""Characters of an Identity header; one with a list of 64 numbers has 2,000."""
_LONGEST_PART: Final = {"header": 2048, "payload": 6144}
_MOST_BRACKETS: Final = 64
"""Deeper or wider JSON than any passport has is not decoded, so that no nesting exhausts the stack."""
_MOST_DESTINATIONS: Final = 64
_LONGEST_URI: Final = 512
_SIGNATURE_BYTES: Final = 64

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")
_NUMBER = re.compile(r"[0-9]{1,15}\Z")
_ORIGID = re.compile(r"[!-~]{1,128}\Z")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}\Z|\[[0-9A-Fa-f:.]{2,45}\]\Z")
_URL = re.compile(r"[!-~]+\Z")
_PARAMETER = re.compile(
    r"""[ \t\r\n]*;[ \t\r\n]*([A-Za-z0-9.!%*_+`'~-]+)
        (?:[ \t\r\n]*=[ \t\r\n]*(?:<([^<>"]*)>|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9.!%*_+`'~:/\[\]-]+)))?""",
    re.VERBOSE,
)
_SEPARATORS = str.maketrans("", "", " -.()\t")
"""RFC 3966 5.1.1 calls them visual separators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """A PASSporT in full form (RFC 8225): its claims, and what the signature was made over. Not verified yet."""

    ppt: str | None
    """`shaken`, `div`, or None for a passport without extension."""
    x5u: str
    orig_tn: str | None
    """Digits. None where the caller is a URI."""
    orig_uri: str | None
    dest_tns: tuple[str, ...]
    dest_uris: tuple[str, ...]
    iat_us: int
    attest: Attestation | None
    origid: str | None
    div_tn: str | None
    """The number that was called before (RFC 8946); only with `div`."""
    signed: bytes
    """Header and payload as they came: the signature is of these bytes, not of what they mean."""
    signature: bytes
    """R and S, 32 bytes each (RFC 7518 3.4)."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A passport of a kind that says nothing about whose number it is, such as `rcd`; it is passed over (RFC 8224 6.2)."""

    ppt: str


def read_identity(text: str) -> Passport | Unsupported | Refusal:
    """The passport of one Identity header's value (RFC 8224 4). Never raises.

    Parameters may be in any order, quoted or not, and there may be others than ours; those that say something about the
    passport (`alg`, `ppt`, `info`) must say what it says itself.
    """
    if len(text) > LONGEST_HEADER:
        return Refusal(Cause.invalid_header, f"the Identity header has {len(text)} characters, more than {LONGEST_HEADER}")
    token, semicolon, _ = text.partition(";")
    parameters = _parameters(text[len(token) :]) if semicolon else {}
    if parameters is None:
        return Refusal(Cause.invalid_header, "the parameters of the Identity header cannot be read")
    token = token.strip(" \t\r\n")
    if token.startswith(".."):
        return Refusal(Cause.compact_form, "the passport is in compact form, which shaken and div do not allow")
    info = parameters.get("info")
    if not info:
        return Refusal(Cause.invalid_header, "the Identity header names no certificate (info)")
    passport = read_passport(token)
    if isinstance(passport, Refusal):
        return passport
    ppt = parameters.get("ppt")
    if ppt is not None and ppt != passport.ppt:
        return Refusal(Cause.invalid_or_no_ppt, f"the Identity header says ppt={shown(ppt)}, and its passport {passport.ppt}")
    if parameters.get("alg", "ES256") != "ES256":
        return Refusal(Cause.invalid_or_no_alg, f"the Identity header says alg={shown(parameters['alg'])}, not ES256")
    if isinstance(passport, Passport) and info != passport.x5u:
        return Refusal(Cause.info_x5u_mismatch, "the Identity header (info) and its passport (x5u) name different certificates")
    return passport


def read_passport(token: str) -> Passport | Unsupported | Refusal:
    """A passport in full form, `header.payload.signature` (RFC 8225 4 to 8). Never raises."""
    parts = token.split(".")
    if len(parts) != 3:
        return Refusal(Cause.invalid_header, f"a passport has three parts, and this one {len(parts)}")
    header = _object(parts[0], "header")
    if header is None:
        return Refusal(Cause.invalid_header, "the passport's header is not base64url of one JSON object")
    ppt, x5u = header.get("ppt"), header.get("x5u")
    if header.get("alg") != "ES256":
        return Refusal(Cause.invalid_or_no_alg, "the passport is not signed by ES256")
    if header.get("typ") != "passport":
        return Refusal(Cause.invalid_or_no_typ, "the token is no passport (typ)")
    if not (ppt is None and "ppt" not in header) and not (isinstance(ppt, str) and ppt):
        return Refusal(Cause.invalid_or_no_ppt, "the passport's extension (ppt) is no name")
    if "crit" in header:
        # RFC 7515 4.1.11: whoever does not understand what is critical refuses the token.
        return Refusal(Cause.invalid_header, "the passport's header asks for extensions that are not known here (crit)")
    if not isinstance(x5u, str) or not x5u:
        return Refusal(Cause.invalid_header, "the passport names no certificate (x5u)")
    if ppt not in (None, "shaken", "div"):
        return Unsupported(str(ppt))
    signature = _decoded(parts[2], 2 * _SIGNATURE_BYTES)
    if signature is None or len(signature) != _SIGNATURE_BYTES:
        return Refusal(Cause.signature_validation, "the signature is not base64url of 64 bytes")
    payload = _object(parts[1], "payload")
    if payload is None:
        return Refusal(Cause.invalid_or_no_grants, "the passport's payload is not base64url of one JSON object")
    return _claims(payload, ppt, x5u, f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def canonical_number(text: str) -> str | None:
    """The digits of a telephone number (RFC 8224 8.3), as in a passport's `tn`. None: it is no telephone number.

    The plus sign and visual separators go; a `tel:` or `sip:` URI gives its number. No country code is guessed, so both
    sides of a call have to be E.164. Service codes with `*` or `#` are no numbers of anybody.
    """
    text = text.strip().removeprefix("<").removesuffix(">")
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("tel", "sip", "sips"):
        text = rest.partition("@")[0]
    digits = text.partition(";")[0].removeprefix("+").translate(_SEPARATORS)
    return digits if _NUMBER.match(digits) else None


def canonical_json(claims: Mapping[str, object]) -> bytes:
    """JSON in the form that is signed: keys in order at every depth, no white space, UTF-8 (RFC 8225 9)."""
    return json.dumps(claims, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@lru_cache(maxsize=1024)
def x5u_fault(url: str) -> str | None:
    """Why a certificate may not be asked for at this address; None when it may (ATIS-1000074 5.3.1).

    Only the text is looked at. Where the name leads is for the one who connects to check.
    """
    if len(url) > _LONGEST_URI or not _URL.match(url):
        return "is too long or has characters that no address has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "cannot be read"
    if parts.scheme.lower() != "https":
        return "is not https"
    if port not in (None, 443, 8443) or parts.netloc.endswith(":"):
        return "has a port other than 443 and 8443"
    if "@" in parts.netloc or "?" in url or "#" in url or "\\" in url:
        return "has a user, a query or a fragment"
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    return None if _HOST.match(host) else "has no host that can be read"


def shown(text: str) -> str:
    """Somebody else's text as part of a sentence: short, and nothing that a terminal or a page would act on."""
    plain = "".join(character if character.isascii() and character.isprintable() else "?" for character in text[:48])
    return f"{plain}..." if len(text) > 48 else plain


def _parameters(text: str) -> dict[str, str] | None:
    """Names in lower case and values of `;name=value` one after the other; None when it is not that."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            break
        name, bracketed, quoted, plain = match.groups()
        if name.lower() in found:
            return None
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bracketed if bracketed is not None else plain
        found[name.lower()] = value or ""
        at = match.end()
    return None if text[at:].strip(" \t\r\n") else found


def _decoded(part: str, longest: int) -> bytes | None:
    """Base64url without padding, white space or set bits beyond the end, so that no two texts mean the same bytes."""
    if len(part) > longest or not _BASE64URL.match(part):
        return None
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return None
    return data if base64url(data) == part else None


def _object(part: str, which: Literal["header", "payload"]) -> dict[str, object] | None:
    """The JSON object of one part; None for anything that is not one, or has a name twice."""
    data = _decoded(part, _LONGEST_PART[which])
    if data is None or data.count(b"{") + data.count(b"[") > _MOST_BRACKETS:
        return None
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Readers differ in which of two they take, and the one who signed may have meant the other.
        raise ValueError("a name is there twice")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _claims(payload: dict[str, object], ppt: str | None, x5u: str, signed: bytes, signature: bytes) -> Passport | Refusal:
    """The claims of RFC 8225 5, RFC 8588 and RFC 8946, each of its own type."""
    iat_us = _instant(payload.get("iat"))
    if "iat" not in payload:
        return Refusal(Cause.missing_iat, "the passport does not say when it was made (iat)")
    if iat_us is None:
        return Refusal(Cause.invalid_grant, "the time of the passport (iat) is no number of seconds")
    orig, dest = payload.get("orig"), payload.get("dest")
    orig_tn, orig_uri = (orig.get("tn"), orig.get("uri")) if isinstance(orig, dict) else (None, None)
    if not isinstance(orig, dict) or (orig_tn is None) == (orig_uri is None) or not _sound(orig_tn, orig_uri):
        if orig is None or orig == {}:
            return Refusal(Cause.missing_orig_tn, "the passport does not say who calls (orig)")
        return Refusal(Cause.invalid_grant, "the caller in the passport (orig) is neither one number in digits nor one URI")
    if dest is None or dest == {}:
        return Refusal(Cause.missing_dest_tn, "the passport does not say who is called (dest)")
    lists = _destinations(dest)
    if lists is None:
        return Refusal(Cause.invalid_grant, "the called in the passport (dest) are no lists of numbers in digits or URIs")
    dest_tns, dest_uris = lists
    attest, origid, div_tn = payload.get("attest"), payload.get("origid"), None
    if ppt == "shaken":
        if orig_tn is None:
            return Refusal(Cause.missing_orig_tn, "a shaken passport vouches for a number, and this one has none (orig.tn)")
        if attest not in ("A", "B", "C"):
            return Refusal(Cause.invalid_or_no_attest, "the attestation is not A, B or C")
        if not isinstance(origid, str) or not _ORIGID.match(origid):
            return Refusal(Cause.missing_origid, "the passport does not say where the call came into the network (origid)")
    if ppt == "div":
        div = payload.get("div")
        div_tn = div.get("tn") if isinstance(div, dict) else None
        if not isinstance(div_tn, str) or not _NUMBER.match(div_tn):
            return Refusal(Cause.missing_div, "the passport does not say from which number the call was diverted (div.tn)")
    return Passport(
        ppt=ppt,
        x5u=x5u,
        orig_tn=orig_tn,
        orig_uri=orig_uri,
        dest_tns=dest_tns,
        dest_uris=dest_uris,
        iat_us=iat_us,
        attest=_level(attest) if ppt == "shaken" else None,
        origid=origid if ppt == "shaken" and isinstance(origid, str) else None,
        div_tn=div_tn,
        signed=signed,
        signature=signature,
    )


def _level(attest: object) -> Attestation:
    return "A" if attest == "A" else "B" if attest == "B" else "C"


def _instant(seconds: object) -> int | None:
    """Microseconds of a NumericDate (RFC 7519 2); erratum 6656 of RFC 8588: a number, never a text."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    # Beyond the year 9999 it is no time; infinity and what is no number fail the comparison too.
    return round(seconds * 1_000_000) if 0 <= seconds < 253_402_300_800 else None


def _sound(tn: object, uri: object) -> bool:
    return _is_number(tn) if tn is not None else _is_uri(uri)


def _is_number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.match(value) is not None


def _is_uri(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_URI and _URL.match(value) is not None


def _destinations(dest: object) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Numbers and URIs of `dest` (RFC 8225 5.2.1): lists, at least one entry, nothing else in them."""
    if not isinstance(dest, dict):
        return None
    tns, uris = dest.get("tn", []), dest.get("uri", [])
    if not isinstance(tns, list) or not isinstance(uris, list) or not 0 < len(tns) + len(uris) <= _MOST_DESTINATIONS:
        return None
    if not all(map(_is_number, tns)) or not all(map(_is_uri, uris)):
        return None
    return tuple(tns), tuple(uris)
