"""Simulated events beside calls: labels of every attack, the contract, what the knobs do, good customers that look bad."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.events import DATA_BY_TYPE, Envelope
from fairwire.model.instants import parse_us
from fairwire.sources.jsonl import JsonLines
from fairwire.sources.parquet import ParquetEvents
from fairwire.testkit.labels import read_customers, read_labels
from fairwire.testkit.simulate import Order, Played, play_out, scenario_names, simulate
from fairwire.testkit.simulate.cast import POLICIES, role
from fairwire.testkit.simulate.knobs import slower
from fairwire.testkit.simulate.rows import FAMILY
from fairwire.testkit.simulate.spool import LineSpool
from fairwire.testkit.simulate.tables import attacks, looks, scenario
from fairwire.testkit.simulate.texts import SLOT, Writer, grammar, segments_of

LEVELS = ("plain", "evasive")
ORDINARY = Order(scenario="ordinary", seed=3, customers=12, days=6)


def written(order: Order, folder: Path) -> Path:
    simulate(order, folder)
    return folder / f"events.{order.write}"


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@cache
def abuser(variant: str, level: str, **changes: Any) -> tuple[Order, Played]:
    """The first abuser of a kind in the scenario of that name."""
    order = Order(scenario=variant, seed=4, **changes)
    spec = order.spec()
    for index in range(spec.customers):
        mine = role(spec, order.seed, index)
        if mine.variant and mine.level == level:
            return order, play_out(order, index)
    raise AssertionError(f"no abuser of {variant}/{level}")


def times(played: Played) -> list[int]:
    assert played.act is not None
    return sorted([*played.act.calls["start"].tolist(), *(row[0] for row in played.act.rows)])


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slice of the scenario that has all attacks: some of each family."""
    return written(Order(scenario="everything", seed=2, customers=836), tmp_path_factory.mktemp("everything"))


@pytest.mark.parametrize("variant", list(attacks().variants))
@pytest.mark.parametrize("level", LEVELS)
def test_every_attack_leaves_a_label_that_spans_what_it_did(variant: str, level: str) -> None:
    order, played = abuser(variant, level)
    label = played.label(order.period(order.spec()))
    assert played.act is not None
    assert (label.variant, label.level, label.abuse) == (variant, level, attacks().variants[variant].abuse)
    assert label.clauses == attacks().abuses[label.abuse].clauses[played.part.record.policy]
    assert parse_us(label.start) == times(played)[0] * 1000
    last = max([*played.act.calls["end"].tolist(), *(row[0] for row in played.act.rows)])
    assert parse_us(label.end) == last * 1000
    assert label.start < label.end


def test_the_clauses_of_labels_are_clauses_of_the_packs() -> None:
    clauses = {pack: set(_clauses(pack)) for pack in POLICIES}
    for name, abuse in attacks().abuses.items():
        for policy, broken in abuse.clauses.items():
            assert set(broken) <= clauses[policy], name


def _clauses(pack: str) -> list[str]:
    import fairwire.packs

    text = (Path(str(fairwire.packs.__path__[0])) / pack / "clauses.yaml").read_text()
    table = yaml.safe_load(text)
    entries = table.get("clauses", table)
    return [str(entry["id"]) for entry in entries] if isinstance(entries, list) else list(entries)


def test_everything_has_each_attack_at_both_levels_and_each_look_alike(everything: Path) -> None:
    labels = list(read_labels(everything.parent / "labels.jsonl"))
    assert {(label.variant, label.level) for label in labels if label.variant} == {
        (variant, level) for variant in attacks().variants for level in LEVELS
    }
    assert {label.kind for label in labels if label.kind} == set(looks())
    assert all(label.abuse == "none" for label in labels if label.kind)
    month = scenario("month").cycle
    assert set(month) == set(scenario("everything").cycle)
    customers = read_customers(everything.parent / "customers.jsonl")
    assert {customer.policy for customer in customers} == set(POLICIES)
    kinds = {customer.id: customer.kind for customer in customers}
    assert all(kinds[label.customer] == label.kind for label in labels if label.kind)


def test_every_event_is_of_the_contract_and_in_the_order_of_time(everything: Path) -> None:
    seen: set[str] = set()
    types: Counter[str] = Counter()
    last = ""
    with everything.open("rb") as lines:
        for line in lines:
            envelope = msgspec.json.decode(line, type=Envelope)
            data = msgspec.json.decode(envelope.data, type=DATA_BY_TYPE[envelope.type])
            assert envelope.time >= last, envelope.id
            assert envelope.id not in seen
            assert getattr(data, "customer", "c-").startswith("c-")
            last = envelope.time
            seen.add(envelope.id)
            types[envelope.type] += 1
    assert set(types) == {*FAMILY, "call.ended"}


