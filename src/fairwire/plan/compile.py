"""Detectors and packs to a program: equal parts are shared, each feature is named by what it means."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from fairwire.expr import emit
from fairwire.expr.evaluate import show
from fairwire.expr.tree import renamed
from fairwire.model.columns import COLUMN_INDEX, DAY, HELP, KIND_CODES, KIND_NAMES, TICK, family_of, kinds_of
from fairwire.model.policy import JUDGING, Pack
from fairwire.model.program import (
    EXTERNAL,
    AcrossSpec,
    CohortSpec,
    Feature,
    Group,
    Program,
    Rule,
    Subject,
)
from fairwire.plan.across import across_program
from fairwire.plan.amounts import holds
from fairwire.plan.building import Builder, add_feature
from fairwire.plan.detector import Detector
from fairwire.plan.idle import may_hold, of_nothing
from fairwire.plan.scope import AGE_DAYS, COHORT_VALUES, CUSTOMER_WORDS, age_code

_CUSTOMER_WORDS = re.compile(r"customer\.(plan|kind|on_limit)\s*(?:==|!=|(?:not\s+)?in)\s*(\([^)]*\)|\"[^\"]*\")")
EVIDENCE_RING = 40
"""A call leaves up to two traces in the ring (attempt and end); 20 different events are shown."""


def customer_words(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The words that detector files compare `customer.plan`, `customer.kind` and `customer.on_limit` with."""
    found: dict[str, set[str]] = {name: set() for name in CUSTOMER_WORDS}
    for text in texts:
        for attribute, words in _CUSTOMER_WORDS.findall(text):
            found[attribute].update(re.findall(r"\"([^\"]+)\"", words))
    return {attribute: tuple(sorted(words)) for attribute, words in found.items()}


def _families(detector: Detector) -> tuple[int, ...]:
    """Families of events that a detector looks at."""
    if detector.spec.counts_emergency:
        return (HELP,)
    kinds = {feature.kind for feature in detector.features.values()} | {KIND_CODES[event] for event in detector.spec.on}
    return tuple(sorted({family_of(kind) for kind in kinds - {DAY, TICK}}))


def _subject(builder: Builder, names: Sequence[str], families: tuple[int, ...]) -> int:
    # What is counted of calls stands apart from what is counted of messages: an event moves only what it may change.
    keys = tuple(COLUMN_INDEX[name] for name in names)
    # Everything but the customer lives inside a customer: line 101 of one is not line 101 of another.
    if COLUMN_INDEX["customer"] not in keys:
        keys = (COLUMN_INDEX["customer"], *keys)
    among = "" if families == (1,) else f" among {', '.join(KIND_NAMES.get(family, 'calls for help') for family in families)}"
    entry = (" and ".join(names) + among, keys, families)
    if entry not in builder.subjects:
        builder.subjects.append(entry)
    return builder.subjects.index(entry)


