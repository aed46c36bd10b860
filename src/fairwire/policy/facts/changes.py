"""How the provider may change the document, by its own words, plain or spun."""

from __future__ import annotations

import re
from typing import Literal

from fairwire.model.imported import ChangeTerms, Passage
from fairwire.policy.facts.quantities import quantities
from fairwire.policy.facts.sentences import sentences_of

_Effective = Literal["on_posting", "after_notice", "unstated"]
_Acceptance = Literal["use", "explicit", "unstated"]

_CHANGE = re.compile(
    r"(?<!last\s)\b(?:chang(?:e|es|ed|ing)|modif(?:y|ies|ied|ication|ications|ying)|amend(?:s|ed|ing|ment|ments)?|"
    r"revis(?:e|es|ed|ing|ion|ions)|"
    r"updat(?:e|es|ed|ing)|adjust(?:s|ed|ing|ment|ments)?|alter(?:s|ed|ation|ations|ing)?|var(?:y|ied|iation|iations)|"
    r"replac(?:e|es|ed|ing)|"
    r"supplement(?:s|ed)?|supersed(?:e|es|ed)|refresh(?:es|ed|ing)?|rework(?:s|ed)?|overhaul(?:s|ed)?|add\s+to|"
    r"new\s+versions?)\b",
    re.I,
)
_DOCUMENT = re.compile(
    r"\b(?:polic(?:y|ies)|[A-Z]{0,2}AUP|FUP|AUP|terms|agreement|document|guidelines?|rules|conditions|page|strategy|"
    r"arrangement|approach|provisions)\b",
    re.I,
)
_BACK = re.compile(
    r"\b(?:such|these|the|any|those|all|said)\s+(?:\w{1,15}\s+){0,2}?(?:changes?|modifications?|amendments?|"
    r"revisions?|updates?|alterations?|adjustments?)\b",
    re.I,
)
_MAY = re.compile(
    r"\b(?:may|might|can|will|could|reserves?|right|from\s+time\s+to\s+time|at\s+any\s+(?:given\s+)?time|discretion|"
    r"out\s+of\s+the\s+blue|periodically|whenever|occasionally|now\s+and\s+then|shall|subject\s+to)\b",
    re.I,
)
_OTHER_CHANGES = re.compile(
    r"\b(?:you|customers?|clients?|users?)\s+(?:may|must|shall|will|should|can)\s+(?:not\s+)?(?:chang|modif|alter|"
    r"adjust|updat|replac|var)",
    re.I,
)
_POSTED = re.compile(
    r"\b(?:post(?:ed|ing|s)?|distribut(?:ed|ing)\s+on|publish(?:ed|ing)?|publication|upload(?:ed|ing)?|appear(?:s|ing)?|"
    r"(?:made\s+)?available\s+(?:on|at)|placed\s+on|put\s+(?:up\s+)?on|display(?:ed|ing))\b",
    re.I,
)
_EFFECT = re.compile(r"\b(?:effective|effect|in\s+force|binding|apply|applies|operative|valid|results)\b", re.I)
_AT_ONCE = re.compile(r"\b(?:immediate(?:ly)?|instantly|right\s+(?:now|away)|at\s+once|straight\s*away)\b", re.I)
_WITHOUT_NOTICE = re.compile(
    r"\b(?:without|no|not\s+require)\s+(?:\w{1,15}\s+){0,4}?(?:notice|notification|notifying|informing|warning)|"
    r"\bout\s+of\s+the\s+blue\b|\bneed\s+not\s+notify\b|\bnoti(?:fied|ce|fication)\b[^.;]{0,60}?\bby\s+(?:the\s+)?posting\b",
    re.I,
)
_NOTICE = re.compile(
    r"\bnotif(?:y|ied|ication|ications|ying)\b|\bnotices?\b|\binform(?:ed|ing)?\s+(?:you|customers?|clients?|users?)\b|"
    r"\b(?:you|customers?|clients?|users?)\s+(?:\w{1,10}\s+){0,3}?be\s+(?:\w{1,15}\s+){0,2}?"
    r"(?:updated|informed|notified|advised|told|made\s+aware)\b|"
    r"\b(?:e-?mail|advise|tell|alert)\s+(?:you|customers?|clients?|users?)\b|\bby\s+e-?mail\b|\bannounce|"
    r"\bwriting\s+to\s+you\b|"
    r"\blet\s+you\s+know\b",
    re.I,
)
_ON_NOTICE = re.compile(r"\b(?:after|upon|on|following|by|with|subject\s+to)\s+(?:\w{1,15}\s+){0,3}?notice\b", re.I)
_OF_OTHER_THINGS = re.compile(
    r"\b(?:violat|breach|packets?|headers?|service\s+plan|traffic)\w{0,8}\b[^.]{0,40}\b(?:modif|chang|alter)", re.I
)
_USE = re.compile(
    r"\b(?:continu\w{0,5}|use|using|usage|access\w{0,3}|utili[sz]\w{1,6})\b[^.;]{0,160}?\b(?:constitut\w{1,3}|"
    r"signif\w{1,5}|agree\w{0,4}|accept(?:s|ed|ing|ance)?|impl(?:y|ies)|acknowledg\w{1,5}|"
    r"consents?|deemed|bound|indicat\w{1,3}|means?|acceptance)\b",
    re.I,
)
_EXPLICIT = re.compile(
    r"\b(?:you|customers?|clients?|users?)\s+(?:must|shall|will\s+be\s+(?:asked|required)\s+to|are\s+required\s+to|"
    r"have\s+to)\s+(?:\w{1,15}\s+){0,2}?(?:accept|sign|agree\s+to|confirm|re-?accept)\b|"
    r"\b(?:signed\s+by\s+(?:both|the)\s+(?:parties|customer)|written\s+(?:acceptance|agreement)\s+of\s+(?:both|the)\b|"
    r"click(?:ing)?\s+(?:on\s+)?[“\"']?(?:i\s+)?(?:accept|agree)|mutual\s+(?:written\s+)?agreement)",
    re.I,
)
_IS_ACCEPTED = re.compile(
    r"\b(?:polic(?:y|ies)|[A-Z]{0,2}AUP|terms|agreement|changes?|amendments?|modifications?|revisions?|document|rules|FUP)\b",
    re.I,
)
_REVIEW = re.compile(
    r"\b(?:check|review|visit|audit|consult|read|familiari[sz]e)\b[^.;]{0,80}\b(?:page|polic(?:y|ies)|site|website|"
    r"strategy|version|regularly|periodically|whenever|occasionally|now\s+and\s+then|frequently|AUP)\b|"
    r"\bup[\s-]to[\s-]date\s+with\b",
    re.I,
)
_AFTER_POSTING = re.compile(
    r"\b(?:days?|weeks?|months?)\s+(?:after|following|from|of)\s+(?:\w{1,15}\s+){0,5}?(?:post|publi|upload|appear)\w{1,8}\b", re.I
)
_DAYS = {"day": 1, "business_day": 1, "week": 7, "fortnight": 14, "month": 30}
_BY_WHOM = re.compile(r"\b(?:by|your|you|customer|client|user|continued|continuing|continue|any)\b", re.I)
_UNDER_CONDITION = re.compile(r"\b(?:not|shall|must|if)\b", re.I)
_CONCLUDES = re.compile(r"\b(?:by|continu\w{1,4}|your|after|constitut\w{1,4}|signif\w{1,4}|deemed)\b", re.I)


