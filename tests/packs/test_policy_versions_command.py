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


@pytest.mark.parametrize(
    "words",
    [
        ("versions",),
        ("show", "caup"),
        ("history", "caup"),
        ("notices", "caup"),
        ("acceptances", "caup"),
        ("review", "caup", "--by", "ben", "--approve", "--reason", "read"),
        ("accept", "hobnail", "caup", "--by", "h"),
    ],
)
def test_a_data_folder_that_is_not_there_is_named_and_not_made(office: Office, words: tuple[str, ...]) -> None:
    assert office.refusal("policy", *words) == (
        f"FW-IN-001 {office.data}: there is no such data folder, so no version is on record; "
        "name the right one with --data, or hand a pack in with `fairwire policy submit PACK_DIR`"
    )
    assert not office.data.exists()


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
    office.data.mkdir()
    refusal = office.refusal("policy", *words)
    assert refusal.startswith(said)
    assert "\n" not in refusal


def test_a_folder_means_the_version_with_its_very_text(office: Office) -> None:
    pack = office.pack("caup")
    office.data.mkdir()
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


def test_one_version_can_be_listed_alone_with_what_was_done_to_it(office: Office) -> None:
    pack = office.pack("caup")
    office.in_force(pack, "caup")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"))
    office.run("policy", "submit", str(pack), "--by", "ana")
    assert [each["version"] for each in office.json("policy", "versions", "caup")] == ["1.0.0", "1.1.0"]
    assert [each["version"] for each in office.json("policy", "versions", "caup@1.1.0")] == ["1.1.0"]
    told = office.json("policy", "history", "caup@1.1.0")
    assert [(each["at"], each["action"], each["version"]) for each in told] == [("2026-03-02T09:00:00Z", "submit", "1.1.0")]
    assert office.refusal("policy", "versions", "caup@7.0.0") == (
        "FW-VER-001 there is no version `caup@7.0.0` on record; there are: 1.0.0, 1.1.0"
    )


def test_a_number_that_was_forgotten_behind_the_at_is_no_approval(office: Office) -> None:
    office.run("policy", "submit", str(office.pack("caup")), "--by", "ana")
    assert office.refusal("policy", "review", "caup@", "--by", "ben", "--approve", "--reason", "read") == (
        "FW-VER-001 `caup@` names no version; write its number behind the `@`, or leave the `@` out"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 201, "FW-VER-009 a name of 201 characters names nobody; 200 are the most"),
        ("ana\x1b[31m", "FW-VER-009 the name holds a control character; give it as plain text with `--by NAME`"),
        ("...", "FW-VER-009 nobody is named; say who does this with `--by NAME`"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_for_what_is_wrong_with_it(office: Office, name: str, said: str) -> None:
    assert office.refusal("policy", "submit", str(office.pack("caup")), "--by", name) == said


@pytest.mark.parametrize("url", ["javascript:alert(1)", "provider.example", "https://", "https://a b.example", "http://[::1"])
def test_letters_never_send_customers_to_what_is_no_web_page(office: Office, url: str) -> None:
    office.run("policy", "submit", str(office.pack("caup")), "--by", "ana")
    office.run("policy", "review", "caup", "--by", "ben", "--approve", "--reason", "read")
    assert office.refusal("policy", "publish", "caup", "--by", "ben", "--url", url) == (
        f"FW-USE-001 `{url}` is no address of web pages; give --url such as https://provider.example"
    )


def test_a_window_that_is_over_before_a_version_begins_is_offered_to_nobody(office: Office) -> None:
    office.customers(customer("hobnail", "natterbox"))
    pack = office.pack("natterbox")
    office.in_force(pack, "natterbox")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"))
    said = office.in_force(pack, "natterbox", "--at", "2026-06-01")
    assert "choice     none: the window of its terms is over before it begins" in said
    (notice,) = office.json("policy", "notices", "natterbox@1.1.0")
    assert "choose" not in notice["text"]
    assert office.refusal("policy", "schedule", "hobnail", "natterbox", "--on", "2026-06-10", "--by", "h") == (
        "FW-VER-010 the window of 30 days that the terms of `natterbox@1.1.0` give (clause N15) is over before it begins "
        "for all, at 2026-06-01T00:00:00Z"
    )
    assert "write `natterbox` alone" in office.refusal(
        "policy", "schedule", "hobnail", "natterbox@1.1.0", "--on", "2026-06-10", "--by", "h"
    )
    assert "withdrawn" in office.run("policy", "withdraw", "natterbox@1.1.0", "--by", "ana")
    assert "2026-06-01" not in office.run("policy", "versions"), "it never began and never ended"


def test_a_file_without_events_shows_no_use(office: Office) -> None:
    office.customers(customer("hobnail", "upstream_works"))
    office.in_force(office.pack("upstream_works"), "upstream_works")
    said = office.refusal("policy", "acceptances", "upstream_works", "--from-events", str(office.customers_file))
    assert said.startswith(f"FW-IN-001 {office.customers_file}: no event is in it: ")
    assert said.endswith("; name files of events, such as calls.jsonl")
    assert office.run("policy", "notices", "upstream_works", "--customer", "hobnial") == (
        "no notice is on record for `hobnial`\n"
    )


def test_what_people_write_is_shown_as_it_was_written(office: Office) -> None:
    office.run("policy", "submit", str(office.pack("caup")), "--by", "Ana [legal]", "--note", "[/] [bold]loud")
    said = office.run("policy", "versions")
    assert "Ana [legal]" in said
    assert "[/] [bold]loud" in said


def test_on_a_narrow_screen_each_version_is_a_paragraph(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.in_force(office.pack("caup"), "caup")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    said = office.run("policy", "versions")
    assert said.splitlines()[:2] == ["caup@1.0.0  in force", "  begins 2026-03-02T09:00:00Z, ends -"]
    assert "  by ana, approved by ben, text " in said
