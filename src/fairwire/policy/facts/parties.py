"""Whose duty or right a clause is."""

from __future__ import annotations

import re

from fairwire.model.imported import Party
from fairwire.policy.facts.actors import actors_of
from fairwire.policy.facts.words import words_of

_CUSTOMERS_DUTY = re.compile(
    r"\b(?<!that )(?<!which )(?:(?:is|are|be|been|strictly|expressly|absolutely|totally|hereby)\s+(?:\w{1,15}ly\s+)?"
    r"(?:prohibited|forbidden|disallowed|precluded|unacceptable|barred|banned)|prohibits|"
    r"(?:is|are|constitutes?)\s+(?:an?\s+)?(?:\w{1,15}\s+)?(?:breach(?:es)?|violations?|misuse)\b|"
    r"not\s+(?:be\s+)?(?:permitted|allowed|tolerated|acceptable|used|shared)|"
    r"(?:may|must|shall|can|should|will|do)\s*not\s+be|cannot\s+be|(?:is|"
    r"are)\s+subject\s+to\b[^.;]{0,60}?\b(?:limits?|polic(?:y|ies)|allowances?|quotas?|terms)|"
    r"\w{3,20}(?:ed|en)\s+by\s+(?:the\s+)?(?:client|customer|you|user)s?)\b",
    re.I,
)
_SANCTIONS = (
    r"(?:suspended|terminated|cancell?ed|disconnected|disabled|blocked|removed|deleted|restricted|limited|throttled|"
    r"investigated|charged|billed|assessed|"
    r"invoiced|closed|withdrawn|warned|notified|refused|rejected)"
)
_SANCTIONED = re.compile(
    rf"\w+\s+(?:\w{{1,15}}ly\s+|also\s+)?(?:be|have\s+their\s+\w{{1,20}})\s+(?:\w{{1,15}}ly\s+)?{_SANCTIONS}\b", re.I
)
_FORBIDS = re.compile(
    r"\s*(?:\w{1,15}ly\s+)?(?:prohibit|forbid|ban|(?:expect|require|ask|urge|request)s?\s+(?:that\s+)?(?:its|our|all|"
    r"any|you|customer|client|user|every|each)|(?:do|does|will|shall|can)\s*(?:not|n['’]t)\s+(?:allow|permit|tolerate|"
    r"accept|condone|support))\w{0,3}\b",
    re.I,
)
_PROVIDERS_RIGHT = re.compile(
    r"\b(?:(?:may|will|shall|can|could)\s+(?:\w+ly\s+)?be\s+(?:\w{1,15}ly\s+)?" + _SANCTIONS + r"\b|"
    r"(?:may|will|can|could)\s+(?:\w{1,15}ly\s+)?be\s+(?:\w{1,15}ly\s+)?(?:monitored|logged|recorded|protected|"
    r"reviewed|reported|revised|amended|updated|modified|changed|posted|published|disclosed)\b|"
    r"(?<!if your )(?<!when your )(?<!while your )(?:account|number|line|service|access|trunk|site|mailbox)s?\s+"
    r"(?:is|are)\s+(?:\w{1,15}ly\s+)?(?:suspended|terminated|cancell?ed|closed|blocked|disabled|disconnected|"
    r"throttled)\b|"
    r"(?:cause|grounds|result|lead|subject)\b[^.;]{0,60}"
    r"\b(?:suspension|terminat|cancel|disconnect|interrupt|remov|restrict)|(?:failure|delay|"
    r"omission)\b[^.;]{0,120}\bwaive|not\s+be\s+liable|"
    r"no\s+(?:liability|obligation)|in\s+(?:our|its)\s+(?:sole|absolute|reasonable)|our\s+(?:sole|"
    r"absolute)\s+discretion|right\s+to\b|"
    r"please\s+(?:contact|report|e-?mail|notify|send|call|write))",
    re.I,
)
_STATES = re.compile(r"\b(?:acknowledg|agree|accept|understand|note|confirm)\w{0,5}\b[^.;]{0,30}\bthat\W*$", re.I)
"""`Client agrees that:` introduces what either side does."""
_STANDARDS = re.compile(
    r"\b(?:fail|not\s+(?:meet|follow|comply|adhere|keep))\w{0,3}\b[^.;]{0,60}\b(?:criteria|requirements?|rules|conditions|standards?)\b",
    re.I,
)
"""`We switch off any site that fails to meet these requirements:` introduces what customers must do."""
_EXPECTS = re.compile(r"(?::|:-|\b(?:to|shall|must|not|may|will))\s*$")


def party(text: str, *, lead_in: str = "") -> Party:
    """Whose duty or right a clause is: a prohibition is the customer's, the right to act on it the provider's.

    Parameters
    ----------
    lead_in
        The sentence that the clause completes. It decides where it names somebody and waits to be completed (`Client shall:`), or
        where the clause names nobody.
    """
    own = _side(text)
    if lead_in:
        led = _side(lead_in)
        if led == "provider" and _STANDARDS.search(lead_in):
            return own or "customer"
        waits = _EXPECTS.search(lead_in[-20:]) is not None and not _STATES.search(lead_in[-80:])
        if led is not None and (own is None or waits):
            return led
    return own or "customer"


def _side(text: str) -> Party | None:
    words = words_of(text)
    actors = actors_of(words)
    named = next((actor for actor in actors if not actor.conditional), None)
    if named is not None and named.side == "customer" and _SANCTIONED.match(text, words[named.last - 1].start):
        return "provider"
    duty = _CUSTOMERS_DUTY.search(text)
    if named is not None:
        at = words[named.first].start
        if duty is not None and duty.start() < at:
            return "customer"
        modal = words[named.last - 1]
        if duty is not None and modal.plain in ("is", "are") and duty.start() <= modal.end + 1:
            return "customer"  # `Harassing content is not permitted`
        if named.side == "provider" and _FORBIDS.match(text, words[named.first].end):
            return "customer"
        return named.side
    if duty is not None:
        return "customer"
    if _PROVIDERS_RIGHT.search(text):
        return "provider"
    return actors[0].side if actors else None
