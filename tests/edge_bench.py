"""Each kind of edge with a peer on this machine: how it is declared, what stands at the peer, and what others do there."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from edge_exchanges import ManagerServer, SwitchServer
from edge_faults import FaultyServer
from edge_http import DirectoryServer, Gate, Receiver
from fairwire.model.customers import Customer
from fairwire.model.order import Order
from fairwire.runtime.edges import DeclaredEdge, Edge, open_edge
from fairwire.runtime.numbering import site_destinations
from free_ports import free_port
from sip_lab import KAMAILIO_CFG, Process, until

SECRET = "whsec_bm90IGEgcmVhbCBzZWNyZXQsIGJ1dCBsb25nIGVub3VnaA=="  # noqa: S105
OTHER_SECRET = "whsec_YW5vdGhlciBzZWNyZXQgdGhhdCBpcyBsb25nIGVub3VnaCE="  # noqa: S105
ACME = Customer(id="acme", name="Acme Exports", numbers=("+12025550100",), addresses=("192.0.2.0/25", "2001:db8:7::/48"))
_HELP = site_destinations()


def order(step: str = "suspend", target: str = "customer", value: str | None = None, **more: Any) -> Order:
    """An order in force against Acme."""
    plain = {
        "order_id": "o-0123456789abcdef", "key": "k", "finding_id": "f-1", "customer": "acme", "policy": "natterbox@1",
        "clauses": ["N01"], "detector": "voice.walk", "reason": "40 calls in ten minutes.", "author": "rule:voice.walk",
        "created": "2026-03-02T12:00:00Z", "expires": "2026-03-02T13:00:00Z", "owner": None, "approvals": 0, "undo": "Lift it.",
        "state": "in_force", "step": step, "target": target, "value": value,
    }  # fmt: skip
    return msgspec.convert(plain | more, Order)


@dataclass(kw_only=True)
class Bench:
    """One kind, and what a test may do at its peer without asking the edge."""

    kind: str
    folder: Path
    options: dict[str, Any]
    held: Callable[[str], Any]
    """What stands under a key; None when nothing does."""
    place: Callable[[str], None]
    """Somebody else puts something under a key."""
    meddle: Callable[[str], None]
    """Somebody else changes what stands under a key."""
    first: Order = field(default_factory=order)
    severer: Order = field(default_factory=lambda: order("terminate", order_id="o-fedcba9876543210"))
    """About the same thing as `first`."""
    tells: bool = True
    """Whether it can be asked what stands there."""
    server: FaultyServer | None = None
    """Fails when it is told to."""
    changes: tuple[str, ...] = ()
    """What a question holds that puts, and one that takes away."""
    forget: Callable[[], None] | None = None
    """The peer starts again, and has lost what it had in memory."""
    secret: str = SECRET

    def open(self, name: str = "edge-one", *, timeout_s: float = 3.0, **options: Any) -> Edge:
        """The edge, as settings declare it."""
        declared = DeclaredEdge(
            name=name, kind=self.kind, options=self.options | options, timeout_s=timeout_s, file=self.folder / "fairwire.toml"
        )
        return open_edge(declared, keep=self.folder / "edges", is_help=lambda number: _HELP.is_emergency(number, ""))


def secret_file(folder: Path, text: str = SECRET, name: str = "secret") -> str:
    """A file that only its owner may read."""
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return name


@contextmanager
def running_kamailio(place: Path, secret: str, datagrams: str) -> Iterator[tuple[Process, int, Callable[[], Process]]]:
    """The proxy with the configuration that we ship, its port for RPC, and a way to start it again; `datagrams` is where it takes
    them: a path, or `udp:HOST:PORT`."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "kamailio.cfg").write_text(KAMAILIO_CFG.read_text())
    port, sip = free_port(), free_port()
    (place / "fairwire-local.cfg").write_text(
        f"""
#!define FWK_LISTEN udp:127.0.0.1:{sip}
#!define FWK_RPC_LISTEN tcp:127.0.0.1:{port}
#!define FWK_RPC_PORT {port}
#!define FWK_RPC_SECRET "Bearer {secret}"
#!define FWK_RPC_SOCKET "{datagrams}"
"""
    )
    command = [
        "kamailio", "-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-m", "64", "-M", "8", "-Y", str(place),
        "-f", str(place / "kamailio.cfg"), "-A", "FWK_EVENTS_NONE", "-A", "FWK_RPC_HTTP", "-A", "FWK_RPC_DATAGRAMS",
    ]  # fmt: skip
    with ExitStack() as stack:

        def start() -> Process:
            process = Process("kamailio", command, place)
            stack.callback(process.stop)

            def listens() -> bool:
                assert process.process.poll() is None, process.text()
                with socket.socket() as asking:
                    return asking.connect_ex(("127.0.0.1", port)) == 0

            until(listens, "kamailio listens")
            return process

        yield start(), port, start


def kamailio_bench(folder: Path, port: int, url: str | None, restart: Callable[[], None]) -> Bench:
    """A table of a Kamailio that runs; by HTTP through a gate, or as `url` says."""
    secret_file(folder)

    def rpc(method: str, *more: object) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": ["fw", *more]})
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asking:
            asking.request("POST", "/RPC", body, headers)
            return json.loads(asking.getresponse().read()).get("result")

    def held(key: str) -> Any:
        found = rpc("htable.get", key)
        return None if found is None else found["item"]["value"]

    for row in rpc("htable.dump"):
        for each in row["slot"]:
            rpc("htable.delete", each["name"])
    gate = None if url else Gate(port, SECRET)
    return Bench(
        kind="kamailio_htable",
        folder=folder,
        options={"url": url} if gate is None else {"url": f"http://127.0.0.1:{gate.port}/RPC", "secret_file": "secret"},
        held=held,
        place=lambda key: rpc("htable.sets", key, "put here by somebody else; 403"),
        meddle=lambda key: rpc("htable.seti", key, 7),
        server=gate,
        changes=("htable.sets", "htable.delete"),
        forget=restart,
    )


