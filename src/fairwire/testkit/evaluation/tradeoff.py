"""The picture of time to detection over false findings: one line for all abuses, and a small one for each family."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import floor, log10

from fairwire.testkit.bench.wording import number
from fairwire.testkit.chart import LETTER, Own, text_at
from fairwire.testkit.evaluation.result import Sweep, SweepPoint
from fairwire.testkit.evaluation.wording import span_text

_TICKS_S = (1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400)
_SAYS = {
    "times": "swept: how often the rule must have held",
    "margin": "swept: how far beyond the threshold it must be",
    "severity": "swept: how severe a finding must be",
}
_TALL, _LESS_TALL, _SMALL_TALL = 260.0, 170.0, 130.0
_LINE = 15.0


class _Plane:
    """From figures to places."""

    def __init__(self, points: Sequence[SweepPoint], left: float, top: float, wide: float, tall: float) -> None:
        self.left, self.top, self.wide, self.tall = left, top, wide, tall
        self.most = _round_up(max([point.upper_per_10k for point in points] + [1.0]))
        slowest = max([point.median_s for point in points] + [60.0])
        quickest = min([point.median_s for point in points] + [slowest])
        self.ticks = [tick for tick in _TICKS_S if tick <= slowest * 10 and tick >= max(1.0, quickest) / 10]
        self.ticks = [tick for tick in self.ticks if self._inside(tick, quickest, slowest)] or [1]
        self.low = log10(max(1.0, min(self.ticks[0], quickest)))
        self.high = max(log10(max(self.ticks[-1], slowest)), self.low + 0.5)

    @staticmethod
    def _inside(tick: float, quickest: float, slowest: float) -> bool:
        above = next((one for one in _TICKS_S if one >= slowest), _TICKS_S[-1])
        below = next((one for one in reversed(_TICKS_S) if one <= quickest), _TICKS_S[0])
        return below <= tick <= above

    def x(self, rate: float) -> float:
        """Place of a rate of false findings; it starts at none."""
        return self.left + self.wide * min(1.0, rate / self.most)

    def y(self, seconds: float) -> float:
        """Place of a time, by powers of ten, the quick ones at the foot."""
        share = (log10(max(1.0, seconds)) - self.low) / (self.high - self.low)
        return self.top + self.tall * (1 - min(1.0, max(0.0, share)))

    def frame(self, *, named: bool) -> list[str]:
        """Grid and figures at the axes."""
        rows = []
        for tick in self.ticks:
            y = self.y(tick)
            rows.append(f'<line class="grid" x1="{self.left:.1f}" y1="{y:.1f}" x2="{self.left + self.wide:.1f}" y2="{y:.1f}"/>')
            if named:
                rows.append(text_at(self.left - 7, y + 4, span_text(tick).replace(".0", ""), "soft", "end"))
        foot = self.top + self.tall
        for part in (0, 0.5, 1):
            anchor = "end" if part == 1 else "middle" if part else "start"
            rows.append(text_at(self.left + self.wide * part, foot + 15, number(self.most * part), "soft", anchor))
        return rows

    def curve(self, points: Sequence[SweepPoint]) -> list[str]:
        """The line, its points, and to the right of each how many false findings there may really be."""
        places = " ".join(f"{self.x(point.false_per_10k):.1f},{self.y(point.median_s):.1f}" for point in points)
        rows = []
        for point in points:
            x, y, end = self.x(point.false_per_10k), self.y(point.median_s), self.x(point.upper_per_10k)
            rows.append(f'<line class="reach" x1="{x:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}"/>')
        rows.append(f'<polyline class="line" points="{places}"/>')
        for point in points:
            x, y = self.x(point.false_per_10k), self.y(point.median_s)
            hint = f"<title>{escape(_hint(point))}</title>"
            rows.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5">{hint}</circle>')
        return rows


def _round_up(value: float) -> float:
    """The next of 1, 1.2, 1.5, 2, 3, 4, 5, 6, 8 and 10, times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(factor * power for factor in (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10) if factor * power >= value * 0.999)


