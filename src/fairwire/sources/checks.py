"""The checks every event passes, whatever file it came in: column by column, with one sentence for each bad row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.calls import misordered
from fairwire.model.instants import DAY_US, SECOND_US, format_us, parse_us
from fairwire.model.money import MAX_MONEY_MICROS, parse_micros

MAX_DURATION_S = 1e9
"""About 32 years: a longer call is an error of the writer, and its milliseconds still fit in 64 bits."""

LEAD_US = DAY_US
"""How far an event may be ahead of the caller's clock: clocks differ, and some writers forget their zone."""

Problems = dict[int, tuple[str, str]]
"""Row in the batch -> (field, reason). The first problem of a row is the one that is told."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"

_MOMENT = pa.timestamp("us", "UTC")
_INSTANT = "0000-00-00T00:00:00.000000Z"
_SHORTEST = len("0000-00-00T00:00:00Z")
_ZERO = ord("0")


def instant_us(text: str) -> int:
    """Microseconds of an RFC 3339 instant; ValueError with a sentence when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        if len(text) >= 20 and text[10] in "Tt " and text[16] == ":" and moment.tzinfo is not None:
            return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        pass
    return parse_us(text)


def instant_problem(field: str, text: str) -> str:
    """Why a text is not an instant, in one sentence."""
    shown = text[:40]
    try:
        naive = len(text) >= 16 and datetime.fromisoformat(text).tzinfo is None
    except (ValueError, OverflowError):
        naive = False
    if naive:
        return f"`{field}` has no zone: `{shown}`; write 2026-03-02T14:07:12Z or 2026-03-02T14:07:12+01:00"
    try:
        parse_us(text)
    except ValueError as error:
        return f"`{field}`: {error}"
    return f"`{field}`: `{shown}` is out of range"


def instants(field: str, texts: pa.Array, problems: Problems) -> pa.Array:
    """Microseconds of a column of RFC 3339 texts; null stays null, and a bad text is a problem of its row."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), pa.int64())
    if _all_alike(texts) or pc.all(pc.match_substring_regex(texts, _PLAIN_INSTANT)).as_py():
        try:
            return pc.cast(texts, _MOMENT).view(pa.int64())
        except pa.ArrowInvalid:
            pass  # some row names a day or hour that does not exist: find out which
    values: list[int | None] = []
    for row, text in enumerate(texts.to_pylist()):
        try:
            values.append(None if text is None else instant_us(text))
        except ValueError:
            problems.setdefault(row, (field, instant_problem(field, text)))
            values.append(None)
    return pa.array(values, pa.int64())


def _all_alike(texts: pa.Array) -> bool:
    """Whether all texts but nulls are plain instants in UTC of one length: what most files have, told in a tenth of the time."""
    told = texts.drop_null() if texts.null_count else texts
    bounds = _bounds(told)
    size = int(bounds[1] - bounds[0])
    if not _SHORTEST <= size <= len(_INSTANT) or size == _SHORTEST + 1 or (bounds[1:] - bounds[:-1] != size).any():
        return False
    letters = np.frombuffer(told.buffers()[2], np.uint8)[bounds[0] : bounds[-1]].reshape(-1, size)
    least, most = letters.min(axis=0), letters.max(axis=0)
    lowest = np.frombuffer(_INSTANT[: size - 1].encode() + b"Z", np.uint8)
    highest = np.where(lowest == _ZERO, _ZERO + 9, lowest)
    return bool((least >= lowest).all() and (most <= highest).all())


def _bounds(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Where each text begins in the buffer of all, and where the last one ends."""
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]


def micros(field: str, texts: pa.Array, problems: Problems) -> pa.Array:
    """Micro-units of a column of decimal strings; each distinct amount is parsed once."""
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), pa.int64())
    coded = texts.dictionary_encode()
    values: list[int | None] = []
    wrong: dict[int, str] = {}
    for index, text in enumerate(coded.dictionary.to_pylist()):
        try:
            values.append(_amount(text))
        except ValueError as error:
            values.append(None)
            wrong[index] = f"`{field}`: {error}"
    if wrong:
        for row, index in enumerate(coded.indices.to_pylist()):
            if index in wrong:
                problems.setdefault(row, (field, wrong[index]))
    return pc.take(pa.array(values, pa.int64()), coded.indices)


