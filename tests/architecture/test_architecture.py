"""The house, as a test: imports point down, files stay small, error codes are unique, no test waits for time to pass."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fairwire"
CORE = ("model", "expr", "numbers", "sip", "stir", "policy", "plan", "kernel", "decisions", "enforcement", "content", "ports")
BANNED_NAMES = {"utils", "helpers", "common", "manager"}


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "4 kept, 0 broken" in done.stdout


def test_every_package_has_its_place_in_the_layers() -> None:
    layers = (ROOT / "pyproject.toml").read_text()
    for folder in SOURCE.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert re.search(rf"\b{folder.name}\b", layers), folder.name


def test_files_stay_small_and_their_names_say_what_they_are_for() -> None:
    for path in SOURCE.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").count("\n")
        core = path.relative_to(SOURCE).parts[0] in CORE
        ceiling = 400 if core else 800
        assert lines <= ceiling, f"{path.relative_to(ROOT)} has {lines} lines"
        assert path.stem not in BANNED_NAMES, path


def test_no_two_errors_share_a_code() -> None:
    found = Counter(
        code for path in SOURCE.rglob("*.py") for code in re.findall(r'^    code = "(FW-[A-Z]+-\d{3})"', path.read_text(), re.M)
    )
    assert found, "the pattern finds the error classes"
    assert [code for code, count in found.items() if count > 1] == []


def test_no_test_sleeps() -> None:
    sleeping = re.compile(r"\b(?:time|asyncio)\.sleep\((?!0\))")
    for path in (ROOT / "tests").rglob("*.py"):
        if path != Path(__file__):
            assert not sleeping.search(path.read_text(encoding="utf-8")), path


def test_nothing_is_left_for_later_in_the_code() -> None:
    for path in SOURCE.rglob("*.py"):
        assert not re.search(r"\b(?:TODO|FIXME|XXX)\b|NotImplementedError", path.read_text(encoding="utf-8")), path


def test_every_aggregate_has_a_file_that_states_its_merge_law_its_error_and_its_memory() -> None:
    from fairwire.kernel.reading import found
    from fairwire.model.aggregates import AGGREGATES

    assert set(found()) == set(AGGREGATES)
    silent = [
        (name, word)
        for name, module in found().items()
        for word in ("merge law", "error", "memory")
        if word not in (module.__doc__ or "").lower()
    ]
    assert silent == []
