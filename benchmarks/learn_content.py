"""Learns the models of unwanted messages and calls: `FAIRWIRE_CORPUS=.. python benchmarks/learn_content.py [--check]`.

Reads the learning parts of the UCI SMS Spam Collection and of the FTC's robocalls under FAIRWIRE_CORPUS (how they are split:
`tests/labelled_texts.py`) and `tests/content/examples/seen.txt`; writes `src/fairwire/content/weights.py`, the same bytes each
time. `--check` writes nothing and fails where the file is another.
"""

from __future__ import annotations

import base64
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fairwire.content import cues  # noqa: E402
from fairwire.content.features import SIZE, features  # noqa: E402
from fairwire.content.judging import spam_odds  # noqa: E402
from fairwire.content.tokens import take_apart  # noqa: E402
from labelled_texts import Row, collections_digest, examples, robocalls, sms  # noqa: E402

STEPS, RATE = 600, 2.0
"""Of gradient descent, with Nesterov's momentum."""
HOLD = {"written": 5e-5, "spoken": 1e-3}
"""L2 regularisation, the best of three by folds of the learning part."""
OWN = 3.0
"""What an example of our own weighs against a message of the collections, of which there are more."""
STYLE = 0.1
"""What a good message weighs in the model of calls: it teaches English, not speech."""
STEP = 1 / 32
"""A weight of one, in logarithms of odds."""
FALSE_ALARMS = 0.002
"""Share of good messages of the learning part, each judged by folds that did not have it, that may reach one half."""
MARGIN = 0.25
"""Of calls there are too few good ones for a share: none may come nearer to one half than this."""
FOLDS = 5


class Table:
    """Rows of cells in compressed form."""

    def __init__(self, rows: list[Row]) -> None:
        cells = [sorted(features(take_apart(row.text))) for row in rows]
        self.row = np.repeat(np.arange(len(rows)), [len(each) for each in cells])
        self.cell = np.array([cell for each in cells for cell in each], dtype=np.int64)
        self.rows = len(rows)

    def odds(self, weights: np.ndarray, bias: float) -> np.ndarray:
        """Of each row; summed in order, so that no library's blocking shows."""
        return np.bincount(self.row, weights=weights[self.cell], minlength=self.rows) + bias

    def of(self, which: np.ndarray) -> Table:
        """Some of the rows."""
        made = Table([])
        number = np.cumsum(which) - 1
        kept = which[self.row]
        made.row, made.cell, made.rows = number[self.row[kept]], self.cell[kept], int(which.sum())
        return made


def learn(table: Table, said: np.ndarray, weigh: np.ndarray, hold: float) -> tuple[np.ndarray, float]:
    """(weight of each cell, bias) of a logistic regression."""
    weights, bias = np.zeros(SIZE), 0.0
    fast, fast_bias = np.zeros(SIZE), 0.0
    share = weigh / weigh.sum()
    for step in range(STEPS):
        ahead, ahead_bias = weights + 0.9 * fast, bias + 0.9 * fast_bias
        sure = 1.0 / (1.0 + np.exp(-np.clip(table.odds(ahead, ahead_bias), -30, 30)))
        wrong = (sure - said) * share
        slope = np.bincount(table.cell, weights=wrong[table.row], minlength=SIZE) + hold * ahead
        rate = RATE if step < STEPS * 3 // 4 else RATE / 4
        fast, fast_bias = 0.9 * fast - rate * slope, 0.9 * fast_bias - rate * wrong.sum()
        weights, bias = weights + fast, bias + fast_bias
    return weights, float(bias)


def whole(weights: np.ndarray) -> np.ndarray:
    """The weights as whole numbers of a byte."""
    return np.clip(np.rint(weights / STEP), -127, 127).astype(np.int64)


