"""A rule over what several customers have in common, as checked: its section `across`, and what compiling it gives.

A customer's own counts live in its partition; what customers have in common is summed up by each partition at every tick and
put together afterwards (`runtime/across.py`). So a condition here may name what an event says, and nothing that only comes
of putting customers together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairwire.expr.errors import UnknownName
from fairwire.expr.evaluate import show
from fairwire.expr.tree import Name, Node, names_in
from fairwire.model.columns import COLUMN_BY_NAME, COLUMN_INDEX, COLUMNS, KIND_CODES, SENSED, per_unit
from fairwire.model.documents import Document, Path
from fairwire.model.errors import Span
from fairwire.model.instants import DAY_US, MINUTE_US
from fairwire.model.program import CLOCK_SLIDING, EXTERNAL, AcrossSpec, Feature
from fairwire.plan.detector import CheckedFeature, _join, _too_early, not_known
from fairwire.plan.errors import BadWindow, WrongDetector
from fairwire.plan.scope import column_scope
from fairwire.plan.spec import ONLY_ACROSS, AcrossFeatureSpec, DetectorSpec
from fairwire.plan.windows import Window, phrase_of, span_us

Parse = Callable[[Document, Path, str, Mapping[str, Name]], Node]
CUSTOMERS, AGE = "customers", "age_days"
MEANINGS = {
    CUSTOMERS: "customers that take part",
    AGE: "days since the customer's account was opened",
}
"""What only such a rule knows, beside its subject where that is a number."""
MOST_TICKS = 288
MOST_DIFFERENT = 256
"""Different values of a `distinct` that one customer tells of one tick and subject; fewer bytes leave a partition."""
_BOUND = "exact at each tick; only customers that take part are counted"
_BOUND_DIFFERENT = f"exact up to {MOST_DIFFERENT} a customer and tick, then at least that"
_COLUMN_TYPES = {"sum": ("number",), "mean": ("number",), "distinct": ("key", "word"), "common": ("key", "word")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """The section as checked."""

    key: str
    """Name of the column that customers have in common."""
    grain: int
    """Stored integers of a number that count as the same; 1 for keys."""
    every_us: int
    over_us: int
    floor: int
    minimum: int
    among: Node | None
    features: dict[str, AcrossFeature]
    shown: dict[str, CheckedFeature]
    """The same as explanations show them."""
    names: dict[str, Name]
    """What the rule may name beside its features."""

    @property
    def column(self) -> int:
        """Place of the key column in a kernel event."""
        return COLUMN_INDEX[self.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossFeature:
    """One count. `where` includes the detector's own."""

    name: str
    aggregate: str
    per: str
    kind: int
    where: Node | None
    share: Node | None
    column: int
    counted: str
    """Name of the column; empty when none is looked at."""
    at_least: int
    scale: float
    """Part of the unit that one stored integer of the value stands for."""
    last_us: int
    """Length of the end of the window that is counted; of the whole window, that."""


def check_across(spec: DetectorSpec, document: Document, customer: Mapping[str, Name], parse: Parse) -> Across | None:
    """Check a `across:` section; None when there is none.

    Raises
    ------
    FairwireError
        With file, line, caret and the likely fix.
    """
    if spec.across is None:
        _without(spec, document)
        return None
    _shape(spec, document)
    every_us = span_us(spec.across.every, document.at(("across", "every")))
    over_us = span_us(spec.across.over, document.at(("across", "over")))
    _ticks(every_us, over_us, document)
    key = spec.subject[0]
    column = COLUMN_BY_NAME[key]
    number = column.type == "number"
    if number != (spec.across.grain is not None):
        at = document.at(("across", "grain")) if spec.across.grain is not None else document.at_key(("across",))
        why = f"`{key}` is a number, which is hardly ever the same twice" if number else f"`{key}` is no number"
        raise WrongDetector(why, at=at, help_="give a `grain`, such as 1" if number else "leave `grain` out")
    around = Window(
        clock=CLOCK_SLIDING,
        pane_us=every_us,
        panes=over_us // every_us,
        phrase=f"{phrase_of(spec.across.over)}, looked at every {phrase_of(spec.across.every).removeprefix('1 ')}",
        bound=_BOUND,
    )
    features = {
        name: _feature(name, written, spec, document, parse, (every_us, over_us))
        for name, written in spec.across.features.items()
    }
    names = {CUSTOMERS: _value(CUSTOMERS, "customers")}
    if AGE in repr(spec.model_dump(exclude={"cases"})):
        names[AGE] = _value(AGE, "days")
    if number:
        names[key] = _value(key, column.unit)
    who = {**customer, AGE: _value(AGE, "days")}
    among = parse(document, ("across", "among"), spec.across.among, who) if spec.across.among else None
    return Across(
        key=key,
        grain=max(1, round((spec.across.grain or 1.0) * per_unit(column.scale))) if number else 1,
        every_us=every_us,
        over_us=over_us,
        floor=spec.across.floor,
        minimum=spec.across.minimum,
        among=among,
        features=features,
        shown={
            name: _shown(features[name], written, around, key, spec.across.floor)
            for name, written in spec.across.features.items()
        },
        names=names,
    )


