"""The desk over HTTP, with a real server: each person acts with a key of their own, and sees what that key is good for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairwire.runtime.keys import Right, make_key

pytestmark = pytest.mark.slow

READY = re.compile(r"fairwire ready: console and API at (http://\S+), token in (\S+)\n")
CUSTOMER = {"id": "hobnail-freight", "policy": "clearspan", "country": "US", "numbers": ["+12025550117"]}
PEOPLE: dict[str, list[Right]] = {
    "dana": ["desk"],
    "eli": ["desk", "approve"],
    "finn": ["desk", "approve"],
    "vera": ["desk", "approve", "severe"],
    "mailbox": ["reports"],
    "shipper": ["events"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    http: httpx.Client
    keys: dict[str, str]
    data: Path

    def ask(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} | more.pop("headers", {})
        return self.http.request(method, path, headers=headers, json=body, timeout=30, **more)

    def told(self, who: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.ask(who, method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def refused(self, who: str, method: str, path: str, body: Any = None, status: int = 403) -> str:
        message: str = self.told(who, method, path, body, status)["error"]["message"]
        return message


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n")
    data = folder / "data"
    keys = {
        name: make_key(data, name, rights=rights, on_failure=None, made="2026-03-02T09:00:00Z") for name, rights in PEOPLE.items()
    }
    command = [sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", "--data", str(data)]
    given = ["--customers", str(folder / "customers.jsonl"), "--policy", "clearspan", "--http", "127.0.0.1:0", "--drain", "0"]
    clean = {
        name: value
        for name, value in os.environ.items()
        if name in ("FAIRWIRE_CACHE", "FAIRWIRE_COMPILE") or not name.startswith("FAIRWIRE_")
    }
    process = subprocess.Popen([*command, *given], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    assert process.stdout is not None
    match = READY.fullmatch(process.stdout.readline())
    watchdog.cancel()
    assert match is not None
    with httpx.Client(base_url=match[1], timeout=30) as http:
        yield Desk(http=http, keys=keys | {"operator": Path(match[2]).read_text().strip()}, data=data)
    process.terminate()
    process.communicate(timeout=30)


REPORT = {"category": "harmful_content", "text": "Threats at night", "number": "+12025550117", "name": "A. Neighbour"}


def test_C19_W10_a_report_over_http_opens_a_case_that_people_decide(desk: Desk) -> None:
    told = desk.told("mailbox", "POST", "/v1/reports", REPORT, 201)
    assert told["case"] in told["acknowledgement"]
    case = desk.told("dana", "GET", f"/v1/cases/{told['case']}")
    assert (case["customer"], case["clauses"], case["reports"]) == ("hobnail-freight", ["C07"], [told["report"]])
    assert "Neighbour" not in desk.ask("dana", "GET", f"/v1/reports/{told['report']}").text
    assert desk.told("dana", "POST", f"/v1/reports/{told['report']}/reporter", {"why": "to answer"})["name"] == "A. Neighbour"
    acts = f"/v1/cases/{told['case']}/acts"
    assert desk.told("dana", "POST", acts, {"act": "assign"})["owner"] == "person:dana"
    decision = {"act": "decide", "outcome": "warning", "why": "Threats are forbidden under C07"}
    assert "`dana` may not decide cases" in desk.refused("dana", "POST", acts, decision)
    done = desk.told("eli", "POST", acts, decision)
    (order,) = [desk.told("dana", "GET", f"/v1/orders/{name}") for name in done["orders"]]
    assert (order["step"], order["author"]) == ("notify", "person:eli")
    assert order["state"] in ("in_force", "done"), "a notice is done once it is sent"


def test_a_key_for_reports_reads_nothing_and_a_key_for_the_desk_hands_none_in(desk: Desk) -> None:
    assert "the right `desk`" in desk.refused("mailbox", "GET", "/v1/cases")
    assert "the right `desk`" in desk.refused("mailbox", "GET", "/v1/reports")
    assert "the right `reports`" in desk.refused("dana", "POST", "/v1/reports", REPORT)
    assert "the right `approve`" in desk.refused(
        "dana", "POST", "/v1/overrides", {"subject": "f-1", "outcome": "upheld", "why": "x"}
    )


def test_a_report_event_has_its_case_before_it_is_acknowledged(desk: Desk) -> None:
    data = {"report_id": "z-9", "category": "security", "customer": "hobnail-freight", "format": "api", "text": "Port scans"}
    event = {
        "specversion": "1.0",
        "id": "e-9",
        "source": "csirt",
        "type": "report.received",
        "time": "2026-03-04T11:00:00Z",
        "data": data,
    }
    assert desk.told("shipper", "POST", "/v1/events", event, 202)["accepted"] == 1
    (report,) = [each for each in desk.told("dana", "GET", "/v1/reports")["reports"] if each["via"] == "event:csirt"]
    assert desk.told("dana", "GET", f"/v1/cases/{report['case_id']}")["category"] == "security"
    assert desk.told("shipper", "POST", "/v1/events", event, 202)["duplicates"] == 1
    assert len([each for each in desk.told("dana", "GET", "/v1/reports")["reports"] if each["via"] == "event:csirt"]) == 1


def test_C16_nobody_but_named_people_sees_it_not_even_with_the_operators_token(desk: Desk) -> None:
    told = desk.told("mailbox", "POST", "/v1/reports", REPORT | {"category": "minors", "text": "Something terrible"}, 201)
    path = f"/v1/cases/{told['case']}"
    for who in ("dana", "eli", "operator"):
        assert "restricted to people who are named" in desk.refused(who, "GET", path)
        assert "restricted" in desk.refused(who, "GET", f"/v1/reports/{told['report']}")
        shown = [each for each in desk.told(who, "GET", "/v1/cases")["cases"] if each["case_id"] == told["case"]]
        assert [(each["title"], each["customer"], each["entries"]) for each in shown] == [("restricted", "", [])]
    case = desk.told("vera", "GET", path)
    assert case["clauses"] == ["C16"]
    (order,) = [desk.told("vera", "GET", f"/v1/orders/{name}") for name in case["orders"]]
    assert (order["step"], order["state"], order["quiet"]) == ("suspend", "waiting", True)
    agreed = desk.told("vera", "POST", f"/v1/orders/{order['order_id']}/agree", {"why": "seen"})
    assert agreed["state"] == "in_force"
    referred = desk.told("vera", "POST", f"{path}/acts", {"act": "refer", "to": "National hotline", "reference": "NH-1"})
    assert referred["referrals"][0]["reference"] == "NH-1"
    desk.told("vera", "POST", f"/v1/orders/{order['order_id']}/lift", {"why": "end of test"})


def test_J00_a_finding_of_a_person_is_appealed_and_decided_by_somebody_else(desk: Desk) -> None:
    body = {"customer": "hobnail-freight", "clauses": ["C03"], "reason": "They sold what they do not have", "evidence": ["k-1"]}
    finding = desk.told("eli", "POST", "/v1/findings", body, 201)
    asked = {"subject": finding["finding_id"], "customer": "hobnail-freight", "text": "it was a mistake of our shop"}
    review = desk.told("dana", "POST", "/v1/reviews", asked, 201)
    path = f"/v1/reviews/{review['review_id']}/decide"
    decision = {"outcome": "overturned", "why": "the shop was hacked"}
    assert "of their own" in desk.refused("eli", "POST", path, decision, 409)
    assert desk.told("finn", "POST", path, decision)["outcome"] == "overturned"
    assert "is decided since" in desk.refused("vera", "POST", path, decision, 409)
    found = desk.told("dana", "GET", "/v1/ledger?unacted=dismissed&customer=hobnail-freight")
    assert finding["finding_id"] in {line["finding_id"] for line in found["lines"]}
