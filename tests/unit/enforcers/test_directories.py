"""A directory over SCIM: who is suspended is inactive, and afterwards is what they were, whatever happened meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_bench import ACME, Bench, directory_bench, order
from edge_exchanges import exchange
from edge_http import DirectoryServer
from fairwire.model.order import Order
from fairwire.ports.enforcers import BadEdge, Item
from fairwire.runtime.edges import Edge

EVERYBODY = order("suspend")
ALICE = order("suspend", "user", "alice")
BOB = order("suspend", "user", "bob")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = directory_bench(tmp_path)
    yield made
    assert made.server is not None
    made.server.close()


@pytest.fixture
def directory(bench: Bench) -> DirectoryServer:
    assert isinstance(bench.server, DirectoryServer)
    return bench.server


def put(edge: Edge, wanted: Order) -> Item:
    (item,) = edge.items(wanted, ACME)
    assert edge.put(item).outcome == "done"
    return item


def active(directory: DirectoryServer) -> dict[str, Any]:
    return {user_id: user["active"] for user_id, user in directory.users.items()}


def patches(directory: DirectoryServer) -> list[dict[str, Any]]:
    return [
        json.loads(question.partition("{")[1] + question.partition("{")[2]) for question in directory.asked if "PATCH" in question
    ]


def test_what_is_sent_is_what_the_standard_has(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, ALICE)
    edge.restore(item, None)
    assert patches(directory) == [exchange("scim", name)["asked"] for name in ("a patch as it is sent", "a patch back")]
    assert directory.users["u1"]["entitlements"] == [{"value": "printing"}]


def test_who_was_inactive_before_stays_so(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, BOB)
    assert edge.restore(item, None).outcome == "done"
    assert active(directory) == {"u1": True, "u2": False, "u3": True}


def test_a_whole_customer_is_its_users_and_nobody_elses(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, EVERYBODY)
    assert active(directory) == {"u1": False, "u2": False, "u3": True}
    edge.restore(item, None)
    assert active(directory) == {"u1": True, "u2": False, "u3": True}


def test_who_was_renamed_moved_or_added_meanwhile_is_given_back_as_found(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, EVERYBODY)
    directory.users["u1"]["userName"] = "alice.smith"
    directory.users["u1"]["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["organization"] = "acme-west"
    directory.add("u4", "dave")
    put(edge, EVERYBODY)
    assert active(directory)["u4"] is False
    del directory.users["u2"]
    assert edge.restore(item, None).outcome == "done"
    assert active(directory) == {"u1": True, "u3": True, "u4": True}


def test_who_is_held_by_two_orders_is_free_when_both_are_lifted(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    everybody, alice = put(edge, EVERYBODY), put(edge, ALICE)
    _, present = edge.present()
    assert present == {"cust:acme": {"active": False}, "user:acme:alice": {"active": False}}
    told = edge.restore(everybody, None)
    assert told.answer == "a user stays inactive for another order"
    assert active(directory)["u1"] is False
    edge.restore(alice, None)
    assert active(directory)["u1"] is True
    assert edge.present()[1] == {}


def test_whom_somebody_has_set_active_shows_as_not_as_wanted(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, ALICE)
    directory.users["u1"]["active"] = True
    assert edge.present()[1] == {"user:acme:alice": {"active": True}}
    assert edge.restore(item, None).answer == "somebody else has set a user active since"


def test_a_user_who_is_gone_is_told_in_a_sentence(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    item = put(edge, ALICE)
    del directory.users["u1"]
    assert edge.restore(item, None).outcome == "done", "there is nothing to give back"
    told = edge.put(item)
    assert (told.outcome, told.answer) == ("never", "the directory has no such user")


def test_a_directory_that_is_busy_says_for_how_long(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    (item,) = edge.items(ALICE, ACME)
    directory.wait = "30"
    assert edge.put(item).outcome == "later"
    assert edge.put(item).answer == "the directory answered 429; it asks for 30 s"


def test_a_user_changed_in_this_moment_is_looked_at_again(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open()
    (item,) = edge.items(ALICE, ACME)
    real = directory._said

    def between(request: Any) -> bytes:
        if request[0] == "PATCH":
            directory.users["u1"]["meta"] = {"version": 'W/"9"'}
        return real(request)

    directory._said = between  # type: ignore[method-assign]
    told = edge.put(item)
    assert (told.outcome, told.answer) == ("later", "somebody else has changed the user in this moment")
    directory._said = real  # type: ignore[method-assign]
    assert edge.put(item).outcome == "done"


def test_a_directory_that_does_not_know_filters_loses_nobody(bench: Bench, directory: DirectoryServer) -> None:
    directory.filters = False
    edge = bench.open()
    (item,) = edge.items(ALICE, ACME)
    told = edge.put(item)
    assert told.outcome == "never"
    assert "the directory named users that do not fit" in told.answer
    assert patches(directory) == []
    assert edge.restore(item, None).outcome == "done"
    assert active(directory) == {"u1": True, "u2": False, "u3": True}


def test_all_pages_are_read(bench: Bench, directory: DirectoryServer) -> None:
    for number in range(12):
        directory.add(f"v{number}", f"user-{number}")
    directory.page = 5
    edge = bench.open()
    item = put(edge, EVERYBODY)
    assert {user_id for user_id, is_active in active(directory).items() if is_active} == {"u3"}
    edge.restore(item, None)
    assert [user_id for user_id, is_active in active(directory).items() if not is_active] == ["u2"]


@pytest.mark.parametrize("name", ['" or userName sw "', 'alice" or id pr or userName eq "x', "\\", "al*ce"])
def test_a_name_cannot_widen_the_filter(bench: Bench, directory: DirectoryServer, name: str) -> None:
    edge = bench.open()
    (item,) = edge.items(order("suspend", "user", name), ACME)
    assert edge.put(item).outcome == "never"
    assert active(directory) == {"u1": True, "u2": False, "u3": True}


def test_without_marks_what_was_before_is_the_callers_to_know(bench: Bench, directory: DirectoryServer) -> None:
    edge = bench.open(mark="")
    (item,) = edge.items(EVERYBODY, ACME)
    told, before = edge.look(item.key)
    assert before == {"users": {"u1": True, "u2": False}}
    edge.put(item)
    directory.add("u4", "dave", active=False)
    told = edge.restore(item, before)
    assert told.answer == "1 users who were added since stay inactive: set them active by hand"
    assert active(directory) == {"u1": True, "u2": False, "u3": True, "u4": False}
    told, present = edge.present()
    assert (told.outcome, present) == ("done", None)


def test_a_token_that_is_not_taken_is_told(bench: Bench, directory: DirectoryServer) -> None:
    directory.token = "another"  # noqa: S105
    told, _ = bench.open().present()
    assert told.outcome == "never"
    assert told.answer.startswith("the directory answered 401: Authorization failure")


def test_only_what_concerns_logins_is_an_item(bench: Bench) -> None:
    edge = bench.open()
    assert not edge.items(order("throttle"), ACME)
    assert not edge.items(order("block", "user", "alice"), ACME)
    assert not edge.items(order("suspend", "line", "+12025550100"), ACME)
    assert edge.items(order("block", "credential", "alice"), ACME)
    assert not bench.open(customer_attribute=None).items(EVERYBODY, ACME)


def test_a_token_is_not_sent_where_it_could_be_read(bench: Bench) -> None:
    with pytest.raises(BadEdge, match="it must begin with https://, or the token could be read on the way"):
        bench.open(url="http://directory.example/scim/v2")
