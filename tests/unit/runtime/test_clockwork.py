"""The clock of the desk: nobody is told twice, nothing is forgotten, whatever fails, dies, or is set back in between."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.enforcement.lifecycle import from_person
from fairwire.model.customers import Contact, Customer
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us, parse_us
from fairwire.model.notices import Notice
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.ports.records import RecordStore
from fairwire.runtime import business_days, deadlines, letter_acts, order_acts
from fairwire.runtime.business_days import BusinessCalendar
from fairwire.runtime.clock_registers import DEADLINES, LINES, NOTICES, ORDER_CHANGES
from fairwire.runtime.clockwork import Clockwork
from fairwire.runtime.data import open_control
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.letter_box import LetterBox
from fairwire.runtime.letters import NoSuchNotice
from fairwire.runtime.mailing import mail_server as server_named
from fairwire.runtime.ordered import BadOrderChange, order_change
from fairwire.runtime.packs import read_pack
from fairwire.runtime.posting import Sending, send_waiting
from fairwire.runtime.registers import ORDERS
from limit_office import body, subjects
from policy_office import Clock, Postbox, edit
from policy_office import mail_server as smtp_server

NOON = "2026-03-02T12:00:00Z"
IT = "it@hobnail.example"
HOBNAIL = Customer(
    id="hobnail", name="Hobnail Freight", policy="natterbox", country="GB", region="ENG", timezone="Europe/London",
    currency="GBP", user_limit=5, user_price="31.00", contacts=(Contact(role="admin", email=IT),),
)  # fmt: skip


class Office:
    """Orders on record, and what customers are told of them."""

    def __init__(self, folder: Path, box: Postbox) -> None:
        self.folder, self.box = folder, box
        self.clock = Clock(parse_us(NOON))
        self.control = open_control(folder / "data")
        self.records: RecordStore = self.control.records
        self.customers = {HOBNAIL.id: HOBNAIL}
        self.packs: dict[str, Pack] = {name: read_pack(name) for name in ("natterbox", "clearspan", "jns")}
        self.enforcing = Enforcing(self.control, clock=lambda: self.clock.now_us, acts=True)
        self.clockwork = self.another()

    def another(self) -> Clockwork:
        """A second process on the same store."""
        return Clockwork(
            self.records,
            finding_of=lambda _: None,
            admit=self.enforcing.take,
            packs=lambda: self.packs,
            customer_of=self.customers.get,
        )

    def change(self, **fields: Any) -> None:
        self.customers["hobnail"] = msgspec.structs.replace(self.customers["hobnail"], **fields)

    def own_pack(self, *changes: tuple[str, str, str], **texts: str) -> None:
        """A pack of the provider's own: natterbox with other words."""
        with as_file(files("fairwire") / "packs" / "natterbox") as source:
            folder = Path(shutil.copytree(source, self.folder / "own", dirs_exist_ok=True))
        for name, there, instead in changes:
            edit(folder / name, (there, instead))
        for name, text in texts.items():
            file = folder / "notices" / name.replace("__", "/").replace("_dot_", ".")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.packs["natterbox"] = read_pack(str(folder))

    def give(self, **fields: Any) -> Order:
        """An order of a person takes effect."""
        plain: dict[str, Any] = {
            "by": "person:dana", "at_us": self.clock.now_us, "customer": "hobnail", "policy": "natterbox@1", "clauses": ("N08",),
            "step": "block", "target": "line", "line": "+442079460018", "value": "+442079460018",
            "reason": "400 recorded calls in 10 minutes", "lasts_us": DAY_US, "evidence": ("case-1",),
        }  # fmt: skip
        return order_acts.put_on_record(self.records, from_person(**(plain | fields)), self.clock.now_us)

    def ask(self, users: int = 6) -> Order:
        """People are there, and the rule that counts them writes its order."""
        for number in range(users):
            self.event("user.added", at_us=self.clock.now_us - (users - number) * HOUR_US, user=f"user-{number}")
        self.clockwork.watch.flush()
        order = from_person(
            by="person:x", at_us=self.clock.now_us, customer="hobnail", policy="natterbox@1", clauses=("U01", "U02", "U03"),
            step="notify", reason="6 people", finding_id="f-1",
        )  # fmt: skip
        written = msgspec.structs.replace(order, detector="identity.user_limit", author="rule:identity.user_limit")
        (taken,) = self.enforcing.take([written])
        return taken

    def event(self, type_: str, at_us: int | None = None, **data: Any) -> None:
        """What the service would hand on."""
        at = format_us(self.clock.now_us if at_us is None else at_us)
        named = {"specversion": "1.0", "id": f"{type_} {at}", "source": "test", "type": type_, "time": at}
        self.clockwork.watch.take([json.dumps(named | {"data": {"customer": "hobnail"} | data}).encode()])

    def send(self) -> Sending:
        mailer = server_named(self.box.address).mailer()
        try:
            return send_waiting(LetterBox(self.records, self.clockwork.letters), mailer, clock=lambda: self.clock.now_us)
        finally:
            mailer.close()

    def round(self, at: str = "") -> None:
        if at:
            self.clock.set(at)
        self.enforcing.move()
        self.clockwork.run_due(self.clock.now_us)
        self.send()
        self.clockwork.run_due(self.clock.now_us)

    def notices(self) -> list[Notice]:
        return sorted((kept.noun for kept in NOTICES.find(self.records)), key=lambda each: (each.queued_us, each.notice_id))

    def deadline(self) -> Any:
        (kept,) = DEADLINES.find(self.records)
        return kept.noun


