"""The console's addresses: sign-in, the pages, the fragment that keeps page one fresh, and the files they use."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, quote

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from fairwire.desk.finding import read_finding
from fairwire.desk.now import read_now
from fairwire.desk.order_pages import PolicyOf, order_routes
from fairwire.desk.policies import Coverages, read_policies, read_policy
from fairwire.desk.query import Query
from fairwire.desk.sessions import LIFETIME_S, Session, Sessions
from fairwire.desk.standing import read_standing
from fairwire.desk.templating import HERE, mark, templates
from fairwire.desk.version_pages import Customers, version_routes
from fairwire.model.errors import FairwireError
from fairwire.ports.control import ControlStore, DayCount

log = structlog.get_logger()

FORM_COOKIE = "fairwire_form"
FORM_LIMIT = 16 * 1024
KEPT = 32
"""Rendered fragments kept; one for each question that browsers are asking now."""

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]{0,1000}\Z")

Handler = Callable[[Request], Response]


def desk_routes(
    store: ControlStore,
    sessions: Sessions,
    *,
    clock: Callable[[], float] = time.time,
    coverages: Coverages = lambda: (),
    customers: Customers = lambda: None,
    public_url: str | None = None,
    policy_of: PolicyOf = lambda _: None,
) -> list[BaseRoute]:
    """All routes of the console; the last of them takes every address that nobody else took.

    Parameters
    ----------
    store
        What was found.
    sessions
        Who is signed in.
    clock
        Seconds since 1970.
    coverages
        Gives the policies in force with their coverage; asked at each request, so it works nothing out.
    customers
        Whom a publication is told to.
    public_url
        Where customers reach the public pages; None: where the browser is.
    policy_of
        The policy in force for a customer; None for one that nobody knows.
    """
    desk = _Desk(store, sessions, clock, coverages)
    return [
        Route("/", desk.signed_in(desk.now)),
        Route("/fragments/now", desk.fragment),
        Route("/findings/{finding_id}", desk.signed_in(desk.finding)),
        Route("/policies", desk.signed_in(desk.policies)),
        Route("/policies/{pack}", desk.signed_in(desk.policy)),
        *order_routes(desk, store, policy_of),
        *version_routes(desk, store.policies, customers, public_url),
        Route("/login", desk.ask, methods=["GET"]),
        Route("/login", desk.login, methods=["POST"]),
        Route("/logout", desk.logout, methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
        Route("/{rest:path}", desk.missing),
    ]


class _Desk:
    """What the handlers share. Handlers that read the store are plain functions: they run in worker threads."""

    def __init__(self, store: ControlStore, sessions: Sessions, clock: Callable[[], float], coverages: Coverages) -> None:
        self._store = store
        self._coverages = coverages
        self._counted: tuple[int, Sequence[DayCount]] = (-1, ())
        self._sessions = sessions
        self._clock = clock
        self._fresh: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._templates = templates()

    # Pages

    def now(self, request: Request, session: Session) -> Response:
        """Page one."""
        query = Query.read(request.query_params)
        etag, parts = self._parts(query)
        return self._page("now.html", session, parts=parts, etag=etag, query=query)

    def fragment(self, request: Request) -> Response:
        """The parts of page one that change; 304 when they did not."""
        if self._session(request) is None:
            return Response("signed out", status_code=401, headers=_PRIVATE)
        try:
            etag, parts = self._parts(Query.read(request.query_params))
        except FairwireError as error:
            return Response(error.sentence(), status_code=503, headers=_PRIVATE)
        headers = {**_PRIVATE, "etag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(parts, headers=headers)

    def finding(self, request: Request, session: Session) -> Response:
        """Page two."""
        query = Query.read(request.query_params)
        finding_id = request.path_params["finding_id"]
        page = read_finding(self._store, finding_id, query)
        if page is None:
            text = f"There is no finding “{finding_id[:80]}” in this data directory."
            return self._message(session, 404, "No such finding", text)
        return self._page("finding.html", session, page=page, query=query)

    def policies(self, request: Request, session: Session) -> Response:
        """Every policy in force, with what of it is enforced."""
        return self._page("policies.html", session, cards=read_policies(self._day_counts(), self._coverages))

    def policy(self, request: Request, session: Session) -> Response:
        """One policy, clause by clause."""
        pack = request.path_params["pack"]
        page = read_policy(self._day_counts(), self._coverages, pack, request.query_params.get("status", ""))
        if page is None:
            return self._message(session, 404, "No such policy", f"No policy “{pack[:80]}” is in force here.")
        return self._page("policy.html", session, page=page)

    def missing(self, request: Request) -> Response:
        """Every other address."""
        return self._message(self._session(request), 404, "Nothing here", "There is no page at this address.")

    # Signing in and out

    def ask(self, request: Request) -> Response:
        """The sign-in form."""
        if self._session(request) is not None:
            return RedirectResponse(_local(request.query_params.get("next")), status_code=303, headers=_PRIVATE)
        return self._login_form(request, _local(request.query_params.get("next")))

    async def login(self, request: Request) -> Response:
        """Takes the token, once."""
        form = await _read_form(request)
        goal = _local(form.get("next"))
        if not self._sessions.check_form(request.cookies.get(FORM_COOKIE, ""), form.get("form", "")):
            return self._login_form(request, goal, "This page was open for too long, or cookies are off. Please try again.", 403)
        name = self._sessions.admits(form.get("token", ""))
        if not name:
            return self._login_form(
                request, goal, "That is not the token of this server, nor the key of somebody who works here.", 403
            )
        _, cookie = self._sessions.open(self._clock(), name)
        response = RedirectResponse(goal, status_code=303, headers=_PRIVATE)
        self._set_cookie(request, response, self._sessions.cookie, cookie, LIFETIME_S)
        response.delete_cookie(FORM_COOKIE, httponly=True, samesite="strict")
        return response

    async def logout(self, request: Request) -> Response:
        """Forgets the session's cookie."""
        session = self._session(request)
        form = await _read_form(request)
        if session is not None and not self._sessions.check_form(session.id, form.get("form", "")):
            return self._message(
                session, 403, "Not signed out", "The form did not come from this console. Go back and try again."
            )
        response = RedirectResponse("/login", status_code=303, headers=_PRIVATE)
        response.delete_cookie(self._sessions.cookie, httponly=True, samesite="strict")
        return response

    def signed_in(self, page: Callable[[Request, Session], Response]) -> Handler:
        """A page that only a signed-in browser sees; others are asked for the token and come back."""

        def guarded(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                goal = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/login?next={quote(goal, safe='')}", status_code=303, headers=_PRIVATE)
            try:
                return page(request, session)
            except FairwireError as error:
                return self._message(session, 503, "Not available now", f"{error.sentence()} ({error.code}).")
            except Exception as error:
                log.exception("page failed", path=request.url.path, error=repr(error))
                return self._message(session, 500, "This page broke", "That is our fault, not yours. The server's log says more.")

        return guarded

    # For the pages of other modules

    async def form(self, request: Request) -> tuple[Session | None, dict[str, str] | None]:
        """Who sends a form, and its fields; None for fields that did not come from a page of ours."""
        session = self._session(request)
        fields = await _read_form(request)
        right = session is not None and self._sessions.check_form(session.id, fields.get("form", ""))
        return session, fields if right else None

    def show(self, template: str, session: Session | None, *, status: int = 200, **values: Any) -> Response:
        """A page."""
        return self._page(template, session, status=status, **values)

    def say(self, session: Session | None, status: int, title: str, text: str) -> Response:
        """A page with one sentence."""
        return self._message(session, status, title, text)

    # What they are made of

    def _session(self, request: Request) -> Session | None:
        return self._sessions.check(request.cookies.get(self._sessions.cookie), self._clock())

    def _parts(self, query: Query) -> tuple[str, str]:
        """ETag and text of the changing parts, rendered once for each state of the store."""
        etag = f'"{self._store.revision()}-{mark(query.key().encode())}"'
        with self._lock:
            if etag in self._fresh:
                self._fresh.move_to_end(etag)
                return etag, self._fresh[etag][1]
        text = self._templates.get_template("now_parts.html").render(page=read_now(self._store, query), query=query)
        with self._lock:
            self._fresh[etag] = (etag, text)
            while len(self._fresh) > KEPT:
                self._fresh.popitem(last=False)
        return etag, text

    def _day_counts(self) -> Sequence[DayCount]:
        """What fired, counted once for each state of the store."""
        revision = self._store.revision()
        if self._counted[0] != revision:
            self._counted = (revision, self._store.day_counts())
        return self._counted[1]

    def _page(self, template: str, session: Session | None, *, status: int = 200, **values: Any) -> Response:
        form = self._sessions.form_token(session.id) if session else ""
        standing = read_standing(self._store) if session else None
        text = self._templates.get_template(template).render(session=session, form_token=form, standing=standing, **values)
        return HTMLResponse(text, status_code=status, headers=_PRIVATE)

    def _message(self, session: Session | None, status: int, title: str, text: str) -> Response:
        return self._page("message.html", session, status=status, title=title, text=text)

    def _login_form(self, request: Request, goal: str, problem: str = "", status: int = 200) -> Response:
        owner = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(18)
        text = self._templates.get_template("login.html").render(
            session=None, standing=None, form_token=self._sessions.form_token(owner), goal=goal, problem=problem
        )
        response = HTMLResponse(text, status_code=status, headers=_PRIVATE)
        self._set_cookie(request, response, FORM_COOKIE, owner, 3600)
        return response

    def _set_cookie(self, request: Request, response: Response, name: str, value: str, seconds: int) -> None:
        secure = request.url.scheme == "https"
        response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="strict", secure=secure)


_PRIVATE = {"cache-control": "no-store"}


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a small form; what is longer than any form of ours reads as an empty one."""
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


def _local(goal: str | None) -> str:
    """Where to go after signing in: an address of this server, or page one."""
    return goal if goal and _LOCAL.match(goal) else "/"
