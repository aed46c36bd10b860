"""A disguise changes nothing of what a text is, and makes no innocent text guilty."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fairwire.content import read_text
from fairwire.content.plain import plain
from labelled_texts import examples


def words(change: Callable[[str], str], every: int = 1) -> Callable[[str], str]:
    """`change` made to each `every`th word of four letters and more."""

    def made(text: str) -> str:
        listed = text.split(" ")
        return " ".join(
            change(word) if place % every == 0 and word.isalpha() and len(word) > 3 else word for place, word in enumerate(listed)
        )

    return made


def swap(these: str, those: str) -> Callable[[str], str]:
    return lambda text: text.translate(str.maketrans(these, those))


DISGUISES: dict[str, tuple[Callable[[str], str], float]] = {
    "cyrillic": (swap("aeopcxiyABEKMHOPCT", "аеорсхіуАВЕКМНОРСТ"), 0.98),
    "greek": (swap("oavip", "οανιρ"), 0.98),
    "zero width": (words("\u200b".join), 0.98),
    "soft hyphen": (words(lambda word: word[:2] + "\u00ad" + word[2:]), 0.98),
    "full width": (words(lambda word: "".join(chr(ord(each) + 0xFEE0) for each in word)), 0.98),
    "accents": (swap("aeiou", "áéíóú"), 0.98),
    "letters apart": (words(" ".join, 2), 0.85),
    "dots between": (words(".".join, 2), 0.95),
    "digits for letters": (words(swap("aeiost", "431057")), 0.85),
    "signs for letters": (words(swap("ais", "@!$")), 0.88),
    "capitals": (str.upper, 0.95),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguised_text_is_still_known(name: str) -> None:
    disguise, share = DISGUISES[name]
    known = kept = 0
    for row in examples("unseen"):
        if row.spoken or not row.kinds:
            continue
        open_scores, hidden_scores = read_text(row.text).scores._asdict(), read_text(disguise(row.text)).scores._asdict()
        of = [kind for kind in row.kinds if open_scores[kind] >= 0.5]
        known, kept = known + len(of), kept + sum(hidden_scores[kind] >= 0.5 for kind in of)
    assert known > 50
    assert kept >= share * known, f"{kept} of {known}"


@pytest.mark.parametrize("name", DISGUISES)
def test_an_innocent_text_in_odd_letters_stays_innocent(name: str) -> None:
    texts = [row.text for row in examples("seen") if not row.spoken and not row.kinds]
    alarmed = [text for text in texts if max(read_text(DISGUISES[name][0](text)).scores) >= 0.5]
    assert len(alarmed) <= len(texts) * 0.04, alarmed


@pytest.mark.parametrize(
    ("text", "clear", "disguised"),
    [
        ("Frее gіft", "Free gift", True),
        ("ｗｉｎ", "win", True),
        ("cl\u200bick", "click", True),
        ("F.R.E.E cash", "FREE cash", True),
        ("w i n n e r", "winner", True),
        ("Café olé", "Cafe ole", False),
        ("it’s £5 – now", "it's £5 - now", False),
        ("call 5 5 5 0 1 2 3", "call 5 5 5 0 1 2 3", False),
        ("Встретимся завтра дома", "Встретимся завтра дома", False),
    ],
)
def test_what_a_reader_sees_is_what_is_compared(text: str, clear: str, disguised: bool) -> None:
    assert plain(text).text == clear
    assert bool(plain(text).disguised) is disguised
