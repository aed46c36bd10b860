"""`evaluate` on examples small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from fairwire.cli import evaluate as evaluate_cli
from fairwire.cli import simulate as simulate_cli
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.finding import Finding, PolicyRef
from fairwire.runtime.intervals import wilson
from fairwire.testkit.evaluate import detector_abuses, evaluate, read_findings
from fairwire.testkit.evaluation.table import Meant, named_after
from fairwire.testkit.labels import Label, read_customers, read_labels
from fairwire.testkit.simulate.tables import attacks

CURVE = (("2025-09-05T00:00:00Z", "0.00"), ("2025-09-05T01:00:00Z", "60.00"), ("2025-09-05T10:00:00Z", "1000.00"))


def found(customer: str, at: str, **changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "finding_id": f"{customer}-{at}-{changes.get('detector', '')}",
        "time": at,
        "policy": PolicyRef(id="clearspan", version="1"),
        "clauses": (),
        "detector": "fraud.toll_attempts",
        "mode": "enforce",
        "severity": "critical",
        "customer": customer,
        "reason": "a reason",
        "features": {},
        "events": (),
        "first_seen": at,
        "last_seen": at,
        "count": 1,
    }
    return Finding(**{**fields, **changes})


def good(customer: str) -> Label:
    return Label(customer=customer, abuse="none", clauses=(), start="2025-09-01T00:00:00Z", end="2025-09-16T00:00:00Z")


def bad(customer: str, abuse: str = "toll_fraud", **changes: Any) -> Label:
    fields: dict[str, Any] = {"clauses": ("C03",), "start": "2025-09-05T00:00:00Z", "end": "2025-09-05T10:00:00Z"}
    return Label(customer=customer, abuse=abuse, **{**fields, **changes})


LABELS = [
    *(good(f"c-{number}") for number in range(100)),
    bad("t-1", loss="1000.00", loss_curve=CURVE, variant="toll_fraud", level="plain"),
    bad("t-2", loss="1000.00", loss_curve=CURVE, variant="toll_fraud", level="plain"),
    bad("t-3", loss="500.00", variant="toll_fraud_slow", level="evasive"),
    bad("h-1", "harassment", clauses=("C07",)),
]
FINDINGS = [
    found("t-1", "2025-09-05T01:30:00Z"),  # right, after 90 minutes
    found("t-1", "2025-09-05T00:30:00Z", detector="own.rule", clauses=("C03",)),  # right by its clause, and earlier
    found("t-2", "2025-09-06T09:00:00Z"),  # right: within the day of grace
    found("t-2", "2025-09-05T02:00:00Z", detector="voice.robocall", clauses=("C10",)),  # beside the point
    found("t-3", "2025-09-07T00:00:00Z"),  # false: two days after it ended
    found("h-1", "2025-09-05T03:00:00Z", detector="harm.harassment", mode="alert", severity="medium"),  # right
    found("c-1", "2025-09-03T00:00:00Z"),  # false and hard
    found("c-1", "2025-09-04T00:00:00Z"),  # the same customer again
    found("c-2", "2025-09-03T00:00:00Z", mode="shadow"),  # false, but shadow suspends nobody
    found("c-3", "2025-09-03T00:00:00Z", detector="harm.harassment", severity="medium"),  # false, but mild
    found("x-1", "2025-09-03T00:00:00Z"),  # nobody labelled this customer
]


def test_findings_are_right_beside_the_point_or_false() -> None:
    result = evaluate(FINDINGS, LABELS)
    assert (result.findings, result.matching, result.aside, result.false, result.unlabelled) == (11, 4, 1, 5, 1)
    assert result.precision == round(4 / 9, 4)
    assert result.good_customers == 100
    assert result.days == 15


def test_recall_time_and_money_of_each_abuse() -> None:
    toll, harassment = sorted(evaluate(FINDINGS, LABELS).abuses, key=lambda row: row.abuse, reverse=True)
    assert (toll.abuse, toll.instances, toll.found, toll.recall) == ("toll_fraud", 3, 2, 0.6667)
    assert (toll.median_s, toll.p95_s) == ((1_800 + 33 * 3_600) / 2, 33 * 3_600)
    assert toll.loss == "2500.00"
    assert toll.loss_before == "1530.00"  # half of the first hour's 60, all 1,000, all 500
    assert (harassment.recall, harassment.median_s, harassment.loss) == (1.0, 10_800, None)
    assert harassment.recall_high == 1.0


def test_variants_are_told_apart() -> None:
    variants = {row.abuse: row.found for row in evaluate(FINDINGS, LABELS).variants}
    assert variants == {"toll_fraud/plain": 2, "toll_fraud_slow/evasive": 0}


def test_false_findings_are_rated_on_ten_thousand_good_customers_a_month() -> None:
    result = evaluate(FINDINGS, LABELS)
    by_id = {row.detector: row for row in result.detectors}
    toll = by_id["fraud.toll_attempts"]
    assert (toll.findings, toll.matching, toll.aside, toll.false, toll.false_customers) == (6, 2, 0, 4, 2)
    assert toll.false_per_10k == 800.0  # 4 of 100 customers in half a month
    assert by_id["voice.robocall"].aside == 1
    assert by_id["voice.robocall"].upper_per_10k == 600.0  # rule of three: 3 of 100, in half a month


def test_only_hard_findings_on_good_customers_are_false_suspensions() -> None:
    hard = evaluate(FINDINGS, LABELS).false_hard
    assert (hard.findings, hard.customers, hard.per_10k) == (2, 1, 200.0)
    assert hard.upper_per_10k == round(wilson(1, 100)[1] * 2 * 10_000, 2)


def test_a_long_finding_that_began_before_the_abuse_still_meets_it() -> None:
    long = found("t-1", "2025-09-04T00:00:00Z", first_seen="2025-09-04T00:00:00Z", last_seen="2025-09-05T05:00:00Z")
    result = evaluate([long], LABELS)
    assert result.matching == 1
    assert next(row for row in result.abuses if row.abuse == "toll_fraud").median_s == 0


def test_time_to_detection_counts_from_the_onset_not_from_trial_calls() -> None:
    label = bad("t-1", onset="2025-09-05T06:00:00Z")
    assert evaluate([found("t-1", "2025-09-05T07:00:00Z")], [label]).abuses[0].median_s == 3_600
    assert evaluate([found("t-1", "2025-09-05T01:00:00Z")], [label]).abuses[0].median_s == 0


def test_false_findings_are_counted_by_kind_of_customer() -> None:
    customers = [Customer(id="c-1", kind="clinic"), Customer(id="c-2", kind="clinic"), Customer(id="c-3", kind="school")]
    assert evaluate(FINDINGS, LABELS, customers).false_by_kind == {"clinic": 2, "school": 1}


def test_no_findings_at_all_is_a_recall_of_zero() -> None:
    result = evaluate([], LABELS)
    assert result.precision is None
    assert [(row.abuse, row.recall, row.median_s) for row in result.abuses] == [
        ("harassment", 0.0, None),
        ("toll_fraud", 0.0, None),
    ]
    assert result.abuses[1].loss_before == result.abuses[1].loss == "2500.00"
    assert result.false_hard.upper_per_10k == 600.0


def test_nothing_compared_with_nothing_is_nothing() -> None:
    result = evaluate([], [])
    assert (result.abuses, result.detectors, result.days, result.good_customers) == ([], [], 0.0, 0)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 300, 0.0, 0.01), (10, 20, 0.299, 0.701), (5, 5, 0.566, 1.0), (0, 0, 0, 1)]
)
def test_intervals_agree_with_published_tables(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of)[0] == pytest.approx(low, abs=0.001)
    assert wilson(hits, of)[1] == pytest.approx(high, abs=0.001)


def test_every_abuse_of_the_table_is_one_that_is_simulated() -> None:
    meant = set().union(*detector_abuses().values())
    assert meant <= set(attacks().abuses)


def test_a_detector_is_meant_for_the_abuse_that_its_name_says() -> None:
    assert named_after("harm.harassment", "harassment")
    assert named_after("messaging.slow_sms_spam", "sms_spam")
    assert not named_after("messaging.spam", "sms_spam")


def test_the_table_of_detectors_takes_patterns() -> None:
    meant = Meant({"messaging.*": ("spam",), "messaging.smishing": ("phishing",)})
    assert meant["messaging.smishing"] == {"spam", "phishing"}
    assert meant["messaging.burst"] == {"spam"}
    assert meant.get("voice.robocall") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"abuse": None}, "`str`"),
        ({"end": "2025-08-01T00:00:00Z"}, "lies before"),
        ({"start": "yesterday"}, "not an RFC 3339 time"),
        ({"loss": "a lot"}, "not a decimal"),
        ({"customer": ""}, "needs `customer`"),
    ],
)
def test_a_bad_label_is_named_by_file_and_line(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = tmp_path / "labels.jsonl"
    label = msgspec.to_builtins(good("c-1"))
    path.write_text(json.dumps(label) + "\n" + json.dumps({**label, **changes}) + "\n")
    with pytest.raises(BadInput) as caught:
        list(read_labels(path))
    assert caught.value.at == f"{path}:2"
    assert said in caught.value.message


def test_a_bad_finding_or_customer_is_named_by_file_and_line(tmp_path: Path) -> None:
    findings, customers = tmp_path / "findings.jsonl", tmp_path / "customers.jsonl"
    findings.write_bytes(msgspec.json.encode(found("c-1", "today")) + b"\n")
    customers.write_text('{"id": "c-1"}\n{"name": "Saltmarsh Bistro"}\n')
    with pytest.raises(BadInput, match="not a finding"):
        list(read_findings(findings))
    with pytest.raises(BadInput, match="missing required field `id`") as caught:
        read_customers(customers)
    assert caught.value.at == f"{customers}:2"
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_findings(tmp_path / "none.jsonl"))


def test_customers_may_come_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "customers.yaml"
    path.write_text("- {id: c-1, kind: clinic}\n- {id: c-2}\n")
    assert [customer.id for customer in read_customers(path)] == ["c-1", "c-2"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    findings, labels = tmp_path / "findings.jsonl", tmp_path / "labels.jsonl"
    findings.write_bytes(b"\n".join(map(msgspec.json.encode, FINDINGS)))
    labels.write_bytes(b"\n".join(map(msgspec.json.encode, LABELS)))
    return str(findings), str(labels)


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    evaluate_cli.register(app)
    simulate_cli.register(app)
    return app


def test_the_command_shows_recall_as_a_bar_and_the_false_suspensions(app: typer.Typer, files: tuple[str, str]) -> None:
    shown = CliRunner().invoke(app, ["evaluate", *files])
    assert shown.exit_code == 0
    assert "11 findings over 15 days: 4 right, 5 false, 1 beside the point" in shown.output
    assert "2/3" in shown.output
    assert "█████████████······· 0.67" in shown.output
    assert "1,530.00 / 2,500.00" in shown.output
    assert "false suspensions: 1 of 100 good customers, that is 200.0 of 10,000 a month" in shown.output


def test_labels_without_clauses_are_spoken_of(app: typer.Typer, files: tuple[str, str], tmp_path: Path) -> None:
    assert "no clauses" not in CliRunner().invoke(app, ["evaluate", *files]).output
    labels = [json.loads(line) for line in Path(files[1]).read_text().splitlines()]
    bare = tmp_path / "bare.jsonl"
    bare.write_text("".join(json.dumps({**label, "clauses": []}) + "\n" for label in labels))
    shown = " ".join(CliRunner().invoke(app, ["evaluate", files[0], str(bare)]).output.split())
    assert f"{sum(label['abuse'] != 'none' for label in labels)} labels of abuses have no clauses" in shown


def test_the_command_prints_one_json_object_on_request(app: typer.Typer, files: tuple[str, str]) -> None:
    shown = json.loads(CliRunner().invoke(app, ["evaluate", *files, "--json"]).output)
    assert shown["precision"] == 0.4444
    assert shown["false_hard"]["customers"] == 1


def test_simulate_prints_the_gates_and_where_the_files_are(app: typer.Typer, tmp_path: Path) -> None:
    arguments = ["simulate", "--scenario", "demo", "--seed", "4", "-o", str(tmp_path / "out"), "--customers", "10", "--days", "3"]
    text = CliRunner().invoke(app, arguments)
    assert text.exit_code == 0
    assert "1 x toll_fraud/plain" in text.output
    assert "share of talks over 120 s" in text.output
    shown = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert shown["customers"] == 10
    assert (shown["first_day"], shown["last_day"]) == ("2025-09-01", "2025-09-03")
    assert len(Path(shown["files"]["events"]).read_bytes().splitlines()) == shown["events"]


@pytest.mark.parametrize(("option", "value"), [("--feed", "sip"), ("--write", "xlsx"), ("--scenario", "mayhem")])
def test_a_word_that_is_not_offered_is_refused_with_the_words_that_are(
    app: typer.Typer, tmp_path: Path, option: str, value: str
) -> None:
    shown = CliRunner().invoke(app, ["simulate", "--scenario", "demo", "-o", str(tmp_path), option, value])
    assert isinstance(shown.exception, BadUse)
    assert value in shown.exception.message
    assert shown.exception.hint.startswith("there are: ")
