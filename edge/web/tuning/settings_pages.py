"""The routes about settings: shown, compared, tried, and every version before."""

import re
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.errors import ConfigError, StoreError
from edge.web.auth import Cookies
from edge.web.forms import Nothing
from edge.web.pages import Act, posts, problem, read_form
from edge.web.tuning.contract import TuningDesk
from edge.web.tuning.forms import BackForm, CompareForm, MinuteForm, ProposeForm, SaveForm
from edge.web.tuning.settings_contract import SettingsDesk

_ENDED: Final = "The session has ended: log in again."
_NUMBER: Final = re.compile(r"\d{1,7}")


class SettingsPages:
    """What the technician's page asks about settings; :attr:`routes` belong to its application.

    Args:
        desk: says who is logged in.
        older: what is answered to a page that was loaded before its server began.
    """

    def __init__(
        self, desk: TuningDesk, settings: SettingsDesk, cookies: Cookies, older: str
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._cookies = cookies
        self._older = older

    @property
    def routes(self) -> list[Route]:
        """All of them."""
        acts: dict[str, Act] = {
            "/api/settings/propose": self._propose,
            "/api/settings/compare": self._compare,
            "/api/settings/save": self._save,
            "/api/settings/back": self._back,
            "/api/settings/job/stop": self._stop,
            "/api/settings/minute": self._minute,
        }
        return [
            Route("/api/settings", self._all, methods=["GET"]),
            Route("/api/settings/history", self._history, methods=["GET"]),
            Route("/api/settings/back/{number}", self._propose_back, methods=["GET"]),
            Route("/api/settings/job", self._job, methods=["GET"]),
            Route("/api/settings/minute", self._kept, methods=["GET"]),
            *posts(acts, self._cookies, self._older),
        ]

    async def _all(self, request: Request) -> Response:
        return await self._answer(request, lambda _who: self._settings.settings())

    async def _history(self, request: Request) -> Response:
        return await self._answer(request, lambda _who: self._settings.history())

    async def _job(self, request: Request) -> Response:
        return await self._answer(request, lambda _who: self._settings.job())

    async def _kept(self, request: Request) -> Response:
        return await self._answer(request, lambda _who: self._settings.kept())

    async def _propose_back(self, request: Request) -> Response:
        number = request.path_params["number"]
        if not _NUMBER.fullmatch(number):
            return problem(404, "No such version.")
        return await self._answer(request, lambda _who: self._settings.propose_back(int(number)))

    async def _propose(self, request: Request) -> Response:
        form = await read_form(ProposeForm, request)
        return await self._act(request, lambda _who: self._settings.propose(form.changes))

    async def _compare(self, request: Request) -> Response:
        form = await read_form(CompareForm, request)
        return await self._act(
            request, lambda _who: {"job": self._settings.compare(form.changes, form.source)}
        )

    async def _save(self, request: Request) -> Response:
        form = await read_form(SaveForm, request)
        return await self._act(
            request, lambda who: {"job": self._settings.save(form.changes, who, form.why)}
        )

    async def _back(self, request: Request) -> Response:
        form = await read_form(BackForm, request)
        return await self._act(
            request, lambda who: {"job": self._settings.back(form.number, who, form.why)}
        )

    async def _stop(self, request: Request) -> Response:
        await read_form(Nothing, request)
        return await self._act(request, lambda _who: self._settings.stop())

    async def _minute(self, request: Request) -> Response:
        form = await read_form(MinuteForm, request)
        return await self._act(request, lambda who: self._settings.arm(who, armed=form.armed))

    async def _act(self, request: Request, asked: Callable[[str], object]) -> Response:
        return await self._answer(request, asked, active=True)

    async def _answer(
        self, request: Request, asked: Callable[[str], object], *, active: bool = False
    ) -> Response:
        who = self._desk.visitor(self._cookies.token(request), active=active)
        if not who:
            return problem(401, _ENDED)
        try:
            return JSONResponse(await run_in_threadpool(asked, who))
        except (ConfigError, StoreError) as error:
            return problem(422, str(error))
