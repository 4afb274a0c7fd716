"""The console's pages and what their scripts ask: routes, nothing of the alarm's logic.

A browser gets the page once, hears by server-sent events that something changed, and asks for the
whole state of the desk again. Every act is a POST with the browser's CSRF token. The server alone
decides what a browser may know: a card without details is sent without details.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge.errors import ConsoleError, EdgeError, StoreError
from edge.records import Category
from edge.web.auth import Cookies
from edge.web.console.cards import Card
from edge.web.console.contract import Desk, Officers, Session
from edge.web.console.forms import AnswerForm, FilterForm, OutcomeForm
from edge.web.console.search_pages import SearchPages
from edge.web.console.searching import SearchDesk
from edge.web.console.views import desk_view, plain
from edge.web.forms import LogInForm, Nothing
from edge.web.headers import Guard
from edge.web.pages import Act, Handler, handler, posts, problem, read_form, templates
from edge.web.sse import Changes

NUMBER = "{unit}/{epoch}/{sequence}"
_OLDER = "this page is older than the console: it is asked again"
_STATIC = Path(__file__).resolve().parents[1] / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class ConsolePages:
    """The application; :attr:`app` goes to :class:`edge.web.serve.Server`.

    Args:
        hosts: names under which the page may be asked for, lower case.
        secure: served over TLS.
        tiles_folder: local map tiles, ``z/x/y.png``; None for none.
        searches: None for a console without the search page.
    """

    def __init__(
        self,
        desk: Desk,
        officers: Officers,
        hosts: Collection[str],
        secure: bool,
        tiles_folder: Path | None = None,
        searches: SearchDesk | None = None,
    ) -> None:
        self._desk = desk
        self._searches = SearchPages(searches, self._known) if searches is not None else None
        self._officers = officers
        self._tiles = tiles_folder
        self._cookies = Cookies(secure)
        self._changes = Changes(desk.wait)
        self._static = {file.name: file.read_bytes() for file in _STATIC.iterdir()}
        self._templates = templates()
        routes = Starlette(routes=self._routes(), exception_handlers=_HANDLERS)
        self.app = Guard(routes, hosts, secure)

    def start(self) -> None:
        """Begin to wait for the desk's changes."""
        self._changes.start()

    def stop(self) -> None:
        """End all streams."""
        self._changes.stop()

    def _routes(self) -> list[Route]:
        card = f"/api/card/{NUMBER}"
        acts: dict[str, Act] = {
            "/api/log-in": self._log_in,
            "/api/lock": self._lock,
            "/api/filter": self._filter,
            "/api/claims/{number}": self._confirm,
            f"{card}/answer": self._answer,
            f"{card}/urgent": self._urgent,
            f"{card}/open": self._open,
            f"{card}/outcome": self._outcome,
            f"{card}/touch": self._touch,
        }
        reads: dict[str, Act] = {
            "/": self._page,
            "/dispatch": self._wall,
            "/static/{name}": self._file,
            "/tiles/{z:int}/{x:int}/{y:int}.png": self._tile,
            f"/crops/{NUMBER}": self._crop,
            "/api/desk": self._state,
            "/api/changes": self._stream,
            "/api/claims": self._claims,
            card: self._card,
        }
        if self._searches is not None:
            reads |= {"/search": self._page, **self._searches.reads}
            acts |= self._searches.acts
        return [
            *(Route(path, act, methods=["GET"]) for path, act in reads.items()),
            *posts(acts, self._cookies, _OLDER),
        ]

    # what is asked

    async def _page(self, request: Request) -> Response:
        wall = await run_in_threadpool(lambda: self._desk.state().wall)
        return self._rendered(request, bool(wall))

    async def _wall(self, request: Request) -> Response:
        return self._rendered(request, wall=True)

    def _rendered(self, request: Request, wall: bool) -> Response:
        page = self._templates.get_template("console.html").render(wall=wall)
        response = Response(page, media_type="text/html")
        self._cookies.settle(request, response, self._cookies.token(request))
        return response

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            return problem(404, "there is no such file")
        return Response(self._static[name], media_type=_KINDS[Path(name).suffix])

    async def _tile(self, request: Request) -> Response:
        z, x, y = (request.path_params[name] for name in "zxy")
        if self._tiles is None:
            return problem(404, "there are no map tiles")
        file = self._tiles / str(z) / str(x) / f"{y}.png"
        if not await run_in_threadpool(file.is_file):
            return problem(404, "there is no such tile")
        return FileResponse(file, headers={"cache-control": "private, max-age=86400"})

    async def _crop(self, request: Request) -> Response:
        jpeg = await run_in_threadpool(self._desk.crop, _number(request))
        if jpeg is None:
            return problem(404, "there is no picture of this alert")
        return Response(jpeg, media_type="image/jpeg")

    async def _stream(self, _request: Request) -> Response:
        return StreamingResponse(self._changes.stream(), media_type="text/event-stream")

    async def _state(self, request: Request) -> Response:
        token = self._cookies.token(request)
        response = JSONResponse(await run_in_threadpool(self._told, token))
        self._cookies.settle(request, response, token)
        return response

    def _told(self, token: str) -> dict[str, Any]:
        session = self._officers.session(token, active=False)
        # the state first: what changes in between is told by a newer version
        state = self._desk.state(session)
        return {
            "csrf": self._cookies.csrf(token),
            "state": plain(state),
            "categories": [one.value for one in Category if one is not Category.TEST],
            "officers": [] if session else plain(tuple(self._officers.names())),
            "searches": self._searches.mark() if self._searches and session else None,
            **desk_view(self._desk.cards(session)),
        }

    async def _card(self, request: Request) -> Response:
        def told() -> Card:
            return self._desk.card(_number(request), self._session(request, active=False))

        return JSONResponse(plain(await run_in_threadpool(told)))

    async def _claims(self, request: Request) -> Response:
        def told() -> Any:
            return plain(self._desk.claims(self._known(request)))

        return JSONResponse({"claims": await run_in_threadpool(told)})

    # what is done

    async def _log_in(self, request: Request) -> Response:
        form = await read_form(LogInForm, request)
        came = await run_in_threadpool(self._officers.log_in, form.name, form.password)
        if not came.token:
            wait = {"retry-after": str(int(came.wait_s) + 1)} if came.wait_s > 0 else None
            return JSONResponse({"problem": came.refused, "wait_s": came.wait_s}, 401, wait)
        response = JSONResponse({"csrf": self._cookies.csrf(came.token)})
        self._cookies.give(response, came.token)
        return response

    async def _lock(self, request: Request) -> Response:
        await run_in_threadpool(self._officers.lock, self._cookies.token(request))
        return JSONResponse({})

    async def _filter(self, request: Request) -> Response:
        form = await read_form(FilterForm, request)

        def act() -> None:
            self._desk.filter(self._known(request), form.filters())

        await run_in_threadpool(act)
        return JSONResponse({})

    async def _answer(self, request: Request) -> Response:
        form = await read_form(AnswerForm, request)

        def act() -> Card:
            number, session = _number(request), self._known(request)
            asked = self._desk.card(number, session).question
            if asked is None or (asked.kind, asked.position, tuple(asked.choices)) != (
                form.kind,
                form.position,
                form.choices,
            ):
                raise ConsoleError("a better picture has come, or another question: look again")
            return self._desk.answer(number, session, form.answer)

        return await self._acted(act)

    async def _urgent(self, request: Request) -> Response:
        await read_form(Nothing, request)
        return await self._acted(lambda: self._desk.urgent(_number(request), self._known(request)))

    async def _open(self, request: Request) -> Response:
        await read_form(Nothing, request)
        return await self._acted(lambda: self._desk.open(_number(request), self._known(request)))

    async def _touch(self, request: Request) -> Response:
        await read_form(Nothing, request)
        return await self._acted(lambda: self._desk.touch(_number(request), self._session(request)))

    async def _outcome(self, request: Request) -> Response:
        form = await read_form(OutcomeForm, request)
        return await self._acted(
            lambda: self._desk.outcome(
                _number(request), self._known(request), form.outcome, form.note, form.text
            )
        )

    async def _confirm(self, request: Request) -> Response:
        await read_form(Nothing, request)
        number = request.path_params["number"]
        await run_in_threadpool(lambda: self._desk.confirm(number, self._known(request)))
        return JSONResponse({})

    async def _acted(self, act: Callable[[], Card]) -> Response:
        return JSONResponse(plain(await run_in_threadpool(act)))

    def _session(self, request: Request, active: bool = True) -> Session | None:
        return self._officers.session(self._cookies.token(request), active=active)

    def _known(self, request: Request, *, active: bool = True) -> Session:
        session = self._session(request, active)
        if session is None:
            raise _NobodyError
        return session


class _NobodyError(Exception):
    """Nobody is logged in who may do this."""


def _number(request: Request) -> str:
    return "/".join(request.path_params[name] for name in ("unit", "epoch", "sequence"))


# what was sent is not repeated: it may hold a password
_HANDLERS: dict[Any, Handler] = {
    ConsoleError: handler(409),
    StoreError: handler(503, "not done, because it cannot be recorded: {}"),
    EdgeError: handler(500),
    ValidationError: handler(422, "this is not what the page sends"),
    _NobodyError: handler(401, "log in first"),
}
