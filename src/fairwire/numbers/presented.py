"""What can be said of the number that a caller shows: its own, another's, or one from which nobody calls."""

from __future__ import annotations

import re
from typing import Final, Literal

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from fairwire.model.columns import CALLER_STATES
from fairwire.model.customers import Customer
from fairwire.numbers import patterns
from fairwire.numbers.destinations import IMPOSSIBLE, IN_USE, Destinations
from fairwire.numbers.dialled import undress
from fairwire.numbers.emergency import SHORT
from fairwire.numbers.nanp import NATIONAL, Nanp
from fairwire.numbers.originate import DoNotOriginate

CallerState = Literal["own", "other", "invalid", "unallocated", "do_not_originate", "emergency", "withheld"]
CODE_OF_STATE: Final = {state: code for code, state in enumerate(CALLER_STATES, start=1)}

_WITHHELD: Final = frozenset(
    {"", "anonymous", "withheld", "restricted", "private", "privatenumber", "unavailable", "unknown", "blocked", "nocallerid"}
)
_EVERYWHERE: Final = frozenset({"112", "911", "999", "000"})
_NANP: Final = frozenset(COUNTRY_CODE_TO_REGION_CODE[1])


class CallerStates:
    """Tells the state of a caller's number. Caches are bounded and emptied when full."""

    def __init__(self, destinations: Destinations, originate: DoNotOriginate, nanp: Nanp, *, cache_size: int = 1_000_000) -> None:
        self._destinations = destinations
        self._originate = originate
        self._nanp = nanp
        self._limit = cache_size
        self._known: dict[tuple[str, str], tuple[tuple[str, ...], CallerState | None]] = {}
        self._help: dict[str, frozenset[str]] = {}

    def caller_state(self, caller: str | None, customer: Customer) -> CallerState | None:
        """The state of what is shown as the caller's number, by a customer's call. None: nothing can be said.

        In this order: withheld; an emergency number; a number on the do-not-originate list; the customer's own; no number
        at all by the plan of its country; in no range that is in use; another's. Numbers that the customer's record grants
        are its own even where libphonenumber does not know their range. Nothing is said of an extension, of a name, of what
        may be meant for a dial plan that is not known here, and of a sound number of a customer that lists none.

        Raises
        ------
        InvalidRecord
            An entry of `customer.numbers` is neither a number nor a range.
        """
        if caller is None:
            return None
        known = self._known.get((caller, customer.id))
        if known is not None and known[0] is customer.numbers:
            return known[1]
        found = self._state(caller, customer)
        if len(self._known) >= self._limit:
            self._known.clear()
        self._known[caller, customer.id] = (customer.numbers, found)
        return found

    def _state(self, caller: str, customer: Customer) -> CallerState | None:
        dialled = undress(caller)
        if not dialled.digits:
            return "withheld" if re.sub(r"[\W_]", "", dialled.text) in _WITHHELD else None
        digits, country = dialled.digits, customer.country.strip().upper()
        if not digits.isdigit():
            return None
        if digits in self._emergency(country) or (dialled.plus and self._is_coded_emergency(digits)):
            return "emergency"
        if len(digits) <= SHORT and not dialled.plus:
            return "do_not_originate" if self._originate.is_service(digits, country) else None
        meant = digits if dialled.plus else self._meant(digits, country)
        if meant is not None and meant in self._originate:
            return "do_not_originate"
        owned = self._destinations.owns_number(customer, caller)
        if owned:
            return "own"
        if meant is None:
            return None
        use = self._destinations.use(meant)
        if use == IMPOSSIBLE or (meant[0] == "1" and self._nanp.ruled_out(meant[1:])):
            return "invalid"
        if use != IN_USE:
            return "unallocated"
        return None if owned is None else "other"

    def _meant(self, digits: str, country: str) -> str | None:
        """E.164 digits of a number without a plus. In country code 1 ten digits are a number, whether anybody has it or not."""
        meant = self._destinations.e164(digits, country)
        if meant is None and country in _NANP:
            national = digits[1:] if len(digits) == NATIONAL + 1 and digits[0] == "1" else digits
            return f"1{national}" if len(national) == NATIONAL else None
        return meant

    def _emergency(self, country: str) -> frozenset[str]:
        """What is dialled for help in a country, without lifelines and habits from elsewhere that may be somebody's extension."""
        found = self._help.get(country)
        if found is None:
            metadata = PhoneMetadata.short_metadata_for_region(country) if country else None
            national = (
                metadata.emergency.national_number_pattern if metadata is not None and metadata.emergency is not None else None
            )
            found = self._help[country] = _EVERYWHERE | (patterns.words(national) if national else frozenset())
        return found

    def _is_coded_emergency(self, digits: str) -> bool:
        """`+1911`, `+44999`: an emergency number behind a country code."""
        if len(digits) > SHORT:
            return False
        for width in (1, 2, 3):
            regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:width]))
            if regions is not None:
                return digits[width:] in self._emergency(regions[0])
        return False
