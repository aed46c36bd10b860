"""Who can be called: pools of numbers with their rates, and which of them a customer calls again."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import TARIFF, Flags, Ints
from fairwire.testkit.simulate.tables import destinations

OWN_BLOCK = 200
"""Numbers each customer owns, in one block."""
BLOCKS = 10_000 // OWN_BLOCK
EXCHANGES = tuple(exchange for exchange in range(200, 1000) if exchange % 100 != 11 and exchange != 976)
"""US exchanges for subscribers: no service codes (x11), and not 976, whose numbers cost extra."""


def own_block(index: int, country: str, zone: str) -> int:
    """First number of the block of the customer with this index. Different customers never share one."""
    if country == "GB":
        city, place = divmod(index * OWN_BLOCK, 10_000_000)
        return (442030000000, 442070000000, 442080000000)[city % 3] + place
    areas = destinations().zones[zone]
    place = index // len(areas)
    exchange, part = divmod((place * 7_919) % (len(EXCHANGES) * BLOCKS), BLOCKS)
    return 10_000_000_000 + areas[index % len(areas)] * 10_000_000 + EXCHANGES[exchange] * 10_000 + part * OWN_BLOCK


class Pool:
    """Numbers with what they cost, three arrays of one length."""

    __slots__ = ("number", "rate", "tariff")

    def __init__(self, number: Ints, rate: Ints, tariff: Ints) -> None:
        self.number, self.rate, self.tariff = number, rate, tariff


def domestic(rng: np.random.Generator, count: int, country: str, area: int, *, people: bool = False) -> Pool:
    """Numbers of the customer's own country; in the US half of them in its own area. People: no toll-free and service numbers."""
    tables = destinations()
    number = np.empty(count, dtype=np.int64)
    rate = np.full(count, tables.home_rate[country], dtype=np.int64)
    tariff = np.full(count, TARIFF["standard"], dtype=np.int64)
    if country == "US":
        every = np.array([code for codes in tables.zones.values() for code in codes], dtype=np.int64)
        areas = np.where(rng.random(count) < 0.5, area, rng.choice(every, count))
        exchange = rng.choice(np.array(EXCHANGES, dtype=np.int64), count)
        number[:] = 10_000_000_000 + areas * 10_000_000 + exchange * 10_000 + rng.integers(0, 10_000, count)
    pools = [pool for pool in tables.home[country] if not people or pool[4] == "standard"]
    shares = np.cumsum([pool[2] for pool in pools])
    which = np.searchsorted(shares, rng.random(count), side="right")
    for index, (first, size, _, pool_rate, name) in enumerate(pools):
        mine = which == index
        number[mine] = first + rng.integers(0, size, int(mine.sum()))
        rate[mine] = pool_rate
        tariff[mine] = TARIFF[name]
    if country == "GB":
        rest = which >= len(pools)
        number[rest] = pools[0][0] + rng.integers(0, pools[0][1], int(rest.sum()))
    return Pool(number, rate, tariff)


def foreign(rng: np.random.Generator, count: int, home: str) -> Pool:
    """Ordinary numbers abroad; a customer has three countries that it mostly calls."""
    rows = [row for row in destinations().foreign if row[0] != home]
    weights = np.array([row[3] for row in rows])
    weights[rng.choice(len(rows), 3, replace=False)] *= 20
    which = rng.choice(len(rows), count, p=weights / weights.sum())
    first = np.array([row[1] for row in rows], dtype=np.int64)[which]
    size = np.array([row[2] for row in rows], dtype=np.int64)[which]
    rate = np.array([row[4] for row in rows], dtype=np.int64)[which]
    return Pool(first + (rng.random(count) * size).astype(np.int64), rate, np.full(count, TARIFF["standard"], dtype=np.int64))


def dear(rng: np.random.Generator, count: int, countries: int, *, high: bool) -> Pool:
    """Numbers of a few revenue-share ranges, close together as such blocks are."""
    rows = destinations().high if high else destinations().mid
    chosen = rng.choice(len(rows), min(countries, len(rows)), replace=False)
    which = chosen[rng.integers(0, len(chosen), count)]
    width = 400 if high else 40_000
    base = np.array([row[1] + rng.integers(0, max(1, row[2] - width)) for row in rows], dtype=np.int64)
    rate = np.array([row[3] for row in rows], dtype=np.int64)[which]
    tariff = np.array([TARIFF[row[4]] for row in rows], dtype=np.int64)[which]
    return Pool(base[which] + rng.integers(0, width, count), rate, tariff)


def picks(rng: np.random.Generator, count: int, *, known: int, p_new: float, favourites: bool) -> tuple[Ints, int]:
    """Which number each of `count` calls goes to, as indices into a pool, and how large the pool has to be.

    A call is to a new number with probability `p_new`; otherwise it repeats an earlier call chosen at random, so that a number
    is called again in proportion to how often it was (cumulative advantage). `known` numbers are there from before. Each
    "same as that earlier call" is followed back to its origin by pointer doubling. Without favourites every number met so far
    is as likely as any other.
    """
    if not favourites:
        fresh: Flags = rng.random(count) < p_new
        met = known + np.cumsum(fresh)
        return np.where(fresh, met - 1, (rng.random(count) * met).astype(np.int64)), int(known + fresh.sum())
    past = known * 3
    total = past + count
    weight = 1.0 / np.arange(1, known + 1)
    parent: Ints = np.arange(total, dtype=np.int64)
    code: Ints = np.empty(total, dtype=np.int64)
    code[:past] = rng.choice(known, past, p=weight / weight.sum())
    fresh = rng.random(count) < p_new
    created = int(fresh.sum())
    code[past:] = known + np.cumsum(fresh) - 1
    position = np.arange(past, total, dtype=np.int64)
    parent[past:] = np.where(fresh, position, (rng.random(count) * position).astype(np.int64))
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            break
        parent = further
    return code[parent[past:]], known + created
