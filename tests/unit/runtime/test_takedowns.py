"""Takedowns: a complete notice removes, a complete answer brings back in time, and the third one within a period has a step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.enforcement.takedowns import COUNTER, NOTICE, clock_us
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us
from fairwire.model.takedowns import Takedown
from fairwire.runtime import case_acts, order_acts, review_acts, takedown_acts
from fairwire.runtime.case_access import Viewer, find_case
from fairwire.runtime.packs import read_pack
from fairwire.runtime.working_days import business_days_of
from fairwire.stores.sqlite import open_store

DANA, ELI = Viewer(by="person:dana"), Viewer(by="person:eli")
SONG = {element.id: f"said: {element.id}" for element in NOTICE} | {"material": "greeting 7 of extension 204"}
ANSWER = {element.id: f"said: {element.id}" for element in COUNTER}
UTC = business_days_of(None)
PACKS = {"C06": "clearspan", "V03": "caup", "W05": "upstream_works", "J23": "jns"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(store=store, data=tmp_path, pack=read_pack("clearspan"))
    store.close()


def received(desk: Desk, **changed: str) -> Takedown:
    desk.now_us += 1_000_000
    return takedown_acts.receive(desk.store.records, SONG | changed, DANA, desk.now_us, customer=CUSTOMER, pack=desk.pack)


def removed(desk: Desk, **changed: str) -> Takedown:
    return takedown_acts.remove(desk.store.records, received(desk, **changed).takedown_id, DANA, desk.now_us, desk.pack)


def answered(desk: Desk) -> Takedown:
    return takedown_acts.counter(desk.store.records, removed(desk).takedown_id, ANSWER, DANA, desk.now_us, UTC)


@pytest.mark.parametrize(("clause", "pack"), PACKS.items())
def test_C06_V03_W05_J23_notice_removal_answer_and_the_way_back_under_each_policy(desk: Desk, clause: str, pack: str) -> None:
    desk.pack = read_pack(pack)
    records = desk.store.records
    taken = removed(desk)
    order = desk.order(taken.order_id)
    assert (order.step, order.target, order.value, order.clauses) == ("remove_content", "content", SONG["material"], (clause,))
    assert (order.state, order.author) == ("in_force", "person:dana")
    assert (taken.strike, taken.step_order) == (1, "")
    case = find_case(records, taken.case_id).noun
    assert (case.clauses, case.orders, case.related) == ((clause,), (order.order_id,), (taken.takedown_id,))
    assert takedown_acts.tell(records, taken.takedown_id, DANA, desk.now_us).told == format_us(desk.now_us)
    back = takedown_acts.counter(records, taken.takedown_id, ANSWER, DANA, desk.now_us, UTC)
    assert back.restore_from is not None
    desk.now_us = parse_us(back.restore_from)
    done = takedown_acts.restore(records, taken.takedown_id, ELI, desk.now_us)
    assert (done.state, done.late, desk.order(order.order_id).state) == ("restored", False, "lifted")
    assert takedown_acts.strikes_of(records, CUSTOMER, desk.now_us, desk.pack) == 0, "what came back counts against nobody"
    said = [what for _, what in desk.actions("takedown", taken.takedown_id)]
    assert said == ["receive", "remove", "tell", "counter", "restore"]


def test_C06_what_a_notice_lacks_is_asked_for_and_nothing_is_removed_before_it_is_there(desk: Desk) -> None:
    records = desk.store.records
    taken = takedown_acts.receive(
        records, {"work": "A song", "contact": "x@holder.example"}, DANA, desk.now_us, customer=CUSTOMER, pack=desk.pack
    )
    assert (taken.state, taken.missing) == ("incomplete", ("signature", "material", "good_faith", "accuracy"))
    with pytest.raises(NotPossible, match="the notice lacks signature, material, good_faith, accuracy"):
        takedown_acts.remove(records, taken.takedown_id, DANA, desk.now_us, desk.pack)
    more = takedown_acts.complete(
        records, taken.takedown_id, {"signature": "/s/ H. Older", "material": "greeting 7"}, DANA, desk.now_us
    )
    assert more.missing == ("good_faith", "accuracy")
    whole = takedown_acts.complete(records, taken.takedown_id, {"good_faith": "yes", "accuracy": "yes"}, DANA, desk.now_us)
    assert whole.state == "complete"
    assert takedown_acts.remove(records, taken.takedown_id, DANA, desk.now_us, desk.pack).state == "removed"
    with pytest.raises(NotPossible, match="cannot be acted on"):
        takedown_acts.remove(records, taken.takedown_id, ELI, desk.now_us, desk.pack)
    with pytest.raises(NotPossible, match="no particular of a notice"):
        takedown_acts.receive(records, {"colour": "red"}, DANA, desk.now_us)


def test_C06_an_answer_before_anything_was_removed_or_after_it_is_over_is_refused(desk: Desk) -> None:
    records = desk.store.records
    early = received(desk)
    with pytest.raises(NotPossible, match="nothing is removed that could be answered for"):
        takedown_acts.counter(records, early.takedown_id, ANSWER, DANA, desk.now_us, UTC)
    taken = removed(desk)
    with pytest.raises(NotPossible, match="the answer lacks signature, mistake, contact"):
        takedown_acts.counter(records, taken.takedown_id, {"material": "greeting 7"}, DANA, desk.now_us, UTC)
    takedown_acts.withdraw(records, taken.takedown_id, DANA, desk.now_us, "the holder was mistaken")
    with pytest.raises(NotPossible, match=r"is withdrawn since .* cannot be answered"):
        takedown_acts.counter(records, taken.takedown_id, ANSWER, DANA, desk.now_us, UTC)


def test_C06_content_comes_back_after_ten_and_by_fourteen_business_days(desk: Desk) -> None:
    desk.now_us = parse_us("2026-03-06T15:00:00Z")  # a Friday
    back = answered(desk)
    assert (back.restore_from, back.restore_by) == ("2026-03-21T00:00:00Z", "2026-03-27T00:00:00Z")
    assert clock_us(back) == parse_us("2026-03-27T00:00:00Z"), "somebody is reminded when it is due"
    records = desk.store.records
    with pytest.raises(NotPossible, match="after 2026-03-21T00:00:00Z at the earliest"):
        takedown_acts.restore(records, back.takedown_id, ELI, parse_us("2026-03-20T23:59:59Z"))
    late = takedown_acts.restore(records, back.takedown_id, ELI, parse_us("2026-03-27T00:00:01Z"))
    assert late.late, "and whoever comes too late sees it"


def test_C06_a_suit_keeps_it_removed_until_a_court_has_decided(desk: Desk) -> None:
    records, back = desk.store.records, answered(desk)
    with pytest.raises(NotPossible, match="court and file number"):
        takedown_acts.sue(records, back.takedown_id, DANA, desk.now_us, " ")
    takedown_acts.sue(records, back.takedown_id, DANA, desk.now_us, "District Court, 7:26-cv-118")
    later = desk.now_us + 60 * DAY_US
    with pytest.raises(NotPossible, match="a suit goes on: District Court"):
        takedown_acts.restore(records, back.takedown_id, ELI, later)
    assert takedown_acts.strikes_of(records, CUSTOMER, later, desk.pack) == 1
    assert takedown_acts.restore(records, back.takedown_id, ELI, later, "the court found for the customer").state == "restored"


def test_C06_the_third_within_the_policys_period_has_a_step_and_what_was_withdrawn_or_overturned_does_not_count(
    desk: Desk,
) -> None:
    records = desk.store.records
    first, wrong, undone = removed(desk), removed(desk, work="two"), removed(desk, work="three")
    assert [each.strike for each in (first, wrong, undone)] == [1, 2, 3]
    assert desk.order(undone.step_order).step == "terminate"
    takedown_acts.withdraw(records, wrong.takedown_id, DANA, desk.now_us, "not theirs")
    review_acts.override(desk.store, undone.order_id, "overturned", by="person:eli", at_us=desk.now_us, why="a parody")
    assert takedown_acts.strikes_of(records, CUSTOMER, desk.now_us, desk.pack) == 1
    second = removed(desk, work="four")
    assert (second.strike, second.step_order) == (2, "")
    third = removed(desk, work="five")
    proposed = desk.order(third.step_order)
    assert (third.strike, proposed.step, proposed.state) == (3, "terminate", "waiting"), "and it waits for another person"
    assert third.takedown_id in proposed.evidence
    takedown_acts.withdraw(records, third.takedown_id, DANA, desk.now_us, "settled")
    assert desk.order(third.step_order).state == "lifted", "what it led to goes with it"
    desk.now_us += 181 * DAY_US
    assert removed(desk, work="six").strike == 1, "the period is the policy's own: 180 days"


def test_what_was_ended_already_is_not_undone_by_the_way_back(desk: Desk) -> None:
    taken = removed(desk)
    order_acts.lift(desk.store.records, taken.order_id, "person:eli", desk.now_us, "put back by hand")
    done = takedown_acts.withdraw(desk.store.records, taken.takedown_id, DANA, desk.now_us, "settled")
    assert (done.state, desk.order(taken.order_id).ended_why) == ("withdrawn", "put back by hand")


def test_a_notice_about_content_of_nobody_known_waits_until_somebody_says_whose_it_is(desk: Desk) -> None:
    records = desk.store.records
    taken = takedown_acts.receive(records, SONG, DANA, desk.now_us)
    with pytest.raises(NotPossible, match="nobody knows whose content it is"):
        takedown_acts.remove(records, taken.takedown_id, DANA, desk.now_us, desk.pack)
    case_acts.attribute(records, taken.case_id, DANA, desk.now_us, CUSTOMER, desk.pack, "extension 204 is theirs")
    done = takedown_acts.remove(records, taken.takedown_id, DANA, desk.now_us, desk.pack)
    assert (done.customer, done.clauses, desk.order(done.order_id).customer) == (CUSTOMER, ("C06",), CUSTOMER)


def test_a_notice_that_is_no_reason_is_rejected_with_one(desk: Desk) -> None:
    taken = received(desk)
    with pytest.raises(NotPossible, match="rejected for a reason"):
        takedown_acts.reject(desk.store.records, taken.takedown_id, DANA, desk.now_us, "")
    assert takedown_acts.reject(desk.store.records, taken.takedown_id, DANA, desk.now_us, "a quotation").state == "rejected"
    assert takedown_acts.strikes_of(desk.store.records, CUSTOMER, desk.now_us, desk.pack) == 0


@given(st.integers(0, 4000), st.integers(0, 23), st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Beirut"]))
def test_between_an_answer_and_the_way_back_lie_ten_working_days_wherever_clocks_are_put(day: int, hour: int, zone: str) -> None:
    from datetime import UTC as GREENWICH
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    at_us = parse_us("2024-01-01T00:00:00Z") + day * DAY_US + hour * HOUR_US
    local = datetime.fromtimestamp(at_us / 1e6, GREENWICH).astimezone(ZoneInfo(zone))
    ends = datetime.fromtimestamp(
        business_days_of(Customer(id="anywhere", timezone=zone))(at_us, 10) / 1e6, GREENWICH
    ).astimezone(ZoneInfo(zone))
    days = [local.date() + timedelta(days=n) for n in range(1, 20)]
    assert ends.date() == [each for each in days if each.weekday() < 5][9] + timedelta(days=1)
    assert (ends - timedelta(microseconds=1)).date() < ends.date()


def test_the_command_lists_what_to_ask_for_with_its_source(tmp_path: Path) -> None:
    run = CliRunner()
    given = ["--with", "work=A song", "--with", "contact=x@holder.example", "--data", str(tmp_path / "data"), "--by", "dana"]
    shown = run.invoke(build(), ["takedown", "receive", *given])
    assert shown.exit_code == 0, shown.output
    assert "ask for  signature:" in shown.stdout
    assert "(17 USC 512(c)(3)(A)(vi))" in shown.stdout
    assert "512(g)(3)(D)" in run.invoke(build(), ["takedown", "elements"]).stdout
    wrong = run.invoke(build(), ["takedown", "receive", "--with", "work", "--data", str(tmp_path / "data")])
    assert "write NAME=TEXT" in str(wrong.exception)
    whole = msgspec.json.decode(run.invoke(build(), ["takedown", "list", "--json", "--data", str(tmp_path / "data")]).stdout)
    assert [each["state"] for each in whole] == ["incomplete"]
