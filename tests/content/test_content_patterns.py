"""Patterns instead of lines: who does what to whom, who asks for what; and what is no sign by itself."""

from __future__ import annotations

import pytest

from fairwire.content import Reading, explain_text, read_text
from fairwire.content.english import mostly_english
from labelled_texts import Row, examples

PATTERNS = examples("patterns")
NOTICE = "Your {} 7781 comes today between 9 and 12. See https://post.example/7781"


def told(reading: Reading) -> set[str]:
    return {kind for kind, score in reading.scores._asdict().items() if score >= 0.5}


def test_texts_that_fit_a_pattern_are_known() -> None:
    asked = [row for row in PATTERNS if row.kinds]
    missed = [row.text for row in asked if not row.kinds <= told(read_text(row.text))]
    assert len(asked) > 40
    assert len(missed) <= 2, missed


@pytest.mark.parametrize("row", [row for row in PATTERNS if not row.kinds], ids=lambda row: row.text[:40])
def test_a_look_alike_of_a_pattern_is_left_alone(row: Row) -> None:
    assert told(read_text(row.text)) == set(), read_text(row.text).reasons


@pytest.mark.parametrize(
    "thing", ["parcel", "box", "letter", "sofa", "order", "Rondo bag", "flowers", "medicine", "pizza", "bike"]
)
def test_a_link_and_numbers_in_a_notice_are_no_spam(thing: str) -> None:
    assert read_text(NOTICE.format(thing)).scores.spam < 0.1


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/1",
        "4471 8812 https://a.example/1",
        "ROOM 14 KEY 5512 HTTPS://A.EXAMPLE",
        "ANNA MILLER TOM ROTH 020 7946 0958",
        "Anna 7781 £12.40 https://a.example/pay",
        "+44 20 7946 0958",
        "Roth Miller Rondo 12 14 16 18 20 22 24 26 28 30 https://a.example",
        "12:30 14:45 17:10 https://timetable.example",
        "A-7 B-9 C-12 www.seats.example",
        "Sofa 3 x 249.00 = 747.00 https://a.example/3",
    ],
)
def test_links_numbers_capitals_and_names_alone_are_near_zero(text: str) -> None:
    scores = read_text(text).scores
    assert max(scores.spam, scores.phishing) < 0.1


@pytest.mark.parametrize(
    "text",
    [
        "Buy now, half price at https://shop.example, reply STOP to end",
        "WINNER! You have won £1000, call 0900 555 0125 to claim",
        "Cheap loans approved in minutes, apply at https://loans.example",
        "Free ringtones, text TONE to 80555, 50p per message",
        "New casino, double your first deposit, play now http://spin.example",
        "Weight loss pills without prescription, order at https://pills.example",
        "Claim your free voucher today at https://gift.example",
        "Mega sale, all shoes 70% off, order at https://shoes.example",
        "Subscribe for weekly horoscopes, 150p/msg, txt STAR to 80555",
        "Earn £500 a day from home, no experience, visit https://jobs.example",
    ],
)
def test_a_word_that_sells_still_makes_spam_of_a_link(text: str) -> None:
    assert read_text(text).scores.spam >= 0.5


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("see you at the station at seven then", True),
        ("pls txt me wen u get dis msg ok", True),
        ("Huge sale today on shoes and bags", True),
        ("Anna Roth Miller", True),
        ("der Zug kommt heute eine Stunde zu spaet", False),
        ("el tren llega hoy con una hora de retraso", False),
        ("o trem chega hoje com uma hora de atraso", False),
        ("le train arrive avec une heure de retard", False),
        ("il treno arriva oggi con un'ora di ritardo", False),
        ("de trein komt vandaag een uur te laat", False),
        ("pociag przyjedzie dzisiaj godzine pozniej", False),
        ("tren bugun bir saat gec kalacak", False),
        ("gaadi aaj ek ghanta der se aayegi", False),
        ("поезд сегодня опоздает на час", False),
        ("ट्रेन आज एक घंटा देर से आएगी", False),
    ],
)
def test_whether_a_text_is_english_is_seen_by_its_usual_words(text: str, english: bool) -> None:
    assert mostly_english(text.lower().split()) is english


@pytest.mark.parametrize("score", ["spam", "phishing", "lure", "offer"])
def test_a_text_in_another_language_stays_near_zero(score: str) -> None:
    foreign = [row.text for row in PATTERNS if not row.kinds and not mostly_english(row.text.lower().split())]
    assert len(foreign) >= 10
    assert max(getattr(read_text(text).scores, score) for text in foreign) < 0.1


def test_what_a_text_is_held_for_never_rests_on_a_link_alone() -> None:
    for row in (*PATTERNS, *examples("seen")):
        reading = read_text(row.text)
        for kind in told(reading) & {"spam", "phishing"}:
            assert set(reading.reasons[kind]) - {"a link", "a number", "a sum of money"}, row.text


def test_words_about_the_readers_own_intent_are_help_and_an_order_is_a_threat() -> None:
    assert "threat" not in told(read_text("You said you want to kill yourself, please stay on the phone"))
    assert "threat" in told(read_text("Kill yourself, nobody will miss you"))
    assert "threat" in told(read_text("You want to stay? I will kill you"))


def test_a_request_is_explained_by_its_verb_and_what_it_asks_for() -> None:
    text = "Reply with your bank PIN to release the payout"
    assert read_text(text).reasons["phishing"][:2] == ("reply with", "bank pin")
    assert any("phishing" in each for each in explain_text(text))
