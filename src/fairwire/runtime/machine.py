"""The compile cache: where a plan's generated loop is written and its machine code kept.

The folder's name holds a hash of everything that shapes machine code (kernel sources, Numba, Python), so that a cached
function is never older than its source, and two versions never meet. `FAIRWIRE_CACHE` moves it.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import pickle
import py_compile
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import msgspec

from fairwire.kernel.recent import by_program
from fairwire.model.columns import CALLS, COLUMN_INDEX
from fairwire.model.program import Program

_KIND = COLUMN_INDEX["kind"]
_ORIGIN = "origin"
"""In a temporary folder: the path of the one that it stands for."""
_FOLDER = Path(__file__).resolve().parent.parent


@cache
def cache_folder() -> Path:
    """The folder for this version of the kernel; made if need be.

    Where it cannot be written, a temporary one with all that can be read of it, which lasts as long as this process, and a
    sentence on standard error. `FAIRWIRE_CACHE` is set to it, so that processes started from here need not do the same.
    """
    digest = hashlib.sha256()
    # Of the nouns, those whose figures are compiled in: the others come and go without a minute of compiling.
    compiled = [*(_FOLDER / "kernel").rglob("*.py")]
    compiled += [_FOLDER / "model" / f"{name}.py" for name in ("aggregates", "columns", "instants", "program")]
    loops = ("condition_steps", "gather", "lane_rows", "passing", "sides", "tally", "waiting_events")
    compiled += [_FOLDER / "runtime" / f"{name}.py" for name in loops]
    compiled += [_FOLDER / "serve" / "redirect" / f"{name}.py" for name in ("digests", "scanning", "writing")]
    compiled.append(_FOLDER / "sources" / "jsonl" / "scanning.py")
    for source in sorted(compiled):
        digest.update(source.read_bytes())
    digest.update(f"{version('numba')} {version('numpy')} {sys.version}".encode())
    name = digest.hexdigest()[:16]
    chosen = os.environ.get("FAIRWIRE_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "fairwire"
    folder = base.expanduser() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return _spare_folder(folder, error)
    return folder


def _spare_folder(folder: Path, error: OSError) -> Path:
    spare = Path(tempfile.mkdtemp(prefix="fairwire-"))
    atexit.register(shutil.rmtree, spare, ignore_errors=True)
    mine = spare / folder.name
    try:
        shutil.copytree(folder, mine)
        for path in (mine, *mine.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)  # rights are copied, too
        known = "what it holds is used"
    except (OSError, shutil.Error):
        mine.mkdir(exist_ok=True)
        known = "each start compiles anew"
    (mine / _ORIGIN).write_text(str(folder), encoding="utf-8")
    os.environ["FAIRWIRE_CACHE"] = str(spare)
    reason = (error.strerror or str(error)).lower()
    sys.stderr.write(f"fairwire: the compile cache {folder} cannot be written ({reason}); {known}\n")
    return mine


@cache
def state_revision() -> str:
    """A hash of the sources that make the state of a service: what one version kept, only the same one can go on from."""
    digest = hashlib.sha256()
    others = ("model/columns.py", "runtime/encode.py", "runtime/gather.py", "runtime/memory.py", "runtime/stream.py")
    for source in [*sorted((_FOLDER / "kernel").rglob("*.py")), *(_FOLDER / name for name in others)]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def point() -> None:
    """Name the folder to Numba, whether it is there already or not. `fairwire.runtime` does it before anything else."""
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
    if "numba" in sys.modules:
        from numba.core import config

        vars(config)["CACHE_DIR"] = str(cache_folder())


def prepare() -> None:
    """Point Numba at the folder. Must come before the first import of `fairwire.kernel`."""
    from numba.core import config

    vars(config)["CACHE_DIR"] = str(cache_folder())
    _take_turns()
    _spare_scipy()


@contextmanager
def compiling() -> Iterator[list[float]]:
    """The seconds that are spent on compiling meanwhile, once it is over; of this process, all threads."""
    from numba.core.event import install_timer

    spent: list[float] = []
    with install_timer("numba:compile", spent.append):
        yield spent


@cache
def _spare_scipy() -> None:
    """Have Numba load without SciPy, which somebody may have installed: at its first call it looks there for products of
    matrices, which takes a fifth of a second, and no function of ours has any."""
    name = "scipy.linalg.cython_blas"
    if name in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[name] = None  # "not there", until Numba has looked
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del modules[name]


@cache
def _take_turns() -> None:
    """Let one process at a time write machine code, and none read meanwhile.

    Numba numbers the variants of a function in an index that it reads, changes and writes: of two processes that do so at
    once, one would find the other's machine code under its own number.
    """
    try:
        import fcntl
    except ImportError:  # not a POSIX system: there the first start must be over before the second begins
        return
    from numba.core.caching import IndexDataCacheFile

    def locked(method: Callable[..., Any], how: int) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            with (cache_folder() / ".lock").open("ab") as lock:
                fcntl.flock(lock, how)
                return method(*arguments)

        return call

    IndexDataCacheFile.save = locked(IndexDataCacheFile.save, fcntl.LOCK_EX)  # type: ignore[method-assign]
    IndexDataCacheFile.load = locked(IndexDataCacheFile.load, fcntl.LOCK_SH)  # type: ignore[method-assign]


SOON = 12_000
"""Kernel events of one family after which a program is compiled: plain Python takes half as long for them as compiling does,
and what was compiled is kept for the next run."""
_CALLS = 1
"""Family of calls."""
_LONGEST_COMPILE_S = 1800
_DECIDING = "deciding"
"""Word of a compiling process: what is on the way of a decision, too."""
LATER = "later"
"""`FAIRWIRE_COMPILE`: all compile once they have had many events: no service from its start on, no small program at once."""
SMALL = 1_500
"""Lines of a program that is compiled at once: it takes seconds."""


class Loops:
    """The loop of a program: plain Python for a large program that hardly runs, compiled as soon as that is worth it.

    Both are the same text and give the same. `FAIRWIRE_COMPILE` may say `always`, `later` or `never`. What was compiled is kept
    on disk, and used from the first event on.
    """

    def __init__(self, text: str, program: Program | None = None) -> None:
        self.program = program
        # The text alone says what runs: two plans that differ in parameters only share their machine code.
        self._digest = _digest(text)
        self._text = text
        self._mode = os.environ.get("FAIRWIRE_COMPILE", "")
        self._at_start = self._mode != LATER
        if self._mode == LATER:
            self._mode = ""
        if not self._mode and self._at_start and text.count("\n") <= SMALL:
            self._mode = "always"
        self._seen: Counter[int] = Counter()
        self._ready: set[int] = set()
        self._modules: dict[bool, ModuleType] = {}
        self.behind = False
        """Compile on a thread of its own, while plain Python goes on: for a service, whose callers wait."""
        self._working: set[int] = set()
        self._quick: dict[int, Any] = {}
        """Kind of event -> its compiled loop."""

    def __call__(self, start: int, rows: Any, *others: Any) -> int:
        """Run rows from `start` on; the first that was not run, because the caller must make room or take what was found."""
        at, end = start, len(rows)
        if end == 1 and not at and self._quick:  # somebody waits
            found = self._quick.get(rows.item(0, _KIND))
            if found is not None:
                return int(found(0, rows, *others))
        from fairwire.kernel.template import KIND, loop_of

        if at >= end:
            # Nothing to do but to get ready, where that takes seconds.
            from fairwire.kernel.compiled import waits_for_code

            kept = self._mode != "never" and self.kept and not (self.behind and waits_for_code())
            if self._mode == "always" or kept:
                return self._run(_CALLS, at, rows, others, compiled=True)
            if self.behind and self._at_start and self._mode != "never":
                self._compile_behind(_CALLS, rows, others)
            return at
        # Either module names the families; plain text is not loaded where machine code does all of the work.
        kept = self._mode != "never" and (True in self._modules or self.kept)
        loops = self._module(compiled=kept).RUNS
        while at < end:
            family = loop_of(int(rows[at, KIND]), loops)
            before = at
            compiled = self._is_worth(family, end - at)
            if compiled and self.behind and family not in self._ready and self._mode != "always":
                self._compile_behind(family, rows, others)
                compiled = False
            at = self._run(family, at, rows, others, compiled=compiled)
            self._seen[family] += at - before
            if at < end and loop_of(int(rows[at, KIND]), loops) == family:
                return at
        return at

    def _compile_behind(self, family: int, rows: Any, others: tuple[Any, ...]) -> None:
        if family not in self._working:
            self._working.add(family)
            work = (family, rows[:0], others)
            threading.Thread(target=self._compile, args=work, name="fairwire-compile", daemon=True).start()

    def _compile(self, family: int, nothing: Any, others: tuple[Any, ...]) -> None:
        """Have a family compiled by another process, so that nobody here waits for the interpreter, and take it from the disk."""
        from fairwire.kernel.compiled import waits_for_code
        from fairwire.runtime import first_code

        held = family == _CALLS and waits_for_code()
        try:
            deciding = held and not first_code.is_kept()
            if self.program is not None and (deciding or not self._mark(family).exists()):
                compile_elsewhere(self.program, deciding=deciding)
            self._run(family, 0, nothing, others, compiled=True)
        finally:
            if held:
                first_code.release()

    def _is_worth(self, family: int, coming: int) -> bool:
        if self._mode:
            return self._mode == "always"
        return family in self._ready or self._seen[family] + coming > SOON or self._mark(family).exists()

    def _run(self, family: int, at: int, rows: Any, others: tuple[Any, ...], *, compiled: bool) -> int:
        from fairwire.kernel.compiled import making_code
        from fairwire.kernel.template import loop_of

        first = compiled and family not in self._ready
        if first and self._mode != "always" and sys.stderr.isatty() and not self._mark(family).exists():
            sys.stderr.write("fairwire: compiling these rules, which takes about a minute the first time\n")
        if first and not self._mark(family).exists():
            # What another process is compiling is waited for, and only read.
            with making_code(), _alone(f"{self.name}.compiling"):
                done = int(self._module(compiled=True).RUNS[family](at, rows, *others))
        elif first:
            with making_code():
                done = int(self._module(compiled=True).RUNS[family](at, rows, *others))
        else:
            done = int(self._module(compiled=compiled).RUNS[family](at, rows, *others))
        if first:
            self._ready.add(family)
            loops = self._module(compiled=True).RUNS
            self._quick |= {kind: loops[family] for kind in CALLS if loop_of(kind, loops) == family}
            with suppress(OSError):
                self._mark(family).touch()
        return done

    def quick(self, kind: int) -> Any:
        """The compiled loop of a kind of event, without a detour, for somebody who waits; None until there is one."""
        return self._quick.get(kind)

    @property
    def coming(self) -> bool:
        """Machine code for calls is being made or loaded on another thread."""
        return _CALLS in self._working and _CALLS not in self._ready

    @property
    def kept(self) -> bool:
        """Calls can be judged by machine code that an earlier run has left on disk."""
        return self._mark(_CALLS).exists()

    @property
    def name(self) -> str:
        """By which the folder knows this program."""
        return f"plan_{self._digest}"

    def _mark(self, family: int) -> Path:
        return cache_folder() / f"plan_{self._digest}.{family}"

    def _module(self, *, compiled: bool) -> ModuleType:
        found = self._modules.get(compiled)
        if found is None:
            name = self._digest if compiled else f"{self._digest}_plain"
            from fairwire.kernel.template import PLAIN

            text = self._text if compiled else self._text.replace(*PLAIN)
            found = self._modules[compiled] = _load(f"fairwire_plan_{name}", _written(f"plan_{name}.py", text))
        return found


def load_run(program: Program) -> Loops:
    """The loop of a program, compiled where it has been so before, or where that is worth it."""
    prepare()
    return Loops(_text_of(program), program)


@by_program
def _text_of(program: Program) -> str:
    """The module of a program: as it was written before, where that is still what would be written."""
    from fairwire.kernel.template import module_text
    from fairwire.runtime.checked import checked

    made: list[str] = []

    def digest() -> str:
        made.append(module_text(program))
        return _digest(made[0])

    # By all that is in it: the fingerprint of a program that was changed by hand is the old one.
    known = checked("text", msgspec.json.encode(program), ("kernel", "model"), digest)
    with suppress(OSError, UnicodeDecodeError):
        text = made[0] if made else _kept(f"plan_{known}.py").read_text(encoding="utf-8")
        if _digest(text) == known:
            return text
    return module_text(program)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compile_elsewhere(program: Program, *, deciding: bool = False) -> bool:
    """Compile a program's calls in a process of its own, into the folder that this one reads. Whether that went well.

    `deciding`: before it, all that is on the way of a decision.
    """
    folder = cache_folder()
    with tempfile.NamedTemporaryFile(dir=folder, prefix="program-", suffix=".pickle") as file:
        pickle.dump(program, file)
        file.flush()
        command = [sys.executable, "-c", "import sys; from fairwire.runtime.machine import compile_now as c; c(*sys.argv[1:])"]
        # It is to know of no database or data of this one's.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWIRE_")}
        environment |= {"FAIRWIRE_CACHE": str(folder.parent), "FAIRWIRE_COMPILE": "always"}
        words = [*command, file.name, *([_DECIDING] if deciding else ())]
        try:
            done = subprocess.run(words, env=environment, capture_output=True, timeout=_LONGEST_COMPILE_S)
        except (OSError, subprocess.SubprocessError):
            return False
    return done.returncode == 0


def compile_now(file: str, *also: str) -> None:
    """Compile the calls of the program in a file that `compile_elsewhere` wrote, and before them what it says besides."""
    from fairwire.kernel.kernel import Kernel
    from fairwire.model.columns import WIDTH

    os.nice(5)  # calls are answered meanwhile
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with Path(file).open("rb") as stream:
        program = pickle.load(stream)  # noqa: S301 - our own, in our own folder
    import numpy as np

    from fairwire.runtime import first_code

    if _DECIDING in also:
        first_code.make()
    customers = np.zeros((1, 1 + len(program.customer_attributes)))
    Kernel(program, load_run(program)).apply(np.zeros((0, WIDTH), dtype=np.int64), np.zeros(0, dtype=np.int64), customers)


def _end_with(parent: int) -> None:
    """End when the process that wants the machine code is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process at a time, of all that share the folder."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        lock = (cache_folder() / name).open("ab")
    except OSError:  # a full disk: then it is compiled beside the others, and not kept
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cache_state(loops: Loops) -> Literal["warm", "half", "cold", "spare"]:
    """Whether a start finds its machine code on disk.

    `half`: that of the kernel, and not yet that of these rules. `spare`: the folder cannot be written, so each start may compile
    for itself.
    """
    folder = cache_folder()
    if loops.kept:
        return "warm"
    if (folder / _ORIGIN).exists():
        return "spare"
    return "half" if any(folder.glob("kernel_*/*.nbi")) else "cold"


