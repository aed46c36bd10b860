"""`audit verify` on every store: a good trail holds, and each way of tampering with it is found and named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from control_stores import STORES, Place

from fairwire.model.records import NO_HASH, AuditEntry, Record, RecordChange, entry_hash
from fairwire.model.versions import Change, HistoryEntry
from fairwire.ports.control import ControlStore
from fairwire.runtime.anchor import FILE, Anchor, UnusableAnchor, Watch, read_anchor, write_anchor
from fairwire.runtime.audit import SHOWN, Verified, verify

KEY = b"k" * 64


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest) -> Place:
    """The store under test."""
    return Place(request, request.param)


@pytest.fixture
def store(place: Place) -> ControlStore:
    """Five orders, two of them changed, and an act on a policy: eight entries."""
    store = place.open()
    store.records.write([_change(f"o-{number}") for number in range(1, 6)])
    for name in ("o-2", "o-4"):
        found = store.records.get("order", name)
        assert found is not None
        store.records.write([_change(name, found, action="lift", state="lifted", body='{"n":2}')])
    act = HistoryEntry(at_us=5, by="ana", action="submit", pack="acme", version="1.0.0", note="the first")
    store.policies.act("acme", lambda file: Change(history=(act,)))
    return store


def _change(id_: str, old: Record | None = None, *, action: str = "block", **more: object) -> RecordChange:
    plain: dict[str, object] = {
        "kind": "order", "id": id_, "customer": "acme", "state": "in_force", "due_us": 900, "body": '{"n":1}',
    }  # fmt: skip
    record = msgspec.convert({**plain, "version": 0 if old is None else old.version, **more}, Record)
    return RecordChange(record=record, at_us=7, by="person:dana", action=action, why="a breach of A03")


@pytest.fixture
def verified(store: ControlStore, tmp_path: Path) -> Callable[[], Verified]:
    """Verifies it once, so that the mark is made, and then again as often as it is called."""
    assert verify(store, tmp_path, KEY).sound
    return lambda: verify(store, tmp_path, KEY)


def test_a_good_trail_holds_and_the_mark_moves_on_with_it(store: ControlStore, tmp_path: Path) -> None:
    first = verify(store, tmp_path, KEY)
    assert first.problems == []
    assert (first.entries, first.records, first.head.seq) == (8, 6, 8)
    assert "cannot be told" in first.notes[0], "who cut the end off before the first look is not found, and it says so"
    store.records.write([_change("o-9")])
    again = verify(store, tmp_path, KEY)
    assert (again.sound, again.notes, again.anchor) == (True, [], first.head)
    assert read_anchor(tmp_path, KEY) == again.head == Anchor(seq=9, hash=list(store.records.trail())[-1].hash)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_an_empty_trail_holds(place: Place, tmp_path: Path) -> None:
    assert verify(place.open(), tmp_path, KEY).sound
    assert verify(place.open(), tmp_path, KEY).sound


@pytest.mark.parametrize(
    ("tampering", "sentences"),
    [
        ("UPDATE audit SET why = 'nothing' WHERE seq = 3", ["entry 3 (block of order `o-3`) is not as it was written"]),
        ("UPDATE audit SET by = 'person:nobody' WHERE seq = 1", ["entry 1 (block of order `o-1`) is not as it was written"]),
        ("UPDATE audit SET due_us = NULL WHERE seq = 1", ["entry 1 (", "order `o-1` is not what the last entry for it, 1, says"]),
        (
            "UPDATE audit SET after = '{}' WHERE seq = 5",
            ["entry 5 (", "order `o-5` is not what the last entry for it, 5, says: it differs in body"],
        ),
        ("UPDATE audit SET before = '{}' WHERE seq = 6", ["entry 6 (lift of order `o-2`) is not as it was written"]),
        ("UPDATE audit SET version = 0 WHERE seq = 3", ["entry 3 ("]),
        (
            "UPDATE record SET body = '{}' WHERE id = 'o-4'",
            ["order `o-4` is not what the last entry for it, 7, says: it differs in body"],
        ),
        (
            "UPDATE record SET state = 'lifted' WHERE id = 'o-1'",
            ["order `o-1` is not what the last entry for it, 1, says: it differs in state"],
        ),
        ("UPDATE record SET due_us = 1 WHERE id = 'o-1'", ["it differs in due_us"]),
        ("UPDATE record SET customer = 'umbra', version = 2 WHERE id = 'o-1'", ["it differs in customer, version"]),
        ("DELETE FROM record WHERE id = 'o-3'", ["order `o-3` is gone, and the last entry for it, 3, does not say so"]),
        ("DELETE FROM audit WHERE seq = 3", ["entry 3 is missing", "order `o-3` has no entry in the trail"]),
        (
            "DELETE FROM audit WHERE seq BETWEEN 2 AND 3",
            ["entries 2 to 3 are missing", "order `o-2` has version 2, and the trail has 1", "order `o-3` has no"],
        ),
        ("DELETE FROM audit WHERE seq = 1", ["entry 1 is missing", "order `o-1` has no entry"]),
        (
            "DELETE FROM audit WHERE seq > 5",
            ["the trail ends at entry 5, and it had come to entry 8: its end was cut off", "order `o-2`", "`o-4`", "_act `"],
        ),
        ("DELETE FROM audit", ["the trail ends at entry 0, and it had come to entry 8"]),
        ("UPDATE policy_history SET body = replace(body, 'ana', 'eve')", ["act 1 on a policy is not what the trail says of it"]),
        ("DELETE FROM policy_history", ["act 1 on a policy is gone from the history, and the trail has it"]),
        (
            "INSERT INTO record (kind, id, customer, subject, state, version, body) VALUES ('order', 'o-7', '', '', '', 1, '{}')",
            ["order `o-7` has no entry in the trail: it was written behind its back"],
        ),
    ],
)  # fmt: skip
def test_what_was_done_behind_its_back_is_found_and_named(
    place: Place, verified: Callable[[], Verified], tmp_path: Path, tampering: str, sentences: Sequence[str]
) -> None:
    before = read_anchor(tmp_path, KEY)
    place.sql(tampering)
    found = verified()
    assert len(found.problems) >= len(sentences), found.problems
    for sentence in sentences:
        assert any(sentence in problem for problem in found.problems), (sentence, found.problems)
    assert all("\n" not in problem for problem in found.problems)
    assert read_anchor(tmp_path, KEY) == before, "the mark does not move over what is wrong"
    if len(sentences) == 1 and "DELETE FROM audit" not in tampering:
        assert len(found.problems) == 1, "nothing else is called wrong"


def test_swapped_entries_are_found(place: Place, verified: Callable[[], Verified]) -> None:
    for old, new in ((2, 90), (3, 2), (90, 3)):
        place.sql("UPDATE audit SET seq = :new WHERE seq = :old", old=old, new=new)
    problems = verified().problems
    assert any(problem.startswith("entry 2 (block of order `o-3`) is not as it was written") for problem in problems)
    assert any(problem.startswith("entry 3 (block of order `o-2`) is not as it was written") for problem in problems)


def _insert(place: Place, entry: AuditEntry) -> None:
    values = msgspec.structs.asdict(entry)
    names = ", ".join(f'"{name}"' for name in values)
    place.sql(f"INSERT INTO audit ({names}) VALUES ({', '.join(f':{name}' for name in values)})", **values)  # noqa: S608


def _forged(seq: int, prev: str, store: ControlStore, **more: object) -> AuditEntry:
    first = next(iter(store.records.trail()))
    made = msgspec.structs.replace(first, seq=seq, prev=prev, **more)
    return msgspec.structs.replace(made, hash=entry_hash(made))


def test_an_entry_that_was_put_in_between_is_found_though_its_own_hash_is_right(
    place: Place, store: ControlStore, verified: Callable[[], Verified]
) -> None:
    trail = list(store.records.trail())
    for old in range(len(trail), 3, -1):  # makes room
        place.sql("UPDATE audit SET seq = :new WHERE seq = :old", new=old + 1, old=old)
    _insert(place, _forged(4, trail[2].hash, store, id="o-8", why="was always there"))
    found = verified()
    assert not any("entry 4 (" in problem for problem in found.problems), "it is what a forger can make right"
    assert found.problems[0].startswith("entry 5 (block of order `o-4`) is not as it was written")
    assert any("order `o-8` is gone" in problem for problem in found.problems)


def test_an_entry_that_was_added_by_hand_is_found(place: Place, store: ControlStore, verified: Callable[[], Verified]) -> None:
    _insert(place, msgspec.structs.replace(_forged(9, NO_HASH, store), hash="0" * 64))
    assert any(problem.startswith("entry 9 (block of order `o-1`) is not as it was") for problem in verified().problems)


def test_a_trail_that_was_written_anew_as_a_whole_is_found_by_the_mark(
    place: Place, store: ControlStore, verified: Callable[[], Verified]
) -> None:
    trail, prev = list(store.records.trail()), NO_HASH
    place.sql("DELETE FROM audit")
    for entry in trail:
        anew = msgspec.structs.replace(entry, prev=prev, why="as it should have been")
        prev = entry_hash(anew)
        _insert(place, msgspec.structs.replace(anew, hash=prev))
    (problem,) = verified().problems
    assert "entry 8 (submit of policy_act" in problem
    assert "is another than the one that `audit.head` has noted" in problem


def test_an_end_cut_off_with_its_records_is_found_by_the_mark_alone(
    place: Place, store: ControlStore, verified: Callable[[], Verified]
) -> None:
    place.sql("DELETE FROM audit WHERE seq = 8")
    place.sql("DELETE FROM record WHERE kind = 'policy_act'")
    place.sql("DELETE FROM policy_history")
    assert verified().problems == ["the trail ends at entry 7, and it had come to entry 8: its end was cut off"]


def test_of_many_wrong_things_ten_are_told_and_the_rest_is_counted(place: Place, verified: Callable[[], Verified]) -> None:
    place.sql("UPDATE audit SET why = 'x'")
    place.sql("UPDATE record SET state = 'x'")
    found = verified()
    assert len(found.problems) == SHOWN
    assert found.more == 8 + 6 - SHOWN


@pytest.mark.parametrize("text", ["", "8 abc def\n", f"8 {'0' * 64} {'0' * 64}\n"])
def test_a_mark_that_others_wrote_is_found_and_left(store: ControlStore, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    found = verify(store, tmp_path, KEY)
    assert "was not written with this data folder's key" in found.problems[0]
    assert (tmp_path / FILE).read_text() == text


def test_a_mark_of_another_key_is_found(store: ControlStore, tmp_path: Path) -> None:
    write_anchor(tmp_path, b"another", Anchor(seq=1, hash="0" * 64))
    with pytest.raises(UnusableAnchor):
        read_anchor(tmp_path, KEY)


def test_a_running_service_moves_the_mark_on_and_stops_where_something_is_wrong(
    place: Place, store: ControlStore, tmp_path: Path
) -> None:
    watch = Watch(store, tmp_path, KEY)
    assert watch.look() is None
    assert read_anchor(tmp_path, KEY) == Anchor(seq=8, hash=list(store.records.trail())[-1].hash)
    store.records.write([_change("o-9"), _change("o-10")])
    place.sql("UPDATE audit SET why = 'x' WHERE seq = 10")
    assert watch.look() == "entry 10 (block of order `o-10`) is not as it was written: its hash is another"
    kept = read_anchor(tmp_path, KEY)
    assert kept is not None
    assert kept.seq == 8
    place.sql("DELETE FROM audit WHERE seq >= 8")
    assert watch.look() == "the trail had come to entry 8, and that entry is gone"


def test_entries_from_before_they_had_all_of_a_record_still_hold(place: Place, store: ControlStore, tmp_path: Path) -> None:
    prev = NO_HASH
    for entry in list(store.records.trail()):
        old = msgspec.structs.replace(entry, subject="", state="", due_us=None, version=0, prev=prev)
        prev = entry_hash(old)
        place.sql(
            "UPDATE audit SET subject = '', state = '', due_us = NULL, version = 0, prev = :prev, hash = :hash WHERE seq = :seq",
            prev=old.prev, hash=prev, seq=old.seq,
        )  # fmt: skip
    assert verify(store, tmp_path, KEY).problems == []
    found = store.records.get("order", "o-2")
    assert found is not None
    store.records.write([_change("o-2", found, state="in_force")])
    assert verify(store, tmp_path, KEY).problems == []


def test_the_trail_is_searched_and_its_newest_entries_come_last(store: ControlStore) -> None:
    def seqs(**condition: object) -> list[int]:
        return [entry.seq for entry in store.records.trail(**condition)]  # type: ignore[arg-type]

    assert seqs(limit=2, newest=True) == [7, 8]
    assert seqs(kind="order", limit=1, newest=True) == [7]
    assert seqs(id_="o-2") == [2, 6]
    assert seqs(by="person:ana") == [8]
    assert seqs(customer="acme", limit=3, newest=True) == [5, 6, 7]
    assert seqs(since_us=6, limit=2) == [1, 2]
    assert seqs(by="person:nobody", limit=5, newest=True) == []
    assert seqs(limit=100, newest=True) == list(range(1, 9))


def test_more_records_than_are_read_at_once_are_all_compared(place: Place, tmp_path: Path) -> None:
    store = place.open()
    store.records.write([_change(f"o-{number:05}") for number in range(2_345)])
    place.sql("DELETE FROM record WHERE id IN ('o-00999', 'o-01000', 'o-02344')")
    found = verify(store, tmp_path, KEY)
    assert (found.entries, found.records) == (2_345, 2_342)
    assert [problem[:19] for problem in found.problems] == ["the order `o-00999`", "the order `o-01000`", "the order `o-02344`"]


def test_what_is_written_while_it_is_verified_is_never_called_wrong(place: Place, store: ControlStore, tmp_path: Path) -> None:
    writer, done = place.open(), threading.Event()

    def write() -> None:
        number = 100
        while not done.is_set():
            number += 1
            writer.records.write([_change(f"o-{number}")])
            act = HistoryEntry(at_us=number, by="ana", action="submit", pack="acme", version="1.0.0")
            writer.policies.act("acme", lambda file, act=act: Change(history=(act,)))  # type: ignore[misc]

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found = [verify(store, tmp_path, KEY) for _ in range(8)]
    finally:
        done.set()
        thread.join()
    assert [each.problems for each in found] == [[]] * 8
    assert found[-1].entries > found[0].entries
    assert verify(store, tmp_path, KEY).problems == []
