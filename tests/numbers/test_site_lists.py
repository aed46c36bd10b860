"""Do-not-call lists and rate decks of a site, lifelines, programs and names: what each says, and what it says of a mistake."""

from __future__ import annotations

import csv
import os
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.numbers import lists
from fairwire.numbers.agents import Agents
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.do_not_call import DoNotCall
from fairwire.numbers.lists import ADDED, REPLACED, Lists
from fairwire.numbers.names import ProtectedNames
from fairwire.numbers.rates import Rate, RateDeck
from fairwire.runtime.numbering import site_lists

MARCH = parse_us("2026-03-01T00:00:00Z")


@pytest.mark.parametrize("name", [*ADDED, *REPLACED])
def test_every_list_says_how_old_it_is_and_where_it_comes_from(name: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "src" / "fairwire" / "numbers" / "lists"
    text = (folder / name).read_text(encoding="utf-8")
    found = yaml.safe_load(text)
    assert found["as_of"] >= "2026-11-01"
    assert name in ("emergency.yaml", "recording.yaml") or "source:" in text
    assert max(map(len, text.splitlines())) <= 130


def test_a_list_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput, match=r"nobody\.yaml: no list of numbers is called so"):
        Lists({"nobody.yaml": ""})


@pytest.mark.parametrize("name", [*ADDED, *REPLACED])
def test_our_lists_are_the_same_by_either_reader_of_yaml(name: str) -> None:
    text = lists._ours(name)
    assert repr(lists._plain(text)) == repr(yaml.safe_load(text))


