"""Orders in the console: a person with a key of their own agrees, lifts, gives and stops; on a phone, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_console import CHROMIUM, DESKTOP, FLAGS, PHONE

from fairwire.cli.serve import compose
from fairwire.enforcement.lifecycle import from_person
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore
from fairwire.runtime import order_acts
from fairwire.runtime.keys import Keyring, make_key, revoke_key
from fairwire.runtime.replay import now_us
from fairwire.runtime.secrets import load_secrets
from fairwire.stores.sqlite import open_store
from fairwire.testkit.samples import sample_run
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    address: str
    data: Path
    store: ControlStore
    keys: dict[str, str]

    def order(self, step: str = "terminate", by: str = "person:operator") -> Order:
        now = now_us()
        order = from_person(
            by=by,
            at_us=now,
            customer="hobnail-freight",
            policy="clearspan@1",
            clauses=["C03"],
            step=step,  # type: ignore[arg-type]
            reason="A stolen identity opened this account",
            evidence=["case-7"],
        )
        return order_acts.put_on_record(self.store.records, order, now)

    def state(self, order: Order) -> str:
        return order_acts.find_order(self.store.records, order.order_id).noun.state


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    data = tmp_path / "data"
    secrets, store = load_secrets(data), open_store(data)
    sample_run().save(store)
    service = BarredPrefixes(tmp_path / "events.log", [])
    keys = {
        name: make_key(data, name, rights=rights, on_failure=None, made="2026-03-04T00:00:00Z")  # type: ignore[arg-type]
        for name, rights in {"dana": ["desk"], "eli": ["desk", "approve"], "sbc": ["decide"]}.items()
    }
    with running(compose(service, store, secrets, keys=Keyring(data))) as address:
        yield Office(address=address, data=data, store=store, keys=keys | {"operator": secrets.token})
    service.close()
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; install chromium or set FAIRWIRE_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


def sign_in(browser: Browser, office: Office, who: str, path: str, *, phone: bool = False) -> Page:
    page = browser.new_page(viewport=PHONE if phone else DESKTOP)  # type: ignore[arg-type]
    page.goto(office.address + path)
    page.get_by_label("token").fill(office.keys[who])
    page.get_by_role("main").get_by_role("button").click()
    return page


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_second_person_agrees_to_an_order_that_waits(browser: Browser, office: Office, phone: bool) -> None:
    order = office.order()
    page = sign_in(browser, office, "eli", "/orders", phone=phone)
    expect(page.get_by_title("1 order waiting for people")).to_be_visible()
    page.get_by_role("link", name="Terminate the customer").click()
    page.get_by_label("Reason; it stays on record").fill("seen the papers")
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_text("in force", exact=True)).to_be_visible()
    expect(page.get_by_text("by eli: seen the papers")).to_be_visible()
    assert office.state(order) == "in_force"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (PHONE if phone else DESKTOP)["width"], "nothing is cut off at the side"
    page.close()


def test_whoever_gave_the_order_or_may_not_agree_is_told(browser: Browser, office: Office) -> None:
    order = office.order()
    page = sign_in(browser, office, "operator", f"/orders/{order.order_id}")
    expect(page.get_by_text("You gave this order, so somebody else must agree.")).to_be_visible()
    page.get_by_label("Reason; it stays on record").fill("mine")
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_role("alert")).to_contain_text("who gives an order cannot approve it")
    page.close()
    page = sign_in(browser, office, "dana", f"/orders/{order.order_id}")
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    page.close()
    assert office.state(order) == "waiting"


def test_a_person_orders_something_about_a_finding_and_lifts_it(browser: Browser, office: Office) -> None:
    finding = next(each for each in sample_run().findings if each.line)
    page = sign_in(browser, office, "dana", f"/findings/{finding.finding_id}")
    page.get_by_text("Give an order").click()
    page.get_by_label("Step").select_option("block")
    page.get_by_label("Touches").select_option(label=f"line {finding.line}")
    page.get_by_label("Reason, told to the customer").fill("Seen by hand")
    page.get_by_role("button", name="Give the order").click()
    expect(page.get_by_text("in force", exact=True)).to_be_visible()
    (order,) = order_acts.find_orders(office.store.records, states=["in_force"])
    assert (order.step, order.line, order.finding_id, order.author) == (
        "block",
        finding.line,
        finding.finding_id,
        "person:dana",
    )
    page.get_by_label("Reason; it stays on record").fill("they answered")
    page.get_by_role("button", name="Lift").click()
    expect(page.get_by_text("Ended because")).to_be_visible()
    assert office.state(order) == "lifted"
    page.goto(f"{office.address}/findings/{finding.finding_id}")
    expect(page.get_by_role("link", name="Block")).to_be_visible()
    page.close()


def test_the_button_stops_everything_and_every_page_says_so(browser: Browser, office: Office) -> None:
    page = sign_in(browser, office, "eli", "/orders")
    page.get_by_label("Reason").fill("storm of false findings")
    page.get_by_role("button", name="Stop all automatic action").click()
    page.goto(office.address)
    expect(page.get_by_text("All automatic action is stopped since")).to_contain_text("by eli: storm of false findings.")
    page.goto(f"{office.address}/orders")
    page.get_by_label("Reason").fill("mended")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("All automatic action is stopped")).to_have_count(0)
    assert order_acts.guard_of(office.store.records).automatic
    page.close()


def test_a_revoked_key_is_signed_out_and_a_proxys_key_never_signs_in(browser: Browser, office: Office) -> None:
    page = sign_in(browser, office, "dana", "/orders")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    revoke_key(office.data, "dana")
    page.reload()
    expect(page.get_by_label("token")).to_be_visible()
    page.get_by_label("token").fill(office.keys["sbc"])
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("nor the key of somebody who works here")
    page.close()


def test_forms_from_elsewhere_do_nothing(office: Office) -> None:
    order = office.order()
    with httpx.Client(base_url=office.address) as http:
        for path in (f"/orders/{order.order_id}", "/guard", "/orders"):
            answer = http.post(path, data={"act": "agree", "reason": "x", "form": "forged"})
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login")
    assert office.state(order) == "waiting"
