"""Settings of the whole suite: where compiled code is kept, and how hypothesis looks for counterexamples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Time limits say more about the machine's other work than about the code; a property that hangs is seen anyway.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled code between runs, and share it between workers and the commands that tests start."""
    if "FAIRWIRE_CACHE" not in os.environ and hasattr(config, "cache"):
        os.environ["FAIRWIRE_CACHE"] = str(config.cache.mkdir("fairwire"))
    from fairwire.runtime.machine import prepare

    prepare()  # before anything imports `fairwire.kernel`


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parent.parent
