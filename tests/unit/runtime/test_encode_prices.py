"""Prices and charges are in the currency that their event names, and are compared in the customer's."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.columns import COLUMN_INDEX, UNKNOWN
from fairwire.model.customers import Customer
from fairwire.model.dollars import brought, own_per_dollar
from fairwire.model.money import MAX_MONEY_MICROS
from fairwire.numbers.destinations import Destinations
from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime.amounts import own_amount, own_rate, rate_and_price
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode import encode
from fairwire.runtime.encode_other import values_of
from fairwire.runtime.encode_values import Asked
from traces import table_for, touchy_plan

NUMBERING = Destinations()
HOUSE = (
    Customer(id="dollars", country="US", currency="USD"),
    Customer(id="rupees", country="US", currency="INR"),
    Customer(id="indian", country="in"),
    Customer(id="indian abroad", country="IN", currency="KWD"),
    Customer(id="nowhere"),
    Customer(id="unheard of", currency="XYZ", country="SN"),
    Customer(id="limited", monthly_charge_limit="5000"),
    Customer(id="limited in rupees", country="IN", currency="INR", daily_charge_limit="5000"),
    Customer(id="limited in India", country="IN", daily_charge_limit="5000"),
)
CURRENCIES = (None, "", "INR", "inr", "USD", "EUR", "VND", "KWD", "XYZ", "rupees", "₹")
amounts = st.none() | st.integers(0, MAX_MONEY_MICROS) | st.sampled_from([0, 1, 85_000_000, 4_400_000])


@pytest.fixture(scope="module")
def customers() -> CustomerTable:
    return table_for(touchy_plan(), HOUSE)


def ended(customer: str, *, currency: str | None, rate: int | None = None, charge: int | None = None) -> dict[str, object]:
    return {
        "id": "e", "source": "s", "type": "call.ended", "time_us": 10**15, "customer": customer, "call_id": "c",
        "direction": "outbound", "from": "+12025550100", "to": "+442079460123", "duration_ms": 121_000,
        "rate_micros": rate, "charge_micros": charge, "currency": currency,
    }  # fmt: skip


def columns(rows: list[dict[str, object]], customers: CustomerTable, name: str) -> list[int]:
    table = pa.Table.from_pylist(rows, schema=CALL_SCHEMA)
    found: list[int] = encode(table, customers, NUMBERING).raw[:, COLUMN_INDEX[name]].tolist()
    return found


@pytest.mark.parametrize(
    ("customer", "currency", "price", "rate"),
    [
        ("dollars", None, 85_000_000, 85_000_000),
        ("dollars", "INR", 1_000_000, 1_000_000),
        ("rupees", None, 1_000_000, 85_000_000),
        ("rupees", "USD", 85_000_000, 7_225_000_000),
        ("rupees", "XYZ", 1_000_000, 85_000_000),
        ("indian", None, 1_000_000, 85_000_000),
        ("indian", "EUR", 85_000_000, 7_225_000_000),
        ("indian abroad", "KWD", 283_333_333, 85_000_000),
        ("nowhere", None, 85_000_000, 85_000_000),
        ("nowhere", "XYZ", 85_000_000, 85_000_000),
        ("nowhere", "INR", 1_000_000, 1_000_000),
        ("unheard of", None, 141_667, 85_000_000),
        ("limited", "INR", 1_000_000, 85_000_000),
        ("limited in rupees", "USD", 85_000_000, 7_225_000_000),
        ("limited in India", "USD", 85_000_000, 85_000_000),
        ("limited in India", None, 1_000_000, 85_000_000),
    ],
)
def test_an_event_names_its_currency_else_the_record_does_else_its_country(
    customers: CustomerTable, customer: str, currency: str | None, price: int, rate: int
) -> None:
    told = [ended(customer, currency=currency, rate=85_000_000, charge=3 * 85_000_000)]
    assert columns(told, customers, "price") == [price]
    assert columns(told, customers, "rate") == [rate]
    assert columns(told, customers, "charged_rate") == [price]
    assert columns(told, customers, "charge") == [3 * rate]


@given(st.lists(st.tuples(st.sampled_from(HOUSE), st.sampled_from(CURRENCIES), amounts, amounts), min_size=1, max_size=12))
def test_many_events_at_once_are_reckoned_as_one_by_one(
    customers: CustomerTable, told: list[tuple[Customer, str | None, int | None, int | None]]
) -> None:
    rows = [ended(who.id, currency=currency, rate=rate, charge=charge) for who, currency, rate, charge in told]
    found = (columns(rows, customers, name) for name in ("rate", "price", "charge"))
    for (who, currency, rate, charge), *values in zip(told, *found, strict=True):
        expected = (UNKNOWN, UNKNOWN) if rate is None else rate_and_price(rate, currency, who)
        assert own_rate({"rate_micros": rate, "currency": currency}, who) == (None if rate is None else expected[0])
        charged = UNKNOWN if charge is None else own_amount(charge, currency, who)
        assert values == [*expected, charged]


@given(st.sampled_from(HOUSE), st.integers(-MAX_MONEY_MICROS, MAX_MONEY_MICROS), st.sampled_from([None, "", "XYZ", "₹"]))
def test_an_amount_in_the_customers_own_currency_stays_exact(who: Customer, micros: int, unknown: str | None) -> None:
    assert own_amount(micros, who.currency, who) == own_amount(micros, unknown, who) == micros


@given(st.integers(-MAX_MONEY_MICROS, MAX_MONEY_MICROS))
def test_sums_of_what_was_brought_to_another_currency_stay_in_64_bits(micros: int) -> None:
    assert abs(brought(micros, 0.3, 25_000)) <= MAX_MONEY_MICROS


def test_a_message_is_charged_in_its_currency_too() -> None:
    said = '{"customer":"c","message_id":"m","channel":"sms","from":"+12025550100","to":[],"charge":"2.00","currency":"%s"}'
    for currency, charge in (("USD", 170_000_000), ("INR", 2_000_000), ("XYZ", 2_000_000)):
        asked = Asked(customer=Customer(id="c", country="IN"), time_us=10**15, destinations=NUMBERING)
        assert values_of("message.sent", said % currency, asked)["charge"] == charge


@pytest.mark.parametrize(
    ("country", "size"), [("IN", 85), ("cm", 600), ("BG", 1), ("GL", 7), ("US", 1), ("KP", None), ("XA", None), ("", None)]
)
def test_a_country_has_its_currency(country: str, size: float | None) -> None:
    assert own_per_dollar(None, country) == own_per_dollar("XYZ", country) == size
