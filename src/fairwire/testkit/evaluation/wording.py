"""Figures of an evaluation as people read them."""

from __future__ import annotations


def span_text(seconds: float) -> str:
    """`42 s`, `8.0 min`, `1.5 h`, `3.2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
