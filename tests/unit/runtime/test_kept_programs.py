"""Programs and their modules are kept: never older than detectors, packs and code, and made anew when what is kept is damaged."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.kernel.template import module_text
from fairwire.model.policy import Pack
from fairwire.plan.compile import compile_program
from fairwire.plan.detector import load_detector
from fairwire.runtime import checked as kept
from fairwire.runtime import machine, plans
from fairwire.runtime.detectors import detector_folder, load_detectors
from fairwire.runtime.machine import load_run
from fairwire.runtime.packs import all_pack_ids, load_packs
from fairwire.runtime.plans import Plan, load_plan, plan_of

NAMES = ("access.guessing_from_one_address", "harm.harassment", "messaging.opt_outs_ignored")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    place.mkdir()
    monkeypatch.setattr(kept, "cache_folder", lambda: place)
    monkeypatch.setattr(machine, "cache_folder", lambda: place)
    kept.forget()
    return place


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many detectors each program was made of that was compiled."""
    found: list[int] = []

    def count(detectors: Any, packs: Any, words: Any) -> Any:
        found.append(len(detectors))
        return compile_program(detectors, packs, words)

    monkeypatch.setattr(plans, "compile_program", count)
    return found


def small(packs: dict[str, Pack], name: str = "", text: str = "") -> Plan:
    """A plan of a few detectors as read; the text of one is another."""
    detectors, words = load_detectors()
    some = {each: detectors[each] for each in NAMES}
    if name:
        some[name] = load_detector(text, some[name].file, customer_words=words)
    return plan_of(packs, some, words, as_read=True)


def test_what_is_kept_is_what_is_compiled(folder: Path, compiled: list[int]) -> None:
    first = load_plan(()).program
    assert load_plan(()).program is first
    kept.forget()
    assert load_plan(()).program == first
    assert len(compiled) == 1
    detectors, words = load_detectors()
    assert plan_of(load_packs(all_pack_ids()), detectors, words).program == first
    assert len(compiled) == 2, "detectors that may have been changed by hand are compiled"


def test_a_detector_that_changed_is_compiled_anew(folder: Path, compiled: list[int]) -> None:
    packs = load_packs(["jns"])
    text = (detector_folder() / "harm" / "harassment.yaml").read_text(encoding="utf-8")
    before = small(packs, "harm.harassment", text)
    after = small(packs, "harm.harassment", text.replace("revision: ", "revision: 9", 1))
    assert compiled == [len(before.program.rules)] * 2
    assert before.program.fingerprint != after.program.fingerprint
    assert small(packs, "harm.harassment", text).program is before.program


@pytest.mark.parametrize("what", ["parameters", "resting"])
def test_a_pack_that_changed_is_compiled_anew(folder: Path, what: str) -> None:
    packs = load_packs(["jns"])
    before = small(packs)
    rule = next(rule for rule in before.program.rules if rule.parameters)
    own = {rule.detector: {next(iter(rule.parameters)): 77.0}} if what == "parameters" else {rule.detector: "retired"}
    # A changed pack whose version was forgotten: all that is in it counts.
    other = msgspec.structs.replace(packs["jns"], **{what: own})
    after = small({"jns": other})
    assert after.program != before.program
    assert small(packs).program is before.program


def test_code_that_changed_makes_all_anew(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "code"
    for package in ("expr", "plan", "model", "kernel", "policy"):
        shutil.copytree(Path(kept.__file__).parent.parent / package, sources / package, ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(kept, "_FOLDER", sources)

    def code(package: str) -> str:
        kept._code_of.cache_clear()
        kept._code.cache_clear()
        return kept._code((package,))

    try:
        for changed in ("plan/across.py", "expr/emit.py", "kernel/aggregates/__init__.py", "policy/facts/actors.py"):
            package = changed.partition("/")[0]
            before = code(package)
            with (sources / changed).open("a", encoding="utf-8") as file:
                file.write("# changed\n")
            assert code(package) != before, changed
    finally:
        code("model")
        kept._code_of.cache_clear()
        kept._code.cache_clear()


def test_a_bit_that_fell_over_is_noticed(folder: Path, compiled: list[int]) -> None:
    program = small(load_packs(["jns"])).program
    (path,) = folder.glob("program_*.pickle")
    data = path.read_bytes()
    at = data.index(b"def judge_")
    path.write_bytes(data[:at] + b"D" + data[at + 1 :])
    kept.forget()
    assert small(load_packs(["jns"])).program == program
    assert len(compiled) == 2
    kept.forget()
    assert small(load_packs(["jns"])).program == program
    assert len(compiled) == 2, "what was damaged has been written anew"


def test_the_folder_does_not_grow_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 3)
    for number in range(9):
        for kind in ("number", "other"):
            assert kept.checked(kind, number, ("expr",), partial(int, number)) == number
    assert len(list(folder.glob("number_*"))) == len(list(folder.glob("other_*"))) == 3
    kept.forget()
    assert kept.checked("number", 8, ("expr",), lambda: -1) == 8


# -- modules


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fingerprints of the programs whose text was made."""
    found: list[str] = []

    def count(program: Any) -> str:
        found.append(program.fingerprint)
        return module_text(program)

    monkeypatch.setattr("fairwire.kernel.template.module_text", count)
    return found


def text(program: Any) -> str:
    """What a process that starts now would run."""
    return load_run(msgspec.structs.replace(program))._text  # a copy is not known yet


def put_down(program: Any, folder: Path) -> Path:
    loops = load_run(program)
    path = folder / f"{loops.name}.py"
    path.write_text(loops._text, encoding="utf-8")
    return path


def test_a_module_is_made_once_and_then_read(folder: Path, written: list[str]) -> None:
    program = small(load_packs(["jns"])).program
    put_down(program, folder)
    kept.forget()
    assert text(program) == module_text(program)
    assert len(written) == 1


def test_a_program_that_changed_under_its_old_fingerprint_has_its_own_module(folder: Path, written: list[str]) -> None:
    program = small(load_packs(["jns"])).program
    put_down(program, folder)
    other = msgspec.structs.replace(program, judge_source=program.judge_source.replace("== 2", "== 1"))
    assert other.fingerprint == program.fingerprint
    assert text(other) == module_text(other) != module_text(program)


@pytest.mark.parametrize("damage", [b"", b"RUNS = {}\n", b"\xff\xfe"])
def test_a_module_that_is_damaged_or_gone_is_made_anew(folder: Path, damage: bytes) -> None:
    program = small(load_packs(["jns"])).program
    path = put_down(program, folder)
    path.write_bytes(damage)
    kept.forget()
    assert text(program) == module_text(program)
    path.unlink()
    assert text(program) == module_text(program)
    (remembered,) = folder.glob("text_*.pickle")
    remembered.write_bytes(damage)
    kept.forget()
    assert text(program) == module_text(program)
