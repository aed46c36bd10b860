"""Looking a record of the desk up by its id, or by as much of it as only one begins with."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from fairwire.model.errors import BadUse
from fairwire.ports.records import RecordStore
from fairwire.runtime.register import Kept, Register

LEAST = 6
"""Characters behind the prefix that may stand for a whole id."""

T = TypeVar("T", bound=msgspec.Struct)


class NotThere(BadUse):
    """There is no such thing on record, more than one begins so, or it is none of whoever asks."""

    code = "FW-CASE-001"


def look_up(register: Register[T], store: RecordStore, given: str, *, prefix: str, what: str, list_with: str) -> Kept[T]:
    """One record.

    Parameters
    ----------
    prefix
        What all ids of the kind begin with, such as `k-`.
    what
        The word for people: `case`.
    list_with
        The command that shows those there are.

    Raises
    ------
    NotThere
        There is none, or several begin so.
    """
    kept = register.get(store, given)
    if kept is not None:
        return kept
    if given.startswith(prefix) and len(given) >= len(prefix) + LEAST:
        near = [record for record in store.find(register.kind, after=given, limit=2) if record.id.startswith(given)]
        if len(near) == 1:
            return register.read(near[0])
        if near:
            raise NotThere(f"several begin with `{given[:80]}`", help_="give more of the id")
    raise NotThere(f"there is no {what} `{given[:80]}`", help_=f"`{list_with}` shows those there are")
