"""Answers that ask for no more texts, and say nothing else: `STOP`, `Unsubscribe me`, `Keine SMS mehr`.

47 CFR 64.1200(a)(10) names stop, quit, end, revoke, opt out, cancel and unsubscribe, and takes any reasonable means. Here that is
one such word, or a short phrase that can hardly mean anything else. `cancel` is left out on purpose: appointments and orders are
cancelled too. What else is said beside it ("Stop by at eight"), and what is asked ("Stop?"), is none.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST = 80
"""Characters from which on an answer says more than that."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WORDS = (
    "stop stopp stopall unsubscribe unsub end quit revoke optout remove "
    "abmelden abbestellen "
    "arret desabonner desabonnement desinscription desinscrire "
    "baja alto "
    "sair descadastrar "
    "disiscrivimi cancellami "
    "afmelden uitschrijven "
    "afmeld avmeld avregistrera "
    "стоп отписаться отписка 退订 退訂 配信停止"
)
_ALONE = frozenset(_WORDS.split())
"""Words that are an opt-out when nothing stands beside them, without their accents."""
_BEFORE = re.compile(r"^(?:(?:please|pls|plz|ok|okay|bitte|svp|por favor|i (?:already )?said|reply|text|and) )+")
_AFTER = re.compile(
    r"(?: (?:please|pls|plz|thanks|thank you|thankyou|thx|ty|now|today|bitte|danke|merci|svp|s'il vous plait|gracias|por favor|"
    r"obrigado|obrigada|grazie|tack|takk|tak))+$"
)
_CODE = re.compile(r"(?: to)?(?: \d+)+$")
"""A short code or a number that stands behind the word: STOP 60070."""
_CODE_DIGITS = 5
_TEXTS = r"(?:text|texts|message|messages|msg|msgs|sms|smses|texting|messaging|spam|spamming|ads|adverts|notifications)"
_EVER = r"(?: again| any ?more| ever)*"
_LIST = r"(?:the|this|your|that|all)(?: mailing| text| sms)? (?:list|lists|texts|messages)"
_NACHRICHTEN = r"(?:sms|nachrichten|texte|werbung|werbe sms)"
_PHRASES = (
    # English
    r"stop all|opt out|opt me out|opting out|i (?:want|wish|would like) to (?:opt out|unsubscribe)",
    rf"(?:stop|end|quit|no more) (?:(?:all|any|the|these|those|this|your|sending|with|me|of) )*{_TEXTS}(?: me)?{_EVER}",
    rf"(?:stop|quit) (?:contacting|calling|writing|bothering) (?:to )?me{_EVER}",
    rf"(?:unsubscribe|remove|delete) me(?: (?:from|off) {_LIST})?|take me off(?: {_LIST})?",
    rf"(?:don't|dont|do not|never) (?:text|message|sms|contact) me{_EVER}",
    # German
    rf"keine? (?:weiteren? |mehr )?{_NACHRICHTEN}(?: mehr)?(?: an mich)?(?: senden| schicken)?",
    rf"(?:stoppt|stoppen sie|stopp) (?:die |diese |alle |mit (?:der|den) )?{_NACHRICHTEN}",
    rf"(?:mich|{_NACHRICHTEN}) (?:abmelden|abbestellen)|melden sie mich ab|meldet mich ab|schreib(?:en sie|t)? mir nicht mehr",
    # French
    r"(?:plus|pas) de (?:sms|messages?|textos?|pub)|(?:stop|arret) (?:sms|pub|messages?|textos?)",
    r"arretez (?:les |vos |ces |de m'envoyer des )?(?:sms|messages|textos)|arretez de m'ecrire|ne m'ecrivez plus",
    r"(?:desabonnez|desinscrivez) moi|me (?:desabonner|desinscrire)",
    # Spanish and Portuguese
    r"no mas (?:mensajes|sms|textos)|no me (?:escriban?|envien?|manden?)(?: mas)?(?: mensajes| sms)?",
    r"(?:quiero )?(?:darme|dame|deme|denme|dar) de baja|(?:baja|alto) (?:sms|mensajes)",
    r"nao quero (?:mais )?(?:receber )?(?:mensagens|sms)|chega de (?:mensagens|sms)",
    r"parem? de (?:me )?(?:enviar|mandar) (?:mensagens|sms)",
    # Italian
    r"basta (?:sms|messaggi)|non (?:scrivetemi|mandatemi|inviatemi)(?: piu)?(?: sms| messaggi)?(?: piu)?",
    # Dutch and the Nordic languages
    r"geen (?:sms|sms'jes|berichten)(?: meer)?|stop met (?:sms'en|berichten)|schrijf me uit|meld me af",
    r"inga fler (?:sms|meddelanden)|ingen flere (?:sms|meldinger)|ikke flere (?:sms|beskeder)",
)
_WHOLE = re.compile("|".join(f"(?:{each})" for each in _PHRASES))


@lru_cache(maxsize=1 << 12)
def is_opt_out(text: str) -> bool:
    """Whether an answer asks for no more texts, and for nothing else."""
    if len(text) > _LONGEST or "?" in text:
        return False
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    words = _WORD.findall(bare.replace("’", "'").lower())
    if words and all(len(each) == 1 for each in words):
        words = ["".join(words)]
    said = " ".join(each for i, each in enumerate(words) if i == 0 or each != words[i - 1])
    code = _CODE.search(said)
    if code is not None and sum(each.isdigit() for each in code[0]) >= _CODE_DIGITS:
        said = said[: code.start()]
    said = _AFTER.sub("", _BEFORE.sub("", said))
    return said in _ALONE or _WHOLE.fullmatch(said) is not None