def _hint(point: SweepPoint) -> str:
    return (
        f"{point.says}: {point.recall:.0%} found, half of all within {span_text(point.median_s)};"
        f" {point.false_per_10k:,.1f} false of 10,000 a month (95 %: under {point.upper_per_10k:,.1f})"
    )


def _distinct(points: Sequence[SweepPoint]) -> list[SweepPoint]:
    """Without points that stand where the one before stands."""
    kept: list[SweepPoint] = []
    for point in points:
        if not kept or (point.false_per_10k, point.median_s) != (kept[-1].false_per_10k, kept[-1].median_s):
            kept.append(point)
    return kept


def whole(sweep: Sweep) -> Own:
    """One line for all abuses, each point with what was asked of a finding there."""

    def drawn(top: float, width: int) -> tuple[list[str], float]:
        points = _distinct(sweep.points)
        narrow = width < 600
        left, right = 62.0, 24.0
        begin = top + 52
        tall = _TALL if sweep.swept.startswith("times") else _LESS_TALL
        plane = _Plane(points, left, begin, width - left - right, tall)
        rows = [text_at(24, top + 10, _SAYS.get(sweep.swept.partition(":")[0], sweep.swept), "soft")]
        rows += [text_at(24, top + 28, "half of all abuses are found within", "soft"), *plane.frame(named=True)]
        rows += plane.curve(points)
        rows += _labels(plane, points, narrow=narrow)
        foot = begin + tall
        said = ["false findings of 10,000 good customers a month"]
        said += ["pale bar: what it may really be (95 %)"] if narrow else []
        rows += [text_at(left + plane.wide / 2, foot + 34 + _LINE * place, line, "", "middle") for place, line in enumerate(said)]
        if not narrow:
            rows.append(text_at(left + plane.wide, foot + 34, "pale bar: what it may really be (95 %)", "soft", "end"))
        return rows, foot - top + 40 + _LINE * (len(said) - 1)

    return Own(title="Time to detection over false findings", drawn=drawn)


def _labels(plane: _Plane, points: Sequence[SweepPoint], *, narrow: bool) -> list[str]:
    """What was asked at each point, where there is room for it."""
    rows: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for point in [points[0], points[-1], *points[1:-1]] if points else []:
        x, y = plane.x(point.false_per_10k), plane.y(point.median_s)
        text = point.says if narrow else f"{point.says}, {point.recall:.0%} found"
        wide = LETTER * len(text)
        begin = x + 9 if x + 9 + wide < plane.left + plane.wide else x - 9 - wide
        spot = (begin, begin + wide, y - 7)
        if any(abs(spot[2] - other[2]) < 14 and spot[0] < other[1] and other[0] < spot[1] for other in taken):
            continue
        taken.append(spot)
        rows.append(text_at(begin, y - 7, text))
    return rows


def families(sweeps: Sequence[Sweep]) -> Own:
    """A small picture for each family of detectors, all on one scale."""

    def drawn(top: float, width: int) -> tuple[list[str], float]:
        across = 3 if width >= 600 else 2
        left, between = (58.0, 22.0) if width >= 600 else (52.0, 14.0)
        wide = (width - left - 20 - between * (across - 1)) / across
        everything = [point for sweep in sweeps for point in sweep.points]
        each = _SMALL_TALL + 46
        rows: list[str] = []
        for place, sweep in enumerate(sweeps):
            x = left + (place % across) * (wide + between)
            y = top + 24 + (place // across) * each
            plane = _Plane(everything, x, y, wide, _SMALL_TALL)
            noun = "abuse" if sweep.instances == 1 else "abuses"
            rows.append(text_at(x, y - 8, f"{sweep.family}, {sweep.instances:,} {noun}"))
            rows += plane.frame(named=place % across == 0)
            rows += plane.curve(_distinct(sweep.points))
        high = -(-len(sweeps) // across) * each
        return rows, high + 6

    return Own(title="By family of detectors, one scale for all", drawn=drawn)
