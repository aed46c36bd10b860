"""What each abuse had done when it was found: events and charges, counted from the event files as they stream by.

Only events of customers with an abuse are looked at, and only while that abuse lasts, so memory follows the abuses and not the
traffic. Files are read as they stand: nothing is checked here that `fairwire replay` checks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.model.money import parse_micros
from fairwire.runtime.intake import event_files
from fairwire.sources.compressed import Content, open_input
from fairwire.testkit.evaluation.matching import Instance, Judged, Spent
from fairwire.testkit.evaluation.table import Counted, counted_for

_BATCH = 1 << 16


class _Data(msgspec.Struct, kw_only=True):
    customer: Any = None
    call_id: Any = None
    direction: Any = None
    start: Any = None
    answer: Any = None
    end: Any = None
    charge: Any = None
    rate_per_min: Any = None
    forwarded: Any = None
    diversion: Any = None
    ok: Any = None
    src_ip: Any = None


_FIELDS = tuple(_Data.__struct_fields__)


class _Event(msgspec.Struct, kw_only=True):
    type: str
    time: Any
    data: _Data
    id: Any = None


@dataclass(slots=True, kw_only=True)
class _Watch:
    """One abuse while its customer's events go by."""

    instance: Instance
    counted: Counted
    from_us: int
    until_us: int
    found_us: int | None
    seen: set[Any] = field(default_factory=set)
    total: int = 0
    before: int = 0
    money_total: int = 0
    money_before: int = 0
    by_value: Counter[Any] = field(default_factory=Counter)
    """How often each value of the field `per` came before it was found."""

    def take(self, event: _Event) -> None:
        """Count an event if it is of the abuse's kind."""
        data, counted = event.data, self.counted
        if not counted.takes(event.type) or not _is_of(data, counted):
            return
        try:
            at_us = _instant(data.start or event.time)
        except (ValueError, TypeError):
            return  # replay sets such an event aside
        if not self.from_us <= at_us <= self.until_us:
            return
        before = self.found_us is not None and at_us <= self.found_us
        key = data.call_id if event.type.startswith("call.") and data.call_id is not None else event.id
        if key not in self.seen:
            self.seen.add(key)
            self.total += 1
            if before:
                self.before += 1
                if counted.per is not None:
                    self.by_value[getattr(data, counted.per, None)] += 1
        if data.charge is not None:
            self._charge(data, before)

    def _charge(self, data: _Data, before: bool) -> None:
        """A call in progress when it was found has cost what ran up until then."""
        try:
            charge = parse_micros(str(data.charge))
        except ValueError:
            return
        self.money_total += charge
        if not before or self.found_us is None:
            return
        self.money_before += charge
        if data.answer is not None and data.end is not None:
            answer_us, end_us = _instant(data.answer), _instant(data.end)
            if end_us > max(self.found_us, answer_us):
                self.money_before -= charge * (end_us - max(self.found_us, answer_us)) // (end_us - answer_us)

    def done(self) -> Spent:
        """What was counted."""
        found = self.found_us is not None
        before = max(self.by_value.values(), default=0) if self.counted.per is not None else self.before
        return Spent(
            what=self.counted.what,
            charged=self.counted.charged,
            events_total=self.total,
            events_before=before if found else None,
            money_total=self.money_total,
            money_before=self.money_before if found else None,
        )


def _is_of(data: _Data, counted: Counted) -> bool:
    if counted.outbound and data.direction not in (None, "outbound"):
        return False
    if counted.charged and not (_positive(data.charge) or _positive(data.rate_per_min)):
        return False
    if counted.forwarded and not (data.forwarded or data.diversion):
        return False
    return not (counted.failed and data.ok is not False)


def _positive(amount: Any) -> bool:
    try:
        return amount is not None and float(amount) > 0
    except (TypeError, ValueError):
        return False


def _instant(value: Any) -> int:
    return value if isinstance(value, int) else parse_us(value)


