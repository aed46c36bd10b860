"""The notices of the built-in packs: every one can be read by the customer it is written to."""

from __future__ import annotations

import dataclasses

import pytest

from fairwire.policy import ChangeFacts, NoticeFacts, render_change_notice, render_notice, write_letter, write_plain
from fairwire.policy.files import FURTHER_NOTICES, NOTICE_NAMES
from fairwire.policy.notice_checks import check_notices
from fairwire.runtime.packs import all_pack_ids, plain_notices, read_pack

FACTS = NoticeFacts(
    customer="Larkspur Clinic",
    subject="line +1 202 555 0143",
    reason="75 calls in an hour, 97% of them to numbers never called before",
    clause="C02",
    clause_gist="Do not use automatic diallers.",
    clause_place="Rules of Use, item 2",
    document="Acceptable Use Policy, 2023-01-13",
    action="calls to numbers never called before are limited to ten a minute",
    until="Tuesday, 3 March 2026, 14:07 (America/New_York)",
    reference="F-7c1e9a40",
    contact="aup-review@provider.example",
    review_url="https://provider.example/review",
)


@pytest.mark.parametrize("name", NOTICE_NAMES)
@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_a_notice_says_what_why_what_was_done_and_whom_to_ask(pack_id: str, name: str) -> None:
    text = render_notice(read_pack(pack_id), name, FACTS)
    first, blank, *rest = text.splitlines()
    assert first.startswith("Subject: ")
    assert FACTS.reference in first
    assert blank == ""
    body = " ".join(rest)
    for fact in (FACTS.customer, FACTS.reason, FACTS.clause_gist, FACTS.clause_place, FACTS.document, FACTS.action):
        assert fact in body
    for fact in (FACTS.contact, FACTS.review_url, FACTS.reference):
        assert fact in body
    assert (FACTS.until in body) == (name != "warning")
    assert "{" not in text
    assert ".." not in text


@pytest.mark.parametrize("name", NOTICE_NAMES)
@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_a_notice_without_an_end_or_a_web_address_still_reads_well(pack_id: str, name: str) -> None:
    text = render_notice(read_pack(pack_id), name, dataclasses.replace(FACTS, until="", review_url=""))
    assert "https://" not in text
    assert " ." not in text
    assert "\n\n\n" not in text
    assert ("by itself" in text) is False


@pytest.mark.parametrize("name", ["limit", "block", "suspension"])
@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_whoever_is_limited_reads_that_emergency_calls_connect(pack_id: str, name: str) -> None:
    text = render_notice(read_pack(pack_id), name, FACTS).lower()
    assert "emergency" in text


def test_each_provider_speaks_in_its_own_words() -> None:
    for name in NOTICE_NAMES:
        texts = {render_notice(read_pack(pack_id), name, FACTS) for pack_id in all_pack_ids()}
        assert len(texts) == 5


CHANGE = ChangeFacts(
    customer="Larkspur Clinic",
    document="Acceptable Use Policy",
    version="2.0.0",
    effective="1 March 2027, 00:00 (America/New_York)",
    changes=("Calls in bulk to new numbers are now refused after one hundred.", "A clause on scraping was added."),
    page="https://provider.example/policy/2.0.0",
    objection="write to us before that day, and the earlier version stays in force for you until the contract ends.",
    choice_until="31 March 2027",
    acceptance="Using the service after that day means that you agree.",
    contact="aup-review@provider.example",
    review_url="https://provider.example/review",
)


@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_a_notice_of_change_says_what_changes_when_where_to_read_it_and_what_to_do(pack_id: str) -> None:
    text = render_change_notice(read_pack(pack_id), CHANGE)
    first, blank, *rest = text.splitlines()
    assert first.startswith("Subject: ")
    assert blank == ""
    body = " ".join(rest)
    for fact in (CHANGE.customer, CHANGE.version, CHANGE.effective, CHANGE.page, CHANGE.objection, CHANGE.choice_until):
        assert fact in body
    for fact in (CHANGE.acceptance, CHANGE.contact, CHANGE.review_url, *(f"- {each}" for each in CHANGE.changes)):
        assert fact in body
    assert "{" not in text


