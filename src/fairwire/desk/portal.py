"""A customer's own pages: its use against its limits, what was found and done, letters, its own switch, appeals and requests.

Whoever holds a customer's key (`fairwire key make NAME --customer ID`) sees that customer and nothing of any other.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from fairwire.desk.sessions import LIFETIME_S, Session, Sessions
from fairwire.desk.templating import templates
from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.money import format_micros, parse_micros
from fairwire.ports.control import ControlStore
from fairwire.runtime import kill_switch
from fairwire.runtime.clock_registers import NOTICES, PEOPLE
from fairwire.runtime.customer_view import customer_view
from fairwire.runtime.grant_requests import Asked
from fairwire.runtime.kill_switch import STOPS
from fairwire.runtime.replay import now_us
from fairwire.runtime.review_acts import file_review

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.policy import Pack

SHOWN = 50
FORM_COOKIE = "fairwire_portal_form"
FORM_LIMIT = 16 * 1024
_PRIVATE = {"cache-control": "no-store"}


class Site(Protocol):
    """What the pages ask of the running service."""

    def customer(self, customer_id: str) -> Customer | None:
        """The record of a customer, with what it has ordered since."""

    def policy(self, customer_id: str) -> Pack | None:
        """The policy in force for it."""

    def charged(self, customer_id: str) -> int | None:
        """What is charged in its month so far, in micro-units. Called on the event loop's thread."""


Ask = Callable[[str, Asked, str], object]
"""(customer, request, by): puts a request for permission on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One number of the order, and how much of it is used."""

    name: str
    used: float
    limit: float | None
    said: str

    @property
    def over(self) -> bool:
        """More is used than was ordered."""
        return self.limit is not None and self.used > self.limit


def portal_routes(
    store: ControlStore, sessions: Sessions, site: Site, ask: Ask | None, *, clock: Callable[[], int] = now_us
) -> list[BaseRoute]:
    """The pages, and where their forms go."""
    pages = _Portal(store, sessions, site, ask, clock)
    return [
        Route("/portal", pages.show, methods=["GET"]),
        Route("/portal", pages.act, methods=["POST"]),
        Route("/portal/login", pages.login, methods=["POST"]),
        Route("/portal/logout", pages.logout, methods=["POST"]),
    ]


