"""Licences that move with a leaver, orders that would take a month above its limit, and invoices of what is above it: events in,
decisions and lines out, and the same by commands."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from fairwire.cli.main import build
from fairwire.model.customers import Customer
from fairwire.model.errors import FairwireError
from fairwire.model.instants import MINUTE_US, format_us
from fairwire.runtime.clock_registers import TRANSFERS
from fairwire.runtime.may_order import BadAmount, may_order
from fairwire.runtime.people import present
from fairwire.runtime.transfers import BadTransfer, transfer
from limit_office import BRITISH, Desk, body, desk, subjects
from policy_office import Postbox, mail_server, stopped_clock

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def box(server: Postbox) -> Postbox:
    server.taken.clear()
    server.refuse.clear()
    return server


def opened(folder: Path, box: Postbox, **more: Any) -> Any:
    return desk(folder, box, "2026-03-02T09:00:00Z", BRITISH | more)


def move(office: Desk, leaver: str, newcomer: str, *, leaves: bool = False) -> tuple[str, str]:
    office.clock.now_us += MINUTE_US
    office.round()
    made = transfer(
        office.control.records,
        office.customers[0],
        leaver=leaver,
        newcomer=newcomer,
        leaves=leaves,
        by="customer:customer-0",
        at_us=office.clock.now_us,
        pack=office.live.policy("customer-0"),
    )
    assert made.clauses == ("U05",)
    return made.state, made.reason


def licences(office: Desk) -> list[str]:
    return [each.name for each in present(office.control.records, office.customers[0], office.clock.now_us)]


def test_U05_a_licence_moves_only_with_a_leaver_and_every_request_is_on_record(tmp_path: Path, box: Postbox) -> None:
    with opened(tmp_path, box) as office:
        office.add("2026-03-02T09:00:00Z", "ann", "ben", "cat", "dan", "eve")
        office.clock.set("2026-03-05T09:00:00Z")
        assert move(office, "ben", "bea") == (
            "refused", "ben has not left; a licence moves only to replace one who will no longer use the service",
        )  # fmt: skip
        assert move(office, "zoe", "bea") == ("refused", "nobody called zoe holds a licence")
        office.event("user.removed", user="ben")
        assert move(office, "ben", "bea") == ("accepted", "ben was removed on 2026-03-05")
        office.event("user.added", user="bea", replaces="ben")
        assert licences(office) == ["ann", "bea", "cat", "dan", "eve"], "with the licence goes its place"
        office.clock.now_us += MINUTE_US
        assert move(office, "ben", "bob") == ("refused", "the licence of ben has moved already")
        assert move(office, "cat", "dan", leaves=True) == ("refused", "dan holds a licence already")
        assert move(office, "cat", "ben", leaves=True) == (
            "refused", "ben gave a licence up on 2026-03-05; licences do not go round",
        )  # fmt: skip
        assert move(office, "cat", "cleo", leaves=True) == ("accepted", "cat leaves for good, by the request itself")
        office.round()
        assert licences(office) == ["ann", "bea", "cleo", "dan", "eve"]
        assert office.notices() == [], "five of five"

        # Who was only said to leave, and calls again, has not left.
        office.clock.set("2026-03-06T09:00:00Z")
        call = {"call_id": "c-9", "direction": "outbound", "from": "+442079460018", "to": "+442079460555", "user": "cat"}
        office.event("call.attempt", **call)
        office.round()
        assert licences(office) == ["ann", "bea", "cleo", "dan", "eve", "cat"]
        states = {
            kept.noun.newcomer: kept.noun.state for kept in TRANSFERS.find(office.control.records, states=["accepted", "doubted"])
        }
        assert states == {"bea": "accepted", "cleo": "doubted"}
        assert len(TRANSFERS.find(office.control.records)) == 7
        with pytest.raises(BadTransfer, match="from one user to another"):
            move(office, "ann", "ann")


def charge(office: Desk, number: int, amount: str) -> None:
    """A call that cost so much has ended."""
    end = office.clock.now_us
    start = format_us(end - MINUTE_US)
    office.event(
        "call.ended", call_id=f"p-{number}", direction="outbound", **{"from": "+442079460018"}, to="+442079460555", start=start,
        answer=start, end=format_us(end), duration_s=60, disposition="answered", charge=amount, currency="GBP",
    )  # fmt: skip


def asked(office: Desk, amount: str, **changed: Any) -> tuple[bool, str]:
    """Whether the customer may order equipment for so much now."""
    customer: Customer = msgspec.structs.replace(office.customers[0], **changed)
    charged = office.live.charged(customer.id)
    return may_order(customer, amount, charged_micros=charged, at_us=office.clock.now_us, pack=office.live.policy(customer.id))


def test_L02_an_order_that_would_take_the_month_above_its_limit_is_refused_with_the_numbers(tmp_path: Path, box: Postbox) -> None:
    with opened(tmp_path, box, monthly_charge_limit="300.00", on_limit="refuse", user_limit=None) as office:
        office.clock.set("2026-03-03T12:00:00Z")
        charge(office, 1, "100.00")
        assert asked(office, "150.00") == (True, "the month stays within the limit of 300.00 GBP"), "two days say nothing yet"
        assert asked(office, "200.01") == (
            False, "100.00 GBP are charged this month, and 200.01 GBP more would pass the limit of 300.00 GBP",
        )  # fmt: skip
        office.clock.set("2026-03-16T12:00:00Z")
        assert asked(office, "90.00") == (True, "the month stays within the limit of 300.00 GBP")
        # The month is an hour shorter than its days: clocks go forward on the 29th.
        assert asked(office, "101.00") == (
            False,
            (
                "100.00 GBP are charged so far, which makes about 199.73 GBP by the end of the month; 101.00 GBP more would pass "
                "the limit of 300.00 GBP"
            ),
        )
        charge(office, 2, "200.01")
        assert asked(office, "0.00") == (False, "300.01 GBP are charged this month, above the limit of 300.00 GBP")
        assert asked(office, "10.00", on_limit="bill") == (
            True,
            (
                "300.01 GBP are charged this month, above the limit of 300.00 GBP; by this customer's order that is billed and "
                "due at once"
            ),
        )
        assert asked(office, "10.00", monthly_charge_limit=None)[0]
        with pytest.raises(BadAmount, match="is not a decimal amount"):
            asked(office, "ten")
        # In April nothing is charged yet.
        office.clock.set("2026-04-01T12:00:00Z")
        assert asked(office, "299.00")[0]


def test_L01_what_is_above_the_months_limit_is_a_line_for_the_billing_system_and_a_letter(
    tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, box, monthly_charge_limit="20.00", user_limit=None) as office:
        office.clock.set("2026-03-10T12:00:00Z")
        for number in range(12):
            office.clock.now_us += MINUTE_US
            charge(office, number, "2.10")
            office.round()
        (line,) = office.lines()
        assert (line.what, line.month, line.amount, line.currency) == ("over_charge_limit", "2026-03", "1.00", "GBP")
        assert "Invoice lines for use above your order: 1.00 GBP" in subjects(office.letters("it@hobnail.example"))
    monkeypatch.setenv("COLUMNS", "200")
    written = list(csv.DictReader(io.StringIO(run("invoice", "export", "--csv", "--data", str(tmp_path)))))
    assert [(row["line_id"], row["customer"], row["amount"], row["currency"], row["month"]) for row in written] == [
        (line.line_id, "customer-0", "1.00", "GBP", "2026-03")
    ]
    (told,) = (json.loads(text) for text in run("invoice", "export", "--json", "--data", str(tmp_path)).splitlines())
    assert (told["line_id"], told["amount"]) == (line.line_id, "1.00")
    file = tmp_path / "lines.csv"
    run("invoice", "export", "--csv", "--out", str(file), "--month", "2026-03", "--data", str(tmp_path))
    assert file.read_text(encoding="utf-8").splitlines()[0].startswith("line_id,customer,policy,clause,what,")
    assert run("invoice", "export", "--json", "--month", "2026-04", "--data", str(tmp_path)) == ""
    shown = run("invoice", "list", "--data", str(tmp_path))
    assert "1.00 GBP" in shown
    assert "due at once" in shown
    assert "give `--csv` or `--json`" in refusal("invoice", "export", "--data", str(tmp_path))
    assert "write one such as 2026-03" in refusal("invoice", "list", "--month", "March", "--data", str(tmp_path))


def run(*words: str, status: int = 0) -> str:
    """A command as typed; what it prints."""
    done = CliRunner().invoke(build(), list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == status, done.output
    return done.stdout


def refusal(*words: str) -> str:
    """The one sentence of a command that is refused."""
    done = CliRunner().invoke(build(), list(words))
    assert isinstance(done.exception, FairwireError), done.output
    return done.exception.sentence()


def test_U02_the_whole_matter_by_commands(tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "customers.jsonl"
    data = tmp_path / "data"
    customer = msgspec.to_builtins(msgspec.convert({"id": "customer-0"} | BRITISH, Customer, strict=False))
    file.write_text(json.dumps(customer) + "\n", encoding="utf-8")
    here = ("--data", str(data))
    with opened(data, box) as office:
        office.add("2026-03-02T09:00:00Z", "ann", "ben", "cat", "dan", "eve", "fay")
        office.at("2026-03-02T10:00:00Z")
    clock = stopped_clock(monkeypatch, "2026-03-03T09:00:00Z")

    # What was told, word for word.
    listed = run("notice", "list", *here)
    assert "limit_notice" in listed
    assert "customer-0 <it@hobnail.example>" in listed
    (notice,) = json.loads(run("notice", "list", "--json", *here))
    shown = run("notice", "show", notice["notice_id"][:12], *here)
    assert "6 individual users use the service" in shown
    assert notice["answer"].startswith("250 ")
    assert notice["text"] == body(box.to("it@hobnail.example")[0])
    assert run("notice", "show", notice["notice_id"], "--html", *here).startswith("<!doctype html>")
    assert "there is no notice `n-nothing`" in refusal("notice", "show", "n-nothing", *here)
    assert "is no state of a notice" in refusal("notice", "list", "--state", "lost", *here)
    again = run("notice", "resend", notice["notice_id"], "--why", "lost", "--by", "dana", "--customers", str(file), *here)
    assert "queued" in again
    assert "sent 1" in run("notice", "send", "--smtp", box.address, *here)
    assert len(box.to("it@hobnail.example")) == 2

    # The deadline, and more time.
    listed = run("deadline", "list", *here)
    assert "due 2026-03-10T00:00:00Z" in listed
    assert "5bd from 2026-03-02T10:00:00Z, by the calendar GB-ENG (holidays" in listed
    assert "order 1 user more, or take 1 user away" in listed
    (deadline,) = json.loads(run("deadline", "list", "--json", *here))
    key = deadline["deadline_id"]
    extended = run("deadline", "extend", key, "--until", "2026-03-12", "--why", "they asked", "--by", "dana", *here)
    assert "extended    due 2026-03-13T00:00:00Z" in extended
    assert "never made earlier" in refusal("deadline", "extend", key, "--until", "2026-03-04", "--why", "no", *here)
    assert "`--until`" in refusal("deadline", "extend", key, "--until", "Friday", "--why", "no", *here)

    # Who counts, and an order for more.
    assert "fay  above the limit" in run("customer", "users", "customer-0", "--customers", str(file), *here, status=1)
    assert "did you mean `customer-0`?" in refusal("customer", "users", "customer", "--customers", str(file), *here)
    assert "nothing says who the customers are" in refusal("customer", "users", "customer-0", *here)
    clock.set("2026-03-09T09:00:00Z")
    order = (
        "customer",
        "order",
        "customer-0",
        "--users",
        "6",
        "--evidence",
        "order 4711",
        "--customers",
        str(file),
        "--by",
        "dana",
    )
    assert "has ordered 6 users; the order named 5" in run(*order, *here)
    assert "counts once" in run(*order, *here)
    assert "6 users, and the order names 6" in run("customer", "users", "customer-0", "--customers", str(file), *here)
    with opened(data, box) as office:
        office.at("2026-03-09T09:01:00Z")
    (settled,) = json.loads(run("deadline", "list", "--all", "--json", *here))
    assert (settled["state"], settled["late"]) == ("met", False)
    assert "no deadline runs" in CliRunner().invoke(build(), ["deadline", "list", *here]).stderr
    assert "is met since" in refusal("deadline", "withdraw", key, "--why", "no", *here)
    assert box.to("it@hobnail.example")[-1]["Subject"].strip().startswith("Your users and your order agree again")

    # A licence that moves.
    moved = (
        "customer",
        "transfer",
        "customer-0",
        "--from",
        "fay",
        "--to",
        "gus",
        "--customers",
        str(file),
        "--by",
        "dana",
        *here,
    )
    assert "fay has not left" in run(*moved, status=1)
    assert json.loads(run(*moved, "--leaves", "--json"))["state"] == "accepted"
    assert "fay -> gus, by dana" in run("customer", "transfers", *here)
    assert "no such data folder" in refusal("deadline", "list", "--data", str(tmp_path / "elsewhere"))
