"""The clauses on changes of a policy, from a changed pack to what customers get: by commands, over HTTP, and as mail arrives."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairwire.cli.serve import compose
from fairwire.model.instants import format_us, parse_us
from fairwire.runtime.data import open_control
from fairwire.runtime.live import open_live
from fairwire.runtime.secrets import load_secrets
from fairwire.testkit.servers import running
from fairwire.testkit.services import BarredPrefixes
from policy_office import Clock, Office, Postbox, customer, edit, mail_server, stopped_clock

pytestmark = pytest.mark.slow

OUT = {"direction": "outbound", "from": "+442079460018", "to": "+442079460555"}
MARCH = "2026-03-02T09:00:00Z"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("COLUMNS", "200")
    return Office(folder=tmp_path, clock=stopped_clock(monkeypatch, MARCH))


@pytest.fixture
def mail() -> Iterator[Postbox]:
    with mail_server() as box:
        yield box


def call(number: int, who: str, at: str, **more: Any) -> dict[str, Any]:
    """An answered call of a minute."""
    end = format_us(parse_us(at) + 60_000_000)
    data: dict[str, Any] = {
        "call_id": f"c-{number}",
        "customer": who,
        "direction": "outbound",
        "from": "+442079460018",
        "to": "+442079460555",
    }
    data |= {"start": at, "answer": at, "end": end, "duration_s": 60, "disposition": "answered"}
    event = {"specversion": "1.0", "id": f"e-{number}", "source": "pbx", "type": "call.ended", "time": end}
    return event | {"data": data | more}


def write_events(file: Path, events: list[dict[str, Any]]) -> str:
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return str(file)


def test_W11_every_customer_is_told_and_use_is_acceptance(office: Office, mail: Postbox) -> None:
    office.customers(
        customer("hobnail", "upstream_works", contacts=[
            {"role": "billing", "email": "pay@hobnail.example"}, {"role": "Legal", "email": "law@hobnail.example"},
        ]),
        customer("quillfeather", "upstream_works"),
        customer("brassica", "upstream_works", contacts=[]),
        customer("elsewhere", "caup"),
    )  # fmt: skip
    pack = office.pack("upstream_works")
    office.in_force(pack, "upstream_works", "--smtp", mail.address)
    mail.taken.clear()

    office.clock.set("2026-03-09T09:00:00Z")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 2.0.0"))
    edit(
        pack / "clauses.yaml",
        ("gist: No phishing and no identity theft.", "gist: No phishing, no identity theft, no cloned voices."),
    )
    said = office.in_force(pack, "upstream_works", "--smtp", mail.address, "--url", "https://provider.example")

    assert "in force since 2026-03-09T09:00:00Z" in said, "effective when it is published"
    assert "unreachable  brassica: its record has no contact" in said
    assert [recipients for _, recipients, _ in mail.taken] == [["law@hobnail.example"], ["it@quillfeather.example"]]
    sender, _, letter = mail.taken[0]
    assert sender == letter["From"] == "aup-review@upstream-works.example"
    assert letter["Date"] == "Mon, 09 Mar 2026 09:00:00 -0000"
    assert letter["Message-ID"].endswith("@upstream-works.example>")
    text = letter.get_content()
    assert "- Now: No phishing, no identity theft, no cloned voices. Before: No phishing and no identity theft." in text
    assert "https://provider.example/policy/upstream_works/2.0.0" in text
    notices = office.json("policy", "notices", "upstream_works@2.0.0", status=1)
    assert {each["customer"]: each["state"] for each in notices} == {
        "brassica": "unreachable",
        "hobnail": "sent",
        "quillfeather": "sent",
    }
    assert notices[1]["text"].strip() == text.replace("\r\n", "\n").strip(), "kept as sent"
    assert notices[1]["answer"].startswith("250 ")

    before = call(1, "hobnail", "2026-03-09T08:30:00Z")
    after = call(2, "hobnail", "2026-03-09T10:00:00Z", user="joan")
    later = call(3, "hobnail", "2026-03-09T11:00:00Z", user="jim")
    events = write_events(office.folder / "calls.jsonl", [before, after, later])
    office.clock.set("2026-03-10T00:00:00Z")
    found = office.json("policy", "acceptances", "upstream_works", "--from-events", events)
    # The call before the change is a use of the first version, the first one after it of the second.
    assert found["derived"] == 2
    assert found["accepted"] == [
        {
            "customer": "hobnail",
            "pack": "upstream_works",
            "version": "2.0.0",
            "how": "use",
            "at": "2026-03-09T10:01:00Z",
            "by": "joan",
            "evidence": "pbx e-2",
        }
    ]
    assert found["open"] == ["quillfeather", "brassica"]
    assert office.json("policy", "acceptances", "upstream_works", "--from-events", events)["derived"] == 0, "recorded once"


def test_V14_publishing_posts_the_page_dates_it_and_keeps_the_old_one_readable(office: Office) -> None:
    office.customers(customer("hobnail", "caup"))
    pack = office.pack("caup")
    office.in_force(pack, "caup")
    office.clock.set("2026-03-09T09:00:00Z")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 2.0.0"))
    edit(pack / "clauses.yaml", ("customers keep themselves informed", "customers look here"))
    said = office.in_force(pack, "caup")
    assert "in force since 2026-03-09T09:00:00Z" in said, "it takes effect at once"
    assert "notices    none: by its own terms a change is posted" in said

    secrets, store = load_secrets(office.data), open_control(office.data)
    service = open_live(office.data, office.customers_file, [], store)
    with running(compose(service, store, secrets)) as address, httpx.Client(base_url=address) as web:
        page = web.get("/policy/caup")
        assert page.status_code == 200
        assert "customers look here" in page.text
        assert '<time datetime="2026-03-09T09:00:00Z">9 March 2026, 09:00</time>' in page.text
        assert "<script" not in page.text
        old = web.get("/policy/caup/1.0.0")
        assert "customers keep themselves informed" in old.text
        assert "it was replaced on 9 March 2026, 09:00" in old.text
        assert '<a href="/policy/caup/1.0.0">1.0.0</a> in force from 2 March 2026 until 9 March 2026' in page.text
        assert web.get("/policy/caup", headers={"if-none-match": page.headers["etag"]}).status_code == 304
        assert page.headers["cache-control"] == "public, max-age=60"
        for path, status in (("/policy/caup/versions", 200), ("/policy", 200), ("/policy/caup/3.0.0", 404), ("/policy/no", 404)):
            assert web.get(path).status_code == status
    service.close()
    store.close()
    assert "customers keep themselves informed" in " ".join(office.run("policy", "show", "caup@1.0.0").split())
    out = office.folder / "old"
    office.run("policy", "show", "caup@1.0.0", "--out", str(out))
    assert "customers keep themselves informed" in (out / "clauses.yaml").read_text()
    assert office.run("policy", "check", str(out)).startswith("caup ")


@contextmanager
def pages(office: Office) -> Iterator[httpx.Client]:
    """The public pages, for somebody from outside."""
    store, service = open_control(office.data), BarredPrefixes(office.folder / "events.log", [])
    with running(compose(service, store, load_secrets(office.data))) as address, httpx.Client(base_url=address) as web:
        yield web
    service.close()
    store.close()


def test_J03_a_change_is_posted_and_nobody_is_written_to(office: Office, mail: Postbox) -> None:
    office.customers(customer("hobnail", "jns"))
    pack = office.pack("jns")
    said = office.in_force(pack, "jns", "--smtp", mail.address)
    assert "notices    none" in said
    assert mail.taken == []
    assert [each["state"] for each in office.json("policy", "versions", "jns")] == ["in_force"]
    with pages(office) as web:
        page = web.get("/policy/jns")
        assert '<time datetime="2026-03-02T09:00:00Z">2 March 2026, 09:00</time>' in page.text
        assert "We may change the policy at any time; changes are posted on our site." in page.text
        assert web.get("/policy/jns/1.0.0").text.count("<li id=") == page.text.count("<li id=") > 20


def attempt(number: str, who: str = "hobnail") -> bytes:
    """A call that asks whether it may be made, now."""
    data = {
        "call_id": f"d-{who}-{number}",
        "customer": who,
        "direction": "outbound",
        "from": "+442079460018",
        "to": "+442079460555",
    }
    return json.dumps(data).encode()


def decision(web: httpx.Client, token: str, who: str, number: int) -> str:
    """The policy that decides a call of a customer now."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = web.post("/v1/decisions", content=attempt(str(number), who), headers=headers)
    return str(answer.json()["policy"])