def _value(name: str, unit: str) -> Name:
    return Name(name=name, type="number", code=f"FEATURE[{name}]", role="feature", unit=unit)


def _without(spec: DetectorSpec, document: Document) -> None:
    """What only a rule across customers may have."""
    if "tick" in spec.on:
        raise WrongDetector(
            "nothing happens at a `tick`", at=document.at_key(("on",)), help_="name calls in `on`, or give an `across`"
        )
    for place, name in enumerate(spec.subject):
        if name in ONLY_ACROSS:
            at = document.at(("subject", place))
            raise WrongDetector(f"`{name}` is only looked at across customers", at=at, help_="give an `across`")


def _shape(spec: DetectorSpec, document: Document) -> None:
    at = document.at_key(("across",))
    if spec.on != ["tick"]:
        raise WrongDetector("what customers have in common is judged at ticks, and only then", at=at, help_="write `on: [tick]`")
    if spec.cohort is not None:
        raise WrongDetector("a rule is either about peers or across customers", at=at, help_="leave `cohort` or `across` out")
    if spec.features:
        at = document.at_key(("features",))
        raise WrongDetector("these are counted by customer, and nothing here is", at=at, help_="put them into `across`")
    if len(spec.subject) != 1 or spec.subject[0] in ("customer", "user", "line"):
        at = document.at_key(("subject",))
        raise WrongDetector(
            f"customers do not have {' and '.join(f'`{name}`' for name in spec.subject)} in common",
            at=at,
            help_="name one of callee, source, credential, device, template, link, media, reseller, block, talk_s",
        )
    for name in spec.across.features if spec.across is not None else ():
        if name in (CUSTOMERS, AGE, spec.subject[0]) or name in spec.parameters:
            at = document.at_key(("across", "features", name))
            raise WrongDetector(f"`{name}` means something else here", at=at, help_="choose another name")


def _ticks(every_us: int, over_us: int, document: Document) -> None:
    at = document.at(("across", "every"))
    if every_us < MINUTE_US or DAY_US % every_us:
        raise BadWindow("a day does not divide into such ticks", at=at, help_="write 1m, 5m, 10m, 15m, 1h or the like")
    at = document.at(("across", "over"))
    if over_us % every_us:
        raise BadWindow("the window does not divide into its ticks", at=at, help_="make `over` a multiple of `every`")
    if over_us // every_us > MOST_TICKS:
        raise BadWindow(f"the window has over {MOST_TICKS} ticks", at=at, help_="make `every` longer, or `over` shorter")


def _last(written: AcrossFeatureSpec, at: Span, ticks: tuple[int, int]) -> int:
    """The end of the window that a feature counts."""
    every_us, over_us = ticks
    last_us = over_us if written.last is None else span_us(written.last, at)
    if last_us % every_us or last_us > over_us:
        raise BadWindow("`last` is no whole number of ticks within the window", at=at, help_="make it a multiple of `every`")
    return last_us


