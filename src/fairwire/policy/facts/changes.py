"""How the provider may change the document, by its own words, plain or spun."""

from __future__ import annotations

import re
from typing import Literal

from fairwire.model.imported import ChangeTerms, Passage
from fairwire.policy.facts.quantities import quantities
from fairwire.policy.facts.sentences import sentences_of

_CHANGE = re.compile(
    r"\b(?:chang(?:e|es|ed|ing)|modif(?:y|ies|ied|ication|ications|ying)|amend(?:s|ed|ing|ment|ments)?|revis(?:e|es|ed|ing|ion|ions)|"
    r"updat(?:e|es|ed|ing)|adjust(?:s|ed|ing|ment|ments)?|alter(?:s|ed|ation|ations|ing)?|var(?:y|ied|iation|iations)|replac(?:e|es|ed|ing)|"
    r"supplement(?:s|ed)?|supersed(?:e|es|ed)|add\s+to|new\s+versions?)\b",
    re.I,
)
_DOCUMENT = re.compile(
    r"\b(?:polic(?:y|ies)|[A-Z]{0,2}AUP|FUP|AUP|terms|agreement|document|guidelines?|rules|conditions|page|strategy|arrangement|provisions)\b",
    re.I,
)
_BACK = re.compile(
    r"\b(?:such|these|the|any|those|all|said)\s+(?:\w{1,15}\s+){0,2}?(?:changes?|modifications?|amendments?|revisions?|updates?|alterations?|adjustments?)\b",
    re.I,
)
_MAY = re.compile(
    r"\b(?:may|might|can|will|could|reserves?|right|from\s+time\s+to\s+time|at\s+any\s+(?:given\s+)?time|discretion|out\s+of\s+the\s+blue|periodically|shall|subject\s+to)\b",
    re.I,
)
_OTHER_CHANGES = re.compile(
    r"\b(?:you|customers?|clients?|users?)\s+(?:may|must|shall|will|should|can)\s+(?:not\s+)?(?:chang|modif|alter|adjust|updat|replac|var)",
    re.I,
)
_POSTED = re.compile(
    r"\b(?:post(?:ed|ing|s)?|publish(?:ed|ing)?|publication|upload(?:ed|ing)?|appear(?:s|ing)?|(?:made\s+)?available\s+(?:on|at)|placed\s+on|put\s+(?:up\s+)?on|display(?:ed|ing))\b",
    re.I,
)
_EFFECT = re.compile(r"\b(?:effective|effect|in\s+force|binding|apply|applies|operative|valid)\b", re.I)
_AT_ONCE = re.compile(
    r"\b(?:immediate(?:ly)?|instantly|right\s+(?:now|away)|at\s+once|straight\s*away|as\s+soon\s+as|upon|on|once|when|after|from\s+the\s+(?:date|moment|time))\b",
    re.I,
)
_WITHOUT_NOTICE = re.compile(
    r"\b(?:without|no|not\s+require)\s+(?:\w{1,15}\s+){0,4}?(?:notice|notification|notifying|informing|warning)|\bout\s+of\s+the\s+blue\b|\bneed\s+not\s+notify\b",
    re.I,
)
_NOTICE = re.compile(
    r"\bnotif(?:y|ied|ication|ying)|\bnotices?\b|\binform(?:ed|ing)?\s+(?:you|customers?|clients?|users?)|\b(?:you|customers?|clients?|users?)\s+(?:\w{1,10}\s+){0,3}?be\s+(?:\w{1,15}\s+){0,2}?"
    r"(?:updated|informed|notified|advised|told|made\s+aware)|\b(?:e-?mail|advise|tell|alert)\s+(?:you|customers?|clients?|users?)\b|\bby\s+e-?mail\b|\bannounce|\bwriting\s+to\s+you\b|\bwe\s+will\s+let\s+you\s+know\b",
    re.I,
)
_USE = re.compile(
    r"\b(?:continu\w{0,5}|use|using|usage|access\w{0,3}|utili[sz]\w{1,4})\b[^.;]{0,160}?\b(?:constitut\w{1,3}|signif\w{1,5}|agree\w{0,4}|accept\w{0,5}|acknowledg\w{1,5}|"
    r"consents?|deemed|bound|indicat\w{1,3}|means?|acceptance)\b",
    re.I,
)
_EXPLICIT = re.compile(
    r"\b(?:you|customers?|clients?|users?)\s+(?:must|shall|will\s+be\s+(?:asked|required)\s+to|are\s+required\s+to|have\s+to)\s+(?:\w{1,15}\s+){0,2}?(?:accept|sign|agree\s+to|confirm|re-?accept)\b|"
    r"\b(?:signed\s+by\s+(?:both|the)\s+(?:parties|customer)|written\s+(?:acceptance|agreement)\s+of\s+(?:both|the)\b|click(?:ing)?\s+(?:on\s+)?[“\"']?(?:i\s+)?(?:accept|agree)|mutual\s+(?:written\s+)?agreement)",
    re.I,
)
_IS_ACCEPTED = re.compile(
    r"\b(?:polic(?:y|ies)|[A-Z]{0,2}AUP|terms|agreement|changes?|amendments?|modifications?|revisions?|document|rules|FUP)\b",
    re.I,
)
_REVIEW = re.compile(
    r"\b(?:check|review|visit|audit|consult|read|familiari[sz]e)\b[^.;]{0,80}\b(?:page|polic(?:y|ies)|site|website|strategy|version|regularly|periodically|frequently|AUP)\b|\bup[\s-]to[\s-]date\s+with\b",
    re.I,
)
_DAYS = {"day": 1, "business_day": 1, "week": 7, "fortnight": 14, "month": 30}