def test_N15_a_customer_chooses_its_day_and_is_judged_by_the_version_before_until_then(office: Office, mail: Postbox) -> None:
    office.customers(customer("early", "natterbox"), customer("late", "natterbox"))
    pack = office.pack("natterbox")
    office.in_force(pack, "natterbox", "--smtp", mail.address)
    mail.taken.clear()
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"), ("mode: alert", "mode: shadow"))
    office.clock.set("2026-03-03T09:00:00Z")
    office.run("policy", "submit", str(pack), "--by", "ana")
    office.run("policy", "review", "natterbox", "--by", "ben", "--approve", "--reason", "read")
    assert office.refusal("policy", "publish", "natterbox", "--by", "ben") == (
        "FW-VER-005 by its own terms a change of `natterbox` begins at an instant that is named; "
        "name it with `--at`, such as 2027-01-01T00:00:00Z"
    )
    said = office.run("policy", "publish", "natterbox", "--by", "ben", "--at", "2026-03-10T00:00:00Z", "--smtp", mail.address)
    assert "begins 2026-03-10T00:00:00Z" in said
    assert "on any day up to 2 April 2026" in mail.to("it@late.example")[0].get_content()

    told = office.run("policy", "schedule", "late", "natterbox", "--on", "2026-03-20", "--by", "Lee Late")
    assert told == "natterbox@1.1.0 begins for late on 2026-03-20 (2026-03-20T00:00:00Z); until then natterbox@1.0.0 holds\n"
    assert office.refusal("policy", "schedule", "late", "natterbox", "--on", "2026-05-01", "--by", "Lee") == (
        "FW-VER-010 2026-05-01 is after the window of 30 days that the terms of `natterbox@1.1.0` give (clause N15); "
        "the window ends at 2026-04-02T09:00:00Z"
    )
    assert office.refusal("policy", "schedule", "early", "natterbox", "--on", "2026-03-05", "--by", "Eve") == (
        "FW-VER-010 2026-03-05 cannot be chosen: `natterbox@1.1.0` begins for all at 2026-03-10T00:00:00Z; "
        "choose a later day; the window ends at 2026-04-02T09:00:00Z"
    )

    secrets, store = load_secrets(office.data), open_control(office.data)
    service = open_live(office.data, office.customers_file, ["natterbox", "caup"], store)
    with running(compose(service, store, secrets)) as address, httpx.Client(base_url=address) as web:
        seen: dict[str, list[str]] = {"early": [], "late": []}
        for number, now in enumerate(
            ("2026-03-09T23:59:59Z", "2026-03-10T00:00:00Z", "2026-03-19T23:59:59Z", "2026-03-20T00:00:00Z")
        ):
            office.clock.set(now)
            for who in seen:
                seen[who].append(decision(web, secrets.token, who, number))
        old, new = seen["early"][0], seen["early"][1]
        assert old != new
        assert seen == {"early": [old, new, new, new], "late": [old, old, old, new]}, "no restart, and each at its own instant"
        bearer = {"authorization": f"Bearer {secrets.token}"}
        refused = web.post(
            "/v1/policies/natterbox/changeovers", json={"customer": "early", "on": "x", "by": "Eve"}, headers=bearer
        )
        assert (refused.status_code, refused.json()["error"]["message"]) == (
            409,
            "`x` is not a day; write one such as 2026-12-24",
        )
    service.close()
    store.close()

    # The same events a year later, read as history: each by the version of its time and customer.
    office.clock.set("2027-03-01T00:00:00Z")
    days = ("2026-03-09T12:00:00Z", "2026-03-15T12:00:00Z", "2026-03-25T12:00:00Z")
    events = [call(100 + n, who, day) for n, day in enumerate(days) for who in ("early", "late")]
    for event in events:
        event["id"] += event["data"]["customer"]
        event["data"]["call_id"] += event["data"]["customer"]
    file = write_events(office.folder / "spring.jsonl", events)
    out = office.folder / "decisions.jsonl"
    office.run(
        "replay", file, "--customers", str(office.customers_file), "--decisions", str(out), "--rejects", str(office.folder / "r")
    )
    judged = [json.loads(line)["policy"] for line in out.read_text().splitlines()]
    assert sorted(judged) == sorted([old, old, new, old, new, new])


