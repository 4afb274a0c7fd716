"""The one door to the web: https, http to this machine itself, and nothing else.

Redirects are followed only to where an address may lead; whoever asks by settings, and not for a
person, stays on the host that was set.
"""

import http.client
import ssl
import urllib.request
from typing import IO, Final
from urllib.parse import urlsplit

from edge import __version__
from edge.config.address import is_fetchable
from edge.errors import DeliveryError

AGENT: Final = f"edge-plates/{__version__}"


def allow(url: str) -> None:
    """Return if *url* may be fetched.

    Raises:
        DeliveryError: it is no URL, neither https nor http to this machine, or holds a password.
    """
    try:
        urlsplit(url)
    except ValueError as error:
        raise DeliveryError(f"{url}: is no URL: {error}") from error
    if not is_fetchable(url):
        raise DeliveryError(f"{url}: only https is fetched, and http from this machine itself")


def opener(
    url: str, context: ssl.SSLContext, *, stay: bool = False
) -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https, and neither files nor ftp.

    Args:
        stay: follow no redirect to another host or port.
    """
    made = urllib.request.OpenerDirector()
    own = urlsplit(url).scheme == "http"  # to this machine: past any proxy
    for handler in (
        urllib.request.ProxyHandler({} if own else None),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(_place(url) if stay else None),
    ):
        made.add_handler(handler)
    return made


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a URL may lead."""

    def __init__(self, place: tuple[str, str] | None) -> None:
        self._place = place

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        try:
            allow(newurl)
            self._stays(newurl)
        except DeliveryError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def _stays(self, url: str) -> None:
        if self._place is not None and _place(url) != self._place:
            raise DeliveryError(
                f"{self._place[1]} leads on to {url}; only redirects on the same host are followed"
            )
