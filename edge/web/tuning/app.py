"""The technician's page: routes, nothing of what is seen."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.errors import EdgeError
from edge.web.auth import Cookies
from edge.web.forms import LogInForm, Nothing
from edge.web.headers import Guard
from edge.web.pages import Act, Handler, handler, posts, problem, read_form, templates
from edge.web.tuning.contract import TuningDesk
from edge.web.tuning.settings_contract import SettingsDesk
from edge.web.tuning.settings_pages import SettingsPages

_OLDER: Final = "This page is older than its server: load it again."
_STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_FILES: Final = {
    "tuning.css": "text/css",
    "tuning_settings.css": "text/css",
    "tuning_zones.css": "text/css",
    "tuning.js": "text/javascript",
    "tuning_aim.js": "text/javascript",
    "tuning_api.js": "text/javascript",
    "tuning_compared.js": "text/javascript",
    "tuning_draw.js": "text/javascript",
    "tuning_exposure.js": "text/javascript",
    "tuning_knobs.js": "text/javascript",
    "tuning_save.js": "text/javascript",
    "tuning_settings.js": "text/javascript",
    "tuning_shapes.js": "text/javascript",
    "tuning_sound.js": "text/javascript",
    "tuning_zones.js": "text/javascript",
    "tuning_zones_view.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_NUMBER: Final = re.compile(r"\d{1,9}")
_MOST_KMH: Final = 300


class TuningPages:
    """The application; :attr:`app` goes to :class:`edge.web.serve.Server`.

    Args:
        hosts: names under which the page may be asked for, lower case.
        secure: served over TLS.
    """

    def __init__(
        self, desk: TuningDesk, settings: SettingsDesk, hosts: Collection[str], secure: bool
    ) -> None:
        self._desk = desk
        self._cookies = Cookies(secure)
        self._settings = SettingsPages(desk, settings, self._cookies, _OLDER)
        self._static = {name: (_STATIC / name).read_bytes() for name in _FILES}
        self._templates = templates()
        routes = Starlette(routes=self._routes(), exception_handlers=_HANDLERS)
        self.app = Guard(routes, hosts, secure)

    def _routes(self) -> list[Route]:
        acts: dict[str, Act] = {
            "/api/log-in": self._log_in,
            "/api/log-out": self._log_out,
            "/api/here": self._here,
        }
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/static/{name}", self._file, methods=["GET"]),
            Route("/api/look", self._look, methods=["GET"]),
            Route("/look/{number}.jpg", self._picture, methods=["GET"]),
            *posts(acts, self._cookies, _OLDER),
            *self._settings.routes,
        ]

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            return problem(404, "No such file.")
        return Response(self._static[name], media_type=_FILES[name])

    async def _page(self, request: Request) -> Response:
        token = self._cookies.token(request)
        visitor = self._desk.visitor(token)
        page = self._templates.get_template("tuning.html").render(
            visitor=visitor,
            names=self._desk.names(),
            unit=self._desk.unit,
            speed_kmh=round(self._desk.speed_kmh),
            csrf=self._cookies.csrf(token),
        )
        response = Response(page, 200 if visitor else 401, media_type="text/html")
        self._cookies.settle(request, response, token)
        return response

    async def _look(self, request: Request) -> Response:
        if not self._visitor(request):
            return problem(401, "The session has ended: log in again.")
        names = ("after", "number", "speed", "x", "y")
        asked = (request.query_params.get(name, "") for name in names)
        after, number, speed, *at = (int(one) if _NUMBER.fullmatch(one) else 0 for one in asked)
        kmh, aim = float(min(speed, _MOST_KMH)), (at[0], at[1]) if all(at) else None
        return JSONResponse(await run_in_threadpool(self._desk.look, after, number, kmh, aim))

    async def _picture(self, request: Request) -> Response:
        number = request.path_params["number"]
        if not self._visitor(request):
            return problem(401, "The session has ended: log in again.")
        jpeg = self._desk.picture(int(number)) if _NUMBER.fullmatch(number) else None
        if jpeg is None:
            return problem(404, "That picture is gone: only the last minute is kept.")
        return Response(jpeg, media_type="image/jpeg")

    async def _log_in(self, request: Request) -> Response:
        form = await read_form(LogInForm, request)
        came = await run_in_threadpool(self._desk.log_in, form.name, form.password)
        if not came.token:
            wait = {"retry-after": str(int(came.wait_s) + 1)} if came.wait_s > 0 else None
            return JSONResponse({"problem": came.refused}, 401, wait)
        response = JSONResponse({"go": "/"})
        self._cookies.give(response, came.token)
        return response

    async def _log_out(self, request: Request) -> Response:
        await read_form(Nothing, request)
        await run_in_threadpool(self._desk.log_out, self._cookies.token(request))
        return JSONResponse({"go": "/"})

    async def _here(self, request: Request) -> Response:
        """Somebody touched the page: the time-out begins anew."""
        await read_form(Nothing, request)
        there = self._desk.visitor(self._cookies.token(request))
        return JSONResponse({}, 200 if there else 401)

    def _visitor(self, request: Request) -> str:
        return self._desk.visitor(self._cookies.token(request), active=False)


# what was sent is not repeated: it may hold a password
_HANDLERS: Final[dict[Any, Handler]] = {
    EdgeError: handler(500),
    ValidationError: handler(422, "This is not what the page sends."),
}
