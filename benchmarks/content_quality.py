"""How well texts are read: `FAIRWIRE_CORPUS=../shared/data python benchmarks/content_quality.py`.

Prints the tables of docs/explanation/content.md: the parts of the two collections that nothing was learned from, the examples of
our own by kind and by language, disguises, and keys of near-duplicates. Shares come with 95 % bounds (Wilson).
"""

from __future__ import annotations

import math
import os
import random
import sys
import timeit
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fairwire.content import Scores, read_text, read_transcript  # noqa: E402
from labelled_texts import Row, examples, robocalls, sms  # noqa: E402
from spun_texts import key, spin, templates, together, unrelated  # noqa: E402

SURE = 0.5
LANGUAGES = ("german", "french", "spanish", "dutch", "italian", "portuguese")
SCHEMES = {"spam", "lure", "phishing", "authority"}


def share(part: int, whole: int) -> str:
    """`part` of `whole` in percent, with its bounds."""
    if not whole:
        return "-"
    z, p = 1.96, part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{part}/{whole} = {p:.1%} ({max(middle - half, 0):.1%} to {min(middle + half, 1):.1%})"


def told(row: Row) -> set[str]:
    """The kinds that a text is said to be."""
    reading = read_transcript(row.text) if row.spoken else read_text(row.text)
    return {kind for kind, score in reading.scores._asdict().items() if score >= SURE}


def messages(rows: list[Row]) -> None:
    """The held-out part of the SMS collection."""
    found = [(row, told(row)) for row in rows if row.part == "judge"]
    table = Counter(("spam" in row.kinds, "spam" in kinds) for row, kinds in found)
    good = [kinds for row, kinds in found if not row.kinds]
    print(f"messages: {len(found)} held out; spam as spam {table[True, True]}, as good {table[True, False]};", end=" ")
    print(f"good as spam {table[False, True]}, as good {table[False, False]}")
    print("  recall", share(table[True, True], table[True, True] + table[True, False]))
    print("  precision", share(table[True, True], table[True, True] + table[False, True]))
    print("  false alarms", share(table[False, True], len(good)))
    print("  other kinds on good ones", dict(Counter(kind for kinds in good for kind in kinds - {"spam"})))


def calls(rows: list[Row]) -> None:
    """The held-out campaigns of the robocalls."""
    held = [row for row in rows if row.part == "judge"]
    found = [told(row) for row in held]
    print(f"robocalls: {len(held)} held out, of {len({row.group for row in held})} campaigns")
    print("  spam, lure, phishing or authority", share(sum(bool(kinds & SCHEMES) for kinds in found), len(held)))
    for kind in sorted(SCHEMES):
        print(f"  {kind}", share(sum(kind in kinds for kinds in found), len(held)))


def own(name: str) -> None:
    """Examples of our own, by kind."""
    found = [(row, told(row)) for row in examples(name)]
    print(f"examples, {name}:")
    for kind in Scores._fields:
        of = [kinds for row, kinds in found if kind in row.kinds]
        print(f"  {kind}", share(sum(kind in kinds for kinds in of), len(of)))
    every = [(kind, kinds) for row, kinds in found for kind in row.kinds - {"spam"}]
    print("  all but spam", share(sum(kind in kinds for kind, kinds in every), len(every)))
    for spoken in (False, True):
        good = [kinds for row, kinds in found if not row.kinds and row.spoken == spoken]
        print(f"  innocent {'calls' if spoken else 'messages'} alarmed", share(sum(map(bool, good)), len(good)))


def languages() -> None:
    """Examples in other languages, by part."""
    for part in ("seen", "unseen"):
        for language in LANGUAGES:
            found = [(row, told(row)) for row in examples(f"{language}_{part}")]
            known = sum(row.kinds <= kinds for row, kinds in found if row.kinds)
            good = [kinds for row, kinds in found if not row.kinds]
            print(f"{language}, {part}:", share(known, len(found) - len(good)), end="; ")
            print("innocent ones alarmed", share(sum(map(bool, good)), len(good)))


def copies(rows: list[Row]) -> None:
    """Keys of near-duplicates."""
    for name in ("spun_seen", "spun_unseen"):
        rng, turned, filled, most = random.Random(7), [], [], []
        for template in templates(name):
            keys = [key(spin(template, rng)) for _ in range(25)]
            turned.append(together(keys))
            most.append(max(Counter(keys).values()) / len(keys))
            filled.append(together([key(spin(template, rng, turn=False)) for _ in range(25)]))
        count = len(turned)
        print(
            f"{name}: pairs that differ in names and numbers {sum(filled) / count:.1%}, in words too {sum(turned) / count:.1%}",
            end=" ",
        )
        print(f"the largest group holds {sum(most) / count:.0%}")
    same, pairs = unrelated([(key(row.text), row.group) for row in rows if len(row.text.split()) >= 8])
    print(f"unrelated messages of eight words and more: {same} of {pairs:,} pairs share a key, 1 in {pairs // max(same, 1):,}")


def main() -> None:
    """Everything."""
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        sys.exit("FAIRWIRE_CORPUS is not set: it names the folder with text_sms_spam_uci and text_robocall_transcripts_ftc.")
    rows = sms(Path(corpus))
    messages(rows)
    calls(robocalls(Path(corpus)))
    own("seen")
    own("unseen")
    languages()
    copies(rows)
    text = "Yeah I'll meet you at the station around 7, mum says she will cook dinner so don't eat before. Can you bring the book"
    text += " I gave you last week? Also call me later ok"
    print(f"{len(text)} characters: {min(timeit.repeat(lambda: read_text(text), number=500, repeat=5)) * 2000:.0f} microseconds")


if __name__ == "__main__":
    main()
