"""The machine: Python, its clock, and whether the rules are compiled already."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fairwire.serve.checks.results import Check, ok, problem, warning
from fairwire.stores.log import FOLDER, SNAPSHOTS

if TYPE_CHECKING:
    from fairwire.runtime.plans import Plan

LEAST_PYTHON = (3, 11)
SKEW_S = 60
"""A file may seem this much newer than now: file systems and clocks are not read in one moment."""


def python() -> Iterator[Check]:
    """The version of Python."""
    told = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < LEAST_PYTHON:
        yield problem("python", told, f"install Python {'.'.join(map(str, LEAST_PYTHON))} or newer")
    else:
        yield ok("python", told)


def clock(data: Path, now_s: float) -> Iterator[Check]:
    """Whether the clock can be right: it is behind neither this program's own files nor what the server has written."""
    shown = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    installed = Path(__file__).stat().st_mtime
    if now_s < installed - SKEW_S - 86_400:
        yield problem("clock", f"it is {shown} by the clock, and this program was installed later", "set the clock, by NTP best")
        return
    written = [path.stat().st_mtime for name in (FOLDER, SNAPSHOTS) for path in (data / name).glob("*") if path.is_file()]
    ahead = max(written, default=0.0) - now_s
    if ahead > SKEW_S:
        yield problem(
            "clock",
            f"it is {shown} by the clock, and the event log was written {ahead:,.0f} s later than that",
            "set the clock, by NTP best, before calls are judged by it",
        )
        return
    yield ok("clock", f"{shown}, not behind anything that was written")


def compile_cache(plan: Plan) -> Iterator[Check]:
    """Whether the rules in force are compiled, and so how soon a start decides its first call."""
    from fairwire.runtime.machine import cache_folder, cache_state, load_run

    state = cache_state(load_run(plan.program))
    if state == "warm":
        yield ok("compile cache", f"warm, in {cache_folder()}: a start decides after about 2 s")
    elif state == "half":
        told = f"the kernel is in {cache_folder()}, these rules are not yet: a start decides after about 2 s"
        yield ok("compile cache", f"{told}, and compiles them behind, for a minute or two")
    elif state == "cold":
        yield warning(
            "compile cache",
            f"cold, in {cache_folder()}: the first call after the next start waits for ten seconds or more",
            "start once, and ask for a decision, before traffic is sent here",
        )
    else:
        yield warning(
            "compile cache",
            "it cannot be written, so that each start may compile anew",
            "name a folder in FAIRWIRE_CACHE that can",
        )
