"""`fairwire policy rules`, `promote` and `test`, as typed: a rule climbs on evidence, steps down freely, and its cases run."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from fairwire.cli.main import build
from fairwire.model.errors import FairwireError
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.ports.control import Run, SeriesPoint
from fairwire.runtime.data import open_control
from fairwire.runtime.packs import read_pack
from fairwire.runtime.plans import Plan, load_plan
from fairwire.testkit.samples import sample_run

RULE = "voice.robocall"
BEGIN_US = parse_us("2026-03-02T00:00:00Z")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A provider's own pack, with one rule in shadow and a comment beside it."""
    with as_file(files("fairwire") / "packs" / "jns") as source:
        folder = Path(shutil.copytree(source, tmp_path / "own"))
    edit(folder, "detectors:\n", f"detectors:\n  {RULE}:\n    mode: shadow # for two weeks\n    why: We begin by looking.\n")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def edit(folder: Path, there: str, instead: str, file: str = "pack.yaml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert there in text
    (folder / file).write_text(text.replace(there, instead, 1), encoding="utf-8")


def judging(plan: Plan) -> set[str]:
    """The detectors that judge anybody under some pack of the plan."""
    rules = plan.program.rules
    return {rules[i].detector for row in plan.program.enabled for i, on in enumerate(row) if on}


def look_back(data: Path, own: Path, *, days: int, found: int = 2, run: str = "r-1", more: tuple[str, ...] = ()) -> None:
    """Keep a run of the pack as it stands: traffic on so many days, and findings of the rule at so many customers."""
    pack = read_pack(str(own))
    version = load_plan([str(own)]).versions[pack.id]
    sample = sample_run().findings[0]
    findings: list[Finding] = [
        msgspec.structs.replace(
            sample,
            finding_id=f"f-{run}-{n}",
            policy=msgspec.structs.replace(sample.policy, id=pack.id, version=version),
            detector=RULE,
            clauses=pack.bound_to(RULE, ("robocalls",)),
            mode="shadow",
            severity="critical",
            customer=f"customer-{n}",
            callee=None,
            time=format_us(BEGIN_US + n * HOUR_US),
        )
        for n in range(found)
    ]
    series = [SeriesPoint(name="calls", hour_us=BEGIN_US + day * DAY_US, value=40.0) for day in range(days)]
    made = Run(
        run_id=run,
        command="fairwire replay calls.jsonl",
        started=format_us(BEGIN_US),
        policies=(f"{pack.id}@{version}", *more),
        summary={"customers": 5000},
    )
    store = open_control(data)
    store.save_run(made, findings, [], [], series)
    store.close()


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(build(), ["policy", *map(str, words)])


def test_a_rule_seen_for_two_weeks_climbs_and_the_file_says_on_what_evidence(own: Path, data: Path) -> None:
    before = (own / "pack.yaml").read_text(encoding="utf-8")
    look_back(data, own, days=14)
    result = typed("promote", own, RULE, "--to", "alert", "--data", data)
    assert result.exit_code == 0, result.stderr
    assert "seen in shadow: 14 days of traffic, 2 findings at 2 of 5,000 customers (0.04%), run r-1" in result.stdout
    after = (own / "pack.yaml").read_text(encoding="utf-8")
    assert "    mode: alert # for two weeks\n" in after
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert [line.strip().partition(" {day")[0] for line in changed] == [
        "version: 2.0.0",
        "mode: alert # for two weeks",
        "evidence:",
        "-",
    ]
    pack = read_pack(str(own))
    assert (pack.release, pack.modes[RULE]) == ("2.0.0", "alert")
    (evidence,) = pack.evidence[RULE]
    assert (evidence.run, evidence.days, evidence.findings, evidence.customers, evidence.of_customers) == ("r-1", 14, 2, 2, 5000)


def test_a_rule_seen_for_too_few_days_stays_and_the_numbers_are_said(own: Path, data: Path) -> None:
    before = (own / "pack.yaml").read_bytes()
    look_back(data, own, days=13)
    result = typed("promote", own, RULE, "--to", "alert", "--data", data)
    assert result.exit_code == 1
    assert "refused: 13 of 14 days of traffic were seen" in result.stderr
    assert (own / "pack.yaml").read_bytes() == before
    assert typed("promote", own, RULE, "--to", "alert", "--data", data, "--min-days", "13").exit_code == 0


def test_days_of_several_runs_count_once_each(own: Path, data: Path) -> None:
    look_back(data, own, days=10, run="r-1")
    look_back(data, own, days=13, run="r-2")
    assert "13 of 14 days" in typed("promote", own, RULE, "--to", "alert", "--data", data).stderr


def test_a_rule_that_would_suspend_too_many_by_itself_is_not_enforced(own: Path, data: Path) -> None:
    look_back(data, own, days=20, found=6)
    result = typed("promote", own, RULE, "--to", "enforce", "--data", data)
    assert result.exit_code == 1
    assert "rules alone would have suspended" in result.stdout
    assert "of 5,000 customers, more than 0.10%" in result.stderr
    assert typed("promote", own, RULE, "--to", "enforce", "--data", data, "--max-suspended", "0.01").exit_code == 0


def test_without_a_record_nothing_climbs_and_it_is_said_what_is_missing(own: Path) -> None:
    result = typed("promote", own, RULE, "--to", "enforce")
    assert result.exit_code == 1
    assert "refused: no record of findings was given; name it with --data" in result.stderr


def test_stepping_down_and_retiring_need_nothing(own: Path) -> None:
    assert typed("promote", own, "voice.auto_dialling", "--to", "shadow", "--reason", "Too many sales teams").exit_code == 0
    assert typed("promote", own, "plan.fair_use", "--to", "retired").exit_code == 0
    pack = read_pack(str(own))
    assert pack.modes["voice.auto_dialling"] == "shadow"
    assert pack.evidence["voice.auto_dialling"][0].reason == "Too many sales teams"
    assert (pack.resting["plan.fair_use"], pack.release) == ("retired", "2.0.0")


def test_a_dry_run_says_what_would_happen_and_changes_nothing(own: Path, data: Path) -> None:
    before = (own / "pack.yaml").read_bytes()
    look_back(data, own, days=14)
    result = typed("promote", own, RULE, "--to", "alert", "--data", data, "--dry-run", "--json")
    said = json.loads(result.stdout)
    assert (said["from"], said["to"], said["next_version"], said["written"], said["refused"]) == (
        "shadow",
        "alert",
        "2.0.0",
        False,
        [],
    )
    assert (own / "pack.yaml").read_bytes() == before


def test_a_run_of_another_version_counts_only_when_its_findings_tell_the_stage(own: Path, data: Path) -> None:
    look_back(data, own, days=20, found=0, run="r-quiet")
    edit(own, "factor: 4", "factor: 5")
    result = typed("promote", own, RULE, "--to", "alert", "--data", data)
    assert result.exit_code == 1
    assert "1 run of other versions of the pack had no finding of it" in result.stdout
    look_back(data, own, days=20, found=1, run="r-loud")
    edit(own, "factor: 5", "factor: 6")
    assert typed("promote", own, RULE, "--to", "alert", "--data", data).exit_code == 0


def test_where_versions_changed_within_a_run_only_the_days_between_findings_count(own: Path, data: Path) -> None:
    look_back(data, own, days=20, found=30, more=("jns@0123456789abcdef",))
    result = typed("promote", own, RULE, "--to", "alert", "--data", data)
    assert result.exit_code == 1
    assert "refused: 2 of 14 days of traffic were seen" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("jns", RULE), "`jns` is a built-in pack and is not changed"),
        (("OWN", "voice.robocal"), "there is no detector `voice.robocal`"),
        (("OWN", "limits.concurrent_calls"), "serves no clause of `jns`"),
        (("OWN", RULE), "is in `shadow` already"),
    ],
)
def test_what_cannot_be_promoted_is_said_in_one_sentence(own: Path, words: tuple[str, str], said: str) -> None:
    pack, detector = words
    result = typed("promote", own if pack == "OWN" else pack, detector, "--to", "shadow")
    assert isinstance(result.exception, FairwireError)
    assert result.exception.exit_status == 2
    assert said in result.exception.sentence()


