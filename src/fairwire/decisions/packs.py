"""A pack as the decisions need it: clauses by topic, answers by block class, and where a customer asks for review."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from fairwire.model.decision import BlockClass
from fairwire.model.finding import Mode
from fairwire.model.instants import day_of
from fairwire.model.policy import BlockAnswer, DetectorInfo, Pack, ParameterLimits, Profile, profile_on

ANALYTICS_PHRASE = "Network Blocked"

STANDARD_ANSWERS: dict[str, dict[BlockClass, BlockAnswer]] = {
    "": {
        "analytic": BlockAnswer(code=403, phrase="Forbidden"),
        "deterministic": BlockAnswer(code=403, phrase="Forbidden"),
        "unallocated": BlockAnswer(code=404, phrase="Not Found"),
        "own_limit": BlockAnswer(code=480, phrase="Temporarily Unavailable", retry_after_s=60),
        "overload": BlockAnswer(code=503, phrase="Service Unavailable", retry_after_s=5),
    },
    "US": {"analytic": BlockAnswer(code=603, phrase=ANALYTICS_PHRASE)},
}
"""For a pack that was made without answers. Sources: RFC 3261 section 21; ATIS-1000099 and 47 CFR 64.1200(k)(9) for 603."""

_GENERAL_TOPICS = ("general_conduct", "provider_discretion", "scope_and_acceptance", "customer_responsibility", "unlawful_use")


def _question(
    name: str,
    *topics: str,
    mode: Mode = "enforce",
    limits: dict[str, ParameterLimits] | None = None,
    **parameters: float,
) -> DetectorInfo:
    return DetectorInfo(
        id=f"inline.{name}", topics=topics, mode=mode, certainty="hard", parameters=parameters, limits=limits or {}
    )


_NEW_CUSTOMER = {
    "days": ParameterLimits(kind="whole", unit="days", least=0, most=366),
    "daily_charges": ParameterLimits(unit="of the customer's currency", least=0, most=1e9),
}
INLINE: tuple[DetectorInfo, ...] = (
    _question("emergency_calls", "emergency_calls"),
    _question("known_customer", "unprovisioned_use", "authentication"),
    _question("account_state", "account_state"),
    _question("kill_switch", "kill_switch"),
    _question("caller_id", "caller_id"),
    _question("identity", mode="alert"),
    _question("destination_permissions", "destination_permissions"),
    _question("barred_destinations", "destination_permissions"),
    _question("number_in_use"),
    _question("charge_limit", "charge_limit", "charge_projection", reserve_s=60.0),
    _question("new_customer", limits=_NEW_CUSTOMER, days=0.0, daily_charges=0.0),
    _question("throttle", calls_per_min=10.0),
)
"""The questions asked of every call, in the form of detectors, so that a pack can name their mode and parameters.
`inline.identity` only takes note at first: most networks connect a call whose signature does not hold, and mark it.
One without a topic carries out what others found, under the clause that they name or the general one. Whatever a pack sets
for `inline.emergency_calls`, such calls connect.
`reserve_s`: seconds of a new call that its price is reckoned for in advance (60 is the custom of rating engines).
`days`, `daily_charges`: the first days of an account, 0 for no such cap, and what may be charged on each in the customer's
currency; both are for packs to set.
`calls_per_min`: what a throttle lets through; the figure is our own choice, without evidence, for packs to set."""

INLINE_DIRECTIONS: dict[str, dict[str, Literal["up", "down"]]] = {
    "inline.charge_limit": {"reserve_s": "up"},
    "inline.new_customer": {"days": "up", "daily_charges": "down"},
    "inline.throttle": {"calls_per_min": "down"},
}
"""Whether more calls are refused (`up`) or fewer (`down`) when a parameter of a question is raised."""

_BY_ID = {info.id: info for info in INLINE}
_URL = re.compile(r"https://[^\s;\"\\]+")
_EMAIL = re.compile(r"[^@\s;\"\\<>]+@[^@\s;\"\\<>]+\.[^@\s;\"\\<>]+")
_TEL = re.compile(r"\+[0-9]{7,15}")


def inline_controls() -> dict[str, tuple[str, ...]]:
    """Topic -> names of the questions that decide it before a call connects: what the coverage of a pack counts."""
    found: dict[str, tuple[str, ...]] = {}
    for info in INLINE:
        for topic in info.topics:
            found[topic] = (*found.get(topic, ()), info.id)
    return found


class PackDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack says about refusals. Made by `pack_decision`.

    Raises
    ------
    ValueError
        It names no way to ask for review, or one that could not stand in a SIP header, or no clause to fall back on.
    """

    policy: str
    """`id@version`."""
    clauses: dict[str, tuple[str, ...]]
    """Topic -> clauses, in the order of the document."""
    general: str
    """The clause that is named where none serves the topic."""
    contact_url: str = ""
    contact_email: str = ""
    contact_tel: str = ""
    """E.164. Customers reach it even while they are suspended."""
    country: str = ""
    """Of a customer whose own country is not known."""
    answers: dict[str, dict[BlockClass, BlockAnswer]] = msgspec.field(default_factory=lambda: STANDARD_ANSWERS)
    dated: tuple[Profile, ...] = ()
    """Rules of countries that change an answer from one day to another."""
    modes: dict[str, Mode] = {}
    parameters: dict[str, dict[str, float]] = {}
    block_classes: dict[str, BlockClass] = {}
    """Detector -> class of the blocks it leads to; `analytic` for a detector that is not here."""

    def __post_init__(self) -> None:
        if not self.general:
            raise ValueError("no clause to fall back on")
        if not (self.contact_url or self.contact_email or self.contact_tel):
            raise ValueError("a refusal must say where to ask for review: give a url, an email or a tel")
        for value, form, what in (
            (self.contact_url, _URL, "an https address"),
            (self.contact_email, _EMAIL, "a mail address"),
            (self.contact_tel, _TEL, "a number in E.164"),
        ):
            if value and not (form.fullmatch(value) and value.isascii()):
                raise ValueError(f"`{value}` is not {what}")

    def cited(self, *topics: str) -> tuple[str, ...]:
        """Clauses of the first of `topics` that the pack binds; the general clause when it binds none."""
        for topic in topics:
            found = self.clauses.get(topic)
            if found:
                return found
        return (self.general,)

    def mode(self, check: str) -> Mode:
        """The mode of one of the inline questions."""
        return self.modes.get(check) or _BY_ID[check].mode

    def parameter(self, check: str, name: str) -> float:
        """A parameter of one of the inline questions, in the unit of its name."""
        return self.parameters.get(check, {}).get(name, _BY_ID[check].parameters[name])

    def answer(self, block: BlockClass, country: str, now_us: int | None = None) -> BlockAnswer:
        """The SIP answer to a refusal of class `block` of a customer of `country` (empty: not known), by that day's rules."""
        if self.dated and now_us is not None:
            profile = profile_on(self.dated, country or self.country, day_of(now_us))
            if profile is not None and block in profile.answers:
                return profile.answers[block]
        there = self.answers.get(country or self.country, {})
        return there[block] if block in there else self.answers[""][block]

    @property
    def review(self) -> str:
        """The way back, as the end of a sentence."""
        ways = (("at", self.contact_url), ("by mail to", self.contact_email), ("by telephone on", self.contact_tel))
        return " or ".join(f"{how} {where}" for how, where in ways if where)