@pytest.mark.parametrize("pack_id", all_pack_ids())
def test_a_notice_of_change_without_a_choice_still_reads_well(pack_id: str) -> None:
    bare = dataclasses.replace(CHANGE, choice_until="", objection="", review_url="", changes=CHANGE.changes[:1])
    text = render_change_notice(read_pack(pack_id), bare)
    assert "choose" not in text
    assert "\n\n\n" not in text
    assert " ." not in text


def test_a_line_end_in_a_change_adds_no_line() -> None:
    hostile = dataclasses.replace(CHANGE, effective="1 March\r\nBcc: everybody@example.com", changes=("one\n\ntwo",))
    text = render_change_notice(read_pack("jns"), hostile)
    assert not any(line.startswith("Bcc:") for line in text.splitlines())
    assert "- one two" in text.splitlines()


def test_each_provider_tells_of_changes_in_its_own_words_and_only_where_its_terms_say_so() -> None:
    packs = [read_pack(pack_id) for pack_id in all_pack_ids()]
    assert len({render_change_notice(pack, CHANGE) for pack in packs}) == 5
    told = {pack.id: pack.changes.notice.send for pack in packs if pack.changes is not None}
    assert told == {"caup": False, "clearspan": True, "jns": False, "natterbox": True, "upstream_works": True}


ALL = dataclasses.replace(
    FACTS,
    deadline="9 March 2026, end of the day (Europe/London)",
    period="5 business days",
    asks="order 1 user more, or take 1 user away",
    outcome="6 users are ordered since 2026-03-05",
    amount="12.50 GBP",
    lines=("user fay: 9 of 31 days", "user gus: 3 of 31 days"),
    decision="granted in part",
)
SAYS = {
    "limit_notice": ("deadline", "asks", "amount"),
    "reminder": ("deadline", "asks"),
    "cured": ("outcome",),
    "lifted": ("action", "outcome"),
    "excess_invoice": ("amount",),
    "authorisation_decision": ("decision",),
}


@pytest.mark.parametrize("name", [*NOTICE_NAMES, *FURTHER_NOTICES])
def test_a_plain_letter_goes_out_for_every_kind_that_a_pack_may_leave_out(name: str) -> None:
    made = write_plain(plain_notices(), (name,), ALL)
    assert (made.template, made.language) == (f"plain/{name}", "en")
    assert ALL.reference in made.subject
    for fact in ("customer", "contact", "review_url", *SAYS.get(name, ("reason", "action"))):
        assert getattr(ALL, fact) in made.text, fact
        assert getattr(ALL, fact).split(" (")[0] in made.html, fact
    assert "{" not in made.text
    bare = write_plain(plain_notices(), (name,), dataclasses.replace(ALL, until="", review_url="", period="", lines=()))
    assert "\n\n\n" not in bare.text
    assert " ." not in bare.text


def test_the_plain_letters_are_checked_as_those_of_a_pack_are() -> None:
    texts = {f"notices/{name}.txt": text for name, text in plain_notices().items()}
    assert set(plain_notices()) == {*NOTICE_NAMES, *FURTHER_NOTICES}
    assert check_notices(texts, shown={name: name for name in texts}, clauses=()) == []


@pytest.mark.parametrize("name", [*SAYS, "block"])
def test_the_pack_with_a_user_limit_says_all_of_it_in_its_own_words(name: str) -> None:
    made = write_letter(read_pack("natterbox"), (name,), ALL, clauses=("U02", "U01"))
    if name == "authorisation_decision":
        assert made is None
        return
    assert made is not None
    assert made.template == ("U02.block" if name == "block" else name)
    for fact in SAYS.get(name, ("asks",)):
        assert getattr(ALL, fact) in made.text, fact
    listed = name in ("block", "excess_invoice")
    assert ("<li>user fay: 9 of 31 days</li>" in made.html) == listed
    assert '<a href="https://provider.example/review">' in made.html
