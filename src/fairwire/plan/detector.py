"""A detector as checked: its file read, every expression parsed against what may be named where it stands."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from fairwire.expr.errors import NotYetKnown, UnknownName
from fairwire.expr.parse import Locate, parse
from fairwire.expr.tree import Both, Name, Node, names_in
from fairwire.model.aggregates import AGGREGATES, PROFILE
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, COLUMNS, KIND_CODES, KIND_NAMES, per_unit
from fairwire.model.documents import Document, Path, read_document
from fairwire.model.errors import FairwireError, Span
from fairwire.model.policy import ParameterLimits
from fairwire.model.program import CLOCK_LOCAL_MONTH, CLOCK_SLIDING
from fairwire.plan.errors import BadWindow, NoProof, WrongDetector
from fairwire.plan.parameters import check_parameters, limits_of
from fairwire.plan.scope import column_scope, customer_scope, known_for, rule_scope
from fairwire.plan.scorecard import SCORE_NAMES, Scorecard, read_scorecard
from fairwire.plan.sentences import check_template
from fairwire.plan.shape import shape_error
from fairwire.plan.spec import DetectorSpec, FeatureSpec
from fairwire.plan.windows import CALENDAR, HOURLY, Window, decayed, span_us, window

if TYPE_CHECKING:
    from fairwire.plan.across import Across


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeature:
    """One feature with its parsed parts. `where` includes the detector's own, save where it tells the context."""

    name: str
    aggregate: str
    kind: int
    where: Node | None
    share: Node | None
    column: int
    """Its place in a row; -1 when none is looked at."""
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
    counted: str = ""
    """Name of the column."""
    context: bool = False
    """What it counts is no evidence of what the rule is about."""

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
    gate: Node | None
    """Its `where`, where every event that it judges knows what that names: others are not judged. None: all are."""
    when: Node
    """The rule; a scorecard written out, where there is one."""
    scorecard: Scorecard | None
    entitlements: dict[str, Node | None]
    """Name -> what it covers; None: everything."""
    limits: dict[str, ParameterLimits]
    """Parameter -> what a pack may set it to."""
    names: dict[str, Name]
    """What the rule and its sentences may name."""
    member: Node | None
    """Who belongs to the cohort; None without one."""
    across: Across | None
    """What is counted of everybody; None when all is counted by customer."""
    quiet_us: int
    attributes: tuple[str, ...]
    """Customer attributes that the rule reads."""
    reads: tuple[str, ...]
    """Columns that are named in it anywhere."""

    @property
    def id(self) -> str:
        """`family.name`."""
        return self.spec.detector


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
        raise shape_error(error, document) from None
    fires = [case for case in spec.cases if case.expect != "quiet"]
    if not fires or len(fires) == len(spec.cases):
        missing = "quiet" if fires else "firing"
        raise NoProof(f"`{spec.detector}` has no {missing} case", at=document.at_key(("cases",)))
    features = _features(spec, document)
    across = check_across(spec, document, customer_scope(customer_words), _parse)
    if across is not None:
        features = across.shown
    names = rule_scope(spec, features, customer_words) | (across.names if across is not None else {})
    _check_names(spec, document)

    def judged(path: Path, text: str) -> Node:
        try:
            return _parse(document, path, text, names)
        except UnknownName as error:
            raise _too_early_to_judge(error, spec) from None

    scorecard = None
    if spec.score is not None:
        own = {name: names[name] for name in spec.parameters}
        scorecard = read_scorecard(spec.score, document, own, judged)
    when = scorecard.when if scorecard is not None else judged(("when",), spec.when or "")
    entitlements = {
        each.name: judged(("entitlements", place, "covers"), each.covers) if each.covers else None
        for place, each in enumerate(spec.entitlements)
    }
    limits = limits_of(spec.parameters, when)
    check_parameters(spec.parameters, limits, document)
    member = None
    if spec.cohort is not None:
        member = _parse(document, ("cohort", "among"), spec.cohort.among, customer_scope(customer_words))
        if spec.cohort.of not in features:
            at = document.at(("cohort", "of"))
            raise UnknownName(spec.cohort.of, at, defined=tuple(features), what="feature")
    _check_days(spec, document, features, when)
    _check_subject(spec, document, features)
    _check_emergency(spec, document)
    _check_sentences(spec, document, names)
    covered = [name for covers in entitlements.values() if covers is not None for name in names_in(covers)]
    among = across.among if across is not None else None
    read = [*covered, *(name for node in (when, member, among) if node is not None for name in names_in(node))]
    attributes = {name.name.removeprefix("customer.") for name in read if name.role == "customer"}
    return Detector(
        spec=spec,
        file=file,
        text=text,
        features=features,
        gate=_gate(spec, document),
        when=when,
        scorecard=scorecard,
        entitlements=entitlements,
        limits=limits,
        names=names,
        member=member,
        across=across,
        quiet_us=span_us(spec.quiet_after, document.at(("quiet_after",))),
        attributes=tuple(sorted(attributes)),
        reads=_reads(
            spec, features, across, [node for node in (when, member, among, *entitlements.values()) if node is not None]
        ),
    )


