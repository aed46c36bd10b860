"""Any text handed in as a detector file is a detector, or an error for people that shows its place; never a traceback."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.expr.evaluate import show
from fairwire.expr.parse import parse
from fairwire.expr.tree import Node
from fairwire.model.columns import COLUMNS_OF
from fairwire.model.errors import FairwireError, Span
from fairwire.plan.detector import Detector, load_detector
from fairwire.runtime.detectors import detector_folder, load_detectors

WORDS = {"plan": ("metered", "unlimited_voice"), "kind": ("call_centre",)}
SCORED = """score:
  signs:
    - {when: short >= 0.5, weight: 2, because: "{short:.0%} short", evidence: none at all}
    - {when: attempts > floor, weight: floor, because: many, evidence: none at all}
  fires_at: 4
  at_least_known: 1
"""


@cache
def texts() -> tuple[str, ...]:
    """Files that are right, one of each kind."""
    probe = (Path(__file__).parents[1] / "errors" / "plan" / "probe.yaml").read_text(encoding="utf-8")
    scored = probe.replace("when: attempts >= floor and short >= 0.5\n", SCORED)
    shipped = [path.read_text(encoding="utf-8") for path in sorted(detector_folder().rglob("*.yaml"))]
    return (probe, scored, *shipped)


_pieces = st.sampled_from(
    ["", " ", "  ", "\t", "\n", ":", ": ", "- ", "[", "]", "{", "}", '"', "'", ">-", "|", "#", "&a", "*a", "!!python/none", "---",
     "null", "true", "no", "0", "-1", "1e309", ".nan", ".inf", "0.5", "35", "call.ended", "over: month", "panes: 0",
     "share: talk_s", "when: 1", "score: {}", "signs: []", "weight: .nan", "fires_at: floor", "because: {}", "value: []",
     "min: 9", "covers: x > 1", "entitlements: [{}]", "subject: [line, user]", "quantile: talk_s", "at: 2", "decayed: 0s",
     "x: " * 30, "\x00", "\u2028", "é"]
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A file that was right, spoilt in up to three places."""
    text = draw(st.sampled_from(texts()))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([at, at + 1, at + 3, at + 20, text.find("\n", at) if text.find("\n", at) > 0 else at]))
        text = text[:at] + draw(_pieces) + text[end:]
    return text


@given(spoilt() | st.text(max_size=60))
@settings(max_examples=400)
def test_any_text_is_a_detector_or_an_error_with_its_place(text: str) -> None:
    wrong: FairwireError | None = None
    try:
        assert load_detector(text, "any.yaml", customer_words=WORDS).spec.cases
    except FairwireError as error:
        wrong = error
    if wrong is None:
        return
    assert wrong.code.split("-")[1] in ("PLAN", "EXPR", "PACK")
    assert "any.yaml" in wrong.render()
    assert not wrong.message.endswith(".")
    if isinstance(wrong.at, Span):
        assert 1 <= wrong.at.line <= len(text.splitlines()) + 1
        assert wrong.at.column >= 1


def conditions(detector: Detector) -> list[Node]:
    parts = [detector.when, *(part for feature in detector.features.values() for part in (feature.where, feature.share))]
    return [part for part in parts if part is not None]


def test_every_rule_that_ships_reads_the_same_when_it_is_shown_and_read_again() -> None:
    from fairwire.plan.scope import column_scope

    detectors, _ = load_detectors()
    for detector in detectors.values():
        for node in conditions(detector):
            scope = {name: known for kind in COLUMNS_OF for name, known in column_scope(kind).items()}
            if node is detector.when:
                scope |= detector.names
            assert parse(show(node), scope, Span(file="again", line=1)) == node, show(node)
