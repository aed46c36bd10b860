"""What shall be at the edges against what is on record there: the changes that bring one to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from fairwire.model.effects import Effect, Want

Key = tuple[str, str]
"""Edge, and key there."""

FIRST_WAIT_US = 2_000_000
LONGEST_WAIT_US = 300_000_000


def effect_id(edge: str, key: str) -> str:
    """The id of what stands under a key at an edge."""
    return hashlib.sha256(f"{edge}\n{key}".encode()).hexdigest()[:24]


def differences(wanted: Mapping[Key, tuple[str, Iterable[Want]]], effects: Mapping[Key, Effect]) -> list[Effect]:
    """The effects that are to be written so that those on record say what is wanted.

    Parameters
    ----------
    wanted
        (edge, key) -> customer, and the wishes for it.
    effects
        Those on record, the ones that are gone among them.
    """
    changed: list[Effect] = []
    for (edge, key), (customer, wishes) in wanted.items():
        wants = tuple(sorted(wishes, key=lambda want: (-want.rank, want.order_id)))
        known = effects.get((edge, key))
        if known is None:
            name = effect_id(edge, key)
            changed.append(Effect(effect_id=name, edge=edge, key=key, customer=customer, wants=wants, state="putting"))
        elif known.wants != wants or known.state in ("restoring", "gone"):
            changed.append(_wanting(known, wants))
    for place, known in effects.items():
        if place not in wanted and known.state not in ("restoring", "gone"):
            state = "restoring" if known.looked else "gone"
            changed.append(msgspec.structs.replace(known, wants=(), state=state, attempts=0, next_us=0, answer=""))
    return changed


def _wanting(known: Effect, wants: tuple[Want, ...]) -> Effect:
    changed = msgspec.structs.replace(known, wants=wants)
    if known.state == "gone":
        # Whatever is there now is somebody else's again: it is looked at anew.
        return msgspec.structs.replace(
            changed, state="putting", placed=None, looked=False, before=None, attempts=0, next_us=0, answer=""
        )
    top = changed.wanted
    assert top is not None
    if known.state == "there" and known.placed == top.value:
        return changed
    return msgspec.structs.replace(changed, state="putting", attempts=0, next_us=0, answer="")


def lost(effect: Effect, why: str) -> Effect:
    """An effect that the edge no longer has as it should: it is put there again, and what was there before us stays known."""
    return msgspec.structs.replace(effect, state="putting", attempts=0, next_us=0, answer=why)


def waiting(effect: Effect, now_us: int, answer: str) -> Effect:
    """An effect whose edge could not be reached: it is tried again, later each time."""
    wait_us = min(FIRST_WAIT_US * 2 ** min(effect.attempts, 20), LONGEST_WAIT_US)
    return msgspec.structs.replace(effect, attempts=effect.attempts + 1, next_us=now_us + wait_us, answer=answer)