def _gate(spec: DetectorSpec, document: Document) -> Node | None:
    """What an event must be for the detector to look at it at all."""
    kinds = {KIND_CODES[event] for event in spec.on}
    if not spec.where or spec.across is not None or spec.cohort is not None:
        return None
    try:
        return _parse(document, ("where",), spec.where, column_scope(*sorted(kinds)))
    except UnknownName:
        return None


def _reads(
    spec: DetectorSpec, features: Mapping[str, CheckedFeature], across: Across | None, nodes: list[Node]
) -> tuple[str, ...]:
    counted = [*features.values(), *(across.features.values() if across is not None else ())]
    nodes = [*nodes, *(node for feature in counted for node in (feature.where, feature.share) if node is not None)]
    named = (
        {name.name for node in nodes for name in names_in(node)} | {feature.counted for feature in counted} | set(spec.subject)
    )
    return tuple(sorted(named & set(COLUMN_INDEX)))


def _check_emergency(spec: DetectorSpec, document: Document) -> None:
    """What looks at calls for help never acts."""
    if not spec.counts_emergency:
        return
    at = document.at_key(("counts_emergency",))
    if spec.certainty != "soft" or spec.stage == "enforce":
        raise WrongDetector(
            "a rule about calls for help would act by itself", at=at, help_="write `certainty: soft` and `stage: alert`"
        )
    counted = [*spec.on, *(feature.event for feature in spec.features.values())]
    if any(not event.startswith("call.") for event in counted) or spec.across is not None or spec.cohort is not None:
        raise WrongDetector("only calls go to emergency numbers", at=at, help_="count call.attempt or call.ended, by customer")


def _check_subject(spec: DetectorSpec, document: Document, features: Mapping[str, CheckedFeature]) -> None:
    """Every event that is counted or judged must say whom it is about."""
    if spec.across is not None:
        return
    events: list[str] = [event for event in spec.on if event != "day"]
    events += [KIND_NAMES[feature.kind] for feature in features.values()]
    for place, name in enumerate(spec.subject):
        for event in events:
            if KIND_CODES[event] not in COLUMN_BY_NAME[name].kinds:
                raise not_known(name, event, document.at(("subject", place)), ", its subject,")


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
    return parse(text, scope, _places(document, path, text), wanted="truth")


