"""The live engine as the server sees it: decide a call, take events in, say how it is doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.decision import Decision, IdentityFacts
    from fairwire.model.policy import Pack
    from fairwire.ports.events import Rejected
    from fairwire.ports.log import LogFigures
    from fairwire.ports.plain_call import PlainCall, PlainCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a batch of events."""

    accepted: int
    duplicates: int
    """Events whose `id` and `source` were known already; they count once and are no error."""
    rejected: list[Rejected]
    """Line numbers count from 1 within the batch that was handed in."""


class LiveService(Protocol):
    """Decides and records. The server calls all of it from one thread, so nothing here needs a lock."""

    def decide(self, event: bytes) -> Decision:
        """Answer one call attempt: a CloudEvent, or the bare `call.attempt` data, as one JSON object.

        Raises
        ------
        InvalidRecord
            It is not such an event; `field` says where.
        """

    def decide_each(self, events: Sequence[bytes]) -> list[Decision | Exception]:
        """Answer call attempts that came together, in their order: what `decide` gives for each, or raises.

        How long each took is that of all.
        """

    def accept(self, lines: Sequence[bytes]) -> Accepted:
        """Take events in, one JSON object each. Acknowledge nothing of it before `durable` has returned.

        Raises
        ------
        LogError
            The disk refuses; nothing was taken in.
        """

    def accept_each(self, batches: Sequence[Sequence[bytes]]) -> list[Accepted]:
        """The same for the batches of several callers, a few thousand events together at most."""

    async def durable(self) -> None:
        """Wait until everything that was taken in so far is on disk.

        Raises
        ------
        LogError
            The disk refuses; what was taken in is kept in memory and tried again.
        """

    def log_figures(self) -> LogFigures | None:
        """What the event log has done; None when the service keeps none of ours."""

    def stats(self) -> dict[str, Any]:
        """Counters and gauges by name, for `/metrics`; a number, or a name -> number mapping one level deep."""


class CallService(Protocol):
    """Decides calls that come as fields, and knows whose they are. Called from one thread, on the path that has to be fast."""

    def decide_call(
        self, fields: dict[str, Any], *, source: str, event_id: str, identity: IdentityFacts | None = None
    ) -> Decision:
        """Answer one call attempt that comes as fields, such as a SIP request.

        Parameters
        ----------
        fields
            `call.attempt` data by contract name, of the right types, without empty texts; `from` is named `from_`. `customer` is
            empty when nobody can tell whose call it is.
        source, event_id
            Names the question: the same one gets the same answer, and counts once.
        identity
            What the call's Identity headers are worth.
        """

    def decide_calls(self, calls: Sequence[PlainCall]) -> list[Decision | Exception]:
        """Answer call attempts that came together, in their order: what `decide_call` gives for each, or raises.

        How long each took is not told.
        """

    def decide_plain(self, calls: PlainCalls) -> list[Decision | Exception]:
        """The same of calls as they were read. A call that connects with nothing noticed shares its decision with others: it
        names no event."""

    def is_emergency(self, called: str, country: str = "") -> bool:
        """Whether help may be at the other end of a number as dialled; for a country that is not known, anywhere."""

    def owner_of_number(self, number: str) -> str | None:
        """The customer that a number in E.164, with its plus, was assigned to; None when that cannot be told."""

    def owner_of_address(self, address: str) -> str | None:
        """The customer that an IP address belongs to; None when that cannot be told."""


class LiveSession(LiveService, Protocol):
    """A live service that somebody owns, and must end."""

    def customer(self, customer_id: str) -> Customer | None:
        """The record of a customer; None for one that nobody knows. May be called from any thread."""

    def charged(self, customer_id: str) -> int | None:
        """What is charged to a customer in its month so far, in micro-units; None where nobody counts. On the loop's thread."""

    def policy(self, customer_id: str) -> Pack | None:
        """The policy in force for a customer; None for one that nobody knows. May be called from any thread."""

    def look_at_grants(self) -> None:
        """Something was granted or revoked: it holds from the next event on. May be called from any thread."""

    def customers(self) -> Sequence[Customer] | None:
        """All customers; None when no customers file was named. May be called from any thread."""

    def close(self) -> None:
        """Write what is pending and release the files. Nothing may be called afterwards."""


class CallSession(LiveSession, CallService, Protocol):
    """A live session that answers SIP as well."""
