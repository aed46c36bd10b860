"""What a customer is told of a decision about its request: in the pack's words where it has some, once for each decision."""

from __future__ import annotations

import msgspec

from fairwire.enforcement.grant_kinds import KINDS
from fairwire.model.customers import Customer
from fairwire.model.grants import Grant, Scope
from fairwire.model.instants import parse_us
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.policy import NoticeFacts, Unwritable, languages_of, write_letter, write_plain
from fairwire.ports.records import RecordStore
from fairwire.runtime.letters import Letters, Occasion
from fairwire.runtime.packs import plain_notices
from fairwire.runtime.versions import local_instant

KIND = "authorisation_decision"
"""Of the notice, in packs and beside them."""
_DECISIONS = {"requested": "waiting for a decision", "granted_in_part": "granted in part", "expired": "over"}
_LINES = {
    "addresses": "address",
    "sources": "from",
    "ports": "port",
    "types": "type of test",
    "systems": "system",
    "sites": "site",
    "numbers": "number",
    "campaigns": "campaign",
}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer reads."""

    subject: str
    text: str


def facts_about(held: Grant, customer: Customer, pack: Pack) -> NoticeFacts:
    """What the letter may say."""
    clause, zone = pack.clauses.get(held.clauses[0]), customer.timezone
    begins = local_instant(parse_us(held.begins or held.start), zone)
    ends = "" if held.end is None else local_instant(parse_us(held.end), zone)
    if held.allowed is None:
        lines = [f"asked for: {line}" for line in scope_lines(held.scope)]
    else:
        lines = [f"permitted: {line}" for line in scope_lines(held.allowed)]
        lines += [f"NOT permitted: {line}" for line in scope_lines(held.not_allowed or Scope())]
    lines.append(f"from {begins}{f' to {ends}' if ends else ''}")
    if held.conditions:
        lines.append(f"on the condition: {held.conditions}")
    decision = _DECISIONS.get(held.state, held.state)
    return NoticeFacts(
        customer=customer.name or customer.id,
        subject=KINDS[held.kind].title,
        reason=(held.ended_why or held.decided_why).rstrip(". "),
        clause=held.clauses[0],
        clause_gist=clause.gist if clause else held.clauses[0],
        clause_place=clause.place if clause else held.clauses[0],
        document=pack.document,
        action=f"your request for {KINDS[held.kind].title} is {decision}",
        until=ends if held.state in ("granted", "granted_in_part") else "",
        reference=held.grant_id,
        contact=pack.contact,
        review_url=pack.review_url,
        lines=tuple(lines),
        decision=decision,
    )


def letter_of(held: Grant, customer: Customer, pack: Pack) -> Letter:
    """The letter that says how a request stands."""
    facts = facts_about(held, customer, pack)
    languages = languages_of(pack, customer.language, customer.country)
    try:
        written = write_letter(pack, (KIND,), facts, clauses=held.clauses, languages=languages)
    except Unwritable:
        written = None  # what is wrong with the pack's own words stands on record beside the notice
    written = written or write_plain(plain_notices(), (KIND,), facts)
    return Letter(subject=written.subject, text=written.text)


def notices_of(store: RecordStore, held: Grant, customer: Customer, pack: Pack, at_us: int) -> list[RecordChange]:
    """What is to be put on record so that the customer is told how its request stands; nothing where it was told."""
    letters = Letters(lambda: {pack.id: pack}, lambda _: customer)
    occasion = Occasion(
        fact=f"grant:{held.grant_id}:{held.state}",
        kinds=(KIND,),
        customer=held.customer,
        policy=held.policy,
        clauses=held.clauses,
        facts=facts_about(held, customer, pack),
    )
    return letters.write(store, occasion, at_us)


def scope_lines(scope: Scope) -> tuple[str, ...]:
    """A scope, one line an entry: `address 192.0.2.0/28`."""
    return tuple(
        f"{word} {entry.replace('_', ' ') if name == 'types' else entry}"
        for name, word in _LINES.items()
        for entry in getattr(scope, name)
    )


def phrase_of(held: Grant) -> str:
    """A grant in a few words: its id, what it is for, and until when."""
    scope = ", ".join(scope_lines(held.allowed)[:4]) if held.allowed is not None else ""
    until = held.ended_at or held.end
    what = f"{KINDS[held.kind].title}{f': {scope}' if scope else ''}"
    return f"{held.grant_id} ({what}; {f'until {until}' if until else 'without an end'})"
