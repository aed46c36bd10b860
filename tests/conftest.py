"""Settings of the whole suite: where compiled code is kept, and how hypothesis looks for counterexamples."""

from __future__ import annotations

import gc
import os
import re
from collections import Counter
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from postgres_lab import database, postgres  # noqa: F401  (fixtures)

# Time limits say more about the machine's other work than about the code; a property that hangs is seen anyway.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


LONG = (
    "test_spark.py",
    "test_reference.py",
    "test_console.py",
    "test_change_desk.py",
    "test_look_alikes.py",
    "test_kamailio.py",
    "test_serve.py",
    "test_bench.py",
    "test_kill.py",
    "test_main_job.py",
    "test_extremes.py",
    "test_disk.py",
    "test_replay.py",
)
"""Files that take a minute or more: they come first, so that no worker is left with one of them when the other is done.

The first of them need no machine code, which is made meanwhile (see .ci/run), nor short answers, which that would delay."""


COMPILED = ("properties", "equivalence", "kernel")
"""Folders whose tests run small programs compiled, however few events they see."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, whatever order the others have."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONG)))
    share = float(os.environ.get("FAIRWIRE_EXAMPLES", "1"))
    for function in {item.function for item in items if isinstance(item, pytest.Function)} if share < 1 else ():
        own = getattr(function, "_hypothesis_internal_use_settings", None)
        if own is not None:
            fewer = settings(own, max_examples=max(10, round(own.max_examples * share)))
            function._hypothesis_internal_use_settings = fewer


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled code between runs, and share it between workers and the commands that tests start."""
    if "FAIRWIRE_CACHE" not in os.environ and hasattr(config, "cache"):
        os.environ["FAIRWIRE_CACHE"] = str(config.cache.mkdir("fairwire"))
    # Services of tests live for seconds, and most rules of tests see a hundred events: compiling would be for nobody.
    os.environ.setdefault("FAIRWIRE_COMPILE", "later")
    from fairwire.runtime.machine import prepare

    prepare()  # before anything imports `fairwire.kernel`
    # What tests and libraries make as they load stays to the end: to look through it again and again is a tenth of a run.
    gc.set_threshold(20_000, 20, 20)
    # The tree of 160 commands is made once, and not for each of the thousand commands that tests run in this process.
    import typer.main
    import typer.testing

    import fairwire.cli.main

    vars(fairwire.cli.main)["build"] = cache(fairwire.cli.main.build)
    vars(typer.testing)["_get_command"] = vars(typer.main)["get_command"] = cache(typer.main.get_command)


def pytest_collection_finish() -> None:
    """What stands now is not looked through for garbage any more."""
    gc.collect()
    gc.freeze()


_EXAMPLES: Counter[str] = Counter()
"""Property -> examples that it held for in this run."""
_PASSING = re.compile(r"- (\d+) passing,")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take the count of examples that Hypothesis left with the test."""
    report = yield
    said = getattr(item, "hypothesis_statistics", "")
    if report.when == "teardown" and said:
        report.user_properties.append(("examples", sum(int(count) for count in _PASSING.findall(said))))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add them up where the summary is written, whichever process ran the test."""
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == "examples" and isinstance(value, int):
                _EXAMPLES[report.nodeid] += value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How many examples each property ran: one line, and with -v one for each property."""
    if not _EXAMPLES:
        return
    if config.get_verbosity() > 0:
        terminalreporter.section("examples of each property")
        for name, count in sorted(_EXAMPLES.items()):
            terminalreporter.line(f"{count:>7,}  {name}")
    terminalreporter.line(f"{sum(_EXAMPLES.values()):,} examples of {len(_EXAMPLES)} properties held")


@pytest.fixture(autouse=True)
def _machine_code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of any traffic is shown of machine code, as users run it."""
    if request.path.parent.name in COMPILED and os.environ["FAIRWIRE_COMPILE"] == "later":
        monkeypatch.setenv("FAIRWIRE_COMPILE", "")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parent.parent