@pytest.fixture(scope="module")
def server() -> Iterator[Postbox]:
    with smtp_server() as box:
        yield box


@pytest.fixture
def office(tmp_path: Path, server: Postbox) -> Iterator[Office]:
    server.taken.clear()
    server.refuse.clear()
    made = Office(tmp_path, server)
    yield made
    made.enforcing.close()
    made.control.close()


# -- letters about orders


def test_an_order_is_told_once_and_its_lifting_once(office: Office) -> None:
    order = office.give()
    for _ in range(3):
        office.round()
    (letter,) = office.box.to(IT)
    assert letter["Subject"].strip() == f"Some calls are stopped: line +442079460018 ({order.order_id})"
    assert "What we did: calls of line +442079460018 are blocked." in body(letter)
    assert "It ends by itself on 3 March 2026, 12:00 (Europe/London)." in body(letter)
    order_acts.lift(office.records, order.order_id, "person:ben", office.clock.now_us, "they have changed the password")
    for _ in range(3):
        office.round()
    assert len(office.box.taken) == 2
    lifted = body(office.box.to(IT)[1])
    assert "is lifted: calls of line +442079460018 are blocked" in lifted
    assert "Why: they have changed the password." in lifted


def test_what_people_have_not_agreed_to_is_not_told_and_then_it_is(office: Office) -> None:
    order = office.give(step="terminate", target="customer", line=None, value=None, lasts_us=None)
    assert order.state == "waiting"
    office.round()
    assert office.notices() == []
    order_acts.agree(office.records, order.order_id, "person:ben", office.clock.now_us, "yes")
    office.round()
    assert subjects(office.box.to(IT)) == ["Use of the platform is suspended: your account"]


def test_two_processes_and_one_that_begins_anew_tell_of_an_order_once(office: Office) -> None:
    office.give()
    other = office.another()
    assert office.clockwork.run_due(office.clock.now_us).written > 0
    other.run_due(office.clock.now_us)
    office.another().run_due(office.clock.now_us)
    assert len(office.notices()) == 1
    office.send()
    assert len(office.box.taken) == 1


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_process_that_ends_between_an_order_and_its_letter_loses_and_doubles_nothing(office: Office, after: int) -> None:
    office.give()
    office.give(value="+442079460019", line="+442079460019", evidence=("case-2",))
    acts = office.records.act

    def dying(decide: Any, left: list[int] = [after]) -> Any:  # noqa: B006
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return acts(decide)

    office.records.act = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        office.clockwork.run_due(office.clock.now_us)
    office.records.act = acts  # type: ignore[method-assign]
    office.another().run_due(office.clock.now_us)
    assert sorted(notice.kind for notice in office.notices()) == ["block", "block"]


