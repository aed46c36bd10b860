"""`fairwire policy check` and `policy coverage`, as typed."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from fairwire.cli.policy import register
from fairwire.model.errors import FairwireError
from fairwire.runtime.data import open_control
from fairwire.testkit.samples import sample_run


@pytest.fixture
def app() -> typer.Typer:
    main = typer.Typer()
    register(main)
    main.command("other")(lambda: None)
    return main


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of a pack with two mistakes in different files."""
    with as_file(files("fairwire") / "packs" / "caup") as source:
        folder = Path(shutil.copytree(source, tmp_path / "broken"))
    for file, there, instead in (
        ("clauses.yaml", "topics: [password_hygiene]", "topics: [password_hygene]"),
        ("ladder.yaml", "{step: suspend, approvals: 1}", "{step: suspend}"),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(there, instead, 1), encoding="utf-8")
    return folder


def test_check_says_ok_for_every_built_in_pack(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "check"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["caup", "clearspan", "jns", "natterbox", "upstream_works"]
    assert all(" ok: " in line for line in lines)
    assert "20 clauses" in lines[1]


def test_check_of_a_broken_pack_shows_every_error_and_exits_1(app: typer.Typer, broken: Path) -> None:
    result = CliRunner().invoke(app, ["policy", "check", "jns", str(broken)])
    assert result.exit_code == 1
    assert result.stdout.startswith("jns ")
    assert "did you mean `password_hygiene`?" in result.stderr
    assert "`suspend` needs 1 approval" in result.stderr
    assert f"{broken}: 2 errors; nothing of the pack was put in force" in result.stderr


def test_check_tells_programs_the_place_of_every_error(app: typer.Typer, broken: Path) -> None:
    result = CliRunner().invoke(app, ["policy", "check", "jns", str(broken), "--json"])
    assert (result.exit_code, result.stderr) == (1, "")
    valid, invalid = json.loads(result.stdout)
    assert (valid["pack"], valid["valid"], valid["errors"], valid["clauses"]) == ("jns", True, [], 25)
    assert (invalid["pack"], invalid["valid"], len(invalid["errors"])) == (str(broken), False, 2)
    (first,) = [error for error in invalid["errors"] if error["code"] == "FW-PACK-007"]
    assert first["hint"] == "did you mean `password_hygiene`?"
    line = (broken / "clauses.yaml").read_text(encoding="utf-8").splitlines()[first["line"] - 1]
    assert line[first["column"] - 1 :].startswith("password_hygene")


def test_check_of_no_pack_is_bad_use(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "check", "jnss"])
    assert isinstance(result.exception, FairwireError)
    assert result.exception.exit_status == 2


def test_coverage_as_json_has_the_fields_that_others_rely_on(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "coverage", "clearspan", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert len(rows) == 20
    for row in rows:
        assert {"policy", "clause", "gist", "controls", "enforced_by", "mode", "tests", "status"} <= set(row)
        assert row["status"] in ("working", "partial", "not_yet")
        assert row["status"] == "working" or row["reason"]
    dialling = next(row for row in rows if row["clause"] == "C02")
    assert dialling["enforced_by"][0] == "voice.auto_dialling"
    assert set(dialling["enforced_by"]) >= {"voice.paced_dialling", "voice.parallel_dialling"}
    assert dialling["status"] == "working"
    assert any(test.startswith("voice.auto_dialling: ") for test in dialling["tests"])


def test_coverage_without_a_name_covers_all_96_clauses(app: typer.Typer) -> None:
    rows = json.loads(CliRunner().invoke(app, ["policy", "coverage", "--json"]).stdout)
    assert len(rows) == 96
    assert len({row["clause"] for row in rows}) == 96


def test_the_picture_counts_what_the_table_lists(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["policy", "coverage", "clearspan"])
    rows = json.loads(CliRunner().invoke(app, ["policy", "coverage", "clearspan", "--json"]).stdout)
    counts = [sum(row["status"] == status for row in rows) for status in ("working", "partial", "not_yet")]
    first = result.stdout.splitlines()[0]
    assert f"{counts[0]} working, {counts[1]} partial, {counts[2]} not yet, of 20" in first
    assert first.count("█") == counts[0]
    assert first.count("▒") == counts[1]
    assert first.count("·") == counts[2]
    assert "inline.caller_id" in result.stdout
    assert "Do not use automatic diallers." in result.stdout


def test_a_narrow_screen_gets_paragraphs_instead_of_columns(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = CliRunner().invoke(app, ["policy", "coverage", "caup"])
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert re.search(r"by resources.constant_throughput, resources.prolonged_use \(alert\), \d+ tests", said)


def test_coverage_of_a_pack_that_gives_no_reason_exits_1(app: typer.Typer, broken: Path) -> None:
    clauses = broken / "clauses.yaml"
    text = clauses.read_text(encoding="utf-8")
    before, after = text.index("    reason: >-\n      Complaints that come back"), text.index("  V05:")
    clauses.write_text(text[:before] + text[after:], encoding="utf-8")
    result = CliRunner().invoke(app, ["policy", "coverage", str(broken), "--json"])
    assert result.exit_code == 1
    assert "`V04` is `partial` and does not say why" in result.stderr
    assert result.stdout == ""


def test_coverage_says_how_often_a_clause_fired_and_what_is_only_declared(app: typer.Typer, tmp_path: Path) -> None:
    sample = sample_run()
    policy = msgspec.structs.replace(sample.findings[0].policy, id="clearspan")
    found = [
        msgspec.structs.replace(sample.findings[0], finding_id=f"f-{n}", policy=policy, clauses=("C02",), mode=mode)
        for n, mode in enumerate(("shadow", "alert", "enforce"))
    ]
    store = open_control(tmp_path)
    store.save_run(sample.run, found, [], [], [])
    store.close()
    result = CliRunner().invoke(app, ["policy", "coverage", "clearspan", "--json", "--data", str(tmp_path)])
    rows = {row["clause"]: row for row in json.loads(result.stdout)}
    fired = rows["C02"]["fired"]
    assert (fired["shadow"], fired["acted"], fired["last"]) == (1, 2, sample.findings[0].time)
    assert (sum(fired["by_day"]), fired["by_day"][-1]) == (3, 3)
    assert rows["C03"]["fired"] == {"shadow": 0, "acted": 0, "last": None, "by_day": []}
    assert "workflow.security_test" in rows["C15"]["enforced_by"]
    assert {"report.infringement", "workflow.takedown"} <= set(rows["C06"]["enforced_by"])
    other = CliRunner().invoke(app, ["policy", "coverage", "jns", "--json", "--data", str(tmp_path)])
    (port,) = [row for row in json.loads(other.stdout) if row["clause"] == "J17"]
    assert port["declared"] == ["limit.port_speed"]
    table = CliRunner().invoke(app, ["policy", "coverage", "clearspan", "--data", str(tmp_path)]).stdout
    assert "2 + 1 shadow" in table
    table = CliRunner().invoke(app, ["policy", "coverage", "jns", "--data", str(tmp_path)]).stdout
    assert "in brackets: declared by the pack, nothing runs behind it yet" in table


def test_coverage_of_a_data_folder_that_is_not_there_is_bad_input(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["policy", "coverage", "--data", str(tmp_path / "none")])
    assert isinstance(result.exception, FairwireError)
    assert "there is no such data folder" in result.exception.sentence()
    assert not (tmp_path / "none").exists()
