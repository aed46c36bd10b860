"""What a clause leaves out: exceptions, consents, entitlements.

An exemption is the whole part of the sentence that exempts, to its natural end: the end of a bracket or of the inserted clause,
the comma before the main clause where it opens the sentence, else the end of the sentence. Where a whole sentence says what is
allowed after all, it is the sentence.
"""

from __future__ import annotations

import re

from fairwire.model.imported import Exemption
from fairwire.policy.facts.sentences import sentences_of

_CONSENT = (
    r"(?:consents?|authori[sz]ations?|permissions?|approvals?|agreements?|licen[cs]es?|acceptance|assent|authority|"
    r"arrangements?|clearance|"
    r"say[\s-]so|endorsement|concurrence|opt[\s-]?ins?)"
)
_WORD = r"[\w'’\-]{1,30}"
_WITHOUT = re.compile(
    rf"\b(?:without|absent|in\s+the\s+absence\s+of|w/o),?\s+(?:in\s+each\s+case,?\s+)?(?:(?!notice\b|limit|liab|"
    rf"prejudice|delay|undue|warning|regard|refund){_WORD},?\s+){{0,8}}?{_CONSENT}\b"
    rf"(?:\s+(?:(?:of|from|by|to\s+do\s+so|in\s+writing|to|for|and|or|in\s+advance|beforehand)\b))?",
    re.I,
)
_OF_WHOM = re.compile(
    rf"(?:\s+in\s+writing)?(?:\s+(?:or|and)\s+{_WORD}(?:\s+{_WORD}){{0,2}}?\s*{_CONSENT}\b)?"
    rf"(?:\s+(?:of|from|by)\s+(?:(?:the|its|their|our|your|an?|each|any|such|all|that|those)\s+)?{_WORD}(?:\s+(?!to\b|"
    rf"in\b|is\b|and\b|or\b|for\b|by\b|on\b|as\b|may\b|will\b|shall\b){_WORD}){{0,5}})?"
    rf"(?:\s+to\s+do\s+so)?(?:\s+in\s+writing)?",
    re.I,
)
_CLAUSE = re.compile(
    r"\b(?:unless|save\s+(?:as|where|for|that|to\s+the\s+extent|in\s+so\s+far|with|when|if)|except(?:ing|ed)?\b(?!\w)|"
    r"with\s+the\s+exceptions?\s+of|"
    r"excluding|barring|other\s+than|apart\s+from|aside\s+from|provided,?\s+(?:however,?\s+)?that|provided\s+(?:you|"
    r"the|we|it|they|such|prior|always)|"
    r"so\s+long\s+as|as\s+long\s+as|on\s+condition\s+that|on\s+the\s+condition\s+that|"
    r"subject\s+to\s+(?:\w+['’]?s?\s+){0,6}?(?:consent|approval|permission|authori[sz]ation|agreement)|"
    r"until\s+(?:you|the\s+customer|client|we)\s+(?:have|has)\s+(?:\w+\s+){0,4}?(?:consent|approv\w+|permission|"
    r"authori[sz]\w+|agreed)|"
    r"but\s+(?:is\s+|are\s+)?(?:allowed|permitted|acceptable)\b|"
    r"but\s+not\s+(?!limited|the\s+obligation|only|necessarily|obliged)|if\s+not\s+authori[sz]ed|only\s+(?:if|where|"
    r"when|with)\s+(?:\w+['’]?s?\s+){0,6}?(?:consent|approval|permission|authori[sz]ation|agreement|permitted|"
    r"authori[sz]ed|agreed|approved)|"
    r"with(?:out)?\s+the\s+exclusion\s+of|only\s+to\s+replace\b|not\s+including\b|outside\s+of\s+(?:an?|"
    r"the)\s+(?:authori[sz]ed|agreed|approved))",
    re.I,
)
_EXCEPT_NOT = re.compile(r"excepted\b|exceptional|exception\b", re.I)
_SENTENCE = re.compile(
    r"\b(?:(?:this|these|the\s+(?:above|foregoing|following|restriction|prohibition|limit|limits|rule|"
    r"policy))\b[^.;]{0,80}?\b(?:does|do|shall|will)\s+not\s+(?:apply|extend|affect|cover|restrict|prevent|prohibit|"
    r"include)|"
    r"(?:does|do|shall|will)\s+not\s+(?:apply|extend)\s+to\b|(?:is|are)\s+not\s+(?:prohibited|forbidden|restricted|"
    r"subject\s+to|covered\s+by\s+th\w{1,3}|affected\s+by|"
    r"considered\s+(?:to\s+be\s+)?(?:an?\s+)?(?:breach|violation|abuse|excessive|spam)|counted|"
    r"intended\s+to\s+(?:prohibit|prevent|restrict)|in\s+breach|a\s+(?:breach|violation))|"
    r"(?:is|are|will\s+be|shall\s+be)\s+(?:exempt(?:ed)?|excluded)\b|(?:is|are)\s+(?:also\s+|only\s+)?(?:permitted|"
    r"allowed|acceptable)\s+(?:where|if|when|provided|so\s+long|as\s+long)|"
    r"nothing\s+(?:in\s+(?:this|these|the)|herein|here)\b|notwithstanding\b|exceptions?\s+(?:to\s+this|"
    r"may\s+be\s+(?:made|granted)|(?:is|are)\s+made|include)|"
    r"(?:legitimate|lawful|authori[sz]ed|reasonable)\s+(?:use|uses|testing|research|purposes?)\b[^.;]{0,80}?\b(?:is|"
    r"are)\s+(?:not|permitted|allowed|acceptable|exempt))",
    re.I,
)
_YOUR_CONSENT = re.compile(r"without\s+(?:your|(?:the\s+)?(?:customer|client|user|subscriber)['’]s)\b", re.I)
_WE_MAY = re.compile(r"\b(?:(?:[Ww]e|provider|company)\s+(?:may|can|will|reserve|shall)|right\s+to)\b")
"""What the provider may do without the customer's consent is the provider's power and exempts nothing."""
_NOTHING_LEFT_OUT = re.compile(r"\b(?:without\s+limit|including,?\s+but\s+not|including,?\s+without|but\s+not\s+limited)", re.I)
_SENTENCE_NOT = re.compile(
    r"\bnot\s+(?:include|cover|list)\s+(?:every|all|each)\b|\bnot\s+(?:intended\s+to\s+be\s+)?(?:exhaustive|limited|"
    r"all[\s-]inclusive)\b|\bnot\s+considered\s+(?:to\s+be\s+)?(?:an?\s+)?exhaustive",
    re.I,
)
_AND_NOT = re.compile(r"\s+(?:and|but)\s+not\b", re.I)
_MAIN = re.compile(
    r",\s*(?:(?:and|but|or)\s+)?(?=(?:you|we|customers?|clients?|users?|subscribers?|the|our|your|any|all|no|each|it|"
    r"they|such|this|these|there|nor|neither|[A-Z]\w+)\s+(?:\w+\s+){0,6}?"
    r"(?:may|must|shall|will|should|can|cannot|are|is|do|does|has|have|agree|reserve)\b)"
)
_LIST_WORD = re.compile(r"(?:and|or|including|such|e\.g|for\s+example|as|which|who|that|whether)\b", re.I)
_LONGEST_INSERTION = 160
_LONGEST, _NEAR = 1500, 40
_BRACKETS = {"(": ")", "[": "]"}
_TRIM = " \t\r\n\u00a0;:,"


