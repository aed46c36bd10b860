"""The values that a rule over what customers have in common may name, for everybody that takes part in some ticks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwire.model.columns import COLUMN_BY_NAME, per_unit
from fairwire.plan.across import AGE, CUSTOMERS, AcrossFeature
from fairwire.runtime.across import D_FEATURE, D_VALUE, R_CUSTOMER, R_KEY, R_TICK, Flags, Layout, Words, age_days, runs
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.event_columns import mixed
from fairwire.runtime.plans import Plan

Floats = npt.NDArray[np.float64]


def in_windows(times: Words, ticks: Words, over_us: int) -> tuple[Words, Words]:
    """Each tick with the place of each row in the window that ends there: ticks, and places.

    Parameters
    ----------
    times
        Tick of each row.
    ticks
        Ascending.
    over_us
        How long a window is.
    """
    first = np.searchsorted(ticks, times)
    counts = np.searchsorted(ticks, times + over_us) - first
    places = np.repeat(np.arange(len(times)), counts)
    steps = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ticks[first[places] + steps], places


class Around:
    """Arrays as long as `now`, one entry for each tick, key and customer.

    Parameters
    ----------
    now
        Rows of those that take part.
    own
        Code of tick and key of each.
    window, codes, at
        The rows of all windows, the code of tick and key that each stands for, and that tick: a row is in several windows.
    """

    def __init__(
        self,
        plan: Plan,
        customers: CustomerTable,
        layout: Layout,
        now: Words,
        own: Words,
        window: Words,
        codes: Words,
        at: Words,
    ) -> None:
        self._plan = plan
        self._customers = customers
        self._layout = layout
        self._now = now
        self._own = own
        self._keys, self._key = np.unique(own, return_inverse=True)
        """Place of each one's code among the codes."""
        self._pairs, self._pair = np.unique(mixed(own, now[:, R_CUSTOMER]), return_inverse=True)
        self._window = window
        self._at = at
        self._window_key = np.searchsorted(self._keys, codes)
        self._window_pair = mixed(codes, window[:, R_CUSTOMER])
        order = np.argsort(self._window_pair)
        first = order[runs(self._window_pair[order])]
        self._customers_of = np.bincount(self._window_key[first], minlength=len(self._keys))
        self._known: dict[str, tuple[Floats, Flags]] = {}
        self._counted: dict[str, Floats] = {}

    def column(self, name: str) -> tuple[Floats, Flags]:
        """A value by its name, and where it is known."""
        if name not in self._known:
            values = self._column(name)
            self._known[name] = (values, ~np.isnan(values))
        return self._known[name]

    def _column(self, name: str) -> Floats:
        across, program = self._layout.across, self._plan.program
        members = self._now[:, R_CUSTOMER]
        if name in across.features:
            return self._feature(across.features[name])
        if name == CUSTOMERS:
            return self._customers_of[self._key].astype(np.float64)
        if name == AGE:
            ages = (age_days(self._customers, int(row), int(now)) for row, now in zip(members, self._now[:, R_TICK], strict=True))
            return np.array([np.nan if age is None else age for age in ages], dtype=np.float64)
        if name == across.key:
            return self._now[:, R_KEY] / per_unit(COLUMN_BY_NAME[name].scale)
        if name.startswith("customer."):
            attribute, told = name.removeprefix("customer."), zip(members.tolist(), self._now[:, R_TICK].tolist(), strict=True)
            return np.array([self._customers.attribute(row, attribute, now) for row, now in told], dtype=np.float64)
        column = program.rules[self._layout.spec.rule].parameters[name]
        by_pack: Floats = np.array([parameters[column] for parameters in program.parameters], dtype=np.float64)
        of_pack: Floats = by_pack[self._customers.values[members, 0].astype(np.int64)]
        return of_pack

    def _feature(self, feature: AcrossFeature) -> Floats:
        if feature.aggregate in ("distinct", "common"):
            return self._counted.get(feature.name, np.full(len(self._now), np.nan))
        first = self._sum(feature, 0)
        if feature.aggregate == "count":
            return first.astype(np.float64)
        if feature.aggregate == "sum":
            return first / per_unit(feature.scale)
        of = self._sum(feature, 1)
        enough = of >= feature.at_least
        ratio: Floats = np.full(len(of), np.nan)
        np.divide(first / per_unit(feature.scale), of, out=ratio, where=enough)
        return ratio

    def _sum(self, feature: AcrossFeature, offset: int) -> Words:
        """One cell over the window, of the key, the pair or the customer."""
        cell = self._layout.at[feature.name] + offset
        if feature.per == "customer":
            return self._now[:, cell]
        amounts = self._window[:, cell]
        if feature.last_us < self._layout.spec.over_us:
            amounts = np.where(self._window[:, R_TICK] > self._at - feature.last_us, amounts, 0)
        if feature.per == "key":
            totals: Words = np.zeros(len(self._keys), dtype=np.int64)
            np.add.at(totals, self._window_key, amounts)
            return totals[self._key]
        place, mine = _places(self._pairs, self._window_pair)
        totals = np.zeros(len(self._pairs), dtype=np.int64)
        np.add.at(totals, place[mine], amounts[mine])
        return totals[self._pair]

    def count_different(self, different: Words, wanted: Flags) -> None:
        """Count the values that are counted once, for those that are `wanted`; for the others they stay unknown."""
        ticks = np.unique(self._now[wanted, R_TICK])
        rows = different[np.isin(different[:, R_KEY], self._now[wanted, R_KEY])]
        at, places = in_windows(rows[:, R_TICK], ticks, self._layout.spec.over_us)
        codes = mixed(at, rows[places, R_KEY])
        mine = np.isin(codes, self._own[wanted])
        rows, codes = rows[places[mine]], codes[mine]
        for place, feature in enumerate(self._layout.different):
            chosen = rows[:, D_FEATURE] == place
            counted = self._count_once(feature, rows[chosen], codes[chosen])
            self._counted[feature.name] = np.where(wanted, counted.astype(np.float64), np.nan)
            self._known.pop(feature.name, None)

    def _count_once(self, feature: AcrossFeature, rows: Words, codes: Words) -> Words:
        if feature.per == "pair":
            owner = mixed(codes, rows[:, R_CUSTOMER])
            place, there = _places(self._pairs, owner[_first_of(mixed(owner, rows[:, D_VALUE]))])
            return np.bincount(place[there], minlength=len(self._pairs))[self._pair]
        key = np.searchsorted(self._keys, codes)
        value = mixed(codes, rows[:, D_VALUE])
        if feature.aggregate == "common":
            once = _first_of(mixed(value, rows[:, R_CUSTOMER]))
            value, key = value[once], key[once]
            order = np.argsort(value, kind="stable")
            begins = runs(value[order])
            twice = np.diff(np.append(begins, len(order))) >= 2
            key = key[order[begins[twice]]]
        else:
            key = key[_first_of(value)]
        return np.bincount(key, minlength=len(self._keys))[self._key]


def _places(codes: Words, wanted: Words) -> tuple[Words, Flags]:
    """Place of each among sorted codes, and whether it is there."""
    place = np.searchsorted(codes, wanted)
    return place, codes[np.minimum(place, len(codes) - 1)] == wanted


def _first_of(codes: Words) -> Words:
    """The place of one of each."""
    return np.unique(codes, return_index=True)[1]
