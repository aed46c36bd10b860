"""Evidence: kept when the log forgets, sealed so that anybody can verify it, and handed out on record. Clauses J04 and C16."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.enforcement.masking import masked
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us
from fairwire.ports.control import StoreError
from fairwire.runtime import case_acts, disclosures, holds
from fairwire.runtime.bundle import BadBundle, verify_bundle
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.data import open_control
from fairwire.runtime.evidence_key import public_pem, read_public, signing_key
from fairwire.runtime.holds import Keeper, held_by
from fairwire.runtime.journal import Keeping
from fairwire.runtime.keys import make_key
from fairwire.runtime.live import Live
from fairwire.runtime.log_search import frames
from fairwire.runtime.packs import read_pack
from fairwire.runtime.report_desk import ReportDesk
from fairwire.runtime.report_shapes import Form, read_form
from fairwire.stores.log.aside import held_segments
from traces import real_plan, table_for

OTHER = "larkspur-clinic"
CALLEE = "+442079460018"
DANA, ELI = Viewer(by="person:dana"), Viewer(by="person:eli")
PLAN = real_plan()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_control(tmp_path / "data")
    yield Desk(store=store, data=tmp_path / "data", pack=read_pack("clearspan"))
    store.close()


def event(number: int, customer: str, at_us: int, **more: Any) -> bytes:
    data = {"call_id": f"c-{number}", "customer": customer, "direction": "outbound", "from": "+12025550117", "to": CALLEE} | more
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": "call.attempt", "time": format_us(at_us)}
    return json.dumps(named | {"data": data}).encode()


def opened(desk: Desk, *, keep_log: bool = False) -> Live:
    people = [Customer(id=name, policy="clearspan", country="US", numbers=("+12025550117",)) for name in (CUSTOMER, OTHER)]
    kept = Keeping(snapshot_every=1, keep_log=keep_log, held=lambda: held_by(desk.store.records))
    live = Live(desk.data, PLAN, table_for(PLAN, people), desk.store, lambda: desk.now_us, None, kept)
    live._journal._log._segment_bytes = 1  # type: ignore[attr-defined]  # a segment for each batch
    return live


async def accept(live: Live, lines: Sequence[bytes]) -> None:
    live.accept(lines)
    await live.durable()


def feed(live: Live, lines: Sequence[bytes]) -> None:
    """Each in a batch of its own, and a snapshot after each, so that the log forgets what it may."""
    for line in lines:
        asyncio.run(accept(live, [line]))
        if live._journal._developing is not None:
            live._journal._developing.join()


def left(desk: Desk) -> set[str]:
    """Ids of the events that can still be read."""
    return {json.loads(line)["id"] for frame in frames(desk.data) for line in frame.lines}


def test_J04_a_hold_beats_retention_and_keeps_what_it_means_only(desk: Desk) -> None:
    start = desk.now_us
    live = opened(desk)
    try:
        feed(live, [event(1, CUSTOMER, start), event(2, OTHER, start), event(3, CUSTOMER, start), event(4, OTHER, start)])
        hold = holds.place(desk.store.records, DANA, start, "order 7 of the court", customer=CUSTOMER)
        feed(live, [event(number, CUSTOMER if number % 2 else OTHER, start) for number in range(5, 13)])
        feed(live, [event(20, OTHER, start), event(21, OTHER, start), event(22, OTHER, start)])
        assert live._journal._log.forgotten > 8
        kept = left(desk)
        assert {f"e-{number}" for number in (5, 7, 9, 11)} <= kept, "what the hold means is there"
        assert not {f"e-{number}" for number in (6, 8)} & kept, "what it does not mean goes as before"
        assert len(held_segments(desk.data / "events")) >= 4
        desk.now_us += DAY_US
        holds.release(desk.store.records, hold.hold_id, ELI, desk.now_us, "the court has closed the matter")
        feed(live, [event(30, OTHER, start)])
        assert held_segments(desk.data / "events") == [], "and goes once it is released"
    finally:
        live.close()


def test_while_nobody_can_say_what_is_held_nothing_is_deleted(desk: Desk) -> None:
    def unsure() -> None:
        raise StoreError("the store is away")

    people = [Customer(id=CUSTOMER, policy="clearspan", country="US")]
    kept = Keeping(snapshot_every=1, keep_log=False, held=unsure)
    live = Live(desk.data, PLAN, table_for(PLAN, people), desk.store, lambda: desk.now_us, None, kept)
    live._journal._log._segment_bytes = 1  # type: ignore[attr-defined]
    try:
        feed(live, [event(number, CUSTOMER, desk.now_us) for number in range(6)])
        assert live._journal._log.forgotten == 0
        assert left(desk) == {f"e-{number}" for number in range(6)}
    finally:
        live.close()


def test_a_process_that_ends_between_keeping_and_forgetting_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    holds.place(desk.store.records, DANA, desk.now_us, "order 7", customer=CUSTOMER)
    live = opened(desk)
    try:
        with monkeypatch.context() as dying:
            dying.setattr("fairwire.stores.log.writer.write_forgotten", lambda *_: (_ for _ in ()).throw(OSError("killed")))
            feed(live, [event(number, CUSTOMER, desk.now_us) for number in range(6)])
            assert left(desk) == {f"e-{number}" for number in range(6)}
        feed(live, [event(number, CUSTOMER, desk.now_us) for number in range(6, 9)])
        assert left(desk) == {f"e-{number}" for number in range(9)}
        assert live._journal._log.forgotten > 0
    finally:
        live.close()


def test_a_hold_is_placed_by_customer_number_address_and_time(desk: Desk) -> None:
    start = desk.now_us
    mine = event(1, CUSTOMER, start, src_ip="192.0.2.10", diversion=["+12025550199"])

    def keeps(line: bytes, **named: Any) -> bool:
        desk.now_us += 1
        return Keeper([holds.place(desk.store.records, DANA, desk.now_us, "x", **named)]).keeps([line])

    assert keeps(mine, customer=CUSTOMER)
    assert not keeps(mine, customer=OTHER)
    assert keeps(mine, numbers=[CALLEE])
    assert keeps(mine, numbers=["+12025550199"]), "also where it stands in a list"
    assert keeps(mine.replace(b"+", b"\\u002b"), numbers=[CALLEE]), "and however the plus is written"
    assert keeps(mine, addresses=["192.0.2.10"])
    assert not keeps(mine, customer=CUSTOMER, since_us=start + 1)
    assert not keeps(mine, customer=CUSTOMER, until_us=start - 1)
    assert keeps(b'{"broken hobnail-freight', customer=CUSTOMER), "what cannot be read is kept"
    for wrong, says in (({"why": " ", "customer": CUSTOMER}, "for a reason"), ({"why": "x"}, "names what is kept")):
        with pytest.raises(NotPossible, match=says):
            holds.place(desk.store.records, DANA, desk.now_us, wrong.pop("why"), **wrong)  # type: ignore[arg-type]


# -- the bundle


@pytest.fixture
def matter(desk: Desk) -> str:
    """A case with a finding, an order, a report and events in the log; its number."""
    start = desk.now_us - HOUR_US
    live = opened(desk, keep_log=True)
    message = {
        "message_id": "m-1",
        "customer": CUSTOMER,
        "channel": "sms",
        "from": "+12025550117",
        "to": [CALLEE],
        "text": "Pay now",
    }
    sent = {
        "specversion": "1.0",
        "id": "e-9",
        "source": "test",
        "type": "message.sent",
        "time": format_us(start),
        "data": message,
    }
    try:
        lines = [
            event(1, CUSTOMER, start),
            event(2, OTHER, start),
            event(3, CUSTOMER, start - 9 * DAY_US),
            json.dumps(sent).encode(),
        ]
        asyncio.run(accept(live, lines))
        live.decide(event(4, CUSTOMER, start + MINUTE_US))
        live.flush()
    finally:
        live.close()
    finding = desk.found(clauses=("C07",), callee=CALLEE, reason=f"{CALLEE} was called 34 times in 24 hours")
    desk.ordered(finding, reason=finding.reason)
    form = Form(
        category="harmful_content", text="Threats at night", customer=CUSTOMER, number="+12025550117", name="A. Neighbour"
    )
    intake = ReportDesk(desk.store.records, policy_of=lambda _: desk.pack, clock=lambda: desk.now_us)
    case = intake.receive(read_form(form), "key:hotline")[1]
    case_acts.link(desk.store, case.case_id, DANA, desk.now_us, findings=[finding.finding_id], orders=["o-00000001"])
    case_acts.note(desk.store.records, case.case_id, DANA, desk.now_us, "I do not trust them")
    return case.case_id


def bundle(desk: Desk, case: str, out: Path, **asked: Any) -> Path:
    made = disclosures.ask(desk.store.records, case, DANA, desk.now_us, **({"to": "A court", "basis": "order 7"} | asked))
    if made.state == "asked":
        disclosures.answer(desk.store.records, made.disclosure_id, ELI, desk.now_us, "", agrees=True)
    disclosures.export(desk.store, desk.data, made.disclosure_id, DANA, desk.now_us, out)
    return out


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_J04_a_sealed_bundle_is_verified_with_nothing_but_the_file_and_the_key(desk: Desk, matter: str, tmp_path: Path) -> None:
    run = CliRunner()
    data = ["--data", str(desk.data)]
    away = tmp_path / "away"
    away.mkdir()
    given = ["--to", "A court", "--basis", "order 7 of 2026-03-01", "--level", "numbers", "--reference", "7/26", "--by", "dana"]
    done = run.invoke(build(), ["case", "export", matter, "-o", str(away / "case.zip"), *given, *data])
    assert done.exit_code == 0, done.output
    assert run.invoke(build(), ["case", "key", "-o", str(away / "site.pem"), *data]).exit_code == 0
    shown = run.invoke(build(), ["case", "verify", str(away / "case.zip"), "--key", str(away / "site.pem")])
    assert shown.exit_code == 0, shown.output
    assert "sound" in shown.stdout
    inside = contents(away / "case.zip")
    events = [json.loads(line) for line in inside["events.jsonl"].splitlines()]
    assert [each["event"]["id"] for each in events] == ["e-1", "e-9", "e-4"], "this customer's, of the time; no others"
    assert events[2]["decision"]["decision"] == "allow"
    assert json.loads(inside["findings.jsonl"])["finding_id"] == "f-00000001"
    assert json.loads(inside["orders.jsonl"])["order_id"] == "o-00000001"
    assert f"policy/clearspan@{desk.pack.version}/clauses.yaml" in inside, "the policy as it was then"
    assert json.loads(inside["reports.jsonl"])["case_id"] == matter
    told = b"".join(inside.values())
    assert b"Neighbour" not in told, "nobody learns who reported"
    assert b"do not trust" not in told, "nor what people thought"
    (logged,) = disclosures.list_disclosures(desk.store.records, DANA)
    assert (logged.to, logged.basis, logged.reference, logged.made_by) == (
        "A court",
        "order 7 of 2026-03-01",
        "7/26",
        "person:dana",
    )
    assert logged.sha256 in done.stdout
    again = run.invoke(build(), ["case", "export", matter, "-o", str(away / "case.zip"), *given, *data])
    assert "there already" in str(again.exception), "evidence is never written over"


def test_J04_numbers_are_masked_unless_the_request_says_otherwise_and_content_takes_two_people(
    desk: Desk, matter: str, tmp_path: Path
) -> None:
    inside = contents(bundle(desk, matter, tmp_path / "masked.zip"))
    told = b"".join(content for name, content in inside.items() if not name.startswith("policy/"))
    for secret in (b"2079460018", b"2025550117", b"Pay now", b"Threats at night"):
        assert secret not in told, secret
    calls = [json.loads(line)["event"]["data"]["to"] for line in inside["events.jsonl"].splitlines()]
    assert calls[0] == calls[2] == calls[1][0], "the same number has the same tag"
    assert calls[0].startswith("+4420xxxxxxxx#")
    assert calls[0] in json.loads(inside["findings.jsonl"])["reason"], "in sentences too"
    desk.now_us += 1
    other = contents(bundle(desk, matter, tmp_path / "other.zip"))
    assert json.loads(other["findings.jsonl"])["reason"] != json.loads(inside["findings.jsonl"])["reason"], (
        "and in another bundle another"
    )
    desk.now_us += 1
    full = contents(bundle(desk, matter, tmp_path / "content.zip", level="content"))
    assert b"Pay now" in full["events.jsonl"]
    assert b"Threats at night" in full["reports.jsonl"]


def test_J04_nobody_discloses_content_alone(desk: Desk, matter: str, tmp_path: Path) -> None:
    records, now = desk.store.records, desk.now_us
    asked = disclosures.ask(records, matter, DANA, now, to="A court", basis="order 7", level="content")
    out = tmp_path / "case.zip"
    with pytest.raises(NotPossible, match="nobody else has agreed"):
        disclosures.export(desk.store, desk.data, asked.disclosure_id, DANA, now, out)
    with pytest.raises(NotPossible, match="cannot agree to it"):
        disclosures.answer(records, asked.disclosure_id, DANA, now, "", agrees=True)
    disclosures.answer(records, asked.disclosure_id, ELI, now, "read the order", agrees=True)
    done, _ = disclosures.export(desk.store, desk.data, asked.disclosure_id, DANA, now, out)
    assert (done.asked_by, done.agreed_by, done.made_by) == ("person:dana", "person:eli", "person:dana")
    with pytest.raises(NotPossible, match="it is made"):
        disclosures.export(desk.store, desk.data, asked.disclosure_id, DANA, now, tmp_path / "again.zip")
    reporter = disclosures.ask(records, matter, ELI, now, to="A court", basis="order 7", reporter=True)
    assert reporter.state == "asked", "who reported is told by two people as well"
    refused = disclosures.answer(records, reporter.disclosure_id, DANA, now, "not in the order", agrees=False)
    with pytest.raises(NotPossible, match="it is refused"):
        disclosures.export(desk.store, desk.data, refused.disclosure_id, ELI, now, tmp_path / "r.zip")
    assert not list(tmp_path.glob("*.part"))


def test_a_bundle_that_cannot_be_written_is_no_disclosure(desk: Desk, matter: str, tmp_path: Path) -> None:
    asked = disclosures.ask(desk.store.records, matter, DANA, desk.now_us, to="A court", basis="order 7")
    with pytest.raises(BadInput, match="cannot be written"):
        disclosures.export(desk.store, desk.data, asked.disclosure_id, DANA, desk.now_us, tmp_path / "nowhere" / "case.zip")
    (logged,) = disclosures.list_disclosures(desk.store.records, DANA)
    assert (logged.state, logged.sha256) == ("agreed", "")


# -- tampering


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle and the public key of whoever made it."""
    folder = tmp_path_factory.mktemp("sealed")
    store = open_control(folder / "data")
    desk = Desk(store=store, data=folder / "data", pack=read_pack("clearspan"))
    finding = desk.found(clauses=("C07",))
    desk.ordered(finding)
    case = case_acts.open_case(
        store, viewer=DANA, at_us=desk.now_us, title="Calls", customer=CUSTOMER, pack=desk.pack, findings=[finding.finding_id]
    )
    case_acts.link(store, case.case_id, DANA, desk.now_us, orders=["o-00000001"])
    bundle(desk, case.case_id, folder / "case.zip", level="numbers")
    (folder / "site.pem").write_bytes(public_pem(signing_key(desk.data).public_key()))
    store.close()
    return folder