def pack_decision(pack: Pack, *, contact_tel: str = "", block_classes: dict[str, BlockClass] | None = None) -> PackDecision:
    """Make a pack ready for deciding calls.

    Parameters
    ----------
    pack
        The policy in force.
    contact_tel
        The abuse desk's number in E.164; empty for none.
    block_classes
        Detector -> class of the blocks it leads to, where it is not `analytic`.

    Raises
    ------
    ValueError
        The pack has no clause or no contact.
    """
    clauses: dict[str, tuple[str, ...]] = {}
    for clause in pack.clauses.values():
        named = [topic for each in clause.detectors if each in _BY_ID for topic in _BY_ID[each].topics]
        for topic in dict.fromkeys((*clause.topics, *named)):
            clauses[topic] = (*clauses.get(topic, ()), clause.id)
    general = next((clauses[topic][0] for topic in _GENERAL_TOPICS if topic in clauses), next(iter(pack.clauses), ""))
    return PackDecision(
        policy=f"{pack.id}@{pack.version}",
        clauses=clauses,
        general=general,
        contact_url=pack.review_url,
        contact_email=pack.contact,
        contact_tel=contact_tel,
        country=pack.country,
        answers=pack.answers or STANDARD_ANSWERS,
        dated=tuple(profile for profile in pack.profiles if profile.answers),
        modes=pack.modes,
        parameters=pack.parameters,
        block_classes=block_classes or {},
    )
