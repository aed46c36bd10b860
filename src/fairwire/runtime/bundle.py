"""Sealed evidence bundles: one file with a signed manifest, written once, and verified by anybody with the public key alone."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import fairwire
from fairwire.model.bundle import DIGEST, FORMAT, MANIFEST, README, SIGNATURE, BundleFile, BundleKey, Manifest
from fairwire.model.errors import BadInput
from fairwire.model.instants import format_us
from fairwire.model.records import NO_HASH
from fairwire.runtime.bundle_content import Evidence
from fairwire.runtime.evidence_key import fingerprint, signed_by

LARGEST_MANIFEST = 16 * 1024 * 1024
_PIECE = 1 << 20
_THEN = (1980, 1, 1, 0, 0, 0)
"""The date of every file inside: when it was made stands in the manifest, which is signed."""
_README = """\
This is evidence of case {case}, made on {made} for {to} ({basis}).

manifest.json lists every file with its size and SHA-256. manifest.sig is an Ed25519 signature over the bytes of manifest.json,
in base64; manifest.sha256 is the hash of the same bytes. To verify, with the public key of whoever made this:

    fairwire case verify FILE --key PUBLIC_KEY.pem

or without this program:

    unzip FILE -d bundle && cd bundle && sha256sum -c manifest.sha256
    base64 -d manifest.sig > signature
    openssl pkeyutl -verify -pubin -inkey PUBLIC_KEY.pem -rawin -in manifest.json -sigfile signature

and compare the SHA-256 of each file with the manifest. Ask for the fingerprint of the key by another way than this file came:
{fingerprint}

Level: {level}. {says}
"""
_SAYS = {
    "masked": "Numbers are cut, with a tag that is the same for the same number in this bundle; content is left out.",
    "numbers": "Numbers are in full; what people said and wrote is left out, with its hash.",
    "content": "Numbers are in full, and what people said and wrote is included.",
}


class BadBundle(BadInput):
    """A file that should be an evidence bundle is none, or not as it was made."""

    code = "FW-EVD-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A bundle that was written."""

    path: Path
    sha256: str
    manifest_sha256: str
    manifest: Manifest


@dataclass(slots=True, kw_only=True)
class Verified:
    """What was found out about a bundle."""

    manifest: Manifest | None = None
    problems: list[str] = field(default_factory=list)
    """Empty: it is as it was made, and was signed with the key that was given."""