def problems(folder: Path, path: Path) -> list[str]:
    try:
        return verify_bundle(path, read_public(folder / "site.pem")).problems
    except BadBundle as error:
        return [error.message]


def rewritten(folder: Path, out: Path, change: Any) -> Path:
    """The bundle with its files changed, and zipped anew."""
    inside = contents(folder / "case.zip")
    change(inside)
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return out


def test_the_bundle_as_it_was_made_is_sound_and_another_key_did_not_make_it(sealed: Path, tmp_path: Path) -> None:
    assert problems(sealed, sealed / "case.zip") == []
    shutil.copy(sealed / "case.zip", tmp_path)
    (tmp_path / "site.pem").write_bytes(public_pem(signing_key(tmp_path / "other").public_key()))
    assert problems(tmp_path, tmp_path / "case.zip") == ["the signature is not this key's over this manifest"]


@given(st.data())
@settings(max_examples=200)
def test_a_byte_changed_anywhere_is_noticed_or_changes_nothing_that_is_said(sealed: Path, data: st.DataObject) -> None:
    whole = (sealed / "case.zip").read_bytes()
    place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    changed = sealed / "changed.zip"
    changed.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
    if not problems(sealed, changed):
        assert contents(changed) == contents(sealed / "case.zip"), f"byte {place}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda files: files.update({"orders.jsonl": files["orders.jsonl"].replace(b"suspend", b"release")}),
            "`orders.jsonl` is not",
        ),
        (lambda files: files.pop("orders.jsonl"), "`orders.jsonl` is missing"),
        (lambda files: files.update({"more.jsonl": b"{}"}), "`more.jsonl` is in it and not in the manifest"),
        (lambda files: files.pop("manifest.sig"), "has no manifest.sig"),
        (lambda files: files.update({"manifest.sig": b"AAAA"}), "the signature is not"),
        (
            lambda files: files.update({"manifest.json": files["manifest.json"].replace(b"A court", b"A pirate")}),
            "the signature is not",
        ),
        (lambda files: files.update({"manifest.sha256": b"0"}), "`manifest.sha256` is not the hash"),
        (lambda files: files.update({"manifest.json": b"[]"}), "damaged"),
    ],
)
def test_what_was_changed_is_named(sealed: Path, tmp_path: Path, change: Any, says: str) -> None:
    assert any(says in problem for problem in problems(sealed, rewritten(sealed, tmp_path / "case.zip", change)))


