"""Keys of enforcement points, made and revoked with an entry in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from fairwire.model.errors import FairwireError
from fairwire.model.instants import format_us
from fairwire.model.records import Record, RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.data import open_control
from fairwire.runtime.keys import OnFailure, Right, kept_keys, make_key, revoke_key

KIND = "key"


class RevokedUnnoted(FairwireError):
    """A key is revoked, and the audit trail does not say so."""

    code = "FW-KEY-003"


class KeyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the trail keeps of a key: enough to tell which one it was, and nothing to use it with."""

    name: str
    rights: tuple[str, ...]
    made: str
    on_failure: str | None
    customer: str = ""
    fingerprint: str
    """The beginning of the hash that is kept of it."""


def make_noted_key(
    data: Path,
    name: str,
    *,
    rights: Sequence[Right],
    on_failure: OnFailure | None,
    by: str,
    at_us: int,
    customer: str = "",
) -> str:
    """Make a key, and its entry in the trail; both or neither. Gives the key, which nobody can tell again.

    Raises
    ------
    NoSuchKey, UnusableKey
        As `make_key`.
    StoreError
        The trail cannot be written; there is no key.
    """
    made: list[str] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        made.append(make_key(data, name, rights=rights, on_failure=on_failure, made=format_us(at_us), customer=customer))
        return [_change(inside, data, name, state="in_force", by=by, at_us=at_us, action="make")]

    store = open_control(data)
    try:
        store.records.act(decide)
    except BaseException:
        if made:
            with suppress(FairwireError):
                revoke_key(data, name)
        raise
    finally:
        store.close()
    return made[0]


def revoke_noted_key(data: Path, name: str, *, by: str, at_us: int) -> None:
    """Take a key back, and put that into the trail. The key is gone in any case.

    Raises
    ------
    NoSuchKey, UnusableKey
        As `revoke_key`.
    RevokedUnnoted
        The key is revoked, and the trail cannot be written.
    """
    facts = _facts(data, name)
    revoke_key(data, name)

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        return [_change(inside, data, name, state="revoked", by=by, at_us=at_us, action="revoke", facts=facts)]

    try:
        store = open_control(data)
        try:
            store.records.act(decide)
        finally:
            store.close()
    except FairwireError as error:
        raise RevokedUnnoted(
            f"the key of `{name}` is revoked, and the audit trail does not say so: {error.message}",
            at=error.at,
            help_="note it elsewhere",
        ) from error


def _change(
    inside: RecordStore, data: Path, name: str, *, state: str, by: str, at_us: int, action: str, facts: KeyFacts | None = None
) -> RecordChange:
    before = inside.get(KIND, name)
    facts = facts or _facts(data, name)
    body = before.body if facts is None and before is not None else msgspec.json.encode(facts).decode()
    record = Record(kind=KIND, id=name, state=state, version=0 if before is None else before.version, body=body)
    return RecordChange(record=record, at_us=at_us, by=by, action=action)


def _facts(data: Path, name: str) -> KeyFacts | None:
    """Of a key that is there and can be read."""
    for kept in kept_keys(data)[0]:
        if kept.name == name:
            return KeyFacts(
                name=name,
                rights=kept.rights,
                made=kept.made,
                on_failure=kept.on_failure,
                customer=kept.customer,
                fingerprint=kept.sha256[:12],
            )
    return None
