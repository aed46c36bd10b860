"""All that is known of numbers, at one place: what a site's lists say, and the questions that a call raises."""

from __future__ import annotations

from fairwire.model.customers import Customer
from fairwire.numbers.agents import AgentClass, Agents
from fairwire.numbers.consent import Consent, neighbour
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.do_not_call import DoNotCall
from fairwire.numbers.names import ProtectedNames
from fairwire.numbers.nanp import Nanp
from fairwire.numbers.originate import DoNotOriginate
from fairwire.numbers.presented import CallerState, CallerStates
from fairwire.numbers.rates import RateDeck
from fairwire.numbers.zones import Zones, ZoneTable

LEAST, MOST = 8, 15
"""Digits of an E.164 number, country code included, that a fact about two numbers is told of."""


class NumberBook:
    """Everything but the class of a number called, which `Destinations` gives; made once for each of those.

    Raises
    ------
    BadInput
        A list of the site cannot be read; the message names the list and the line.
    """

    def __init__(self, destinations: Destinations, zone_table: ZoneTable) -> None:
        lists = destinations.lists
        self.destinations = destinations
        self.nanp = Nanp(lists)
        self.originate = DoNotOriginate(lists)
        self.callers = CallerStates(destinations, self.originate, self.nanp)
        self.consent = Consent(lists, self.nanp)
        self.do_not_call = DoNotCall(lists)
        self.rates = RateDeck(lists)
        self.zones = Zones(zone_table)
        self._agents = Agents(lists)
        self._names = ProtectedNames(lists)
        self._agent_known: dict[str, AgentClass | None] = {}
        self._brand_known: dict[tuple[str, str], bool] = {}

    def caller_state(self, caller: str | None, customer: Customer) -> CallerState | None:
        """See `CallerStates.caller_state`."""
        return self.callers.caller_state(caller, customer)

    def e164(self, number: str | None, country: str) -> str | None:
        """E.164 digits of a whole subscriber number as it came, seen from a country; None for anything else."""
        if not number:
            return None
        if number[0] == "+" and LEAST < len(number) <= MOST + 1 and number[1:].isdigit() and number.isascii():
            return number[1:]  # as it stands; a caller may wait
        digits = self.destinations.e164(number, country)
        return digits if digits is not None and LEAST <= len(digits) <= MOST and digits.isdigit() else None

    def asserted(self, caller: str | None, pai: str | None, country: str) -> bool | None:
        """Whether the network asserts another number than the caller shows. None: one of them is no number, or is not there."""
        shown, told = self.e164(caller, country), self.e164(pai, country)
        return None if shown is None or told is None else shown != told

    def neighbour(self, caller: str | None, callee: str | None, line: str | None, customer: Customer) -> bool | None:
        """Whether the caller's number is from the callee's own block, and neither the customer nor the line that calls has it
        from there by right. None: one of the two is no number."""
        shown, called = self.e164(caller, customer.country), self.e164(callee, customer.country)
        if shown is None or called is None:
            return None
        if not neighbour(shown, called) or self.caller_state(caller, customer) == "own":
            return False
        own = self.e164(line, customer.country)
        return own is None or not neighbour(own, called)

    def all_party(self, caller: str | None, callee: str | None, country: str) -> bool | None:
        """See `Consent.all_party`, for numbers as they came."""
        return self.consent.all_party(self.e164(caller, country), self.e164(callee, country))

    def callee_hour(self, callee: str | None, country: str, at_us: int) -> int | None:
        """Hour where the number called is; None when it cannot be told."""
        digits = self.e164(callee, country)
        return None if digits is None else self.zones.hour(digits, at_us)

    def must_not_call(self, callee: str | None, customer: Customer, at_us: int) -> bool | None:
        """Whether the number is on the site's do-not-call list. None: the site has none, or it is no number."""
        digits = self.e164(callee, customer.country) if self.do_not_call else None
        return None if digits is None else self.do_not_call.forbids(int(digits), customer.id, at_us)

    def agent_class(self, user_agent: str | None) -> AgentClass | None:
        """See `Agents.agent_class`; remembers what it was asked."""
        if user_agent is None:
            return None
        if user_agent not in self._agent_known:
            if len(self._agent_known) >= 100_000:
                self._agent_known.clear()
            self._agent_known[user_agent] = self._agents.agent_class(user_agent)
        return self._agent_known[user_agent]

    def brand(self, display_name: str | None, customer: Customer) -> bool | None:
        """Whether the name on display resembles a protected one that is not the customer's own; remembers what it was asked."""
        if display_name is None or not display_name.strip():
            return None
        key = (display_name, customer.name)
        if key not in self._brand_known:
            if len(self._brand_known) >= 100_000:
                self._brand_known.clear()
            self._brand_known[key] = self._names.resembles(*key)
        return self._brand_known[key]