def unseen_odds(rows: list[Row], table: Table, said: np.ndarray, weigh: np.ndarray, hold: float) -> np.ndarray:
    """The odds of spam of each row, by the model of the folds that do not have its near-duplicates, and by the rules."""
    fold = np.array([row.group // 10 % FOLDS for row in rows])
    odds = np.zeros(table.rows)
    for each in range(FOLDS):
        rest = fold != each
        weights, bias = learn(table.of(rest), said[rest], weigh[rest], hold)
        odds[~rest] = table.odds(whole(weights) * STEP, bias)[~rest]
    return np.array([with_rules(row, guess) for row, guess in zip(rows, odds, strict=True)])


def with_rules(row: Row, guess: float) -> float:
    """What the reading makes of the model's odds, so far as they count."""
    taken = take_apart(row.text)
    points = {kind: sum(each.points for each in said) for kind, said in cues.fulfilled(taken, cues.named(taken)).items()}
    return spam_odds(guess, points, spoken=row.spoken)


def model(
    name: str, rows: list[Row], weigh: list[float], counted: list[bool], share: float, margin: float
) -> tuple[np.ndarray, int]:
    """(whole weights, whole bias) so that of the good `counted` rows at most `share` come within `margin` of one half."""
    said = np.array(["spam" in row.kinds for row in rows], dtype=float)
    weight = np.array(weigh)
    table = Table(rows)
    odds = unseen_odds(rows, table, said, weight, HOLD[name])
    good = np.sort(odds[np.array(counted) & (said == 0)])[::-1]
    off = max(float(good[int(len(good) * share)]) + margin, 0.0)
    weights, bias = learn(table, said, weight, HOLD[name])
    made = whole(weights)
    print(f"{name}: {len(rows)} texts, {int(said.sum())} of them unwanted, {int((made != 0).sum())} weights, {off:.2f} taken off")
    return made, round((bias - off) / STEP)


def main() -> None:
    """Learn and write, or learn and compare."""
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        sys.exit("FAIRWIRE_CORPUS is not set: it names the folder with text_sms_spam_uci and text_robocall_transcripts_ftc.")
    collected = [row for row in sms(Path(corpus)) if row.part == "learn"]
    calls = [row for row in robocalls(Path(corpus)) if row.part == "learn"]
    own = examples("seen")
    typed, said = [row for row in own if not row.spoken], [row for row in own if row.spoken]
    written = model(
        "written", collected + typed, [1.0] * len(collected) + [OWN] * len(typed), [True] * len(collected) + [False] * len(typed),
        FALSE_ALARMS, 0.0,
    )  # fmt: skip
    good = [row for row in collected if not row.kinds][::3]
    of_group = Counter(row.group for row in calls)
    spoken = model(
        "spoken", calls + said + good,
        [2.0 * min(of_group[row.group], 3) / of_group[row.group] for row in calls] + [OWN] * len(said) + [STYLE] * len(good),
        [False] * len(calls) + [True] * len(said) + [False] * len(good), 0.0, MARGIN,
    )  # fmt: skip
    text = module(written, spoken, collections_digest(Path(corpus)))
    target = ROOT / "src" / "fairwire" / "content" / "weights.py"
    if "--check" in sys.argv:
        same = target.read_text(encoding="utf-8") == text
        sys.exit(0 if same else "weights.py is not what these data make: run it without --check.")
    target.write_text(text, encoding="utf-8")


def module(written: tuple[np.ndarray, int], spoken: tuple[np.ndarray, int], digest: str) -> str:
    """The text of the module of weights."""
    text = '"""Weights of the models: written by `benchmarks/learn_content.py`, not by hand."""\n\n'
    text += f'COLLECTIONS = "{digest}"\nSTEP = {STEP}\n'
    for name, (made, bias) in (("WRITTEN", written), ("SPOKEN", spoken)):
        coded = base64.b85encode(bytes(int(each) & 255 for each in made)).decode()
        lines = "".join(f'    "{coded[at : at + 120]}",\n' for at in range(0, len(coded), 120))
        text += f"{name}_BIAS = {bias}\n{name} = (\n{lines})\n"
    return text


if __name__ == "__main__":
    main()