class _Portal:
    def __init__(self, store: ControlStore, sessions: Sessions, site: Site, ask: Ask | None, clock: Callable[[], int]) -> None:
        self._store = store
        self._sessions = sessions
        self._site = site
        self._ask = ask
        self._clock = clock
        self._templates = templates()

    async def show(self, request: Request) -> Response:
        """The page, or the form to sign in."""
        session = self._session(request)
        if session is None:
            return self._sign_in(request)
        return await run_in_threadpool(self._page, session, self._site.charged(session.name))

    async def act(self, request: Request) -> Response:
        """A form was sent: do it, and show the page anew; or say on it why not."""
        session = self._session(request)
        fields = await _read_form(request)
        if session is None:
            return RedirectResponse("/portal", status_code=303, headers=_PRIVATE)
        charged = self._site.charged(session.name)
        if not self._sessions.check_form(session.id, fields.get("form", "")):
            text = "This page was open for too long. Please try again."
            return await run_in_threadpool(self._page, session, charged, text)
        try:
            await run_in_threadpool(self._do, session.name, fields)
        except FairwireError as error:
            return await run_in_threadpool(self._page, session, charged, error.sentence())
        return RedirectResponse("/portal", status_code=303, headers=_PRIVATE)

    async def login(self, request: Request) -> Response:
        """Takes a customer's key."""
        fields = await _read_form(request)
        if not self._sessions.check_form(request.cookies.get(FORM_COOKIE, ""), fields.get("form", "")):
            return self._sign_in(request, "This page was open for too long, or cookies are off. Please try again.")
        name = self._sessions.admits(fields.get("key", ""))
        if not name:
            return self._sign_in(request, "That is no key of a customer.")
        _, cookie = self._sessions.open(time.time(), name)
        response = RedirectResponse("/portal", status_code=303, headers=_PRIVATE)
        self._set_cookie(request, response, self._sessions.cookie, cookie, LIFETIME_S)
        response.delete_cookie(FORM_COOKIE, path="/portal", httponly=True, samesite="strict")
        return response

    async def logout(self, request: Request) -> Response:
        """Forgets the session's cookie."""
        session = self._session(request)
        fields = await _read_form(request)
        response = RedirectResponse("/portal", status_code=303, headers=_PRIVATE)
        if session is None or self._sessions.check_form(session.id, fields.get("form", "")):
            response.delete_cookie(self._sessions.cookie, path="/portal", httponly=True, samesite="strict")
        return response

    def _do(self, customer: str, fields: Mapping[str, str]) -> None:
        by, now, records = f"customer:{customer}", self._clock(), self._store.records
        match fields.get("act", ""):
            case "stop":
                pack, what = self._site.policy(customer), fields.get("what", "")
                if pack is None or what not in STOPS:
                    raise BadUse("the form asks for nothing that is done here")
                value, why = fields.get("value", ""), fields.get("why", "")
                kill_switch.stop_use(records, customer, pack, what, value, why, now)
            case "resume":
                kill_switch.allow_again(records, customer, fields.get("order", ""), fields.get("why", ""), now)
            case "appeal":
                subject, text = fields.get("subject", ""), fields.get("text", "")
                file_review(self._store, subject, asked_by=by, filed_by=by, text=text, at_us=now)
            case "request":
                if self._ask is None:
                    raise BadUse("requests are not taken here", help_="write to your provider")
                self._ask(customer, _asked(fields), by)
            case _:
                raise BadUse("the form asks for nothing that is done here")

    def _page(self, session: Session, charged: int | None, problem: str = "") -> Response:
        name = session.name
        customer = self._site.customer(name)
        view = customer_view(self._store, name)
        letters = [kept.noun for kept in NOTICES.find(self._store.records, customer=name) if kept.noun.state == "sent"]
        stops = kill_switch.stops_of(self._store.records, name)
        own = {order.order_id for order in stops}
        text = self._templates.get_template("portal.html").render(
            session=session,
            form_token=self._sessions.form_token(session.id),
            customer=customer,
            name=(customer.name if customer else "") or name,
            policy=self._site.policy(name),
            bars=self._bars(customer, charged),
            users=view.users,
            findings=list(reversed(view.findings))[:SHOWN],
            orders=[order for order in reversed(view.orders) if order.order_id not in own][:SHOWN],
            reviews={review.about_id: review for review in view.reviews},
            letters=sorted(letters, key=lambda letter: letter.sent_us or 0, reverse=True)[:SHOWN],
            stops=stops,
            problem=problem,
            may_ask=self._ask is not None,
        )
        return HTMLResponse(text, status_code=409 if problem else 200, headers=_PRIVATE)

    def _bars(self, customer: Customer | None, charged: int | None) -> list[Bar]:
        if customer is None:
            return []
        found: list[Bar] = []
        currency = f" {customer.currency}" if customer.currency else ""
        if charged is not None:
            limit = parse_micros(customer.monthly_charge_limit) if customer.monthly_charge_limit else None
            said = format_micros(charged) + currency
            said += ", without a limit" if limit is None else f" of {format_micros(limit)}{currency}"
            found.append(Bar(name="Charges of the month", used=charged, limit=limit, said=said))
        if customer.user_limit is not None:
            there = len(self._store.records.find(PEOPLE.kind, customer=customer.id, states=["there"]))
            found.append(Bar(name="Users", used=there, limit=customer.user_limit, said=f"{there} of {customer.user_limit}"))
        if customer.max_active_connections is not None:
            said = f"{customer.max_active_connections} at the most"
            found.append(Bar(name="Calls at once", used=0, limit=None, said=said))
        return found

    def _sign_in(self, request: Request, problem: str = "") -> Response:
        owner = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(18)
        text = self._templates.get_template("portal_login.html").render(
            session=None, standing=None, form_token=self._sessions.form_token(owner), problem=problem
        )
        response = HTMLResponse(text, status_code=403 if problem else 200, headers=_PRIVATE)
        self._set_cookie(request, response, FORM_COOKIE, owner, 3600)
        return response

    def _session(self, request: Request) -> Session | None:
        return self._sessions.check(request.cookies.get(self._sessions.cookie), time.time())

    def _set_cookie(self, request: Request, response: Response, name: str, value: str, seconds: int) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(name, value, max_age=seconds, path="/portal", httponly=True, samesite="strict", secure=secure)


def _asked(fields: Mapping[str, str]) -> Asked:
    kind = fields.get("kind", "")
    entries = fields.get("scope", "").replace(",", " ").split()
    scope = (
        {"numbers": entries}
        if kind == "verified_number"
        else {"addresses": entries, "types": ["network_scan", "vulnerability_scan"]}
    )
    return Asked(kind=kind, why=fields.get("why", ""), start=fields.get("start", ""), end=fields.get("end") or None, scope=scope)


async def _read_form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
