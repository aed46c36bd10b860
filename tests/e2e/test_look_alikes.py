"""What kept each innocent look-alike of the simulator quiet, asked on the command line as an analyst would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fairwire.cli.main import build
from fairwire.model.errors import FairwireError
from fairwire.runtime.observing import compared
from fairwire.testkit.simulate import Order, simulate
from fairwire.testkit.simulate.tables import looks
from traces import real_plan

LOOK_ALIKES = {
    # kind -> the rules that it resembles most; the first that the customer's policy binds is asked about, or any other policy
    "alarm_line": ("plan.line_monitoring", "plan.data_calls", "voice.robocall_line"),
    "backup_burst": ("resources.bandwidth_hog",),
    "call_centre": ("voice.auto_dialling", "voice.robocall"),
    "clinic_reminders": ("voice.robocall", "messaging.bulk_texts"),
    "crm_migration": ("requests.scraping", "requests.enumeration"),
    "exporter": ("fraud.toll_spend", "fraud.toll_attempts"),
    "gsm_failover": ("fraud.sim_box",),
    "guaranteed_line": ("resources.bandwidth_hog", "resources.constant_throughput"),
    "hospital_at_night": ("emergency.hoax_calls", "compliance.calling_hours"),
    "hosted_shop": ("resources.hosted_servers",),
    "invoice_run": ("mail.bulk", "mail.spam"),
    "law_firm": ("fraud.held_lines", "plan.heavy_line", "fraud.toll_spend"),
    "new_office": ("identity.new_account_burst", "identity.unprovisioned_user", "identity.licence_rotation"),
    "newsletter": ("mail.bulk", "mail.spam"),
    "on_call_forwarding": ("routing.extensive_forwarding", "routing.forwarding_line"),
    "outage_hotline": ("fraud.traffic_pumping", "harm.callee_flooded"),
    "password_day": ("access.guessing_from_one_address", "access.guessing_of_one_credential"),
    "penetration_test": ("network.scanning", "network.port_scan"),
    "registered_campaign": ("messaging.bulk_texts", "messaging.text_spam"),
    "registered_dialler": ("voice.auto_dialling",),
    "school_closure": ("voice.robocall", "messaging.bulk_texts"),
    "seasonal_florist": ("anomaly.volume_against_all", "voice.auto_dialling"),
    "taxi": ("voice.auto_dialling",),
    "televised_vote": ("harm.callee_flooded", "harm.telephone_flood", "fraud.traffic_pumping"),
    "three_devices": ("identity.credential_sharing",),
    "traveller": ("identity.impossible_travel", "identity.takeover"),
    "vpn_rollout": ("identity.takeover_spend", "identity.credential_sharing"),
}

FEW = 3_000
"""Events for which the rules of one policy are not compiled: those of all policies have been."""
pytestmark = pytest.mark.slow


def asked(*words: str) -> str:
    done = CliRunner().invoke(build(), ["explain", "--why-not", *words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of customers of whom every other one looks as if, and nobody abuses anything: each kind once."""
    folder = tmp_path_factory.mktemp("look-alikes")
    simulate(Order(scenario="lookalikes", seed=31, customers=2 * len(LOOK_ALIKES), days=14), folder)
    return folder


def given(traffic: Path) -> list[str]:
    return ["--events", str(traffic / "events.jsonl"), "--customers", str(traffic / "customers.jsonl")]


def own(traffic: Path, customer: str) -> list[str]:
    """What a rule needs that compares the customer with nobody: its own events."""
    mine = traffic / f"{customer}.jsonl"
    with (traffic / "events.jsonl").open(encoding="utf-8") as lines:
        mine.write_text("".join(line for line in lines if f'"{customer}"' in line), encoding="utf-8")
    return ["--events", str(mine), "--customers", str(traffic / "customers.jsonl")]


def under(traffic: Path, words: list[str], customer: str, policy: str) -> list[str]:
    """The same with one customer under another policy; for a few events, by asking for that policy."""
    if len(Path(words[1]).read_bytes().splitlines()) < FEW:
        return [*words, "--policy", policy]
    records = [json.loads(line) for line in (traffic / "customers.jsonl").read_text(encoding="utf-8").splitlines()]
    moved = traffic / f"{customer}-{policy}.jsonl"
    moved.write_text(
        "".join(json.dumps(each | ({"policy": policy} if each["id"] == customer else {})) + "\n" for each in records),
        encoding="utf-8",
    )
    return [*words[:2], "--customers", str(moved)]


def customers_of(traffic: Path) -> dict[str, dict[str, Any]]:
    """By kind of look-alike: the record of the customer that is one."""
    records = [json.loads(line) for line in (traffic / "customers.jsonl").read_text(encoding="utf-8").splitlines()]
    by_id = {record["id"]: record for record in records}
    labels = [json.loads(line) for line in (traffic / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {label["abuse"] for label in labels} == {"none"}
    return {label["kind"]: by_id[label["customer"]] for label in labels if label.get("kind")}


def test_every_look_alike_of_the_simulator_is_asked_about(traffic: Path) -> None:
    assert set(LOOK_ALIKES) == set(looks()) == set(customers_of(traffic))


@pytest.mark.parametrize("kind", sorted(LOOK_ALIKES))
def test_what_kept_a_look_alike_quiet_is_said_with_the_numbers(traffic: Path, kind: str) -> None:
    customer = customers_of(traffic)[kind]
    plan = real_plan()
    policies = [customer["policy"], *sorted(plan.packs)]
    policy, detector = next(
        (policy, detector) for policy in policies for detector in LOOK_ALIKES[kind] if plan.clauses(policy, detector)
    )
    place = next(place for place, rule in enumerate(plan.program.rules) if rule.detector == detector)
    elsewhere = policy != customer["policy"]
    words = given(traffic) if place in compared(plan) else own(traffic, customer["id"])
    if elsewhere:
        words = under(traffic, words, customer["id"], policy)
    words += ["--detector", detector, "--json"]
    (told,) = json.loads(asked(customer["id"], *words))["detectors"]
    assert told["outcome"] in ("quiet", "silenced"), told["kept_quiet"]
    assert told["judged"] > 0 or told["compares"]
    if told["outcome"] == "silenced":
        assert "the entitlement `" in told["kept_quiet"][0]
        assert told["lacking"] == 0
    elif told["judged"]:
        assert told["explanation"]["comparisons"]
        assert 1 <= told["lacking"] <= told["conditions"]
        assert any(word in " ".join(told["kept_quiet"]) for word in ("asked", "not known", ": no", ": yes", "at most"))


def test_all_rules_of_one_customer_are_told_with_those_that_compare_it_with_others(traffic: Path) -> None:
    customer = next(each for each in customers_of(traffic).values() if each["policy"] == "jns")
    told = json.loads(asked(customer["id"], *given(traffic), "--json"))
    by_id = {rule["detector"]: rule for rule in told["detectors"]}
    assert {"plan.fair_use", "voice.robocall"} <= set(by_id)
    assert by_id["plan.fair_use"]["compares"]
    assert all(rule["kept_quiet"] for rule in told["detectors"])


def test_bad_input_is_one_sentence(traffic: Path) -> None:
    for words, said in (
        (("nobody", *given(traffic)), "there is no customer `nobody`"),
        (("c-00001", *given(traffic), "--detector", "no.such"), "there is no detector `no.such`"),
        (("c-00001",), "--events"),
    ):
        with pytest.raises(FairwireError) as caught:
            asked(*words)
        assert caught.value.exit_status == 2
        assert said in caught.value.render()
