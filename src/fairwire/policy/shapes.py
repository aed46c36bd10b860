"""Documents checked against the classes of `files`: what Pydantic finds, said in the words and at the places of the file."""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fairwire.model.documents import Document, Path
from fairwire.model.errors import FairwireError
from fairwire.policy.errors import Missing, UnknownKey, WrongValue, nearest
from fairwire.policy.written import AMOUNT, CLOCK, CURRENCY, DURATION, LANGUAGE, PERIOD, RELEASE, Written

Model = TypeVar("Model", bound=Written)

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "bool_type": "true or false",
    "finite_number": "a finite number",
}
_DURATIONS = ("lasts", "memory", "retry_after", "before", "window", "over", "connect_within", "list_age")
_PERIODS = ("notice", "deadline", "honour_within")
_FORMS = {
    DURATION: "a time such as `30s`, `10m`, `24h` or `7d`",
    PERIOD: "business days such as `5bd`, or a time such as `24h` or `30d`",
    RELEASE: "a version of three numbers such as `1.2.0`",
    CLOCK: "a time of day such as `08:00`",
    AMOUNT: 'a decimal in quotes such as `"12.50"`',
    CURRENCY: "a currency's three capital letters (ISO 4217)",
    LANGUAGE: "a language such as `de` or `pt-BR` (BCP 47)",
    r"^[A-Z0-9]{1,3}$": "a region's letters such as `CA` (ISO 3166-2 without the country)",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$": "a topic or a detector's id",
    r"^[a-z][a-z0-9_]{0,63}$": "a name of small letters, digits and `_`",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$": "a detector's id such as `voice.robocall`",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$": "a clause's id such as `C02` or `4.2`",
    r"^[A-Z]{2}$": "a country's two capital letters (ISO 3166-1)",
    r"^\d{4}-\d{2}-\d{2}$": "a day such as 2026-03-01",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$": "an e-mail address",
    r"^https://\S+$": "an https address",
    r"^\S[^\r\n]*$": "one line of text",
    r"\S": "a text",
    r"^[A-Za-z][A-Za-z0-9 '-]{0,63}$": "a reason phrase such as `Forbidden`",
}


def check_shape(model: type[Model], document: Document) -> tuple[Model | None, list[FairwireError]]:
    """The document as an instance of `model`, or None and every error found."""
    if not isinstance(document.value, dict):
        what = "is empty" if document.value is None else "is not a mapping of keys to values"
        return None, [WrongValue(f"the file {what}", at=document.file, help_=f"it starts with {_listed(model.model_fields)}")]
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        return None, [_said(detail, model, document) for detail in error.errors(include_url=False)]


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _said(detail: ErrorDetails, model: type[Written], document: Document) -> FairwireError:
    """One error of Pydantic in our words."""
    loc: Path = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        owner = f"`{loc[-2]}`" if len(loc) > 1 and isinstance(loc[-2], str) else "this entry" if len(loc) > 1 else "the file"
        return Missing(f"{owner} has no `{loc[-1]}`", at=document.at_key(loc[:-1]))
    if kind == "extra_forbidden":
        return UnknownKey(str(loc[-1]), document.at_key(loc), known=_fields_at(model, loc[:-1]))
    if loc and loc[-1] == "[key]":
        return WrongValue(f"`{loc[-2]}` is not {_form(context)}", at=document.at_key(loc[:-1]))
    word = _named(loc)
    name, at = f"`{word}`", document.at(loc)
    if kind == "string_type" and word in _DURATIONS:
        return WrongValue(f"{name} must be {_FORMS[DURATION]}", at=at)
    if kind == "string_type" and word in _PERIODS:
        return WrongValue(f"{name} must be {_FORMS[PERIOD]}", at=at)
    if kind == "string_type" and word in ("start", "end", "cut_off"):
        return WrongValue(f"{name} must be {_FORMS[CLOCK]}", at=at)
    if kind == "string_type" and word == "price":
        return WrongValue(f"{name} must be {_FORMS[AMOUNT]}", at=at)
    if kind == "string_type" and loc == ("version",):
        return WrongValue(
            f"{name} must be {_FORMS[RELEASE]}", at=at, help_="write three numbers; two would be read as one number"
        )
    if kind in _KINDS:
        return WrongValue(f"{name} must be {_KINDS[kind]}", at=at)
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        hint = nearest(str(detail["input"]), allowed)
        return WrongValue(f"{name} cannot be `{detail['input']}`", at=at, hint=hint, help_=f"it is one of {_listed(allowed)}")
    if kind == "string_pattern_mismatch":
        return WrongValue(f"{name} must be {_form(context)}", at=at)
    if kind in ("too_short", "string_too_short"):
        return WrongValue(f"{name} must not be empty", at=at)
    if kind == "string_too_long":
        return WrongValue(f"{name} is longer than {context['max_length']} characters", at=at)
    return WrongValue(f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}", at=at)


def _form(context: dict[str, Any]) -> str:
    pattern = str(context.get("pattern", ""))
    return _FORMS.get(pattern, f"of the form `{pattern}`")


def _named(loc: Path) -> str:
    """The last key of a path."""
    words = [part for part in loc if isinstance(part, str)]
    return words[-1] if words else "the file"


def _fields_at(model: type[Written], path: Path) -> tuple[str, ...]:
    """The keys that the mapping at `path` may have."""
    here: Any = model
    for part in path:
        here = _by_key(here)[part] if _is_model(here) else get_args(here)[-1]
        here = _unwrapped(here)
    return tuple(_by_key(here)) if _is_model(here) else ()


def _by_key(model: Any) -> dict[Any, Any]:
    """Key as written -> its annotation."""
    return {each.alias or name: each.annotation for name, each in model.model_fields.items()}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _unwrapped(annotation: Any) -> Any:
    """What stands inside `X | None` and `Annotated[X, ...]`."""
    while not _is_model(annotation) and get_origin(annotation) not in (dict, list):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        if not inner:
            break
        annotation = inner[0]
    return annotation
