"""The commands that the README and the tutorial show print what the page says they print.

A `console` block holds commands after `$` and below each lines that it prints, in order; between them may be others, and
`...` stands for anything. All blocks of a page run in one folder, in which the lesson's files are. Other blocks (`sh`) are
not run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSON = ROOT / "docs" / "tutorial" / "first_replay"
PAGES = ("README.md", "docs/tutorial/first_replay.md")


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a page, and what it is said to print."""

    line: int
    command: str
    output: str


def shown(text: str) -> list[Shown]:
    """The commands of a page in their order."""
    found: list[Shown] = []
    for block in re.finditer(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for step in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block[1], re.MULTILINE):
            line = text.count("\n", 0, block.start(1) + step.start()) + 1
            found.append(Shown(line, step[1], step[2]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path) -> None:
    steps = shown((ROOT / page).read_text(encoding="utf-8"))
    assert steps
    shutil.copytree(LESSON, tmp_path / "docs" / "tutorial" / "first_replay")
    for file in LESSON.iterdir():
        shutil.copy(file, tmp_path)
    here = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "140"}
    here.pop("FAIRWIRE_DATA", None)
    for step in steps:
        done = subprocess.run(
            ["bash", "-euc", step.command], cwd=tmp_path, env=here, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        printed = "\n".join([*done.stderr.splitlines(), *done.stdout.splitlines(), ""])
        assert done.returncode == 0, f"{page}:{step.line}: {step.command}\n{printed}"
        assert agrees(step.output, printed), f"{page}:{step.line}: {step.command}\n{printed}"


def agrees(output: str, printed: str) -> bool:
    """Whether all that a page shows was printed, in that order. White space counts as one blank."""
    parts = " ... ".join(output.splitlines()).split("...")
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in parts)
    return re.search(pattern, " ".join(printed.split())) is not None


def test_every_link_of_a_page_leads_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_line_shown_is_looked_for_in_what_was_printed() -> None:
    (step,) = shown("```console\n$ echo one; echo two\none\n3 of ... days\n```\n")
    assert step == Shown(2, "echo one; echo two", "one\n3 of ... days\n")
    assert agrees(step.output, "one\nother\n  3 of\n7 days\n")
    assert not agrees(step.output, "one\ntwo\n")
    assert not agrees(step.output, "3 of 7 days\none\n")
