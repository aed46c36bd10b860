"""Columns of prices and charges, of many events at once; `runtime.amounts` says it of one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairwire.model.columns import COLUMN_INDEX, ENDED, UNKNOWN
from fairwire.model.dollars import told_per_dollar
from fairwire.model.money import MAX_MONEY_MICROS
from fairwire.runtime.columnar import whole

Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_RATE, _PRICE, _CHARGE, _CHARGED_RATE, _TALK, _KIND = (
    COLUMN_INDEX[name] for name in ("rate", "price", "charge", "charged_rate", "talk_s", "kind")
)
_MINUTE_MS = 60_000


def fill_prices(currencies: pa.ChunkedArray, columns: Words, dollars: Floats, sizes: Floats, owners: Words) -> None:
    """Fill what a minute costs in dollars, roughly: by the price that is told, and by what was charged. A fee for the connection
    makes short talks dear, so that nothing is said of them. Prices and charges are brought to the customer's currency.

    Parameters
    ----------
    currencies
        What each event names.
    columns
        Shape (places of a row, events): prices and charges as they were told.
    dollars, sizes
        `CustomerTable.dollars` and `CustomerTable.sizes`.
    owners
        Row of each event's customer.
    """
    rates, charges, talk_ms = columns[_RATE], columns[_CHARGE], columns[_TALK]
    rated, charged = rates != UNKNOWN, charges != UNKNOWN
    if not len(dollars) or not (rated.any() or charged.any()):
        return
    own = dollars[owners]
    told = _told(currencies, dollars, own)
    size = np.where(np.isnan(told), sizes[owners], told) if np.isnan(dollars).any() else told
    columns[_PRICE][rated] = np.rint(rates[rated] / size[rated]).astype(np.int64)
    long = charged & (columns[_KIND] == ENDED) & (talk_ms >= 2 * _MINUTE_MS)
    begun = -(-talk_ms[long] // _MINUTE_MS)
    columns[_CHARGED_RATE][long] = np.rint(charges[long] / (begun * size[long])).astype(np.int64)
    if told is own:
        return
    others = (told != own) & ~np.isnan(own)
    for amounts, known in ((rates, rated), (charges, charged)):
        which = np.flatnonzero(known & others)
        roughly = np.clip(amounts[which] * (own[which] / told[which]), -MAX_MONEY_MICROS, MAX_MONEY_MICROS)
        amounts[which] = np.rint(roughly).astype(np.int64)


def _told(currencies: pa.ChunkedArray, dollars: Floats, own: Floats) -> Floats:
    """How many of the currency of each event are a dollar; `own` itself where all are told in the customer's, or in one of its
    size."""
    if currencies.null_count == len(currencies):
        return own
    column = whole(currencies)
    # Most feeds have one currency, and to compare it takes a third of the time that a dictionary takes.
    first = pc.first(column)
    if pc.all(pc.equal(column, first)).as_py():
        size = told_per_dollar(first.as_py())
        if size is None or (dollars == size).all():
            return own
    coded = column.dictionary_encode()
    sizes = [told_per_dollar(currency) for currency in coded.dictionary.to_pylist()]
    # The last one is what an event has that names no currency.
    by_code = np.array([np.nan if size is None else size for size in (*sizes, None)], dtype=np.float64)
    told = by_code[np.asarray(coded.indices.fill_null(-1))]
    return np.where(np.isnan(told), own, told)
