"""How far the audit trail has come, noted outside the store: who cuts off its end, or writes it anew, is found.

`audit.head` in the data folder has one line: the number and the hash of an entry, and a code over both that only who has the
data folder's `audit.key` can make. A running service moves it on as the trail grows, and so does `fairwire audit verify`, each
only after the entries in between have been verified.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import threading
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from fairwire.model.errors import FairwireError
from fairwire.model.records import NO_HASH, AuditEntry, entry_hash
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore

notices = structlog.get_logger()

FILE = "audit.head"
LOOK_EVERY_S = 10.0
"""Seconds between two looks of a running service: entries of that time can be cut off unseen."""
_STEP = 10_000
"""Entries after which a service that has many to verify notes how far it came."""
_LINE = re.compile(r"(\d{1,18}) ([0-9a-f]{64}) ([0-9a-f]{64})\n?")


class UnusableAnchor(FairwireError):
    """The file that says how far the audit trail had come cannot be read, or others have written it."""

    code = "FW-AUD-001"
    exit_status = 1


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The trail had come to this entry, and all was well."""

    seq: int
    hash: str


def read_anchor(folder: Path, key: bytes) -> Anchor | None:
    """What a data folder notes; None where it notes nothing.

    Raises
    ------
    UnusableAnchor
        It cannot be read, or was not written with this key.
    """
    path = folder / FILE
    try:
        found = _LINE.fullmatch(path.read_bytes().decode("ascii", "replace"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableAnchor(
            f"the mark of the audit trail cannot be read: {(error.strerror or 'unknown reason').lower()}", at=str(path)
        ) from None
    if found is not None:
        anchor = Anchor(seq=int(found[1]), hash=found[2])
        if hmac.compare_digest(_code(anchor, key), found[3]):
            return anchor
    raise UnusableAnchor(
        "the mark of the audit trail was not written with this data folder's key",
        at=str(path),
        help_="find out who wrote it; without the file, the trail is verified from its beginning and a new mark is made",
    )


def write_anchor(folder: Path, key: bytes, anchor: Anchor) -> None:
    """Note how far the trail has come: the whole line or the one before.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path = folder / FILE
    aside = path.with_name(f".{FILE}.{os.getpid()}-{threading.get_ident()}")
    handle = os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{anchor.seq} {anchor.hash} {_code(anchor, key)}\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink()
        raise


def _code(anchor: Anchor, key: bytes) -> str:
    return hmac.new(key, f"fairwire audit.head {anchor.seq} {anchor.hash}".encode(), hashlib.sha256).hexdigest()


def wrong_with(entry: AuditEntry, before: Anchor) -> str | None:
    """What is wrong with an entry that should be the next one behind another; None when nothing is."""
    if entry.seq != before.seq + 1:
        missing = range(before.seq + 1, entry.seq)
        return f"entry {missing[0]} is missing" if len(missing) == 1 else f"entries {missing[0]} to {missing[-1]} are missing"
    if entry_hash(entry) != entry.hash:
        return f"{told(entry)} is not as it was written: its hash is another"
    if entry.prev != before.hash:
        return f"{told(entry)} does not follow entry {before.seq}: one of the two was put there or written anew later"
    return None


def told(entry: AuditEntry) -> str:
    """An entry, as a sentence names it."""
    return f"entry {entry.seq} ({plain(entry.action)} of {named(entry.kind, entry.id)})"


def named(kind: str, id_: str) -> str:
    """A record, as a sentence names it."""
    return f"{plain(kind)} `{plain(id_)}`"


def plain(text: str) -> str:
    """Text of a record that may stand in one line of a terminal."""
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in shown)


class Watch:
    """Moves the mark on while the service runs, on a thread of its own. What it finds wrong it says, and the mark stays."""

    def __init__(self, store: ControlStore, folder: Path, key: bytes, *, every_s: float = LOOK_EVERY_S) -> None:
        self._records: RecordStore = store.records
        self._folder = folder
        self._key = key
        self._every_s = every_s
        self._stopping = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="fairwire-audit", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Look once more, and end."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> str | None:
        """Verify what is behind the mark, and move it on; what is wrong, None when nothing is.

        Raises
        ------
        FairwireError
            The store or the mark cannot be read.
        OSError
            The mark cannot be written.
        """
        kept = read_anchor(self._folder, self._key)
        before = kept or Anchor(seq=0, hash=NO_HASH)
        if kept is not None:
            last = next(iter(self._records.trail(after=kept.seq - 1, limit=1)), None) if kept.seq else None
            if kept.seq and (last is None or last.seq != kept.seq):
                return f"the trail had come to entry {kept.seq}, and that entry is gone"
            if last is not None and last.hash != kept.hash:
                return f"{told(last)} is another than the one that was there"
        for entry in self._records.trail(after=before.seq):
            wrong = wrong_with(entry, before)
            if wrong is not None:
                return wrong
            before = Anchor(seq=entry.seq, hash=entry.hash)
            if before.seq % _STEP == 0:
                write_anchor(self._folder, self._key, before)
                if self._stopping.is_set():
                    return None
        if kept is None or before.seq > kept.seq:
            write_anchor(self._folder, self._key, before)
        return None

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stopping.wait(self._every_s)
            try:
                said = self.look() or ""
            except FairwireError as error:
                said = error.sentence()
            except OSError as error:
                said = f"the mark of the audit trail cannot be written: {(error.strerror or str(error)).lower()}"
            if said and said != self._said:
                notices.error("the audit trail does not hold", reason=said, help="run `fairwire audit verify`")
            self._said = said
