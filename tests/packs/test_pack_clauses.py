"""The five built-in packs: every clause of the documents is there, in our own words, and none claims more than it shows."""

from __future__ import annotations

from collections import Counter

import pytest

from fairwire.model.policy import Pack
from fairwire.runtime.packs import all_pack_ids, load_packs, read_pack, settable, topics

IDS = {
    "clearspan": [f"C{n:02}" for n in range(20)],
    "natterbox": [f"N{n:02}" for n in range(1, 18)] + [f"U{n:02}" for n in range(1, 6)] + [f"L{n:02}" for n in range(1, 4)],
    "caup": [f"V{n:02}" for n in range(1, 15)],
    "upstream_works": [f"W{n:02}" for n in range(12)],
    "jns": [f"J{n:02}" for n in range(25)],
}
"""All clauses of the five documents, in their order: 20, 25, 14, 12 and 25."""

CONTROLS = """
C00 terms; C01 stream inline; C02 stream inline; C03 stream report inline; C04 stream; C05 stream inline report workflow;
C06 report workflow; C07 stream report; C08 inline stream report; C09 report stream; C10 stream inline; C11 stream; C12 stream;
C13 stream; C14 stream report; C15 workflow stream; C16 report; C17 stream inline; C18 terms; C19 report workflow;
N01 stream inline; N02 terms workflow; N03 terms; N04 inline stream; N05 report; N06 stream report; N07 stream report;
N08 stream inline; N09 terms; N10 stream workflow; N11 stream inline; N12 stream limit; N13 workflow inline;
N14 stream workflow; N15 workflow terms; N16 inline terms; N17 workflow; U01 limit inline; U02 workflow limit; U03 limit;
U04 stream; U05 workflow stream; L01 limit inline; L02 limit inline; L03 stream limit;
V01 stream report; V02 stream report; V03 report workflow; V04 stream; V05 stream inline; V06 inline stream report;
V07 stream workflow; V08 stream; V09 stream inline; V10 stream; V11 stream; V12 stream; V13 workflow; V14 workflow terms;
W00 terms workflow; W01 stream report; W02 stream; W03 stream report; W04 stream report; W05 report workflow;
W06 stream workflow; W07 stream inline; W08 report stream; W09 stream; W10 report; W11 workflow terms;
J00 workflow; J01 workflow inline; J02 terms; J03 workflow; J04 report workflow; J05 stream report; J06 stream report;
J07 stream; J08 stream; J09 stream; J10 stream; J11 stream; J12 stream; J13 stream; J14 stream; J15 stream; J16 stream;
J17 stream limit; J18 stream limit; J19 stream; J20 workflow; J21 stream inline; J22 stream inline; J23 report workflow;
J24 stream report
"""


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    return load_packs(all_pack_ids())


def test_the_five_packs_are_found_by_the_names_of_their_folders(packs: dict[str, Pack]) -> None:
    assert all_pack_ids() == tuple(sorted(IDS))
    assert sorted(packs) == sorted(IDS)
    assert sum(len(pack.clauses) for pack in packs.values()) == 96


@pytest.mark.parametrize("pack", sorted(IDS))
def test_every_clause_of_the_document_is_there_in_its_order(pack: str, packs: dict[str, Pack]) -> None:
    assert list(packs[pack].clauses) == IDS[pack]


def test_every_clause_is_controlled_as_was_agreed(packs: dict[str, Pack]) -> None:
    agreed = {words.split()[0]: tuple(words.split()[1:]) for words in CONTROLS.replace("\n", " ").split(";")}
    loaded = {clause.id: clause.controls for pack in packs.values() for clause in pack.clauses.values()}
    assert loaded == agreed


def test_no_two_clauses_have_the_same_gist_and_place(packs: dict[str, Pack]) -> None:
    for pack in packs.values():
        assert max(Counter(clause.gist for clause in pack.clauses.values()).values()) == 1, pack.id
        assert max(Counter(clause.place for clause in pack.clauses.values()).values()) == 1, pack.id


def test_whoever_is_refused_learns_a_clause_and_whom_to_ask(packs: dict[str, Pack]) -> None:
    for pack in packs.values():
        assert pack.contact.endswith(".example"), "a sample must not send complaints to a real address"
        assert pack.review_url.startswith("https://")
        assert pack.clauses_of("account_state"), f"{pack.id} could not say why a suspended customer is refused"


