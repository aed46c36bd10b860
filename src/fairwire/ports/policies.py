"""Where the versions of policies are kept: texts, reviews, publications, notices, acceptances, and who did what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from fairwire.model.versions import (
    Change,
    CustomerAcceptance,
    Dossier,
    HistoryEntry,
    NoticeState,
    PolicyNotice,
)


class PolicyStore(Protocol):
    """Nothing here deletes. A version's record changes its stage; a text, once stored, never changes. Every act goes into the
    audit trail in its own transaction, as a record of kind `policy_act`."""

    def packs(self) -> Sequence[str]:
        """Ids of the packs of which a version was ever handed in, sorted."""

    def file(self, pack: str) -> Dossier:
        """All that is on record about a pack's versions; an empty file when there is nothing."""

    def texts(self, content: str) -> dict[str, str] | None:
        """File name -> text of the pack whose content has this hash; None when it was never stored."""

    def act(self, pack: str, decide: Callable[[Dossier], Change]) -> Change:
        """Read the file of a pack, let `decide` say what is to be written, and write it, in one transaction.

        Nobody else writes in between. What `decide` raises is raised, and nothing is written.
        """

    def notices(
        self,
        *,
        pack: str | None = None,
        version: str | None = None,
        states: Sequence[NoticeState] | None = None,
        due_us: int | None = None,
        limit: int | None = None,
    ) -> Sequence[PolicyNotice]:
        """By publication, then customer. `due_us`: only those whose next attempt is due by then."""

    def move_notice(self, before: PolicyNotice, after: PolicyNotice, history: HistoryEntry | None = None) -> bool:
        """Replace a notice, if it still is `before`; False, and nothing is written, when somebody else has moved it."""

    def acceptances(self, pack: str, *, version: str | None = None, customer: str | None = None) -> Sequence[CustomerAcceptance]:
        """Oldest first."""

    def accept(self, records: Sequence[tuple[CustomerAcceptance, HistoryEntry]]) -> int:
        """Put acceptances on record; how many were new. The first one of a customer and version stands, but a word given
        replaces what was only taken from use."""

    def history(self, pack: str | None = None, *, limit: int | None = None, notices: bool = True) -> Sequence[HistoryEntry]:
        """All that was done, in order; with `limit`, the last so many. `notices`: what became of each notice, too."""

    def acts(self) -> Iterator[HistoryEntry]:
        """All of the history in order, read some at a time."""

    def mark(self) -> int:
        """Grows whenever which version judges whom may have changed; 0: nothing was ever done."""
