"""Language, kind, and two documents in one file."""

from __future__ import annotations

import pytest

from fairwire.policy.facts import kind_of, language_of, policies_in, same_kind_again, whose_policy

LANGUAGES = [
    ("en", "You may not use the service to send messages that nobody asked for."),
    ("de", "Der Kunde darf den Dienst nicht für Anrufe nutzen, die niemand bestellt hat, und er haftet für die Folgen."),
    ("fr", "Le client ne doit pas se servir de la ligne pour des appels que personne ne demande, et il en est responsable."),
    ("es", "El cliente no debe usar la línea para llamadas que nadie pidió, y es responsable de lo que hagan los suyos."),
    ("pt", "O cliente não deve usar a linha para chamadas que ninguém pediu e é responsável pelo que fazem os seus."),
    ("it", "Il cliente non deve usare la linea per chiamate che nessuno ha chiesto ed è responsabile di ciò che accade."),
    ("nl", "De klant mag de lijn niet gebruiken voor oproepen waar niemand om vroeg en is verantwoordelijk voor het gevolg."),
    ("sv", "Kunden får inte använda linjen för samtal som ingen har bett om och ansvarar för det som sker."),
    ("da", "Kunden må ikke bruge linjen til opkald, som ingen har bedt om, og skal svare for det, der sker af det."),
    ("pl", "Klient nie może używać linii do połączeń, o które nikt nie prosił, i jest za to odpowiedzialny oraz za skutki."),
    ("ru", "Клиент не должен звонить тем, кто об этом не просил, и отвечает за всё, что было сделано."),
    ("el", "Ο πελάτης δεν πρέπει να καλεί όποιον δεν το ζήτησε."),
    ("ar", "لا يجوز للعميل استخدام الخط لإجراء مكالمات لم يطلبها أحد."),
    ("zh", "客户不得拨打未经请求的电话，也不得发送垃圾短信。"),
    ("ja", "お客様は、頼まれていない電話をかけてはなりません。"),
    ("ko", "고객은 요청하지 않은 전화를 걸어서는 안 됩니다."),
    ("hi", "ग्राहक बिना अनुरोध के फ़ोन नहीं करेगा।"),
    ("und", "Line"),
    ("und", ""),
    ("und", "1 2 3 4 5 6 7 8 9 10 11 12"),
]


@pytest.mark.parametrize(("language", "text"), LANGUAGES)
def test_the_language_is_told_by_small_words_or_script(language: str, text: str) -> None:
    found, confidence = language_of(text)
    assert found == language
    assert 0 <= confidence <= 1
    assert (confidence == 0) == (language == "und")


RULES = "Customers must not use the service for spam, phishing, malware, harassment, port scans or unauthorized access.\n"
DOCUMENTS = [
    ("acceptable_use", "Acceptable Use Policy\n" + RULES),
    (
        "acceptable_use",
        "MASTER SERVICES AGREEMENT\nGoverning law. Limitation of liability. Payment terms.\n\nExhibit B - Acceptable Use Policy\n"
        + RULES,
    ),
    ("fair_use", "Fair Use Policy\nUnlimited plans include 3,000 minutes per month. Excessive use is billed.\n"),
    (
        "privacy_policy",
        "Privacy Policy\nWe collect personal information. Cookies are used. You may object to the use of personal data.\n",
    ),
    (
        "terms_of_service",
        "Terms of Service\nPayment terms, refunds, limitation of liability, governing law, severability, arbitration.\n",
    ),
    (
        "service_level_agreement",
        "Service Level Agreement\nUptime of 99.9% a month, else service credits. Scheduled maintenance is left out.\n",
    ),
    ("nda", "Mutual Non-Disclosure Agreement\nThe receiving party keeps the confidential information of the disclosing party.\n"),
    (
        "employment",
        "Employment Agreement\nThe employee shall have a salary and annual leave after a probationary period of three months.\n",
    ),
    ("lease", "Lease Agreement\nThe landlord lets the premises to the tenant for a monthly rent and a security deposit.\n"),
    ("invoice", "Tax Invoice\nInvoice number 17\nBill to: Acme\nQty, unit price, subtotal 20, amount due 24, due date in May\n"),
    ("order_form", "Order Form\nSubscription term: a year. Unit price: 20. Billing frequency: monthly, start date in May.\n"),
    (
        "data_processing",
        "Data Processing Agreement\nThe processor shall name its sub-processors to the controller. Data subjects have rights.\n",
    ),
    ("other", "A walk in the hills\nWe went up by the old path and came down before the rain began to fall.\n"),
    (
        "other",
        (
            "Acceptable Use Policy for Staff\nEmployees must not use company computers for play. Personal use of them is barred. "
            "Staff who do face "
            "disciplinary action by their line manager. All employees should ask the IT department.\n"
        ),
    ),
]

