"""The webhook: each alert posted until it is taken, signed, once by its number, then receipted."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.config.webhook import WebhookSection
from edge.delivery.webhook import Webhook
from edge.errors import ConfigError
from tests.alerts import a_jpeg, an_alert, sealed
from tests.brokers import Broker, until
from tests.certificates import Authority
from tests.keys.cast import keys_folder
from tests.services.delivering import CLOCK, Process, Site

SECRET = "a shared secret of forty characters or so"


@dataclass
class Post:
    """One request as the server had it."""

    number: str
    body: bytes
    signed: bool


@dataclass
class Server:
    """A real HTTPS server that answers with the next of *codes*, and 204 after the last.

    A code of 0 closes the connection without an answer; ``slow`` holds each answer back.
    """

    authority: Authority
    codes: list[int] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    slow: threading.Event | None = None
    port: int = 0

    def start(self) -> None:
        handler = type("Answers", (_Answers,), {"server_of": self})
        pair = self.authority.issue("server", hosts=("127.0.0.1",))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        self._server = _Quiet(("127.0.0.1", self.port), handler)
        self.port = self._server.server_port
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/alerts?town=windsor"

    def numbers(self) -> list[str]:
        return [post.number for post in self.posts]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that goes away in the middle is part of the test."""


class _Answers(BaseHTTPRequestHandler):
    server_of: Server

    def do_POST(self) -> None:
        server = self.server_of
        body = self.rfile.read(int(self.headers["Content-Length"]))
        number, stamp = self.headers["Idempotency-Key"], self.headers["Edge-Timestamp"]
        covered = f"{stamp}.{number}.".encode() + body
        due = "sha256=" + hmac.new(SECRET.encode(), covered, hashlib.sha256).hexdigest()
        server.posts.append(
            Post(number, body, hmac.compare_digest(due, self.headers["Edge-Signature"]))
        )
        if server.slow is not None:
            server.slow.wait(20)
        code = server.codes.pop(0) if server.codes else 204
        if code:
            self.send_response(code)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(Authority(tmp_path / "web", "Web CA"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    broker = Broker(tmp_path / "broker").start()
    made = Site(tmp_path, broker, receivers=["archive"])
    yield made
    made.close()
    broker.stop()


def webhook(site: Site, server: Server, name: str = "archive", **changes: object) -> Process:
    """Start the gateway as the party *name*."""
    secret = site.folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET + "\n")
    wanted = {
        "url": server.url,
        "secret_file": str(secret),
        "ca_file": str(server.authority.file),
        "folder": str(site.folder / "hook"),
        "timeout_s": 2.0,
        "retry_first_s": 0.05,
        "retry_max_s": 0.2,
        **changes,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in wanted.items()]
    config = site.folder / "hook.toml"
    config.write_text(
        f'[unit]\ntown = "windsor"\n[keys]\nfolder = "{site.folder}/hook.keys"\n[webhook]\n'
        + "\n".join(lines)
        + "\n"
        + site.broker.site(name)
    )
    keys_folder(site.folder / "hook.keys", name)
    words = ("run", "--config", str(config), "webhook")
    return site._keep(Process(site.folder / "webhook", *words))


def test_an_alert_is_posted_signed_and_then_receipted(site: Site, server: Server):
    """The server gets the alert's JSON and picture, and only then the unit its receipt."""
    server.slow = threading.Event()
    site.deliver()
    site.alert()
    gateway = webhook(site, server, picture=True)
    until(lambda: server.posts, what="the post")
    assert site.depth() == 1
    server.slow.set()
    until(lambda: site.depth() == 0, what="the receipt")
    (post,) = server.posts
    said = json.loads(post.body)
    assert post.signed
    assert said["alert"]["payload"]["entry"]["plate"] == "AB12345"
    assert base64.b64decode(said["picture"]) == a_jpeg()
    assert post.number == "{unit}/{epoch}/{sequence}/0".format(**said["alert"])
    assert gateway.stop() == 0


def test_what_fails_is_posted_again_until_it_is_taken(site: Site, server: Server):
    """Illness, silence and refusals: each alert is taken in the end, under its own number."""
    server.codes = [500, 0, 503, 302, 400, 429, 401]
    site.deliver()
    site.alert(3)
    webhook(site, server)
    until(lambda: site.depth() == 0, what="all receipts")
    assert len(set(server.numbers())) == 3
    assert len(server.posts) == 3 + 7
    assert all(post.signed for post in server.posts)
    assert all(json.loads(post.body)["picture"] is None for post in server.posts)


def test_one_alert_that_is_refused_holds_up_no_other(site: Site, server: Server):
    """A 400 is about that alert: it waits by itself, and the next ones are posted meanwhile."""
    server.codes = [400]
    site.deliver()
    site.alert(2)
    webhook(site, server, retry_first_s=600.0, retry_max_s=600.0)
    until(lambda: site.depth() == 1, what="the other's receipt")
    assert len(set(server.numbers())) == 2


def test_a_partner_posts_what_is_granted_and_nothing_else(site: Site, server: Server):
    """Of two alerts the partner's gateway opens the one sealed to it; the other has no receipt."""
    site.configure(receivers=["bristol-pd"])
    with site.store() as store:
        for readers in (("archive",), ("archive", "bristol-pd")):
            build = partial(sealed, readers=readers)
            store.commit_alert(an_alert(at=CLOCK.now()), build)
    site.deliver()
    gateway = webhook(site, server, "bristol-pd")
    until(lambda: site.depth() == 1, what="the receipt for what was granted")
    assert [json.loads(post.body)["alert"]["sequence"] for post in server.posts] == [2]
    assert gateway.said("a message is refused")


def test_killed_at_any_moment_it_forgets_none(site: Site, server: Server):
    """Killed while posts hang, and the server gone and back: every alert, under its own number."""
    server.slow = threading.Event()
    site.deliver()
    gateway = webhook(site, server)
    site.alert(3)
    until(lambda: server.posts, what="a post")
    waiting = site.folder / "hook" / "waiting"
    until(lambda: len(list(waiting.glob("*.letter"))) == 3, what="all kept")
    gateway.kill()
    assert all(b"AB12345" not in file.read_bytes() for file in waiting.iterdir())
    server.slow.set()
    server.stop()
    webhook(site, server)
    site.alert()
    server.start()
    until(lambda: site.depth() == 0, what="all receipts")
    assert len(set(server.numbers())) == 4
    until(lambda: not list(waiting.glob("*.letter")), what="an empty folder")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": ""}, "webhook.url is empty"),
        ({"secret_file": ""}, "webhook.secret_file is empty"),
        ({"secret": "short"}, "shorter than 32"),
        ({"mode": 0o644}, "chmod 600"),
        ({"ca_file": "/nowhere.pem"}, "webhook.ca_file is not there"),
    ],
)
def test_settings_are_checked_before_anything_is_heard(
    tmp_path: Path, changes: dict[str, object], told: str
):
    """No address, no secret, one that others can read: a sentence with the setting's name."""
    secret = tmp_path / "secret"
    secret.write_text(str(changes.pop("secret", SECRET)))
    secret.chmod(int(changes.pop("mode", 0o600)))  # type: ignore[call-overload]
    shipped = load([]).settings.webhook.model_dump()
    wanted = {**shipped, "url": "https://web.example/", "secret_file": str(secret), **changes}
    with pytest.raises(ConfigError, match=told):
        Webhook(WebhookSection.model_validate(wanted), SystemClock("always")).check()


@pytest.mark.parametrize("url", ["http://web.example/", "ftp://x/", "https://u:p@x/", "file:///x"])
def test_alerts_leave_only_by_https(url: str):
    """Plain http to another machine, or a password in the address, is refused by the settings."""
    shipped = load([]).settings.webhook.model_dump()
    with pytest.raises(ValueError, match="only by https"):
        WebhookSection.model_validate({**shipped, "url": url})
    assert WebhookSection.model_validate({**shipped, "url": "http://127.0.0.1:8/x"}).url
