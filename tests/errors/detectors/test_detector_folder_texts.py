"""The exact text of errors about a folder of detectors, and that every class of error of the language has a recorded text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairwire.expr import errors as of_expressions
from fairwire.model.errors import FairwireError
from fairwire.plan import errors as of_plans
from fairwire.plan.errors import InvalidDetectors
from fairwire.runtime.detectors import load_detectors

HERE = Path(__file__).parent
GOOD = (HERE.parent / "plan" / "probe.yaml").read_text(encoding="utf-8")
CASES: dict[str, dict[str, str]] = {
    "one_of_two_is_wrong": {"voice/probe.yaml": GOOD.replace("when: attempts", "when: attemps")},
    "all_that_is_wrong_is_said": {
        "voice/first.yaml": GOOD.replace("voice.probe", "voice.first").replace("over: 4h", "over: soon"),
        "voice/second.yaml": GOOD.replace("voice.probe", "voice.second").replace("{short:.0%}", "{short:.0q}"),
    },
    "a_detector_stands_in_a_wrong_file": {"voice/other.yaml": GOOD},
    "a_detector_has_the_name_of_one_that_ships": {"voice/robocall.yaml": GOOD.replace("voice.probe", "voice.robocall")},
}


def error_of(case: str, folder: Path) -> InvalidDetectors:
    for name, text in CASES[case].items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidDetectors) as caught:
        load_detectors([folder])
    return caught.value


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_error_reads_as_recorded(case: str, tmp_path: Path) -> None:
    error = error_of(case, tmp_path)
    rendered = f"{error.render()}\n\n{error.code}: {error.sentence()}\n".replace(str(tmp_path), "site")
    golden = HERE / f"{case}.txt"
    if os.environ.get("FAIRWIRE_ACCEPT") == "errors":
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_every_recorded_text_belongs_to_a_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(CASES)


def test_every_class_of_error_of_the_language_has_a_recorded_text() -> None:
    recorded = "".join(file.read_text(encoding="utf-8") for file in HERE.parent.rglob("*.txt"))
    for module in (of_expressions, of_plans):
        for error in vars(module).values():
            if isinstance(error, type) and issubclass(error, FairwireError) and error.__module__ == module.__name__:
                assert error.code in recorded, error.__name__
