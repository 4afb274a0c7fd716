"""The archive's pages: routes and what may be asked, nothing of what is held.

Every page is made whole by the server, for whoever is logged in; scripts only send what is done and
load a page again when something changed. All but the log-in answers nobody else.
"""

import functools
import re
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge.errors import EdgeError, StoreError, WebError
from edge.web.archive.contract import Door, FleetDesk, Visitor
from edge.web.archive.forms import LogInForm
from edge.web.archive.views import FILTERS, chain_page, months
from edge.web.auth import Cookies
from edge.web.forms import Nothing
from edge.web.headers import Guard
from edge.web.pages import Act, Handler, handler, posts, problem, read_form, templates
from edge.web.sse import Changes

ROWS: Final = 50
_FILES: Final = {
    "archive.css": "text/css",
    "archive.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_OLDER: Final = "This page is older than the archive: load it again."
_STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class ArchivePages:
    """The application; :attr:`app` goes to :class:`edge.web.serve.Server`.

    Args:
        hosts: names under which the page may be asked for, lower case.
        secure: served over TLS.
    """

    def __init__(self, desk: FleetDesk, door: Door, hosts: Collection[str], secure: bool) -> None:
        self._desk = desk
        self._door = door
        self._cookies = Cookies(secure)
        self._changes = Changes(desk.wait)
        self._static = {name: (_STATIC / name).read_bytes() for name in _FILES}
        self._templates = templates()
        self._templates.filters |= FILTERS
        routes = Starlette(routes=self._routes(), exception_handlers=_HANDLERS)
        self.app = Guard(routes, hosts, secure)

    def start(self) -> None:
        """Begin to wait for changes."""
        self._changes.start()

    def stop(self) -> None:
        """End all streams."""
        self._changes.stop()

    def _routes(self) -> list[Route]:
        pages: dict[str, Callable[[Request, Visitor], Awaitable[Response]]] = {
            "/": self._fleet,
            "/unit/{name}": self._unit,
            "/chain/{name}/{epoch}": self._chain,
            "/report": self._reports,
            "/report/page": self._report,
            "/export": self._export_page,
            "/changes": self._stream,
        }
        acts: dict[str, Act] = {
            "/api/log-in": self._log_in,
            "/api/log-out": self._log_out,
            "/api/export": self._export,
        }
        return [
            Route("/static/{name}", self._file, methods=["GET"]),
            *(Route(path, self._known(page), methods=["GET"]) for path, page in pages.items()),
            *posts(acts, self._cookies, _OLDER),
        ]

    def _known(self, page: Callable[[Request, Visitor], Awaitable[Response]]) -> Act:
        """Show *page* to whoever is logged in, and the log-in to everybody else."""

        @functools.wraps(page)
        async def known(request: Request) -> Response:
            visitor = self._visitor(request, active=request.url.path != "/changes")
            if visitor is None:
                return self._rendered(request, "archive_log_in.html", None, 401, self._entrance())
            return await page(request, visitor)

        return known

    # what is asked

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name == "report.css":
            return Response(self._desk.style(), media_type="text/css")
        if name not in self._static:
            return problem(404, "there is no such file")
        return Response(self._static[name], media_type=_FILES[name])

    async def _fleet(self, request: Request, visitor: Visitor) -> Response:
        fleet = await run_in_threadpool(self._desk.fleet)
        return self._rendered(request, "archive_fleet.html", visitor, fleet=fleet)

    async def _unit(self, request: Request, visitor: Visitor) -> Response:
        unit = await run_in_threadpool(self._desk.unit, request.path_params["name"])
        if unit is None:
            return self._missing(request, visitor, "Nothing of that name has ever been heard here.")
        fleet = await run_in_threadpool(self._desk.fleet)
        return self._rendered(request, "archive_unit.html", visitor, unit=unit, fleet=fleet)

    async def _chain(self, request: Request, visitor: Visitor) -> Response:
        name, epoch = request.path_params["name"], request.path_params["epoch"]
        unit = await run_in_threadpool(self._desk.unit, name)
        chain = next((one for one in unit.chains if one.epoch == epoch), None) if unit else None
        if chain is None:
            return self._missing(request, visitor, "No row of such a chain is held.")
        before = request.query_params.get("before", "")
        start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0
        rows = await run_in_threadpool(self._desk.acts, name, epoch, start, ROWS)
        told = chain_page(name, chain, rows, start, ROWS)
        return self._rendered(request, "archive_chain.html", visitor, **told)

    async def _reports(self, request: Request, visitor: Visitor) -> Response:
        fleet = await run_in_threadpool(self._desk.fleet)
        return self._rendered(
            request, "archive_reports.html", visitor, months=months(fleet.at), problem=""
        )

    async def _report(self, request: Request, visitor: Visitor) -> Response:
        since, until = (request.query_params.get(name, "") for name in ("since", "until"))
        try:
            if not _DAY.fullmatch(since) or not _DAY.fullmatch(until):
                raise WebError("Choose two days.")
            page = await run_in_threadpool(self._desk.report, since, until)
        except StoreError:
            raise
        except EdgeError as error:
            fleet = await run_in_threadpool(self._desk.fleet)
            told = {"months": months(fleet.at), "problem": str(error)}
            return self._rendered(request, "archive_reports.html", visitor, 422, told)
        return Response(page, media_type="text/html")

    async def _export_page(self, request: Request, visitor: Visitor) -> Response:
        return self._rendered(request, "archive_export.html", visitor)

    async def _stream(self, _request: Request, _visitor: Visitor) -> Response:
        return StreamingResponse(self._changes.stream(), media_type="text/event-stream")

    # what is done

    async def _log_in(self, request: Request) -> Response:
        form = await read_form(LogInForm, request)
        came = await run_in_threadpool(self._door.log_in, form.name, form.password)
        if not came.token:
            wait = {"retry-after": str(int(came.wait_s) + 1)} if came.wait_s > 0 else None
            return JSONResponse({"problem": came.refused}, 401, wait)
        response = JSONResponse({"go": form.go})
        self._cookies.give(response, came.token)
        return response

    async def _log_out(self, request: Request) -> Response:
        await read_form(Nothing, request)
        await run_in_threadpool(self._door.log_out, self._cookies.token(request))
        return JSONResponse({"go": "/"})

    async def _export(self, request: Request) -> Response:
        await read_form(Nothing, request)
        visitor = self._visitor(request)
        if visitor is None:
            return problem(401, "Log in first.")
        made = await run_in_threadpool(self._desk.export, visitor)
        files = f"{made.files} file{'s' if made.files != 1 else ''}"
        return JSONResponse({"done": f"{files}, {made.bytes:,} bytes, in {made.folder}"})

    def _visitor(self, request: Request, *, active: bool = True) -> Visitor | None:
        return self._door.visitor(self._cookies.token(request), active=active)

    def _entrance(self) -> dict[str, Any]:
        return {"names": self._door.names()}

    def _missing(self, request: Request, visitor: Visitor, sentence: str) -> Response:
        return self._rendered(request, "archive_missing.html", visitor, 404, {"sentence": sentence})

    def _rendered(
        self,
        request: Request,
        template: str,
        visitor: Visitor | None,
        status: int = 200,
        more: dict[str, Any] | None = None,
        **told: Any,
    ) -> Response:
        token = self._cookies.token(request)
        page = self._templates.get_template(template).render(
            visitor=visitor,
            csrf=self._cookies.csrf(token),
            path=request.url.path,
            **(more or {}),
            **told,
        )
        response = Response(page, status, media_type="text/html")
        self._cookies.settle(request, response, token)
        return response


# what was sent is not repeated: it may hold a password
_HANDLERS: Final[dict[Any, Handler]] = {
    StoreError: handler(503, "Not done, because it cannot be read or recorded: {}"),
    EdgeError: handler(500),
    ValidationError: handler(422, "This is not what the page sends."),
}
