"""Why a rule held: its comparisons with the values they saw, and the sentence for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fairwire.expr.evaluate import Comparison, Value, comparisons, evaluate, show
from fairwire.plan.across import MEANINGS
from fairwire.plan.detector import Detector
from fairwire.plan.scorecard import explained, score_comparison, score_values, signs_seen
from fairwire.plan.sentences import choose, fill


def sentence(detector: Detector, values: Mapping[str, Value | str]) -> str:
    """The first sentence of `because` whose numbers are all known, filled in; else the last, with `unknown` in it."""
    spoken = dict(values)
    if detector.scorecard is not None:
        numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
        spoken |= score_values(detector.scorecard, numbers)
        held_signs = [sign for sign in signs_seen(detector.scorecard, numbers) if sign.holds]
        spoken["signs"] = ", ".join(fill(sign.because, values, detector.names) for sign in held_signs) or "no sign"
    return fill(choose(detector.spec.sentences, spoken), spoken, detector.names)


def held(detector: Detector, values: Mapping[str, Value]) -> list[Comparison]:
    """Every comparison of the rule, in the order it is written; a score against its threshold before its signs."""
    if detector.scorecard is None:
        return comparisons(detector.when, values)
    signs = signs_seen(detector.scorecard, values)
    return [score_comparison(detector.scorecard, values), *(one for sign in signs for one in sign.comparisons)]


def score(detector: Detector, values: Mapping[str, Value]) -> float | None:
    """What the signs add up to; None without a scorecard."""
    return evaluate(detector.scorecard.total, values) if detector.scorecard is not None else None


def _meaning_of_sum(left: str, meanings: Mapping[str, str]) -> str:
    """`(month - lately)` in the words of its two features; empty for other expressions, which say it best themselves."""
    parts = re.fullmatch(r"\((\w+) ([-+]) (\w+)\)", left)
    if parts is None or not (meanings.get(parts[1]) and meanings.get(parts[3])):
        return ""
    return f"{meanings[parts[1]]}, {'less' if parts[2] == '-' else 'and'} {meanings[parts[3]]}"


def explanation(detector: Detector, values: Mapping[str, Value], entitled: Mapping[str, bool]) -> dict[str, Any]:
    """What a page or `fairwire explain` shows of a finding's rule."""
    meanings = {name: feature.meaning for name, feature in detector.features.items()}
    if detector.across is not None:
        meanings |= MEANINGS
    rows = [
        {
            "feature": item.left,
            "meaning": meanings.get(item.left) or _meaning_of_sum(item.left, meanings),
            "value": item.value,
            "comparison": item.comparison,
            "threshold": item.threshold,
            "unit": item.unit,
            "holds": item.holds,
        }
        for item in held(detector, values)
    ]
    told: dict[str, Any] = {
        "rule": _rule(detector),
        "title": detector.spec.title,
        "why": detector.spec.why,
        "comparisons": rows,
        "windows": [
            f"{feature.name}: {feature.meaning}, {feature.window.phrase} ({feature.bound})"
            for feature in detector.features.values()
        ],
        "innocent": list(detector.spec.innocent),
        "entitlements": [
            {
                "name": name,
                "held": bool(entitled.get(name)),
                "covers": show(covers) if covers is not None else None,
                "covered": covers is None or evaluate(covers, values) == 1,
            }
            for name, covers in detector.entitlements.items()
        ],
        "evidence": detector.spec.evidence,
        "hard": detector.spec.certainty == "hard",
        "parameters": {
            name: {"unit": parameter.unit, "evidence": parameter.evidence} for name, parameter in detector.spec.parameters.items()
        },
    }
    if detector.scorecard is not None:
        told["score"] = explained(detector.scorecard, values)
    return told


def _rule(detector: Detector) -> str:
    card = detector.scorecard
    if card is None:
        return show(detector.when)
    known = f" with at least {card.at_least_known} of {len(card.signs)} signs known" if card.at_least_known else ""
    return f"score >= {show(card.fires_at)}{known}"
