"""What the life of a version refuses, each with what is still true and what to do."""

from __future__ import annotations

from fairwire.model.errors import FairwireError


class NoSuchVersion(FairwireError):
    """There is no such version of a policy, or none that the act could mean."""

    code = "FW-VER-001"


class WrongStage(FairwireError):
    """A version is not in the stage that the act needs."""

    code = "FW-VER-002"


class SelfApproval(FairwireError):
    """Whoever wrote a version cannot approve it, under whatever spelling."""

    code = "FW-VER-003"

    def __init__(self, version: str, by: str, author: str) -> None:
        who = f"`{by}`" if by == author else f"`{by}` may be `{author}`, who"
        super().__init__(
            f"{who} wrote `{version}` and cannot approve it", help_="it stays in review; somebody else must approve it"
        )


class ApprovalMissing(FairwireError):
    """The text that is to be published is not the text that was approved."""

    code = "FW-VER-004"


class TooEarly(FairwireError):
    """A version would begin in the past, or sooner than the policy's own terms allow."""

    code = "FW-VER-005"


class TwoInForce(FairwireError):
    """Two versions of one policy would be in force at once, or an older one would follow a newer one."""

    code = "FW-VER-006"


class NothingNew(FairwireError):
    """The text that is handed in is on record already."""

    code = "FW-VER-007"


class NumberTaken(FairwireError):
    """A version number was given before, or is lower than one that was published."""

    code = "FW-VER-008"


class BadIdentity(FairwireError):
    """An act names nobody who does it."""

    code = "FW-VER-009"


class ChoiceRefused(FairwireError):
    """A customer cannot choose that day of change-over."""

    code = "FW-VER-010"


def span_words(seconds: int) -> str:
    """A time span in words: `30 days`."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {word}{'' if seconds == size else 's'}"
    return f"{seconds} seconds"