def test_a_block_that_is_over_before_its_letter_left_is_told_neither_way(office: Office) -> None:
    order = office.give()
    office.clockwork.run_due(office.clock.now_us)
    order_acts.lift(office.records, order.order_id, "person:ben", office.clock.now_us, "a mistake")
    office.round()
    assert [(notice.state, notice.answer) for notice in office.notices()] == [
        ("cancelled", "it was over before it could be told")
    ]
    assert office.box.taken == []


def test_severe_harm_is_told_to_nobody_and_that_stands_on_record(office: Office) -> None:
    office.give(policy="clearspan@1", clauses=("C16",), step="suspend", target="customer", line=None, value=None, lasts_us=None)
    office.round()
    (notice,) = office.notices()
    assert (notice.state, notice.recipient, notice.text, notice.facts) == ("withheld", "", "", {})
    assert office.box.taken == []


@pytest.mark.parametrize("step", ["block", "notify", "suspend"])
def test_C16_a_quiet_order_is_told_to_nobody_whatever_its_step_and_so_is_its_end(office: Office, step: Any) -> None:
    now = office.clock.now_us
    plain = from_person(
        by="person:dana", at_us=now, customer="hobnail", policy="natterbox@1", clauses=("N08",), step=step,
        reason="severe harm was reported", evidence=("k-1",),
    )  # fmt: skip
    given = order_acts.put_on_record(office.records, msgspec.structs.replace(plain, quiet=True), now)
    office.round()
    if given.state == "in_force":
        order_acts.lift(office.records, given.order_id, "person:eli", office.clock.now_us, "it was somebody else")
        office.round()
    letters = [kept.noun for kept in NOTICES.find(office.records)]
    assert {letter.state for letter in letters} == {"withheld"}, "that nobody was told is on record"
    assert office.box.taken == []
    assert DEADLINES.find(office.records) == []


def test_an_order_for_a_customer_that_is_gone_or_has_no_address_is_on_record_as_untold(office: Office) -> None:
    office.give(customer="vanished")
    office.change(contacts=(Contact(role="admin", email="nobody at all"),))
    office.give()
    office.round()
    assert {notice.customer: (notice.state, notice.answer) for notice in office.notices()} == {
        "vanished": ("unreachable", "nobody knows this customer any more"),
        "hobnail": ("unreachable", "`nobody at all` is no e-mail address"),
    }


def test_letters_go_to_all_who_look_after_abuse_else_to_the_administrator_else_to_anybody(office: Office) -> None:
    abuse = [Contact(role="abuse", email=f"abuse-{n}@hobnail.example") for n in range(2)]
    admin, billing = Contact(role="Admin", email=IT), Contact(role="billing", email="pay@hobnail.example")
    told: list[list[str]] = []
    for n, contacts in enumerate(((billing, *abuse, admin), (billing, admin), (billing,))):
        office.change(contacts=contacts)
        office.give(evidence=(f"case-{n}",))
        office.box.taken.clear()
        office.round()
        told.append(sorted(address for _, (address,), _ in office.box.taken))
    assert told == [["abuse-0@hobnail.example", "abuse-1@hobnail.example"], [IT], ["pay@hobnail.example"]]


# -- the words


