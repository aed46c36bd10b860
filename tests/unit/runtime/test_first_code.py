"""The first start of a version: nobody waits for the compiler, and what is found is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from fairwire.kernel.compiled import making_code, njit, wait_for_code, waits_for_code
from fairwire.model.errors import FairwireError
from fairwire.runtime import first_code
from fairwire.runtime.data import open_control
from fairwire.runtime.live import open_live
from fairwire.runtime.machine import cache_folder
from fairwire.testkit.simulate import Order, simulate

ATTEMPT = {
    "customer": "acme",
    "call_id": "1@192.0.2.10",
    "direction": "outbound",
    "from": "+442079460100",
    "to": "+442079460101",
}
PROGRAM = (sys.executable, "-c", "import sys; from fairwire.cli.main import main; main(sys.argv[1:])")


@pytest.fixture
def waiting() -> Iterator[None]:
    wait_for_code(True)
    yield
    wait_for_code(False)


def cold(folder: Path) -> dict[str, str]:
    """The environment of a first start."""
    return {name: value for name, value in os.environ.items() if name != "FAIRWIRE_COMPILE"} | {"FAIRWIRE_CACHE": str(folder)}


def made(folder: Path) -> list[str]:
    """Functions whose machine code is on disk."""
    return [path.name for path in folder.rglob("*.nbi")]


@pytest.mark.usefixtures("waiting")
def test_what_has_no_machine_code_runs_as_text_and_gives_the_same() -> None:
    @njit
    def mixed(a: int, b: int) -> int:
        return np.int64(a) * np.int64(-7046029254386353131) + np.int64(b)  # type: ignore[return-value]

    text = mixed(2**62, 5)
    assert mixed.signatures == []  # type: ignore[attr-defined]
    with making_code():
        assert mixed(2**62, 5) == text
    assert len(mixed.signatures) == 1  # type: ignore[attr-defined]
    assert mixed(2**62, 5) == text, "and from now on by its machine code"


@pytest.mark.usefixtures("waiting")
def test_what_was_asked_for_is_loaded_before_anybody_waits_again() -> None:
    seen: list[bool] = []
    first_code.then(lambda: seen.append(waits_for_code()))
    first_code.release()
    assert seen == [True]
    assert not waits_for_code()


def test_a_service_that_does_not_start_leaves_nobody_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRWIRE_COMPILE", raising=False)
    monkeypatch.setattr(first_code, "is_kept", lambda: False)
    store = open_control(tmp_path)
    with closing(store), pytest.raises(FairwireError):
        open_live(tmp_path, tmp_path / "nobody.jsonl", (), store)
    assert not waits_for_code()


def test_a_first_decision_waits_for_no_compiler(tmp_path: Path) -> None:
    customers = tmp_path / "customers.jsonl"
    customers.write_text('{"id":"acme","country":"GB","policy":"natterbox"}\n')
    words = ("decide", "--customers", str(customers), "--data", str(tmp_path / "data"))
    with subprocess.Popen(
        [*PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=cold(tmp_path / "cache")
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):  # the second is the usual call, whose code takes longest
            process.stdin.write(json.dumps(ATTEMPT).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert (answer["decision"], answer["sip"]["code"]) == ("allow", 302)
        assert not [name for name in made(tmp_path / "cache") if "usual" in name]
        process.stdin.close()
        assert process.wait() == 0


def test_a_few_events_are_judged_without_a_compiler_and_alike(tmp_path: Path) -> None:
    made_of = simulate(Order(scenario="month_of_calls", seed=3, customers=2, days=1, write="jsonl"), tmp_path / "feed")
    words = ("replay", str(made_of.files["events"]), "--customers", str(made_of.files["customers"]), "--json")

    def found(environment: dict[str, str]) -> dict[str, object]:
        told = json.loads(subprocess.run([*PROGRAM, *words], env=environment, capture_output=True, check=True).stdout)
        return {name: told[name] for name in ("events", "findings", "findings_sha256")}

    few = found(cold(tmp_path / "cache"))
    assert made(tmp_path / "cache") == []
    assert few == found(dict(os.environ))


def test_the_code_of_decisions_is_made_by_deciding() -> None:
    mark = cache_folder() / "decisions"
    mark.unlink(missing_ok=True)
    first_code.make()
    assert first_code.is_kept()
