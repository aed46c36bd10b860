"""Learns the weights of the model of topics from the labelled examples: `python benchmarks/learn_topics.py [--check]`.

Reads `packs/_words/examples/`, writes `packs/_words/weights.json`.

Needs scikit-learn (a development dependency). Prints how well five parts of the examples are known from the other four.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import normalize

from fairwire.policy.importing.english import words_of
from fairwire.policy.importing.model import Weights, features_of
from fairwire.runtime.imports import examples_sha256

PACKS = Path(__file__).resolve().parents[1] / "src" / "fairwire" / "packs"
RARE = 2
"""A feature that fewer examples have says nothing."""
SMALL = 0.25
"""A weight below this is left out."""
STRENGTH = 20.0
"""Inverse of the regularisation, and how much more a yes weighs than a no: the best of eight pairs by the parts."""
YES = 20.0

Matrix = csr_matrix


def examples(folder: Path) -> list[dict[str, Any]]:
    """All of them, in the order of the files."""
    return [entry for file in sorted(folder.glob("*.yaml")) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]


def learn(rows: list[dict[str, Any]], topics: list[str], matrix: Matrix, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(weights by topic and feature, bias by topic) of the rows at `where`."""
    weights, bias = np.zeros((len(topics), matrix.shape[1])), np.full(len(topics), -8.0)
    for number, topic in enumerate(topics):
        # A topic that would not be wrong says neither yes nor no.
        use = [row for row in where if topic not in rows[row].get("a", ())]
        said = np.array([topic in rows[row]["t"] for row in use])
        if said.sum() < 3:
            continue
        model = LogisticRegression(C=STRENGTH, max_iter=2000, solver="liblinear", class_weight={True: YES, False: 1.0})
        model.fit(matrix[use], said)
        weights[number], bias[number] = model.coef_[0], model.intercept_[0]
    return weights, bias


def table(rows: list[dict[str, Any]], index: dict[str, int], rarity: np.ndarray) -> Matrix:
    """Rows of examples, columns of features by their rarity, each row of length one."""
    first: list[int] = []
    second: list[int] = []
    for number, row in enumerate(rows):
        known = [index[name] for name in features_of(words_of(row["x"])) if name in index]
        first += [number] * len(known)
        second += known
    return normalize(csr_matrix((rarity[second], (first, second)), shape=(len(rows), len(index))))


def main() -> None:
    """Learn, say how well, write."""
    folder = PACKS / "_words" / "examples"
    rows = examples(folder)
    topics = list(yaml.safe_load((PACKS / "topics.yaml").read_text(encoding="utf-8"))["topics"])
    counts = Counter(name for row in rows for name in features_of(words_of(row["x"])))
    names = sorted(name for name, count in counts.items() if count >= RARE)
    index = {name: number for number, name in enumerate(names)}
    rarity = np.array([np.log(len(rows) / counts[name]) + 1 for name in names])
    matrix = table(rows, index, rarity)
    print(f"{len(rows)} examples, {len(topics)} topics, {len(index)} features")
    if "--check" in sys.argv:
        check(rows, topics, matrix)
    weights, bias = learn(rows, topics, matrix, np.arange(len(rows)))
    written = Weights(
        examples_sha256=examples_sha256(),
        topics=tuple(topics),
        bias=tuple(round(float(each), 3) for each in bias),
        features={
            name: (
                round(float(rarity[column]), 3),
                tuple(
                    (int(topic), round(float(weights[topic, column]), 2))
                    for topic in np.flatnonzero(np.abs(weights[:, column]) >= SMALL)
                ),
            )
            for name, column in index.items()
        },
    )
    text = msgspec.json.encode(written)
    (PACKS / "_words" / "weights.json").write_bytes(text + b"\n")
    print(f"packs/_words/weights.json: {len(text):,} bytes")


def check(rows: list[dict[str, Any]], topics: list[str], matrix: Matrix) -> None:
    """How well each of five parts is known from the other four."""
    right = said = wanted = first = with_topics = 0
    for known, asked in KFold(5, shuffle=True, random_state=1).split(rows):
        weights, bias = learn(rows, topics, matrix, known)
        for row, score in zip(asked, matrix[asked] @ weights.T + bias, strict=True):
            spare = set(rows[row].get("a", ()))
            names = {topics[number] for number in np.flatnonzero(score > 0)} - spare
            right, said, wanted = right + len(names & set(rows[row]["t"])), said + len(names), wanted + len(rows[row]["t"])
            if rows[row]["t"]:
                with_topics += 1
                first += topics[int(score.argmax())] in {*rows[row]["t"], *spare}
    shares = f"recall {right / wanted:.0%}, precision {right / said:.0%}, first {first / with_topics:.0%}"
    print(f"known from the other four parts: {shares}")


if __name__ == "__main__":
    main()