def test_C00_acceptance_is_recorded_for_each_customer_and_version(office: Office) -> None:
    office.customers(customer("hobnail", "clearspan"), customer("quillfeather", "clearspan"), customer("other", "jns"))
    pack = office.pack("clearspan")
    office.in_force(pack, "clearspan")
    said = office.run("policy", "accept", "hobnail", "clearspan", "--by", "Harriet Hob", "--evidence", "order 4711")
    assert said == "hobnail accepts clearspan@1.0.0: Harriet Hob, 2026-03-02T09:00:00Z\n"
    office.clock.set("2026-03-03T09:00:00Z")
    again = office.run("policy", "accept", "hobnail", "clearspan", "--by", "Somebody Else")
    assert again == "hobnail had accepted already clearspan@1.0.0: Harriet Hob, 2026-03-02T09:00:00Z\n"
    shown = office.run("policy", "acceptances", "clearspan")
    assert shown.splitlines() == [
        "clearspan@1.0.0  ####################....................  1 of 2 customers accepted",
        "  hobnail  explicit  2026-03-02T09:00:00Z  Harriet Hob (order 4711)",
        "  quillfeather  not yet",
    ]
    assert office.refusal("policy", "accept", "other", "clearspan", "--by", "O") == (
        "FW-VER-011 customer `other` is bound by `jns`, not by `clearspan`; name its own policy"
    )
    assert office.refusal("policy", "accept", "hobnial", "clearspan", "--by", "O") == (
        "FW-VER-011 there is no customer `hobnial`; did you mean `hobnail`?; it is looked for in the customers file"
    )

    secrets, store = load_secrets(office.data), open_control(office.data)
    service = open_live(office.data, office.customers_file, ["clearspan", "jns"], store)
    with running(compose(service, store, secrets)) as address, httpx.Client(base_url=address) as web:
        path, bearer = "/v1/policies/clearspan/acceptances", {"authorization": f"Bearer {secrets.token}"}
        assert web.post(path, json={"customer": "quillfeather", "by": "Q"}).status_code == 401
        first = web.post(path, json={"customer": "quillfeather", "by": "Quentin"}, headers=bearer)
        assert (first.status_code, first.json()["version"], first.json()["how"]) == (201, "1.0.0", "explicit")
        assert web.post(path, json={"customer": "quillfeather", "by": "Q"}, headers=bearer).status_code == 200
        nobody = web.post(path, json={"customer": "nobody", "by": "Q"}, headers=bearer)
        assert (nobody.status_code, nobody.json()["error"]["field"]) == (404, "customer")
        assert web.post(path, content=b"{", headers=bearer).status_code == 400
        assert web.post(path, json={"customer": "x"}, headers=bearer).json()["error"]["code"] == "FW-HTTP-002"
        versions = web.get("/v1/policies/clearspan/versions", headers=bearer).json()["versions"]
        assert [(each["version"], each["state"]) for each in versions] == [("1.0.0", "in_force")]
        assert web.get("/v1/policies", headers=bearer).json()["policies"][0]["in_force"]["version"] == "1.0.0"
    service.close()
    store.close()
    assert office.json("policy", "acceptances", "clearspan")["open"] == []