def test_no_field_is_there_that_the_contract_does_not_name(everything: Path) -> None:
    named = {kind: {field.encode_name for field in msgspec.structs.fields(data)} for kind, data in DATA_BY_TYPE.items()}
    named["order.changed"] |= {field.encode_name for field in msgspec.structs.fields(Customer)}
    for event in events(everything)[::7]:
        assert set(event["data"]) <= named[event["type"]], event


def test_the_same_seed_gives_the_same_bytes_and_spilling_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(ORDINARY, tmp_path / "a").read_bytes()
    monkeypatch.setattr(LineSpool.__init__, "__kwdefaults__", {"bytes_in_memory": 20_000})
    assert written(ORDINARY, tmp_path / "b").read_bytes() == first
    assert written(replace(ORDINARY, seed=4), tmp_path / "c").read_bytes() != first
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [
        "customers.jsonl",
        "events.jsonl",
        "labels.jsonl",
        "lists",
    ]
    assert [path.name for path in (tmp_path / "b" / "lists").iterdir()] == ["do_not_originate.txt"]


def test_more_customers_leave_what_a_customer_does_as_it_was(tmp_path: Path) -> None:
    few, many = written(ORDINARY, tmp_path / "a"), written(replace(ORDINARY, customers=20), tmp_path / "b")

    def of_five(path: Path) -> list[bytes]:
        return [line for line in path.read_bytes().splitlines() if b'"customer":"c-00005"' in line]

    assert len(of_five(few)) > 100
    assert of_five(few) == of_five(many)


def test_parquet_holds_what_the_lines_hold(tmp_path: Path) -> None:
    order = replace(ORDINARY, customers=5, days=3)
    expected = events(written(order, tmp_path / "a"))
    table = pq.read_table(written(replace(order, write="parquet"), tmp_path / "b"))
    instants = {"time", "start", "answer", "end"}
    rows = table.drop_columns([name for name in instants if name in table.column_names]).to_pylist()
    assert len(rows) == len(expected)
    for row, event in zip(rows, expected, strict=True):
        flat = {name: value for name, value in {**event, **event["data"]}.items() if name not in instants | {"data"}}
        if isinstance(flat.get("to"), str):
            flat["to"] = [flat["to"]]
        if "status" in flat:
            flat["status"] = str(flat["status"])
        assert {name: value for name, value in row.items() if value is not None} == flat


def test_our_own_readers_take_every_event_from_both_kinds_of_file(tmp_path: Path) -> None:
    order = Order(scenario="everything", seed=6, customers=24, days=6)
    lines, table = written(order, tmp_path / "a"), written(replace(order, write="parquet"), tmp_path / "b")
    chunks = [*JsonLines().read(str(lines)), *ParquetEvents().read(str(table))]
    assert [problem.reason for chunk in chunks for problem in chunk.rejected] == []


def test_an_abuse_is_a_scenario_too_with_all_its_attacks() -> None:
    assert scenario("credential_guessing").cycle == (
        "registration_one_source/plain",
        "registration_one_source/evasive",
        "registration_distributed/plain",
        "registration_distributed/evasive",
    )
    assert set(attacks().abuses) <= set(scenario_names())


def test_scenarios_of_calls_stay_with_calls(tmp_path: Path) -> None:
    for name in ("demo", "quiet", "month_of_calls", "toll_fraud"):
        assert not scenario(name).wide
    path = written(Order(scenario="demo", seed=1, customers=10, days=3), tmp_path)
    assert {event["type"] for event in events(path)} == {"call.ended"}


@pytest.mark.parametrize("variant", ["sms_spam", "auto_dialler", "scraping", "registration_one_source"])
def test_pace_slows_an_attack_down(variant: str) -> None:
    def busiest(pace: float) -> int:
        moments = np.array(times(abuser(variant, "plain", pace=pace)[1]))
        return int((np.searchsorted(moments, moments + 600_000) - np.arange(len(moments))).max())

    assert busiest(0.9) < busiest(0.0) / 4


def test_pace_keeps_the_order_of_what_happens_and_the_length_of_calls() -> None:
    order, played = abuser("takeover", "plain")
    act = played.act
    assert act is not None
    period = order.period(order.spec())
    slow = slower(act, 0.5, period.midnights_ms(played.part.record.timezone), 2**60)
    assert [row[2] for row in slow.rows] == [row[2] for row in act.rows][: len(slow.rows)]
    kept = slow.calls
    assert len(kept) > 0
    talk = (kept["end"] - kept["start"]).tolist()
    assert talk == (act.calls["end"] - act.calls["start"])[: len(kept)].tolist()


