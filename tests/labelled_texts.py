"""The labelled texts and how they are split: by groups of near-duplicates, so that nothing of what is judged was learned from."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

EXAMPLES = Path(__file__).parent / "content" / "examples"
JUDGED = 3
"""Tenths of the groups of the SMS collection that are kept apart."""


class Row(NamedTuple):
    """A labelled text."""

    text: str
    kinds: frozenset[str]
    group: int
    """Near-duplicates share it."""
    part: str
    """`learn` or `judge`."""
    spoken: bool = False


def corpus() -> Path:
    """The folder of other people's texts; the test is skipped where there is none."""
    named = os.environ.get("FAIRWIRE_CORPUS")
    if not named:
        pytest.skip("FAIRWIRE_CORPUS is not set: it names the folder with other people's sample data")
    return Path(named)


def collections_digest(folder: Path) -> str:
    """Of both collections as they are here: weights belong to the copies that they were learned from."""
    files = (folder / "text_sms_spam_uci" / "SMSSpamCollection.tsv", folder / "text_robocall_transcripts_ftc" / "metadata.csv")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def sms(folder: Path) -> list[Row]:
    """The distinct messages of the UCI SMS Spam Collection."""
    kinds: dict[str, str] = {}
    with (folder / "text_sms_spam_uci" / "SMSSpamCollection.tsv").open(encoding="utf-8") as lines:
        for line in list(lines)[1:]:
            label, _, text = line.rstrip("\n").partition("\t")
            if text:
                kinds.setdefault(text, label)
    texts = list(kinds)
    made = []
    for text, group in zip(texts, groups(texts), strict=True):
        part = "judge" if group % 10 < JUDGED else "learn"
        made.append(Row(text, frozenset({"spam"} if kinds[text] == "spam" else ()), group, part))
    return made


def robocalls(folder: Path) -> list[Row]:
    """The distinct English transcripts of the FTC's robocalls; campaigns that were read learn."""
    with (folder / "text_robocall_transcripts_ftc" / "metadata.csv").open(encoding="utf-8", newline="") as lines:
        texts = sorted({row["transcript"].strip() for row in csv.DictReader(lines) if row["language"] == "en"} - {""})
    found = groups(texts)
    listed = set((EXAMPLES / "transcripts_read.txt").read_text(encoding="utf-8").split())
    read = {group for text, group in zip(texts, found, strict=True) if f"{zlib.crc32(text.encode()):08x}" in listed}
    return [
        Row(text, frozenset({"spam"}), group, "learn" if group in read else "judge", True)
        for text, group in zip(texts, found, strict=True)
    ]


def examples(name: str) -> list[Row]:
    """Texts of our own: `seen` were there while rules were written, `unseen` were written after and changed nothing."""
    made = []
    lines = (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if line and not line.startswith("#")):
        kinds, _, text = line.partition(" | ")
        named = set(kinds.split()) - {"none"}
        made.append(
            Row(text, frozenset(named - {"spoken"}), number * 10, "learn" if name == "seen" else "judge", "spoken" in named)
        )
    return made


def parts(rows: Iterable[Row], count: int) -> list[int]:
    """A number below `count` for each row, the same for a group."""
    return [row.group // 10 % count for row in rows]


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the group of its near-duplicates: the same letters, or 0.3 of the shorter's runs of four words."""
    runs = [_runs(text) for text in texts]
    holds: dict[str, list[int]] = defaultdict(list)
    parent = list(range(len(texts)))

    def root(each: int) -> int:
        while parent[each] != each:
            parent[each] = parent[parent[each]]
            each = parent[each]
        return each

    def join(one: int, other: int) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    first: dict[str, int] = {}
    for number, text in enumerate(texts):
        same: dict[int, int] = defaultdict(int)
        for run in runs[number]:
            for other in holds[run]:
                same[other] += 1
            holds[run].append(number)
        for other, count in same.items():
            if count >= 0.3 * min(len(runs[number]), len(runs[other])):
                join(number, other)
        join(number, first.setdefault(re.sub(r"[^a-z]", "", text.lower()), number))
    return [zlib.crc32(texts[root(number)].encode()) for number in range(len(texts))]


def _runs(text: str) -> set[str]:
    words = re.findall(r"[a-z']+", text.lower())
    return {" ".join(words[at : at + 4]) for at in range(max(1, len(words) - 3))}
