"""The HTTP API on a loopback port: what a proxy, a shipper of events and a script see."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fairwire.model.decision import Decision
from fairwire.ports.control import ControlStore
from fairwire.ports.service import Accepted
from fairwire.runtime.keys import Keyring, make_key
from fairwire.serve.app import Readiness, build_app
from fairwire.stores.sqlite import open_store
from fairwire.testkit.samples import RUN_ID, sample_run
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105
AUTH = {"Authorization": f"Bearer {TOKEN}"}
MIB = 1024 * 1024

ATTEMPT = {
    "call_id": "c-1",
    "customer": "hobnail-freight",
    "direction": "outbound",
    "from": "+12025550117",
    "to": "+442079460018",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running server and what stands behind it."""

    http: httpx.Client
    address: str
    store: ControlStore
    log: Path
    readiness: Readiness

    def post(self, path: str, body: bytes | str, media: str = "application/json") -> httpx.Response:
        return self.http.post(path, content=body, headers=AUTH | {"content-type": media})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path, headers=AUTH)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    store = open_store(data)
    sample_run().save(store)
    service = BarredPrefixes(data / "events.log", ["+88", "+979"])
    readiness = Readiness()
    with (
        running(build_app(service, store, TOKEN, readiness=readiness)) as address,
        httpx.Client(base_url=address, timeout=30) as http,
    ):
        yield Site(http=http, address=address, store=store, log=data / "events.log", readiness=readiness)
    service.close()
    store.close()


def event(number: int, **changes: Any) -> dict[str, Any]:
    """One CloudEvent about one call."""
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "test",
        "type": "call.attempt",
        "time": "2026-03-04T10:00:00Z",
        "data": ATTEMPT | changes,
    }


def lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(one) + "\n" for one in events)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error of an answer; asserts the one shape that all have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    error: dict[str, Any] = response.json()["error"]
    assert set(error) <= {"code", "message", "field", "line"}
    assert error["code"].startswith("FW-")
    assert error["message"]
    assert not error["message"].endswith(".")
    assert "Traceback" not in response.text
    return error


# Decisions


def test_a_barred_call_is_denied_with_clause_reason_and_sip_answer(site: Site) -> None:
    answer = site.post("/v1/decisions", json.dumps(ATTEMPT | {"to": "+8816000"}))
    assert answer.status_code == 200
    decision = answer.json()
    assert decision["decision"] == "deny"
    assert decision["reasons"][0]["clause"] == "X01"
    assert "+88" in decision["reasons"][0]["text"]
    assert decision["sip"] == {"code": 403, "phrase": "Forbidden", "reason": decision["sip"]["reason"]}
    assert {"finding_ids", "policy", "elapsed_us"} <= set(decision)


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "application/cloudevents+json", ""])
def test_an_event_and_its_bare_data_get_the_same_verdict(site: Site, media: str) -> None:
    bare = site.post("/v1/decisions", json.dumps(ATTEMPT), media).json()
    whole = site.post("/v1/decisions", json.dumps(event(1), indent=2), media).json()
    assert bare["decision"] == whole["decision"] == "allow"
    assert whole["event"] == "e-1"


def test_a_form_gets_the_same_answer_as_json(site: Site) -> None:
    form = ATTEMPT | {"to": "+8816000", "automated": "true", "user": ""}
    answer = site.post("/v1/decisions", urlencode(form), "application/x-www-form-urlencoded")
    assert answer.json()["decision"] == "deny"
    twice = urlencode([*ATTEMPT.items(), ("diversion", "+12025550101"), ("diversion", "+12025550102")])
    assert site.post("/v1/decisions", twice, "application/x-www-form-urlencoded").json()["decision"] == "allow"


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        (urlencode(ATTEMPT | {"automated": "maybe"}), "automated", "neither true nor false"),
        (urlencode([*ATTEMPT.items(), ("to", "+1")]), "to", "stands twice"),
        ("from=%ff%fe", None, "not a form"),
        ("no equals sign", None, "not a form"),
        ("&".join(f"a{n}=1" for n in range(300)), None, "not a form"),
    ],
)
def test_a_bad_form_is_told_with_its_field(site: Site, form: str, field: str | None, says: str) -> None:
    error = problem(site.post("/v1/decisions", form, "application/x-www-form-urlencoded"), 400)
    assert says in error["message"]
    assert error.get("field") == field


