"""The control store from the command line: which one is meant, its tables, its trail, its backup."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import zstandard
from typer.testing import CliRunner

from fairwire.cli.main import build
from fairwire.model.errors import FairwireError
from fairwire.relational.ledger import HEAD
from fairwire.runtime.backup import MANIFEST
from fairwire.runtime.data import STORE_FILE, StorePlace, open_control, remember_store, store_place
from fairwire.runtime.key_acts import RevokedUnnoted
from fairwire.runtime.secrets import TOKENS, load_secrets
from fairwire.serve.checks.files import control_store
from fairwire.serve.settings import read_settings
from fairwire.testkit.samples import sample_run
from postgres_lab import PASSWORD, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command ended with."""

    status: int
    out: str
    error: str


app = cache(build)


def fairwire(*arguments: object, **env: str) -> Said:
    """Run a command as the program does."""
    clean = dict.fromkeys(
        (name for name in os.environ if name.startswith("FAIRWIRE_") and name not in ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE")), None
    )
    done = CliRunner().invoke(app(), [str(each) for each in arguments], env={**clean, **env})
    if isinstance(done.exception, FairwireError):
        return Said(status=done.exception.exit_status, out=done.stdout, error=done.stderr + done.exception.sentence())
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(status=done.exit_code, out=done.stdout, error=done.stderr)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with secrets and the sample run."""
    folder = tmp_path_factory.mktemp("template") / "data"
    load_secrets(folder)
    with closing(open_control(folder)) as store:
        sample_run().save(store)
    return folder


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    """One of the test's own."""
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture(params=["sqlite", "postgresql"])
def behind(request: pytest.FixtureRequest, data: Path) -> Callable[[str], object]:
    """The same folder with its store in either place; runs a statement on the store behind its back."""
    if request.param == "sqlite":

        def run(statement: str) -> object:
            with closing(sqlite3.connect(data / "fairwire.db")) as connection:
                connection.execute(statement)
                connection.commit()
            return None

        return run
    database: Database = request.getfixturevalue("database")
    remember_store(data, StorePlace(url=database.url))
    return lambda statement: database.sql(statement)


# The trail


def test_who_made_and_revoked_a_key_is_in_the_trail_and_the_trail_holds(behind: object, data: Path) -> None:
    made = fairwire("key", "make", "sbc-east", "--data", data)
    assert made.status == 0
    assert fairwire("key", "revoke", "sbc-east", "--data", data).status == 0
    assert fairwire("key", "make", "sbc-east", "--right", "events", "--data", data).status == 0
    lines = fairwire("audit", "list", "--data", data).out.splitlines()
    assert [re.split(r"  +", line.strip())[3:] for line in lines] == [
        ["make", "key `sbc-east` -> in_force"],
        ["revoke", "key `sbc-east` -> revoked"],
        ["make", "key `sbc-east` -> in_force"],
    ]
    entries = json.loads(fairwire("audit", "list", "--data", data, "--json").out)
    assert [entry["after"]["rights"] for entry in entries] == [["decide"], ["decide"], ["events"]]
    assert made.out.strip() not in json.dumps(entries)
    verified = fairwire("audit", "verify", "--data", data)
    assert verified.status == 0, verified.error
    assert verified.out == f"3 entries and 1 record: all as they were written; the trail ends at entry 3, {entries[-1]['hash']}\n"
    assert json.loads(fairwire("audit", "verify", "--data", data, "--json").out) == {
        "ok": True,
        "entries": 3,
        "records": 1,
        "head": {"seq": 3, "hash": entries[-1]["hash"]},
        "anchor": {"seq": 3, "hash": entries[-1]["hash"]},
        "problems": [],
        "more": 0,
        "notes": [],
    }


def test_a_trail_that_was_tampered_with_ends_with_1_and_names_what(behind: Callable[[str], object], data: Path) -> None:
    for name in ("sbc-east", "sbc-west"):
        fairwire("key", "make", name, "--data", data)
    assert fairwire("audit", "verify", "--data", data).status == 0
    behind("UPDATE audit SET why = 'on request' WHERE seq = 1")
    said = fairwire("audit", "verify", "--data", data)
    assert said.status == 1
    assert said.out == ""
    assert said.error.splitlines() == [
        "entry 1 (make of key `sbc-east`) is not as it was written: its hash is another",
        "2 entries and 2 records: 1 thing is not as written",
    ]
    behind("DELETE FROM audit WHERE seq = 2")
    told = json.loads(fairwire("audit", "verify", "--data", data, "--json").out)
    assert (told["ok"], told["entries"], len(told["problems"])) == (False, 1, 3)
    assert "the trail ends at entry 1, and it had come to entry 2: its end was cut off" in told["problems"]


def test_the_trail_is_searched(data: Path) -> None:
    for name in ("sbc-east", "sbc-west", "sbc-north"):
        fairwire("key", "make", name, "--data", data)

    def seqs(*options: str) -> list[int]:
        found = fairwire("audit", "list", "--data", data, "--json", *options)
        return [entry["seq"] for entry in json.loads(found.out)]

    assert seqs("--limit", "2") == [2, 3]
    assert seqs("--id", "sbc-west") == [2]
    assert seqs("--kind", "order") == []
    assert seqs("--by", "nobody") == []
    assert seqs("--since", "2026-01-01") == [1, 2, 3]
    assert seqs("--since", "9999-01-01T00:00:00Z") == []
    said = fairwire("audit", "list", "--data", data, "--since", "yesterday")
    assert (said.status, "`--since`" in said.error) == (2, True)


@pytest.mark.parametrize("command", [["audit", "verify"], ["audit", "list"], ["db", "upgrade"]])
def test_where_there_is_no_store_one_sentence_says_so(tmp_path: Path, command: list[str]) -> None:
    said = fairwire(*command, "--data", tmp_path / "nothing")
    assert said.status == 2
    assert said.error.startswith(f"{tmp_path / 'nothing'}: there is no ")
    assert not (tmp_path / "nothing").exists()


def test_a_key_whose_entry_cannot_be_written_is_not_made(data: Path) -> None:
    remember_store(data, StorePlace(url="postgresql://a@127.0.0.1:9/b"))
    said = fairwire("key", "make", "sbc-east", "--data", data)
    assert (said.status, said.out) == (2, "")
    assert "cannot be reached" in said.error
    assert list((data / "keys").glob("*")) == []


def test_a_key_is_revoked_though_the_trail_cannot_be_written(data: Path) -> None:
    fairwire("key", "make", "sbc-east", "--data", data)
    remember_store(data, StorePlace(url="postgresql://a@127.0.0.1:9/b"))
    said = fairwire("key", "revoke", "sbc-east", "--data", data)
    assert said.status == RevokedUnnoted.exit_status
    assert "the key of `sbc-east` is revoked, and the audit trail does not say so" in said.error
    assert not (data / "keys" / "sbc-east.json").exists()


# The tables


def test_an_upgrade_says_from_where_to_where(behind: Callable[[str], object], data: Path) -> None:
    first = fairwire("db", "upgrade", "--data", data)
    assert re.fullmatch(rf"\S+: (made, schema|up to date, schema) {HEAD}\n", first.out)
    for column in ("version", "due_us", "state", "subject"):
        behind(f"ALTER TABLE audit DROP COLUMN {column}")
    behind("UPDATE alembic_version SET version_num = '0003'")
    (seen,) = control_store(data, None)
    assert seen.state == "warning"
    assert seen.says.endswith(f", schema 0003, to be upgraded to {HEAD}")
    told = json.loads(fairwire("db", "upgrade", "--data", data, "--json").out)
    assert (told["from"], told["to"]) == ("0003", HEAD)
    assert fairwire("db", "upgrade", "--data", data).out.endswith(f": up to date, schema {HEAD}\n")
    behind("UPDATE alembic_version SET version_num = '0999'")
    said = fairwire("db", "upgrade", "--data", data)
    assert said.status == 2
    assert "its schema is `0999`, this version knows" in said.error
    (seen,) = control_store(data, None)
    assert (seen.state, "written by a newer version of Fairwire" in seen.says) == ("problem", True)


# Which store is meant


def test_a_setting_is_remembered_by_the_data_folder_and_every_command_follows(
    data: Path, database: Database, tmp_path: Path
) -> None:
    secret = tmp_path / "db.password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    config = tmp_path / "fairwire.toml"
    config.write_text(f'store = "{database.tcp()}"\nstore_password_file = "db.password"\n')
    settings = read_settings(config, data=data)
    assert settings.store == StorePlace(url=database.tcp(), password_file=str(secret))
    with closing(open_control(data, settings.store)) as store:
        assert store.tally().total == 0, "it is not the file in the folder"
        sample_run().save(store)
    remember_store(data, settings.store)
    assert PASSWORD not in (data / STORE_FILE).read_text()
    assert stat.S_IMODE((data / STORE_FILE).stat().st_mode) == 0o600
    database.sql("DELETE FROM finding WHERE severity <> 'critical'")
    finding_id = database.sql("SELECT min(finding_id) FROM finding")[0][0]
    assert fairwire("explain", finding_id, "--data", data).status == 0
    (seen,) = control_store(data, None)
    assert (seen.state, "PostgreSQL" in seen.says) == ("ok", True)
    assert store_place(data, StorePlace(url="sqlite")) is None
    remember_store(data, StorePlace(url="sqlite"))
    assert not (data / STORE_FILE).exists()
    with closing(open_control(data)) as store:
        assert store.tally().total == 20


def test_the_environment_names_the_store_and_its_password(data: Path, database: Database, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    env = {"FAIRWIRE_STORE": database.tcp(sslmode="require"), "FAIRWIRE_STORE_PASSWORD_FILE": str(secret)}
    made = fairwire("db", "upgrade", "--data", data, **env)
    assert made.out == f"postgresql://fairwire@127.0.0.1:{database.server.port}/{database.name}: made, schema {HEAD}\n"
    assert fairwire("db", "upgrade", "--data", data).out.startswith(str(data)), "and only the environment did"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('store_password = "s3cret"', "name a file that only you can read with `store_password_file`"),
        ('store_password_file = "x"', "there is a password for the store, and no store that asks for it"),
        ("store = 5", "the setting `store` must be a text"),
    ],
)
def test_a_setting_that_cannot_be_is_told(tmp_path: Path, toml: str, said: str) -> None:
    config = tmp_path / "fairwire.toml"
    config.write_text(toml + "\n")
    with pytest.raises(FairwireError) as caught:
        read_settings(config)
    assert said in caught.value.sentence()
    assert "s3cret" not in caught.value.sentence()


