"""The compile cache: where it cannot be written, and where two processes write it at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from fairwire.runtime.machine import _load

NOBODY = 65534
FUNCTIONS = 12

PROBE = f"""
import os, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[3:] == ["plainly"] and os.geteuid() == 0:
    # Rights mean nothing to root. Numba is loaded before, for its files may stand where only root may look.
    import fcntl, importlib.metadata, shutil, tempfile, numba, fairwire.kernel, fairwire.runtime.machine
    importlib.metadata.version("numba")
    numba.njit(lambda x: x * 2 + 1)(1), numba.njit(lambda x: x * 2 + 1)(1.5)
    os.seteuid({NOBODY})
    fairwire.runtime.machine.cache_folder.cache_clear()  # as if it had never been root
from fairwire.runtime.machine import cache_folder, prepare
prepare()
import probed
value = {{"int": 3, "float": 0.5}}[sys.argv[2]] if sys.argv[2] != "both" else None
hits = 0
for number in range({FUNCTIONS}):
    function = getattr(probed, f"f{{number}}")
    for given in [value] if value is not None else [3, 0.5]:
        assert function(given) == given * number + number, (number, given)
    hits += sum(function.stats.cache_hits.values())
print(hits)
"""
SOURCE = "from fairwire.kernel.compiled import njit\n" + "".join(
    f"\n\n@njit\ndef f{number}(x):\n    return x * {number} + {number}\n" for number in range(FUNCTIONS)
)


def started(cache: Path, folder: Path, *what: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "FAIRWIRE_CACHE": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = [sys.executable, "-c", PROBE, str(folder), *what]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Functions whose machine code it found, and what it said on standard error."""
    out, said = process.communicate(timeout=240)
    assert process.returncode == 0, said.decode()
    return int(out), said.decode()


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    folder = tmp_path / "probes"
    folder.mkdir()
    (folder / "probed.py").write_text(SOURCE)
    return folder


def test_two_processes_that_compile_at_once_leave_what_each_of_them_made(tmp_path: Path, probes: Path) -> None:
    cache = tmp_path / "cache"
    at_once = [started(cache, probes, "int"), started(cache, probes, "float")]
    assert [ended(process)[1] for process in at_once] == ["", ""]
    assert ended(started(cache, probes, "both")) == (2 * FUNCTIONS, "")


def test_a_cache_that_cannot_be_written_is_told_in_one_sentence_and_works(tmp_path: Path, probes: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    _, said = ended(started(tmp_path / "file" / "cache", probes, "int"))
    assert said.count("\n") == 1
    assert "cannot be written (not a directory); each start compiles anew" in said


def test_what_a_read_only_cache_holds_is_used(probes: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(probes, folder / "probes")
        ended(started(folder / "cache", folder / "probes", "both"))
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        hits, said = ended(started(folder / "cache", folder / "probes", "both", "plainly"))
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
    assert hits == 2 * FUNCTIONS
    assert "cannot be written (permission denied); what it holds is used" in said


def test_a_kernel_that_was_imported_before_its_cache_was_named_keeps_no_machine_code(tmp_path: Path) -> None:
    """Beside its sources, Numba would not notice that another file has changed, and link what is stale."""
    script = "from fairwire.kernel.arena import mix, find\nprint(type(mix._cache).__name__, type(find._cache).__name__)"
    without = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "FAIRWIRE_CACHE")}
    early = subprocess.run([sys.executable, "-c", script], env=without, capture_output=True, text=True, check=True)
    assert early.stdout.split() == ["NullCache", "NullCache"]
    wired = subprocess.run(
        [sys.executable, "-c", f"import fairwire.runtime.engine\n{script}"],
        env=without | {"FAIRWIRE_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert wired.stdout.split() == ["FunctionCache", "FunctionCache"]


def test_no_thread_gets_half_of_a_module_that_another_one_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = SimpleNamespace(begun=threading.Event(), asked=threading.Event())
    monkeypatch.setitem(sys.modules, "half_loaded_gate", gate)
    path = tmp_path / "half_loaded.py"
    path.write_text("import half_loaded_gate as gate\ngate.begun.set()\ngate.asked.wait(10)\nRUNS = {1: 2}\n", encoding="utf-8")
    found: list[object] = []

    def load() -> None:
        found.append(_load("fairwire_half_loaded", path).RUNS)

    def ask() -> None:
        gate.asked.set()
        load()

    threads = [threading.Thread(target=load), threading.Thread(target=ask)]
    threads[0].start()
    assert gate.begun.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    monkeypatch.delitem(sys.modules, "fairwire_half_loaded")
    assert found == [{1: 2}, {1: 2}]


def test_numba_loads_without_scipy_which_others_may_still_load() -> None:
    code = (
        "import sys; from fairwire.runtime.machine import prepare; prepare(); prepare();"
        "from fairwire.kernel.hashing import key_of; key_of('acme');"
        "assert not any(name.startswith('scipy.') and 'linalg' in name for name in sys.modules);"
        "assert 'scipy.linalg.cython_blas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_byte_code_of_a_plan_is_kept_though_python_is_told_to_write_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "plan_kept.py"
    for number, damage in ((1, None), (22, None), (333, b"nothing of the kind")):
        path.write_text(f"RUNS = {number}\n")
        os.utime(path, ns=(1_000_000_000 * number * 10**6, 1_000_000_000 * number * 10**6))
        if damage is not None:
            (kept,) = tmp_path.glob("__pycache__/*")
            kept.write_bytes(damage)
        assert number == _load("plan_kept", path).RUNS
        assert len(list(tmp_path.glob("__pycache__/*"))) == 1
        del sys.modules["plan_kept"]


def test_byte_code_that_cannot_be_kept_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "__pycache__").write_text("in the way")
    path = tmp_path / "plan_bare.py"
    path.write_text("RUNS = 5\n")
    assert _load("plan_bare", path).RUNS == 5
    del sys.modules["plan_bare"]
