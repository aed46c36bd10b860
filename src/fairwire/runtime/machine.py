"""The compile cache: where a plan's generated loop is written and its machine code kept.

The folder's name holds a hash of everything that shapes machine code (kernel sources, Numba, Python), so that a cached
function is never older than its source, and two versions never meet. `FAIRWIRE_CACHE` moves it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from fairwire.model.program import Program

_FOLDER = Path(__file__).resolve().parent.parent


@cache
def cache_folder() -> Path:
    """The folder for this version of the kernel; made if need be, a temporary one when nothing can be written."""
    digest = hashlib.sha256()
    for source in sorted([*(_FOLDER / "kernel").rglob("*.py"), *(_FOLDER / "model").glob("*.py")]):
        digest.update(source.read_bytes())
    digest.update(f"{version('numba')} {version('numpy')} {sys.version}".encode())
    chosen = os.environ.get("FAIRWIRE_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "fairwire"
    folder = base.expanduser() / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        # A read-only home costs some seconds at each start, nothing else.
        return Path(tempfile.mkdtemp(prefix="fairwire-"))
    return folder


@cache
def kernel_revision() -> str:
    """A hash of the sources that lay the kernel's state out: what one version kept, another can only read when it is the same."""
    digest = hashlib.sha256()
    for source in [*sorted((_FOLDER / "kernel").glob("*.py")), _FOLDER / "model" / "columns.py"]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def prepare() -> None:
    """Point Numba at the folder. Must come before the first import of `fairwire.kernel`."""
    from numba.core import config

    vars(config)["CACHE_DIR"] = str(cache_folder())


def load_run(program: Program) -> Callable[..., int]:
    """The compiled loop of a program, from the cache when it has been there before."""
    prepare()
    from fairwire.kernel.template import module_text

    text = module_text(program)
    # The text alone says what runs: two plans that differ in parameters only share their machine code.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = cache_folder() / f"plan_{digest}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)  # two processes may do this at once; both write the same
    return _load(f"fairwire_plan_{digest}", path).run  # type: ignore[no-any-return]


def _load(name: str, path: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]  # its machine code is loaded already
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    # Numba's cache names the module of a function, and looks for it here when it reads machine code back.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module  # type: ignore[no-any-return]
