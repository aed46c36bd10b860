"""The console's page of a policy's versions: what is on record, who was told, who agreed, and the forms that move one on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from fairwire.desk.policy_pages import moment_of
from fairwire.desk.sessions import Session
from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse, FairwireError
from fairwire.model.instants import parse_us
from fairwire.model.versions import Dossier, PolicyVersion, State
from fairwire.policy.changed import changed_sentences
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.replay import now_us
from fairwire.runtime.versions import Versions

Customers = Callable[[], Sequence[Customer] | None]
"""All customers of the provider; None when no customers file is known."""

SHOWN = 30
"""Lines of the history on the page."""
WORDS: dict[State, str] = {
    "draft": "draft",
    "in_review": "in review",
    "approved": "approved",
    "scheduled": "scheduled",
    "in_force": "in force",
    "superseded": "superseded",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
}


class Console(Protocol):
    """What the console does for every page of it."""

    def signed_in(self, page: Callable[[Request, Session], Response]) -> Callable[[Request], Response]:
        """Only for signed-in browsers."""

    async def form(self, request: Request) -> tuple[Session | None, dict[str, str] | None]:
        """Who sends a form, and its fields; None for fields that did not come from a page of ours."""

    def show(self, template: str, session: Session | None, *, status: int = 200, **values: Any) -> Response:
        """A page."""

    def say(self, session: Session | None, status: int, title: str, text: str) -> Response:
        """A page with one sentence."""


def version_routes(
    console: Console, store: PolicyStore, customers: Customers, public_url: str | None, *, clock: Callable[[], int] = now_us
) -> list[BaseRoute]:
    """The page, and where its forms go."""
    pages = _VersionPages(console, store, customers, public_url, clock)
    return [
        Route("/policies/{pack}/versions", console.signed_in(pages.show), methods=["GET"]),
        Route("/policies/{pack}/versions", pages.act, methods=["POST"]),
    ]


class _VersionPages:
    def __init__(
        self,
        console: Console,
        store: PolicyStore,
        customers: Customers,
        public_url: str | None,
        clock: Callable[[], int],
    ) -> None:
        self._console = console
        self._store = store
        self._versions = Versions(store, clock)
        self._customers = customers
        self._public_url = public_url
        self._clock = clock

    def show(self, request: Request, session: Session) -> Response:
        """The page."""
        return self._page(request.path_params["pack"], session)

    async def act(self, request: Request) -> Response:
        """A form was sent: do it, and show the page anew; or say on the page why not."""
        session, fields = await self._console.form(request)
        if session is None:
            return RedirectResponse(f"/login?next={quote(request.url.path, safe='')}", status_code=303)
        if fields is None:
            text = "The form did not come from this console, or the page was open for too long. Go back and try again."
            return self._console.say(session, 403, "Nothing was done", text)
        pack = request.path_params["pack"]
        base_url = self._public_url or str(request.base_url)
        try:
            await run_in_threadpool(self._do, pack, fields, base_url)
        except FairwireError as error:
            return await run_in_threadpool(self._page, pack, session, error.sentence(), fields)
        return RedirectResponse(f"/policies/{quote(pack, safe='')}/versions", status_code=303)

    def _do(self, pack: str, fields: dict[str, str], base_url: str) -> None:
        number, by, reason = (fields.get(name, "").strip() for name in ("version", "by", "reason"))
        act = fields.get("act", "")
        if act == "approve":
            self._versions.review(pack, number, by=by, verdict="approve", reason=reason)
        elif act == "reject":
            self._versions.review(pack, number, by=by, verdict="reject", reason=reason)
        elif act == "publish":
            at_us = _instant(fields.get("at", "").strip())
            self._versions.publish(pack, number, by=by, at_us=at_us, customers=self._customers(), base_url=base_url)
        elif act == "withdraw":
            self._versions.withdraw(pack, number, by=by, reason=reason)
        else:
            raise BadUse("the form asks for nothing that is done here")

    def _page(self, pack: str, session: Session, problem: str = "", fields: dict[str, str] | None = None) -> Response:
        file = self._store.file(pack)
        if not file.versions:
            text = f"No version of “{pack[:80]}” was handed in yet. The command is: fairwire policy submit PACK_DIR."
            return self._console.say(session, 404, "No versions", text)
        now = self._clock()
        bound = sum(each.policy == pack for each in self._customers() or ())
        rows = [self._row(file, each, now, bound) for each in reversed(file.versions)]
        history = [
            {"at": moment_of(each.at_us), "entry": each, "what": each.action.replace("_", " ")}
            for each in reversed(self._store.history(pack, limit=SHOWN))
        ]
        return self._console.show(
            "versions.html",
            session,
            status=409 if problem else 200,
            pack=pack,
            title=file.versions[-1].title,
            rows=rows,
            history=history,
            problem=problem,
            fields=fields or {},
        )

    def _row(self, file: Dossier, version: PolicyVersion, now: int, bound: int) -> dict[str, Any]:
        state = version.state(now)
        notices = Counter(each.state for each in self._store.notices(pack=file.pack, version=version.version))
        accepted = Counter(each.how for each in self._store.acceptances(file.pack, version=version.version))
        return {
            "version": version,
            "state": state,
            "word": WORDS[state],
            "submitted": moment_of(version.submitted_us),
            "begins": moment_of(version.effective_us) if version.stage == "published" else "",
            "ends": moment_of(version.superseded_us),
            "notices": ", ".join(f"{count} {name}" for name, count in sorted(notices.items())),
            "accepted": sum(accepted.values()),
            "bound": bound,
            "by_use": accepted["use"],
            "public": version.published_us is not None,
            "changes": self._changes(file, version) if state in ("in_review", "approved", "scheduled") else (),
            "review": state == "in_review",
            "publish": state == "approved",
            "withdraw": state in ("draft", "in_review", "approved", "scheduled"),
        }

    def _changes(self, file: Dossier, version: PolicyVersion) -> tuple[str, ...]:
        """What whoever reviews a version needs first."""
        after = self._versions.pack_of(version)
        published = [each for each in file.published() if each.version != version.version]
        before = self._versions.pack_of(published[-1]) if published else None
        return changed_sentences(before, after) if after else ()


def _instant(text: str) -> int | None:
    """What was typed, as an instant; None for as soon as the terms allow."""
    if not text:
        return None
    try:
        return parse_us(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError as error:
        raise BadUse(f"begins: {error}") from None