def changes(text: str) -> ChangeTerms | None:
    """The terms of change; None where the document says nothing of changes and nothing of acceptance by use."""
    passages: list[tuple[int, int]] = []
    effective: Literal["on_posting", "after_notice", "unstated"] = "unstated"
    acceptance: Literal["use", "explicit", "unstated"] = "unstated"
    notice = refused = False
    days: int | None = None
    previous = False
    for start, end in sentences_of(text):
        sentence = text[start:end]
        about = _is_about_changes(sentence, previous)
        if about:
            told = _NOTICE.search(_WITHOUT_NOTICE.sub(" ", sentence)) is not None
            refused = refused or _WITHOUT_NOTICE.search(sentence) is not None
            notice = notice or told
            number = _notice_days(sentence) if told else None
            days = number if days is None else days
            if number is not None or (
                told
                and re.search(r"\b(?:after|upon|on|following|by|with|subject\s+to)\s+(?:\w{1,15}\s+){0,3}?notice", sentence, re.I)
            ):
                effective = "after_notice"
            elif effective == "unstated" and _is_on_posting(sentence):
                effective = "on_posting"
        accepted = _acceptance(sentence)
        if accepted is not None and (acceptance == "unstated" or about):
            acceptance = accepted
        if about or accepted is not None or (previous and _REVIEW.search(sentence)):
            passages.append((start, end))
        previous = about or (previous and accepted is not None)
    if not passages:
        return None
    return ChangeTerms(
        effective=effective,
        notice=notice,
        acceptance=acceptance,
        passages=tuple(Passage(start=start, end=end, text=text[start:end]) for start, end in passages),
        notice_days=days,
    )


def _is_about_changes(sentence: str, previous: bool) -> bool:
    if not _CHANGE.search(sentence) or _OTHER_CHANGES.search(sentence):
        return False
    if previous and _BACK.search(sentence):
        return True
    if not _MAY.search(sentence):
        return False
    return any(
        _DOCUMENT.search(sentence, match.start(), match.end() + 90)
        or _DOCUMENT.search(sentence, max(0, match.start() - 70), match.start())
        for match in _CHANGE.finditer(sentence)
    ) and not re.search(
        r"\b(?:violat|breach|packets?|headers?|service\s+plan|traffic)\w*\b[^.]{0,40}\b(?:modif|chang|alter)", sentence, re.I
    )


def _is_on_posting(sentence: str) -> bool:
    return _POSTED.search(sentence) is not None or (
        _EFFECT.search(sentence) is not None and re.search(r"\bimmediate", sentence, re.I) is not None
    )


def _acceptance(sentence: str) -> Literal["use", "explicit"] | None:
    if _EXPLICIT.search(sentence) and _IS_ACCEPTED.search(sentence):
        return "explicit"
    match = _USE.search(sentence)
    if match is None or not _IS_ACCEPTED.search(sentence, match.start()):
        return None
    opening = sentence[: match.start()]
    if re.search(r"\b(?:not|shall|must|if)\b", opening[-40:], re.I) or not re.search(
        r"\b(?:by|your|you|customer|client|user|continued|continuing|continue|any)\b", sentence[: match.start() + 40], re.I
    ):
        return None
    return (
        "use"
        if re.match(r"continu|use|using|usage|access|utili", match.group(), re.I)
        and re.search(r"\b(?:by|continu\w*|your|after|constitut\w*|signif\w*|deemed)\b", sentence, re.I)
        else None
    )


def _notice_days(sentence: str) -> int | None:
    for quantity in quantities(sentence):
        if quantity.unit in _DAYS and quantity.value is not None and quantity.per is None:
            return round(quantity.value * _DAYS[quantity.unit])
    return None
