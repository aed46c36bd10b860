"""Every control store, held to the same words of the port; and the SQLite file in all the states a disk can leave it in."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from control_stores import STORES, opener

import fairwire.relational
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, HOUR_US, parse_us
from fairwire.model.records import Record, RecordChange
from fairwire.model.versions import Change, HistoryEntry
from fairwire.ports.control import ControlStore, SeriesPoint, StoreError
from fairwire.relational.ledger import HEAD, REVISIONS
from fairwire.relational.schema import METADATA
from fairwire.relational.store import RelationalStore
from fairwire.stores.sqlite import open_store
from fairwire.stores.sqlite.errors import ForeignStore, IncompleteSave, StoreBusy, StoreCorrupt, StoreTooNew, StoreUnwritable
from fairwire.stores.sqlite.store import SqliteStore
from fairwire.testkit.samples import RUN_ID, sample_run

MIGRATIONS = Path(fairwire.relational.__path__[0]) / "migrations"


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest) -> Callable[[], ControlStore]:
    """Opens the store under test; calling it twice opens the same data twice."""
    return opener(request, request.param)


@pytest.fixture
def store(opened: Callable[[], ControlStore]) -> ControlStore:
    """An empty store."""
    return opened()


@pytest.fixture
def filled(store: ControlStore) -> ControlStore:
    """A store with the sample run."""
    sample_run().save(store)
    return store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a SQLite store is going to be."""
    return tmp_path / "fairwire.db"


@pytest.fixture
def closing() -> Iterator[list[ControlStore]]:
    """Stores put here are closed at the end."""
    stores: list[ControlStore] = []
    yield stores
    for one in stores:
        one.close()


def test_there_is_a_store() -> None:
    assert "sqlite" in STORES


def test_an_empty_store_answers_every_question(store: ControlStore) -> None:
    assert store.latest_run() is None
    assert list(store.runs()) == []
    assert store.revision() == 0
    assert store.finding("0123456789abcdef") is None
    assert store.evidence("0123456789abcdef") is None
    assert list(store.findings()) == []
    assert list(store.orders()) == []
    assert list(store.series(run_id="none")) == []
    assert store.tally().total == 0


def test_what_was_saved_comes_back_as_it_was(filled: ControlStore) -> None:
    sample = sample_run()
    assert filled.latest_run() == sample.run
    for finding, proof in zip(sample.findings, sample.evidence, strict=True):
        assert filled.finding(finding.finding_id) == finding
        assert filled.evidence(finding.finding_id) == proof
    assert {order.order_id: order for order in filled.orders()} == {order.order_id: order for order in sample.orders}
    assert set(filled.series(run_id=RUN_ID)) == set(sample.series)


def test_it_is_still_there_after_closing_and_opening_again(opened: Callable[[], ControlStore]) -> None:
    first = opened()
    sample_run().save(first)
    first.close()
    assert opened().tally().total == 20


def test_two_handles_see_each_others_saves(opened: Callable[[], ControlStore]) -> None:
    writer, reader = opened(), opened()
    sample_run().save(writer)
    assert reader.revision() == writer.revision() == 1
    assert len(reader.findings()) == 20


def test_findings_come_worst_first_then_newest_first(filled: ControlStore) -> None:
    rank = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
    keys = [(rank[finding.severity], parse_us(finding.time)) for finding in filled.findings()]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"severity": "critical"}, 3),
        ({"detector": "harassment.repeat_callee"}, 3),
        ({"customer": "quillfeather-sales"}, 5),
        ({"clause": "A08"}, 5),
        ({"clause": "A08", "severity": "high"}, 3),
        ({"text": "SATELLITE hobnail"}, 2),
        ({"text": "+442079460018"}, 1),
        ({"text": "100%"}, 0),
        ({"text": "%"}, 5),
        ({"text": "l_fr"}, 3),
        ({"clause": "A0"}, 0),
        ({"customer": "' OR 1=1 --"}, 0),
    ],
)
def test_a_filter_gives_what_it_says_and_the_tally_agrees(filled: ControlStore, filters: dict[str, str], count: int) -> None:
    found = filled.findings(filters=filters)
    assert len(found) == count
    tally = filled.tally(filters=filters)
    assert tally.total == count
    assert sum(tally.severities.values()) == sum(n for _, _, n in tally.hours) == count


