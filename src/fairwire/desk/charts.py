"""Charts as geometry: where each bar, line and label goes. The templates turn them into SVG; nothing here is markup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairwire.desk import wording
from fairwire.desk.axes import bucket_us, bucket_words, time_ticks, value_ticks
from fairwire.model.finding import SEVERITIES

WORST_FIRST = tuple(reversed(SEVERITIES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text at a place. `anchor` is SVG's: start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A filled rectangle; `kind` becomes its class."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An invisible column that shows `text` when it is pointed at."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One plot: its frame, the lines of its value axis and what is drawn in it."""

    left: float
    top: float
    width: float
    height: float
    title: str
    rules: tuple[float, ...]
    """Heights of the horizontal grid lines."""
    labels: tuple[Label, ...]
    bars: tuple[Bar, ...] = ()
    area: str = ""
    """Path of a filled outline; empty for none."""
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One drawing in its own coordinates."""

    width: int
    height: int
    title: str
    describe: str
    panels: tuple[Panel, ...]
    times: tuple[Label, ...]
    ticks: tuple[float, ...]
    hits: tuple[Hit, ...]
    mark: Label | None = None
    """The moment that the chart is about: a vertical line with a text."""
    mark_top: float = 0
    mark_bottom: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """A value against a threshold, on a scale from 0 to 100."""

    value: float | None
    threshold: float | None
    zone: tuple[float, float] | None
    """Start and width of the part of the scale where the comparison holds."""


def timeline(
    calls: Mapping[int, float],
    refused: Mapping[int, float],
    findings: Iterable[tuple[int, str, int]],
    *,
    width: int,
    most: int,
    ticks: int,
) -> Chart | None:
    """Calls as an area above, findings as stacked bars below, on one time axis.

    Parameters
    ----------
    calls, refused
        Start of an hour in microseconds -> number in that hour.
    findings
        (start of an hour in microseconds, severity, number).
    width
        Of the drawing, in its own units; a narrow drawing is another drawing, not a smaller one.
    most
        Bars at most; hours are added up until they fit.

    Returns
    -------
    None when there is not a single hour to show.
    """
    found = list(findings)
    hours = [*calls, *refused, *(hour for hour, _, _ in found)]
    if not hours:
        return None
    size = bucket_us(min(hours), max(hours), most)
    start = min(hours) // size * size
    buckets = (max(hours) - start) // size + 1
    left, right, top = 44, 10, 18
    upper, gap, lower = (90, 28, 46) if width > 600 else (80, 28, 46)
    if not calls and not refused:  # a live run may not count its calls: nothing is shown rather than a flat zero
        upper, gap, lower = 0, 0, 150
    inner = width - left - right
    each = inner / buckets

    def x(index: float) -> float:
        return round(left + index * each, 2)

    def gather(series: Mapping[int, float]) -> list[float]:
        sums = [0.0] * buckets
        for hour, value in series.items():
            sums[(hour - start) // size] += value
        return sums

    total, denied = gather(calls), gather(refused)
    stacks: list[dict[str, int]] = [defaultdict(int) for _ in range(buckets)]
    for hour, severity, number in found:
        stacks[(hour - start) // size][severity] += number

    per = bucket_words(size)
    high = value_ticks(max(total, default=0), 3)
    calls_panel = _panel(left, top, inner, upper, f"Calls per {per}", high)
    base = top + upper
    area = _steps(total, x, lambda value: round(base - upper * value / high[-1], 2), base) if upper else ""
    line = _steps(denied, x, lambda value: round(base - upper * value / high[-1], 2), base) if any(denied) else ""

    floor = base + gap + lower
    most_found = max((sum(stack.values()) for stack in stacks), default=0)
    steps = value_ticks(max(most_found, 1), 2)
    bars: list[Bar] = []
    for index, stack in enumerate(stacks):
        foot = float(floor)
        for severity in WORST_FIRST:
            if stack.get(severity):
                tall = lower * stack[severity] / steps[-1]
                foot -= tall
                inset = min(1.0, each * 0.1)
                bars.append(
                    Bar(
                        x=x(index) + inset,
                        y=round(foot, 2),
                        width=round(each - 2 * inset, 2),
                        height=round(tall, 2),
                        kind=severity,
                    )
                )
    findings_panel = _panel(left, base + gap, inner, lower, f"Findings per {per}", steps, tuple(bars))

    span = f"{wording.moment(start)} to {wording.moment(start + buckets * size)} UTC"
    marks = time_ticks(start, start + buckets * size, ticks)
    counted = f"{wording.number(sum(total))} calls, {wording.number(sum(denied))} of them refused, " if upper else ""
    return Chart(
        width=width,
        height=floor + 22,
        title=f"Calls and findings per {per}" if upper else f"Findings per {per}",
        describe=f"{span}: {counted}{wording.count(sum(n for _, _, n in found), 'finding')}.",
        panels=(_with(calls_panel, area=area, line=line), findings_panel) if upper else (findings_panel,),
        times=tuple(
            Label(x=x((at - start) / size), y=floor + 15, text=text) for at, text in marks if x((at - start) / size) < width - 16
        ),
        ticks=tuple(x((at - start) / size) for at, _ in marks),
        hits=tuple(
            Hit(
                x=x(index),
                width=round(each, 2),
                text=_tooltip(start + index * size, size, _calls(total[index], denied[index]) if upper else "", stacks[index]),
            )
            for index in range(buckets)
        ),
    )


def subject_chart(series: Sequence[tuple[int, float]], size_us: int, moment_us: int, *, width: int, ticks: int) -> Chart | None:
    """Calls of one subject as bars, with the moment at which the rule became true. None without any series."""
    if not series:
        return None
    left, right, top, tall = 40, 10, 30, 120
    inner = width - left - right
    start = min(at for at, _ in series)
    end = max(at for at, _ in series) + size_us
    scale = value_ticks(max(value for _, value in series), 3)
    floor = top + tall

    def x(at: int) -> float:
        return round(left + inner * (at - start) / (end - start), 2)

    each = inner * size_us / (end - start)
    inset = min(1.0, each * 0.1)
    bars = tuple(
        Bar(
            x=x(at) + inset,
            y=round(floor - tall * value / scale[-1], 2),
            width=round(each - 2 * inset, 2),
            height=round(tall * value / scale[-1], 2),
            kind="at-moment" if at <= moment_us < at + size_us else "calls",
        )
        for at, value in series
        if value > 0
    )
    per = bucket_words(size_us)
    marks = time_ticks(start, end, ticks)
    inside = start <= moment_us <= end
    anchor = "end" if x(moment_us) > width * 0.6 else "start"
    peak_at, peak = max(series, key=lambda point: point[1])
    return Chart(
        width=width,
        height=floor + 22,
        title=f"Calls per {per} round the finding",
        describe=(
            f"{wording.moment(start)} to {wording.moment(end)} UTC, most in the {per} from {wording.moment(peak_at)}: "
            f"{wording.number(peak)} calls. The rule became true at {wording.moment(moment_us)}."
        ),
        panels=(_panel(left, top, inner, tall, f"Calls per {per}", scale, bars),),
        times=tuple(Label(x=x(at), y=floor + 15, text=text) for at, text in marks if x(at) < width - 16),
        ticks=tuple(x(at) for at, _ in marks),
        hits=tuple(
            Hit(x=x(at), width=round(each, 2), text=f"{wording.moment(at)}: {wording.count(round(value), 'call')}")
            for at, value in series
        ),
        mark=Label(x=x(moment_us), y=top - 8, text=f"rule true {wording.clock(moment_us)}", anchor=anchor) if inside else None,
        mark_top=top - 4,
        mark_bottom=floor,
    )


def bullet(value: Any, comparison: str | None, threshold: Any, *, share: bool = False) -> Bullet | None:
    """Where value and threshold stand on a common scale, for a share from 0 to 1; None when either cannot be drawn."""
    if not _drawable(threshold) or not (value is None or _drawable(value)):
        return None
    low = min(0.0, float(threshold), float(value or 0))
    high = max(float(threshold), float(value or 0))
    if share and low >= 0 and high <= 1:
        high = 1.0
    else:
        high += (high - low) * 0.08
    if high <= low:
        high = low + 1.0

    def place(number: float) -> float:
        return round((number - low) / (high - low) * 100, 2)

    edge = place(float(threshold))
    zones = {">": (edge, 100 - edge), ">=": (edge, 100 - edge), "<": (0.0, edge), "<=": (0.0, edge)}
    return Bullet(value=None if value is None else place(float(value)), threshold=edge, zone=zones.get(comparison or ""))


def _drawable(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")


def _panel(
    left: float, top: float, width: float, height: float, title: str, scale: Sequence[float], bars: tuple[Bar, ...] = ()
) -> Panel:
    places = [round(top + height * (1 - value / scale[-1]), 2) for value in scale]
    return Panel(
        left=left,
        top=top,
        width=width,
        height=height,
        title=title,
        rules=tuple(places),
        labels=tuple(
            Label(x=left - 6, y=place + 3.5, text=wording.short_number(value), anchor="end")
            for place, value in zip(places, scale, strict=True)
        ),
        bars=bars,
    )


def _with(panel: Panel, *, area: str, line: str) -> Panel:
    return Panel(
        left=panel.left,
        top=panel.top,
        width=panel.width,
        height=panel.height,
        title=panel.title,
        rules=panel.rules,
        labels=panel.labels,
        area=area,
        line=line,
    )


def _steps(values: Sequence[float], x: Any, y: Any, base: float) -> str:
    """A closed outline with one step a bucket."""
    parts = [f"M{x(0)} {base}"]
    for index, value in enumerate(values):
        parts.append(f"V{y(value)}H{x(index + 1)}")
    return "".join(parts) + f"V{base}Z"


def _calls(calls: float, refused: float) -> str:
    return f"{wording.number(calls)} calls, {wording.number(refused)} refused; "


def _tooltip(at: int, size: int, counted: str, stack: Mapping[str, int]) -> str:
    found = ", ".join(f"{stack[severity]} {severity}" for severity in WORST_FIRST if stack.get(severity)) or "none"
    return f"{wording.moment(at)} UTC, {bucket_words(size)}: {counted}findings: {found}"
