"""What people do about grants: on record with who and why, documents beside, results behind a reason."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.enforcement.grants import GrantNotPossible, UnsoundGrant
from fairwire.model.customers import Contact, Customer
from fairwire.model.declared import Workflow
from fairwire.model.errors import BadUse
from fairwire.model.grants import Grant
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.model.notices import Notice
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore
from fairwire.ports.records import Conflict
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.grant_acts import GrantActs, NoSuchGrant, find_grants
from fairwire.runtime.grant_requests import Asked, Site, kind_of, read_instant, workflow_of
from fairwire.runtime.packs import all_pack_ids, read_pack
from fairwire.runtime.registers import GRANTS
from fairwire.runtime.sealed_documents import DocumentGone, SealedDocuments
from fairwire.runtime.working_days import business_days_before
from fairwire.stores.sqlite import open_store

NOW_US = parse_us("2026-03-02T15:00:00Z")
CLINIC = Customer(
    id="bramble-clinic", name="Bramble Clinic", policy="clearspan", country="US", timezone="America/New_York",
    addresses=("192.0.2.0/24",), contacts=(Contact(role="abuse", email="security@bramble.example"),),
)  # fmt: skip
TEST: dict[str, Any] = {
    "kind": "penetration_test",
    "why": "The yearly test",
    "start": "2026-03-16T10:00",
    "end": "2026-03-16T12:00",
    "scope": {"addresses": ["192.0.2.64/28"], "types": ["network_scan"]},
}


class Desk:
    """The acts on a store, and the letters that they led to."""

    def __init__(self, folder: Path, store: ControlStore, pack: Pack) -> None:
        self.store, self.pack = store, pack
        documents = SealedDocuments(folder)
        self.acts = GrantActs(store.records, documents, customer_of={CLINIC.id: CLINIC}.get, pack_of=lambda _: pack)

    @property
    def letters(self) -> list[Notice]:
        """Those that wait to be sent."""
        return [kept.noun for kept in NOTICES.find(self.store.records, states=["queued"])]

    def ask(self, at_us: int = NOW_US, by: str = "customer:ines", **changed: Any) -> Grant:
        return self.acts.ask(Asked(**(TEST | changed)), CLINIC, self.pack, Site(customers=lambda: [CLINIC]), by, at_us)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def desk(tmp_path: Path, store: ControlStore) -> Desk:
    return Desk(tmp_path, store, read_pack("clearspan"))


def lenient(tmp_path: Path, store: ControlStore) -> Desk:
    """A desk whose policy lets a person grant what was asked for too late."""
    pack = read_pack("clearspan")
    flows: dict[str, Workflow] = {
        name: msgspec.structs.replace(each, late="person") if each.kind == "authorisation" else each
        for name, each in pack.workflows.items()
    }
    return Desk(tmp_path, store, msgspec.structs.replace(pack, workflows=flows))


def test_C15_a_request_with_five_working_days_notice_waits_and_a_later_one_is_refused_by_mail(desk: Desk) -> None:
    made = desk.ask()
    assert (made.state, made.clauses[0]) == ("requested", "C15")
    assert (made.start, made.latest) == ("2026-03-16T14:00:00Z", "2026-03-09T03:59:59.999999Z")
    assert desk.letters == []
    late = desk.ask(parse_us("2026-03-09T04:00:00Z"), why="Another test", start="2026-03-16T13:00", end="2026-03-16T15:00")
    assert late.state == "refused"
    (letter,) = desk.letters
    assert letter.recipient == "security@bramble.example"
    assert letter.subject == f"Your request is refused: a security test ({late.grant_id})"
    assert "5 working days' notice was needed" in letter.text
    assert "permitted" not in letter.text


def test_C15_the_decision_is_mailed_with_what_is_permitted_and_what_is_not(desk: Desk) -> None:
    made = desk.ask()
    desk.acts.grant(made.grant_id, "person:dana", NOW_US + 1, "The hosts are theirs", deny=["192.0.2.72/29"], conditions="By day")
    (letter,) = desk.letters
    assert letter.subject == f"Your request is granted in part: a security test ({made.grant_id})"
    assert "Dear Bramble Clinic" in letter.text
    assert "- permitted: address 192.0.2.64/29" in letter.text
    assert "- NOT permitted: address 192.0.2.72/29" in letter.text
    assert "- on the condition: By day" in letter.text
    assert "16 March 2026, 10:00 (America/New_York)" in letter.text
    assert desk.pack.contact in letter.text
    desk.acts.revoke(made.grant_id, "person:dana", NOW_US + 2, "It disturbs others")
    assert len(desk.letters) == 2
    assert any(f"is revoked: a security test ({made.grant_id})" in each.subject for each in desk.letters)


def test_a_pack_says_it_in_its_own_words_and_a_broken_text_keeps_nothing_back(desk: Desk, tmp_path: Path) -> None:
    words = {"authorisation_decision": "Subject: Re {{ reference }}\n\n{{ decision }}: {{ reason }}\n"}
    own = Desk(tmp_path, desk.store, msgspec.structs.replace(desk.pack, notices=desk.pack.notices | words))
    made = own.ask()
    held = own.acts.refuse(made.grant_id, "person:dana", NOW_US + 1, "Not during\nthe sale")
    (letter,) = own.letters
    assert (letter.subject, letter.text) == (f"Re {made.grant_id}", "refused: Not during the sale\n")
    shown = own.acts.letter(held)
    assert shown is not None
    assert shown.text == letter.text
    broken = msgspec.structs.replace(desk.pack, notices={"authorisation_decision": "Subject: {{ nothing_of_the_kind }}"})
    made = (other := Desk(tmp_path, desk.store, broken)).ask(why="A third")
    other.acts.refuse(made.grant_id, "person:dana", NOW_US + 1, "No")
    assert [each.subject for each in other.letters if made.grant_id in each.fact] == [
        f"Your request is refused: a security test ({made.grant_id})"
    ]


def test_a_person_grants_what_came_late_only_where_the_pack_says_so(desk: Desk, tmp_path: Path, store: ControlStore) -> None:
    late_us = parse_us("2026-03-12T15:00:00Z")
    refused = desk.ask(late_us)
    with pytest.raises(GrantNotPossible, match="lets nobody grant it"):
        desk.acts.grant(refused.grant_id, "person:dana", late_us, "The network team agrees")
    other = lenient(tmp_path, store)
    made = other.ask(late_us, why="Another test", start="2026-03-16T13:00", end="2026-03-16T15:00")
    assert made.state == "refused"
    assert other.acts.grant(made.grant_id, "person:dana", late_us, "The network team agrees").state == "granted"


def test_the_same_request_twice_is_one_and_one_that_is_over_is_not_asked_for_again(desk: Desk) -> None:
    made = desk.ask()
    assert desk.ask(NOW_US + HOUR_US) == made
    desk.acts.withdraw(made.grant_id, "customer:ines", NOW_US + HOUR_US, "Moved to May")
    with pytest.raises(UnsoundGrant, match=f"the very same request, `{made.grant_id}`, is withdrawn"):
        desk.ask(NOW_US + DAY_US)


def test_two_people_who_decide_at_once_make_one_decision(desk: Desk) -> None:
    made = desk.ask()
    kept = desk.acts.find(made.grant_id)
    desk.acts.grant(made.grant_id, "person:dana", NOW_US, "Agreed")
    with pytest.raises(GrantNotPossible, match="is granted since"):
        desk.acts.refuse(made.grant_id, "person:eli", NOW_US, "No")
    with pytest.raises(Conflict):
        desk.store.records.write([GRANTS.change(kept, kept.noun, at_us=NOW_US, by="person:eli", action="refuse")])


def test_every_step_is_in_the_trail_with_who_and_why(desk: Desk) -> None:
    made = desk.ask()
    desk.acts.grant(made.grant_id, "person:dana", NOW_US + 1, "Agreed")
    desk.acts.revoke(made.grant_id, "person:eli", NOW_US + 2, "It disturbs others")
    steps = [(entry.action, entry.by, entry.why) for entry in desk.store.records.trail(kind="grant", id_=made.grant_id)]
    assert steps == [
        ("request", "customer:ines", "The yearly test"),
        ("grant", "person:dana", "Agreed"),
        ("revoke", "person:eli", "It disturbs others"),
    ]


def test_a_document_stands_outside_the_record_under_its_hash_readable_by_its_owner_alone(desk: Desk, tmp_path: Path) -> None:
    made = desk.ask()
    kept = desk.acts.attach(made.grant_id, "person:dana", NOW_US, "request.pdf", b"%PDF signed", "request")
    (paper,) = kept.papers
    file = tmp_path / "documents" / paper.sha256
    assert file.read_bytes() == b"%PDF signed"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    record = desk.store.records.get("grant", made.grant_id)
    assert record is not None
    assert "signed" not in record.body
    again = desk.acts.attach(made.grant_id, "person:dana", NOW_US, "request.pdf", b"%PDF signed", "request")
    assert again.papers == kept.papers
    assert desk.acts.read(made.grant_id, paper.sha256[:8], "person:dana", NOW_US, "")[1] == b"%PDF signed"


def test_C15_results_are_in_no_list_and_each_look_at_them_is_in_the_trail(desk: Desk) -> None:
    made = desk.ask()
    with pytest.raises(GrantNotPossible, match="was never granted, so it has no results"):
        desk.acts.attach(made.grant_id, "person:dana", NOW_US, "r.pdf", b"holes", "results")
    desk.acts.grant(made.grant_id, "person:dana", NOW_US, "Agreed")
    kept = desk.acts.attach(made.grant_id, "person:dana", NOW_US, "r.pdf", b"holes", "results")
    (paper,) = kept.results
    (listed,) = find_grants(desk.store.records)
    assert listed.results == ()
    with pytest.raises(GrantNotPossible, match="read for a reason"):
        desk.acts.read(made.grant_id, paper.sha256, "person:eli", NOW_US, " ")
    assert desk.acts.read(made.grant_id, paper.sha256, "person:eli", NOW_US + 5, "To mend them") == (paper, b"holes")
    looks = [entry for entry in desk.store.records.trail(kind="grant") if entry.action == "read results"]
    assert [(entry.by, entry.at_us) for entry in looks] == [("person:eli", NOW_US + 5)]
    assert looks[0].why.endswith("To mend them")


def test_a_document_that_is_missing_or_was_changed_is_said_to_be(desk: Desk, tmp_path: Path) -> None:
    made = desk.ask()
    (paper,) = desk.acts.attach(made.grant_id, "person:dana", NOW_US, "request.pdf", b"signed", "request").papers
    file = tmp_path / "documents" / paper.sha256
    file.write_bytes(b"forged")
    with pytest.raises(DocumentGone, match="was changed since it was kept"):
        desk.acts.read(made.grant_id, paper.sha256, "person:dana", NOW_US, "")
    file.unlink()
    with pytest.raises(DocumentGone, match="is not in the data folder any more"):
        desk.acts.read(made.grant_id, paper.sha256, "person:dana", NOW_US, "")
    with pytest.raises(NoSuchGrant, match="has no document"):
        desk.acts.read(made.grant_id, "0" * 64, "person:dana", NOW_US, "")
    for content, wrong in ((b"", "is empty"), (b"x" * (20 * 1024 * 1024 + 1), "is larger than 20 MiB")):
        with pytest.raises(BadUse, match=wrong):
            desk.acts.attach(made.grant_id, "person:dana", NOW_US, "x", content, "request")


def test_a_grant_is_found_by_the_beginning_of_its_id(desk: Desk) -> None:
    made = desk.ask()
    assert desk.acts.find(made.grant_id[:9]).noun == made
    for given in ("g-", made.grant_id[:6], "g-ffffffffffff"):
        with pytest.raises(NoSuchGrant, match="there is no authorisation"):
            desk.acts.find(given)


def test_the_clock_ends_what_is_over_and_refuses_what_nobody_decided(desk: Desk) -> None:
    held = desk.acts.grant(desk.ask().grant_id, "person:dana", NOW_US, "Agreed")
    waits = desk.ask(why="Another", start="2026-03-17T10:00", end="2026-03-17T12:00")
    assert desk.acts.run_out(NOW_US) == []
    ended = desk.acts.run_out(parse_us("2026-03-18T00:00:00Z"))
    assert {each.grant_id: each.state for each in ended} == {held.grant_id: "expired", waits.grant_id: "refused"}
    assert desk.acts.run_out(parse_us("2026-03-19T00:00:00Z")) == []


@pytest.mark.parametrize(
    ("begins", "latest"),
    [
        ("2026-03-16T10:00", "2026-03-08T23:59:59.999999"),  # a Monday: the five days before it
        ("2026-03-18T00:00", "2026-03-10T23:59:59.999999"),
        ("2026-03-14T10:00", "2026-03-08T23:59:59.999999"),  # a Saturday
        ("2026-03-13T10:00", "2026-03-05T23:59:59.999999"),  # clocks go forward on the 8th
        ("2026-11-06T10:00", "2026-10-29T23:59:59.999999"),  # and back on the 1st
    ],
)
def test_five_working_days_lie_between_asking_and_beginning_by_the_customers_clocks(begins: str, latest: str) -> None:
    zone = CLINIC.timezone
    found = business_days_before(read_instant(begins, zone, "start"), 5, CLINIC)
    assert found + 1 == read_instant(latest[:19], zone, "start") + 1_000_000


def test_every_pack_that_forbids_a_test_or_a_gateway_has_the_workflow_that_allows_it() -> None:
    wanted = {("clearspan", "penetration_test"), ("upstream_works", "penetration_test"), ("natterbox", "gsm_gateway")}
    found = {
        (pack, kind)
        for pack in all_pack_ids()
        for kind in ("penetration_test", "gsm_gateway")
        if workflow_of(read_pack(pack), kind_of(kind)) is not None
    }
    assert found == wanted
