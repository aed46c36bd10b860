"""Texts in other languages than English: what they are, why, and that words of one language alarm in no other."""

from __future__ import annotations

import pytest
from test_content_disguises import DISGUISES

from fairwire.content import Reading, explain_text, read_text
from labelled_texts import Row, examples

LANGUAGES = ("german", "french", "spanish", "dutch", "italian", "portuguese")
SEEN = {language: examples(f"{language}_seen") for language in LANGUAGES}
UNSEEN = {language: examples(f"{language}_unseen") for language in LANGUAGES}


def told(reading: Reading) -> set[str]:
    return {kind for kind, score in reading.scores._asdict().items() if score >= 0.5}


def known(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.kinds and row.kinds <= told(read_text(row.text))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_schemes_and_threats_are_known(language: str) -> None:
    asked = [row for row in SEEN[language] if row.kinds]
    missed = [row.text for row in asked if not row.kinds <= told(read_text(row.text))]
    assert len(asked) > 60
    assert len(missed) <= 1, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_quarrels_news_and_jests_are_left_alone(language: str) -> None:
    innocent = [row for row in (*SEEN[language], *UNSEEN[language]) if not row.kinds]
    assert len(innocent) > 50
    assert {row.text: told(read_text(row.text)) for row in innocent if told(read_text(row.text))} == {}


def test_of_texts_that_no_word_was_listed_for_a_third_and_more_are_known() -> None:
    rows = [row for language in LANGUAGES for row in UNSEEN[language]]
    assert len(known(rows)) >= 0.4 * sum(bool(row.kinds) for row in rows)


def test_ordinary_texts_by_another_hand_are_known_and_innocent_ones_left_alone() -> None:
    rows = examples("languages_of_others")
    assert len(known(rows)) >= 0.8 * sum(bool(row.kinds) for row in rows)
    assert [row.text for row in rows if not row.kinds and told(read_text(row.text))] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phishing", "Ihr Konto wurde gesperrt. Bitte bestätigen Sie Ihre Daten unter https://konto.example"),
        ("phishing", "Votre colis est en attente, réglez les frais de douane : https://colis.example"),
        ("phishing", "Su cuenta ha sido bloqueada, verifique sus datos en https://cuenta.example"),
        ("phishing", "Hoi mam, mijn telefoon is kapot, dit is mijn nieuwe nummer"),
        ("one_time_code", "Il tuo codice di verifica è 482913"),
        ("one_time_code", "Dein Bestätigungscode lautet 482913"),
        ("lure", "Parabéns! Você ganhou um iPhone, resgate em https://premio.example"),
        ("lure", "Prêt rapide sans justificatif, accord en 10 minutes, 5000 euros, écrivez nous"),
        ("threat", "Ich weiß wo du wohnst und ich bring dich um"),
        ("threat", "je vais te tuer"),
        ("authority", "Guardia Civil: orden de detención contra usted, llame al 910 55 01 88"),
        ("offer", "Stuur dit bericht door naar 10 vrienden anders heb je 7 jaar ongeluk"),
        ("adult", "Massaggio erotico con finale felice, 351 555 0122"),
    ],
)
def test_each_kind_is_known_by_its_plain_form(kind: str, text: str) -> None:
    assert kind in told(read_text(text)), read_text(text).scores


@pytest.mark.parametrize(
    "text",
    [
        "Das Gift im Schrank ist gegen Ratten, der Brand im Keller ist gelöscht",
        "The new brand of gift cards, die cut and rat free, war games on sale",
        "La sale de bain est sale, le pain est bon, la location est dans ton pays",
        "Once tazas de sopa, pie de foto y una red: todo sale bien",
        "Er was brand in de stad, de arts bang, maar niemand dood",
        "Sale e pepe, come stai, la cute è sensibile",
        "O pai puxa a porta, a data é amanhã, mande o pacote de arroz",
    ],
)
def test_words_that_mean_something_else_in_another_language_alarm_in_none(text: str) -> None:
    assert told(read_text(text)) == set(), read_text(text).reasons


