"""`fairwire serve` as its users start it, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from fairwire.testkit.bench.child import ChildFailed

PROGRAM = (sys.executable, "-c", "import sys; from fairwire.cli.main import main; main(sys.argv[1:])")
_READY = re.compile(r"API at http://127\.0\.0\.1:(\d+)(?:, SIP at 127\.0\.0\.1:(\d+))?")
_START_S = 300.0
"""Longest start: one that compiles everything."""


class Served:
    """A server on loopback, until it is closed.

    Parameters
    ----------
    data, customers
        Its folder, and the file of its customers.
    sip
        It answers SIP as well.
    compiled
        Compile the rules before the first call: a cold cache runs plain Python for the first 12,000 events otherwise.
    options
        Further words of the command.

    Raises
    ------
    ChildFailed
        It did not start.
    """

    def __init__(self, data: Path, customers: Path, *, sip: bool, compiled: bool, options: tuple[str, ...] = ()) -> None:
        words = ["serve", "--data", str(data), "--http", "127.0.0.1:0", "--customers", str(customers), "--drain", "0", *options]
        if sip:
            words += ["--sip", "127.0.0.1:0"]
        environment = {**os.environ, "FAIRWIRE_COMPILE": "always"} if compiled else dict(os.environ)
        self._said = (data.parent / f"{data.name}.err").open("w+b")
        self._process = subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=self._said, env=environment)
        self.data = data
        timer = threading.Timer(_START_S, self._process.kill)
        timer.start()
        try:
            assert self._process.stdout is not None
            ready = _READY.search(self._process.stdout.readline().decode("utf-8", "replace"))
        finally:
            timer.cancel()
        if ready is None:
            said = self._end()
            raise ChildFailed(f"`fairwire serve` did not start: {said}")
        self.http_port = int(ready[1])
        self.sip_port = int(ready[2] or 0)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def token(self) -> str:
        """The operator's token."""
        return (self.data / "token").read_text(encoding="utf-8").strip()

    def cpu_s(self) -> float:
        """Seconds of processor that it has used, all threads."""
        return cpu_seconds(self.pid)

    def close(self) -> None:
        """End it."""
        said = self._end()
        if self._process.returncode:
            raise ChildFailed(f"`fairwire serve` ended with status {self._process.returncode}: {said}")

    def _end(self) -> str:
        """Stop the process; the last that it said."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        self._said.close()
        return lines[-1][:300] if lines else "it said nothing"

    def __enter__(self) -> Served:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._process.kill()
            self._end()
        else:
            self.close()


def cpu_seconds(pid: int) -> float:
    """Seconds of processor that a process has used, user and system, all threads; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
