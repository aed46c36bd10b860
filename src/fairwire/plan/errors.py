"""What can be wrong with a detector file, each with its place and the likely fix."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.model.errors import FairwireError


class WrongDetector(FairwireError):
    """A key of a detector is missing, unknown or of the wrong kind."""

    code = "FW-PLAN-002"


class NoProof(FairwireError):
    """A detector without one firing and one quiet case does not load."""

    code = "FW-PLAN-003"


class BadWindow(FairwireError):
    """A window that the kernel cannot keep."""

    code = "FW-PLAN-004"


class BadTemplate(FairwireError):
    """The sentence for people names something that the detector does not define."""

    code = "FW-PLAN-005"


class InvalidDetectors(FairwireError):
    """Detectors that cannot be used; `errors` holds everything that is wrong."""

    code = "FW-PLAN-001"

    def __init__(self, errors: Sequence[FairwireError]) -> None:
        self.errors = tuple(errors)
        super().__init__(
            f"the detectors have {len(errors)} error{'s' if len(errors) > 1 else ''}; the first is: {errors[0].sentence()}",
            help_="nothing was put in force",
        )

    def render(self) -> str:
        """Every error with its source line."""
        return "\n\n".join([error.render() for error in self.errors])
