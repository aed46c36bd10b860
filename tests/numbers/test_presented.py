"""What is said of the number a caller shows, and that compiled loops, the book and libphonenumber say the same."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairwire.model.columns import CALLER_STATES, COLUMN_INDEX, DIRECTIONS, UNKNOWN, WIDTH
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.numbers.book import NumberBook
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import Lists
from fairwire.numbers.nanp import Nanp
from fairwire.ports.events import CALL_SCHEMA
from fairwire.runtime.callers import fill_callers
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.numbering import book_of, site_lists
from fairwire.runtime.zone_tables import zone_table
from fairwire.testkit.cases import case_plan

US = Customer(id="us", country="US", numbers=("+12025550100-+12025550199", "+13125550*", "+44900*"))
GB = Customer(id="gb", country="GB", numbers=("+442079460000-+442079460999",))
DE = Customer(id="de", country="DE")
NOWHERE = Customer(id="nowhere")


def book(**site: str) -> NumberBook:
    return NumberBook(Destinations(lists=Lists({name.replace("__", "."): text for name, text in site.items()})), zone_table)


BOOK = book()


@pytest.mark.parametrize(
    ("caller", "customer", "state"),
    [
        ("+12025550123", US, "own"),
        ("2025550123", US, "own"),
        ("(202) 555-0123", US, "own"),
        ("sip:+12025550123@pbx.example", US, "own"),
        ("+13125550*", US, None),
        ("+12125550123", US, "other"),
        ("+442079460018", US, "other"),
        ("02079460018", GB, "own"),
        ("+12125550123", DE, None),  # a customer that lists no numbers: nothing follows
        ("anonymous", US, "withheld"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', US, "withheld"),
        ("Restricted", US, "withheld"),
        ("", US, "withheld"),
        ("alice", US, None),
        ("911", US, "emergency"),
        ("+1911", US, "emergency"),
        ("999", US, "emergency"),
        ("110", DE, "emergency"),
        ("110", US, None),  # somebody's extension
        ("411", US, "do_not_originate"),
        ("+1411", US, "do_not_originate"),
        ("411", GB, None),
        ("+12025551212", US, "do_not_originate"),
        ("+449098790001", GB, "do_not_originate"),
        ("+4490012345678", US, "do_not_originate"),  # though its record grants it
        ("1002", US, None),
        ("31234", US, None),
        ("*67", US, None),
        ("+19115550123", US, "invalid"),  # service code as area code
        ("+11235550123", US, "invalid"),
        ("+13705550123", US, "invalid"),  # kept back
        ("+12920550123", US, "invalid"),  # expansion code
        ("+12021110123", US, "invalid"),
        ("+12029110123", US, "invalid"),  # service code as exchange
        ("+12020550123", US, "invalid"),
        ("+1202555012", US, "invalid"),  # a digit short
        ("+9991234567", US, "invalid"),  # nobody has the country code
        ("0005550123", US, "invalid"),
        ("+12115550123", GB, "invalid"),
        ("+15552345678", US, "unallocated"),  # an area code that is not in service
        ("5552345678", US, "unallocated"),
        ("+4915012345678", US, "other"),
        ("+18002738255", US, "other"),  # a lifeline calls back
        ("123456789012", NOWHERE, None),
    ],
)
def test_the_state_of_a_caller(caller: str, customer: Customer, state: str | None) -> None:
    assert BOOK.caller_state(caller, customer) == state


def test_nothing_is_said_of_a_caller_that_is_not_told() -> None:
    assert BOOK.caller_state(None, US) is None


def test_a_customer_whose_numbers_change_is_judged_by_the_new_ones() -> None:
    known = book()
    assert known.caller_state("+12125550123", US) == "other"
    more = Customer(id="us", country="US", numbers=(*US.numbers, "+12125550123"))
    assert known.caller_state("+12125550123", more) == "own"


def test_a_site_adds_to_the_numbers_from_which_nobody_calls() -> None:
    known = book(do_not_originate__txt="# bank\n+12125550100\n+44800*  # answers\n+13125550200-+13125550299\n+1???5550001\n")
    for number in ("+12125550100", "+448001234567", "+13125550250", "+12025550001", "+12025551212"):
        assert known.caller_state(number, US) == "do_not_originate"
    assert known.caller_state("+12125550101", US) == "other"


@pytest.mark.parametrize(("text", "place"), [("+12125550100\nnobody\n", ":2"), ("+1???????", ":1"), ("+12-+13*", ":1")])
def test_a_line_that_is_no_number_is_named(text: str, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        book(do_not_originate__txt=text)
    assert str(caught.value.at).endswith(f"do_not_originate.txt{place}")


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_no_number_in_use_is_ruled_out_but_those_with_a_service_code_inside(national: str) -> None:
    number = phonenumbers.parse(f"+1{national}")
    nanp = Nanp(Lists())
    if phonenumbers.is_valid_number(number) and national[4:6] != "11":
        assert not nanp.ruled_out(national)


def test_the_examples_of_every_country_are_in_use_and_with_nine_digits_more_are_no_numbers() -> None:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    path = Path(corpus) / "numbers_e164_libphonenumber" / "PhoneNumberMetadata.xml"
    anyone = Customer(id="any", country="US", numbers=("+12025550100",))
    seen, wrong = 0, []
    for territory in ElementTree.parse(path).getroot().iter("territory"):  # noqa: S314 - a file of our own corpus
        for kind in ("fixedLine", "mobile", "tollFree", "voip", "personalNumber"):
            example = territory.findtext(f"{kind}/exampleNumber")
            if example is None:
                continue
            caller = f"+{territory.get('countryCode')}{example}"
            seen += 1
            state = BOOK.caller_state(caller, anyone)
            if state != "other":
                wrong.append((territory.get("id"), kind, caller, state))
            assert BOOK.caller_state(f"{caller}123456789", anyone) == "invalid", caller
    assert seen > 700
    # The metadata there and the library here are of different days: a country or two has changed its plan in between.
    assert len(wrong) <= 3, wrong


TEXTS = st.one_of(
    st.from_regex(r"\+1[0-9]{9,11}", fullmatch=True),
    st.from_regex(r"\+(44|49|33|52|882)[0-9]{6,12}", fullmatch=True),
    st.from_regex(r"\+[0-9]{6,16}", fullmatch=True),
    st.from_regex(r"[0-9]{2,12}", fullmatch=True),
    st.sampled_from(
        ["+12025550123", "+12025550177", "+12025551212", "+4490012345678", "anonymous", "911", "", "x", "+1202555012a",
         "+18002738255",
         "sip:+12025550188@example.net", "+442079460018", "+442079461234", "1002"]
    ),
)  # fmt: skip


@cache
def four_customers() -> CustomerTable:
    from fairwire.runtime.detectors import load_detectors

    plan = case_plan(*load_detectors())
    table = CustomerTable.of(plan.program, plan.everyone)
    table.extend([US, GB, DE, NOWHERE])
    return table


@example([("+442079460018", "+12025550123", None, 2), ("+12025550123", "+442079460018", None, 3)])  # another customer's numbers
@given(st.lists(st.tuples(TEXTS, TEXTS, st.one_of(st.none(), TEXTS), st.integers(0, 3)), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_compiled_loops_say_what_the_book_says(calls: list[tuple[str, str, str | None, int]]) -> None:
    customers = four_customers()
    destinations = _SHARED
    names = ("from", "to", "line")
    told = {name: pa.array([call[place] for call in calls], pa.string()) for place, name in enumerate(names)}
    table = pa.table({field.name: told.get(field.name, pa.nulls(len(calls), field.type)) for field in CALL_SCHEMA})
    columns = np.full((WIDTH, len(calls)), UNKNOWN, dtype=np.int64)
    columns[COLUMN_INDEX["direction"]] = DIRECTIONS.index("outbound") + 1
    columns[COLUMN_INDEX["time"]] = 0
    owners = np.array([call[3] for call in calls], dtype=np.int64)
    fill_callers(table, columns, customers, destinations, owners, np.full(len(calls), -1, dtype=np.int32))
    known = book_of(destinations)
    for i, (caller, callee, line, row) in enumerate(calls):
        customer = customers.customers[row]
        state = columns[COLUMN_INDEX["caller_state"], i]
        assert (None if state == UNKNOWN else CALLER_STATES[state - 1]) == known.caller_state(caller, customer), caller
        for name, said in (
            ("neighbour", known.neighbour(caller, callee, line, customer)),
            ("all_party", known.all_party(caller, callee, customer.country)),
        ):
            assert columns[COLUMN_INDEX[name], i] == (UNKNOWN if said is None else said), (name, caller, callee, line)


_SHARED = Destinations()


@pytest.mark.parametrize(
    ("caller", "callee", "line", "customer", "answer"),
    [
        ("+12125550123", "+12125559876", None, US, True),
        ("+12125550123", "+12125549876", None, US, False),
        ("+12125550123", "+12125559876", "+12125550001", US, False),  # the line is from there
        ("+12025550123", "+12025559876", None, US, False),  # its own number
        ("+442071234567", "+442071239999", None, US, True),
        ("2125550123", "12125559876", "sip:+13105550100@example.net", US, True),
        ("alice", "+12125559876", None, US, None),
    ],
)
def test_a_caller_from_next_door(caller: str, callee: str, line: str | None, customer: Customer, answer: bool | None) -> None:
    assert BOOK.neighbour(caller, callee, line, customer) is answer


def test_a_folder_of_lists_is_read_and_a_stray_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "do_not_call.txt").write_text("+12125550100\n")
    (tmp_path / "README.md").write_text("ours")
    monkeypatch.setenv("FAIRWIRE_NUMBERS", str(tmp_path))
    assert site_lists().text("do_not_call.txt") == "+12125550100\n"
    (tmp_path / "dnc.txt").write_text("")
    with pytest.raises(BadInput, match=r"dnc\.txt.*no list of numbers is called so.*do_not_call\.txt"):
        site_lists()
    monkeypatch.setenv("FAIRWIRE_NUMBERS", str(tmp_path / "gone"))
    with pytest.raises(BadInput, match="no such folder"):
        site_lists()
