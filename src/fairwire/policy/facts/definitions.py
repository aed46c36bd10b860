"""The terms that a document defines: `"User" means ...`, and in passing: `this Acceptable Use Policy ("AUP")`."""

from __future__ import annotations

import re

from fairwire.model.imported import Definition

_OPEN, _CLOSE = "“\"‘'«„", "”\"’'»“"
_QUOTED = rf"[{_OPEN}](?P<term>[^{_OPEN}{_CLOSE}\n()]{{1,60}})[{_CLOSE}]"
_VERB = (
    r"(?:means?|shall\s+mean|will\s+mean|refers?\s+to|shall\s+refer\s+to|has\s+the\s+(?:same\s+)?meaning|"
    r"have\s+the\s+meaning|is\s+defined\s+as|"
    r"are\s+defined\s+as|is\s+understood\s+(?:as|to)|includes?|denotes?|is\s+an?|are|is)\b"
)
_WHOLE = re.compile(
    rf"{_QUOTED}(?:\s{{0,3}}\([^()\n]{{1,80}}\))?"
    rf"(?:\s{{0,3}}(?:,|:|or)\s{{0,3}}{_QUOTED.replace('term', 'second')}){{0,2}}\s{{0,3}}[,:–-]?\s{{0,3}}{_VERB}"
)
_BARE = re.compile(
    r"^[ \t]{0,20}(?:[-•*]\s{1,3}|\(?\w{1,3}[.)]\s{1,3})?(?P<term>[A-Z][\w&/-]{0,30}(?:[ \t][A-Z(][\w&/)-]{0,30}){0,4})[ \t]{1,3}"
    r"(?:means|shall\s+mean|refers\s+to|is\s+defined\s+as)\b",
    re.M,
)
_COLON_LESS = re.compile(rf"^[ \t]{{0,20}}(?P<whole>{_QUOTED}[ \t]{{1,3}}(?:the|an?|our|any|all|each|your)[ \t])", re.M)
_ASIDE = re.compile(
    rf"[(\[]\s{{0,2}}(?:(?:the|each|an?|this|our|collectively|together|individually|hereinafter|hereafter|"
    rf"referred\s+to\s+as|herein|or|and|in\s+short|"
    rf"also\s+known\s+as|as|known|to)[\s,]{{1,3}}){{0,8}}{_QUOTED}(?:[^()\n]{{0,80}})[)\]]",
    re.I,
)
_APPOSITION = re.compile(
    r"(?P<name>[A-Z][\w&.]{0,30}(?:\s[A-Z][\w&.]{0,30}){0,4})\s{1,2}[“](?P<term>[A-Z][^”“\n]{1,60})[”]\s{0,2}[,;]"
)
_QUOTED_AGAIN = re.compile(rf"[{_OPEN}](?P<term>[A-Z][^{_OPEN}{_CLOSE}\n()]{{0,60}})[{_CLOSE}]")
_NAME_BEFORE = re.compile(r"(?:[A-Z][\w&.,/’'-]{0,30}(?:[ \t](?:of|and|for|the|to|in)\b)?[ \t]){1,8}$")
_INITIALS = re.compile(r"\((?P<term>[A-Z]{2,8})\)")
_CAPITAL = re.compile(r"\b[A-Z][\w’'-]{0,30}")
_LONGEST = 1500
_NEXT_ITEM = re.compile(r"\s[-–•]\s[A-Z][a-z]+[.:]")
_POINTING = re.compile(r"(?:this|these|the|our|your|an?)\s", re.I)
_START = re.compile(
    rf"[{_OPEN}][A-Z][^{_OPEN}{_CLOSE}\n]{{0,60}}[{_CLOSE}](?:\s{{0,3}}\([^()\n]{{1,80}}\))?\s{{0,3}}(?:means|"
    rf"shall\s+mean|refers|is\s+an?)\b"
)


def definitions(text: str) -> tuple[Definition, ...]:
    """Every definition in its order, a term once."""
    found: list[tuple[int, int, str]] = []
    for match in _WHOLE.finditer(text):
        if not _opens(text, match.start()) or not _is_term(match.group("term")):
            continue
        found.append((match.start(), _end(text, match.start(), match.end()), match.group("term")))
    for match in _COLON_LESS.finditer(text):
        found.append((match.start("whole"), _end(text, match.start("whole"), match.end()), match.group("term")))
    for match in _BARE.finditer(text):
        found.append((match.start("term"), _end(text, match.start("term"), match.end()), match.group("term")))
    for match in _ASIDE.finditer(text):
        for one in _QUOTED_AGAIN.finditer(text, match.start(), match.end()):
            if _is_term(one.group("term")):
                name = _NAME_BEFORE.search(text, max(0, match.start() - 120), match.start())
                start = _past_article(text, name) if name is not None else match.start()
                found.append((start, match.end(), one.group("term")))
    for match in _INITIALS.finditer(text):
        spelled = _spelled_out(text, match)
        if spelled is not None:
            found.append((spelled, match.end(), match.group("term")))
    for match in _APPOSITION.finditer(text):
        found.append((match.start(), match.end("term") + 1, match.group("term")))
    kept: dict[str, Definition] = {}
    for start, end, term in sorted(found, key=lambda place: (place[0], -place[1])):
        tidy = " ".join(term.strip(" ,.;:").split())
        if tidy and tidy.lower() not in kept:
            kept[tidy.lower()] = Definition(term=tidy, start=start, end=end, text=text[start:end])
    return tuple(kept.values())


def _spelled_out(text: str, match: re.Match[str]) -> int | None:
    """Where the words begin whose first letters stand in the brackets."""
    letters = match.group("term").upper()
    words = list(_CAPITAL.finditer(text, max(0, match.start() - 120), match.start()))[-len(letters) :]
    if len(words) < len(letters) or "".join(word.group()[0] for word in words) != letters:
        return None
    return words[0].start() if "\n" not in text[words[0].start() : match.start()] else None


def _past_article(text: str, name: re.Match[str]) -> int:
    article = _POINTING.match(text, name.start(), name.end())
    return article.end() if article is not None and article.end() < name.end() else name.start()


def _opens(text: str, at: int) -> bool:
    """Whether a definition may begin here: a sentence, a line or another definition has just ended."""
    before = text[max(0, at - 6) : at].rstrip(" \t\u00a0")
    return (
        not before
        or before[-1] in "\n\r.;:)-•*,”"
        or not text[at - 1].isspace()
        or before.endswith((" and", " the", "The", "erm"))
    )


def _is_term(term: str) -> bool:
    return any(word[:1].isupper() for word in term.split())


def _end(text: str, start: int, after: int) -> int:
    """The end of the line, or where the next definition begins in it."""
    limit = min(len(text), start + _LONGEST)
    line = text.find("\n", after, limit)
    end = line if line >= 0 else limit
    following = _START.search(text, after, end)
    if following is not None:
        end = following.start()
    item = _NEXT_ITEM.search(text, after, end)
    if item is not None:
        end = item.start()
    while end > after and text[end - 1].isspace():
        end -= 1
    return end
