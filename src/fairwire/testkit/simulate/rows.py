"""Everything that is not a call: one row for each event, written as a JSON line when its customer is done.

Rows are made customer by customer and hold the `data` of CONTRACTS section 1 as a plain dictionary. `Lines` are the same rows as
bytes with their times, which is all that sorting and merging need.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairwire.model.events import DATA_BY_TYPE
from fairwire.testkit.simulate.calls import Ints

Data = dict[str, Any]
Row = tuple[int, str, Data]
"""(milliseconds since 1970, event type, data without the customer)."""

TYPES = tuple(kind for kind in DATA_BY_TYPE if not kind.startswith("call."))
CODE = {name: code for code, name in enumerate(TYPES)}
FAMILY = {
    "message.sent": "messages",
    "message.received": "messages",
    "email.sent": "mail",
    "auth.login": "logins",
    "auth.register": "logins",
    "net.flow": "flows",
    "net.alert": "alerts",
    "net.quality": "quality",
    "usage.sample": "usage",
    "content.scanned": "scans",
    "api.request": "api",
    "user.added": "people",
    "user.removed": "people",
    "device.lost": "people",
    "device.found": "people",
    "credential.changed": "people",
    "order.changed": "people",
    "report.received": "reports",
}
"""Event type -> the name under which a scenario's `mix` sets its rate."""
FAMILIES = tuple(dict.fromkeys(FAMILY.values()))

LINE = np.dtype([("time", "<i8"), ("customer", "<i4"), ("seq", "<i4"), ("type", "u1"), ("length", "<i4")])
Index = npt.NDArray[np.void]


class Lines:
    """Rows as JSON lines: an index record for each, and an Arrow array of their bytes."""

    __slots__ = ("index", "texts")

    def __init__(self, index: Index, texts: pa.LargeBinaryArray) -> None:
        self.index, self.texts = index, texts

    def __len__(self) -> int:
        return len(self.index)

    def in_order(self) -> Lines:
        """By time, then customer, then the place among the customer's rows."""
        order = np.lexsort((self.index["seq"], self.index["customer"], self.index["time"]))
        return Lines(self.index[order], self.texts.take(pa.array(order)))

    def part(self, begin: int, end: int) -> Lines:
        """A stretch of them."""
        return Lines(self.index[begin:end], self.texts.slice(begin, end - begin))

    def blob(self) -> memoryview:
        """All lines, one after the other."""
        return blob_of(self.texts)


NO_LINES = Lines(np.zeros(0, dtype=LINE), pa.array([], pa.large_binary()))


def blob_of(texts: pa.LargeBinaryArray) -> memoryview:
    """The bytes of all texts, one after the other."""
    if not len(texts):
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset :]
    return memoryview(texts.buffers()[2])[int(offsets[0]) : int(offsets[len(texts)])]


def from_blob(index: Index, blob: bytes) -> Lines:
    """Lines from their index and their bytes one after the other."""
    offsets = np.concatenate(([0], np.cumsum(index["length"], dtype=np.int64)))
    return Lines(
        index, pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(index), [None, pa.py_buffer(offsets), pa.py_buffer(blob)])
    )


def written(rows: Sequence[Row], index: int, customer: str, source: str) -> Lines:
    """The rows of one customer as lines, in the order of time. Ids are the customer's own and run on with time.

    The customer is written into the rows' data, too.
    """
    if not rows:
        return NO_LINES
    rows = sorted(rows, key=_time)
    encode = msgspec.json.Encoder().encode
    texts: list[bytes] = []
    record = np.zeros(len(rows), dtype=LINE)
    record["time"] = [row[0] for row in rows]
    record["customer"] = index
    record["seq"] = np.arange(1, len(rows) + 1)
    record["type"] = [CODE[row[1]] for row in rows]
    instants = instant_texts(record["time"])
    for number, ((_, kind, data), at) in enumerate(zip(rows, instants, strict=True), 1):
        data["customer"] = customer
        head = f'{{"specversion":"1.0","id":"{customer}-e{number}","source":"{source}","type":"{kind}","time":"{at}","data":'
        texts.append(head.encode() + encode(data) + b"}\n")
    record["length"] = [len(text) for text in texts]
    return from_blob(record, b"".join(texts))


def _time(row: Row) -> int:
    return row[0]


def instant_texts(times_ms: Ints) -> list[str]:
    """RFC 3339 texts with milliseconds."""
    return [f"{text}Z" for text in np.datetime_as_string(times_ms.astype("datetime64[ms]")).tolist()]


def digest(number: int) -> str:
    """A SHA-256 of its own for each number."""
    return sha256(number.to_bytes(16, "big")).hexdigest()


def instant_text(time_ms: int) -> str:
    """One of them."""
    return instant_texts(np.array([time_ms], dtype=np.int64))[0]
