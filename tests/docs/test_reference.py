"""The pages under `docs/reference/` and the tables of the README say what the program does today.

`FAIRWIRE_ACCEPT=docs pytest tests/docs` writes them anew.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from generate import BLOCKS, PAGES, ROOT, error_classes, with_block

HINT = "is stale: run `./dev accept docs` and read the diff"


def accepted() -> bool:
    """Whether what is generated is to be written."""
    return os.environ.get("FAIRWIRE_ACCEPT") == "docs"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_says_what_the_program_does(name: str) -> None:
    path = ROOT / "docs" / "reference" / f"{name}.md"
    text = PAGES[name]()
    if accepted():
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} {HINT}"
    assert path.read_text(encoding="utf-8") == text, f"{path.name} {HINT}"


@pytest.mark.parametrize(("file", "name"), sorted(BLOCKS))
def test_a_generated_table_says_what_the_program_does(file: str, name: str) -> None:
    path = ROOT / file
    text = path.read_text(encoding="utf-8")
    fresh = with_block(text, name, BLOCKS[(file, name)]())
    if accepted():
        path.write_text(fresh, encoding="utf-8")
        text = fresh
    assert text == fresh, f"{file} {HINT}"


def test_no_reference_page_is_left_over() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert pages == set(PAGES)


def test_an_error_code_belongs_to_one_class_and_says_what_it_means() -> None:
    found = error_classes()
    twice = [code for code, count in Counter(code for code, _, _ in found).items() if count > 1]
    silent = [code for code, doc, _ in found if not doc]
    assert found
    assert (twice, silent) == ([], [])
