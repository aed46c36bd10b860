"""A data folder as one file: `.tar.zst` with a list of everything in it and its SHA-256. The service may run meanwhile.

The order makes the parts fit each other. Snapshots come first, for one must not be newer than the log beside it; then the store,
in the state of one moment; the log comes last, so that it has all that the others rest on.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets as dice
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, BinaryIO

import msgspec
import zstandard

import fairwire
from fairwire.model.errors import BadInput, BadUse, FairwireError
from fairwire.model.instants import format_us
from fairwire.runtime.anchor import FILE as MARK
from fairwire.runtime.data import StorePlace, look_at_store, store_place
from fairwire.runtime.secrets import TOKENS
from fairwire.stores.log import FOLDER, SNAPSHOTS
from fairwire.stores.sqlite import FILE_NAME

MANIFEST = "manifest.json"
FORMAT = 1
_ATTEMPTS = 3
_BLOCK = 1 << 20
_SIDE_FILES = tuple(f"{FILE_NAME}{end}" for end in ("", "-wal", "-shm", "-journal"))
_SECRET_ENDS = (".key", ".pem")

Report = Callable[[str, int, int], None]
"""(what is going on, how much is done, of how much): called now and then."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The last member of a backup: what is in it."""

    format: int
    fairwire: str
    """Version that made it."""
    made: str
    """When, in RFC 3339."""
    store: str
    """`sqlite`, or the address of the database that is not in it; empty where there was no store yet."""
    revision: str | None
    """Of the store's schema."""
    secrets: bool
    """Whether the secrets are in it."""
    files: dict[str, File]


class BackupFailed(FairwireError):
    """A backup cannot be made of what is there; there is no file of it."""

    code = "FW-BAK-001"


@dataclass(slots=True, kw_only=True)
class BackedUp:
    """What came of it."""

    files: int
    bytes: int
    """Of the files, before they were compressed."""
    store: str
    """As in the manifest."""
    left_out: list[str] = field(default_factory=list)
    """Secrets that are not in it, and links."""


class _Moved(Exception):
    """The service forgot a part of its log while we were reading."""


def back_up(folder: Path, out: Path, *, secrets: bool, now_us: int, report: Report = lambda *_: None) -> BackedUp:
    """Write a backup of a data folder.

    Parameters
    ----------
    out
        The file; it must not be there yet.
    secrets
        Whether tokens and keys are to be in it.

    Raises
    ------
    BadUse, BadInput
        There is no such folder, the file is there or cannot be written.
    BackupFailed, StoreError
        The folder or its store cannot be read.
    """
    if not folder.is_dir():
        raise BadInput("there is no such data folder", at=str(folder), help_="name the data folder of a service with --data")
    if out.exists():
        raise BadUse("this file is there already", at=str(out), help_="name another one with `-o`, or take it away")
    if folder.resolve() in out.resolve().parents:
        raise BadUse(
            "a backup in the folder that it is of would be lost with it", at=str(out), help_="name another place with `-o`"
        )
    aside = out.with_name(f".{out.name}.{dice.token_hex(6)}")
    try:
        for _ in range(_ATTEMPTS):
            with suppress(_Moved), _private(aside) as file:
                made = _write(folder, out.parent, file, secrets=secrets, now_us=now_us, report=report)
                file.flush()
                os.fsync(file.fileno())
                break
        else:
            raise BackupFailed("the log was forgotten faster than it could be read", at=str(folder), help_="try again")
        os.link(aside, out)
    except FileExistsError:
        raise BadUse("this file is there already", at=str(out), help_="name another one with `-o`") from None
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        help_ = "let this user read the data folder and write there, and make room"
        raise BackupFailed(f"the backup cannot be made: {why}", at=str(error.filename or out), help_=help_) from error
    finally:
        aside.unlink(missing_ok=True)
    return made


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")


