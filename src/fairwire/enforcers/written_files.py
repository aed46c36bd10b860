"""Files that others read while we write them: they see the old one or the new one, never a part."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fairwire.enforcers.failing import Failed
from fairwire.net.connecting import Deadline

READABLE = 0o640
"""Of files for other programs: whoever shall read them is put into their group."""
_LOOK_EVERY_S = 0.02


def replace_file(path: Path, text: bytes, *, mode: int = READABLE) -> None:
    """Have this in the file, on disk before it returns. A file that is there keeps its mode and, where we may, its group.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    before: os.stat_result | None = None
    with suppress(FileNotFoundError):
        before = path.stat()
    aside = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            if before is not None:
                with suppress(OSError):
                    os.fchown(file.fileno(), -1, before.st_gid)
            os.fchmod(file.fileno(), mode if before is None else stat.S_IMODE(before.st_mode))
            os.fsync(file.fileno())
        aside.replace(path)
        _sync(path.parent)
    except OSError:
        with suppress(OSError):
            aside.unlink()
        raise


def remove_file(path: Path) -> None:
    """Have no such file.

    Raises
    ------
    OSError
        It cannot be removed.
    """
    with suppress(FileNotFoundError):
        path.unlink()
        _sync(path.parent)


@contextmanager
def locked(path: Path, deadline: Deadline) -> Iterator[None]:
    """Nobody else who asks for the lock of this file changes it meanwhile.

    Raises
    ------
    Failed
        Somebody holds it for longer than there is time.
    OSError
        It cannot be had.
    """
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                try:
                    threading.Event().wait(min(_LOOK_EVERY_S, deadline.left()))
                except TimeoutError:
                    raise Failed("later", f"somebody else holds {path}") from None
        yield
    finally:
        os.close(handle)


def why(error: OSError) -> str:
    """Why a file cannot be used, in words."""
    return (error.strerror or "it failed").lower()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
