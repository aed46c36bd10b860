"""Sentences of a paragraph, and what kind of thing each of them says."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"([.!?])(['\"”’)\]]*)\s+(?=[\"'“‘(\[]?[A-Z0-9])")
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|inc|ltd|llc|co|corp|no|nos|art|sec|vs|mr|mrs|ms|dr|st|u\.s|u\.k|a\.m|p\.m|approx|incl|para|ref|viz|cf|al|est|dept|fig|ext|tel)|\b[A-Z]|^\W*\d{1,2})\.$",
    re.I,
)
_INITIAL = re.compile(r"\b[A-Z]\.$")

NORMATIVE = re.compile(
    r"""\b(?:
      must|shall|may\s+not|might\s+not|may\s+only|should(?:n['’]t)?|can\s*not|can['’]t|cannot|ought|mustn['’]t
    | (?:is|are|be|being|become|remain|was|were)\s+(?:\w+\s+){0,3}?(?:
        prohibited|forbidden|allowed|permitted|required|responsible|liable|obliged|obligated|expected|encouraged|restricted|precluded|
        banned|unacceptable|entitled|subject\s+to|bound|grounds|deemed|considered|limited\s+to|disallowed|unlawful|illegal|
        not\s+tolerated|accountable|agreeing|urged|advised|suspended|terminated|disabled|blocked|charged|billed|governed|designed|
        intended|reserved|at\s+risk)
    | not\s+(?:allowed|permitted|tolerated|acceptable|authori[sz]ed|intended|exhaustive|constitute)
    | indemnif(?:y|ies|ied)
    | agrees?\s+(?:to|not|that)|undertakes?|acknowledges?|warrants?|represents?\s+that|refrain|prohibit(?:s|ed)?|forbid(?:s|den)?
    | do\s+not|does\s+not|don['’]t|doesn['’]t|never|will\s+not|won['’]t|no\s+one|nobody
    | (?:we|you|company|provider|customers?|clients?|users?|subscribers?|[A-Z][\w.&-]+)(?:\s+[A-Z][\w.&-]+){0,3}\s+
        (?:may|might|will|can|reserves?|retains?|maintain)
    | ha(?:s|ve)\s+to|no\s+more\s+than\s+\w+|at\s+most\s+\d+|not\s+exceed
    | reserves?\s+(?:the|all|its|any)|retains?\s+the|right\s+to|at\s+(?:our|its|the)\s+(?:sole\s+)?(?:absolute\s+)?discretion
    | responsib(?:le|ility)|liab(?:le|ility)|obligation|duty|duties|comply|complies|compliance|abide|adhere
    | appl(?:y|ies)\s+to|by\s+(?:using|accessing|subscribing|ordering|signing)|constitutes?|results?\s+in|lead(?:s|ing)?\s+to
    | cause\s+for|please\s+(?:contact|report|send|e-?mail|notify|call|write|use)
    | (?:report|contact|notify|e-?mail|inform)\s+(?:us|any|abuse|violations?|it|to)|maintain\s+whatever
    | (?:violations?|breach(?:es)?)\s+of\s+(?:this|the|any|our)|subject\s+to|effective|up\s+to\s+date
    )\b""",
    re.I | re.X,
)
"""A duty, a prohibition, a right, a consequence, or how to report."""

CONTINUES = re.compile(
    r"(?:This\s+(?:includes?|means|applies|shall|will|may|is|prohibition|provision|restriction|limit|list|clause|section|rule|also|requirement|obligation|policy\s+also\s+applies)"
    r"|These|Those|Such|It\s+(?:is|also|includes|may|will|shall)|They|In\s+(?:such|that|this|these|either|all\s+such)\s+(?:case|event|circumstance|instance|situation)s?"
    r"|Examples?|For\s+(?:example|instance|the\s+avoidance|clarity|this\s+purpose|these\s+purposes)|However|Furthermore|Moreover|Additionally|Likewise|Similarly|"
    r"Failure\s+to\s+do|Doing\s+so|If\s+so|Otherwise|Nor\b|Nevertheless|Without\s+limiting|By\s+way\s+of|Including|That\s+is|Any\s+such|Each\s+such|The\s+(?:foregoing|above|same)|"
    r"Requests?\s+(?:for|should|must|may)|Our\s+technical|Testing\s+results)\b"
)
"""How a sentence begins that goes on about the one before."""

_DEFINES = re.compile(
    r"""^\W*(?:["“'‘][^"”'’]{2,80}["”'’](?:\s*\([^)]{0,80}\))?\s*(?:,[^,]{0,60},)?\s*(?:means|shall\s+mean|refers?\s+to|has\s+the\s+meaning|is\s+(?:a|an|defined)|includes?|:|–|-)
        |["“'‘][^"”'’]{2,80}["”'’]\s+(?:and|or)\s+["“'‘][^"”'’]{2,80}["”'’]\s*[:–,-]?\s*(?:mean|shall\s+mean|refer|have\s+the\s+meaning)
        |["“'‘][^"”'’]{2,80}["”'’]\s*[:–,-]?\s*(?:shall|will|also|does)\s+(?:not\s+|also\s+)?(?:mean|include|refer)
        |(?:The\s+)?(?:term|word)s?\s+["“'‘]
        |(?:As\s+used\s+(?:herein|in\s+this)[^,]{0,40},|For\s+(?:the\s+purposes?\s+of|purposes\s+of)[^,]{0,60},)\s*(?:an?\s+|the\s+)?["“'‘]
        |(?:An?\s+|The\s+)?[A-Z][\w-]*(?:\s[\w-]+){0,4}\s+(?:means|refers\s+to|shall\s+mean|(?:is|are)\s+defined\s+as)\b)""",
    re.X | re.I,
)


_LIMITS = re.compile(
    r"\b(?:no|not)\s+(?:more|longer|fewer|less)\s+than\b|\bat\s+(?:most|least)\s+\d|\bup\s+to\s+(?:a\s+maximum|\d)", re.I
)
_PURPOSE = re.compile(
    r"""^\W*(?:This|The|Our|These|[A-Z][\w'’&.-]*(?:\s[A-Z][\w'’&.-]*){0,4})\s+(?:[\w()“”"'’/&-]+\s+){0,9}?(?:is|are|was|were|has\s+been|have\s+been|has)?\s*
        (?:designed|created|intended|developed|formulated|drafted|established|in\s+place|meant|put\s+in\s+place|outlines?|describes?|sets?\s+(?:out|forth)|explains?|
           provides?\s+(?:guidance|information|guidelines|an\s+overview)|aims?|serves?|helps?|details?|defines?|summari[sz]es?|contains?)\b
        |^\W*(?:The\s+(?:purpose|aim|goal|objective|intent)\b|In\s+order\s+to\s+(?:ensure|provide|protect|maintain|help)|Our\s+(?:goal|aim|mission|commitment)|We\s+(?:are\s+committed|believe|strive|want|understand|value|aim|take)\b|
           Thank\s+you|Welcome|It\s+is\s+(?:our|important|designed|intended))""",
    re.X,
)
_BINDS = re.compile(
    r"\b(?:must|shall|should|not\s+allowed|may\s+not|appl(?:y|ies)\s+to|reserves?|prohibited\s+by|agree|bound|exhaustive|all-?inclusive|guideline|at\s+any\s+time|responsible|liable|suspend|terminate|not\s+be\s+(?:used|considered)|only\s+for|binding|(?:we|you)\s+(?:will|may)|subject\s+to)\b",
    re.I,
)


_PARTICULARS = re.compile(
    r"^\W*(?:last\s+)?(?:updated|modified|revised|reviewed|effective|published|version|revision|date)\b.{0,60}$|^\W*\w+\s+\d{1,2},?\s+\d{4}\W*$",
    re.I,
)


def is_purpose(sentence: str) -> bool:
    """Whether a sentence only says what the policy is for."""
    return bool(_PURPOSE.match(sentence)) and not _BINDS.search(sentence)


def is_particular(line: str) -> bool:
    """Whether a line tells only the version of the document, or one of its days."""
    return bool(_PARTICULARS.match(line)) and any(sign.isdigit() for sign in line)


def sentences_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(start, end) of the sentences of `text[start:end]`, in the text's own offsets."""
    spans: list[tuple[int, int]] = []
    begin = start
    for found in _BOUNDARY.finditer(text, start, end):
        stop = found.end(2)
        before = text[max(begin, stop - 12) : found.end(1)]
        if (
            found.group(1) == "."
            and (_SHORTENED.search(before) or _INITIAL.search(before))
            and not _ends_anyway(text, found.end())
        ):
            continue
        spans.append((begin, stop))
        begin = found.end()
    if begin < end:
        spans.append((begin, end))
    return [(a, b) for a, b in ((_strip(text, a, b)) for a, b in spans) if a < b]


def _ends_anyway(text: str, place: int) -> bool:
    """A short form that also ends its sentence: what follows begins as sentences here do."""
    return bool(re.match(r"(?:You|We|Customers?|Clients?|Users?|If|In|The|This|Any|All|No)\b", text[place : place + 12]))


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def is_definition(sentence: str) -> bool:
    """Whether a sentence says what a term means, and sets no limit by it."""
    return bool(_DEFINES.match(sentence)) and not _LIMITS.search(sentence)


def is_normative(sentence: str) -> bool:
    """Whether a sentence binds somebody to something."""
    return bool(NORMATIVE.search(sentence))


def goes_on(sentence: str) -> bool:
    """Whether a sentence begins as one that goes on about the one before."""
    return bool(CONTINUES.match(sentence))