def test_a_clauses_own_text_comes_before_that_of_its_step_and_the_customers_language_before_both(office: Office) -> None:
    plain = "{% if false %}{{ reason }}{{ clause_gist }}{{ action }}{{ contact }}{% endif %}\n\n"
    plain += "Body for {{ customer }}, {{ reference }}.\n"
    office.own_pack(
        ("pack.yaml", "contact:\n", "languages: {in_country: {DE: de, AT: de}}\ncontact:\n"),
        N08_dot_block_dot_txt=f"Subject: Of the clause{plain}",
        de__block_dot_txt=f"Subject: Deutsch{plain}",
        fr__block_dot_txt=f"Subject: Français{plain}",
        fr__block_dot_html="<p class='own'>{{ customer }}: {{ reason }}</p>"
        "{% if false %}{{ clause_gist }}{{ action }}{{ contact }}{{ reference }}{% endif %}",
    )
    seen = []
    for n, (country, language) in enumerate((("GB", None), ("AT", None), ("AT", "fr"), ("AT", "en"), ("GB", "fr-CA"))):
        office.change(country=country, language=language, name="Hobnail & <Sons>")
        office.give(evidence=(f"case-{n}",), reason="a <script> in a name")
        office.box.taken.clear()
        office.round()
        (letter,) = office.box.to(IT)
        seen.append((str(letter["Subject"]), "class='own'" in body(letter, "html")))
        assert "<script>" not in body(letter, "html")
        assert "Hobnail &amp; &lt;Sons&gt;" in body(letter, "html")
        assert "Hobnail & <Sons>" in body(letter)
    assert seen == [
        ("Of the clause", False), ("Deutsch", False), ("Français", True), ("Of the clause", False), ("Français", True),
    ]  # fmt: skip


def test_a_template_that_fails_with_the_facts_of_one_case_is_on_record_and_a_plain_letter_goes_out(office: Office) -> None:
    faulty = "Subject: {{ subject }}\n\n{{ clause_gist }} {{ action }} {{ contact }} {{ reference }}\n"
    faulty += "{{ 1 // (reason != '0 calls') }}\n"
    office.own_pack(block_dot_txt=faulty, U02_dot_block_dot_txt=faulty)
    order = office.give(reason="0 calls")
    office.round()
    failed, sent = sorted(office.notices(), key=lambda each: each.state)
    assert (failed.state, sent.state) == ("failed", "sent")
    assert failed.fault == (
        "the notice `block` cannot be written: integer division or modulo by zero; a plain one goes out instead"
    )
    assert sent.template == "plain/block"
    (letter,) = office.box.to(IT)
    assert letter["Subject"].strip() == f"Part of your service is blocked: line +442079460018 ({order.order_id})"
    assert "0 calls" in body(letter)
    office.round()
    assert len(office.notices()) == 2


# -- deadlines


def test_the_clock_runs_from_the_day_on_which_the_letter_left_and_the_letter_says_so(office: Office) -> None:
    office.box.refuse[IT] = "451 come back later"
    office.ask()
    office.round()
    assert DEADLINES.find(office.records) == []
    waiting = office.notices()[0]
    assert "9 March 2026, end of the day" in waiting.text
    office.box.refuse.clear()
    office.round("2026-03-03T16:00:00Z")
    (letter,) = office.box.to(IT)
    assert "10 March 2026, end of the day" in body(letter)
    assert office.notices()[0].text == body(letter), "kept as it was sent"
    assert format_us(office.deadline().due_us) == "2026-03-11T00:00:00Z"
    assert office.notices()[0].notice_id == waiting.notice_id


def test_a_letter_that_may_be_out_already_is_not_written_anew(office: Office) -> None:
    office.ask()
    office.clockwork.run_due(office.clock.now_us)
    first = office.notices()[0]
    trying = msgspec.structs.replace(first, state="sending", attempts=1, attempted_us=office.clock.now_us)
    kept = NOTICES.get(office.records, first.notice_id)
    office.records.write([NOTICES.change(kept, trying, at_us=office.clock.now_us, by="fairwire", action="try")])
    office.round("2026-03-04T12:00:00Z")
    (sent,) = office.notices()
    assert (sent.state, sent.text, sent.message_id) == ("sent", first.text, first.message_id)
    assert "sent again under the same Message-ID" in sent.answer
    assert format_us(office.deadline().due_us) == "2026-03-12T00:00:00Z", "the clock is the customer's: from the later attempt"


