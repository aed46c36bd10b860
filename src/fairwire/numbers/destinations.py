"""What a called number is: where it leads, what kind of number, whether help is at the other end.

The only module that knows the numbering plans of the world (libphonenumber). Reading one number there costs some twenty
microseconds; this module asks once for each *stretch* of numbers. A stretch is all numbers of one length at whose end the
patterns of the numbering plan stand alike (`states`), so two numbers of one stretch are of the same country, kind
and validity by construction, not by luck. Country codes whose patterns cannot be read that way, and numbers with a national
prefix left inside them, are looked up whole.

Emergency comes first everywhere: a number that may reach help is of kind `emergency`, whatever else it could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException

from fairwire.model.columns import UNKNOWN, DestinationKind
from fairwire.model.customers import Customer
from fairwire.numbers.destination import BLOCK_DIGITS, CODE_OF_KIND, Destination, DestinationColumns, as_int64, unplaced
from fairwire.numbers.dialled import Dialled, undress
from fairwire.numbers.emergency import LONGEST_EMERGENCY, SHORT, EmergencyNumbers
from fairwire.numbers.high_risk import HighRisk
from fairwire.numbers.lists import Lists
from fairwire.numbers.owned import OwnedNumbers
from fairwire.numbers.states import LONGEST, WHOLE, NumberStates
from fairwire.numbers.world import CODES, KIND_OF_TYPE, patterns_of

_NETWORK_CODES: Final = frozenset({870, 881, 882, 883})
"""Country codes of satellite and international networks. 882 and 883 also hold a few terrestrial ones, priced alike."""
_BARE_E164: Final = 11
"""From so many digits on, a number as dialled in a known country may be E.164 with its plus lost."""


class _Stretch(msgspec.Struct, frozen=True):
    """What all numbers of one stretch share, and for a number looked up whole also its own digits."""

    country: str
    kind: DestinationKind
    code: int
    valid: bool
    high_risk: bool
    possible: bool
    """Numbers of this length may exist there, in use or not."""
    elsewhere: bool
    """It can be said whether a caller is abroad from it: not for international freephone, nor for what has no place."""
    width: int = 0
    """Digits of the country code; 0 for a code that nobody has."""
    e164: str | None = None
    national: int | None = None


# What is known of a stretch, as compiled code reads it: columns of `Destinations.facts`.
F_WIDTH, F_REGION, F_KIND, F_HIGH_RISK, F_ELSEWHERE, F_USE = range(6)
IMPOSSIBLE, UNUSED, IN_USE = range(3)
"""What `F_USE` says: no number can be so; one could, and nobody has it; it is in a range that is in use."""


class Destinations:
    """Classifies numbers. One instance serves a process; caches are bounded and emptied when full.

    Parameters
    ----------
    extra_emergency
        Country -> numbers that are never refused there, such as the ten-digit number of a local control centre; the
        country `""` is everywhere. They add to the lists, nothing takes away from them.
    lists
        Where the lists of numbers come from; those of the package when it is left out.
    cache_size
        Most entries of each cache.

    Raises
    ------
    BadInput
        A list of a site cannot be read, or one of its prefixes is not one.
    """

    def __init__(
        self,
        extra_emergency: Mapping[str, Iterable[str]] | None = None,
        *,
        lists: Lists | None = None,
        cache_size: int = 1_000_000,
    ) -> None:
        self._limit = cache_size
        self._stretches: list[_Stretch] = []
        self._places: dict[_Stretch, int] = {}
        self._regions: dict[str, int] = {}
        self.facts: npt.NDArray[np.int64] = np.zeros((64, 6), dtype=np.int64)
        """One row a stretch, by the answers of `states`."""
        self.countries: list[str] = []
        """By row of `facts`: ISO 3166-1 alpha-2, or nothing."""
        self.country_keys: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Of these, the keys that the kernel knows them by: kept here for `encode`, which makes them."""
        self._whole: dict[str, _Stretch] = {}
        self._known: dict[tuple[str, str], Destination] = {}
        self._emergency_known: dict[tuple[str, str], bool] = {}
        self._owned: dict[str, tuple[tuple[str, ...], OwnedNumbers | None]] = {}
        lists = lists or Lists()
        self.lists = lists
        self._help = EmergencyNumbers(lists, extra_emergency or {})
        self._risky = HighRisk(lists)
        self.high_risk_as_of = self._risky.as_of
        self.states = NumberStates(CODES, patterns_of, self._risky.expressions, self._help.e164)

    # Emergency.

    def is_emergency(self, number: str, country: str) -> bool:
        """Whether `number`, dialled in `country`, may reach help. Never fails, whatever the text.

        With the country unknown, whatever is an emergency number anywhere is one.
        """
        if number[:1] == "+" and LONGEST_EMERGENCY < len(number) - 1 <= LONGEST and number.isascii() and number[1:].isdigit():
            return number[1:] in self._help.e164  # longer than what some exchanges put a plus before
        known = self._emergency_known.get((number, country))
        if known is not None:
            return known
        found = self._reaches_help(undress(number), self._region(country))
        if len(self._emergency_known) >= self._limit:
            self._emergency_known.clear()
        self._emergency_known[number, country] = found
        return found

    def _reaches_help(self, dialled: Dialled, region: str) -> bool:
        return self._help.reached(dialled, region, self._nobodys, self._as_e164)

    def _nobodys(self, digits: str) -> tuple[str, str] | None:
        """Of E.164 digits that nobody has: what follows the country code, and its main region. None for numbers in use."""
        stretch = self._stretch(digits)
        if not stretch.width or stretch.valid:
            return None
        return digits[stretch.width :], self._region(COUNTRY_CODE_TO_REGION_CODE[int(digits[: stretch.width])][0])

    def _region(self, country: str) -> str:
        """The country as libphonenumber names it; empty when it has no such region."""
        if country in phonenumbers.SUPPORTED_REGIONS:
            return country
        upper = country.strip().upper()
        return upper if upper in phonenumbers.SUPPORTED_REGIONS else ""

    def is_lifeline(self, number: str, country: str) -> bool:
        """Whether it is a line of crisis, violence or poison, of the list of lifelines: such a call is counted against nobody."""
        digits, region = undress(number).digits, self._region(country)
        return self._help.is_lifeline(digits, region) or self._help.is_lifeline(self.e164(number, country) or "", "")

    # Classes.

    def e164(self, number: str, country: str) -> str | None:
        """The E.164 digits that are meant by a number as it came, without the plus; None when it cannot be told."""
        dialled = undress(number)
        if dialled.plus:
            return dialled.digits
        if len(dialled.digits) <= SHORT or not dialled.digits.isdigit():
            return None
        return self._as_e164(dialled.digits, self._region(country))

    def use(self, digits: str) -> int:
        """`IMPOSSIBLE`, `UNUSED` or `IN_USE`, of E.164 digits."""
        if len(digits) > LONGEST:
            return IMPOSSIBLE
        stretch = self._stretch(digits)
        return IN_USE if stretch.valid else UNUSED if stretch.possible else IMPOSSIBLE

    def classify(self, number: str, country: str) -> Destination:
        """The class of one number, dialled by a customer of `country` (empty: not known). Never fails, whatever the text."""
        known = self._known.get((number, country))
        if known is None:
            known = self._classify(number, self._region(country))
            if len(self._known) >= self._limit:
                self._known.clear()
            self._known[number, country] = known
        return known

    def _classify(self, number: str, region: str) -> Destination:
        dialled = undress(number)
        digits = dialled.digits
        if self._reaches_help(dialled, region):
            return Destination(
                e164=f"+{digits}" if digits in self._help.e164 else None,
                country=region,
                kind="emergency",
                international=False,
                valid=None,
                block=digits[:BLOCK_DIGITS] or dialled.text,
                national=None,
                high_risk=False,
            )
        if dialled.plus:
            return self._placed(digits, region)
        if digits and (len(digits) <= SHORT or "*" in digits or "#" in digits):
            here = False if region else None
            return unplaced(digits, "special", country=region, international=here)
        meant = self._as_e164(digits, region) if digits else None
        if meant is None:
            return unplaced(digits or dialled.text, "unknown")
        return self._placed(meant, region)

    def _placed(self, digits: str, region: str) -> Destination:
        stretch = self._stretch(digits)
        e164 = stretch.e164 or f"+{digits}"
        return Destination(
            e164=e164,
            country=stretch.country,
            kind=stretch.kind,
            international=(stretch.country != region) if region and stretch.elsewhere else None,
            valid=stretch.valid,
            block=e164[1 : 1 + BLOCK_DIGITS],
            national=stretch.national if not stretch.width or stretch.national is not None else int(digits[stretch.width :] or 0),
            high_risk=stretch.high_risk,
        )

    def _as_e164(self, digits: str, region: str) -> str | None:
        """The E.164 digits that are meant by a number as dialled; None when it cannot be told.

        Tried in this order: as dialled in that country, with its international prefix or without; the same behind an
        outside-line digit; at last the whole as E.164 with its plus lost. Where 00 and a carrier's code lead abroad, as
        in Brazil, and what is left is no number, 00 alone is the prefix. Only after an international prefix is a number
        believed that is not in use: everything else is a guess, and a guess must lead somewhere.
        """
        if region:
            for text in (digits, digits[1:]) if digits[0] in self._help.outside_line else (digits,):
                try:
                    number = phonenumbers.parse(text, region, keep_raw_input=True)
                except NumberParseException:
                    continue
                abroad = number.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_IDD
                valid = phonenumbers.is_valid_number(number)
                if not valid and region == "BR" and text[:2] == "00" and len(text) > _BARE_E164 and self._stretch(text[2:]).valid:
                    return text[2:]
                if abroad or valid:
                    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"
        enough = len(digits) >= (_BARE_E164 if region else BLOCK_DIGITS + 1)
        return digits if enough and self._stretch(digits).valid else None

    def _stretch(self, digits: str) -> _Stretch:
        """What is known of E.164 digits, by their stretch."""
        if len(digits) <= LONGEST:
            answer = self.learn(digits)
            if answer != WHOLE:
                return self._stretches[answer]
        found = self._whole.get(digits)
        if found is None:
            found = self._look_up(digits, whole=True)
            if len(self._whole) >= self._limit:
                self._whole.clear()
            self._whole[digits] = found
        return found

    def learn(self, digits: str) -> int:
        """Row of `facts` of the stretch of these digits, at most `LONGEST` of them; `WHOLE` when they are looked up alone."""
        states = self.states
        state = states.state(digits)
        answer = states.answer(state, len(digits))
        if answer >= 0 or answer == WHOLE:
            return answer
        found = self._look_up(digits, whole=False)
        place = self._places.get(found)
        if place is None:
            place = self._places[found] = len(self._stretches)
            self._stretches.append(found)
            if place == len(self.facts):
                self.facts = np.concatenate([self.facts, np.zeros_like(self.facts)])
            self.countries.append(found.country)
            use = IN_USE if found.valid else UNUSED if found.possible else IMPOSSIBLE
            region = self.region_number(found.country)
            self.facts[place] = (found.width, region, found.code, found.high_risk, found.elsewhere, use)
        states.tell(state, len(digits), place)
        return place

    def region_number(self, country: str) -> int:
        """A number for a country as `facts` has it; 0 for none that is known."""
        known = self._regions.get(country)
        if known is None:
            region = self._region(country)
            known = self._regions[country] = self._regions.setdefault(region, 1 + len(self._regions)) if region else 0
        return known

    def _look_up(self, digits: str, *, whole: bool) -> _Stretch:
        """Ask libphonenumber."""
        risky = digits in self._risky
        width = next((width for width in (1, 2, 3) if digits[:width] in CODES), 0)
        try:
            number = phonenumbers.parse(f"+{digits}")
        except NumberParseException:
            country = self._region(COUNTRY_CODE_TO_REGION_CODE[CODES[digits[:width]]][0]) if width else ""
            return _Stretch(country, "unknown", CODE_OF_KIND["unknown"], False, risky, False, bool(country), width)
        country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
            int(number.country_code or 0)
        )
        if country == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
            country = ""
        kind: DestinationKind = KIND_OF_TYPE.get(phonenumbers.number_type(number), "unknown")
        valid = phonenumbers.is_valid_number(number)
        if number.country_code in _NETWORK_CODES:
            kind = "satellite"
        return _Stretch(
            country,
            kind,
            CODE_OF_KIND[kind],
            valid,
            risky,
            valid or phonenumbers.is_possible_number(number),
            bool(country) or kind != "toll_free",
            width,
            f"+{number.country_code}{phonenumbers.national_significant_number(number)}" if whole else None,
            number.national_number if whole else None,
        )

    def classify_many(self, numbers: Sequence[str], country: str) -> DestinationColumns:
        """`classify` for many numbers of customers of one country. Hand in unique numbers: each costs about a microsecond."""
        region = self._region(country)
        e164: list[str | None] = []
        countries: list[str] = []
        blocks: list[str] = []
        kinds: list[int] = []
        abroad: list[int] = []
        valid: list[int] = []
        risky: list[int] = []
        national: list[int] = []
        stretches = self._stretches
        for number in numbers:
            digits = number[1:]
            if number[:1] == "+" and LONGEST_EMERGENCY < len(digits) <= LONGEST and digits.isdigit() and digits.isascii():
                answer = self.learn(digits)
                if answer != WHOLE:
                    stretch = stretches[answer]
                    e164.append(number)
                    countries.append(stretch.country)
                    blocks.append(digits[:BLOCK_DIGITS])
                    kinds.append(stretch.code)
                    abroad.append(int(stretch.country != region) if region and stretch.elsewhere else UNKNOWN)
                    valid.append(stretch.valid)
                    risky.append(stretch.high_risk)
                    national.append(int(digits[stretch.width :]))
                    continue
            found = self.classify(number, country)
            e164.append(found.e164)
            countries.append(found.country)
            blocks.append(found.block)
            kinds.append(CODE_OF_KIND[found.kind])
            abroad.append(UNKNOWN if found.international is None else int(found.international))
            valid.append(UNKNOWN if found.valid is None else int(found.valid))
            risky.append(int(found.high_risk))
            national.append(UNKNOWN if found.national is None else as_int64(found.national))
        return DestinationColumns(
            e164=e164,
            country=countries,
            block=blocks,
            destination=np.array(kinds, dtype=np.int64),
            international=np.array(abroad, dtype=np.int64),
            valid=np.array(valid, dtype=np.int64),
            high_risk=np.array(risky, dtype=np.int64),
            national=np.array(national, dtype=np.int64),
        )

    # Ownership.

    def owns_number(self, customer: Customer, number: str) -> bool | None:
        """Whether a presented caller number is among the customer's. None: it cannot be told, and nothing may follow from it.

        It cannot be told when the customer lists no numbers, and when what is presented is no number at all (withheld,
        an extension, a name).

        Raises
        ------
        InvalidRecord
            An entry of `customer.numbers` is neither a number nor a range.
        """
        kept = self._owned.get(customer.id)
        if kept is None or kept[0] is not customer.numbers:
            kept = (customer.numbers, OwnedNumbers(customer.numbers) if customer.numbers else None)
            if len(self._owned) >= self._limit:
                self._owned.clear()
            self._owned[customer.id] = kept
        if kept[1] is None:
            return None
        dialled = undress(number)
        if dialled.plus:
            return dialled.digits in kept[1]
        if len(dialled.digits) <= SHORT or not dialled.digits.isdigit():
            return None
        if dialled.digits in kept[1]:
            return True
        meant = self._as_e164(dialled.digits, self._region(customer.country))
        return meant is not None and meant in kept[1]

    def warm(self, countries: Iterable[str] = ()) -> None:
        """Read the numbering plans of these countries, and the emergency numbers of the world, before a call needs them."""
        self._help.table("")
        for country in countries:
            region = self._region(country)
            code = phonenumbers.country_code_for_region(region) if region else 0
            if code:
                self.learn(f"{code}0000")
