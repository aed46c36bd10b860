"""Fairwire's own kernel: windows in panes, one event after the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fairwire.testkit.bench.contender import Ready
from fairwire.testkit.bench.features import FEATURES, Floats, Trace
from fairwire.testkit.bench.plan import kernel_chunks, new_kernel, program_of, value_places


class _Kernel:
    def __init__(self, trace: Trace) -> None:
        self._program = program_of(FEATURES)
        self._chunks = kernel_chunks(trace)
        self._customers: Floats = np.zeros((1, 1 + len(self._program.customer_attributes)))
        rows, positions = self._chunks[0]
        new_kernel(self._program).apply(rows[:64].copy(), positions[:64], self._customers)  # compiled, or read from the cache

    def run(self) -> None:
        kernel = new_kernel(self._program)
        for rows, positions in self._chunks:
            kernel.apply(rows, positions, self._customers)

    def values(self) -> Floats:
        kernel = new_kernel(self._program)
        places = value_places(self._program)
        wanted = [places[feature.full_name] for feature in FEATURES]
        out: Floats = np.empty((sum(len(rows) for rows, _ in self._chunks), len(FEATURES)))
        for rows, positions in self._chunks:
            for i, position in enumerate(positions.tolist()):
                kernel.apply(rows[i : i + 1], positions[i : i + 1], self._customers)
                out[position] = kernel.values[wanted]
        return out


class FairwireKernel:
    """Our own. It keeps a window in panes, so it may miss part of the oldest one, and says how much."""

    name = "Fairwire kernel"
    packages: tuple[str, ...] = ("numpy", "numba")
    threads: tuple[int, ...] = (1,)
    share = 1.0
    elsewhere = False
    cannot: Mapping[str, str] = {}

    def missing(self) -> str:
        return ""

    def open(self, trace: Trace, threads: int) -> Ready:
        return _Kernel(trace)


CONTENDER = FairwireKernel()
