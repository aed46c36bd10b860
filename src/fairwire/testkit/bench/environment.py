"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from fairwire import __version__

_ALWAYS = ("numpy", "numba", "pyarrow", "msgspec")


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cpu: str
    cores: int
    memory_gib: float
    load: float | None
    """At the start; see `load`."""
    system: str
    versions: dict[str, str]


def environment(packages: Iterable[str]) -> Environment:
    """Look round; `packages` beside those that Fairwire itself needs."""
    versions = {"fairwire": __version__, "python": platform.python_version()}
    for package in dict.fromkeys((*_ALWAYS, *packages)):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    versions["sqlite"] = sqlite3.sqlite_version
    versions["java"] = _java()
    return Environment(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(_memory_bytes() / 2**30, 1),
        load=load(),
        system=f"{platform.system()} {platform.machine()}",
        versions=versions,
    )


def load() -> float | None:
    """Processes that wanted a core in the last minute, on average; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _java() -> str:
    program = shutil.which("java")
    if program is None:
        return "not installed"
    try:
        told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return "does not run"
    return told.partition('"')[2].partition('"')[0] or "unknown"
