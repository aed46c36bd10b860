"""Certificates at hand: kept by address, fetched by threads of their own, so that no call waits for a stranger's server."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from fairwire.net.connecting import Resolve, resolve
from fairwire.runtime.certificate_fetch import TIMEOUT_S, Allowance, Fetched, fetch
from fairwire.stir.certificates import Chain, FetchFailure
from fairwire.stir.passport import x5u_fault

log = structlog.get_logger()

MAX_AGE_S: Final = 86_400
"""Where the server says nothing (ATIS-1000074)."""
_LEAST_AGE_S: Final = 60
_MOST_AGE_S: Final = 7 * 86_400
"""A certificate that was replaced after a theft is gone from here within a week, whatever its server said."""
_FAILURE_AGE_S: Final = 30
_AHEAD: Final = 0.9
"""Share of its time after which a certificate is fetched anew while the old one still serves."""
_WORKERS: Final = 4
_MOST_WAITING: Final = 256
_MOST_FAILURES: Final = 4096


@dataclass(frozen=True, slots=True)
class _Kept:
    chain: Chain
    renew_at: float
    until: float


class HttpsCertificates:
    """A `CertificateSource` over HTTPS. Used from any number of threads.

    An address is fetched by one thread at a time. What was had stays as long as the server says, a minute at least and a week
    at most; what failed is not asked again for half a minute. Both are bounded, and apart: somebody who sends calls with ever
    new addresses pushes out no certificate that serves others.

    Parameters
    ----------
    max_age_s
        How long a certificate stays whose server does not say; at least 60.
    most
        Addresses whose certificates are kept; those not asked for longest go first.
    timeout_s
        For one fetch as a whole.
    resolver, clock, allowance
        For tests. No setting of the product reaches them.
    """

    def __init__(
        self,
        *,
        max_age_s: int = MAX_AGE_S,
        most: int = 1024,
        timeout_s: float = TIMEOUT_S,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
        allowance: Allowance | None = None,
    ) -> None:
        self._max_age_s = max(max_age_s, _LEAST_AGE_S)
        self._most = most
        self._timeout_s = timeout_s
        self._resolver = resolver
        self._clock = clock
        self._allowance = allowance
        self._turn = threading.Condition()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._failed: OrderedDict[str, tuple[FetchFailure, float]] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._asked: set[str] = set()
        """Waiting or being fetched."""
        self._workers = 0
        self._closed = False

    def get(self, url: str) -> Chain | FetchFailure | None:
        """What is known of an address; None while it is being fetched. Takes a lock, and no more."""
        now = self._clock()
        with self._turn:
            kept = self._kept.get(url)
            if kept is not None and now < kept.until:
                self._kept.move_to_end(url)
                if now >= kept.renew_at and not self._is_failed(url, now):
                    self._ask(url)
                return kept.chain
            if self._is_failed(url, now):
                return self._failed[url][0]
            fault = x5u_fault(url)
            if fault is not None:
                return FetchFailure(f"its address {fault}")
            return None if self._ask(url) else FetchFailure("too many certificates are being fetched")

    def wait(self, url: str, timeout_s: float) -> Chain | FetchFailure | None:
        """As `get`, and wait for the answer: for start-up, where certificates of those who send most are fetched first."""
        found = self.get(url)
        if found is None:
            with self._turn:
                self._turn.wait_for(lambda: url not in self._asked, timeout_s)
            found = self.get(url)
        return found

    def close(self) -> None:
        """Fetch nothing more. What is on its way ends by itself within its time, and is dropped."""
        with self._turn:
            self._closed = True
            self._waiting.clear()
            self._asked.clear()
            self._turn.notify_all()

    def _is_failed(self, url: str, now: float) -> bool:
        failed = self._failed.get(url)
        return failed is not None and now < failed[1]

    def _ask(self, url: str) -> bool:
        """Put an address on the list, with the lock held. False: the list is full, or nothing is fetched any more."""
        if url in self._asked:
            return True
        if self._closed or len(self._waiting) >= _MOST_WAITING:
            return False
        self._asked.add(url)
        self._waiting.append(url)
        if self._workers < _WORKERS:
            self._workers += 1
            # A thread that hangs in the look-up of a name must not keep the process from ending.
            threading.Thread(target=self._work, name="certificates", daemon=True).start()
        return True

    def _work(self) -> None:
        """Fetch until nothing waits."""
        while True:
            with self._turn:
                if not self._waiting:
                    self._workers -= 1
                    return
                url = self._waiting.popleft()
            try:
                found = fetch(
                    url, timeout_s=self._timeout_s, resolver=self._resolver, clock=self._clock, allowance=self._allowance
                )
            except Exception as error:
                # A thread that dies here would leave its address waiting for ever.
                log.error("a certificate could not be fetched", error=type(error).__name__, exc_info=error)
                found = FetchFailure("the fetch ended in an error of ours")
            with self._turn:
                if not self._closed:
                    self._keep(url, found)
                self._asked.discard(url)
                self._turn.notify_all()

    def _keep(self, url: str, found: Fetched | FetchFailure) -> None:
        now = self._clock()
        if isinstance(found, FetchFailure):
            self._failed[url] = (found, now + _FAILURE_AGE_S)
            self._failed.move_to_end(url)
            while len(self._failed) > _MOST_FAILURES:
                self._failed.popitem(last=False)
            return
        said = self._max_age_s if found.max_age_s is None else found.max_age_s
        age_s = min(max(said, _LEAST_AGE_S), _MOST_AGE_S)
        self._kept[url] = _Kept(found.chain, now + _AHEAD * age_s, now + age_s)
        self._kept.move_to_end(url)
        self._failed.pop(url, None)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