def test_a_running_service_records_the_first_use_of_a_version_and_takes_up_the_next_one(office: Office, clock: Clock) -> None:
    office.customers(customer("hobnail", "upstream_works"))
    pack = office.pack("upstream_works")
    office.in_force(pack, "upstream_works")
    store = open_control(office.data)
    service = open_live(office.data, office.customers_file, [], store)
    first = json.dumps(call(1, "hobnail", "2026-03-02T09:10:00Z")).encode()
    office.clock.set("2026-03-02T09:20:00Z")
    service.accept([first])
    service.decide(attempt("n"))
    service.flush()
    before = service.decide(attempt("o"))
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"), ("mode: alert", "mode: shadow"))
    office.in_force(pack, "upstream_works")
    office.clock.set("2026-03-02T09:30:00Z")
    number, after = 0, before
    while after.policy == before.policy:  # the new plan is made on another thread; calls are answered meanwhile
        number += 1
        threading.Event().wait(0.01)
        after = service.decide(attempt(f"p{number}"))
    service.close()
    found = [(each.version, each.evidence) for each in store.policies.acceptances("upstream_works")]
    assert found[0] == ("1.0.0", "pbx e-1")
    assert [version for version, _ in found] == ["1.0.0", "1.1.0"]
    store.close()


@pytest.fixture
def clock(office: Office) -> Clock:
    return office.clock


