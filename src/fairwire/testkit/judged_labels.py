"""Labels from what people decided: a desk's judgements become what `fairwire evaluate` and `fairwire calibrate` measure with."""

from __future__ import annotations

from collections.abc import Iterable

from fairwire.model.instants import format_us, parse_us
from fairwire.model.reviews import Judgement
from fairwire.testkit.evaluation.table import detector_abuses, named_after
from fairwire.testkit.labels import Label


def labels_of(judgements: Iterable[Judgement], *, since_us: int | None = None, until_us: int | None = None) -> list[Label]:
    """One label for each confirmed finding, and one `none` for each customer of whom only innocent findings were judged.

    What was accepted says nothing: it was as the rule says, and nobody minded. A finding that was dismissed about a customer who
    also abused the service needs no label: it lies outside the stretches of the abuse, and counts as false.

    Parameters
    ----------
    since_us, until_us
        Period of a label `none`; left out, from the first finding that was judged to the last.
    """
    judged = sorted(judgements, key=lambda each: (each.customer, each.first_seen, each.finding_id))
    guilty = [each for each in judged if each.verdict == "confirmed"]
    abusers = {each.customer for each in guilty}
    innocent = sorted({each.customer for each in judged if each.verdict in ("false_positive", "authorised")} - abusers)
    found = [
        Label(
            customer=each.customer, abuse=abuse_of(each.detector), clauses=each.clauses, start=each.first_seen, end=each.last_seen
        )
        for each in guilty
    ]
    if innocent:
        first = since_us if since_us is not None else min(parse_us(each.first_seen) for each in judged)
        last = until_us if until_us is not None else max(parse_us(each.last_seen) for each in judged)
        found += [
            Label(customer=name, abuse="none", clauses=(), start=format_us(first), end=format_us(max(first, last)))
            for name in innocent
        ]
    return found


def abuse_of(detector: str) -> str:
    """The abuse that a detector is meant to find: the one it is named after where it is meant for several; its own name where
    nobody says."""
    meant = sorted(detector_abuses().get(detector, frozenset()))
    return next((abuse for abuse in meant if named_after(detector, abuse)), meant[0] if meant else detector)