def _feature(
    name: str, written: AcrossFeatureSpec, spec: DetectorSpec, document: Document, parse: Parse, ticks: tuple[int, int]
) -> AcrossFeature:
    path: Path = ("across", "features", name)
    kind = KIND_CODES[written.event]
    _knows(document.at_key(path), spec.subject[0], kind, written, "its subject")
    scope = column_scope(kind)
    texts: list[tuple[Path, str | None]] = [(("where",), spec.where), ((*path, "where"), written.where)]
    try:
        parts = [parse(document, place, text, scope) for place, text in texts if text]
        share = parse(document, (*path, "share"), written.share, scope) if written.share else None
    except UnknownName as error:
        raise _too_early(error, written.event) from None
    where = _join(parts)
    for place, text in texts:
        for seen in names_in(parse(document, place, text, scope)) if text else ():
            if seen.name in SENSED:
                raise WrongDetector(
                    f"`{seen.name}` is remembered of a customer, and the event itself does not say it",
                    at=document.at(place),
                    help_="ask for it in a `share`",
                )
    column, scale, counted = -1, 1.0, ""
    wanted = _COLUMN_TYPES.get(written.aggregate)
    if wanted is not None:
        counted = str(getattr(written, written.aggregate))
        columns = {c.name: c for c in COLUMNS if c.type in wanted}
        at = document.at((*path, written.aggregate))
        if counted not in columns:
            raise UnknownName(counted, at, defined=tuple(columns), what="column")
        _knows(at, counted, kind, written, "what it counts")
        column, scale = COLUMN_INDEX[counted], columns[counted].scale if columns[counted].type == "number" else 1.0
    return AcrossFeature(
        name=name,
        aggregate=written.aggregate,
        per=written.per,
        kind=kind,
        where=where,
        share=share,
        column=column,
        counted=counted,
        at_least=written.at_least or 1,
        scale=scale,
        last_us=_last(written, document.at_key(path), ticks),
    )


def _knows(at: Span, column: str, kind: int, written: AcrossFeatureSpec, what: str) -> None:
    """Refuse a column that the event cannot tell."""
    if kind not in COLUMN_BY_NAME[column].kinds:
        raise not_known(column, written.event, at, f", {what},")


_WHOSE = {"key": "of all that take part", "pair": "of this customer", "customer": "of this customer, whatever the {}"}


def _shown(feature: AcrossFeature, written: AcrossFeatureSpec, around: Window, key: str, floor: int) -> CheckedFeature:
    different = feature.aggregate in ("distinct", "common")
    whose = _WHOSE[feature.per].format(key)
    length = around.phrase if written.last is None else f"the last {phrase_of(written.last)} of {around.phrase}"
    return CheckedFeature(
        name=feature.name,
        aggregate="count" if different else feature.aggregate,
        kind=feature.kind,
        where=feature.where,
        share=feature.share,
        column=feature.column,
        counted=feature.counted,
        window=Window(
            clock=around.clock,
            pane_us=around.pane_us,
            panes=around.panes,
            phrase=f"{whose}, over {length}",
            bound=f"{_BOUND_DIFFERENT if different else around.bound}; whoever has fewer than {floor} events in a tick does not",
        ),
        at_least=feature.at_least,
        meaning=written.meaning,
        unit=written.unit,
    )


def across_program(owner: str, across: Across, rule: int, on: int, named: dict[str, int], features: list[Feature]) -> AcrossSpec:
    """The rule in the program; its values join `features`, and `named` learns where they are."""
    meaning = repr([(feature.name, feature.aggregate, feature.per, feature.kind, _text(feature.where), _text(feature.share),
                     feature.counted, feature.at_least, feature.last_us) for feature in across.features.values()])  # fmt: skip
    digest = hashlib.sha256(
        f"{meaning} {across.key} {across.grain} {across.floor} {across.minimum} {_text(across.among)}".encode()
    ).hexdigest()[:16]
    values: dict[str, int] = {}
    for name in (*across.features, *across.names):
        values[name] = named[name] = len(features)
        feature = across.features.get(name)
        features.append(
            Feature(
                name=f"{owner}.{name}",
                fingerprint=hashlib.sha256(f"{owner}.{name} {digest}".encode()).hexdigest()[:16],
                group=-1,
                aggregate=EXTERNAL,
                cells=(),
                at_least=feature.at_least if feature is not None else 0,
                scale=feature.scale if feature is not None else 1.0,
                on=on,
                bound=across.shown[name].bound if name in across.shown else _BOUND,
            )
        )
    return AcrossSpec(
        rule=rule, key=across.column, every_us=across.every_us, over_us=across.over_us, values=values, meaning=digest
    )


def _text(node: Node | None) -> str:
    return show(node) if node is not None else ""
