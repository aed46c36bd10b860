"""Every store of records, held to the words of `ports/records.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import msgspec
import pytest
from control_stores import STORES, opener

from fairwire.model.records import NO_HASH, Record, RecordChange, entry_hash
from fairwire.ports.records import Conflict, RecordStore


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest) -> Callable[[], RecordStore]:
    """Opens the store under test; calling it twice opens the same data twice."""
    open_again = opener(request, request.param)
    return lambda: open_again().records


@pytest.fixture
def store(opened: Callable[[], RecordStore]) -> RecordStore:
    """An empty store."""
    return opened()


def record(id_: str = "o-1", **more: object) -> Record:
    plain = {"kind": "order", "id": id_, "customer": "acme", "subject": "f-1", "state": "waiting", "body": '{"step":"block"}'}
    return msgspec.convert(plain | more, Record)


def change(new: Record, action: str = "write", at_us: int = 1) -> RecordChange:
    return RecordChange(record=new, at_us=at_us, by="person:dana", action=action, why="a test")


def test_an_empty_store_answers_every_question(store: RecordStore) -> None:
    assert store.get("order", "o-1") is None
    assert list(store.find("order")) == []
    assert list(store.trail()) == []
    assert store.mark() == store.mark("order") == 0
    assert list(store.write([])) == []


def test_what_was_written_comes_back_with_its_version(store: RecordStore) -> None:
    (first,) = store.write([change(record(due_us=2**60))])
    assert first == record(due_us=2**60, version=1)
    assert store.get("order", "o-1") == first
    (second,) = store.write([change(msgspec.structs.replace(first, state="in_force", body="{}"))])
    assert second.version == 2
    assert store.get("order", "o-1") == second


def test_a_record_is_found_by_what_it_is_about(store: RecordStore) -> None:
    rows = [
        record("a", due_us=10),
        record("b", customer="umbra", due_us=20),
        record("c", state="in_force", subject="f-2"),
        record("d", kind="notice", due_us=5),
    ]
    store.write([change(row) for row in rows])

    def ids(**condition: object) -> list[str]:
        return [found.id for found in store.find("order", **condition)]  # type: ignore[arg-type]

    assert ids() == ["a", "b", "c"]
    assert ids(customer="umbra") == ["b"]
    assert ids(subject="f-2") == ["c"]
    assert ids(states=["in_force", "lifted"]) == ["c"]
    assert ids(states=[]) == []
    assert ids(due_us=10) == ["a"]
    assert ids(after="a", limit=1) == ["b"]


def test_of_two_who_change_one_record_one_is_told(store: RecordStore) -> None:
    (first,) = store.write([change(record())])
    store.write([change(msgspec.structs.replace(first, state="lifted"))])
    with pytest.raises(Conflict, match="was changed by somebody else"):
        store.write([change(record("o-2")), change(msgspec.structs.replace(first, state="expired"))])
    assert store.get("order", "o-2") is None, "all of a write, or nothing"
    found = store.get("order", "o-1")
    assert found is not None
    assert found.state == "lifted"
    assert len(list(store.trail())) == 2


def test_an_id_is_taken_once(store: RecordStore) -> None:
    store.write([change(record())])
    with pytest.raises(Conflict, match="is on record already"):
        store.write([change(record(body='{"step":"suspend"}'))])


def test_every_change_is_in_the_trail_and_the_trail_is_a_chain(store: RecordStore) -> None:
    (first,) = store.write([change(record(body='{"n":"ä\\u0000"}'))])
    store.write([change(msgspec.structs.replace(first, body='{"n":2}'), "lift", 7), change(record("o-2"))])
    entries = list(store.trail())
    assert [(entry.seq, entry.at_us, entry.action, entry.id, entry.before, entry.after) for entry in entries] == [
        (1, 1, "write", "o-1", None, '{"n":"ä\\u0000"}'),
        (2, 7, "lift", "o-1", '{"n":"ä\\u0000"}', '{"n":2}'),
        (3, 1, "write", "o-2", None, '{"step":"block"}'),
    ]
    assert {entry.by for entry in entries} == {"person:dana"}
    assert [entry.prev for entry in entries] == [NO_HASH, entries[0].hash, entries[1].hash]
    assert [entry_hash(entry) for entry in entries] == [entry.hash for entry in entries]
    assert [entry.seq for entry in store.trail(kind="order", id_="o-1", after=1)] == [2]
    assert [entry.seq for entry in store.trail(limit=2)] == [1, 2]


def test_a_long_trail_is_read_whole(store: RecordStore) -> None:
    store.write([change(record(f"o-{i:04}")) for i in range(2300)])
    assert [entry.seq for entry in store.trail()] == list(range(1, 2301))
    assert len(list(store.trail(limit=1500))) == 1500


def test_marks_tell_kinds_apart(store: RecordStore) -> None:
    store.write([change(record())])
    before = store.mark("order")
    store.write([change(record("n-1", kind="notice"))])
    assert store.mark("order") == before
    assert store.mark() > before


def test_what_is_decided_inside_sees_what_is_there_and_what_it_raises_undoes_all(store: RecordStore) -> None:
    store.write([change(record())])

    def again(inside: RecordStore) -> Sequence[RecordChange]:
        found = inside.get("order", "o-1")
        assert found is not None
        return [change(msgspec.structs.replace(found, state="in_force"))]

    assert store.act(again)[0].version == 2

    def fails(inside: RecordStore) -> Sequence[RecordChange]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.act(fails)
    assert store.mark() == 2


def test_many_hands_at_once_lose_nothing(opened: Callable[[], RecordStore]) -> None:
    opened().write([change(record(body="0"))])

    def count(records: RecordStore) -> None:
        for _ in range(20):

            def more(inside: RecordStore) -> Sequence[RecordChange]:
                found = inside.get("order", "o-1")
                assert found is not None
                return [change(msgspec.structs.replace(found, body=str(int(found.body) + 1)))]

            records.act(more)

    threads = [threading.Thread(target=count, args=(opened(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = opened().get("order", "o-1")
    assert found is not None
    assert (found.body, found.version) == ("80", 81)
    entries = list(opened().trail())
    assert [entry.prev for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]


def test_two_changes_of_one_record_in_one_write_are_two_entries(store: RecordStore) -> None:
    first = record()
    second = msgspec.structs.replace(first, state="lifted", version=1)
    assert [written.version for written in store.write([change(first), change(second, "lift")])] == [1, 2]
    found = store.get("order", "o-1")
    assert found is not None
    assert (found.state, found.version) == ("lifted", 2)
    assert [(entry.version, entry.state, entry.before) for entry in store.trail()] == [
        (1, "waiting", None),
        (2, "lifted", '{"step":"block"}'),
    ]
    with pytest.raises(Conflict):
        store.write([change(record("o-2")), change(record("o-2"))])


def test_a_record_of_any_characters_comes_back_as_it_was(store: RecordStore) -> None:
    odd = "a\0\ue000b\U0010ffff"
    made = record(odd, customer=odd, subject=odd, state=odd)
    step = RecordChange(record=made, at_us=1, by=odd, action=odd, why=odd)
    (written,) = store.write([step])
    assert store.get("order", odd) == written
    assert list(store.find("order", customer=odd, subject=odd, states=[odd])) == [written]
    (entry,) = store.trail(by=odd, id_=odd)
    assert (entry.why, entry.action, entry_hash(entry)) == (odd, odd, entry.hash)
    (beside,) = store.audited()
    assert (beside.record, beside.last, beside.entries) == (written, entry, 1)


def test_ids_come_in_one_order_on_every_store(store: RecordStore) -> None:
    ids = ["b", "B", "a", "_", "ä", "10", "9", "-", "z", "Z", "é"]
    store.write([change(record(id_)) for id_ in ids])
    expected = sorted(ids, key=lambda id_: id_.encode())
    assert [found.id for found in store.find("order")] == expected
    pages = [found.id for after in ("", *expected) for found in store.find("order", after=after, limit=1)]
    assert pages == expected
