"""What a pack may set a parameter to: its kind, its unit, and between which bounds."""

from __future__ import annotations

from collections.abc import Mapping

from fairwire.expr.tree import Node
from fairwire.expr.units import dimension, share_names
from fairwire.model.documents import Document, Path
from fairwire.model.policy import ParameterLimits
from fairwire.plan.errors import WrongDetector
from fairwire.plan.spec import ParameterSpec


def limits_of(parameters: Mapping[str, ParameterSpec], rule: Node) -> dict[str, ParameterLimits]:
    """The limits of each parameter. One that the rule compares with a share is a share, said or not."""
    shares = share_names(rule)
    found: dict[str, ParameterLimits] = {}
    for name, written in parameters.items():
        kind = "share" if name in shares or dimension(written.unit) == "share" else written.type
        least = 0.0 if kind == "share" and written.min is None else written.min
        most = 1.0 if kind == "share" and written.max is None else written.max
        found[name] = ParameterLimits(kind=kind, unit=written.unit, least=least, most=most)
    return found


def check_parameters(parameters: Mapping[str, ParameterSpec], limits: Mapping[str, ParameterLimits], document: Document) -> None:
    """A detector's own values keep to its own limits.

    Raises
    ------
    WrongDetector
        A value is outside them, or the limits leave nothing between them.
    """
    for name, written in parameters.items():
        path: Path = ("parameters", name)
        bounds = limits[name]
        if bounds.least is not None and bounds.most is not None and bounds.least > bounds.most:
            at = document.at((*path, "min"))
            raise WrongDetector(f"nothing lies between {bounds.least:g} and {bounds.most:g}", at=at, help_="`min` is above `max`")
        wrong = bounds.wrong(written.value)
        if wrong:
            raise WrongDetector(
                f"`{name}` {wrong[0]}", at=document.at((*path, "value")), hint=wrong[1], help_=f"it is {bounds.phrase}"
            )