def compile_program(detectors: Sequence[Detector], packs: Mapping[str, Pack], words: Mapping[str, tuple[str, ...]]) -> Program:
    """One program for all packs at once: features are kept for every customer, rules ask with the pack's own parameters.

    Parameters
    ----------
    detectors
        In any order; the program does not depend on it.
    packs
        By id. A rule is enabled for a pack when one of its topics belongs to a clause of that pack, and its stage there judges.
    words
        What `customer_words` gave for the same detectors.
    """
    ordered = sorted(detectors, key=lambda detector: detector.id)
    pack_ids = tuple(sorted(packs))
    builder = Builder()
    attributes: list[str] = []
    for detector in ordered:
        wanted = (*detector.attributes, *(f"has:{each.name}" for each in detector.spec.entitlements))
        attributes += [attribute for attribute in wanted if attribute not in attributes]
    # What is counted of everybody has no windows here.
    subject_of = {
        detector.id: _subject(builder, ["customer"], (1,))
        if detector.across
        else _subject(builder, detector.spec.subject, _families(detector))
        for detector in ordered
    }
    local: dict[str, dict[str, str]] = {}
    for detector in ordered:
        on = _mask(detector.spec.on)
        local[detector.id] = {
            feature.name: add_feature(builder, subject_of[detector.id], feature, detector.id, on)
            for feature in (() if detector.across else detector.features.values())
        }
    # Groups of one subject stand together, so that the kernel walks them without a list.
    keys = sorted(builder.groups)
    group_index = {key: index for index, key in enumerate(keys)}
    features = [
        Feature(group=group_index[made.pop("key")], **made) for made in (dict(entry) for entry in builder.features.values())
    ]
    feature_index = {feature.fingerprint: index for index, feature in enumerate(features)}
    rules: list[Rule] = []
    cohorts: list[CohortSpec] = []
    across: list[AcrossSpec] = []
    judge: dict[tuple[int, int], list[str]] = {}
    columns: list[tuple[str, str]] = []
    for r, detector in enumerate(ordered):
        named = {name: feature_index[fingerprint] for name, fingerprint in local[detector.id].items()}
        if detector.spec.cohort is not None:
            cohorts.append(_cohort(detector, r, named, features))
        if detector.across is not None:
            across.append(across_program(detector.id, detector.across, r, _mask(detector.spec.on), named, features))
        parameters: dict[str, int] = {}
        for name in detector.spec.parameters:
            parameters[name] = len(columns)
            columns.append((detector.id, name))
        gate = _gate(builder, detector)
        rules.append(_rule(detector, subject_of[detector.id], named, parameters, gate))
        text = _judge(detector, r, named, parameters, attributes, gate)
        for kind in () if detector.across else sorted(KIND_CODES[event] for event in detector.spec.on):
            judge.setdefault((HELP if detector.spec.counts_emergency else family_of(kind), kind), []).append(text)
    derive_source = emit.PRELUDE + "".join(_derive_text(family, builder) for family in _handled(builder, judge))
    kinds = [(family, kind) for family in _handled(builder, judge) for kind in kinds_of(family)]
    judge_source = "".join(_judge_text(*each, judge.get(each, [])) for each in kinds)
    own = {detector.id: detector for detector in ordered}
    parameter_rows = tuple(tuple(_parameter(packs[pack], own[owner], name) for owner, name in columns) for pack in pack_ids)
    enabled = tuple(tuple(judges(packs[pack], detector) for detector in ordered) for pack in pack_ids)
    program = Program(
        fingerprint="",
        subjects=tuple(
            Subject(
                name=name,
                key_columns=keys_,
                evidence=EVIDENCE_RING,
                families=families,
                judged_idle=any(
                    _holds_of_nothing(detector, packs)
                    for detector in ordered
                    if subject_of[detector.id] == index and not detector.across
                ),
            )
            for index, (name, keys_, families) in enumerate(builder.subjects)
        ),
        streams=len(builder.streams),
        given=tuple(builder.given),
        groups=tuple(
            Group(
                subject=key[0],
                clock=key[1],
                pane_us=key[2],
                panes=key[3],
                cells=tuple(builder.groups[key]),
                structure=key[4],
                option=key[6],
            )
            for key in keys
        ),
        gaps=tuple(builder.gaps.values()),
        features=tuple(features),
        rules=tuple(rules),
        cohorts=tuple(cohorts),
        across=tuple(across),
        packs=pack_ids,
        parameters=parameter_rows,
        enabled=enabled,
        customer_attributes=tuple(attributes),
        customer_words=dict(words),
        reads=tuple(sorted({name for detector in ordered for name in detector.reads})),
        derive_source=derive_source,
        judge_source=judge_source,
    )
    fingerprint = hashlib.sha256(msgspec.json.encode(program, order="sorted")).hexdigest()[:16]
    return msgspec.structs.replace(program, fingerprint=fingerprint)


def _handled(builder: Builder, judge: Mapping[tuple[int, int], list[str]]) -> list[int]:
    """Families of events that something is done for."""
    return sorted({family for family, _ in judge} | {family for _, _, families in builder.subjects for family in families})


