"""Orders over HTTP: people with keys of their own give, agree, lift and stop; each act has its right and its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fairwire.model.instants import format_us
from fairwire.ports.control import ControlStore
from fairwire.runtime.keys import Keyring, make_key
from fairwire.runtime.packs import read_pack
from fairwire.serve.app import build_app
from fairwire.stores.sqlite import open_store
from fairwire.testkit.samples import sample_run
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    http: httpx.Client
    store: ControlStore
    keys: dict[str, str]

    def ask(self, who: str, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        return self.http.request(method, path, headers=headers, json=body or None)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    data = tmp_path_factory.mktemp("desk")
    store = open_store(data)
    sample_run().save(store)
    rights: dict[str, list[Any]] = {"dana": ["desk"], "eli": ["desk", "approve"], "finn": ["desk", "approve"], "sbc": ["decide"]}
    made = format_us(0)
    keys = {name: make_key(data, name, rights=held, on_failure=None, made=made) for name, held in rights.items()}
    service = BarredPrefixes(data / "events.log", [])
    jns = read_pack("jns")
    app = build_app(
        service,
        store,
        TOKEN,
        keys=Keyring(data),
        policy_of=lambda customer: jns if customer == "hobnail-freight" else None,
    )
    with running(app) as address, httpx.Client(base_url=address) as http:
        yield Desk(http=http, store=store, keys=keys | {"operator": TOKEN})
    service.close()
    store.close()


ORDER: dict[str, Any] = {
    "customer": "hobnail-freight",
    "step": "suspend",
    "clauses": ["J01"],
    "reason": "Threats in forty calls",
    "evidence": ["case-7"],
}


def made(desk: Desk, who: str = "dana", **changed: Any) -> dict[str, Any]:
    answer = desk.ask(who, "POST", "/v1/orders", **(ORDER | changed))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    message: str = answer.json()["error"]["message"]
    return message


def test_W00_a_person_suspends_at_once_without_a_rule(desk: Desk) -> None:
    order = made(desk)
    assert (order["state"], order["author"], order["detector"]) == ("in_force", "person:dana", "person")
    listed = desk.ask("dana", "GET", "/v1/orders?customer=hobnail-freight&state=in_force").json()["orders"]
    assert order["order_id"] in {each["order_id"] for each in listed}
    lifted = desk.ask("dana", "POST", f"/v1/orders/{order['order_id']}/lift", why="they answered")
    assert (lifted.json()["state"], lifted.json()["ended_by"]) == ("lifted", "person:dana")


def test_an_end_of_service_takes_a_second_person_with_the_right_to_agree(desk: Desk) -> None:
    order = made(desk, "eli", step="terminate")
    path = f"/v1/orders/{order['order_id']}"
    assert order["state"] == "waiting"
    assert "`dana` may not do this" in problem(desk.ask("dana", "POST", f"{path}/agree"), 403)
    assert "cannot approve it" in problem(desk.ask("eli", "POST", f"{path}/agree", why="mine"), 409)
    agreed = desk.ask("finn", "POST", f"{path}/agree", why="seen the evidence")
    assert agreed.json()["state"] == "in_force"
    told = desk.ask("dana", "GET", path).json()
    assert [(step["by"], step["action"], step["why"]) for step in told["trail"]] == [
        ("person:eli", "order", "Threats in forty calls"),
        ("person:finn", "agree", "seen the evidence"),
    ]
    desk.ask("finn", "POST", f"{path}/lift", why="end of test")


def test_a_key_of_a_proxy_gives_no_orders(desk: Desk) -> None:
    assert "the right `desk`" in problem(desk.ask("sbc", "POST", "/v1/orders", **ORDER), 403)
    assert problem(desk.ask("sbc", "GET", "/v1/findings"), 403)


@pytest.mark.parametrize(
    ("changed", "status", "wrong"),
    [
        ({"customer": "nobody"}, 404, "no customer `nobody`"),
        ({"clauses": ["J99"]}, 400, "no clause `J99`"),
        ({"clauses": []}, 400, "cannot have no clause"),
        ({"evidence": []}, 400, "cannot have no evidence"),
        ({"reason": ""}, 400, "cannot have no reason"),
        ({"step": "shout"}, 400, "invalid enum value"),
        ({"finding": "nope-nope"}, 404, "no finding `nope-nope`"),
        ({"target": "callee"}, 400, "without saying which"),
        ({"colour": "red"}, 400, "unknown field `colour`"),
    ],
)
def test_an_order_that_is_not_sound_is_refused_in_a_sentence(
    desk: Desk, changed: dict[str, Any], status: int, wrong: str
) -> None:
    assert wrong in problem(desk.ask("dana", "POST", "/v1/orders", **(ORDER | changed)), status)


def test_one_button_stops_what_is_automatic_and_says_who_pressed_it(desk: Desk) -> None:
    assert desk.ask("dana", "POST", "/v1/guard", automatic=False, why="storm").status_code == 403
    assert "for a reason" in problem(desk.ask("eli", "POST", "/v1/guard", automatic=False, why=""), 409)
    stopped = desk.ask("eli", "POST", "/v1/guard", automatic=False, why="storm").json()
    assert (stopped["automatic"], stopped["by"], stopped["why"]) == (False, "person:eli", "storm")
    assert desk.ask("dana", "GET", "/v1/guard").json()["automatic"] is False
    assert desk.ask("operator", "POST", "/v1/guard", automatic=True, why="over").json()["automatic"] is True


def test_what_rests_and_what_is_critical_is_listed_with_its_reason(desk: Desk) -> None:
    until = format_us(10**15 * 2)
    assert "within 90 days" in problem(desk.ask("dana", "POST", "/v1/snoozes", until=until, why="x", customer="y"), 409)
    critical = desk.ask("dana", "POST", "/v1/critical", customer="hobnail-freight", why="an alarm centre")
    assert critical.json()["state"] == "critical"
    assert [each["why"] for each in desk.ask("dana", "GET", "/v1/critical").json()["critical"]] == ["an alarm centre"]
    desk.ask("dana", "POST", "/v1/critical", customer="hobnail-freight", why="moved away", critical=False)
    assert desk.ask("dana", "GET", "/v1/critical").json() == {"critical": []}
    assert "no customer" in problem(desk.ask("dana", "POST", "/v1/critical", customer="nobody", why="x"), 404)


def test_an_unknown_state_is_named_with_those_there_are(desk: Desk) -> None:
    assert "`asleep` is no state of an order" in problem(desk.ask("dana", "GET", "/v1/orders?state=asleep"), 400)