SCHOOL = (
    "Acceptable Use Policy\nThe college network serves the academic mission. College employees may use it for their own ends.\n"
    "Students and staff must keep to the Student Handbook and the Staff Handbook, else disciplinary action follows.\nNo spam.\n"
)


def test_a_schools_rules_for_its_people_are_no_providers_policy() -> None:
    assert kind_of(SCHOOL)[0] == "other"


@pytest.mark.parametrize(("kind", "text"), DOCUMENTS)
def test_the_kind_of_a_document_is_told_with_the_words_that_decided(kind: str, text: str) -> None:
    found, confidence, words = kind_of(text)
    assert found == kind
    assert 0.5 < confidence <= 1
    assert all(" ".join(word.split()).lower() in " ".join(text.split()).lower() for word in words)
    assert words or kind == "other"


def test_rules_for_staff_are_told_by_words_about_staff() -> None:
    _, _, words = kind_of(DOCUMENTS[-1][1])
    assert any("mployee" in word or "line manager" in word for word in words)


PROSE = "Customers of Acme keep to the rules that follow here, and so do all of those who use a line of theirs.\n" * 5


def test_two_policies_in_one_file_are_both_found() -> None:
    text = f"Acceptable Use Policy\n\n{PROSE}\nPrivacy Policy\n\n{PROSE}"
    found = policies_in(text, ())
    assert [one.text for one in found] == ["Acceptable Use Policy", "Privacy Policy"]
    assert all(text[one.start : one.end] == one.text for one in found)


@pytest.mark.parametrize(
    "text",
    [
        f"Acceptable Use Policy\n14 Dec 2023\nAcceptable Use Policy\n\n{PROSE}",
        f"• Privacy Policy\n• Terms of Service\n\nAcceptable Use Policy\n\n{PROSE}",
        f"Acceptable Use Policy\n\n{PROSE}\nThis policy goes with our Privacy Policy, which you should read.\n{PROSE}",
        f"Acceptable Use Policy\n\n{PROSE}\nPrivacy Policy\nTerms of Service\nContact\n",
        f"Master Services Agreement\n\n{PROSE}\n7. Acceptable Use Policy\n{PROSE}",
        PROSE,
        "",
    ],
)
def test_repeats_menus_mentions_and_numbered_sections_begin_no_second_policy(text: str) -> None:
    assert len(policies_in(text, ())) <= 1


@pytest.mark.parametrize(
    ("one", "other", "providers"),
    [
        ("Alpha Telecom Acceptable Use Policy", "Beta Voice Acceptable Use Policy", 2),
        ("ACCEPTABLE USE POLICY", "Acceptable Use Policy for Cloud PBX Services", 1),
    ],
)
def test_two_policies_of_one_kind_in_a_file_are_both_found(one: str, other: str, providers: int) -> None:
    text = f"{one}\n\n{PROSE}\n{other}\n\n{PROSE}"
    assert [found.text for found in same_kind_again(text, ())] == [one, other]
    assert len({whose_policy(one), whose_policy(other)} - {frozenset()}) == providers


@pytest.mark.parametrize(
    "again",
    [
        "Acme Acceptable Use Policy",
        "Changes to the Acceptable Use Policy",
        "Violations of this Acceptable Use Policy",
        "7. Acceptable Use Policy",
        "Please read the Acceptable Use Policy with care",
    ],
)
def test_a_running_head_and_a_section_on_the_policy_begin_no_other_one(again: str) -> None:
    assert same_kind_again(f"Acme Acceptable Use Policy\n\n{PROSE}\n{again}\n\n{PROSE}", ()) == ()