def test_what_stands_in_a_pack_cannot_become_markup_on_the_public_page(office: Office) -> None:
    office.customers(customer("hobnail", "caup"))
    pack = office.pack("caup")
    edit(pack / "clauses.yaml", ("customers keep themselves informed", "<script>alert(1)</script> & <b>more</b>"))
    office.in_force(pack, "caup")
    with pages(office) as web:
        page = web.get("/policy/caup")
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;more&lt;/b&gt;" in page.text
        assert "<script" not in page.text
        assert web.get("/policy/%3Cscript%3E").status_code == 404


def test_what_is_not_published_is_on_no_public_page_and_what_is_to_come_is_announced(office: Office) -> None:
    office.customers(customer("hobnail", "caup"))
    pack = office.pack("caup")
    office.run("policy", "submit", str(pack), "--by", "ana")
    with pages(office) as web:
        assert web.get("/policy/caup").status_code == web.get("/policy/caup/1.0.0").status_code == 404
        office.run("policy", "review", "caup", "--by", "ben", "--approve", "--reason", "read")
        office.run("policy", "publish", "caup", "--by", "ben", "--at", "2026-03-02T09:00:30Z")
        assert web.get("/policy/caup").headers["location"] == "/policy/caup/1.0.0"
        coming = web.get("/policy/caup/1.0.0")
        assert "This version is not in force yet: it begins on 2 March 2026, 09:00." in coming.text
        assert coming.headers["cache-control"] == "public, max-age=30", "no cache shows it as to come when it is in force"
        office.clock.set("2026-03-02T09:00:30Z")
        assert "This version is not in force yet" not in web.get("/policy/caup").text


def sign_in(web: httpx.Client, token: str) -> None:
    page = web.get("/login")
    form = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
    assert form
    assert web.post("/login", data={"form": form[1], "token": token, "next": "/"}).status_code == 303


def test_a_version_is_reviewed_and_published_from_the_console_by_forms_of_its_own_pages_only(office: Office) -> None:
    office.customers(customer("hobnail", "upstream_works"))
    office.run("policy", "submit", str(office.pack("upstream_works")), "--by", "ana", "--note", "first <b>version</b>")
    secrets, store = load_secrets(office.data), open_control(office.data)
    service = open_live(office.data, office.customers_file, [], store)
    app = compose(service, store, secrets, public_url="https://provider.example")
    with running(app) as address, httpx.Client(base_url=address) as web:
        path = "/policies/upstream_works/versions"
        assert web.get(path).headers["location"] == "/login?next=%2Fpolicies%2Fupstream_works%2Fversions"
        assert web.post(path, data={"act": "approve"}).status_code == 303, "nobody is signed in"
        sign_in(web, secrets.token)
        page = web.get(path).text
        assert "first &lt;b&gt;version&lt;/b&gt;" in page
        form = re.search(r'name="form" value="([0-9a-f]+)"', page)
        assert form
        fields = {"form": form[1], "version": "1.0.0", "by": "Ana", "reason": "fine", "act": "approve"}
        assert web.post(path, data=fields | {"form": "0" * 64}).status_code == 403
        refused = web.post(path, data=fields)
        assert refused.status_code == 409
        assert "`Ana` may be `ana`, who wrote `upstream_works@1.0.0` and cannot approve it" in refused.text
        assert web.post(path, data=fields | {"by": "Ben"}).status_code == 303
        assert web.post(path, data=fields | {"by": "Ben", "act": "publish", "at": "tomorrow"}).status_code == 409
        assert web.post(path, data=fields | {"by": "Ben", "act": "publish"}).status_code == 303
        assert "in force from 2 March 2026, 09:00" in web.get(path).text
        assert web.get("/policies/nothing/versions").status_code == 404
    service.close()
    store.close()
    (notice,) = office.json("policy", "notices", "upstream_works")
    assert (notice["state"], notice["customer"]) == ("queued", "hobnail")
    assert "https://provider.example/policy/upstream_works/1.0.0" in notice["text"]
    history = office.json("policy", "history", "upstream_works")
    assert [(each["action"], each["by"]) for each in history] == [("submit", "ana"), ("approve", "Ben"), ("publish", "Ben")]
