"""The one door to the web: https, http to this machine itself, and nothing else.

Redirects are followed only to where an address may lead; whoever asks by settings, and not for a
person, stays on the host that was set.
"""

import http.client
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from edge import __version__
from edge.config.address import is_fetchable
from edge.errors import DeliveryError, WebRefused

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


@contextmanager
def asked(
    url: str, context: ssl.SSLContext, headers: Mapping[str, str], wait_s: float
) -> Iterator[http.client.HTTPResponse]:
    """Ask the host in *url*, and no other, and give its answer.

    Args:
        wait_s: for the connection, and for each piece of the answer.

    Raises:
        WebRefused: it answered with an error.
        DeliveryError: it cannot be reached, is not the right one, leads elsewhere, or broke off.
    """
    allow(url)
    request = urllib.request.Request(  # noqa: S310 - allow has seen its scheme
        url, headers={"User-Agent": AGENT, **headers}
    )
    try:
        with opener(url, context, stay=True).open(request, timeout=wait_s) as answer:
            yield answer
    except HTTPError as error:
        error.close()
        said = f"{url}: the server answered {error.code} {error.reason}"
        raise WebRefused(said, error.code, error.headers.get("Retry-After", "")) from error
    except URLError as error:
        raise DeliveryError(f"{url}: cannot be reached: {error.reason}") from error
    except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise DeliveryError(f"{url}: broke off: {error or type(error).__name__}") from error
    except ValueError as error:  # what leads on to no address at all, say
        raise DeliveryError(f"{url}: the server answered nonsense: {error}") from error


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
