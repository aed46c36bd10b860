"""Every reader of documents, found by its folder, held to the same words: add a reader with its samples and it is tested here."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.model.prose import Prose
from fairwire.ports.documents import DocumentReader, UnreadableDocument
from fairwire.runtime import discovery
from fairwire.runtime.reading import read_prose

NAMES = discovery.names("documents")


def samples() -> list[Any]:
    """One parameter for each sample of each built-in reader."""
    found = []
    for name in NAMES:
        place = discovery.folder("documents", name)
        if place is not None:
            found += [
                pytest.param(name, sample, id=f"{name}-{sample.stem}") for sample in sorted((place / "samples").glob("*.in.*"))
            ]
    return found


def golden(sample: Path) -> Path:
    """Where the expected text of a sample stands."""
    return sample.with_name(sample.name.partition(".in.")[0] + ".prose.json")


def as_json(prose: Prose) -> Any:
    """As people read it: each block with its text."""
    made = json.loads(msgspec.json.encode(prose))
    if prose.blocks is not None:
        made["blocks"] = [
            {
                "text": prose.text[block.start : block.end],
                **{name: value for name, value in msgspec.structs.asdict(block).items() if value not in ("", 0, "body")},
            }
            for block in prose.blocks
        ]
    return made


def read(name: str, data: bytes, file: str = "policy") -> Prose:
    """What a reader makes of some bytes."""
    reader: DocumentReader = discovery.load("documents", name)
    return reader.read(data, file=file)


def check(prose: Prose) -> None:
    """What holds for every document that was read."""
    assert prose.text.strip()
    end = 0
    for block in prose.blocks or ():
        text = prose.text[block.start : block.end]
        assert end <= block.start < block.end <= len(prose.text), "in order, inside the text, none inside another"
        assert text == text.strip(), "without white space round it"
        assert (block.level > 0) == (block.kind != "paragraph")
        assert block.kind != "heading" or block.level <= 6
        end = block.end
    assert all(note and not note.endswith(".") for note in prose.notes)
    prose.text.encode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_says_what_it_is_and_has_a_sample(name: str) -> None:
    reader: DocumentReader = discovery.load("documents", name)
    assert reader.name == name
    assert reader.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes)
    place = discovery.folder("documents", name)
    assert place is None or list((place / "samples").glob("*.in.*"))


def test_no_two_readers_claim_the_same_ending() -> None:
    claimed = [suffix for name in NAMES for suffix in discovery.load("documents", name).suffixes]
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_gives_its_prose(name: str, sample: Path) -> None:
    made = as_json(read(name, sample.read_bytes(), file=sample.name))
    if os.environ.get("FAIRWIRE_ACCEPT") == "documents":
        golden(sample).write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(golden(sample).read_text("utf-8"))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_blocks_are_pieces_of_the_text_in_order(name: str, sample: Path) -> None:
    check(read(name, sample.read_bytes()))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_the_same_bytes_give_the_same_prose(name: str, sample: Path) -> None:
    assert read(name, sample.read_bytes()) == read(name, sample.read_bytes())


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_file_goes_to_its_reader_by_its_name_or_its_bytes(name: str, sample: Path, tmp_path: Path) -> None:
    assert read_prose(sample)[0].kind == name
    misnamed = tmp_path / "policy.txt"
    misnamed.write_bytes(sample.read_bytes())
    signed = discovery.load("documents", name).recognises(sample.read_bytes())
    assert read_prose(misnamed)[0].kind == (name if signed else "text")


@pytest.mark.parametrize(("name", "sample"), samples())
def test_no_reader_but_its_own_recognises_a_sample(name: str, sample: Path) -> None:
    data = sample.read_bytes()
    assert {other for other in NAMES if discovery.load("documents", other).recognises(data)} <= {name}


def attempt(name: str, data: bytes) -> None:
    """A reader reads, or says in a sentence what is wrong and what to do; nothing else."""
    try:
        check(read(name, data))
    except UnreadableDocument as refusal:
        check_refusal(refusal)


def check_refusal(refusal: UnreadableDocument) -> None:
    """What holds for every refusal."""
    assert refusal.sentence().startswith("policy: ")
    assert "\n" not in refusal.sentence()
    assert refusal.help


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [0, 1, 7, 64, 1000, 50_000])
def test_random_bytes_are_refused_in_a_sentence_or_read(name: str, length: int) -> None:
    for seed in range(3):
        attempt(name, random.Random(seed).randbytes(length))


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_cut_off_is_refused_in_a_sentence_or_read(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    dice = random.Random(sample.name)
    for _ in range(25):
        attempt(name, content[: dice.randrange(len(content))])


@pytest.mark.parametrize(("name", "sample"), samples())
def test_a_sample_with_bytes_flipped_is_refused_in_a_sentence_or_read(name: str, sample: Path) -> None:
    content = sample.read_bytes()
    dice = random.Random(sample.name)
    for _ in range(25):
        broken = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        attempt(name, bytes(broken))