def test_a_list_that_was_changed_is_seen_at_once_and_what_is_wrong_said_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agents.yaml"
    monkeypatch.setenv("FAIRWIRE_NUMBERS", str(tmp_path))
    ours = lists._ours("agents.yaml")
    for day in ("2031-01-01", "2032-02-02"):
        path.write_text(re.sub(r"as_of: .*", f'as_of: "{day}"', ours), encoding="utf-8")
        assert day in repr(site_lists().read("agents.yaml", object))
    path.write_text("as_of: [1\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        site_lists().read("agents.yaml", object)
    with pytest.raises(yaml.YAMLError) as told:
        yaml.safe_load("as_of: [1\n")
    assert str(told.value) in caught.value.message


# -- do not call

LISTED = """+12125550100
442079460018   # asked on the phone
+12125550101,2026-03-01
+12125550102,,c1
+12125550103,2026-03-01,c1
+12125550103,2026-02-01,c2
"""


@pytest.mark.parametrize(
    ("number", "customer", "at_us", "answer"),
    [
        (12125550100, "c1", MARCH, True),
        (442079460018, "c9", MARCH, True),
        (12125550199, "c1", MARCH, False),
        (12125550101, "c1", MARCH - 1, False),
        (12125550101, "c1", MARCH, True),
        (12125550102, "c1", 0, True),
        (12125550102, "c2", MARCH, False),
        (12125550103, "c1", MARCH - 1, False),
        (12125550103, "c2", MARCH - 1, True),
        (12125550103, "c1", None, True),
    ],
)
def test_who_must_not_call_whom_since_when(number: int, customer: str, at_us: int | None, answer: bool) -> None:
    assert DoNotCall(Lists({"do_not_call.txt": LISTED})).forbids(number, customer, at_us) is answer


@given(st.sets(st.integers(10_000_000_000, 10_000_000_400), max_size=60), st.lists(st.integers(9_999_999_990, 10_000_000_410)))
def test_many_numbers_are_found_as_one_is(listed: set[int], asked: list[int]) -> None:
    found = DoNotCall(Lists({"do_not_call.txt": "\n".join(f"+{number}" for number in listed)}))
    assert found.numbers.nbytes == 8 * len(listed)
    assert found.among(np.array(asked, dtype=np.int64)).tolist() == [int(number in listed) for number in asked]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+12125550100\nring me\n", "do_not_call.txt:2: `ring me` is no number"),
        ("+12125550100,1/3/2026", "do_not_call.txt:1: `1/3/2026` is no day"),
        ("+12125550100,2026-02-30", "do_not_call.txt:1: `2026-02-30` is no day"),
        ("911,", "do_not_call.txt:1: `911` is no number"),
    ],
)
def test_a_wrong_line_of_a_do_not_call_list_is_named(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        DoNotCall(Lists({"do_not_call.txt": text}))
    assert caught.value.sentence().startswith(message)


# -- rates

DECK = """Prefix, Rate, Connect-Fee, Increment
44,0.012,0,1
447,0.03,0.005,60/1
4479111,0.25,0,30/6
+1,0.0049,,6
"""


@pytest.mark.parametrize(
    ("digits", "seconds", "micros"),
    [
        ("442079460018", 60, 12_000),
        ("442079460018", 1, 200),
        ("442079460018", 0, 0),
        ("447700900123", 1, 35_000),  # a whole minute, and the fee
        ("447700900123", 61, 35_500),
        ("447911123456", 31, 150_000),  # 36 s
        ("12025550100", 6.001, 980),  # 12 s
        ("12025550100", 7, 980),
        ("33123456789", 60, None),
    ],
)
def test_a_call_costs_what_its_longest_prefix_says(digits: str, seconds: float, micros: int | None) -> None:
    assert RateDeck(Lists({"rates.csv": DECK})).expected_charge(digits, seconds) == micros


@given(st.integers(0, 10**9), st.integers(0, 10**7), st.integers(1, 120), st.integers(0, 120), st.integers(1, 86_400_000))
def test_a_charge_is_exact_and_rounded_up_once(per_minute: int, fee: int, increment: int, minimum: int, talk_ms: int) -> None:
    rate = Rate(prefix="1", per_minute=per_minute, fee=fee, increment=increment, minimum=minimum)
    blocks = -(-Fraction(talk_ms, 1000) // increment)
    exact = fee + Fraction(per_minute) * max(blocks * increment, minimum) / 60
    assert 0 <= rate.charge(talk_ms / 1000) - exact < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,price\n44,0.01\n44,0.02\n", "rates.csv:3: prefix 44 is there twice"),
        ("a,b\n", "rates.csv:1: the rate deck has no column `prefix`"),
        ("prefix,rate\nGB,0.01\n", "rates.csv:2: `GB` is not a prefix"),
        ("prefix,rate\n44,cheap\n", "rates.csv:2: `cheap` is not a decimal amount"),
        ("prefix,rate\n44,-1\n", "rates.csv:2: a rate, a fee or an increment is below what it can be"),
        ("prefix,rate,increment\n44,1,soon\n", "rates.csv:2: `soon` is not a number of seconds"),
    ],
)
def test_a_wrong_line_of_a_rate_deck_is_named(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        RateDeck(Lists({"rates.csv": text}))
    assert caught.value.sentence().startswith(message)


def test_a_deck_of_another_rating_engine_can_be_joined_into_ours() -> None:
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    folder = Path(corpus) / "tariff_cgrates" / "hundredrates"
    rates = {row[0]: row for row in csv.reader((folder / "Rates.csv").read_text().splitlines()) if row and row[5:6] == ["0s"]}
    lines = ["prefix,rate,connect_fee,increment"]
    lines += [f"{name.removeprefix('RT_')},{row[2]},{row[1]},{row[4]}" for name, row in rates.items()]
    deck = RateDeck(Lists({"rates.csv": "\n".join(lines)}))
    assert len(deck) == len(rates) > 50
    assert deck.expected_charge("100555", 60) == 820_000 + 960_300


# -- lifelines


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("988", "US"), ("+18002738255", "US"),
        ("18002738255", "US"), ("8002738255", "CA"), ("+18002221222", "GB"), ("116123", "GB"),
        ("0800 1111", "GB"), ("131114", "AU"), ("+61131114", "GB"), ("08001110111", "DE"), ("143", "CH"), ("14416", "IN"),
    ],
)  # fmt: skip
def test_a_call_to_a_lifeline_is_of_the_kind_that_is_never_refused(number: str, country: str) -> None:
    destinations = Destinations()
    assert destinations.is_emergency(number, country)
    assert destinations.classify(number, country).kind == "emergency"
    assert destinations.classify_many([number], country).destination[0] == 1
    assert destinations.is_lifeline(number, country)


