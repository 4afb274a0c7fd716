"""A town's web server with releases on it, real https on loopback, and a unit that fetches."""

import functools
import hashlib
import platform
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

from edge.config import Settings, load
from edge.policy.fetching import Fetched
from edge.policy.updating import State
from edge.services.update_fetch import Fetcher
from edge.services.update_fetched import FetchedFolder
from edge.services.update_listing import write_index
from edge.services.update_state import UpdateFolder
from tests.certificates import Authority, Pair
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED
from tests.services.updating import make_release

ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@functools.cache
def defaults() -> Settings:
    """Return the settings of a unit without any."""
    return load([]).settings


class _Answers(BaseHTTPRequestHandler):
    """A static server with ETag, Range and If-Range, as most are; it lies where it is told to."""

    web: "Web"
    timeout = 60

    def do_GET(self) -> None:
        web, name = self.web, self.path.removeprefix("/units/")
        web.asked.append((name, dict(self.headers)))
        if web.answers.get(name):
            code, headers = web.answers[name].pop(0)
            self._head(code, **headers)
            return
        file = web.folder / name
        if not file.is_file():
            self._head(404)
            return
        self._give(name, web.bodies.get(name, file.read_bytes()))

    def _give(self, name: str, body: bytes) -> None:
        web, tag = self.web, f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        asked = self.headers.get("Range", "") if web.ranges else ""
        if self.headers.get("If-Range", tag) != tag:
            asked = ""
        begin = int(asked[6:-1]) if asked else 0
        headers = {"ETag": tag} if web.tags else {}
        if asked:
            headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        if web.lengths:
            headers["Content-Length"] = str(len(body) - begin)
        self._head(206 if asked else 200, **headers)
        cut = web.cuts[name].pop(0) if web.cuts.get(name) else len(body)
        self.wfile.write(body[begin : begin + cut])
        self.wfile.flush()
        web.given(name)

    def _head(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that refuses the certificate, or is killed, hangs up."""


class Issuer(Protocol):
    """Gives certificates."""

    def issue(self, name: str, *, hosts: tuple[str, ...]) -> Pair: ...


@dataclass
class Web:
    """The server.

    Attributes:
        folder: what it serves.
        cuts: bytes after which the next answers for a file break off.
        answers: status and headers that are given instead, one after the other.
        bodies: what is served instead of a file.
        ranges, tags, lengths: whether it knows Range, and tells ETag and Content-Length.
        given: called when an answer has been given, before the connection ends.
    """

    folder: Path
    authority: Issuer
    hosts: tuple[str, ...] = ("127.0.0.1",)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    answers: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    tags: bool = True
    lengths: bool = True
    given: Callable[[str], None] = lambda _: None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def start(self) -> "Web":
        self.folder.mkdir(parents=True, exist_ok=True)
        pair = self.authority.issue("server", hosts=self.hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        handler = type("Answers", (_Answers,), {"web": self})
        self._server = _Quiet(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        words = {"poll_interval": 0.01}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=words)
        self._thread.start()
        return self

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_port}/units/"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def loads(self) -> list[str]:
        """Return the ranges that were asked of releases; ``-`` for a whole file."""
        return [head.get("Range", "-") for name, head in self.asked if name != "index.json"]


class Pole:
    """A unit, the server, and the desk that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "ca")
        self.web = Web(folder / "web", self.authority).start()
        self.update = folder / "update"
        self.update.mkdir()
        self.clock = FakeClock()
        self.said: list[str] = []
        self.changes: dict[str, object] = {
            "folder": str(self.update),
            "fetch_url": self.web.url,
            "fetch_ca_file": str(self.authority.file),
            "fetch_leave_mb": 0.0,
            "fetch_kbit_s": 0.0,
        }

    @property
    def settings(self) -> Settings:
        plain = defaults()
        return plain.model_copy(
            update={
                "unit": plain.unit.model_copy(update={"town": "windsor", "name": "main-street"}),
                "update": plain.update.model_copy(update=self.changes),
            }
        )

    def publish(self, number: int, version: str = "9.0", *, size: int = 0, **more: object) -> Path:
        """Put a release on the server, and the index anew."""
        word = hashlib.sha256(str(number).encode()).digest() * (size // 32 + 1)
        wish = {"arch": ARCH, "word": word, **more}
        file = make_release(self.web.folder, number, version, **wish)  # type: ignore[arg-type]
        self.index()
        return file

    def index(self) -> None:
        write_index(self.web.folder, ISSUED)

    def fetch(self, *, at_once: bool = True) -> str:
        """Run once, as the timer does, and return what went wrong."""
        return Fetcher(self.settings, self.clock, self.said.append).run(at_once=at_once)

    def later(self) -> str:
        """Run as the timer does, every five minutes, until the server is asked; return as above."""
        asked = len(self.web.asked)
        for _ in range(200):
            self.clock.advance(300)
            why = self.fetch(at_once=False)
            if len(self.web.asked) > asked:
                return why
        raise AssertionError("the server was not asked again")

    def here(self) -> list[str]:
        """Return the releases that lie ready."""
        return sorted(one.name for one in self.fetched.folder.glob("*.update"))

    def parts(self) -> list[int]:
        """Return the sizes of what has begun to come."""
        return [one.stat().st_size for one in self.fetched.folder.glob("*.loading")]

    def stands(self, **known: object) -> None:
        """Let the updater have written where it stands."""
        UpdateFolder(self.update, self.folder, "windsor").write(State(**known))  # type: ignore[arg-type]

    @property
    def fetched(self) -> FetchedFolder:
        return FetchedFolder(self.update)

    @property
    def state(self) -> Fetched:
        state = self.fetched.read()
        assert state is not None
        return state
