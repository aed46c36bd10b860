"""What kind of document a text is: an acceptable-use policy, or another that only looks like one.

Each kind has words; a word in the first lines, where titles stand, weighs more than one in the text. A contract that holds an
acceptable-use policy is one, and a fair-use policy is of its own kind. Rules of an employer for its staff are `other`.
"""

from __future__ import annotations

import re

_TITLE_ZONE = 1500
_IN_TITLE = 8.0
_LONGEST_TITLE = 100
_OF_TITLES = 4
"""Words of this weight name a kind of document; the others only go with it."""
_MOST = 400_000
_Weighted = tuple[tuple[float, str], ...]

_KINDS: dict[str, _Weighted] = {
    "acceptable_use": (
        (
            5,
            (
                r"(?:accept(?:able|ed)|worthy|adequate|satisfactory)\s+(?:us(?:e|age)|utili[sz]ation)(?:\s+(?:polic(?:y|"
                r"ies)|strategy|arrangement))?"
            ),
        ),
        (4, r"\b[A-Z]?AUP\b"),
        (
            3,
            (
                r"(?:prohibited|restricted|forbidden|unacceptable|abusive)\s+(?:uses?|activit(?:y|ies)|exercises|conduct|"
                r"content|usage)"
            ),
        ),
        (
            2,
            (
                r"(?:may|must|shall|agree|shouldn['’]t|should)\s*(?:not)?\s+(?:to\s+)?(?:use|utili[sz]e)\s+(?:the|our|"
                r"any)\s+(?:\w+\s+)?(?:services?|network|administrations)"
            ),
        ),
        (2, r"(?:spam|unsolicited\s+(?:\w+\s+){0,2}?(?:e-?mail|calls?|messages?|communications?))"),
        (
            1.5,
            (
                r"(?:auto-?diall?(?:er|ing)s?|robocalls?|phishing|denial[\s-]of[\s-]service|port\s+scan\w*|spoof\w*|"
                r"virus(?:es)?|malware|worms?|trojan)"
            ),
        ),
        (1, r"(?:harass\w*|defamatory|obscene|impersonat\w*|unauthori[sz]ed\s+access|intellectual\s+property|abuse)"),
    ),
    "fair_use": (
        (6, r"(?:fair|reasonable)\s+(?:and\s+\w+\s+)?us(?:e|age)(?:\s+polic(?:y|ies))?"),
        (4, r"\bFUP\b"),
        (3, r"unlimited\s+(?:\w+\s+){0,2}?(?:plans?|calls?|calling|minutes|usage|data)"),
        (2, r"excessive(?:ly)?\s+(?:use|usage|calling)"),
        (1, r"(?:minutes|calls|messages|GB)\s+(?:per|a|each)\s+(?:\w+\s+)?month"),
    ),
    "privacy_policy": (
        (6, r"privacy\s+(?:polic(?:y|ies)|notice|statement)"),
        (
            3,
            (
                r"(?:we|information\s+we|how\s+we)\s+(?:may\s+)?(?:collect|process|"
                r"store)\s+(?:and\s+\w+\s+)?(?:your\s+)?(?:personal\s+)?(?:information|data)"
            ),
        ),
        (
            2,
            (
                r"(?:data\s+(?:subject|controller|protection\s+officer)|personal\s+data|legitimate\s+interests?|GDPR|CCPA|"
                r"cookies?)"
            ),
        ),
        (1.5, r"(?:retention|opt[\s-]out|right\s+to\s+(?:access|erasure|rectification|object))"),
    ),
    "service_level_agreement": (
        (7, r"service[\s-]level\s+(?:agreement|commitment|guarantee|objective)s?"),
        (3, r"(?:service\s+credits?|uptime|monthly\s+availability|scheduled\s+maintenance|response\s+times?|mean\s+time)"),
        (2, r"99\.\d+\s?%"),
        (2, r"(?:severity|priority)\s+(?:level\s+)?[1-4]\b"),
    ),
    "nda": (
        (7, r"(?:non-?disclosure|confidentiality|mutual\s+non-?disclosure)\s+agreement"),
        (3, r"(?:disclosing|receiving)\s+party"),
        (1, r"confidential\s+information"),
    ),
    "employment": (
        (7, r"(?:employment\s+(?:agreement|contract)|contract\s+of\s+employment|offer\s+of\s+employment|employee\s+handbook)"),
        (2, r"(?:employee|employer)\s+(?:shall|will|agrees|may)"),
        (2, r"(?:salary|annual\s+leave|probation(?:ary)?\s+period|job\s+title|holiday\s+entitlement|sick\s+pay|severance)"),
    ),
    "lease": (
        (7, r"(?:lease|rental|tenancy)\s+agreement"),
        (3, r"(?:landlord|lessor|lessee)\b"),
        (2, r"(?:the\s+premises|monthly\s+rent|security\s+deposit|tenant\s+shall)"),
    ),
    "invoice": (
        (5, r"(?:tax\s+)?invoice\s+(?:no|number|date|#)"),
        (3, r"(?:amount|balance|total)\s+due|subtotal|bill\s+to\b|remit\s+to|unit\s+price"),
        (2, r"due\s+date|VAT\s+(?:no|number|reg)|(?:qty|quantity)\b"),
    ),
    "order_form": (
        (7, r"(?:order\s+form|purchase\s+order|sales\s+order\s+(?:form|no|number)|statement\s+of\s+work)"),
        (2, r"(?:list\s+price|unit\s+price|subscription\s+term|start\s+date|ship\s+to|bill\s+to|billing\s+frequency)"),
    ),
    "data_processing": (
        (8, r"data\s+process(?:ing|or)\s+(?:agreement|addendum|terms)"),
        (3, r"(?:sub-?processors?|standard\s+contractual\s+clauses|processor\s+shall|controller\s+shall)"),
        (2, r"(?:article\s+28|data\s+(?:exporter|importer)|data\s+subjects?)"),
    ),
    "terms_of_service": (
        (
            5,
            (
                r"terms\s+(?:of\s+(?:service|use|business|sale)|(?:and|&)\s+conditions)|"
                r"(?:master\s+)?services?\s+agreement|general\s+terms"
            ),
        ),
        (
            2,
            (
                r"(?:limitation\s+of\s+liability|governing\s+law|entire\s+agreement|severability|force\s+majeure|"
                r"indemnif\w+|warrant(?:y|ies)\b|arbitration)"
            ),
        ),
        (1.5, r"(?:payment\s+terms|subscription\s+fees?|refunds?|auto-?renew\w*|termination\s+for\s+(?:cause|convenience))"),
    ),
}
_STAFF: _Weighted = (
    (5, r"(?:staff|employees?|workers?|pupils|students?|learners|faculty)\s+(?:must|may|should|shall|are|will|who)"),
    (
        4,
        (
            r"(?:company|school|college|university|corporate|council)(?:'s|’s)?[\s-]+(?:owned\s+)?(?:computers?|"
            r"equipment|devices?|internet|e-?mail|laptops?|network|resources)"
        ),
    ),
    (
        4,
        (
            r"(?:line\s+manager|human\s+resources|HR\s+department|IT\s+department|disciplinary\s+(?:action|procedure)|"
            r"gross\s+misconduct|head\s*teacher|(?:employee|faculty|student|staff)\s+handbook|academic\s+(?:mission|honesty|"
            r"work))"
        ),
    ),
    (2, r"(?:during\s+(?:working|work)\s+hours|personal\s+use\s+of|workplace|classroom|parents?\s+or\s+guardians?)"),
)
_COMPILED = {
    kind: tuple((weight, re.compile(pattern, 0 if "AUP" in pattern or "FUP" in pattern else re.I)) for weight, pattern in words)
    for kind, words in {**_KINDS, "staff": _STAFF}.items()
}
_PART = re.compile(r"^[^\n]{0,60}\b(?:accept(?:able|ed)\s+us(?:e|age)|A[A-Z]?UP\b)[^\n]{0,40}$", re.I | re.M)
_RULE = re.compile(
    r"\b(?:spam|unsolicited|malware|virus|harass|fraud|unlawful|illegal|impersonat|infring|unauthori[sz]ed|obscene|phishing)",
    re.I,
)
_MOST_OF_ONE = 12
_FEWEST_WORDS = 5
_SHOWN = 6


