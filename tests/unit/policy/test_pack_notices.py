"""Notices: a customer reads what, why and whom to ask; nothing that a finding holds can change the form of the text."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest

from fairwire.model.order import STEPS
from fairwire.model.policy import Pack
from fairwire.policy import (
    InvalidPack,
    NoticeFacts,
    kinds_for,
    languages_of,
    load_pack,
    notice_for,
    render_notice,
    write_letter,
)
from fairwire.policy.notice_files import notice_file
from fairwire.policy.notice_html import page_of

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


def pack_with(**more: str) -> Pack:
    """The pack of these tests with other notices."""
    texts = {file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8") for file in FOLDER.rglob("*.*")}
    return load_pack(texts | {f"notices/{name.replace('__', '/')}": text for name, text in more.items()}, TOPICS)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("notices/limit.txt", "limit"),
        ("notices/limit.html", "limit.html"),
        ("notices/de/limit.txt", "de/limit"),
        ("notices/pt-BR/U02.notify.txt", "pt-BR/U02.notify"),
        ("notices/4.2.block.txt", "4.2.block"),
        ("notices/de/change.txt", "de/change"),
        ("notices/notify.txt", None),
        ("notices/U02.change.txt", None),
        ("notices/change.html", None),
        ("notices/deutsch/limit.txt", None),
        ("notices/limit.pdf", None),
        ("notices/de/fr/limit.txt", None),
        ("notices/../limit.txt", None),
    ],
)
def test_a_file_is_a_notice_by_its_name(name: str, key: str | None) -> None:
    found = notice_file(name)
    assert (found.key if found else None) == key


def test_a_page_is_made_of_the_text_and_shows_what_it_holds() -> None:
    text = (
        "Dear <b>Larkspur</b>,\n\nfirst line\nsecond & last.\n- one\n- two\n  goes on\nSee https://provider.example/a?b=1&c=2.\n"
    )
    page = page_of(text, title="About <you>", language="en")
    assert "<title>About &lt;you&gt;</title>" in page
    assert "<p>Dear &lt;b&gt;Larkspur&lt;/b&gt;,</p>" in page
    assert "<p>first line<br>\nsecond &amp; last.</p>" in page
    assert "<li>one</li>\n<li>two goes on</li>" in page
    assert '<a href="https://provider.example/a?b=1&amp;c=2">https://provider.example/a?b=1&amp;c=2</a>.</p>' in page
    assert page.startswith('<!doctype html>\n<html lang="en">')


def test_nothing_that_a_fact_holds_becomes_a_part_of_a_page_of_the_packs_own() -> None:
    page = "<h1>{{ subject }}</h1><p title='{{ reason }}'>{{ clause_gist }} {{ action }} {{ reference }} {{ contact }}</p>"
    made = write_letter(
        pack_with(**{"limit.html": page}), ("limit",), dataclasses.replace(FACTS, reason="'><script>alert(1)</script>")
    )
    assert made is not None
    assert "<script>" not in made.html
    assert "&lt;script&gt;" in made.html
    assert "<h1>line +1 202 555 0143</h1>" in made.html


def test_a_page_cannot_let_a_fact_through_as_it_is() -> None:
    page = "{{ reason|safe }} {{ clause_gist }} {{ action }} {{ reference }} {{ contact }}"
    with pytest.raises(InvalidPack) as caught:
        pack_with(**{"limit.html": page})
    assert "no filter named 'safe'" in str(caught.value.errors[0])


def test_a_page_without_a_text_and_a_notice_of_a_clause_that_is_not_there_do_not_load() -> None:
    body = "{{ clause_gist }} {{ outcome }} {{ reference }} {{ contact }}"
    with pytest.raises(InvalidPack) as caught:
        pack_with(**{"cured.html": body, "H9.cured.txt": f"Subject: x\n\n{body}\n"})
    said = [error.sentence() for error in caught.value.errors]
    assert any("there is no `notices/cured.txt` beside the page `notices/cured.html`" in each for each in said)
    assert any("unknown clause `H9`" in each for each in said)


def test_a_reminder_that_never_says_until_when_does_not_load() -> None:
    with pytest.raises(InvalidPack, match="the notice never says `deadline`"):
        pack_with(**{"reminder.txt": "Subject: x\n\n{{ clause_gist }} {{ asks }} {{ reference }} {{ contact }}\n"})


@pytest.mark.parametrize(
    ("language", "country", "tried"),
    [
        (None, "GB", ()),
        (None, "AT", ("de",)),
        ("fr-CA", "AT", ("fr-CA", "fr", "de")),
        ("en", "AT", ()),
        ("en-GB", "AT", ("en-GB",)),
    ],
)
def test_letters_are_looked_for_in_the_customers_language_and_then_in_that_of_its_country(
    language: str | None, country: str, tried: tuple[str, ...]
) -> None:
    pack = msgspec.structs.replace(pack_with(), languages={"AT": "de"})
    assert languages_of(pack, language, country) == tried


def test_a_step_has_the_notice_that_fits_it_best_and_every_pack_has_the_other() -> None:
    assert [kinds_for(step) for step in ("log", "invoice", "terminate", "block")] == [
        (),
        ("excess_invoice", "warning"),
        ("termination", "suspension"),
        ("block",),
    ]
