"""`fairwire policy diff`, as typed. `FAIRWIRE_ACCEPT=errors` records the expected text anew."""

from __future__ import annotations

import json
import os
import re
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from changed_packs import copy_of, edit, much, one_threshold_and_one_clause
from fairwire.cli.main import build
from fairwire.model.change import Change, PackDiff
from fairwire.model.errors import FairwireError
from fairwire.policy import diff_packs
from fairwire.policy.diff import release_note
from fairwire.runtime.changes import compare_packs, senses
from fairwire.runtime.data import open_control
from fairwire.runtime.packs import read_pack
from fairwire.runtime.versions import Versions

EXPECTED = Path(__file__).parent / "policy_diff.txt"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["policy", "diff", *arguments])


def found_in(result: PackDiff, part: str, name: str) -> Change:
    (change,) = [each for each in result.changes if (each.part, each.name) == (part, name)]
    return change


def test_the_same_pack_twice_is_no_difference_and_exit_0() -> None:
    result = run("caup", "caup")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "no difference")


def test_a_lower_threshold_and_a_new_clause_both_find_more_and_exit_1(tmp_path: Path) -> None:
    changed = one_threshold_and_one_clause(tmp_path / "next")
    result = run("caup", str(changed), "--json")
    assert result.exit_code == 1
    found = msgspec.json.decode(result.stdout, type=PackDiff)
    assert [(each.part, each.name, each.kind) for each in found.changes] == [
        ("clause", "V04a", "wider"),
        ("parameter", "voice.robocall.min_attempts", "wider"),
    ]
    assert found.step == "major"
    assert "voice.auto_dialling and voice.parallel_dialling run under this policy now (mode alert)." in found.changes[0].says
    assert json.loads(result.stdout)["changes"][1]["after"] == "60 calls in 10 minutes"


def test_the_text_groups_changes_by_clause_and_says_what_each_does(tmp_path: Path) -> None:
    result = run("caup", str(much(tmp_path / "next")))
    said = re.sub(r"@[0-9a-f]{16}", "@...", result.stdout)  # versions name all of a pack; other clauses may change
    if "errors" in os.environ.get("FAIRWIRE_ACCEPT", ""):
        EXPECTED.write_text(said, encoding="utf-8")
    assert said == EXPECTED.read_text(encoding="utf-8")


def test_raising_what_must_stay_below_is_wider_and_raising_what_must_be_reached_is_narrower(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "next")
    settings = "detectors:\n  voice.robocall: {why: A try., parameters: {max_solicited: 0.4, min_attempts: 150}}\njurisdiction:\n"
    edit(changed, "pack.yaml", ("jurisdiction:\n", settings))
    found = compare_packs("caup", str(changed))
    assert found_in(found, "parameter", "voice.robocall.max_solicited").kind == "wider"
    assert found_in(found, "parameter", "voice.robocall.min_attempts").kind == "narrower"


def test_a_value_written_down_that_was_in_force_already_is_wording(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "next")
    settings = "detectors:\n  voice.robocall: {why: Said., parameters: {min_attempts: 100}}\njurisdiction:\n"
    edit(changed, "pack.yaml", ("jurisdiction:\n", settings))
    (change,) = compare_packs("caup", str(changed)).changes
    assert (change.kind, change.step) == ("wording", "patch")


def test_a_clause_under_another_id_is_the_same_clause(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "next")
    edit(changed, "clauses.yaml", ("  V04:\n", "  V4:\n"))
    found = compare_packs("caup", str(changed))
    assert found.renamed == {"V04": "V4"}
    assert [(each.part, each.before, each.after) for each in found.changes] == [("id", "V04", "V4")]


def test_a_detector_that_loses_its_last_clause_is_narrower_and_a_major_step(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "next")
    edit(changed, "clauses.yaml", ("premium_spend, wangiri, unlawful_use", "premium_spend, unlawful_use"))
    (change,) = compare_packs("caup", str(changed)).changes
    assert (change.name, change.before, change.after) == ("V01", "wangiri", None)
    assert (change.kind, change.step) == ("narrower", "major")
    gone = "fraud.callback_trap, fraud.callback_trap_here, fraud.slow_wangiri and fraud.wangiri"
    assert change.says == f"{gone} no longer run under this policy."


@pytest.mark.parametrize(
    ("releases", "note"),
    [
        (("1.2.0", "2.0.0"), ""),
        (("1.2.0", "1.3.0"), "the version only goes to 1.3.0; these changes are a major step, which makes it 2.0.0"),
        (("1.2.0", "1.2.0"), "the version stays at 1.2.0; these changes are a major step, which makes it 2.0.0"),
        (("0.2.0", "0.3.0"), ""),
        (("0.2.0", "0.2.1"), "the version only goes to 0.2.1; these changes are a major step, which makes it 0.3.0"),
        (("", ""), ""),
    ],
)
def test_version_strings_are_held_against_what_really_changed(releases: tuple[str, str], note: str) -> None:
    assert release_note(*releases, "major") == note


def test_a_detector_that_is_put_to_rest_finds_less_and_one_that_wakes_finds_more(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "next")
    edit(
        changed, "pack.yaml", ("jurisdiction:\n", "detectors:\n  fraud.wangiri: {why: Seen to., mode: retired}\njurisdiction:\n")
    )
    there, back = compare_packs("caup", str(changed)), compare_packs(str(changed), "caup")
    assert [(each.name, each.kind, each.before, each.after) for each in there.changes] == [
        ("fraud.wangiri", "narrower", "enforce", "retired")
    ]
    assert [each.kind for each in back.changes] == ["wider"]


def test_a_version_on_record_is_compared_by_its_number(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(open_control(data)) as store:
        Versions(store.policies).submit(str(copy_of("caup", tmp_path / "one")), by="ann")
    changed = one_threshold_and_one_clause(tmp_path / "two")
    edit(changed, "pack.yaml", ("version: 1.0.0", "version: 2.0.0"))
    result = run("caup@1.0.0", str(changed), "--data", str(data), "--json")
    assert result.exit_code == 1, result.output
    found = msgspec.json.decode(result.stdout, type=PackDiff)
    assert [each.name for each in found.changes] == ["V04a", "voice.robocall.min_attempts", "policy"]
    assert (found.releases, found.release_note) == (("1.0.0", "2.0.0"), "")
    missing = run("caup@3.0.0", "caup", "--data", str(data)).exception
    assert isinstance(missing, FairwireError)
    assert "there is no version `caup@3.0.0`" in missing.sentence()
    nowhere = run("caup@1.0.0", "caup", "--data", str(tmp_path / "none")).exception
    assert isinstance(nowhere, FairwireError)
    assert not (tmp_path / "none").exists()


def test_no_such_pack_is_said_in_one_sentence() -> None:
    result = run("caup", "capu")
    assert isinstance(result.exception, FairwireError)
    assert "did you mean `caup`?" in result.exception.sentence()


def test_two_policies_of_different_companies_can_be_compared() -> None:
    found = diff_packs(read_pack("caup"), read_pack("jns"), senses())
    assert found.counts["stronger"] > 0
    assert found_in(found, "id", "policy").kind == "wording"


def test_a_new_number_alone_is_no_step_of_the_version(tmp_path: Path) -> None:
    changed = copy_of("caup", tmp_path / "ours")
    edit(changed, "pack.yaml", ("version: 1.0.0", "version: 1.1.0"))
    result = run("caup", str(changed))
    assert result.exit_code == 1
    assert "1 change: 1 wording; no step of the version\n" in result.stdout