def exemptions(text: str, *, offset: int = 0) -> tuple[Exemption, ...]:
    """Every exemption of a text, in its order, none inside another.

    Parameters
    ----------
    offset
        Where the text begins in its document; offsets of the result count from the document's start.
    """
    found: list[tuple[int, int]] = []
    for start, end in sentences_of(text):
        found.extend(_of_sentence(text, start, end))
    return tuple(Exemption(start=offset + start, end=offset + end, text=text[start:end]) for start, end in _apart(found))


def _of_sentence(text: str, start: int, end: int) -> list[tuple[int, int]]:
    places = []
    for match in _WITHOUT.finditer(text, start, end):
        if _YOUR_CONSENT.match(text, match.start()) and _WE_MAY.search(text, max(start, match.start() - 200), match.start()):
            continue
        places.append((match.start(), _after_consent(text, match, end)))
    last = start
    for match in _CLAUSE.finditer(text, start, end):
        if match.start() < last or _NOTHING_LEFT_OUT.match(text, match.start(), end) or _is_no_exception(text, match):
            continue
        last = _clause_end(text, match.start(), match.end(), start, min(end, match.end() + _LONGEST))
        places.append((match.start(), last))
    last = start
    for match in _SENTENCE.finditer(text, start, end):
        if match.start() < last or _SENTENCE_NOT.search(text, match.start(), min(end, match.end() + _NEAR)):
            continue
        first, last = _whole(text, match.start(), start, end)
        places.append((first, last))
    return [(first, _trimmed(text, first, last, whole=_opens(text, start, first))) for first, last in places if last > first]


