"""Reports of abuse: whatever they come as, each has a case and a number, and nobody learns who reported."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_at_work import CUSTOMER, Desk
from fairwire.enforcement.report_words import TOPICS, category_of, clauses_of, is_severe
from fairwire.model.policy import Pack
from fairwire.runtime.case_access import Viewer, find_case
from fairwire.runtime.case_registers import CASES, EXHIBITS, REPORTERS, REPORTS
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.packs import all_pack_ids, read_pack
from fairwire.runtime.report_desk import ReportDesk, report_event
from fairwire.runtime.report_files import see_exhibit, see_report, see_reporter
from fairwire.runtime.report_mail import read_mail
from fairwire.runtime.report_reading import read_bytes
from fairwire.runtime.report_shapes import LARGEST, BadReport, Form, Told, plain_number, read_form
from fairwire.stores.sqlite import open_store

NUMBER = "+12025550117"
CLEARSPAN = read_pack("clearspan")
DANA = Viewer(by="person:dana")

ARF = b"""\
From: "Feedback" <fbl@mailbox.example>
To: abuse@provider.example
Date: Wed, 4 Mar 2026 10:00:00 +0000
Message-ID: <fbl-1@mailbox.example>
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is an abuse report for a message from 192.0.2.10.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Mailbox-FBL/1.0
Version: 1
Source-IP: 192.0.2.10
Original-Mail-From: <offers@bulk.example>
Arrival-Date: Wed, 4 Mar 2026 09:58:00 +0000

--b
Content-Type: message/rfc822

From: offers@bulk.example
To: reader@mailbox.example
Subject: You won

