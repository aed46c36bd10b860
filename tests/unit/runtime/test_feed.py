"""What cannot be used is counted, said in a sentence and set aside; the rest is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.cli.main import main
from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US, parse_us
from fairwire.runtime.replay import Replay, replay
from traces import (
    BEGIN_US,
    Row,
    detector_text,
    ended,
    event_json,
    feed_of,
    in_phases,
    probe_plan,
    run,
    shipped_plan,
    table_for,
    write_lines,
)

CUSTOMERS = ({"id": "acme", "policy": "jns", "country": "US"}, {"id": "bolt", "policy": "natterbox", "country": "GB"})


def calls(count: int = 3, **fields: Any) -> list[Row]:
    return [ended(number, BEGIN_US + number * MINUTE_US, talk_s=30, **fields) for number in range(count)]


def replayed(
    folder: Path, rows: Sequence[Row], customers: Sequence[dict[str, Any]] = CUSTOMERS, **options: Any
) -> dict[str, Any]:
    """The summary of a replay of these calls, with `reject_lines` and the `rejects` file in it."""
    work = Replay(
        events=[str(write_lines(folder / "events.jsonl", map(event_json, rows)))],
        customers=write_lines(folder / "customers.jsonl", customers) if customers else None,
        rejects=folder / "rejects.jsonl",
    )
    done = replay(replace(work, **options), lambda _what, _done, _of: None)
    rejects = folder / "rejects.jsonl"
    aside = [json.loads(line) for line in rejects.read_bytes().splitlines()] if rejects.exists() else []
    return done.summary | {"reject_lines": done.reject_lines, "rejects": aside, "notes": done.notes}


def test_an_event_of_an_unknown_customer_is_counted_said_and_set_aside(tmp_path: Path) -> None:
    rows = [*calls(), ended(9, BEGIN_US, talk_s=5, customer="nobody")]
    done = replayed(tmp_path, rows)
    assert (done["events"], done["rejected"], done["customers"]) == (3, 1, 1)
    (line, where) = done["reject_lines"]
    assert line == (
        f"{tmp_path}/events.jsonl:4: customer `nobody` is not in the customers file; add a record for it, or leave --customers "
        "out to judge all"
    )
    assert where == f"1 record set aside in {tmp_path}/rejects.jsonl"
    (entry,) = done["rejects"]
    assert (entry["line"], entry["field"]) == (4, "customer")
    assert "nobody" in entry["record"]


def test_the_same_event_with_other_content_contradicts_and_the_first_is_kept(tmp_path: Path) -> None:
    rows = calls()
    changed = ended(1, BEGIN_US + MINUTE_US, talk_s=31)
    done = replayed(tmp_path, [*rows, changed])
    assert (done["events"], done["rejected"], done["duplicates"]) == (3, 1, 0)
    assert "event `e1` contradicts an earlier one" in done["reject_lines"][0]
    assert done["rejects"][0]["line"] == 4


def test_two_records_of_one_call_that_differ_contradict_even_under_different_ids(tmp_path: Path) -> None:
    rows = [*calls(1), ended(0, BEGIN_US, talk_s=900) | {"id": "another"}]
    done = replayed(tmp_path, rows)
    assert (done["events"], done["rejected"], done["duplicates"]) == (1, 1, 0)
    assert "call `c0`" in done["reject_lines"][0]


def test_a_record_that_comes_again_under_another_id_counts_once(tmp_path: Path) -> None:
    done = replayed(tmp_path, [*calls(2), ended(0, BEGIN_US, talk_s=30) | {"id": "again"}])
    assert (done["events"], done["rejected"], done["duplicates"]) == (2, 0, 1)


def test_the_same_call_id_of_two_customers_is_two_calls() -> None:
    rows = [ended(0, BEGIN_US, talk_s=30), ended(0, BEGIN_US, talk_s=40, customer="bolt") | {"id": "theirs"}]
    feed = feed_of(rows, table_for(shipped_plan(), [Customer(id="acme"), Customer(id="bolt")]))
    assert (feed.events, feed.duplicates, len(feed.emitted)) == (2, 0, 6)


def test_the_same_id_from_two_sources_is_two_events() -> None:
    rows = [ended(0, BEGIN_US, talk_s=30), ended(1, BEGIN_US, talk_s=30) | {"id": "e0", "source": "elsewhere"}]
    feed = feed_of(rows, table_for(shipped_plan()))
    assert (feed.events, feed.duplicates) == (2, 0)


def test_with_strict_the_first_record_that_cannot_be_used_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(FairwireError, match="customer `nobody` is not in the customers file"):
        replayed(tmp_path, [*calls(), ended(9, BEGIN_US, customer="nobody")], strict=True)


def test_with_an_empty_customers_file_every_record_is_set_aside(tmp_path: Path) -> None:
    nobody = write_lines(tmp_path / "nobody.jsonl", ())
    events = write_lines(tmp_path / "one.jsonl", [event_json(ended(0, BEGIN_US, rate_micros=100_000))])
    work = Replay(events=[str(events)], customers=nobody, rejects=tmp_path / "rejects.jsonl")
    summary = replay(work, lambda _what, _done, _of: None).summary
    assert (summary["events"], summary["rejected"]) == (0, 1)


def test_without_a_customers_file_everybody_is_judged_by_the_policy_that_is_named(tmp_path: Path) -> None:
    done = replayed(tmp_path, calls() + calls(1, customer="bolt", call_id="x", id="x"), customers=(), policies=("jns",))
    assert (done["events"], done["rejected"], done["customers"]) == (4, 0, 2)
    assert "2 customers were judged by the event's id alone" in done["notes"][0]


@pytest.mark.parametrize("passing", [True, False])
def test_a_feed_in_which_no_call_tells_a_price_is_said_to_be_one(tmp_path: Path, passing: bool) -> None:
    rows = calls(120) if passing else calls(120)[::-1]  # the other way round it is held as a whole
    bare = [row | {"charge_micros": None, "rate_micros": None} for row in rows]
    (note,) = replayed(tmp_path, bare)["notes"]
    assert note.startswith(
        "no call tells a price (`rate_per_min` or `charge`): rules about money see only numbers that are known"
    )
    assert replayed(tmp_path, [bare[0] | {"charge_micros": 20_000}, *bare[1:]])["notes"] == []
    assert replayed(tmp_path, bare[:99])["notes"] == [], "a trial is no feed"


def test_without_a_customers_file_and_without_a_policy_nothing_says_whose_rules_apply(tmp_path: Path) -> None:
    with pytest.raises(BadUse, match="nothing says whose policy applies; give --customers FILE, or --policy ID"):
        replayed(tmp_path, calls(), customers=())


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that is used wrongly prints; it ends with 2 and without a traceback."""
    with pytest.raises(SystemExit) as ended_with:
        main(["replay", *arguments])
    assert ended_with.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return printed.err


