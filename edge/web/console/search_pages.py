"""What the search page's script asks: routes and forms, nothing of a search's logic."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edge.web.console.contract import Session
from edge.web.console.forms import Word
from edge.web.console.searching import Asking, SearchDesk
from edge.web.console.views import plain
from edge.web.forms import Form
from edge.web.pages import Act, read_form

# whatever is typed is bounded by the request's size; what is wrong with it is said at its field


class SearchForm(Form):
    """What is to be asked; see :class:`edge.web.console.searching.Asking`."""

    plate: str
    case: str
    purpose: str
    units: Annotated[tuple[str, ...], Field(max_length=512)] = ()
    ago_s: Annotated[float, Field(gt=0, le=1e9)] | None = None
    since: Word = ""
    until: Word = ""
    categories: Annotated[tuple[Word, ...], Field(max_length=8)] = ()
    hours: Annotated[float, Field(gt=0, le=24)] = 1.0

    def asking(self) -> Asking:
        """Return it as the desk takes it."""
        return Asking(
            plate=self.plate,
            case=self.case.strip(),
            purpose=self.purpose,
            units=self.units,
            ago_s=self.ago_s,
            since=self.since,
            until=self.until,
            categories=self.categories,
            hours=self.hours,
        )


class SendForm(SearchForm):
    """The same, with a supervisor's name and password where one signs."""

    supervisor: Annotated[str, Field(max_length=80)] = ""
    password: Annotated[str, Field(max_length=400, repr=False)] = ""


class OpenForm(Form):
    """Which act it is: by the officer's hand, or the page's own look for what is new."""

    by_hand: bool


class Known(Protocol):
    """Finds who is logged in."""

    def __call__(self, request: Request, *, active: bool = True) -> Session:
        """Return the session of a request, or end it as one of nobody."""


class SearchPages:
    """The search page's part of the console's application.

    Attributes:
        reads, acts: routes by path, asked by GET and by POST.
    """

    def __init__(self, desk: SearchDesk, known: Known) -> None:
        self._desk = desk
        self._known = known
        self.reads: dict[str, Act] = {"/api/search": self._facts, "/api/searches": self._lines}
        self.acts: dict[str, Act] = {
            "/api/search/look": self._look,
            "/api/search/send": self._send,
            "/api/search/{number}/open": self._open,
        }

    def mark(self) -> int:
        """Return a number that grows when there is something new."""
        return self._desk.mark()

    async def _facts(self, request: Request) -> Response:
        return await self._told(lambda: self._desk.facts(self._known(request)))

    async def _lines(self, request: Request) -> Response:
        return await self._told(
            lambda: {"lines": self._desk.lines(self._known(request, active=False))}
        )

    async def _look(self, request: Request) -> Response:
        form = await read_form(SearchForm, request)
        return await self._told(lambda: self._desk.look(self._known(request), form.asking()))

    async def _send(self, request: Request) -> Response:
        form = await read_form(SendForm, request)
        return await self._told(
            lambda: self._desk.ask(
                self._known(request), form.asking(), form.supervisor, form.password
            )
        )

    async def _open(self, request: Request) -> Response:
        form = await read_form(OpenForm, request)
        number = request.path_params["number"]
        return await self._told(
            lambda: self._desk.open(self._known(request, active=form.by_hand), number)
        )

    async def _told(self, act: Callable[[], Any]) -> Response:
        return JSONResponse(plain(await run_in_threadpool(act)))
