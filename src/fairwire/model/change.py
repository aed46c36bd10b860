"""What differs between two packs, and what each difference does to customers."""

from __future__ import annotations

from typing import Literal

import msgspec

ChangeKind = Literal["wording", "narrower", "wider", "milder", "stronger", "other"]
"""`wording`: nothing that decides. `narrower`, `wider`: less, or more, is found or refused. `milder`, `stronger`: what is found
leads to less, or to more. `other`: there is no order between before and after; the change says why."""
CHANGE_KINDS: tuple[ChangeKind, ...] = ("wider", "stronger", "narrower", "milder", "other", "wording")
"""As people should read them: what can hurt somebody first."""
Verb = Literal["added", "removed", "changed"]
VersionStep = Literal["none", "patch", "minor", "major"]
VERSION_STEPS: tuple[VersionStep, ...] = ("none", "patch", "minor", "major")

MIRRORED: dict[ChangeKind, ChangeKind] = {
    "wording": "wording",
    "narrower": "wider",
    "wider": "narrower",
    "milder": "stronger",
    "stronger": "milder",
    "other": "other",
}
"""What a change is when it is taken back."""


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference."""

    part: str
    """What kind of thing differs: clause, topic, ladder, entry, rung, mode, parameter, answer, notice ..."""
    name: str
    """Which one: a clause's id, `fraud: 3 block`, `voice.robocall.min_attempts` ..."""
    verb: Verb
    kind: ChangeKind
    says: str
    """One sentence: what it does."""
    step: VersionStep
    before: str | None = None
    """None where there was none."""
    after: str | None = None
    clauses: tuple[str, ...] = ()
    """Clauses that it is about, as the newer pack names them."""
    reason: str = ""
    """Of `other`: why there is no order."""


class PackDiff(msgspec.Struct, frozen=True, kw_only=True):
    """All differences, in the order of the document."""

    before: str
    """`id@version` of the first pack."""
    after: str
    changes: tuple[Change, ...]
    counts: dict[ChangeKind, int]
    step: VersionStep
    """The semantic-version step that the changes ask for."""
    releases: tuple[str, str]
    """The version strings that the packs bear; empty where a pack bears none."""
    release_note: str
    """What is wrong with them; empty when they say the same as the changes."""
    renamed: dict[str, str]
    """Clause of the first pack -> the same clause in the second, where its id differs."""
