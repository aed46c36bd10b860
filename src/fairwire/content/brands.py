"""Domains that hold a well-known name and are not its owner's: `secure-paypal.example.org`, and punycode that looks like one.

A sign that needs no language. A name counts as a label of the host, as a piece of one between hyphens, or grown together with a
word that such domains have (`paypallogin`); a path or a query that names it does not. The domain of which it is the whole
registered label (`amazon.de`) is taken for the owner's, unless anybody gets its ending for next to nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from fairwire.content.links import CHEAP, LENT, host_of, registered_domain
from fairwire.content.plain import look_alike

AS_OF = "2026-12-01"
"""When the two lists were made; their sources: docs/evidence/messaging.md."""
_COMPANIES = (
    "paypal netflix ebay walmart spotify coinbase binance metamask microsoft icloud appleid facebook instagram whatsapp "
    "linkedin docusign dropbox dhl fedex usps royalmail dpd correios hsbc barclays natwest lloydsbank citibank wellsfargo "
    "bankofamerica capitalone bbva bradesco nubank commerzbank postbank mastercard hmrc dvla"
)
_ALONE = frozenset(_COMPANIES.split())
"""Names that mean one company or office."""
_SHARED = "amazon apple chase evri google hermes irs itau klarna lloyds santander sparkasse ups"
_WORDS_TOO = frozenset(_SHARED.split())
"""Names that are words, people or places as well, or that many share: they count beside a word of `_BAIT` alone."""
_NAMES = _ALONE | _WORDS_TOO
_THEIRS = (
    "amazon-adsystem.com media-amazon.com ssl-images-amazon.com apple-cloudkit.com icloud-content.com google-analytics.com "
    "microsoftonline.com microsoftonline-p.com paypal-communication.com paypal-community.com dhlparcel.nl dhlparcel.es "
    "lloydsbank.com lloydsbank.co.uk santanderbank.com ebay-kleinanzeigen.de"
)
_OWN = frozenset(_THEIRS.split())
"""Domains of the owners in which the name is a part of the registered label."""
_DECEIVE = (
    "acceso account accounts alert alerts app auth bank banking bill billing card check claim client cliente clientes "
    "clients confirm customs delivery entrega envio envios fee form help hilfe hold id identity kunde kunden konto limited "
    "lock locked login logon online paiement paket parcel pagamento pago pagos pay payment post promo recovery redelivery "
    "refund renew reset resolve restore rewards safe secure secured securite security segura seguranca seguridad seguro "
    "sendung sicher sicherheit signin sms spk support suspend tax track tracking unlock update validate "
    "validation verificar verification verifica verify wallet zoll zustellung"
)
_BAIT = frozenset(_DECEIVE.split())
"""Words of accounts, parcels and payments, as domains made to deceive have them beside the name."""
_LET = (
    "github.io gitlab.io zendesk.com salesforce.com sharepoint.com okta.com myworkdayjobs.com atlassian.net freshdesk.com "
    "statuspage.io service-now.com"
)
_TENANTS = frozenset(_LET.split())
"""Services under which a company has its own name: a label that is the whole name is taken for its owner's."""
_OFFICES = (".gov", ".gov.uk", ".mil")
"""Endings that public offices alone get."""
_ENDINGS = frozenset(("com", "net", "org", "co", "de", "uk", "br"))
"""What follows a name in a host that begins with a whole domain of its owner."""
_DIGITS = str.maketrans("0134578", "oleastb")
_LONG = 5
"""Letters from which digits in a name are read as letters: shorter ones come about by chance."""


class Posed(NamedTuple):
    """A name in a domain that is not its owner's."""

    name: str
    surely: bool
    """Beside a word of `_BAIT`, a look-alike, under a cheap ending or at a host of pages for anybody; else it may be a club."""


def owned(registered: str) -> bool:
    """Whether the registered domain is taken for that of a name's owner."""
    name, _, ending = registered.partition(".")
    return registered in _OWN or (name in _NAMES and ending not in LENT and ending.rpartition(".")[2] not in CHEAP)


@functools.lru_cache(maxsize=1 << 12)
def posed_as(link: str) -> Posed | None:
    """The well-known name in the host of a link whose domain is not its owner's; None where there is none."""
    host, registered = host_of(link), registered_domain(link)
    if not host or not registered or registered[-1].isdigit() or owned(registered) or host.endswith(_OFFICES):
        return None
    name, _, ending = registered.partition(".")
    labels = host.removesuffix(registered[registered.index(".") :]).split(".")
    if registered in _TENANTS or ending in _TENANTS:
        labels = [label for label in labels if label not in _NAMES]
    lent = name in _NAMES and ending in LENT
    bait = ending.rpartition(".")[2] in CHEAP or any(
        piece.strip("0123456789") in _BAIT for label in labels for piece in label.split("-")
    )
    bait = bait or any(one in _NAMES and other in _ENDINGS for one, other in pairwise(labels))
    found = [Posed(name, surely or bait or lent) for label in labels for name, surely in _held(label)]
    counted = [each for each in found if each.surely or each.name in _ALONE]
    return max(counted, key=lambda each: each.surely, default=None)


def _held(label: str) -> Iterator[tuple[str, bool]]:
    """The names in a label, and whether they are a look-alike or grown together with a word of `_BAIT`."""
    seen = _read(label)
    pieces = seen.split("-")
    for piece in (*pieces, *(one + other for one, other in pairwise(pieces))):
        letters = piece.translate(_DIGITS)
        if piece in _NAMES:
            yield piece, seen != label
        elif len(piece) >= _LONG and letters in _NAMES:
            yield letters, True
        else:
            yield from ((name, True) for name in _NAMES if _grown(piece, name))


def _grown(piece: str, name: str) -> bool:
    """Whether the piece is the name and a word of `_BAIT`, one after the other, or the name and a number."""
    if piece.startswith(name):
        rest = piece[len(name) :].strip("0123456789")
    elif piece.endswith(name):
        rest = piece[: -len(name)]
    else:
        return False
    return rest in _BAIT or not rest


def _read(label: str) -> str:
    """The label as a reader sees it: punycode decoded, in the Latin letters that it looks like."""
    if not label.startswith("xn--"):
        return label
    try:
        return look_alike(label[4:].encode().decode("punycode"))
    except UnicodeError:
        return label
