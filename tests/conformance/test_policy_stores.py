"""Every control store, held to the words of `ports/policies.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from control_stores import STORES, opener

from fairwire.model.versions import (
    Change,
    ChangeOver,
    CustomerAcceptance,
    Dossier,
    HistoryEntry,
    PolicyNotice,
    PolicyVersion,
    Publication,
    Review,
    VersionTerms,
)
from fairwire.ports.control import ControlStore, StoreError
from fairwire.ports.policies import PolicyStore


@pytest.fixture(params=STORES)
def control(request: pytest.FixtureRequest) -> Callable[[], ControlStore]:
    """Opens the control store under test; calling it twice opens the same data twice."""
    return opener(request, request.param)


@pytest.fixture
def opened(control: Callable[[], ControlStore]) -> Callable[[], PolicyStore]:
    """The same, its versions of policies alone."""
    return lambda: control().policies


@pytest.fixture
def store(opened: Callable[[], PolicyStore]) -> PolicyStore:
    """An empty store."""
    return opened()


def version(number: str, *, pack: str = "acme", **more: object) -> PolicyVersion:
    plain = {
        "pack": pack,
        "version": number,
        "content": f"{pack}-{number}",
        "decides": "d",
        "title": "Acme",
        "document": "Acme, 2026",
        "author": "ana",
        "authors": ("ana",),
        "stage": "in_review",
        "submitted_us": 1,
        "terms": VersionTerms(),
    }
    return PolicyVersion(**(plain | more))  # type: ignore[arg-type]


def entry(action: str, number: str = "1.0.0", *, pack: str = "acme", at_us: int = 1) -> HistoryEntry:
    return HistoryEntry(at_us=at_us, by="ana", action=action, pack=pack, version=number)  # type: ignore[arg-type]


def handed_in(number: str, *, pack: str = "acme", action: str = "submit", **more: object) -> Change:
    made = version(number, pack=pack, **more)
    return Change(versions=(made,), texts={made.content: {"pack.yaml": number}}, history=(entry(action, number, pack=pack),))


def publication(number: str = "1.0.0") -> Publication:
    return Publication(
        publication_id=f"p-{number}", pack="acme", version=number, content=f"acme-{number}", by="ben", at_us=5, effective_us=10
    )


def notice(customer: str, *, number: str = "1.0.0", **more: object) -> PolicyNotice:
    plain = {
        "notice_id": f"n-{number}-{customer}",
        "publication_id": f"p-{number}",
        "pack": "acme",
        "version": number,
        "customer": customer,
        "recipient": f"it@{customer}.example",
        "role": "admin",
        "subject": "S",
        "text": "T\n",
        "state": "queued",
        "message_id": f"<{customer}@acme.example>",
        "queued_us": 5,
    }
    return PolicyNotice(**(plain | more))  # type: ignore[arg-type]


def acceptance(customer: str, how: str, *, by: str = "kim", at_us: int = 20) -> tuple[CustomerAcceptance, HistoryEntry]:
    record = CustomerAcceptance(
        customer=customer, pack="acme", version="1.0.0", how=how, at_us=at_us, by=by, evidence="e"  # type: ignore[arg-type]
    )  # fmt: skip
    return record, entry("accept", at_us=at_us)


def test_an_empty_store_answers_every_question(store: PolicyStore) -> None:
    assert list(store.packs()) == []
    assert store.file("acme") == Dossier(pack="acme")
    assert store.texts("0") is None
    assert [*store.notices(), *store.acceptances("acme"), *store.history()] == []
    assert store.mark() == 0


def test_what_an_act_writes_comes_back_as_it_was(opened: Callable[[], PolicyStore]) -> None:
    store = opened()
    review = Review(pack="acme", version="1.0.0", content="acme-1.0.0", reviewer="ben", verdict="approve", reason="r", at_us=3)
    choice = ChangeOver(customer="c", pack="acme", version="1.0.0", on="2026-03-02", on_us=9, by="kim", at_us=4)
    change = msgspec.structs.replace(
        handed_in("1.0.0"),
        reviews=(review,),
        publications=(publication(),),
        notices=(notice("b"), notice("a")),
        changeovers=(choice,),
    )
    store.act("acme", lambda file: change)
    again = opened()
    assert again.packs() == ["acme"]
    assert again.file("acme") == Dossier(
        pack="acme", versions=change.versions, reviews=(review,), publications=(publication(),), changeovers=(choice,)
    )
    assert again.texts("acme-1.0.0") == {"pack.yaml": "1.0.0"}
    assert [each.customer for each in again.notices()] == ["a", "b"]
    assert [(each.seq, each.action) for each in again.history("acme")] == [(1, "submit")]


def test_versions_come_by_number_and_not_by_their_letters(store: PolicyStore) -> None:
    for number in ("1.10.0", "1.9.0", "2.0.0", "1.2.0"):
        store.act("acme", lambda file, number=number: handed_in(number))  # type: ignore[misc]
    assert [each.version for each in store.file("acme").versions] == ["1.2.0", "1.9.0", "1.10.0", "2.0.0"]


def test_an_act_that_is_refused_half_way_writes_nothing(store: PolicyStore) -> None:
    def refuses(file: Dossier) -> Change:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.act("acme", refuses)
    assert list(store.history()) == []


def test_nobody_writes_between_the_reading_and_the_writing_of_an_act(opened: Callable[[], PolicyStore]) -> None:
    first, second = opened(), opened()
    inside, seen = threading.Event(), []

    def slow(file: Dossier) -> Change:
        inside.set()
        return handed_in("1.0.0")

    def other() -> None:
        inside.wait()

        def decide(file: Dossier) -> Change:
            seen.append([each.version for each in file.versions])
            return handed_in("1.1.0")

        second.act("acme", decide)

    thread = threading.Thread(target=other)
    thread.start()
    first.act("acme", slow)
    thread.join()
    assert seen == [["1.0.0"]], "the second act saw what the first had written"


def test_two_versions_of_one_pack_cannot_begin_at_one_instant_whatever_asks_for_it(store: PolicyStore) -> None:
    published: dict[str, Any] = {"stage": "published", "published_us": 1, "effective_us": 10}
    store.act("acme", lambda file: handed_in("1.0.0", **published))
    with pytest.raises(StoreError, match="two versions of one policy would begin at one instant"):
        store.act("acme", lambda file: handed_in("1.1.0", **published))
    assert [each.version for each in store.file("acme").versions] == ["1.0.0"]
    store.act("other", lambda file: handed_in("1.0.0", pack="other", **published))


def test_a_text_that_is_stored_never_changes(store: PolicyStore) -> None:
    store.act("acme", lambda file: handed_in("1.0.0"))
    forged = Change(versions=(version("1.0.0"),), texts={"acme-1.0.0": {"pack.yaml": "forged"}})
    store.act("acme", lambda file: forged)
    assert store.texts("acme-1.0.0") == {"pack.yaml": "1.0.0"}


def test_the_port_has_no_way_to_delete() -> None:
    acts = {name for name in vars(PolicyStore) if not name.startswith("_")}
    assert acts == {"packs", "file", "texts", "act", "notices", "move_notice", "acceptances", "accept", "history", "acts", "mark"}


def test_a_notice_is_moved_by_one_process_only(store: PolicyStore) -> None:
    change = msgspec.structs.replace(handed_in("1.0.0"), publications=(publication(),), notices=(notice("a"),))
    store.act("acme", lambda file: change)
    before = notice("a")
    trying = msgspec.structs.replace(before, state="sending", attempts=1)
    assert store.move_notice(before, trying, entry("notice"))
    assert not store.move_notice(before, trying, entry("notice")), "somebody else has it"
    assert [each.action for each in store.history()] == ["submit", "notice"]
    assert [each.action for each in store.history(notices=False)] == ["submit"]
    assert [each.state for each in store.notices(states=("sending",))] == ["sending"]


def test_notices_are_found_by_what_they_wait_for(store: PolicyStore) -> None:
    told = (notice("a"), notice("b", state="sent"), notice("c", next_us=100), notice("d", state="unreachable", recipient=""))
    change = msgspec.structs.replace(handed_in("1.0.0"), publications=(publication(),), notices=told)
    store.act("acme", lambda file: change)
    assert [each.customer for each in store.notices(states=("queued",), due_us=50)] == ["a"]
    assert [each.customer for each in store.notices(states=("queued",))] == ["a", "c"]
    assert [each.customer for each in store.notices(pack="acme", version="1.0.0", limit=2)] == ["a", "b"]
    assert list(store.notices(pack="other")) == []
    cancelled = Change(cancel_notices_of="p-1.0.0", history=(entry("withdraw"),))
    store.act("acme", lambda file: cancelled)
    assert {each.customer: each.state for each in store.notices()} == {
        "a": "cancelled",
        "b": "sent",
        "c": "cancelled",
        "d": "cancelled",
    }


def test_the_first_acceptance_stands_and_a_word_replaces_use(store: PolicyStore) -> None:
    assert store.accept([acceptance("a", "use", by="joan"), acceptance("b", "explicit")]) == 2
    assert store.accept([acceptance("a", "use", by="jim", at_us=30), acceptance("b", "explicit", by="x")]) == 0
    assert store.accept([acceptance("a", "explicit", by="kim", at_us=40)]) == 1
    assert store.accept([acceptance("a", "use", by="jim", at_us=50)]) == 0
    assert [(each.customer, each.how, each.by) for each in store.acceptances("acme")] == [
        ("b", "explicit", "kim"),
        ("a", "explicit", "kim"),
    ]
    assert [(each.before, each.action) for each in store.history()] == [("", "accept"), ("", "accept"), ("use", "accept")]
    assert [each.customer for each in store.acceptances("acme", customer="a")] == ["a"]
    assert list(store.acceptances("acme", version="9.0.0")) == []


def test_the_mark_moves_only_with_what_may_change_who_is_judged_by_what(store: PolicyStore) -> None:
    store.act("acme", lambda file: handed_in("1.0.0"))
    before = store.mark()
    store.accept([acceptance("a", "use")])
    assert store.mark() == before
    choice = ChangeOver(customer="a", pack="acme", version="1.0.0", on="2026-03-02", on_us=9, by="kim", at_us=4)
    store.act("acme", lambda file: Change(changeovers=(choice,), history=(entry("change_over"),)))
    assert store.mark() > before


def test_the_history_counts_up_over_all_packs(store: PolicyStore) -> None:
    store.act("acme", lambda file: handed_in("1.0.0"))
    store.act("beta", lambda file: handed_in("1.0.0", pack="beta"))
    store.act("acme", lambda file: handed_in("1.1.0"))
    assert [(each.seq, each.pack) for each in store.history()] == [(1, "acme"), (2, "beta"), (3, "acme")]
    assert [each.seq for each in store.history("acme")] == [1, 3]
    assert [each.seq for each in store.history(limit=2)] == [2, 3]


def test_every_act_is_in_the_audit_trail_in_the_same_transaction(control: Callable[[], ControlStore]) -> None:
    store = control()
    published: dict[str, Any] = {"stage": "published", "published_us": 1, "effective_us": 10}
    store.policies.act("acme", lambda file: handed_in("1.0.0", **published))
    with pytest.raises(StoreError):
        store.policies.act("acme", lambda file: handed_in("1.1.0", **published))
    record, act = acceptance("umbra", "explicit")
    store.policies.accept([(record, msgspec.structs.replace(act, subject="umbra"))])
    trail = list(store.records.trail())
    assert [(each.by, each.action, each.customer, each.subject) for each in trail] == [
        ("person:ana", "submit", "", "acme@1.0.0"),
        ("customer:umbra", "accept", "umbra", "acme@1.0.0"),
    ]
    assert [msgspec.json.decode(each.after, type=HistoryEntry) for each in trail] == list(store.policies.history())
    assert list(store.policies.acts()) == list(store.policies.history())
