"""Text as evidence may show it: what identifies or pays is replaced by what it was; the words that accuse stay."""

from __future__ import annotations

import re

from fairwire.content.sensitive import sensitive

_LABEL = {"card": "[card]", "iban": "[account]", "national_id": "[national id]"}
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_QUERY = re.compile(r"((?:https?://|www\.)[^\s/?#<>\"']+)[/?#][^\s<>\"']*", re.I)
_NO_DATE = r"(?!\d{4}[-./]\d\d?[-./]\d\d?\b|\d\d?[-./]\d\d?[-./]\d{4}\b)"
_BLANK = r"[ \-.()/\u00a0\u2009\u2011\u200b\u200c\u200d]{0,2}"
_PHONE = re.compile(rf"(?<![\w£$€¥₹]){_NO_DATE}(?:\+|\(\+?)?\d(?:{_BLANK}\d){{6,}}(?![\w])")
_LONG = re.compile(r"\d{7,}")
_CODE_WORD = (
    r"(?:one[- ]?time|verif\w*|security|access|login|log-in|sign-?in|auth\w*|confirmation|activation|pass|pin|otp|2fa|mfa|code"
    r"|password|passcode|token|cvv|cvc|tan)"
)
_CODE = r"(?:[a-z]{1,3}-)?(?:\d[ \-]?){3,9}\d|(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{5,10}"
_JOINT = r"(?:[^\S\n]*(?:number|code|is|are|to|was|:|=|-|#|for \w+|\(\w+\)))*[^\S\n]*[:=#\"'(]?[^\S\n]*"
_AFTER = re.compile(rf"(\b{_CODE_WORD}\b{_JOINT})(?<!\w)({_CODE})(?!\w)", re.I)
_YOURS = r"(?=[\"')]?[^\S\n]+(?:is|as|=|-)[^\S\n]+(?:your|ur|the|my)\b[^.!?\n]{0,40}"
_BEFORE = re.compile(rf"(?<![\w£$€\[])({_CODE}){_YOURS}\b{_CODE_WORD}\b)", re.I)


def redact(text: str) -> str:
    """`text` with cards, accounts, national numbers, codes, mail addresses, telephone numbers and the paths of links replaced.

    Names stay. Doing it twice changes nothing more.
    """
    parts, at = [], 0
    for found in sensitive(text):
        parts += [text[at : found.start], _LABEL[found.kind]]
        at = found.end
    text = "".join((*parts, text[at:]))
    text = _QUERY.sub(r"\1/[path]", text)
    text = _MAIL.sub("[mail address]", text)
    text = _AFTER.sub(r"\1[code]", text)
    text = _BEFORE.sub("[code]", text)
    text = _PHONE.sub("[number]", text)
    return _LONG.sub("[number]", text)
