"""The archive as a process serves its page, over TLS where it leaves the machine."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.brokers import Broker, free_port, until
from tests.certificates import Authority
from tests.services.archiving import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    broker = Broker(tmp_path / "broker").start()
    made = Archive(tmp_path, broker)
    yield made
    made.close()
    broker.stop()


def answers(port: int, **settings: object) -> httpx.Response | None:
    """Return what the page answers; None while nobody listens."""
    scheme = "https" if settings else "http"
    try:
        return httpx.get(f"{scheme}://localhost:{port}/", **settings)  # type: ignore[arg-type]
    except httpx.ConnectError:
        return None


def test_the_page_is_there_while_the_archive_runs(archive: Archive) -> None:
    """A start serves the log-in with strict headers; an end closes it, in good order."""
    port = free_port()
    archive.configure(port=port)
    archive.start()
    until(lambda: answers(port) is not None, 30, "the page")
    answer = answers(port)
    assert answer is not None
    assert answer.status_code == 401
    assert "edge officers --archive add" in answer.text
    assert "trusted-types 'none'" in answer.headers["content-security-policy"]
    archive.stop()
    assert answers(port) is None
    with archive.look() as store:
        kinds = [row.kind for row in store.acts() if row.name == "archive"]
    assert (kinds[0], kinds[-1]) == ("started", "ended")


def test_over_tls(archive: Archive) -> None:
    """With a certificate the page speaks TLS and nothing else."""
    port, authority = free_port(), Authority(archive.folder)
    pair = authority.issue("localhost", hosts=("localhost",))
    files = {"certificate_file": str(pair.certificate), "key_file": str(pair.key)}
    archive.configure(port=port, **files)
    archive.start()
    context = ssl.create_default_context(cafile=str(authority.file))
    until(lambda: answers(port, verify=context) is not None, 30, "the page")
    answer = answers(port, verify=context)
    assert answer is not None
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "__Host-edge=" in answer.headers["set-cookie"]
