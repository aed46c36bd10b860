"""Which version of a policy judges whom, and since when: the published versions of the data folder as a plan needs them.

Time is event time here, too: a call is judged by the version that was in force for its customer when it was made, whether it
is decided live, read from the log again after a restart, or replayed a year later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairwire.model.errors import BadInput
from fairwire.model.policy import Pack
from fairwire.model.versions import Dossier, PolicyVersion
from fairwire.policy.adoption import version_for
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.replay import now_us
from fairwire.runtime.versions import Versions

BEGINNING = -(2**62)
Turns = tuple[tuple[int, str], ...]
"""(from this instant, key of the pack in the plan), in order; the first begins at `BEGINNING`."""


class UnreadableVersion(BadInput):
    """A version that is in force, or will be, was written for another release of the program."""

    code = "FW-VER-014"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Who is judged by which version of one pack."""

    turns: Turns
    own: Mapping[str, Turns] = field(default_factory=dict)
    """Customers who have chosen a day of their own."""

    def of(self, customer: str) -> Turns:
        """The turns of one customer."""
        return self.own.get(customer, self.turns)

    def key(self, customer: str, at_us: int) -> str:
        """Key of the pack that judges a customer at an instant."""
        turns = self.of(customer)
        return turns[bisect_right(turns, at_us, key=lambda turn: turn[0]) - 1][1]

    def instants(self) -> set[int]:
        """Every instant at which somebody's version changes."""
        return {at for turns in (self.turns, *self.own.values()) for at, _ in turns} - {BEGINNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The versions of one pack, ready for a plan."""

    packs: dict[str, Pack]
    """Key `pack@number` -> pack."""
    current: Pack | None
    """What `pack` alone means: the version in force; None while the first is still to come."""
    timeline: Timeline
    waits: bool
    """Whether the pack's files judge until the first version begins."""


def files_key(pack: str) -> str:
    """Key of a pack's files, where they judged before its first version."""
    return f"{pack}@files"


def published_packs(store: PolicyStore) -> tuple[str, ...]:
    """Packs of which a version is, was or will be in force."""
    return tuple(name for name in store.packs() if store.file(name).published())


def load_versions(store: PolicyStore, pack: str, at_us: int | None = None) -> Loaded:
    """All published versions of a pack.

    Raises
    ------
    UnreadableVersion
        One that is in force or to come cannot be read by this release.
    """
    now = now_us() if at_us is None else at_us
    acts, file = Versions(store), store.file(pack)
    published = file.published()
    packs: dict[str, Pack] = {}
    for version in published:
        made = acts.pack_of(version) if version.state(now) == "superseded" else readable(acts, version)
        if made is not None:
            packs[version.name] = made
    current = file.in_force(now)
    return Loaded(
        packs=packs,
        current=packs[current.name] if current else None,
        timeline=_timeline(file, packs),
        waits=_was_waited_for(published[0]),
    )


def readable(acts: Versions, version: PolicyVersion) -> Pack:
    """The pack of a version that somebody is to be judged by."""
    made = acts.pack_of(version)
    if made is None:
        raise UnreadableVersion(
            f"`{version.name}` cannot be read by this release of the program",
            help_="publish a version that can; `fairwire policy show` writes its files",
        )
    return made


def _timeline(file: Dossier, packs: Mapping[str, Pack]) -> Timeline:
    published = [version for version in file.published() if version.name in packs]
    turns = [(version.effective_us or 0, version.name) for version in published]
    if _was_waited_for(published[0]):
        turns.insert(0, (BEGINNING, files_key(file.pack)))
    else:
        turns[0] = (BEGINNING, turns[0][1])
    own = {customer: _own_turns(file, customer, turns) for customer in dict.fromkeys(each.customer for each in file.changeovers)}
    return Timeline(turns=tuple(turns), own=own)


def _was_waited_for(first: PolicyVersion) -> bool:
    """Whether the pack's files went on judging until the first version began."""
    return (first.published_us or 0) < (first.effective_us or 0)


def _own_turns(file: Dossier, customer: str, turns: list[tuple[int, str]]) -> Turns:
    mine = [each for each in file.changeovers if each.customer == customer]
    instants = {at for each in mine for at in (each.at_us, each.on_us)} | {at for at, _ in turns[1:]}
    found = [turns[0]]
    for at in sorted(instants):
        version = version_for(file, customer, at)
        key = found[-1][1] if version is None else version.name
        if key != found[-1][1]:
            found.append((at, key))
    return tuple(found)
