"""Scorecards: weighted signs in place of one condition.

A scorecard is no machinery of its own. It is written out as an expression, `points(sign, weight) + ... >= fires_at`, so that
everything that reads expressions (the compiler, the reference, SQL) reads it too. A sign that is unknown weighs nothing,
neither for nor against; `at_least_known` says how many must be known before the score means anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fairwire.expr.evaluate import Comparison, Value, comparisons, evaluate, show
from fairwire.expr.tree import Arithmetic, Both, Compare, Known, Name, Node, Number, Points
from fairwire.model.documents import Document, Path
from fairwire.plan.errors import WrongDetector
from fairwire.plan.spec import ScoreSpec

SCORE_NAMES = ("score", "fires_at", "signs", "signs_held", "signs_known")
"""What a sentence may name of a scorecard, beside everything that the rule may."""

Read = Callable[[Path, str], Node]
"""Parses the text at a path of the file as a truth or a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One sign as checked."""

    when: Node
    weight: Node
    because: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All signs of a detector, and what they must add up to."""

    signs: tuple[Sign, ...]
    total: Node
    """The score as an expression; never unknown unless a weight is."""
    fires_at: Node
    at_least_known: int

    @property
    def when(self) -> Node:
        """The whole as one condition."""
        reached = Compare(">=", self.total, self.fires_at)
        if not self.at_least_known:
            return reached
        known = _sum([Points(Known(sign.when), Number(1.0)) for sign in self.signs])
        return Both(True, (reached, Compare(">=", known, Number(float(self.at_least_known)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignSeen:
    """One sign as it stood."""

    rule: str
    weight: Value
    holds: bool | None
    because: str
    evidence: str
    comparisons: list[Comparison]


def read_scorecard(spec: ScoreSpec, document: Document, parameters: Mapping[str, Name], read: Read) -> Scorecard:
    """Check a `score:` block.

    Raises
    ------
    WrongDetector
        A weight is nothing, or no combination of signs could ever reach the threshold.
    FairwireError
        A sign is not a condition over what the detector defines.
    """
    signs: list[Sign] = []
    for index, written in enumerate(spec.signs):
        path: Path = ("score", "signs", index)
        weight = _amount(written.weight, (*path, "weight"), document, parameters)
        if weight == Number(0.0):
            raise WrongDetector("a sign of no weight decides nothing", at=document.at((*path, "weight")), help_="leave it out")
        when = read((*path, "when"), written.when)
        signs.append(Sign(when=when, weight=weight, because=written.because, evidence=written.evidence))
    fires_at = _amount(spec.fires_at, ("score", "fires_at"), document, parameters)
    _within_reach(signs, fires_at, document)
    if spec.at_least_known is not None and spec.at_least_known > len(signs):
        at = document.at(("score", "at_least_known"))
        raise WrongDetector(f"there are only {len(signs)} signs", at=at, help_="fewer must be known, or more be written")
    total = _sum([Points(sign.when, sign.weight) for sign in signs])
    return Scorecard(signs=tuple(signs), total=total, fires_at=fires_at, at_least_known=spec.at_least_known or 0)


def _sum(parts: list[Points]) -> Node:
    total: Node = parts[0]
    for part in parts[1:]:
        total = Arithmetic("+", total, part)
    return total


def _amount(written: float | str, path: Path, document: Document, parameters: Mapping[str, Name]) -> Node:
    """A number as written, or the parameter that is named."""
    if not isinstance(written, str):
        return Number(float(written))
    if written not in parameters:
        named = ", ".join(f"`{name}`" for name in sorted(parameters)) or "none"
        what = f"`{written}` is neither a number nor a parameter"
        raise WrongDetector(what, at=document.at(path), help_=f"parameters of this detector: {named}")
    return parameters[written]


def _within_reach(signs: list[Sign], fires_at: Node, document: Document) -> None:
    weights = [sign.weight.value for sign in signs if isinstance(sign.weight, Number | Name)]
    least = fires_at.value if isinstance(fires_at, Number | Name) else None
    if least is None or None in weights:
        return
    most = sum(weight for weight in weights if weight is not None and weight > 0)
    at = document.at(("score", "fires_at"))
    if most < least:
        raise WrongDetector(f"the signs weigh {most:g} together and never reach {least:g}", at=at, help_="this would never fire")
    if least <= 0:
        raise WrongDetector(f"a score of {least:g} is reached by nothing at all", at=at, help_="write a number above zero")


def signs_seen(card: Scorecard, values: Mapping[str, Value]) -> list[SignSeen]:
    """Every sign with the values it saw, in the order it is written."""
    found: list[SignSeen] = []
    for sign in card.signs:
        held = evaluate(sign.when, values)
        found.append(
            SignSeen(
                rule=show(sign.when),
                weight=evaluate(sign.weight, values),
                holds=None if held is None else bool(held),
                because=sign.because,
                evidence=sign.evidence,
                comparisons=comparisons(sign.when, values),
            )
        )
    return found


def score_comparison(card: Scorecard, values: Mapping[str, Value]) -> Comparison:
    """Score against threshold."""
    score, least = evaluate(card.total, values), evaluate(card.fires_at, values)
    return Comparison(
        left="score",
        value=score,
        comparison=">=",
        right="fires_at",
        threshold=least,
        holds=None if score is None or least is None else score >= least,
        unit="points",
    )


def score_values(card: Scorecard, values: Mapping[str, Value]) -> dict[str, Value]:
    """What a sentence may name of a scorecard, but for `signs`, which are words."""
    seen = signs_seen(card, values)
    return {
        "score": evaluate(card.total, values),
        "fires_at": evaluate(card.fires_at, values),
        "signs_held": sum(1 for sign in seen if sign.holds),
        "signs_known": sum(1 for sign in seen if sign.holds is not None),
    }


def explained(card: Scorecard, values: Mapping[str, Value]) -> dict[str, Any]:
    """What a page shows of a score."""
    whole = score_comparison(card, values)
    return {
        "value": whole.value,
        "fires_at": whole.threshold,
        "at_least_known": card.at_least_known,
        "signs": [
            {
                "rule": sign.rule,
                "weight": sign.weight,
                "holds": sign.holds,
                "evidence": sign.evidence,
                "comparisons": [
                    {"feature": one.left, "value": one.value, "comparison": one.comparison, "threshold": one.threshold}
                    for one in sign.comparisons
                ],
            }
            for sign in signs_seen(card, values)
        ],
    }