@pytest.mark.parametrize(
    "media", ["application/x-ndjson", "application/jsonl", "application/json", "application/x-www-form-urlencoded"]
)
def test_lines_get_one_answer_a_line_in_order(site: Site, media: str) -> None:
    body = lines([event(1), event(2, to="+8816000"), event(3, to="911")])
    answer = site.post("/v1/decisions", body, media)
    assert answer.headers["content-type"] == "application/x-ndjson"
    decisions = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["decision"] for one in decisions] == ["allow", "deny", "allow"]
    assert [one["event"] for one in decisions] == ["e-1", "e-2", "e-3"]


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_decided(site: Site) -> None:
    body = lines([event(1)]) + "\n{broken\n" + lines([event(2)])
    answers = [json.loads(line) for line in site.post("/v1/decisions", body, "application/x-ndjson").text.splitlines()]
    assert [one.get("decision") for one in answers] == ["allow", None, "allow"]
    assert answers[1]["error"]["line"] == 3
    assert answers[1]["error"]["code"] == "FW-REC-001"


def test_thousands_of_lines_are_all_answered(site: Site) -> None:
    body = lines([event(n, to="+8816000" if n % 3 == 0 else "+442079460018") for n in range(3000)])
    answers = [json.loads(line) for line in site.post("/v1/decisions", body, "application/x-ndjson").text.splitlines()]
    assert [one["event"] for one in answers] == [f"e-{n}" for n in range(3000)]
    assert sum(one["decision"] == "deny" for one in answers) == 1000