@pytest.mark.parametrize(
    ("variant", "field"), [("sms_spam", "from"), ("registration_distributed", "src_ip"), ("scraping", "src_ip")]
)
def test_spread_splits_an_attack_over_so_many(variant: str, field: str) -> None:
    _, played = abuser(variant, "plain", spread=7)
    assert played.act is not None
    first = Counter(row[1] for row in played.act.rows).most_common(1)[0][0]
    assert len({row[2][field] for row in played.act.rows if row[1] == first}) == 7


def test_spread_sets_how_many_accounts_join_in() -> None:
    spec = Order(scenario="sms_snowshoe", seed=1, spread=5).spec()
    members = [index for index in range(spec.block) if role(spec, 1, index).variant]
    assert len(members) == 5


def test_mimicry_mixes_ordinary_messages_into_an_attack() -> None:
    _, plain = abuser("sms_spam", "plain")
    _, mixed = abuser("sms_spam", "plain", mimicry=0.5)
    assert plain.act is not None
    sent = Counter(row[1] for row in plain.rows)["message.sent"]
    attack = Counter(row[1] for row in plain.act.rows)["message.sent"]
    more = Counter(row[1] for row in mixed.rows)["message.sent"] - sent
    assert more in (attack, 0)  # none only where the customer texts nobody by itself
    ids = [row[2]["message_id"] for row in mixed.rows if row[1] == "message.sent"]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"pace": 1.5}, "`--pace 1.5` is not from 0 to 1"), ({"mimicry": 1.0}, "`--mimicry 1.0`"), ({"spread": 0}, "`--spread 0`")],
)
def test_a_knob_out_of_range_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadUse, match=said):
        replace(ORDINARY, **changes).spec()


def test_linked_accounts_share_a_campaign_and_say_so_in_their_labels() -> None:
    order = Order(scenario="sms_snowshoe", seed=1)
    spec = order.spec()
    played = [play_out(order, index) for index in range(spec.block) if role(spec, 1, index).variant]
    labels = [one.label(order.period(spec)) for one in played]
    assert len(labels) >= 6
    assert len({label.group for label in labels}) == 1
    domains = {
        link.split("/")[2] for one in played for row in (one.act.rows if one.act else ()) for link in row[2].get("links", ())
    }
    assert len(domains) <= 2


def test_good_customers_that_look_bad_keep_within_their_orders() -> None:
    order = Order(scenario="lookalikes", seed=2)
    seen = set()
    for index in range(2 * len(looks()) + 2):
        played = play_out(order, index)
        label = played.label(order.period(order.spec()))
        assert label.abuse == "none"
        if label.kind:
            seen.add(label.kind)
            users = {row[2]["user"] for row in played.rows if row[1] == "user.added"}
            assert len(users) <= (played.part.record.user_limit or 0)
            assert set(looks()[label.kind].features) <= set(played.part.record.features)
    assert seen == set(looks())


def test_ordinary_events_pass_their_gates(tmp_path: Path) -> None:
    summary = simulate(Order(scenario="ordinary", seed=5, customers=120, days=14), tmp_path)
    told = {gate.name: gate for gate in summary.gates}
    for name in ("messages in for each one out, offices", "messages out a number and workday", "share of sign-ins refused"):
        assert told[name].ok is True, told[name]
    assert told["complaints a recipient of mail"].ok is True


def test_the_grammar_fills_every_slot_and_seldom_repeats_itself() -> None:
    known = {*grammar().words, "link", "code", "firm", "card", "iban"}
    for template in [text for texts in (*grammar().kinds.values(), *grammar().words.values()) for text in texts]:
        assert all(slot in known or slot[0] == "#" for slot in SLOT.findall(template)), template
    writer = Writer(np.random.default_rng(1), "Larkspur Books")
    for kind in ("office", "spam", "phishing", "threat", "pyramid", "adult", "voice_authority", "subject_spam"):
        texts = [writer.text(kind, link=writer.link("go.example"), code="1") for _ in range(300)]
        assert len(set(texts)) > 200, kind
        assert not any("{" in text for text in texts)


def test_a_disguised_text_still_leads_to_the_same_place() -> None:
    writer = Writer(np.random.default_rng(2))
    text = "Claim your prize today at http://win.example/123 before Friday"
    disguised = {writer.disguised(text) for _ in range(50)}
    assert len(disguised) > 20
    assert all("http://win.example/123" in one for one in disguised)
    assert segments_of("x" * 161) == 2
    assert segments_of("ж" * 71) == 2