def _opens(text: str, start: int, first: int) -> bool:
    """Whether nothing but marks stands before an exemption in its sentence: its full stop is then its own."""
    return first - start < _NEAR and not any(sign.isalnum() for sign in text[start:first])


def _is_no_exception(text: str, match: re.Match[str]) -> bool:
    plain = match.group().lower()
    after = text[match.end() : match.end() + 12].lower()
    if plain.startswith("except") and after.startswith(("ion", "al")):
        return True
    return plain == "other than" and text[max(0, match.start() - 3) : match.start()].lower().endswith("no ")


def _after_consent(text: str, match: re.Match[str], end: int) -> int:
    """`without the prior consent` and whose it is."""
    words = match.group().rsplit(None, 1)
    tail = words[-1].lower() if len(words) > 1 else ""
    last = match.end()
    if tail in ("of", "from", "by", "to", "for", "and", "or", "writing", "so", "advance", "beforehand"):
        last = match.start() + len(match.group()) - len(tail)
        while text[last - 1].isspace():
            last -= 1
        consent = re.search(rf"{_CONSENT}\b", match.group(), re.I)
        if consent is not None:
            last = match.start() + consent.end()
    more = _OF_WHOM.match(text, last, end)
    return more.end() if more is not None else last


def _clause_end(text: str, at: int, after: int, start: int, end: int) -> int:
    before = text[max(start, at - 200) : at].rstrip()
    opener = before[-1:]
    if opener in _BRACKETS:
        close = text.find(_BRACKETS[opener], after, end)
        return close if close >= 0 else end
    if not before or not any(letter.isalpha() for letter in before):
        main = _MAIN.search(text, after, end)
        return main.start() if main is not None else _first_comma(text, after, end)
    semicolon = text.find(";", after, end)
    limit = semicolon if semicolon >= 0 else end
    limit = _unmatched_close(text, after, limit)
    if opener == ",":
        comma = text.find(",", after, limit)
        if 0 <= comma < after + _LONGEST_INSERTION and not _LIST_WORD.match(text, comma + 1 + _spaces(text, comma + 1), limit):
            return comma
    if text[at : at + 4].lower() == "only":
        limit = _first(_AND_NOT, text, after, limit)
    return _first(_MAIN, text, after, limit)


def _first(pattern: re.Pattern[str], text: str, after: int, end: int) -> int:
    match = pattern.search(text, after, end)
    return match.start() if match is not None else end


def _first_comma(text: str, after: int, end: int) -> int:
    comma = text.find(",", after, end)
    return comma if comma >= 0 else end


def _spaces(text: str, at: int) -> int:
    count = 0
    while at + count < len(text) and text[at + count].isspace():
        count += 1
    return count


def _unmatched_close(text: str, at: int, end: int) -> int:
    """The bracket that closes one opened before `at`, else `end`."""
    depth = 0
    for place in range(at, end):
        if text[place] in "([":
            depth += 1
        elif text[place] in ")]":
            depth -= 1
            if depth < 0:
                return place
    return end


def _whole(text: str, at: int, start: int, end: int) -> tuple[int, int]:
    """The part of the sentence between semicolons that holds `at`."""
    left = text.rfind(";", start, at)
    right = text.find(";", at, end)
    first = start if left < 0 else left + 1
    first += _spaces(text, first)
    return first, end if right < 0 else right


def _trimmed(text: str, first: int, last: int, *, whole: bool) -> int:
    signs = _TRIM if whole else _TRIM + ".!?"
    while last > first and text[last - 1] in signs:
        last -= 1
    return last


def _apart(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those inside another; where two overlap, the first is kept to its end."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(set(places), key=lambda place: (place[0], -place[1])):
        if kept and first < kept[-1][1]:
            continue
        kept.append((first, last))
    return kept
