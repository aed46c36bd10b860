"""The files of a policy pack as people write them. The JSON Schemas under `schema/` are generated from these classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fairwire.model.finding import Mode
from fairwire.model.order import Step, Target
from fairwire.model.policy import Control, CoverageStatus

PACK_FILE = "pack.yaml"
CLAUSES_FILE = "clauses.yaml"
LADDER_FILE = "ladder.yaml"
NOTICE_NAMES = ("warning", "limit", "block", "suspension")
NOTICE_FILES = {name: f"notices/{name}.txt" for name in NOTICE_NAMES}
DURATION = r"^[1-9][0-9]{0,4}[smhd]$"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
DetectorId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=96)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^\S[^\r\n]*$")]
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Written(BaseModel):
    """Base: unknown keys are errors, and nothing is converted on the quiet (`"3"` is not 3)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class SourceDocument(Written):
    """The text that the pack says in its own words."""

    title: Line
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """Day of its last change; left out when the document does not say."""
    about: Text
    """What kind of document it is, and whom it binds."""


class ContactFile(Written):
    """Where a customer asks for review of anything done under the policy."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=400)] | None = None


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


class JurisdictionFile(Written):
    """Which country's rules decide the answer to a refused call."""

    country: Country | None = None
    """Of a customer whose record names none; left out when the document names no country."""
    answers: AnswersFile
    in_country: dict[Country, AnswerChangesFile] = {}


class DetectorSettings(Written):
    """What the pack changes about one detector."""

    why: Text
    """The reason, from the text of the policy; shown in reviews, decides nothing."""
    mode: Mode | None = None
    parameters: dict[Name, Annotated[float, Field(allow_inf_nan=False)]] = {}


class PackFile(Written):
    """`pack.yaml`: whose policy it is, how refusals are answered, what it changes about detectors."""

    pack: Name
    """The pack's id; a built-in pack's folder has the same name."""
    title: Line
    document: SourceDocument
    contact: ContactFile
    jurisdiction: JurisdictionFile
    detectors: dict[DetectorId, DetectorSettings] = {}


class ClauseFile(Written):
    """One duty or right, in our own words."""

    gist: Line
    place: Line
    """Where it stands in the document: section, item."""
    controls: Annotated[list[Control], Field(min_length=1)]
    topics: Annotated[list[Name], Field(min_length=1)]
    ladder: Name
    status: CoverageStatus
    reason: Text | None = None
    """Why it is not `working`: what runs, what is missing."""
    shows: Text | None = None
    """What a test named for the clause must see; required unless `not_yet`."""


class ClausesFile(Written):
    """`clauses.yaml`: every clause of the document, in its order."""

    clauses: Annotated[dict[ClauseId, ClauseFile], Field(min_length=1)]


class RungFile(Written):
    """One step of a ladder."""

    step: Step
    target: Target | Literal["narrowest"] = "customer"
    lasts: Duration | None = None
    """When it ends by itself; left out when people must end it."""
    approvals: Annotated[int, Field(ge=0, le=5)] = 0


class EntryFile(Written):
    """The step that a first finding of each severity takes."""

    info: Step
    low: Step
    medium: Step
    high: Step
    critical: Step


class OneLadderFile(Written):
    """Steps in climbing order, and where findings enter."""

    what: Line
    """Which clauses climb it."""
    memory: Duration = "90d"
    """A repeat within this time climbs one rung higher."""
    soft_limit: Step = "throttle"
    """The highest step that a soft rule takes without a person."""
    entry: EntryFile
    rungs: Annotated[list[RungFile], Field(min_length=1)]


class LaddersFile(Written):
    """`ladder.yaml`: the ladders that clauses name."""

    ladders: Annotated[dict[Name, OneLadderFile], Field(min_length=1)]


class TopicsFile(Written):
    """`topics.yaml`: the words that join clauses to detectors, each with its meaning in one line."""

    topics: Annotated[dict[Name, Line], Field(min_length=1)]
