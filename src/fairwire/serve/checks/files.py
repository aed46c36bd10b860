"""The data folder: that it is there and has room, who may read the secrets in it, and how far the event log has come."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from fairwire.model.errors import FairwireError
from fairwire.runtime.data import STORE_FILE, StorePlace, look_at_store
from fairwire.runtime.keys import FOLDER as KEYS
from fairwire.runtime.log_files import glance
from fairwire.runtime.secrets import MIN_TOKEN, TOKENS
from fairwire.serve.checks.results import Check, ok, problem, warning
from fairwire.stores.sqlite import FILE_NAME

GIB = 1 << 30
FEW_BYTES = 2 * GIB
"""Free space below which somebody should look: some thirty segments of the log."""
NO_BYTES = GIB // 8
"""Free space below which there is no telling when the disk is full: two segments of the log."""


def data_folder(data: Path) -> Iterator[Check]:
    """Whether the folder is there, ours to write, and has room."""
    name = "data folder"
    if not data.exists():
        parent = next(folder for folder in data.absolute().parents if folder.exists())
        if os.access(parent, os.W_OK):
            yield warning(name, f"{data} is not there yet", "the first start of `fairwire serve` makes it")
        else:
            yield problem(name, f"{data} is not there, and {parent} may not be written", "name another one with `--data`")
        return
    if not data.is_dir() or not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield problem(name, f"{data} is no folder that this user may write", "run as the server's user, or name another one")
        return
    free = shutil.disk_usage(data).free
    told = f"{data}, {free / GIB:,.1f} GiB free"
    if free < NO_BYTES:
        yield problem(name, told, "make room: events are refused when the disk is full")
    elif free < FEW_BYTES:
        yield warning(name, told, "make room, or let old log go with `--forget-log`")
    else:
        yield ok(name, told)


def secret_files(data: Path) -> Iterator[Check]:
    """Whether others may read what only the server should."""
    name = "secrets"
    paths = [data / each for each in (*TOKENS, FILE_NAME, STORE_FILE)]
    paths += [path for path in (data / KEYS).glob("*.json") if not path.name.startswith(".")]
    there = [path for path in paths if path.exists()]
    if not there:
        if data.is_dir():
            yield warning(name, "none were made yet", "the first start of `fairwire serve` makes them")
        return
    fine = True
    for path in there:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            fine = False
            everybody = bool(mode & stat.S_IRWXO)
            who = "everybody on this machine" if everybody else "its group"
            told = (name, f"{who} may use {path} (mode {mode:04o})", f"run `chmod 600 {path}`")
            yield problem(*told) if everybody else warning(*told)
        if path.name in TOKENS and os.access(path, os.R_OK):
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            if len(text) < MIN_TOKEN or not text.isascii():
                fine = False
                yield problem(
                    name, f"{path} is shorter than {MIN_TOKEN} plain characters", "remove it, and a start makes a new one"
                )
    if fine:
        yield ok(name, f"{len(there)} files, all for their owner only")


def control_store(data: Path, place: StorePlace | None) -> Iterator[Check]:
    """Whether the control store can be reached, and whether a start has to upgrade it. Changes nothing."""
    name = "control store"
    try:
        facts = look_at_store(data, place)
    except FairwireError as error:
        yield problem(name, error.sentence())
        return
    for sentence in facts.warnings:
        says, _, todo = sentence.partition("; ")
        yield warning(name, says, todo)
    told = f"{facts.place}, {facts.software}"
    if facts.revision is None:
        yield ok(name, f"{told}, not made yet: a start makes it")
    elif facts.revision == facts.head:
        yield ok(name, f"{told}, schema {facts.revision}")
    elif facts.revision < facts.head:
        told = f"{told}, schema {facts.revision}, to be upgraded to {facts.head}"
        yield warning(name, told, "a start does that, or `fairwire db upgrade`; take a backup first")
    else:
        yield problem(name, f"{told}, schema {facts.revision}, written by a newer version of Fairwire", "install that version")


def event_log(data: Path, now_s: float) -> Iterator[Check]:
    """How long the log is, and how much of it the next start runs again."""
    name = "event log"
    seen = glance(data)
    if not seen.segments:
        yield ok(name, "empty")
        return
    told = f"{seen.segments} segment{'s' * (seen.segments != 1)}, {seen.bytes / GIB:,.2f} GiB"
    if seen.snapshot_at_s is None:
        yield ok(name, f"{told}, no snapshot yet: a start runs all of it again")
    else:
        age = max(0.0, now_s - seen.snapshot_at_s)
        yield ok(
            name, f"{told}, last snapshot at record {seen.snapshot:,}, {_age(age)} ago: a start runs what is behind it again"
        )


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
