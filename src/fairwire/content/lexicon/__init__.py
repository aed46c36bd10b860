"""Concepts: the English words and phrases that mean the same to a rule; those of other languages: `languages`.

A word also stands for its plural and its -ed and -ing forms, unless it ends in `!`; `_` joins the words of a phrase. All is
our own wording, from the regulators' descriptions of the schemes (FTC and Ofcom scam alerts, CTIA's messaging principles).
Insults are kept as CRC-32 (`SLURS`), so that nobody has to read them.
"""

from __future__ import annotations

from fairwire.content.lexicon import harm, requests, schemes

CONCEPTS = harm.CONCEPTS | schemes.CONCEPTS | requests.CONCEPTS
_INSULTS = (
    "0a0cf767 29a35223 31b4780a 5af64758 7ee4e08a 82fba5e2 85db531d 8896405e 9559c34b 975525b8 9e1c5b29 "
    "ac42f716 b109b507 b117a426 d3b525d3 dd822c92 e440ff8e e90ef7e0 ef7638ad fa950ed0 fbea926d fc3b5303"
)
SLURS = frozenset(int(each, 16) for each in _INSULTS.split())
