"""The console's pages of orders: what waits for people, what is in force, and the forms that give, agree, lift and stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast, get_args
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from fairwire.desk import wording
from fairwire.desk.sessions import Session
from fairwire.enforcement.lifecycle import from_person
from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.instants import SECOND_US, parse_us
from fairwire.model.order import OPEN, STEPS, Order, State, Target
from fairwire.ports.control import ControlStore
from fairwire.runtime import order_acts
from fairwire.runtime.registers import EFFECTS, ORDERS, SNOOZES
from fairwire.runtime.replay import now_us

if TYPE_CHECKING:
    from fairwire.desk.version_pages import Console
    from fairwire.model.policy import Pack

PolicyOf = Callable[[str], "Pack | None"]
SHOWN = 200
"""Orders of one list on the page."""
GROUPS: tuple[tuple[str, str, tuple[State, ...]], ...] = (
    ("waiting", "Waiting for people", ("waiting",)),
    ("in_force", "In force", ("due", "in_force")),
    ("not_acted_on", "Seen and not acted on", ("dry_run", "refused", "overturned")),
    ("over", "Done and over", ("done", "lifted", "expired")),
)
"""Name in the address, title, states."""
ACTS: dict[str, tuple[str, Callable[..., Order]]] = {
    "agree": ("approve", order_acts.agree),
    "refuse": ("approve", order_acts.refuse),
    "lift": ("desk", order_acts.lift),
    "overturn": ("approve", order_acts.overturn),
    "carry_out": ("approve", order_acts.carry_out),
}
"""Act -> the right that it needs, and what does it."""
POSSIBLE: dict[State, tuple[str, ...]] = {
    "waiting": ("agree", "refuse"),
    "due": ("lift", "overturn"),
    "in_force": ("lift", "overturn"),
    "dry_run": ("carry_out", "overturn"),
    "done": ("overturn",),
    "lifted": ("overturn",),
    "expired": ("overturn",),
    "refused": (),
    "overturned": (),
}
BUTTONS = {
    "agree": "Agree",
    "refuse": "Refuse",
    "lift": "Lift",
    "overturn": "Overturn: it was wrong",
    "carry_out": "Carry it out",
}


def order_routes(
    console: Console, store: ControlStore, policy_of: PolicyOf, *, clock: Callable[[], int] = now_us
) -> list[BaseRoute]:
    """The pages, and where their forms go."""
    pages = _OrderPages(console, store, policy_of, clock)
    return [
        Route("/orders", console.signed_in(pages.all), methods=["GET"]),
        Route("/orders", pages.give, methods=["POST"]),
        Route("/orders/{order_id}", console.signed_in(pages.one), methods=["GET"]),
        Route("/orders/{order_id}", pages.act, methods=["POST"]),
        Route("/guard", pages.guard, methods=["POST"]),
    ]


class _OrderPages:
    def __init__(self, console: Console, store: ControlStore, policy_of: PolicyOf, clock: Callable[[], int]) -> None:
        self._console = console
        self._store = store
        self._policy_of = policy_of
        self._clock = clock

    def all(self, request: Request, session: Session) -> Response:
        """The list."""
        asked = request.query_params.get("show", "")
        return self._list(session, asked, request.query_params.get("customer", "")[:200])

    def one(self, request: Request, session: Session) -> Response:
        """One order."""
        return self._order(session, request.path_params["order_id"])

    async def give(self, request: Request) -> Response:
        """A person orders something about a finding."""
        session, fields = await self._console.form(request)
        if session is None or fields is None:
            return self._not_ours(session, request)
        try:
            order = await run_in_threadpool(self._given, session, fields)
        except FairwireError as error:
            return self._console.say(session, 409, "Nothing was ordered", f"{error.sentence()}.")
        return RedirectResponse(f"/orders/{quote(order.order_id, safe='')}", status_code=303)

    async def act(self, request: Request) -> Response:
        """Something is done to an order: do it, and show it anew; or say on the page why not."""
        session, fields = await self._console.form(request)
        if session is None or fields is None:
            return self._not_ours(session, request)
        order_id = request.path_params["order_id"]
        try:
            await run_in_threadpool(self._acted, session, order_id, fields)
        except FairwireError as error:
            return await run_in_threadpool(self._order, session, order_id, error.sentence())
        return RedirectResponse(f"/orders/{quote(order_id, safe='')}", status_code=303)

    async def guard(self, request: Request) -> Response:
        """The button that stops everything, and the one that lets it go on."""
        session, fields = await self._console.form(request)
        if session is None or fields is None:
            return self._not_ours(session, request)
        on = fields.get("act") == "resume"
        try:
            _demand(session, "approve", "stop or resume automatic action")
            await run_in_threadpool(
                lambda: order_acts.set_guard(
                    self._store.records,
                    session.by,
                    self._clock(),
                    fields.get("reason", ""),
                    automatic=on,
                    suspensions=True if on else None,
                )
            )
        except FairwireError as error:
            return await run_in_threadpool(self._list, session, "", "", error.sentence())
        return RedirectResponse("/orders", status_code=303)

    def _not_ours(self, session: Session | None, request: Request) -> Response:
        if session is None:
            return RedirectResponse(f"/login?next={quote(request.url.path, safe='')}", status_code=303)
        text = "The form did not come from this console, or the page was open for too long. Go back and try again."
        return self._console.say(session, 403, "Nothing was done", text)

    def _given(self, session: Session, fields: dict[str, str]) -> Order:
        _demand(session, "desk", "give orders")
        finding = self._store.finding(fields.get("finding", ""))
        if finding is None:
            raise BadUse("there is no such finding any more")
        step, lasts = fields.get("step", ""), fields.get("lasts", "")
        target, _, value = fields.get("target", "").partition("=")
        if step not in STEPS or target not in get_args(Target) or not (lasts == "" or (lasts.isdecimal() and len(lasts) < 9)):
            raise BadUse("the form asks for nothing that is done here")
        now = self._clock()
        order = from_person(
            by=session.by,
            at_us=now,
            customer=finding.customer,
            policy=f"{finding.policy.id}@{finding.policy.version}",
            clauses=finding.clauses,
            step=step,
            target=cast("Target", target),
            value=value or None,
            user=value if target == "user" else finding.user if target in ("callee", "destination_class") else None,
            line=value if target == "line" else finding.line if target in ("callee", "destination_class") else None,
            reason=fields.get("reason", ""),
            lasts_us=int(lasts) * SECOND_US if lasts else None,
            finding_id=finding.finding_id,
        )
        return order_acts.put_on_record(self._store.records, order, now)

    def _acted(self, session: Session, order_id: str, fields: dict[str, str]) -> None:
        name = fields.get("act", "")
        if name not in ACTS:
            raise BadUse("the form asks for nothing that is done here")
        right, act = ACTS[name]
        _demand(session, right, f"{name.replace('_', ' ')} orders")
        act(self._store.records, order_id, session.by, self._clock(), fields.get("reason", ""))

    def _list(self, session: Session, asked: str, customer: str, problem: str = "") -> Response:
        counts = {name: 0 for name, _, _ in GROUPS}
        of_state = {state: name for name, _, states in GROUPS for state in states}
        orders: dict[str, list[Order]] = {name: [] for name in counts}
        for order in order_acts.find_orders(self._store.records, customer=customer or None):
            orders[of_state[order.state]].append(order)
        shown = asked if asked in counts else "waiting" if orders["waiting"] else "in_force"
        latest = list(reversed(orders[shown]))
        return self._console.show(
            "orders.html",
            session,
            status=409 if problem else 200,
            groups=[
                {"name": name, "title": title, "count": len(orders[name]), "here": name == shown} for name, title, _ in GROUPS
            ],
            rows=[self._row(order) for order in latest[:SHOWN]],
            more=max(0, len(latest) - SHOWN),
            customer=customer,
            shown=shown,
            guard=order_acts.guard_of(self._store.records),
            snoozes=[kept.noun for kept in SNOOZES.find(self._store.records, states=["holds"])],
            problem=problem,
            may_stop="approve" in session.rights,
        )

    def _row(self, order: Order) -> dict[str, Any]:
        return {
            "order": order,
            "title": wording.action(order),
            "state": wording.ORDER_STATES[order.state],
            "since": wording.moment_of(order.began or order.created),
            "ends": _ends(order),
            "held": wording.HELD.get(order.held, ""),
        }

    def _order(self, session: Session, order_id: str, problem: str = "") -> Response:
        kept = ORDERS.get(self._store.records, order_id)
        if kept is None:
            return self._console.say(session, 404, "No such order", f"There is no order “{order_id[:80]}” on record here.")
        order = kept.noun
        trail = [
            {"at": wording.moment(entry.at_us, seconds=True), "entry": entry, "by": entry.by.partition(":")[2] or entry.by}
            for entry in self._store.records.trail(kind=ORDERS.kind, id_=order.order_id)
        ]
        effects = [
            effect.noun
            for effect in EFFECTS.find(self._store.records, customer=order.customer)
            if any(want.order_id == order.order_id for want in effect.noun.wants)
        ]
        acts = [name for name in POSSIBLE[order.state] if ACTS[name][0] in session.rights]
        return self._console.show(
            "order.html",
            session,
            status=409 if problem else 200,
            row=self._row(order),
            order=order,
            finding=self._store.finding(order.finding_id) if order.finding_id else None,
            trail=trail,
            effects=effects,
            acts=[(name, BUTTONS[name]) for name in acts],
            needs=_needs(order),
            own=order.author == session.by,
            problem=problem,
        )


def _demand(session: Session, right: str, what: str) -> None:
    if right not in session.rights:
        raise BadUse(f"{session.name} may not {what}", help_=f"it takes a key with the right `{right}`")


def _needs(order: Order) -> str:
    if order.state != "waiting":
        return ""
    missing = order.approvals - sum(word.agrees for word in order.words)
    return wording.count(missing, "more person", "more people") + " must agree, and not the one who gave the order"


def _ends(order: Order) -> str:
    if order.ended:
        return f"{wording.ORDER_STATES[order.state]} {wording.moment_of(order.ended)}"
    if order.state == "due" and order.begins:
        return f"begins {wording.moment_of(order.begins)}"
    if order.state == "done":
        return "happened once"
    if order.state not in OPEN:
        return ""
    if order.expires:
        left_s = (parse_us(order.expires) - parse_us(order.began or order.created)) / SECOND_US
        return f"until {wording.moment_of(order.expires)}" if order.began else f"for {wording.span(left_s)}"
    if order.step in ("log", "notify", "invoice"):
        return "happens once"
    return f"until {(order.owner or 'a person').removeprefix('person:')} ends it"
