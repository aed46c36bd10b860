"""The registered domain of a link: what somebody paid for, without the host before it and the path after it."""

from __future__ import annotations

import re

from fairwire.content.tokens import Text

_REGISTRIES = "ac co com edu gen go gob gov gouv govt id info ltd me mil ne net nhs nom or org plc police sch school web"
_SECOND = frozenset(_REGISTRIES.split())
"""Labels that registries of countries register under: co.uk, com.au, gov.in (publicsuffix.org has them all)."""
_LENT = (
    "blogspot.com github.io gitlab.io netlify.app vercel.app pages.dev workers.dev web.app firebaseapp.com herokuapp.com"
    " weebly.com wixsite.com azurewebsites.net cloudfront.net duckdns.org ngrok.io ngrok-free.app glitch.me r2.dev"
    " onrender.com myshopify.com"
)
LENT = frozenset(_LENT.split())
"""Hosts under which strangers each have a name of their own."""
_HOST = re.compile(r"^(?:[a-z]+\s?:\s?//)?(?:[^/@\s]*@)?([^/:?#\s]+)")
_SHORT = "bit.ly tinyurl.com t.co goo.gl is.gd ow.ly cutt.ly rb.gy shorturl.at t.ly rebrand.ly buff.ly tiny.cc s.id v.gd"
SHORTENERS = frozenset(_SHORT.split())
"""Services that hide where a link leads."""
_CHEAP = "top xyz click icu vip win loan buzz cyou sbs cfd rest bond monster quest bid trade ml ga cf gq tk"
CHEAP = frozenset(_CHEAP.split())
"""Endings that registries give away or nearly so; abuse reports name them far beyond their share."""


def host_of(link: str) -> str | None:
    """The host of a link in small letters; None where none can be read."""
    found = _HOST.match(link.strip().lower())
    return found.group(1).strip(".").replace(" ", "") if found else None


def registered_domain(link: str) -> str | None:
    """`https://login.bank.co.uk/x` -> `bank.co.uk`; an address of digits as it stands; None where no host can be read."""
    host = host_of(link)
    if host is None:
        return None
    labels = [each for each in host.split(".") if each]
    if len(labels) < 2:
        return None
    if labels[-1].isdigit():
        return host
    kept = 2
    if (len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND) or ".".join(labels[-2:]) in LENT:
        kept = 3
    return ".".join(labels[-kept:])


def first_domain(text: Text) -> str | None:
    """The registered domain of the first link of the text that has one."""
    for token in text.tokens:
        if token.kind == "link":
            domain = registered_domain(token.text.rstrip(".,;:!?)>]'"))
            if domain:
                return domain
    return None
