"""A customer is suspended by a command while SIPp calls through Kamailio: help connects, the proxy's table has it, a lift gives
it back; with Fairwire stopped, and with Kamailio started again, in between."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from edge_bench import SECRET, secret_file
from fairwire.runtime.edges import DeclaredEdge, open_edge
from free_ports import free_port
from sip_lab import Lab, missing, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing() or "here")]

TRUNK = "127.0.0.21"
LINE, FRIEND, PREMIUM = "+12125550110", "+12125550177", "+19005550100"
ACME = {"id": "acme", "policy": "clearspan", "country": "US", "numbers": ["+121255501*"], "opened": "2024-01-01"}


class Site:
    def __init__(self, folder: Path) -> None:
        self.lab = Lab(place=folder)
        self.port = free_port()
        secret_file(folder)
        self.start_fairwire()
        self.start_kamailio()
        more = {"url": f"http://127.0.0.1:{self.port}/RPC", "secret_file": "secret"}
        declared = DeclaredEdge(name="proxy", kind="kamailio_htable", options=more, file=folder / "fairwire.toml")
        self.table = open_edge(declared, is_help=lambda number: number == "911")

    def start_fairwire(self) -> None:
        lines = ["[[edges]]", 'name = "proxy"', 'kind = "kamailio_htable"', f'url = "http://127.0.0.1:{self.port}/RPC"']
        edge = "\n".join([*lines, 'secret_file = "secret"', ""])
        self.lab.start_fairwire(json.dumps(ACME), edge)

    def start_kamailio(self) -> None:
        self.lab.start_kamailio(
            "FWK_BY_REDIRECT", "FWK_FAIL_OPEN", "FWK_EVENTS_NONE", "FWK_RPC_HTTP",
            trunks={TRUNK: "acme"},
            local=(
                f"#!define FWK_RPC_LISTEN tcp:127.0.0.1:{self.port}\n#!define FWK_RPC_PORT {self.port}\n"
                f'#!define FWK_RPC_SECRET "Bearer {SECRET}"\n'
            ),
        )  # fmt: skip

    def calls(self, *called: str) -> dict[int, int]:
        return self.lab.call([(LINE, number) for number in called], trunk=TRUNK, talk_ms=20).codes

    def order(self, *words: str) -> dict[str, Any]:
        """`fairwire order`, as somebody at the desk types it."""
        command = [sys.executable, "-c", "from fairwire.cli.main import main; main()", "order", *words]
        place: Sequence[str] = ("--data", str(self.lab.place / "data"), "--by", "dana", "--json")
        done = subprocess.run([*command, *place], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def there(self) -> dict[str, Any]:
        """What stands in the proxy's table, by what it is about."""
        _, present = self.table.present()
        return {key: value["step"] for key, value in (present or {}).items()}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.lab.close()


def test_a_customer_is_suspended_reaches_help_and_calls_again_whatever_is_started_again_meanwhile(site: Site) -> None:
    carrier = site.lab.start_carrier()
    assert site.calls(FRIEND, FRIEND) == {200: 2}
    assert site.there() == {}, "before"
    suspended = site.order(
        "make", "acme", "--step", "suspend", "--clause", "C03", "--policy", "clearspan", "--why", "A stolen card",
        "--evidence", "case-7",
    )  # fmt: skip
    assert suspended["state"] == "in_force"
    until(lambda: site.there() == {"cust:acme": "suspend"}, "the proxy is told")
    assert site.calls(FRIEND, FRIEND) == {403: 2}
    assert site.calls("911") == {200: 1}, "help connects while the service is suspended"

    site.lab.fairwire.stop()  # type: ignore[union-attr]
    assert site.calls(FRIEND) == {403: 1}, "Fairwire is stopped, and the table still says no"
    assert site.calls("911") == {200: 1}
    site.start_fairwire()

    site.lab.proxy.stop()  # type: ignore[union-attr]
    premium = site.order(
        "make", "acme", "--step", "block", "--target", "destination_class", "--value", "premium", "--clause", "C03",
        "--policy", "clearspan", "--why", "Costly calls", "--evidence", "case-7", "--lasts", "24h",
    )  # fmt: skip
    site.start_kamailio()
    both = {"cust:acme": "suspend", "class:acme:premium": "block"}
    until(lambda: site.there() == both, "what the proxy lost is put back, and what it missed is put there")
    assert site.calls(FRIEND) == {403: 1}

    site.order("lift", suspended["order_id"], "--why", "the owner has shown papers")
    until(lambda: site.there() == {"class:acme:premium": "block"}, "the suspension is given back, and nothing else")
    until(lambda: site.calls(FRIEND) == {200: 1}, "Fairwire, which the proxy asks as well, knows it too")
    assert site.calls(PREMIUM) == {403: 1}
    site.order("lift", premium["order_id"], "--why", "settled")
    until(lambda: site.there() == {}, "after")
    assert site.calls(FRIEND) == {200: 1}
    seen = carrier.stop()
    assert seen.received["INVITE"] == 6, "four calls that were let through, and two for help"
