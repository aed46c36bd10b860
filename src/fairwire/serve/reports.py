"""`/v1/reports`: reports of abuse, handed in by whoever has a key for it, and read by people at the desk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fairwire.enforcement.report_words import TOPICS
from fairwire.model.cases import Case
from fairwire.model.reports import Report
from fairwire.ports.log import LogError
from fairwire.runtime.replay import now_us
from fairwire.runtime.report_desk import ReportDesk, report_event
from fairwire.runtime.report_files import list_reports, see_exhibit, see_report, see_reporter
from fairwire.runtime.report_json import read_json
from fairwire.runtime.report_mail import read_mail
from fairwire.runtime.report_shapes import LARGEST
from fairwire.serve.acting import behind, queried, told, viewer_of
from fairwire.serve.auth import OPERATOR, POINT
from fairwire.serve.bodies import content_type, read_body
from fairwire.serve.json_requests import as_json, read_as
from fairwire.serve.orders import Why
from fairwire.serve.problems import TooMany, WrongMediaType

if TYPE_CHECKING:
    from fairwire.ports.control import ControlStore
    from fairwire.ports.service import LiveService

log = structlog.get_logger()

A_MINUTE = 60
"""Reports that one key may hand in within a minute, over a longer time."""
BURST = 30
"""And at once."""
MAIL = "message/rfc822"
_JSON = ("application/json", "application/xarf+json", "")


class Pace:
    """How many reports a key may hand in: a bucket of tokens each, filled as time goes by."""

    def __init__(self, *, a_minute: int = A_MINUTE, burst: int = BURST, seconds: Callable[[], float] = time.monotonic) -> None:
        self._rate = a_minute / 60
        self._burst = float(burst)
        self._seconds = seconds
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """One more.

        Raises
        ------
        TooMany
            It is one too many for now.
        """
        now = self._seconds()
        left, at = self._left.get(name, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        if left < 1:
            wait_s = max(1, round((1 - left) / self._rate))
            raise TooMany(
                f"`{name}` hands in more reports than it may", wait_s=wait_s, help_=f"send this one again in {wait_s} s"
            )
        self._left[name] = (left - 1, now)


def report_right(method: str, path: str) -> str:
    """Which right these requests need."""
    return "reports" if (method, path) == ("POST", "/v1/reports") else "desk"


def report_routes(
    store: ControlStore,
    desk: ReportDesk,
    service: LiveService,
    *,
    clock: Callable[[], int] = now_us,
    pace: Pace | None = None,
) -> list[BaseRoute]:
    """The routes. What reads or writes the store runs in worker threads."""
    records = store.records
    paces = pace or Pace()

    async def take(request: Request) -> Response:
        name = str(request.scope.get(POINT, OPERATOR))
        paces.take(name)
        body = await read_body(request.scope, request.receive, limit=LARGEST)
        media = content_type(request.scope)
        if media not in (*_JSON, MAIL):
            raise WrongMediaType(
                f"reports of type `{media[:80]}` are not read", help_=f"send application/json (a form or XARF) or {MAIL}"
            )

        def receive() -> tuple[Report, Case]:
            return desk.receive(read_mail(body) if media == MAIL else read_json(body), f"key:{name}")

        report, case = await behind(receive)
        await _tell_detectors(service, report, case)
        return as_json(
            {"report": report.report_id, "case": case.case_id, "acknowledgement": desk.acknowledgement(case)}, status=201
        )

    def listed(request: Request) -> Response:
        query = queried(request, ("customer", "case"))
        found = list_reports(records, viewer_of(request), customer=query.get("customer"), case_id=query.get("case"))
        return as_json({"reports": found})

    def one(request: Request) -> Response:
        return as_json(told(lambda: see_report(records, request.path_params["report_id"], viewer_of(request), clock())))

    async def reporter(request: Request) -> Response:
        body, viewer, report_id = await read_as(request, Why), viewer_of(request), request.path_params["report_id"]
        return as_json(await behind(lambda: see_reporter(records, report_id, viewer, clock(), body.why)))

    def exhibit(request: Request) -> Response:
        report_id, name = request.path_params["report_id"], request.path_params["sha256"]
        _, content = told(lambda: see_exhibit(records, report_id, name, viewer_of(request), clock()))
        # Whatever strangers sent is a file to keep, and nothing that a browser opens.
        headers = {"content-type": "application/octet-stream", "content-disposition": f'attachment; filename="{name[:16]}.bin"'}
        return Response(content, headers=headers)

    return [
        Route("/v1/reports", listed),
        Route("/v1/reports", take, methods=["POST"]),
        Route("/v1/reports/{report_id}", one),
        Route("/v1/reports/{report_id}/reporter", reporter, methods=["POST"]),
        Route("/v1/reports/{report_id}/exhibits/{sha256}", exhibit),
    ]


async def _tell_detectors(service: LiveService, report: Report, case: Case) -> None:
    """Count it as the event that it is. The report stands on record by itself: whoever sent it need not wait for a full disk."""
    word = report.category if report.category in TOPICS else "other"
    if case.category in TOPICS:
        word = case.category
    try:
        service.accept([report_event(report, word)])
        await service.durable()
    except LogError as error:
        log.warning("a report is on record, and its event is not in the log", report=report.report_id, reason=error.sentence())