def kind_of(text: str) -> tuple[str, float, tuple[str, ...]]:
    """The kind of document, how sure that is (0 to 1), and the words that decided, the weightiest first."""
    sample = text[:_MOST]
    if len(sample.split(None, _FEWEST_WORDS)) < _FEWEST_WORDS:
        return "other", 0.0, ()
    scores: dict[str, float] = {}
    telling: dict[str, tuple[str, ...]] = {}
    for kind, words in _COMPILED.items():
        scores[kind], telling[kind] = _score(sample, words)
    scores["staff"] *= 1.5
    scores["acceptable_use"] += _own_part(sample)
    policy = scores["acceptable_use"] + scores["fair_use"]
    if scores["staff"] > 25 and scores["staff"] > 0.5 * policy:
        return "other", _confidence(scores["staff"], policy * 0.5), telling["staff"]
    ranked = sorted((kind for kind in scores if kind != "staff"), key=lambda kind: (-_standing(kind, scores), kind))
    best, second = ranked[0], ranked[1]
    if {best, second} == {"acceptable_use", "fair_use"}:
        second = ranked[2]
    if _standing(best, scores) < 4:
        # Words of a policy do not tell what else it is.
        words_of_another = () if best in ("acceptable_use", "fair_use") else telling[best]
        return "other", round(1 - _standing(best, scores) / 8, 3), words_of_another
    return best, _confidence(_standing(best, scores), _standing(second, scores)), telling[best]


