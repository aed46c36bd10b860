"""The format in the how-to is a format: it runs, and gives what the page says."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType

from fairwire.ports.events import Format, Rejected, Skipped

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add_a_format.md"


def block(kind: str) -> str:
    """The first block of code of a kind on the page."""
    found = re.search(rf"```{kind}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_gives_the_event_the_page_shows() -> None:
    module = ModuleType("the_page")
    sys.modules["the_page"] = module
    try:
        exec(compile(block("python"), str(PAGE), "exec"), module.__dict__)  # noqa: S102  (our own page)
        example: Format = module.FORMAT
        event, *rest = sorted(
            example.read("day.rec", io.BytesIO(block("text").encode()), {}), key=lambda found: not isinstance(found, dict)
        )
    finally:
        del sys.modules["the_page"]
    assert event == json.loads(block("json"))
    assert sorted(rest, key=str) == [
        Rejected(
            file="day.rec",
            line=3,
            field="start",
            reason="`start`: `yesterday` is not an RFC 3339 time with a zone, such as 2026-03-02T14:07:12Z",
            record=block("text").splitlines()[2],
        ),
        Skipped(file="day.rec", line=2, why="duplicate"),
    ]
