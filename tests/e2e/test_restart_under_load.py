"""Killed under load: calls in progress, what they cost while they run, what was spent and what is blocked are the same after."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_kill import Site

from fairwire.model.instants import format_us
from fairwire.runtime.replay import now_us

pytestmark = pytest.mark.slow

LIMITS: dict[str, dict[str, Any]] = {
    "busy-street": {},
    "two-lines": {"max_active_connections": 2},
    "spender": {"monthly_charge_limit": "10.00"},
    "runner": {"monthly_charge_limit": "400.00"},
    "suspect": {},
}
DEAR = {"rate_per_min": "240.00", "currency": "GBP"}
CLIENTS = 3
ENOUGH = 150
"""Decisions of the load before the kill."""


def customer(name: str, place: int) -> dict[str, Any]:
    own = {
        "id": name,
        "policy": "natterbox",
        "country": "GB",
        "timezone": "Europe/London",
        "currency": "GBP",
        "on_limit": "refuse",
    }
    return own | {"numbers": [f"+44207946{place:04}"], "opened": "2020-01-01"} | LIMITS[name]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    records = [json.dumps(customer(name, place)) for place, name in enumerate(LIMITS)]
    (tmp_path / "customers.jsonl").write_text("\n".join(records) + "\n")
    made = Site(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
    if made.process is not None:
        made.end()


def attempt(name: str, call_id: str, **more: Any) -> dict[str, Any]:
    own = {"customer": name, "call_id": call_id, "direction": "outbound", "from": f"+44207946{list(LIMITS).index(name):04}"}
    return own | {"to": "+442079460990"} | more


class Proxy:
    """What asks and tells over HTTP."""

    def __init__(self, site: Site) -> None:
        self.http = httpx.Client(base_url=site.address, headers=site.headers, timeout=30)

    def ask(self, name: str, call_id: str, **more: Any) -> tuple[str, int, str]:
        told = self.http.post("/v1/decisions", json=attempt(name, call_id, **more)).json()
        return told["decision"], told["sip"]["code"], told["reasons"][0]["clause"] if told["reasons"] else ""

    def tell(self, kind: str, number: str, data: dict[str, Any]) -> None:
        event = {"specversion": "1.0", "id": number, "source": "proxy", "type": kind, "time": format_us(now_us()), "data": data}
        assert self.http.post("/v1/events", json=event).json()["accepted"] == 1

    def probe(self, when: str) -> dict[str, tuple[str, int, str]]:
        return {name: self.ask(name, f"probe-{when}-{name}", **(DEAR if name == "runner" else {})) for name in LIMITS}


def load(site: Site, stop: threading.Event, decided: list[int], mine: int) -> None:
    with httpx.Client(base_url=site.address, headers=site.headers, timeout=30) as http:
        while not stop.is_set():
            number = decided[mine]
            try:
                http.post(
                    "/v1/decisions", json=attempt("busy-street", f"load-{mine}-{number}", to=f"+4420794{number % 10000:05}")
                )
            except httpx.HTTPError:
                return
            decided[mine] += 1


def test_calls_in_progress_spend_and_blocks_are_the_same_before_and_after_a_kill_under_load(site: Site) -> None:
    site.start()
    proxy = Proxy(site)
    for n in (1, 2):
        assert proxy.ask("two-lines", f"held-{n}")[0] == "allow"
        proxy.tell("call.answered", f"answer-{n}", {"customer": "two-lines", "call_id": f"held-{n}"})
    at = format_us(now_us())
    spent = attempt("spender", "spent-1") | {"start": at, "answer": at, "end": at, "duration_s": 0, "disposition": "answered"}
    proxy.tell("call.ended", "spent-1", spent | {"charge": "10.50", "currency": "GBP"})
    # There is room for what one such call is likely to cost, and not for two.
    assert proxy.ask("runner", "runs-1", **DEAR)[0] == "allow"
    proxy.tell("call.answered", "runs-1", {"customer": "runner", "call_id": "runs-1"})
    suspended = proxy.http.post(
        "/v1/orders",
        json={"customer": "suspect", "step": "suspend", "clauses": ["N11"], "reason": "A stolen card", "evidence": ["case-7"]},
    )
    assert suspended.json()["state"] == "in_force"

    stop, decided = threading.Event(), [0] * CLIENTS
    clients = [threading.Thread(target=load, args=(site, stop, decided, mine)) for mine in range(CLIENTS)]
    for client in clients:
        client.start()
    while sum(decided) < ENOUGH or proxy.ask("suspect", f"again-{sum(decided)}")[0] == "allow":
        assert any(client.is_alive() for client in clients)
    before = proxy.probe("before")
    site.kill()
    proxy.http.close()
    stop.set()
    for client in clients:
        client.join()
    site.end()

    assert before["busy-street"][0] == "allow"
    assert [before[name][:2] for name in ("two-lines", "spender", "runner", "suspect")] == [
        ("limit", 480),
        ("limit", 480),
        ("limit", 480),
        ("deny", 403),
    ]
    site.start()
    proxy = Proxy(site)
    assert proxy.probe("after") == before
    assert proxy.ask("suspect", "help", to="999")[0] == "allow"
    over = attempt("two-lines", "held-1") | {"start": at, "answer": at, "end": at, "duration_s": 1, "disposition": "answered"}
    proxy.tell("call.ended", "held-1-over", over)
    assert proxy.ask("two-lines", "third")[0] == "allow", "one of the two calls is over, so one fits again"
    proxy.http.close()
    site.kill()
