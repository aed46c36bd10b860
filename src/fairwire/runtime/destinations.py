"""What a called number is: where it leads, what kind of number, whether help is at the other end.

The only module that knows the numbering plans of the world (libphonenumber). Reading one number there costs some twenty
microseconds; this module asks once for each *stretch* of numbers. A stretch is all numbers of one length at whose end the
patterns of the numbering plan stand alike (`number_states`), so two numbers of one stretch are of the same country, kind
and validity by construction, not by luck. Country codes whose patterns cannot be read that way, and numbers with a national
prefix left inside them, are looked up whole.

Emergency comes first everywhere: a number that may reach help is of kind `emergency`, whatever else it could be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import phonenumbers
import yaml
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneMetadata, PhoneNumberType

from fairwire.model.columns import DESTINATIONS, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.runtime import number_patterns
from fairwire.runtime.dialled import Dialled, undress
from fairwire.runtime.number_states import LONGEST, WHOLE, NumberStates
from fairwire.runtime.owned_numbers import OwnedNumbers

Kind = Literal[
    "emergency",
    "standard",
    "mobile",
    "premium",
    "shared_cost",
    "toll_free",
    "satellite",
    "personal",
    "voip",
    "special",
    "unknown",
]

CODE_OF_KIND: Final[dict[str, int]] = {kind: code for code, kind in enumerate(DESTINATIONS, start=1)}
BLOCK_DIGITS: Final = 7

_KIND_OF_TYPE: Final[dict[int, Kind]] = {
    PhoneNumberType.FIXED_LINE: "standard",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "standard",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "special",
    PhoneNumberType.UAN: "special",
    PhoneNumberType.VOICEMAIL: "special",
}
_PATTERNS: Final = (
    "general_desc",
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
_NETWORK_CODES: Final = frozenset({870, 881, 882, 883})
"""Country codes of satellite and international networks. 882 and 883 also hold a few terrestrial ones, priced alike."""
_SHORT: Final = 6
"""Digits of the longest number that is dialled short; a subscriber number with its country code is longer."""
LONGEST_EMERGENCY: Final = 3 + _SHORT
_BARE_E164: Final = 11
"""From so many digits on, a number as dialled in a known country may be E.164 with its plus lost."""
_CODES: Final[dict[str, int]] = {str(code): code for code in COUNTRY_CODE_TO_REGION_CODE}


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One called number, seen from one country."""

    e164: str | None
    """With the plus. None when it is not known which subscriber is meant."""
    country: str
    """ISO 3166-1 alpha-2; empty for networks without a country and for what cannot be placed. A number that no region of
    a shared country code owns up to is put in the code's main region."""
    kind: Kind
    international: bool | None
    """In another region than the caller. Country code 1 is 25 regions, each of its own. None: not known, and for
    international freephone, which costs the caller nothing."""
    valid: bool | None
    """In a range that is in use. None: not known. A number as dialled, without a plus or an international prefix, is never
    called invalid: it may be meant for a dial plan that is not known here."""
    block: str
    """The first seven digits in E.164, or the first seven characters as dialled."""
    national: int | None
    """The national number; None when it is not known."""
    high_risk: bool
    """In the list of ranges known for revenue share. A sign, never proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationColumns:
    """`Destination` for many numbers, in their order; the integer columns are as the kernel wants them."""

    e164: list[str | None]
    country: list[str]
    block: list[str]
    destination: npt.NDArray[np.int64]
    """Place in `model.columns.DESTINATIONS`, from 1."""
    international: npt.NDArray[np.int64]
    """0, 1 or `UNKNOWN`."""
    valid: npt.NDArray[np.int64]
    """0, 1 or `UNKNOWN`."""
    high_risk: npt.NDArray[np.int64]
    """0 or 1."""
    national: npt.NDArray[np.int64]
    """The national number or `UNKNOWN`."""


class _Stretch(msgspec.Struct, frozen=True):
    """What all numbers of one stretch share, and for a number looked up whole also its own digits."""

    country: str
    kind: Kind
    code: int
    valid: bool
    high_risk: bool
    elsewhere: bool
    """It can be said whether a caller is abroad from it: not for international freephone, nor for what has no place."""
    width: int = 0
    """Digits of the country code; 0 for a code that nobody has."""
    e164: str | None = None
    national: int | None = None


# What is known of a stretch, as compiled code reads it: columns of `Destinations.facts`.
F_WIDTH, F_REGION, F_KIND, F_HIGH_RISK, F_ELSEWHERE = range(5)


class _EmergencyList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        name: str
        countries: list[str]
        numbers: list[str]

    class Everywhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        numbers: list[str]

    as_of: str
    everywhere: Everywhere
    groups: list[Group]
    outside_line: list[str]
    caller_id_codes: list[str]
    services: list[str]


class _HighRiskList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        name: str
        why: str
        source: str
        prefixes: list[str]

    as_of: str
    groups: list[Group]


def _load(name: str, text: str | None, kind: type[Any]) -> Any:
    """A list of the package, or the text that replaces it."""
    source = (files("fairwire.runtime") / name).read_text(encoding="utf-8") if text is None else text
    try:
        return msgspec.convert(yaml.safe_load(source), kind)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        hint = "the list that comes with the package shows its form"
        raise BadInput(f"the list cannot be read: {error}", at=name, help_=hint) from None


class Destinations:
    """Classifies numbers. One instance serves a process; caches are bounded and emptied when full.

    Parameters
    ----------
    extra_emergency
        Country -> numbers that are never refused there, such as the ten-digit number of a local control centre; the
        country `""` is everywhere. They add to the lists, nothing takes away from them.
    high_risk
        Text of a YAML file in the form of `high_risk.yaml`, to be used in its place.
    cache_size
        Most entries of each cache.

    Raises
    ------
    BadInput
        The high-risk list cannot be read, or one of its prefixes is not one.
    """

    def __init__(
        self,
        extra_emergency: Mapping[str, Iterable[str]] | None = None,
        *,
        high_risk: str | None = None,
        cache_size: int = 1_000_000,
    ) -> None:
        self._limit = cache_size
        self._stretches: list[_Stretch] = []
        self._places: dict[_Stretch, int] = {}
        self._regions: dict[str, int] = {}
        self.facts: npt.NDArray[np.int64] = np.zeros((64, 5), dtype=np.int64)
        """One row a stretch, by the answers of `states`."""
        self.countries: list[str] = []
        """By row of `facts`: ISO 3166-1 alpha-2, or nothing."""
        self.country_keys: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Of these, the keys that the kernel knows them by: kept here for `encode`, which makes them."""
        self._whole: dict[str, _Stretch] = {}
        self._known: dict[tuple[str, str], Destination] = {}
        self._emergency_known: dict[tuple[str, str], bool] = {}
        self._owned: dict[str, tuple[tuple[str, ...], OwnedNumbers | None]] = {}
        self._tables: dict[str, frozenset[str]] = {}
        listed: _EmergencyList = _load("emergency.yaml", None, _EmergencyList)
        self._outside_line = frozenset(listed.outside_line)
        self._caller_id_codes = tuple(sorted(listed.caller_id_codes, key=len, reverse=True))
        self._services = tuple(listed.services)
        self._listed: dict[str, set[str]] = {"": set(listed.everywhere.numbers)}
        for group in listed.groups:
            for country in group.countries:
                self._listed.setdefault(country, set()).update(group.numbers)
        self._extra_e164: set[str] = set()
        for country, numbers in (extra_emergency or {}).items():
            for number in numbers:
                dialled = undress(number)
                if dialled.plus:
                    self._extra_e164.add(dialled.digits)
                else:
                    self._listed.setdefault(country.upper(), set()).add(dialled.digits)
        risky: _HighRiskList = _load("high_risk.yaml", high_risk, _HighRiskList)
        self.high_risk_as_of = risky.as_of
        prefixes = [prefix for found in risky.groups for prefix in found.prefixes]
        for prefix in prefixes:
            if not re.fullmatch(r"\+[0-9?]{1,15}", prefix):
                raise BadInput(f"`{prefix}` is not a prefix such as +1242 or +1???976", at="high_risk.yaml")
        risky_patterns = [prefix[1:].replace("?", r"\d") for prefix in prefixes]
        self._high_risk = re.compile("|".join(risky_patterns) or "(?!)")
        self.states = NumberStates(_CODES, _patterns_of, risky_patterns, self._extra_e164)

    # Emergency.

    def is_emergency(self, number: str, country: str) -> bool:
        """Whether `number`, dialled in `country`, may reach help. Never fails, whatever the text.

        With the country unknown, whatever is an emergency number anywhere is one.
        """
        known = self._emergency_known.get((number, country))
        if known is not None:
            return known
        found = self._reaches_help(undress(number), self._region(country))
        if len(self._emergency_known) >= self._limit:
            self._emergency_known.clear()
        self._emergency_known[number, country] = found
        return found

    def _reaches_help(self, dialled: Dialled, region: str) -> bool:
        if dialled.urn:
            return dialled.text.startswith(tuple(f"{name}." for name in self._services)) or dialled.text in self._services
        digits = dialled.digits
        if not digits:
            return False
        table = self._table(region)
        if dialled.plus:
            return digits in self._extra_e164 or self._help_behind_plus(digits, table)
        bare = digits.rstrip("#")
        for code in self._caller_id_codes:
            if bare.startswith(code) and bare not in table:
                bare = bare[len(code) :]
                break
        if bare in table or (1 < len(bare) < _SHORT and bare[0] in self._outside_line and bare[1:] in table):
            return True
        if self._extra_e164 and len(bare) > _SHORT and region:
            meant = self._as_e164(bare, region)
            return meant is not None and meant in self._extra_e164
        return False

    def _help_behind_plus(self, digits: str, table: frozenset[str]) -> bool:
        """Some exchanges put a plus, or a plus and the country code, before whatever was dialled: `+911`, `+1911`, `+44999`."""
        if len(digits) > LONGEST_EMERGENCY:
            return False
        if digits in table:
            return True
        stretch = self._stretch(digits)
        if not stretch.width or stretch.valid:
            return False
        rest, region = digits[stretch.width :], self._region(COUNTRY_CODE_TO_REGION_CODE[int(digits[: stretch.width])][0])
        return rest in table or (bool(region) and rest in self._table(region))

    def _table(self, region: str) -> frozenset[str]:
        """Emergency numbers of one region; of all the world for the region `""`."""
        table = self._tables.get(region)
        if table is not None:
            return table
        if region:
            found = self._listed[""] | self._listed.get(region, set())
            metadata = PhoneMetadata.short_metadata_for_region(region)
            if metadata is not None and metadata.emergency is not None and metadata.emergency.national_number_pattern:
                found |= number_patterns.words(metadata.emergency.national_number_pattern)
        else:
            found = set().union(*self._listed.values())
            for name in phonenumbers.SUPPORTED_SHORT_REGIONS:
                found |= self._table(name)
        self._tables[region] = frozenset(found)
        return self._tables[region]

    def _region(self, country: str) -> str:
        """The country as libphonenumber names it; empty when it has no such region."""
        if country in phonenumbers.SUPPORTED_REGIONS:
            return country
        upper = country.strip().upper()
        return upper if upper in phonenumbers.SUPPORTED_REGIONS else ""

    # Classes.

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
                e164=f"+{digits}" if digits in self._extra_e164 else None,
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
        if digits and (len(digits) <= _SHORT or "*" in digits or "#" in digits):
            here = False if region else None
            return _unplaced(digits, "special", country=region, international=here)
        meant = self._as_e164(digits, region) if digits else None
        if meant is None:
            return _unplaced(digits or dialled.text, "unknown")
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
        outside-line digit; at last the whole as E.164 with its plus lost. Only after an international prefix is a number
        believed that is not in use: everything else is a guess, and a guess must lead somewhere.
        """
        if region:
            for text in (digits, digits[1:]) if digits[0] in self._outside_line else (digits,):
                try:
                    number = phonenumbers.parse(text, region, keep_raw_input=True)
                except NumberParseException:
                    continue
                abroad = number.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_IDD
                if abroad or phonenumbers.is_valid_number(number):
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
            self.facts[place] = (found.width, self.region_number(found.country), found.code, found.high_risk, found.elsewhere)
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
        risky = self._high_risk.match(digits) is not None
        width = next((width for width in (1, 2, 3) if digits[:width] in _CODES), 0)
        try:
            number = phonenumbers.parse(f"+{digits}")
        except NumberParseException:
            country = self._region(COUNTRY_CODE_TO_REGION_CODE[_CODES[digits[:width]]][0]) if width else ""
            return _Stretch(country, "unknown", CODE_OF_KIND["unknown"], False, risky, bool(country), width)
        country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
            int(number.country_code or 0)
        )
        if country == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
            country = ""
        kind: Kind = _KIND_OF_TYPE.get(phonenumbers.number_type(number), "unknown")
        valid = phonenumbers.is_valid_number(number)
        if number.country_code in _NETWORK_CODES:
            kind = "satellite"
        return _Stretch(
            country,
            kind,
            CODE_OF_KIND[kind],
            valid,
            risky,
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
            national.append(UNKNOWN if found.national is None else _as_int64(found.national))
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
        if len(dialled.digits) <= _SHORT or not dialled.digits.isdigit():
            return None
        if dialled.digits in kept[1]:
            return True
        meant = self._as_e164(dialled.digits, self._region(customer.country))
        return meant is not None and meant in kept[1]

    def warm(self, countries: Iterable[str] = ()) -> None:
        """Read the numbering plans of these countries, and the emergency numbers of the world, before a call needs them."""
        self._table("")
        for country in countries:
            region = self._region(country)
            code = phonenumbers.country_code_for_region(region) if region else 0
            if code:
                self.learn(f"{code}0000")


def _patterns_of(code: str) -> Iterator[tuple[str, int]]:
    """Every expression that libphonenumber asks about numbers of a country code. ValueError when a plan of it is missing."""
    for place, region in enumerate(COUNTRY_CODE_TO_REGION_CODE[int(code)]):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
        if metadata is None:
            raise ValueError(f"no numbering plan of {region}")
        if place == 0 and metadata.national_prefix_for_parsing:
            # What must end there may go on for us: a number more is looked up whole, none too few.
            yield metadata.national_prefix_for_parsing.replace("$", ""), NumberStates.HIDES
        if metadata.leading_digits:
            yield metadata.leading_digits, NumberStates.START
        for name in _PATTERNS:
            described = getattr(metadata, name)
            if described is not None and described.national_number_pattern:
                yield described.national_number_pattern, NumberStates.FULL


def _unplaced(text: str, kind: Kind, *, country: str = "", international: bool | None = None) -> Destination:
    return Destination(
        e164=None,
        country=country,
        kind=kind,
        international=international,
        valid=None,
        block=text[:BLOCK_DIGITS],
        national=None,
        high_risk=False,
    )


def _as_int64(number: int) -> int:
    """Nobody's number is that long; what somebody sends may be."""
    return number if number < 2**62 else UNKNOWN
