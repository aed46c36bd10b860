"""What the files below `notices/` of a pack are called: `limit.txt`, `U02.notify.txt`, `de/limit.txt`, `de/limit.html`."""

from __future__ import annotations

import re
from typing import NamedTuple

from fairwire.model.order import STEPS
from fairwire.policy.files import CHANGE_NOTICE, FURTHER_NOTICES, NOTICE_NAMES

FOLDER = "notices/"
KINDS = (*NOTICE_NAMES, *FURTHER_NOTICES)
"""What a letter of an order, a deadline or a request may be."""
_NAME = re.compile(
    r"notices/(?:(?P<language>[a-z]{2,3}(?:-[A-Z]{2})?)/)?(?:(?P<clause>[A-Za-z0-9][A-Za-z0-9._-]{0,31})\.)?(?P<kind>[a-z_]+)"
    r"\.(?P<form>txt|html)\Z"
)


class NoticeFile(NamedTuple):
    """One text of a notice."""

    language: str
    """Empty: the pack's own."""
    clause: str
    """Empty: of any clause."""
    kind: str
    """A kind of letter, or where a clause is named also a step of the ladder."""
    form: str
    """`txt` or `html`."""

    @property
    def key(self) -> str:
        """What `Pack.notices` calls it: `limit`, `de/U02.limit_notice`, `limit.html`."""
        return key_of(self.language, self.clause, self.kind, self.form)


def key_of(language: str, clause: str, kind: str, form: str = "txt") -> str:
    """The key of a text in `Pack.notices`."""
    return f"{language + '/' if language else ''}{clause + '.' if clause else ''}{kind}{'' if form == 'txt' else '.html'}"


def notice_file(name: str) -> NoticeFile | None:
    """What a file of a pack is called for; None where it is no notice."""
    match = _NAME.match(name)
    if match is None:
        return None
    found = NoticeFile(match["language"] or "", match["clause"] or "", match["kind"], match["form"])
    if found.kind == CHANGE_NOTICE:
        return found if not found.clause and found.form == "txt" else None
    known = found.kind in KINDS or (bool(found.clause) and found.kind in STEPS)
    return found if known else None
