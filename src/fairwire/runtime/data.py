"""The data folder: where findings, orders and secrets are kept. `FAIRWIRE_DATA` moves it."""

from __future__ import annotations

import os
from pathlib import Path

from fairwire.model.errors import BadInput
from fairwire.ports.control import ControlStore


def data_folder(given: Path | None) -> Path:
    """The folder that is meant: as given, else `FAIRWIRE_DATA`, else `.fairwire` here."""
    return given or Path(os.environ.get("FAIRWIRE_DATA") or ".fairwire")


def open_control(folder: Path) -> ControlStore:
    """The control store of a data folder, made if need be."""
    from fairwire.stores.sqlite import open_store

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"the data folder cannot be made: {error.strerror}"
        raise BadInput(message, at=str(folder), help_="choose another --data") from None
    return open_store(folder)