def test_a_filter_nobody_knows_is_refused_and_not_ignored(filled: ControlStore) -> None:
    with pytest.raises(StoreError, match="cannot be filtered by `colour`"):
        filled.findings(filters={"colour": "red"})


def test_pages_of_findings_join_up_without_gap_or_repeat(filled: ControlStore) -> None:
    pages = [finding for offset in range(0, 25, 7) for finding in filled.findings(limit=7, offset=offset)]
    assert pages == list(filled.findings())


def test_the_tally_counts_what_the_findings_show(filled: ControlStore) -> None:
    tally = filled.tally(run_id=RUN_ID)
    findings = filled.findings()
    assert tally.severities == {"info": 4, "low": 4, "medium": 5, "high": 4, "critical": 3}
    assert next(iter(tally.customers)) == "quillfeather-sales"
    for clause in tally.clauses:
        assert clause.count == sum(clause.clause in finding.clauses for finding in findings)
        assert clause.policy == "acme"
        assert clause.gist
    assert all(hour_us % HOUR_US == 0 for hour_us, _, _ in tally.hours)


def test_findings_are_counted_by_clause_mode_and_day(filled: ControlStore) -> None:
    findings = sample_run().findings
    counted = {(row.clause, row.detector, row.mode, row.day): row for row in filled.day_counts()}
    expected = Counter(
        (clause, each.detector, each.mode, parse_us(each.time) // DAY_US) for each in findings for clause in each.clauses
    )
    assert {key: row.count for key, row in counted.items()} == expected
    last = max(parse_us(each.time) for each in findings)
    assert max(row.last_us for row in counted.values()) == last
    assert list(filled.day_counts(run_id="none")) == []
    assert list(filled.day_counts(run_id=RUN_ID)) == list(filled.day_counts())


def test_a_prefix_finds_a_finding_only_when_it_can_mean_no_other(store: ControlStore) -> None:
    sample = sample_run()
    twins = [msgspec.structs.replace(sample.findings[0], finding_id=name) for name in ("aaaaaa11", "aaaaaa22", "bbbbbb33")]
    store.save_run(sample.run, twins, (), (), ())
    assert store.finding("aaaaaa") is None
    assert store.finding("aaaaaa1") == twins[0]
    assert store.finding("bbbbbb") == twins[2]
    assert store.finding("bbbbb") is None, "five characters are too few"
    assert store.finding("BBBBBB") is None


def test_saving_the_same_again_changes_nothing_but_the_revision(filled: ControlStore) -> None:
    before = (list(filled.findings()), filled.tally(), list(filled.orders()), list(filled.series(run_id=RUN_ID)))
    sample_run().save(filled)
    assert (list(filled.findings()), filled.tally(), list(filled.orders()), list(filled.series(run_id=RUN_ID))) == before
    assert filled.revision() == 2


def test_a_finding_that_grows_is_replaced_and_keeps_its_evidence(filled: ControlStore) -> None:
    finding = filled.findings()[0]
    grown = msgspec.structs.replace(finding, count=finding.count + 1, clauses=(finding.clauses[0], "A12"), severity="low")
    filled.save_run(sample_run().run, [grown], (), (), [SeriesPoint(name="calls", hour_us=0, value=3.0)])
    assert filled.finding(finding.finding_id) == grown
    assert filled.evidence(finding.finding_id) is not None
    assert len(filled.findings()) == 20
    gists = {clause.clause: clause.gist for clause in filled.tally(filters={"severity": "low"}).clauses}
    assert gists[finding.clauses[0]], "the gist that was told before is still shown"
    assert SeriesPoint(name="calls", hour_us=0, value=3.0) in filled.series(run_id=RUN_ID)


def test_the_run_saved_last_is_the_latest_whatever_its_name(filled: ControlStore) -> None:
    other = sample_run(run_id="a-run")
    filled.save_run(other.run, (), (), (), ())
    latest = filled.latest_run()
    assert latest is not None
    assert latest.run_id == "a-run"
    sample_run().save(filled)
    assert [run.run_id for run in filled.runs()] == [RUN_ID, "a-run"]
    assert list(filled.findings(run_id="a-run")) == []


def test_a_save_that_fails_half_way_leaves_nothing_behind(store: ControlStore) -> None:
    sample = sample_run()

    def breaks() -> Iterator[Finding]:
        yield from sample.findings[:10]
        raise RuntimeError("the replay broke")

    with pytest.raises(RuntimeError, match="the replay broke"):
        store.save_run(sample.run, breaks(), (), (), ())
    assert store.latest_run() is None
    assert list(store.findings()) == []


def test_evidence_for_an_unknown_finding_is_refused_in_one_sentence(store: ControlStore) -> None:
    sample = sample_run()
    with pytest.raises(StoreError) as caught:
        store.save_run(sample.run, (), sample.evidence[:1], (), ())
    assert isinstance(caught.value, IncompleteSave)
    assert "nothing of this save was kept" in caught.value.sentence()
    assert store.latest_run() is None


def test_orders_of_some_findings_are_those_orders(filled: ControlStore) -> None:
    ids = [finding.finding_id for finding in filled.findings(limit=3)]
    orders = filled.orders(finding_ids=ids)
    assert {order.finding_id for order in orders} == set(ids)
    assert [order for one in ids for order in filled.orders(finding_id=one)] == sorted(
        orders, key=lambda o: ids.index(o.finding_id)
    )
    moments = [parse_us(order.created) for order in orders]
    assert moments == sorted(moments)
    assert list(filled.orders(finding_ids=[])) == []


def test_many_threads_may_read_while_one_writes(store: ControlStore) -> None:
    sample = sample_run()
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(store.tally().total)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(10):
        sample.save(store)
    done.set()
    for reader in readers:
        reader.join()
    assert set(seen) <= {0, 20}, "a reader sees all of a save or nothing of it"


def test_ten_thousand_findings_are_kept_and_counted(store: ControlStore) -> None:
    sample = sample_run()
    many = (msgspec.structs.replace(sample.findings[index % 20], finding_id=f"f{index:015d}") for index in range(10_000))
    store.save_run(sample.run, many, (), (), ())
    assert store.tally().total == 10_000
    assert len(store.findings(limit=500)) == 500


@pytest.mark.parametrize("odd", ["a\0b", "\0", "\ue0000\0\ue000", "\ue0001", "\U0010ffff\x01"])
def test_a_text_of_any_characters_comes_back_as_it_was_and_is_found(store: ControlStore, odd: str) -> None:
    sample = sample_run()
    finding = msgspec.structs.replace(sample.findings[0], customer=odd, reason=f"calls of {odd}", line=odd)
    store.save_run(msgspec.structs.replace(sample.run, command=odd), [finding, *sample.findings[1:]], (), (), ())
    assert store.finding(finding.finding_id) == finding
    assert list(store.findings(filters={"customer": odd})) == [finding]
    assert list(store.findings(filters={"text": f"of {odd}"})) == [finding]
    assert store.tally().customers[odd] == 1
    assert store.runs()[0].command == odd
    assert sum(row.count for row in store.day_counts()) == sum(len(each.clauses) for each in sample.findings)
    assert {row.mode for row in store.day_counts()} == {each.mode for each in sample.findings}


def _moved_to(store: ControlStore, revision: str) -> None:
    """Take a store back to what an earlier version has made of it, with what it had then."""
    assert isinstance(store, RelationalStore)
    config = _config()
    with store.database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    store.close()


def _policy(store: ControlStore) -> HistoryEntry:
    entry = HistoryEntry(seq=1, at_us=1, by="ana", action="submit", pack="acme", version="1.0.0")
    store.policies.act("acme", lambda file: Change(history=(entry,)))
    return entry


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_store_of_every_earlier_schema_opens_with_its_data(opened: Callable[[], ControlStore], revision: str) -> None:
    first = opened()
    sample_run().save(first)
    entry = _policy(first)
    old = RecordChange(
        record=Record(kind="order", id="o-1", state="waiting", body="{}"), at_us=1, by="person:dana", action="block"
    )
    first.records.write([old])
    _moved_to(first, revision)
    again = opened()
    assert again.tally().total == 20
    assert list(again.runs()) == [sample_run().run]
    assert list(again.policies.history()) == ([entry] if revision >= "0002" else [])
    found = again.records.get("order", "o-1")
    assert (found is not None) == (revision >= "0003")
    if found is not None:
        assert [(entry.id, entry.action, entry.version) for entry in again.records.trail(kind="order")] == [("o-1", "block", 0)]
    again.records.write([RecordChange(record=Record(kind="case", id="c-1", body="{}"), at_us=2, by="fairwire", action="open")])
    _policy(again)
    assert opened().records.mark("case") > 0
    again.close()
    assert opened().tally().total == 20, "and is left alone from then on"


def test_a_store_that_was_taken_back_to_nothing_begins_anew(opened: Callable[[], ControlStore]) -> None:
    first = opened()
    sample_run().save(first)
    _moved_to(first, "base")
    assert opened().tally().total == 0


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(store: ControlStore) -> None:
    assert isinstance(store, RelationalStore)
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


# The SQLite file itself.


def test_the_file_and_its_side_files_are_for_their_owner_only(file: Path, closing: list[ControlStore]) -> None:
    store = open_store(file)
    closing.append(store)
    sample_run().save(store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_directory_means_the_file_inside_it(tmp_path: Path, closing: list[ControlStore]) -> None:
    closing.append(open_store(tmp_path))
    assert (tmp_path / "fairwire.db").is_file()


def test_a_store_of_a_newer_version_is_left_alone_and_named(file: Path) -> None:
    open_store(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StoreTooNew) as caught:
        open_store(file)
    assert caught.value.sentence().startswith(
        f"{file}: the store was written by a newer version of Fairwire: its schema is `0999`"
    )
    assert file.read_bytes() == before


def test_a_damaged_file_is_told_in_one_sentence(file: Path) -> None:
    file.write_bytes(b"this was never a database " * 100)
    with pytest.raises(StoreCorrupt, match="damaged or is not a SQLite file"):
        open_store(file)


def test_a_file_with_a_hole_in_it_is_told_in_one_sentence(file: Path, closing: list[ControlStore]) -> None:
    store = open_store(file)
    sample_run().save(store)
    store.close()
    body = bytearray(file.read_bytes())
    body[4096:] = b"\xff" * (len(body) - 4096)
    file.write_bytes(body)

    def use() -> None:
        closing.append(open_store(file))
        closing[0].findings()

    with pytest.raises(StoreCorrupt):
        use()


def test_a_database_of_another_program_is_left_alone(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(ForeignStore, match="database of another program"):
        open_store(file)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


def test_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    with pytest.raises(StoreUnwritable, match="cannot be opened for writing"):
        open_store(tmp_path / "a-file" / "store")
    with pytest.raises(StoreUnwritable, match="no such file or directory"):
        open_store(tmp_path / "missing" / "store")


def test_a_locked_file_is_told_in_one_sentence_and_nothing_is_lost(file: Path, closing: list[ControlStore]) -> None:
    store = SqliteStore(file, busy_ms=50)
    closing.append(store)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert list(store.findings()) == [], "readers do not wait for the writer"
        with pytest.raises(StoreBusy, match="locked by another process"):
            sample_run().save(store)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    sample_run().save(store)
    assert store.tally().total == 20


def test_two_processes_that_open_a_new_store_at_once_both_get_it(file: Path) -> None:
    code = f"from fairwire.stores.sqlite import open_store; print(open_store({str(file)!r}).revision())"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate() for process in both] == [(b"0\n", b"")] * 2


def _config(**options: str) -> Config:
    config = Config(output_buffer=StringIO())
    config.set_main_option("script_location", str(MIGRATIONS))
    for name, value in options.items():
        config.set_main_option(f"fairwire.{name}", value)
    return config


def test_the_head_that_is_checked_at_open_is_the_head_of_the_migrations() -> None:
    script = ScriptDirectory.from_config(_config())
    assert script.get_current_head() == HEAD
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == REVISIONS


def test_every_migration_says_what_why_and_how_to_undo_it() -> None:
    for path in (MIGRATIONS / "versions").glob("m*.py"):
        header = path.read_text().split('"""')[1]
        for word in ("\nwhat ", "\nwhy ", "\nundo "):
            assert word in header, f"{path.name} does not say {word.strip()}"


def test_the_same_migrations_are_good_postgresql() -> None:
    config = _config(dialect="postgresql")
    command.upgrade(config, "head", sql=True)
    assert isinstance(config.output_buffer, StringIO)
    sql = config.output_buffer.getvalue()
    for table in METADATA.tables:
        assert f"CREATE TABLE {table} (" in sql
    assert "DOUBLE PRECISION" in sql
    assert "BIGINT" in sql


def test_importing_the_adapter_loads_no_database_library() -> None:
    code = "import sys, fairwire.stores.sqlite; print([name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"
