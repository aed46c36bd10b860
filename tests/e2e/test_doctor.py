"""`fairwire doctor`: what it sees, what it says to do, and that it changes nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from edge_bench import SECRET, secret_file
from edge_exchanges import SwitchServer
from edge_http import DirectoryServer, Receiver
from fairwire.cli.main import build
from fairwire.runtime import machine
from fairwire.runtime.keys import make_key
from fairwire.runtime.secrets import load_secrets
from fairwire.serve.app import build_app
from fairwire.serve.checks import Check, examine
from fairwire.serve.checks import files as file_checks
from fairwire.serve.checks.machine import compile_cache
from fairwire.serve.checks.points import sip_points
from fairwire.serve.checks.ports import certificate, identity, sip_port
from fairwire.serve.settings import read_settings
from fairwire.stores.sqlite import open_store
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes
from free_ports import free_port

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
CUSTOMERS = [
    {"id": "hobnail-freight", "name": "Hobnail", "policy": "clearspan", "country": "US", "numbers": ["+12125550117"]},
    {"id": "gone", "name": "Gone", "policy": "clearspan", "country": "US", "numbers": [], "state": "suspended"},
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder after a first start, with customers; no FAIRWIRE_ variables but the cache."""
    for name in os.environ:
        if name.startswith("FAIRWIRE_") and name not in ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE"):
            monkeypatch.delenv(name)
    load_secrets(tmp_path / "data")
    (tmp_path / "customers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in CUSTOMERS))
    return tmp_path


def asked(place: Path, *more: str, settings: str = "") -> tuple[int, list[dict[str, Any]]]:
    """The exit status, and the checks."""
    arguments = ["doctor", "--data", str(place / "data"), "--json"]
    if settings:
        (place / "fairwire.toml").write_text(settings)
        arguments += ["--config", str(place / "fairwire.toml")]
    if "--http" not in more:
        arguments += ["--http", f"127.0.0.1:{free_port()}"]
    done = CliRunner().invoke(build(), [*arguments, *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    told = json.loads(done.stdout)
    states = [check["state"] for check in told["checks"]]
    assert told["problems"] == states.count("problem")
    assert told["warnings"] == states.count("warning")
    assert told["ok"] is (done.exit_code == 0)
    for check in told["checks"]:
        assert check["says"]
        assert check["state"] != "ok" or not check["do"]
        assert check["state"] != "warning" or check["do"], "whoever is warned is told what to do"
    return done.exit_code, told["checks"]


def named(checks: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (one,) = [check for check in checks if check["name"] == name]
    return one


def healthy(place: Path) -> tuple[str, ...]:
    return ("--customers", str(place / "customers.jsonl"), "--policy", "clearspan")


def test_a_site_that_can_start_is_fine_and_each_check_is_one_line(place: Path) -> None:
    code, checks = asked(place, *healthy(place))
    assert code == 0, checks
    assert named(checks, "customers")["says"].startswith("2 in ")
    assert "1 suspended" in named(checks, "customers")["says"]
    assert "clearspan@" in named(checks, "policies")["says"]
    assert named(checks, "compile cache")["state"] in ("ok", "warning")
    seen = [check["name"] for check in checks]
    for name in ("python", "clock", "data folder", "secrets", "event log", "http"):
        assert named(checks, name)["state"] == "ok", name
    shown = CliRunner().invoke(
        build(), ["doctor", "--data", str(place / "data"), "--http", f"127.0.0.1:{free_port()}", *healthy(place)]
    )
    lines = shown.stdout.splitlines()
    assert len(lines) == len(seen)
    assert all(line.split()[0] in ("ok", "warning", "problem") for line in lines)


def test_a_place_where_nothing_was_started_yet_is_no_problem_and_stays_as_it_is(tmp_path: Path, place: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    code, checks = asked(fresh, "--policy", "clearspan")
    assert code == 0
    assert named(checks, "data folder")["state"] == "warning"
    assert named(checks, "customers")["state"] == "warning"
    assert list(fresh.iterdir()) == [], "looking makes nothing"


@pytest.mark.parametrize(("mode", "state", "code"), [(0o644, "problem", 1), (0o640, "warning", 0)])
def test_a_secret_that_others_may_read_is_told(place: Path, mode: int, state: str, code: int) -> None:
    (place / "data" / "token").chmod(mode)
    found, checks = asked(place, *healthy(place))
    assert found == code
    told = named(checks, "secrets")
    assert told["state"] == state
    assert told["do"] == f"run `chmod 600 {place / 'data' / 'token'}`"


def test_a_token_that_is_too_short_is_told_and_not_shown(place: Path) -> None:
    (place / "data" / "token").write_text("hunter2\n")
    code, checks = asked(place, *healthy(place))
    assert code == 1
    assert "shorter than 24" in named(checks, "secrets")["says"]
    assert "hunter2" not in json.dumps(checks)


@pytest.mark.parametrize(
    ("arguments", "name", "says"),
    [
        (("--customers", "nowhere.jsonl", "--policy", "clearspan"), "customers", "nowhere.jsonl"),
        (("--policy", "clearspam"), "policies", "clearspan"),
    ],
)
def test_what_cannot_be_read_is_a_problem_in_the_words_of_its_error(
    place: Path, arguments: tuple[str, ...], name: str, says: str
) -> None:
    code, checks = asked(place, *arguments)
    assert code == 1
    assert named(checks, name)["state"] == "problem"
    assert says in named(checks, name)["says"]


def test_a_port_is_free_or_ours_or_somebody_elses(place: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    service = BarredPrefixes(tmp_path / "log", [])
    with running(build_app(service, store, "x" * 24)) as address:
        code, checks = asked(place, *healthy(place), "--http", address.removeprefix("http://"))
    assert (code, named(checks, "http")["says"].partition(" ")[2]) == (0, "is in use by a running fairwire")
    service.close()
    store.close()
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        code, checks = asked(place, *healthy(place), "--http", f"127.0.0.1:{other.getsockname()[1]}")
    assert code == 1
    assert "another program" in named(checks, "http")["says"]
    code, checks = asked(place, *healthy(place), "--http", "192.0.2.1:8080")
    assert code == 1
    assert "no address of this machine" in named(checks, "http")["says"]


def test_every_point_is_named_with_what_it_does_and_a_warning_where_nobody_has_said(place: Path) -> None:
    make_key(place / "data", "east", rights=["decide"], on_failure="open", made="2026-03-04T10:00:00Z")
    make_key(place / "data", "west", rights=["decide"], on_failure=None, made="2026-03-04T10:00:00Z")
    make_key(place / "data", "shipper", rights=["events"], on_failure=None, made="2026-03-04T10:00:00Z")
    code, checks = asked(place, *healthy(place))
    assert code == 0
    assert "fail-open" in named(checks, "point east")["says"]
    assert named(checks, "point west")["state"] == "warning"
    assert "not declared" in named(checks, "point west")["says"]
    assert named(checks, "point shipper")["state"] == "ok"
    declared = '[[points]]\nname = "west"\non_failure = "closed"\n[[points]]\nname = "keyless"\non_failure = "open"\n'
    code, checks = asked(place, *healthy(place), settings=declared)
    assert "fail-closed" in named(checks, "point west")["says"]
    assert code == 1
    assert named(checks, "point keyless")["do"].startswith("run `fairwire key make keyless`")


def sip(place: Path, text: str) -> Any:
    (place / "sip.toml").write_text(text)
    return read_settings(place / "sip.toml").sip


PEERS = """
[[sip.peers]]
name = "edge"
addresses = ["192.0.2.0/24"]
on_failure = "open"
[[sip.peers]]
name = "core"
addresses = ["198.51.100.7"]
"""


def states(checks: Iterator[Check]) -> dict[str, str]:
    return {check.name: f"{check.state}: {check.says}" for check in checks}


def test_every_peer_is_named_with_what_it_does(place: Path) -> None:
    found = states(sip_points(sip(place, f'[sip]\nlisten = "127.0.0.1:5060"\noverload = "allow"\n{PEERS}')))
    assert found["peer edge"].startswith("ok: 192.0.2.0/24; fail-open")
    assert found["peer core"].startswith("warning: 198.51.100.7/32; fail-closed")
    assert "not declared" in found["peer core"]
    assert found["overload"].startswith("warning")
    assert "fw=unchecked" in found["overload"]
    assert list(sip_points(sip(place, ""))) == [], "nobody asks over SIP"


def test_a_peer_that_cannot_reach_us_and_a_port_that_nobody_may_ask_are_told(place: Path) -> None:
    port = free_port()
    found = list(sip_port(sip(place, f'[sip]\nlisten = "127.0.0.1:{port}"\n{PEERS}')))
    assert [check.state for check in found] == ["ok", "warning", "warning"]
    assert "`edge` cannot reach" in found[1].says
    found = list(sip_port(sip(place, f'[sip]\nlisten = "0.0.0.0:{port}"\n')))
    assert [check.state for check in found] == ["ok", "problem"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        (check,) = sip_port(sip(place, f'[sip]\nlisten = "127.0.0.1:{other.getsockname()[1]}"\n'))
    assert (check.state, "in use" in check.says) == ("warning", True)


def made(place: Path, begins: datetime, ends: datetime, name: str = "sbc") -> None:
    """A certificate with its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sbc.example.net")])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), begins, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (place / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (place / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (place / f"{name}.key").chmod(0o600)


TLS = '[sip]\ntls = "127.0.0.1:5061"\ntls_certificate = "sbc.pem"\ntls_key = "sbc.key"\n'


@pytest.mark.parametrize(
    ("begins", "ends", "state"),
    [(-10, 300, "ok"), (-300, 20, "warning"), (-300, -1, "problem"), (1, 300, "problem")],
)
def test_a_certificate_is_good_or_ends_soon_or_is_not_good_today(place: Path, begins: int, ends: int, state: str) -> None:
    made(place, NOW + timedelta(days=begins), NOW + timedelta(days=ends))
    (check,) = certificate(sip(place, TLS), NOW.timestamp())
    assert check.state == state
    assert f"{NOW + timedelta(days=ends):%Y-%m-%d}" in check.says


def test_a_key_of_another_certificate_is_told_and_one_that_all_may_read(place: Path) -> None:
    made(place, NOW, NOW + timedelta(days=300))
    settings = sip(place, TLS)
    (place / "sbc.key").chmod(0o644)
    assert [check.state for check in certificate(settings, NOW.timestamp() + 1)] == ["ok", "warning"]
    made(place, NOW, NOW + timedelta(days=300), "other")
    (place / "sbc.key").write_bytes((place / "other.key").read_bytes())
    (check,) = certificate(settings, NOW.timestamp() + 1)
    assert (check.state, "belong together" in check.says) == ("problem", True)


def test_the_roots_of_caller_identity_are_counted_and_dated(place: Path) -> None:
    settings = sip(place, '[sip]\n[sip.stir]\ntrust = "roots.pem"\n')
    (check,) = identity(settings, NOW.timestamp())
    assert (check.state, "cannot be read" in check.says) == ("problem", True)
    made(place, NOW - timedelta(days=9), NOW + timedelta(days=9), "good")
    made(place, NOW - timedelta(days=9), NOW - timedelta(days=1), "old")
    good, old = ((place / f"{name}.pem").read_bytes() for name in ("good", "old"))
    for roots, state in ((good, "ok"), (good + old, "warning"), (old, "problem")):
        (place / "roots.pem").write_bytes(roots)
        (check,) = identity(settings, NOW.timestamp())
        assert check.state == state, check
    assert list(identity(sip(place, ""), NOW.timestamp())) == []


def at(place: Path, seconds: float) -> dict[str, str]:
    settings = read_settings(None, http=f"127.0.0.1:{free_port()}", policy=["clearspan"])
    return states(examine(settings, place / "data", seconds=lambda: seconds))


def test_a_clock_behind_what_was_written_is_a_problem(place: Path) -> None:
    segment = place / "data" / "events" / f"{1:020d}.log"
    segment.parent.mkdir()
    segment.write_bytes(b"")
    written = segment.stat().st_mtime
    assert at(place, written + 10)["clock"].startswith("ok")
    assert at(place, written - 3600)["clock"].startswith("problem")
    assert at(place, 0.0)["clock"].startswith("problem")


def test_the_log_is_counted_and_the_snapshot_dated(place: Path) -> None:
    from fairwire.model.frames import SUFFIX

    for folder, name, size in (("events", f"{1:020d}{SUFFIX}", 5000), ("snapshots", f"{41:020d}.snapshot", 10)):
        (place / "data" / folder).mkdir()
        (place / "data" / folder / name).write_bytes(b"x" * size)
    written = (place / "data" / "snapshots" / f"{41:020d}.snapshot").stat().st_mtime
    told = at(place, written + 7200)["event log"]
    assert told.startswith("ok: 1 segment, 0.00 GiB, last snapshot at record 41, 2 hours ago")


@pytest.mark.parametrize(("free", "state"), [(0, "problem"), (1 << 30, "warning"), (1 << 40, "ok")])
def test_a_disk_that_fills_is_told(place: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage())
    (check,) = file_checks.data_folder(place / "data")
    assert check.state == state


def test_the_compile_cache_is_cold_then_has_the_kernel_then_the_rules(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Rules:
        kept = False

    rules = Rules()
    monkeypatch.setattr(machine, "load_run", lambda _: rules)
    monkeypatch.setattr(machine, "cache_folder", lambda: place / "cache")
    plan = SimpleNamespace(program=None)

    def seen() -> str:
        (check,) = compile_cache(plan)  # type: ignore[arg-type]
        return f"{check.state}: {check.says}"

    (place / "cache" / "kernel_1").mkdir(parents=True)
    assert seen().startswith("warning: cold")
    (place / "cache" / "kernel_1" / "arena.py311.nbi").touch()
    assert seen().startswith("ok: the kernel is in")
    rules.kept = True
    assert seen().startswith("ok: warm")
    rules.kept = False
    (place / "cache" / "origin").touch()
    assert seen().startswith("warning: it cannot be written")


def test_one_check_that_breaks_is_told_and_the_others_are_made(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> Any:
        raise PermissionError(13, "Permission denied", "events")

    monkeypatch.setattr(file_checks, "glance", broken)
    found = at(place, NOW.timestamp() + 10**9)
    assert found["look"] == "problem: events: permission denied"
    assert found["http"].startswith("ok")


def test_each_edge_is_asked_and_nothing_is_put_there(place: Path) -> None:
    out = place / "out"
    out.mkdir()
    receiver, switch, directory = Receiver([SECRET]), SwitchServer("ClueCon-42"), DirectoryServer("a-token")
    for name, text in (("hook", SECRET), ("esl", "ClueCon-42"), ("token", "a-token"), ("wrong", "not-the-password")):
        secret_file(place, text, name)
    settings = f"""
[[edges]]
name = "billing"
kind = "webhook"
url = "http://127.0.0.1:{receiver.port}/hook"
secret_files = "hook"
[[edges]]
name = "pbx"
kind = "freeswitch"
address = "127.0.0.1:{switch.port}"
password_file = "esl"
[[edges]]
name = "pbx-wrong"
kind = "freeswitch"
address = "127.0.0.1:{switch.port}"
password_file = "wrong"
[[edges]]
name = "staff"
kind = "scim"
url = "http://127.0.0.1:{directory.port}/scim/v2"
token_file = "token"
[[edges]]
name = "sbc"
kind = "kamailio_htable"
url = "http://127.0.0.1:{free_port()}/RPC"
[[edges]]
name = "export"
kind = "file"
path = "out/wanted.csv"
steps = ["notify"]
[[edges]]
name = "ports"
kind = "port_speed"
folder = "nowhere"
"""
    status, checks = asked(place, settings=settings)
    for server in (receiver, switch, directory):
        server.close()
    assert status == 1
    edges = {check["name"].removeprefix("edge "): check for check in checks if check["name"].startswith("edge ")}
    assert {name: check["state"] for name, check in edges.items()} == {
        "billing": "ok", "pbx": "ok", "pbx-wrong": "problem", "staff": "ok", "sbc": "problem", "export": "warning",
        "ports": "problem",
    }  # fmt: skip
    assert edges["pbx"]["says"] == "freeswitch; it answers: 0 of ours, 0 of others"
    assert edges["pbx-wrong"]["says"] == "freeswitch: the switch does not take the password"
    assert edges["billing"]["says"] == "webhook; it answers: it cannot be asked what stands there"
    assert "connection refused" in edges["sbc"]["says"]
    assert edges["sbc"]["do"] == "see that it runs, and that this machine may connect to it"
    assert "the `folder` of the edge `ports` is not there" in edges["ports"]["says"]
    assert receiver.messages == []
    assert switch.table == {}
    assert list(out.iterdir()) == []
    assert not (place / "data" / "edges").exists()
