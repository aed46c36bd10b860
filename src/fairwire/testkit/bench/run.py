"""One run: section after section, and what was measured so far when somebody stops it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.instants import format_us
from fairwire.testkit.bench.environment import Environment, environment, load
from fairwire.testkit.bench.figures import Outcome, Scale
from fairwire.testkit.bench.listing import contender, contender_names, section
from fairwire.testkit.bench.section import Job

SCALES: tuple[Scale, ...] = ("tiny", "small", "full")


class Run(msgspec.Struct, kw_only=True):
    """All that one run gave."""

    started: str
    scale: Scale
    rounds: int
    environment: Environment
    outcomes: list[Outcome]
    load_at_end: float | None = None
    complete: bool = False
    """False when it was stopped before its end."""

    @property
    def holds(self) -> bool:
        """Whether no value differs, and no section failed."""
        return not self.differing and all(outcome.complete for outcome in self.outcomes)

    @property
    def differing(self) -> int:
        """Values that should be the same and are not."""
        return sum(agreement.differing for outcome in self.outcomes for agreement in outcome.agreements)


def look_round() -> Environment:
    """The machine, and the versions of every contender."""
    return environment(package for name in contender_names() for package in contender(name).packages)


def usable_folder(folder: Path) -> None:
    """Make the folder for results, before anything is measured.

    Raises
    ------
    BadUse
        Nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = (error.strerror or "it is no folder").lower()
        raise BadUse(f"results cannot be written there: {reason}", at=str(folder), help_="name another folder with -o") from None


def measure(
    names: Sequence[str],
    scale: Scale,
    rounds: int,
    report: Callable[[str, str, int, int], None],
    *,
    against: Sequence[str],
) -> Run:
    """Measure the sections; on Ctrl-C, give what there is.

    Parameters
    ----------
    names, against
        Sections and contenders, as `listing` chose them.
    report
        (section, what is going on, how much of it is done, of how much): called now and then.
    """
    run = Run(started=format_us(time.time_ns() // 1000), scale=scale, rounds=rounds, environment=look_round(), outcomes=[])
    with tempfile.TemporaryDirectory(prefix="fairwire-bench-") as folder, _temporary_files_in(folder):
        try:
            for name in names:
                _measure_one(name, run, tuple(against), Path(folder), report)
            run.complete = True
        except KeyboardInterrupt:
            pass
    run.load_at_end = load()
    return run


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """Processes that start meanwhile put their temporary files there: they go with it, however a process ends."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        del os.environ["TMPDIR"]
        if before is not None:
            os.environ["TMPDIR"] = before


def _measure_one(
    name: str, run: Run, against: tuple[str, ...], folder: Path, report: Callable[[str, str, int, int], None]
) -> None:
    one = section(name)
    out = Outcome(name=name, title=one.title)
    run.outcomes.append(out)
    said = partial(report, name)
    began = time.perf_counter()
    try:
        one.measure(Job(scale=run.scale, rounds=run.rounds, against=against, folder=folder, report=said), out)
        out.complete = True
    except FairwireError as error:
        out.missing.append(f"this section ended early: {error.sentence()}")  # the others can still be measured
    finally:
        out.seconds = round(time.perf_counter() - began, 1)
