"""All grants that hold or held, as events are held against them: words that are switched on for a time, numbers that are a
customer's own for a time, and grants that are for some events only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from fairwire.enforcement.grant_cover import FAR_US, Cover
from fairwire.enforcement.grants import window_us
from fairwire.model.errors import BadInput, FairwireError, Span
from fairwire.model.grants import HOLDS, Grant, GrantState
from fairwire.ports.records import RecordStore
from fairwire.runtime.registers import GRANTS

DECIDED: tuple[GrantState, ...] = (*HOLDS, "revoked", "withdrawn", "expired")
"""States of grants that may ever have held: an event that comes late is judged by its own time."""


class Spell(NamedTuple):
    """From when to when, the end not included, and by which grant."""

    begins_us: int
    ends_us: int
    grant_id: str

    def holds(self, at_us: int) -> bool:
        """Whether an instant lies in it."""
        return self.begins_us <= at_us < self.ends_us


class GrantBook:
    """Made once of the grants on record; nothing in it changes."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        words: dict[str, dict[str, list[Spell]]] = {}
        narrow: dict[str, list[Cover]] = {}
        verified: dict[str, list[tuple[Spell, tuple[str, ...]]]] = {}
        self.by_id: dict[str, Grant] = {}
        for held in sorted(grants, key=lambda each: each.grant_id):
            window = window_us(held)
            if window is None or held.allowed is None:
                continue
            self.by_id[held.grant_id] = held
            spell = Spell(window[0], FAR_US if window[1] is None else window[1], held.grant_id)
            if held.kind == "verified_number":
                verified.setdefault(held.customer, []).append((spell, held.allowed.numbers))
                continue
            cover = Cover(held)
            if cover.narrow:
                narrow.setdefault(held.customer, []).append(cover)
                continue
            for word in sorted(cover.words):
                words.setdefault(held.customer, {}).setdefault(word, []).append(spell)
        self.words: Mapping[str, Mapping[str, Sequence[Spell]]] = words
        """Customer -> entitlement -> when it has it, all of the customer's events alike."""
        self.narrow: Mapping[str, Sequence[Cover]] = narrow
        """Customer -> grants that are for some of its events."""
        self.verified: Mapping[str, Sequence[tuple[Spell, tuple[str, ...]]]] = verified
        """Customer -> numbers that were verified for it, and when."""

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def instants(self) -> set[int]:
        """Every instant at which a word is switched on or off for somebody."""
        spells = [spell for named in self.words.values() for each in named.values() for spell in each]
        return {at for spell in spells for at in spell[:2] if at < FAR_US}

    def holding(self, customer: str, word: str, at_us: int) -> tuple[str, ...]:
        """Ids of the grants by which a customer has an entitlement at an instant, for some of its events or all."""
        spells = self.words.get(customer, {}).get(word, ())
        covers = [each for each in self.narrow.get(customer, ()) if word in each.words]
        return tuple(
            [each.grant_id for each in spells if each.holds(at_us)] + [each.grant_id for each in covers if each.holds(at_us)]
        )


NONE = GrantBook()


def read_book(records: RecordStore) -> GrantBook:
    """The grants on record."""
    return GrantBook([kept.noun for kept in GRANTS.find(records, states=DECIDED)])


def load_book(path: Path) -> GrantBook:
    """The grants of a file: JSON Lines, or what `fairwire authorisation list --json` prints; or those of a data folder.

    Raises
    ------
    BadInput
        Naming file and line.
    """
    if path.is_dir():
        from contextlib import closing

        from fairwire.runtime.data import open_control

        with closing(open_control(path)) as store:
            return read_book(store.records)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"the file of grants cannot be read: {why}", at=str(path), help_="name one with --grants FILE") from None
    whole = text.lstrip().startswith("[")
    lines = [(1, text)] if whole else [each for each in enumerate(text.split("\n"), start=1) if each[1].strip()]
    found: list[Grant] = []
    for number, line in lines:
        at = Span(file=str(path), line=number)
        try:
            for held in _MANY.decode(line) if whole else [_ONE.decode(line)]:
                if window_us(held) is not None:
                    Cover(held)
                found.append(held)
        except msgspec.MsgspecError as error:
            said = str(error)
            message = f"not a grant: {said[:1].lower()}{said[1:]}"
            raise BadInput(message, at=at, help_="write what `fairwire authorisation list --json` prints") from None
        except ValueError as error:
            raise BadInput(f"not a grant: {error}", at=at, help_="give instants as RFC 3339") from None
        except FairwireError as error:
            raise BadInput(f"not a grant: {error.message}", at=at, help_=error.help) from None
    return GrantBook(found)


_ONE, _MANY = msgspec.json.Decoder(Grant), msgspec.json.Decoder(list[Grant])
