"""A program in plain Python and compiled: the same text, the same findings."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from fairwire.numbers.destinations import Destinations
from fairwire.runtime import machine
from fairwire.runtime.detectors import load_detectors
from fairwire.testkit.cases import case_plan, judge_case

NAMES = ("access.guessing_from_one_address", "harm.harassment", "messaging.opt_outs_ignored")


def found(monkeypatch: pytest.MonkeyPatch, mode: str) -> list[bytes]:
    monkeypatch.setenv("FAIRWIRE_COMPILE", mode)
    detectors, words = load_detectors()
    plan = case_plan({name: detectors[name] for name in NAMES}, words)
    cases = [case for name in NAMES for case in detectors[name].spec.cases]
    return [msgspec.json.encode(finding) for case in cases for finding, _ in judge_case(plan, case, Destinations()).found]


def test_plain_and_compiled_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = found(monkeypatch, "never")
    assert len(plain) >= 3, "the firing cases fire"
    assert plain == found(monkeypatch, "always")


def test_a_large_program_is_compiled_once_it_has_run_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRWIRE_COMPILE", raising=False)
    monkeypatch.setattr(machine, "SMALL", 0)
    monkeypatch.setattr(machine, "SOON", 10)
    loops = machine.Loops("RUNS = {}\n")
    assert not loops._is_worth(1, 9)
    assert loops._is_worth(1, 11)
    loops._seen[1] = 8
    assert loops._is_worth(1, 3)
    assert not loops._is_worth(4, 3), "each family by itself"


def test_plain_text_is_not_loaded_where_machine_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRWIRE_COMPILE", raising=False)
    monkeypatch.setattr(machine, "SMALL", 0)
    for kept in (True, False):
        monkeypatch.setattr(machine.Loops, "kept", kept)
        loops = machine.Loops("RUNS = {}\n")
        loaded: list[bool] = []

        def load(*, compiled: bool, loaded: list[bool] = loaded) -> object:
            loaded.append(compiled)
            raise LookupError

        monkeypatch.setattr(loops, "_module", load)
        with pytest.raises(LookupError):
            loops(0, np.zeros((5, 40), dtype=np.int64))
        assert loaded == [kept]
