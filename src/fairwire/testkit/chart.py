"""Pictures as SVG, written by hand: readable on white and on dark, without a script or a font of its own."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from html import escape

import msgspec

from fairwire.testkit.bench.figures import Figure, Stack
from fairwire.testkit.bench.wording import number

WIDTH = 860
LEFT = 250
RIGHT = 215
BAR, GAP = 20, 12
LETTER = 6.8
"""A letter is hardly ever wider, on average."""
_STYLE = """
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.card { fill: #ffffff; stroke: #d0d7de }
.title { font-size: 15px; font-weight: 600 }
.soft { fill: #57606a } .in { fill: #ffffff }
.grid { stroke: #d8dee4 }
.bar { fill: #8c959f } .ours { fill: #0969da } .gone { fill: #1a7f37 } .room { fill: #0969da; opacity: 0.14 }
.spread { stroke: #24292f; stroke-width: 1.5 }
.target { stroke: #bc4c00; stroke-width: 2.5 }
.line { fill: none; stroke: #0969da; stroke-width: 2 } .dot { fill: #0969da }
.reach { stroke: #0969da; stroke-width: 5; opacity: 0.16 }
.s0 { fill: #0550ae } .s1 { fill: #1b7c83 } .s2 { fill: #8250df } .s3 { fill: #1a7f37 }
.s4 { fill: #9a6700 } .s5 { fill: #cf222e } .s6 { fill: #6e7781 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #9198a1 } .in { fill: #ffffff }
  .card { fill: #0d1117; stroke: #3d444d } .grid { stroke: #2a313c }
  .bar { fill: #656c76 } .ours { fill: #4493f8 } .gone { fill: #3fb950 } .room { fill: #4493f8; opacity: 0.2 }
  .spread { stroke: #e6edf3 } .target { stroke: #f0883e }
  .line { stroke: #4493f8 } .dot { fill: #4493f8 } .reach { stroke: #4493f8; opacity: 0.25 }
}
"""


class Bars(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One bar a figure, with a line from its least to its most, and a mark where it must be."""

    title: str
    figures: tuple[Figure, ...]
    ours: tuple[str, ...] = ()
    """Keys of the figures that stand out."""
    beside: dict[str, str] = {}
    """Key -> what stands behind the value."""


class Shares(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Bars of one length, cut into the parts of a whole."""

    title: str
    stacks: tuple[Stack, ...]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One curve: what it runs over, and (place, value) from left to right."""

    over: str
    points: tuple[tuple[str, float], ...]


class Curves(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Curves side by side, all from zero and on one scale."""

    title: str
    unit: str
    panels: tuple[Panel, ...]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a two-sided picture: what goes away to the left, what comes to the right."""

    label: str
    left: float
    right: float
    hint: str = ""
    """Shown when it is pointed at."""


class Sides(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Bars to both sides of one line."""

    title: str
    names: tuple[str, str]
    """What the left and the right bars are."""
    rows: tuple[Side, ...]


class Columns(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Stacked columns over days."""

    title: str
    names: tuple[str, ...]
    """What the parts are, from the foot up."""
    days: tuple[tuple[str, tuple[float, ...]], ...]


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a curve, and between which values it may really lie."""

    at: float
    value: float
    low: float
    high: float


class Curve(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One value over another, with the room it may really lie in, a line that it should stay under, and marked places."""

    title: str
    over: str
    spots: tuple[Spot, ...]
    most: float | None = None
    most_says: str = ""
    marks: tuple[tuple[float, str], ...] = ()
    even: bool = False
    """Values stand on an even scale; else on one that shows small ones beside large ones."""


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that draws itself."""

    title: str
    drawn: Callable[[float, int], tuple[list[str], float]]
    """(top, width) -> the elements, and how high they are."""


Picture = Bars | Shares | Curves | Sides | Columns | Curve | Own


def draw(title: str, below: str, pictures: Sequence[Picture], *, width: int = WIDTH) -> str:
    """One SVG with the pictures one below the other.

    Parameters
    ----------
    width
        In units of the drawing. A narrow one is another drawing, not a smaller one; `Bars`, `Shares` and `Curves` have none.
    """
    rows: list[str] = []
    said = _lines(below, width - 48) if below else []
    y = 46.0 + 16 * len(said) if said else 34.0
    for picture in pictures:
        rows.append(text_at(24, y, _cut(picture.title, (width - 40) * 0.86), "title"))
        body, height = _DRAW[type(picture)](picture, y + 14, width)
        rows += body
        y += height + 44
    height = round(y - 4)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(below)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        *(text_at(24, 26 + 16 * number, line, "soft") for number, line in enumerate(said)),
    ]
    return "\n".join([*head, *rows, "</svg>"]) + "\n"


def _lines(text: str, room: float) -> list[str]:
    """A text broken where a line is full."""
    return textwrap.wrap(text, max(20, int(room / LETTER * 1.08))) or [""]


def text_at(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """A text in a drawing, escaped."""
    named = f' class="{kind}"' if kind else ""
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}{placed}>{escape(text)}</text>'


def _bars(picture: Bars, top: float, _width: int) -> tuple[list[str], float]:
    values = [value for figure in picture.figures for value in (figure.low, figure.high, figure.median) if value > 0]
    aims = [_aim(figure) for figure in picture.figures]
    values += [aim for aim in aims if aim]
    place, ticks = _scale(values)
    by_decades = 0 not in ticks
    floor = top + len(picture.figures) * (BAR + GAP)
    rows = [
        f'<line class="grid" x1="{place(tick):.1f}" y1="{top:.1f}" x2="{place(tick):.1f}" y2="{floor:.1f}"/>' for tick in ticks
    ]
    rows += [text_at(place(tick), floor + 15, number(tick), "soft", "middle") for tick in ticks]
    if by_decades:
        rows.append(text_at(WIDTH - 24, floor + 15, "powers of ten", "soft", "end"))
    for index, (figure, aim) in enumerate(zip(picture.figures, aims, strict=True)):
        y = top + GAP / 2 + index * (BAR + GAP)
        middle = y + BAR / 2
        end = place(figure.median)
        kind = "bar ours" if figure.key in picture.ours else "bar"
        rows.append(text_at(LEFT - 10, middle + 4, figure.label, "", "end"))
        rows.append(f'<rect class="{kind}" x="{LEFT}" y="{y:.1f}" width="{max(1.5, end - LEFT):.1f}" height="{BAR}" rx="2"/>')
        low, high = place(figure.low), place(figure.high)
        if high - low > 1:
            rows.append(f'<line class="spread" x1="{low:.1f}" y1="{middle:.1f}" x2="{high:.1f}" y2="{middle:.1f}"/>')
        beyond = max(end, high)
        reached = "" if figure.reached is None else ", reached" if figure.reached else ", not reached"
        told = f"{number(figure.median)} {figure.unit}{reached}{picture.beside.get(figure.key, '')}"
        if aim:
            x = place(aim)
            rows.append(f'<line class="target" x1="{x:.1f}" y1="{y - 4:.1f}" x2="{x:.1f}" y2="{y + BAR + 4:.1f}"/>')
            if end - 4 < x < beyond + 14 + LETTER * len(told):  # the text would stand across the mark
                beyond = max(beyond, x)
        rows.append(text_at(beyond + 7, middle + 4, told))
    height = floor - top + 20
    if any(aims):
        rows.append(f'<line class="target" x1="{LEFT}" y1="{floor + 22:.1f}" x2="{LEFT}" y2="{floor + 34:.1f}"/>')
        rows.append(text_at(LEFT + 8, floor + 32, "what it must be", "soft"))
        height += 18
    return rows, height


def _aim(figure: Figure) -> float:
    if figure.target is None:
        return 0.0
    return figure.target.at_least if figure.target.at_least is not None else figure.target.at_most or 0.0


def _scale(values: Sequence[float]) -> tuple[Callable[[float], float], list[float]]:
    """From a value to its place, and round values for the grid: by decades when the values are far apart."""
    room = WIDTH - LEFT - RIGHT
    high, low = max(values, default=1.0), min(values, default=1.0)
    if high / low > 40:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        first -= low < 1.5 * 10.0**first  # a bar must not begin where it ends

        def logarithmic(value: float) -> float:
            return LEFT + room * max(0.0, math.log10(max(value, 10.0**first)) - first) / (last - first)

        return logarithmic, [10.0**power for power in range(first, last + 1)]
    step = _round_step(high, 5)
    top = math.ceil(high / step - 1e-9) * step
    return lambda value: LEFT + room * value / top, [index * step for index in range(round(top / step) + 1)]


def _round_step(high: float, most: int) -> float:
    rough = high / most
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _shares(picture: Shares, top: float, _width: int) -> tuple[list[str], float]:
    names = list(dict.fromkeys(name for stack in picture.stacks for name in stack.parts))
    room = WIDTH - LEFT - 30
    rows: list[str] = []
    for index, stack in enumerate(picture.stacks):
        y = top + GAP / 2 + index * (BAR + GAP)
        rows.append(text_at(LEFT - 10, y + BAR / 2 + 4, stack.label, "", "end"))
        x = float(LEFT)
        for name, share in stack.parts.items():
            wide = room * share
            color = min(names.index(name), 6)
            told = f"<title>{escape(name)} {share:.0%}</title>"
            rows.append(f'<rect class="s{color}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BAR}">{told}</rect>')
            if wide > 34:
                rows.append(text_at(x + wide / 2, y + BAR / 2 + 4, f"{share:.0%}", "in", "middle"))
            x += wide
    y = top + len(picture.stacks) * (BAR + GAP) + 12
    x = float(LEFT)
    for index, name in enumerate(names):
        wide = 34 + 6.6 * len(name)
        if x + wide > WIDTH - 20:
            x, y = float(LEFT), y + 18
        rows.append(f'<rect class="s{min(index, 6)}" x="{x:.1f}" y="{y - 9:.1f}" width="11" height="11" rx="2"/>')
        rows.append(text_at(x + 16, y + 1, name, "soft"))
        x += wide
    return rows, y - top + 8


def _curves(picture: Curves, top: float, _width: int) -> tuple[list[str], float]:
    tall, gap = 130.0, 34.0
    high = max((value for panel in picture.panels for _, value in panel.points), default=1.0)
    step = _round_step(high * 1.12, 4)
    ceiling = math.ceil(high * 1.12 / step) * step
    wide = (WIDTH - 84 - gap * (len(picture.panels) - 1)) / max(1, len(picture.panels))
    floor = top + tall + 10
    rows: list[str] = []
    for index, panel in enumerate(picture.panels):
        left = 60 + index * (wide + gap)
        for mark in range(round(ceiling / step) + 1):
            y = floor - tall * mark * step / ceiling
            rows.append(f'<line class="grid" x1="{left:.1f}" y1="{y:.1f}" x2="{left + wide:.1f}" y2="{y:.1f}"/>')
            if index == 0:
                rows.append(text_at(left - 8, y + 4, number(mark * step), "soft", "end"))
        each = wide / max(1, len(panel.points))
        spots = [
            (left + each * (i + 0.5), floor - tall * value / ceiling, name, value) for i, (name, value) in enumerate(panel.points)
        ]
        rows.append(f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in spots)}"/>')
        for x, y, name, value in spots:
            rows.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
            rows.append(text_at(x, y - 9, number(value), "", "middle"))
            rows.append(text_at(x, floor + 16, name, "soft", "middle"))
        rows.append(text_at(left + wide / 2, floor + 34, panel.over, "", "middle"))
    rows.append(text_at(24, top + 2, picture.unit, "soft"))
    return rows, floor - top + 40


def _sides(picture: Sides, top: float, width: int) -> tuple[list[str], float]:
    narrow = width < 600
    left, right = (70, 70) if narrow else (LEFT + 52, 90)
    each = BAR + GAP + (18 if narrow else 0)
    most = [max((getattr(row, side) for row in picture.rows), default=0.0) for side in ("left", "right")]
    room = width - left - right
    scale = room / max(1.0, sum(most))
    middle = left + most[0] * scale if any(most) else left + room / 2
    begin = top + 26
    rows = [*_key(((picture.names[0], "gone"), (picture.names[1], "ours")), 24.0, top + 10, width)]
    for index, row in enumerate(picture.rows):
        y = begin + index * each + (18 if narrow else 0)
        hint = f"<title>{escape(row.hint)}</title>" if row.hint else ""
        if narrow:
            rows.append(text_at(24, y - 6, _cut(row.label, width - 48)))
        else:
            rows.append(text_at(24, y + BAR / 2 + 4, _cut(row.label, left - 80)))
        for value, kind, sign in ((row.left, "gone", -1), (row.right, "ours", 1)):
            if value:
                wide = max(1.5, value * scale)
                x = middle - wide if sign < 0 else middle
                place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{BAR}" rx="2"'
                rows.append(f'<rect class="bar {kind}" {place}>{hint}</rect>')
                rows.append(
                    text_at(middle + sign * (wide + 6), y + BAR / 2 + 4, number(value), "", "start" if sign > 0 else "end")
                )
        if not row.left and not row.right:
            rows.append(text_at(middle + 6, y + BAR / 2 + 4, "0", "soft"))
        ends = f'y1="{y - 4:.1f}" y2="{y + BAR + 4:.1f}"'
        rows.append(f'<line class="spread" x1="{middle:.1f}" x2="{middle:.1f}" {ends}/>')
    return rows, begin + len(picture.rows) * each - top


def _key(names: Sequence[tuple[str, str]], x: float, y: float, width: int) -> list[str]:
    """Which colour is what."""
    rows: list[str] = []
    first = x
    for name, kind in names:
        wide = 34 + 6.6 * len(name)
        if x + wide > width - 16 and x > first:
            x, y = first, y + 16
        rows.append(f'<rect class="bar {kind}" x="{x:.1f}" y="{y - 9:.1f}" width="11" height="11" rx="2"/>')
        rows.append(text_at(x + 16, y + 1, name, "soft"))
        x += wide
    return rows


def _cut(text: str, room: float) -> str:
    """A text that fits, cut if it must be."""
    most = max(4, int(room / LETTER))
    return text if len(text) <= most else text[: most - 1] + "…"


_PARTS = ("bar", "ours", "gone")


def _columns(picture: Columns, top: float, width: int) -> tuple[list[str], float]:
    left, right, tall = 48.0, 16.0, 120.0
    count = max(1, len(picture.days))
    each = (width - left - right) / count
    high = max((sum(values) for _, values in picture.days), default=0.0)
    step = _round_step(max(high, 1.0), 4)
    step = math.ceil(step)
    ceiling = math.ceil(max(high, 1.0) / step) * step
    rows = _key([(name, _PARTS[index % 3]) for index, name in enumerate(picture.names)], 24.0, top + 10, width)
    begin = top + (42 if width < 600 else 26)
    floor = begin + tall
    for mark in range(round(ceiling / step) + 1):
        y = floor - tall * mark * step / ceiling
        rows.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{width - right}" y2="{y:.1f}"/>')
        rows.append(text_at(left - 8, y + 4, number(mark * step), "soft", "end"))
    shown = max(1, math.ceil(count * 46 / (width - left - right)))
    for index, (day, values) in enumerate(picture.days):
        foot = floor
        x = left + index * each
        said = ", ".join(f"{number(value)} {name}" for name, value in zip(picture.names, values, strict=True))
        for part, value in enumerate(values):
            if value:
                high_px = tall * value / ceiling
                foot -= high_px
                rows.append(
                    f'<rect class="bar {_PARTS[part % 3]}" x="{x + 1:.1f}" y="{foot:.1f}" width="{max(1.0, each - 2):.1f}"'
                    f' height="{high_px:.1f}"><title>{escape(f"{day}: {said}")}</title></rect>'
                )
        if index % shown == 0:
            rows.append(text_at(x + each / 2, floor + 16, day[5:], "soft", "middle"))
    return rows, floor - top + 22


def _curve(picture: Curve, top: float, width: int) -> tuple[list[str], float]:
    left, right, tall = 56.0, 24.0, 170.0
    begin = top + 34
    floor = begin + tall
    spots = sorted(picture.spots, key=lambda spot: spot.at)
    first, last = (spots[0].at, spots[-1].at) if spots else (0.0, 1.0)
    for at, _ in picture.marks:
        first, last = min(first, at), max(last, at)
    high = max([spot.high for spot in spots] + [picture.most or 0.0, 1.0])
    wide = width - left - right

    def x(value: float) -> float:
        return left + wide * ((value - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        if picture.even:
            return floor - tall * max(0.0, value) / high
        return floor - tall * math.log1p(max(0.0, value)) / math.log1p(high)

    rows: list[str] = []
    step = _round_step(high, 4)
    even = [index * step for index in range(5)]
    for tick in even if picture.even else [0.0, *(factor * 10.0**power for power in range(6) for factor in (1, 3))]:
        if tick <= high * 1.0001:
            rows.append(f'<line class="grid" x1="{left}" y1="{y(tick):.1f}" x2="{width - right}" y2="{y(tick):.1f}"/>')
            rows.append(text_at(left - 8, y(tick) + 4, number(tick), "soft", "end"))
    if spots:
        around = [f"{x(spot.at):.1f},{y(spot.high):.1f}" for spot in spots]
        around += [f"{x(spot.at):.1f},{y(spot.low):.1f}" for spot in reversed(spots)]
        rows.append(f'<polygon class="room" points="{" ".join(around)}"/>')
        line = " ".join(f"{x(spot.at):.1f},{y(spot.value):.1f}" for spot in spots)
        rows.append(f'<polyline class="line" points="{line}"/>')
    for spot in spots:
        hint = f"{spot.at:g}: {spot.value:g} (95 %: {spot.low:g} to {spot.high:g})"
        rows.append(
            f'<circle class="dot" cx="{x(spot.at):.1f}" cy="{y(spot.value):.1f}" r="3"><title>{escape(hint)}</title></circle>'
        )
    if picture.most is not None:
        at = y(picture.most)
        rows.append(f'<line class="target" x1="{left}" y1="{at:.1f}" x2="{width - right}" y2="{at:.1f}" stroke-dasharray="6 4"/>')
        rows.append(text_at(width - right - 4, at - 6, picture.most_says, "", "end"))
    for index, (value, says) in enumerate(picture.marks):
        at = x(value)
        anchor = "end" if at > left + wide * 0.6 else "start"
        rows.append(f'<line class="spread" x1="{at:.1f}" y1="{begin - 4:.1f}" x2="{at:.1f}" y2="{floor:.1f}"/>')
        rows.append(text_at(at + (-5 if anchor == "end" else 5), begin - 8 - 14 * (index % 2), says, "", anchor))
    ticks = sorted({round(first + (last - first) * part / 4, 6) for part in range(5)})
    for tick in ticks:
        rows.append(text_at(x(tick), floor + 16, f"{tick:g}", "soft", "middle"))
    rows.append(text_at(left + wide / 2, floor + 34, _cut(picture.over, wide), "", "middle"))
    return rows, floor - top + 42


_DRAW: dict[type, Callable[..., tuple[list[str], float]]] = {
    Bars: _bars,
    Shares: _shares,
    Curves: _curves,
    Sides: _sides,
    Columns: _columns,
    Curve: _curve,
    Own: lambda picture, top, width: picture.drawn(top, width),
}