def _write(folder: Path, beside: Path, file: BinaryIO, *, secrets: bool, now_us: int, report: Report) -> BackedUp:
    place = store_place(folder)
    own = place is None and (folder / FILE_NAME).is_file()
    facts = look_at_store(folder) if own or place is not None else None
    archive = _Archive(file, report)
    left_out: list[str] = []
    hidden = _secrets(folder, place)

    def put(paths: list[Path]) -> None:
        for path in paths:
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or (not secrets and (name in hidden or path.suffix in _SECRET_ENDS)):
                left_out.append(name)
            else:
                archive.add(name, path, gone_is_fine=FOLDER not in path.parts)

    log = _files(folder / FOLDER)
    first = min((path.name for path in log if path.suffix == ".fwlog"), default="")
    put(_files(folder / SNAPSHOTS))
    put([folder / MARK] if (folder / MARK).exists() else [])
    if own:
        with TemporaryDirectory(dir=beside, prefix=".fairwire-") as spare:
            archive.add(FILE_NAME, _copied(folder / FILE_NAME, Path(spare) / FILE_NAME))
    put([path for path in _files(folder) if not _elsewhere(path.relative_to(folder).as_posix())])
    put(_files(folder / FOLDER))
    if first and not (folder / FOLDER / first).exists():
        raise _Moved
    manifest = Manifest(
        format=FORMAT,
        fairwire=fairwire.__version__,
        made=format_us(now_us),
        store="" if facts is None else "sqlite" if own else facts.place,
        revision=None if facts is None else facts.revision,
        secrets=secrets,
        files=archive.files,
    )
    archive.close(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    total = sum(one.bytes for one in archive.files.values())
    return BackedUp(files=len(archive.files), bytes=total, store=manifest.store, left_out=sorted(left_out))


def _files(folder: Path) -> list[Path]:
    """Files and links below a folder, by name. What is being written aside, and what only locks, is none."""
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        passing = path.suffix == ".part" or path.name == "lock" or (path.name.startswith(".") and path.suffix != ".used")
        if not passing and (path.is_symlink() or path.is_file()):
            found.append(path)
    return found


def _elsewhere(name: str) -> bool:
    """Whether a file is written at another point of the order."""
    return name in _SIDE_FILES or name == MARK or name.split("/")[0] in (FOLDER, SNAPSHOTS)


def _secrets(folder: Path, place: StorePlace | None) -> set[str]:
    """Names of the files that nobody else may have. The mark of the audit trail is worth nothing without its key."""
    names = {*TOKENS, MARK}
    if place is not None and place.password_file:
        with suppress(ValueError):
            names.add(Path(place.password_file).resolve().relative_to(folder.resolve()).as_posix())
    return names


def _copied(source: Path, target: Path) -> Path:
    """The database as it is at one moment; whoever writes meanwhile does not wait."""
    target.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
            from_.backup(to)
            (verdict,) = to.execute("PRAGMA quick_check").fetchone()
            # One file is easier to look at than one with a log beside it; opening it turns the log on again.
            to.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupFailed(f"the control store cannot be read: {str(error).lower()}", at=str(source)) from error
    if verdict != "ok":
        raise BackupFailed("the control store is damaged", at=str(source), help_="restore it from an older backup")
    return target


class _Archive:
    """A tar file that is compressed while it is written, and what went into it."""

    def __init__(self, file: BinaryIO, report: Report) -> None:
        self.files: dict[str, File] = {}
        self._report = report
        self._done = 0
        self._packed = zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(file, closefd=False)
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def add(self, name: str, path: Path, *, gone_is_fine: bool = False) -> None:
        """A file as long as it is now. What is written behind that is of another time."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            if gone_is_fine:
                return
            raise _Moved from None
        with file:
            found = os.fstat(file.fileno())
            digest = _Digest(file, self._told)
            self._tar.addfile(_member(name, found.st_size, found.st_mtime), digest)
        self.files[name] = File(sha256=digest.hex(), bytes=found.st_size)

    def close(self, manifest: bytes) -> None:
        """Write the list, and end."""
        self._tar.addfile(_member(MANIFEST, len(manifest), 0), io.BytesIO(manifest))
        self._tar.close()
        self._packed.close()  # type: ignore[no-untyped-call]

    def _told(self, size: int) -> None:
        self._done += size
        self._report("backing up", self._done, 0)


class _Digest(io.RawIOBase):
    """A file whose hash is made while it is read."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._told = told

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        data = self._file.read(size)
        self._hash.update(data)
        self._told(len(data))
        return data

    def hex(self) -> str:
        """Of all that was read."""
        return self._hash.hexdigest()


def _member(name: str, size: int, modified_s: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(modified_s), 0o600
    return member


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """A file's content, some at a time."""
    while data := file.read(_BLOCK):
        yield data
