"""Numbers as people read them."""

from __future__ import annotations

from fairwire.testkit.bench.figures import Figure


def number(value: float) -> str:
    """Three figures that count: `1,090,000`, `41.2`, `0.083`."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        digits = len(str(int(size)))
        return f"{round(value, min(0, 3 - digits)):,.0f}"
    places = 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text and size < 1 else text.removesuffix(".0").removesuffix(".00")


def spread(figure: Figure) -> str:
    """From the least to the most, or nothing when there was one round."""
    return f"{number(figure.low)}…{number(figure.high)}" if len(figure.rounds) > 1 else ""


def verdict(figure: Figure) -> str:
    """What it must reach, and whether it did."""
    if figure.target is None:
        return ""
    return f"{figure.target.says}: {'reached' if figure.reached else 'not reached'}"
