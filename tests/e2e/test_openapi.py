"""The description of the HTTP API: it is sound, it names every route and no other, and every route answers as described."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

import desk_requests
from fairwire.enforcement.lifecycle import from_person
from fairwire.model.customers import Customer
from fairwire.model.grants import Grant, GrantState, Paper, Scope
from fairwire.model.guards import Snooze
from fairwire.model.instants import format_us
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore
from fairwire.runtime.data import open_control
from fairwire.runtime.grant_acts import GrantActs
from fairwire.runtime.grant_requests import Site
from fairwire.runtime.keys import Keyring, make_key
from fairwire.runtime.packs import read_pack
from fairwire.runtime.registers import GRANTS, ORDERS, SNOOZES
from fairwire.runtime.replay import now_us
from fairwire.runtime.sealed_documents import SealedDocuments
from fairwire.serve.app import Edge, Readiness, build_app
from fairwire.serve.authorisations import GrantDesk
from fairwire.serve.openapi import described, document
from fairwire.testkit.samples import sample_run
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes
from policy_office import Office, customer, edit, stopped_clock

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105
DOCUMENT = json.loads(described())
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ATTEMPT = {
    "call_id": "c-1",
    "customer": "early",
    "direction": "outbound",
    "from": "+12125550117",
    "to": "+442079460018",
    "diversion": ["+12125550101", "+12125550102"],
}
EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "test",
    "type": "call.attempt",
    "time": "2026-03-04T10:00:00Z",
    "data": ATTEMPT,
}
LINES = f"{json.dumps(EVENT)}\n{{broken\n"
JSON, NDJSON, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
OCTETS = "application/octet-stream"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema of a request, an answer or a parameter."""
    if isinstance(node, dict):
        if "schema" in node:
            yield node["schema"]
        for value in node.values():
            yield from schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas(value)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Of one schema of the document, with its references."""
    return Draft202012Validator({"$id": "urn:fairwire", "components": DOCUMENT["components"], "allOf": [schema]})


# The document by itself


def test_the_document_has_what_openapi_3_1_demands() -> None:
    assert re.fullmatch(r"3\.1\.\d+", DOCUMENT["openapi"])
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    allowed = {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "components", "security", "tags", "externalDocs"}
    assert set(DOCUMENT) <= allowed
    assert set(DOCUMENT["info"]["license"]) <= {"name", "identifier"}
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert schemes["bearer"]["type"] == "http"
    assert schemes["bearer"]["scheme"] == "bearer"
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
    for path, method, operation in operations():
        assert path.startswith("/")
        assert method in METHODS
        keys = {"operationId", "summary", "description", "parameters", "requestBody", "responses", "security"}
        assert set(operation) <= keys
        for demand in operation.get("security", DOCUMENT["security"]):
            assert set(demand) <= set(schemes)
        assert operation["responses"]
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            assert answer["description"].endswith(".")
            assert answer["content"]
        if method == "post":
            assert operation["requestBody"]["content"]
            assert "415" not in operation["responses"] or len(operation["requestBody"]["content"]) > 1


def test_each_operation_has_an_id_of_its_own_and_each_part_of_a_path_a_parameter() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    for path, _, operation in operations():
        parameters = operation.get("parameters", [])
        names = [(one["name"], one["in"]) for one in parameters]
        assert len(names) == len(set(names))
        assert {name for name, where in names if where == "path"} == set(re.findall(r"{(\w+)}", path))
        for one in parameters:
            assert one["in"] in {"path", "query"}
            assert one["required"] is (one["in"] == "path")


def test_every_reference_leads_to_a_schema_and_every_schema_is_one() -> None:
    targets = set(references(DOCUMENT))
    assert targets
    shapes = DOCUMENT["components"]["schemas"]
    assert all(target.removeprefix("#/components/schemas/") in shapes for target in targets)
    used = {target.rpartition("/")[2] for target in targets}
    assert used == set(shapes), "no shape is left over"
    for schema in [*shapes.values(), *schemas(DOCUMENT["paths"])]:
        Draft202012Validator.check_schema(schema)


def test_every_example_is_one() -> None:
    checked = 0
    for _, _, operation in operations():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (one for body in bodies for one in body.get("content", {}).values()):
            examples = [content["example"]] if "example" in content else []
            examples += [one["value"] for one in content.get("examples", {}).values()]
            for example in examples:
                validator(content["schema"]).validate(example)
                checked += 1
    assert checked >= 3


# The document and the program


@dataclass(frozen=True, slots=True)
class Running:
    """A running server with findings, policies and keys."""

    http: httpx.Client
    app: Edge
    readiness: Readiness
    decides: str
    hands_in: str
    finding: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("described")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        office = Office(folder=folder, clock=stopped_clock(patch, "2026-03-02T09:00:00Z"))
        office.customers(customer("early", "natterbox"))
        pack = office.pack("natterbox")
        office.in_force(pack, "natterbox")
        edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"), ("mode: alert", "mode: shadow"))
        office.clock.set("2026-03-03T09:00:00Z")
        office.in_force(pack, "natterbox", "--at", "2026-03-10T00:00:00Z")
        store = open_control(office.data)
        run = sample_run()
        run.save(store)
        service = BarredPrefixes(folder / "log", ["+88"])
        readiness = Readiness()
        people = {"early": Customer(id="early", policy="natterbox", timezone="Europe/London", country="GB")}
        decides = make_key(office.data, "sbc", rights=["decide"], on_failure="open", made="2026-03-02T09:00:00Z")
        hands_in = make_key(office.data, "shipper", rights=["events"], on_failure=None, made="2026-03-02T09:00:00Z")
        keys = Keyring(office.data)
        natterbox = read_pack("natterbox")
        app = build_app(
            service,
            store,
            TOKEN,
            readiness=readiness,
            customer_of=people.get,
            keys=keys,
            policy_of=lambda name: natterbox if name in people else None,
            grants=desk_of(store, office.data, people, natterbox),
        )
        put_orders(store)
        put_grants(store)
        ids = desk_requests.put_matters(store, natterbox)
        assert isinstance(app, Edge)
        with running(app) as address, httpx.Client(base_url=address) as http:
            found = http.get("/v1/findings?limit=1", headers={"authorization": f"Bearer {TOKEN}"}).json()
            yield Running(http, app, readiness, decides, hands_in, found["findings"][0]["finding_id"], ids)
        service.close()
        store.close()


def put_orders(store: ControlStore) -> None:
    """Orders in each state in which something can be done to them, and a snooze."""
    now = now_us()
    for state, name in (("waiting", "o-waiting-1"), ("waiting", "o-waiting-2"), ("in_force", "o-forced-1"),
                        ("in_force", "o-forced-2"), ("in_force", "o-forced-3"), ("dry_run", "o-planned-1")):  # fmt: skip
        order = from_person(
            by="person:dana", at_us=now, customer="early", policy="natterbox@1", clauses=["N01"], step="suspend",
            reason="Seen at work", evidence=["case-7"], lasts_us=60_000_000,
        )  # fmt: skip
        needs = 1 if state == "waiting" else 0
        told = msgspec.structs.replace(order, order_id=name, state=state, approvals=needs, began=order.created)
        store.records.write([ORDERS.change(None, told, at_us=now, by="person:dana", action="order")])
    rests = Snooze(snooze_id="s-holds", until=format_us(now + 60_000_000), by="person:dana", why="moves", customer="early")
    store.records.write([SNOOZES.change(None, rests, at_us=now, by="person:dana", action="snooze")])


RESULTS = b"open ports"
RESULTS_HASH = hashlib.sha256(RESULTS).hexdigest()


def desk_of(store: ControlStore, data: Path, people: dict[str, Customer], pack: Pack) -> GrantDesk:
    """What requests for permission are held against, and results of a test that lie there."""
    documents = SealedDocuments(data)
    assert documents.put(RESULTS) == RESULTS_HASH
    acts = GrantActs(store.records, documents, customer_of=people.get, pack_of=lambda _: pack)
    policy_of = dict.fromkeys(people, pack).get
    return GrantDesk(acts=acts, site=Site(customers=people.values), customer_of=people.get, policy_of=policy_of)


def put_grants(store: ControlStore) -> None:
    """Grants in each state in which something can be done to them."""
    results = Paper(name="r", sha256=RESULTS_HASH, bytes=len(RESULTS), use="results", by="person:dana", at="2026-03-02T09:00:00Z")
    waits: tuple[tuple[GrantState, str], ...] = (("requested", "g-waits-1"), ("requested", "g-waits-2"))
    holds: tuple[tuple[GrantState, str], ...] = (("granted", "g-holds-1"), ("granted", "g-holds-2"), ("granted", "g-holds-3"))
    for state, name in (*waits, *holds):
        scope = Scope(numbers=(f"+4420794601{name[-1]}{len(state)}",))
        held = Grant(
            grant_id=name, kind="verified_number", customer="early", policy="natterbox@1", clauses=("N04",), state=state,
            scope=scope, allowed=None if state == "requested" else scope, start="2026-03-02T09:00:00Z", end=None,
            begins=None if state == "requested" else "2026-03-02T09:00:00Z", why="Theirs", requested_by="customer:eve",
            requested_at="2026-03-02T09:00:00Z", results=(results,) if name == "g-holds-3" else (),
        )  # fmt: skip
        store.records.write([GRANTS.change(None, held, at_us=0, by="person:dana", action="request")])


def test_every_route_is_described_and_nothing_else(site: Running) -> None:
    routes: set[tuple[str, str]] = {("/v1/decisions", "post"), ("/v1/events", "post")}
    for inner in (site.app._api, site.app._others):
        for route in inner.routes:  # type: ignore[attr-defined]
            assert isinstance(route, Route)
            if route.path != "/v1/events":  # an application of its own, which says itself that it takes POST only
                routes |= {(route.path, method.lower()) for method in route.methods or {"GET"} if method != "HEAD"}
    assert {(path, method) for path, method, _ in operations()} == routes


NEW_ORDER = json.dumps(
    {"customer": "early", "step": "suspend", "clauses": ["N01"], "reason": "Seen at work", "evidence": ["case-7"]}
)
NEW_GRANT = json.dumps(
    {
        "customer": "early",
        "kind": "verified_number",
        "start": "2026-03-05T09:00",
        "why": "The practice",
        "scope": {"numbers": ["+442079460199"]},
    }
)
BROAD = "x" * (10 * 1024 * 1024 + 1)
ASKED: list[tuple[str, str, str, str | None, str, int]] = [
    # method, path as described, path as asked, content type, body, status
    ("post", "/v1/decisions", "", JSON, json.dumps(ATTEMPT), 200),
    ("post", "/v1/decisions", "", JSON, json.dumps(ATTEMPT | {"to": "+8816000"}), 200),
    ("post", "/v1/decisions", "", JSON, json.dumps(EVENT), 200),
    ("post", "/v1/decisions", "", NDJSON, LINES, 200),
    ("post", "/v1/decisions", "", FORM, urlencode(ATTEMPT, doseq=True), 200),
    ("post", "/v1/decisions", "?answer=code", JSON, json.dumps(ATTEMPT), 200),
    ("post", "/v1/decisions", "?answer=code", JSON, json.dumps(ATTEMPT | {"to": "+8816000"}), 200),
    ("post", "/v1/decisions", "?answer=json", JSON, json.dumps(ATTEMPT), 200),
    ("post", "/v1/decisions", "?answer=x", JSON, json.dumps(ATTEMPT), 400),
    ("post", "/v1/decisions", "", JSON, "{", 400),
    ("post", "/v1/decisions", "", JSON, BROAD, 413),
    ("post", "/v1/decisions", "", "text/xml", "<x/>", 415),
    ("post", "/v1/events", "", JSON, json.dumps(EVENT), 202),
    ("post", "/v1/events", "", JSON, json.dumps([EVENT]), 202),
    ("post", "/v1/events", "", NDJSON, LINES, 202),
    ("post", "/v1/events", "", NDJSON, "{\n{\n", 400),
    ("post", "/v1/events", "", JSON, "{}", 400),
    ("post", "/v1/events", "", JSON, BROAD, 413),
    ("post", "/v1/events", "", "text/xml", "<x/>", 415),
    ("get", "/v1/findings", "", None, "", 200),
    ("get", "/v1/findings", "?run=none-such&severity=high&limit=3&offset=1&text=x", None, "", 200),
    ("get", "/v1/findings", "?limit=0", None, "", 400),
    ("get", "/v1/findings/{finding_id}", "", None, "", 200),
    ("get", "/v1/findings/{finding_id}", "?x=1", None, "", 400),
    ("get", "/v1/findings/{finding_id}", "ffff", None, "", 404),
    ("get", "/v1/orders", "", None, "", 200),
    ("get", "/v1/orders", "?finding=ffffff", None, "", 200),
    ("get", "/v1/orders", "?x=1", None, "", 400),
    ("get", "/v1/orders", "?customer=x&state=in_force", None, "", 200),
    ("get", "/v1/orders", "?state=asleep", None, "", 400),
    ("post", "/v1/orders", "", JSON, NEW_ORDER, 201),
    ("post", "/v1/orders", "", JSON, NEW_ORDER.replace("N01", "N99"), 400),
    ("post", "/v1/orders", "", JSON, NEW_ORDER.replace("early", "nobody"), 404),
    ("get", "/v1/orders/{order_id}", "o-waiting-1", None, "", 200),
    ("get", "/v1/orders/{order_id}", "o-none", None, "", 404),
    *(
        ("post", f"/v1/orders/{{order_id}}/{act}", order, JSON, body, status)
        for act, right in (
            ("agree", "o-waiting-1"),
            ("refuse", "o-waiting-2"),
            ("lift", "o-forced-1"),
            ("overturn", "o-forced-2"),
            ("carry-out", "o-planned-1"),
        )
        for order, body, status in (
            (right, '{"why": "seen"}', 200),
            (right, '{"why": "seen"}', 409),
            ("o-none", '{"why": "seen"}', 404),
            (right, "[]", 400),
        )
    ),
    ("post", "/v1/orders/{order_id}/extend", "o-forced-3", JSON, '{"why": "more", "until": "UNTIL"}', 200),
    ("post", "/v1/orders/{order_id}/extend", "o-forced-3", JSON, '{"why": "", "until": "UNTIL"}', 409),
    ("post", "/v1/orders/{order_id}/extend", "o-none", JSON, '{"why": "more", "until": "UNTIL"}', 404),
    ("post", "/v1/orders/{order_id}/extend", "o-forced-3", JSON, '{"why": "more", "until": "tomorrow"}', 400),
    ("get", "/v1/guard", "", None, "", 200),
    ("post", "/v1/guard", "", JSON, '{"why": "storm", "automatic": false}', 200),
    ("post", "/v1/guard", "", JSON, '{"why": ""}', 409),
    ("post", "/v1/guard", "", JSON, "{}", 400),
    ("get", "/v1/snoozes", "", None, "", 200),
    ("post", "/v1/snoozes", "", JSON, '{"why": "moves", "until": "UNTIL", "customer": "early"}', 201),
    ("post", "/v1/snoozes", "", JSON, '{"why": "moves", "until": "UNTIL"}', 409),
    ("post", "/v1/snoozes", "", JSON, '{"why": "moves", "until": "tomorrow", "customer": "early"}', 400),
    ("post", "/v1/snoozes/{snooze_id}/wake", "s-holds", JSON, '{"why": "moved"}', 200),
    ("post", "/v1/snoozes/{snooze_id}/wake", "s-none", JSON, '{"why": "moved"}', 409),
    ("post", "/v1/snoozes/{snooze_id}/wake", "s-holds", JSON, "[]", 400),
    ("get", "/v1/critical", "", None, "", 200),
    ("post", "/v1/critical", "", JSON, '{"why": "a clinic", "customer": "early"}', 200),
    ("post", "/v1/critical", "", JSON, '{"why": "", "customer": "early"}', 409),
    ("post", "/v1/critical", "", JSON, '{"why": "a clinic", "customer": "nobody"}', 404),
    ("post", "/v1/critical", "", JSON, "{}", 400),
    ("get", "/v1/authorisations", "", None, "", 200),
    ("get", "/v1/authorisations", "?customer=early&kind=verified_number&state=requested", None, "", 200),
    ("get", "/v1/authorisations", "?state=asleep", None, "", 400),
    ("post", "/v1/authorisations", "", JSON, NEW_GRANT, 201),
    ("post", "/v1/authorisations", "", JSON, NEW_GRANT.replace("+44207946", "x"), 400),
    ("post", "/v1/authorisations", "", JSON, NEW_GRANT.replace("early", "nobody"), 404),
    ("get", "/v1/authorisations/{grant_id}", "", None, "", 200),
    ("get", "/v1/authorisations/{grant_id}", "g-none", None, "", 404),
    *(
        ("post", f"/v1/authorisations/{{grant_id}}/{act}", held, JSON, body, status)
        for act, right in (("grant", "g-waits-1"), ("refuse", "g-waits-2"), ("revoke", "g-holds-1"), ("withdraw", "g-holds-2"))
        for held, body, status in (
            (right, '{"why": "seen"}', 200),
            (right, '{"why": "seen"}', 409),
            ("g-none", '{"why": "seen"}', 404),
            (right, "[]", 400),
        )
    ),
    ("post", "/v1/authorisations/{grant_id}/documents", "", OCTETS, "signed", 201),
    ("post", "/v1/authorisations/{grant_id}/documents", "?use=consent&name=letter.pdf", OCTETS, "signed too", 201),
    ("post", "/v1/authorisations/{grant_id}/documents", "?use=toy", OCTETS, "signed", 400),
    ("post", "/v1/authorisations/{grant_id}/documents", "g-none", OCTETS, "signed", 404),
    ("post", "/v1/authorisations/{grant_id}/documents", "g-holds-1", OCTETS, "signed", 409),
    ("post", "/v1/authorisations/{grant_id}/documents", "", OCTETS, BROAD, 413),
    ("get", "/v1/authorisations/{grant_id}/documents/{sha256}", "?why=To+mend", None, "", 200),
    ("get", "/v1/authorisations/{grant_id}/documents/{sha256}", "", None, "", 409),
    ("get", "/v1/authorisations/{grant_id}/documents/{sha256}", "g-none", None, "", 404),
    *desk_requests.ASKED,
    ("get", "/v1/policies", "", None, "", 200),
    ("get", "/v1/policies/{pack}/versions", "", None, "", 200),
    ("get", "/v1/policies/{pack}/versions", "no-such", None, "", 404),
    ("post", "/v1/policies/{pack}/acceptances", "", JSON, '{"customer": "early", "by": "Eve"}', 201),
    ("post", "/v1/policies/{pack}/acceptances", "", JSON, '{"customer": "early", "by": "Eve"}', 200),
    ("post", "/v1/policies/{pack}/acceptances", "", JSON, '{"customer": "early"}', 400),
    ("post", "/v1/policies/{pack}/acceptances", "", JSON, '{"customer": "nobody", "by": "Eve"}', 404),
    ("post", "/v1/policies/{pack}/acceptances", "other", JSON, '{"customer": "early", "by": "Eve"}', 409),
    ("post", "/v1/policies/{pack}/changeovers", "", JSON, '{"customer": "early", "on": "2026-03-20", "by": "Eve"}', 201),
    ("post", "/v1/policies/{pack}/changeovers", "", JSON, '{"customer": "early", "on": "x", "by": "Eve"}', 409),
    ("post", "/v1/policies/{pack}/changeovers", "", JSON, '{"customer": "nobody", "on": "2026-03-20", "by": "Eve"}', 404),
    ("post", "/v1/policies/{pack}/changeovers", "", JSON, "[]", 400),
    ("get", "/healthz", "", None, "", 200),
    ("get", "/readyz", "", None, "", 200),
    ("get", "/metrics", "", None, "", 200),
    ("get", "/openapi.json", "", None, "", 200),
]
OURS = {"500", "503", "507"}
"""Faults of the disk and of the program; other tests bring them about."""


def check(answer: httpx.Response, path: str, method: str) -> str:
    """That an answer is one of those that are described; its status."""
    described = DOCUMENT["paths"][path][method]["responses"]
    status = str(answer.status_code)
    assert status in described, answer.text
    media = answer.headers["content-type"].partition(";")[0]
    assert media in described[status]["content"], media
    schema = described[status]["content"][media]["schema"]
    if media == JSON:
        validator(schema).validate(answer.json())
    else:
        validator(schema).validate(answer.text)
    if media == NDJSON:
        line = {"anyOf": [{"$ref": "#/components/schemas/Decision"}, {"$ref": "#/components/schemas/Problem"}]}
        for text in answer.text.splitlines():
            validator(line).validate(json.loads(text))
    return status


def address(path: str, last: str, finding: str) -> str:
    """The path with its parameters filled in; `last` is a query, or a value of the parameter."""
    if last.startswith("/"):
        return last  # several parameters, filled in already
    query = last if last.startswith("?") else ""
    value = last if last and not query else ""
    return (
        re.sub(
            r"{(\w+)}",
            lambda name: (
                value
                or {
                    "pack": "natterbox",
                    "finding_id": finding,
                    "order_id": "o-forced-1",
                    "snooze_id": "s-holds",
                    "grant_id": "g-holds-3",
                    "sha256": RESULTS_HASH[:12],
                }.get(name[1], "x-1")
            ),
            path,
        )
        + query
    )


def test_every_answer_is_one_that_is_described_and_every_one_described_is_given(site: Running) -> None:
    token = {"authorization": f"Bearer {TOKEN}"}
    seen: set[tuple[str, str, str]] = set()
    tomorrow = format_us(now_us() + 86_400_000_000)
    for method, path, last, media, asked, status in ASKED:
        body = desk_requests.filled(asked.replace("UNTIL", tomorrow), site.ids)
        last = desk_requests.filled(last, site.ids)
        headers = token | ({} if media is None else {"content-type": media})
        answer = site.http.request(method, address(path, last, site.finding), content=body, headers=headers)
        assert answer.status_code == status, (method, path, last, answer.text)
        seen.add((path, method, check(answer, path, method)))
        content = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
        if media == JSON and status < 300:
            validator(content[media]["schema"]).validate(json.loads(body))
    for path, method, operation in operations():
        if operation.get("security") == []:
            continue
        asked = address(path, "", site.finding)
        stranger = site.http.request(method, asked)
        assert stranger.status_code == 401
        seen.add((path, method, check(stranger, path, method)))
        # A key is good for one of the two; the other, and all the rest, it is refused.
        key = site.hands_in if path == "/v1/decisions" else site.decides
        refused = site.http.request(method, asked, headers={"authorization": f"Bearer {key}"})
        assert refused.status_code == 403
        seen.add((path, method, check(refused, path, method)))
        wrong = site.http.request("delete", asked, headers=token)
        assert wrong.status_code == 405
        seen.add((path, method, check(wrong, path, method)))
    for path in ("/v1/reports", "/v1/redress"):
        for _ in range(40):
            over = site.http.post(path, content="{}", headers=token | {"content-type": JSON})
            seen.add((path, "post", check(over, path, "post")))
        assert over.headers["retry-after"] == "1", "too many at once"
    site.readiness.draining = True
    check(site.http.get("/readyz"), "/readyz", "get")
    site.readiness.draining = False
    promised = {(path, method, status) for path, method, one in operations() for status in one["responses"] if status not in OURS}
    assert promised <= seen


def test_the_description_is_open_and_the_same_as_the_documents(site: Running) -> None:
    answer = site.http.get("/openapi.json")
    assert answer.json() == DOCUMENT == json.loads(json.dumps(document()))
    assert TOKEN not in answer.text


def test_a_form_is_described_by_the_fields_of_an_attempt() -> None:
    content = DOCUMENT["paths"]["/v1/decisions"]["post"]["requestBody"]["content"]
    assert content[FORM]["schema"] == {"$ref": "#/components/schemas/CallAttempt"}
    fields = DOCUMENT["components"]["schemas"]["CallAttempt"]["properties"]
    assert {"from", "to", "diversion", "automated"} <= set(fields)
    assert "from_" not in fields