def test_a_call_blocked_by_statistics_is_603_on_a_us_path_and_403_elsewhere(packs: dict[str, Pack]) -> None:
    for pack in packs.values():
        there = pack.answer("analytic", "US")
        assert (there.code, there.phrase) == (603, "Network Blocked"), pack.id
        assert pack.answer("analytic", "GB").code == 403
        assert {pack.answer("deterministic", country).code for country in ("US", "GB", "")} == {403}
        assert pack.answer("unallocated").code == 404
        assert pack.answer("own_limit").code == 480
        assert pack.answer("overload").code == 503
    assert {pack.id: pack.answer("analytic").code for pack in packs.values()} == {
        "clearspan": 603,
        "jns": 603,
        "natterbox": 403,
        "caup": 403,
        "upstream_works": 403,
    }


def test_no_ladder_is_left_over(packs: dict[str, Pack]) -> None:
    for pack in packs.values():
        assert {clause.ladder for clause in pack.clauses.values()} == set(pack.ladders), pack.id


def test_going_over_a_call_limit_is_told_before_anything_is_stopped(packs: dict[str, Pack]) -> None:
    pack = packs["natterbox"]
    ladder = pack.ladders[pack.clauses["L01"].ladder]
    assert {ladder.rungs[at].step for at in ladder.entry.values()} == {"log", "notify"}


def test_L01_only_the_policy_that_says_so_has_an_excess_invoiced_at_once(packs: dict[str, Pack]) -> None:
    invoiced = {(pack.id, name) for pack in packs.values() for name, ladder in pack.ladders.items() if ladder.invoice}
    assert invoiced == {("natterbox", "limits")}


def test_fair_use_changes_a_plan_and_suspends_nobody(packs: dict[str, Pack]) -> None:
    for pack_id, clause in (("jns", "J18"), ("natterbox", "L03")):
        pack = packs[pack_id]
        steps = [rung.step for rung in pack.ladders[pack.clauses[clause].ladder].rungs]
        assert "change_plan" in steps
        assert not {"block", "suspend_outbound", "suspend"} & set(steps)


def test_money_is_stopped_by_the_narrowest_block_without_waiting_for_people(packs: dict[str, Pack]) -> None:
    for pack_id, clause in (
        ("clearspan", "C03"),
        ("natterbox", "N12"),
        ("caup", "V01"),
        ("upstream_works", "W00"),
        ("jns", "J04"),
    ):
        pack = packs[pack_id]
        ladder = pack.ladders[pack.clauses[clause].ladder]
        rung = ladder.rungs[ladder.entry["high"]]
        assert (rung.step, rung.target, rung.approvals) == ("block", "narrowest", 0), pack_id
        assert ladder.rungs[ladder.entry["critical"]].approvals == 0, pack_id


def test_severity_decides_how_hard_j01_begins(packs: dict[str, Pack]) -> None:
    pack = packs["jns"]
    nuisance = pack.ladders[pack.clauses["J05"].ladder]
    assert [nuisance.rungs[nuisance.entry[each]].step for each in ("low", "medium", "high")] == [
        "notify",
        "block",
        "suspend_outbound",
    ]
    security = pack.ladders[pack.clauses["J16"].ladder]
    assert [security.rungs[security.entry[each]].step for each in ("high", "critical")] == ["suspend", "terminate"]


def test_harm_to_minors_warns_nobody_before_people_have_acted(packs: dict[str, Pack]) -> None:
    pack = packs["clearspan"]
    ladder = pack.ladders[pack.clauses["C16"].ladder]
    assert [rung.step for rung in ladder.rungs] == ["log", "suspend", "terminate"]
    assert ladder.rungs[ladder.entry["medium"]].approvals == 1


def test_only_automated_calls_that_nobody_asked_for_are_acted_on_under_n08(packs: dict[str, Pack]) -> None:
    pack = packs["natterbox"]
    assert pack.modes["voice.auto_dialling"] == "alert"
    assert pack.clauses_of("auto_dialling") == ("N08",)
    assert "voice.robocall" not in pack.modes


def test_a_contact_centre_may_dial_by_machine(packs: dict[str, Pack]) -> None:
    assert packs["upstream_works"].clauses_of("auto_dialling") == ()


def test_packs_set_only_what_exists_and_has_an_effect() -> None:
    known = {info.id: info for info in settable()}
    for pack_id in all_pack_ids():
        pack = read_pack(pack_id)
        for detector in {*pack.modes, *pack.parameters}:
            assert detector in known
            assert set(pack.parameters.get(detector, {})) <= set(known[detector].parameters)


def test_every_topic_has_a_meaning_of_its_own() -> None:
    meanings = topics()
    assert len(set(meanings.values())) == len(meanings)
    assert all(10 < len(meaning) <= 120 and not meaning.endswith(".") for meaning in meanings.values())