def test_a_clock_that_is_moved_back_opens_nothing_again_and_sends_nothing_twice(office: Office) -> None:
    office.ask()
    office.round()
    office.round("2026-03-05T09:00:00Z")
    office.round("2026-03-10T00:00:00Z")
    assert office.deadline().state == "missed"
    before = (len(office.box.taken), len(LINES.find(office.records)), len(ORDERS.find(office.records)))
    for back in ("2026-03-09T09:00:00Z", "2026-03-02T12:00:00Z", "2026-03-05T09:00:00Z", "2026-03-10T00:00:00Z"):
        office.round(back)
        office.another().run_due(office.clock.now_us)
        assert office.deadline().state == "missed", back
    assert (len(office.box.taken), len(LINES.find(office.records)), len(ORDERS.find(office.records))) == before


def test_many_rounds_late_there_is_one_reminder_and_then_what_is_due(office: Office) -> None:
    office.ask()
    office.round()
    office.round("2026-03-09T12:00:00Z")
    assert [notice.kind for notice in office.notices()] == ["limit_notice", "reminder"]
    assert all(each.done for each in office.deadline().reminders)
    office.round("2026-04-20T12:00:00Z")
    assert office.deadline().state == "missed"


def test_more_time_is_given_by_a_person_and_told_and_less_never(office: Office) -> None:
    office.ask()
    office.round()
    key = office.deadline().deadline_id
    later = parse_us("2026-03-13T17:00:00Z")
    with pytest.raises(deadlines.NoSuchDeadline, match="without a reason"):
        deadlines.extend(office.records, key, by="person:dana", to_us=later, why=" ", at_us=office.clock.now_us)
    with pytest.raises(deadlines.NoSuchDeadline, match="never made earlier"):
        deadlines.extend(
            office.records, key, by="person:dana", to_us=parse_us("2026-03-06T00:00:00Z"), why="no", at_us=office.clock.now_us
        )
    made = deadlines.extend(
        office.records, key[:9], by="person:dana", to_us=later, why="they asked for a week", at_us=office.clock.now_us
    )
    assert (made.state, made.extensions[0].why) == ("extended", "they asked for a week")
    office.round()
    assert "please act by 13 March 2026, 17:00" in subjects(office.box.to(IT))[-1]
    office.round("2026-03-10T09:00:00Z")
    assert office.deadline().state == "extended"
    office.round("2026-03-13T17:00:00Z")
    assert office.deadline().state == "missed"
    with pytest.raises(deadlines.NoSuchDeadline, match="is missed since"):
        deadlines.extend(office.records, key, by="person:dana", to_us=later + DAY_US, why="no", at_us=office.clock.now_us)


def test_a_deadline_that_is_withdrawn_takes_back_all_that_followed_from_it(office: Office) -> None:
    office.ask()
    office.round()
    office.round("2026-03-10T00:00:00Z")
    for kept in ORDERS.find(office.records, states=["waiting"]):
        order_acts.agree(office.records, kept.noun.order_id, "person:dana", office.clock.now_us, "yes")
    office.round()
    assert [kept.noun.state for kept in ORDERS.find(office.records) if kept.noun.step == "block"] == ["in_force"]
    deadlines.withdraw(
        office.records, office.deadline().deadline_id, by="person:ben", why="we miscounted", at_us=office.clock.now_us
    )
    office.round()
    office.round()
    assert office.deadline().state == "withdrawn"
    assert [kept.noun.state for kept in ORDERS.find(office.records) if kept.noun.step == "block"] == ["lifted"]
    assert {kept.noun.state for kept in LINES.find(office.records)} == {"credited"}
    last = body(office.box.to(IT)[-1])
    assert "our notice is withdrawn" in last
    assert "we miscounted" in last
    office.round("2026-05-01T00:00:00Z")
    assert {kept.noun.state for kept in LINES.find(office.records)} == {"credited"}


def test_an_order_that_should_never_have_been_takes_its_deadline_with_it(office: Office) -> None:
    order = office.ask()
    office.round()
    order_acts.overturn(office.records, order.order_id, "person:ben", office.clock.now_us, "the names are of one person")
    office.round()
    assert (office.deadline().state, office.deadline().outcome) == ("withdrawn", "the names are of one person")
    assert len(office.box.to(IT)) == 2
    assert "our notice about it" in body(office.box.to(IT)[-1])


