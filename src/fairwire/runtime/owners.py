"""Whose number, whose address: the customer that an asserted identity, a caller's number or a source address belongs to."""

from __future__ import annotations

import ipaddress
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

from fairwire.model.customers import Customer
from fairwire.numbers.owned import owned_spans
from fairwire.numbers.spans import LONGEST_SPAN, key_of_digits

NOBODY = ""


class Owners:
    """Looks up customers by what is theirs.

    Of two that list a number, the one with the narrower range has it, and of two with the same range the one whose reseller
    is the other. Where that does not tell them apart, nobody has it: what is not known accuses nobody.
    """

    def __init__(self, customers: Sequence[Customer]) -> None:
        parents = {customer.id: customer.parent for customer in customers}
        self._one: dict[int, str] = {}
        spans: list[tuple[int, int, str]] = []
        for customer in customers:
            for entry in customer.numbers:
                for low, high in owned_spans(entry):
                    if low == high:
                        held = self._one.get(low)
                        self._one[low] = customer.id if held is None else _nearer(held, customer.id, parents)
                    else:
                        spans.append((low, high, customer.id))
        self._lows, self._highs, self._whose = _flat(spans, parents)
        self._networks: dict[tuple[int, int], dict[int, str]] = {}
        for customer in customers:
            for text in customer.addresses:
                try:
                    network = ipaddress.ip_network(text.strip(), strict=False)
                except ValueError:
                    continue  # a name, or a mistake that the customers file is not refused for
                known = self._networks.setdefault((network.version, network.prefixlen), {})
                start = int(network.network_address)
                held = known.get(start)
                known[start] = customer.id if held is None else _nearer(held, customer.id, parents)
        self._widths = sorted(self._networks, reverse=True)

    def of_number(self, number: str) -> str | None:
        """The customer of a number in E.164, with its plus; None for another text and for a number that nobody has."""
        digits = number[1:]
        if number[:1] != "+" or not (0 < len(digits) <= LONGEST_SPAN and digits.isdigit() and digits.isascii()):
            return None
        key = key_of_digits(digits)
        found = self._one.get(key)
        if found is None:
            place = bisect_right(self._lows, key) - 1
            found = self._whose[place] if place >= 0 and key <= self._highs[place] else NOBODY
        return found or None

    def of_address(self, address: str) -> str | None:
        """The customer of an IP address, by the narrowest network; None for another text and for an address that nobody has."""
        if not self._widths:
            return None
        try:
            asked = ipaddress.ip_address(address)
        except ValueError:
            return None
        if isinstance(asked, ipaddress.IPv6Address) and asked.ipv4_mapped is not None:
            asked = asked.ipv4_mapped
        number, bits = int(asked), asked.max_prefixlen
        for version, width in self._widths:
            if version == asked.version:
                found = self._networks[version, width].get(number >> (bits - width) << (bits - width))
                if found is not None:
                    return found or None
        return None


def _nearer(one: str, other: str, parents: dict[str, str | None]) -> str:
    if one == other or parents.get(one) == other:
        return one
    return other if parents.get(other) == one else NOBODY


def _flat(spans: list[tuple[int, int, str]], parents: dict[str, str | None]) -> tuple[array[int], array[int], list[str]]:
    """Spans that may lie in one another as stretches that do not, each with the customer of the narrowest span over it."""
    spans.sort()
    edges = sorted({edge for low, high, _ in spans for edge in (low, high + 1)})
    lows = array("q")  # a number apart from the others would be a place in memory apart, for each step of a search
    highs = array("q")
    whose: list[str] = []
    over: list[tuple[int, int, str]] = []
    coming = 0
    for low, behind in pairwise(edges):
        while coming < len(spans) and spans[coming][0] <= low:
            begin, end, customer = spans[coming]
            heappush(over, (end - begin, end, customer))
            coming += 1
        while over and over[0][1] < low:
            heappop(over)
        if not over:
            continue
        owner = over[0][2]
        for width, end, customer in over:
            if width == over[0][0] and end >= low:
                owner = _nearer(owner, customer, parents)
        lows.append(low)
        highs.append(behind - 1)
        whose.append(owner)
    return lows, highs, whose
