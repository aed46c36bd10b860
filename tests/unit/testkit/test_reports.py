"""Pictures and pages of the change desk: sound, readable on a phone, and never more than text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.errors import BadInput
from fairwire.model.policy import ParameterLimits
from fairwire.testkit.chart import Columns, Curve, Picture, Side, Sides, Spot, draw
from fairwire.testkit.grid import POINTS, grid
from fairwire.testkit.report_page import Group, Number, Page, Shown, Table, render, write_report

HOSTILE = "<script>alert('x')</script> & \"quotes\""
PICTURES: tuple[Picture, ...] = (
    Sides(
        title="Customers found",
        names=("no longer", "newly"),
        rows=(Side(label=f"V01 {HOSTILE}", left=3, right=0), Side(label="V02 nothing", left=0, right=12)),
    ),
    Sides(title="Nobody", names=("no longer", "newly"), rows=()),
    Columns(title="A day", names=("both", "newly", "no longer"), days=(("2025-09-01", (1, 2, 0)), ("2025-09-02", (0, 0, 0)))),
    Curve(
        title="False of 10,000",
        over="min_attempts, calls",
        spots=tuple(Spot(at=at, value=100 / at, low=0, high=200 / at) for at in (1.0, 2.0, 5.0)),
        most=20,
        most_says="budget 20",
        marks=((2.0, "in force 2"), (5.0, "proposed 5")),
    ),
    Curve(title="One point", over="x", spots=(Spot(at=1, value=0, low=0, high=0),), even=True),
    Curve(title="No point", over="x", spots=()),
)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 (written by us a moment ago)


@pytest.mark.parametrize("width", [860, 380])
def test_every_picture_is_sound_and_keeps_to_its_width(width: int) -> None:
    picture = parsed(draw("A title", HOSTILE, PICTURES, width=width))
    assert picture.get("width") == str(width)
    for element in picture.iter():
        for name in ("x", "x1", "x2", "cx"):
            place = element.get(name)
            assert place is None or -1 <= float(place) <= width + 1, element.attrib
        assert element.tag.rpartition("}")[2] != "script"


def test_a_page_shows_what_it_is_given_as_text_and_never_as_markup() -> None:
    page = Page(
        title=HOSTILE,
        below=HOSTILE,
        figures=[Number(value=HOSTILE, says=HOSTILE)],
        warnings=[HOSTILE],
        pictures=PICTURES,
        tables=[Table(title=HOSTILE, headings=(HOSTILE, HOSTILE), rows=[(HOSTILE, HOSTILE)], below=HOSTILE)],
        samples=[Group(title=HOSTILE, samples=[Shown(head=HOSTILE, text=HOSTILE, below=HOSTILE)])],
        notes=[HOSTILE],
        snippet=HOSTILE,
        snippet_title=HOSTILE,
    )
    html = render(page)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 12
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html


def test_a_report_that_cannot_be_written_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_report(tmp_path, "text")


limits = st.builds(
    ParameterLimits,
    kind=st.sampled_from(["number", "whole", "share"]),
    unit=st.sampled_from(["", "calls", "calls an hour", "of the customer's currency in a day"]),
    least=st.none() | st.just(0.0),
    most=st.none() | st.just(1000.0),
)


@given(limits, st.floats(0.01, 1).map(lambda value: round(value, 2)), st.integers(1, 400))
def test_values_that_are_looked_at_may_be_set_and_hold_the_one_in_force(
    bounds: ParameterLimits, share: float, number: int
) -> None:
    value = share if bounds.kind == "share" else float(number)
    values = grid(value, bounds)
    assert value in values
    assert values == sorted(set(values))
    assert len(values) <= POINTS
    assert all(bounds.wrong(each) is None for each in values)
    assert len(values) >= 10
