"""The open calls on disk, so that a call that began before a restart can end after it.

One line for each change, the latest for a call counts. A line is in the system's hands when it is written: it survives the end
of the process, not that of the machine; then calls whose ends are missed expire.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from fairwire.serve.hep.states import Call

log = structlog.get_logger()

FILE = "hep_calls.jsonl"
SPARE = 10_000
"""Lines that may be of calls that are over before the file is written anew."""


class _Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    key: bytes
    call: Call | None = None


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(_Line).decode


class KeptCalls:
    """The file in a data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file: BinaryIO | None = None
        self._lines = 0

    def load(self) -> dict[bytes, Call]:
        """The calls that were open. A line that cannot be read is left out: the process ended while it was written."""
        found: dict[bytes, Call] = {}
        try:
            with self._path.open("rb") as lines:
                for line in lines:
                    try:
                        kept = _DECODE(line)
                    except (msgspec.DecodeError, RecursionError):
                        continue
                    if kept.call is None:
                        found.pop(kept.key, None)
                    else:
                        found[kept.key] = kept.call
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning("the open calls of the last run cannot be read", error=str(error))
        return found

    def write(self, changed: Mapping[bytes, Call | None], every: Iterable[tuple[bytes, Call]], count: int) -> None:
        """Note changes.

        Parameters
        ----------
        changed
            Calls that began or changed; None: it is over.
        every, count
            All open calls, and how many there are about: what is written when the file has become long.
        """
        try:
            if self._file is None or self._lines + len(changed) > 2 * count + SPARE:
                self._anew(every)
            else:
                self._append(changed.items())
        except OSError as error:
            # The next write begins a file of its own.
            log.warning("the open calls cannot be kept", error=str(error))
            self.close()

    def _append(self, entries: Iterable[tuple[bytes, Call | None]]) -> None:
        assert self._file is not None
        lines = [_ENCODE(_Line(key=key, call=call)) for key, call in entries]
        if lines:
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()
            self._lines += len(lines)

    def _anew(self, every: Iterable[tuple[bytes, Call]]) -> None:
        self.close()
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file, self._lines = os.fdopen(descriptor, "wb"), 0
        self._append(every)
        fresh.replace(self._path)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
