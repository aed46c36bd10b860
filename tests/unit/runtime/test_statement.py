"""A customer's statement: what its users did, to the millionth, and what speaks for it. Clauses N02, N03 and J02."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us, parse_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.model.statements import Statement, StatementLine
from fairwire.runtime import review_acts
from fairwire.runtime.data import open_control
from fairwire.runtime.packs import detector_infos, read_pack
from fairwire.runtime.statement import as_csv, bounds, statement
from fairwire.stores.log import open_log

WHO = Customer(id=CUSTOMER, name="Hobnail Freight", policy="natterbox", timezone="Europe/London", currency="GBP")
TAKEOVER = next(info.id for info in detector_infos() if "account_takeover" in info.topics)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_control(tmp_path / "data")
    yield Desk(store=store, data=tmp_path / "data", pack=read_pack("natterbox"))
    store.close()


def ended(number: int, at_us: int, charge: str, **more: Any) -> bytes:
    data = {
        "call_id": f"c-{number}",
        "customer": CUSTOMER,
        "from": "+442079460018",
        "to": "+9790000000",
        "charge": charge,
        "currency": "GBP",
    }
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": "call.ended", "time": format_us(at_us)}
    return json.dumps(named | {"data": data | more}).encode()


def logged(desk: Desk, *lines: bytes) -> None:
    log = open_log(desk.data)
    log.append(1, lines)
    log.synced().result(30)
    log.close()


def fraud(desk: Desk, name: str = "f-00000001", **changed: Any) -> None:
    plain: dict[str, Any] = {
        "detector": "fraud.toll_spend", "clauses": ("N12",), "user": "ann", "events": (), "reason": "12 costly calls in an hour",
        "first_seen": format_us(desk.now_us - 2 * HOUR_US), "last_seen": format_us(desk.now_us - HOUR_US), "callee": None,
    }  # fmt: skip
    desk.found(name, **(plain | changed))


def drawn(desk: Desk, month: str = "2026-03") -> Statement:
    return statement(desk.store, desk.data, WHO, month)


def lines(made: Statement) -> dict[str, StatementLine]:
    return {line.id: line for line in made.lines}


def test_N03_charges_of_misuse_by_a_user_are_the_customers_line_by_line_and_exact(desk: Desk) -> None:
    fraud(desk)
    inside = desk.now_us - 90 * MINUTE_US
    logged(
        desk,
        ended(1, inside, "0.1", user="ann"),
        ended(2, inside, "0.2", user="ann"),
        ended(3, inside, "0.000001", user="ann"),
        ended(4, inside, "7.5", user="ben"),
        ended(5, inside + 3 * HOUR_US, "9.9", user="ann"),
        ended(6, inside, "1.00", user="ann", currency="EUR"),
        ended(1, inside, "0.1", user="ann"),
    )
    made = drawn(desk)
    assert [(line.amount, line.currency, line.events, line.user) for line in made.lines] == [
        ("1.00", "EUR", 1, "ann"), ("0.300001", "GBP", 3, "ann"),
    ]  # fmt: skip
    assert made.misuse == {"EUR": "1.00", "GBP": "0.300001"}
    assert made.lines[0].clauses == ("N12",)


def test_N03_each_charge_stands_under_one_finding_the_narrowest(desk: Desk) -> None:
    fraud(desk, "f-00000001")
    fraud(desk, "f-00000002", user=None)
    inside = desk.now_us - 90 * MINUTE_US
    logged(desk, ended(1, inside, "2.50", user="ann"), ended(2, inside, "1.25", user="ben"))
    made = lines(drawn(desk))
    assert (made["f-00000001"].amount, made["f-00000002"].amount) == ("2.50", "1.25")


def test_N03_a_call_that_names_no_line_is_of_the_number_called_or_that_forwarded_it(desk: Desk) -> None:
    fraud(desk, user=None, line="+442079460018")
    inside = desk.now_us - 90 * MINUTE_US
    logged(
        desk,
        ended(1, inside, "1", direction="inbound", **{"from": "+12025550100", "to": "+442079460018"}),
        ended(2, inside, "2", direction="outbound", **{"from": "+12025550100"}, diversion=["+442079460018"]),
        ended(3, inside, "4", direction="inbound", **{"from": "+12025550100", "to": "+442079460099"}),
        ended(4, inside, "8", direction="outbound", line="201", **{"from": "+12025550100"}, diversion=["+442079460018"]),
    )
    assert drawn(desk).misuse == {"GBP": "3.00"}


def test_what_was_judged_to_be_nothing_or_ran_in_shadow_is_charged_to_nobody(desk: Desk) -> None:
    fraud(desk, "f-00000001")
    fraud(desk, "f-00000002", mode="shadow")
    logged(desk, ended(1, desk.now_us - 90 * MINUTE_US, "2.50", user="ann"))
    assert lines(drawn(desk)).keys() == {"f-00000001"}
    review_acts.judge(desk.store, "f-00000001", "false_positive", by="person:eli", at_us=desk.now_us, why="a drill")
    assert drawn(desk).misuse == {}


def test_orders_and_invoices_stand_beside_and_are_not_added_to_misuse(desk: Desk) -> None:
    fraud(desk)
    finding = desk.store.finding("f-00000001")
    assert finding is not None
    desk.ordered(finding)
    invoice: dict[str, Any] = {"step": "invoice", "target": "charges", "amount": "120.50", "currency": "GBP", "period": "2026-03"}
    desk.ordered(finding, "o-invoice-1", expires=None, **invoice)
    desk.ordered(finding, "o-invoice-2", expires=None, **invoice)
    review_acts.override(
        desk.store, "o-invoice-2", "overturned", by="person:eli", at_us=desk.now_us, why="twice", verdict="confirmed"
    )
    made = drawn(desk)
    assert [line.kind for line in made.lines] == ["misuse", "invoice", "invoice", "order"]
    assert made.invoiced == {"GBP": "120.50"}, "what was overturned is owed by nobody"
    assert made.misuse == {}


def test_N02_findings_of_users_roll_up_to_the_customer_the_worst_user_first(desk: Desk) -> None:
    fraud(desk, "f-00000001", user="ann", severity="low")
    fraud(desk, "f-00000002", user="ben", severity="critical", clauses=("N08", "N12"))
    fraud(desk, "f-00000003", user="ann", severity="medium")
    fraud(desk, "f-00000004", user=None, severity="info")
    rows = [(row.user, row.findings, row.worst, row.clauses) for row in drawn(desk).users]
    assert rows == [("ben", 1, "critical", ("N08", "N12")), ("ann", 2, "medium", ("N12",)), ("", 1, "info", ("N12",))]


def test_J02_attribution_follows_the_credential_and_a_takeover_before_it_is_noted_as_mitigation(desk: Desk) -> None:
    fraud(desk, "f-00000001", user=None, credential="sip-204")
    fraud(desk, "f-00000002", user=None, credential="sip-999")
    at = format_us(desk.now_us - DAY_US)
    taken_over: dict[str, Any] = {"detector": TAKEOVER, "clauses": ("N11",), "time": at, "first_seen": at, "last_seen": at}
    fraud(desk, "f-takeover1", user=None, credential="sip-204", **taken_over)
    inside = desk.now_us - 90 * MINUTE_US
    logged(desk, ended(1, inside, "4.00", credential="sip-204"), ended(2, inside, "3.00", credential="sip-999"))
    made = lines(drawn(desk))
    taken = made["f-00000001"]
    assert (taken.credential, taken.amount) == ("sip-204", "4.00"), "the customer answers for its login"
    assert taken.mitigation == f"a takeover of sip-204 came before: f-takeover1, {format_us(desk.now_us - DAY_US)}"
    assert made["f-00000002"].mitigation == "", "of another login, nothing speaks for it"
    assert made["f-takeover1"].mitigation == ""


def test_a_takeover_after_the_misuse_or_long_before_it_is_no_mitigation(desk: Desk) -> None:
    fraud(desk, "f-00000001", credential=None)
    for name, when in (("f-later-01", desk.now_us), ("f-longago1", desk.now_us - 40 * DAY_US)):
        at = format_us(when)
        fraud(desk, name, detector=TAKEOVER, clauses=("N11",), time=at, first_seen=at, last_seen=at)
    assert lines(drawn(desk))["f-00000001"].mitigation == ""


@pytest.mark.parametrize("month", ["2026-3", "march", "2026-13", "2026-00", "", "2026-0٣"])
def test_what_is_no_month_is_told_so(desk: Desk, month: str) -> None:
    with pytest.raises(NotPossible, match="is no month"):
        drawn(desk, month)


ZONES = ("UTC", "Europe/London", "Pacific/Apia", "America/St_Johns", "Asia/Beirut")


@given(st.integers(2005, 2049), st.integers(1, 12), st.sampled_from(ZONES))
@settings(max_examples=150)
def test_a_month_begins_at_its_first_midnight_there(year: int, month: int, zone: str) -> None:
    first, end = bounds(f"{year}-{month:02d}", zone)
    there = datetime.fromtimestamp(first / 1e6, ZoneInfo(zone))
    before = datetime.fromtimestamp(first / 1e6 - 1, ZoneInfo(zone))
    assert (there.year, there.month, there.day) == (year, month, 1)
    assert before.month != month
    behind = datetime.fromtimestamp(end / 1e6, ZoneInfo(zone))
    assert (behind.day, behind.month) == (1, month % 12 + 1)


@given(st.lists(st.integers(1, 9_999_999), min_size=1, max_size=8))
@settings(max_examples=8)
def test_amounts_add_up_to_the_millionth(tmp_path_factory: pytest.TempPathFactory, charges: list[int]) -> None:
    folder = tmp_path_factory.mktemp("sums")
    store = open_control(folder)
    desk = Desk(store=store, data=folder, pack=read_pack("natterbox"))
    fraud(desk)
    logged(desk, *(ended(n, desk.now_us - 90 * MINUTE_US, format_micros(c), user="ann") for n, c in enumerate(charges)))
    assert parse_micros(drawn(desk).misuse["GBP"]) == sum(charges)
    store.close()


def test_the_command_prints_lines_sums_and_csv_that_no_spreadsheet_runs(desk: Desk, tmp_path: Path) -> None:
    fraud(desk, reason="=HYPERLINK(1)", line="+442079460018")
    logged(desk, ended(1, desk.now_us - 90 * MINUTE_US, "4.00", user="ann"))
    (tmp_path / "customers.jsonl").write_text(json.dumps({"id": CUSTOMER, "timezone": "Europe/London", "currency": "GBP"}) + "\n")
    words = [
        "customer",
        "statement",
        CUSTOMER,
        "--month",
        "2026-03",
        "--data",
        str(desk.data),
        "--customers",
        str(tmp_path / "customers.jsonl"),
    ]
    shown = CliRunner().invoke(build(), words)
    assert shown.exit_code == 0, shown.output
    assert "misuse                  4.00 GBP" in shown.stdout
    (row,) = csv.DictReader(io.StringIO(CliRunner().invoke(build(), [*words, "--csv"]).stdout))
    assert (row["amount"], row["text"], row["line"]) == ("4.00", "'=HYPERLINK(1)", "+442079460018")
    assert as_csv(drawn(desk, "2025-01")).count("\n") == 1
    unknown = CliRunner().invoke(build(), [*words[:2], "nobody", *words[3:]])
    assert "there is no customer `nobody`" in str(unknown.exception)
    assert parse_us("2026-03-01T00:00:00Z") == bounds("2026-03", "Europe/London")[0]
