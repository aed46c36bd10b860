"""Gates that the simulated traffic has to pass before a detection result on it means anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwire.testkit.simulate.calls import DAY_MS, HOUR_MS, SECOND_MS, TARIFF, Calls, Floats, Ints, talk_of
from fairwire.testkit.simulate.cast import Part, Period
from fairwire.testkit.simulate.gates import Gate, auc, gate
from fairwire.testkit.simulate.realism_rest import RestOfRealism
from fairwire.testkit.simulate.rows import Row
from fairwire.testkit.simulate.tables import segments

SHORT_TALK_MS = 6 * SECOND_MS
LONG_TALK_MS = 120 * SECOND_MS
FAIR_MINUTES = 3000.0
ENOUGH_TALKS = 2000
ENOUGH_FOR_MEAN = 5_000
ENOUGH_FOR_RHYTHM = 20_000
ENOUGH_SEATS = 30
ENOUGH_ABUSERS = 5
ENOUGH_HONEST = 50
FEATURES = (
    "peak calls an hour per seat",
    "answer ratio",
    "share of short talks",
    "mean talk",
    "share of distinct numbers",
    "share at night",
    "spend per seat",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(slots=True)
class Realism:
    """Sums over customers, one at a time; the calls themselves are not kept."""

    period: Period
    talks: Ints = field(default_factory=lambda: np.zeros(4, dtype=np.int64))
    office: Ints = field(default_factory=lambda: np.zeros(2, dtype=np.int64))
    weekday: Floats = field(default_factory=lambda: np.zeros(7))
    hour: Floats = field(default_factory=lambda: np.zeros(168))
    seats: Floats = field(default_factory=lambda: np.zeros(2))
    honest: list[Floats] = field(default_factory=list)
    abusing: list[Floats] = field(default_factory=list)
    rest: RestOfRealism | None = None
    """What is not a call; None where there are calls alone."""

    def observe(self, part: Part, calls: Calls, rows: Sequence[Row] = ()) -> None:
        """Count one customer, its attack included if it runs one."""
        if self.rest is not None:
            self.rest.observe(part, rows)
        if part.look is not None:
            return
        out = calls[calls["direction"] == 0]
        if len(out) >= segments().conversational_floor:
            (self.honest if part.variant is None else self.abusing).append(_features(part, out))
        if part.variant is not None or not len(out):
            return
        people = out[(out["user"] > 0) & (out["answer"] >= 0)]
        talk = talk_of(people)
        if part.segment.conversational:
            self.talks += np.array([len(talk), (talk <= SHORT_TALK_MS).sum(), (talk > LONG_TALK_MS).sum(), talk.sum()])
        if part.unlimited:
            minutes = talk.sum() / 60_000 / part.seats * 30 / self.period.days
            self.seats += (part.seats, part.seats * (minutes < FAIR_MINUTES))
        if part.segment.office:
            self.office += np.array([len(talk), talk.sum()])
            self._by_hour(part, people)

    def _by_hour(self, part: Part, people: Calls) -> None:
        midnights = self.period.midnights_ms(part.record.timezone)
        day = (np.searchsorted(midnights, people["start"], side="right") - 1).clip(0, None)
        hour = ((people["start"] - midnights[day]) // HOUR_MS).clip(0, 23)
        weekday = self.period.weekdays()[day]
        self.weekday += np.bincount(weekday, minlength=7)
        self.hour += np.bincount(weekday * 24 + hour, minlength=168)

    def gates(self) -> list[Gate]:
        """All gates, in the order of the page that explains them."""
        talks, short, long, _ = (int(value) for value in self.talks)
        many = talks >= ENOUGH_TALKS
        office = int(self.office[0]) >= ENOUGH_FOR_MEAN
        mean_s = float(self.office[1] / max(1, self.office[0]) / 1000)
        result = [
            gate("mean talk of offices, s", mean_s if office else None, 149.4, 182.6),
            gate("share of talks of 6 s or less", short / talks if many else None, 0.03, 0.10),
            gate("share of talks over 120 s", long / talks if many else None, 0.20, None),
        ]
        whole_weeks = int(self.office[0]) >= ENOUGH_FOR_RHYTHM and self.period.days >= 14
        shares, busiest, fit = self._rhythm()
        expected = segments().weeks["office"]
        for place, name in enumerate(WEEKDAYS):
            value = float(shares[place]) if whole_weeks else None
            result.append(gate(f"share of calls on {name}", value, expected[place] - 0.01, expected[place] + 0.01))
        result.append(gate("share of the busiest hour", busiest if whole_weeks else None, 0.110, 0.134))
        result.append(gate("fit of the weekly profile, R2", fit if whole_weeks else None, 0.7, None))
        seats = float(self.seats[1] / self.seats[0]) if self.seats[0] >= ENOUGH_SEATS else None
        result.append(gate("unlimited seats under 3,000 min", seats, 0.95, None))
        name, auc = self._separation()
        result.append(gate(f"best single feature, AUC{f': {name}' if name else ''}", auc, None, 0.98))
        return result + (self.rest.gates() if self.rest is not None else [])

    def _rhythm(self) -> tuple[Floats, float, float]:
        """Share of each weekday, of the busiest hour, and how well the hours of the week follow the profile behind them."""
        times = np.bincount(self.period.weekdays(), minlength=7)
        per_day = self.weekday / np.maximum(times, 1)
        shares = per_day / max(float(per_day.sum()), 1e-9)
        by_hour = self.hour.reshape(7, 24) / np.maximum(times, 1)[:, None]
        busiest = float(by_hour.sum(axis=0).max() / max(float(by_hour.sum()), 1e-9))
        profile = np.outer(segments().weeks["office"], segments().hours["office"]).ravel()
        if not by_hour.any():
            return shares, busiest, 0.0
        fit = float(np.corrcoef(by_hour.ravel(), profile)[0, 1] ** 2)
        return shares, busiest, fit

    def _separation(self) -> tuple[str, float | None]:
        if len(self.abusing) < ENOUGH_ABUSERS or len(self.honest) < ENOUGH_HONEST:
            return "", None
        good, bad = np.array(self.honest), np.array(self.abusing)
        each = [auc(bad[:, place], good[:, place]) for place in range(len(FEATURES))]
        best = int(np.argmax(each))
        return FEATURES[best], each[best]


def _features(part: Part, out: Calls) -> Floats:
    talked = out[out["answer"] >= 0]
    talk = talk_of(talked)
    peak = np.bincount((out["start"] - out["start"].min()) // HOUR_MS).max()
    hour = (out["start"] % DAY_MS) // HOUR_MS
    local = (hour - (5 if part.record.country == "US" else -1)) % 24
    night = (local >= 22) | (local < 6)
    alarms = out["tariff"] == TARIFF["emergency"]
    return np.array(
        [
            peak / part.seats,
            len(talked) / len(out),
            float((talk <= SHORT_TALK_MS).mean()) if len(talk) else 0.0,
            float(talk.mean()) if len(talk) else 0.0,
            len(np.unique(out["to"])) / len(out),
            float((night & ~alarms).mean()),
            float(out["charge"].sum()) / part.seats,
        ]
    )
