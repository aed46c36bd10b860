"""`fairwire policy submit` and what follows, as typed wrongly: one sentence each, and nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairwire.policy import InvalidPack
from policy_office import Office, customer, edit, mail_server, stopped_clock


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(folder=tmp_path, clock=stopped_clock(monkeypatch, "2026-03-02T09:00:00Z"))
    made.customers(customer("hobnail", "caup"))
    return made


def test_an_invalid_pack_is_refused_with_all_its_mistakes_and_nothing_is_on_record(office: Office) -> None:
    pack = office.pack("caup")
    edit(pack / "clauses.yaml", ("topics: [password_hygiene]", "topics: [password_hygene]"))
    edit(pack / "ladder.yaml", ("{step: suspend, approvals: 1}", "{step: suspend}"))
    done = office.result("policy", "submit", str(pack), "--by", "ana")
    assert isinstance(done.exception, InvalidPack)
    said = done.exception.render()
    assert "did you mean `password_hygiene`?" in said
    assert "`suspend` needs 1 approval" in said
    assert office.run("policy", "versions") == (
        "no version is on record; `fairwire policy submit PACK_DIR` hands the first one in\n"
    )


def test_a_change_without_a_new_number_is_told_which_number_is_next(office: Office) -> None:
    pack = office.pack("caup")
    office.in_force(pack, "caup")
    edit(pack / "clauses.yaml", ("customers keep themselves informed", "customers look here"))
    assert office.refusal("policy", "submit", str(pack), "--by", "ana") == (
        "FW-VER-008 `caup@1.0.0` cannot be given: the number was given to a version that is published; "
        "raise `version` in pack.yaml; for what has changed since, 1.0.1 is the next"
    )


def test_two_versions_in_force_at_once_are_refused_from_the_command_line(office: Office) -> None:
    pack = office.pack("caup")
    office.in_force(pack, "caup", "--at", "2026-03-09")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"))
    office.run("policy", "submit", str(pack), "--by", "ana")
    office.run("policy", "review", "caup", "--by", "ben", "--approve", "--reason", "read")
    assert office.refusal("policy", "publish", "caup", "--by", "ben", "--at", "2026-03-09T01:00:00+01:00") == (
        "FW-VER-006 `caup@1.0.0` begins at 2026-03-09T00:00:00Z, and two versions cannot be in force at once; "
        "choose another instant with `--at`, or withdraw the other"
    )
    assert [each["state"] for each in office.json("policy", "versions", "caup")] == ["scheduled", "approved"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("review", "caup", "--by", "ben"), "FW-USE-001 a review approves or rejects; give `--approve` or `--reject`"),
        (("review", "caup", "--by", "ben", "--approve", "--reason", "x"), "FW-VER-001 no version of `caup` was handed in yet"),
        (("publish", "caup", "--by", "ben"), "FW-VER-001 no version of `caup` was handed in yet"),
        (("publish", "caup", "--by", "ben", "--at", "soon"), "FW-USE-001 `--at`: `soon` is not an RFC 3339 time with a zone"),
        (("publish", "caup", "--by", "b", "--smtp", "here:x"), "FW-MAIL-001 `here:x` is no mail server; give HOST:PORT"),
        (("publish", "caup", "--by", "b", "--smtp", "h:25", "--from", "me"), "FW-MAIL-001 `me` is no e-mail address"),
        (("withdraw", "caup", "--by", "ana"), "FW-VER-001 no version of `caup` could be withdrawn"),
        (("show", "caup"), "FW-VER-001 there is no version `caup` on record; none was handed in yet"),
        (("versions", "caup"), "FW-VER-001 there is no version `caup` on record"),
        (("history", "caup"), "FW-VER-001 there is no version `caup` on record"),
        (("notices", "caup"), "FW-VER-001 there is no version `caup` on record"),
        (("acceptances", "caup"), "FW-VER-001 there is no version `caup` on record"),
        (
            ("accept", "hobnail", "caup", "--by", "h"),
            "FW-VER-001 no version of `caup` is published, so there is nothing to accept",
        ),
        (("schedule", "hobnail", "caup", "--on", "2026-02-30", "--by", "h"), "FW-USE-001 `2026-02-30` is not a day"),
        (("schedule", "hobnail", "caup", "--on", "2026-03-09", "--by", "h"), "FW-VER-001 no version of `caup` is published"),
        (("submit", "./nowhere", "--by", "ana"), "FW-PACK-016 `./nowhere` is no policy pack"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(office: Office, words: tuple[str, ...], said: str) -> None:
    refusal = office.refusal("policy", *words)
    assert refusal.startswith(said)
    assert "\n" not in refusal


def test_a_folder_means_the_version_with_its_very_text(office: Office) -> None:
    pack = office.pack("caup")
    assert office.refusal("policy", "publish", str(pack), "--by", "ben") == (
        f"FW-VER-001 the text in `{pack}` was not handed in as a version of `caup`; "
        f"hand it in with `fairwire policy submit {pack}`"
    )
    office.run("policy", "submit", str(pack), "--by", "ana")
    office.run("policy", "review", str(pack), "--by", "ben", "--approve", "--reason", "read")
    edit(pack / "clauses.yaml", ("customers keep themselves informed", "customers look here"))
    assert "was not handed in" in office.refusal("policy", "publish", str(pack), "--by", "ben"), "it was edited since"
    edit(pack / "clauses.yaml", ("customers look here", "customers keep themselves informed"))
    assert "caup@1.0.0 is published" in office.run("policy", "publish", str(pack), "--by", "ben")


def test_notices_need_customers_and_sending_needs_a_server(office: Office) -> None:
    pack = office.pack("upstream_works")
    office.run("policy", "submit", str(pack), "--by", "ana")
    office.run("policy", "review", "upstream_works", "--by", "ben", "--approve", "--reason", "read")
    office.customers_file.unlink()
    assert "no such customers file" in office.refusal("policy", "publish", "upstream_works", "--by", "ben")
    office.customers(customer("hobnail", "upstream_works"), customer("loose", ""))
    said = office.run("policy", "publish", "upstream_works", "--by", "ben")
    assert "not told   1 customer whose record names no policy; `--everybody` tells them, too" in said
    assert office.refusal("policy", "notices", "upstream_works", "--send") == (
        "FW-USE-001 no mail server is named; give --smtp HOST:PORT, or --config FILE with a section [smtp]"
    )


def test_who_could_not_be_told_is_told_when_its_address_is_mended(office: Office) -> None:
    office.customers(customer("hobnail", "upstream_works", contacts=[]), customer("lost", "upstream_works", contacts=[]))
    office.in_force(office.pack("upstream_works"), "upstream_works")
    office.customers(customer("hobnail", "upstream_works"), customer("lost", "upstream_works", contacts=[]))
    with mail_server() as box:
        words = ("--again", "--send", "--smtp", box.address, "--customers", str(office.customers_file))
        said = office.run("policy", "notices", "upstream_works", *words, status=1)
    assert said.startswith("1 notice queued again\n")
    assert [recipients for _, recipients, _ in box.taken] == [["it@hobnail.example"]]
    states = {each["customer"]: each["state"] for each in office.json("policy", "notices", "upstream_works", status=1)}
    assert states == {"hobnail": "sent", "lost": "unreachable"}


def test_who_acts_is_the_user_of_the_system_unless_somebody_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "dora")
    assert office.json("policy", "submit", str(office.pack("caup")))["author"] == "dora"
    assert "`dora` wrote `caup@1.0.0`" in office.refusal("policy", "review", "caup", "--approve", "--reason", "mine")
    assert office.refusal("policy", "review", "caup", "--by", " ", "--approve", "--reason", "x") == (
        "FW-VER-009 nobody is named; say who does this with `--by NAME`"
    )


def test_the_facts_of_a_version_are_there_for_programs(office: Office) -> None:
    office.in_force(office.pack("caup"), "caup")
    shown = office.json("policy", "show", "caup@1.0.0")
    assert shown["state"] == "in_force"
    assert shown["effective"] == "2026-03-02T09:00:00Z"
    assert (shown["author"], shown["approved_by"], shown["published_by"]) == ("ana", "ben", "ben")
    assert set(shown["files"]) >= {"pack.yaml", "clauses.yaml", "ladder.yaml"}
    assert json.loads(office.run("policy", "history", "caup", "--json"))[0]["action"] == "submit"
