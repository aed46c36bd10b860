"""A link that holds a well-known name without being its owner's is told in any language, and the owner's own never is."""

from __future__ import annotations

import pytest

from fairwire.content import explain_text, read_text
from fairwire.content.brands import owned, posed_as

SURELY = [
    "https://dhl-paket.example.net/9",
    "https://secure-paypal.example.org",
    "http://paypal.com.session.example/login",
    "http://login.netflix.example.org/a",
    "http://netflixbilling.example",
    "http://my-hsbc-login.example",
    "http://amazon-konto.example/x",
    "http://royal-mail-fee.example",
    "http://sparkasse-verify.example",
    "http://itau-app.top/9",
    "http://paypal.top",
    "http://dhl24.top/z",
    "http://paypal.weebly.com",
    "http://netflix-login.web.app/x",
    "http://paypa1.com/x",
    "http://faceb00k.example.org",
    "https://xn--ypal-43d9g.com/x",
    "https://xn--pple-43d.com",
    "https://www.раypal.com/x",
    "http://user@commerzbank-sicherheit.example:8080/a",
]
PERHAPS = ["https://microsoft-training.example", "https://www.spotify-lists.example/top", "http://dhl-shop-miller.example"]
OWNERS_OR_NOBODYS = [
    "https://www.paypal.com/signin",
    "https://x.y.amazon.de/gp",
    "https://dhl.de/paket",
    "https://www.dhl.co.uk",
    "https://login.microsoftonline.com/a",
    "https://www.irs.gov/refunds",
    "https://www.gov.uk/hmrc-login",
    "https://online.hmrc.gov.uk/login",
    "https://lloydsbank.co.uk",
    "https://netflix.zendesk.com/help",
    "https://microsoft.github.io/docs",
    "https://dpd.example/track",
    "https://shop.example/paypal/login?from=netflix",
    "https://shop.example/?u=https://paypal.com",
    "https://apple-orchard.example",
    "https://chase-farm.example/shop",
    "https://amazon-river-tours.example",
    "https://supsale.example",
    "https://grupstart.example/login",
    "https://dphl-login.example",
    "https://münchen-post.example",
    "https://xn--mller-kva.example",
    "https://xn--9999999999.example",
    "http://192.0.2.7/paypal",
    "https://bank.example",
]


@pytest.mark.parametrize("link", SURELY)
def test_a_name_beside_a_word_of_accounts_or_in_look_alike_letters_is_phishing_in_any_language(link: str) -> None:
    for text in ("Ihr Zugang wurde gesperrt. Jetzt hier: {}", "Sua conta sera bloqueada hoje, acesse {}", "{}", "Konto: {}"):
        reading = read_text(text.format(link))
        assert reading.scores.phishing >= 0.5, text
        assert reading.scores.spam >= 0.5, text


@pytest.mark.parametrize("link", PERHAPS)
def test_a_name_alone_is_a_sign_that_needs_another(link: str) -> None:
    assert posed_as(link) is not None
    assert 0.1 < read_text(f"Der Kurs beginnt am Montag: {link}").scores.phishing < 0.5
    assert read_text(f"Your account is suspended, verify it: {link}").scores.phishing >= 0.5


@pytest.mark.parametrize("link", OWNERS_OR_NOBODYS)
def test_the_owners_domains_and_names_elsewhere_in_a_link_are_left_alone(link: str) -> None:
    assert posed_as(link) is None
    assert read_text(f"Ihre Sendung kommt heute: {link}").scores.phishing < 0.1


def test_the_sign_is_explained_with_the_name_that_the_domain_holds() -> None:
    text = "Ihr Paket liegt bereit: https://dhl-paket.example.net/9"
    assert read_text(text).reasons["phishing"] == ("a link whose domain holds dhl and is not its owner's",)
    assert any("a link whose domain holds dhl and is not its owner's" in each for each in explain_text(text))


def test_a_notice_in_kind_words_does_not_hide_the_sign() -> None:
    assert read_text("Your parcel is out for delivery: https://dhl-paket.example.net/9").scores.phishing >= 0.5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sparkasse: Ihr Zugang läuft ab. Hier erneuern: http://kunden-zugang.top/2", True),
        ("Correios: taxa pendente, pague em http://entrega-rapida.icu/4", True),
        ("BBVA: confirme sus datos en http://192.0.2.9/x", True),
        ("Sparkasse: Ihre neue Karte ist da, abholen in der Filiale", False),
        ("Sparkasse: neue Zeiten ab Mai, siehe https://www.sparkasse.de/zeiten", False),
        ("Correios fica ao lado da loja http://loja-nova.top/4", False),
        ("Netflix: heute Abend um 8 bei mir?", False),
    ],
)
def test_a_famous_sender_with_a_link_under_a_cheap_ending_is_phishing(text: str, found: bool) -> None:
    assert (read_text(text).scores.phishing >= 0.5) is found


def test_the_owner_is_who_has_the_whole_label_under_an_ending_that_costs() -> None:
    assert owned("amazon.de")
    assert owned("microsoftonline.com")
    assert not owned("paypal.top")
    assert not owned("paypal.weebly.com")
    assert not owned("example.org")
