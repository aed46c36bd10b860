"""The public pages of policies: the one in force, every other version, and the list of all. Nobody signs in to read them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from fairwire.desk import wording
from fairwire.model.errors import FairwireError
from fairwire.model.instants import DAY_US, civil_from_days, format_us
from fairwire.model.policy import Clause, Pack
from fairwire.model.versions import Dossier, PolicyVersion, State
from fairwire.policy.adoption import choice_ends
from fairwire.policy.changed import changed_sentences
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.replay import now_us
from fairwire.runtime.versions import Versions

log = structlog.get_logger()

HERE = Path(__file__).parent
FRESH_S = 60
"""How long a cache may show a page without asking; less when a version begins sooner."""
_PART = re.compile(r"(?:Section|Part|Article) [\w.]+\Z")
_STATES: dict[State, str] = {
    "in_force": "in force",
    "scheduled": "to come",
    "superseded": "replaced",
    "withdrawn": "withdrawn before it began",
}


_BEGINS: dict[State, str] = {"scheduled": "Begins", "in_force": "In force since", "superseded": "In force from"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clauses that stand together in the document."""

    label: str
    clauses: list[Clause]


def policy_routes(store: PolicyStore, *, clock: Callable[[], int] = now_us) -> list[BaseRoute]:
    """All public pages of policies. They run in worker threads."""
    pages = _Pages(store, clock)
    return [
        Route("/policy", pages.index),
        Route("/policy/{pack}", pages.current),
        Route("/policy/{pack}/versions", pages.versions),
        Route("/policy/{pack}/{number}", pages.one),
    ]


