"""A file of all that is wanted, for whatever Fairwire has no edge for: JSON Lines or CSV, replaced as a whole at each change.

Rows of others are kept as they are. A journal, where one is named, gets a line for each change, also for those that were undone
before anybody read the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from fairwire.enforcers.failing import Failed
from fairwire.enforcers.file.rows import READERS, WRITERS, Row
from fairwire.enforcers.keys import fault_of
from fairwire.enforcers.secret_files import path_of
from fairwire.enforcers.whole_orders import order_items
from fairwire.enforcers.written_files import READABLE, locked, replace_file, why
from fairwire.model.customers import Customer
from fairwire.model.instants import format_us
from fairwire.model.order import Order
from fairwire.net.connecting import Deadline
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

Format = Literal["jsonl", "csv"]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    path: str
    format: Format | None = None
    """None: by the end of the file's name."""
    journal: str | None = None
    """JSON Lines, to which each change is added."""


class ExportFile:
    """One file."""

    def __init__(
        self, path: Path, form: Format, journal: Path | None, site: Site, *, seconds: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._format: Format = form
        self._journal = journal
        self._site = site
        self._seconds = seconds

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """The order as it stands."""
        return order_items(order, self._site)

    def look(self, key: str) -> tuple[Told, Any]:
        """The row of somebody else under this key."""
        try:
            _sound(key)
            with _told_by(self._path):
                row = self._read().get(key)
        except Failed as error:
            return error.told(), None
        return Told(outcome="done"), None if row is None or self._is_ours(row) else row

    def put(self, item: Item) -> Told:
        """Have its row in the file."""
        row: Row = {"edge": self._site.name, "key": item.key, "rank": item.rank, "item": item.value}
        return self._change(item, lambda _found: row, "wanted")

    def restore(self, item: Item, before: Any) -> Told:
        """Have the row in the file that was there before, or none."""
        if before is not None and not (isinstance(before, dict) and before.get("key") == item.key):
            return Told(outcome="never", answer="what is said to have stood there before is no row of this key")
        return self._change(item, lambda found: before if found is not None and self._is_ours(found) else found, "gone")

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """Our rows."""
        try:
            with _told_by(self._path):
                rows = self._read()
                if not os.access(self._path if self._path.exists() else self._path.parent, os.W_OK):
                    raise Failed("never", f"{self._path} may not be written")
        except Failed as error:
            return error.told(), None
        ours = {key: row["item"] for key, row in rows.items() if self._is_ours(row)}
        return Told(outcome="done", answer=f"{len(ours)} of ours, {len(rows) - len(ours)} of others"), ours

    def close(self) -> None:
        """Nothing stays open."""

    def _is_ours(self, row: Row) -> bool:
        return row.get("edge") == self._site.name and isinstance(row.get("item"), dict)

    def _change(self, item: Item, to: Callable[[Row | None], Row | None], what: str) -> Told:
        try:
            _sound(item.key)
            with _told_by(self._path), locked(self._path.with_name(f".{self._path.name}.lock"), Deadline(self._site.timeout_s)):
                rows = self._read()
                found = rows.get(item.key)
                wanted = to(found)
                if found == wanted:
                    stays = what == "gone" and found is not None
                    told = "what stands there is not ours, and it stays" if stays else "it is so already"
                    return Told(outcome="done", answer=told)
                rows.pop(item.key, None)
                if wanted is not None:
                    rows[item.key] = wanted
                # Told first: when the file cannot be replaced it is told again, and what is told twice is no harm.
                self._note(item, what)
                replace_file(self._path, WRITERS[self._format](rows.values()))
        except Failed as error:
            return error.told()
        return Told(outcome="done")

    def _read(self) -> dict[str, Row]:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        rows: dict[str, Row] = {}
        for number, row in enumerate(READERS[self._format](text, str(self._path)), start=1):
            key = row.get("key")
            # A row of others without a key, or with one that comes twice, stays where nobody looks for it.
            rows[key if isinstance(key, str) and key not in rows else f"\n{number}"] = row
        return rows

    def _note(self, item: Item, what: str) -> None:
        if self._journal is None:
            return
        now = format_us(int(self._seconds() * 1e6))
        line = {"at": now, "edge": self._site.name, "what": what, "key": item.key, "rank": item.rank, "item": item.value}
        handle = os.open(self._journal, os.O_CREAT | os.O_APPEND | os.O_RDWR, READABLE)
        with os.fdopen(handle, "ab+") as file:
            # A line that a crash has cut off must not take this one with it.
            size = file.seek(0, os.SEEK_END)
            cut = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
            file.write((b"\n" if cut else b"") + msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _told_by(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Failed("later", f"{error.filename or path}: {why(error)}") from None
    except PermissionError as error:
        raise Failed("never", f"{error.filename or path}: {why(error)}") from None
    except OSError as error:
        raise Failed("later", f"{error.filename or path}: {why(error)}") from None


def _sound(key: str) -> None:
    fault = fault_of(key)
    if fault:
        raise Failed("never", fault)


class Files:
    """Opens files."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One file; it is made with the first item.

        Raises
        ------
        BadEdge
            The name does not say which format it has, or its folder is not there.
        """
        path = path_of(site, options.path)
        form = options.format
        if form is None:
            ending = path.suffix.lower()
            if ending not in (".jsonl", ".csv"):
                raise BadEdge(
                    f"`path` of the edge `{site.name}` ends in neither .jsonl nor .csv",
                    at=str(path),
                    help_="say which with `format`",
                )
            form = "csv" if ending == ".csv" else "jsonl"
        journal = None if options.journal is None else path_of(site, options.journal)
        for name, each in (("path", path), ("journal", journal)):
            if each is not None and not each.parent.is_dir():
                raise BadEdge(
                    f"the folder of `{name}` of the edge `{site.name}` is not there", at=str(each.parent), help_="make it"
                )
        if journal is not None and journal == path:
            raise BadEdge(f"`path` and `journal` of the edge `{site.name}` are one file", at=str(path))
        return ExportFile(path, form, journal, site)


ENFORCER = Files()
