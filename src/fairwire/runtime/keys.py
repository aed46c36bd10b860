"""Keys of enforcement points: made once, shown once, kept as a hash in `keys/` of the data folder.

An enforcement point is whatever asks for decisions over HTTP: a proxy, an SBC, a switch. Its key has 256 random bits, so the
plain SHA-256 of it can be kept: there is nothing to guess. A point can also be declared in the settings, with a file that
somebody else keeps the key in; what is declared there wins over what the key was made with.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from fairwire.model.errors import BadUse, FairwireError
from fairwire.runtime.secrets import MIN_TOKEN, TOKENS

Right = Literal["decide", "events", "reports", "desk", "approve", "severe"]
OnFailure = Literal["open", "closed"]

RIGHTS: tuple[Right, ...] = ("decide", "events", "reports", "desk", "approve", "severe")
"""What a key may be good for: asking for decisions, handing in events, handing in reports of abuse; and for people at the desk,
reading what was found, giving and lifting orders, agreeing to those of others and deciding reviews, and seeing what is restricted
to people who are named. Everything else is the operator's."""
FOLDER = "keys"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_RESERVED = frozenset({"operator", "other"})


class UnusableKey(FairwireError):
    """A key, or the file that it should be in, cannot be used as it is."""

    code = "FW-KEY-001"