def _own_part(text: str) -> float:
    """What it adds that a line names an acceptable-use policy and rules of use follow: the policy as a part of a contract."""
    for match in _PART.finditer(text):
        rules = {rule.group().lower() for rule in _RULE.finditer(text, match.end(), match.end() + 1500)}
        if len(rules) >= 2:
            return 30.0
    return 0.0


def _standing(kind: str, scores: dict[str, float]) -> float:
    """A contract with rules of use inside is read for them: terms count for less."""
    return scores[kind] * (0.8 if kind == "terms_of_service" else 1.0)


def _score(text: str, words: tuple[tuple[float, re.Pattern[str]], ...]) -> tuple[float, tuple[str, ...]]:
    found: list[tuple[float, str]] = []
    total = 0.0
    for weight, pattern in words:
        points = 0.0
        for count, match in enumerate(pattern.finditer(text), 1):
            titled = weight >= _OF_TITLES and count <= 2 and _is_title(text, match)
            points += weight * (_IN_TITLE if titled else 1.0)
            if count == 1:
                found.append((points, " ".join(match.group().split())))
            if count >= _MOST_OF_ONE:
                break
        total += points
    found.sort(key=lambda one: (-one[0], one[1]))
    return total, tuple(word for _, word in found[:_SHOWN])


def _is_title(text: str, match: re.Match[str]) -> bool:
    """In a short line of its own at the top of the text."""
    if match.start() > _TITLE_ZONE:
        return False
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end(), match.end() + 200)
    end = min(len(text), match.end() + 200) if end < 0 else end
    return end - start < _LONGEST_TITLE and text[end - 1 : end] not in (".", ";", ",")


def _confidence(best: float, second: float) -> float:
    return round(min(0.99, best / (best + second + 3)), 3)
