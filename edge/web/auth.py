"""One cookie for a browser, and the token that proves a request was made by our own page.

The cookie holds an officer's session token, or a random value while nobody is logged in. Script
cannot read it (``HttpOnly``); no other site's request carries it (``SameSite=Strict``). The CSRF
token is derived from it, handed out only in an answer that another site cannot read, and wanted
with everything that changes something.
"""

import hashlib
import hmac
import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

CSRF_HEADER = "x-csrf-token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


class Cookies:
    """Reads and writes the cookie of a page.

    Args:
        secure: the page is served over TLS.
    """

    def __init__(self, secure: bool) -> None:
        self._secure = secure
        # __Host-: no other name of the same domain can have set it
        self.name = "__Host-edge" if secure else "edge"
        self._secret = secrets.token_bytes(32)

    def token(self, request: Request) -> str:
        """Return the browser's token, a new one where it brings none."""
        given = request.cookies.get(self.name, "")
        return given if _TOKEN.fullmatch(given) else secrets.token_urlsafe(32)

    def settle(self, request: Request, response: Response, token: str) -> None:
        """Let a browser that brought no token keep *token*.

        One that brought its own is given nothing: an answer that is late must not put the token
        from before a log-in back in the place of the session's.
        """
        if request.cookies.get(self.name) != token:
            self.give(response, token)

    def give(self, response: Response, token: str) -> None:
        """Let the browser keep *token* until it is closed."""
        response.set_cookie(
            self.name, token, path="/", httponly=True, secure=self._secure, samesite="strict"
        )

    def csrf(self, token: str) -> str:
        """Return the token that a changing request of this browser must bring."""
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()

    def proven(self, request: Request) -> bool:
        """Say whether *request* brings the right token for its cookie."""
        cookie = request.cookies.get(self.name, "")
        brought = request.headers.get(CSRF_HEADER, "")
        return bool(cookie) and hmac.compare_digest(
            brought.encode(), self.csrf(cookie).encode("ascii", "replace")
        )