def test_a_calendar_that_changes_moves_a_deadline_later_and_never_earlier(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask()
    office.round()
    before = office.deadline()
    real = business_days.calendar_in

    def other(version: str, *free: str) -> Any:
        days = {(parse_us(f"{day}T12:00:00Z")) // DAY_US for day in free}

        def calendar(country: str, region: str, zone: str) -> BusinessCalendar:
            made = real(country, region, zone)
            works = (lambda day: True) if free == ("none",) else lambda day: made.is_working(day) and day not in days
            return BusinessCalendar(made.name, version, zone, works)

        return calendar

    monkeypatch.setattr(business_days, "calendar_in", other("holidays 0.200", "2026-03-06"))
    office.round("2026-03-04T12:00:00Z")
    moved = office.deadline()
    assert (format_us(before.due_us), format_us(moved.due_us)) == ("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")
    assert (moved.library, moved.extensions[0].by) == ("holidays 0.200", "fairwire")
    monkeypatch.setattr(business_days, "calendar_in", other("holidays 0.300"))
    office.round("2026-03-05T12:00:00Z")
    assert office.deadline().due_us == moved.due_us
    assert office.deadline().library == "holidays 0.300"


# -- the user limit


def test_U02_without_a_price_nothing_is_charged_until_somebody_says_one(office: Office) -> None:
    office.change(user_price=None)
    office.ask()
    office.round()
    assert "invoiced" not in body(office.box.to(IT)[0])
    office.round("2026-03-10T00:00:00Z")
    assert LINES.find(office.records) == []
    assert office.deadline().unpriced
    office.own_pack(("pack.yaml", "deadline: 5bd}", 'deadline: 5bd, excess: {price: "31.00", currency: GBP}}'))
    office.round("2026-03-10T09:00:00Z")
    assert [(kept.noun.from_day, kept.noun.to_day, kept.noun.amount) for kept in LINES.find(office.records)] == [
        ("2026-03-02", "2026-03-09", "8.00")
    ]


def test_U02_a_pack_that_only_bills_blocks_nobody_and_bills_at_the_end_of_each_month(office: Office) -> None:
    office.own_pack(
        ("pack.yaml", "counted_by: identity.user_limit, on_limit: reduce", "counted_by: identity.user_limit, on_limit: bill")
    )
    office.ask()
    office.round()
    office.round("2026-03-10T00:00:00Z")
    office.round("2026-03-31T22:59:59Z")
    assert len(LINES.find(office.records)) == 1
    office.round("2026-03-31T23:00:00Z")  # it is April there
    office.round("2026-04-30T23:00:00Z")
    lines = sorted((kept.noun for kept in LINES.find(office.records)), key=lambda line: line.from_day)
    assert [(line.from_day, line.to_day, line.days, line.amount) for line in lines] == [
        ("2026-03-02", "2026-03-09", 8, "8.00"),
        ("2026-03-10", "2026-03-31", 22, "22.00"),
        ("2026-04-01", "2026-04-30", 30, "31.00"),
    ]
    assert [kept for kept in ORDERS.find(office.records) if kept.noun.step == "block"] == []


def test_U01_what_a_person_decided_about_a_user_stays_so(office: Office) -> None:
    office.ask()
    office.round()
    office.round("2026-03-10T00:00:00Z")
    (waiting,) = ORDERS.find(office.records, states=["waiting"])
    assert waiting.noun.escalates == f"deadline:{office.deadline().deadline_id}"
    assert f"deadline:{office.deadline().deadline_id}" in waiting.noun.evidence
    order_acts.refuse(office.records, waiting.noun.order_id, "person:dana", office.clock.now_us, "it is their doctor")
    for day in ("10", "11", "20"):
        office.round(f"2026-03-{day}T09:00:00Z")
    assert [kept.noun.state for kept in ORDERS.find(office.records) if kept.noun.step == "block"] == ["refused"]


def test_U01_where_the_policy_refuses_the_newest_is_blocked_at_once(office: Office) -> None:
    office.own_pack(
        ("pack.yaml", "on_limit: reduce", "on_limit: refuse"),
        ("ladder.yaml", "target: new_calls, lasts: 24h, approvals: 1", "target: new_calls, lasts: 24h"),
    )
    office.ask(users=7)
    office.round()
    blocked = {kept.noun.value: kept.noun.state for kept in ORDERS.find(office.records) if kept.noun.step == "block"}
    assert blocked == {"user-6": "in_force", "user-5": "in_force"}
    office.event("order.changed", user_limit=7)
    office.round("2026-03-03T12:00:00Z")
    assert office.deadline().state == "met"
    assert {kept.noun.state for kept in ORDERS.find(office.records) if kept.noun.step == "block"} == {"lifted"}
    assert LINES.find(office.records) == []


def test_U02_while_one_notice_runs_another_order_asks_for_nothing_again(office: Office) -> None:
    office.ask()
    office.round()
    again = from_person(
        by="person:x", at_us=office.clock.now_us, customer="hobnail", policy="natterbox@1", clauses=("U01", "U02", "U03"),
        step="notify", reason="8 people", finding_id="f-2",
    )  # fmt: skip
    office.enforcing.take([msgspec.structs.replace(again, detector="identity.user_limit", author="rule:identity.user_limit")])
    office.round()
    assert len(office.box.taken) == 1


def test_a_licence_that_goes_round_is_told_of_and_asks_for_no_order(office: Office) -> None:
    """The clauses are the same, and only what counts users begins a clock."""
    other = from_person(
        by="person:x", at_us=office.clock.now_us, customer="hobnail", policy="natterbox@1", clauses=("U01", "U05"),
        step="notify", reason="two people hand one licence to and fro", finding_id="f-3",
    )  # fmt: skip
    office.enforcing.take([msgspec.structs.replace(other, detector="identity.licence_rotation", author="rule:x")])
    office.round()
    assert [notice.kind for notice in office.notices()] == ["warning"]
    assert DEADLINES.find(office.records) == []


# -- what customers order


def test_an_order_of_a_customer_counts_once_and_only_while_the_file_says_what_it_said(office: Office) -> None:
    for evidence, count in (("4711", 8), ("4712", 10), ("4711", 8)):
        record = office.clockwork.letters.customer("hobnail")
        assert record is not None
        change, _ = order_change(record, {"user_limit": count}, by="person:dana", evidence=evidence, at_us=office.clock.now_us)
        office.clock.now_us += MINUTE_US
        if ORDER_CHANGES.get(office.records, change.record.id) is None:
            office.records.write([change])
    seen = {}
    for in_file in (5, 8, 10, 6):
        office.change(user_limit=in_file)
        record = office.clockwork.letters.customer("hobnail")
        seen[in_file] = record.user_limit if record else None
    assert seen == {5: 10, 8: 10, 10: 10, 6: 6}, "the file that says 6 was written since"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"user_limit": -1}, "`user_limit`: -1 is below zero"),
        ({"user_limit": "6"}, "`user_limit`: expected `int | null`, got `str`"),
        ({"monthly_charge_limit": "ten"}, "`monthly_charge_limit`: `ten` is not a decimal amount such as 12.50"),
        (
            {"numbers": ["reception"]},
            (
                "`numbers`: `reception` is no number of a customer; write `+12025550100`, `+12025550*`, or "
                "`+12025550100-+12025550199` from low to high"
            ),
        ),
        ({"timezone": "Europe/Lodnon"}, "`timezone`: `Europe/Lodnon` is not a time zone; did you mean `Europe/London`?"),
        ({"colour": "red"}, "no field of a customer record is named; name one such as `user_limit`"),
    ],
)
def test_what_cannot_be_ordered_is_refused_in_one_sentence(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadOrderChange) as caught:
        order_change(HOBNAIL, fields, by="person:dana", evidence="4711", at_us=1)
    assert caught.value.sentence() == said


