"""Who diverted a call, out of Diversion and History-Info, each diversion once.

Source: RFC 5806 (Diversion, the newest on top); RFC 7044 (History-Info: a tree of targets by index, the newest last);
RFC 4458 and RFC 8119 (the `cause` parameter); RFC 7544 (how the two say the same).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import unquote

from fairwire.sip.addresses import BadAddress, Uri, number_of, read_address, split_list
from fairwire.sip.message import Request

_CAUSES = frozenset({"302", "380", "404", "408", "480", "486", "487", "503", "600", "603"})
"""Causes by which a call is diverted: RFC 4458 and RFC 7544."""
_REASON = re.compile(r"(?:^|&)reason=sip\s*;\s*cause\s*=\s*([0-9]{3})", re.IGNORECASE)
_INDEX = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,63}").fullmatch
_MOST_ENTRIES = 64
"""Entries of one header that are looked at; a call is dropped by Max-Forwards before it was diverted as often."""
_MOST_TIMES = 255


class Diversions(NamedTuple):
    """The diversions of one call."""

    numbers: tuple[str, ...]
    """The diverting parties, newest first; one that diverted twice stands there twice."""
    times: int
    """Diversions in all: a Diversion entry counts as often as its `counter` says."""


class _Entry(NamedTuple):
    uri: Uri
    place: str
    """Its `index`: `1`, `1.1`, `1.1.2`."""
    mapped_from: str
    """Index of the entry that this one was made from (`rc`, `mp`), or empty."""


def _values(request: Request, name: bytes) -> list[str]:
    return [value for line in request.texts(name) for value in split_list(line) if value][:_MOST_ENTRIES]


def _said(flaws: list[str], sentence: str) -> None:
    if sentence not in flaws:
        flaws.append(sentence)


def _who(uri: Uri) -> str:
    return number_of(uri) or uri.host


def _from_diversion(request: Request, flaws: list[str]) -> tuple[list[str], int]:
    found, times = [], 0
    for value in _values(request, b"diversion"):
        try:
            address = read_address(value)
        except BadAddress:
            _said(flaws, "a value of diversion cannot be read")
            continue
        counter = address.params.get("counter") or ""
        times += min(max(int(counter), 1), _MOST_TIMES) if counter.isdigit() and counter.isascii() and len(counter) <= 9 else 1
        found.append(_who(address.uri))
    return found, times


def _cause(uri: Uri) -> bool:
    return (uri.params.get("cause") or "") in _CAUSES


def _failed(uri: Uri) -> bool:
    """A Reason in the URI of an entry: this target turned the call away (RFC 7044, RFC 3326)."""
    match = _REASON.search(unquote(uri.headers)) if uri.headers else None
    return match is not None and match[1] in _CAUSES


def _from_history(request: Request, flaws: list[str]) -> list[str]:
    entries: list[_Entry] = []
    for value in _values(request, b"history-info"):
        try:
            address = read_address(value)
        except BadAddress:
            _said(flaws, "a value of history-info cannot be read")
            continue
        index = address.params.get("index") or ""
        if not _INDEX(index):
            _said(flaws, "a value of history-info has no index")
            continue
        mapped_from = address.params.get("mp") or address.params.get("rc") or ""
        entries.append(_Entry(address.uri, index, mapped_from))
    entries.sort(key=lambda entry: [int(part) for part in entry.place.split(".")])
    places = {entry.place: place for place, entry in enumerate(entries)}
    diverting: list[int] = []
    for place, entry in enumerate(entries):
        if _cause(entry.uri):
            # The entry that it was made from diverted; without a mark that is the one above it in the tree, else the one before.
            parent = places.get(entry.mapped_from, places.get(entry.place.rpartition(".")[0], place - 1))
            if 0 <= parent < place:
                diverting.append(parent)
        if _failed(entry.uri) and place + 1 < len(entries):
            diverting.append(place)
    return [_who(entries[place].uri) for place in sorted(set(diverting), reverse=True)]


def read_diversions(request: Request, flaws: list[str]) -> Diversions:
    """The diversions of a request, newest first; sentences about values that cannot be read are added to `flaws`.

    When both headers are there, the longer list is taken, and of the other only what it lacks: gateways write the same diversion
    into both (RFC 7544).
    """
    by_diversion, times = _from_diversion(request, flaws)
    by_history = _from_history(request, flaws)
    longer, other = (by_diversion, by_history) if len(by_diversion) >= len(by_history) else (by_history, by_diversion)
    known = Counter(longer)
    missing = []
    for number in other:
        known[number] -= 1
        if known[number] < 0:
            missing.append(number)
    numbers = (*longer, *missing)
    return Diversions(numbers, max(times, len(numbers)))
