"""`fairwire authorisation` and `fairwire booking`: the desk without a browser."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from policy_office import Office, customer, stopped_clock

SCAN = ("--address", "192.0.2.64/28", "--type", "network_scan", "--why", "The yearly test")
WHEN = ("--start", "2026-03-16T10:00", "--end", "2026-03-16T12:00")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    opened = Office(folder=tmp_path, clock=stopped_clock(monkeypatch, "2026-03-02T15:00:00Z"))
    opened.customers(
        customer("clinic", "clearspan", addresses=["192.0.2.0/24"]),
        customer("courier", "natterbox", addresses=["203.0.113.0/28"], numbers=["+442079460100"]),
    )
    monkeypatch.setenv("FAIRWIRE_CUSTOMERS", str(opened.customers_file))
    monkeypatch.setenv("COLUMNS", "200")
    return opened


def asked(office: Office, *more: str, status: int = 0) -> str:
    told = office.run("authorisation", "request", "clinic", "--kind", "penetration_test", *SCAN, *WHEN, *more, status=status)
    return told.split()[0]


def test_a_test_is_asked_for_allowed_in_part_told_and_revoked(office: Office) -> None:
    held = asked(office, "--asked-by", "ines")
    assert "waits" not in office.run("authorisation", "list")
    assert held in office.run("authorisation", "list", "--state", "requested", "--customer", "clinic")
    told = office.run("authorisation", "grant", held, "--deny", "192.0.2.72/29", "--why", "The hosts are theirs", "--by", "dana")
    assert "granted in part" in told
    shown = office.run("authorisation", "show", held)
    assert "not       address 192.0.2.72/29" in shown
    assert "decided   2026-03-02T15:00:00Z by dana: The hosts are theirs" in shown
    letter = office.run("authorisation", "show", held, "--letter")
    assert letter.startswith(f"Subject: Your request is granted in part: a security test ({held})")
    assert "- NOT permitted: address 192.0.2.72/29" in letter
    assert "it@clinic.example" in office.run("notice", "list"), "and it waits to be sent"
    assert "revoked" in office.run("authorisation", "revoke", held, "--why", "It disturbs others", "--by", "eli")
    assert "is revoked since" in office.refusal("authorisation", "revoke", held, "--why", "Again", "--by", "eli")


def test_one_that_comes_too_late_is_on_record_and_refused_in_one_sentence(office: Office) -> None:
    office.clock.set("2026-03-12T15:00:00Z")
    told = office.run("authorisation", "request", "clinic", "--kind", "penetration_test", *SCAN, *WHEN, status=1)
    assert "It was asked for too late: 5 working days' notice was needed" in told
    assert office.json("authorisation", "list", "--state", "refused")[0]["decided_by"] == "fairwire"


def test_whoever_asked_cannot_decide_and_a_missing_document_is_named(office: Office) -> None:
    held = asked(office, "--by", "dana")
    assert "dana asked for" in office.refusal("authorisation", "grant", held, "--why", "Fine", "--by", "dana")
    gateway = (
        "authorisation",
        "request",
        "courier",
        "--kind",
        "gsm_gateway",
        "--number",
        "+442079460100",
        *WHEN,
        "--why",
        "Depot",
    )
    refused = office.refusal(*gateway, "--document", str(office.folder / "no-such.pdf"))
    assert refused.startswith("FW-IN-001")
    assert "no-such.pdf: the document cannot be read" in refused
    assert office.json("authorisation", "list", "--customer", "courier") == []


def test_results_are_kept_read_and_written_for_ones_own_eyes(office: Office) -> None:
    held = asked(office, "--asked-by", "ines")
    office.run("authorisation", "grant", held, "--why", "Fine", "--by", "dana")
    report, out = office.folder / "report.pdf", office.folder / "read.pdf"
    report.write_bytes(b"three open ports")
    digest = office.run("authorisation", "results", held, "--add", str(report)).split("results   ")[1].split()[0]
    assert digest not in office.run("authorisation", "show", held)
    read = ("authorisation", "results", held, "--read", digest[:10], "--out", str(out))
    assert "read for a reason" in office.refusal(*read)
    office.run(*read, "--why", "To close them", "--by", "eli")
    assert out.read_bytes() == b"three open ports"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "read results by eli" in office.run("authorisation", "show", held)
    assert "handed in or read" in office.refusal("authorisation", "results", held)


def test_what_is_listed_as_json_is_what_a_replay_takes(office: Office) -> None:
    from fairwire.runtime.grant_book import load_book

    held = asked(office, "--asked-by", "ines")
    office.run("authorisation", "grant", held, "--why", "Fine", "--by", "dana")
    listed = office.folder / "grants.json"
    listed.write_text(office.run("authorisation", "list", "--json"), encoding="utf-8")
    assert list(load_book(listed).by_id) == [held]


def test_own_networks_of_the_settings_may_be_tested_and_nothing_else(office: Office) -> None:
    config = office.folder / "serve.toml"
    config.write_text('own_networks = ["198.51.100.0/24"]\n', encoding="utf-8")
    words = (
        "authorisation",
        "request",
        "clinic",
        "--kind",
        "penetration_test",
        "--type",
        "telephony",
        *WHEN,
        "--why",
        "The edge",
    )
    assert "198.51.100.5" in office.run(*words, "--address", "198.51.100.5", "--config", str(config))
    assert "nor a system that we manage" in office.refusal(*words, "--address", "198.51.101.5", "--config", str(config))
    config.write_text('own_networks = ["all"]\n', encoding="utf-8")
    refused = office.refusal(*words, "--address", "198.51.100.5", "--config", str(config))
    assert "the setting `own_networks` must be a list of addresses or networks" in refused


def test_N10_a_penalty_is_booked_listed_and_taken_back(office: Office) -> None:
    words = (
        "booking", "add", "courier", "--amount", "1250.00", "--currency", "GBP", "--clause", "N10", "--policy", "natterbox",
        "--of", "Coastline Mobile, invoice 4711", "--evidence", "f-0123456789abcdef", "--why", "Its gateway", "--penalty",
    )  # fmt: skip
    booked = office.run(*words).split()[0]
    assert office.run(*words).split()[0] == booked, "the same one twice is one"
    (listed,) = office.json("booking", "list", "--customer", "courier")
    assert (listed["amount"], listed["what"], listed["state"]) == ("1250.00", "penalty", "booked")
    assert "cancelled" in office.run("booking", "cancel", booked, "--why", "They took it back")
    assert "no clause `N99`" in office.refusal(*[word if word != "N10" else "N99" for word in words])
