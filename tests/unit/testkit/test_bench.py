"""`fairwire bench`: everybody computes the same, who is not there is named, and what was measured is kept."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.cli.main import main
from fairwire.model.errors import BadInput, BadUse
from fairwire.sip import Request, read, read_invite, reply, transaction_key
from fairwire.testkit.bench.agree import agreements
from fairwire.testkit.bench.contenders.plain_python import Loop
from fairwire.testkit.bench.features import FEATURES, TraceOrder, make_trace
from fairwire.testkit.bench.figures import Agreement, Figure, Outcome, Stack, Target
from fairwire.testkit.bench.listing import (
    OURS,
    chosen_contenders,
    chosen_sections,
    contender,
    contender_names,
    section_names,
)
from fairwire.testkit.bench.load.callers import Letters, calls
from fairwire.testkit.bench.run import measure
from fairwire.testkit.bench.sections.growth import growing_features
from fairwire.testkit.bench.wording import number
from fairwire.testkit.chart import Bars, Curves, Panel, Picture, Shares, draw
from fairwire.testkit.simulate.numbers import own_block

PEERS = ("duckdb_sql", "plain_python", "polars_rolling", "river_rolling")
orders = st.builds(
    TraceOrder,
    events=st.integers(1, 400),
    customers=st.integers(1, 5),
    days=st.integers(1, 60),
    seed=st.integers(0, 2**20),
)


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command."""
    with pytest.raises(SystemExit) as ended:
        main(["bench", *words])
    told = capsys.readouterr()
    return int(str(ended.value.code or 0)), told.out, told.err


