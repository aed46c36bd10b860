"""Edges: whether each can be opened and asked, and how much of ours stands there. Nothing is put or taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairwire.model.errors import FairwireError
from fairwire.serve.checks.results import Check, ok, problem, warning

if TYPE_CHECKING:
    from fairwire.ports.enforcers import Told
    from fairwire.runtime.edges import DeclaredEdge, Edge

_KEY = "cust:fairwire-doctor"
"""Looked up where an edge cannot tell all that stands there. No customer is called so."""
_DO = {
    "later": "see that it runs, and that this machine may connect to it",
    "unknown": "see that it runs, and that it is what the settings say",
    "never": "mend what it says: orders are not carried out there",
}


def edges(declared: Sequence[DeclaredEdge], data: Path) -> Iterator[Check]:
    """Each edge in turn."""
    if not declared:
        return
    from fairwire.runtime.edges import FOLDER, help_by_the_site, open_edge

    is_help = help_by_the_site()
    for one in declared:
        name = f"edge {one.name}"
        try:
            edge = open_edge(one, keep=data / FOLDER, is_help=is_help)
        except FairwireError as error:
            yield problem(name, error.sentence())
            continue
        try:
            yield _asked(name, edge)
        finally:
            edge.close()


def _asked(name: str, edge: Edge) -> Check:
    told, found = edge.present()
    if told.outcome == "done" and found is None:
        told, _ = edge.look(_KEY)
    if told.outcome != "done":
        return problem(name, f"{edge.kind}: {told.answer}", _DO[told.outcome])
    says = f"{edge.kind}; {_said(told)}"
    if edge.steps is not None and not edge.steps & _carried_out():
        return warning(name, f"{says}; none of its `steps` is carried out at an edge", "name others, or leave them out")
    return ok(name, says)


def _carried_out() -> frozenset[str]:
    from fairwire.enforcers.keys import STEPS_AT_EDGES

    return frozenset(STEPS_AT_EDGES)


def _said(told: Told) -> str:
    return f"it answers: {told.answer}" if told.answer else "it answers"
