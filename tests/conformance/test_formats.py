"""Every record format, found by its folder, held to the same words: add a format with its samples and it is tested here."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.formats import COMMON_OPTIONS
from fairwire.model.errors import BadUse
from fairwire.model.instants import parse_us
from fairwire.ports.events import JoiningFormat, Rejected, Skipped
from fairwire.runtime import discovery
from fairwire.sources.jsonl.decoding import decode_lines

NAMES = discovery.names("formats")


def samples() -> list[Any]:
    """One parameter for each sample of each built-in format."""
    found = []
    for name in NAMES:
        place = discovery.folder("formats", name)
        if place is not None:
            found += [
                pytest.param(name, sample, id=f"{name}-{sample.stem}") for sample in sorted((place / "samples").glob("*.in"))
            ]
    return found


def options_of(sample: Path) -> dict[str, str]:
    """The options a sample is read with: those of `<case>.options.json`, if there is one."""
    beside = sample.with_suffix(".options.json")
    options: dict[str, str] = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    return options


class Outcome:
    """All that a format made of some bytes."""

    def __init__(self, name: str, content: bytes, options: Mapping[str, str], file: str = "case.in") -> None:
        self.events: list[dict[str, Any]] = []
        self.rejected: list[Rejected] = []
        self.skipped: dict[str, int] = {}
        adapter: JoiningFormat = discovery.load("formats", name)
        for found in adapter.read(file, io.BytesIO(content), options):
            if isinstance(found, Rejected):
                self.rejected.append(found)
            elif isinstance(found, Skipped):
                self.skipped[found.why] = self.skipped.get(found.why, 0) + 1
            else:
                self.events.append(found)


def last_record(outcome: Outcome, content: bytes) -> tuple[int, int]:
    """Number of the line on which the last record that tells an event begins, and where in the file that is."""
    line = max(event["recordline"] for event in outcome.events)
    start = sum(len(text) for text in content.splitlines(keepends=True)[: line - 1])
    return line, start


@pytest.mark.parametrize("name", NAMES)
def test_a_format_says_what_it_is_and_has_a_sample(name: str) -> None:
    adapter = discovery.load("formats", name)
    assert adapter.name == name
    assert adapter.title
    assert all(suffix.startswith(".") for suffix in adapter.suffixes)
    assert all("default:" in text for text in adapter.options.values()), "each option says what holds when it is not given"
    place = discovery.folder("formats", name)
    assert place is None or list((place / "samples").glob("*.in"))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_gives_its_events(name: str, sample: Path) -> None:
    outcome = Outcome(name, sample.read_bytes(), options_of(sample), file=sample.name)
    assert outcome.events == json.loads(sample.with_suffix(".events.json").read_text("utf-8"))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_is_refused_where_it_says_and_nothing_vanishes_uncounted(name: str, sample: Path) -> None:
    outcome = Outcome(name, sample.read_bytes(), options_of(sample), file=sample.name)
    beside = sample.with_suffix(".refused.json")
    expected = json.loads(beside.read_text("utf-8")) if beside.exists() else {"rejected": [], "skipped": {}}
    said = [{"line": entry.line, "field": entry.field, "reason": entry.reason} for entry in outcome.rejected]
    assert said == expected["rejected"]
    assert outcome.skipped == expected["skipped"]


@pytest.mark.parametrize(("name", "sample"), samples())
def test_events_of_a_format_pass_the_checks_of_json_lines(name: str, sample: Path) -> None:
    events = Outcome(name, sample.read_bytes(), options_of(sample)).events
    batch = decode_lines([msgspec.json.encode(event) for event in events], range(len(events)), file="", now_us=None)
    assert [entry.reason for entry in batch.rejected] == []
    assert batch.calls.num_rows == len(events)


@pytest.mark.parametrize(("name", "sample"), samples())
def test_ids_do_not_depend_on_the_file_the_run_or_other_records(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    here = Outcome(name, content, options_of(sample), file="Master.csv")
    there = Outcome(name, content + b"\n" + content, options_of(sample), file="/elsewhere/copy-of-it.1")
    identities = sorted((event["source"], event["id"]) for event in here.events)
    assert sorted((event["source"], event["id"]) for event in there.events) == identities
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(("name", "sample"), samples())
def test_every_instant_has_a_zone_and_every_call_an_order(name: str, sample: Path) -> None:
    for event in Outcome(name, sample.read_bytes(), options_of(sample)).events:
        data = event["data"]
        assert event["time"].endswith("Z")
        if event["type"] != "call.ended":
            continue
        instants = [parse_us(data[field]) for field in ("start", "answer", "end") if field in data]
        assert instants == sorted(instants)
        assert ("answer" in data) == (data["disposition"] == "answered")
        assert data["duration_s"] >= 0


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_record_cut_off_is_refused_with_its_place_and_the_rest_is_read(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    whole = Outcome(name, content, options_of(sample))
    line, start = last_record(whole, content)
    cut = Outcome(name, content[: start + (len(content) - start) * 2 // 5], options_of(sample))
    assert line in [entry.line for entry in cut.rejected]
    earlier = [event["id"] for event in whole.events if event["recordline"] < line and "legs" not in event["data"]]
    assert set(earlier) <= {event["id"] for event in cut.events}


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_record_with_its_fields_shuffled_is_refused_with_its_place(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    whole = Outcome(name, content, options_of(sample))
    line, start = last_record(whole, content)
    end = content.find(b"\n", start)
    parts, between = content[start:end].split(b","), b","
    if len(parts) == 1:  # the record stands on several lines
        end = len(content)
        parts, between = content[start:end].splitlines(), b"\n"
    shuffled = content[:start] + between.join(reversed(parts)) + content[end:]
    places = range(line, line + len(parts))
    assert any(entry.line in places for entry in Outcome(name, shuffled, options_of(sample)).rejected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_give_refusals_and_nothing_else(name: str, seed: int) -> None:
    noise = random.Random(seed).randbytes(100_000)
    outcome = Outcome(name, noise, {"customer": "acme"})
    assert outcome.events == []
    assert outcome.rejected


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_with_bytes_flipped_raises_nothing(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    dice = random.Random(sample.name)
    for _ in range(60):
        broken = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        for event in Outcome(name, bytes(broken), options_of(sample)).events:
            assert event["data"]["customer"]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_gives_nothing(name: str) -> None:
    outcome = Outcome(name, b"", {})
    assert (outcome.events, outcome.rejected, outcome.skipped) == ([], [], {})


@pytest.mark.parametrize("name", NAMES)
def test_ten_megabytes_on_one_line_are_refused_with_their_size_and_the_rest_is_read(name: str) -> None:
    sample = next(param.values[1] for param in samples() if param.values[0] == name)
    content = sample.read_bytes()
    outcome = Outcome(name, content.rstrip(b"\n") + b"\n" + b"x" * 10_485_760 + b"\n" + content, options_of(sample))
    entry = next(entry for entry in outcome.rejected if "bytes long" in entry.reason)
    assert entry.reason == "the line is 10,485,760 bytes long; the limit is 1,048,576"
    assert entry.line == content.count(b"\n") + 1
    assert len(entry.record) == 2000
    assert [event["id"] for event in outcome.events] == [
        event["id"] for event in Outcome(name, content + content, options_of(sample)).events
    ]


@pytest.mark.parametrize("name", NAMES)
def test_utf16_is_named(name: str) -> None:
    outcome = Outcome(name, "some,record\n".encode("utf-16"), {"customer": "acme"})
    assert [entry.reason for entry in outcome.rejected] == ["the file is UTF-16, not UTF-8; save it as UTF-8 and read it again"]


@pytest.mark.parametrize("name", NAMES)
def test_an_option_it_does_not_have_is_refused_with_the_likely_one(name: str) -> None:
    with pytest.raises(BadUse) as caught:
        Outcome(name, b"", {"custmer": "acme"})
    assert f"the format `{name}` has no option `custmer`; did you mean `customer`?; its options are: " in caught.value.sentence()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("country", "XQ", "option country: `XQ` is not a country; write an ISO 3166 code such as GB or US"),
        ("encoding", "utf-9", "option encoding: `utf-9` is not a character set"),
    ],
)
def test_a_wrong_value_of_a_common_option_is_refused(name: str, option: str, value: str, sentence: str) -> None:
    assert option in COMMON_OPTIONS
    with pytest.raises(BadUse) as caught:
        Outcome(name, b"", {option: value})
    assert caught.value.sentence() == sentence


@pytest.mark.parametrize("name", NAMES)
def test_the_switch_is_part_of_the_source_so_two_switches_never_share_an_id(name: str) -> None:
    sample = next(param.values[1] for param in samples() if param.values[0] == name)
    options = {**options_of(sample), "switch": "east-1"}
    east = Outcome(name, sample.read_bytes(), options).events
    west = Outcome(name, sample.read_bytes(), {**options, "switch": "west-1"}).events
    kind = getattr(discovery.load("formats", name), "kind", "cdr")
    assert {event["source"] for event in east} == {f"{kind}/{name}/east-1"}
    assert not {event["id"] for event in east} & {event["id"] for event in west}
