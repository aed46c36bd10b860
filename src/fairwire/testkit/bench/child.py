"""Things that are measured live in processes of their own: memory and threads are then theirs alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from fairwire.model.errors import FairwireError


class ChildFailed(FairwireError):
    """A process that was being measured failed."""

    code = "FW-BEN-001"


class Child:
    """An object in another process, made there by a function and called by name.

    Parameters
    ----------
    name
        For error messages.
    factory
        `module:function`; called in the new process with the arguments, it gives the object.

    Raises
    ------
    ChildFailed
        The function failed there, or the process ended.
    """

    def __init__(self, name: str, factory: str, *arguments: Any) -> None:
        self._name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, factory, arguments), daemon=True)
        began = time.perf_counter()
        self._process.start()
        other.close()
        try:
            self._receive()
        except BaseException:
            self.close()
            raise
        self.opening_s = time.perf_counter() - began
        """Seconds until it was ready, the start of the process among them."""

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method there, and wait for what it gives."""
        self._pipe.send((method, arguments))
        return self._receive()

    def timed(self, method: str) -> tuple[float, float]:
        """Seconds of wall, and of processor in that process, that a method takes there."""
        wall_s, cpu_s = self.call(f"*{method}")
        return float(wall_s), float(cpu_s)

    def _receive(self) -> Any:
        try:
            failed, found = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join(10)
            raise ChildFailed(
                f"the process of {self._name} ended with status {self._process.exitcode}",
                help_="when the machine has too little memory, take a smaller `--scale`",
            ) from None
        if failed:
            raise ChildFailed(f"{self._name} failed: {found}")
        return found

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(15)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:  # it may be in the middle of something long
            self._process.kill()
        self.close()


def _serve(pipe: Connection, factory: str, arguments: tuple[Any, ...]) -> None:
    """Make the object and answer calls until the other side has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is asked to stop is the process that started this one
    module, _, function = factory.partition(":")
    try:
        made = getattr(import_module(module), function)(*arguments)
        pipe.send((False, None))
    except Exception as error:
        pipe.send((True, _sentence(error)))
        return
    while True:
        try:
            method, given = pipe.recv()
        except (EOFError, ConnectionResetError):
            break
        try:
            pipe.send((False, _timed(getattr(made, method[1:])) if method[0] == "*" else getattr(made, method)(*given)))
        except Exception as error:
            pipe.send((True, _sentence(error)))
    if hasattr(made, "close"):
        made.close()


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def _sentence(error: Exception) -> str:
    text = error.sentence() if isinstance(error, FairwireError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:500]


def own_core() -> None:
    """Keep this process and its threads on one core, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
