"""The data folder: where findings, orders and secrets are kept. `FAIRWIRE_DATA` moves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairwire.model.errors import BadInput
from fairwire.ports.control import ControlStore
from fairwire.ports.policies import PolicyStore
from fairwire.ports.records import RecordStore


def data_folder(given: Path | None) -> Path:
    """The folder that is meant: as given, else `FAIRWIRE_DATA`, else `.fairwire` here."""
    return given or Path(os.environ.get("FAIRWIRE_DATA") or ".fairwire")


@contextmanager
def versions_in(folder: Path | None) -> Iterator[PolicyStore | None]:
    """The policy versions of a data folder; None where there is no folder, or nothing was ever kept in it."""
    from fairwire.stores.sqlite import FILE_NAME

    if folder is None or not (folder / FILE_NAME).is_file():
        yield None
        return
    store = open_control(folder)
    try:
        yield store.policies
    finally:
        store.close()


@contextmanager
def records_in(folder: Path | None) -> Iterator[RecordStore | None]:
    """The records of the desk in a data folder; None where there is no folder, or nothing was ever kept in it."""
    from fairwire.stores.sqlite import FILE_NAME

    if folder is None or not (folder / FILE_NAME).is_file():
        yield None
        return
    store = open_control(folder)
    try:
        yield store.records
    finally:
        store.close()


def open_control(folder: Path) -> ControlStore:
    """The control store of a data folder, made if need be."""
    from fairwire.stores.sqlite import open_store

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"the data folder cannot be made: {error.strerror}"
        raise BadInput(message, at=str(folder), help_="choose another --data") from None
    return open_store(folder)