def texts(svg: str) -> set[str]:
    """What is written in a picture, which is XML."""
    root = ElementTree.fromstring(svg)  # noqa: S314  (our own)
    return {text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")}


def threads_of(name: str) -> int:
    """Polars takes its number of threads when it is imported; here it has to share a process."""
    if name != "polars_rolling":
        return 1
    import polars

    return polars.thread_pool_size()


@pytest.mark.parametrize("name", [OURS, *PEERS])
@given(order=orders)
@settings(max_examples=6)
def test_a_contender_computes_what_a_plain_loop_does(name: str, order: TraceOrder) -> None:
    one = contender(name)
    trace = make_trace(order)
    values = one.open(trace, threads_of(name)).values()
    assert values.shape == (order.events, len(FEATURES))
    assert [said for said in agreements(name, one.cannot, values, order, panes=name == OURS) if said.differing] == []


@given(order=orders)
@settings(max_examples=10)
def test_a_window_in_panes_lies_between_the_window_and_the_window_without_its_oldest_pane(order: TraceOrder) -> None:
    trace = make_trace(order)
    shorter, panes, exact = Loop(trace, shorter=True).values(), Loop(trace, panes=True).values(), Loop(trace).values()
    counted = [column for column, feature in enumerate(FEATURES) if feature.what not in ("answered", "short", "active")]
    assert (shorter[:, counted] <= panes[:, counted]).all()
    assert (panes[:, counted] <= exact[:, counted]).all()


def test_no_two_events_of_a_trace_are_at_the_same_instant() -> None:
    at = make_trace(TraceOrder(events=5_000, customers=3, days=1))["at"]
    assert (np.diff(at) > 0).all()


def test_a_part_of_a_trace_leaves_as_many_events_to_each_customer() -> None:
    part = TraceOrder(events=1_000_000, customers=2_000).part(0.05)
    assert (part.events, part.customers) == (50_000, 100)


def test_a_value_that_differs_is_counted_and_named() -> None:
    order = TraceOrder(events=200, customers=2)
    values = Loop(make_trace(order)).values()
    values[150, 0] += 1
    (said,) = agreements("somebody", {}, values, order, panes=False)
    assert said.differing == 1
    assert said.example.startswith("customer.attempts_10m after event 150 of 200")


@pytest.mark.slow
def test_the_kernel_beside_its_peers_gives_a_table_json_a_page_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    against = [word for name in PEERS for word in ("--against", name)]
    status, shown, _ = ran(capsys, "--only", "kernel", "--scale", "tiny", "--rounds", "2", *against, "-o", str(tmp_path))
    assert status == 0
    lines = shown.splitlines()
    first_ratio = next(place for place, line in enumerate(lines) if line.startswith("Fairwire / DuckDB"))
    assert first_ratio < next(place for place, line in enumerate(lines) if line.startswith("Fairwire kernel"))

    told = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert told["complete"]
    assert told["differing"] == 0
    assert {"numpy", "numba", "duckdb", "polars", "river", "sqlite", "java"} <= set(told["environment"]["versions"])
    (section,) = told["sections"]
    figures = {figure["key"]: figure for figure in section["figures"]}
    ours = figures["kernel.events.fairwire_kernel"]
    assert ours["min"] <= ours["median"] <= ours["max"]
    assert len(ours["rounds"]) == 2
    assert ours["target"] == "1,000,000 events/s on one core"
    assert ours["reached"] == (ours["median"] >= 1_000_000)
    assert {f"kernel.ratio.{name}" for name in ("duckdb_sql.1", "plain_python", "river_rolling")} <= set(figures)
    assert all(said["compared"] for said in section["agreements"])

    labels = {figure["label"] for figure in figures.values() if figure["group"] == "throughput"}
    assert len(labels) == 7  # DuckDB and Polars come with one thread and with two
    drawn = texts((tmp_path / "bench.svg").read_text(encoding="utf-8"))
    assert labels <= drawn
    page = (tmp_path / "bench.md").read_text(encoding="utf-8")
    assert all(label in page for label in labels)
    assert "compared, all agree" in page


def test_a_contender_that_is_not_there_is_named_with_what_brings_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no Java, wherever it is
    words = ("--only", "kernel", "--scale", "tiny", "--rounds", "1", "--against", "spark_sql", "--json")
    status, shown, _ = ran(capsys, *words)
    assert status == 0
    told = json.loads(shown)["sections"][0]
    (absent,) = told["missing"]
    assert absent.startswith("Spark SQL windows is left out: ")
    assert absent.endswith(" brings it")
    assert {figure["label"] for figure in told["figures"]} == {"Fairwire kernel"}


def test_values_that_differ_end_with_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def differing(*_words: object, **_named: object) -> list[Agreement]:
        return [Agreement(says="these", compared=10, differing=3, example="a after event 1: 2 and not 3")]

    monkeypatch.setattr("fairwire.testkit.bench.sections.kernel.agreements", differing)
    words = ("--only", "kernel", "--scale", "tiny", "--rounds", "1", "--against", "plain_python")
    status, shown, _ = ran(capsys, *words)
    assert status == 1
    assert "these: 3 of 10 DIFFER, first a after event 1: 2 and not 3" in shown


def test_a_run_that_is_stopped_keeps_what_it_has() -> None:
    def stop_in_round_2(_section: str, what: str, _done: int, _total: int) -> None:
        if "round 2" in what:
            raise KeyboardInterrupt

    run = measure(["kernel", "growth"], "tiny", 3, stop_in_round_2, against=[OURS])
    assert not run.complete
    (outcome,) = run.outcomes
    assert not outcome.complete
    assert {len(figure.rounds) for figure in outcome.figures.values()} == {1}
    assert outcome.agreements


def test_a_section_that_fails_is_told_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwire.testkit.bench.sections.latency.simulated", failing)
    status, shown, _ = ran(capsys, "--only", "latency", "--only", "start", "--scale", "tiny", "--rounds", "1")
    assert status == 1
    assert "this section ended early: no room" in shown
    assert "fairwire --help" in shown


def failing(*_words: object) -> None:
    raise BadInput("no room")


@pytest.mark.slow
def test_every_section_gives_figures_and_what_it_draws_has_their_labels(tmp_path: Path) -> None:
    # Those two are measured by other tests here.
    names = [name for name in section_names() if name not in ("kernel", "growth")]
    run = measure(names, "tiny", 1, lambda *_: None, against=())
    from fairwire.testkit.bench.report import write_report

    paths = write_report(run, tmp_path)
    assert run.complete
    assert run.differing == 0
    for outcome in run.outcomes:
        assert outcome.figures, outcome.name
        assert all(figure.median > 0 for figure in outcome.figures.values()), outcome.name
    (replayed,) = (outcome for outcome in run.outcomes if outcome.name == "replay")
    assert [round(sum(stack.parts.values()), 6) for stack in replayed.stacks] == [1, 1]
    asked = {figure for outcome in run.outcomes for figure in outcome.figures}
    assert {
        "latency.behind",
        "sip.calls",
        "sip.half.p99",
        "sip.fixed.p999",
        "sip.beside.ratio.disk",
        "http.calls",
        "http.p99",
    } <= asked
    drawn = texts(paths[2].read_text(encoding="utf-8"))
    assert {"from Parquet", "from JSON Lines", "p99", "fairwire --help", "a quiet subject"} <= drawn


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--only", "kernels"), "nothing called `kernels` is measured; did you mean `kernel`?"),
        (("--against", "pandas"), "nothing called `pandas` is a contender; there are: fairwire_kernel, "),
        (("--scale", "huge"), "unknown scale `huge`; there are: tiny, small, full"),
    ],
)
def test_a_wrong_word_gets_one_sentence(words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, told = ran(capsys, *words)
    assert (status, shown) == (2, "")
    assert sentence in told
    assert len(told.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    status, shown, told = ran(capsys, "-o", str(taken / "results"))
    assert (status, shown) == (2, "")
    assert told.count("\n") == 1
    assert "results cannot be written there: not a directory; name another folder with -o" in told


def test_sections_and_contenders_are_the_files_of_their_folders(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys, "--list")
    assert status == 0
    words = {line.split()[0] for line in shown.splitlines()}
    assert {*section_names(), *contender_names()} <= words
    assert chosen_sections(["growth", "kernel"]) == ("kernel", "growth")
    assert chosen_contenders(["duckdb_sql"]) == (OURS, "duckdb_sql")
    with pytest.raises(BadUse):
        chosen_contenders(["nobody"])


def test_more_features_hold_the_fewer_and_none_comes_twice() -> None:
    sixty = growing_features(60)
    assert len({one.full_name for one in sixty}) == 60
    assert set(growing_features(30)) == set(FEATURES)
    assert sixty[:5] == growing_features(5)


def test_a_call_has_letters_that_our_own_reader_takes() -> None:
    letters = Letters(b"abcdef12", 5060)
    for place, call in enumerate(islice(calls(40, 3), 200)):
        invite, told = letters.invite(place, call)
        request = read(invite)
        assert isinstance(request, Request)
        assert len(request.fields) >= 15
        facts = read_invite(request, trusted=True)
        assert (facts.called, facts.caller, facts.asserted) == (f"+{call.callee}", f"+{call.caller}", (f"+{call.caller}",))
        answer = reply(request, 302, "Moved Temporarily", tag="x1", source=("127.0.0.1", 5060))
        assert letters.number(answer) == place
        ack = read(letters.ack(answer, told))
        assert isinstance(ack, Request)
        assert transaction_key(ack) == transaction_key(request)
    assert Letters(b"abcdef13", 5060).number(answer) == -1


def test_few_calls_have_to_be_refused_and_some_do() -> None:
    asked = list(islice(calls(40, 3), 5_000))
    firsts = [own_block(index, "US", "America/New_York") for index in range(40)]
    strangers = sum(not 0 <= call.caller - firsts[call.customer] < 200 for call in asked)
    abroad = sum(not str(call.callee).startswith("1") for call in asked)
    assert 0 < strangers < 150
    assert 0 < abroad < 150
    assert all(str(call.callee).startswith("1") for call in islice(calls(40, 3, refused=False), 5_000))


def figure(key: str, *rounds: float, target: Target | None = None, **changes: Any) -> Figure:
    return Figure(key=key, label=key, unit="s", group="g", better="less", rounds=list(rounds), target=target, **changes)


def test_a_picture_says_whether_a_target_was_reached() -> None:
    slow = figure("slow", 3.0, target=Target(at_most=2, says="under 2 s"))
    quick = figure("quick", 1.0, target=Target(at_most=2, says="under 2 s"))
    stack = Stack(label="time", parts={"a < b": 0.25, "c": 0.75})
    curve = Panel(over="days", points=(("1", 2.0), ("7", 2.5)))
    pictures: list[Picture] = [
        Bars(title="Bars", figures=(slow, quick, figure("far", 900.0))),
        Shares(title="Shares", stacks=(stack,)),
        Curves(title="Curves", unit="s", panels=(curve,)),
    ]
    drawn = texts(draw("t", "below", pictures))
    assert "3 s, not reached" in drawn
    assert "1 s, reached" in drawn
    assert "900 s" in drawn
    assert "a < b" in drawn
    assert "2.50" in drawn


def test_a_run_without_any_figure_can_still_be_drawn() -> None:
    assert texts(draw("t", "below", [])) == {"below"}
    assert Outcome(name="kernel", title="t").figures == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1_087_980, "1,090,000"), (100_000, "100,000"), (41.23, "41.2"), (2.0, "2"), (2.5, "2.50"), (0.0834, "0.083")],
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert number(value) == text
