"""What the provider may do about a violation, by the words of the text.

A verb counts where the provider is the one who acts (`we may suspend`), where it happens to the customer (`may be suspended`), or
where it is named as a consequence (`cause for suspension`); never where the customer is told not to do it (`you may not remove
notices`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from fairwire.model.imported import Party, Remedy
from fairwire.policy.facts.actors import Actor, actors_of
from fairwire.policy.facts.parties import party
from fairwire.policy.facts.remedy_words import FORMS, NOUNS, PHRASES
from fairwire.policy.facts.sentences import sentences_of
from fairwire.policy.facts.words import Word, vocabulary, words_of

_CONSEQUENCES = vocabulary(
    """
    violation violations violate violates violating violated breach breaches breached abuse abuses abusing exceed exceeds exceeded
    failure fail fails comply misuse contravention contravene result results lead leads cause grounds subject face action actions
    immediate immediately may will right remedies remedy disregards penalties sanctions could can including consequences measures
    """
)
_MARKS = vocabulary(
    "copyright notice notices trademark trademarks proprietary markings mark legend legends watermark label labels"
)
"""What customers are told not to remove."""
_BE = vocabulary("be been being is are get gets")
_BE_OR_HAVE = _BE | vocabulary("have has had")
_NOT = vocabulary("not never cannot can't don't won't without mustn't shouldn't nor")
_ACTIONS = vocabulary("action actions including include includes steps measures remedies by right sanctions options")
_MAY = vocabulary("may will shall can could might would immediately")
_BEFORE_NOUNS = vocabulary(
    "the a an this that any all no of in your our its per call user for additional end such usage data which rate"
)
_AFTER_NOUNS = vocabulary("user users of up is are on for was were will may")
_ALSO_NOUNS = vocabulary(
    "end bill cap limit charge charges bar block ban levy audit lock fine shape limits caps bills bars blocks"
)
_SANCTIONING = vocabulary(
    "result results lead leads including action actions subject cause grounds face immediate or and right issue issuing possible"
)
_GIVING = vocabulary(
    "give gives giving given issue issues issuing issued include includes send sends sending sent receive with of"
)
_AFTER_THE_FACT = vocabulary("after upon following from before on")
_LIABILITY = vocabulary("liability damages warranty warranties")
_ILLS = vocabulary("crime fraud risk risks spam harm abuse")
"""What a provider may reduce for everybody's good."""
_SUBJECTS = vocabulary(
    "account accounts number numbers line lines service services access trunk site server mailbox subscription customer it"
)
_CONDITIONS = vocabulary("if when while where once after unless until that which before because")
_STEP = re.compile(
    r"\W*(?:(?:the|a|on)\s+)*(?:first|second|third|fourth|fifth|final|last|next|repeat(?:ed)?|further|1st|2nd|3rd|4th)\s+(?:\w{1,15}\s+){0,2}?"
    r"(?:reports?|offen[cs]es?|violations?|breach(?:es)?|complaints?|strikes?|times?|incidents?|warnings?)\s*(?::|\||[–—-]\s)",
    re.I,
)
"""`Second complaint: suspension for a week`, a step of a ladder."""
_LOOSENED = vocabulary("without no any early prior")


def remedies(text: str, *, lead_in: str = "") -> tuple[Remedy, ...]:
    """What the provider may do, each once, in the order of the text.

    Parameters
    ----------
    lead_in
        The sentence that the text completes, such as `We may:`; it says who acts.
    """
    found: list[tuple[int, Remedy]] = _of_step(text)
    side: Party | None = party(lead_in) if lead_in else None
    led = side is not None
    for start, end in sentences_of(text):
        sentence = text[start:end]
        words = words_of(sentence)
        actors = actors_of(words)
        carried = side if led or words[0].plain in ("or", "and") else None
        found.extend((start + at, remedy) for at, remedy in _of_sentence(sentence, words, actors, carried))
        unconditional = [actor.side for actor in actors if not actor.conditional]
        side = unconditional[-1] if unconditional else side
        led = False
    return tuple(dict.fromkeys(remedy for _, remedy in sorted(found)))


def _of_step(text: str) -> list[tuple[int, Remedy]]:
    """What a step of a ladder names, as a noun."""
    step = _STEP.match(text)
    if step is None:
        return []
    words = words_of(text[step.end() :])
    named = [
        (step.end() + word.start, NOUNS[word.plain])
        for place, word in enumerate(words)
        if word.plain in NOUNS and (not place or words[place - 1].plain not in _LOOSENED)
    ]
    for place, word in enumerate(words):
        if word.plain in FORMS and FORMS[word.plain][1] == "ed":
            for_a_time = any(other.plain == "for" for other in words[place + 1 : place + 2])
            remedy = FORMS[word.plain][0]
            named.append((step.end() + word.start, "suspend" if remedy == "terminate" and for_a_time else remedy))
    fee = re.search(r"\b(?:fees?|charges?|fines?|penalt(?:y|ies))\b", text[step.end() :], re.I)
    return [*named, (step.end() + fee.start(), "charge")] if fee else named


