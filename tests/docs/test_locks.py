"""The lock files hold what `pyproject.toml` asks for, with hashes and without a host; what users install is permissive."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"]
BUILD = PROJECT["dependency-groups"]["build"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
LOCKS = {"requirements.lock": [*RUNTIME, *BUILD], "requirements-dev.lock": [*RUNTIME, *BUILD, *DEV]}
PERMISSIVE = {
    "0BSD",
    "Apache Software License",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "PSF-2.0",
    "The Unlicense (Unlicense)",
    "Zlib",
}


def entries(lock: str) -> dict[str, list[Requirement]]:
    """Name -> what is pinned under it: one entry, or one a marker."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            pinned = Requirement(line.removesuffix(" \\"))
            found.setdefault(canonicalize_name(pinned.name), []).append(pinned)
    return found


def version_of(pinned: Requirement) -> str:
    """The one version that an entry admits."""
    (only,) = pinned.specifier
    assert only.operator == "=="
    return only.version


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_place_of_a_machine(lock: str) -> None:
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        form = r"[\w.-]+==[\w.!+]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    # .+|    #   .+"
        assert re.fullmatch(form, line), line
        assert not re.search(r"://|--index|--find-links|@ |/(root|home|tmp|usr|opt)/", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+==.*)\n((?:    --hash=.*\n)*)", text, re.MULTILINE)
    assert blocks
    assert [name for name, hashes in blocks if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(lock: str) -> None:
    pinned = entries(lock)
    wrong = []
    for text in LOCKS[lock]:
        wanted = Requirement(text)
        found = pinned.get(canonicalize_name(wanted.name), [])
        if not found or not all(wanted.specifier.contains(version_of(entry)) for entry in found):
            wrong.append(text)
    assert wrong == [], "run `./dev lock`"


def test_both_locks_agree() -> None:
    dev = {name: sorted(map(str, found)) for name, found in entries("requirements-dev.lock").items()}
    runtime = {name: sorted(map(str, found)) for name, found in entries("requirements.lock").items()}
    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_dependency_has_its_line_in_the_decision_record() -> None:
    text = (ROOT / "docs" / "adr" / "0001-dependencies.md").read_text(encoding="utf-8")
    named = {name.strip() for row in re.findall(r"^\| ([a-z][\w, -]+) \|", text, re.MULTILINE) for name in row.split(",")}
    asked = {canonicalize_name(Requirement(text).name) for text in [*RUNTIME, *BUILD, *DEV]}
    assert named - {"library"} == asked


def test_what_a_user_installs_is_under_a_permissive_licence() -> None:
    odd = {}
    for name in sorted(_closure(RUNTIME)):
        stated = _licence(distribution(name))
        if not set(re.split(r" AND | OR ", stated)) <= PERMISSIVE:
            odd[name] = stated
    assert odd == {}


def _closure(texts: list[str]) -> set[str]:
    """Names of all that these bring in on this machine."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in texts]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(text) for text in distribution(name).requires or []]
    return found


def _licence(package: Distribution) -> str:
    """What its metadata states, in one of the three places where packages state it."""
    told = package.metadata.json
    if "license_expression" in told:
        return str(told["license_expression"])
    classified = [text.rpartition(" :: ")[2] for text in told.get("classifier", []) if text.startswith("License ::")]
    return " AND ".join(classified) or str(told.get("license", "none stated")).splitlines()[0]
