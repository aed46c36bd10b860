"""Whether two spellings name one person. Errs on the side of yes: the one who approves must surely be another."""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    "авеёкмнорстухіјѕԁɡһαβεικνορτυχι０",
    "abeekmhopctyxijsdghabeiknoptuxi0",
)
"""Small letters of other scripts that look like Latin ones."""
_ADDRESS = re.compile(r"[^\s<>\"()]+@[^\s<>\"()]+")


def keys(name: str) -> frozenset[str]:
    """Everything that a name may be known by: its letters and digits, an e-mail address in it, and that one's first part."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    found = {_letters(_ADDRESS.sub(" ", folded))}
    for address in _ADDRESS.findall(folded):
        local = address.partition("@")[0].partition("+")[0]
        found |= {_letters(address), _letters(local)}
    return frozenset(found - {""})


def same_person(one: str, other: str) -> bool:
    """Whether two identities may be one person's: case, accents, spaces, dots and look-alike letters make no difference."""
    return bool(keys(one) & keys(other))


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_LOOKALIKES)
    return "".join(letter for letter in decomposed if letter.isalnum())
