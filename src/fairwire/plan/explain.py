"""Why a rule held: its comparisons with the values they saw, and the sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairwire.expr.evaluate import Comparison, Value, comparisons, show
from fairwire.plan.across import MEANINGS
from fairwire.plan.detector import Detector, template_fields


def sentence(detector: Detector, values: Mapping[str, Value | str]) -> str:
    """The first sentence of `because` whose numbers are all known, filled in; else the last, with `unknown` in it."""
    chosen = detector.spec.sentences[-1]
    for candidate in detector.spec.sentences:
        if all(_is_known(values.get(name)) for name, _ in template_fields(candidate)):
            chosen = candidate
            break
    out = chosen
    for name, form in template_fields(chosen):
        field = f"{{{name}:{form}}}" if form else f"{{{name}}}"
        out = out.replace(field, _spoken(values.get(name), form))
    return " ".join(out.split())


def _is_known(value: Value | str | None) -> bool:
    return value is not None and value == value


def _spoken(value: Value | str | None, form: str) -> str:
    if value is None or value != value:
        return "unknown"
    if isinstance(value, str):
        return value
    if form:
        return format(float(value), form)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def held(detector: Detector, values: Mapping[str, Value]) -> list[Comparison]:
    """Every comparison of the rule, in the order it is written."""
    return comparisons(detector.when, values)


def explanation(detector: Detector, values: Mapping[str, Value], entitled: Mapping[str, bool]) -> dict[str, Any]:
    """What a page or `fairwire explain` shows of a finding's rule."""
    meanings = {name: feature.meaning for name, feature in detector.features.items()}
    if detector.across is not None:
        meanings |= MEANINGS
    rows = [
        {
            "feature": item.left,
            "meaning": meanings.get(item.left, ""),
            "value": item.value,
            "comparison": item.comparison,
            "threshold": item.threshold,
            "unit": item.unit,
            "holds": item.holds,
        }
        for item in held(detector, values)
    ]
    return {
        "rule": show(detector.when),
        "title": detector.spec.title,
        "why": detector.spec.why,
        "comparisons": rows,
        "windows": [
            f"{feature.name}: {feature.meaning}, {feature.window.phrase} ({feature.bound})"
            for feature in detector.features.values()
        ],
        "innocent": list(detector.spec.innocent),
        "entitlements": [{"name": name, "held": bool(entitled.get(name))} for name in detector.spec.entitlements],
        "evidence": detector.spec.evidence,
        "hard": detector.spec.certainty == "hard",
        "parameters": {
            name: {"unit": parameter.unit, "evidence": parameter.evidence} for name, parameter in detector.spec.parameters.items()
        },
    }