def _derive_text(family: int, builder: Builder) -> str:
    """What an event of a family adds; the streams of other families that stand beside them are nothing."""
    beside: set[int] = set()
    for index, (_, _, families) in enumerate(builder.subjects):
        if family in families or family == DAY:
            beside |= {cell.stream for key, cells in builder.groups.items() if key[0] == index for cell in cells}
            beside |= {source for subject, source, _ in builder.gaps if subject == index}
    own = {stream for stream, filled_by in builder.families.items() if filled_by == family}
    lines = [f"    zero = row[{COLUMN_INDEX['kind']}] & 0"]
    lines += [f"    wipe(amounts, zero + {first}, zero + {last - first + 1})" for first, last in _stretches(own | beside)]
    texts: list[str] = []
    for kind in sorted(kind for each, kind in builder.derive if each == family):
        # Lines without a branch or a name that is set twice: the compiler's time grows with the square of those.
        body = "\n".join(builder.derive[family, kind])
        texts.append(f"\n\n@njit\ndef derive_{family}_{kind}(row, amounts):\n{body}\n")
        lines += [f"    if row[{COLUMN_INDEX['kind']}] == {kind}:", f"        derive_{family}_{kind}(row, amounts)"]
    return "".join([*texts, f"\n\n@njit\ndef derive_{family}(row, amounts):\n", "\n".join(lines), "\n"])


_NEAR = 8
"""Streams between two that are wiped are wiped with them."""


def _stretches(streams: set[int]) -> list[tuple[int, int]]:
    """First and last of runs of streams that are near each other."""
    found: list[tuple[int, int]] = []
    for stream in sorted(streams):
        if found and stream - found[-1][1] <= _NEAR:
            found[-1] = (found[-1][0], stream)
        else:
            found.append((stream, stream))
    return found


_TOGETHER = 6
"""Rules in one function: the compiler takes more than twice as long for twice as many."""
_ASKED = "(row, amounts, values, customers, parameters, enabled, hits)"


def _judge_text(family: int, kind: int, rules: list[str]) -> str:
    """The functions that judge one kind of event: a rule of another kind is not in them."""
    parts = [rules[first : first + _TOGETHER] for first in range(0, len(rules), _TOGETHER)]
    texts = [
        f"\n\n@njit\ndef judge_{family}_{kind}_{number}{_ASKED}:\n"
        f"    c = row[{COLUMN_INDEX['customer_row']}]\n"
        "    p = int(customers[c, 0])\n" + "".join(part)
        for number, part in enumerate(parts)
    ]
    calls = [f"    judge_{family}_{kind}_{number}{_ASKED}\n" for number in range(len(parts))]
    return "".join([*texts, f"\n\n@njit\ndef judge_{family}_{kind}{_ASKED}:\n", *calls, "    return\n"])


def _holds_of_nothing(detector: Detector, packs: Mapping[str, Pack]) -> bool:
    """Whether the rule might hold where nothing was ever counted, under any pack."""
    nothing = of_nothing(detector.features)
    return not packs or any(
        may_hold(
            detector.when,
            nothing | {name: _parameter(pack, detector, name) for name in detector.spec.parameters},
        )
        for pack in packs.values()
    )


def judges(pack: Pack, detector: Detector) -> bool:
    """Whether a rule judges the customers of a pack: a clause is there, and its stage is one that judges."""
    bound = pack.bound_to(detector.id, detector.spec.topics)
    return bool(bound) and pack.stage(detector.id, detector.spec.stage) in JUDGING


def _mask(events: Sequence[str]) -> int:
    mask = 0
    for event in events:
        mask |= 1 << KIND_CODES[event]
    return mask


def _parameter(pack: Pack, detector: Detector, name: str) -> float:
    own = detector.spec.parameters[name].value
    return float(pack.parameters.get(detector.id, {}).get(name, own))


