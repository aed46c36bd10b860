"""What PostgreSQL says is wrong, in our words, by its SQLSTATE. No sentence shows a password or a value of a row."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from fairwire.ports.control import StoreError
from fairwire.relational.errors import (
    IncompleteSave,
    StoreBusy,
    StoreCorrupt,
    StoreMissing,
    StoreRefused,
    StoreUnreachable,
    StoreUnwritable,
)
from fairwire.stores.postgresql.address import Address

_NOTHING_CHANGED = "nothing was changed; try again"
_NOT_KNOWN = "look whether the last change is there, and try again"

_MEANINGS: dict[str, tuple[type[StoreError], str, str]] = {
    "23503": (
        IncompleteSave,
        "evidence or an order was saved for a finding that the store does not have",
        "nothing of this save was kept; save the finding in the same call",
    ),
    "25006": (
        StoreUnwritable,
        "the database may only be read",
        "name the server that takes writes, or let this user write: nothing of this save was kept",
    ),
    "28000": (
        StoreRefused,
        "the server does not let this user in from here, or not without TLS",
        "add a line for it to the server's pg_hba.conf, or set `?sslmode=require`",
    ),
    "28P01": (
        StoreRefused,
        "the server does not know this user, or the password is wrong",
        "put the right one into the file of `store_password_file`",
    ),
    "3D000": (
        StoreMissing,
        "there is no such database on this server",
        "make it, such as with `createdb --owner fairwire fairwire`",
    ),
    "3F000": (
        StoreMissing,
        "the database has no schema for this user to make tables in",
        "make one of the user's name: CREATE SCHEMA fairwire AUTHORIZATION fairwire",
    ),
    "40001": (StoreBusy, "another transaction changed the same rows", _NOTHING_CHANGED),
    "40P01": (StoreBusy, "two transactions waited for each other", _NOTHING_CHANGED),
    "42501": (
        StoreUnwritable,
        "the user may not do this in the database",
        "let the user own its schema: CREATE SCHEMA fairwire AUTHORIZATION fairwire",
    ),
    "53100": (StoreUnwritable, "the disk of the server is full", "nothing of this save was kept; free space there and try again"),
    "53200": (StoreBusy, "the server is out of memory", _NOTHING_CHANGED),
    "53300": (StoreBusy, "the server takes no more connections", "raise its max_connections, or end what holds them"),
    "55P03": (StoreBusy, "the store is locked by another process", "nothing was changed; end that process or try again"),
    "57014": (StoreBusy, "the server ended the statement before it was done", _NOTHING_CHANGED),
    "58030": (StoreUnwritable, "the disk of the server is failing", "nothing of this save was kept; look at the server's log"),
}
_CLASSES: dict[str, tuple[type[StoreError], str, str]] = {
    "08": (StoreUnreachable, "the connection to the database was lost", _NOT_KNOWN),
    "23": (IncompleteSave, "what was to be saved does not fit what the store has", "nothing of this save was kept"),
    "53": (StoreBusy, "the server is short of something", "nothing was changed; look at the server's log"),
    "57": (StoreUnreachable, "the database server is starting or stopping", _NOT_KNOWN),
    "XX": (
        StoreCorrupt,
        "the server found its own data damaged",
        "restore the database from a backup; the server's log says more",
    ),
}


def explain(error: BaseException, address: Address) -> StoreError:
    """The store's own error for one of the driver's."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    told: Any = cause.args[0] if cause.args else ""
    place = str(address)
    if not isinstance(told, dict):  # the driver's own: the connection broke
        return StoreUnreachable("the connection to the database was lost", at=place, help_=_NOT_KNOWN)
    state = str(told.get("C", ""))
    kind, message, help_ = _MEANINGS.get(state) or _CLASSES.get(state[:2]) or (StoreError, "", "")
    if not message:
        message, help_ = f"the database failed: {told.get('M', 'unknown reason')}".rstrip("."), f"its SQLSTATE is {state}"
    return kind(message, at=place, help_=help_)
