"""One edge: having there what is wanted, giving back what was there, and looking now and then whether it still is.

What stood under a key is looked at, and is on record, before anything is put there. What was put is on record after. A crash in
between is a `put` that is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog

from fairwire.enforcement.effects import effect_id, lost, waiting
from fairwire.model.customers import Customer
from fairwire.model.effects import Effect
from fairwire.model.order import Order
from fairwire.ports.enforcers import Enforcer, Item, Told
from fairwire.ports.records import Conflict, RecordStore
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import EFFECTS

notices = structlog.get_logger()

LOOK_US = 10_000_000
"""Between two times that an edge is asked for all it has: for as long, one that was started again lacks what it forgot."""
SOON_US = 2_000_000
"""The same while it does not answer: what was started again may have lost everything."""
_AT_ONCE = 256
"""Effects in one round, so that looking is never put off for long."""


class AtEdge:
    """An edge, and the effects that are on record for it. Used from one thread at a time.

    Parameters
    ----------
    name
        As configured.
    edge
        What reaches it.
    records
        Where effects are on record.
    clock
        Microseconds since 1970-01-01T00:00:00Z.
    """

    def __init__(self, name: str, edge: Enforcer, records: RecordStore, clock: Callable[[], int]) -> None:
        self.name = name
        self._edge = edge
        self._records = records
        self._clock = clock
        self._looked_us: int | None = None
        self._away = False
        self._back = False
        """It answers again: what waits for its next try need not wait any longer."""

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """What an order means here."""
        return self._edge.items(order, customer)

    def step(self) -> None:
        """Do what is due, and look round when it is time."""
        now = self._clock()
        due_us, self._back = None if self._back else now, False
        states = ("putting", "restoring")
        for kept in EFFECTS.find(self._records, subject=self.name, states=states, due_us=due_us, limit=_AT_ONCE):
            if not self._carry_out(kept):
                break  # the edge is not there: the others would only wait for its time-outs, one after the other
        if self._looked_us is None or not 0 <= now - self._looked_us < (SOON_US if self._away else LOOK_US):
            self._looked_us = now
            self.look_round()

    def _carry_out(self, kept: Kept[Effect]) -> bool:
        """Whether the edge was reached."""
        effect = kept.noun
        if not effect.looked:
            told, before = self._edge.look(effect.key)
            if told.outcome != "done":
                return self._note(kept, effect, told)
            looked = msgspec.structs.replace(effect, looked=True, before=before)
            again = self._write(kept, looked, "look", "")
            if again is None:
                return True
            kept, effect = again, looked
        want = effect.wanted
        if want is not None:
            placing = msgspec.structs.replace(effect, placed=want.value)
            if effect.placed != want.value:
                # On record before it is done: whatever happens, it is known what may stand there.
                again = self._write(kept, placing, "put", want.order_id)
                if again is None:
                    return True
                kept, effect = again, placing
            told = self._edge.put(Item(key=effect.key, value=want.value, rank=want.rank))
        elif effect.placed is None:
            told = Told(outcome="done", answer="nothing was put there")
        else:
            told = self._edge.restore(Item(key=effect.key, value=effect.placed), effect.before)
        return self._note(kept, effect, told)

    def _note(self, kept: Kept[Effect], effect: Effect, told: Told) -> bool:
        if told.outcome == "done":
            state = "there" if effect.wants else "gone"
            done = msgspec.structs.replace(effect, state=state, attempts=0, next_us=0, answer=told.answer)
            self._write(kept, done, state, told.answer)
            return True
        if told.outcome == "never":
            notices.error("an edge refuses what an order wants", edge=self.name, effect=effect.effect_id, answer=told.answer)
            self._write(kept, msgspec.structs.replace(effect, state="stuck", answer=told.answer), "stuck", told.answer)
            return True
        self._away = True
        if effect.attempts == 0:
            notices.warning("an edge could not be reached; it is tried again", edge=self.name, answer=told.answer)
        self._write(kept, waiting(effect, self._clock(), told.answer), "wait", told.answer)
        return False

    def look_round(self) -> None:
        """Put back what the edge has lost, and take away what is ours and no order wants."""
        told, present = self._edge.present()
        self._back = self._away and told.outcome == "done"
        self._away = told.outcome != "done"
        if told.outcome != "done" or present is None:
            return
        known = {kept.noun.key: kept for kept in EFFECTS.find(self._records, subject=self.name)}
        for key, kept in known.items():
            effect = kept.noun
            there = present.get(key)
            if effect.state == "there" and (key not in present or (isinstance(there, dict) and there != effect.placed)):
                what = "the edge had lost it" if key not in present else "something else stood there"
                self._write(kept, lost(effect, what), "put again", what)
        for key, value in present.items():
            left = known.get(key)
            if left is None or left.noun.state == "gone":
                self._take_away(key, value, left)

    def _take_away(self, key: str, value: object, kept: Kept[Effect] | None) -> None:
        """Something of ours stands there that no order wants, such as from before a store was lost."""
        placed = value if isinstance(value, dict) else {"value": value}
        if kept is None:
            over = Effect(
                effect_id=effect_id(self.name, key),
                edge=self.name,
                key=key,
                customer="",
                wants=(),
                placed=placed,
                looked=True,
                state="restoring",
            )
        else:
            over = msgspec.structs.replace(kept.noun, placed=placed, state="restoring", attempts=0, next_us=0)
        self._write(kept, over, "take away", "no order wants it")

    def _write(self, kept: Kept[Effect] | None, after: Effect, action: str, why: str) -> Kept[Effect] | None:
        """The effect as it is on record now; None when what is wanted has changed meanwhile, and the next round begins anew."""
        change = EFFECTS.change(kept, after, at_us=self._clock(), by=f"edge:{self.name}", action=action, why=why)
        try:
            (record,) = self._records.write([change])
        except Conflict:
            return None
        return Kept(after, record.version)

    def close(self) -> None:
        """End what is open."""
        self._edge.close()
