"""Snapshots: one file each, whole or not there, the latest two kept.

A file is a line of JSON that says what is in it, the arrays end to end, and a trailer with a checksum of both.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from fairwire.ports.log import Arrays, LogError, Snapshot
from fairwire.stores.log.segments import sync_folder

KEPT = 2
SUFFIX = ".snapshot"
VERSION = 1
_TRAILER = struct.Struct("<8sQI")
_MAGIC = b"FWSNAPEN"


class _Head(msgspec.Struct, frozen=True):
    """The first line of a file."""

    version: int
    seq: int
    arrays: list[tuple[str, str, list[int]]]
    """(name, type, shape), in the order in which they stand."""


class SnapshotFiles:
    """A `Snapshots` in a folder, made when the first one is saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, seq: int, arrays: Arrays) -> int:
        """Write one: to a file of another name first, which takes its place when all of it is on disk."""
        path = self._folder / f"{seq:020d}{SUFFIX}"
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in self._folder.glob("*.part"):  # of a process that was killed
                left.unlink(missing_ok=True)
            size = _write(part, seq, arrays)
            part.replace(path)
            sync_folder(self._folder)
            for old in self._files()[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise LogError(
                f"the snapshot cannot be written: {(error.strerror or str(error)).lower()}",
                at=str(path),
                help_="nothing is lost, the next start reads more of the log; free space there",
            ) from None
        return size

    def load(self) -> Iterator[Snapshot | str]:
        """From the latest on."""
        for path in reversed(self._files()):
            try:
                yield _read(path)
            except (OSError, ValueError, msgspec.MsgspecError) as error:
                yield f"{path}: the snapshot cannot be used ({_lower(error)}); going on with what was kept before it"

    def oldest(self) -> int:
        """The record that the oldest one goes up to."""
        return int(self._files()[0].stem) if self._files() else 0

    def _files(self) -> list[Path]:
        return snapshot_files(self._folder)


def snapshot_files(folder: Path) -> list[Path]:
    """All snapshots, the latest last. A file of another name is none of ours."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdigit())


def _write(path: Path, seq: int, arrays: Arrays) -> int:
    solid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    named = [(name, array.dtype.str, list(array.shape)) for name, array in solid.items()]
    head = msgspec.json.encode(_Head(VERSION, seq, named)) + b"\n"
    checksum, size = zlib.crc32(head), len(head)
    with path.open("wb", buffering=0) as file:
        os.fchmod(file.fileno(), 0o600)
        _write_all(file.fileno(), memoryview(head))
        for array in solid.values():
            data = memoryview(array.reshape(-1).view(np.uint8).data)
            checksum = zlib.crc32(data, checksum)
            size += len(data)
            _write_all(file.fileno(), data)
        _write_all(file.fileno(), memoryview(_TRAILER.pack(_MAGIC, size, checksum)))
        os.fsync(file.fileno())
    return size


def _write_all(file: int, data: memoryview) -> None:
    at = 0
    while at < len(data):
        at += os.write(file, data[at : at + (1 << 24)])


def _read(path: Path) -> Snapshot:
    data = path.read_bytes()
    if len(data) < _TRAILER.size:
        raise ValueError("the file is cut off")
    magic, size, checksum = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
    if magic != _MAGIC or size != len(data) - _TRAILER.size:
        raise ValueError("the file is cut off")
    if zlib.crc32(memoryview(data)[:size]) != checksum:
        raise ValueError("the file does not match its checksum")
    begin = data.index(b"\n") + 1
    head = msgspec.json.decode(data[:begin], type=_Head)
    if head.version != VERSION:
        raise ValueError(f"it has format version {head.version}, this program reads {VERSION}")
    arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {}
    for name, kind, shape in head.arrays:
        entry = np.dtype(kind)
        count = int(np.prod(shape, dtype=np.int64))
        flat = np.frombuffer(data, dtype=entry, count=count, offset=begin) if count else np.zeros(0, dtype=entry)
        arrays[name] = flat.reshape(shape)
        begin += count * entry.itemsize
    return Snapshot(seq=head.seq, arrays=arrays, file=str(path))


def _lower(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
