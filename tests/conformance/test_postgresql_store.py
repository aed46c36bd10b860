"""The control store on a real PostgreSQL server, in all the states that a network and people leave it in."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fairwire.model.errors import FairwireError
from fairwire.model.records import Record, RecordChange
from fairwire.ports.control import ControlStore, StoreError
from fairwire.relational.errors import (
    ForeignStore,
    StoreBusy,
    StoreMissing,
    StoreRefused,
    StoreTooNew,
    StoreUnreachable,
    StoreUnsuitable,
    StoreUnwritable,
)
from fairwire.runtime.audit import verify
from fairwire.stores.postgresql import look, open_store
from fairwire.stores.postgresql.address import BadAddress, read_address
from fairwire.stores.postgresql.store import PostgresqlStore
from fairwire.testkit.samples import sample_run
from free_ports import free_port
from postgres_lab import PASSWORD, Database, Server

Opener = Callable[..., ControlStore]


@pytest.fixture
def opening() -> Iterator[Opener]:
    """Opens stores, and closes them at the end."""
    opened: list[ControlStore] = []

    def open_(url: str, password: str = "") -> ControlStore:
        opened.append(open_store(url, password=password))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


def refused(kind: type[FairwireError], url: str, password: str = "") -> str:
    """The one sentence that opening a store ends with."""
    with pytest.raises(kind) as caught:
        open_store(url, password=password).close()
    sentence = caught.value.sentence()
    assert "\n" not in sentence
    assert PASSWORD not in sentence
    assert not password or password not in sentence
    return sentence


def change(number: int = 1) -> RecordChange:
    record = Record(kind="order", id=f"o-{number}", body="{}")
    return RecordChange(record=record, at_us=1, by="person:dana", action="block")


# Getting in


@pytest.mark.parametrize("user", ["fairwire", "md5user"])
def test_a_password_is_taken_and_never_shown(opening: Opener, database: Database, user: str) -> None:
    database.sql("GRANT CREATE ON SCHEMA public TO md5user")
    store = opening(database.tcp(user), PASSWORD)
    sample_run().save(store)
    assert store.tally().total == 20
    assert isinstance(store, PostgresqlStore)
    assert PASSWORD not in repr(store.database.engine) + repr(store.database.engine.url) + store.database.place


@pytest.mark.parametrize("password", ["", "s3cret-guess", PASSWORD.upper()])
def test_a_wrong_password_is_told_in_one_sentence(database: Database, password: str) -> None:
    sentence = refused(StoreRefused, database.tcp(), password)
    assert "the server does not know this user, or the password is wrong" in sentence
    assert sentence.startswith(f"postgresql://fairwire@127.0.0.1:{database.server.port}/{database.name}: ")


def test_a_user_from_where_none_may_come_is_told(database: Database) -> None:
    assert "does not let this user in from here" in refused(StoreRefused, database.tcp("owner"), PASSWORD)


def test_a_database_that_is_not_there_is_told(postgres: Server) -> None:
    url = f"postgresql://fairwire@:{postgres.port}/nowhere?host={postgres.folder}"
    assert "there is no such database on this server; make it, such as with `createdb" in refused(StoreMissing, url)


def test_a_server_that_is_not_there_is_told() -> None:
    port = free_port()
    assert "cannot be reached (connection refused); start it" in refused(StoreUnreachable, f"postgresql://a@127.0.0.1:{port}/b")
    assert "(no such file or directory)" in refused(StoreUnreachable, "postgresql://a@/b?host=/nowhere")
    assert "cannot be reached (" in refused(StoreUnreachable, "postgresql://a@nobody.invalid/b")


@pytest.mark.parametrize(
    ("answer", "said"), [(b"N", "offers no TLS"), (b"HTTP/1.1 400 Bad Request\r\n", "does not answer as PostgreSQL")]
)
def test_a_server_without_tls_is_refused_where_tls_is_asked_for(answer: bytes, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reply() -> None:
            peer = listener.accept()[0]
            with peer:
                assert len(peer.recv(8)) == 8
                peer.sendall(answer)
                with suppress(ConnectionError):
                    peer.recv(1)

        thread = threading.Thread(target=reply)
        thread.start()
        url = f"postgresql://a@127.0.0.1:{listener.getsockname()[1]}/b?sslmode=require"
        assert f"the server {said}" in refused(StoreRefused, url, PASSWORD)
        thread.join()


@pytest.mark.parametrize(
    ("host", "parameters", "secure"),
    [
        ("127.0.0.1", {}, True),
        ("127.0.0.1", {"sslmode": "disable"}, False),
        ("127.0.0.1", {"sslmode": "require"}, True),
        ("127.0.0.1", {"sslmode": "verify-ca", "sslrootcert": "{ca}"}, True),
        ("localhost", {"sslmode": "verify-full", "sslrootcert": "{ca}"}, True),
    ],
)
def test_tls_is_what_the_address_asks_for(
    opening: Opener, database: Database, host: str, parameters: dict[str, str], secure: bool
) -> None:
    parameters = {name: value.format(ca=database.server.folder / "ca.crt") for name, value in parameters.items()}
    store = opening(database.tcp(**parameters).replace("127.0.0.1", host), PASSWORD)
    assert isinstance(store, PostgresqlStore)
    with store.database.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").one()
    assert row[0] is secure


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"sslmode": "verify-full", "sslrootcert": "{ca}"}, "the server's certificate is not to be trusted: ip address mismatch"),
        ({"sslmode": "verify-ca"}, "the server's certificate is not to be trusted: unable to get local issuer certificate"),
        ({"sslmode": "require", "sslrootcert": "{other}"}, "the server's certificate is not to be trusted"),
        ({"sslmode": "verify-full", "sslrootcert": "{nothing}"}, "the file that `sslrootcert` names has no certificate in it"),
    ],
)
def test_a_server_that_may_be_another_is_refused(
    database: Database, tmp_path: Path, parameters: dict[str, str], said: str
) -> None:
    from postgres_lab import certificate

    certificate(tmp_path, None)
    (tmp_path / "nothing").write_text("no certificate\n")
    places = {"ca": database.server.folder / "ca.crt", "other": tmp_path / "ca.crt", "nothing": tmp_path / "nothing"}
    parameters = {name: value.format(**places) for name, value in parameters.items()}
    assert said in refused(StoreRefused, database.tcp(**parameters), PASSWORD)


def test_a_user_who_may_only_come_by_tls_is_told_so(opening: Opener, database: Database) -> None:
    database.sql("GRANT CREATE ON SCHEMA public TO onlytls")
    opening(database.tcp("onlytls", sslmode="require"), PASSWORD)
    assert "not without TLS" in refused(StoreRefused, database.tcp("onlytls", sslmode="disable"), PASSWORD)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://fairwire:s3cret-word@db.example/fairwire",
            "a password in the address of the database would be seen by others",
        ),
        (
            "postgresql://db.example/fairwire?password=s3cret-word",
            "a password in the address of the database would be seen by others",
        ),
        ("postgresql://db.example/", "the address names no database"),
        ("postgresql://db.example:port/fairwire", "cannot be read"),
        ("postgresql://a.example,b.example/fairwire", "names several hosts"),
        ("mysql://db.example/fairwire", "no address of a PostgreSQL database"),
        ("postgresql://db.example/fairwire?sslmode=always", "`sslmode` cannot be `always`; give one of disable, prefer"),
        ("postgresql://db.example/fairwire?options=-c%20x", "`options` is not known"),
        ("postgresql://db.example/fairwire?sslrootcert=/nowhere", "the file that `sslrootcert` names is not there"),
    ],
)
def test_an_address_that_cannot_be_one_is_told(url: str, said: str) -> None:
    sentence = refused(BadAddress, url)
    assert said in sentence
    assert "s3cret" not in sentence


def test_an_address_is_read_as_postgresql_reads_it() -> None:
    read = read_address("postgres://fair%40wire@[::1]:6432/fair%20wire?sslmode=verify-full")
    assert (read.user, read.host, read.port, read.database, read.sslmode) == (
        "fair@wire",
        "::1",
        6432,
        "fair wire",
        "verify-full",
    )
    assert str(read) == "postgresql://fair%40wire@[::1]:6432/fair%20wire"
    assert read_address("postgresql:///fairwire").socket == "/var/run/postgresql/.s.PGSQL.5432"
    assert [read_address(f"postgresql://{host}/x").local for host in ("localhost", "127.0.0.2", "db.example")] == [
        True,
        True,
        False,
    ]


# What the server is, and what is in it


def test_a_role_that_owns_no_more_than_its_schema_is_enough(opening: Opener, postgres: Server, database: Database) -> None:
    name = f"least_{database.name}"
    postgres.sql(f"CREATE ROLE {name} LOGIN")
    database.sql(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    # Another program lives in `public`, and has migrations of its own there.
    database.sql("CREATE TABLE public.alembic_version (version_num text); INSERT INTO public.alembic_version VALUES ('f00d');")
    database.sql("GRANT SELECT ON public.alembic_version TO PUBLIC")
    store = opening(database.url.replace("fairwire@", f"{name}@"))
    sample_run().save(store)
    assert store.tally().total == 20
    assert {row[0] for row in database.sql("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'finding'")} == {name}
    assert database.sql("SELECT version_num FROM public.alembic_version") == [["f00d"]]


def test_what_the_page_says_to_set_up_is_enough_and_no_more(opening: Opener, postgres: Server, root: Path) -> None:
    page = (root / "docs" / "how-to" / "postgresql.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    steps = [line.replace("fairwire", "documented") for line in lines if line.endswith(";") and line.isascii()]
    assert len(steps) == 8, "all of the page's statements"
    url = f"postgresql://documented@:{postgres.port}/documented?host={postgres.folder}"
    try:
        postgres.sql("CREATE ROLE auditor LOGIN")
        for step in steps:
            # As the page does: what is about the schema is said in the database.
            postgres.sql(step, "documented" if "SCHEMA" in step or "TABLES" in step else "postgres")
        store = opening(url)
        store.records.write([change()])
        postgres.sql("GRANT CONNECT ON DATABASE documented TO auditor")
        postgres.sql("ALTER ROLE auditor SET search_path = documented")
        reader = opening(url.replace("documented@", "auditor@"))
        assert [entry.id for entry in reader.records.trail()] == ["o-1"]
        with pytest.raises(StoreUnwritable, match="may not do this"):
            reader.records.write([change(2)])
        assert "no such database" not in refused(StoreError, url.replace("documented@", "md5user@"))
    finally:
        postgres.sql("DROP DATABASE documented WITH (FORCE)")
        postgres.sql("DROP ROLE documented")
        postgres.sql("DROP ROLE auditor")


def test_a_dump_that_is_restored_elsewhere_has_a_trail_that_holds(
    opening: Opener, postgres: Server, database: Database, tmp_path: Path
) -> None:
    store = opening(database.url)
    sample_run().save(store)
    store.records.write([change(number) for number in range(20)])
    assert verify(store, tmp_path, b"key").sound
    other = postgres.database()
    try:
        dump = postgres.folder / f"{database.name}.dump"
        postgres.run("pg_dump", "--format=custom", f"--file={dump}", *postgres.there(database.name))
        postgres.run("pg_restore", "--no-owner", "--role=fairwire", *postgres.there(other.name), dump)
        again = opening(other.url)
        assert again.tally() == store.tally()
        found = verify(again, tmp_path, b"key")
        assert (found.problems, found.entries, found.notes) == ([], 20, [])
    finally:
        other.drop()


def test_a_role_that_may_make_nothing_is_told(postgres: Server, database: Database) -> None:
    name = f"guest_{database.name}"
    postgres.sql(f"CREATE ROLE {name} LOGIN")
    database.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    url = database.url.replace("fairwire@", f"{name}@")
    assert "the user may not do this in the database; let the user own its schema" in refused(StoreUnwritable, url)
    database.sql(f"ALTER ROLE {name} SET search_path = nowhere")
    assert "has no schema for this user" in refused(StoreMissing, url)


def test_a_database_of_another_program_is_left_alone(database: Database) -> None:
    database.sql("CREATE TABLE recipes (name text)")
    assert "database of another program; nothing was changed" in refused(ForeignStore, database.url)
    database.sql("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('f00d');")
    database.sql("ALTER TABLE alembic_version OWNER TO fairwire")
    refused(ForeignStore, database.url)
    assert database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [[2]]


def test_a_store_of_a_newer_version_is_left_alone_and_named(opening: Opener, database: Database) -> None:
    opening(database.url).close()
    database.sql("UPDATE alembic_version SET version_num = '0999'")
    sentence = refused(StoreTooNew, database.url)
    assert sentence.startswith(f"postgresql://fairwire@/{database.name}?host=")
    assert "the store was written by a newer version of Fairwire: its schema is `0999`" in sentence
    assert look(database.url).revision == "0999"


def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Server) -> None:
    postgres.sql("CREATE DATABASE narrow OWNER fairwire ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        url = f"postgresql://fairwire@:{postgres.port}/narrow?host={postgres.folder}"
        assert "the database keeps text as LATIN1" in refused(StoreUnsuitable, url)
    finally:
        postgres.sql("DROP DATABASE narrow")


def test_looking_changes_nothing_and_tells_what_is_there(opening: Opener, database: Database) -> None:
    facts = look(database.url)
    assert facts.revision is None
    assert facts.software.startswith("PostgreSQL ")
    assert database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [[0]]
    opening(database.url)
    facts = look(database.url)
    assert facts.revision == facts.head
    assert facts.warnings == ()


def test_two_processes_that_open_a_new_store_at_once_both_get_it(database: Database) -> None:
    code = f"from fairwire.stores.postgresql import open_store; print(open_store({database.url!r}).revision())"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate() for process in both] == [(b"0\n", b"")] * 2


def test_every_text_is_sorted_by_its_bytes_whatever_the_servers_language(opening: Opener, database: Database) -> None:
    opening(database.url)
    columns = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'"
        " AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'"
    )
    assert database.sql(columns) == [], "migrations make text columns with `STORED` of relational/columns.py"


# What can go wrong while it is used


def test_a_store_that_others_hold_is_told_in_one_sentence_and_nothing_is_lost(database: Database) -> None:
    store = PostgresqlStore(read_address(database.url), busy_ms=50)
    other = PostgresqlStore(read_address(database.url))
    try:
        with other.database.writing():
            assert list(store.findings()) == [], "readers do not wait for the writer"
            with pytest.raises(StoreBusy, match="locked by another process"):
                sample_run().save(store)
        sample_run().save(store)
        assert store.tally().total == 20
    finally:
        store.close()
        other.close()


def test_stores_in_two_schemas_of_one_database_do_not_wait_for_each_other(postgres: Server, database: Database) -> None:
    name = f"second_{database.name}"
    postgres.sql(f"CREATE ROLE {name} LOGIN")
    database.sql(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    first = PostgresqlStore(read_address(database.url))
    second = PostgresqlStore(read_address(database.url.replace("fairwire@", f"{name}@")), busy_ms=50)
    try:
        with first.database.writing():
            second.records.write([change()])
        assert first.records.mark() == 0
    finally:
        first.close()
        second.close()


def test_a_database_that_only_reads_is_told(opening: Opener, database: Database) -> None:
    opening(database.url).close()
    database.sql(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    store = opening(database.url)
    assert list(store.findings()) == []
    with pytest.raises(StoreUnwritable, match="the database may only be read"):
        sample_run().save(store)


@pytest.mark.parametrize(
    ("state", "kind", "said"),
    [
        ("53100", StoreUnwritable, "the disk of the server is full; nothing of this save was kept"),
        ("58030", StoreUnwritable, "the disk of the server is failing"),
        ("40001", StoreBusy, "another transaction changed the same rows; nothing was changed; try again"),
        ("40P01", StoreBusy, "two transactions waited for each other"),
        ("53200", StoreBusy, "out of memory"),
        ("57014", StoreBusy, "ended the statement"),
        ("XX001", StoreError, "the server found its own data damaged"),
        ("P0001", StoreError, "the database failed: by hand; its SQLSTATE is P0001"),
    ],
)
def test_what_a_server_reports_is_told_in_one_sentence_and_nothing_is_kept(
    opening: Opener, database: Database, state: str, kind: type[StoreError], said: str
) -> None:
    store = opening(database.url)
    database.sql(
        f"CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION 'by hand' USING ERRCODE = '{state}'; END $$"
    )
    database.sql("CREATE TRIGGER fails AFTER INSERT ON audit EXECUTE FUNCTION fails()")
    with pytest.raises(kind) as caught:
        store.records.write([change()])
    assert said in caught.value.sentence()
    database.sql("DROP TRIGGER fails ON audit")
    assert store.records.get("order", "o-1") is None
    store.records.write([change()])
    assert store.records.mark() == 1


def test_a_server_that_takes_no_more_connections_is_told(postgres: Server, database: Database) -> None:
    name = f"shut_{database.name}"
    postgres.sql(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0")
    assert "the server takes no more connections" in refused(StoreBusy, database.url.replace("fairwire@", f"{name}@"))


def test_a_connection_that_was_cut_is_made_again(opening: Opener, database: Database) -> None:
    store = opening(database.url)
    store.records.write([change(1)])
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    database.sql(cut, name=database.name)
    assert store.records.mark() == 1, "it was found out before it was used"

    def cut_off(inside: object) -> list[RecordChange]:
        database.sql(cut, name=database.name)
        return [change(2)]

    with pytest.raises(StoreUnreachable, match=r"lost|stopping"):
        store.records.act(cut_off)
    assert store.records.mark() == 1
    store.records.write([change(2)])
    assert store.records.mark() == 2


def test_a_server_that_goes_and_comes_again_is_told_and_then_used(opening: Opener, postgres: Server, database: Database) -> None:
    store = opening(database.url)
    store.records.write([change(1)])
    postgres.stop("immediate")
    try:
        with pytest.raises(StoreUnreachable) as caught:
            store.records.mark()
        assert "cannot be reached" in caught.value.sentence()
    finally:
        postgres.start()
    store.records.write([change(2)])
    assert store.records.mark() == 2, "what was written is there after a crash of the server"


def test_without_the_driver_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pg8000.py").write_text("raise ImportError\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from fairwire.model.errors import FairwireError\n"
        "from fairwire.stores.postgresql import open_store\n"
        "try:\n    open_store('postgresql://a@127.0.0.1/b')\n"
        "except FairwireError as error:\n    print(error.sentence())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'the driver for PostgreSQL is not installed; install it with `pip install "fairwire[postgres]"`\n'


def test_importing_the_adapter_loads_no_database_library() -> None:
    code = "import sys, fairwire.stores.postgresql; print([n for n in ('sqlalchemy', 'alembic', 'pg8000') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"
