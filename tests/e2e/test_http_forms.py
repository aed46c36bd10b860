"""Forms in and lines of text out: what a proxy sends that can neither write nor read JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest

from fairwire.model.decision import Decision, Reason, SipAnswer
from fairwire.model.events import CallAttempt
from fairwire.serve.app import build_app
from fairwire.stores.sqlite import open_store
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes

pytestmark = pytest.mark.slow

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105
FORM = "application/x-www-form-urlencoded"
ATTEMPT = {
    "call_id": "c-1",
    "customer": "hobnail-freight",
    "direction": "outbound",
    "from": "+12125550117",
    "to": "+442079460018",
}
ALLOWED = "302"
REFUSED = 'SIP;cause=403;text="calls to numbers that begin with +88 are barred"'


class Keeping(BarredPrefixes):
    """Keeps what it was asked, and has a limit of its own for one number."""

    def __init__(self, log: Path) -> None:
        super().__init__(log, ["+88"])
        self.asked: list[dict[str, Any]] = []

    def decide(self, event: bytes) -> Decision:
        self.asked.append(json.loads(event))
        if self.asked[-1].get("to") != "+12125550199":
            return super().decide(event)
        return Decision(
            decision="limit",
            reasons=(Reason(clause="L01", text="ten calls at once"),),
            sip=SipAnswer(code=480, phrase="Temporarily Unavailable", reason='SIP;cause=480;text="two\r\nlines"'),
            finding_ids=(),
            policy="sample@0",
            elapsed_us=1,
            ttl_s=7,
        )


@dataclass(frozen=True, slots=True)
class Site:
    """A running server, and what its service was asked."""

    http: httpx.Client
    service: Keeping

    def ask(self, body: str, *, query: str = "", media: str = FORM, **headers: str) -> httpx.Response:
        told = {"authorization": f"Bearer {TOKEN}", "content-type": media} | headers
        return self.http.post(f"/v1/decisions{query}", content=body, headers=told)

    def heard(self, body: str) -> dict[str, Any]:
        """What the service was asked when this form was sent."""
        answer = self.ask(body)
        assert answer.status_code == 200, answer.text
        return self.service.asked[-1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("forms")
    store = open_store(data)
    service = Keeping(data / "events.log")
    with running(build_app(service, store, TOKEN)) as address, httpx.Client(base_url=address, timeout=30) as http:
        yield Site(http, service)
    service.close()
    store.close()


def test_every_field_of_an_attempt_can_be_sent_in_a_form(site: Site) -> None:
    hints = get_type_hints(CallAttempt)
    sent: list[tuple[str, str]] = []
    expected: dict[str, Any] = {}
    for info in msgspec.structs.fields(CallAttempt):
        name, shown = info.encode_name, str(hints[info.name])
        if "list[" in shown:
            expected[name] = ["+12125550101", "+12125550102"]
            sent += [(name, one) for one in expected[name]]
        elif "bool" in shown:
            expected[name] = True
            sent.append((name, "yes"))
        else:
            expected[name] = {"direction": "outbound"}.get(name, f'a "quoted" & {name} = ü+1')
            sent.append((name, expected[name]))
    assert site.heard(urlencode(sent)) == expected
    assert {"diversion", "automated", "customer", "from", "rate_per_min"} <= set(expected)


@pytest.mark.parametrize("plus", ["%2B", "%2b", "+"])
@pytest.mark.parametrize("field", ["from", "to", "line", "pai"])
def test_a_plus_before_a_number_is_a_plus_escaped_or_not(site: Site, plus: str, field: str) -> None:
    others = urlencode({name: value for name, value in ATTEMPT.items() if name != field})
    assert site.heard(f"{others}&{field}={plus}12125550142")[field] == "+12125550142"


def test_every_diverting_number_keeps_its_plus_and_its_order(site: Site) -> None:
    heard = site.heard(urlencode(ATTEMPT) + "&diversion=+12125550101&diversion=%2B12125550102&diversion=12125550103")
    assert heard["diversion"] == ["+12125550101", "+12125550102", "12125550103"]


def test_blanks_that_are_no_plus_stay_blanks(site: Site) -> None:
    heard = site.heard(urlencode(ATTEMPT) + "&display_name=+5+Oaks+Dental&user_agent=Desk+Phone/1.0")
    assert heard["display_name"] == " 5 Oaks Dental"
    assert heard["user_agent"] == "Desk Phone/1.0"
    heard = site.heard(urlencode(ATTEMPT | {"from": ""}) + "&from=+anonymous")
    assert heard["from"] == " anonymous"


@pytest.mark.parametrize(("query", "accept"), [("?answer=code", "*/*"), ("", "text/plain"), ("", "Text/Plain;q=1, */*")])
def test_an_answer_in_text_is_one_code_or_a_code_with_its_headers(site: Site, query: str, accept: str) -> None:
    for media, write in ((FORM, urlencode), ("application/json", json.dumps)):
        allowed = site.ask(write(ATTEMPT), query=query, media=media, accept=accept)
        assert allowed.headers["content-type"] == "text/plain; charset=utf-8"
        assert (allowed.status_code, allowed.text) == (200, ALLOWED)
        refused = site.ask(write(ATTEMPT | {"to": "+8816000"}), query=query, media=media, accept=accept)
        assert (refused.status_code, refused.text) == (200, f"403 Forbidden\nReason: {REFUSED}")
        limited = site.ask(write(ATTEMPT | {"to": "+12125550199"}), query=query, media=media, accept=accept)
        assert limited.text == '480 Temporarily Unavailable\nReason: SIP;cause=480;text="two lines"\nRetry-After: 7'
        help_ = site.ask(write(ATTEMPT | {"to": "911"}), query=query, media=media, accept=accept)
        assert help_.text == ALLOWED


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain", "text/html"])
def test_who_does_not_ask_for_text_gets_json(site: Site, accept: str) -> None:
    assert site.ask(urlencode(ATTEMPT), accept=accept).json()["decision"] == "allow"
    assert site.ask(urlencode(ATTEMPT), query="?answer=json", accept=accept).json()["sip"]["code"] == 302


@pytest.mark.parametrize(
    ("query", "media", "body", "field", "says"),
    [
        ("?answer=loud", FORM, urlencode(ATTEMPT), "answer", "`code` or `json`"),
        ("?anwser=code", FORM, urlencode(ATTEMPT), "anwser", "known: answer"),
        ("?answer=code", "application/x-ndjson", f"{json.dumps(ATTEMPT)}\n" * 2, None, "for one call"),
        ("?answer=code", FORM, "to=%ff", None, "not a form"),
    ],
)
def test_what_cannot_be_answered_in_text_is_a_problem_and_never_a_302(
    site: Site, query: str, media: str, body: str, field: str | None, says: str
) -> None:
    answer = site.ask(body, query=query, media=media)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]
    assert answer.json()["error"].get("field") == field
    assert not answer.text.startswith(ALLOWED)


def test_a_caller_cannot_write_fields_of_its_own_into_an_escaped_form(site: Site) -> None:
    spoofed = "x&customer=quillfeather-sales&to=911"
    heard = site.heard(urlencode(ATTEMPT) + f"&display_name={quote(spoofed, safe='')}")
    assert heard == ATTEMPT | {"display_name": spoofed}
    answer = site.ask(urlencode(ATTEMPT) + f"&display_name={spoofed}")
    assert answer.status_code == 400, "a field that stands twice is refused, whatever it is"
