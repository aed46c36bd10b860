"""`fairwire backtest` and `fairwire calibrate` on a small simulated history, held against what replays of it say."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from typer.testing import CliRunner, Result

from changed_packs import copy_of, edit, fewer_topics, one_threshold_and_one_clause
from fairwire.cli.main import build
from fairwire.model.errors import FairwireError
from fairwire.runtime.backtest import Backtest
from fairwire.runtime.replay import Replay, Replayed, replay
from fairwire.testkit.calibrate import Calibration, ParameterCurve
from fairwire.testkit.simulate import Order, simulate

pytestmark = pytest.mark.slow


class World(NamedTuple):
    """A history, and two policies."""

    events: Path
    customers: Path
    labels: Path
    base: Path
    changed: Path
    folder: Path

    def arguments(self, *more: str) -> list[str]:
        return ["--against", str(self.events), "--customers", str(self.customers), *more]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("change-desk")
    done = simulate(Order(scenario="demo", seed=3, customers=40), folder / "history")
    files = {name: Path(path) for name, path in done.files.items()}
    base = fewer_topics(copy_of("caup", folder / "caup"))
    changed = fewer_topics(one_threshold_and_one_clause(folder / "next"))
    # Diallers break other clauses as well; forwarding and heavy use of a flat rate, nothing that `caup` forbids.
    edit(changed, "clauses.yaml", ("topics: [auto_dialling]", "topics: [auto_dialling, call_forwarding, fair_use]"))
    edit(changed, "pack.yaml", ("parameters: {min_attempts: 60}", "parameters: {min_attempts: 40}"))
    return World(files["events"], files["customers"], files["labels"], base, changed, folder)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), list(arguments))


def replayed(world: World, pack: str | Path, *, decisions: Path | None = None) -> Replayed:
    work = Replay(events=[str(world.events)], customers=world.customers, policies=[str(pack)], decisions=decisions)
    return replay(work, lambda _what, _done, _total: None)


@pytest.fixture(scope="session")
def tested(world: World) -> Backtest:
    html, svg = world.folder / "report.html", world.folder / "report.svg"
    result = run(
        "backtest",
        str(world.base),
        str(world.changed),
        *world.arguments("--everyone", "--json", "--html", str(html), "--svg", str(svg)),
    )
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(result.stdout, type=Backtest)


def test_who_is_found_newly_and_no_longer_is_what_two_replays_differ_by(world: World, tested: Backtest) -> None:
    before, after = ({finding.customer for finding in replayed(world, pack).findings} for pack in (world.base, world.changed))
    assert (tested.found_before, tested.found_after) == (len(before), len(after))
    assert (tested.newly_found, tested.no_longer_found) == (len(after - before), len(before - after))
    assert tested.newly_found > 0
    (clause,) = [one for one in tested.clauses if one.clause == "V04a"]
    assert clause.newly_found == len(
        {finding.customer for finding in replayed(world, world.changed).findings if "V04a" in finding.clauses}
    )
    assert all(sample.measured for sample in clause.samples)


def test_calls_refused_and_their_minutes_are_what_two_sets_of_decisions_differ_by(world: World, tested: Backtest) -> None:
    verdicts: list[dict[str, str]] = []
    for name, pack in (("before", world.base), ("after", world.changed)):
        path = world.folder / f"{name}.jsonl"
        replayed(world, pack, decisions=path)
        lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
        verdicts.append({line["event"]: line["decision"] for line in lines})
    refused = [event for event, verdict in verdicts[1].items() if verdict == "deny" and verdicts[0][event] != "deny"]
    assert tested.newly_refused.calls == len(refused) > 0
    events = (json.loads(line) for line in world.events.read_text(encoding="utf-8").splitlines())
    ended = {event["id"]: event["data"] for event in events}
    milliseconds = sum(round(float(ended[event]["duration_s"]) * 1000) for event in refused)
    assert tested.newly_refused.minutes == f"{(milliseconds * 100 + 30_000) // 60_000 / 100:.2f}"
    assert tested.newly_refused.customers == len({ended[event]["customer"] for event in refused})


def test_the_same_history_gives_the_same_bytes_however_it_is_run(world: World, tested: Backtest) -> None:
    again = run("backtest", str(world.base), str(world.changed), *world.arguments("--everyone", "--json", "--workers", "2"))
    assert msgspec.json.encode(tested).decode() == again.stdout.strip()


def test_what_is_taken_back_is_no_longer_found_with_the_same_figures(world: World, tested: Backtest) -> None:
    back = run("backtest", str(world.changed), str(world.base), *world.arguments("--everyone", "--json"))
    found = msgspec.json.decode(back.stdout, type=Backtest)
    assert (found.no_longer_found, found.newly_found) == (tested.newly_found, tested.no_longer_found)
    assert found.no_longer_refused == tested.newly_refused
    assert found.only_before == tested.only_after


def test_the_report_is_one_file_that_asks_for_nothing_and_the_picture_is_sound(world: World, tested: Backtest) -> None:
    html = (world.folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)|url\(|@import", html)
    assert not re.findall(r"(?:src|href)=", html)
    assert f"<b>{tested.newly_found}</b>" in html
    picture = ET.parse(world.folder / "report.svg").getroot()  # noqa: S314 (written by us a moment ago)
    said = "".join(picture.itertext())
    assert "Customers found, by clause" in said
    assert "V04a Do not call by machine." in said


def test_the_text_has_bars_the_base_and_samples_to_look_at_and_a_gate_that_holds_is_exit_1(world: World) -> None:
    given = ("backtest", str(world.base), str(world.changed), *world.arguments("--everyone"))
    result = run(*given, "--fail-on", "refused>0", "--fail-on", "suspended>=1000")
    assert (result.exit_code, result.stderr.strip()) == (1, "the gate `refused>0` holds")
    assert "judged: all 40 customers, whatever their own policy" in result.stdout
    assert "of 10,000 a month (95 %: " in result.stdout
    assert "V04a: newly found, to look at" in result.stdout
    assert "│█" in result.stdout


def test_a_gate_that_is_none_is_bad_use(world: World) -> None:
    error = run("backtest", str(world.base), str(world.changed), *world.arguments("--fail-on", "blamed>0")).exception
    assert isinstance(error, FairwireError)
    assert error.sentence().startswith("`--fail-on blamed>0` is not a gate")


def test_only_customers_of_the_two_policies_are_judged_unless_everyone_is(world: World) -> None:
    records = [json.loads(line) for line in world.customers.read_text(encoding="utf-8").splitlines()]
    mixed = world.folder / "mixed.jsonl"
    mixed.write_text(
        "".join(json.dumps(record | {"policy": ("caup", "jns")[place % 2]}) + "\n" for place, record in enumerate(records)),
        encoding="utf-8",
    )
    of_mixed = world._replace(customers=mixed)
    result = run("backtest", str(world.base), str(world.changed), *of_mixed.arguments("--json"))
    found = msgspec.json.decode(result.stdout, type=Backtest)
    judged = (len(records) + 1) // 2
    assert (found.base.judged, found.base.left_out) == (judged, len(records) - judged)
    assert judged < len(records)
    stray = world.folder / "stray.jsonl"
    stray.write_text("".join(json.dumps({**record, "policy": "jns"}) + "\n" for record in records), encoding="utf-8")
    nobody = run("backtest", str(world.base), str(world.changed), "--against", str(world.events), "--customers", str(stray))
    assert isinstance(nobody.exception, FairwireError)
    assert nobody.exception.sentence() == (
        "no customer has the policy `caup`; judge all of them with --everyone; their policies are `jns`"
    )


def test_calls_for_help_connect_and_never_count_as_refused(world: World, tested: Backtest) -> None:
    lines = world.events.read_text(encoding="utf-8").splitlines()
    refused = _refused_events(world)
    first = next(json.loads(line) for line in lines if json.loads(line)["id"] in refused)
    help_calls = []
    for number in range(5):
        call = json.loads(json.dumps(first))
        call["id"] = f"help-{number}"
        call["data"] |= {"call_id": f"help-{number}", "to": "911"}
        help_calls.append(json.dumps(call))
    events = world.folder / "with-help.jsonl"
    events.write_text("\n".join([*lines, *help_calls]) + "\n", encoding="utf-8")
    with_help = world._replace(events=events)
    result = run("backtest", str(world.base), str(world.changed), *with_help.arguments("--everyone", "--json"))
    found = msgspec.json.decode(result.stdout, type=Backtest)
    assert found.emergency_calls == tested.emergency_calls + 5
    assert found.newly_refused.calls == tested.newly_refused.calls


def _refused_events(world: World) -> set[str]:
    path = world.folder / "after-help.jsonl"
    replayed(world, world.changed, decisions=path)
    decided = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {line["event"] for line in decided if line["decision"] == "deny" and line["reasons"][0]["clause"] == "V04"}


def test_without_events_or_customers_it_is_said_what_to_give(world: World) -> None:
    for given, said in (
        (["--customers", str(world.customers)], "nothing says what happened"),
        (["--against", str(world.events)], "nothing says who the customers are"),
        (["--against", str(world.folder / "none.jsonl"), "--customers", str(world.customers)], "none.jsonl"),
    ):
        error = run("backtest", str(world.base), str(world.changed), "--everyone", *given).exception
        assert isinstance(error, FairwireError)
        assert said in error.sentence()


def test_of_an_empty_history_nothing_is_said_but_that_it_is_empty(world: World) -> None:
    empty = world.folder / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    given = ["--against", str(empty), "--customers", str(world.customers), "--everyone"]
    for command in (
        ["backtest", str(world.base), str(world.changed)],
        ["calibrate", "--policy", str(world.base), "--detector", "harm.harassment", "--parameter", "day"],
    ):
        error = run(*command, *given).exception
        assert isinstance(error, FairwireError)
        assert "the history holds no call of a known customer" in error.sentence()


# -- calibrate


def calibrated(world: World, *more: str, detector: str = "harm.harassment") -> Calibration:
    given = ("calibrate", "--detector", detector, "--policy", str(world.changed), *world.arguments("--everyone", "--json", *more))
    result = run(*given)
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(result.stdout, type=Calibration)


def only(found: Calibration) -> ParameterCurve:
    (curve,) = found.curves
    return curve


def test_each_point_of_the_curve_is_what_a_replay_at_that_value_finds(world: World, tmp_path: Path) -> None:
    curve = only(calibrated(world, "--parameter", "day"))
    for point in (curve.points[0], curve.points[-1]):
        pack = Path(shutil.copytree(world.changed, tmp_path / f"at-{point.value:g}"))
        here = f"detectors:\n  harm.harassment: {{why: A try., parameters: {{day: {point.value:g}}}}}\n"
        edit(pack, "pack.yaml", ("detectors:\n", here))
        findings = [one for one in replayed(world, pack).findings if one.detector == "harm.harassment"]
        assert (point.findings, point.customers) == (len(findings), len({one.customer for one in findings}))


@pytest.mark.parametrize(("detector", "parameter"), [("plan.fair_use", "factor"), ("voice.shared_campaign", "min_calls")])
def test_rules_over_peers_and_across_customers_are_judged_exactly_too(
    world: World, tmp_path: Path, detector: str, parameter: str
) -> None:
    curve = only(calibrated(world, "--parameter", parameter, detector=detector))
    for point in (curve.points[0], curve.points[-1]):
        pack = Path(shutil.copytree(world.changed, tmp_path / f"at-{point.value:g}"))
        settings = f"{{why: A try., parameters: {{{parameter}: {point.value:g}}}}}"
        text = (pack / "pack.yaml").read_text(encoding="utf-8")
        text = re.sub(r"\ndetectors:\n(  .*\n|\n)*", "\n", text) + f"detectors:\n  {detector}: {settings}\n"
        (pack / "pack.yaml").write_text(text, encoding="utf-8")
        findings = [one for one in replayed(world, pack).findings if one.detector == detector]
        assert point.findings == len(findings)


def test_a_wider_value_never_counts_fewer_customer_months(world: World) -> None:
    for detector, parameter, way in (("harm.harassment", "day", "lowered"), ("voice.robocall", "max_asr", "raised")):
        curve = only(calibrated(world, "--parameter", parameter, detector=detector))
        assert curve.wider_when == way
        counts = [point.customer_months for point in curve.points]
        assert counts == sorted(counts, reverse=way == "lowered")
        assert counts[0] != counts[-1]


def test_too_little_history_is_said_and_nothing_wider_is_proposed(world: World) -> None:
    found = calibrated(world, "--parameter", "day")
    assert not found.enough
    assert "cannot tell 20 of 10,000 a month from" in found.floor
    assert found.needed_customer_months == 1500
    curve = only(found)
    assert curve.proposed is None or curve.proposed >= curve.in_force
    assert any("Without labels every finding counts as false" in note for note in found.notes)


def test_labels_take_abusers_out_of_what_is_false_and_tell_what_is_missed(world: World) -> None:
    without, with_ = (calibrated(world, "--parameter", "day", *more) for more in ((), ("--labels", str(world.labels))))
    assert with_.abuses
    for bare, told in zip(only(without).points, only(with_).points, strict=True):
        assert told.false_customer_months <= bare.false_customer_months
        assert told.recall is not None
        assert bare.recall is None
    assert with_.innocent < without.innocent == 40


def test_a_proposal_is_written_into_a_pack_with_its_comments_and_is_then_in_force(world: World, tmp_path: Path) -> None:
    pack = Path(shutil.copytree(world.changed, tmp_path / "ours"))
    before = (pack / "pack.yaml").read_text(encoding="utf-8")
    budget = ("--budget", "4000", "--parameter", "day")
    result = run(
        "calibrate", "--detector", "harm.harassment", "--policy", str(pack), "--write", str(pack),
        *world.arguments("--everyone", "--json", *budget),
    )  # fmt: skip
    found = msgspec.json.decode(result.stdout, type=Calibration)
    assert found.enough
    assert found.best == "day"
    after = (pack / "pack.yaml").read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if "#" in line] == [line for line in after.splitlines() if "#" in line]
    changed = run("policy", "diff", str(world.changed), str(pack), "--json")
    (change,) = json.loads(changed.stdout)["changes"]
    assert (change["name"], change["kind"]) == ("harm.harassment.day", "wider")
    assert change["after"] == f"{found.settings['day']:g} calls a day"
    assert "at least as careful" in " ".join(found.notes)


def test_the_text_shows_the_curve_and_the_snippet(world: World) -> None:
    result = run(
        "calibrate", "--detector", "harm.harassment", "--policy", str(world.changed), "--parameter", "day", "--budget", "4000",
        *world.arguments("--everyone"),
    )  # fmt: skip
    assert "day, calls a day: finds more when lowered" in result.stdout
    assert "in force" in result.stdout
    assert "for pack.yaml, by day:" in result.stdout
    assert "    parameters: {day: " in result.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--detector", "voice.robocal"), "there is no detector `voice.robocal`"),
        (("--detector", "voice.robocall", "--parameter", "attempts"), "`voice.robocall` has no parameter `attempts`"),
        (("--detector", "limits.concurrent_calls"), "`limits.concurrent_calls` has no parameter"),
        (("--detector", "plan.fair_use"), "`caup` has no clause that `plan.fair_use` serves"),
        (("--detector", "voice.robocall", "--budget", "0"), "a budget of 0 allows nothing"),
    ],
)
def test_what_cannot_be_calibrated_is_said_in_one_sentence(world: World, more: tuple[str, ...], said: str) -> None:
    error: Any = run("calibrate", "--policy", str(world.base), *world.arguments("--everyone", *more)).exception
    assert isinstance(error, FairwireError)
    assert error.sentence().startswith(said)


@pytest.mark.parametrize("budget", ["inf", "nan"])
def test_a_budget_that_is_no_number_is_refused(world: World, budget: str) -> None:
    given = ("calibrate", "--policy", str(world.base), "--detector", "harm.harassment", "--budget", budget)
    error = run(*given, *world.arguments("--everyone")).exception
    assert isinstance(error, FairwireError)
    assert error.sentence() == f"a budget of {budget} is no number; name how many false findings of 10,000 customers a month"


def test_a_folder_that_cannot_take_the_proposal_is_told_before_the_work_begins(world: World) -> None:
    given = (
        "calibrate",
        "--policy",
        str(world.base),
        "--detector",
        "harm.harassment",
        "--parameter",
        "day",
        "--write",
        "nowhere",
    )
    done = run(*given, *world.arguments("--everyone"))
    assert isinstance(done.exception, FairwireError)
    assert done.exception.sentence() == "`nowhere` holds no pack.yaml; name the folder of a pack of your own"
    assert done.stdout == ""