def count_events(judged: Judged) -> None:
    """Fill in `spent` of each abuse of a run, and whose calls were refused, from its event files.

    Raises
    ------
    BadInput
        A path is not there, a file is no event file, or the file of decisions cannot be used.
    """
    watches: dict[str, list[_Watch]] = defaultdict(list)
    for instance in judged.instances:
        watches[instance.label.customer].append(
            _Watch(
                instance=instance,
                counted=counted_for(instance.label.abuse),
                from_us=instance.onset_us,
                until_us=instance.end_us,
                found_us=instance.found_us,
            )
        )
    wanted = _Wanted(frozenset(watches), _refused(judged.run.decisions) if judged.run.decisions else frozenset())
    refused: list[str] = []
    for path in event_files([str(path) for path in judged.run.events]):
        for event in _events(path, wanted):
            if event.id in wanted.ids and event.data.customer in judged.good:
                refused.append(event.data.customer)
            for watch in watches.get(event.data.customer, ()):
                watch.take(event)
    for watch in (watch for of in watches.values() for watch in of):
        watch.instance.spent = watch.done()
    if judged.run.decisions is not None:
        judged.refused = refused


class _Decided(msgspec.Struct, kw_only=True):
    decision: str
    event: str | None = None


def _refused(path: Path) -> frozenset[str]:
    """Ids of the events whose call was refused."""
    decoder = msgspec.json.Decoder(_Decided)
    found: set[str] = set()
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    decided = decoder.decode(line)
                except (msgspec.DecodeError, msgspec.ValidationError) as error:
                    raise BadInput(f"not a decision: {error}", at=f"{path}:{number}") from None
                if decided.decision in ("deny", "limit") and decided.event is not None:
                    found.add(decided.event)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror or error}", at=str(path)) from None
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which events are looked at: those of some customers, and some by their ids."""

    customers: frozenset[str]
    ids: frozenset[str]


def _events(path: str, wanted: _Wanted) -> Iterator[_Event]:
    with open_input(path) as stream:
        is_parquet = stream.read(4) == b"PAR1"
    return _parquet(path, wanted) if is_parquet else _lines(path, wanted)


def _lines(path: str, wanted: _Wanted) -> Iterator[_Event]:
    decoder = msgspec.json.Decoder(_Event)
    rest = b""
    with open_input(path) as stream:
        content = Content(stream)
        for block in content.blocks():
            whole, line_end, rest = (rest + block).rpartition(b"\n")
            if line_end:
                yield from _decoded(whole, decoder, wanted)
        if content.broken:
            raise BadInput(content.broken, at=path, help_="copy the file again")
    if rest.strip():
        yield from _decoded(rest, decoder, wanted)


def _decoded(block: bytes, decoder: msgspec.json.Decoder[_Event], wanted: _Wanted) -> Iterator[_Event]:
    for line in block.split(b"\n"):
        try:
            event = decoder.decode(line)
        except (msgspec.DecodeError, msgspec.ValidationError):
            continue  # blank, or set aside by replay
        customer, identity = event.data.customer, event.id
        if (isinstance(customer, str) and customer in wanted.customers) or (isinstance(identity, str) and identity in wanted.ids):
            yield event


def _parquet(path: str, wanted: _Wanted) -> Iterator[_Event]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        have = [name for name in ("id", "type", "time", *_FIELDS) if name in file.schema_arrow.names]
        if "customer" not in have or "type" not in have or "time" not in have:
            raise BadInput("this file has no columns `type`, `time` and `customer`", at=path, help_="name a file of events")
        names, ids = pa.array(list(wanted.customers), pa.string()), pa.array(list(wanted.ids), pa.string())
        for batch in file.iter_batches(batch_size=_BATCH, columns=have):
            chosen = pc.is_in(batch["customer"], value_set=names)
            if len(ids) and "id" in have:
                chosen = pc.or_(chosen, pc.is_in(batch["id"], value_set=ids))
            mine = batch.filter(chosen)
            if len(mine):
                yield from _rows(mine, have)
    except pa.ArrowException as error:
        raise BadInput(f"not a Parquet file that can be read: {error}", at=path) from None


def _rows(batch: Any, have: Sequence[str]) -> Iterator[_Event]:
    import pyarrow as pa

    columns = {}
    for name in have:
        column = batch[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
        columns[name] = column.to_pylist()
    fields = [name for name in _FIELDS if name in columns]
    for place in range(len(batch)):
        data = _Data(**{name: columns[name][place] for name in fields})
        identity = columns["id"][place] if "id" in columns else None
        yield _Event(type=columns["type"][place], time=columns["time"][place], data=data, id=identity)
