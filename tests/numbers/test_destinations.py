"""Numbers: their class, whether help is at the other end, and whose they are."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberType

from fairwire.model.columns import DESTINATIONS, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, InvalidRecord
from fairwire.numbers import patterns
from fairwire.numbers.destination import CODE_OF_KIND, Destination
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.dialled import undress
from fairwire.numbers.lists import Lists
from fairwire.numbers.owned import OwnedNumbers
from fairwire.numbers.states import WHOLE

EXACT = Destinations()
TYPES = [kind for kind in PhoneNumberType.values() if kind not in (PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN)]


@pytest.fixture(scope="module")
def destinations() -> Destinations:
    return Destinations()


def e164(number: PhoneNumber) -> str:
    return f"+{number.country_code}{phonenumbers.national_significant_number(number)}"


def examples() -> Iterator[str]:
    """libphonenumber's example of each kind of number in each region, and for each code without a region."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in TYPES:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield e164(number)
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        if number is not None:
            yield e164(number)


def agrees(found: Destination, text: str) -> bool:
    """Whether a class is what libphonenumber says of that very number, asked in full."""
    number = phonenumbers.parse(text)
    region = phonenumbers.region_code_for_number(number)
    exact = EXACT._look_up(text[1:], whole=True)
    return (
        found.valid == phonenumbers.is_valid_number(number)
        and (region in (None, "001") or found.country == region)
        and found.kind == exact.kind
        and found.e164 == e164(number)
        and found.national == number.national_number
    )


def test_every_example_number_of_the_world_is_classed_as_the_numbering_plan_says(destinations: Destinations) -> None:
    numbers = sorted(set(examples()))
    assert len(numbers) > 1000
    wrong = [number for number in numbers if not agrees(destinations.classify(number, "US"), number)]
    assert wrong == []


def test_neighbours_of_example_numbers_are_classed_as_if_each_had_been_looked_up() -> None:
    """One cache, warmed in one order, asked in another: a stretch that is too wide would show."""
    rng = random.Random(20261122)
    numbers = []
    for number in sorted(set(examples())):
        for _ in range(4):
            digits = list(number)
            for place in rng.sample(range(2, len(digits)), k=min(3, len(digits) - 2)):
                digits[place] = rng.choice("0123456789")
            numbers.append("".join(digits))
    rng.shuffle(numbers)
    destinations = Destinations()
    columns = destinations.classify_many(numbers, "US")
    for index, number in enumerate(numbers):
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            continue
        if columns.destination[index] == CODE_OF_KIND["emergency"]:
            assert not phonenumbers.is_valid_number(parsed), number
            continue
        region = phonenumbers.region_code_for_number(parsed)
        assert bool(columns.valid[index]) == phonenumbers.is_valid_number(parsed), number
        assert columns.e164[index] == e164(parsed), number
        assert columns.national[index] == parsed.national_number, number
        if region is not None:
            assert columns.country[index] == region.replace("001", ""), number


def test_many_numbers_at_once_are_classed_as_one_by_one(destinations: Destinations) -> None:
    numbers = [
        *sorted(set(examples())),
        "911",
        "9911",
        "2025550123",
        "alice",
        "",
        "+",
        "*98",
        "+1",
        "+999123456789",
        "+" + "1" * 400,
    ]
    columns = destinations.classify_many(numbers, "US")
    for index, number in enumerate(numbers):
        one = destinations.classify(number, "US")
        assert columns.e164[index] == one.e164
        assert columns.country[index] == one.country
        assert columns.block[index] == one.block
        assert DESTINATIONS[columns.destination[index] - 1] == one.kind
        assert columns.high_risk[index] == one.high_risk
        assert columns.international[index] == (UNKNOWN if one.international is None else one.international)
        assert columns.valid[index] == (UNKNOWN if one.valid is None else one.valid)
        if one.national is None or one.national >= 2**62:
            assert columns.national[index] == UNKNOWN
        else:
            assert columns.national[index] == one.national


def test_the_published_metadata_gives_the_same_countries_and_kinds(destinations: Destinations) -> None:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    path = Path(corpus) / "numbers_e164_libphonenumber" / "PhoneNumberMetadata.xml"
    kinds = {"premiumRate": "premium", "tollFree": "toll_free", "sharedCost": "shared_cost", "personalNumber": "personal"}
    seen, wrong = 0, []
    for territory in ElementTree.parse(path).getroot().iter("territory"):  # noqa: S314 - a file of our own corpus
        region, code = territory.get("id", ""), territory.get("countryCode", "")
        if region == "001":
            continue
        for element, kind in kinds.items():
            example = territory.findtext(f"{element}/exampleNumber")
            if example is None:
                continue
            found = destinations.classify(f"+{code}{example}", region)
            seen += 1
            shared = len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]) > 1
            if found.kind != kind or (not shared and (found.country, found.international) != (region, False)):
                wrong.append((region, element, example, found))
    assert seen > 350
    assert wrong == []


