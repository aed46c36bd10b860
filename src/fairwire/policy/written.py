"""The smallest parts of a pack's files: how durations, days, names and amounts are written, and that nothing unknown is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

DURATION = r"^[1-9][0-9]{0,4}[smhd]$"
PERIOD = r"^[1-9][0-9]{0,2}bd$|^[1-9][0-9]{0,4}[smhd]$"
RELEASE = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
CURRENCY = r"^[A-Z]{3}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Z]{2})?$"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
DetectorId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=96)]
TopicOrDetector = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=96)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^\S[^\r\n]*$")]
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
Period = Annotated[str, StringConstraints(pattern=PERIOD)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]
Day = Annotated[str, StringConstraints(pattern=DAY)]
Clock = Annotated[str, StringConstraints(pattern=CLOCK)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]


class Written(BaseModel):
    """Base: unknown keys are errors, and nothing is converted on the quiet (`"3"` is not 3)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
