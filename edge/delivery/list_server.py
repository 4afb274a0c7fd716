"""The server of lists: asks for its manifest, and loads the files that it names.

Any static web server will do. An unchanged manifest costs one small answer (ETag, Last-Modified);
a file that broke off goes on where it ended, if the server allows it (Range).
"""

import hashlib
import http.client
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from edge.clock import Clock
from edge.delivery.web import asked
from edge.errors import DeliveryError, HotlistError, WebRefused
from edge.hotlist.manifest import LARGEST, Offer

_WAIT_S: Final = 15.0  # for each piece of an answer
_MANIFEST_S: Final = 30.0  # for all of a manifest
_FILE_S: Final = 600.0  # for one go at a file; the next goes on where it ended
_STEP: Final = 1 << 16


class ListServer:
    """Where one manifest lies, and what it names beside it.

    Args:
        context: makes what verifies the server; asked anew for each request, so that a renewed
            certificate counts at once.
        stopped: asked between the pieces of an answer; a long one is then given up.
    """

    def __init__(
        self,
        url: str,
        context: Callable[[], ssl.SSLContext],
        clock: Clock,
        stopped: Callable[[], bool],
    ) -> None:
        self._url = url
        self._context = context
        self._clock = clock
        self._stopped = stopped
        self._marks: dict[str, str] = {}
        self._fresh: dict[str, str] = {}

    def manifest(self) -> bytes | None:
        """Return the manifest; None when it is the one that :meth:`keep` was told to remember.

        Raises:
            DeliveryError: the server cannot be reached, is not the right one, or refuses.
            HotlistError: what came is too large for a manifest.
            ConfigError: a certificate or key in the settings is wrong.
        """
        with self._open(self._url, self._marks) as answer:
            if answer is None:
                return None
            body = b""
            for piece in self._pieces(answer, self._url, _MANIFEST_S):
                body += piece
                if len(body) > LARGEST:
                    raise HotlistError(
                        f"{self._url}: has more than the {LARGEST} bytes of a manifest"
                    )
            self._fresh = _marks(answer)
            return body

    def keep(self) -> None:
        """Ask from now on only for what has changed since the last manifest, which was sound."""
        self._marks = self._fresh

    def forget(self) -> None:
        """Ask for the whole manifest again."""
        self._marks = {}

    def load(self, offer: Offer, part: Path) -> None:
        """Load a file into *part*, which may hold its beginning; return when its digest is right.

        Raises:
            DeliveryError: the server cannot be reached, refuses, or breaks off; what has come
                stays in *part*.
            HotlistError: it is another file than was signed for; *part* is removed.
            OSError: *part* cannot be written.
        """
        url = urljoin(self._url, offer.url)
        done = part.stat().st_size if part.exists() else 0
        if done > offer.bytes:
            part.unlink()
            done = 0
        if done < offer.bytes:
            self._receive(url, offer.bytes, part, done)
        with part.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != offer.digest:
            part.unlink()
            raise HotlistError(
                f"{url}: is another file than the manifest names (SHA-256 {digest[:12]}... instead "
                f"of {offer.digest[:12]}...); it was deleted"
            )

    def _receive(self, url: str, size: int, part: Path, done: int) -> None:
        asked = {"Range": f"bytes={done}-"} if done else {}
        with self._open(url, asked) as answer:
            if answer is None:
                raise DeliveryError(f"{url}: the server says that it has not changed; unasked")
            if not (answer.status == http.client.PARTIAL_CONTENT and _begins_at(answer, done)):
                done = 0
            with part.open("ab" if done else "wb") as out:
                for piece in self._pieces(answer, url, _FILE_S):
                    done += len(piece)
                    if done > size:
                        break
                    out.write(piece)
        if done > size:
            part.unlink()
            raise HotlistError(f"{url}: has more than the {size} bytes that the manifest names")
        if done < size:
            raise DeliveryError(f"{url}: broke off after {done} of {size} bytes; it goes on there")

    def _pieces(
        self, answer: http.client.HTTPResponse, url: str, limit_s: float
    ) -> Iterator[bytes]:
        began = self._clock.now()
        while piece := answer.read1(_STEP):
            yield piece
            if self._stopped():
                raise DeliveryError(f"{url}: given up, because edge deliver ends")
            if self._clock.now().since(began) > limit_s:
                raise DeliveryError(f"{url}: took more than {limit_s:.0f} s and was given up")

    @contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse | None]:
        """Give the answer; None for 304."""
        try:
            with asked(url, self._context(), headers, _WAIT_S) as answer:
                yield answer
        except WebRefused as error:
            unchanged = error.status == http.client.NOT_MODIFIED
            if not (unchanged and headers and headers is self._marks):
                raise
            yield None


def _marks(answer: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers that ask whether something has changed since this answer."""
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {ask: said for ask, name in pairs if (said := answer.headers.get(name))}


def _begins_at(answer: http.client.HTTPResponse, byte: int) -> bool:
    return answer.headers.get("Content-Range", "").startswith(f"bytes {byte}-")
