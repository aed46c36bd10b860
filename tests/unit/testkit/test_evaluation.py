"""The parts of `evaluate`: what an abuse had done when found, who of the good was hit, the curve, the bars, the report."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from fairwire.cli import evaluate as evaluate_cli
from fairwire.cli import simulate as simulate_cli
from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.finding import Finding, Measured, PolicyRef
from fairwire.model.order import Order
from fairwire.runtime.intervals import fewest_events, most_events
from fairwire.testkit.evaluate import Run, evaluate, evaluate_runs
from fairwire.testkit.evaluation.bars import instances_needed, months_needed
from fairwire.testkit.evaluation.page import page
from fairwire.testkit.evaluation.result import Bar, Evaluation
from fairwire.testkit.evaluation.sweep import margin
from fairwire.testkit.labels import Label
from fairwire.testkit.report_page import render

DAY = "2025-09-05T"


def found(customer: str, at: str, **changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "finding_id": f"{customer}-{at}", "time": at, "policy": PolicyRef(id="clearspan", version="1"), "clauses": ("C03",),
        "detector": "fraud.toll_attempts", "mode": "enforce", "severity": "high", "customer": customer, "reason": "a reason",
        "features": {}, "events": (), "first_seen": at, "last_seen": at, "count": 1,
    }  # fmt: skip
    return Finding(**{**fields, **changes})


def good(customer: str) -> Label:
    return Label(customer=customer, abuse="none", clauses=(), start="2025-09-01T00:00:00Z", end="2025-10-01T00:00:00Z")


def bad(customer: str, abuse: str = "toll_fraud", **changes: Any) -> Label:
    fields: dict[str, Any] = {
        "clauses": ("C03",), "start": f"{DAY}00:00:00Z", "end": f"{DAY}10:00:00Z", "variant": abuse, "level": "plain",
    }  # fmt: skip
    return Label(customer=customer, abuse=abuse, **{**fields, **changes})


def call(number: int, at: str, customer: str = "t-1", **changes: Any) -> dict[str, Any]:
    data = {
        "call_id": f"k-{number}", "customer": customer, "direction": "outbound", "from": "+12025550100", "to": "+12025550199",
        "start": at, "end": at, "duration_s": 0, "disposition": "no_answer", "charge": "1.00", "currency": "USD",
    }  # fmt: skip
    type_ = changes.pop("type", "call.ended")
    event = {"specversion": "1.0", "id": f"e-{number}-{type_}", "source": "test", "type": type_, "time": at}
    return {**event, "data": {**data, **changes}}


def written(folder: Path, events: Sequence[dict[str, Any]]) -> Path:
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


EVENTS = [
    call(1, "2025-09-04T23:00:00Z"),  # before the onset
    *(call(number, f"{DAY}0{number}:00:00Z") for number in range(1, 10)),
    call(20, f"{DAY}02:30:00Z", direction="inbound"),  # not the abuser's own
    call(21, f"{DAY}02:30:00Z", customer="c-1"),  # somebody else
    call(22, f"{DAY}02:30:00Z", charge="0", rate_per_min="0"),  # costs nothing
]


def test_events_and_money_until_found_are_counted_from_the_onset(tmp_path: Path) -> None:
    result = evaluate([found("t-1", f"{DAY}03:30:00Z")], [bad("t-1"), good("c-1")], events=[written(tmp_path, EVENTS)])
    row = result.abuses[0]
    assert (row.counted, row.events_median, row.events_total) == ("calls", 3, 9)
    assert (row.loss, row.loss_before, row.loss_share) == ("9.00", "3.00", 0.3333)


def test_a_call_counts_once_whether_its_attempt_is_an_event_of_its_own_or_not(tmp_path: Path) -> None:
    twice = [*EVENTS, *(call(number, f"{DAY}0{number}:00:00Z", type="call.attempt", charge=None) for number in range(1, 10))]
    for attempt in twice[-9:]:
        attempt["data"]["rate_per_min"] = "0.60"
    result = evaluate([found("t-1", f"{DAY}03:30:00Z")], [bad("t-1")], events=[written(tmp_path, twice)])
    assert (result.abuses[0].events_median, result.abuses[0].events_total) == (3, 9)


def test_a_call_in_progress_has_cost_what_ran_up_until_it_was_found(tmp_path: Path) -> None:
    long = call(1, f"{DAY}01:00:00Z", answer=f"{DAY}01:00:00Z", end=f"{DAY}03:00:00Z", charge="20.00", disposition="answered")
    result = evaluate([found("t-1", f"{DAY}01:30:00Z")], [bad("t-1")], events=[written(tmp_path, [long])])
    assert (result.abuses[0].loss_before, result.abuses[0].loss) == ("5.00", "20.00")


def _gzipped(folder: Path) -> Path:
    path = folder / "events.jsonl.gz"
    path.write_bytes(gzip.compress(written(folder, EVENTS).read_bytes()))
    return path


def _parquet(folder: Path) -> Path:
    rows = [{**{name: event[name] for name in ("id", "source", "type", "time")}, **event["data"]} for event in EVENTS]
    path = folder / "events.parquet"
    pq.write_table(pa.Table.from_pylist([{"rate_per_min": None, **row} for row in rows]), path)
    return path


@pytest.mark.parametrize("write", [_gzipped, _parquet])
def test_events_are_read_from_any_kind_of_event_file(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    result = evaluate([found("t-1", f"{DAY}03:30:00Z")], [bad("t-1")], events=[write(tmp_path)])
    assert (result.abuses[0].events_median, result.abuses[0].events_total, result.abuses[0].loss_before) == (3, 9, "3.00")


def test_tries_are_counted_by_address_and_only_those_refused(tmp_path: Path) -> None:
    def login(number: int, address: str, *, ok: bool) -> dict[str, Any]:
        data = {"customer": "t-1", "credential": "u1", "ok": ok, "src_ip": address}
        return {"id": f"l-{number}", "source": "test", "type": "auth.login", "time": f"{DAY}01:00:{number:02}Z", "data": data}

    events = [login(number, "192.0.2.1" if number < 9 else "192.0.2.2", ok=number == 0) for number in range(12)]
    labels = [bad("t-1", "password_guessing", clauses=("C04",))]
    finding = found("t-1", f"{DAY}01:30:00Z", clauses=("C04",), detector="access.password_guessing")
    result = evaluate([finding], labels, events=[written(tmp_path, events)])
    assert (result.abuses[0].counted, result.abuses[0].events_median) == ("tries from one address", 8)


def test_an_abuse_nobody_knows_of_is_judged_by_its_clauses_and_counts_all_events(tmp_path: Path) -> None:
    result = evaluate([found("t-1", f"{DAY}03:30:00Z")], [bad("t-1", "zz_unheard_of")], events=[written(tmp_path, EVENTS)])
    assert (result.abuses[0].abuse, result.abuses[0].recall, result.abuses[0].counted) == ("zz_unheard_of", 1.0, "events")


def test_a_line_that_is_no_event_is_passed_over_and_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, EVENTS)
    path.write_text('not json\n\n{"type": 3}\n' + path.read_text())
    assert evaluate([found("t-1", f"{DAY}03:30:00Z")], [bad("t-1")], events=[path]).abuses[0].events_median == 3
    with pytest.raises(BadInput, match="no such file"):
        evaluate([], [bad("t-1")], events=[tmp_path / "none.jsonl"])


def test_what_an_orders_file_says_of_suspensions_goes_before_the_severity() -> None:
    order = Order(
        order_id="o-1", key="k", finding_id="f", customer="c-1", policy="p", clauses=("C03",), detector="d", step="suspend",
        target="customer", reason="r", author="rule:d", created=f"{DAY}00:00:00Z", expires=None, owner=None, approvals=0,
        undo="u",
    )  # fmt: skip
    approved = msgspec.structs.replace(order, customer="c-2", approvals=1)
    mild = msgspec.structs.replace(order, customer="c-3", step="throttle")
    labels = [good(f"c-{number}") for number in range(100)]
    by_orders = evaluate([], labels, actions=[order, approved, mild]).suspensions
    assert by_orders is not None
    assert (by_orders.count, by_orders.per_10k) == (1, 100.0)
    by_severity = evaluate([found("c-1", f"{DAY}00:00:00Z"), found("c-2", f"{DAY}00:00:00Z")], labels)
    assert by_severity.suspensions is not None
    assert by_severity.suspensions.count == 2
    assert "severity high or critical" in by_severity.suspensions_by


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0, 3.0), (1, 0.0513, 4.744), (10, 5.425, 16.96), (300, 272.0, 330.1)])
def test_bounds_of_counts_agree_with_published_tables(count: int, low: float, high: float) -> None:
    assert fewest_events(count) == pytest.approx(low, rel=0.002, abs=0.001)
    assert most_events(count) == pytest.approx(high, rel=0.002)


def kinds() -> tuple[list[Label], list[Customer]]:
    labels = [good(f"c-{number}") for number in range(200)]
    return labels, [Customer(id=f"c-{number}", kind="school" if number < 20 else "shop") for number in range(200)]


def test_false_findings_are_rated_by_kind_and_shadow_stands_apart() -> None:
    labels, customers = kinds()
    findings = [
        found("c-1", f"{DAY}00:00:00Z"),
        found("c-2", f"{DAY}00:00:00Z", mode="shadow"),
        found("c-50", f"{DAY}00:00:00Z", severity="low"),
    ]
    result = evaluate(findings, labels, customers)
    rates = {row.kind: (row.findings.count, row.findings.per_10k, row.enforced.per_10k) for row in result.segments}
    assert rates == {"school": (1, 500.0, 500.0), "shop": (1, 55.56, 0.0)}
    assert {mode.mode: mode.all.count for mode in result.modes} == {"enforce": 2, "alert": 0, "shadow": 1}
    assert result.look_alikes is not None
    assert (result.look_alikes.customers, result.look_alikes.enforced.count) == (20, 1)
    assert result.fairness is not None
    assert (result.fairness.worst, result.fairness.max_over_mean) == ("school", 1.8)


def test_labels_that_name_look_alikes_go_before_the_kind_of_the_record() -> None:
    labels, customers = kinds()
    labels[100] = msgspec.structs.replace(labels[100], kind="traveller")
    result = evaluate([found("c-100", f"{DAY}00:00:00Z")], labels, customers)
    told = {row.kind: (row.customers, row.findings.count, row.look_alike) for row in result.segments}
    assert told == {"traveller": (1, 1, True), "school": (20, 0, False), "shop": (179, 0, False)}
    assert result.look_alikes is not None
    assert result.look_alikes.customers == 1


def bar(result: Evaluation, beginning: str) -> Bar:
    return next(one for one in result.bars if one.says.startswith(beginning))


def test_a_bar_is_met_only_where_the_bound_says_so_too() -> None:
    few, many = ([bad(f"t-{number}") for number in range(size)] for size in (10, 80))
    findings = [found(f"t-{number}", f"{DAY}01:00:00Z") for number in range(80)]
    assert bar(evaluate(findings[:10], few), "toll_fraud, plain").verdict == "cannot tell"
    assert bar(evaluate(findings[:10], few), "toll_fraud, plain").needed == "73 instances at this share"
    assert bar(evaluate(findings, many), "toll_fraud, plain").verdict == "met"
    missed = bar(evaluate(findings[:60], many), "toll_fraud, plain")
    assert (missed.verdict, missed.meets) == ("not met", False)


def test_no_suspension_among_few_customers_proves_nothing_and_says_how_many_would() -> None:
    one = bar(evaluate([], kinds()[0]), "automatic suspensions")
    assert (one.verdict, one.meets, one.needed) == ("cannot tell", True, "30,000 customer-months at this rate")
    assert "0.0 to 150.0" in one.bound


@pytest.mark.parametrize(("share", "must", "size"), [(1.0, 0.95, 73), (1.0, 0.7, 9), (0.0, 0.7, 2)])
def test_the_number_of_instances_that_would_tell(share: float, must: float, size: int) -> None:
    assert instances_needed(share, must) == size


def test_a_rate_above_its_bar_cannot_be_shown_to_be_under_it() -> None:
    assert months_needed(3, 1000, 20) is None
    assert months_needed(1, 1000, 20) is not None


def test_toll_fraud_is_in_time_by_calls_or_by_money(tmp_path: Path) -> None:
    cheap = [call(number, f"{DAY}01:{number:02}:00Z", charge="0.10") for number in range(30)]
    labels = [bad("t-1"), good("c-1")]
    finding = found("t-1", f"{DAY}02:00:00Z")  # after 30 calls for 3.00
    assert bar(evaluate([finding], labels, events=[written(tmp_path, cheap)]), "toll fraud within").meets is True
    dear = [{**event, "data": {**event["data"], "charge": "1.00"}} for event in cheap]
    assert bar(evaluate([finding], labels, events=[written(tmp_path, dear)]), "toll fraud within").meets is False


def measured(value: float, threshold: float, comparison: str = ">=") -> Measured:
    return Measured(value=value, threshold=threshold, comparison=comparison)


def test_the_margin_is_that_of_the_nearest_number() -> None:
    features = {"calls": measured(90, 60), "asr": measured(0.2, 0.3, "<"), "unmet": measured(1, 10), "word": measured(0, 0)}
    assert margin(found("t-1", f"{DAY}00:00:00Z", features=features)) == pytest.approx(1.5)
    assert margin(found("t-1", f"{DAY}00:00:00Z")) == 1.0


def test_asking_that_a_rule_held_more_often_costs_time_and_spares_the_good() -> None:
    labels = [bad("t-1"), *(good(f"c-{number}") for number in range(100))]
    right = found("t-1", f"{DAY}01:00:00Z", last_seen=f"{DAY}02:00:00Z", count=13)
    sweep = evaluate([right, found("c-1", f"{DAY}00:00:00Z", count=3)], labels).sweeps[0]
    assert sweep.swept.startswith("times")
    told = {point.at: (point.false_per_10k, point.recall, point.median_s) for point in sweep.points}
    assert told[1] == (100.0, 1.0, 3600)
    assert told[5] == (0.0, 1.0, 3600 + 4 * 300)
    assert 20 not in told  # nothing was seen so often


def test_an_abuse_that_is_not_found_counts_as_found_at_its_end() -> None:
    sweep = evaluate([], [bad("t-1"), bad("t-2", end=f"{DAY}06:00:00Z"), good("c-1")])
    assert all(point.recall == 0 for one in sweep.sweeps for point in one.points)
    half = evaluate([found("t-1", f"{DAY}01:00:00Z")], [bad("t-1"), bad("t-2"), good("c-1")]).sweeps[0].points[0]
    assert half.median_s == (3600 + 36_000) / 2


def test_customers_of_several_runs_are_not_mixed_up_and_the_spread_is_told() -> None:
    first = Run(name="a", findings=[found("x", f"{DAY}01:00:00Z")], labels=[bad("x"), good("y")])
    second = Run(name="b", findings=[found("x", f"{DAY}01:00:00Z")], labels=[good("x"), bad("y")])
    result = evaluate_runs([first, second])
    assert (result.matching, result.false, result.good_customers, result.customer_months) == (1, 1, 2, 2.0)
    assert result.abuses[0].recall_by_run == [1.0, 0.0]
    assert [(run.name, run.found, run.precision) for run in result.runs] == [("a", 1, 1.0), ("b", 0, 0.0)]


def test_the_confusion_names_who_speaks_during_which_abuse() -> None:
    labels = [bad("t-1"), good("c-1")]
    findings = [found("t-1", f"{DAY}01:00:00Z"), found("t-1", f"{DAY}01:00:00Z", detector="voice.x", clauses=("C99",))]
    result = evaluate([*findings, found("c-1", f"{DAY}01:00:00Z")], labels)
    assert result.confusion == {"none": {"fraud": 1}, "toll_fraud": {"fraud": 1, "voice": 1}}


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    evaluate_cli.register(app)
    simulate_cli.register(app)
    return app


def folder_of(folder: Path, findings: Sequence[Finding] = (), events: Sequence[dict[str, Any]] = EVENTS) -> Path:
    folder.mkdir()
    labels, customers = kinds()
    (folder / "findings.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, findings)))
    (folder / "labels.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, [*labels, bad("t-1")])))
    (folder / "customers.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, customers)))
    written(folder, events)
    return folder


def test_folders_are_judged_together_with_all_that_is_in_them(app: typer.Typer, tmp_path: Path) -> None:
    folders = [folder_of(tmp_path / name, [found("t-1", f"{DAY}03:30:00Z"), found("c-1", f"{DAY}00:00:00Z")]) for name in "ab"]
    arguments = [word for folder in folders for word in ("--run", str(folder))]
    told = json.loads(CliRunner().invoke(app, ["evaluate", *arguments, "--json"]).output)
    assert (told["abuses"][0]["found"], told["abuses"][0]["events_median"], told["good_customers"]) == (2, 3, 400)
    shown = CliRunner().invoke(app, ["evaluate", *arguments, "--html", str(tmp_path / "out.html")])
    assert shown.exit_code == 0, shown.output
    assert "Run by run" in shown.output
    assert "What must be reached" in shown.output
    html = (tmp_path / "out.html").read_text()
    assert "<script" not in html
    assert "Time to detection over false findings" in html


def test_refused_calls_of_good_customers_are_counted_from_decisions(app: typer.Typer, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a")
    decisions = [{"decision": "deny", "event": "e-21-call.ended"}, {"decision": "deny", "event": "e-1-call.ended"}]
    (folder / "decisions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in decisions))
    told = json.loads(CliRunner().invoke(app, ["evaluate", "--run", str(folder), "--json"]).output)
    assert told["refused"]["count"] == 1  # the other is the abuser's


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "two files are needed"),
        (["--run", "{}/none"], "no such folder"),
        (["--run", "{}"], "there is no findings.jsonl"),
        (["{}/x", "{}/y", "--run", "{}"], "--run names folders"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(app: typer.Typer, tmp_path: Path, arguments: list[str], said: str) -> None:
    shown = CliRunner().invoke(app, ["evaluate", *(word.format(tmp_path) for word in arguments)])
    assert isinstance(shown.exception, BadInput | BadUse)
    assert said in str(shown.exception)


def test_the_report_escapes_what_comes_from_files() -> None:
    result = evaluate([found("t-1", f"{DAY}01:00:00Z", detector="<b>.x")], [bad("t-1", "<i>abuse"), good("c-1")])
    html = render(page(result))
    assert "<i>abuse" not in html
    assert "&lt;i&gt;abuse" in html
