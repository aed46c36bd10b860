"""What can be wrong with a policy pack, each with its place and the likely fix."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from fairwire.model.errors import FairwireError, Span


def nearest(word: str, known: Collection[str]) -> str:
    """The hint for a misspelt word: the closest known one, or an empty text."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def listed(known: Collection[str], *, of: str) -> str:
    """The help for an unknown word: all known ones when they fit a line, else where they stand."""
    if not known:
        return f"there is no {of}"
    names = ", ".join(f"`{name}`" for name in sorted(known))
    return f"known here: {names}" if len(known) <= 16 else f"{len(known)} are known; see the list of {of}s"


class InvalidPack(FairwireError):
    """A pack cannot be used; `errors` holds everything that is wrong with it, in the order of the files.

    Parameters
    ----------
    errors
        At least one.
    root
        The pack's folder as shown to people.
    """

    code = "FW-PACK-001"

    def __init__(self, errors: Sequence[FairwireError], *, root: str) -> None:
        self.errors = tuple(errors)
        self.root = root
        many = f"{len(self.errors)} errors" if len(self.errors) > 1 else "1 error"
        super().__init__(
            f"the policy pack has {many}; the first is: {self.errors[0].sentence()}",
            at=root,
            help_="nothing of it was put in force",
        )

    def render(self) -> str:
        """Every error with its source line, then how many there were."""
        many = f"{len(self.errors)} errors" if len(self.errors) > 1 else "1 error"
        parts = [error.render() for error in self.errors]
        parts.append(f"error[{self.code}]: {self.root}: {many}; nothing of the pack was put in force")
        return "\n\n".join(parts)


class UnknownKey(FairwireError):
    """A key that nothing reads."""

    code = "FW-PACK-004"

    def __init__(self, key: str, at: Span, *, known: Collection[str]) -> None:
        super().__init__(f"unknown key `{key}`", at=at, hint=nearest(key, known), help_=listed(known, of="key"))


class WrongValue(FairwireError):
    """A value of the wrong kind, or outside what is allowed."""

    code = "FW-PACK-005"


class Missing(FairwireError):
    """A key or a file that a pack needs is not there."""

    code = "FW-PACK-006"


class UnknownTopic(FairwireError):
    """A clause names a topic that is not in the taxonomy, so no detector could ever serve it."""

    code = "FW-PACK-007"

    def __init__(self, topic: str, at: Span, *, known: Collection[str]) -> None:
        super().__init__(f"unknown topic `{topic}`", at=at, hint=nearest(topic, known), help_=listed(known, of="topic"))


class UnknownLadder(FairwireError):
    """A clause names a ladder that `ladder.yaml` does not define."""

    code = "FW-PACK-008"

    def __init__(self, ladder: str, at: Span, *, known: Collection[str]) -> None:
        super().__init__(f"unknown ladder `{ladder}`", at=at, hint=nearest(ladder, known), help_=listed(known, of="ladder"))


class UnsafeLadder(FairwireError):
    """A ladder steps down, acts without end, or takes a severe step without people."""

    code = "FW-PACK-009"


class MissingReason(FairwireError):
    """A clause says that it is not fully enforced, and does not say why; or that it is, and not what shows it."""

    code = "FW-PACK-010"


class UnknownDetector(FairwireError):
    """A pack sets something for a detector, or a parameter of one, that does not exist."""

    code = "FW-PACK-011"


class BadNotice(FairwireError):
    """A notice is not a template, names something unknown, or leaves out what every notice must say."""

    code = "FW-PACK-012"


class UnlawfulAnswer(FairwireError):
    """An answer to a refused call that would state something untrue: the SIP code is a legal statement."""

    code = "FW-PACK-013"


class IdleSetting(FairwireError):
    """A pack sets a mode or parameter for a detector that serves none of its clauses, so nothing would change."""

    code = "FW-PACK-014"


class ParameterOutside(FairwireError):
    """A pack sets a parameter to what its detector does not allow."""

    code = "FW-PACK-019"


class UnknownFile(FairwireError):
    """A file that no part of a pack reads."""

    code = "FW-PACK-015"

    def __init__(self, name: str, *, shown: str, known: Collection[str], near: Collection[str] = ()) -> None:
        super().__init__(
            f"nothing reads the file `{name}`",
            at=shown,
            hint=nearest(name, [*known, *near]),
            help_="a pack is made of " + ", ".join(f"`{file}`" for file in known),
        )


class UnknownClause(FairwireError):
    """Something is said to serve a clause that the document does not have."""

    code = "FW-PACK-020"

    def __init__(self, clause: str, at: Span, *, known: Collection[str]) -> None:
        super().__init__(f"unknown clause `{clause}`", at=at, hint=nearest(clause, known), help_=listed(known, of="clause"))


class UnboundDeclaration(FairwireError):
    """A report category, workflow or term serves no clause."""

    code = "FW-PACK-021"


class BrokenPromise(FairwireError):
    """What a pack says about its changes cannot be kept, or nobody said it."""

    code = "FW-PACK-022"


class WrongProfile(FairwireError):
    """Rules of a country that hold on no day, or together with others on the same day."""

    code = "FW-PACK-023"


class UnknownEntitlement(FairwireError):
    """A pack grants what no detector that it would silence knows."""

    code = "FW-PACK-024"
