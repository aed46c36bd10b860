"""A detector as checked: its file read, every expression parsed against what may be named where it stands."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from fairwire.expr.errors import NotYetKnown, UnknownName
from fairwire.expr.parse import parse
from fairwire.expr.tree import Both, Name, Node, names_in
from fairwire.model.aggregates import AGGREGATES, PROFILE
from fairwire.model.columns import ATTEMPT, COLUMN_INDEX, COLUMNS, DAY, KIND_CODES, SENSED_AT_ATTEMPT, TICK, per_unit
from fairwire.model.documents import Document, Path, read_document
from fairwire.model.errors import FairwireError, Span
from fairwire.model.program import CLOCK_LOCAL_MONTH, CLOCK_SLIDING
from fairwire.plan.errors import BadTemplate, BadWindow, NoProof, WrongDetector
from fairwire.plan.spec import CaseSpec, CohortFileSpec, DetectorSpec, Expectation, FeatureSpec, ParameterSpec
from fairwire.plan.windows import CALENDAR, HOURLY, Window, decayed, span_us, window

if TYPE_CHECKING:
    from fairwire.plan.across import Across

COHORT_VALUES = ("use", "others_mean", "others_trimmed", "log_z", "cohort_size")
"""What a comparison with one's peers gives a rule: own use, leave-one-out mean, its trimmed form, robust z on logs, peers."""
CUSTOMER_NUMBERS = ("seats", "max_active_connections", "monthly_charge_limit")
CUSTOMER_WORDS = ("plan", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeature:
    """One feature with its parsed parts. `where` already includes the detector's own `where`."""

    name: str
    aggregate: str
    kind: int
    where: Node | None
    share: Node | None
    column: int
    window: Window
    at_least: int
    meaning: str
    unit: str
    decays: bool = False
    grain: int = 1
    """Stored integers that a `top` or `entropy` of numbers takes for the same."""
    at_thousandth: int = 0
    """Of a quantile: the share that lies at or below it."""
    first: int = 1
    prior: tuple[float, float] = (0.0, 0.0)

    @property
    def bound(self) -> str:
        """What the value may be off by, for people."""
        error = AGGREGATES[self.aggregate].error
        return f"{self.window.bound}; {error}" if error else self.window.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A detector as checked."""

    spec: DetectorSpec
    file: str
    text: str
    features: dict[str, CheckedFeature]
    when: Node
    member: Node | None
    """Who belongs to the cohort; None without one."""
    across: Across | None
    """What is counted of everybody; None when all is counted by customer."""
    quiet_us: int
    attributes: tuple[str, ...]
    """Customer attributes that the rule reads."""

    @property
    def id(self) -> str:
        """`family.name`."""
        return self.spec.detector


def column_scope(phase: int) -> dict[str, Name]:
    """Columns that may be named in a condition on events of one phase; the code reads them from `row`."""
    scope: dict[str, Name] = {}
    for column in COLUMNS:
        if column.type not in ("number", "flag", "word") or column.known_at > phase:
            continue
        if column.name in SENSED_AT_ATTEMPT and phase != ATTEMPT:
            continue
        cell = f"row[{COLUMN_INDEX[column.name]}]"
        if column.type == "number":
            scope[column.name] = Name(
                name=column.name, type="number", code=f"num({cell}, {per_unit(column.scale)!r})", unit=column.unit
            )
        elif column.type == "flag":
            scope[column.name] = Name(name=column.name, type="truth", code=cell)
        else:
            scope[column.name] = Name(name=column.name, type="word", code=cell, words=column.words)
    return scope


def load_detector(text: str, file: str, *, customer_words: Mapping[str, tuple[str, ...]]) -> Detector:
    """Read and check one detector file.

    Parameters
    ----------
    text, file
        The YAML and its name as shown to people.
    customer_words
        For `customer.plan` and `customer.kind`: the words that may be compared with.

    Raises
    ------
    FairwireError
        With file, line, caret and the likely fix.
    """
    from fairwire.plan.across import check_across  # it needs `CheckedFeature`

    document, errors = read_document(text, file)
    if errors:
        raise errors[0]
    try:
        spec = DetectorSpec.model_validate(document.value)
    except ValidationError as error:
        raise _shape_error(error, document) from None
    fires = [case for case in spec.cases if case.expect != "quiet"]
    if not fires or len(fires) == len(spec.cases):
        missing = "quiet" if fires else "firing"
        raise NoProof(f"`{spec.detector}` has no {missing} case", at=document.at_key(("cases",)))
    features = _features(spec, document)
    across = check_across(spec, document, customer_scope(customer_words), _parse)
    if across is not None:
        features = across.shown
    names = _rule_scope(spec, features, customer_words) | (across.names if across is not None else {})
    try:
        when = _parse(document, ("when",), spec.when, names)
    except UnknownName as error:
        raise _too_early_to_judge(error, spec) from None
    member = None
    if spec.cohort is not None:
        member = _parse(document, ("cohort", "among"), spec.cohort.among, customer_scope(customer_words))
        if spec.cohort.of not in features:
            at = document.at(("cohort", "of"))
            raise UnknownName(spec.cohort.of, at, defined=tuple(features), what="feature")
    _check_days(spec, document, features, when)
    _check_template(spec, document, names)
    among = across.among if across is not None else None
    read = [name for node in (when, member, among) if node is not None for name in names_in(node)]
    attributes = {name.name.removeprefix("customer.") for name in read if name.role == "customer"}
    return Detector(
        spec=spec,
        file=file,
        text=text,
        features=features,
        when=when,
        member=member,
        across=across,
        quiet_us=span_us(spec.quiet_after, document.at(("quiet_after",))),
        attributes=tuple(sorted(attributes)),
    )


def _check_days(spec: DetectorSpec, document: Document, features: Mapping[str, CheckedFeature], when: Node) -> None:
    """What is judged at the end of a day is a comparison with one's peers, and nothing else is."""
    if spec.cohort is None or spec.across is not None:
        if "day" in spec.on:
            at = document.at_key(("on",))
            raise WrongDetector("nothing happens at the end of a `day`", at=at, help_="name calls in `on`, or give a `cohort`")
        return
    at = document.at_key(("cohort",))
    if spec.on != ["day"]:
        raise WrongDetector("peers are compared at the end of each day, and only then", at=at, help_="write `on: [day]`")
    if spec.subject != ["customer"]:
        raise WrongDetector("only customers are compared with their peers", at=at, help_="write `subject: [customer]`")
    if features[spec.cohort.of].window.clock != CLOCK_LOCAL_MONTH:
        at = document.at(("cohort", "of"))
        raise WrongDetector(f"`{spec.cohort.of}` is not counted by calendar month", at=at, help_="count it `over: month`")
    for name in names_in(when):
        if name.name in features:
            at = document.at(("when",))
            raise WrongDetector(f"`{name.name}` is not counted at the end of a day", at=at, help_="compare `use` in its place")


def _parse(document: Document, path: Path, text: str, scope: Mapping[str, Name]) -> Node:
    at = document.at(path)
    # A plain one-line scalar can be pointed into; a quoted or folded one only by its line.
    exact = at.text[at.column - 1 :].startswith(text[:8])
    shown = at if exact else Span(file=at.file, line=at.line, column=1, length=1, text=text if "\n" not in text.strip() else "")
    return parse(text, scope, shown)


def _features(spec: DetectorSpec, document: Document) -> dict[str, CheckedFeature]:
    features: dict[str, CheckedFeature] = {}
    for name, written in spec.features.items():
        path: Path = ("features", name)
        kind = KIND_CODES[written.event]
        scope = column_scope(kind)
        texts = [(("where",), spec.where), ((*path, "where"), written.where)]
        try:
            parts = [_parse(document, place, text, scope) for place, text in texts if text]
            share = _parse(document, (*path, "share"), written.share, scope) if written.share else None
        except UnknownName as error:
            raise _too_early(error, written.event) from None
        where = _join(parts)
        column = _column(document, (*path, written.aggregate), written, kind)
        at = document.at((*path, "over"))
        if AGGREGATES[written.aggregate].structure == PROFILE:
            shape = HOURLY
        elif written.decayed is not None:
            shape = decayed(written.decayed, document.at((*path, "decayed")))
        else:
            assert written.over is not None
            shape = window(written.over, written.panes or (48 if written.gauge and written.over not in CALENDAR else None), at)
        if written.gauge and shape.clock != CLOCK_SLIDING:
            raise BadWindow("a gauge does not follow the calendar", at=at, help_="write how long a call may last, such as 4h")
        if written.rate and shape.clock != CLOCK_SLIDING:
            raise BadWindow("a rate does not follow the calendar", at=at, help_="write a span, such as 7d")
        scale = per_unit(COLUMNS[column].scale) if column >= 0 and COLUMNS[column].type == "number" else 1.0
        features[name] = CheckedFeature(
            name=name,
            aggregate=written.aggregate,
            kind=kind,
            where=where,
            share=share,
            column=column,
            window=shape,
            at_least=written.at_least or AGGREGATES[written.aggregate].least or 1,
            meaning=written.meaning,
            unit=written.unit,
            decays=written.decayed is not None,
            grain=max(1, round((written.grain or 1.0) * scale)),
            at_thousandth=round(1000 * written.at) if written.at else 0,
            first=written.first or 1,
            prior=(written.prior.mean, written.prior.weight) if written.prior else (0.0, 0.0),
        )
    return features


_COLUMN_TYPES = {"number": ("number",), "key": ("key", "word"), "either": ("number", "key", "word")}


def _column(document: Document, path: Path, written: FeatureSpec, kind: int) -> int:
    """The column that an aggregate looks at; -1 for those that look at none."""
    wanted = _COLUMN_TYPES.get(AGGREGATES[written.aggregate].takes)
    if wanted is None:
        return -1
    counted = str(getattr(written, written.aggregate))
    columns = {c.name: c for c in COLUMNS if c.type in wanted}
    if counted not in columns:
        raise UnknownName(counted, document.at(path), defined=tuple(columns), what="column")
    if counted in SENSED_AT_ATTEMPT and kind != ATTEMPT:
        raise NotYetKnown(_only_at_attempt(counted, written.event), at=document.at(path), help_="count call.attempt")
    if columns[counted].known_at > kind:
        at = document.at(path)
        raise NotYetKnown(f"`{counted}` is not known at {written.event}", at=at, help_="count it over `of: call.ended`")
    return COLUMN_INDEX[counted]


def _join(parts: list[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Both(True, tuple(parts))


def _too_early(error: UnknownName, event: str) -> FairwireError:
    """Say so when the name exists, only later in the life of a call."""
    named = error.message.split("`")[1] if "`" in error.message else ""
    if named in SENSED_AT_ATTEMPT:
        return NotYetKnown(_only_at_attempt(named, event), at=error.at, help_="count call.attempt")
    if named in COLUMN_INDEX:
        return NotYetKnown(f"`{named}` is not known at {event}", at=error.at, help_="count it over `of: call.ended`")
    return error


def _only_at_attempt(name: str, event: str) -> str:
    return f"`{name}` is only known at call.attempt, not at {event}"


def _too_early_to_judge(error: UnknownName, spec: DetectorSpec) -> FairwireError:
    """Say so when a rule asks at an event what only a later one can tell."""
    named = error.message.split("`")[1] if "`" in error.message else ""
    if named not in column_scope(max(KIND_CODES.values())) and named not in SENSED_AT_ATTEMPT:
        return error
    first = min(spec.on, key=KIND_CODES.__getitem__)
    help_ = "count it in a feature, or judge at another event"
    return NotYetKnown(f"`{named}` is not known at {first}, where this is judged", at=error.at, help_=help_)


def customer_scope(customer_words: Mapping[str, tuple[str, ...]]) -> dict[str, Name]:
    """What may be named of the customer."""
    scope: dict[str, Name] = {}
    for attribute in CUSTOMER_NUMBERS:
        scope[f"customer.{attribute}"] = Name(
            name=f"customer.{attribute}", type="number", code=f"CUSTOMER[{attribute}]", role="customer"
        )
    for attribute in CUSTOMER_WORDS:
        scope[f"customer.{attribute}"] = Name(
            name=f"customer.{attribute}",
            type="word",
            code=f"CUSTOMER[{attribute}]",
            role="customer",
            words=customer_words.get(attribute, ()),
        )
    return scope


def _rule_scope(
    spec: DetectorSpec, features: Mapping[str, CheckedFeature], customer_words: Mapping[str, tuple[str, ...]]
) -> dict[str, Name]:
    """What `when` may name. Codes are filled in by the compiler; here they only carry the name."""
    first = min(KIND_CODES[event] for event in spec.on)
    scope = column_scope(first) if first not in (TICK, DAY) else {}
    scope |= customer_scope(customer_words)
    for name, parameter in spec.parameters.items():
        scope[name] = Name(name=name, type="number", code=f"PARAMETER[{name}]", role="parameter", unit=parameter.unit)
    for name, feature in features.items():
        scope[name] = Name(name=name, type="number", code=f"FEATURE[{name}]", role="feature", unit=feature.unit)
    if spec.cohort is not None:
        for name in COHORT_VALUES:
            scope[name] = Name(name=name, type="number", code=f"FEATURE[{name}]", role="feature")
    return scope


def template_fields(template: str) -> list[tuple[str, str]]:
    """(name, format) of each field of a sentence. Only plain names are fields."""
    return [(field, spec or "") for _, field, spec, _ in string.Formatter().parse(template) if field is not None]


def _check_template(spec: DetectorSpec, document: Document, names: Mapping[str, Name]) -> None:
    known = {name for name in names if "." not in name} | {"customer", "callee", "user", "line"}
    for number, sentence in enumerate(spec.sentences):
        path: Path = ("because",) if isinstance(spec.because, str) else ("because", number)
        at = document.at(path)
        try:
            fields = template_fields(sentence)
        except ValueError as error:
            raise BadTemplate(f"the sentence cannot be read: {error}", at=at) from None
        for field, form in fields:
            if field not in known:
                raise UnknownName(
                    field,
                    at,
                    defined=sorted(known),
                )
            try:
                format(1.0, form)
            except ValueError:
                raise BadTemplate(f"`{{{field}:{form}}}` is not a number format", at=at, help_="such as {share:.0%}") from None


def _shape_error(error: ValidationError, document: Document) -> FairwireError:
    found: list[Any] = error.errors(include_url=False)
    # A key that is unknown is most often the one that is missing, misspelt.
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    # Where several shapes are allowed, the path names the shape too; the file does not.
    path = tuple(part for part in first["loc"] if isinstance(part, int) or re.fullmatch(r"[a-z_]+", part))
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
    elif kind == "string_pattern_mismatch":
        message = f"`{where}`: `{first['input']}` is not a name such as voice.robocall"
    elif kind == "string_type":
        message = f"`{where}` is not a text"
    else:
        message = f"`{where}`: {message[:1].lower()}{message[1:]}"
    return WrongDetector(message, at=at, hint=hint)


def _keys_at(path: Path) -> list[str]:
    """Keys that may stand where `path` ends."""
    if "expect" in path:
        return list(Expectation.model_fields)
    models: dict[str, Any] = {"parameters": ParameterSpec, "features": FeatureSpec, "cases": CaseSpec, "cohort": CohortFileSpec}
    model = models.get(str(path[0]), DetectorSpec) if len(path) > 1 else DetectorSpec
    return list(model.model_fields)