@pytest.mark.parametrize(
    ("body", "media", "status", "says"),
    [
        ("", "application/json", 400, "empty"),
        ("   \n ", "application/x-ndjson", 400, "empty"),
        ("{not json", "application/json", 400, "JSON"),
        ('{"a": \n\n 1', "application/json", 400, "JSON"),
        ("[1, 2", "application/json", 400, "JSON"),
        ("[]", "application/json", 400, "array"),
        ("<xml/>", "text/xml", 415, "text/xml"),
        ("x", "multipart/form-data; boundary=x", 415, "multipart/form-data"),
        ("\x00\x01", "application/json", 400, "JSON"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_in_one_sentence(site: Site, body: str, media: str, status: int, says: str) -> None:
    assert says in problem(site.post("/v1/decisions", body, media), status)["message"]


def test_a_missing_field_is_named(site: Site) -> None:
    error = problem(site.post("/v1/decisions", json.dumps({"customer": "x"})), 400)
    assert error["code"] == "FW-REC-001"
    assert "call_id" in error["message"]


def test_only_post_can_decide_or_take_in(site: Site) -> None:
    for path in ("/v1/decisions", "/v1/events"):
        answer = site.get(path)
        problem(answer, 405)
        assert answer.headers["allow"] == "POST"


# Events


def test_one_event_is_on_disk_when_the_202_arrives_and_counts_once(site: Site) -> None:
    body = json.dumps(event(1001))
    first = site.post("/v1/events", body)
    assert first.status_code == 202
    assert first.json() == {"accepted": 1, "duplicates": 0, "rejected": 0}
    assert b'"e-1001"' in site.log.read_bytes()
    assert site.post("/v1/events", body).json() == {"accepted": 0, "duplicates": 1, "rejected": 0}


def test_an_array_and_lines_are_taken_alike(site: Site) -> None:
    many = [event(n) for n in range(1100, 1110)]
    assert site.post("/v1/events", json.dumps(many)).json()["accepted"] == 10
    again = site.post("/v1/events", lines(many), "application/x-ndjson")
    assert again.status_code == 202
    assert again.json() == {"accepted": 0, "duplicates": 10, "rejected": 0}


def test_bad_lines_are_counted_and_named_by_their_line_and_the_good_ones_stay(site: Site) -> None:
    body = lines([event(1200)]) + "\n{broken\n" + lines([event(1201)]) + '{"specversion": "1.0"}\n'
    answer = site.post("/v1/events", body, "application/x-ndjson")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["duplicates"], told["rejected"]) == (2, 0, 2)
    assert [error["line"] for error in told["errors"]] == [3, 5]
    assert all(error["code"] == "FW-REC-001" and error["message"] for error in told["errors"])


def test_line_numbers_hold_across_the_slices_of_a_long_body(site: Site) -> None:
    many = [json.dumps(event(n)) for n in range(2000, 3700)]
    many[1234] = "{broken"
    told = site.post("/v1/events", "\n".join(many), "application/x-ndjson").json()
    assert told["accepted"] == 1699
    assert told["errors"][0]["line"] == 1235


def test_a_single_bad_event_is_the_callers_mistake(site: Site) -> None:
    assert "id" in problem(site.post("/v1/events", '{"specversion": "1.0"}'), 400)["message"]


def test_a_batch_without_one_usable_event_is_the_callers_mistake(site: Site) -> None:
    answer = site.post("/v1/events", "{a\n{b\n", "application/x-ndjson")
    assert answer.status_code == 400
    assert answer.json()["rejected"] == 2
    assert answer.json()["error"]["line"] == 1


def test_an_empty_array_is_no_mistake(site: Site) -> None:
    answer = site.post("/v1/events", "[]")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)


@pytest.mark.parametrize("path", ["/v1/events", "/v1/decisions"])
def test_more_than_ten_mebibytes_are_refused_announced_or_not(site: Site, path: str) -> None:
    error = problem(site.post(path, b" " * (10 * MIB + 1)), 413)
    assert "10 MiB" in error["message"]

    def chunks() -> Iterator[bytes]:
        for _ in range(11):
            yield b" " * MIB

    streamed = site.http.post(path, content=chunks(), headers=AUTH | {"content-type": "application/json"})
    assert problem(streamed, 413)["code"] == "FW-HTTP-007"
    assert site.get("/v1/orders").status_code == 200, "the server goes on"


def test_a_compressed_body_is_refused_and_says_what_to_do(site: Site) -> None:
    answer = site.http.post("/v1/events", content=b"x", headers=AUTH | {"content-encoding": "gzip"})
    assert "uncompressed" in problem(answer, 415)["message"]


# Findings and orders


def test_findings_come_worst_first_with_the_run_and_the_total(site: Site) -> None:
    told = site.get("/v1/findings").json()
    assert told["run"] == RUN_ID
    assert told["total"] == len(told["findings"]) == 20
    assert told["findings"][0]["severity"] == "critical"
    assert told["findings"][-1]["severity"] == "info"
    keys = {"finding_id", "time", "policy", "clauses", "detector", "mode", "severity", "customer", "reason", "features", "events"}
    assert keys | {"first_seen", "last_seen", "count"} <= set(told["findings"][0])


def test_filters_and_pages_narrow_the_findings(site: Site) -> None:
    assert site.get("/v1/findings?clause=A06").json()["total"] == 3
    page = site.get("/v1/findings?customer=quillfeather-sales&limit=2&offset=4").json()
    assert (page["total"], len(page["findings"])) == (5, 1)
    assert site.get("/v1/findings?run=none-such").json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("severity=awful", "severity"),
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("offset=-1", "offset"),
        ("colour=red", "colour"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(site: Site, query: str, field: str) -> None:
    assert problem(site.get(f"/v1/findings?{query}"), 400)["field"] == field


def test_one_finding_comes_with_its_evidence_and_orders(site: Site) -> None:
    finding_id = site.get("/v1/findings?limit=1").json()["findings"][0]["finding_id"]
    told = site.get(f"/v1/findings/{finding_id[:8]}").json()
    assert told["finding_id"] == finding_id
    assert told["evidence"]["explanation"]["clauses"][0]["gist"]
    assert {order["finding_id"] for order in told["orders"]} == {finding_id}
    orders = site.get(f"/v1/orders?finding={finding_id}").json()["orders"]
    assert orders == told["orders"]
    assert all(order["state"] == "dry_run" and order["undo"] for order in orders)
    assert len(site.get("/v1/orders").json()["orders"]) == 31


def test_unknown_things_are_404_in_the_same_shape(site: Site) -> None:
    problem(site.get("/v1/findings/ffffffffffffffff"), 404)
    problem(site.get("/v1/nonsense"), 404)
    problem(site.get("/v1"), 404)
    problem(site.http.get("/nonsense"), 404)


# Who may, and how it is doing


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/events", "/v1/findings", "/v1/orders", "/v1/nonsense", "/v1"])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff"])
def test_nothing_under_v1_answers_without_the_token(site: Site, path: str, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    answer = site.http.request("POST" if path in ("/v1/decisions", "/v1/events") else "GET", path, headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


def test_the_scheme_of_the_token_may_be_in_any_case(site: Site) -> None:
    assert site.http.get("/v1/orders", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def test_health_needs_no_token_and_readiness_ends_when_draining(site: Site) -> None:
    assert site.http.get("/healthz").json() == {"status": "ok"}
    assert site.http.get("/readyz").json() == {"status": "ready"}
    site.readiness.draining = True
    try:
        answer = site.http.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "draining"})
        assert site.http.get("/healthz").status_code == 200
        assert site.post("/v1/decisions", json.dumps(ATTEMPT)).status_code == 200, "what still comes is still answered"
    finally:
        site.readiness.draining = False


def test_a_key_decides_and_hands_in_what_it_is_good_for_and_is_counted_by_its_name(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    service = BarredPrefixes(tmp_path / "log", ["+88"])
    sbc = make_key(tmp_path, "sbc-east", rights=["decide"], on_failure="open", made="2026-03-04T10:00:00Z")
    shipper = make_key(tmp_path, "shipper", rights=["events"], on_failure=None, made="2026-03-04T10:00:00Z")
    with (
        running(build_app(service, store, TOKEN, keys=Keyring(tmp_path))) as address,
        httpx.Client(base_url=address, timeout=30) as http,
    ):
        site = Site(http=http, address=address, store=store, log=tmp_path / "log", readiness=Readiness())

        def ask(key: str, path: str, body: Any) -> httpx.Response:
            return http.post(path, json=body, headers={"authorization": f"Bearer {key}"})

        assert ask(sbc, "/v1/decisions", ATTEMPT).json()["decision"] == "allow"
        assert ask(sbc, "/v1/decisions", ATTEMPT | {"to": "+8816000"}).json()["decision"] == "deny"
        assert ask(shipper, "/v1/events", event(1)).json()["accepted"] == 1
        for key, path in (
            (sbc, "/v1/events"),
            (shipper, "/v1/decisions"),
            (sbc, "/v1/events/"),
            (sbc, "/v1/policies/x/acceptances"),
        ):
            error = problem(ask(key, path, event(2)), 403)
            assert error["code"] == "FW-HTTP-011"
            assert key not in error["message"]
        assert http.get("/v1/findings", headers={"authorization": f"Bearer {sbc}"}).status_code == 403
        problem(ask(sbc[:-1], "/v1/decisions", ATTEMPT), 401)
        ask(TOKEN, "/v1/decisions", ATTEMPT)
        counted = "fairwire_point_decisions_total"
        assert metric(site, counted, point="sbc-east", way="http", verdict="allow") == 1
        assert metric(site, counted, point="sbc-east", way="http", verdict="deny") == 1
        assert metric(site, counted, point="operator", way="http", verdict="allow") == 1
        for share in ("0.5", "0.99", "0.999"):
            assert 0 < metric(site, "fairwire_decision_latest_seconds", way="http", quantile=share) < 5
    service.close()
    store.close()


def metric(site: Site, name: str, **labels: str) -> float:
    page = site.http.get("/metrics").text
    values = [
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(values) == 1, (name, labels, values)
    return values[0]


def test_metrics_count_decisions_events_and_errors(site: Site) -> None:
    allowed = metric(site, "fairwire_decisions_total", verdict="allow")
    timed = metric(site, "fairwire_decision_seconds_count")
    accepted = metric(site, "fairwire_events_total", outcome="accepted")
    site.post("/v1/decisions", json.dumps(ATTEMPT))
    site.post("/v1/events", json.dumps(event(5000)))
    site.get("/v1/nonsense")
    missing = metric(site, "fairwire_http_errors_total", code="FW-HTTP-005")
    site.get("/v1/nonsense")
    assert metric(site, "fairwire_decisions_total", verdict="allow") == allowed + 1
    assert metric(site, "fairwire_decision_seconds_count") == timed + 1
    assert metric(site, "fairwire_events_total", outcome="accepted") == accepted + 1
    assert metric(site, "fairwire_http_errors_total", code="FW-HTTP-005") == missing + 1
    assert metric(site, "fairwire_engine_decided") >= allowed + 1


def test_every_answer_tells_browsers_to_keep_their_hands_off(site: Site) -> None:
    for path in ("/healthz", "/v1/orders", "/nonsense"):
        headers = site.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
    assert site.get("/v1/orders").headers["cache-control"] == "no-store"


class Broken(BarredPrefixes):
    """Breaks at every call."""

    def decide(self, event: bytes) -> Decision:
        raise ZeroDivisionError("secret inner words")

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        raise ZeroDivisionError("secret inner words")


def test_a_fault_of_ours_is_a_500_in_the_same_shape_and_says_nothing_of_the_inside(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    service = Broken(tmp_path / "log", [])
    with running(build_app(service, store, TOKEN)) as address:
        for path in ("/v1/decisions", "/v1/events"):
            answer = httpx.post(address + path, json=ATTEMPT, headers=AUTH)
            assert problem(answer, 500)["code"] == "FW-HTTP-009"
            assert "secret inner words" not in answer.text
    service.close()
    store.close()


def test_a_store_that_fails_is_a_503_with_its_sentence_and_decisions_go_on(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    service = BarredPrefixes(tmp_path / "log", [])
    with sqlite3.connect(tmp_path / "fairwire.db") as other:
        other.execute("DROP TABLE run")
    other.close()
    with running(build_app(service, store, TOKEN)) as address:
        assert "no such table" in problem(httpx.get(address + "/v1/findings", headers=AUTH), 503)["message"]
        assert httpx.get(address + "/readyz").status_code == 503
        assert httpx.post(address + "/v1/decisions", json=ATTEMPT, headers=AUTH).json()["decision"] == "allow"
    service.close()
    store.close()


def test_noise_on_the_port_does_not_hurt(site: Site) -> None:
    parts = urlsplit(site.address)
    for noise in (
        b"\x16\x03\x01\x00\xff",
        b"GET / HTTP/9\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ):
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
            connection.sendall(noise)
    assert site.http.get("/healthz").status_code == 200
