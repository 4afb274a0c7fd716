"""What every answer carries, and which requests are refused before a page sees them.

A page here shows what an enemy may have written on a car, and a browser on the same tablet may be
open on anything: so a request must name a host that is ours (DNS rebinding), come from our own page
(``Origin``, ``Sec-Fetch-Site``) and be small.
"""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 16 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    # no string may become markup or script, by whatever slip of ours
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_S = 31_536_000


class Guard:
    """Wraps an application: refuses foreign requests, and gives every answer strict headers.

    Args:
        hosts: names under which the page may be asked for, without port, lower case.
        secure: the page is served over TLS.
    """

    def __init__(self, app: App, hosts: Collection[str], secure: bool) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._scheme = "https" if secure else "http"
        self._headers = dict(HEADERS)
        if secure:
            self._headers["strict-transport-security"] = f"max-age={_YEAR_S}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        sending = self._strict(send)
        headers = Headers(scope=scope)
        reading = scope["method"] in ("GET", "HEAD")
        # read also where it is refused: a socket closed on unread bytes loses the answer
        body = b"" if reading else await _body(receive)
        if body is None:
            large = {"problem": "the request is too large"}
            await JSONResponse(large, 413, {"connection": "close"})(scope, receive, sending)
            return
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            status, sentence = refusal
            await JSONResponse({"problem": sentence}, status)(scope, receive, sending)
            return
        await self._app(scope, receive if reading else _replay(body, receive), sending)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return 421, "this page is not served under that name"
        if method not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST are known here"
        site = headers.get("sec-fetch-site", "")
        visiting = headers.get("sec-fetch-mode") == "navigate" and method == "GET"
        if site not in ("", "same-origin", "none") and not visiting:
            return 403, "this request comes from another site"
        if method == "POST" and not self._own(headers, host, site):
            return 403, "this request does not come from this page"
        return None

    def _own(self, headers: Headers, host: str, site: str) -> bool:
        """Say whether a changing request comes from our own page; a silent one does not."""
        origin = headers.get("origin")
        if origin is None:
            return site == "same-origin"
        return origin.lower() == f"{self._scheme}://{host.lower()}"

    def _strict(self, send: Send) -> Send:
        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        return sending


def _name(host: str) -> str:
    """Return the host without its port; ``[::1]:80`` gives ``::1``."""
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, None when it is over the limit or the client hung up."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
