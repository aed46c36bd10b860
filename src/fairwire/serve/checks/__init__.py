"""What `fairwire doctor` looks at, with the settings that `fairwire serve` would be given. Nothing here changes anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fairwire.model.errors import FairwireError
from fairwire.serve.checks.edges import edges
from fairwire.serve.checks.files import control_store, data_folder, event_log, secret_files
from fairwire.serve.checks.machine import clock, python
from fairwire.serve.checks.points import http_points, sip_points
from fairwire.serve.checks.ports import certificate, http_port, identity, sip_port
from fairwire.serve.checks.results import Check, problem
from fairwire.serve.checks.rules import customers, policies
from fairwire.serve.settings import Settings

__all__ = ["Check", "examine"]


def examine(settings: Settings, data: Path, *, seconds: Callable[[], float] = time.time) -> Iterator[Check]:
    """Every check in turn, each as soon as it is known. One that breaks is a problem, and the next is made all the same.

    Parameters
    ----------
    settings
        What the server would run with.
    data
        Its data folder.
    seconds
        The clock: seconds since 1970.
    """
    looks: list[Callable[[], Iterator[Check]]] = [
        python,
        lambda: clock(data, seconds()),
        lambda: data_folder(data),
        lambda: secret_files(data),
        lambda: customers(settings.customers),
        lambda: control_store(data, settings.store),
        lambda: policies(settings.policy, data, settings.store),
        lambda: event_log(data, seconds()),
        lambda: http_port(settings.http),
        lambda: sip_port(settings.sip),
        lambda: certificate(settings.sip, seconds()),
        lambda: identity(settings.sip, seconds()),
        lambda: http_points(data, settings.points),
        lambda: sip_points(settings.sip),
        lambda: edges(settings.edges, data),
    ]
    for look in looks:
        try:
            yield from look()
        except FairwireError as error:
            yield problem("look", error.sentence())
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            yield problem("look", f"{where}{(error.strerror or str(error)).lower()}", "let this user read it, and ask again")