def test_an_audit_entry_that_was_forged_with_the_sites_own_key_does_not_match_its_hash(sealed: Path, tmp_path: Path) -> None:
    import base64
    import hashlib

    def forge(files: dict[str, bytes]) -> None:
        files["audit.jsonl"] = files["audit.jsonl"].replace(b'"action":"open"', b'"action":"shut"')
        manifest = json.loads(files["manifest.json"])
        (entry,) = [each for each in manifest["files"] if each["name"] == "audit.jsonl"]
        entry["sha256"] = hashlib.sha256(files["audit.jsonl"]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
        files["manifest.sha256"] = f"{hashlib.sha256(files['manifest.json']).hexdigest()}  manifest.json\n".encode()
        files["manifest.sig"] = base64.b64encode(signing_key(sealed / "data").sign(files["manifest.json"]))

    (found,) = problems(sealed, rewritten(sealed, tmp_path / "case.zip", forge))
    assert "of the audit trail does not match its hash" in found


def test_what_is_no_bundle_or_no_key_is_refused_in_a_sentence(sealed: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk.zip"
    for content in (b"", b"PK\x03\x04", b"x" * 1000, (sealed / "case.zip").read_bytes()[:-200]):
        junk.write_bytes(content)
        assert problems(sealed, junk)
    bomb = rewritten(sealed, tmp_path / "bomb.zip", lambda files: files.update({"orders.jsonl": bytes(30_000_000)}))
    assert any("orders.jsonl" in problem for problem in problems(sealed, bomb))
    junk.write_text("no key")
    with pytest.raises(BadInput, match="no public key"):
        read_public(junk)
    shown = CliRunner().invoke(build(), ["case", "verify", str(bomb), "--key", str(sealed / "site.pem")])
    assert shown.exit_code == 1


@given(st.recursive(st.text(max_size=8) | st.sampled_from([CALLEE, "call +442079460018 now"]), lambda inner: st.dictionaries(
    st.sampled_from(["to", "text", "reason", "subject", "more"]), inner, max_size=3) | st.lists(inner, max_size=3)))  # fmt: skip
@settings(max_examples=150)
def test_no_number_and_no_content_gets_through_the_mask(value: Any) -> None:
    shown = json.dumps(masked(value, "masked", lambda text: "0" * 64))
    assert "2079460018" not in shown
    assert masked(value, "content", lambda text: "") == value


def test_C16_evidence_of_severe_harm_is_handed_out_by_named_people_only(desk: Desk, tmp_path: Path) -> None:
    form = Form(category="minors", text="Something terrible", customer=CUSTOMER)
    intake = ReportDesk(desk.store.records, policy_of=lambda _: desk.pack, clock=lambda: desk.now_us)
    case = intake.receive(read_form(form), "key:hotline")[1]
    desk.store.close()
    make_key(desk.data, "vera", rights=["desk", "severe"], on_failure=None, made="2026-03-02T09:00:00Z")
    run, data = CliRunner(), ["--data", str(desk.data)]

    def export(by: str) -> Any:
        given = ["--to", "National hotline", "--basis", "the law on reporting", "--by", by]
        return run.invoke(build(), ["case", "export", case.case_id, "-o", str(tmp_path / f"{by}.zip"), *given, *data])

    assert "restricted to people who are named" in str(export("dana").exception)
    assert export("vera").exit_code == 0
    assert run.invoke(build(), ["case", "disclosures", "--by", "dana", *data]).stdout == ""
    shown = json.loads(run.invoke(build(), ["case", "disclosures", "--by", "vera", "--json", *data]).stdout)
    assert [each["to"] for each in shown] == ["National hotline"]
    assert run.invoke(build(), ["hold", "list", "--by", "dana", *data]).stdout == ""
    assert case.case_id in run.invoke(build(), ["hold", "list", "--by", "vera", *data]).stdout