def test_an_order_event_that_makes_no_sense_changes_nothing_and_can_be_seen(office: Office) -> None:
    office.event("order.changed", user_limit="many")
    office.round()
    assert ORDER_CHANGES.find(office.records) == []
    assert "`user_limit`: expected" in office.clockwork.watch.refused[0]


# -- once more


def test_a_notice_is_sent_once_more_as_a_copy_and_one_that_failed_under_its_own_id(office: Office) -> None:
    office.ask()
    office.round()
    (first,) = office.notices()
    with pytest.raises(NoSuchNotice, match="for a reason"):
        letter_acts.resend(office.records, first.notice_id, by="person:dana", why="", at_us=office.clock.now_us)
    (copy,) = letter_acts.resend(
        office.records, first.notice_id[:12], by="person:dana", why="they lost it", at_us=office.clock.now_us
    )
    with pytest.raises(NoSuchNotice, match="it is on its way"):
        letter_acts.resend(office.records, copy.notice_id, by="person:dana", why="again", at_us=office.clock.now_us)
    office.round()
    one, two = office.box.to(IT)
    assert (body(one), one["Subject"]) == (body(two), two["Subject"])
    assert one["Message-ID"] != two["Message-ID"]
    assert len(DEADLINES.find(office.records)) == 1

    office.box.refuse[IT] = "550 no such mailbox"
    office.give()
    office.round()
    failed = next(notice for notice in office.notices() if notice.state == "failed")
    office.change(contacts=(Contact(role="admin", email="new@hobnail.example"),))
    letter_acts.resend(
        office.records, failed.notice_id, by="person:dana", why="a new address", at_us=office.clock.now_us,
        letters=office.clockwork.letters,
    )  # fmt: skip
    office.round()
    assert subjects(office.box.to("new@hobnail.example")) == ["Some calls are stopped: line +442079460018"]


