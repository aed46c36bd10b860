"""A real PostgreSQL server of the tests' own: made once a session, on a free port of this machine and a socket in a folder of its
own; each test gets a fresh database from a template. Without PostgreSQL's programs the tests that need it say so and are skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pg8000.native
import pytest

from free_ports import free_port

PASSWORD = "correct horse, battery: staple@%"  # noqa: S105  (of this server alone)
"""Of the role that tests log in as over the network. It has what breaks addresses that were put together by hand."""
_HBA = """\
local   all  all                     trust
hostssl all  onlytls   127.0.0.1/32  scram-sha-256
host    all  onlytls   127.0.0.1/32  reject
host    all  md5user   127.0.0.1/32  md5
host    all  fairwire  127.0.0.1/32  scram-sha-256
"""

_EMPTY = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest one. Debian has none of them on the path."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    elsewhere = None if found is None else Path(found).resolve().parent
    return max(folders, key=lambda folder: float(folder.parent.name), default=elsewhere)


class Server:
    """One cluster. Its data are not worth a sync."""

    def __init__(self, bin_: Path, folder: Path, user: str | None) -> None:
        self.folder, self._bin, self._user = folder, bin_, user
        self.data = folder / "data"
        self.port = free_port()
        self._numbers = count(1)
        self._free: list[Database] = []
        self._guard: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"
        self.run(
            "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=owner", "-D", self.data
        )
        certificate(folder, self._user)
        (self.data / "pg_hba.conf").write_text(_HBA)
        settings = {
            "fsync": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "shared_buffers": "16MB",
            "max_connections": "60",
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(folder),
            "ssl": "on",
            "ssl_cert_file": str(folder / "server.crt"),
            "ssl_key_file": str(folder / "server.key"),
            "password_encryption": "scram-sha-256",
        }
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        """Run it, and wait until it takes connections. It ends with this process, however that ends."""
        if self._guard is None:
            # Its input ends with us; then it stops the server, which would otherwise go on for ever.
            script = 'cat; "$1" stop --silent -m fast -D "$2"; rm -rf "$3"'
            words = ["sh", "-c", script, "sh", str(self._bin / "pg_ctl"), str(self.data), str(self.folder)]
            self._guard = subprocess.Popen(
                words, user=self._user, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        self.run("pg_ctl", "start", "--wait", "--silent", "-D", self.data, "-l", self.log)

    def stop(self, mode: str = "fast") -> None:
        """End it, if it runs. `immediate`: as a crash would."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "--wait", "--silent", "-m", mode, "-D", self.data)

    def end(self) -> None:
        """End it for good, and take its files away."""
        self.stop()
        if self._guard is not None:
            self._guard.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement: str, database: str = "postgres", **values: object) -> list[list[Any]]:
        """Run a statement as the owner of the cluster, each by itself; the rows."""
        made = pg8000.native.Connection("owner", database=database, unix_sock=f"{self.folder}/.s.PGSQL.{self.port}")
        try:
            return [list(row) for row in made.run(statement, **values) or ()]
        finally:
            made.close()

    def ready(self) -> None:
        """Roles, and the template of every test's database."""
        roles = {"fairwire": PASSWORD, "onlytls": PASSWORD, "md5user": PASSWORD}
        for name, password in roles.items():
            encryption = "md5" if name == "md5user" else "scram-sha-256"
            self.sql(f"SET password_encryption = '{encryption}'; CREATE ROLE {name} LOGIN PASSWORD '{password}';")
        self.sql("CREATE DATABASE template_empty OWNER fairwire")

    def database(self, template: str = "template_empty") -> Database:
        """A database that nobody has used yet. Drop it, or there is no end of them."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} OWNER fairwire")
        return Database(self, name)

    def with_tables(self) -> Database:
        """One with the tables of an empty store in it. Give it back with `empty`: it is used again."""
        if self._free:
            return self._free.pop()
        from fairwire.stores.postgresql import open_store

        made = self.database()
        open_store(made.url).close()
        return made

    def empty(self, used: Database) -> None:
        """Throw everybody out of a database with tables, and take all rows out of it."""
        used.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()",
            name=used.name,
        )
        used.sql(_EMPTY)
        self._free.append(used)

    def there(self, database: str) -> tuple[str, ...]:
        """Options of the server's own tools for one database."""
        return (f"--host={self.folder}", f"--port={self.port}", "--username=owner", f"--dbname={database}")

    def run(self, program: str, *arguments: object) -> None:
        """Run one of the server's own tools, as the server's user."""
        done = subprocess.run(
            [self._bin / program, *map(str, arguments)],
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server would keep a pipe open for as long as it runs
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{program} failed; {self.log.read_text() if self.log.exists() else 'no log'}"


class Database:
    """One database of the server."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name

    @property
    def url(self) -> str:
        """By the socket, as `fairwire`, without a password."""
        return f"postgresql://fairwire@:{self.server.port}/{self.name}?host={self.server.folder}"

    def tcp(self, user: str = "fairwire", **parameters: str) -> str:
        """By the network; the password is `PASSWORD`."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@127.0.0.1:{self.server.port}/{self.name}?{query}".rstrip("?")

    def sql(self, statement: str, **values: object) -> list[list[Any]]:
        """As the owner of the cluster, behind everybody's back."""
        return self.server.sql(statement, self.name, **values)

    def drop(self) -> None:
        """Whoever still uses it is thrown out."""
        self.server.sql(f"DROP DATABASE {self.name} WITH (FORCE)")


def certificate(folder: Path, user: str | None) -> None:
    """An authority, `ca.crt`, and the server's certificate for `localhost`, which is not the name that tests connect by."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]

    def signed(builder: x509.CertificateBuilder) -> x509.Certificate:
        dated = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        return (
            dated.serial_number(x509.random_serial_number()).issuer_name(named("Test authority")).sign(keys[0], hashes.SHA256())
        )

    authority = signed(
        x509.CertificateBuilder()
        .subject_name(named("Test authority"))
        .public_key(keys[0].public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key()), critical=False)
        .add_extension(_usage(signs=True), critical=True)
    )
    server = signed(
        x509.CertificateBuilder()
        .subject_name(named("localhost"))
        .public_key(keys[1].public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(authority.public_bytes(pem))
    (folder / "server.crt").write_bytes(server.public_bytes(pem))
    key = folder / "server.key"
    key.write_bytes(keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    key.chmod(0o600)
    if user is not None:
        shutil.chown(key, user)


def _usage(*, signs: bool) -> Any:
    from cryptography import x509

    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    return x509.KeyUsage(
        **dict.fromkeys(names, False), key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False
    )


def _somebody() -> str | None:
    """Whom the server runs as: it refuses to be root. None: as we do."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip("the server does not run as root, and there is no other user here")


def _quick_place() -> str:
    """Memory, where there is enough of it: a database is three hundred files."""
    memory = Path("/dev/shm")  # noqa: S108
    with suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30:
            return str(memory)
    return "/tmp"  # noqa: S108


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("PostgreSQL is not installed (no initdb in the path or in /usr/lib/postgresql)")
    user = _somebody()
    # The path of a socket may have about a hundred characters, and the server's user must get to it: not pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="fairwire-pg-", dir=_quick_place()))
    server: Server | None = None
    try:
        if user is not None:
            shutil.chown(folder, user)
        folder.chmod(0o755)
        server = Server(bin_, folder, user)
        server.start()
        server.ready()
        yield server
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    """A database that nobody has used yet."""
    made = postgres.database()
    yield made
    made.drop()
