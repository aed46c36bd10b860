"""Wiring: the only place where stages, adapters and the clock meet."""

from __future__ import annotations

from fairwire.runtime.machine import point

point()  # before anything imports `fairwire.kernel`: its functions ask, when they are made, where machine code is kept
