"""The exact text of every refusal of a request. `FAIRWIRE_ACCEPT=errors pytest tests/errors` records them anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.enforcement import grants
from fairwire.enforcement.grant_scope import parted
from fairwire.model.customers import Customer
from fairwire.model.errors import FairwireError
from fairwire.model.grants import Grant, Paper
from fairwire.model.instants import parse_us
from fairwire.runtime.grant_book import load_book
from fairwire.runtime.grant_requests import Asked, Site, request_of
from fairwire.runtime.packs import read_pack

HERE = Path(__file__).parent
NOW_US = parse_us("2026-03-02T15:00:00Z")
CLINIC = Customer(id="bramble-clinic", policy="clearspan", country="US", timezone="America/New_York", addresses=("192.0.2.0/24",))
OTHERS = (CLINIC, Customer(id="hollow-farm", addresses=("203.0.113.0/26",)))
PACK = read_pack("clearspan")
TEST: dict[str, Any] = {
    "kind": "penetration_test",
    "why": "The yearly test",
    "start": "2026-03-16T14:00:00Z",
    "end": "2026-03-16T16:00:00Z",
    "scope": {"addresses": ["192.0.2.64/28"], "types": ["network_scan"]},
}
PAPER = Paper(name="results.pdf", sha256="0" * 64, bytes=1, use="results", by="person:dana", at="2026-03-17T00:00:00Z")


def ask(
    *, others: tuple[Grant, ...] = (), customer: Customer = CLINIC, at: str = "2026-03-02T15:00:00Z", **changed: Any
) -> Grant:
    """A request of the clinic, with some of it changed."""
    site = Site(customers=lambda: OTHERS)
    asked = Asked(**(TEST | changed))
    return request_of(asked, customer, PACK, site, by="customer:ines", at_us=parse_us(at), others=others)


def scope(**fields: list[str]) -> dict[str, Any]:
    return {"scope": {"addresses": ["192.0.2.64/28"], "types": ["network_scan"]} | fields}


def decided(act: str, held: Grant, by: str = "person:dana", why: str = "Seen", **more: Any) -> Grant:
    """One step of a life."""
    if act == "grant":
        more.setdefault("allowed", held.scope)
    step: Callable[..., Grant] = getattr(grants, act)
    return step(held, by, NOW_US, why, **more)


def held() -> Grant:
    return decided("grant", ask())


def late() -> Grant:
    return ask(at="2026-03-12T15:00:00Z")


def gateway() -> Grant:
    wanted = ask(kind="registered_dialler", scope={}, clauses=["C02"])
    return msgspec.structs.replace(wanted, kind="gsm_gateway")


CASES: dict[str, Callable[[], object]] = {
    "an_address_is_malformed": lambda: ask(**scope(addresses=["192.0.2.400"])),
    "an_address_stands_inside_a_network": lambda: ask(**scope(addresses=["192.0.2.67/28"])),
    "the_whole_internet": lambda: ask(**scope(addresses=["0.0.0.0/0"])),
    "a_public_resolver": lambda: ask(**scope(addresses=["198.51.100.53"])),
    "somebody_elses_network": lambda: ask(**scope(addresses=["203.0.113.8/29"])),
    "a_customer_without_addresses": lambda: ask(customer=msgspec.structs.replace(CLINIC, addresses=()), **scope()),
    "an_address_of_this_machine": lambda: ask(**scope(addresses=["127.0.0.1"])),
    "a_test_of_nothing": lambda: ask(scope={"types": ["network_scan"]}),
    "a_test_without_a_type": lambda: ask(scope={"addresses": ["192.0.2.64/28"]}),
    "a_type_is_misspelt": lambda: ask(**scope(types=["network_scam"])),
    "a_port_is_none": lambda: ask(**scope(ports=["70000"])),
    "a_test_that_names_numbers": lambda: ask(**scope(numbers=["+12025550100"])),
    "a_number_is_none": lambda: ask(kind="verified_number", scope={"numbers": ["twelve"]}),
    "a_site_without_anything_that_tells_it": lambda: ask(kind="gsm_gateway", scope={"sites": ["Depot"]}, clauses=["C01"]),
    "it_ends_before_it_begins": lambda: ask(end="2026-03-16T13:00:00Z"),
    "it_has_no_end": lambda: ask(end=None),
    "it_lasts_too_long": lambda: ask(end="2026-05-16T16:00:00Z"),
    "it_is_over_already": lambda: ask(start="2026-02-16T14:00:00Z", end="2026-02-16T16:00:00Z"),
    "an_hour_that_the_clocks_skip": lambda: ask(start="2026-03-08T02:30"),
    "an_hour_that_the_clocks_show_twice": lambda: ask(start="2026-11-01T01:30", end="2026-11-01T05:00"),
    "a_day_that_does_not_exist": lambda: ask(start="2026-02-30"),
    "a_time_without_a_zone_is_odd": lambda: ask(start="next Monday"),
    "nobody_says_what_for": lambda: ask(why=" "),
    "a_kind_that_does_not_exist": lambda: ask(kind="free_calls"),
    "a_clause_of_another_policy": lambda: ask(clauses=["N10"]),
    "it_meets_one_that_waits": lambda: ask(others=(ask(),), why="Another one", start="2026-03-16T15:00:00Z"),
    "it_meets_one_that_holds": lambda: ask(others=(held(),), why="Another one", **scope(addresses=["192.0.2.70"])),
    "who_asked_decides": lambda: decided("grant", ask(), by="person:ines"),
    "granted_without_a_reason": lambda: decided("grant", ask(), why=""),
    "granted_twice": lambda: decided("grant", held()),
    "revoked_twice": lambda: decided("revoke", decided("revoke", held())),
    "refused_after_it_was_granted": lambda: decided("refuse", held()),
    "granted_though_too_late": lambda: decided("grant", late()),
    "granted_without_its_document": lambda: decided("grant", gateway()),
    "a_part_that_was_not_asked_for": lambda: parted(ask().scope, ["192.0.3.0/28"]),
    "a_part_that_leaves_nothing": lambda: parted(ask().scope, (), ["192.0.2.64/28"]),
    "results_of_a_test_that_never_was": lambda: grants.attach(ask(), PAPER),
    "a_file_of_grants_that_is_none": partial(load_book, HERE / "not_grants.jsonl"),
    "a_file_of_grants_with_a_bad_scope": partial(load_book, HERE / "bad_scope.jsonl"),
}


def error_of(case: str) -> FairwireError:
    with pytest.raises(FairwireError) as caught:
        CASES[case]()
    return caught.value


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_refusal_reads_as_recorded(case: str) -> None:
    rendered = error_of(case).render().replace(f"{HERE}/", "") + "\n"
    golden = HERE / f"{case}.txt"
    if os.environ.get("FAIRWIRE_ACCEPT") == "errors":
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_every_recorded_text_belongs_to_a_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("case", sorted(CASES))
def test_messages_follow_the_house_style(case: str) -> None:
    error = error_of(case)
    assert not error.message.endswith(".")
    assert error.message[0] == "`" or error.message[0].islower()
    assert "\n" not in error.sentence()
