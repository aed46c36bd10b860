"""A customer's own pages: limits, findings, orders, letters, its own switch, appeals, requests; and nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_console import CHROMIUM, DESKTOP, FLAGS, PHONE

from fairwire.cli.serve import compose
from fairwire.enforcement.lifecycle import from_person
from fairwire.model.customers import Contact, Customer
from fairwire.model.instants import format_us
from fairwire.runtime import kill_switch, order_acts
from fairwire.runtime.case_registers import REVIEWS
from fairwire.runtime.clock_registers import NOTICES
from fairwire.runtime.clockwork import Clockwork
from fairwire.runtime.data import open_control
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.journal import Keeping
from fairwire.runtime.keys import Keyring, make_key, revoke_key
from fairwire.runtime.live import Live
from fairwire.runtime.registers import GRANTS
from fairwire.runtime.replay import now_us
from fairwire.runtime.secrets import load_secrets
from fairwire.testkit.servers import running
from traces import real_plan, table_for

pytestmark = pytest.mark.slow

OWN = Customer(
    id="hobnail-freight",
    name="Hobnail Freight",
    policy="natterbox",
    country="GB",
    timezone="Europe/London",
    numbers=("+442079460100",),
    addresses=("192.0.2.0/28",),
    user_limit=2,
    monthly_charge_limit="10.00",
    currency="GBP",
    opened="2020-01-01",
    contacts=(Contact(role="admin", email="admin@hobnail.example"),),
)
OTHER = Customer(id="umbra-mills", name="Umbra Mills", policy="natterbox", country="GB", numbers=("+442079460200",))


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    address: str
    data: Path
    live: Live
    key: str
    order_id: str

    @property
    def records(self) -> Any:
        return self.live._store.records


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("house")
    secrets, store, plan = load_secrets(data), open_control(data), real_plan()
    enforcing = Enforcing(store, clock=now_us, acts=True)
    clockwork = Clockwork(store.records, finding_of=store.finding, admit=enforcing.take)
    table = table_for(plan, [OWN, OTHER])
    live = Live(data, plan, table, store, now_us, data / "none", Keeping(), enforcing=enforcing, clockwork=clockwork)
    lines = [told(n, "user.added", user=user) for n, user in enumerate(("ann", "ben", "cem"))]
    lines += [told(9, "call.ended", **CALL)]
    assert live.accept(lines).accepted == len(lines)
    live.flush()
    order = ordered(store.records, "hobnail-freight", "Calls to expensive numbers through line 100")
    ordered(store.records, "umbra-mills", "Nobody else may read this")
    enforcing.move()
    clockwork.run_due(now_us())
    for kept in NOTICES.find(store.records):
        sent = msgspec.structs.replace(kept.noun, state="sent", sent_us=now_us())
        store.records.write([NOTICES.change(kept, sent, at_us=now_us(), by="fairwire", action="send")])
    key = make_key(data, "hobnail-admin", rights=[], on_failure=None, made=format_us(now_us()), customer="hobnail-freight")
    with running(compose(live, store, secrets, keys=Keyring(data), place=data)) as address:
        yield House(address=address, data=data, live=live, key=key, order_id=order)
    live.close()
    store.close()


CALL: dict[str, Any] = {
    "call_id": "c-1", "direction": "outbound", "from": "+442079460100", "line": "+442079460100", "user": "ann",
    "to": "+12125550101", "duration_s": 60, "disposition": "answered", "charge": "12.50", "currency": "GBP",
}  # fmt: skip


def told(number: int, type_: str, **data: Any) -> bytes:
    at = format_us(now_us() - 60_000_000 + number)
    times = {"start": at, "answer": at, "end": at} if type_ == "call.ended" else {}
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "pbx", "type": type_, "time": at}
    return json.dumps(named | {"data": {"customer": "hobnail-freight"} | data | times}).encode()


def ordered(records: Any, customer: str, why: str) -> str:
    now = now_us()
    order = from_person(
        by="person:dana", at_us=now, customer=customer, policy="natterbox", clauses=["N12"], step="suspend_outbound",
        reason=why, evidence=["case-7"], lasts_us=86_400_000_000,
    )  # fmt: skip
    return order_acts.put_on_record(records, order, now).order_id


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; install chromium or set FAIRWIRE_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, house: House) -> Iterator[Page]:
    opened = browser.new_page(viewport=request.param)
    opened.goto(f"{house.address}/portal")
    opened.get_by_label("Key").fill(house.key)
    opened.get_by_role("button", name="Sign in").click()
    expect(opened.get_by_role("heading", name="Your service")).to_be_visible()
    yield opened
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width <= request.param["width"], "nothing is cut off at the side"
    opened.close()


def test_N17_a_customer_sees_its_own_use_findings_orders_and_letters(page: Page) -> None:
    expect(page.get_by_text("12.50 GBP of 10.00 GBP, over the limit")).to_be_visible()
    expect(page.get_by_text("3 of 2, over the limit")).to_be_visible()
    expect(page.get_by_text("Calls to expensive numbers through line 100").first).to_be_visible()
    letters = page.get_by_role("region", name="Letters")
    expect(letters.locator("summary").first).to_be_visible()
    expect(page.get_by_text("Nobody else may read this")).to_have_count(0)
    expect(page.get_by_text("case-7")).to_have_count(0)


def test_N17_N13_a_customer_stops_a_line_and_lets_it_go_on(page: Page, house: House) -> None:
    mine = page.get_by_role("region", name="Your own switch")
    mine.get_by_label("Stop").select_option("line")
    mine.get_by_label("Which one").fill("+442079460100")
    mine.get_by_role("button", name="Stop it").click()
    expect(mine.get_by_text("line +442079460100")).to_be_visible()
    (stop,) = kill_switch.stops_of(house.records, "hobnail-freight")
    assert (stop.target, stop.line, stop.author) == ("line", "+442079460100", "customer:hobnail-freight")
    mine.get_by_role("button", name="Let it go on").click()
    expect(mine.get_by_role("button", name="Let it go on")).to_have_count(0)
    assert kill_switch.stops_of(house.records, "hobnail-freight") == []


def test_N17_a_customer_appeals_and_asks_for_permission(page: Page, house: House) -> None:
    done = page.get_by_role("region", name="What was done").locator("article").filter(has_text="Calls to expensive numbers")
    if done.get_by_text("Have it looked at again").count():
        done.get_by_text("Have it looked at again").first.click()
        done.get_by_label("Why it is wrong").first.fill("A customer of ours abroad, by contract")
        done.get_by_role("button", name="Ask for a review").first.click()
    expect(done.get_by_text("Review rv-").first).to_be_visible()
    (review,) = [kept.noun for kept in REVIEWS.find(house.records, subject=house.order_id)]
    assert (review.asked_by, review.state) == ("customer:hobnail-freight", "open")
    before = len(GRANTS.find(house.records, customer="hobnail-freight"))
    asking = page.get_by_role("region", name="Ask for permission")
    asking.locator("select[name=kind]").select_option("verified_number")
    assert page.viewport_size is not None
    asking.get_by_label("Addresses, or numbers").fill(f"+44207946{page.viewport_size['width']:04}")
    asking.get_by_label("From").fill("2027-02-01T09:00")
    asking.get_by_label("What for").fill("our own number at another provider")
    with page.expect_navigation():
        asking.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(GRANTS.find(house.records, customer="hobnail-freight")) == before + 1
    asking.get_by_label("Addresses, or numbers").fill("198.51.100.7")
    asking.get_by_label("From").fill("2027-02-01T09:00")
    asking.get_by_label("Until").fill("2027-02-02T09:00")
    asking.get_by_label("What for").fill("somebody else's network")
    asking.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("198.51.100.7")


def test_a_key_of_a_customer_opens_its_own_pages_and_nothing_else(house: House) -> None:
    with httpx.Client(base_url=house.address) as http:
        headers = {"Authorization": f"Bearer {house.key}"}
        for path in ("/v1/findings", "/v1/orders", "/v1/guard", "/v1/authorisations"):
            assert http.get(path, headers=headers).status_code == 403
        assert http.get("/orders", follow_redirects=False).headers["location"].startswith("/login")
        assert "Nobody else" not in http.get("/portal").text


def test_a_revoked_key_opens_nothing_any_more(browser: Browser, house: House) -> None:
    made = format_us(now_us())
    key = make_key(house.data, "leaver", rights=[], on_failure=None, made=made, customer="umbra-mills")
    page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]
    page.goto(f"{house.address}/portal")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nobody else may read this").first).to_be_visible()
    revoke_key(house.data, "leaver")
    page.reload()
    expect(page.get_by_label("Key")).to_be_visible()
    page.get_by_label("Key").fill("a-key-that-nobody-has")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That is no key of a customer.")
    page.close()
