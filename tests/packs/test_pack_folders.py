"""Packs from disk: built-in ones by id, a provider's own by directory, and nothing is passed over in silence."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from fairwire.decisions import pack_decision
from fairwire.policy import InvalidPack
from fairwire.runtime.packs import (
    PackClash,
    UnknownPack,
    UnreadablePackFile,
    all_pack_ids,
    clause_tests,
    detector_infos,
    load_packs,
    pack_coverage,
    read_pack,
)
from fairwire.runtime.plans import load_plan


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A provider's own directory, begun as a copy of a built-in pack."""
    with as_file(files("fairwire") / "packs" / "jns") as source:
        return Path(shutil.copytree(source, tmp_path / "house-rules"))


def change(file: Path, there: str, instead: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert there in text
    file.write_text(text.replace(there, instead, 1), encoding="utf-8")


def test_a_copy_of_a_pack_is_the_same_policy(own: Path) -> None:
    assert read_pack(str(own)) == read_pack("jns")
    assert list(load_packs(["jns", str(own)])) == ["jns"]


def test_a_directory_with_a_slash_at_its_end_is_the_same_directory(own: Path) -> None:
    assert read_pack(f"{own}/").id == "jns"


def test_two_different_packs_of_one_id_are_refused(own: Path) -> None:
    change(own / "pack.yaml", "factor: 4", "factor: 6")
    with pytest.raises(PackClash, match="are both the pack `jns`"):
        load_packs(["jns", str(own)])


def test_an_own_pack_may_set_a_parameter_and_gets_another_version(own: Path) -> None:
    change(own / "pack.yaml", "factor: 4", "factor: 6")
    pack = read_pack(str(own))
    assert pack.parameters["plan.fair_use"]["factor"] == 6.0
    assert pack.version != read_pack("jns").version


def test_an_own_pack_may_set_the_mode_of_a_question_asked_of_every_call(own: Path) -> None:
    change(own / "pack.yaml", "detectors:\n", "detectors:\n  inline.caller_id:\n    mode: alert\n    why: We begin by looking.\n")
    assert read_pack(str(own)).modes["inline.caller_id"] == "alert"


def test_a_parameter_that_no_detector_has_is_shown_where_it_stands(own: Path) -> None:
    change(own / "pack.yaml", "{factor: 4,", "{facter: 4,")
    with pytest.raises(InvalidPack) as caught:
        read_pack(str(own))
    assert "did you mean `factor`?" in caught.value.render()
    assert f"{own}/pack.yaml:" in caught.value.render()


def test_a_misspelt_id_is_answered_with_the_likely_one() -> None:
    with pytest.raises(UnknownPack) as caught:
        read_pack("clearspam")
    assert caught.value.hint == "did you mean `clearspan`?"
    assert caught.value.exit_status == 2


def test_a_directory_without_a_pack_is_not_read_through(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(UnknownPack, match="holds no policy pack"):
        read_pack(str(tmp_path))


def test_a_file_is_not_a_pack(own: Path) -> None:
    with pytest.raises(UnknownPack, match="is a file"):
        read_pack(str(own / "pack.yaml"))


def test_a_file_that_nothing_reads_is_reported_and_notes_are_not(own: Path) -> None:
    (own / "README.md").write_text("For colleagues.", encoding="utf-8")
    read_pack(str(own))
    (own / "detectors").mkdir()
    (own / "detectors" / "mine.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidPack) as caught:
        read_pack(str(own))
    assert "nothing reads the file `detectors/mine.yaml`" in caught.value.render()


def test_a_file_in_another_encoding_is_named_with_its_line(own: Path) -> None:
    data = (own / "clauses.yaml").read_bytes()
    (own / "clauses.yaml").write_bytes(b"# a\n# caf\xe9\n" + data)
    with pytest.raises(UnreadablePackFile) as caught:
        read_pack(str(own))
    assert str(caught.value) == f"{own}/clauses.yaml: not UTF-8 text on line 2; save the file as UTF-8"


def test_a_huge_file_is_refused_unread(own: Path) -> None:
    (own / "ladder.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UnreadablePackFile, match="1,000,001 bytes"):
        read_pack(str(own))


def test_no_packs_are_no_packs() -> None:
    assert load_packs([]) == {}


def test_the_topics_beside_the_folders_are_no_pack() -> None:
    assert "topics" not in all_pack_ids()
    assert all("." not in pack_id for pack_id in all_pack_ids())


def test_detectors_are_known_with_their_topics_and_parameters() -> None:
    infos = {info.id: info for info in detector_infos()}
    assert infos["voice.auto_dialling"].topics == ("auto_dialling",)
    assert "factor" in infos["plan.fair_use"].parameters


def test_a_case_of_a_detector_is_a_test_of_the_clauses_it_names() -> None:
    tests = clause_tests()
    assert "voice.auto_dialling: a list dialled by machine is found within 100 calls" in tests["C02"]
    assert any("call centre" in test for test in tests["C02"]), "C02 must also show who is left alone"


def test_a_clause_that_names_a_detector_is_served_by_it_beside_those_of_its_topics(own: Path) -> None:
    change(
        own / "clauses.yaml", "topics: [provider_discretion]", "topics: [provider_discretion]\n    detectors: [voice.robocall]"
    )
    plan = load_plan([str(own)])
    assert plan.clauses("jns", "voice.robocall") == ("J00", "J19", "J22")
    row = pack_coverage(read_pack(str(own)))[0]
    assert (row.clause, row.modes) == ("J00", {"voice.robocall": "enforce"})
    assert row.enforced_by == ("voice.robocall", "workflow.final_decision")


def test_a_clause_that_names_a_question_is_the_one_that_its_refusals_cite(own: Path) -> None:
    change(
        own / "clauses.yaml",
        "topics: [provider_discretion]",
        "topics: [provider_discretion]\n    detectors: [inline.account_state]",
    )
    assert pack_decision(read_pack(str(own))).cited("account_state") == ("J00", "J01")


def test_a_pack_keeps_new_accounts_on_a_shorter_lead_in_whole_days(own: Path) -> None:
    assert pack_decision(read_pack(str(own))).parameter("inline.new_customer", "days") == 0
    text = (own / "pack.yaml").read_text(encoding="utf-8")
    for days, wrong in (("14", ""), ("1.5", "it is a whole number"), ("-1", "from 0 to 366")):
        (own / "pack.yaml").write_text(
            text.replace(
                "\ndetectors:\n",
                "\ndetectors:\n  inline.new_customer:\n    why: It has paid no bill yet.\n"
                f"    parameters: {{days: {days}, daily_charges: 25.5}}\n",
            ),
            encoding="utf-8",
        )
        if wrong:
            with pytest.raises(InvalidPack, match=wrong):
                read_pack(str(own))
        else:
            ready = pack_decision(read_pack(str(own)))
            assert [ready.parameter("inline.new_customer", name) for name in ("days", "daily_charges")] == [14, 25.5]