class _Pages:
    def __init__(self, store: PolicyStore, clock: Callable[[], int]) -> None:
        self._versions = Versions(store, clock)
        self._clock = clock
        self._packs: dict[str, Pack | None] = {}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        assets = {name: HERE / "static" / name for name in ("mark.svg", "policy.css")}
        self._templates.globals["asset"] = {name: f"/static/{name}?v={_mark(path.read_bytes())}" for name, path in assets.items()}

    def index(self, request: Request) -> Response:
        """Every policy that is in force."""

        def made() -> Response:
            now = self._clock()
            packs = []
            for name in self._versions.store.packs():
                version = self._versions.dossier(name).in_force(now)
                if version is not None:
                    words = f"since {day_of(version.effective_us or 0)}"
                    packs.append({"id": name, "title": version.title, "number": version.version, "words": words})
            text = "The policies in force:" if packs else "No policy is published here yet."
            return self._answer(request, "public_index.html", FRESH_S, title="Policies", text=text, packs=packs)

        return self._guarded(request, made)

    def current(self, request: Request) -> Response:
        """The version in force."""

        def made() -> Response:
            file = self._versions.dossier(request.path_params["pack"])
            version = file.in_force(self._clock())
            if version is None:
                coming = [each for each in file.published() if each.state(self._clock()) == "scheduled"]
                if coming:
                    return RedirectResponse(
                        f"/policy/{file.pack}/{coming[0].version}", status_code=302, headers={"cache-control": "no-cache"}
                    )
                return self._missing(request)
            return self._version(request, file, version)

        return self._guarded(request, made)

    def one(self, request: Request) -> Response:
        """Any version that was ever published."""

        def made() -> Response:
            file = self._versions.dossier(request.path_params["pack"])
            version = file.version(request.path_params["number"])
            if version is None or version.published_us is None:
                return self._missing(request)
            return self._version(request, file, version)

        return self._guarded(request, made)

    def versions(self, request: Request) -> Response:
        """All versions, newest first, with what each changed."""

        def made() -> Response:
            file = self._versions.dossier(request.path_params["pack"])
            public = [each for each in file.versions if each.published_us is not None]
            if not public:
                return self._missing(request)
            now = self._clock()
            listed = []
            for each in reversed(public):
                after, earlier = self._pack(each), file.version(each.previous)
                before = self._pack(earlier) if earlier else None
                changes = changed_sentences(before, after) if after and (before or not earlier) else ()
                state = each.state(now)
                listed.append(
                    {
                        "number": each.version,
                        "state": state,
                        "state_words": _STATES.get(state, state),
                        "words": span_of(each, now),
                        "changes": changes,
                    }
                )
            page = {"pack": file.pack, "title": public[-1].title, "versions": listed}
            return self._answer(request, "public_versions.html", self._fresh_s(file, now), page=page)

        return self._guarded(request, made)

    def _version(self, request: Request, file: Dossier, version: PolicyVersion) -> Response:
        now = self._clock()
        return self._answer(request, "public_policy.html", self._fresh_s(file, now), page=self._facts(file, version, now))

    def _facts(self, file: Dossier, version: PolicyVersion, now: int) -> dict[str, Any]:
        state, pack, current = version.state(now), self._pack(version), file.in_force(now)
        begins, ends = version.effective_us, version.superseded_us
        banner = {
            "superseded": f"This version is not in force any more: it was replaced on {moment_of(ends)}." if ends else "",
            "scheduled": f"This version is not in force yet: it begins on {moment_of(begins)}." if begins else "",
            "withdrawn": "This version was withdrawn before it began. It never was in force.",
        }.get(state, "")
        public = [each for each in file.versions if each.published_us is not None and each.version != version.version]
        coming = [each for each in file.published() if each.state(now) == "scheduled"] if state == "in_force" else []
        never = state == "withdrawn"
        return {
            "pack": file.pack,
            "title": version.title,
            "document": version.document,
            "number": version.version,
            "state": state,
            "banner": banner,
            "in_force": current.version if current and current.version != version.version else "",
            "when_word": _BEGINS.get(state, "In force"),
            "when": "" if never else moment_of(begins or 0),
            "when_exact": "" if never else format_us(begins or 0),
            "until_word": "Replaced on" if state == "superseded" else "Ends on",
            "until": moment_of(ends) if ends is not None and not never else "",
            "until_exact": format_us(ends) if ends is not None else "",
            "agreement": "by using the service" if version.terms.acceptance == "use" else "by the customer's word",
            "coming": [_coming(each) for each in coming],
            "groups": grouped(tuple(pack.clauses.values())) if pack else [],
            "files": [] if pack else sorted(self._versions.texts_of(version).items()),
            "contact": pack.contact if pack else "",
            "review_url": pack.review_url if pack and pack.review_url.startswith("https://") else "",
            "categories": [each.title for each in pack.report_categories.values()] if pack else [],
            "others": [{"number": each.version, "words": span_of(each, now)} for each in reversed(public)],
            "content": version.content[:16],
        }

    def _pack(self, version: PolicyVersion) -> Pack | None:
        """A version's pack; texts never change, so each is loaded once."""
        if version.content not in self._packs:
            if len(self._packs) > 64:
                self._packs.clear()
            self._packs[version.content] = self._versions.pack_of(version)
        return self._packs[version.content]

    def _fresh_s(self, file: Dossier, now: int) -> int:
        """Seconds for which a page about these versions surely stays true."""
        turns = [at for each in file.published() for at in (each.effective_us,) if at is not None and at > now]
        return min([FRESH_S, *((at - now) // 1_000_000 for at in turns)])

    def _answer(self, request: Request, template: str, fresh_s: int, **values: Any) -> Response:
        text = self._templates.get_template(template).render(**values)
        etag = f'"{_mark(text.encode())}"'
        headers = {"etag": etag, "cache-control": f"public, max-age={fresh_s}"}
        if etag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(text, headers=headers)

    def _missing(self, request: Request) -> Response:
        text = self._templates.get_template("public_index.html").render(
            title="No such policy", text="No policy of this name and version is published here.", packs=[]
        )
        return HTMLResponse(text, status_code=404, headers={"cache-control": "no-store"})

    def _guarded(self, request: Request, made: Callable[[], Response]) -> Response:
        """Readers from outside get a page, whatever breaks; the log has the rest."""
        try:
            return made()
        except FairwireError as error:
            log.error("a public page is not available", path=request.url.path, error=error.sentence())
            text = self._templates.get_template("public_index.html").render(
                title="Not available now", text="The policy cannot be shown at the moment. Please try again later.", packs=[]
            )
            return HTMLResponse(text, status_code=503, headers={"cache-control": "no-store", "retry-after": "30"})


def grouped(clauses: Sequence[Clause]) -> list[Group]:
    """Clauses in the document's order, those of one part together."""
    groups: list[Group] = []
    for clause in clauses:
        parts = [part.strip() for part in clause.place.split(",")]
        label = ", ".join(parts[:2]) if _PART.match(parts[0]) and len(parts) > 1 else parts[0]
        if not groups or groups[-1].label != label:
            groups.append(Group(label=label, clauses=[]))
        groups[-1].clauses.append(clause)
    return groups


def _coming(version: PolicyVersion) -> dict[str, str]:
    ends = choice_ends(version)
    choice = "" if ends is None else day_of(ends)
    return {"number": version.version, "begins": moment_of(version.effective_us), "choice": choice}


def span_of(version: PolicyVersion, now: int) -> str:
    """When a version was, is or will be in force, in words."""
    state, begins, ends = version.state(now), version.effective_us, version.superseded_us
    if state == "withdrawn" or begins is None:
        return "withdrawn before it began"
    if state == "scheduled":
        return f"begins on {moment_of(begins)}"
    if state == "superseded":
        return f"in force from {day_of(begins)} until {day_of(ends or 0)}"
    return f"in force since {day_of(begins)}" + (f", until {day_of(ends)}" if ends is not None else "")


def day_of(at_us: int) -> str:
    """`1 March 2027`, UTC."""
    year, month, day = civil_from_days(at_us // DAY_US)
    return f"{day} {wording.LONG_MONTHS[month - 1]} {year}"


def moment_of(at_us: int | None) -> str:
    """`1 March 2027, 14:05`; midnight is the day alone."""
    if at_us is None:
        return ""
    minutes = at_us % DAY_US // 60_000_000
    clock = f", {minutes // 60:02d}:{minutes % 60:02d}" if at_us % DAY_US else ""
    return day_of(at_us) + clock


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
