"""The shapes of requests and answers over HTTP that are no shape of the model: for the description of the API, and its tests."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fairwire.model.effects import Effect
from fairwire.model.events import CallAttempt
from fairwire.model.finding import Finding
from fairwire.model.grants import Covered, Grant
from fairwire.model.guards import Critical, Snooze
from fairwire.model.order import Order
from fairwire.ports.control import Evidence


class ProblemFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong: a code that never changes its meaning, and one sentence that says what to do."""

    code: str
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET
    line: int | msgspec.UnsetType = msgspec.UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Every answer of 400 and above."""

    error: ProblemFacts


class CallAttemptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent of the type `call.attempt`."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Literal["call.attempt"]
    time: str
    data: CallAttempt


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent of any type we know. `id` and `source` name it: the same event twice counts once."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: str
    data: dict[str, Any]


class Taken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of the events that were sent; those accepted are on disk. `errors` tells the first hundred rejected."""

    accepted: int
    duplicates: int
    rejected: int
    errors: list[ProblemFacts] | msgspec.UnsetType = msgspec.UNSET
    error: ProblemFacts | msgspec.UnsetType = msgspec.UNSET
    """Set where no event at all could be used; the status is 400 then."""


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """A page of findings, the worst first. `total` counts all that match; `run` is null when there was no run yet."""

    run: str | None
    total: int
    findings: list[Finding]


class OneFinding(Finding, frozen=True, kw_only=True):
    """A finding with what shows it, and what was done about it."""

    evidence: Evidence | None
    orders: list[Order]


class Orders(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Orders, the oldest first. `run` is not there where those of one finding were asked for."""

    orders: list[Order]
    run: str | msgspec.UnsetType | None = msgspec.UNSET


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy. Instants are RFC 3339, null for what has not happened."""

    pack: str
    version: str
    state: str
    title: str
    document: str
    content: str
    decides: str
    author: str
    note: str
    submitted: str | None
    approved: str | None
    approved_by: str | None
    published: str | None
    published_by: str | None
    effective: str | None
    superseded: str | None
    replaces: str | None
    terms: Any
    page: str | None
    """Path of the public page of this version."""


class PolicyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that has versions on record, and the one that is in force now."""

    pack: str
    in_force: Version | None


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """All policies that have versions on record."""

    policies: list[PolicyInForce]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of one policy."""

    pack: str
    versions: list[Version]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An acceptance as recorded; `new` is false when it was known already."""

    customer: str
    pack: str
    version: str
    how: str
    by: str
    evidence: str
    at: str
    new: bool


class ChangedOver(msgspec.Struct, frozen=True, kw_only=True):
    """From when on the next version judges a customer."""

    customer: str
    pack: str
    version: str
    on: str
    begins: str
    until_then: str
    by: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it runs (`ok`), takes new work (`ready`), or is about to end (`draining`)."""

    status: Literal["ok", "ready", "draining"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order."""

    at_us: int
    by: str
    action: str
    why: str


class OneOrder(Order, frozen=True, kw_only=True):
    """An order with what stands at the edges for it, and all that became of it."""

    effects: list[Effect]
    trail: list[Step]


class Authorisations(msgspec.Struct, frozen=True, kw_only=True):
    """Requests and grants, the oldest first; without their results."""

    authorisations: list[Grant]


class OneAuthorisation(Grant, frozen=True, kw_only=True):
    """An authorisation with what was seen and is covered by it, and all that became of it; without its results."""

    covered: list[Covered]
    trail: list[Step]


class Snoozes(msgspec.Struct, frozen=True, kw_only=True):
    """Those that hold."""

    snoozes: list[Snooze]


class CriticalList(msgspec.Struct, frozen=True, kw_only=True):
    """Those that are on it."""

    critical: list[Critical]
