"""Start: from the command to the first word of help, and to the first decision."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from fairwire.testkit.bench.child import ChildFailed
from fairwire.testkit.bench.feed import Made, simulated
from fairwire.testkit.bench.figures import Outcome
from fairwire.testkit.bench.section import Job
from fairwire.testkit.chart import Bars, Picture

_COLD_ROUNDS = {"tiny": 0, "small": 1, "full": 3}
"""At most: each compiles everything."""
_TEXT = """
import sys
class Without:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == 'pandas': raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without)
from fairwire.cli.main import main
main(sys.argv[1:])
"""
_PROGRAM = (sys.executable, "-c", _TEXT)
"""Without pandas, which is no part of the product, but which PyArrow loads where somebody has installed it."""


class Start:
    """How long one waits after typing a command."""

    title = "Start"
    place = 6

    def measure(self, job: Job, out: Outcome) -> None:
        out.setup = (
            "`fairwire --help`, and `fairwire decide` with one attempt on standard input: seconds from the command to its first "
            "line, process and all. Cold: with an empty compile cache. Warm: with the code of the rules and of all that decides "
            "in it. As after an installation, byte code is on disk."
        )
        cold = min(job.rounds, _COLD_ROUNDS[job.scale])
        total, done = 2 * job.rounds + cold + 1, 0
        made = simulated(job, 4, 3, "jsonl")
        attempt = _first_attempt(made.events_file)
        cache = job.folder / "cache"
        _first_line(("--help",), b"", {})  # leaves its byte code
        if job.scale != "tiny":
            job.report("compiling what is not compiled yet", 0, total)
            self._decide(made, attempt, {"FAIRWIRE_COMPILE": "always"}, job.folder / "compiled")
        for number in range(1, job.rounds + 1):
            job.report(f"help, round {number} of {job.rounds}", done, total)
            out.add("help", "fairwire --help", "s", _first_line(("--help",), b"", {}), group="seconds", better="less")
            done += 1
            if number <= cold:
                job.report(f"first decision, everything compiled anew, {number} of {cold}", done, total)
                shutil.rmtree(cache, ignore_errors=True)
                took = self._decide(made, attempt, {"FAIRWIRE_CACHE": str(cache)}, job.folder / f"cold-{number}")
                out.add("cold", "first decision, cold compile cache", "s", took, group="seconds", better="less")
                done += 1
            job.report(f"first decision, round {number} of {job.rounds}", done, total)
            took = self._decide(made, attempt, {}, job.folder / f"warm-{number}")
            out.add("warm", "first decision, warm compile cache", "s", took, group="seconds", better="less")
            done += 1

    def _decide(self, made: Made, attempt: bytes, environment: dict[str, str], data: Path) -> float:
        return _first_line(("decide", "--customers", str(made.customers_file), "--data", str(data)), attempt, environment)

    def pictures(self, out: Outcome) -> list[Picture]:
        figures = tuple(out.group("seconds"))
        ours = tuple(figure.key for figure in figures)
        return [Bars(title="Start, seconds to the first line", figures=figures, ours=ours)] if figures else []


def _first_attempt(path: Path) -> bytes:
    with path.open("rb") as stream:
        return next(line for line in stream if b'"type":"call.attempt"' in line)


def _first_line(words: tuple[str, ...], given: bytes, environment: dict[str, str]) -> float:
    """Seconds from starting the program to its first line."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with subprocess.Popen(
        [*_PROGRAM, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**inherited, **environment},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(given)
        process.stdin.flush()
        line = process.stdout.readline()
        took = time.perf_counter() - began
        process.stdin.close()
        process.stdout.read()
        told = process.stderr.read()
    if not line or process.returncode:
        last = told.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise ChildFailed(f"`fairwire {words[0]}` ended with status {process.returncode}: {last[-1][:300]}")
    return took


SECTION = Start()
