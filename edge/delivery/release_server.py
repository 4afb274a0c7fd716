"""The server of releases: any static web server, asked for an index and for the files beside it.

A file that broke off goes on where it ended, if the server allows it and still has the same file
(Range, If-Range). Nothing that comes from here is believed: the updater holds it against its
signatures.
"""

import hashlib
import http.client
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.delivery.web import asked
from edge.disk import sync
from edge.errors import DeliveryError, UpdateError, WebRefused
from edge.policy.update_index import INDEX, LARGEST, Listed

_WAIT_S: Final = 30.0  # for each piece of an answer
_INDEX_S: Final = 60.0  # for all of an index
_STEP: Final = 1 << 16
_LONGEST_MARK: Final = 200


@dataclass(frozen=True, slots=True)
class Manners:
    """How a server is asked.

    Attributes:
        kbit_s: no faster on average; 0 for no limit.
        enough: asked between the pieces of a file; the loading ends with the sentence it returns.
    """

    kbit_s: float
    enough: Callable[[], str]


class ReleaseServer:
    """A folder on a web server.

    Args:
        url: ends with ``/``.
        context: makes what verifies the server; asked anew for each request.
    """

    def __init__(
        self, url: str, context: Callable[[], ssl.SSLContext], clock: Clock, manners: Manners
    ) -> None:
        self._url = url
        self._context = context
        self._clock = clock
        self._manners = manners

    def index(self) -> bytes:
        """Return the index as it came.

        Raises:
            DeliveryError: the server cannot be reached, is not the right one, or refuses.
            UpdateError: what came is too large for an index.
            ConfigError: the CA in the settings is wrong.
        """
        url, body, began = self._url + INDEX, b"", self._clock.now()
        with asked(url, self._context(), {}, _WAIT_S) as answer:
            whole = _length(answer)
            while piece := _piece(answer, url):
                body += piece
                if len(body) > LARGEST:
                    raise UpdateError(f"{url}: has more than the {LARGEST} bytes of an index")
                if self._clock.now().since(began) > _INDEX_S:
                    raise DeliveryError(f"{url}: took more than {_INDEX_S:.0f} s, and was given up")
        if whole is not None and len(body) < whole:
            raise DeliveryError(f"{url}: broke off after {len(body)} of {whole} bytes")
        return body

    def load(self, one: Listed, part: Path, mark: str, begun: Callable[[str], None]) -> None:
        """Load a file into *part*, which may hold its beginning; return when its digest is right.

        Args:
            mark: what *begun* was told when that beginning came.
            begun: told the server's word for this version of the file (its ETag) before a byte of
                it is written; empty where it has none.

        Raises:
            DeliveryError: the server cannot be reached, refuses, or breaks off, or it was enough;
                what has come stays in *part*.
            UpdateError: it is another file than the index says; *part* is removed.
            OSError: *part* cannot be written.
        """
        url = self._url + one.file
        done = part.stat().st_size if part.exists() else 0
        if done > one.size:
            part.unlink()
            done = 0
        if done < one.size:
            try:
                self._receive(url, one, part, done, mark, begun)
            except WebRefused as error:
                if error.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                    part.unlink(missing_ok=True)  # it begins anew
                raise
        with part.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != one.sha256:
            part.unlink()
            raise UpdateError(
                f"{url}: is another file than the index says (SHA-256 {digest[:12]}... instead of"
                f" {one.sha256[:12]}...); it was deleted"
            )

    def _receive(
        self,
        url: str,
        one: Listed,
        part: Path,
        done: int,
        mark: str,
        begun: Callable[[str], None],
    ) -> None:
        headers = {"Range": f"bytes={done}-"} if done else {}
        if done and mark:
            headers["If-Range"] = mark
        with asked(url, self._context(), headers, _WAIT_S) as answer:
            if not _goes_on(answer, done, one.size):
                part.unlink(missing_ok=True)
                done = 0
                _agree(url, answer, one)
            if not done:
                begun(_mark(answer))
            with part.open("ab" if done else "wb") as out:
                for piece in self._pieces(answer, url):
                    done += len(piece)
                    if done > one.size:
                        break
                    out.write(piece)
                out.flush()
                sync(part)
        if done > one.size:
            part.unlink()
            raise UpdateError(f"{url}: has more than the {one.size} bytes that the index says")
        if done < one.size:
            why = self._manners.enough() or "it broke off"
            raise DeliveryError(f"{url}: {done} of {one.size} bytes are here: {why}")

    def _pieces(self, answer: http.client.HTTPResponse, url: str) -> Iterator[bytes]:
        """Yield what comes, no faster than the settings say, until it is enough."""
        began, got = self._clock.now(), 0
        while piece := _piece(answer, url):
            yield piece
            if self._manners.enough():
                return
            got += len(piece)
            if self._manners.kbit_s:
                due_s = got * 8 / (1000 * self._manners.kbit_s)
                ahead_s = due_s - self._clock.now().since(began)
                if ahead_s > 0:
                    self._clock.sleep(ahead_s)


def _piece(answer: http.client.HTTPResponse, url: str) -> bytes:
    try:
        return answer.read1(_STEP)
    except OSError as error:  # the disk has such errors too, and they mean something else
        raise DeliveryError(f"{url}: broke off: {error.strerror or error}") from error


def _goes_on(answer: http.client.HTTPResponse, done: int, size: int) -> bool:
    said = answer.headers.get("Content-Range", "")
    right = said == f"bytes {done}-{size - 1}/{size}"
    return done > 0 and answer.status == http.client.PARTIAL_CONTENT and right


def _agree(url: str, answer: http.client.HTTPResponse, one: Listed) -> None:
    """Raise unless the answer is a whole file of the size in the index."""
    whole = _length(answer)
    if answer.status != http.client.OK:
        raise DeliveryError(f"{url}: the server answered {answer.status}, and not with the file")
    if whole is not None and whole != one.size:
        raise UpdateError(
            f"{url}: has {whole} bytes on the server, and {one.size} by its index: write the index"
            " anew ('edge update index FOLDER')"
        )


def _length(answer: http.client.HTTPResponse) -> int | None:
    said = answer.headers.get("Content-Length", "")
    return int(said) if said.isdecimal() else None


def _mark(answer: http.client.HTTPResponse) -> str:
    """Return what If-Range may name: a strong ETag, or else the time of the last change."""
    tag: str = answer.headers.get("ETag", "")
    found: str = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    return found if len(found) <= _LONGEST_MARK and found.isascii() and found.isprintable() else ""
