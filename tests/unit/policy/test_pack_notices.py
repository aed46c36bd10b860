"""Notices: a customer reads what, why and whom to ask; nothing that a finding holds can change the form of the text."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fairwire.model.order import STEPS
from fairwire.policy import InvalidPack, NoticeFacts, load_pack, notice_for, render_notice

FOLDER = Path(__file__).parents[2] / "errors" / "policy" / "pack"
TOPICS = {name: name for name in ("dialling", "caller_number", "silent_calls", "secrets")}
FACTS = NoticeFacts(
    customer="Larkspur Clinic",
    subject="line +1 202 555 0143",
    reason="75 calls in an hour",
    clause="H1",
    clause_gist="No diallers.",
    clause_place="First rule",
    document="House rules, 2026-01-31",
    action="calls to new numbers are limited",
    until="3 March 2026, 14:07",
    reference="F-1",
    contact="review@harbour.example",
    review_url="",
)


def rendered(facts: NoticeFacts) -> str:
    texts = {file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8") for file in FOLDER.rglob("*.*")}
    return render_notice(load_pack(texts, TOPICS), "limit", facts)


def test_the_facts_stand_in_the_text() -> None:
    assert rendered(FACTS) == (
        "Subject: About line +1 202 555 0143 (limit)\n\n"
        "Larkspur Clinic: 75 calls in an hour. The rule: No diallers. We did this: calls to new numbers are limited.\n"
        "Until 3 March 2026, 14:07.\n"
        "Ask review@harbour.example and say F-1.\n"
    )


def test_without_an_end_no_end_is_named() -> None:
    assert "Until" not in rendered(dataclasses.replace(FACTS, until=""))


def test_a_line_end_in_a_fact_adds_no_line() -> None:
    hostile = dataclasses.replace(FACTS, subject="line 1\r\nBcc: everybody@example.com\n\nDear all")
    first = rendered(hostile).splitlines()[0]
    assert first == "Subject: About line 1 Bcc: everybody@example.com Dear all (limit)"


def test_a_template_in_a_fact_is_text() -> None:
    assert "{{ contact.__class__ }}" in rendered(dataclasses.replace(FACTS, reason="{{ contact.__class__ }}"))


@pytest.mark.parametrize("reach", ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 1 // 0 }}", "{{ contact + 1 }}"])
def test_a_template_that_reaches_into_the_program_or_fails_does_not_load(reach: str) -> None:
    texts = {file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8") for file in FOLDER.rglob("*.*")}
    texts["notices/limit.txt"] += reach
    with pytest.raises(InvalidPack) as caught:
        load_pack(texts, TOPICS)
    assert "error[FW-PACK-012]: notices/limit.txt: the notice cannot be written: " in caught.value.render()


def test_every_step_but_log_has_a_notice() -> None:
    assert [step for step in STEPS if notice_for(step) is None] == ["log"]
    assert {notice_for(step) for step in STEPS} == {None, "warning", "limit", "block", "suspension"}
