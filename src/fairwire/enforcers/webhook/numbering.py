"""Ids of messages: every attempt of a message has the same, and no two messages have one, also when they say the same.

Under one key A may be told, then B, then A again: a receiver that leaves out ids which it has seen must not leave out the
second A. So each change of what is told under a key takes the next number, and the numbers are kept.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from fairwire.enforcers.written_files import replace_file


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One message under a key."""

    message_id: str
    sequence: int
    """Grows from message to message: of two about one key the later one holds."""
    digest: str
    """Of what it says."""
    at_us: int
    """When it was made."""


class _Kept(msgspec.Struct, kw_only=True):
    last: int = 0
    under: dict[str, Number] = {}


class Numbering:
    """The last message of each key.

    Parameters
    ----------
    path
        Where it is kept; None: in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: _Kept | None = None

    def of(self, key: str, said: bytes, now_us: int) -> Number:
        """The number of a message: the last one's where it says the same, else a new one, kept before it is used.

        Raises
        ------
        OSError
            It cannot be kept.
        """
        kept = self._read()
        digest = sha256(said).hexdigest()
        number = kept.under.get(key)
        if number is not None and number.digest == digest:
            return number
        # By the clock where that has come further: what is lost with the file does not come again.
        sequence = max(kept.last + 1, now_us)
        number = Number(message_id=f"msg_{secrets.token_hex(16)}", sequence=sequence, digest=digest, at_us=now_us)
        before = kept.under.get(key)
        kept.last, last, kept.under[key] = sequence, kept.last, number
        try:
            self._write(kept)
        except OSError:
            kept.last = last
            if before is None:
                del kept.under[key]
            else:
                kept.under[key] = before
            raise
        return number

    def forget(self, key: str) -> None:
        """Nothing is to be told under a key any more."""
        kept = self._read()
        if kept.under.pop(key, None) is not None:
            with suppress(OSError):  # it is told once more with the same id, and that does no harm
                self._write(kept)

    def _read(self) -> _Kept:
        if self._kept is None:
            self._kept = _Kept()
            if self._path is not None:
                with suppress(OSError, msgspec.DecodeError):
                    self._kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        return self._kept

    def _write(self, kept: _Kept) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self._path, msgspec.json.encode(kept), mode=0o600)