def switch_bench(folder: Path) -> Bench:
    """FreeSWITCH."""
    server = SwitchServer("ClueCon-42")
    secret_file(folder, "ClueCon-42")

    def place(key: str) -> None:
        server.table[key] = "put here by somebody else/403"

    def meddle(key: str) -> None:
        server.table[key] = "allow"

    return Bench(
        kind="freeswitch",
        folder=folder,
        options={
            "address": f"127.0.0.1:{server.port}", "password_file": "secret", "profile": "internal", "domain": "pbx.example",
        },
        held=server.table.get,
        place=place,
        meddle=meddle,
        server=server,
        changes=("hash insert", "delete_ifmatch"),
        forget=server.table.clear,
        secret=server.secret,
    )  # fmt: skip


def manager_bench(folder: Path) -> Bench:
    """Asterisk."""
    server = ManagerServer("not-a-real-secret")
    secret_file(folder, server.secret)

    def place(key: str) -> None:
        server.table[key] = "put here by somebody else: 403"

    def meddle(key: str) -> None:
        server.table[key] = "allow"

    return Bench(
        kind="asterisk",
        folder=folder,
        options={"address": f"127.0.0.1:{server.port}", "user": "fairwire", "secret_file": "secret"},
        held=server.table.get,
        place=place,
        meddle=meddle,
        server=server,
        changes=("Action: DBPut", "Action: DBDel"),
        secret=server.secret,
    )


def directory_bench(folder: Path, mark: str = "entitlements") -> Bench:
    """A directory, with a user whom the order names, one who was inactive before, and one of another customer."""
    server = DirectoryServer("not-a-real-token")
    secret_file(folder, server.token)
    server.add("u1", "Alice", entitlements=[{"value": "printing"}])
    server.add("u2", "bob", active=False)
    server.add("u3", "mallory", organization="umbra")

    def held(key: str) -> Any:
        """Who is not as they were at first."""
        return {
            user_id: (user["active"], user.get("entitlements"))
            for user_id, user in server.users.items()
            if (user["active"], user.get("entitlements") or None)
            != {"u1": (True, [{"value": "printing"}]), "u2": (False, None), "u3": (True, None)}.get(user_id)
        } or None

    def meddle(key: str) -> None:
        server.users["u1"]["active"] = True

    return Bench(
        kind="scim",
        folder=folder,
        options={
            "url": f"http://127.0.0.1:{server.port}/scim/v2", "token_file": "secret", "mark": mark,
            "customer_attribute": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization",
        },
        held=held,
        place=lambda key: None,
        meddle=meddle,
        server=server,
        changes=("PATCH", "PATCH"),
        first=order("suspend", "user", "alice"),
        severer=order("terminate", "user", "alice", order_id="o-fedcba9876543210"),
        secret=server.token,
    )  # fmt: skip


def receiver_bench(folder: Path) -> Bench:
    """A receiver of webhooks."""
    server = Receiver([SECRET])
    secret_file(folder)

    def place(key: str) -> None:
        server.held[key] = {"somebody": "else"}

    return Bench(
        kind="webhook",
        folder=folder,
        options={"url": f"http://127.0.0.1:{server.port}/hook?token=in-the-path", "secret_files": "secret"},
        held=server.held.get,
        place=place,
        meddle=place,
        tells=False,
        server=server,
        changes=("POST", "POST"),
    )


def file_bench(folder: Path, name: str) -> Bench:
    """A file of all that is wanted."""
    edge = {"path": name, "journal": "journal.jsonl"}
    bench = Bench(
        kind="file", folder=folder, options=edge, held=lambda key: None, place=lambda key: None, meddle=lambda key: None
    )

    def row(key: str, text: str) -> None:
        path = folder / name
        if name.endswith(".csv"):
            lines = path.read_text().splitlines(keepends=True) if path.exists() else [_csv_heading()]
            kept = [line for line in lines if f",{key}," not in line]
            path.write_text("".join([*kept, f"somebody,{key},1," + "," * 12 + f"{text}\n"]))
        else:
            lines = path.read_text().splitlines(keepends=True) if path.exists() else []
            kept = [line for line in lines if json.loads(line).get("key") != key]
            path.write_text("".join([*kept, json.dumps({"key": key, "by": text}) + "\n"]))

    def held(key: str) -> Any:
        path = folder / name
        lines = path.read_text().splitlines() if path.exists() else []
        if name.endswith(".csv"):
            return next((line for line in lines if f",{key}," in line), None)
        return next((row for row in map(json.loads, lines) if row.get("key") == key), None)

    bench.held = held
    bench.place = lambda key: row(key, "somebody else")
    bench.meddle = lambda key: row(key, "somebody quite else")
    return bench


def _csv_heading() -> str:
    from fairwire.enforcers.file.rows import COLUMNS

    return ",".join(COLUMNS) + "\n"


def port_bench(folder: Path) -> Bench:
    """A folder of documents."""
    (folder / "ports").mkdir(exist_ok=True)
    path = folder / "ports" / "port-acme.nft"

    def write(text: str) -> None:
        path.write_text(text)

    return Bench(
        kind="port_speed",
        folder=folder,
        options={"folder": "ports", "kbit": 512},
        held=lambda key: path.read_text() if path.exists() else None,
        place=lambda key: write("# rules of somebody else\n"),
        meddle=lambda key: write("# changed by hand\n"),
        first=order("throttle", "traffic"),
        severer=order("throttle", "traffic", "64 kbit/s", order_id="o-fedcba9876543210"),
    )
