"""What a reading says of a text, why, and that it says the same everywhere."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.content import Reading, Scores, explain_text, read_text, read_transcript
from labelled_texts import examples

LOTTERY = "Congratulations! You won a £500 voucher. Claim it at http://prizes.example/a"


def told(reading: Reading) -> set[str]:
    return {kind for kind, score in reading.scores._asdict().items() if score >= 0.5}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phishing", "ACME Bank: your account has been suspended. Verify it now at https://acme-login.example/v"),
        ("phishing", "Hi mum, I broke my phone and this is my new number, text me back"),
        ("one_time_code", "483920 is your Acme verification code. Do not share it."),
        ("lure", LOTTERY),
        ("lure", "Payday loans approved in minutes, bad credit is fine. Apply at http://loans.example"),
        ("threat", "I know where you live and I will hurt you"),
        ("hate", "Immigrants are vermin, drive them out"),
        ("adult", "Hot singles near you want sex tonight, text HOT to 80555"),
        ("violence", "Glory to the martyrs of the attack, join the jihad"),
        ("authority", "IRS: a warrant is issued for your arrest. Call 202 555 0119 immediately"),
        ("offer", "Forward this to 10 friends or you will have bad luck"),
        ("spam", "Mega sale, 50% off everything! Order now at http://shop.example, reply STOP to opt out"),
    ],
)
def test_each_kind_is_known_by_its_plain_form(kind: str, text: str) -> None:
    assert kind in told(read_text(text)), read_text(text).scores


def test_innocent_look_alikes_are_left_alone() -> None:
    innocent = [row for row in examples("seen") if not row.kinds]
    alarmed = [row.text for row in innocent if told(read_transcript(row.text) if row.spoken else read_text(row.text))]
    assert len(innocent) > 300
    assert alarmed == []


def test_a_code_is_a_code_and_no_phishing() -> None:
    assert told(read_text("Your login code is 5521. It expires in 10 minutes. Never share it with anyone.")) == {"one_time_code"}


@pytest.mark.parametrize(
    "text",
    [
        "I will not hurt you",
        'He said: "I will kill you", and the police came',
        "The film where he says I will kill you was on again",
    ],
)
def test_a_denial_a_quotation_and_a_story_are_no_threat(text: str) -> None:
    assert "threat" not in told(read_text(text))


def test_news_of_an_attack_does_not_promote_it() -> None:
    assert told(read_text("Police say the gunman planned the bomb attack; the prime minister condemned it")) == set()


def test_what_condemns_hate_is_not_hate() -> None:
    assert told(read_text("Racism is wrong: nobody should call immigrants vermin")) == set()


def test_a_link_to_the_named_company_is_not_phishing_and_one_elsewhere_is() -> None:
    text = "Netflix: your payment failed. Update your billing details at https://www.{}/billing"
    assert "phishing" not in told(read_text(text.format("netflix.com")))
    assert "phishing" in told(read_text(text.format("nf-billing.example")))


def test_reasons_are_the_words_that_decided_the_loudest_first() -> None:
    assert read_text("I know where you live and I will hurt you").reasons["threat"] == (
        "will",
        "hurt",
        "you",
        "know where you live",
    )
    assert read_text(LOTTERY).reasons["lure"][:2] == ("voucher", "congratulations")
    assert read_text("483920 is your Acme code").reasons["one_time_code"] == ("code", "a number", "is your")


def test_reasons_and_sentences_hold_nothing_that_must_not_be_shown() -> None:
    text = "Your card 4111 1111 1111 1111 is blocked. Call 020 7946 0958 or mail ana@x.example, code 483920, password Tr0ub4dor3"
    said = " ".join((*explain_text(text), *(each for why in read_text(text).reasons.values() for each in why)))
    for secret in ("4111", "7946", "ana@x", "483920", "tr0ub4dor3"):
        assert secret not in said.lower()


def test_an_analyst_is_told_in_sentences() -> None:
    sentences = explain_text(LOTTERY)
    assert sentences[0].startswith("It reads as ")
    assert any("a lure by a loan or a prize" in each and "“voucher”" in each for each in sentences)
    assert sentences[-1] == "Its first link leads to prizes.example."
    assert explain_text("see you at seven")[0].startswith("Nothing in it reaches one half")
    assert "It holds a card number, so that it is shown redacted." in explain_text("card 4111 1111 1111 1111")


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("see https://login.bank.co.uk/x?y=1", "bank.co.uk"),
        ("see www.shop.example.", "shop.example"),
        ("bit.ly/3xAmple now", "bit.ly"),
        ("hxxp://a.b.example/", "b.example"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://ana.github.io/a", "ana.github.io"),
        ("http://user@evil.example:8080/", "evil.example"),
        ("I am home.In the kitchen", None),
        ("no link", None),
    ],
)
def test_the_link_is_the_registered_domain(text: str, domain: str | None) -> None:
    assert read_text(text).link == domain


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("card 4111 1111 1111 1111 and ssn 123-45-6789", ("card", "national_id")),
        ("my account GB29 NWBK 6016 1331 9268 19", ("iban",)),
        ("You were diagnosed with diabetes", ("health",)),
        ("The diabetes clinic opens in March", ()),
        ("call 555-0101", ()),
    ],
)
def test_sensitive_is_the_worst_of_the_kinds(text: str, kinds: tuple[str, ...]) -> None:
    reading = read_text(text)
    assert (reading.sensitive, reading.kinds) == (kinds[0] if kinds else "none", kinds)


def test_a_robocall_is_read_as_one_and_a_reminder_is_not() -> None:
    robocall = "We have been trying to reach you about your car's extended warranty. Press 1 to speak with a specialist."
    reminder = "Hello, this is Green Valley Clinic with a reminder of your appointment on Tuesday. Press 1 to confirm."
    assert {"lure", "spam"} <= told(read_transcript(robocall))
    assert told(read_transcript(reminder)) == set()


def test_a_long_conversation_is_not_held_for_what_its_words_could_make() -> None:
    innocent = [row.text for row in examples("seen") if row.spoken and not row.kinds]
    rng = random.Random(3)
    alarmed = [told(read_transcript(" ".join(rng.sample(innocent, 12)))) for _ in range(100)]
    assert sum(map(bool, alarmed)) <= 6, alarmed


def test_a_robocall_is_found_within_other_talk() -> None:
    rng = random.Random(3)
    innocent = [row.text for row in examples("seen") if row.spoken and not row.kinds]
    robocalls = [row.text for row in examples("seen") if row.spoken and "spam" in row.kinds]
    found = []
    for text in robocalls:
        before, after = rng.sample(innocent, 2)
        found.append(read_transcript(f"{before} {text} {after}").scores.spam >= 0.5)
    assert sum(found) / len(found) >= 0.8


@given(st.text(max_size=300))
def test_any_text_has_a_reading(text: str) -> None:
    for read in (read_text, read_transcript):
        reading = read(text)
        assert all(0.0 <= score <= 1.0 for score in reading.scores)
        assert 0 < reading.template < 1 << 64
        assert all(len(why) <= 5 for why in reading.reasons.values())
        assert set(reading.reasons) <= set(Scores._fields)
    assert explain_text(text)


def test_a_reading_is_the_same_in_every_process() -> None:
    script = "from fairwire.content import read_text, read_transcript\nfrom labelled_texts import examples\n"
    script += "for row in examples('unseen'): print(read_text(row.text), read_transcript(row.text))"
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_a_long_text_is_read_as_far_as_it_matters() -> None:
    assert "threat" in told(read_text("I will kill you. " + "x " * 50_000))
