"""The main job as a stranger does it: traffic in, findings, orders, decisions and explanations out, on the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

FAIRWIRE = str(Path(sys.executable).parent / "fairwire")
FINDING_FIELDS = {
    "finding_id", "time", "policy", "clauses", "detector", "mode", "severity", "customer", "user", "line", "score", "reason",
    "features", "events", "first_seen", "last_seen", "count",
}  # fmt: skip


def run(*words: str | Path, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([FAIRWIRE, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == status, done.stderr or done.stdout
    assert "Traceback" not in done.stderr
    return done


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of the demo's provider, replayed with everything written."""
    folder = tmp_path_factory.mktemp("main-job")
    run("simulate", "--scenario", "demo", "--seed", "5", "-o", folder / "traffic", cwd=folder)
    done = run(
        "replay", folder / "traffic" / "events.jsonl", "--customers", folder / "traffic" / "customers.jsonl",
        "--findings", "findings.jsonl", "--decisions", "decisions.jsonl", "--actions", "actions.jsonl",
        "--data", "data", "--json", cwd=folder,
    )  # fmt: skip
    (folder / "summary.json").write_text(done.stdout)
    return folder


def test_the_summary_has_every_field_that_others_rely_on(replayed: Path) -> None:
    summary = json.loads((replayed / "summary.json").read_text().splitlines()[-1])
    wanted = ("events", "rejected", "duplicates", "late", "customers", "findings", "seconds", "events_per_s", "policy")
    assert all(name in summary for name in wanted)
    assert re.fullmatch(r"[0-9a-f]{64}", summary["findings_sha256"])
    assert summary["events"] > 30_000
    assert summary["customers"] == 60
    assert summary["findings"] == len(lines(replayed / "findings.jsonl"))


def test_every_finding_names_policy_clause_reason_values_and_events(replayed: Path) -> None:
    findings = lines(replayed / "findings.jsonl")
    assert len({finding["finding_id"] for finding in findings}) == len(findings)
    for finding in findings:
        assert set(finding) >= FINDING_FIELDS
        assert finding["clauses"]
        assert len(finding["events"]) <= 20  # type: ignore[arg-type]
        assert finding["reason"]
        measured = list(finding["features"].values())  # type: ignore[attr-defined]
        assert any(entry["value"] is not None and entry["threshold"] is not None for entry in measured), finding


def test_abusers_are_found_and_hardly_anybody_else(replayed: Path) -> None:
    labels = lines(replayed / "traffic" / "labels.jsonl")
    guilty = {label["customer"] for label in labels if label["abuse"] != "none"}
    # What is only worth knowing, such as calls over plain transport, says nothing against anybody.
    found = {finding["customer"] for finding in lines(replayed / "findings.jsonl") if finding["severity"] != "info"}
    assert len(found & guilty) >= 0.75 * len(guilty)
    assert len(found - guilty) <= 1


def test_orders_are_dry_and_each_has_an_end_a_key_and_a_way_back(replayed: Path) -> None:
    findings = {finding["finding_id"] for finding in lines(replayed / "findings.jsonl")}
    orders = lines(replayed / "actions.jsonl")
    assert orders
    assert len({order["key"] for order in orders}) == len(orders)
    for order in orders:
        assert order["state"] == "dry_run"
        assert order["finding_id"] in findings
        assert order["expires"] or order["owner"]
        assert order["undo"]
        assert order["author"] == f"rule:{order['detector']}"


def test_every_attempt_has_a_decision_and_refusals_name_clause_and_way_back(replayed: Path) -> None:
    decisions = lines(replayed / "decisions.jsonl")
    assert len(decisions) == json.loads((replayed / "summary.json").read_text())["events"]
    told = [json.loads(line)["data"] for line in (replayed / "traffic" / "events.jsonl").read_text().splitlines()]
    whose = {data["call_id"] + "-end": data["customer"] for data in told}
    assert all(decision["customer"] == whose[str(decision["event"])] for decision in decisions)
    asked = [datetime.fromisoformat(str(decision["time"])) for decision in decisions]
    assert asked == sorted(asked)
    refused = [decision for decision in decisions if decision["decision"] in ("deny", "limit")]
    assert refused
    for decision in refused:
        reason = decision["reasons"][0]  # type: ignore[index]
        assert reason["clause"]
        assert "review" in reason["text"]
        assert decision["sip"]["code"] in (403, 404, 480, 603)  # type: ignore[index]


def test_J18_L03_explain_shows_customer_cohort_and_factor(replayed: Path) -> None:
    fair = [finding for finding in lines(replayed / "findings.jsonl") if finding["detector"] == "plan.fair_use"]
    assert fair, "the demo has one customer far above the others on the unlimited plan"
    told = run("explain", str(fair[0]["finding_id"]), "--data", "data", cwd=replayed).stdout
    assert "use" in told
    assert "(factor * others_trimmed)" in told
    assert "other customers on the unlimited plan average" in " ".join(told.split())


def test_explain_tells_rule_values_evidence_step_undo_and_how_to_get_it_again(replayed: Path) -> None:
    # One finding of each rule: what is told depends on the rule, and each takes a start of the command.
    for finding in {str(finding["detector"]): finding for finding in lines(replayed / "findings.jsonl")}.values():
        told = run("explain", str(finding["finding_id"])[:10], "--data", "data", cwd=replayed).stdout
        words = ["clause", "detector", "rule", "seen", "check", "evidence", "again      fairwire replay"]
        # A rule that is tried out in shadow does nothing that could be undone.
        words += ["would do", "undo"] if finding["mode"] != "shadow" else []
        assert [word for word in words if word not in told] == []
        assert str(finding["clauses"][0]) in told  # type: ignore[index]


def test_an_unknown_finding_is_one_sentence(replayed: Path) -> None:
    done = run("explain", "f-0000000000000000", "--data", "data", cwd=replayed, status=1)
    assert done.stderr.strip() == "error: no finding `f-0000000000000000` in data; `fairwire replay` puts them there"


def test_evaluate_draws_what_was_found_and_what_was_false(replayed: Path) -> None:
    told = run(
        "evaluate", "findings.jsonl", "traffic/labels.jsonl", "--customers", "traffic/customers.jsonl", cwd=replayed
    ).stdout
    assert "false suspensions" in told
    assert "toll_fraud" in told


def test_the_same_command_gives_the_same_bytes(replayed: Path) -> None:
    before = json.loads((replayed / "summary.json").read_text())["findings_sha256"]
    again = run(
        "replay", "traffic/events.jsonl", "--customers", "traffic/customers.jsonl", "--data", "data2", "--json", cwd=replayed
    )
    assert json.loads(again.stdout)["findings_sha256"] == before


def ready_line(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


@pytest.mark.slow
def test_the_demo_prints_a_summary_by_clause_and_the_consoles_address(tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": "120"}
    with subprocess.Popen(
        [FAIRWIRE, "demo", "--data", str(tmp_path / "demo"), "--http", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        try:
            seen: list[str] = []
            for line in ready_line(process):
                seen.append(line)
                if line.startswith("fairwire ready"):
                    break
            text = "".join(seen)
            address = re.search(r"http://127\.0\.0\.1:\d+", text)
            assert address, text + (process.stderr.read() if process.stderr else "")
            assert "what the clause says" in text
            assert "J21" in text
            assert httpx.get(f"{address[0]}/healthz", timeout=10).status_code == 200
        finally:
            process.terminate()
            process.communicate(timeout=30)
    assert process.returncode == 0
