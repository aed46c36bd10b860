"""Calls of customers that nobody knows, told from those of the others."""

from __future__ import annotations

from collections.abc import Container

import pyarrow as pa

from fairwire.ports.events import Rejected
from fairwire.sources.jsonl.decoding import Batch


def of_known(batch: Batch, rejected: list[Rejected], known: Container[str]) -> pa.Table:
    """The calls of known customers; the others are added to `rejected`."""
    names = batch.calls["customer"].to_pylist()
    mask = [name in known for name in names]
    if all(mask):
        return batch.calls
    for row, here in enumerate(mask):
        if not here:
            reason = f"customer `{names[row]}` is not known; add its record to the customers file"
            line = int(batch.calls["line_number"][row].as_py())
            rejected.append(Rejected(file="", line=line, field="customer", reason=reason, record=""))
    return batch.calls.filter(pa.array(mask, pa.bool_()))
