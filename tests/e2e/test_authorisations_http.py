"""A security test from its request to its results, over HTTP, beside the scan itself: one service, two people, one customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairwire.model.instants import format_us
from fairwire.runtime.grant_acts import GrantActs
from fairwire.runtime.grant_requests import Site
from fairwire.runtime.keys import Keyring, make_key
from fairwire.runtime.replay import now_us
from fairwire.runtime.sealed_documents import SealedDocuments
from fairwire.serve.app import build_app
from fairwire.serve.authorisations import GrantDesk
from fairwire.testkit.servers import running
from granted import CLINIC, EVERYBODY, House
from policy_office import Clock, stopped_clock

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105
INSIDE = [f"192.0.2.{64 + i}" for i in range(8)]
BESIDE = [f"192.0.2.{72 + i}" for i in range(8)]
TEST: dict[str, Any] = {
    "customer": CLINIC.id,
    "kind": "penetration_test",
    "start": "2026-03-16T10:00",
    "end": "2026-03-16T12:00",
    "why": "The yearly test",
    "scope": {"addresses": ["192.0.2.64/28"], "types": ["network_scan"]},
    "asked_by": "ines",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The service, who may ask it, and its clock."""

    http: httpx.Client
    house: House
    keys: dict[str, str]
    clock: Clock

    def ask(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        return self.http.request(method, f"/v1/{path}", headers=headers, json=body)

    def told(self, who: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.ask(who, method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def hand_in(self, at: str, lines: list[bytes]) -> None:
        """Events come in at an instant."""
        self.clock.set(at)
        headers = {"Authorization": f"Bearer {TOKEN}", "content-type": "application/x-ndjson"}
        answer = self.http.post("/v1/events", content=b"\n".join(lines), headers=headers)
        assert (answer.status_code, answer.json()["rejected"]) == (202, 0), answer.text

    def found(self) -> list[tuple[str, str]]:
        told = self.told("operator", "GET", "findings?run=live")["findings"]
        return sorted((each["detector"], each["time"]) for each in told)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path  # of each test its own: its clock is set on, and what comes later would come too late
    with pytest.MonkeyPatch.context() as patch:
        clock = stopped_clock(patch, "2026-03-02T15:00:00Z")
        house = House.opened(folder, "2026-03-02T15:00:00Z", clock_of=now_us)
        rights: dict[str, list[Any]] = {"dana": ["desk"], "eli": ["desk", "approve"], "finn": ["desk", "approve"]}
        made = format_us(now_us())
        keys = {name: make_key(folder, name, rights=held, on_failure=None, made=made) for name, held in rights.items()}
        live = house.live
        acts = GrantActs(house.store.records, SealedDocuments(folder), customer_of=live.customer, pack_of=live.policy)
        grants = GrantDesk(
            acts=acts,
            site=Site(customers=lambda: EVERYBODY),
            customer_of=live.customer,
            policy_of=live.policy,
            changed=live.look_at_grants,
        )
        app = build_app(live, house.store, TOKEN, keys=Keyring(folder), grants=grants, policy_of=live.policy)
        with running(app) as address, httpx.Client(base_url=address, timeout=30) as http:
            yield Desk(http=http, house=house, keys=keys | {"operator": TOKEN}, clock=clock)
        house.close()


def test_C15_W06_a_test_is_asked_for_allowed_in_part_carried_out_and_revoked(desk: Desk) -> None:
    alerts = desk.house.alerts
    made = desk.told("dana", "POST", "authorisations", TEST, 201)
    assert (made["state"], made["requested_by"], made["latest"]) == ("requested", "customer:ines", "2026-03-09T03:59:59.999999Z")
    path = f"authorisations/{made['grant_id']}"
    assert desk.ask("dana", "POST", f"{path}/grant", {"why": "Fine"}).status_code == 403, "whoever decides needs the right to"
    granted = desk.told("eli", "POST", f"{path}/grant", {"why": "The hosts are theirs", "deny": ["192.0.2.72/29"]})
    assert (granted["state"], granted["not_allowed"]["addresses"]) == ("granted_in_part", ["192.0.2.72/29"])

    desk.hand_in("2026-03-16T14:30:00Z", alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE))
    assert desk.found() == []
    shown = desk.told("dana", "GET", path)
    (line,) = shown["covered"]
    assert (line["finding"]["detector"], line["hits"], line["grants"]) == ("network.scan_alerts", 31, [made["grant_id"]])

    desk.hand_in("2026-03-16T14:31:00Z", alerts(CLINIC, "2026-03-16T14:31:00Z", BESIDE, count=1))
    assert desk.found() == [("network.scan_alerts", "2026-03-16T14:31:00Z")], "one address that was not allowed"

    desk.clock.set("2026-03-16T14:40:00Z")
    assert desk.told("eli", "POST", f"{path}/revoke", {"why": "It went where it must not"})["state"] == "revoked"
    flows = desk.house.flows(CLINIC, "2026-03-16T14:40:01Z", "192.0.2.64", count=130)
    desk.hand_in("2026-03-16T14:45:00Z", flows)
    assert [name for name, _ in desk.found()] == ["network.port_scan", "network.scan_alerts"]
    again = desk.ask("eli", "POST", f"{path}/revoke", {"why": "Again"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "FW-HTTP-014")
    assert [step["action"] for step in desk.told("dana", "GET", path)["trail"]] == ["request", "grant", "revoke"]


def test_C15_a_request_under_five_working_days_is_refused_at_once_in_one_sentence(desk: Desk) -> None:
    desk.clock.set("2026-03-16T15:00:00Z")
    late = desk.told("dana", "POST", "authorisations", TEST | {"start": "2026-03-20T10:00", "end": "2026-03-20T12:00"}, 201)
    assert late["state"] == "refused"
    assert late["decided_why"].startswith("It was asked for too late: 5 working days' notice was needed")


def test_who_asks_without_naming_a_customers_person_cannot_decide(desk: Desk) -> None:
    own = TEST | {"asked_by": "", "start": "2026-04-20T10:00", "end": "2026-04-20T12:00"}
    made = desk.told("eli", "POST", "authorisations", own, 201)
    refused = desk.ask("eli", "POST", f"authorisations/{made['grant_id']}/grant", {"why": "Fine"})
    assert refused.status_code == 409
    assert "eli asked for" in refused.json()["error"]["message"]
    assert desk.told("finn", "POST", f"authorisations/{made['grant_id']}/grant", {"why": "Fine"})["decided_by"] == "person:finn"


def test_C15_results_are_handed_in_kept_from_lists_and_read_with_a_reason(desk: Desk) -> None:
    wanted = TEST | {"start": "2026-05-20T10:00", "end": "2026-05-20T12:00"}
    made = desk.told("dana", "POST", "authorisations", wanted, 201)
    path = f"authorisations/{made['grant_id']}"
    desk.told("eli", "POST", f"{path}/grant", {"why": "Fine"})
    report = b"three open ports"
    headers = {"Authorization": f"Bearer {desk.keys['dana']}", "content-type": "application/octet-stream"}
    kept = desk.http.post(f"/v1/{path}/documents?use=results&name=report.pdf", content=report, headers=headers)
    assert (kept.status_code, kept.json()["sha256"]) == (201, hashlib.sha256(report).hexdigest())
    listed = desk.told("dana", "GET", "authorisations?kind=penetration_test")["authorisations"]
    assert [each["results"] for each in listed if each["grant_id"] == made["grant_id"]] == [[]]
    digest = kept.json()["sha256"]
    assert desk.ask("dana", "GET", f"{path}/documents/{digest}?why=curious").status_code == 403
    assert desk.ask("eli", "GET", f"{path}/documents/{digest}").status_code == 409
    read = desk.ask("eli", "GET", f"{path}/documents/{digest}?why=to+close+them")
    assert read.content == report
    last = desk.told("dana", "GET", path)["trail"][-1]
    assert (last["action"], last["by"]) == ("read results", "person:eli")
    assert last["why"].endswith("to close them")


def test_a_scope_that_is_somebody_elses_is_refused_and_nothing_is_on_record(desk: Desk) -> None:
    before = len(desk.told("dana", "GET", "authorisations")["authorisations"])
    bad = desk.ask("dana", "POST", "authorisations", TEST | {"scope": {"addresses": ["203.0.113.0/29"], "types": ["api"]}})
    assert bad.status_code == 400
    assert "belongs to another customer" in bad.json()["error"]["message"]
    assert len(desk.told("dana", "GET", "authorisations")["authorisations"]) == before
