"""The data folder: where findings, orders and secrets are kept. `FAIRWIRE_DATA` moves it.

The control store is a file in it, unless another place is set: by the setting `store` of the server, by `FAIRWIRE_STORE`, or by
what the data folder remembers of the last start. Every command asks here, so that all of them mean the same store.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from fairwire.model.errors import BadInput, BadUse
from fairwire.ports.control import ControlStore, StoreFacts
from fairwire.ports.policies import PolicyStore
from fairwire.ports.records import RecordStore
from fairwire.runtime import discovery

STORE_FILE = "store.json"
"""Where a data folder remembers that its control store is elsewhere."""
IN_FOLDER = "sqlite"
"""The setting that means the file in the data folder, whatever is remembered."""
_SPELLINGS = {"postgres": "postgresql"}
_NO_STORES = frozenset({"log"})
"""Adapters beside which keep something else than control data."""


class StorePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A control store that is not in the data folder."""

    url: str
    """Its address, never with a password in it."""
    password_file: str = ""
    """Where the password stands; empty where none is needed."""


def data_folder(given: Path | None) -> Path:
    """The folder that is meant: as given, else `FAIRWIRE_DATA`, else `.fairwire` here."""
    return given or Path(os.environ.get("FAIRWIRE_DATA") or ".fairwire")


def store_place(folder: Path, given: StorePlace | None = None) -> StorePlace | None:
    """Where the control store of a data folder is; None: in it.

    Parameters
    ----------
    given
        What a setting says; else `FAIRWIRE_STORE` does, else the folder remembers.

    Raises
    ------
    BadInput
        What the folder remembers cannot be read.
    """
    place = given or _from_environment() or _remembered(folder)
    if place is None or place.url == IN_FOLDER:
        return None
    if not place.password_file:
        place = msgspec.structs.replace(place, password_file=os.environ.get("FAIRWIRE_STORE_PASSWORD_FILE", ""))
    return place


def remember_store(folder: Path, given: StorePlace | None) -> None:
    """Let the commands that are given this data folder find the store that a setting named. None: nothing was named."""
    if given is None:
        return
    path = folder / STORE_FILE
    if given.url == IN_FOLDER:
        path.unlink(missing_ok=True)
        return
    if given.password_file:
        given = msgspec.structs.replace(given, password_file=str(Path(given.password_file).absolute()))
    if _remembered(folder) == given:
        return
    aside = path.with_suffix(".part")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(msgspec.json.encode(given) + b"\n")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        why = (error.strerror or "unknown reason").lower()
        raise BadInput(f"the data folder cannot be written: {why}", at=str(path), help_="let this user write there") from None


def is_kept(folder: Path, place: StorePlace | None = None) -> bool:
    """Whether there is a store to look into: a data folder, or one that is named elsewhere."""
    return folder.is_dir() or store_place(folder, place) is not None


@contextmanager
def versions_in(folder: Path | None, place: StorePlace | None = None) -> Iterator[PolicyStore | None]:
    """The policy versions of a data folder; None where there is no folder, or nothing was ever kept in it."""
    from fairwire.stores.sqlite import FILE_NAME

    if folder is None or (store_place(folder, place) is None and not (folder / FILE_NAME).is_file()):
        yield None
        return
    store = open_control(folder, place)
    try:
        yield store.policies
    finally:
        store.close()


@contextmanager
def records_in(folder: Path | None) -> Iterator[RecordStore | None]:
    """The records of the desk of a data folder; None where there is no folder, or nothing was ever kept in it."""
    from fairwire.stores.sqlite import FILE_NAME

    if folder is None or (store_place(folder) is None and not (folder / FILE_NAME).is_file()):
        yield None
        return
    store = open_control(folder)
    try:
        yield store.records
    finally:
        store.close()


def open_control(folder: Path, place: StorePlace | None = None) -> ControlStore:
    """The control store of a data folder, made if need be. `place`: as a setting says, which wins over all else.

    Raises
    ------
    BadInput, BadUse
        The folder cannot be made, or nothing here can open such a store.
    StoreError
        The store cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"the data folder cannot be made: {error.strerror}"
        raise BadInput(message, at=str(folder), help_="choose another --data") from None
    store: ControlStore = _call("STORE", folder, place)
    return store


def look_at_store(folder: Path, place: StorePlace | None = None) -> StoreFacts:
    """What the control store of a data folder is; nothing is made and nothing is changed. Raises as `open_control` does."""
    facts: StoreFacts = _call("LOOK", folder, place)
    return facts


def _call(export: str, folder: Path, given: StorePlace | None) -> Any:
    place = store_place(folder, given)
    if place is None:
        from fairwire.stores import sqlite

        return getattr(sqlite, export)(folder / sqlite.FILE_NAME)
    scheme, colon, _ = place.url.partition("://")
    name = _SPELLINGS.get(scheme.lower(), scheme.lower())
    known = [one for one in discovery.names("stores") if one not in _NO_STORES]
    if not colon or name not in known or name == IN_FOLDER:
        raise BadUse(
            "the setting `store` names no store that is known here",
            help_=f"give `{IN_FOLDER}` for the file in the data folder, or an address such as postgresql://USER@HOST/DATABASE",
        )
    password = _password(Path(place.password_file)) if place.password_file else ""
    return discovery.load("stores", name, export)(place.url, password=password)


def _from_environment() -> StorePlace | None:
    url = os.environ.get("FAIRWIRE_STORE")
    return StorePlace(url=url) if url else None


def _remembered(folder: Path) -> StorePlace | None:
    path = folder / STORE_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=StorePlace)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        raise BadInput(
            "what the data folder remembers of its store cannot be read",
            at=str(path),
            help_="let this user read it; or remove it, and name the store with `--store`",
        ) from None


def _password(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise BadInput("the file that `store_password_file` names cannot be read", at=str(path)) from None
    if stat.S_IMODE(mode) & stat.S_IRWXO:
        raise BadInput("everybody on this machine may read the password", at=str(path), help_=f"run `chmod 600 {path}`")
    if not password:
        raise BadInput("the file that `store_password_file` names is empty", at=str(path), help_="put the password into it")
    return password
