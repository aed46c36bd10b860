"""A report as one HTML file: no network, no script, readable on a phone and in the dark; every text in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fairwire.model.errors import BadInput
from fairwire.testkit.chart import Picture, draw

NARROW = 380
"""Width of the drawing that a phone shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A figure that stands large at the top."""

    value: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first column is text, all others are numbers, unless all are `words`."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    below: str = ""
    words: bool = False
    """All columns are text, which is broken where it must be; on a phone each row is a paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing to look at."""

    head: str
    text: str
    below: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Things to look at, under one heading."""

    title: str
    samples: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All of a report."""

    title: str
    below: str
    figures: Sequence[Number]
    warnings: Sequence[str]
    pictures: Sequence[Picture]
    tables: Sequence[Table]
    samples: Sequence[Group] = ()
    notes: Sequence[str] = ()
    snippet: str = ""
    snippet_title: str = ""

    @property
    def wide(self) -> str:
        """The pictures for a desk. Their texts are escaped where they are drawn."""
        return draw(self.title, "", self.pictures)

    @property
    def narrow(self) -> str:
        """The pictures for a phone."""
        return draw(self.title, "", self.pictures, width=NARROW)


def render(page: Page) -> str:
    """The page as HTML."""
    return _template().render(page=page) + "\n"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("fairwire.testkit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def write_page(page: Page, *, html: Path | None, svg: Path | None) -> None:
    """Write the report and its pictures alone, where they were asked for.

    Raises
    ------
    BadInput
        A file cannot be written.
    """
    if html is not None:
        write_report(html, render(page))
    if svg is not None:
        write_report(svg, draw(page.title, page.below, page.pictures))


def write_report(path: Path, text: str) -> None:
    """Write a report.

    Raises
    ------
    BadInput
        The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(path), help_="name another one") from None
