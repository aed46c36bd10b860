"""The event log in segment files, and snapshots beside it.

Importing this costs nothing: what is needed is loaded when a log is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwire.ports.log import EventLog, Snapshots

FOLDER = "events"
"""The log's folder inside a data folder."""
SNAPSHOTS = "snapshots"
"""The snapshots' folder inside a data folder."""


def open_log(data: Path) -> EventLog:
    """Open the log of a data folder, making it when it is not there.

    Raises
    ------
    LogError
        Another process has it, it cannot be written, or its last segment is damaged.
    """
    from fairwire.stores.log.writer import SegmentLog

    return SegmentLog(data / FOLDER)


def open_snapshots(data: Path) -> Snapshots:
    """The snapshots of a data folder."""
    from fairwire.stores.log.snapshots import SnapshotFiles

    return SnapshotFiles(data / SNAPSHOTS)


STORE = open_log