def test_rules_lists_every_detector_with_its_stage_under_each_pack(own: Path) -> None:
    rows = {row["detector"]: row for row in json.loads(typed("rules", own, "--json").stdout)}
    assert (rows[RULE]["version"], rows[RULE]["stage"]) == ("1.1.0", "enforce")
    (under,) = rows[RULE]["packs"]
    assert (under["policy"], under["stage"], under["clauses"], under["since"]) == ("jns", "shadow", ["J19", "J22"], None)
    assert rows["limits.concurrent_calls"]["packs"] == []
    (line,) = (line for line in typed("rules", own).stdout.splitlines() if f"│ {RULE} " in line)
    assert [cell.strip() for cell in line.split("│")[1:7]] == [RULE, "1.1.0", "enforce hard", "jns", "shadow", "J19, J22"]


def test_rules_on_a_narrow_screen_are_paragraphs(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    text = re.sub(r"\x1b\[[0-9;]*m", "", typed("rules", own).stdout)
    assert f"{RULE} 1.1.0, enforce, hard\n  jns: shadow under J19, J22\n" in text


def test_the_cases_of_a_pack_hold_and_each_family_has_its_line() -> None:
    # One rule of each family: every case of every rule is run under some pack by tests/detectors.
    told = json.loads(typed("rules", "jns", "--json").stdout)
    bound = sorted(row["detector"] for row in told if any(pack["policy"] == "jns" for pack in row["packs"]))
    chosen = {rule.partition(".")[0]: rule for rule in [*bound, "plan.fair_use"]}
    result = typed("test", "jns", *(word for rule in chosen.values() for word in ("--detector", rule)))
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    families = [line.split()[2] for line in lines[:-1]]
    assert families == [*sorted(families[:-1]), "pack:"]
    assert {"fraud:", "mail:", "network:", "plan:", "voice:"} < set(families)
    assert all(line.startswith("ok") for line in lines[:-1])


def test_a_case_that_fails_is_named_with_what_was_seen_instead(own: Path) -> None:
    edit(own, "factor: 4", "factor: 40")
    result = typed("test", own, "--detector", "plan.fair_use")
    assert result.exit_code == 1
    assert "jns: plan.fair_use: ten times the others' minutes is found before the month is over: it stayed quiet" in result.stderr
    assert "nothing was found under J18 by plan.fair_use; found: " in result.stderr
    assert "FAIL jns plan" in result.stdout
    failed = [row for row in json.loads(typed("test", own, "--detector", "plan.fair_use", "--json").stdout) if not row["holds"]]
    assert {row["owner"] for row in failed} == {"plan.fair_use", "cases.yaml"}


def test_a_case_with_traffic_that_nobody_understands_fails_in_one_sentence(own: Path) -> None:
    edit(own, "expect: {quiet: true}", "expect: {clause: J18, detector: plan.fair_use}", "cases.yaml")
    edit(own, "calls: 480", "cals: 480", "cases.yaml")
    result = typed("test", own, "--detector", "plan.fair_use")
    assert result.exit_code == 1
    assert "cases.yaml: three times what the others use is not yet substantially more: it cannot be run: " in result.stderr


def test_a_rule_in_draft_judges_nobody_and_its_cases_run(own: Path) -> None:
    edit(own, "mode: shadow # for two weeks", "mode: draft")
    plan = load_plan([str(own)])
    assert RULE not in judging(plan)
    result = typed("test", own, "--detector", RULE)
    assert result.exit_code == 0, result.stderr
    assert re.search(r"^ok   jns voice: (\d+) of \1 cases hold$", result.stdout, re.MULTILINE)
    cases = json.loads(typed("test", own, "--detector", RULE, "--json").stdout)
    assert {row["name"] for row in cases if row["owner"] == RULE} == {case.name for case in plan.detectors[RULE].spec.cases}


def test_a_rule_that_is_retired_judges_nobody_and_is_not_tried(own: Path) -> None:
    edit(own, "mode: shadow # for two weeks", "mode: retired")
    plan = load_plan([str(own)])
    assert RULE not in judging(plan)
    other = "voice.auto_dialling"
    rows = json.loads(typed("test", own, "--detector", RULE, "--detector", other, "--json").stdout)
    assert {row["owner"] for row in rows} == {other}


def test_a_detector_that_there_is_none_of_is_one_sentence() -> None:
    result = typed("test", "jns", "--detector", "voice.robocal")
    assert isinstance(result.exception, FairwireError)
    assert "there is no detector `voice.robocal`" in result.exception.sentence()
    assert "did you mean `voice.robocall`?" in result.exception.render()


def test_the_commands_are_listed(tmp_path: Path) -> None:
    listed = typed("--help").stdout
    assert all(name in listed for name in ("check", "coverage", "rules", "promote", "test"))
    assert isinstance(build(), typer.Typer)