def _written(name: str, text: str) -> Path:
    path = _kept(name)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)  # two processes may do this at once; both write the same
    return path


def _kept(name: str) -> Path:
    """Where a plan's text stands or belongs. Numba knows machine code by the place of its text, which must not move."""
    folder = cache_folder()
    origin = folder / _ORIGIN
    if origin.exists():
        before = Path(origin.read_text(encoding="utf-8")) / name
        with suppress(OSError):
            if before.is_file() and os.access(before, os.R_OK):
                return before
    return folder / name


_LOADING = threading.RLock()
"""Held while a plan's module is loaded: another thread that wants the same one must not get half of it."""


def _load(name: str, path: Path) -> ModuleType:
    with _LOADING:
        if name in sys.modules:
            return sys.modules[name]  # its machine code is loaded already
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        # Numba's cache names the module of a function, and looks for it here when it reads machine code back.
        sys.modules[name] = module
        try:
            _keep_byte_code(path)
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module  # type: ignore[no-any-return]


def _keep_byte_code(path: Path) -> None:
    """Write a module's byte code, where Python has been told to write none: containers often do, and to compile half a megabyte
    of text takes it 0.4 s at each start."""
    if not sys.dont_write_bytecode:
        return  # it does so itself
    with suppress(OSError, ValueError, py_compile.PyCompileError):
        kept = Path(importlib.util.cache_from_source(str(path)))
        if not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
            py_compile.compile(str(path), doraise=True)