def test_the_command_says_what_is_wrong_with_what_it_was_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = str(write_lines(tmp_path / "events.jsonl", map(event_json, calls())))
    customers = str(write_lines(tmp_path / "customers.jsonl", CUSTOMERS))
    zone = str(write_lines(tmp_path / "zones.jsonl", [{"id": "acme", "policy": "jns", "timezone": "Europe/Lundun"}]))
    other = str(write_lines(tmp_path / "other.jsonl", [{"id": "acme", "policy": "jnss"}]))
    data = ["--data", str(tmp_path / "data")]
    assert "no such customers file" in said(capsys, events, "--customers", str(tmp_path / "none.jsonl"), *data)
    assert "did you mean `Europe/London`?" in said(capsys, events, "--customers", zone, *data)
    assert "the policy `jnss`, which is not loaded" in said(capsys, events, "--customers", other, *data)
    assert "jnss" in said(capsys, events, "--customers", customers, "--policy", "jnss", *data)
    assert "no such file" in said(capsys, str(tmp_path / "none.jsonl"), "--customers", customers, *data)
    assert "is not NAME=VALUE" in said(capsys, events, "--customers", customers, "--option", "zone", *data)
    assert "No such option" in said(capsys, events, "--customer", customers, *data)
    assert "asterix" in said(capsys, events, "--customers", customers, "--format", "asterix", *data)
    assert "would be overwritten" in said(capsys, events, "--customers", customers, "--rejects", events, *data)


