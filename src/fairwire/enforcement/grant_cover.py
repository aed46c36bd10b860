"""Whether one event is inside what a grant allows. Nothing here knows a rule, and nothing is inside that is not known to be."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Literal, NamedTuple

from fairwire.enforcement.grant_kinds import KINDS, LOAD_WORD, SHOWS, SYSTEM_OF, words_of
from fairwire.enforcement.grant_scope import network, ports
from fairwire.enforcement.grants import window_us
from fairwire.model.grants import Grant
from fairwire.numbers.spans import NumberSet, spans_of

Verdict = Literal["inside", "outside", "beside"]
"""`beside`: it is no part of the test, and no sign of one: a connection that was answered."""
FAR_US = 2**62
"""An end that never comes."""


class Seen(NamedTuple):
    """What of an event says whether it is covered."""

    kind: str
    at_us: int
    source: str | None = None
    """Address of the customer's side."""
    target: str | None = None
    """Address of the other side."""
    port: int | None = None
    category: str | None = None
    """Of an alert."""
    answered: bool = False
    """Of a connection: something came back."""
    own: tuple[str, ...] = ()
    """Numbers of the customer's side: digits of E.164 without the plus, or as they came."""
    called: tuple[str, ...] = ()
    """The same of the other side."""
    campaign: str | None = None


class Cover:
    """One grant as events are held against it.

    Parameters
    ----------
    held
        A grant that holds or held.
    """

    def __init__(self, held: Grant) -> None:
        scope = held.allowed
        window = window_us(held)
        assert scope is not None
        assert window is not None
        self.grant_id = held.grant_id
        self.kind = held.kind
        self.customer = held.customer
        self.begins_us = window[0]
        self.ends_us = FAR_US if window[1] is None else window[1]
        self.words = frozenset(words_of(held.kind, scope.types))
        self.is_test = KINDS[held.kind].first
        self._numbers = NumberSet(span for text in scope.numbers for span in spans_of(text)) if scope.numbers else None
        self._texts = frozenset(scope.numbers)
        self._targets = tuple(map(network, scope.addresses))
        self._sources = tuple(map(network, scope.sources))
        self._ports = tuple(map(ports, scope.ports))
        self._systems = frozenset(scope.systems)
        self._campaigns = frozenset(scope.campaigns)
        shown: dict[str, set[str]] = {}
        for each in scope.types:
            for name, categories in SHOWS[each].items():
                shown.setdefault(name, set()).update(categories)
        self._shown = shown
        self.narrow = self.is_test or bool(self._numbers or self._targets or self._campaigns)
        """It is for some events of the customer and not for all."""

    def holds(self, at_us: int) -> bool:
        """Whether it is in force at an instant."""
        return self.begins_us <= at_us < self.ends_us

    def verdict(self, seen: Seen, at_us: int | None = None, word: str = "") -> Verdict:
        """What an event is to this grant, for a rule that it silences by `word`; `at_us` where another instant counts than the
        event's own."""
        if not self.holds(seen.at_us if at_us is None else at_us):
            return "outside"
        inside = self._tested(seen) if self.is_test else self._vouched(seen)
        if inside:
            return "inside"
        # Who scans meets closed doors. A connection that was answered shows nothing of a scan, but it may be part of a flood.
        harmless = self.is_test and seen.kind == "net.flow" and seen.answered and word != LOAD_WORD
        return "beside" if harmless else "outside"

    def _tested(self, seen: Seen) -> bool:
        categories = self._shown.get(seen.kind)
        if categories is None or (seen.kind == "net.alert" and seen.category not in categories):
            return False
        if self._sources and not _among(seen.source, self._sources):
            return False
        if seen.kind in SYSTEM_OF:
            return SYSTEM_OF[seen.kind] in self._systems
        if not _among(seen.target, self._targets):
            return False
        return not self._ports or (seen.port is not None and any(low <= seen.port <= high for low, high in self._ports))

    def _vouched(self, seen: Seen) -> bool:
        if not self.narrow:
            return True
        numbers = seen.called if self.kind == "opt_in_proof" else seen.own
        if self._numbers is not None and any(self._names(each) for each in numbers):
            return True
        if self._targets and _among(seen.source, self._targets):
            return True
        return seen.campaign is not None and seen.campaign in self._campaigns

    def _names(self, number: str) -> bool:
        assert self._numbers is not None
        return number in self._texts or (number.isdecimal() and number in self._numbers)


def _among(text: str | None, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    found = None if text is None else _address(text)
    return found is not None and any(found in each for each in networks)


@lru_cache(maxsize=1 << 14)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found
