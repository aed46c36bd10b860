"""The console as people use it: in a browser, by keyboard, on a phone, and from outside without a token."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fairwire.cli.serve import compose
from fairwire.ports.control import ControlStore
from fairwire.runtime.secrets import load_secrets
from fairwire.stores.sqlite import open_store
from fairwire.testkit.samples import SampleRun, sample_run
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes

pytestmark = pytest.mark.slow

CHROMIUM = Path(os.environ.get("FAIRWIRE_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WORST = "212 calls showed +442079460991, which is not a number of this customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running console, what is in it, and its token."""

    address: str
    token: str
    store: ControlStore
    sample: SampleRun


@pytest.fixture
def empty_desk(tmp_path: Path) -> Iterator[Desk]:
    secrets = load_secrets(tmp_path / "data")
    store = open_store(tmp_path / "data")
    service = BarredPrefixes(tmp_path / "events.log", ["+88"])
    with running(compose(service, store, secrets)) as address:
        yield Desk(address=address, token=secrets.token, store=store, sample=sample_run())
    service.close()
    store.close()


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    empty_desk.sample.save(empty_desk.store)
    return empty_desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}; install chromium or set FAIRWIRE_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A desktop page; an error of a script fails the test."""
    yield from _page(browser, DESKTOP)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from _page(browser, PHONE)


def _page(browser: Browser, size: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": size["width"], "height": size["height"]})
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda message: broken.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    context.close()
    assert broken == []


def sign_in(page: Page, desk: Desk, path: str = "/") -> None:
    page.goto(desk.address + path)
    page.get_by_label("Operator’s token").fill(desk.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(desk.address + path)


def reasons(page: Page) -> list[str]:
    return page.locator(".row-link").all_inner_texts()


@contextmanager
def signed_in(desk: Desk) -> Iterator[httpx.Client]:
    """A client with a session, as a script would get one."""
    with httpx.Client(base_url=desk.address, timeout=30) as client:
        form = re.search(r'name="form" value="([0-9a-f]+)"', client.get("/login").text)
        assert form is not None
        answer = client.post("/login", data={"token": desk.token, "form": form[1], "next": "/"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        yield client


# Page one


def test_the_page_says_what_is_wrong_worst_first(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    expect(page.get_by_role("heading", name="What is wrong now")).to_be_visible()
    expect(page.get_by_text("20 findings", exact=True)).to_be_visible()
    shown = reasons(page)
    assert len(shown) == 20
    assert shown[0] == WORST
    row = page.locator("tr.finding").first
    for text in (
        "critical",
        "quillfeather-sales",
        "line +12025550162",
        "A07",
        "no caller id",
        "Block new calls",
        "enforce",
        "212",
    ):
        expect(row).to_contain_text(text)
    for count in ("3 critical", "4 high", "5 medium", "4 low", "4 info"):
        expect(page.get_by_role("link", name=count)).to_be_visible()
    expect(page.locator(".versions")).to_contain_text("acme 7c1e9a40")


def test_the_chart_tells_its_story_in_words_and_hours(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    chart = page.get_by_role("img", name="Calls and findings per hour")
    expect(chart).to_be_visible()
    expect(chart.locator("desc")).to_have_text(
        re.compile(r"2 Mar 00:00 to 5 Mar 00:00 UTC: [\d,]+ calls, \d+ of them refused, 20 f")
    )
    assert chart.locator(".hit").count() == 72
    expect(chart.locator(".hit title").nth(51)).to_have_text(
        re.compile(r"4 Mar 03:00 UTC, hour: \d+ calls, \d+ refused; findings: 1 critical")
    )
    assert chart.locator("text.tick", has_text="3 Mar").count() == 1


def test_a_filter_narrows_the_list_without_a_reload(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.evaluate("window.stillHere = true")
    page.get_by_role("combobox", name="Clause").select_option("A06")
    expect(page.locator("tr.finding")).to_have_count(3)
    page.get_by_role("combobox", name="Severity").select_option("critical")
    expect(page.get_by_text("No finding matches")).to_be_visible()
    page.get_by_role("combobox", name="Severity").select_option("")
    page.get_by_role("combobox", name="Customer").select_option("hobnail-freight")
    expect(page.locator("tr.finding")).to_have_count(1)
    assert page.url.endswith("/?clause=A06&customer=hobnail-freight")
    assert page.evaluate("window.stillHere") is True
    page.reload()
    expect(page.locator("tr.finding")).to_have_count(1)
    page.get_by_role("link", name="Clear", exact=True).click()
    expect(page.locator("tr.finding")).to_have_count(20)


def test_counts_and_clauses_are_filters_too(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_role("link", name="3 critical").click()
    expect(page.locator("tr.finding")).to_have_count(3)
    page.locator(".clauses").get_by_role("link", name=re.compile("A03")).click()
    expect(page.locator("tr.finding")).to_have_count(2)
    page.get_by_role("link", name="2 critical").click()
    expect(page.locator("tr.finding")).to_have_count(3)


def test_keys_find_move_and_open(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find")).to_be_focused()
    page.keyboard.type("satellite")
    expect(page.locator("tr.finding")).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".row-link").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".row-link").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row-link").nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("188.40 USD")
    expect(page.locator(".place")).to_have_text("1 of 3")
    page.keyboard.press("j")
    expect(page.locator(".place")).to_have_text("2 of 3")
    page.keyboard.press("k")
    expect(page.locator(".place")).to_have_text("1 of 3")
    page.keyboard.press("u")
    expect(page.locator("tr.finding")).to_have_count(3)


def test_keys_can_be_switched_off_and_stay_off(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_label("keys on").uncheck()
    page.reload()
    expect(page.get_by_label("keys on")).not_to_be_checked()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find")).not_to_be_focused()


def test_a_new_finding_appears_by_itself_and_the_reader_stays_where_he_was(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.evaluate("window.stillHere = true")
    page.keyboard.press("j")
    page.keyboard.press("j")
    here = page.evaluate("document.activeElement.textContent")
    fresh = msgspec.structs.replace(
        desk.sample.findings[0], finding_id="0123456789abcdef", reason="300 calls came from nowhere", time="2026-03-04T23:00:00Z"
    )
    desk.store.save_run(desk.sample.run, [fresh], (), (), ())
    expect(page.get_by_text("300 calls came from nowhere")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("21 findings", exact=True)).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == here
    assert page.evaluate("window.stillHere") is True
    expect(page.get_by_role("status")).to_contain_text("last changed")


def test_the_list_is_fetched_again_only_when_something_changed(desk: Desk) -> None:
    with signed_in(desk) as client:
        first = client.get("/fragments/now?clause=A06")
        again = client.get("/fragments/now?clause=A06", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get("/fragments/now", headers={"If-None-Match": first.headers["etag"]}).status_code == 200
        desk.sample.save(desk.store)
        assert client.get("/fragments/now?clause=A06", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_an_empty_console_says_what_to_do(page: Page, empty_desk: Desk) -> None:
    sign_in(page, empty_desk)
    expect(page.get_by_text("Nothing has been looked at yet")).to_be_visible()
    expect(page.get_by_text("fairwire replay")).to_be_visible()
    empty_desk.store.save_run(empty_desk.sample.run, (), (), (), empty_desk.sample.series)
    expect(page.get_by_text("Nothing is wrong")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("3 records could not be read and were set aside")).to_be_visible()


def test_a_long_list_shows_its_worst_and_offers_the_rest(page: Page, desk: Desk) -> None:
    many = [
        msgspec.structs.replace(desk.sample.findings[-1], finding_id=f"{number:016x}", reason=f"one of many, {number}")
        for number in range(150)
    ]
    desk.store.save_run(desk.sample.run, many, (), (), ())
    sign_in(page, desk)
    expect(page.locator("tr.finding")).to_have_count(100)
    assert reasons(page)[0] == WORST
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("tr.finding")).to_have_count(170)


def test_another_run_can_be_chosen(page: Page, desk: Desk) -> None:
    other = msgspec.structs.replace(desk.sample.run, run_id="run-later", started="2026-03-06T06:30:00Z")
    desk.store.save_run(other, (), (), (), ())
    sign_in(page, desk)
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    page.get_by_role("combobox", name="Run").select_option(desk.sample.run.run_id)
    expect(page.locator("tr.finding")).to_have_count(20)


# Page two


def test_a_finding_shows_clause_values_evidence_and_what_would_be_done(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_role("link", name=re.compile("188.40 USD")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "47 calls to satellite and premium numbers in one hour cost 188.40 USD; 25.00 USD is the limit"
    )
    main = page.get_by_role("main")
    for text in (
        "A03",
        "no abuse and no fraud",
        "acme, section 2, first list, third item",
        "charge to high-risk destinations in 1 hour",
        "rule: at least 25.00 USD",
        "Block satellite calls",
        "ends by itself 5 Mar 03:41, after 24 h; needs no approval",
        "Suspend outbound calls of line +12025550117",
        "needs 1 approval",
        "Dry run: nothing was sent",
        "Calls of this kind are connected again at the next attempt.",
        "A freight office that calls ships at sea",
        "toll_fraud.high_risk_spend",
        "4 Mar 03:41:00 UTC",
    ):
        expect(main).to_contain_text(text)
    first = page.locator(".comparisons li").first
    expect(first.locator(".measured b")).to_have_text("188.40 USD")
    expect(first.locator(".verdict")).to_have_text("holds")
    value, threshold = (first.locator(f".bullet .{name}").bounding_box() for name in ("value", "threshold"))
    assert value is not None
    assert threshold is not None
    assert value["x"] + value["width"] > threshold["x"], "the bar passes the threshold"
    expect(page.get_by_role("img", name="Calls per 30 minutes round the finding")).to_be_visible()
    expect(page.get_by_text("rule true 03:41").first).to_be_visible()
    rows = page.locator(".events tbody tr")
    expect(rows).to_have_count(20)
    for text in ("+12025550117", "answered", "3.94 USD", "2:28"):
        expect(rows.first).to_contain_text(text)
    expect(page.locator("#reproduce")).to_contain_text("fairwire explain 4aa8d6c5d785f29e")


def test_a_value_that_is_not_known_says_nothing_and_is_not_zero(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_role("link", name=re.compile("71 call attempts")).click()
    page.get_by_text("1 more comparison of the rule").click()
    unknown = page.locator(".comparisons li.unknown")
    expect(unknown).to_contain_text("not known")
    expect(unknown).to_contain_text("says nothing")
    expect(unknown.locator(".bullet .value")).to_have_count(0)


def test_previous_and_next_follow_the_filtered_list(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "/?clause=A06")
    page.locator(".row-link").first.click()
    expect(page.locator(".place")).to_have_text("1 of 3")
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".place")).to_have_text("3 of 3")
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="← What is wrong now").click()
    expect(page.locator("tr.finding")).to_have_count(3)


def test_the_command_to_reproduce_can_be_copied(page: Page, desk: Desk) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.address)
    sign_in(page, desk)
    page.locator(".row-link").first.click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.replace(" \\\n ", "") == desk.sample.evidence[2].reproduce


def test_a_finding_without_evidence_still_shows_its_own_numbers(page: Page, desk: Desk) -> None:
    bare = msgspec.structs.replace(desk.sample.findings[0], finding_id="beefbeefbeefbeef")
    desk.store.save_run(desk.sample.run, [bare], (), (), ())
    sign_in(page, desk, "/findings/beefbeefbeefbeef")
    expect(page.get_by_role("main")).to_contain_text("188.40 USD")
    expect(page.get_by_text("The events of this finding were not kept.")).to_be_visible()
    expect(page.get_by_text("Nothing: no step of the ladder is taken")).to_be_visible()


def test_words_from_traffic_are_shown_and_never_run(page: Page, desk: Desk) -> None:
    nasty = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
    finding = msgspec.structs.replace(
        desk.sample.findings[0],
        finding_id="badbadbadbadbad0",
        reason=nasty,
        customer="a&b\"c'<d>",
        line=nasty,
        time="2026-03-04T23:59:00Z",
    )
    proof = msgspec.structs.replace(
        desk.sample.evidence[0],
        finding_id=finding.finding_id,
        reproduce=nasty,
        events=({"time": nasty, "from": nasty, "to": [nasty], "disposition": nasty, "charge": nasty},),
        explanation={"rule": nasty, "innocent": [nasty], "clauses": [{"id": "A03", "gist": nasty, "place": nasty}]},
    )
    desk.store.save_run(desk.sample.run, [finding], [proof], (), ())
    sign_in(page, desk)
    expect(page.locator("tr.finding").first).to_contain_text(nasty)
    page.locator(".row-link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(nasty)
    assert page.evaluate("window.owned") is None


# On a phone, and for everybody


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(page: Page, desk: Desk, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(desk.address + "/login")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    sign_in(page, desk)
    for path in (
        "/",
        "/?severity=info",
        "/nothing-here",
        "/policies",
        "/policies/jns",
        *(f"/findings/{one.finding_id}" for one in desk.sample.findings[:9:4]),
    ):
        page.goto(desk.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_a_phone_shows_the_same_findings_and_a_chart_drawn_for_it(phone: Page, desk: Desk) -> None:
    sign_in(phone, desk)
    assert len(reasons(phone)) == 20
    expect(phone.locator(".chart-narrow").first).to_be_visible()
    expect(phone.locator(".chart-wide").first).to_be_hidden()
    size = phone.evaluate("""() => {
        const svg = document.querySelector(".chart-narrow");
        return parseFloat(getComputedStyle(svg.querySelector("text")).fontSize) * svg.clientWidth / svg.viewBox.baseVal.width;
    }""")
    assert size > 9, "the words in the chart can be read"
    phone.locator("tr.finding").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(WORST)


def test_every_field_has_a_name_and_every_page_one_heading_and_a_language(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    for path in ("/", f"/findings/{desk.sample.findings[0].finding_id}"):
        page.goto(desk.address + path)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("h1").count() == 1
        nameless = page.evaluate("""() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
            .filter((one) => one.checkVisibility())
            .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label")))
            .map((one) => one.outerHTML)""")
        assert nameless == []


def test_the_list_and_its_filters_work_without_script(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, desk)
    page.get_by_role("searchbox", name="Find").fill("harass")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tr.finding")).to_have_count(3)
    context.close()


# Who may look


@pytest.mark.parametrize("path", ["/", "/findings/4aa8d6c5d785f29e", "/?clause=A06"])
def test_nothing_is_shown_before_signing_in_and_then_the_page_asked_for_is(page: Page, desk: Desk, path: str) -> None:
    answer = httpx.get(desk.address + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")
    assert "quillfeather" not in answer.text
    assert httpx.get(desk.address + "/fragments/now").status_code == 401
    sign_in(page, desk, path)
    expect(page.get_by_role("main")).to_be_visible()


def test_a_wrong_token_is_refused_in_words(page: Page, desk: Desk) -> None:
    page.goto(desk.address + "/")
    page.get_by_label("Operator’s token").fill("not the token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text(
        "That is not the token of this server, nor the key of somebody who works here."
    )
    page.get_by_label("Operator’s token").fill(desk.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("20 findings", exact=True)).to_be_visible()


def test_signing_out_ends_it(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(desk.address + "/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_left_open_says_when_it_was_signed_out(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.context.clear_cookies()
    expect(page.get_by_role("status")).to_contain_text("Signed out", timeout=15_000)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(desk: Desk) -> None:
    with signed_in(desk) as client:
        session = next(
            cookie for cookie in client.cookies.jar if cookie.name.startswith("fairwire_") and "form" not in cookie.name
        )
        assert session.value is not None
        assert desk.token not in session.value
        assert session.has_nonstandard_attr("HttpOnly")
        assert session.get_nonstandard_attr("SameSite") == "strict"
        parts = session.value.split(".")
        for forged in (
            f"{parts[0]}.{int(parts[1]) + 9}.{parts[2]}",
            f"x{parts[0]}.{parts[1]}.{parts[2]}",
            f"{parts[0]}.{parts[1]}.{'0' * 64}",
            "..",
            "a.b.c",
            f"{parts[0]}.{'9' * 400}.{parts[2]}",
        ):
            assert httpx.get(desk.address + "/", cookies={session.name: forged}).status_code == 303


@pytest.mark.parametrize("goal", ["https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)", "/a\nb", ""])
def test_signing_in_never_leads_to_another_site(desk: Desk, goal: str) -> None:
    with httpx.Client(base_url=desk.address, timeout=30) as client:
        form = re.search(r'name="form" value="([0-9a-f]+)"', client.get("/login").text)
        assert form is not None
        answer = client.post("/login", data={"token": desk.token, "form": form[1], "next": goal})
        assert answer.headers["location"] == "/"


def test_forms_from_elsewhere_do_nothing(desk: Desk) -> None:
    answer = httpx.post(desk.address + "/login", data={"token": desk.token, "form": "0" * 64})
    assert answer.status_code == 403
    assert "set-cookie" in answer.headers
    assert "Please try again" in answer.text
    with signed_in(desk) as client:
        assert client.post("/logout", data={"form": "0" * 64}).status_code == 403
        assert client.get("/").status_code == 200, "still signed in"
        assert client.post("/login", content=b"x" * 100_000).status_code == 403


def test_an_unknown_address_is_a_page_in_words(desk: Desk) -> None:
    with signed_in(desk) as client:
        for path in ("/nothing-here", "/findings/ffffffffffffffff", "/static/nothing.css"):
            answer = client.get(path)
            assert answer.status_code == 404, path
        assert "There is no finding" in client.get("/findings/ffffffffffffffff").text


def test_a_store_that_fails_is_told_in_words(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairwire.stores.sqlite.errors import StoreBusy

    with signed_in(desk) as client:

        def busy() -> int:
            raise StoreBusy("the store is locked by another process")

        monkeypatch.setattr(desk.store, "revision", busy)
        answer = client.get("/")
        assert answer.status_code == 503
        assert "the store is locked by another process" in answer.text
        assert client.get("/fragments/now").status_code == 503


def test_pages_keep_browsers_strict(desk: Desk) -> None:
    with signed_in(desk) as client:
        for path in ("/", "/login", "/nothing-here"):
            answer = client.get(path)
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert "style=" not in answer.text
            assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)


def test_policies_show_what_is_enforced_and_lead_to_the_clauses(page: Page, desk: Desk) -> None:
    sign_in(page, desk)
    page.get_by_role("link", name="Policies").click()
    cards = page.locator(".policy-card")
    expect(cards).to_have_count(5)
    clearspan = cards.filter(has_text="Clearspan")
    expect(clearspan.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"\d+ working, \d+ partial, \d+ not yet"))
    clearspan.get_by_role("link", name="Clearspan").click()
    page.wait_for_url(desk.address + "/policies/clearspan")
    expect(page.locator(".clause-row")).to_have_count(20)
    dialling = page.locator("#C02")
    expect(dialling).to_contain_text("Do not use automatic diallers.")
    expect(dialling.get_by_role("link", name="voice.auto_dialling")).to_have_attribute("href", "/?detector=voice.auto_dialling")


def test_clauses_are_filtered_by_status_without_a_script(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, desk, "/policies/clearspan")
    counts = {name: int(page.locator(f"a.st-{name} b").inner_text()) for name in ("working", "partial", "not_yet")}
    assert sum(counts.values()) == 20
    for name, count in counts.items():
        page.locator(f"a.st-{name}").first.click()
        expect(page.locator(".clause-row")).to_have_count(count)
        expect(page.locator(f".clause-row.edge-st-{name}")).to_have_count(count)
    page.get_by_role("link", name="Show all").first.click()
    expect(page.locator(".clause-row")).to_have_count(20)
    context.close()


def test_a_policy_fits_a_phone_and_is_reached_by_keyboard(phone: Page, desk: Desk) -> None:
    sign_in(phone, desk, "/policies/natterbox")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert phone.locator("a.status").first.evaluate("link => link.getBoundingClientRect().height") >= 40
    phone.locator("#N08 summary").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#N08 .cl-tests li").first).to_be_visible()


def test_a_clause_that_fired_says_how_often_and_shows_it(page: Page, desk: Desk) -> None:
    finding = desk.sample.findings[0]
    policy = msgspec.structs.replace(finding.policy, id="clearspan")
    seen = [
        msgspec.structs.replace(finding, finding_id=f"f-seen-{n}", policy=policy, clauses=("C02",), mode=mode)
        for n, mode in enumerate(("shadow", "alert", "alert"))
    ]
    desk.store.save_run(desk.sample.run, seen, [], [], [])
    sign_in(page, desk, "/policies/clearspan")
    row = page.locator("#C02 .cl-fired")
    expect(row).to_contain_text("2 findings, 1 in shadow")
    expect(row.get_by_role("img")).to_have_attribute("aria-label", "3 at most on one of 30 days")
    expect(page.locator("#C03 .cl-fired")).to_contain_text("no finding")


def test_a_policy_that_is_not_in_force_is_said_to_be_none(desk: Desk) -> None:
    with signed_in(desk) as client:
        answer = client.get("/policies/harbour")
        assert answer.status_code == 404
        assert "No policy “harbour” is in force here." in answer.text
        assert client.get("/policies/clearspan?status=<script>").status_code == 200
