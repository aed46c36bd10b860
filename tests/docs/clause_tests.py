"""Which tests of the repository are called after a clause: `test_<ID>_...`, or `test_<ID>_<ID>_...`, anywhere under `tests/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from fairwire.runtime.packs import all_pack_ids, read_pack

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "src" / "fairwire" / "packs" / "tests.yaml"
HEAD = """\
# Tests of the repository that are called after a clause, so that an installed package can name them too.
# Generated from tests/ by `./dev accept docs`; a test keeps it fresh.
"""
_NAME = re.compile(r"test_((?:[A-Za-z][0-9]{2}_)+)")


def clauses() -> set[str]:
    """Every clause of the shipped packs."""
    return {clause for pack in all_pack_ids() for clause in read_pack(pack).clauses}


def named() -> dict[str, list[str]]:
    """Clause -> its tests as `file::test`, both sorted."""
    known = clauses()
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file = path.relative_to(ROOT).as_posix()
        for name in _functions(ast.parse(path.read_text(encoding="utf-8"))):
            match = _NAME.match(name)
            for clause in match[1].upper().split("_") if match else ():
                if clause in known:
                    found.setdefault(clause, []).append(f"{file}::{name}")
    return {clause: sorted(found[clause]) for clause in sorted(found)}


def _functions(tree: ast.Module) -> Iterable[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def text() -> str:
    """The file as it should be."""
    lines = [HEAD]
    for clause, names in named().items():
        lines.append(f"{clause}:\n")
        lines += [f"  - {name}\n" for name in names]
    return "".join(lines)
