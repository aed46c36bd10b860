"""A data folder from its backup: everything is held against the list in it before anything is there."""

from __future__ import annotations

import hashlib
import os
import secrets as dice
import shutil
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
import zstandard

from fairwire.model.errors import BadInput, BadUse
from fairwire.runtime.backup import FORMAT, MANIFEST, File, Manifest, blocks

Report = Callable[[str, int, int], None]
"""(what is going on, how much is done, of how much): called now and then."""

_MANIFEST_BYTES = 256 << 20


def restore(file: Path, folder: Path, *, report: Report = lambda *_: None) -> Manifest:
    """Make a data folder from a backup: the whole of it or nothing.

    Raises
    ------
    BadUse
        The folder has something in it.
    BadInput
        The file cannot be read, is no backup, is damaged or cut short; or the folder cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadUse(
            "a backup is restored into an empty folder, and this one is not",
            at=str(folder),
            help_="name another one with `--data`, or move this one away",
        )
    aside = folder.absolute().with_name(f".{folder.absolute().name}.{dice.token_hex(6)}")
    try:
        aside.mkdir(mode=0o700, parents=True)
        manifest = _unpacked(file, aside, report)
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise _bad(file, "this is no backup, or it is damaged or cut short") from error
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        help_ = "nothing was restored; let this user read and write there, and make room"
        raise BadInput(f"the backup cannot be restored: {why}", at=str(error.filename or file), help_=help_) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(aside)
    return manifest


def _unpacked(file: Path, folder: Path, report: Report) -> Manifest:
    found: dict[str, File] = {}
    listed: bytes | None = None
    done = 0
    with file.open("rb") as packed:
        total = os.fstat(packed.fileno()).st_size
        with (
            zstandard.ZstdDecompressor().stream_reader(packed, closefd=False) as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or listed is not None:
                    raise _bad(file, f"`{member.name[:80]}` does not belong into a backup")
                if member.name == MANIFEST:
                    listed = content.read(_MANIFEST_BYTES)
                    continue
                path = folder / _safe(file, member.name)
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                found[member.name] = _written(path, content, member.mtime)
                done = packed.tell()
                report("restoring", done, total)
    if listed is None:
        raise _bad(file, "this is no backup, or it is cut short: the list of what is in it is missing")
    return _checked(file, listed, found)


def _safe(file: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or any(part in ("..", ".") for part in path.parts) or "\\" in name:
        raise _bad(file, f"`{name[:80]}` would be written outside of the folder")
    return path


def _written(path: Path, content: IO[bytes], modified_s: float) -> File:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        for block in blocks(content):
            digest.update(block)
            out.write(block)
            size += len(block)
        out.flush()
        os.fsync(out.fileno())
    os.utime(path, (modified_s, modified_s))
    return File(sha256=digest.hexdigest(), bytes=size)


def _checked(file: Path, listed: bytes, found: dict[str, File]) -> Manifest:
    try:
        head = msgspec.json.decode(listed, type=dict[str, msgspec.Raw])
        format_ = msgspec.json.decode(head.get("format", b"0"), type=int)
        if format_ > FORMAT:
            raise BadInput(
                "the backup was made by a newer version of Fairwire",
                at=str(file),
                help_="nothing was restored; install that version",
            )
        manifest = msgspec.json.decode(listed, type=Manifest)
    except msgspec.MsgspecError as error:
        raise _bad(file, "the list of what is in the backup cannot be read") from error
    for name in sorted({*manifest.files, *found}):
        if name not in found:
            raise _bad(file, f"`{name}` is missing in the backup")
        if manifest.files.get(name) != found[name]:
            raise _bad(file, f"`{name}` is not what was backed up: its SHA-256 is another")
    return manifest


def _bad(file: Path, message: str) -> BadInput:
    return BadInput(message, at=str(file), help_="nothing was restored; take another backup")
