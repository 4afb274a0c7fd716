"""Tests of fetching a file: a server on loopback that behaves, lies, or breaks off."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge.cli import main
from edge.errors import ModelError
from edge.services.fetch import fetch
from tests.certificates import Authority

BODY = bytes(range(256)) * 1000
DIGEST = hashlib.sha256(BODY).hexdigest()
LIMIT = 1_000_000


class _Answers(BaseHTTPRequestHandler):
    """Answers by path; every request is noted."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/gone.onnx":
            self.send_error(404)
        else:
            self.send_response(200)
            said = {"/short.onnx": len(BODY) * 2, "/huge.onnx": LIMIT * 9}.get(self.path, len(BODY))
            if self.path != "/endless.onnx":
                self.send_header("Content-Length", str(said))
            self.end_headers()
            self.wfile.write(BODY * (5 if self.path == "/endless.onnx" else 1))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    """A server whose clients may go away without a word on standard error."""

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that refuses the certificate hangs up."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve BODY on loopback; give the port."""
    _Answers.asked = []
    with _Quiet(("127.0.0.1", 0), _Answers) as one:
        if context:
            one.socket = context.wrap_socket(one.socket, server_side=True)
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield one.server_port
        one.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[str]:
    """Return the URL of a server that gives BODY."""
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


def refused(url: str, folder: Path, digest: str = DIGEST, limit: int = LIMIT) -> str:
    with pytest.raises(ModelError) as caught:
        fetch(url, digest, folder, limit)
    assert not folder.exists() or list(folder.iterdir()) == []
    return str(caught.value)


def test_a_file_is_fetched_with_progress(server: str, tmp_path: Path) -> None:
    """The file lies under its name once its digest is right; progress rises to the whole."""
    seen: list[tuple[int, int | None]] = []
    file = fetch(
        f"{server}/a%20/model.onnx?x=1",
        DIGEST.upper(),
        tmp_path / "models",
        LIMIT,
        watch=lambda done, whole: seen.append((done, whole)),
    )
    assert file == tmp_path / "models" / "model.onnx"
    assert file.read_bytes() == BODY
    assert seen == sorted(seen)
    assert seen[-1] == (len(BODY), len(BODY))
    assert [one.name for one in file.parent.iterdir()] == ["model.onnx"]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_redirect_to_the_same_machine_is_followed(server: str, tmp_path: Path) -> None:
    """Release pages redirect: a target that may be fetched is."""
    file = fetch(f"{server}/to/{server}/model.onnx", DIGEST, tmp_path, LIMIT)
    assert file.read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone.onnx", "the server answered 404"),
        ("/short.onnx", f"ended after {len(BODY)} of {2 * len(BODY)} bytes"),
        ("/huge.onnx", "more than the 1000000 that are allowed"),
        ("/endless.onnx", "more than the 1000000 bytes that are allowed"),
        ("/to/http://models.example/m.onnx", "only https is fetched"),
        ("/to/file:///etc/hostname", "the server answered 302"),
        ("/to/ftp://127.0.0.1/m.onnx", "only https is fetched"),
        ("/", "no usable file name"),
        ("/..%2Fup.onnx", "no usable file name"),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    server: str, tmp_path: Path, path: str, words: str
) -> None:
    """Missing, cut off, too large, led astray, nameless: a sentence, and an empty folder."""
    assert words in refused(server + path, tmp_path / "models")


def test_another_file_than_asked_for_is_deleted(server: str, tmp_path: Path) -> None:
    """A wrong digest is refused, and a good file of that name stays as it was."""
    assert "is another file" in refused(f"{server}/model.onnx", tmp_path / "models", "0" * 64)
    good = fetch(f"{server}/model.onnx", DIGEST, tmp_path, LIMIT)
    with pytest.raises(ModelError, match="is another file"):
        fetch(f"{server}/model.onnx", "0" * 64, tmp_path, LIMIT)
    assert good.read_bytes() == BODY


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://models.example/m.onnx", "only https is fetched"),
        ("http://10.0.0.1/m.onnx", "only https is fetched"),
        ("http://localhost.models.example/m.onnx", "only https is fetched"),
        ("file:///etc/hostname", "only https is fetched"),
        ("https:///m.onnx", "only https is fetched"),
        ("http://[::1/m.onnx", "is no URL"),
        ("http://127.0.0.1:1/m.onnx", "cannot be fetched"),
    ],
)
def test_only_https_leaves_this_machine(tmp_path: Path, url: str, words: str) -> None:
    """Any other scheme, or plain http to elsewhere, is refused before anything is sent."""
    assert words in refused(url, tmp_path / "models")


def test_https_holds_the_server_to_its_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of a CA that this system trusts is believed; the same server without it is not."""
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("release", hosts=("localhost",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with serving(context) as port:
        url = f"https://localhost:{port}/model.onnx"
        assert "certificate verify failed" in refused(url, tmp_path / "none")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        assert fetch(url, DIGEST, tmp_path / "models", LIMIT).read_bytes() == BODY


def test_a_digest_is_needed(server: str, tmp_path: Path) -> None:
    """Something that is no SHA-256 ends before the server is asked."""
    assert "64 hex digits" in refused(f"{server}/model.onnx", tmp_path / "models", "abc")
    assert _Answers.asked == []


def test_the_command_fetches_into_the_models(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``edge models fetch`` puts the file below the store and says what comes next."""
    site = tmp_path / "site.toml"
    site.write_text(f'[store]\nfolder = "{tmp_path}/store"\n', "utf-8")
    words = ["models", "--config", str(site), "fetch", f"{server}/model.onnx", "--sha256", DIGEST]
    assert main(words) == 0
    file = tmp_path / "store" / "models" / "fetched" / "model.onnx"
    assert file.read_bytes() == BODY
    assert f"edge models add {file}" in capsys.readouterr().out
    assert main([*words, "--name", "other.onnx", "--limit-mb", "0"]) == 2
    assert main([*words[:-1], "0" * 64]) == 2
    assert file.read_bytes() == BODY