def _features(spec: DetectorSpec, document: Document) -> dict[str, CheckedFeature]:
    features: dict[str, CheckedFeature] = {}
    for name, written in spec.features.items():
        path: Path = ("features", name)
        kind = KIND_CODES[written.event]
        scope = column_scope(kind)
        texts = [(("where",), "" if written.context else spec.where), ((*path, "where"), written.where)]
        try:
            parts = [_parse(document, place, text, scope) for place, text in texts if text]
            share = _parse(document, (*path, "share"), written.share, scope) if written.share else None
        except UnknownName as error:
            raise _too_early(error, written.event) from None
        where = _join(parts)
        counted = _column(document, (*path, written.aggregate), written, kind)
        column = COLUMN_BY_NAME.get(counted)
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
        scale = per_unit(column.scale) if column is not None and column.type == "number" else 1.0
        features[name] = CheckedFeature(
            name=name,
            aggregate=written.aggregate,
            kind=kind,
            where=where,
            share=share,
            column=COLUMN_INDEX.get(counted, -1),
            counted=counted,
            context=written.context,
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


def _column(document: Document, path: Path, written: FeatureSpec, kind: int) -> str:
    """Name of the column that an aggregate looks at; empty for those that look at none."""
    wanted = _COLUMN_TYPES.get(AGGREGATES[written.aggregate].takes)
    if wanted is None:
        return ""
    counted = str(getattr(written, written.aggregate))
    columns = {c.name: c for c in COLUMNS if c.type in wanted}
    if counted not in columns:
        raise UnknownName(counted, document.at(path), defined=tuple(columns), what="column")
    if kind not in columns[counted].kinds:
        raise not_known(counted, written.event, document.at(path))
    return counted


def _join(parts: list[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Both(True, tuple(parts))


def _too_early(error: UnknownName, event: str) -> FairwireError:
    """Say so when the name exists, only later in the life of a call."""
    named = error.message.split("`")[1] if "`" in error.message else ""
    return not_known(named, event, error.at) if named in COLUMN_INDEX else error


def not_known(name: str, event: str, at: Span | str | None, what: str = "") -> NotYetKnown:
    """What is said of a column that exists, of other events."""
    first = KIND_NAMES[COLUMN_BY_NAME[name].kinds[0]]
    said = f"`{name}`{what} is not known at {event}, only at {known_for(name)}"
    return NotYetKnown(said, at=at, help_=f"count it over `of: {first}`")


def _too_early_to_judge(error: UnknownName, spec: DetectorSpec) -> FairwireError:
    """Say so when a rule asks at an event what only a later one can tell."""
    named = error.message.split("`")[1] if "`" in error.message else ""
    if named not in COLUMN_INDEX or COLUMN_BY_NAME[named].type not in ("number", "flag", "word"):
        return error
    lacking = [event for event in spec.on if KIND_CODES[event] not in COLUMN_BY_NAME[named].kinds]
    first = min(lacking, key=KIND_CODES.__getitem__)
    help_ = "count it in a feature, or judge at another event"
    return NotYetKnown(f"`{named}` is not known at {first}, where this is judged", at=error.at, help_=help_)


def _check_names(spec: DetectorSpec, document: Document) -> None:
    """Names that a rule could not tell apart, or could not write."""
    taken: dict[str, str] = dict.fromkeys(SCORE_NAMES, "a scorecard") if spec.score is not None else {}
    for kind, named in (("parameters", spec.parameters), ("features", spec.features)):
        for name in named:
            at = document.at_key((kind, name))
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
                raise WrongDetector(
                    f"`{name}` is not a name", at=at, help_="write small letters, digits and _, such as calls_10m"
                )
            if name in taken:
                raise WrongDetector(
                    f"`{name}` is a name of {taken[name]} already", at=at, help_="a rule could not tell the two apart"
                )
        taken |= dict.fromkeys(named, f"the {kind}")


def _places(document: Document, path: Path, text: str) -> Locate:
    return lambda offset, length: document.inside(path, text, offset, length)


def _check_sentences(spec: DetectorSpec, document: Document, names: Mapping[str, Name]) -> None:
    also = SCORE_NAMES if spec.score is not None else ()
    for number, sentence in enumerate(spec.sentences):
        path: Path = ("because",) if isinstance(spec.because, str) else ("because", number)
        check_template(sentence, _places(document, path, sentence), names, also=also)
    for number, sign in enumerate(spec.score.signs if spec.score is not None else ()):
        path = ("score", "signs", number, "because")
        check_template(sign.because, _places(document, path, sign.because), names)
