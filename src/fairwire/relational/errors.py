"""What can be wrong with a store, one sentence each."""

from __future__ import annotations

from fairwire.ports.control import StoreError


class StoreTooNew(StoreError):
    """A later version of the program has upgraded the store."""

    code = "FW-STO-002"


class StoreBusy(StoreError):
    """Another process holds the store's lock for longer than we wait, or collided with us. Trying again may help."""

    code = "FW-STO-003"


class StoreUnwritable(StoreError):
    """The file or its directory, or the database, cannot be made or written."""

    code = "FW-STO-004"


class StoreCorrupt(StoreError):
    """The data are damaged, or the file is no SQLite file."""

    code = "FW-STO-005"


class ForeignStore(StoreError):
    """A sound database, of another program."""

    code = "FW-STO-006"


class IncompleteSave(StoreError):
    """What was to be saved refers to a finding that is not there."""

    code = "FW-STO-007"


class ClashingVersions(StoreError):
    """Two versions of one policy would begin at the same instant."""

    code = "FW-STO-008"


class StoreUnreachable(StoreError):
    """The database server does not answer, or is starting or stopping. Trying again may help."""

    code = "FW-STO-009"


class StoreRefused(StoreError):
    """The database server does not let this user in, or not in this way."""

    code = "FW-STO-010"


class StoreMissing(StoreError):
    """The server has no such database, or no schema in it to make tables in."""

    code = "FW-STO-011"


class StoreUnsuitable(StoreError):
    """The server is too old, or its database keeps text in another encoding than UTF-8."""

    code = "FW-STO-012"