def changes(text: str) -> ChangeTerms | None:
    """The terms of change; None where the document says nothing of changes and nothing of acceptance by use."""
    passages: list[Passage] = []
    effective: _Effective = "unstated"
    acceptance: _Acceptance = "unstated"
    notice = previous = False
    days: int | None = None
    for start, end in sentences_of(text):
        sentence = text[start:end]
        about = _is_about_changes(sentence, previous)
        if about:
            told = _WITHOUT_NOTICE.sub(" ", sentence)
            tells = _NOTICE.search(told) is not None
            notice = notice or tells
            number = _notice_days(told) if tells else None
            days = number if days is None else days
            posted = None if tells else _days_after_posting(sentence)
            days = posted if days is None else days
            if number is not None or posted is not None or (tells and _ON_NOTICE.search(told)):
                effective = "after_notice"
            elif effective == "unstated" and (
                _POSTED.search(sentence) or (_EFFECT.search(sentence) and _AT_ONCE.search(sentence))
            ):
                effective = "on_posting"
        accepted = _acceptance(sentence, previous)
        if accepted != "unstated" and (acceptance == "unstated" or about):
            acceptance = accepted
        if about or accepted != "unstated" or (previous and _REVIEW.search(sentence)):
            passages.append(Passage(start=start, end=end, text=sentence))
        previous = about or (previous and accepted != "unstated")
    if not passages:
        return None
    return ChangeTerms(effective=effective, notice=notice, acceptance=acceptance, passages=tuple(passages), notice_days=days)


def _is_about_changes(sentence: str, previous: bool) -> bool:
    if not _CHANGE.search(sentence) or _OTHER_CHANGES.search(sentence):
        return False
    if previous and (_BACK.search(sentence) or _NOTICE.search(sentence)):
        return True
    if not _MAY.search(sentence) or _OF_OTHER_THINGS.search(sentence):
        return False
    return any(
        _DOCUMENT.search(sentence, max(0, match.start() - 70), match.start())
        or _DOCUMENT.search(sentence, match.start(), match.end() + 90)
        for match in _CHANGE.finditer(sentence)
    )


def _acceptance(sentence: str, previous: bool) -> _Acceptance:
    if _EXPLICIT.search(sentence) and _IS_ACCEPTED.search(sentence):
        return "explicit"
    match = _USE.search(sentence)
    if match is None or not (previous or _IS_ACCEPTED.search(sentence, match.start())):
        return "unstated"
    if _UNDER_CONDITION.search(sentence, max(0, match.start() - 40), match.start()):
        return "unstated"
    return "use" if _BY_WHOM.search(sentence, 0, match.start() + 40) and _CONCLUDES.search(sentence) else "unstated"


def _days_after_posting(sentence: str) -> int | None:
    """`take effect 14 days after they are posted`: to post them is the notice."""
    after = _AFTER_POSTING.search(sentence)
    return _notice_days(sentence[: after.start() + 8]) if after is not None else None


def _notice_days(sentence: str) -> int | None:
    for quantity in quantities(sentence):
        if quantity.unit in _DAYS and quantity.value is not None and quantity.per is None:
            return round(quantity.value * _DAYS[quantity.unit])
    return None