@pytest.mark.parametrize(
    ("number", "country", "kind", "international"),
    [
        ("+12025550123", "US", "standard", False),
        ("+12025550123", "GB", "standard", True),
        ("+12425021234", "US", "standard", True),
        ("+442079460018", "GB", "standard", False),
        ("+18005550199", "US", "toll_free", False),
        ("+80012345678", "US", "toll_free", None),
        ("+882161234567", "US", "satellite", True),
        ("+870773111632", "GB", "satellite", True),
        ("+12025550123", "", "standard", None),
    ],
)
def test_a_number_has_a_kind_and_is_abroad_or_not(
    destinations: Destinations, number: str, country: str, kind: str, international: bool | None
) -> None:
    found = destinations.classify(number, country)
    assert (found.kind, found.international, found.valid) == (kind, international, True)
    assert found.block == number[1:8]


@pytest.mark.parametrize(
    "number", ["+12425021234", "+18765551234", "+5352550100", "+37125550100", "+8821612345", "+19005551234", "+12129761234"]
)
def test_ranges_known_for_revenue_share_are_marked(destinations: Destinations, number: str) -> None:
    assert destinations.classify(number, "US").high_risk


@pytest.mark.parametrize("number", ["+12025550123", "+442079460018", "+493012345678", "2025550123", "alice"])
def test_ordinary_numbers_are_not_marked(destinations: Destinations, number: str) -> None:
    assert not destinations.classify(number, "US").high_risk


def test_the_high_risk_list_can_be_replaced() -> None:
    text = "as_of: '2026-01-01'\ngroups: [{name: a, why: b, source: c, prefixes: ['+4420']}]\n"
    own = Destinations(lists=Lists({"high_risk.yaml": text}))
    assert own.high_risk_as_of == "2026-01-01"
    assert own.classify("+442079460018", "GB").high_risk
    assert not own.classify("+5352550100", "GB").high_risk


@pytest.mark.parametrize("text", ["[", "as_of: 1", "as_of: '2026'\ngroups: [{name: a, why: b, source: c, prefixes: ['0044']}]\n"])
def test_a_high_risk_list_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"high_risk\.yaml|list cannot be read"):
        Destinations(lists=Lists({"high_risk.yaml": text}))


