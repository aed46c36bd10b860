"""Who acts: the words of a clause that name the customer or the provider as the one who may, must or will."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairwire.model.imported import Party
from fairwire.policy.facts.words import Word, vocabulary

MODALS = vocabulary(
    """
    may must shall will should can cannot could would might agree agrees undertake undertakes acknowledge
    acknowledges warrant warrants represent represents needs need ought accept accepts understand understands do
    does don't doesn't won't can't mustn't shouldn't shan't mayn't reserves reserve retain retains is are isn't
    aren't was has have had remain remains consent consents certify certifies promise promises confirm confirms
    recognise recognises recognize recognizes commit commits maintain maintains keep keeps expect expects want wish
    require requires
    """
)
_CUSTOMERS = vocabulary(
    """
    you customer customers client clients user users enduser endusers subscriber subscribers member members licensee
    licensees purchaser purchasers reseller resellers buyer buyers person persons individual individuals anyone
    everyone nobody whoever consumer consumers tenant tenants participant participants caller callers sender senders
    publisher publishers agent agents holder holders visitor visitors organiser organizer subscribing guest guests
    owner owners people yourself affiliate affiliates broadcaster broadcasters
    """
)
_PROVIDERS = vocabulary(
    """
    we we'll we're we've we'd company provider carrier host supplier vendor isp licensor administrator
    administrators operator
    """
)
_OUR_PEOPLE = frozenset(
    [
        "team",
        "teams",
        "staff",
        "engineers",
        "company",
        "desk",
        "department",
        "organisation",
        "organization",
        "personnel",
        "administrators",
        "support",
    ]
)
_THINGS = vocabulary(
    """
    service services policy policies aup fup cloud voice system systems network networks use usage access
    communications the this these it any all our login credentials licences licenses licence license plan plans
    limit limits excessive agreement section clause content material materials message messages call calls email
    emails e-mail violation violations activities activity product products website site software platform failure
    passwords password information data unlimited spam if such there that and or which who what violators following
    prohibited please note nothing no each every in on at by for to of as when where while testing results requests
    items fees charges terms internet voip pbx sip sms server servers hosting accounts account conduct behaviour
    behavior examples penalties requirements restrictions abuse breach breaches complaints changes notice notices
    consent robocall robocalls fair acceptable your their its his her a an traffic resource resources number numbers
    date updates revisions amendments modifications excess parties party both laws law regulations he she they legal
    illegal everything something anything one time equipment hardware devices device bandwidth
    """
)
_GLUE = vocabulary(
    """
    also further hereby then therefore each always expressly alone at all times jointly now thus both accordingly
    immediately
    """
)
_RIGHTS = frozenset({"reserves", "reserve", "retains", "retain", "maintains", "maintain"})
_OF_THINGS = vocabulary("should needs need was were might")
"""Modal verbs that policies use of things, seldom of the provider."""
_GIVEN_TO = vocabulary("of to for with by from about than other between")
_GIVEN_TO_YOU = vocabulary("of to for with by from about give provide send")
_CONCLUDING = vocabulary("will shall may can reserves reserve")
_FINDS_OUT = vocabulary(
    "believes determines finds considers suspects receives learns discovers deems decides identifies detects concludes"
)
_OPENERS = vocabulary(
    """
    if when where once while unless whenever because since should in case event
    """
)


class Actor(NamedTuple):
    """A side that acts, at a place in the words."""

    side: Party
    first: int
    last: int
    """The place after its modal verb."""
    conditional: bool
    """Inside `if ...` or `when ...`."""


def actors_of(words: Sequence[Word]) -> list[Actor]:
    """Every actor with its modal verb, in order."""
    found: list[Actor] = []
    condition = False
    opened = 0
    for place, word in enumerate(words):
        if word.plain in _OPENERS and (word.plain != "should" or place == 0):
            condition = True
            opened = place
        elif word.text in ",.;:" or word.plain == "then":
            condition = False
        if word.kind != "word":
            continue
        side = _side(words, place)
        if side is None and word.plain == "it" and _finds_out(words, place):
            side = "provider"
        if side is None:
            continue
        modal = _modal(words, place + 1)
        if modal is not None and (side == "customer" or word.plain in _PROVIDERS or word.plain == "it" or _acts(words, modal)):
            ends = side == "provider" and place > opened + 2 and words[modal - 1].plain in _CONCLUDING
            condition = condition and not ends  # `if abuse goes on we will act`: no comma ends the condition
            found.append(Actor(side, place, modal, condition))
    return found


def _finds_out(words: Sequence[Word], at: int) -> bool:
    """Whether `it` is the provider of `If Acme believes that ..., it may ...`: no customer can be meant."""
    if at + 1 >= len(words) or not {words[at + 1].plain, words[min(at + 2, len(words) - 1)].plain} & {"may", "will", "reserves"}:
        return False
    for place in range(1, at):
        if words[place].plain in _FINDS_OUT and (_side(words, place - 1) == "provider" or words[place - 1].text[:1].isupper()):
            return words[place - 1].plain not in _CUSTOMERS
    return False


def _side(words: Sequence[Word], at: int) -> Party | None:
    plain = words[at].plain
    before = words[at - 1].plain if at > 0 else ""
    if plain in _CUSTOMERS:
        return None if before in (_GIVEN_TO_YOU if plain == "you" else _GIVEN_TO) else "customer"
    if plain in _PROVIDERS:
        return "provider"
    if plain in _OUR_PEOPLE and any(_is_provider_s(word) for word in words[max(0, at - 3) : at]):
        return "provider"
    if (
        words[at].text[:1].isupper()
        and plain not in _THINGS
        and plain not in MODALS
        and not plain.endswith(("ing", "ly", "'s", "tion"))
    ):
        return "provider" if _is_name(words, at) else None
    if words[at].text == "JNS":
        return "provider"
    return None


def _is_provider_s(word: Word) -> bool:
    """`our`, or a name with its `'s`."""
    owner = word.plain.removesuffix("'s")
    return word.plain == "our" or (owner != word.plain and word.text[0].isupper() and owner not in _CUSTOMERS)


def _is_name(words: Sequence[Word], at: int) -> bool:
    """A capitalised word before a modal verb that is no common thing; at the start of a sentence a capital alone says little."""
    text = words[at].text
    before = words[at - 1] if at > 0 else None
    starts = before is None or before.text in ".:;•-)"
    if (
        before is not None
        and before.plain in ("the", "this", "an", "a", "your", "any", "our", "such", "these")
        and not text.isupper()
    ):
        return False
    return not starts or not text.lower().endswith("s") or text.isupper()


def _modal(words: Sequence[Word], at: int) -> int | None:
    """The place after the modal verb that follows an actor, brackets, quoted names and adverbs between them passed over."""
    place, passed = at, 0
    while place < len(words) and passed < 8:
        word = words[place]
        if word.plain in MODALS:
            return place + 1
        if word.text in '([“"':
            place = _past_bracket(words, place)
            passed += 1
            continue
        if word.plain in _GLUE or word.plain.endswith("ly") or word.text == ",":
            place += 1
            passed += 1
            continue
        if word.plain in ("and", "or", "nor") and passed < 4:
            place += _past_others(words, place + 1) + 1
            passed += 3
            continue
        return None
    return None


def _acts(words: Sequence[Word], modal: int) -> bool:
    """Whether a name is what acts: `Lines cannot be used` and `A VPS should not exceed` name things."""
    if words[modal - 1].plain in _OF_THINGS:
        return False
    for place in range(modal, min(modal + 3, len(words) - 1)):
        if words[place].plain in ("be", "been", "being"):
            return not words[place + 1].plain.endswith(("ed", "en", "wn", "ly"))
    return True


def _past_bracket(words: Sequence[Word], at: int) -> int:
    closing = {"(": ")", "[": "]", "“": "”", '"': '"'}[words[at].text]
    for place in range(at + 1, min(at + 12, len(words))):
        if words[place].text == closing:
            return place + 1
    return at + 1


def _past_others(words: Sequence[Word], at: int) -> int:
    """`Customer and its users shall`: how many words name the others."""
    for count in range(5):
        if at + count < len(words) and words[at + count].plain in MODALS:
            return count
    return 0


def has_right(words: Sequence[Word], actor: Actor) -> bool:
    """Whether the actor reserves something rather than does it."""
    return words[actor.last - 1].plain in _RIGHTS