class NoSuchKey(BadUse):
    """There is no key of this name, or there is one already."""

    code = "FW-KEY-002"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One file of `keys/`."""

    name: str
    sha256: str
    """Of the key, in hexadecimal."""
    rights: tuple[Right, ...]
    made: str
    """When, in RFC 3339."""
    on_failure: OnFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One section `[[points]]` of the settings."""

    name: str
    key_file: Path | None = None
    """Where somebody else keeps its key; None: it was made by `fairwire key make`."""
    rights: frozenset[Right] | None = None
    """None: those that the key was made with, or `decide`."""
    on_failure: OnFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An enforcement point as it stands: what was kept and what is declared, put together."""

    name: str
    rights: frozenset[str]
    on_failure: OnFailure | None
    """What it does with a call that we do not answer; None where nobody has said."""
    made: str = ""
    """Empty for a key that somebody else keeps."""
    digests: tuple[bytes, ...] = field(repr=False, default=())
    """SHA-256 of each of its keys; empty when it has none yet."""


def sound_name(name: str) -> str:
    """The name, where it can be one.

    Raises
    ------
    BadUse
        It cannot stand in a file name and a metric.
    """
    if _NAME.fullmatch(name) is None or name in _RESERVED:
        raise BadUse(
            f"`{name[:60]}` cannot be the name of an enforcement point",
            help_="use up to 40 small letters, digits, dots and dashes, such as sbc-east; `operator` and `other` are taken",
        )
    return name


def make_key(data: Path, name: str, *, rights: Sequence[Right], on_failure: OnFailure | None, made: str) -> str:
    """Make a key and keep its hash. Gives the key, which nobody can tell again.

    Raises
    ------
    NoSuchKey
        There is one of this name.
    UnusableKey
        The folder cannot be written.
    """
    path = data / FOLDER / f"{sound_name(name)}.json"
    key = "fwk_" + secrets.token_urlsafe(32)
    kept = Kept(name=name, sha256=sha256(key.encode()).hexdigest(), rights=tuple(rights), made=made, on_failure=on_failure)
    aside = path.with_name(f".{name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written aside and linked into place: a server that looks sees the whole of it or nothing.
        handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        finally:
            aside.unlink()
    except FileExistsError:
        raise NoSuchKey(
            f"there is a key of `{name}` already", help_="revoke it first, or make one of another name and change over"
        ) from None
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    return key


def revoke_key(data: Path, name: str) -> None:
    """Take a key back: whoever sends it is refused from then on.

    Raises
    ------
    NoSuchKey
        There is none of this name.
    UnusableKey
        The folder cannot be written.
    """
    try:
        (data / FOLDER / f"{sound_name(name)}.json").unlink()
        _used_file(data, name).unlink(missing_ok=True)
    except FileNotFoundError:
        raise NoSuchKey(f"there is no key of `{name}`", help_="`fairwire key list` shows those that there are") from None
    except OSError as error:
        raise _unwritable(data / FOLDER, error) from error


def kept_keys(data: Path) -> tuple[list[Kept], list[UnusableKey]]:
    """All keys of a data folder by name, and what is wrong with files that should be keys."""
    found: list[Kept] = []
    wrong: list[UnusableKey] = []
    for path in sorted((data / FOLDER).glob("*.json")):
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=Kept)
            if kept.name != path.stem or len(bytes.fromhex(kept.sha256)) != 32:
                raise ValueError
        except FileNotFoundError:
            continue  # revoked while we looked
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            wrong.append(UnusableKey(f"the key cannot be read: {why}", at=str(path), help_="let the server's user read it"))
        except ValueError:  # msgspec's errors among them
            wrong.append(UnusableKey("this is no key of ours", at=str(path), help_="remove the file, and make the key again"))
        else:
            found.append(kept)
    return found, wrong


class Keyring:
    """The enforcement points of a data folder and of the settings, read as often as they change."""

    def __init__(self, data: Path, declared: Iterable[Declared] = ()) -> None:
        self._data = data
        self._declared = tuple(declared)

    def mark(self) -> object:
        """Differs when something may have changed. Reads no file."""
        seen: list[tuple[str, int, int, int]] = []
        try:
            with os.scandir(self._data / FOLDER) as entries:
                seen += [(entry.name, *_mark(entry.stat())) for entry in entries if entry.name.endswith(".json")]
        except OSError:
            seen.append(("", 0, 0, 0))
        for one in self._declared:
            if one.key_file is not None:
                try:
                    seen.append((one.name, *_mark(one.key_file.stat())))
                except OSError:
                    seen.append((one.name, 0, 0, 0))
        return sorted(seen)

    def read(self) -> tuple[list[Point], list[UnusableKey]]:
        """The points by name, and what keeps some of them out."""
        kept, wrong = kept_keys(self._data)
        taken = dict.fromkeys(self._token(), "the operator")
        points = {
            one.name: Point(
                name=one.name,
                rights=frozenset(one.rights),
                on_failure=one.on_failure,
                made=one.made,
                digests=(bytes.fromhex(one.sha256),),
            )
            for one in kept
        }
        for one in self._declared:
            point = points.get(one.name) or Point(name=one.name, rights=frozenset({"decide"}), on_failure=None)
            digests = point.digests
            if one.key_file is not None:
                try:
                    digest = sha256(_key_in(one.key_file)).digest()
                    if taken.setdefault(digest, f"`{one.name}`") != f"`{one.name}`":
                        raise UnusableKey(
                            f"`{one.name}` has the key of {taken[digest]}",
                            at=str(one.key_file),
                            help_="give each point a key of its own, so that one can be revoked without the other",
                        )
                    digests = (*digests, digest)
                except UnusableKey as error:
                    wrong.append(error)
            points[one.name] = replace(
                point,
                rights=point.rights if one.rights is None else one.rights,
                on_failure=one.on_failure or point.on_failure,
                digests=digests,
            )
        return [points[name] for name in sorted(points)], wrong

    def _token(self) -> Iterator[bytes]:
        with suppress(OSError):
            yield sha256((self._data / TOKENS[0]).read_bytes().strip()).digest()

    def used(self, names: Iterable[str]) -> None:
        """Note that keys are in use now, for whoever asks which of them still are. What cannot be noted is not."""
        for name in names:
            with suppress(OSError):
                _used_file(self._data, name).touch(mode=0o600)


def last_used_us(data: Path, name: str) -> int | None:
    """About when a key was used last, in microseconds since 1970; None where nobody has noted it."""
    try:
        return _used_file(data, name).stat().st_mtime_ns // 1000
    except OSError:
        return None


def _used_file(data: Path, name: str) -> Path:
    return data / FOLDER / f".{name}.used"


def _mark(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _key_in(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        key = path.read_bytes().strip()
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UnusableKey(f"the key cannot be read: {why}", at=str(path), help_="name a file with `key_file`") from None
    if stat.S_IMODE(mode) & stat.S_IRWXO:
        raise UnusableKey("everybody on this machine may read the key", at=str(path), help_=f"run `chmod 600 {path}`")
    if len(key) < MIN_TOKEN or not key.isascii() or b" " in key or b"\n" in key:
        raise UnusableKey(
            f"the key must be one word of at least {MIN_TOKEN} plain characters",
            at=str(path),
            help_="fill the file with, say, 32 random bytes in hexadecimal",
        )
    return key


def _unwritable(folder: Path, error: OSError) -> UnusableKey:
    why = (error.strerror or "unknown reason").lower()
    return UnusableKey(
        f"keys cannot be kept: {why}", at=str(folder), help_="give a directory that this user may write with `--data`"
    )
