"""What may be named where: columns in conditions on events; features, parameters, columns and customer attributes in rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fairwire.expr.tree import Dimension, Name
from fairwire.expr.units import dimension
from fairwire.model.aggregates import AGGREGATES
from fairwire.model.columns import (
    COLUMN_BY_NAME,
    COLUMN_INDEX,
    COLUMNS_OF,
    DAY,
    KIND_CODES,
    KIND_NAMES,
    TICK,
    per_unit,
)
from fairwire.model.instants import DAY_US
from fairwire.plan.spec import DetectorSpec

if TYPE_CHECKING:
    from fairwire.plan.detector import CheckedFeature

COHORT_VALUES = ("use", "others_mean", "others_trimmed", "log_z", "cohort_size")
"""What a comparison with one's peers gives a rule: own use, leave-one-out mean, its trimmed form, robust z on logs, peers."""
CUSTOMER_NUMBERS = (
    "seats",
    "user_limit",
    "dollar",
    "max_active_connections",
    "max_calls_per_second",
    "max_calls_per_day",
    "monthly_charge_limit",
    "daily_charge_limit",
)
AGE_DAYS = "age_days"
"""Days since the account was opened. What is kept of the customer is the day, in UTC, counted from 1970; see `age_code`."""
CUSTOMER_AMOUNTS = ("monthly_charge_limit", "daily_charge_limit")
CUSTOMER_WORDS = ("plan", "kind", "on_limit")
_DIMENSIONS: dict[str, Dimension] = {
    "share": "share",
    "asr": "share",
    "top": "share",
    "count": "count",
    "distinct": "count",
    "gauge": "count",
}
"""Of aggregates that are not in the unit of a column."""


def column_scope(*kinds: int) -> dict[str, Name]:
    """Columns that may be named in a condition on events of these kinds: those that all of them know. The code reads `row`."""
    scope: dict[str, Name] = {}
    for column in COLUMNS_OF[kinds[0]]:
        if column.type not in ("number", "flag", "word") or not set(kinds) <= set(column.kinds):
            continue
        cell = f"row[{COLUMN_INDEX[column.name]}]"
        if column.type == "number":
            scope[column.name] = Name(
                name=column.name,
                type="number",
                code=f"num({cell}, {per_unit(column.scale)!r})",
                unit=column.unit,
                dimension=dimension(column.unit),
            )
        elif column.type == "flag":
            scope[column.name] = Name(name=column.name, type="truth", code=cell)
        else:
            scope[column.name] = Name(name=column.name, type="word", code=cell, words=column.words)
    return scope


def feature_dimension(feature: CheckedFeature) -> Dimension:
    """What kind of quantity a feature is: what its file says, else what its aggregate and its column tell."""
    if feature.unit:
        return dimension(feature.unit)
    if AGGREGATES[feature.aggregate].scaled:
        return dimension(COLUMN_BY_NAME[feature.counted].unit)
    return _DIMENSIONS.get(feature.aggregate, "")


def known_for(name: str) -> str:
    """Which events know a column, in words: `call.ended`, or `auth.login and auth.register`."""
    kinds = COLUMN_BY_NAME[name].kinds
    if {1, 2, 3} <= set(kinds):
        kinds = (1, *(kind for kind in kinds if kind > 3))
    names = [KIND_NAMES[kind] for kind in kinds[:4]]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def customer_scope(customer_words: Mapping[str, tuple[str, ...]]) -> dict[str, Name]:
    """What may be named of the customer."""
    scope: dict[str, Name] = {}
    for attribute in CUSTOMER_NUMBERS:
        scope[f"customer.{attribute}"] = Name(
            name=f"customer.{attribute}",
            type="number",
            code=f"CUSTOMER[{attribute}]",
            role="customer",
            dimension="money" if attribute in CUSTOMER_AMOUNTS else "",
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


def age_code(time: str, opened: str) -> str:
    """The code of an account's age in whole days, from the codes of an instant and of the day it was opened; never below 0."""
    today = f"{time} // {DAY_US}"
    return f"(({today} - {opened}) * ({today} >= {opened}))"


def rule_scope(
    spec: DetectorSpec, features: Mapping[str, CheckedFeature], customer_words: Mapping[str, tuple[str, ...]]
) -> dict[str, Name]:
    """What `when` may name. Codes are filled in by the compiler; here they only carry the name."""
    kinds = {KIND_CODES[event] for event in spec.on}
    scope = column_scope(*sorted(kinds)) if not kinds & {TICK, DAY} else {}
    scope |= customer_scope(customer_words)
    age = f"customer.{AGE_DAYS}"
    scope[age] = Name(name=age, type="number", code=f"CUSTOMER[{AGE_DAYS}]", role="customer", dimension="days")
    for name, parameter in spec.parameters.items():
        scope[name] = Name(
            name=name,
            type="number",
            code=f"PARAMETER[{name}]",
            role="parameter",
            unit=parameter.unit,
            dimension="share" if parameter.type == "share" else dimension(parameter.unit),
            value=parameter.value,
        )
    for name, feature in features.items():
        scope[name] = Name(
            name=name,
            type="number",
            code=f"FEATURE[{name}]",
            role="feature",
            unit=feature.unit,
            dimension=feature_dimension(feature),
        )
    if spec.cohort is not None:
        for name in COHORT_VALUES:
            scope[name] = Name(name=name, type="number", code=f"FEATURE[{name}]", role="feature")
    return scope
