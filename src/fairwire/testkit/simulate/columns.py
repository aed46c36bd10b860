"""Fields beside those that every call has: their columns in Parquet, and how lines become columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from fairwire.testkit.simulate.calls import Extra, Ints
from fairwire.testkit.simulate.rows import CODE, Lines, blob_of

_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)
_WHOLE = pa.int64()
_REAL = pa.float64()
_FLAG = pa.bool_()
_INSTANT = pa.timestamp("us", tz="UTC")

EXTRA_FIELDS = (
    *(pa.field(name, _TEXT) for name in ("credential", "display_name", "pai", "from", "to", "src_ip", "user_agent", "transport")),
    pa.field("srtp", _FLAG),
    *(pa.field(name, _TEXT) for name in ("attestation", "trunk", "campaign")),
    pa.field("recorded", _FLAG),
    pa.field("recording_consent", _TEXT),
    *(pa.field(name, _REAL) for name in ("silence_ratio", "mos", "jitter_ms", "loss_pct")),
    pa.field("transcript", _TEXT),
)
"""What an `Extra` may hold."""
ONLY_AT_END = frozenset(("recorded", "recording_consent", "silence_ratio", "mos", "jitter_ms", "loss_pct", "transcript"))

_MEDIA = pa.list_(pa.struct([("sha256", _TEXT), ("type", _TEXT), ("bytes", _WHOLE)]))
_KINDS: dict[str, Any] = {
    **dict.fromkeys(
        ("message_id", "channel", "text", "charge", "mail_from", "header_from", "subject", "spf", "dkim", "dmarc"), _TEXT
    ),
    **dict.fromkeys(("user", "from", "currency", "credential", "src_ip", "user_agent", "transport", "country", "device"), _TEXT),
    **dict.fromkeys(("dst_ip", "proto", "sensor", "signature", "category", "segment", "sha256", "verdict", "where"), _TEXT),
    **dict.fromkeys(("method", "path", "person", "replaces", "report_id", "number", "address", "reporter", "format"), _TEXT),
    **dict.fromkeys(("plan", "at"), _TEXT),
    **dict.fromkeys(("segments", "bytes", "asn", "contacts", "src_port", "dst_port", "bytes_out", "bytes_in"), _WHOLE),
    **dict.fromkeys(("packets_out", "severity", "strength", "user_limit", "max_active_connections"), _WHOLE),
    **dict.fromkeys(("spam_score", "lat", "lon", "duration_s", "mos", "jitter_ms", "loss_pct", "cpu_share"), _REAL),
    **dict.fromkeys(("memory_share", "throughput_bps", "neighbour_delay_ms", "interval_s"), _REAL),
    **dict.fromkeys(("opted_out", "complained", "ok", "served"), _FLAG),
    **dict.fromkeys(("links", "received"), _TEXTS),
    "media": _MEDIA,
}
"""Data field -> kind, of all event types but calls; `to` and `status` are told apart by type below."""
OTHER_FIELDS = (
    *(pa.field(name, kind) for name, kind in _KINDS.items()),
    pa.field("to", _TEXTS),
    pa.field("status", _TEXT),
)


def plain(extra: Extra) -> Extra:
    """An `Extra` whose texts need no escaping in JSON: double quotes become single ones, backslashes and controls spaces."""
    return {name: _escaped(value) if isinstance(value, str) else value for name, value in extra.items()}


def _escaped(text: str) -> str:
    return "".join(" " if letter < " " or letter == "\\" else letter for letter in text).replace('"', "'")


def table_of(lines: Lines) -> tuple[pa.Table, Ints]:
    """Lines as columns, and for each line the row of the table that has it.

    API requests are read by themselves: their `status` is a number, that of messages a word.
    """
    requests = lines.index["type"] == CODE["api.request"]
    parts = [
        (places, number)
        for places, number in ((np.flatnonzero(~requests), _TEXT), (np.flatnonzero(requests), _WHOLE))
        if len(places)
    ]
    table = pa.concat_tables([_read(lines.texts.take(pa.array(places)), status) for places, status in parts])
    row = np.empty(len(lines), dtype=np.int64)
    row[np.concatenate([places for places, _ in parts])] = np.arange(len(lines))
    return table, row


def _read(texts: pa.LargeBinaryArray, status: pa.DataType) -> pa.Table:
    data = pa.struct([("customer", _TEXT), *_KINDS.items(), ("to", _TEXTS), ("status", status)])
    envelope = [(name, _TEXT) for name in ("specversion", "id", "source", "type")]
    schema = pa.schema([*envelope, ("time", _INSTANT), ("data", data)])
    whole = blob_of(texts)
    table = pj.read_json(
        pa.BufferReader(whole),
        read_options=pj.ReadOptions(use_threads=False, block_size=max(len(whole), 1)),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    ).combine_chunks()
    columns = {name: table.column(name) for name in table.column_names if name != "data"}
    inner = table.column("data").combine_chunks()
    for name in ("customer", *_KINDS):
        columns[name] = inner.field(name)
    columns["to"] = inner.field("to")
    columns["status"] = inner.field("status").cast(_TEXT)
    return pa.table(columns)