def _gate(builder: Builder, detector: Detector) -> int:
    """The stream that tells which events a detector judges; -1 when it judges all, or those of several families."""
    families = _families(detector)
    judged = {family_of(KIND_CODES[event]) for event in detector.spec.on}
    if detector.gate is None or detector.across is not None or len(judged) != 1:
        return -1
    builder.family = HELP if families == (HELP,) else judged.pop()
    kinds = sorted(KIND_CODES[event] for event in detector.spec.on)
    return builder.stream({kind: holds(kind, detector.gate, builder) for kind in kinds})


def _rule(detector: Detector, subject: int, features: dict[str, int], parameters: dict[str, int], gate: int) -> Rule:
    spec = detector.spec
    kinds = {feature.kind for feature in detector.features.values()} | {KIND_CODES[event] for event in spec.on}
    evidence = 0
    for kind in kinds - {KIND_CODES["day"], KIND_CODES["tick"]}:
        evidence |= 1 << kind
    return Rule(
        detector=spec.detector,
        revision=spec.revision,
        subject=subject,
        on=_mask(spec.on),
        features=features,
        parameters=parameters,
        severity=spec.severity,
        mode=spec.mode,
        hard=spec.certainty == "hard",
        narrowest=spec.narrowest,
        topics=tuple(spec.topics),
        quiet_us=detector.quiet_us,
        entitlements=tuple(each.name for each in spec.entitlements),
        evidence_kinds=evidence,
        context=tuple(sorted(name for name, feature in detector.features.items() if feature.context)),
        gate=gate,
    )


def _cohort(detector: Detector, rule: int, named: dict[str, int], features: list[Feature]) -> CohortSpec:
    spec = detector.spec.cohort
    assert spec is not None
    assert detector.member is not None
    values: dict[str, int] = {}
    for name in COHORT_VALUES:
        values[name] = len(features)
        named[name] = len(features)
        features.append(
            Feature(
                name=f"{detector.id}.{name}",
                fingerprint=hashlib.sha256(f"{detector.id}.{name}".encode()).hexdigest()[:16],
                group=-1,
                aggregate=EXTERNAL,
                cells=(),
                at_least=0,
                scale=1.0,
                on=_mask(detector.spec.on),
                bound="compared at midnight UTC",
            )
        )
    return CohortSpec(
        rule=rule,
        month_feature=named[spec.of],
        per_seat=spec.per == "seat",
        scale=features[named[spec.of]].scale,
        minimum=spec.minimum,
        minimum_day=spec.from_day,
        values=values,
        member=show(detector.member),
    )


def _judge(
    detector: Detector,
    r: int,
    features: Mapping[str, int],
    parameters: Mapping[str, int],
    attributes: Sequence[str],
    gate: int,
) -> str:
    codes = {name: f"values[{index}]" for name, index in features.items()}
    codes |= {name: f"parameters[p, {index}]" for name, index in parameters.items()}
    for attribute in detector.attributes:
        cell = f"customers[c, {attributes.index(attribute) + 1}]"
        if attribute == AGE_DAYS:
            cell = age_code(f"row[{COLUMN_INDEX['time']}]", cell)
        codes[f"customer.{attribute}"] = f"word({cell})" if attribute in CUSTOMER_WORDS else cell
    when = emit.truth(renamed(detector.when, codes))
    waived: list[str] = []
    for name, covers in detector.entitlements.items():
        granted = f"(customers[c, {attributes.index(f'has:{name}') + 1}] == 1.0)"
        # What excuses must be known: an entitlement for calls that are marked does not cover those that may be marked.
        waived.append(granted if covers is None else f"({granted} & ({emit.truth(renamed(covers, codes))} == 2))")
    gated = f"(amounts[{gate}] != 0) & " if gate >= 0 else ""
    excused = f"1 + ({' | '.join(waived)})" if waived else "1"
    return (
        f"    if {gated}(enabled[p, {r}] != 0):\n"
        f"        if {when} == 2:\n"
        f"            hits[{r}] = {excused}\n"
        "            hits[-1] = 1\n"
    )