@lru_cache(maxsize=1 << 13)
def _amount(text: str) -> int:
    amount = parse_micros(text)
    if abs(amount) > MAX_MONEY_MICROS:
        raise ValueError(f"`{text[:40]}` is not an amount for one call")
    return amount


def milliseconds(field: str, seconds: pa.Array, problems: Problems) -> pa.Array:
    """Whole milliseconds of a column of seconds; negative and impossible durations are problems."""
    if seconds.null_count == len(seconds):
        return pa.nulls(len(seconds), pa.int64())
    plain = pc.fill_null(seconds, 0.0).to_numpy(zero_copy_only=False)
    sound = (plain >= 0) & (plain <= MAX_DURATION_S)
    for row in np.flatnonzero(~sound).tolist():
        value = float(plain[row])
        said = "is negative" if value < 0 else "is not a duration of a call"
        problems.setdefault(row, (field, f"`{field}` {said}: {value:g}"))
    whole = np.rint(np.where(sound, plain, 0) * 1000).astype(np.int64)
    return pa.array(whole, mask=pc.is_null(seconds).to_numpy(zero_copy_only=False))


def check_filled(columns: Mapping[str, pa.Array], fields: tuple[str, ...], problems: Problems) -> None:
    """Texts that name somebody or something must not be empty. Null is not looked at."""
    for field in fields:
        if columns[field].null_count == len(columns[field]):
            continue
        bounds = _bounds(columns[field])
        if (bounds[1:] > bounds[:-1]).all():
            continue  # most often not even a null is there
        empty = pc.equal(pc.binary_length(columns[field]), 0)
        if pc.any(empty).as_py():
            for row in true_rows(empty):
                problems.setdefault(row, (field, f"`{field}` is empty"))


def check_order(columns: Mapping[str, pa.Array], problems: Problems) -> None:
    """Start, answer and end of each call are in this order."""
    start, answer, end = columns["start_us"], columns["answer_us"], columns["end_us"]
    wrong = pc.or_kleene(pc.less(end, start), pc.or_kleene(pc.less(answer, start), pc.greater(answer, end)))
    if not pc.any(wrong).as_py():
        return
    for row in true_rows(wrong):
        if row in problems:
            continue  # one of the three could not be read: that is the problem to tell
        found = misordered(start[row].as_py(), answer[row].as_py(), end[row].as_py())
        if found is not None:
            problems[row] = found


def check_future(field: str, at_us: pa.Array, now_us: int | None, problems: Problems) -> None:
    """Nothing lies more than a day after the caller's clock; a clock of None checks nothing."""
    if now_us is None:
        return
    last = pc.max(at_us).as_py()
    if last is not None and last > now_us + LEAD_US:
        for row in true_rows(pc.greater(at_us, now_us + LEAD_US)):
            problems.setdefault(row, (field, future_problem(field, at_us[row].as_py(), now_us)))


def future_problem(field: str, at_us: int, now_us: int) -> str:
    """The sentence for an instant that lies in the future."""
    now = format_us(now_us - now_us % SECOND_US)
    return f"`{field}` lies in the future: {format_us(at_us)} is more than 24 h after now, {now}"


def true_rows(mask: pa.Array) -> list[int]:
    """The numbers of the rows where a mask is true; null is not."""
    found: list[int] = np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).tolist()
    return found


def sound_rows(table: pa.Table, problems: Problems) -> pa.Table:
    """The table without the rows that have a problem."""
    if not problems:
        return table
    keep = np.ones(table.num_rows, dtype=bool)
    keep[list(problems)] = False
    return table.filter(pa.array(keep))