@pytest.mark.parametrize(
    ("dialled", "country", "expected"),
    [
        ("2025550123", "US", "+12025550123"),
        ("12025550123", "US", "+12025550123"),
        ("912025550123", "US", "+12025550123"),
        ("011442079460018", "US", "+442079460018"),
        ("02079460018", "GB", "+442079460018"),
        ("00442079460018", "DE", "+442079460018"),
        ("442079460018", "US", "+442079460018"),
        ("442079460018", "", "+442079460018"),
        ("sip:+1-202-555-0123;phone-context=x@198.51.100.7:5060;user=phone", "US", "+12025550123"),
        ("tel:+44-20-7946-0018;ext=7", "US", "+442079460018"),
        ('"Ann" <sip:%2B12025550123@example.net>', "GB", "+12025550123"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
        ("0014155552671", "BR", "+14155552671"),
        ("00442079460018", "BR", "+442079460018"),
        ("005511961346639", "BR", "+5511961346639"),
        ("0021442079460018", "BR", "+442079460018"),
    ],
)
def test_what_was_dialled_is_brought_to_e164_where_it_can_be(
    destinations: Destinations, dialled: str, country: str, expected: str
) -> None:
    found = destinations.classify(dialled, country)
    assert found.e164 == expected
    assert found.valid


@pytest.mark.parametrize("dialled", ["5550123", "1234567890", "alice", "sip:198.51.100.7", "anonymous", "", "1001", "*98"])
def test_a_number_as_dialled_is_never_called_invalid(destinations: Destinations, dialled: str) -> None:
    found = destinations.classify(dialled, "US")
    assert found.valid is None
    assert found.e164 is None


@pytest.mark.parametrize("number", ["+15555550123", "+12115550123", "+999123456789", "+4412345", "0119991234567890"])
def test_a_number_that_nobody_can_have_is_invalid_when_it_is_sure_what_was_meant(destinations: Destinations, number: str) -> None:
    assert destinations.classify(number, "US").valid is not True
    if number.startswith("+"):
        assert destinations.classify(number, "US").valid is False


def test_the_caches_stay_within_their_bound() -> None:
    small = Destinations(cache_size=50)
    for line in range(400):
        number = f"+1202{2000000 + 997 * line}"
        small.classify(number, "US")
        small.classify(f"+999{number}", "US")
        small.is_emergency(number, "US")
    assert max(len(small._known), len(small._whole), len(small._emergency_known)) <= 50
    assert small.classify("+12025550123", "US").kind == "standard"


# Emergency.

NATIONAL = [("US", "911"), ("GB", "999"), ("DE", "110"), ("FR", "15"), ("FR", "18"), ("AU", "000"), ("JP", "119"), ("IN", "108")]
NATIONAL += [("BR", "190"), ("NZ", "111"), ("CH", "144"), ("ES", "085"), ("ES", "112"), ("LV", "01"), ("ZA", "10111")]


@pytest.mark.parametrize(("country", "number"), NATIONAL)
def test_national_emergency_numbers_are_emergency(destinations: Destinations, country: str, number: str) -> None:
    assert destinations.is_emergency(number, country)
    assert destinations.is_emergency(number, "")
    found = destinations.classify(number, country)
    assert (found.kind, found.international) == ("emergency", False)


@pytest.mark.parametrize("number", ["911", "933", "988", "112", "999", "000", "111", "711"])
@pytest.mark.parametrize("country", ["US", "GB", "DE", "", "ZZ", "uk", "gb"])
def test_the_numbers_that_are_never_blocked_are_so_everywhere(destinations: Destinations, number: str, country: str) -> None:
    assert destinations.is_emergency(number, country)


@pytest.mark.parametrize("number", ["101", "105", "111", "116000", "116123", "18000", "999", "112"])
def test_british_lifelines_are_never_blocked(destinations: Destinations, number: str) -> None:
    assert destinations.is_emergency(number, "GB")


@pytest.mark.parametrize(
    "dressed",
    [
        "9911",
        "0911",
        "8911",
        "9112",
        "0112",
        "9988",
        "tel:911",
        "TEL:911",
        "tel:+911",
        "sip:911@198.51.100.7;user=phone",
        "sips:911@example.net",
        "SIP:911@[2001:db8::1]:5061;transport=tls",
        '"Help" <sip:911@example.net>;tag=1',
        "<tel:911;phone-context=+1>",
        "sip:911;phone-context=+1@example.net",
        "9-1-1",
        "9 11",
        " 911 ",
        "(911)",
        "9.1.1",
        "911#",
        "*67911",
        "*82911",
        "#31#112",
        "+1911",
        "+1-911",
        "+1933",
        "9,911",
        "sip:%39%31%31@example.net",
        "urn:service:sos",
        "URN:SERVICE:SOS",
        "urn:service:sos.police",
        "<urn:service:sos.fire>",
        "urn:service:sos.ecall.automatic",
        "urn:service:test.sos",
        "\uff19\uff11\uff11",
        "\u0669\u0661\u0661",
        "\u200e911",
    ],
)
def test_an_emergency_call_is_known_in_any_dress(destinations: Destinations, dressed: str) -> None:
    assert destinations.is_emergency(dressed, "US")
    assert destinations.is_emergency(dressed, "")
    assert destinations.classify(dressed, "US").kind == "emergency"


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("9116666666", "US"),
        ("+9116666666", "US"),
        ("+19115550123", "US"),
        ("+12025550911", "US"),
        ("2029110123", "US"),
        ("0112345678", "GB"),
        ("+441125550123", "GB"),
        ("+912025550123", "US"),
        ("9991234567", "GB"),
        ("1121", "DE"),
        ("11833", "DE"),
        ("0116123", "GB"),
        ("411", "US"),
        ("1001", "US"),
        ("alice", "US"),
        ("sip:alice@911.example", "US"),
        ("sip:911.example", "US"),
        ("urn:service:sosa", "US"),
        ("urn:service:counseling", "US"),
        ("", "US"),
    ],
)
def test_what_only_resembles_an_emergency_number_is_none(destinations: Destinations, number: str, country: str) -> None:
    assert not destinations.is_emergency(number, country)


def test_no_valid_number_of_the_world_is_taken_for_an_emergency(destinations: Destinations) -> None:
    taken = [number for number in examples() for country in ("US", "") if destinations.is_emergency(number, country)]
    assert taken == []


def test_every_national_emergency_number_of_the_table_is_let_through(destinations: Destinations) -> None:
    missed = []
    for region in sorted(phonenumbers.SUPPORTED_SHORT_REGIONS):
        for number in (f"{value:0{width}}" for width in (2, 3) for value in range(10**width)):
            if phonenumbers.is_emergency_number(number, region) and not destinations.is_emergency(number, region):
                missed.append((region, number))
    assert missed == []