Click here.
--b--
"""
CALL = {
    "xarf_version": "4.2.0", "report_id": "a1b2c3d4-e5f6-4890-abcd-ef1234567890", "timestamp": "2026-03-04T10:30:00Z",
    "reporter": {"org": "Call Watch", "contact": "desk@callwatch.example", "domain": "callwatch.example"},
    "sender": {"org": "Call Watch", "contact": "desk@callwatch.example", "domain": "callwatch.example"},
    "source_identifier": NUMBER, "category": "messaging", "type": "spam", "protocol": "other",
    "tags": ["channel:voice", "attack:vishing"], "description": "They asked for my bank card",
    "evidence": [{"content_type": "text/plain", "payload": b64encode(b"a recording").decode(), "description": "what they said"}],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(store=store, data=tmp_path, pack=CLEARSPAN)
    store.close()


def intake(desk: Desk) -> ReportDesk:
    owners = {NUMBER: CUSTOMER, "192.0.2.10": CUSTOMER}

    def policy_of(customer: str) -> Pack | None:
        return desk.pack if customer == CUSTOMER else None

    return ReportDesk(
        desk.store.records,
        policy_of=policy_of,
        owner_of=owners.get,
        packs=lambda: [read_pack("jns")],
        clock=lambda: desk.now_us,
    )


def form(**changed: Any) -> Told:
    plain = {
        "category": "harmful_content",
        "text": "Threats at night",
        "number": NUMBER,
        "name": "A. Neighbour",
        "email": "a@neighbour.example",
    }
    return read_form(Form(**(plain | changed)))


def test_C19_W10_a_report_opens_a_case_under_the_clauses_it_is_about_and_its_number_is_given_back(desk: Desk) -> None:
    report, case = intake(desk).receive(form(), "key:portal")
    assert (report.customer, report.case_id) == (CUSTOMER, case.case_id), "the number says whose it is"
    assert (case.category, case.severity, case.state) == ("harmful_content", "high", "open")
    assert case.clauses == ("C07",)
    assert case.policy == f"clearspan@{CLEARSPAN.version}"
    assert case.case_id in intake(desk).acknowledgement(case)
    assert "aup-review@clearspan.example" in intake(desk).acknowledgement(case)
    assert desk.actions("case", case.case_id) == [("fairwire", "open")]
    assert desk.actions("report", report.report_id) == [("key:portal", "receive")]


def test_a_number_without_its_country_is_found_all_the_same(desk: Desk) -> None:
    report, _ = intake(desk).receive(form(number="(202) 555-0117"), "key:portal")
    assert (report.number, report.customer) == ("2025550117", CUSTOMER)


def test_who_reported_is_kept_apart_and_whoever_asks_is_on_record(desk: Desk) -> None:
    report, case = intake(desk).receive(form(), "key:portal")
    told = [desk.store.records.get(kind, id_) for kind, id_ in (("report", report.report_id), ("case", case.case_id))]
    assert all(record is not None and "eighbour" not in record.body for record in told)
    assert b"eighbour" not in report_event(report, "harassment"), "nor do detectors learn it"
    found = see_reporter(desk.store.records, report.report_id, DANA, desk.now_us, "to answer them")
    assert (found.name, found.email) == ("A. Neighbour", "a@neighbour.example")
    readings = [(entry.by, entry.why) for entry in desk.store.records.trail(kind="reading")]
    assert readings == [("person:dana", f"reporter of {report.report_id}: to answer them")]


def test_a_second_report_about_the_same_joins_the_case_and_a_decided_one_is_not_joined(desk: Desk) -> None:
    first = intake(desk).receive(form(), "key:portal")[1]
    desk.now_us += 1_000_000
    assert intake(desk).receive(form(text="Again, at three"), "key:portal")[1].case_id == first.case_id
    assert intake(desk).receive(form(category="fraud"), "key:portal")[1].case_id != first.case_id
    assert len(find_case(desk.store.records, first.case_id).noun.reports) == 2


def test_nobody_known_is_reported_and_the_case_waits_for_whom_it_is_about(desk: Desk) -> None:
    report, case = intake(desk).receive(form(number="+44 20 7946 0018", category="spam"), "person:dana")
    assert (report.customer, report.number) == ("", "+442079460018")
    assert (case.customer, case.policy, case.category) == ("", "", "spam")
    other = intake(desk).receive(form(number="+442079460018", category="threats"), "person:dana")[1]
    assert other.severity == "high", "a category of another policy is known too"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"text": " "}, "says nothing"),
        ({"category": "lost"}, "no category `lost`"),
        ({"customer": "nobody"}, "no customer `nobody`"),
        ({"happened": "yesterday"}, "`happened`"),
        ({"email": "a@b.example\nBcc: all@b.example"}, "no e-mail address"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused_in_a_sentence(desk: Desk, changed: dict[str, str], says: str) -> None:
    with pytest.raises(BadReport, match=says):
        intake(desk).receive(form(**changed), "key:portal")
    assert not CASES.find(desk.store.records)


def test_a_feedback_report_by_mail_is_read_with_what_it_is_about(desk: Desk) -> None:
    told = read_bytes(ARF)
    assert (told.format, told.category, told.address) == ("arf", "spam", "192.0.2.10")
    assert told.happened == "2026-03-04T09:58:00Z"
    report, case = intake(desk).receive(told, "person:mail")
    assert report.customer == CUSTOMER, "the address says whose it is"
    assert report.facts["original-mail-from"] == "<offers@bulk.example>"
    assert intake(desk).receive(told, "person:mail")[0] == report, "the same mail twice is one report"
    kind, data = see_exhibit(desk.store.records, report.report_id, report.exhibits[0].sha256[:8], DANA, desk.now_us)
    assert kind == "message/rfc822"
    assert b"You won" in data
    assert (case.category, case.clauses) == ("spam", ("C10", "C11")), "this policy has no category of its own for it"


def test_xarf_about_a_call_is_read_by_its_tags(desk: Desk) -> None:
    told = read_bytes(json.dumps(CALL).encode())
    assert (told.format, told.category, told.number, told.email) == ("xarf", "phishing", NUMBER, "desk@callwatch.example")
    report, case = intake(desk).receive(told, "key:callwatch")
    assert (report.given_id, case.category) == (CALL["report_id"], "impersonation")
    assert see_exhibit(desk.store.records, report.report_id, report.exhibits[0].sha256, DANA, desk.now_us)[1] == b"a recording"
    in_mail = b"From: x@callwatch.example\nContent-Type: application/xarf+json\n\n" + json.dumps(CALL).encode()
    assert read_bytes(in_mail).given_id == CALL["report_id"]


def test_harmful_code_is_kept_as_its_hash_only(desk: Desk) -> None:
    evil = {"content_type": "application/octet-stream", "payload": b64encode(b"not really").decode()}
    told = read_bytes(
        json.dumps(CALL | {"category": "content", "type": "malware", "url": "https://a.example/x", "evidence": [evil]}).encode()
    )
    report, _ = intake(desk).receive(told, "key:lab")
    (kept,) = [found.noun for found in EXHIBITS.find(desk.store.records)]
    assert (kept.payload, kept.bytes, len(kept.sha256)) == ("", 10, 64)
    with pytest.raises(NotThere, match="only the hash"):
        see_exhibit(desk.store.records, report.report_id, kept.sha256, DANA, desk.now_us)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither JSON nor a mail"),
        (b"\x00\x01\x02", "neither JSON nor a mail"),
        (b"{broken", "is not JSON"),
        (b'{"a": ' * 2000 + b"1" + b"}" * 2000, "not JSON"),
        (b'{"xarf_version": "4.2.0"}', "is not XARF"),
        (b'{"category": 7}', "Expected `str`"),
        (ARF.replace(b"Version: 1\n", b""), "has no `version`"),
        (ARF.replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam"), "is no abuse"),
        (b"x" * (LARGEST + 1), "more than a report has"),
        (b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500, "more parts"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(BadReport, match=says):
        read_bytes(data)


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"From: {text}\nSubject: {text}\n\n{text}".encode()))
@settings(max_examples=150)
def test_whatever_is_handed_in_is_read_or_refused(data: bytes) -> None:
    try:
        told = read_bytes(data)
    except BadReport:
        return
    assert told.text.strip()
    assert not any(character in told.text for character in "\x00\x1b")


@given(st.integers(0, len(ARF) - 1), st.integers(0, 255))
@settings(max_examples=150)
def test_a_feedback_report_damaged_anywhere_is_read_or_refused(place: int, byte: int) -> None:
    with suppress(BadReport):
        read_mail(ARF[:place] + bytes([byte]) + ARF[place + 1 :])


def test_a_report_that_comes_as_an_event_opens_one_case_however_often_it_comes(desk: Desk) -> None:
    data = {
        "report_id": "z-7",
        "category": "robocall",
        "number": NUMBER,
        "text": "Recorded offers",
        "format": "api",
        "reporter": "A. Neighbour",
    }
    event = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "hotline",
        "type": "report.received",
        "time": "2026-03-04T11:00:00Z",
        "data": data,
    }
    lines = [json.dumps(event).encode()] * 2
    intake(desk).take_events([*lines, b"{broken", json.dumps(event | {"type": "call.attempt"}).encode()])
    intake(desk).take_events(lines)
    ((report,), (case,)) = ([kept.noun for kept in REPORTS.find(desk.store.records)], CASES.find(desk.store.records))
    assert (report.via, report.format, report.happened) == ("event:hotline", "event", "2026-03-04T11:00:00Z")
    assert case.noun.reports == (report.report_id,)
    assert REPORTERS.find(desk.store.records)[0].noun.name == "A. Neighbour"
    told = see_report(desk.store.records, report.report_id, DANA, desk.now_us)
    assert "Neighbour" not in str(told)


def test_a_number_is_read_as_people_write_it() -> None:
    assert [plain_number(each) for each in ("(202) 555-0117", "+1 202-555-0117", "0044 20 7946 0018", "withheld")] == [
        "2025550117", "+12025550117", "+442079460018", "withheld",
    ]  # fmt: skip


def test_every_word_finds_a_category_under_every_policy_and_harm_to_minors_is_severe_under_each() -> None:
    for pack in map(read_pack, all_pack_ids()):
        for word in TOPICS:
            kind = category_of(pack, word)
            assert kind is not None
        minors = category_of(pack, "minors")
        assert minors is not None
        assert is_severe(minors), pack.id
        for category in pack.report_categories.values():
            assert set(clauses_of(pack, category)) <= set(pack.clauses)
            assert clauses_of(pack, category), f"{pack.id} {category.id}"


def under(desk: Desk, pack: str, category: str) -> tuple[str, ...]:
    """The clauses of the case that a report in a category opens under a policy."""
    desk.pack = read_pack(pack)
    desk.now_us += 1_000_000
    case = intake(desk).receive(form(category=category), "key:portal")[1]
    assert (case.category, case.policy) == (category, f"{pack}@{desk.pack.version}")
    assert case.restricted == (desk.pack.report_categories[category].restricted)
    return case.clauses


def test_C03_C05_C06_C07_C08_C09_C14_C16_a_report_opens_a_case_under_its_clause(desk: Desk) -> None:
    told = {category: under(desk, "clearspan", category) for category in CLEARSPAN.report_categories}
    assert told == {
        "fraud": ("C03",),
        "unlawful_use": ("C05",),
        "infringement": ("C06",),
        "harmful_content": ("C07",),
        "impersonation": ("C08",),
        "confidential": ("C09",),
        "reverse_engineering": ("C14",),
        "child_safety": ("C16",),
        "other": ("C19",),
    }


def test_N05_N06_N07_a_report_opens_a_case_under_its_clause(desk: Desk) -> None:
    assert under(desk, "natterbox", "improper_use") == ("N05",)
    assert under(desk, "natterbox", "harmful_content") == ("N06",)
    assert under(desk, "natterbox", "nuisance") == ("N07",)


def test_V01_V02_V03_V06_a_report_opens_a_case_under_its_clause(desk: Desk) -> None:
    told = [under(desk, "caup", each) for each in ("unlawful_use", "harmful_content", "infringement", "impersonation")]
    assert told == [("V01",), ("V02",), ("V03",), ("V06",)]


def test_W01_W03_W04_W05_W08_W10_a_report_opens_a_case_under_its_clause(desk: Desk) -> None:
    told = {category: under(desk, "upstream_works", category) for category in read_pack("upstream_works").report_categories}
    assert told == {
        "phishing": ("W01",),
        "adult_content": ("W03",),
        "violence": ("W04",),
        "infringement": ("W05",),
        "misrepresentation": ("W08",),
        "other": ("W10",),
    }


def test_J04_J05_J06_J23_J24_a_report_opens_a_case_under_its_clause(desk: Desk) -> None:
    told = {category: under(desk, "jns", category) for category in read_pack("jns").report_categories}
    assert told == {
        "unlawful_use": ("J04",),
        "threats": ("J05",),
        "fraudulent_offers": ("J06",),
        "infringement": ("J23",),
        "personal_data": ("J24",),
    }


CORPUS = Path(os.environ.get("FAIRWIRE_CORPUS", "")) / "abuse_mail_abuseio"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of abuse mail is not at hand")
def test_real_feedback_reports_and_xarf_samples_are_read() -> None:
    loops = sorted((CORPUS / "feedback-loop").glob("*.eml"))
    told = [read_bytes(path.read_bytes()) for path in loops]
    assert len(told) >= 20
    assert {each.format for each in told} == {"arf"}
    assert all(each.address and each.happened and each.exhibits for each in told)
    samples = sorted((CORPUS.parent / "abuse_xarf" / "samples" / "v4").glob("*.json"))
    assert len(samples) >= 30
    assert all(read_bytes(path.read_bytes()).format == "xarf" for path in samples)
