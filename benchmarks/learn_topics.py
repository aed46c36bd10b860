"""Learns the weights of `packs/words.json` from the labelled examples of `packs/examples/`: `python benchmarks/learn_topics.py`.

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

from fairwire.policy.importing.english import words_of
from fairwire.policy.importing.model import Weights, features_of
from fairwire.runtime.imports import examples_sha256

PACKS = Path(__file__).resolve().parents[1] / "src" / "fairwire" / "packs"
RARE = 2
"""A feature that fewer examples have says nothing."""
SMALL = 0.08
"""A weight below this is left out."""
STRENGTH = 12.0
"""Inverse of the regularisation; by the five parts."""


def examples(folder: Path) -> list[dict[str, Any]]:
    """All of them, in the order of the files."""
    return [entry for file in sorted(folder.glob("*.yaml")) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]


def learn(rows: list[dict[str, Any]], topics: list[str], index: dict[str, int], where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(weights by topic and feature, bias by topic) of the rows at `where`."""
    matrix = table(rows, index)
    weights, bias = np.zeros((len(topics), len(index))), np.full(len(topics), -8.0)
    for number, topic in enumerate(topics):
        # A topic that would not be wrong says neither yes nor no.
        use = [row for row in where if topic not in rows[row].get("a", ())]
        said = np.array([topic in rows[row]["t"] for row in use])
        if said.sum() < 3:
            continue
        model = LogisticRegression(C=STRENGTH, max_iter=2000, solver="liblinear", class_weight={True: 3.0, False: 1.0})
        model.fit(matrix[use], said)
        weights[number], bias[number] = model.coef_[0], model.intercept_[0]
    return weights, bias


def table(rows: list[dict[str, Any]], index: dict[str, int]) -> csr_matrix:
    """Rows of examples, columns of features, each row of length one over all that it has."""
    places: list[tuple[int, int, float]] = []
    for number, row in enumerate(rows):
        present = features_of(words_of(row["x"]))
        places += [(number, index[name], 1 / np.sqrt(len(present))) for name in present if name in index]
    first, second, values = zip(*places, strict=True)
    return csr_matrix((values, (first, second)), shape=(len(rows), len(index)))


def main() -> None:
    """Learn, say how well, write."""
    folder = PACKS / "examples"
    rows = examples(folder)
    topics = list(yaml.safe_load((PACKS / "topics.yaml").read_text(encoding="utf-8"))["topics"])
    counts = Counter(name for row in rows for name in features_of(words_of(row["x"])))
    index = {name: number for number, name in enumerate(sorted(name for name, count in counts.items() if count >= RARE))}
    print(f"{len(rows)} examples, {len(topics)} topics, {len(index)} features")
    if "--check" in sys.argv:
        right = said = wanted = 0
        for known, asked in KFold(5, shuffle=True, random_state=1).split(rows):
            weights, bias = learn(rows, topics, index, known)
            scores = table([rows[row] for row in asked], index) @ weights.T + bias
            for row, score in zip(asked, scores, strict=True):
                names = {topics[number] for number in np.flatnonzero(score > 0)} - set(rows[row].get("a", ()))
                right, said, wanted = right + len(names & set(rows[row]["t"])), said + len(names), wanted + len(rows[row]["t"])
        print(f"known from the other four parts: recall {right / wanted:.0%}, precision {right / said:.0%}")
    weights, bias = learn(rows, topics, index, np.arange(len(rows)))
    features = {
        name: tuple((int(topic), round(float(weights[topic, column]), 2)) for topic in np.flatnonzero(np.abs(weights[:, column]) >= SMALL))
        for name, column in index.items()
    }
    written = Weights(
        examples_sha256=examples_sha256(),
        topics=tuple(topics),
        bias=tuple(round(float(each), 3) for each in bias),
        features={name: entries for name, entries in features.items() if entries},
    )
    text = msgspec.json.encode(written)
    (PACKS / "words.json").write_bytes(text + b"\n")
    print(f"packs/words.json: {len(text):,} bytes")


if __name__ == "__main__":
    main()