def test_a_site_adds_its_own_emergency_numbers() -> None:
    own = Destinations({"US": ["+12025550142", "555"], "": ["4444"]})
    assert own.is_emergency("+12025550142", "US")
    assert own.is_emergency("2025550142", "US")
    assert own.is_emergency("tel:+1-202-555-0142", "GB")
    assert own.is_emergency("555", "US")
    assert not own.is_emergency("555", "GB")
    assert own.is_emergency("94444", "GB")
    assert own.is_emergency("911", "US")
    assert own.classify("+12025550142", "US").kind == "emergency"
    assert own.classify_many(["+12025550142"], "US").destination[0] == CODE_OF_KIND["emergency"]


# Patterns.


def test_a_pattern_is_spelt_out() -> None:
    assert patterns.words(r"1(?:12|[578])") == {"112", "15", "17", "18"}
    assert patterns.words(r"0(?:11?|2{2})") == {"01", "011", "022"}


@pytest.mark.parametrize("pattern", ["a", r"\w", "[", "(1", "1)", "1*", "1+", "^1", "[^1]", r"(?!1)"])
def test_a_pattern_of_another_kind_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        patterns.read(pattern)


def test_every_pattern_of_the_numbering_plans_can_be_read() -> None:
    states = Destinations().states
    assert {
        code for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE if states.answer(states.state(f"{code}"), 3) == WHOLE
    } == set()


# Dress.


def test_any_text_can_be_undressed() -> None:
    rng = random.Random(7)
    alphabet = "0123456789+*#@:;<>?%.,()[]-/\\\"' \tsiptelurn\u0661\uff0b\ud7ff\U0001f4de"
    for _ in range(5000):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(40)))
        found = undress(text)
        assert re.fullmatch(r"[0-9*#]*", found.digits), text
        assert not found.plus or found.digits.isdigit(), text


# Ownership.


def customer(*numbers: str, country: str = "US") -> Customer:
    return Customer(id="acme", numbers=numbers, country=country)


@pytest.mark.parametrize(
    ("presented", "owned"),
    [
        ("+12025550100", True),
        ("+12025550110", True),
        ("+12025550119", True),
        ("+12025550120", False),
        ("+12025550109", False),
        ("+442079460123", True),
        ("+44207946012", True),
        ("+442079470123", False),
        ("2025550100", True),
        ("12025550100", True),
        ("tel:+1-202-555-0100", True),
        ("sip:+12025550100@example.net;user=phone", True),
        ("0000000000", False),
        ("9911234567890123", False),
        ("1001", None),
        ("anonymous", None),
        ("", None),
        ("Ann", None),
    ],
)
def test_a_presented_number_is_the_customers_own_or_not(destinations: Destinations, presented: str, owned: bool | None) -> None:
    acme = customer("+12025550100", "+1 (202) 555-0110-+1 (202) 555-0119", "+44207946*")
    assert destinations.owns_number(acme, presented) is owned


def test_without_a_list_of_numbers_it_cannot_be_told(destinations: Destinations) -> None:
    assert destinations.owns_number(Customer(id="bare"), "+12025550100") is None


def test_a_customer_whose_numbers_changed_is_read_anew(destinations: Destinations) -> None:
    assert destinations.owns_number(customer("+12025550100"), "+12025550101") is False
    assert destinations.owns_number(customer("+12025550101"), "+12025550101") is True


@pytest.mark.parametrize(
    "entry", ["", "Ann", "+", "+1202555010x", "+12025550199-+12025550100", "+12025550100-+442079460018", "*", "+1*2"]
)
def test_an_entry_that_is_no_number_or_range_is_named(entry: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        OwnedNumbers([entry])
    assert caught.value.field == "numbers"
    assert f"`{entry}`" in caught.value.message


def test_ownership_agrees_with_a_plain_search_over_all_entries() -> None:
    rng = random.Random(11)
    singles = {str(rng.randrange(10**6, 10**7)) for _ in range(200)}
    spans = [(low, low + rng.randrange(50)) for low in (rng.randrange(10**6, 9 * 10**6) for _ in range(100))]
    prefixes = {str(rng.randrange(10**4, 10**5)) for _ in range(20)}
    owned = OwnedNumbers([*singles, *(f"+{low}-+{high}" for low, high in spans), *(f"+{prefix}*" for prefix in prefixes)])
    for _ in range(3000):
        digits = str(
            rng.choice([rng.randrange(10**6, 10**7), rng.randrange(10**7, 10**8), rng.choice(spans)[0] + rng.randrange(60)])
        )
        plain = (
            digits in singles
            or any(digits.startswith(prefix) for prefix in prefixes)
            or (len(digits) == 7 and any(low <= int(digits) <= high for low, high in spans))
        )
        assert (digits in owned) is plain, digits
