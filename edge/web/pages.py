"""What all pages do alike: templates, forms, and what is answered when something is wrong."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.web.auth import Cookies
from edge.web.forms import Form

Act = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Exception], Awaitable[Response]]
_FormT = TypeVar("_FormT", bound=Form)


def templates() -> Environment:
    """Return the templates of all pages: what is put into them is escaped, and must be there."""
    return Environment(loader=PackageLoader("edge.web"), autoescape=True, undefined=StrictUndefined)


async def read_form(kind: type[_FormT], request: Request) -> _FormT:
    """Return what a request brings.

    Raises:
        ValidationError: it is no such form.
    """
    return kind.model_validate_json(await request.body() or b"{}")


def posts(acts: Mapping[str, Act], cookies: Cookies, older: str) -> list[Route]:
    """Return the routes of *acts* by path; each runs only for a request that our own page has made.

    Args:
        older: what is answered else: the page was loaded before its server began.
    """

    def proven(act: Act) -> Act:
        @functools.wraps(act)
        async def checked(request: Request) -> Response:
            if not cookies.proven(request):
                return problem(403, older)
            return await act(request)

        return checked

    return [Route(path, proven(act), methods=["POST"]) for path, act in acts.items()]


def problem(status: int, sentence: str) -> Response:
    """Return an answer that says what is wrong."""
    return JSONResponse({"problem": sentence}, status)


def handler(status: int, sentence: str = "{}") -> Handler:
    """Return what answers an error.

    Args:
        sentence: with ``{}`` where the error's own words go; without it they are not repeated: what
            was sent may hold a password.
    """

    async def answered(_request: Request, error: Exception) -> Response:
        return problem(status, sentence.format(error))

    return answered