@pytest.mark.parametrize("url", ["mysql://a/b", "log://x", "postgresql", "sqlite://x", "nonsense"])
def test_a_store_of_no_known_kind_is_refused(data: Path, url: str) -> None:
    said = fairwire("db", "upgrade", "--data", data, FAIRWIRE_STORE=url)
    assert said.status == 2
    assert "the setting `store` names no store that is known here; give `sqlite`" in said.error


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [("x", 0o644, "everybody on this machine may read the password"), ("", 0o600, "is empty"), (None, 0, "cannot be read")],
)
def test_a_password_file_that_cannot_be_used_is_told(data: Path, tmp_path: Path, text: str | None, mode: int, said: str) -> None:
    secret = tmp_path / "secret"
    if text is not None:
        secret.write_text(text)
        secret.chmod(mode)
    env = {"FAIRWIRE_STORE": "postgresql://a@127.0.0.1:9/b", "FAIRWIRE_STORE_PASSWORD_FILE": str(secret)}
    assert said in fairwire("db", "upgrade", "--data", data, **env).error


# The backup


def _backup(data: Path, out: Path, *options: str) -> Said:
    return fairwire("backup", "-o", out, "--data", data, *options)


@pytest.fixture(scope="module")
def full(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with something of everything in it."""
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("full") / "data"))
    fairwire("key", "make", "sbc-east", "--data", data)
    fairwire("audit", "verify", "--data", data)
    (data / "events").mkdir()
    (data / "events" / "00000000000000000001.fwlog").write_bytes(os.urandom(300_000))
    (data / "events" / "lock").write_text("")
    (data / "snapshots").mkdir()
    (data / "snapshots" / "00000000000000000007.snapshot").write_bytes(b"snap")
    (data / "snapshots" / "00000000000000000009.part").write_bytes(b"half")
    (data / "fairwire.toml").write_text("drain = 1\n")
    (data / "tls.pem").write_text("secret\n")
    return data


@pytest.fixture
def whole(full: Path, tmp_path: Path) -> Path:
    """One of the test's own."""
    return Path(shutil.copytree(full, tmp_path / "data"))


@pytest.fixture(scope="module")
def good(full: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of it."""
    out = tmp_path_factory.mktemp("good") / "b.tar.zst"
    assert _backup(full, out).status == 0
    return out.read_bytes()


def test_a_backup_restores_what_was_there(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.tar.zst"
    said = _backup(whole, out)
    assert said.status == 0, said.error
    assert "left out: audit.head, audit.key, evidence.key, session.key, sip.key, tls.pem, token" in said.error
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    back = tmp_path / "new" / "data"
    restored = fairwire("restore", out, "--data", back)
    assert restored.status == 0, restored.error
    assert "the next start makes a new token" in restored.error
    there = {path.relative_to(back).as_posix() for path in back.rglob("*") if path.is_file()}
    assert there == {
        "fairwire.db", "fairwire.toml", "events/00000000000000000001.fwlog", "keys/sbc-east.json",
        "snapshots/00000000000000000007.snapshot",
    }  # fmt: skip
    for name in there - {"fairwire.db"}:
        assert (back / name).read_bytes() == (whole / name).read_bytes(), name
    assert {stat.S_IMODE(path.stat().st_mode) for path in back.rglob("*")} <= {0o600, 0o700}
    with closing(open_control(back)) as store:
        assert store.tally().total == 20
    assert fairwire("audit", "verify", "--data", back).status == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_with_secrets_has_them_and_the_mark_of_the_trail(whole: Path, tmp_path: Path) -> None:
    out, back = tmp_path / "b.tar.zst", tmp_path / "back"
    assert _backup(whole, out, "--with-secrets").status == 0
    assert fairwire("restore", out, "--data", back).error == ""
    assert all((back / name).read_bytes() == (whole / name).read_bytes() for name in (*TOKENS, "audit.head", "tls.pem"))
    assert json.loads(fairwire("audit", "verify", "--data", back, "--json").out)["notes"] == []


def test_a_store_that_is_written_meanwhile_is_backed_up_as_of_one_moment(whole: Path, tmp_path: Path) -> None:
    with closing(open_control(whole)) as store:
        before = store.tally().total
        writer = sqlite3.connect(whole / "fairwire.db", isolation_level=None)
        with closing(writer):
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM finding")
            assert _backup(whole, tmp_path / "b.tar.zst").status == 0
            writer.execute("COMMIT")
    fairwire("restore", tmp_path / "b.tar.zst", "--data", tmp_path / "back")
    with closing(open_control(tmp_path / "back")) as store:
        assert store.tally().total == before == 20


def test_of_a_store_in_postgresql_the_rest_is_backed_up(whole: Path, tmp_path: Path, database: Database) -> None:
    remember_store(whole, StorePlace(url=database.url))
    (whole / "fairwire.db").unlink()
    said = _backup(whole, tmp_path / "b.tar.zst")
    assert said.status == 0
    assert f"the control store, postgresql://fairwire@/{database.name}?host=" in said.error
    assert "is not in it: back it up with PostgreSQL's pg_dump" in said.error
    said = fairwire("restore", tmp_path / "b.tar.zst", "--data", tmp_path / "back")
    assert "was not in it: restore it with PostgreSQL's pg_restore" in said.error
    assert store_place(tmp_path / "back") == StorePlace(url=database.url)


def test_nothing_is_written_over_and_nothing_half_is_left(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.tar.zst"
    out.write_text("mine")
    assert "this file is there already" in _backup(whole, out).error
    assert out.read_text() == "mine"
    assert "would be lost with it" in _backup(whole, whole / "b.tar.zst").error
    assert "there is no such data folder" in _backup(tmp_path / "nothing", tmp_path / "c").error
    assert "the backup cannot be made: no such file or directory" in _backup(whole, tmp_path / "nowhere" / "c").error
    (whole / "fairwire.db").write_bytes(b"not a database at all " * 100)
    assert "damaged or is not a SQLite file" in _backup(whole, tmp_path / "d").error
    assert {path.name for path in tmp_path.iterdir()} == {"data", "b.tar.zst"}


def test_a_folder_with_something_in_it_is_not_written_to(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.tar.zst"
    _backup(whole, out)
    said = fairwire("restore", out, "--data", whole)
    assert said.status == 2
    assert "a backup is restored into an empty folder, and this one is not" in said.error
    (tmp_path / "empty").mkdir()
    assert fairwire("restore", out, "--data", tmp_path / "empty").status == 0


def _members(packed: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        found = [(member, tar.extractfile(member)) for member in tar]
        return [(member, file.read() if file else b"") for member, file in found]


def _packed(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return zstandard.ZstdCompressor().compress(plain.getvalue())


def _changed(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([(m, c[:-1] + b"!" if m.name == "fairwire.toml" else c) for m, c in members])


def _without_list(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([pair for pair in members if pair[0].name != MANIFEST])


def _without_file(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([pair for pair in members if pair[0].name != "fairwire.toml"])


def _with_more(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([(tarfile.TarInfo("extra"), b"x"), *members])


def _climbing(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([(tarfile.TarInfo("../outside"), b"x"), *members])


def _linked(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    link = tarfile.TarInfo("events")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    return _packed([(link, b""), *members])


def _newer(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return _packed([(m, c.replace(b'"format": 1', b'"format": 9') if m.name == MANIFEST else c) for m, c in members])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_changed, "`fairwire.toml` is not what was backed up: its SHA-256 is another"),
        (_without_list, "the list of what is in it is missing"),
        (_without_file, "`fairwire.toml` is missing in the backup"),
        (_with_more, "`extra` is not what was backed up"),
        (_climbing, "`../outside` would be written outside of the folder"),
        (_linked, "`events` does not belong into a backup"),
        (_newer, "made by a newer version of Fairwire"),
    ],
)
def test_a_backup_that_is_not_whole_restores_nothing(
    good: bytes, tmp_path: Path, spoil: Callable[[list[tuple[tarfile.TarInfo, bytes]]], bytes], said: str
) -> None:
    out = tmp_path / "b.tar.zst"
    out.write_bytes(spoil(_members(good)))
    found = fairwire("restore", out, "--data", tmp_path / "back")
    assert found.status == 2
    assert said in found.error
    assert [path.name for path in tmp_path.iterdir()] == ["b.tar.zst"]


@pytest.mark.parametrize("spoil", ["short", "flipped", "text", "empty", "missing"])
def test_a_file_that_is_no_whole_backup_is_told_in_one_sentence(good: bytes, tmp_path: Path, spoil: str) -> None:
    out = tmp_path / "b.tar.zst"
    middle = len(good) // 2
    spoiled = {"short": good[:-1000], "flipped": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :], "text": b"hello"}
    if spoil != "missing":
        out.write_bytes(spoiled.get(spoil, b""))
    said = fairwire("restore", out, "--data", tmp_path / "back")
    assert said.status == 2
    assert said.error.count("\n") == 0, said.error
    assert re.search("damaged or cut short|cannot be restored|is another|it is cut short", said.error)
    assert not (tmp_path / "back").exists()
