"""One threshold and one new clause, from draft to in force: the difference, the trial on history with its picture, approval by
somebody else, the letters as a mail server got them, what customers accepted, and the version before, still to be read."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairwire.testkit.simulate import Order, simulate
from policy_office import Office, Postbox, edit, mail_server, stopped_clock

pytestmark = pytest.mark.slow

CLAUSE = """\
  W10b:
    gist: Do not call people by machine.
    place: List of prohibited uses, new item
    controls: [stream]
    topics: [auto_dialling, fair_use, call_forwarding]
    ladder: conduct
    status: partial
    shows: A dialler is found.
    reason: Only calls are looked at.
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("COLUMNS", "200")
    # Each version is run over little traffic: to compile its rules takes longer than that.
    monkeypatch.setenv("FAIRWIRE_COMPILE", "never")
    return Office(folder=tmp_path, clock=stopped_clock(monkeypatch, "2026-03-02T09:00:00Z"))


@pytest.fixture
def mail() -> Iterator[Postbox]:
    with mail_server() as box:
        yield box


def test_a_change_goes_from_draft_to_in_force(office: Office, mail: Postbox) -> None:
    history = simulate(Order(scenario="demo", seed=5, customers=30), office.folder / "history").files
    people = [json.loads(line) for line in Path(history["customers"]).read_text(encoding="utf-8").splitlines()]
    for each in people:
        each |= {"policy": "upstream_works", "contacts": [{"role": "admin", "email": f"it@{each['id']}.example"}]}
    office.customers(*people)
    pack = office.pack("upstream_works")
    # Rules that this change has nothing to do with would be compiled in both versions.
    edit(
        pack / "clauses.yaml",
        (("topics: [general_conduct, account_state, toll_fraud, premium_spend, wangiri, robocalls, harassment,\n"
         "      traffic_pumping, sms_pumping, subscription_fraud, unlawful_use, denial_of_service]"),
         "topics: [general_conduct, account_state, robocalls, harassment]"),
    )  # fmt: skip
    office.in_force(pack, "upstream_works", "--smtp", mail.address)
    mail.taken.clear()

    # The draft: a lower threshold and a clause more.
    office.clock.set("2026-03-09T09:00:00Z")
    ladder = next(line.split(":")[1].strip() for line in (pack / "clauses.yaml").read_text().splitlines() if "ladder:" in line)
    edit(pack / "clauses.yaml", ("  W11:\n", CLAUSE.replace("ladder: conduct", f"ladder: {ladder}") + "  W11:\n"))
    edit(
        pack / "pack.yaml",
        ("version: 1.0.0", "version: 2.0.0"),
        ("  voice.robocall:\n", "  voice.robocall:\n    parameters: {min_attempts: 60}\n"),
    )
    assert "ok" in office.run("policy", "check", str(pack))

    # The difference, each change in its class.
    changes = office.json("policy", "diff", "upstream_works@1.0.0", str(pack), status=1)
    assert {each["name"]: each["kind"] for each in changes["changes"]} == {
        "W10b": "wider",
        "voice.robocall.min_attempts": "wider",
        "policy": "wording",
    }
    text = office.run("policy", "diff", "upstream_works@1.0.0", str(pack), status=1)
    assert "W10b" in text
    assert "min_attempts" in text
    assert "wider" in text

    # The trial on history, with its picture.
    page, picture = office.folder / "tried.html", office.folder / "tried.svg"
    tried = office.json(
        "backtest", "upstream_works@1.0.0", str(pack), "--against", str(history["events"]),
        "--customers", str(office.customers_file), "--html", str(page), "--svg", str(picture),
    )  # fmt: skip
    assert tried["newly_found"] >= 1
    assert any(each["clause"] == "W10b" and each["newly_found"] for each in tried["clauses"])
    ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314  (our own file)
    assert "W10b" in page.read_text(encoding="utf-8")

    # Approval: not by its author, and of exactly this text.
    office.run("policy", "submit", str(pack), "--by", "Ana Ortiz", "--note", "diallers")
    assert "cannot approve it" in office.refusal(
        "policy", "review", "upstream_works", "--by", "ana ortiz", "--approve", "--reason", "ok"
    )
    assert "approved" in office.refusal("policy", "publish", "upstream_works", "--by", "Ben Kay")
    office.run("policy", "review", "upstream_works", "--by", "Ben Kay", "--approve", "--reason", "agreed with legal")
    said = office.run(
        "policy", "publish", "upstream_works", "--by", "Ben Kay", "--smtp", mail.address, "--url", "https://provider.example"
    )
    assert "in force since 2026-03-09T09:00:00Z" in said

    # The letters, as the mail server got them.
    assert sorted(recipients for _, recipients, _ in mail.taken) == sorted([f"it@{each['id']}.example"] for each in people)
    letter = mail.taken[0][2].get_content()
    assert "Do not call people by machine." in letter
    assert "https://provider.example/policy/upstream_works/2.0.0" in letter
    assert {each["state"] for each in office.json("policy", "notices", "upstream_works@2.0.0")} == {"sent"}

    # What customers accepted.
    first = people[0]["id"]
    office.run("policy", "accept", first, "upstream_works", "--by", "Joan Pell")
    accepted = office.json("policy", "acceptances", "upstream_works")
    assert [(each["customer"], each["version"], each["how"], each["by"]) for each in accepted["accepted"]] == [
        (first, "2.0.0", "explicit", "Joan Pell")
    ]
    assert len(accepted["open"]) == len(people) - 1

    # The version before, still to be read, and which of the two judged when.
    old = office.run("policy", "show", "upstream_works@1.0.0")
    assert "W10b" not in old
    assert "superseded" in old
    states = {each["version"]: each["state"] for each in office.json("policy", "versions", "upstream_works")}
    assert states == {"1.0.0": "superseded", "2.0.0": "in_force"}
