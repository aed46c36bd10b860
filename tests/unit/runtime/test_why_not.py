"""`explain --why-not`: what kept a rule quiet, on traffic small enough to count by hand."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from fairwire.cli import demo as demo_cli
from fairwire.cli import explain as explain_cli
from fairwire.cli.why_not import print_why_not
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.instants import format_us, parse_us
from fairwire.runtime.why_not import Question, Quiet, WhyNot, _one_of, why_not

HERE = Path(__file__).parent
START_US = parse_us("2026-03-02T14:00:00Z")
ANSWERS = ("answered", "answered", "answered", "no_answer")


def calls(customer: str, count: int, every_s: int, *, outcomes: tuple[str, ...], talk_s: int = 28) -> Iterator[dict[str, Any]]:
    """`count` calls, each to a number never called before, and not to the next one up."""
    for number in range(count):
        start_us = START_US + number * every_s * 1_000_000
        outcome = outcomes[number % len(outcomes)]
        talk = talk_s if outcome == "answered" else 0
        answer_us, end_us = start_us + 10_000_000, start_us + (10 + talk) * 1_000_000
        data = {
            "call_id": f"{customer}-k{number}", "customer": customer, "direction": "outbound",
            "from": "+12025550100", "to": f"+1202556{number * 37 % 10_000:04}",
            "start": format_us(start_us), **({"answer": format_us(answer_us)} if talk else {}), "end": format_us(end_us),
            "duration_s": talk, "disposition": outcome, "tariff": "standard", "charge": "0.01", "currency": "USD",
        }  # fmt: skip
        told = {"id": f"{customer}-{number}", "source": "test", "type": "call.ended", "time": format_us(end_us)}
        yield {"specversion": "1.0", **told, "data": data}


CUSTOMERS = [
    {"id": "clinic", "policy": "clearspan", "user_limit": 6, "kind": "clinic", "country": "US", "timezone": "America/New_York"},
    {"id": "dialler", "policy": "clearspan", "user_limit": 5, "features": ["registered_dialler"], "country": "US"},
    {"id": "machine", "policy": "clearspan", "user_limit": 5, "country": "US"},
    {"id": "free", "policy": "caup", "user_limit": 5, "country": "US"},
    {"id": "silent", "policy": "clearspan", "user_limit": 5, "country": "US"},
    {"id": "emergency", "policy": "clearspan", "user_limit": 5, "country": "US"},
]
MACHINE = ("no_answer", "no_answer", "answered", "failed")


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Question:
    folder = tmp_path_factory.mktemp("why-not")
    events = [
        *calls("clinic", 150, 20, outcomes=ANSWERS),
        *(call for name in ("dialler", "machine", "free") for call in calls(name, 150, 12, outcomes=MACHINE, talk_s=5)),
    ]
    for number, event in enumerate(calls("emergency", 150, 12, outcomes=MACHINE, talk_s=5)):
        events.append({**event, "data": {**event["data"], "to": "911"}, "id": f"help-{number}"})
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (folder / "customers.jsonl").write_text("".join(json.dumps(customer) + "\n" for customer in CUSTOMERS))
    return Question(
        customer="clinic",
        events=[str(folder / "events.jsonl")],
        customers=folder / "customers.jsonl",
        detector="voice.auto_dialling",
    )


def asked(question: Question, **changes: Any) -> WhyNot:
    return why_not(replace(question, **changes))


def only(told: WhyNot) -> Quiet:
    (one,) = told.detectors
    return one


def test_the_condition_that_lacked_is_named_with_its_value_and_threshold(question: Question) -> None:
    told = only(asked(question))
    assert told.outcome == "quiet"
    assert told.lacking == 1
    assert "answered" in told.kept_quiet[0]
    assert "75" in told.kept_quiet[0]
    assert "asked" in told.kept_quiet[0]
    assert told.explanation is not None
    assert {row["feature"] for row in told.explanation["comparisons"]} >= {"attempts", "new", "asr"}


def test_an_entitlement_is_named_with_the_hits_that_it_silenced(question: Question) -> None:
    told = only(asked(question, customer="dialler"))
    assert told.outcome == "silenced"
    assert re.fullmatch(r"the entitlement `registered_dialler` silenced it: [\d,]+ hits", told.kept_quiet[0])
    assert told.lacking == 0


def test_a_customer_that_was_found_is_said_to_have_been(question: Question) -> None:
    assert only(asked(question, customer="machine")).outcome == "found"


def test_a_rule_that_the_policy_does_not_bind_is_said_not_to_be_bound(question: Question) -> None:
    told = only(asked(question, customer="free"))
    assert told.outcome == "not_bound"
    assert "no clause of the policy `caup` binds `voice.auto_dialling`" in told.kept_quiet[0]
    assert "would have been found" in told.kept_quiet[0]
    every = asked(question, customer="free", detector=None)
    assert "voice.auto_dialling" not in {one.detector for one in every.detectors}


def test_calls_for_help_never_bring_anybody_near(question: Question) -> None:
    told = only(asked(question, customer="emergency"))
    assert (told.outcome, told.judged) == ("not_judged", 0)
    assert "nothing of the kind was seen" in told.kept_quiet[0]


def test_at_a_time_shows_the_last_judgement_before_it(question: Question) -> None:
    at_us = START_US + 60_000_000
    told = only(asked(question, at_us=at_us))
    assert told.time is not None
    assert START_US < parse_us(told.time) <= at_us
    assert told.explanation is not None
    attempts = next(row for row in told.explanation["comparisons"] if row["feature"] == "attempts")
    assert attempts["value"] == 4  # at 0, 20, 40 and 60 s


def test_every_rule_that_judges_the_customer_is_there_the_nearest_first(question: Question) -> None:
    told = asked(question, detector=None)
    assert told.detectors[0].detector == "voice.auto_dialling"
    assert all(one.kept_quiet for one in told.detectors)
    compares = [one for one in told.detectors if one.compares]
    assert compares
    seen = [one.nothing for one in told.detectors if one.outcome == "quiet"]
    assert seen == sorted(seen)  # what saw nothing of its kind comes last
    assert next(one for one in told.detectors if one.detector == "fraud.toll_spend").nothing


def test_events_of_any_type_are_looked_at(question: Question, tmp_path: Path) -> None:
    path = tmp_path / "logins.jsonl"
    with path.open("w") as out:
        for number in range(9):
            data = {"customer": "clinic", "credential": f"u{number % 2}", "ok": False, "src_ip": "192.0.2.7"}
            told = {"id": f"l-{number}", "source": "test", "type": "auth.login", "time": format_us(START_US + number * 1_000_000)}
            out.write(json.dumps({"specversion": "1.0", **told, "data": data}) + "\n")
    told_of = only(asked(question, events=[str(path)], detector="access.guessing_from_one_address"))
    assert told_of.outcome == "quiet"
    assert told_of.judged == 9
    assert "logins that failed within two minutes: 9 failures, at least 18 asked" in told_of.kept_quiet


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"customer": "clinik"}, BadUse, "did you mean `clinic`?"),
        ({"customer": "silent"}, BadInput, "no event of customer `silent`"),
        ({"detector": "voice.auto_dialing"}, BadUse, "did you mean `voice.auto_dialling`?"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    question: Question, changes: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as caught:
        asked(question, **changes)
    assert said in str(caught.value)


@pytest.fixture
def run(question: Question) -> Callable[..., str]:
    app = typer.Typer()
    explain_cli.register(app)
    demo_cli.register(app)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["explain", "--why-not", question.customer, "--events", *question.events, *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_the_command_prints_what_the_golden_file_holds(run: Callable[..., str], question: Question) -> None:
    shown = run("--customers", str(question.customers), "--detector", "voice.auto_dialling")
    masked = re.sub(r"@[0-9a-f]{16}", "@VERSION", shown)
    golden = HERE / "why_not" / "clinic.txt"
    if "why_not" in os.environ.get("FAIRWIRE_ACCEPT", ""):
        golden.write_text(masked)
    assert masked == golden.read_text()


def test_the_command_shows_the_nearest_rules_in_full_and_the_others_in_a_line(
    run: Callable[..., str], question: Question
) -> None:
    shown = run("--customers", str(question.customers))
    assert shown.index("voice.auto_dialling") < shown.index("Further from it")
    (shared,) = [line for line in shown.splitlines() if "voice.shared_campaign" in line]
    assert "not judged, this customer had nothing in common with enough others" in shared


def test_whoever_compares_customers_by_the_events_of_a_few_is_told_so(question: Question, tmp_path: Path) -> None:
    lines = Path(question.events[0]).read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(line for line in lines if '"customer": "clinic"' in line))

    def shown(**changes: Any) -> str:
        console = Console(record=True, width=200, file=io.StringIO())
        print_why_not(console, asked(question, **changes))
        return console.export_text()

    cut, said = [str(tmp_path / "cut.jsonl")], "the events are of 1 of 6 customers"
    assert said in shown(detector=None, events=cut)
    assert said not in shown(detector="voice.auto_dialling", events=cut)
    assert "the events are of" not in shown(detector=None)


def test_the_command_gives_json_and_refuses_what_it_cannot_use(run: Callable[..., str], question: Question) -> None:
    told = json.loads(run("--customers", str(question.customers), "--detector", "voice.auto_dialling", "--json"))
    assert told["detectors"][0]["outcome"] == "quiet"
    with pytest.raises(BadUse, match="--customers FILE"):
        run()
    with pytest.raises(BadUse, match="yesterday"):
        run("--customers", str(question.customers), "--at", "yesterday")


@pytest.mark.parametrize(
    ("unit", "one"),
    [("addresses", "address"), ("calls in 28 days", "call in 28 days"), ("countries", "country"), ("ms", "ms"), ("s", "s")],
)
def test_one_of_a_unit_is_said_as_one(unit: str, one: str) -> None:
    assert _one_of(unit) == one


def test_a_score_is_told_in_points(question: Question) -> None:
    told = only(asked(question, detector="voice.paced_dialling"))
    assert re.match(r"its signs together: \d+ points, at least \d+ asked", told.kept_quiet[-1])
