"""Whether a text is English: the model of unwanted messages learned English alone, and what it says of other words is chance.

A cheap test that can be explained: how many of a text's words are among the few hundred most used English ones, or are words that
rules ask for. Of English texts half and more are; of others hardly any.
"""

from __future__ import annotations

from collections.abc import Iterable

from fairwire.content.vocabulary import KNOWN

_EMPTY = (
    "the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she or an "
    "will my one all would there their what so up out if about who which me when make can like no just him into your some "
    "could them see other than then its over also how our way even because any these us is are was were been has had did "
    "does am i'm i'll i've it's that's there's don't can't won't didn't you're you'll we're they're he's she's u ur r im "
    "dont cant ill ive thats my mine yours very more much many here please pls yes ok okay hi hello hey dear still again "
    "before until between today tomorrow tonight morning afternoon evening week day days month year where why let put got "
    "get going go should may must next last each every both too never always long little own same another while during "
    "under off down most such only after since without against through now new first well something anything nothing "
    "someone anyone everyone whose those upon though although however yet ever"
)
EMPTY = frozenset(_EMPTY.split())
"""Words that say nothing of what a text is for."""
_USUAL = (
    "time know take people good look come think back use two work want give need thing man woman child world life hand part "
    "place case point home house school room friend family mother father number phone call text message txt msg reply send "
    "sent mobile free thanks thank sorry happy great best better nice real right left late early soon once money pay paid "
    "price cost buy shop order book open close start stop end find found keep ask tell told try help show feel leave meet "
    "wait watch read write play run walk drive car bus train road street town city country office company business service "
    "customer account card bank number code name address date online website internet email mail visit click join win "
    "winner won prize claim offer week weekend night hour hours minute minutes min mins food dinner lunch water light music "
    "film game team party holiday trip love loved babe girl boy girls boys guys men women kids person group member members "
    "half full big small old young high low hot cold red blue black white green three four five six ten hundred thousand "
    "per poor rich sure true wrong easy hard ready busy able maybe really already actually probably later away around "
    "outside near far enough else least less few lot lots sale cheap deal save latest details terms info contact receive "
    "enter double rate charge weekly daily only msgs txts rply plz wid luv wat gonna wanna cos lol eg tone tones title "
    "lover logo picture video photo mates names question answer question follows subscribed unsubscribe congrats "
    "congratulations fancy interested"
)
_EVERYWHERE = "a i o e u y in am an as at do no die me so was will he im on al to us man or van is per hat fast her all"
_FOREIGN = frozenset(_EVERYWHERE.split())
"""Words, or what look like words, of several languages: they speak for none."""
USUAL = EMPTY | frozenset(_USUAL.split())
"""Words that every text in English is full of."""
_ENGLISH = (USUAL | KNOWN) - _FOREIGN
FEWEST = 4
"""Words below which nothing is said of the language: names and numbers have none."""
SHARE = 0.25
"""Share of the words that an English text has more of; see docs/explanation/content.md."""


def mostly_english(words: Iterable[str]) -> bool:
    """Whether the words, as rules know them, are English; true where there are too few to tell."""
    english = others = 0
    for word in words:
        if word in _ENGLISH:
            english += 1
        elif word not in _FOREIGN and any(map(str.isalpha, word)):
            others += 1
    return english + others < FEWEST or english > SHARE * (english + others)
