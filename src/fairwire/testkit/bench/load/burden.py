"""What else happens on a server: somebody looks at the console, and the disk has other work."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

_BLOCK = 1 << 20
_FILE = 16 << 20
_FORM = re.compile(r'name="([^"]+)"[^>]*value="([^"]*)"')


class Onlooker:
    """Fetches the first page of the console and `/metrics`, one after the other, without a pause."""

    def __init__(self, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        fields = dict(_FORM.findall(self._get("/login")))
        self._opener.open(f"{self._base}/login", urllib.parse.urlencode({**fields, "token": token}).encode(), timeout=30).read()
        self._metrics = urllib.request.Request(f"{self._base}/metrics", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        self._ends = threading.Event()
        self._done = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop; how many pages were fetched."""
        self._ends.set()
        self._thread.join(30)
        return self._done

    def close(self) -> None:
        """Stop, if it has not been done."""
        self._ends.set()

    def _get(self, path: str) -> str:
        with self._opener.open(self._base + path, timeout=30) as answer:
            return str(answer.read().decode("utf-8", "replace"))

    def _run(self) -> None:
        while not self._ends.is_set():
            # A server that is too busy for a page is what is measured.
            with contextlib.suppress(urllib.error.URLError, OSError):
                self._get("/")
                with self._opener.open(self._metrics, timeout=30) as answer:
                    answer.read()
                self._done += 2


class DiskHog:
    """Writes a file over and over, and makes each megabyte durable."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "busy-disk"
        self._ends = threading.Event()
        self._done = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop; how many megabytes were written."""
        self._ends.set()
        self._thread.join(30)
        self._path.unlink(missing_ok=True)
        return self._done

    def close(self) -> None:
        """Stop, if it has not been done."""
        self._ends.set()

    def _run(self) -> None:
        block = os.urandom(_BLOCK)
        number = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            at = 0
            while not self._ends.is_set():
                os.pwrite(number, block, at)
                os.fsync(number)
                at = (at + _BLOCK) % _FILE
                self._done += 1
        finally:
            os.close(number)
