"""How a pack writes the answers to refused calls."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from fairwire.policy.written import Duration, Written


class AnswerFile(Written):
    """What a SIP element answers to a call refused for one class of reason."""

    code: Annotated[int, Field(ge=400, le=699)]
    phrase: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9 '-]{0,63}$")]
    retry_after: Duration | None = None


class AnswersFile(Written):
    """One answer for each block class."""

    analytic: AnswerFile
    deterministic: AnswerFile
    unallocated: AnswerFile
    own_limit: AnswerFile
    overload: AnswerFile


class AnswerChangesFile(Written):
    """What differs from the pack's answers in one country."""

    analytic: AnswerFile | None = None
    deterministic: AnswerFile | None = None
    unallocated: AnswerFile | None = None
    own_limit: AnswerFile | None = None
    overload: AnswerFile | None = None