def _of_sentence(
    sentence: str, words: Sequence[Word], actors: Sequence[Actor], carried: Party | None
) -> list[tuple[int, Remedy]]:
    found: list[tuple[int, Remedy]] = []
    consequence = any(word.plain in _CONSEQUENCES for word in words)
    sides = _sides(words, actors, carried)
    for place, word in enumerate(words):
        if word.plain in FORMS:
            remedy, shape = FORMS[word.plain]
            if _verb_holds(shape, words, place, sides[place]):
                found.append((word.start, remedy))
        if word.plain in NOUNS and consequence and _noun_holds(words, place, sides[place]):
            found.append((word.start, NOUNS[word.plain]))
    starts = [word.start for word in words]
    for remedy, pattern in PHRASES.items():
        for match in pattern.finditer(sentence):
            place = bisect_left(starts, match.start())
            if _phrase_holds(remedy, words, place, sides[min(place, len(sides) - 1)]):
                found.append((match.start(), remedy))
    return found


def _sides(
    words: Sequence[Word],
    actors: Sequence[Actor],
    carried: Party | None,
) -> list[Party | None]:
    """For each word, the side that acts there: the last named before it, outside of `if ...`."""
    sides: list[Party | None] = [None] * len(words)
    side = carried
    following = iter(actors)
    actor = next(following, None)
    for place in range(len(words)):
        while actor is not None and actor.last <= place:
            if not actor.conditional:
                side = actor.side
            actor = next(following, None)
        sides[place] = side
    return sides


def _verb_holds(shape: str, words: Sequence[Word], place: int, side: Party | None) -> bool:
    if _negated(words, place) or _of_marks(words, place):
        return False
    near = [word.plain for word in words[max(0, place - 10) : place]]
    remedy = FORMS[words[place].plain][0]
    if remedy == "limit" and not _LIABILITY.isdisjoint(near):
        return False
    if remedy == "limit" and not _ILLS.isdisjoint(word.plain for word in words[place + 1 : place + 5]):
        return False
    if shape == "ed" and _is_done_to(words, place):
        return side != "customer"
    if shape == "ed":
        return not _BE_OR_HAVE.isdisjoint(near) and not _MAY.isdisjoint(near) and (side != "customer" or "be" in near)
    if shape == "verb":
        return not _is_noun(words, place) and (side == "provider" or _after_right(words, place))
    return side == "provider" and any(word.plain in _ACTIONS for word in words[max(0, place - 40) : place])


def _is_done_to(words: Sequence[Word], place: int) -> bool:
    """`the account is suspended`, said as what happens and not as a condition."""
    near = [word.plain for word in words[max(0, place - 9) : place]]
    be = next((at for at in range(len(near) - 1, max(-1, len(near) - 4), -1) if near[at] in ("is", "are", "gets")), None)
    if be is None:
        return False
    return not _SUBJECTS.isdisjoint(near[max(0, be - 3) : be]) and _CONDITIONS.isdisjoint(near)


def _is_noun(words: Sequence[Word], place: int) -> bool:
    """`the limit`, `a charge`, `in the end`."""
    plain = words[place].plain
    before = words[place - 1].plain if place > 0 else ""
    after = words[place + 1].plain if place + 1 < len(words) else ""
    return before in _BEFORE_NOUNS or (plain in _ALSO_NOUNS and after in _AFTER_NOUNS)


def _negated(words: Sequence[Word], place: int) -> bool:
    near = [word.plain for word in words[max(0, place - 4) : place]]
    for back, plain in enumerate(reversed(near)):
        if plain in ("or", "and", ",", "to", "but") and back > 0:
            return False
        if plain in _NOT:
            return back == 0 or plain not in ("without", "nor")
    return False


def _of_marks(words: Sequence[Word], place: int) -> bool:
    return words[place].plain.startswith(("remov", "delet")) and any(
        word.plain in _MARKS for word in words[place + 1 : place + 6]
    )


def _after_right(words: Sequence[Word], place: int) -> bool:
    """`right ... to`, also as spun: `whatever authority is needed to end`."""
    near = [word.plain for word in words[max(0, place - 30) : place]]
    for at, plain in enumerate(near):
        if plain in ("right", "authority", "rights", "discretion", "entitled") and "to" in near[at : at + 6]:
            return True
    return False


def _noun_holds(words: Sequence[Word], place: int, side: Party | None) -> bool:
    plain = words[place].plain
    before = words[place - 1].plain if place > 0 else ""
    earlier = {word.plain for word in words[max(0, place - 14) : place]}
    if before in _LOOSENED or "without" in {word.plain for word in words[max(0, place - 3) : place]}:
        return False
    if plain in ("investigation", "investigations"):
        return before in ("an", "our", "thorough", "full", "pending") and side != "customer" and "any" not in earlier
    if plain in ("fine", "fines", "restriction", "restrictions"):
        return (
            before in ("to", "or", "a", "and", "of", "temporary", ",")
            and side != "customer"
            and not earlier.isdisjoint(_SANCTIONING)
        )
    if plain in ("warning", "warnings") and not earlier.isdisjoint(_GIVING):
        return side != "customer" or "receive" in earlier
    if before in _AFTER_THE_FACT:
        return False
    return not earlier.isdisjoint(_SANCTIONING) and side != "customer"


def _phrase_holds(remedy: Remedy, words: Sequence[Word], place: int, side: Party | None) -> bool:
    if _negated(words, place):
        return False
    if remedy == "charge":
        return True
    if side is None:
        return any(word.plain in ("may", "will", "be") for word in words[:place])
    passive = any(word.plain == "be" for word in words[max(0, place - 3) : place])
    return passive or side == "provider" or _after_right(words, place)
