"""Customers and policies: that they can be read, how many there are, and whether the rules are compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fairwire.model.errors import FairwireError
from fairwire.serve.checks.machine import compile_cache
from fairwire.serve.checks.results import Check, ok, problem, warning

if TYPE_CHECKING:
    from fairwire.runtime.data import StorePlace


def customers(file: Path | None) -> Iterator[Check]:
    """Whose calls can be told."""
    from fairwire.runtime.customers import load_customers

    name = "customers"
    if file is None:
        yield warning(name, "no customers file is named, so nobody's calls are known", "name one with `--customers`")
        return
    try:
        found = load_customers(file)
    except FairwireError as error:
        yield problem(name, error.sentence())
        return
    if not found:
        yield problem(name, f"{file} has no record", "add one line for each customer")
        return
    numbers = sum(len(one.numbers) for one in found)
    away = Counter(one.state for one in found if one.state != "active")
    also = "".join(f", {count:,} {state}" for state, count in sorted(away.items()))
    yield ok(name, f"{len(found):,} in {file}{also}, with {numbers:,} numbers and ranges")


def policies(named: tuple[str, ...], data: Path, place: StorePlace | None = None) -> Iterator[Check]:
    """What calls are judged by, and whether it is compiled."""
    from fairwire.runtime.data import versions_in
    from fairwire.runtime.plans import load_plan

    name = "policies"
    try:
        with versions_in(data, place) as store:
            plan = load_plan(named, store=store)
    except FairwireError as error:
        yield problem(name, error.sentence())
        return
    whom = "for every customer" if plan.everyone is not None else "each for customers whose record names it"
    yield ok(name, f"{', '.join(plan.refs())}, {whom}; {len(plan.detectors):,} detectors load")
    yield from compile_cache(plan)
