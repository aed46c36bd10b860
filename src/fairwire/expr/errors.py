"""What can be wrong with an expression, each with its place and the likely fix."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from fairwire.model.errors import FairwireError, Span


class ExpressionError(FairwireError):
    """The text is not an expression of the rule language."""

    code = "FW-EXPR-001"


class UnknownName(FairwireError):
    """A rule names something that does not exist where it stands."""

    code = "FW-EXPR-002"

    def __init__(self, name: str, at: Span, *, defined: Collection[str], what: str = "name") -> None:
        close = difflib.get_close_matches(name, defined, n=1)
        listed = ", ".join(f"`{known}`" for known in sorted(defined)[:12])
        super().__init__(
            f"unknown {what} `{name}`",
            at=at,
            hint=f"did you mean `{close[0]}`?" if close else "",
            help_=f"known here: {listed}" if listed else "nothing is defined here",
        )


class WrongType(FairwireError):
    """Two things are compared or joined that do not go together."""

    code = "FW-EXPR-003"


class NotYetKnown(FairwireError):
    """A rule about an earlier phase of a call reads what only a later phase can tell."""

    code = "FW-EXPR-004"


class WrongUnit(FairwireError):
    """Two quantities are compared or added that are not of one kind, such as seconds and money, or a share and 35."""

    code = "FW-EXPR-005"
