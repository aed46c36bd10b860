"""Learns the model of unwanted messages: `FAIRWIRE_CORPUS=../shared/data python benchmarks/learn_content.py [--check]`.

Reads the UCI SMS Spam Collection (`text_sms_spam_uci`) under FAIRWIRE_CORPUS and `tests/content/examples/seen.txt`; writes
`src/fairwire/content/weights.py`, the same bytes each time. `--check` writes nothing and fails where the file is another.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from labelled_texts import Row, examples, parts, sms  # noqa: E402
from fairwire.content.features import SIZE, features  # noqa: E402
from fairwire.content.tokens import take_apart  # noqa: E402

STEPS, RATE = 600, 2.0
"""Of gradient descent, with Nesterov's momentum."""
HOLD = 2e-4
"""L2 regularisation: the best of 1e-3, 2e-4, 5e-5 by folds of the learning part."""
OWN = 3.0
"""What an example of our own weighs against a message of the collection, of which there are ten times as many."""
STEP = 1 / 32
"""A weight of one, in logarithms of odds."""
FALSE_ALARMS = 0.002
"""Share of good messages of the learning part, each judged by folds that did not have it, that may reach one half."""
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


def learn(table: Table, said: np.ndarray, weigh: np.ndarray) -> tuple[np.ndarray, float]:
    """(weight of each cell, bias) of a logistic regression."""
    weights, bias = np.zeros(SIZE), 0.0
    fast, fast_bias = np.zeros(SIZE), 0.0
    share = weigh / weigh.sum()
    for step in range(STEPS):
        ahead, ahead_bias = weights + 0.9 * fast, bias + 0.9 * fast_bias
        sure = 1.0 / (1.0 + np.exp(-np.clip(table.odds(ahead, ahead_bias), -30, 30)))
        wrong = (sure - said) * share
        slope = np.bincount(table.cell, weights=wrong[table.row], minlength=SIZE) + HOLD * ahead
        rate = RATE if step < STEPS * 3 // 4 else RATE / 4
        fast, fast_bias = 0.9 * fast - rate * slope, 0.9 * fast_bias - rate * wrong.sum()
        weights, bias = weights + fast, bias + fast_bias
    return weights, float(bias)


def whole(weights: np.ndarray) -> np.ndarray:
    """The weights as whole numbers of a byte."""
    return np.clip(np.rint(weights / STEP), -127, 127).astype(np.int64)


def threshold(table: Table, said: np.ndarray, weigh: np.ndarray, fold: np.ndarray, counted: np.ndarray) -> float:
    """What has to be taken off so that only `FALSE_ALARMS` of the good messages reach one half, judged by the other folds."""
    odds = np.zeros(table.rows)
    for each in range(FOLDS):
        rest = fold != each
        weights, bias = learn(table.of(rest), said[rest], weigh[rest])
        odds[~rest] = table.odds(whole(weights) * STEP, bias)[~rest]
    good = np.sort(odds[counted & (said == 0)])[::-1]
    return max(float(good[int(len(good) * FALSE_ALARMS)]), 0.0)


def main() -> None:
    """Learn and write, or learn and say how well."""
    corpus = os.environ.get("FAIRWIRE_CORPUS")
    if not corpus:
        sys.exit("FAIRWIRE_CORPUS is not set: it names the folder with text_sms_spam_uci.")
    collected = [row for row in sms(Path(corpus)) if row.part == "learn"]
    own = [row for row in examples("seen") if not row.spoken]
    rows = collected + own
    said = np.array(["spam" in row.kinds for row in rows], dtype=float)
    weigh = np.array([1.0] * len(collected) + [OWN] * len(own))
    table = Table(rows)
    fold = np.array(parts(rows, FOLDS))
    counted = np.arange(len(rows)) < len(collected)
    off = threshold(table, said, weigh, fold, counted)
    weights, bias = learn(table, said, weigh)
    made, start = whole(weights), round((bias - off) / STEP)
    print(f"{len(collected)} messages and {len(own)} examples, {int((made != 0).sum())} weights, {off:.2f} taken off")
    text = written(made, start)
    target = ROOT / "src" / "fairwire" / "content" / "weights.py"
    if "--check" in sys.argv:
        same = target.read_text(encoding="utf-8") == text
        sys.exit(0 if same else "weights.py is not what these data make: run it without --check.")
    target.write_text(text, encoding="utf-8")


def written(made: np.ndarray, bias: int) -> str:
    """The module of weights."""
    coded = base64.b85encode(bytes(int(each) & 255 for each in made)).decode()
    lines = "".join(f'    "{coded[at : at + 120]}",\n' for at in range(0, len(coded), 120))
    return (
        '"""Weights of the model of unwanted messages: written by `benchmarks/learn_content.py`, not by hand."""\n\n'
        f"BIAS = {bias}\nSTEP = {STEP}\nTABLE = (\n{lines})\n"
    )


if __name__ == "__main__":
    main()
