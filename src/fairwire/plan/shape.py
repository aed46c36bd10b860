"""A detector file of the wrong shape: what Pydantic finds, said in the words and at the places of the file."""

from __future__ import annotations

import difflib
import re
from typing import Any

from pydantic import ValidationError

from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.plan.errors import WrongDetector
from fairwire.plan.spec import (
    CaseSpec,
    CohortFileSpec,
    DetectorSpec,
    EntitlementSpec,
    Expectation,
    FeatureSpec,
    ParameterSpec,
    ScoreSpec,
    SignSpec,
)


def shape_error(error: ValidationError, document: Document) -> FairwireError:
    """The first of what is wrong, as an error for people."""
    found: list[Any] = error.errors(include_url=False)
    # A key that is unknown is most often the one that is missing, misspelt.
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    # Where several shapes are allowed, the path names the shape too; the file does not.
    path = _in_the_file(first["loc"], document)
    message = str(first["msg"]).removeprefix("Value error, ")
    where = ".".join(str(part) for part in path)
    kind = first["type"]
    hint = ""
    at = document.at(path)
    if kind == "extra_forbidden":
        message = f"unknown key `{path[-1]}`"
        missing = [str(each["loc"][-1]) for each in found if each["type"] == "missing"]
        close = difflib.get_close_matches(str(path[-1]), missing or _keys_at(path), n=1)
        hint = f"did you mean `{close[0]}`?" if close else ""
        at = document.at_key(path)
    elif kind == "missing":
        message = f"`{path[-1]}` is missing"
    elif path == ("version",):
        message = f"`version` is three numbers such as 1.2.0, not `{first['input']}`"
    elif kind == "string_pattern_mismatch":
        message = f"`{where}`: `{first['input']}` is not a name such as voice.robocall"
    elif kind == "too_short":
        message = f"`{where}` has fewer than {first['ctx']['min_length']} entries"
    elif not where:
        at = document.at_key(("detector",))
    elif kind == "string_type":
        message = f"`{where}` is not a text"
    else:
        message = f"`{where}`: {message[:1].lower()}{message[1:]}"
    return WrongDetector(message, at=at, hint=hint)


_SHAPES = ("str", "float", "int", "bool", "list", "dict")


def _in_the_file(loc: Path, document: Document) -> Path:
    path: Path = ()
    for part in loc:
        below = (*path, part)
        named = isinstance(part, str) and re.fullmatch(r"[a-z_]+", part) and part not in _SHAPES
        if isinstance(part, int) or below in document.keys or named:
            path = below
    return path


def _keys_at(path: Path) -> list[str]:
    """Keys that may stand where `path` ends."""
    if "expect" in path:
        return list(Expectation.model_fields)
    if path[0] == "score":
        return list((SignSpec if "signs" in path else ScoreSpec).model_fields)
    models: dict[str, Any] = {
        "parameters": ParameterSpec,
        "features": FeatureSpec,
        "cases": CaseSpec,
        "cohort": CohortFileSpec,
        "entitlements": EntitlementSpec,
    }
    model = models.get(str(path[0]), DetectorSpec) if len(path) > 1 else DetectorSpec
    return list(model.model_fields)
