"""Numbers that identify or pay: which are told, which are not, and that evidence does not show them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.content import checksums as check
from fairwire.content import read_text, redact, sensitive

VALID = {
    "card": [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "3782 822463 10005",
        "6011111111111117",
        "3530111333300000",
    ],
    "IBAN": ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "FR14 2004 1010 0505 0001 3M02 606", "nl91abna0417164300"],
    "US social security number": ["SSN 123-45-6789", "her social security number is 123 45 6789"],
    "UK national insurance number": ["NI number AB 12 34 56 C"],
    "NHS number": ["NHS no 943 476 5919"],
    "German tax id": ["Steuer-ID 86095742719", "86 095 742 719"],
    "French NIR": ["2 55 08 14 168 025 38", "255081416802538"],
    "Spanish DNI or NIE": ["12345678Z", "X-1234567-L"],
    "Italian codice fiscale": ["RSSMRA85T10A562S"],
    "Dutch BSN": ["BSN 111222333"],
    "Polish PESEL": ["PESEL 44051401359"],
    "Swedish personnummer": ["811218-9876", "19811218-9876"],
    "Canadian SIN": ["SIN 130-692-544"],
    "Aadhaar": ["2341 2341 2346", "aadhaar 999941057058"],
}
INNOCENT = [
    "4111 1111 1111 1112",  # the check digit
    "9111 1111 1111 1111",  # no issuer
    "GB29 NWBK 6016 1331 9268 18",
    "GB29 NWBK 6016 1331 9268",  # too short for the country
    "order 123-45-6789",  # no word for it
    "SSN 000-12-3456",
    "AB 12 34 56 C",
    "943 476 5919",
    "12345678A",
    "RSSMRA85T10A562T",
    "130692544",
    "2341 2341 2345",
    "call 0800 555 0132 or +44 20 7946 0958",
    "2026-11-28 10:30, ref 55120",
]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in VALID.items() for text in texts])
def test_a_number_with_a_good_check_is_told_and_hidden(name: str, text: str) -> None:
    assert [found.name for found in sensitive(f"please take {text}, thanks")] == [name]
    shown = redact(f"please take {text}, thanks")
    assert shown.startswith("please take ")
    assert not re.search(r"\d{3}", shown), shown


@pytest.mark.parametrize("text", INNOCENT)
def test_a_number_with_a_bad_check_or_without_its_word_is_not(text: str) -> None:
    assert sensitive(text) == ()


def luhn_digit(digits: str) -> str:
    return next(last for last in "0123456789" if check.luhn(digits + last))


@given(st.from_regex("4[0-9]{14}", fullmatch=True), st.sampled_from(["", " ", "-", "\u200b", "\u00a0"]))
def test_any_card_is_found_however_it_is_grouped(body: str, blank: str) -> None:
    digits = body + luhn_digit(body)
    card = blank.join(digits[at : at + 4] for at in range(0, 16, 4))
    assert [found.kind for found in sensitive(f"it is {card}.")] == ["card"]
    assert redact(f"it is {card}.") == "it is [card]."


@given(st.from_regex("4[0-9]{14}", fullmatch=True), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_makes_it_no_card(body: str, place: int, more: int) -> None:
    digits = body + luhn_digit(body)
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert not check.card(wrong)


@given(st.from_regex("[1-9][0-9]{10}", fullmatch=True))
def test_one_check_digit_of_ten_completes_an_aadhaar_and_a_swap_spoils_it(body: str) -> None:
    body = "2" + body[1:]
    good = [body + last for last in "0123456789" if check.aadhaar(body + last)]
    assert len(good) == 1
    swapped = good[0][:5] + good[0][6] + good[0][5] + good[0][7:]
    assert swapped == good[0] or not check.aadhaar(swapped)


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(st.characters(categories=("Ll", "Zs"), exclude_characters="@"), max_size=80))
def test_words_alone_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=60), st.integers(10**6, 10**14), st.text(max_size=60))
def test_no_long_run_of_digits_is_left(before: str, number: int, after: str) -> None:
    assert not re.search(r"\d{7}", redact(f"{before} {number} {after}"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Your code is 483920. Do not share", "Your code is [code]. Do not share"),
        ("483920 is your Acme code", "[code] is your Acme code"),
        ("G-728193 is your verification code", "[code] is your verification code"),
        ("PIN 7781 please", "PIN [code] please"),
        ("your otp for login is 77 12 04", "your otp for login is [code]"),
        ("password: Tr0ub4dor", "password: [code]"),
        ("call +44 20 7946 0958 or (415) 555-0132", "call [number] or [number]"),
        ("write to ana.b@x.example", "write to [mail address]"),
        ("at 2026-11-28 10:30 for £2,500,000", "at 2026-11-28 10:30 for £2,500,000"),
        ("see https://x.example/u/77?token=abc", "see https://x.example/[path]"),
        ("Hi Anna, code red for 5000 people", "Hi Anna, code red for 5000 people"),
    ],
)
def test_evidence_shows_what_was_said_and_not_to_whom(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Your order 4539148803436467 is packed", "none"),
        ("Tracking no. 4539148803436467, see you", "none"),
        ("Ihre Bestellung Nr. 4539148803436467 ist da", "none"),
        ("4539148803436467", "card"),
        ("for the order 4539 1488 0343 6467", "card"),
        ("order 4539148803436467 exp 12/27", "card"),
        ("my card for the order: 4539148803436467", "card"),
    ],
)
def test_a_bare_number_of_an_order_is_no_card_but_is_not_shown_either(text: str, kind: str) -> None:
    assert read_text(text).sensitive == kind
    assert "3436467" not in redact(text)