def test_a_finding_shows_the_calls_that_its_rule_counted_among_hundreds_of_others() -> None:
    """A busy office, and four calls through a hijacked line: these four are shown, not the last twenty of the office."""
    office = [
        ended(number, BEGIN_US + number * 20 * SECOND_US, talk_s=120, to=f"+1312555{number % 50:04d}", user=f"u{number % 9}")
        for number in range(500)
    ]
    thief = [
        ended(
            1000 + number, BEGIN_US + HOUR_US + number * 9 * MINUTE_US, talk_s=400, to=f"+8821355010{number}", user="u3",
            line="+12025550133", rate_micros=2_100_000, charge_micros=14_000_000, tariff="satellite",
        )
        for number in range(6)
    ]  # fmt: skip
    for told in (office + thief, [phase for row in office + thief for phase in in_phases(row)]):
        (finding,) = [found for found in run(shipped_plan(), told).findings if found.detector == "fraud.toll_attempts"]
        shown = {name.removesuffix("-a").removesuffix("-b") for name in finding.events}
        # The fourth attempt is where it became true; in a feed of records alone it is shown by its record.
        assert shown == {"e1000", "e1001", "e1002", "e1003"}
        assert (finding.user, finding.line) == ("u3", "+12025550133")


def test_at_most_twenty_events_are_shown_the_last_ones() -> None:
    rows = [
        ended(number, BEGIN_US + number * SECOND_US, disposition="cancelled", ring_s=2, to=f"+1415{2_000_000 + 7919 * number}")
        for number in range(100)
    ]
    (finding,) = [found for found in run(shipped_plan(), rows).findings if found.detector == "fraud.wangiri"]
    assert len(finding.events) == 20
    starts = [rows[int(name.removeprefix("e"))]["start_us"] for name in finding.events]
    found_us = parse_us(finding.time)
    assert max(starts) <= found_us
    assert min(starts) > found_us - 30 * SECOND_US


@pytest.mark.parametrize("on", ["call.attempt", "call.answered", "call.ended"])
@pytest.mark.parametrize("subject", ["user", "line", "customer, callee"])
def test_findings_of_two_subjects_at_one_instant_have_names_of_their_own_in_any_feed(subject: str, on: str) -> None:
    counted = f"calls: {{count: {on}, over: 1h, meaning: calls}}"
    text = detector_text("probe.subjects", subject=f"[{subject}]", on=f"[{on}]", features=counted, when="calls >= 1")
    rows = [
        ended(number, BEGIN_US, talk_s=5, user=f"u{number}", line=f"+1202555010{number}", to=f"+1312555010{number}")
        for number in range(3)
    ]
    alone = run(probe_plan(text), rows).findings
    whole = run(probe_plan(text), [phase for row in rows for phase in in_phases(row)]).findings
    assert len({finding.finding_id for finding in alone}) == len(alone) == 3
    assert [finding.finding_id for finding in alone] == [finding.finding_id for finding in whole]
    assert {(finding.user, finding.line) for finding in alone} == {(f"u{i}", f"+1202555010{i}") for i in range(3)}
    if subject == "customer, callee":
        assert {finding.callee for finding in alone} == {f"+1312555010{i}" for i in range(3)}


def test_an_empty_feed_gives_an_empty_file_and_no_error(tmp_path: Path) -> None:
    done = replayed(tmp_path, [], findings=tmp_path / "findings.jsonl")
    assert (done["events"], done["findings"], done["rejected"]) == (0, 0, 0)
    assert (tmp_path / "findings.jsonl").read_bytes() == b""


def test_findings_are_lines_of_the_agreed_shape() -> None:
    rows = [
        ended(number, BEGIN_US + number * SECOND_US, disposition="cancelled", ring_s=2, to=f"+1415{2_000_000 + 7919 * number}")
        for number in range(60)
    ]
    for finding in run(shipped_plan(), rows).findings:
        told = json.loads(msgspec.json.encode(finding))
        assert {
            "finding_id",
            "time",
            "policy",
            "clauses",
            "detector",
            "mode",
            "severity",
            "customer",
            "reason",
            "features",
        } <= set(told)
        assert {"events", "first_seen", "last_seen", "count"} <= set(told)
        assert told["first_seen"] <= told["last_seen"]
        for measured in told["features"].values():
            assert set(measured) >= {"value", "threshold"}