def write_bundle(evidence: Evidence, out: Path, key: Ed25519PrivateKey, *, by: str, at_us: int) -> Sealed:
    """Write a bundle beside `out`, under the name that ends in `.part`: whoever calls moves it, once it is on record.

    Raises
    ------
    BadInput
        The file cannot be written.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
        with os.fdopen(handle, "w+b") as file:
            manifest = _write(file, evidence, key, by, at_us)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInput(
            f"the bundle cannot be written: {error.strerror or error}", at=str(out), help_="name another file"
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    encoded = _encoded(manifest)
    return Sealed(path=part, sha256=digest, manifest_sha256=hashlib.sha256(encoded).hexdigest(), manifest=manifest)


def _encoded(manifest: Manifest) -> bytes:
    return json.dumps(msgspec.to_builtins(manifest), indent=1, ensure_ascii=False).encode() + b"\n"


def _write(file: IO[bytes], evidence: Evidence, key: Ed25519PrivateKey, by: str, at_us: int) -> Manifest:
    case, asked = evidence.case, evidence.disclosure
    public = key.public_key()
    files: list[BundleFile] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in evidence.parts():
            name, digest, size = part.name, hashlib.sha256(), 0
            with archive.open(zipfile.ZipInfo(name, _THEN), "w", force_zip64=True) as inner:
                for piece in part.pieces:
                    inner.write(piece)
                    digest.update(piece)
                    size += len(piece)
            files.append(BundleFile(name=name, bytes=size, sha256=digest.hexdigest(), what=part.what))
        readme = _README.format(
            case=case.case_id,
            made=format_us(at_us),
            to=asked.to,
            basis=asked.basis,
            fingerprint=fingerprint(public),
            level=asked.level,
            says=_SAYS[asked.level],
        ).encode()
        files.append(
            BundleFile(name=README, bytes=len(readme), sha256=hashlib.sha256(readme).hexdigest(), what="How to verify it")
        )
        last = evidence.store.records.mark()
        head = next(iter(evidence.store.records.trail(after=last - 1, limit=1)), None) if last else None
        manifest = Manifest(
            format=FORMAT,
            program=f"fairwire {fairwire.__version__}",
            made=format_us(at_us),
            made_by=by,
            case=case.case_id,
            disclosure=asked.disclosure_id,
            to=asked.to,
            basis=asked.basis,
            reference=asked.reference,
            level=asked.level,
            customer=case.customer,
            since=format_us(evidence.since_us),
            until=format_us(evidence.until_us),
            audit_entries=0 if head is None else head.seq,
            audit_hash=NO_HASH if head is None else head.hash,
            missing=tuple(evidence.missing),
            files=tuple(files),
            key=BundleKey(algorithm="Ed25519", fingerprint=fingerprint(public)),
        )
        encoded = _encoded(manifest)
        sealed = {
            README: readme,
            MANIFEST: encoded,
            DIGEST: f"{hashlib.sha256(encoded).hexdigest()}  {MANIFEST}\n".encode(),
            SIGNATURE: b64encode(key.sign(encoded)) + b"\n",
        }
        for name, content in sealed.items():
            archive.writestr(zipfile.ZipInfo(name, _THEN), content, zipfile.ZIP_DEFLATED)
    return manifest


# -- verifying


def verify_bundle(path: Path, public: Ed25519PublicKey) -> Verified:
    """Look at every byte that a bundle says something with. Needs nothing but the file and the key.

    Raises
    ------
    BadBundle
        The file cannot be read, or is no bundle at all.
    """
    found = Verified()
    try:
        with zipfile.ZipFile(path) as archive:
            _verify(archive, public, found)
    except OSError as error:
        raise BadBundle(f"cannot be read: {error.strerror or error}", at=str(path)) from None
    except _BROKEN as error:
        found.problems.append(f"the file is damaged: {' '.join(str(error).split())[:200] or type(error).__name__}")
    if found.manifest is None and not found.problems:
        raise BadBundle("this is no evidence bundle", at=str(path), help_="give a file that `fairwire case export` wrote")
    return found


_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
)
"""What reading a damaged or a strange archive raises."""


def _verify(archive: zipfile.ZipFile, public: Ed25519PublicKey, found: Verified) -> None:
    names = archive.namelist()
    if MANIFEST not in names or SIGNATURE not in names:
        if not names:
            raise ValueError("the archive is empty")
        raise ValueError(f"it has no {MANIFEST if MANIFEST not in names else SIGNATURE}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        found.problems.append(f"`{twice[:80]}` is in it twice")
        return
    encoded = _read(archive, MANIFEST, LARGEST_MANIFEST)
    if not signed_by(public, _signature(archive), encoded):
        found.problems.append("the signature is not this key's over this manifest")
    if DIGEST not in names or _read(archive, DIGEST, 1000) != f"{hashlib.sha256(encoded).hexdigest()}  {MANIFEST}\n".encode():
        found.problems.append(f"`{DIGEST}` is not the hash of the manifest")
    manifest = msgspec.json.decode(encoded, type=Manifest)
    found.manifest = manifest
    if manifest.format != FORMAT:
        found.problems.append(f"the format `{manifest.format[:40]}` is not one that this program knows")
    listed = {file.name: file for file in manifest.files}
    for name in names:
        if name not in listed and name not in (MANIFEST, SIGNATURE, DIGEST):
            found.problems.append(f"`{name[:80]}` is in it and not in the manifest")
    for file in manifest.files:
        if file.name not in names:
            found.problems.append(f"`{file.name}` is missing")
        else:
            found.problems.extend(_compare(archive, file))
    if "audit.jsonl" in names:
        found.problems.extend(_audit_problems(archive))


def _signature(archive: zipfile.ZipFile) -> bytes:
    return b64decode(_read(archive, SIGNATURE, 1000).strip(), validate=True)


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as inner:
        content = inner.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} is larger than any such file")
    return content


def _compare(archive: zipfile.ZipFile, file: BundleFile) -> Iterator[str]:
    """What is wrong with one file. No more of it is unpacked than the manifest says there is."""
    digest, left = hashlib.sha256(), file.bytes
    with archive.open(file.name) as inner:
        while left >= 0 and (piece := inner.read(min(_PIECE, left + 1))):
            digest.update(piece)
            left -= len(piece)
    if left != 0 or digest.hexdigest() != file.sha256:
        yield f"`{file.name}` is not what the manifest says"


def _audit_problems(archive: zipfile.ZipFile) -> Iterator[str]:
    """Entries of the audit trail whose own hash does not come out, or that do not hang together where they stand side by side."""
    before: dict[str, object] = {}
    with archive.open("audit.jsonl") as inner:
        for line in inner:
            entry = msgspec.json.decode(line, type=dict[str, object])
            if "hash" not in entry:
                return  # masked: only whoever made the bundle can prove what it says
            if entry["hash"] != _audit_hash(entry):
                yield f"entry {entry['seq']} of the audit trail does not match its hash"
            if before and entry["seq"] == int(str(before["seq"])) + 1 and entry["prev"] != before["hash"]:
                yield f"entry {entry['seq']} of the audit trail does not follow the one before it"
            before = entry


def _audit_hash(entry: dict[str, object]) -> str:
    """As `model.records.entry_hash`, from the hashes of what was before and after."""
    names = ["seq", "at_us", "by", "action", "kind", "id", "customer", "why", "before_sha256", "after_sha256", "prev"]
    if entry.get("version"):
        names += ["subject", "state", "due_us", "version"]
    parts = [entry[name] for name in names]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