@pytest.mark.parametrize(
    "text",
    [
        "Ich werde dich nicht umbringen",
        "je ne vais pas te tuer",
        "no te voy a matar",
        "ik ga je niet vermoorden",
        'Er sagte: "Ich bring dich um", und dann kam die Polizei',
        "En la película dice que te voy a matar y se acaba",
        "je vais te tuer mdr",
        "ik vermoord je haha",
        "Ich bring dich um 8 zum Bahnhof",
    ],
)
def test_a_denial_a_quotation_a_story_and_a_jest_are_no_threat(text: str) -> None:
    assert "threat" not in told(read_text(text))


@pytest.mark.parametrize(
    "text", ["Wir fragen nie nach Ihrer PIN. Antworten Sie mit JA", "Nous ne demandons jamais votre code secret"]
)
def test_a_warning_of_phishing_is_none(text: str) -> None:
    assert told(read_text(text)) == set()


def test_a_link_to_the_named_bank_is_no_phishing_and_one_elsewhere_is() -> None:
    text = "Rabobank: uw rekening is geblokkeerd. Bevestig uw gegevens op https://www.{}/pas"
    assert "phishing" not in told(read_text(text.format("rabobank.nl")))
    assert "phishing" in told(read_text(text.format("rabo-pas.example")))


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ("Überweisung gesperrt, bestätigen Sie Ihr Konto https://a.example", ("ueberweisung", "Uberweisung")),
        ("Votre accès est bloqué, vérifiez votre compte https://a.example", ("acces",)),
    ],
)
def test_accents_and_umlauts_may_be_left_out(written: str, others: tuple[str, ...]) -> None:
    plain = written.translate(str.maketrans("Üäèéù", "Uaeeu"))
    double = written.replace("Ü", "Ue").replace("ä", "ae")
    assert len({read_text(each).scores for each in (written, plain, double)}) == 1
    assert "phishing" in told(read_text(written))


@pytest.mark.parametrize("name", [name for name in DISGUISES if name != "full width"])
def test_a_disguised_text_is_still_known(name: str) -> None:
    disguise, _ = DISGUISES[name]
    rows = [row for language in LANGUAGES for row in known(SEEN[language])]
    hidden = [row for row in rows if row.kinds <= told(read_text(disguise(row.text)))]
    assert len(hidden) >= 0.8 * len(rows)


def test_reasons_are_words_of_the_text_with_their_accents() -> None:
    text = "Ihr Zugang ist eingeschränkt, bestätigen Sie ihn unter https://a.example"
    assert read_text(text).reasons["phishing"] == ("zugang", "eingeschränkt", "a link", "bestätigen")
    assert "“eingeschränkt”" in explain_text(text)[0]


def test_reasons_hide_what_must_not_be_shown() -> None:
    said = " ".join(
        explain_text("Ihre Karte 4111 1111 1111 1111 ist gesperrt, Code 483920, rufen Sie 030 555 0123 an, bestätigen Sie")
    )
    assert not any(secret in said for secret in ("4111", "483920", "555"))


def test_texts_of_one_template_share_their_key() -> None:
    template = "Guten Tag {}, Ihr Paket {} konnte nicht zugestellt werden, bitte Zollgebühr zahlen: {}"
    keys = {
        read_text(template.format(name, number, link)).template
        for name, number, link in (("Anna", "7781", "https://a.example"), ("Jonas", "99120", "https://b.example/2"))
    }
    assert len(keys) == 1


def test_words_of_another_language_do_not_hide_an_english_text() -> None:
    text = "Your account has been suspended, verify it now at https://a.example"
    padding = "der die das und ist nicht mit von für auch noch schon sehr mehr wir haben eine einen"
    assert "phishing" in told(read_text(f"{text} {padding}"))


def test_a_language_that_is_not_read_stays_near_zero() -> None:
    for text in (
        "Twoje konto zostało zablokowane, potwierdź dane: https://a.example",
        "Ditt konto är spärrat, bekräfta: https://a.example",
    ):
        assert max(read_text(text).scores) < 0.5
