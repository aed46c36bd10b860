"""Formats against records that real switches wrote, where somebody else has said what they mean."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from fairwire.model.instants import SECOND_US, parse_us
from fairwire.ports.events import Format, JoiningFormat, Rejected, Skipped
from fairwire.runtime import discovery

CORPUS = os.environ.get("FAIRWIRE_CORPUS")

pytestmark = pytest.mark.skipif(
    CORPUS is None, reason="FAIRWIRE_CORPUS is not set: the real records are not part of the repository"
)


def read(name: str, path: str, **options: str) -> list[dict[str, Any] | Rejected | Skipped]:
    adapter: Format = discovery.load("formats", name)
    with (Path(CORPUS or "") / path).open("rb") as stream:
        return list(adapter.read(path, stream, options))


def freeswitch_answers() -> dict[str, dict[str, Any]]:
    if CORPUS is None:
        return {}
    folder = Path(CORPUS) / "cdr_cgrates_fixtures"
    known: dict[str, dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    return {name: answer for name, answer in known.items() if name.startswith("freeswitch_json") and (folder / name).exists()}


def test_freeswitch_documents_give_the_known_numbers_times_and_durations() -> None:
    answers = freeswitch_answers()
    assert answers
    for name, answer in answers.items():
        (event,) = read("freeswitch_json", f"cdr_cgrates_fixtures/{name}", customer="acme")
        assert isinstance(event, dict)
        data = event["data"]
        assert (data["call_id"], data["from"], data["to"]) == (answer["uuid"], answer["from"], answer["to"])
        assert [parse_us(data[field]) // SECOND_US for field in ("start", "answer", "end")] == [
            answer["start_epoch"],
            answer["answer_epoch"],
            answer["end_epoch"],
        ]
        assert data["duration_s"] == answer["billsec"]
        assert data["hangup_cause"] == answer["hangup_cause"]
        assert data["disposition"] == "answered"


def test_a_freeswitch_document_that_does_not_say_who_was_called_is_refused() -> None:
    (found,) = read("freeswitch_json", "cdr_cgrates_fixtures/freeswitch_json_cdr_minimal.json", customer="acme")
    assert isinstance(found, Rejected)
    assert found.reason == "the record does not say which number was called: no `destination_number`"


def test_the_damaged_asterisk_row_is_refused() -> None:
    (found,) = read("asterisk_csv", "cdr_asterisk_testsuite/cdrlib/buggy.csv", customer="acme")
    assert isinstance(found, Rejected)
    assert (found.line, found.reason) == (1, "a quote is opened and never closed")


def test_the_good_asterisk_rows_are_one_call_but_for_the_one_that_talks_longer_than_it_lasts() -> None:
    found = read("asterisk_csv", "cdr_asterisk_testsuite/cdrlib/good.csv", customer="acme")
    (event,) = [entry for entry in found if isinstance(entry, dict)]
    assert (event["data"]["from"], event["data"]["to"]) == ("test", "100")
    assert (event["data"]["start"], event["data"]["end"]) == ("2009-01-14T23:51:15Z", "2009-01-14T23:51:20Z")
    assert (event["data"]["duration_s"], event["data"]["disposition"]) == (5, "answered")
    assert len(event["data"]["legs"]) == 4
    (refused,) = [entry for entry in found if isinstance(entry, Rejected)]
    assert (refused.line, refused.reason) == (2, "`billsec` 7 is longer than `duration` 5")


def test_rows_after_a_damaged_one_are_still_read() -> None:
    adapter: Format = discovery.load("formats", "asterisk_csv")
    folder = Path(CORPUS or "") / "cdr_asterisk_testsuite" / "cdrlib"
    both = (folder / "buggy.csv").read_bytes() + (folder / "good.csv").read_bytes()
    found = list(adapter.read("both.csv", io.BytesIO(both), {"customer": "acme"}))
    assert [entry.line for entry in found if isinstance(entry, Rejected)] == [1, 3]
    assert sum(isinstance(entry, dict) for entry in found) == 1


def acc(*files: str, **options: str) -> list[dict[str, Any]]:
    """The events of accounting rows, calls joined across files."""
    adapter: JoiningFormat = discovery.load("formats", "kamailio_acc")
    folder = Path(CORPUS or "") / "cdr_cgrates_fixtures"
    streams = [(file, io.BytesIO((folder / file).read_bytes())) for file in files]
    return [entry for entry in adapter.read_files(streams, {"customer": "acme", **options}) if isinstance(entry, dict)]


FLAT = "method,from_tag,to_tag,callid,sip_code,sip_reason,time,-,caller,callee,-,-"


@pytest.mark.parametrize("file", ["opensips_acc_flatstore_successful.txt", "opensips_acc_flatstore_with_ack.txt"])
def test_opensips_rows_of_invite_ack_and_bye_give_the_known_durations(file: str) -> None:
    events = acc(file, columns=FLAT)
    assert [event["data"]["duration_s"] for event in events] == [2, 4, 4, 2]
    assert {event["data"]["disposition"] for event in events} == {"answered"}


def test_opensips_rows_of_missed_calls_give_the_known_codes() -> None:
    events = acc("opensips_acc_flatstore_missed.txt", columns=FLAT)
    assert [event["data"]["sip_code"] for event in events] == [487, 404, 486]


def test_kamailio_rows_of_a_table_give_the_known_durations() -> None:
    columns = "id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,caller,-,-,src,-,callee"
    events = acc("kamailio_acc_csv_with_ack.txt", columns=columns)
    told = [(event["data"]["disposition"], event["data"]["duration_s"]) for event in events]
    assert sorted(told) == [("answered", 28), ("answered", 40), ("cancelled", 0)]
