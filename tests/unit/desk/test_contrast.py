"""Colours: every text can be read by everybody (WCAG 2.2, 1.4.3: 4.5 to 1; 1.4.11: 3 to 1 for what carries meaning)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fairwire.desk

CSS = (Path(fairwire.desk.__path__[0]) / "static" / "desk.css").read_text()
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL))

TEXTS = [
    *((text, ground) for text in ("text", "muted", "accent") for ground in ("page", "panel", "hover")),
    *((f"{name}-text", f"{name}-soft") for name in ("critical", "high", "medium", "low", "info")),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("critical-text", "panel"),
]
SHAPES = [(name, "panel") for name in ("critical", "high", "low", "refused", "accent", "text")]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_that_carry_meaning_can_be_seen(scheme: dict[str, str], shape: str, ground: str) -> None:
    assert contrast(scheme[shape], scheme[ground]) >= 3


def test_dark_replaces_every_colour_of_light() -> None:
    assert set(LIGHT) == set(DARK)


def test_no_colour_is_named_outside_the_two_schemes() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,6}\b", rules.replace("background: #fff; }", "")) == []
