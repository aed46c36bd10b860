"""A service has all its machine code before its first call: whoever calls first must not wait for a compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairwire.testkit.bench.load.callers import write_customers

SERVICE = """
import asyncio, json, sys
from pathlib import Path

from fairwire.model.instants import HOUR_US
from fairwire.runtime.data import open_control
from fairwire.runtime.live import open_live
from fairwire.serve.redirect.peers import Peers
from fairwire.serve.redirect.point import RedirectPoint
from fairwire.testkit.bench.load.callers import Letters, calls

folder = Path(sys.argv[1])


def compiled():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("fairwire"):
            for each in vars(module).values():
                if type(each).__name__ == "CPUDispatcher":
                    found[f"{each.py_func.__module__}.{each.py_func.__name__}"] = len(each.signatures)
    return found


async def main():
    store = open_control(folder)
    live = open_live(folder, folder / "customers.jsonl", (), store)
    point = RedirectPoint(live, Peers(), b"secret")
    while not point._scanner._loaded:
        await asyncio.sleep(0)
    before = compiled()
    letters, asked, number = Letters(b"run", 5070), calls(20, 1), 0
    clock, later = live._clock, 0
    live._clock = lambda: clock() + later
    for size in (1, 1, 7, 24, 64, 64, 1) * 12:
        come = []
        for _ in range(size):
            come.append((letters.invite(number, next(asked))[0], ("127.0.0.1", 5070)))
            number += 1
        answers = point.answer_burst(come)
        assert all(answers)
        await asyncio.sleep(0)
        if number > 1_000:
            later = HOUR_US  # what customers have in common is judged
    for _ in range(100):  # parts of what is behind
        await asyncio.sleep(0)
    assert not live._stream.behind
    after = compiled()
    live.close()
    store.close()
    print(json.dumps(sorted(name for name in after if after[name] > before.get(name, 0))))


asyncio.run(main())
"""


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="nothing is compiled")
def test_no_call_has_a_function_compiled_or_loaded(tmp_path: Path) -> None:
    write_customers(tmp_path / "customers.jsonl", 20)
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(tmp_path / "service.py"), str(tmp_path)],
        env={**os.environ, "FAIRWIRE_COMPILE": "always"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == []
