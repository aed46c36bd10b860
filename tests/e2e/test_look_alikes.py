"""What kept each innocent look-alike of the simulator quiet, asked on the command line as an analyst would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FAIRWIRE = str(Path(sys.executable).parent / "fairwire")
LOOK_ALIKES = {
    # kind -> the rule that it resembles most
    "clinic": "voice.auto_dialling",
    "contact_centre": "voice.robocall",
    "declared_dialler": "voice.auto_dialling",
    "import_export": "fraud.toll_attempts",
    "legal_accounting": "fraud.toll_spend",
    "sales_recruiting": "voice.auto_dialling",
    "school": "voice.robocall",
    "taxi_delivery": "voice.auto_dialling",
}

pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([FAIRWIRE, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == status, done.stderr or done.stdout
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("look-alikes")
    run("simulate", "--scenario", "month", "--seed", "8", "--customers", "260", "--days", "5", "-o", "t", cwd=folder)
    return folder / "t"


def first_of(traffic: Path, kind: str, detector: str) -> dict[str, Any]:
    """What is said of the first honest customer of a kind whose policy binds the rule."""
    labels = [json.loads(line) for line in (traffic / "labels.jsonl").read_text().splitlines()]
    honest = {label["customer"] for label in labels if label["abuse"] == "none"}
    for line in (traffic / "customers.jsonl").read_text().splitlines():
        customer = json.loads(line)
        if customer["kind"] == kind and customer["id"] in honest:
            done = run(
                "explain", "--why-not", customer["id"], "--events", "events.jsonl", "--customers", "customers.jsonl",
                "--detector", detector, "--json", cwd=traffic,
            )  # fmt: skip
            told: dict[str, Any] = json.loads(done.stdout)["detectors"][0]
            if told["outcome"] != "not_bound":
                return told
    pytest.skip(f"no honest {kind} under a policy with {detector} in this traffic")


@pytest.mark.parametrize("kind", sorted(LOOK_ALIKES))
def test_what_kept_a_look_alike_quiet_is_said_with_the_numbers(traffic: Path, kind: str) -> None:
    told = first_of(traffic, kind, LOOK_ALIKES[kind])
    assert told["outcome"] in ("quiet", "silenced"), told["kept_quiet"]
    assert told["judged"] > 0
    assert told["explanation"]["comparisons"]
    if told["outcome"] == "silenced":
        assert "entitlement" in told["kept_quiet"][0]
        assert told["lacking"] == 0
    else:
        assert 1 <= told["lacking"] <= told["conditions"]
        assert any(word in " ".join(told["kept_quiet"]) for word in ("asked", "not known", ": no", ": yes"))


def test_all_rules_of_one_customer_are_told_with_those_that_compare_it_with_others(traffic: Path) -> None:
    customers = [json.loads(line) for line in (traffic / "customers.jsonl").read_text().splitlines()]
    one = next(customer for customer in customers if customer["policy"] == "jns" and customer["plan"] == "unlimited_voice")
    done = run(
        "explain", "--why-not", one["id"], "--events", "events.jsonl", "--customers", "customers.jsonl", "--json", cwd=traffic
    )
    told = json.loads(done.stdout)
    by_id = {rule["detector"]: rule for rule in told["detectors"]}
    assert {"plan.fair_use", "voice.robocall"} <= set(by_id)
    assert by_id["plan.fair_use"]["compares"]
    assert all(rule["kept_quiet"] for rule in told["detectors"])
    text = run("explain", "--why-not", one["id"], "--events", "events.jsonl", "--customers", "customers.jsonl", cwd=traffic)
    assert "kept quiet" in text.stdout
    assert told["detectors"][0]["detector"] in text.stdout


def test_bad_input_is_one_sentence(traffic: Path) -> None:
    given = ("--events", "events.jsonl", "--customers", "customers.jsonl")
    for words in (("nobody", *given), ("c-00001", *given, "--detector", "no.such"), ("c-00001",)):
        done = run("explain", "--why-not", *words, cwd=traffic, status=2)
        assert done.stderr.startswith("error")
        assert len(done.stderr.strip().splitlines()) == 1
