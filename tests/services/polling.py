"""A real https server of lists on loopback, and a unit that polls it."""

import hashlib
import ssl
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from edge.config import load
from edge.config.settings import Settings
from edge.hotlist.bundle import SEALED, unpack
from edge.hotlist.manifest import offer, to_be_signed, write
from edge.keys.identity import Identity
from edge.keys.roster import sign_roster
from edge.keys.sealed import open_sealed
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root
from edge.services.install_folders import Folders
from edge.services.poll import ListPoll
from tests.certificates import Authority
from tests.hotlist.bundles import LIST, NOW, TOWN, Town
from tests.services.installing import Stage


class _Answers(BaseHTTPRequestHandler):
    """A static server with ETag and Range, as any is."""

    web: "Web"

    def do_GET(self) -> None:
        web, name = self.web, self.path.removeprefix("/lists/")
        web.asked.append((name, self.headers.get("Range", "")))
        if name in web.leads:
            self._head(302, 0, Location=web.leads[name])
        elif name in web.unchanged:
            self._head(304, 0)
        elif name not in web.files:
            self._head(404, 0)
        else:
            self._give(name, web.files[name])

    def _give(self, name: str, body: bytes) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self._head(304, 0)
            return
        begin = int(self.headers.get("Range", "bytes=0-")[6:-1]) if self.web.ranges else 0
        more = {"Content-Range": f"bytes {begin}-{len(body) - 1}/{len(body)}"} if begin else {}
        self._head(206 if begin else 200, len(body) - begin, ETag=tag, **more)
        cut = self.web.cuts.pop(name, len(body))
        self.wfile.write(body[begin : begin + cut])

    def _head(self, code: int, length: int, **headers: str) -> None:
        self.web.codes.append(code)
        self.send_response(code)
        for key, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    allow_reuse_address = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that refuses the certificate hangs up."""


class Web:
    """The server; files may be changed while it runs.

    Attributes:
        cuts: bytes after which the next answer for a file breaks off.
        leads: where a name is redirected to.
        unchanged: names that are answered 304, whoever asks.
        ranges: whether it knows Range.
        asked: name and range of each request.
        codes: of each answer.
    """

    def __init__(self, authority: Authority, clients: Authority | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.cuts: dict[str, int] = {}
        self.leads: dict[str, str] = {}
        self.unchanged: set[str] = set()
        self.ranges = True
        self.asked: list[tuple[str, str]] = []
        self.codes: list[int] = []
        pair = authority.issue("server", hosts=("127.0.0.1",))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.certificate, pair.key)
        if clients:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(clients.file)
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}/lists/manifest"

    def start(self) -> None:
        handler = type("Answers", (_Answers,), {"web": self})
        self._server = _Quiet(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Fleet:
    """One unit, its town's desk and the server between them."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.town = Town()
        self.authority = Authority(folder / "ca")
        self.web = Web(self.authority)
        self.stage = Stage(folder, self.town)
        self.inbox = Path(self.stage.section.inbox)
        self.keys = folder / "keys"
        self.keys.mkdir()
        save_root(Root(TOWN, self.town.root.public), self.keys / ROOT_FILE)
        (self.keys / ROSTER_FILE).write_bytes(sign_roster(self.town.roster, self.town.root))
        self.changes = {
            "manifest_url": self.web.url,
            "manifest_ca_file": str(self.authority.file),
            **changes,
        }
        self.poll = self.restart()
        self.folders = Folders(self.stage.installer, self.inbox, (), self.stage.clock, 5.0)

    @property
    def settings(self) -> Settings:
        settings = load([]).settings
        return settings.model_copy(
            update={
                "unit": settings.unit.model_copy(update={"town": TOWN}),
                "keys": settings.keys.model_copy(update={"folder": str(self.keys)}),
                "hotlist": self.stage.section.model_copy(update=self.changes),
            }
        )

    def restart(self) -> ListPoll:
        self.poll = ListPoll(self.settings, self.stage.clock)
        return self.poll

    def publish(self, number: int, blobs: Iterable[bytes], by: Identity | None = None) -> None:
        """Put bundles and a manifest on the server."""
        offers = []
        for blob in blobs:
            header = unpack(open_sealed(SEALED, blob, self.town.unit)).header
            offers.append(offer(header, hashlib.sha256(blob).hexdigest(), len(blob)))
            self.web.files[offers[-1].url] = blob
        signer = by or self.town.issuer
        manifest = to_be_signed(signer.town, LIST, number, NOW, offers)
        self.web.files["manifest"] = write(manifest, signer)

    def step(self) -> str:
        """Poll once and return the problem."""
        self.poll.step()
        return self.poll.problem

    def install(self) -> None:
        """Let the unit's watch look into its inbox until what is there has kept still."""
        for _ in range(2):
            self.stage.clock.advance(6.0)
            self.folders.look()

    def arrived(self) -> list[str]:
        return sorted(one.name for one in self.inbox.glob("*.bundle"))

    def loads(self) -> list[str]:
        """Return the names of the files other than the manifest that were asked for."""
        return [name for name, _ in self.web.asked if name != "manifest"]
