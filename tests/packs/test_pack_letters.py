"""The notices of the built-in packs: every one can be read by the customer it is written to."""

from __future__ import annotations

import dataclasses

import pytest

from fairwire.policy import NoticeFacts, render_notice
from fairwire.policy.files import NOTICE_NAMES
from fairwire.runtime.packs import all_pack_ids, read_pack

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
