"""The customers file: what is read, what is refused and in which words, and the zones of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.kernel.intake import local_offset
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, FairwireError
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.numbering import kept_of
from fairwire.runtime.zone_tables import zone_table
from traces import real_plan, shipped_plan, table_for

ZONES = (
    "UTC", "America/New_York", "Europe/London", "Europe/Berlin", "America/Santiago", "America/Sao_Paulo", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "Pacific/Apia", "Asia/Tehran", "America/St_Johns",
    "Europe/Moscow", "Antarctica/Troll", "Asia/Gaza", "Pacific/Kiritimati", "America/Caracas",
)  # fmt: skip
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(folder: Path, text: str, name: str = "customers.jsonl") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, name: str = "customers.jsonl") -> str:
    with pytest.raises(FairwireError) as caught:
        load_customers(written(folder, text, name))
    return caught.value.sentence().replace(str(folder) + "/", "")


def test_json_lines_and_yaml_give_the_same_records(tmp_path: Path) -> None:
    lines = written(
        tmp_path,
        '{"id":"acme","plan":"unlimited_voice","user_limit":5,"features":["call_recording"],"timezone":"Europe/London"}\n'
        '\n{"id":"bolt","monthly_charge_limit":"250.00","later":"unknown fields are kept out"}\n',
    )
    yaml = written(
        tmp_path,
        "- id: acme\n  plan: unlimited_voice\n  user_limit: 5\n  features: [call_recording]\n  timezone: Europe/London\n"
        '- id: bolt\n  monthly_charge_limit: "250.00"\n',
        "customers.yaml",
    )
    assert load_customers(lines) == load_customers(yaml)
    assert [customer.id for customer in load_customers(lines)] == ["acme", "bolt"]


def test_a_name_with_an_odd_line_separator_is_one_record(tmp_path: Path) -> None:
    records = load_customers(written(tmp_path, '{"id":"acme","name":"Acme\u2028Bakery\u0085"}\n{"id":"bolt"}\r\n'))
    assert [(record.id, record.name) for record in records] == [("acme", "Acme\u2028Bakery\u0085"), ("bolt", "")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"id":"acme"}\n{"id":"bolt","timezone":"Europe/Lundun"}\n',
            "customers.jsonl:2: `timezone`: `Europe/Lundun` is not a time zone; did you mean `Europe/London`?",
        ),
        ('{"id":"acme","timezone":""}', "customers.jsonl:1: `timezone`: `` is not a time zone; write one such as Europe/London"),
        ('{"id":"acme","timezone":"../etc/passwd"}', "customers.jsonl:1: `timezone`: `../etc/passwd` is not a time zone"),
        ('{"id":"acme","timezone":"Europe"}', "customers.jsonl:1: `timezone`: `Europe` is not a time zone"),
        ('{"id":"acme"}\n\n{"id":"acme"}\n', "customers.jsonl:3: customer `acme` is there twice, first on line 1; keep one"),
        ('{"id":""}', "customers.jsonl:1: `id` is empty"),
        ('{"name":"nobody"}', "customers.jsonl:1: not a customer record: object missing required field `id`"),
        ('{"id":"acme","user_limit":"five"}', "customers.jsonl:1: not a customer record: expected `int | null`, got `str`"),
        ('{"id":"acme","monthly_charge_limit":"1e3"}', "customers.jsonl:1: `monthly_charge_limit`: "),
        (
            '{"id":"acme","language":"German"}',
            "customers.jsonl:1: `language`: `German` is no language; write one such as `de` or `pt-BR`",
        ),
        ('{"id":"acme","user_price":"ten"}', "customers.jsonl:1: `user_price`: `ten` is not a decimal amount such as 12.50"),
        ('{"id":"acme","daily_charge_limit":"0.0000001"}', "customers.jsonl:1: `daily_charge_limit`: `0.0000001` is finer than"),
        (
            '{"id":"acme","daily_charge_limit":"-1"}',
            "customers.jsonl:1: `daily_charge_limit`: `-1` is below zero; leave it out where there is no limit",
        ),
        ('{"id":"acme","daily_charge_limit":20}', "customers.jsonl:1: not a customer record: expected `str | null`, got `int`"),
        (
            '{"id":"acme","max_calls_per_second":-2}',
            "customers.jsonl:1: `max_calls_per_second`: -2 is below zero; leave it out where there is no limit",
        ),
        ('{"id":"acme","max_calls_per_day":1.5}', "customers.jsonl:1: not a customer record: expected `int | null`, got `float`"),
        (
            '{"id":"acme","barred_countries":["Cuba"]}',
            "customers.jsonl:1: `barred_countries`: `Cuba` is no country code; write two capital letters such as CU",
        ),
        (
            '{"id":"acme","barred_destinations":["premum"]}',
            "customers.jsonl:1: `barred_destinations`: `premum` is neither a class of destinations nor a prefix; did you mean",
        ),
        ('{"id":"acme","barred_destinations":["emergency"]}', "customers.jsonl:1: `barred_destinations`: `emergency` is neither"),
        ('{"id":"acme","barred_destinations":["1900"]}', "customers.jsonl:1: `barred_destinations`: `1900` is neither"),
        ('{"id":"acme","outbound":"no"}', "customers.jsonl:1: not a customer record: expected `bool`, got `str`"),
        ("[1, 2]", "customers.jsonl:1: not a customer record: "),
        ('{"id":"ac', "customers.jsonl:1: not a customer record: "),
    ],
)
def test_what_is_wrong_with_a_record_is_said_with_file_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)


def test_a_yaml_file_names_the_line_of_the_record_that_is_wrong(tmp_path: Path) -> None:
    text = "- id: acme\n  timezone: UTC\n- id: bolt\n  timezone: Mars/Olympus\n"
    assert refused(tmp_path, text, "customers.yaml").startswith("customers.yaml:3: `timezone`: `Mars/Olympus` is not a time zone")
    assert "not a list of customer records" in refused(tmp_path, "id: acme\n", "customers.yaml")


def test_a_file_that_is_not_there_or_no_text_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such customers file; name one with --customers FILE"):
        load_customers(tmp_path / "nowhere.jsonl")
    with pytest.raises(BadInput, match="this is a folder"):
        load_customers(tmp_path)
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not UTF-8 text; save it as UTF-8"):
        load_customers(tmp_path / "binary.jsonl")


def test_a_customer_of_a_policy_that_is_not_loaded_is_named_with_what_is() -> None:
    plan = real_plan()
    table = CustomerTable(program=plan.program, packs={pack: i for i, pack in enumerate(plan.program.packs)}, everyone=None)
    with pytest.raises(BadInput, match=r"customer `acme` has the policy `jnss`, which is not loaded; .*`jns`"):
        table.extend([Customer(id="acme", policy="jnss")])
    with pytest.raises(BadInput, match=r"customer `acme` has no policy; set `policy` in its record"):
        table.extend([Customer(id="acme")])


def test_what_the_order_does_not_say_is_unknown_and_not_zero() -> None:
    plan = shipped_plan()
    table = table_for(plan, [Customer(id="acme"), Customer(id="bolt", max_active_connections=0, monthly_charge_limit="0")])
    at = {name: 1 + index for index, name in enumerate(plan.program.customer_attributes)}
    for name in ("max_active_connections", "monthly_charge_limit"):
        assert np.isnan(table.values[0, at[name]])
        assert table.values[1, at[name]] == 0


def test_a_customer_that_comes_again_takes_the_place_of_its_old_record() -> None:
    plan = shipped_plan()
    table = table_for(plan, [Customer(id="acme", max_active_connections=3), Customer(id="bolt")])
    table.extend([Customer(id="acme", max_active_connections=9, timezone="Asia/Kathmandu")])
    at = 1 + plan.program.customer_attributes.index("max_active_connections")
    assert len(table.customers) == 2
    assert table.values[0, at] == 9
    assert table.zone_names[table.zones[0]] == "Asia/Kathmandu"


@given(st.sampled_from(ZONES), st.integers(0, 54 * 365 * 24 * 60))
@settings(max_examples=400)
def test_L01_the_offset_of_a_zone_is_right_to_the_minute_from_1995_to_2050(zone: str, minutes: int) -> None:
    moment = datetime(1995, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    now_us = (moment - EPOCH) // timedelta(microseconds=1)
    changes = zone_table(zone)
    starts = np.array([0, len(changes)], dtype=np.int64)
    since = np.array([change[0] for change in changes], dtype=np.int64)
    offsets = np.array([change[1] for change in changes], dtype=np.int64)
    wanted = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert wanted is not None
    assert local_offset(0, now_us, starts, since, offsets) == wanted // timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_the_clocks_is_known_to_the_second(zone: str) -> None:
    for at_us, offset_us in zone_table(zone)[1:]:
        for shift_s, place in ((0, 0), (-1, -1)):
            moment = EPOCH + timedelta(microseconds=at_us + shift_s * 1_000_000)
            told = moment.astimezone(ZoneInfo(zone)).utcoffset()
            assert told is not None
            known = [offset for start, offset in zone_table(zone) if start <= at_us + shift_s * 1_000_000][-1]
            assert known == told // timedelta(microseconds=1)
            assert (known == offset_us) == (place == 0)


def test_numbers_that_an_order_changed_are_the_customers_own_in_the_next_batch() -> None:
    table = table_for(real_plan(), [Customer(id="acme", policy="jns", country="US", numbers=("+12025550100",))])
    kept = kept_of(Destinations())
    (low,) = kept.own_spans(table)[1].tolist()
    table.amend([Customer(id="acme", policy="jns", country="US", numbers=("+12025550199",))])
    assert kept.own_spans(table)[1].tolist() == [low + 99]