@pytest.mark.parametrize(
    ("number", "country"), [("911", "US"), ("112", "DE"), ("+18005550199", "US"), ("2025550123", "US"), ("", "US")]
)
def test_emergency_calls_and_ordinary_numbers_are_no_lifelines(number: str, country: str) -> None:
    assert not Destinations().is_lifeline(number, country)


def test_a_site_adds_lifelines_and_cannot_take_any_away() -> None:
    text = "as_of: '2026-01-01'\ngroups: [{name: ours, source: us, countries: [US], numbers: ['+12025550100']}]\n"
    own = Destinations(lists=Lists({"lifelines.yaml": text}))
    assert own.is_emergency("+12025550100", "US")
    assert own.is_emergency("+18002738255", "US")


# -- programs


@pytest.mark.parametrize(
    ("user_agent", "found"),
    [
        ("friendly-scanner", "scanner"), ("FRIENDLY-SCANNER", "scanner"),
        ("sipcli/v1.8", "scanner"), ("VaxSIPUserAgent/3.1", "scanner"),
        ("pplsip", "scanner"), ("sundayddr", "scanner"), ("sipvicious 0.3", "scanner"), ("dble", "gateway"), ("DBL", "gateway"),
        ("GoIP-8", "gateway"), ("GoIP8", "gateway"), ("Dinstar UC2000-VE", "gateway"), ("Yeastar TG800", "gateway"),
        ("VICIdial 2.14", "dialler"), ("Asterisk PBX 18", "ordinary"),
        ("Zoiper rv2.10", "ordinary"), ("Doublephone 2", "ordinary"),
        ("", None), ("  ", None),
    ],
)  # fmt: skip
def test_what_a_user_agent_gives_away(user_agent: str, found: str | None) -> None:
    assert Agents(Lists()).agent_class(user_agent) == found


def test_a_list_of_programs_of_the_site_takes_the_place_of_ours() -> None:
    text = "as_of: '2026-01-01'\ngroups: [{class: dialler, why: w, source: s, tokens: [ring-all]}]\n"
    own = Agents(Lists({"agents.yaml": text}))
    assert (own.agent_class("Ring-All 1"), own.agent_class("friendly-scanner")) == ("dialler", "ordinary")


# -- names


@pytest.mark.parametrize(
    ("shown", "own", "answer"),
    [
        ("IRS", "", True), ("I.R.S. Agent", "", True), ("Internal Revenue Service", "", True), ("lnternal Revenue", "", True),
        ("1nternal Rev3nue", "", True), ("Internal Revenu", "", True), ("HMRC", "", True), ("Social Security Admin", "", True),
        ("S0cial Security", "", True), ("Bank Fraud Dept", "", True), ("P0lice", "", True), ("Fráud Department", "", True),
        ("Iris", "", False), ("First Street Bakery", "", False), ("Polite Movers", "", False), ("Ann Smith", "", False),
        ("River Bank Cafe", "", False), ("Security Socials Club", "", False),
        ("Police Supplies Example", "Police Supplies Example Inc", False),
        ("Police", "Police Supplies Example Inc", False), ("", "", False), ("+12025550123", "", False),
    ],
)  # fmt: skip
def test_a_name_that_people_trust(shown: str, own: str, answer: bool) -> None:
    assert ProtectedNames(Lists()).resembles(shown, own) is answer


def test_a_name_that_is_not_told_says_nothing() -> None:
    from fairwire.runtime.numbering import book_of

    assert book_of(Destinations()).brand(" ", Customer(id="c")) is None