def test_who_could_not_be_told_is_told_when_there_is_an_address_and_the_clock_begins_then(office: Office) -> None:
    office.change(contacts=())
    office.ask()
    office.round()
    (notice,) = office.notices()
    assert notice.state == "unreachable"
    office.change(contacts=(Contact(role="abuse", email="abuse@hobnail.example"),))
    office.clock.set("2026-03-05T12:00:00Z")
    letter_acts.resend(
        office.records, notice.notice_id, by="person:dana", why="they wrote to us", at_us=office.clock.now_us,
        letters=office.clockwork.letters,
    )  # fmt: skip
    office.round()
    assert "12 March 2026, end of the day" in body(office.box.to("abuse@hobnail.example")[0])
    assert format_us(office.deadline().due_us) == "2026-03-13T00:00:00Z"


# -- charges


def test_L01_charges_above_the_months_limit_are_a_line_and_a_letter_and_credited_when_they_were_wrong(office: Office) -> None:
    billed = from_person(
        by="person:x", at_us=office.clock.now_us, customer="hobnail", policy="natterbox@1", clauses=("L01",), step="notify",
        reason="120.00 were charged", finding_id="f-9",
    )  # fmt: skip
    order = msgspec.structs.replace(
        billed,
        step="invoice",
        target="charges",
        value="20.00 GBP",
        amount="20.00",
        currency="GBP",
        period="2026-03",
        owner="billing",
    )
    office.enforcing.take([order])
    for _ in range(2):
        office.round()
    (line,) = (kept.noun for kept in LINES.find(office.records))
    assert (line.what, line.month, line.amount, line.currency, line.state) == (
        "over_charge_limit", "2026-03", "20.00", "GBP", "open",
    )  # fmt: skip
    assert subjects(office.box.to(IT)) == ["Invoice lines for use above your order: 20.00 GBP"]
    order_acts.overturn(office.records, order.order_id, "person:ben", office.clock.now_us, "a wrong tariff")
    office.round()
    assert [kept.noun.state for kept in LINES.find(office.records)] == ["credited"]
    assert len(office.box.taken) == 2
